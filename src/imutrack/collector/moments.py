"""Host time: what the wall clock said once, and the monotonic clock since, so that it never steps."""

import time
from collections.abc import Callable

__all__ = ["HostClock"]

_NS_PER_S = 1_000_000_000


class HostClock:
    """Moments of this run, in nanoseconds since 1970.

    Setting the machine's clock while it runs changes nothing; two runs may therefore disagree by what was set between.

    Args:
        monotonic_ns: a clock that nobody sets; the one behind the event loop's time.
        wall_ns: what it is o'clock; asked once.
    """

    __slots__ = ("_ahead_ns", "_monotonic_ns")

    def __init__(
        self,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._monotonic_ns = monotonic_ns
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
