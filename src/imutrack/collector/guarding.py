"""What goes on beside the radio and the captures: a fault there must end neither.

A machine that has no room left is no fault of ours: that is one line, without a traceback, and not said over and over.
"""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

__all__ = ["guarded", "out_of_room", "tell_plainly"]

log = logging.getLogger(__name__)

_REST_S: Final = 60.0  # a fault that stays is logged once a minute
_TOO_MANY: Final = (
    "too many files and connections are open: end a watch, or allow more (LimitNOFILE= of the service, ulimit -n)"
)
_FULL: Final = "the disk is full: make room"
_NO_ROOM: Final = {
    errno.EMFILE: _TOO_MANY,
    errno.ENFILE: "the machine has too many files open: end what else runs on it, or start it again",
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOMEM: "the machine has no memory left: end what else runs on it",
    errno.ENOBUFS: "the machine has no memory left: end what else runs on it",
}


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
        except Exception as error:
            why = out_of_room(error)
            if why:
                log.warning("%s: %s; begun anew in a minute", name, why)
            else:
                log.exception("%s: a fault of the collector; begun anew in a minute", name)
            await sleep(_REST_S)
        else:
            return


def out_of_room(error: BaseException | None) -> str:
    """Return what the machine has no room for, and what to do; empty where an error is of another kind."""
    return _NO_ROOM.get(error.errno or 0, "") if isinstance(error, OSError) else ""


def tell_plainly(loop: asyncio.AbstractEventLoop) -> None:
    """Let a loop say in one line a minute that the machine has no room; its other faults as it does by itself."""
    said_s: dict[str, float] = {}

    def tell(at_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        why, now_s = out_of_room(context.get("exception")), at_loop.time()
        if not why:
            at_loop.default_exception_handler(context)
        elif now_s - said_s.get(why, -_REST_S) >= _REST_S:  # the loop asks again many times a second
            said_s[why] = now_s
            log.warning("%s; who asks now waits", why)

    loop.set_exception_handler(tell)
