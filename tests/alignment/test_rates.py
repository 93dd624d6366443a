"""The rate is that of what came: what is set on a device is a first guess."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.link import BASE_NS, Clock
from imutrack.alignment import Arrivals, Follower, align
from imutrack.alignment.losses import fit_step, missing

DOT = Clock(1e-6, 32)
BLUE_ST = Clock(0.008, 16)


def sent(rate_hz, clock=None, seconds=40.0, seed=3, kept=None):
    rng = np.random.default_rng(seed)
    taken_s = np.arange(int(seconds * rate_hz)) / rate_hz
    if kept is not None:
        taken_s = taken_s[kept(rng, len(taken_s))]
    host_s = np.maximum.accumulate(np.ceil(taken_s / 0.015) * 0.015 + rng.exponential(0.001, len(taken_s)))
    ticks = None if clock is None else np.floor(taken_s / clock.tick_s + 1e-6).astype(np.int64) % (1 << clock.bits)
    host_ns = BASE_NS + np.rint(host_s * 1e9).astype(np.int64)
    return taken_s, Arrivals(host_ns, np.ones(len(host_ns), np.int64), ticks)


def errors_s(taken_s, aligned):
    return np.abs((aligned.t_ns - BASE_NS) * 1e-9 - taken_s[aligned.order])


@pytest.mark.parametrize("seconds", [6.0, 40.0])
@pytest.mark.parametrize(
    ("real_hz", "set_hz"), [(10, 50), (20, 50), (200, 50), (50, 10), (12.5, 20), (100, 20), (25, 10)]
)
def test_without_a_clock_the_rate_is_measured_whatever_was_set(real_hz, set_hz, seconds):
    taken_s, arrivals = sent(real_hz, seconds=seconds)
    aligned = align(arrivals, None, set_hz)
    assert aligned.rate_hz == pytest.approx(real_hz, rel=0.005)
    assert errors_s(taken_s, aligned).max() < 0.02
    assert (aligned.measured, aligned.unsure, aligned.gaps) == (True, False, ())


def test_without_a_clock_too_little_tells_no_rate():
    _, arrivals = sent(10.0, seconds=1.5)
    aligned = align(arrivals, None, 50.0)
    assert (aligned.measured, aligned.rate_hz) == (False, pytest.approx(50.0, rel=0.06))


def slept(arrivals, begin_s, stop_s):
    begin_ns, stop_ns = BASE_NS + int(begin_s * 1e9), BASE_NS + int(stop_s * 1e9)
    host_ns = arrivals.host_ns
    return Arrivals(np.where((host_ns >= begin_ns) & (host_ns < stop_ns), stop_ns, host_ns), arrivals.counts)


def test_a_rate_of_less_than_half_of_a_recording_is_not_believed():
    _, arrivals = sent(50.0, seconds=15.0)
    aligned = align(slept(slept(arrivals, 4.0, 7.0), 9.5, 13.0), None, 20.0)
    assert not aligned.measured


def test_without_a_clock_what_comes_at_once_at_the_end_is_unsure():
    taken_s, arrivals = sent(50.0, seconds=15.0)
    aligned = align(slept(arrivals, 13.0, 16.0), None, 50.0)
    assert aligned.unsure
    assert errors_s(taken_s, aligned).max() > 0.9  # whether anything is lost nobody knows


def test_without_a_clock_a_host_that_slept_midway_moves_nothing():
    taken_s, arrivals = sent(50.0, seconds=40.0)
    aligned = align(slept(arrivals, 13.0, 16.0), None, 50.0)
    assert not aligned.unsure
    assert errors_s(taken_s, aligned).max() < 0.1


def test_a_rate_that_changes_midway_without_a_clock_is_unsure():
    taken_s = np.concatenate((np.arange(0, 20, 0.1), np.arange(20, 40, 0.02)))
    host_ns = BASE_NS + np.rint(taken_s * 1e9).astype(np.int64)
    assert align(Arrivals(host_ns, np.ones(len(host_ns), np.int64)), None, 50.0).unsure


@pytest.mark.parametrize("real_hz", [12, 20, 30, 45, 90, 120])
def test_a_device_that_keeps_another_rate_lost_nothing(real_hz):
    taken_s, arrivals = sent(real_hz, DOT)
    aligned = align(arrivals, DOT, 60.0)
    assert (aligned.lost, aligned.duplicates) == (0, 0)
    assert aligned.rate_hz == pytest.approx(real_hz, rel=1e-4)
    assert errors_s(taken_s, aligned).max() < 0.02


@pytest.mark.parametrize("rate_hz", [20, 40, 48, 50, 60, 62.5])
def test_a_coarse_clock_loses_and_doubles_nothing(rate_hz):
    taken_s, arrivals = sent(rate_hz, BLUE_ST)
    aligned = align(arrivals, BLUE_ST, rate_hz)
    assert (aligned.lost, aligned.duplicates, aligned.restarts) == (0, 0, 0)
    assert aligned.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert errors_s(taken_s, aligned).max() < 0.02


@pytest.mark.parametrize("rate_hz", [80, 100, 110, 200])
def test_a_clock_that_is_too_coarse_to_count_says_so_and_keeps_every_sample(rate_hz):
    taken_s, arrivals = sent(rate_hz, BLUE_ST)
    aligned = align(arrivals, BLUE_ST, 100.0)
    assert (aligned.lost, aligned.duplicates) == (None, 0)
    assert len(aligned.order) == len(taken_s)
    assert aligned.rate_hz == pytest.approx(rate_hz, rel=0.03)
    assert errors_s(taken_s, aligned).max() < 0.02


@settings(max_examples=30)
@given(rate_hz=st.floats(17, 60), loss=st.sampled_from([0.0, 0.02, 0.15]), nominal=st.sampled_from([20.0, 50.0]))
def test_losses_of_a_coarse_clock_equal_the_truth(rate_hz, loss, nominal):
    chosen = []

    def kept(rng, count):
        some = np.ones(count, np.bool_)
        some[1:-1] = rng.random(count - 2) >= loss
        chosen.append(int(count - some.sum()))
        return some

    _, arrivals = sent(rate_hz, BLUE_ST, kept=kept)
    aligned = align(arrivals, BLUE_ST, nominal)
    assert (aligned.lost, aligned.duplicates) == (chosen[0], 0)


def state_of(arrivals, clock, rate_hz):
    follower = Follower(clock, rate_hz)
    ticks = [None] * len(arrivals.counts) if clock is None else arrivals.ticks.tolist()
    t_ns = [follower.feed(host_ns, tick) for host_ns, tick in zip(arrivals.host_ns.tolist(), ticks, strict=True)]
    return follower.state, (np.array(t_ns) - BASE_NS) * 1e-9


@pytest.mark.parametrize(
    ("real_hz", "set_hz", "clock"), [(30, 60, DOT), (12, 60, DOT), (120, 60, DOT), (50, 50, BLUE_ST), (48, 20, BLUE_ST)]
)
def test_live_another_rate_is_no_loss(real_hz, set_hz, clock):
    _, arrivals = sent(real_hz, clock)
    state, _ = state_of(arrivals, clock, set_hz)
    assert (state.lost, state.duplicates, state.received) == (0, 0, len(arrivals.counts))
    assert state.rate_hz == pytest.approx(real_hz, rel=0.01)


def test_live_a_clock_too_coarse_to_count_says_so():
    _, arrivals = sent(100.0, BLUE_ST)
    assert state_of(arrivals, BLUE_ST, 100.0)[0].lost is None


def test_live_samples_that_share_stamps_all_count():
    taken_s, arrivals = sent(200.0, BLUE_ST)
    state, t_s = state_of(arrivals, BLUE_ST, 200.0)
    assert (state.received, state.duplicates, state.lost, state.drift_ppm) == (len(taken_s), 0, None, None)
    assert state.rate_hz == pytest.approx(200.0, rel=0.01)
    assert np.abs(t_s - taken_s)[-2000:].max() < 0.05


@pytest.mark.parametrize(("real_hz", "set_hz"), [(10, 50), (200, 50), (50, 10), (49.5, 50)])
def test_live_the_rate_without_a_clock_is_found_within_seconds(real_hz, set_hz):
    taken_s, arrivals = sent(real_hz)
    state, t_s = state_of(arrivals, None, set_hz)
    assert state.rate_hz == pytest.approx(real_hz, rel=0.02)
    assert np.abs(t_s - taken_s)[-int(10 * real_hz) :].max() < 0.05


def test_rounded_spans_are_a_mean_not_a_median():
    spans = np.tile([2, 3], 200)
    assert fit_step(spans, np.ones(400, np.int64), 2.5) == pytest.approx(2.5, rel=1e-3)  # a tick or two of 1,000
    assert missing(spans, np.ones(400, np.int64), 2.5).sum() == 0


@settings(max_examples=30)
@given(
    rate_hz=st.floats(20, 100),
    nominal_hz=st.sampled_from([10.0, 50.0, 100.0]),
    out_s=st.floats(0.1, 3.0),
    seconds=st.floats(12, 60),
)
def test_without_a_clock_times_are_right_at_any_rate_and_over_any_broken_link(rate_hz, nominal_hz, out_s, seconds):
    at_s = 0.4 * seconds
    taken_s, whole = sent(rate_hz, seconds=seconds)
    kept = (taken_s < at_s) | (taken_s >= at_s + out_s)
    begin = int(np.count_nonzero(taken_s < at_s))
    aligned = align(Arrivals(whole.host_ns[kept], whole.counts[kept], None, (begin,)), None, nominal_hz)
    assert errors_s(taken_s[kept], aligned).max() < 0.03
    assert (np.diff(aligned.t_ns) >= 0).all()
    assert len(aligned.gaps) == 1
    assert not aligned.unsure
