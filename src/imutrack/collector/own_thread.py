"""Work in a thread of its own, which nobody waits for when the process ends.

A disk or a server may take for ever, and a thread cannot be cancelled: those of `asyncio.to_thread` are joined when the
event loop ends, however long that takes. One that is left here ends with the process.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TypeVar

__all__ = ["done_within", "in_own_thread"]

T = TypeVar("T")


async def in_own_thread(name: str, work: Callable[[], T]) -> T:
    """Do something in a thread and return what it returns; whoever is cancelled meanwhile leaves it to itself.

    Args:
        name: of the thread.
        work: to be done.

    Raises:
        RuntimeError: no thread can be begun; else what the work raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(outcome: Callable[[], object]) -> None:
        if not done.done():  # else nobody waits any more
            outcome()

    def run() -> None:
        try:
            outcome: Callable[[], object] = partial(done.set_result, work())
        except BaseException as error:  # noqa: BLE001 - whoever waits is told of it
            outcome = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(tell, outcome)

    Thread(target=run, name=name, daemon=True).start()
    return await done


def done_within(seconds: float, name: str, work: Callable[[], object]) -> bool:
    """Do something in a thread and wait no longer than so many seconds; return whether it was done by then.

    Args:
        seconds: for which the caller stands still.
        name: of the thread.
        work: to be done; must not raise.
    """
    thread = Thread(target=work, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be begun
        return False
    thread.join(seconds)
    return not thread.is_alive()
