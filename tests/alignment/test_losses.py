"""Losses equal the ledger, to the sample, live and afterwards."""

import numpy as np
import pytest
from hypothesis import given, settings

from alignment.faulty import faults
from alignment.link import Clock, Link, kept, send
from imutrack.alignment import Follower, align
from imutrack.alignment.losses import fit_step, missing

STREAMS = {
    "60 Hz, us of 32 bits": (Link(rate_hz=59.93, drift_ppm=90.0), Clock(1e-6, 32), 60.0),
    "52 Hz, ms of 16 bits": (Link(rate_hz=51.9, first_tick=64_000), Clock(1e-3, 16), 52.0),
    "51.2 Hz, u24": (Link(rate_hz=51.2, first_tick=(1 << 24) - 9), Clock(1 / 32768, 24), 51.2),
    "52 Hz, 36 samples, last": (Link(rate_hz=51.7, per_packet=36, duration_s=150.0), Clock(1e-9, None, "last"), 52.0),
    "100 Hz, 4 samples, first": (Link(rate_hz=99.8, per_packet=4), Clock(1e-6, None, "first"), 100.0),
    "50 Hz, 8 samples, each": (Link(rate_hz=50.0, per_packet=8), Clock(1e-6, 32), 50.0),
}
SENT = {name: send(link, clock, 11) for name, (link, clock, _) in STREAMS.items()}


def followed(follower, arrivals, stamps):
    ticks = arrivals.ticks if stamps != "each" else arrivals.ticks[np.cumsum(arrivals.counts) - 1]
    for packet in zip(arrivals.host_ns.tolist(), ticks.tolist(), arrivals.counts.tolist(), strict=True):
        follower.feed(*packet)
    return follower.state


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=40)
@given(fault=faults())
def test_losses_afterwards_equal_the_ledger(name, fault):
    link, clock, nominal_hz = STREAMS[name]
    aligned = align(kept(SENT[name], fault.packets), clock, nominal_hz)
    n = link.per_packet
    assert (aligned.lost, aligned.duplicates) == (n * fault.lost, n * fault.duplicates)
    assert aligned.reordered == n * fault.reordered
    assert aligned.restarts == 0
    assert sum(gap.lost for gap in aligned.gaps) == aligned.lost
    came = sorted(set(fault.packets))
    at = np.asarray(fault.packets)[aligned.order // n] * n + aligned.order % n
    assert at.tolist() == [packet * n + index for packet in came for index in range(n)]


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=40)
@given(fault=faults())
def test_losses_live_equal_the_ledger(name, fault):
    link, clock, nominal_hz = STREAMS[name]
    state = followed(Follower(clock, nominal_hz), kept(SENT[name], fault.packets), clock.stamps)
    n = link.per_packet
    assert (state.lost, state.duplicates, state.reordered, state.restarts) == (
        n * fault.lost,
        n * fault.duplicates,
        n * fault.reordered,
        0,
    )
    assert state.received == n * len(set(fault.packets))


def test_an_hour_at_60_hz_with_a_third_lost_is_counted_to_the_sample():
    link, clock = Link(rate_hz=59.95, duration_s=3600.0, drift_ppm=-70.0), Clock(1e-6, 32)
    sent = send(link, clock, 5)
    came = np.flatnonzero(np.random.default_rng(5).random(len(sent.arrivals.counts)) > 0.33)
    ledger = int(came[-1] - came[0] + 1 - len(came))
    arrivals = kept(sent, came)
    assert align(arrivals, clock, 60.0).lost == ledger
    assert followed(Follower(clock, 60.0), arrivals, "each").lost == ledger


def test_without_a_clock_losses_are_unknown_live_as_well():
    follower = Follower(None, 50.0)
    for index in range(200):
        follower.feed(20_000_000 * index, None)
    assert follower.state.lost is None
    assert follower.state.received == 200


def test_the_step_is_fitted_to_spans_in_which_nothing_was_lost():
    spans = np.array([19, 20, 19, 19, 58, 20, 1000])
    assert fit_step(spans, np.ones(7, np.int64), 20.0) == pytest.approx(19.4)
    assert missing(spans, np.ones(7, np.int64), 19.3).tolist() == [0, 0, 0, 0, 2, 0, 51]


def test_a_nominal_rate_that_is_far_off_is_corrected():
    spans = np.full(50, 20_000)
    assert fit_step(spans, np.ones(50, np.int64), 16_667.0) == pytest.approx(20_000.0)
    assert fit_step(np.full(5, 90_000), np.ones(5, np.int64), 16_667.0) == 16_667.0  # nothing like it came
