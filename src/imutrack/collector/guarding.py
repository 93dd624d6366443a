"""What goes on beside the radio and the captures: a fault of ours there must end neither."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

__all__ = ["guarded"]

log = logging.getLogger(__name__)

_REST_S: Final = 60.0  # a fault that stays is logged once a minute


async def guarded(
    name: str,
    work: Callable[[], Coroutine[Any, Any, None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do something until it ends; begin it anew a minute after any exception, which is logged.

    Args:
        name: what it does, for the log.
        work: begins it.
        sleep: waits for so many seconds.
    """
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s: a fault of the collector; begun anew in a minute", name)
            await sleep(_REST_S)
        else:
            return
