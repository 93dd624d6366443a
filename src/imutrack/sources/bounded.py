"""Waiting for others' coroutines no longer than is good, also where they do not end when they are cancelled.

A D-Bus call has no time limit of its own, and what cleans up after a cancelled one is a call again: a Bluetooth service
that hangs would hang whoever waits for it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

__all__ = ["bounded"]

T = TypeVar("T")

_left: Final[set[asyncio.Task[Any]]] = set()  # a task that nobody refers to may vanish before it ends


async def bounded(work: Coroutine[Any, Any, T], seconds: float, grace_s: float = 0.0) -> T:
    """Wait for work, at most so long; then, or when cancelled, cancel it and give it ``grace_s`` to clean up.

    What does not end even then is left to end by itself.

    Raises:
        TimeoutError: it took longer; else what the work raises.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            _left.add(task)
            task.add_done_callback(_forget)
            if grace_s:
                await asyncio.wait((task,), timeout=grace_s)


def _forget(task: asyncio.Task[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, or asyncio complains that nobody did
