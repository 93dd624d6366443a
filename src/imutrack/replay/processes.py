"""Working through items in several processes: one that kills its process is named, and the others are done."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

__all__ = ["in_processes"]

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_processes(
    work: Callable[[Item], Made], items: Sequence[Item], jobs: int, lost: Callable[[Item], Made]
) -> Iterator[Made]:
    """Yield what ``work`` makes of each item, in order.

    Args:
        work: a function that can be sent to another process.
        items: what to work on.
        jobs: processes.
        lost: what is said of an item that killed its process twice.
    """
    left = list(items)
    while left:
        with _pool(min(jobs, len(left))) as pool:
            with _no_interrupts():
                futures = [pool.submit(work, item) for item in left]
            try:
                for future in futures:
                    result = future.result()
                    left.pop(0)
                    yield result
            except BrokenProcessPool:
                yield _alone(work, left.pop(0), lost)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for the rest after Ctrl-C
                raise


def _alone(work: Callable[[Item], Made], item: Item, lost: Callable[[Item], Made]) -> Made:
    """Try once more in a process of its own, so that only the culprit is lost."""
    with _pool(1) as pool:
        try:
            with _no_interrupts():
                future = pool.submit(work, item)
            return future.result()
        except BrokenProcessPool:
            return lost(item)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_DFL)
    )


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start processes that are deaf to Ctrl-C until they can end without a traceback; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
