"""Host time: what the wall clock said once, and the monotonic clock since, so that it never steps in mid-session.

A small box without a clock of its own starts with a wrong date and is set right over the network later; and the
monotonic clock stands still while the machine is suspended. So the two are compared now and again, and what the wall
clock says is taken over anew, but only when whoever owns the sessions says that nothing is open that would be torn.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["APART_S", "HostClock", "keep_time"]

log = logging.getLogger(__name__)

APART_S: Final = 2.0  # slewing stays far below; who reads of a set sees minutes
_NS_PER_S: Final = 1_000_000_000
_EVERY_S: Final = 10.0


class HostClock:
    """Moments of this run, in nanoseconds since 1970.

    Setting the machine's clock changes nothing until `anchor`; two runs may disagree by what was set between.

    Args:
        monotonic_ns: a clock that nobody sets; the one behind the event loop's time.
        wall_ns: what it is o'clock; asked now and by `anchor`.
    """

    __slots__ = ("_ahead_ns", "_monotonic_ns", "_wall_ns")

    def __init__(
        self,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._monotonic_ns, self._wall_ns = monotonic_ns, wall_ns
        self._ahead_ns = wall_ns() - monotonic_ns()

    def now_ns(self) -> int:
        """Return the moment."""
        return self._monotonic_ns() + self._ahead_ns

    def at_ns(self, loop_s: float) -> int:
        """Return the moment of a time of the event loop, s.

        >>> HostClock(lambda: 0, lambda: 1_000_000_000).at_ns(2.5)
        3500000000
        """
        return round(loop_s * _NS_PER_S) + self._ahead_ns

    def ahead_s(self) -> float:
        """Return how far the wall clock is ahead of this one, s; negative where it is behind."""
        return (self._wall_ns() - self.now_ns()) / _NS_PER_S

    def anchor(self) -> int:
        """Take over what the wall clock says; return the moment, which may lie before the last one.

        Only while no session and no capture of one is open: whatever holds a moment has to begin anew.
        """
        self._ahead_ns = self._wall_ns() - self._monotonic_ns()
        return self.now_ns()


async def keep_time(clock: HostClock, take_over: Callable[[], bool], every_s: float = _EVERY_S) -> None:
    """Notice that the wall clock was set, or that the machine was suspended, until cancelled.

    Args:
        clock: host time.
        take_over: anchors the clock where nothing is open that it would tear; returns whether it did.
        every_s: how often it is looked at.
    """
    said = False
    while True:
        ahead_s = clock.ahead_s()
        if abs(ahead_s) <= APART_S:
            said = False
        elif take_over():
            log.warning("the machine's clock was set by %+.0f s: taken over", ahead_s)
        elif not said:
            said = True
            log.warning("the machine's clock was set by %+.0f s: taken over when no session is open", ahead_s)
        await asyncio.sleep(every_s)
