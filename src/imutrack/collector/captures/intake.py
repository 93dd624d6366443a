"""From the ring to everything behind it: captured, then decoded for health and movement, then told to who listens.

Batches of a quarter of a second: short enough for a count that comes in time, long enough to cost little.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from imutrack.capture import Arrival
from imutrack.capture.events import Connected, Disconnected, Lost
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.captures.streams import Heard, StrapStreams
from imutrack.collector.links.ring import Entry, Ring
from imutrack.collector.moments import HostClock
from imutrack.collector.progress import UNWATCHED, Pace
from imutrack.wearables import Facts

__all__ = ["BATCH_S", "Batch", "Intake"]

log = logging.getLogger(__name__)

BATCH_S: Final = 0.25

Batch = Callable[[str, Mapping[str, list[Arrival]], Heard], None]
"""Takes a strap, its notifications by characteristic, and what they said; it must neither wait nor raise."""


class Intake:
    """Drains the ring; a listener of the supervisors.

    Args:
        ring: of the supervisors.
        recorder: captures.
        clock: host time.
        straps: their labels.
        on_batch: is told of each strap that sent something.
    """

    def __init__(self, ring: Ring, recorder: Recorder, clock: HostClock, straps: list[str], on_batch: Batch) -> None:
        self._ring, self._recorder, self._clock, self._on_batch = ring, recorder, clock, on_batch
        self.streams: dict[str, StrapStreams] = {label: StrapStreams() for label in straps}
        self.ring_lost = Counter[str]()
        self._sorted: deque[tuple[str, list[Entry]]] = deque()
        self._faults: dict[str, str] = {}

    def connected(self, strap: str, wearable: str, settings: Mapping[str, Any], facts: Facts) -> None:
        """Note that a strap was set up; what came before is taken first, as it was set up then."""
        self.take()
        self.streams[strap].connected(wearable, settings, facts)
        at_ns = self._clock.now_ns()
        event = Connected(at_ns=at_ns, strap=strap, wearable=wearable, settings=dict(settings), facts=dict(facts))
        self._recorder.say_of(strap, event)

    def disconnected(self, strap: str, reason: str) -> None:
        """Note that the link to a strap ended."""
        self.take()
        self._recorder.say_of(strap, Disconnected(at_ns=self._clock.now_ns(), strap=strap, reason=reason))

    async def run(self, pace: Pace = UNWATCHED) -> None:
        """Take what comes until cancelled; then what is left. The radio is heard between one strap and the next.

        Args:
            pace: is told how it goes.
        """
        try:
            while True:
                pace.rest()
                await self._ring.wait()
                pace.step()
                self._sort()
                while self._sorted:
                    self._take_one()
                    pace.step()
                    await asyncio.sleep(0)
                await asyncio.sleep(BATCH_S)
        finally:
            self.take()

    def take(self) -> None:
        """Take all that waits, in the order in which it came from each strap."""
        self._sort()
        while self._sorted:
            self._take_one()

    def _sort(self) -> None:
        """Empty the ring."""
        entries, lost = self._ring.take()
        for strap, count in lost.items():
            self.ring_lost[strap] += count
            self._recorder.say_of(strap, Lost(at_ns=self._clock.now_ns(), strap=strap, notifications=count))
            log.warning("%s: %d notifications lost, this machine cannot keep up", strap, count)
        self._sorted.extend(_by_strap(entries).items())

    def _take_one(self) -> None:
        """Take what came from one strap."""
        strap, mine = self._sorted.popleft()
        arrivals: dict[str, list[Arrival]] = {}
        for _, characteristic, at_ns, payload in mine:
            arrivals.setdefault(characteristic, []).append((at_ns, payload))
        self._recorder.put(strap, arrivals)
        try:
            heard = self.streams[strap].hear((entry[1], entry[2], entry[3]) for entry in mine)
            self._on_batch(strap, arrivals, heard)
        except Exception as error:  # a fault of ours must not end what captures; it has this strap's bytes already
            said = repr(error)
            if self._faults.get(strap) != said:  # it may come four times a second
                log.exception("%s: a fault of the collector", strap)
            self._faults[strap] = said


def _by_strap(entries: list[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry[0], []).append(entry)
    return found
