"""Two watchdogs: a link that says nothing, and an adapter that hears nothing.

Neither Bleak nor BlueZ says of every link that it is dead; what comes over it does. An adapter that hears nobody for a
minute and a half is switched off and on, and where that does not help the collector ends, for systemd to start anew.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from imutrack.collector.moments import HostClock
from imutrack.collector.ring import Tap
from imutrack.collector.settings import LinkParams
from imutrack.errors import LinkError
from imutrack.sources.radio import Fault, Radio, Seen
from imutrack.wearables import Stream

__all__ = ["AdapterParams", "AdapterWatch", "SilenceWatch", "silent_after_s"]

log = logging.getLogger(__name__)

_NS_PER_S: Final = 1e9


def silent_after_s(streams: Iterable[Stream], params: LinkParams) -> float:
    """Return how long a link with these streams may say nothing: its quickest one counts."""
    gaps = [
        stream.per_packet / stream.rate_hz if stream.per_packet else params.unknown_packet_s
        for stream in streams
        if stream.rate_hz > 0
    ]
    return max(params.silent_packets * min(gaps, default=params.unknown_packet_s), params.silent_s)


class SilenceWatch:
    """Sets `silent` when a link has said nothing for too long.

    A timer that sets itself again, not a task: it costs a link one call a second.

    Args:
        tap: what the link says.
        clock: by which the tap stamps.
        limit_s: from one notification to the next.
        late_s: when the timer itself comes so much too late the whole collector was held up, and what arrived meanwhile
            may not have been taken yet: the limit begins anew.
    """

    def __init__(self, tap: Tap, clock: HostClock, limit_s: float, late_s: float) -> None:
        self.silent = asyncio.Event()
        self._tap, self._clock, self._limit_s, self._late_s = tap, clock, limit_s, late_s
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.watch()

    def watch(self) -> None:
        """Begin anew, from now."""
        self.stop()
        self.silent.clear()
        self._at(self._loop.time() + self._limit_s)

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _at(self, moment_s: float) -> None:
        self._timer = self._loop.call_at(moment_s, self._look, moment_s)

    def _look(self, due_s: float) -> None:
        now_s = self._loop.time()
        quiet_s = (self._clock.at_ns(now_s) - self._tap.at_ns) / _NS_PER_S
        if quiet_s < self._limit_s:
            self._at(now_s + self._limit_s - quiet_s)
        elif now_s - due_s > self._late_s:
            self._at(now_s + self._limit_s)
        else:
            self._timer = None
            self.silent.set()


@dataclass(frozen=True, slots=True)
class AdapterParams:
    """When an adapter is taken for stuck.

    Attributes:
        deaf_s: nothing heard at all; BlueZ forgets devices after 180 s, half of which is what others found to work.
        look_s: how often it is looked at.
        longest_s: between two power cycles where there may be nobody to hear, such as in a basement at night.
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
            LinkError: an adapter that had heard devices hears none any more, and switching it off and on did not help.
        """
        loop, params = asyncio.get_running_loop(), self._params
        since_s, cycles, patience_s = loop.time(), 0, params.deaf_s
        while True:
            await asyncio.sleep(params.look_s)
            now_s = loop.time()
            if self._heard_s is not None or self._streams():
                self._ever, self._heard_s = True, None
                since_s, cycles, patience_s = now_s, 0, params.deaf_s
            elif not self._radio.alive:
                since_s = now_s  # the service's own supervisor is at work
            elif now_s - since_s >= patience_s:
                if self._ever and cycles:
                    raise LinkError(
                        "the Bluetooth adapter hears nothing, even after it was switched off and on", Fault.ADAPTER
                    )
                log.warning("nothing heard for %.0f s: switching the adapter off and on", now_s - since_s)
                await self._cycle()
                cycles, since_s = cycles + 1, loop.time()
                patience_s = params.deaf_s if self._ever else min(2 * patience_s, params.longest_s)

    async def _cycle(self) -> None:
        self.power_cycles += 1
        try:
            await self._radio.power_cycle()
        except LinkError as error:
            log.warning("the adapter cannot be switched: %s", error)

    def _on_seen(self, seen: Seen) -> None:
        self._heard_s = seen.at_s
