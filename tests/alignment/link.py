"""A simulated link: a device's crystal, connection events, retransmissions and host stalls; every sample's true time.

Connection events come on the host's grid; a packet goes out at the first event after its last sample, later ones where
it must be sent again, never before the packet ahead of it. The host adds a little, and stalls for 300 ms at times.
"""

from dataclasses import dataclass, replace

import numpy as np

from imutrack.alignment import Arrivals

BASE_NS = 1_790_000_000_000_000_000  # a wall clock; floats of such nanoseconds are 256 ns apart
STALL_S = 0.3
WANDER_PERIOD_S = 600.0


@dataclass(frozen=True, slots=True)
class Clock:
    tick_s: float = 1e-6
    bits: int | None = 32
    stamps: str = "each"


@dataclass(frozen=True, slots=True)
class Link:
    rate_hz: float = 60.0
    duration_s: float = 60.0
    interval_s: float = 0.030
    retransmitted: float = 0.02
    drift_ppm: float = 40.0
    wander_ppm: float = 10.0
    per_packet: int = 1
    stall_every_s: float = 20.0
    first_tick: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """Packets in the order of arrival, and the true time of each sample, s from the host's base."""

    arrivals: Arrivals
    true_s: np.ndarray


def send(link: Link, clock: Clock, seed: int) -> Sent:
    rng = np.random.default_rng(seed)
    samples = int(link.duration_s * link.rate_hz) // link.per_packet * link.per_packet
    device_s = np.arange(samples) / link.rate_hz
    true_s = _true(device_s, link, rng)
    arrival_s = _arrivals(true_s[link.per_packet - 1 :: link.per_packet], link, rng)
    counter = link.first_tick + np.rint(device_s / clock.tick_s).astype(np.int64)
    ticks = counter if clock.bits is None else counter % (1 << clock.bits)
    stamped = {"each": slice(None), "first": slice(0, None, link.per_packet)}
    ticks = ticks[stamped.get(clock.stamps, slice(link.per_packet - 1, None, link.per_packet))]
    host_ns = BASE_NS + np.rint(arrival_s * 1e9).astype(np.int64)
    return Sent(Arrivals(host_ns, np.full(len(host_ns), link.per_packet), ticks), true_s)


def _true(device_s, link, rng):
    """Host time of device time: drift as configured, and a slow wave on it."""
    phase, pulsation = rng.uniform(0, 2 * np.pi), 2 * np.pi / WANDER_PERIOD_S
    wander = (np.cos(phase) - np.cos(pulsation * device_s + phase)) / pulsation
    return rng.uniform(0.5, 1.5) + device_s * (1 - 1e-6 * link.drift_ppm) - 1e-6 * link.wander_ppm * wander


def _arrivals(ready_s, link, rng):
    grid_s = rng.uniform(0, link.interval_s)
    events = np.ceil((ready_s + 0.0002 - grid_s) / link.interval_s)
    again = rng.random(len(events)) < link.retransmitted
    while again.any():
        events = events + again
        again &= rng.random(len(events)) < link.retransmitted
    events = np.maximum.accumulate(events)
    arrival_s = grid_s + events * link.interval_s + 0.0005 + rng.exponential(0.0003, len(events))
    for stall_s in np.sort(rng.uniform(0, link.duration_s, rng.poisson(link.duration_s / link.stall_every_s))):
        arrival_s[(arrival_s > stall_s) & (arrival_s < stall_s + STALL_S)] = stall_s + STALL_S
    return np.maximum.accumulate(arrival_s)


def kept(sent: Sent, packets) -> Arrivals:
    """The arrivals of some packets, in the order given, at host times in the order of arrival."""
    arrivals = sent.arrivals
    packets = np.asarray(packets)
    host_ns = np.maximum.accumulate(arrivals.host_ns[packets])
    per_stamp = len(arrivals.ticks) // len(arrivals.counts)
    stamps = (packets[:, None] * per_stamp + np.arange(per_stamp)).ravel()
    return replace(arrivals, host_ns=host_ns, counts=arrivals.counts[packets], ticks=arrivals.ticks[stamps])
