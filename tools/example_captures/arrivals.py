"""How a wearable's notifications arrive: sampled and stamped by its own clock, held up by the radio, some of them lost.

The parts of `imutrack.simulation` without its radio; readings are rounded as a sensor chip counts them. The same seed
gives the same notifications, to the nanosecond.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from example_captures.examples import BEGIN_NS
from msgspec import structs

from imutrack.samples import Floats, Quantity
from imutrack.simulation.clocks import StrapClock
from imutrack.simulation.motion import Player, Track
from imutrack.simulation.plan import AirPlan, ClockPlan
from imutrack.simulation.sampling import Air, Prepared, Sampling
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables import Profile, Stream

__all__ = ["MOVES_S", "SEED", "Sent", "host_ns", "kept", "lost_of", "readings_lost", "sent_by"]

SEED: Final = 20260601
MOVES_S: Final = 0.5  # the strap sends before the motion begins

CLOCK: Final = ClockPlan(offset_s=4000.0, drift_ppm=23.0, wander_ppm=4.0, wander_s=60.0)
WRAPS_AFTER_S: Final = 15.0
AIR: Final = AirPlan(interval_ms=30.0, retransmit=0.02)  # what BlueZ asks for, and a link with some walls around it
HOST_LATE_S: Final = (0.0003, 0.004)  # from the radio to the callback
TOGETHER_S: Final = 0.0001  # between two notifications of one connection event

STEPS: Final = {  # one count of a usual chip: 16 g, 2000 deg/s, 0.15 uT
    Quantity.ACC: 16 * STANDARD_GRAVITY_MPS2 / 32768,
    Quantity.GYR: math.radians(2000) / 32768,
    Quantity.MAG: 0.15,
}
LOST: Final = (0.3, 0.6, 0.8)  # of the way through
LOST_WITH_THE_NEXT: Final = 0.6


@dataclass(frozen=True, slots=True)
class Sent:
    """A notification on its way: of which packet, and when it comes."""

    packet: Prepared
    at_ns: int
    characteristic: str
    payload: bytes


class _Counting(Player):
    """Gives readings as a sensor chip counts them."""

    def values(self, track: Track, quantities: Iterable[Quantity], host_s: Floats) -> dict[Quantity, Floats]:
        found = super().values(track, quantities, host_s)
        return {q: np.round(values / STEPS[q]) * STEPS[q] if q in STEPS else values for q, values in found.items()}


def sent_by(profile: Profile, track: Track, until_s: float, offset_s: float | None) -> list[Sent]:
    """Return all that a wearable sends, in the order it arrives.

    Args:
        profile, track: how it is set up and what it measures.
        until_s: for how long.
        offset_s: what its clock says at first; None: soon before it wraps, or an hour after it was switched on.
    """
    rng, player = random.Random(SEED), _Counting(1.0, MOVES_S, loop=False)  # noqa: S311 - the same every time
    ready = [
        packet
        for number, stream in enumerate(profile.streams)
        for packet in Sampling(1, number, stream, profile, _clock(stream, offset_s), 0.0).until(until_s, player, track)
    ]
    air = Air(AIR, rng)
    air.begin(0.0)
    sent, free_s = list[Sent](), 0.0
    for packet in sorted(ready, key=lambda each: (each.sampled_s, each.stream)):
        leaves_s = air.leaves_s(packet.sampled_s)
        for characteristic, payload in packet.notifications:
            free_s = max(free_s + TOGETHER_S, leaves_s + rng.uniform(*HOST_LATE_S))
            sent.append(Sent(packet, host_ns(free_s), characteristic, payload))
    return sent


def _clock(stream: Stream, offset_s: float | None) -> StrapClock:
    """Return the strap's clock; one that wraps does so in the middle of the set."""
    if offset_s is None and stream.clock is not None and stream.clock.bits is not None:
        offset_s = stream.clock.tick_s * 2**stream.clock.bits - WRAPS_AFTER_S
    plan = CLOCK if offset_s is None else structs.replace(CLOCK, offset_s=offset_s)
    return StrapClock(plan, 0.0)


def lost_of(sent: list[Sent]) -> set[int]:
    """Return which notifications never come."""
    lost = {round(share * len(sent)) for share in LOST}
    return lost | {round(LOST_WITH_THE_NEXT * len(sent)) + 1}


def kept(sent: list[Sent]) -> list[Sent]:
    """Return those that do come."""
    lost = lost_of(sent)
    return [each for index, each in enumerate(sent) if index not in lost]


def readings_lost(profile: Profile, sent: list[Sent]) -> Mapping[str, int]:
    """Return stream -> readings that are lost with the notifications; a packet in two parts is lost with either."""
    packets = {(sent[index].packet.stream, sent[index].packet.index): sent[index].packet for index in lost_of(sent)}
    counted = Counter[str]()
    for packet in packets.values():
        counted[profile.streams[packet.stream].name] += packet.count
    return {stream.name: counted[stream.name] for stream in profile.streams if stream.quantities}


def host_ns(after_s: float) -> int:
    """Return the host time of a moment, s after the beginning."""
    return BEGIN_NS + round(after_s * 1e9)
