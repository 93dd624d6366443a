"""A link that says nothing, or of which a part does not.

Neither Bleak nor BlueZ says of every link that it is dead; what comes over it does. A strap whose heart rate goes on
may have stopped to say how it moves, so each characteristic of a movement is watched by itself.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from imutrack.collector.links.ring import Tap
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams
from imutrack.wearables import Stream

__all__ = ["ANYWHERE", "SilenceWatch", "silent_after_s"]

_NS_PER_S: Final = 1e9

ANYWHERE: Final = ""
"""Among characteristics: any of them, known or not."""


def silent_after_s(streams: Iterable[Stream], params: LinkParams) -> dict[str, float]:
    """Return how long a link with these streams may say nothing, and each characteristic of a movement on it.

    Where several streams come the same way the quickest counts. What is no movement is not watched by itself: a heart
    rate, a battery or a button may be late or rest for good reasons.

    Returns:
        Characteristic -> s; `ANYWHERE` stands for the whole link.
    """
    gaps: dict[str, float] = {}
    for stream in streams:
        if stream.rate_hz > 0:
            gap_s = stream.per_packet / stream.rate_hz if stream.per_packet else params.unknown_packet_s
            for where in {ANYWHERE, stream.characteristic if stream.quantities else ANYWHERE}:
                gaps[where] = min(gap_s, gaps.get(where, gap_s))
    gaps.setdefault(ANYWHERE, params.unknown_packet_s)
    return {where: max(params.silent_packets * gap_s, params.silent_s) for where, gap_s in gaps.items()}


class SilenceWatch:
    """Sets `silent` when a link, or what has a limit of its own on it, has said nothing for too long.

    A timer that sets itself again, not a task: it costs a link one call a second.

    Args:
        tap: what the link says.
        clock: by which the tap stamps.
        limits_s: from one notification to the next, by characteristic; see `silent_after_s`.
        late_s: when the timer itself comes so much too late the whole collector was held up, and what arrived meanwhile
            may not have been taken yet: the limit begins anew.
    """

    def __init__(self, tap: Tap, clock: HostClock, limits_s: Mapping[str, float], late_s: float) -> None:
        self.silent = asyncio.Event()
        self._tap, self._clock, self._limits_s, self._late_s = tap, clock, limits_s, late_s
        self._loop = asyncio.get_running_loop()
        self._began_ns = 0
        self._timer: asyncio.TimerHandle | None = None
        self.watch()

    def watch(self) -> None:
        """Begin anew, from now."""
        self.stop()
        self.silent.clear()
        self._begin(self._loop.time())

    @property
    def overdue(self) -> bool:
        """Whether something is still silent."""
        return self._left_s(self._loop.time()) <= 0

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self, now_s: float) -> None:
        self._began_ns = self._clock.at_ns(now_s)
        self._at(now_s + min(self._limits_s.values()))

    def _at(self, moment_s: float) -> None:
        self._timer = self._loop.call_at(moment_s, self._look, moment_s)

    def _look(self, due_s: float) -> None:
        now_s = self._loop.time()
        left_s = self._left_s(now_s)
        if left_s > 0:
            self._at(now_s + left_s)
        elif now_s - due_s > self._late_s:
            self._begin(now_s)
        else:
            self._timer = None
            self.silent.set()

    def _left_s(self, now_s: float) -> float:
        """Return until when the first limit is reached unless something comes; 0 or less where one is."""
        tap, now_ns = self._tap, self._clock.at_ns(now_s)
        return min(
            limit_s - (now_ns - max(self._began_ns, tap.heard_ns.get(where, 0) if where else tap.at_ns)) / _NS_PER_S
            for where, limit_s in self._limits_s.items()
        )
