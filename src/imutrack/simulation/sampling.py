"""The sampling of one stream: which samples a strap has taken by when, as packets with the time each leaves the strap.

Packets are made ahead in blocks, since interpolating forty samples at once costs little more than one, and so the
moment of sending only sends.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.samples import Floats, Quantity
from imutrack.simulation.clocks import StrapClock
from imutrack.simulation.motion import Player, Track
from imutrack.simulation.plan import AirPlan
from imutrack.wearables import Notification, Packet, Profile, Rows, Stream

__all__ = ["Air", "Prepared", "Sampling"]

_PACKETS_PER_S: Final = 10  # of a stream that leaves open how many samples go into a packet
_HEART: Final = (72.0, 6.0, 60.0)  # a heart at rest: mean and swing in beats per minute, and its period, s


@dataclass(frozen=True, slots=True)
class Prepared:
    """A packet on its way.

    Attributes:
        sampled_s: host time of its last sample.
        run: how often the strap had begun to send, from 1.
        stream: number of its stream.
        index: of its first sample within the run.
        count: its samples.
        tick: its first time stamp; -1 where it has none.
        notifications: what it becomes.
    """

    sampled_s: float
    run: int
    stream: int
    index: int
    count: int
    tick: int
    notifications: Sequence[Notification]


class Air:
    """When a strap may send: at once, or at its next connection event that does not fail."""

    def __init__(self, plan: AirPlan, rng: random.Random) -> None:
        self._interval_s, self._fails, self._rng = plan.interval_ms / 1000.0, plan.retransmit, rng
        self._anchor_s, self._free_s = 0.0, -math.inf

    def begin(self, now_s: float) -> None:
        """Begin a link: its events lie anywhere."""
        self._anchor_s, self._free_s = now_s + self._interval_s * self._rng.random(), -math.inf

    def back_to(self, now_s: float) -> None:
        """Forget the events after a time: what was to leave at them is made anew."""
        self._free_s = min(self._free_s, now_s)

    def leaves_s(self, ready_s: float) -> float:
        """Return when a packet leaves that is ready at a time; to be asked in order of time."""
        if not self._interval_s:
            return ready_s
        event_s = self._anchor_s + math.ceil((ready_s - self._anchor_s) / self._interval_s) * self._interval_s
        if event_s <= self._free_s:
            return self._free_s
        while self._rng.random() < self._fails:
            event_s += self._interval_s
        self._free_s = event_s
        return event_s


class Sampling:
    """One stream of one run, from the moment a strap begins to send.

    Args:
        run: how often the strap has begun to send, with this one.
        number, stream: which.
        profile: turns packets into notifications.
        clock: of the strap.
        begins_s: seconds it has counted when it begins; the first sample comes one step later.
    """

    def __init__(
        self, run: int, number: int, stream: Stream, profile: Profile, clock: StrapClock, begins_s: float
    ) -> None:
        self._run, self._number, self._stream, self._profile = run, number, stream, profile
        self._clock, self._begins_s = clock, begins_s
        self._per_packet = stream.per_packet or max(1, round(stream.rate_hz / _PACKETS_PER_S))
        self.index = 0

    def until(self, host_s: float, player: Player, track: Track) -> list[Prepared]:
        """Return the packets that are complete at a host time and were not given yet."""
        counted = self._clock.counted_s(host_s) - self._begins_s
        packets = (math.floor(counted * self._stream.rate_hz) - self.index) // self._per_packet
        if packets <= 0:
            return []
        count = packets * self._per_packet
        counted_s = self._begins_s + (self.index + 1 + np.arange(count)) / self._stream.rate_hz
        taken_s = self._clock.host_s(counted_s)
        values = player.values(track, self._stream.quantities, taken_s)
        made = [self._packet(at, counted_s, taken_s, values) for at in range(0, count, self._per_packet)]
        self.index += count
        return made

    def _packet(self, at: int, counted_s: Floats, taken_s: Floats, values: dict[Quantity, Floats]) -> Prepared:
        part = slice(at, at + self._per_packet)
        ticks = self._ticks(counted_s[part])
        rows: dict[Quantity, Rows] = {q: tuple(map(tuple, found[part].tolist())) for q, found in values.items()}
        said = {} if rows else _heart(float(counted_s[part][-1]))
        packet = Packet(self._stream.name, rows, ticks, said=said)
        return Prepared(
            sampled_s=float(taken_s[part][-1]),
            run=self._run,
            stream=self._number,
            index=self.index + at,
            count=self._per_packet,
            tick=ticks[0] if ticks else -1,
            notifications=self._profile.encode(packet),
        )

    def _ticks(self, counted_s: Floats) -> tuple[int, ...]:
        clock = self._stream.clock
        if clock is None:
            return ()
        stamped = {"each": counted_s, "first": counted_s[:1], "last": counted_s[-1:]}[clock.stamps]
        return tuple(self._clock.ticks(stamped, clock.tick_s, clock.bits))


def _heart(at_s: float) -> dict[str, object]:
    """What is no quantity: a heart that beats a little faster and slower."""
    mean, swing, period_s = _HEART
    rate = mean + swing * math.sin(2 * math.pi * at_s / period_s)
    return {"heart_rate_bpm": round(rate), "rr_s": (60.0 / rate,)}
