"""Two watchdogs: a link that says nothing, or of which a part does not, and an adapter that hears nothing.

Neither Bleak nor BlueZ says of every link that it is dead; what comes over it does. A strap whose heart rate goes on
may have stopped to say how it moves, so each characteristic of a movement is watched by itself.

An adapter that hears nobody for a minute and a half is switched off and on. Where it hears nobody then either, all may
have gone home: it is tried again, more and more seldom. Only an adapter that cannot be switched any more ends the
collector, for systemd to start anew.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from imutrack.collector.links.ring import Tap
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams
from imutrack.errors import LinkError
from imutrack.sources.radio import Fault, Radio, Seen
from imutrack.wearables import Stream

__all__ = ["AdapterParams", "AdapterWatch", "SilenceWatch", "silent_after_s"]

log = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True)
class AdapterParams:
    """When an adapter is taken for stuck.

    Attributes:
        deaf_s: nothing heard at all; BlueZ forgets devices after 180 s, half of which is what others found to work.
        look_s: how often it is looked at.
        longest_s: between two power cycles where there may be nobody to hear, such as in a clinic at night.
    """

    deaf_s: float = 90.0
    look_s: float = 10.0
    longest_s: float = 3600.0


DEFAULTS: Final = AdapterParams()


class AdapterWatch:
    """Switches a deaf adapter off and on.

    Args:
        radio: with the adapter.
        streams: whether any strap sends now.
        params: when it is stuck.
    """

    def __init__(self, radio: Radio, streams: Callable[[], bool], params: AdapterParams = DEFAULTS) -> None:
        self._radio, self._streams, self._params = radio, streams, params
        self._heard_s: float | None = None
        self._ever = False
        self.power_cycles = 0
        radio.watch(self._on_seen)

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            LinkError: an adapter that had heard devices hears none any more, and cannot be switched off and on.
        """
        loop, params = asyncio.get_running_loop(), self._params
        since_s, cycles, failures, patience_s = loop.time(), 0, 0, params.deaf_s
        while True:
            await asyncio.sleep(params.look_s)
            now_s = loop.time()
            if self._heard_s is not None or self._streams():
                self._ever, self._heard_s = True, None
                since_s, cycles, failures, patience_s = now_s, 0, 0, params.deaf_s
            elif not self._radio.alive:
                since_s = now_s  # the service's own supervisor is at work
            elif now_s - since_s >= patience_s:
                level = logging.INFO if cycles else logging.WARNING  # a quiet night needs no line an hour
                log.log(level, "nothing heard for %.0f s: switching the adapter off and on", now_s - since_s)
                failures = 0 if await self._cycle() else failures + 1
                if self._ever and failures > 1:  # once may be chance
                    raise LinkError(
                        "the Bluetooth adapter hears nothing and cannot be switched off and on", Fault.ADAPTER
                    )
                cycles, since_s = cycles + 1, loop.time()
                patience_s = min(2 * patience_s, params.longest_s)

    async def _cycle(self) -> bool:
        """Switch it off and on; return whether that could be done."""
        self.power_cycles += 1
        try:
            await self._radio.power_cycle()
        except LinkError as error:
            log.warning("the adapter cannot be switched: %s", error)
            return False
        return True

    def _on_seen(self, seen: Seen) -> None:
        if seen.heard:  # that the service still holds a link, to a keyboard perhaps, says nothing of our ears
            self._heard_s = seen.at_s
