"""Whatever comes: times never step back, nothing raises, and the same packets give the same bits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.link import BASE_NS, Clock, Link, send
from imutrack.alignment import Arrivals, Follower, align
from imutrack.errors import SignalError

CLOCKS = [Clock(1e-6, 32), Clock(1e-3, 16), Clock(1e-9, 64, "last"), Clock(1e-6, None, "first"), None]
PACKETS = st.lists(
    st.tuples(st.integers(0, 8 * 10**9) | st.integers(0, 10**8), st.integers(0, 2**32 - 1), st.integers(1, 40)),
    max_size=60,
)


def junk(packets, clock):
    steps_ns, ticks, counts = (np.array(column, np.int64) for column in zip(*packets, strict=True))
    if clock is not None and clock.stamps == "each":
        counts = np.ones_like(counts)
    return Arrivals(BASE_NS + np.cumsum(steps_ns), counts, ticks)


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@given(packets=PACKETS.filter(len))
def test_aligned_times_never_run_backwards(clock, packets):
    arrivals = junk(packets, clock)
    aligned = align(arrivals, clock, 50.0)
    assert (np.diff(aligned.t_ns) >= 0).all()
    assert len(aligned.t_ns) == len(aligned.order) == len(set(aligned.order.tolist()))
    assert len(aligned.t_ns) + aligned.duplicates == arrivals.counts.sum()
    assert aligned.lost is None or aligned.lost >= 0
    assert all(gap.duration_s >= 0 for gap in aligned.gaps)


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@given(packets=PACKETS.filter(len))
def test_live_times_never_run_backwards(clock, packets):
    arrivals, follower = junk(packets, clock), Follower(clock, 50.0)
    t_ns = feed_all(follower, arrivals, clock)
    assert (np.diff(t_ns) >= 0).all()
    state = follower.state
    assert state.received + state.duplicates == arrivals.counts.sum()
    assert state.lost is None or state.lost >= 0


def feed_all(follower, arrivals, clock):
    ticks = [None] * len(arrivals.counts) if clock is None else arrivals.ticks.tolist()
    packets = zip(arrivals.host_ns.tolist(), ticks, arrivals.counts.tolist(), strict=True)
    return np.array([follower.feed(*packet) for packet in packets])


@settings(max_examples=10)
@given(shift_ns=st.integers(-(10**17), 10**17))
def test_another_day_gives_the_same_times_to_the_bit(shift_ns):
    clock, link = Clock(1e-6, 32), Link(duration_s=40.0)
    arrivals = send(link, clock, 2).arrivals
    moved = Arrivals(arrivals.host_ns + shift_ns, arrivals.counts, arrivals.ticks)
    assert np.array_equal(align(moved, clock, 60.0).t_ns, align(arrivals, clock, 60.0).t_ns + shift_ns)
    shifted, plain = (feed_all(Follower(clock, 60.0), each, clock) for each in (moved, arrivals))
    assert np.array_equal(shifted, plain + shift_ns)


@settings(max_examples=20)
@given(splits=st.lists(st.integers(0, 1800), max_size=8))
def test_any_split_into_batches_gives_the_same_live_state(splits):
    clock = Clock(1e-6, 32)
    arrivals = send(Link(duration_s=30.0), clock, 4).arrivals
    whole, parts = Follower(clock, 60.0), Follower(clock, 60.0)
    feed_all(whole, arrivals, clock)
    bounds = [0, *sorted(splits), len(arrivals.counts)]
    for begin, stop in pairwise(bounds):
        batch = slice(begin, stop)
        feed_all(parts, Arrivals(arrivals.host_ns[batch], arrivals.counts[batch], arrivals.ticks[batch]), clock)
        assert parts.state.received == stop
    assert parts.state == whole.state


def test_once_settled_live_time_is_slewed_and_never_leaps():
    clock, link = Clock(1e-6, 32), Link(duration_s=120.0)
    arrivals = send(link, clock, 6).arrivals
    t_s = (feed_all(Follower(clock, 60.0), arrivals, clock) - BASE_NS)[360:] * 1e-9
    device_s = arrivals.ticks[360:] * 1e-6
    leaps_ppm = 1e6 * (np.diff(t_s) / np.diff(device_s) - 1)
    assert np.abs(leaps_ppm).max() < 500 + 200  # slewing on top of a drift of 40 ppm and what a minute's fit is off


def test_a_restarted_device_is_followed_anew():
    follower = Follower(Clock(1e-6, 32), 50.0)
    for index in range(1000):
        follower.feed(BASE_NS + 20_000_000 * index, 50_000_000 + 20_000 * index)
    for index in range(500):
        t_ns = follower.feed(BASE_NS + 23_000_000_000 + 20_000_000 * index, 20_000 * index)
        assert t_ns == pytest.approx(BASE_NS + 23_000_000_000 + 20_000_000 * index, abs=1000)  # 1 us
    assert (follower.state.restarts, follower.state.lost) == (1, 150)


def test_a_follower_that_saw_nothing_knows_nothing():
    state = Follower(Clock(1e-6, 32), 50.0).state
    assert (state.received, state.offset_s, state.drift_ppm) == (0, None, None)


def test_a_packet_without_the_stamp_it_should_have_is_refused():
    with pytest.raises(SignalError, match="without a stamp"):
        Follower(Clock(1e-6, 32), 50.0).feed(BASE_NS, None)


def test_live_offset_and_drift_are_those_of_the_clock():
    follower = Follower(Clock(1e-6, 32), 50.0)
    for index in range(2000):
        follower.feed(BASE_NS + 19_998_000 * index, (7_000_000 + 20_000 * index) % 2**32)  # 100 ppm fast
    state = follower.state
    assert state.drift_ppm == pytest.approx(100.0, abs=0.1)
    assert state.rate_hz == pytest.approx(50.005, abs=1e-4)
    assert state.residual_ms == pytest.approx(0.0, abs=0.01)
