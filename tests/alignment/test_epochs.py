"""Clocks that begin anew, links that break and queues that empty: where each sample belongs, and what never came."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.link import BASE_NS, Clock
from imutrack.alignment import Aligned, Arrivals, Follower, align

DOT = Clock(1e-6, 32)
RATE_HZ = 60.0
SECONDS = 40.0
TIMES_S = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
WITHIN_S = 0.012  # the phase of sampling against connection events of 15 ms


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a stream: taken, and stamped by the device's clock, s; when it came; where connections began."""

    taken_s: np.ndarray
    device_s: np.ndarray
    host_s: np.ndarray
    breaks: tuple[int, ...] = ()

    def arrivals(self, clock=DOT):
        ticks = np.rint(self.device_s / clock.tick_s).astype(np.int64)
        host_ns = BASE_NS + np.rint(np.maximum.accumulate(self.host_s) * 1e9).astype(np.int64)
        ticks = ticks if clock.bits is None else ticks % (1 << clock.bits)
        return Arrivals(host_ns, np.ones(len(ticks), np.int64), ticks, self.breaks)

    def aligned(self, clock=DOT, rate_hz=RATE_HZ) -> Aligned:
        return align(self.arrivals(clock), clock, rate_hz)

    def errors_s(self, aligned):
        return (aligned.t_ns - BASE_NS) * 1e-9 - self.taken_s[aligned.order]


def radio(taken_s, seed=1):
    """Host times over connection events of 15 ms."""
    rng = np.random.default_rng(seed)
    return np.ceil(taken_s / 0.015) * 0.015 + rng.exponential(0.001, len(taken_s))


def stepped(by_s, at_s=20.0):
    """The counter steps by so much between two samples, of which neither is lost."""
    return Came(TIMES_S, 100.0 + TIMES_S + np.where(at_s <= TIMES_S, by_s, 0.0), radio(TIMES_S))


def broken(at_s, out_s, first_device_s=None, *, told=True):
    """An outage; the device goes on counting, or begins anew at a moment of its own."""
    kept = (at_s > TIMES_S) | (at_s + out_s <= TIMES_S)
    taken_s = TIMES_S[kept]
    begin = int(np.count_nonzero(at_s > TIMES_S))
    device_s = taken_s.copy()
    if first_device_s is not None:
        device_s[begin:] += first_device_s - device_s[begin]
    return Came(taken_s, device_s, radio(taken_s), (begin,) if told else ())


def right(came, aligned, restarts, lost, within_s=WITHIN_S):
    assert (aligned.restarts, aligned.lost, aligned.duplicates) == (restarts, lost, 0)
    assert len(aligned.order) == len(came.taken_s)
    assert np.abs(came.errors_s(aligned)).max() < within_s
    assert (np.diff(aligned.t_ns) >= 0).all()


@pytest.mark.parametrize("by_s", [-0.3, -0.5, -0.905, -1.5, -30.0, 0.3, 1.0, 4.5, 6.0, 600.0])
def test_a_counter_that_steps_lost_nothing_and_no_sample_moves(by_s):
    came = stepped(by_s)
    aligned = came.aligned()
    right(came, aligned, 1, 0)
    assert not aligned.unsure
    assert aligned.residual_ms < 20.0


@pytest.mark.parametrize("by_s", [-0.905, 0.905])
@pytest.mark.parametrize("at_s", [4.0, 36.0])
def test_a_counter_may_step_near_either_end(by_s, at_s):
    came = stepped(by_s, at_s)
    right(came, came.aligned(), 1, 0)


def test_a_counter_may_step_again_and_again():
    back_s = -0.905 * (TIMES_S >= 10.0) - 0.905 * (TIMES_S >= 20.0) + 3.0 * (TIMES_S >= 30.0)
    came = Came(TIMES_S, 100.0 + TIMES_S + back_s, radio(TIMES_S))
    right(came, came.aligned(), 3, 0)


@pytest.mark.parametrize("out_s", [0.8, 3.0, 4.9, 6.0])
def test_a_counter_that_stood_still_while_the_link_was_broken_counts_by_the_host(out_s):
    came = broken(20.0, out_s, first_device_s=20.0)
    aligned = came.aligned()
    right(came, aligned, 1, round(out_s * RATE_HZ))
    assert not aligned.unsure


def test_a_counter_that_stood_still_and_nobody_knows_why_is_unsure():
    came = broken(20.0, 4.9, first_device_s=20.0, told=False)  # a queue that never empties looks the same
    aligned = came.aligned()
    right(came, aligned, 1, 294)
    assert aligned.unsure


@pytest.mark.parametrize(("at_s", "out_s"), [(0.5, 0.3), (3.0, 0.3), (20.0, 1.0), (5.0, 30.0)])
def test_a_device_that_connects_anew_with_its_clock_at_nought_began_anew(at_s, out_s):
    came = broken(at_s, out_s, first_device_s=0.0)
    aligned = came.aligned()
    assert aligned.restarts == 1
    assert aligned.duplicates == 0
    assert aligned.lost == pytest.approx(out_s * RATE_HZ, abs=1)  # by the host's clock
    assert np.abs(came.errors_s(aligned)).max() < WITHIN_S


@pytest.mark.parametrize("packets", [3, 5, 12])
def test_a_clock_that_connects_anew_began_anew_however_little_came_then(packets):
    came = first_of(broken(3.0, 0.5, first_device_s=0.0), 180 + packets)
    aligned = came.aligned()
    right(came, aligned, 1, pytest.approx(30, abs=1))
    assert not aligned.unsure


def test_a_host_that_slept_over_a_new_connection_hides_no_clock_that_began_anew():
    came = broken(20.0, 0.5, first_device_s=20.13)  # 0.38 s less than went by
    came = slept(came, 19.9, 20.7)
    aligned = came.aligned()
    right(came, aligned, 1, pytest.approx(30, abs=1))


def test_a_clock_that_began_anew_and_sent_all_at_once_is_unsure():
    came = slept(first_of(broken(20.0, 0.5, first_device_s=0.0), 1200 + 60), 19.9, 21.9)
    assert came.aligned().unsure  # nobody knows for how long the host slept


def test_a_clock_that_began_anew_and_sent_once_is_unsure():
    assert first_of(broken(20.0, 0.5, first_device_s=0.0), 1201).aligned().unsure


def test_a_queue_that_had_no_time_to_empty_is_unsure():
    came = first_of(catching_up(1.01), 1500)  # 5 s after the outage
    assert came.aligned().unsure


@pytest.mark.parametrize("out_s", [0.25, 0.9, 4.0, 12.0])
def test_a_clock_that_goes_on_through_a_broken_link_counts_what_was_lost(out_s):
    came = broken(20.0, out_s)
    right(came, came.aligned(), 0, round(out_s * RATE_HZ))


def catching_up(speed):
    """From 20 s on nothing came for 12 s; the device kept it and sends it at so many times the speed of life."""
    late_s = np.maximum(12.5 - (TIMES_S - 20.0) * (1.0 - 1.0 / speed), 0.0)
    return Came(TIMES_S, TIMES_S, radio(TIMES_S) + np.where(TIMES_S >= 20.0, late_s, 0.0))


def first_of(came, packets):
    """The first packets of what came."""
    return Came(came.taken_s[:packets], came.device_s[:packets], came.host_s[:packets], came.breaks)


def slept(came, begin_s, stop_s):
    """What came while the host slept came when it awoke."""
    host_s = np.where((came.host_s >= begin_s) & (came.host_s < stop_s), stop_s, came.host_s)
    return replace(came, host_s=np.maximum.accumulate(host_s))


@pytest.mark.parametrize("drift", [-0.005, 0.005])
@pytest.mark.parametrize("out_s", [0.0, 4.0, 12.0])
def test_a_cheap_oscillator_is_followed(drift, out_s):
    came = broken(20.0, out_s)
    came = replace(came, device_s=came.device_s * (1.0 + drift))
    aligned = came.aligned()
    right(came, aligned, 0, round(out_s * RATE_HZ))
    assert not aligned.unsure
    assert aligned.drift_ppm == pytest.approx(1e6 * drift, rel=0.02)


def test_a_queue_that_fills_half_of_a_short_set_leaves_no_doubt():
    begin = int(18.5 * RATE_HZ)
    came = catching_up(8.0)
    stop = int(36.5 * RATE_HZ)
    came = Came(came.taken_s[begin:stop], came.device_s[begin:stop], came.host_s[begin:stop])
    aligned = came.aligned()
    right(came, aligned, 0, 0)
    assert not aligned.unsure


@pytest.mark.parametrize("speed", [20.0, 2.0, 1.25])
def test_a_queue_that_empties_is_no_other_clock(speed):
    came = catching_up(speed)
    aligned = came.aligned()
    right(came, aligned, 0, 0)
    assert not aligned.unsure


def test_a_clock_of_another_speed_than_promised_is_unsure():
    came = Came(TIMES_S, 0.98 * TIMES_S, radio(TIMES_S))
    assert came.aligned().unsure


@pytest.mark.parametrize("out_s", [0.3, 0.5, 0.9, 4.0])
@pytest.mark.parametrize("told", [True, False])
def test_without_a_clock_an_outage_of_any_length_is_a_gap_and_moves_nothing(out_s, told):
    came = broken(20.0, out_s, told=told)
    arrivals = came.arrivals()
    aligned = align(Arrivals(arrivals.host_ns, arrivals.counts, None, arrivals.breaks), None, RATE_HZ)
    (gap,) = aligned.gaps
    assert (gap.lost, aligned.lost) == (None, None)
    assert gap.duration_s == pytest.approx(out_s, abs=0.05)
    assert aligned.rate_hz == pytest.approx(RATE_HZ, rel=1e-3)
    assert np.abs(came.errors_s(aligned)).max() < 0.02


def test_without_a_clock_a_short_outage_is_known_from_its_connection():
    came = broken(20.0, 0.1)
    arrivals = came.arrivals()
    aligned = align(Arrivals(arrivals.host_ns, arrivals.counts, None, arrivals.breaks), None, RATE_HZ)
    assert len(aligned.gaps) == 1
    assert np.abs(came.errors_s(aligned)).max() < 0.02


@st.composite
def lives(draw):
    """A device's life in epochs: each begins with a broken link, or a step of the counter; with losses and repeats."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate_hz = draw(st.sampled_from([20.0, 30.0, 52.0, 59.94, 100.0])) * rng.uniform(0.97, 1.03)
    taken_s = np.arange(int(SECONDS * rate_hz)) / rate_hz
    device_s, kept = taken_s * (1 + rng.uniform(-80e-6, 80e-6)) + rng.uniform(0, 4000), np.ones(len(taken_s), np.bool_)
    restarts, breaks, at_s = 0, list[int](), 0.0
    for kind in draw(st.lists(st.sampled_from(["back", "ahead", "anew", "stood still", "went on"]), max_size=2)):
        at_s += rng.uniform(6, 14)
        begin = int(np.searchsorted(taken_s, at_s))
        if kind in ("back", "ahead"):
            device_s[begin:] += rng.uniform(0.4, 8.0) * (1 if kind == "ahead" else -1)
        else:
            stop = int(np.searchsorted(taken_s, at_s + rng.uniform(0.6, 5.0)))
            kept[begin:stop] = False
            breaks.append(stop)
            device_s[stop:] += {"anew": -device_s[stop], "stood still": device_s[begin] - device_s[stop]}.get(kind, 0.0)
        restarts += kind != "went on"
    kept &= rng.random(len(kept)) > draw(st.sampled_from([0.0, 0.02, 0.15]))
    came = np.flatnonzero(kept)
    again = came[rng.random(len(came)) < draw(st.sampled_from([0.0, 0.02]))]
    order = np.sort(np.concatenate((came, again)))
    begins = tuple(int(np.searchsorted(order, at)) for at in breaks)
    host_s = radio(taken_s, seed=int(rng.integers(1000)))[order]
    lost = int(came[-1] - came[0]) + 1 - len(came)
    return Came(taken_s[order], device_s[order], host_s, begins), rate_hz, restarts, lost, len(again)


CLOCKS = [Clock(1e-6, 32), Clock(1e-3, 16), Clock(1 / 32768, 24)]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@settings(max_examples=25)
@given(life=lives(), nominal_hz=st.sampled_from([20.0, 60.0, 100.0]))
def test_whatever_happens_to_a_clock_its_samples_are_where_they_were_and_its_losses_counted(clock, life, nominal_hz):
    came, rate_hz, restarts, lost, again = life
    aligned = came.aligned(clock, nominal_hz)
    assert (aligned.restarts, aligned.duplicates) == (restarts, again)
    assert abs(aligned.lost - lost) <= restarts  # to half a sample of the host's clock each
    assert aligned.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert np.abs(came.errors_s(aligned)).max() < 0.02
    assert (np.diff(aligned.t_ns) >= 0).all()
    assert not aligned.unsure


def followed(came, rate_hz=RATE_HZ, clock=DOT):
    follower, arrivals = Follower(clock, rate_hz), came.arrivals()
    t_ns = []
    for index, (host_ns, tick) in enumerate(zip(arrivals.host_ns.tolist(), arrivals.ticks.tolist(), strict=True)):
        if index in came.breaks:
            follower.reconnected()
        t_ns.append(follower.feed(host_ns, tick if clock else None))
    return follower.state, (np.array(t_ns) - BASE_NS) * 1e-9 - came.taken_s


@pytest.mark.parametrize("by_s", [-0.5, -0.905, -1.5, -30.0, 1.0, 4.5, 600.0])
def test_live_a_counter_that_steps_is_taken_for_what_it_is(by_s):
    state, errors_s = followed(stepped(by_s))
    assert (state.restarts, state.lost, state.duplicates, state.reordered) == (1, 0, 0, 0)
    assert state.received == len(TIMES_S)
    assert abs(errors_s[-1]) < WITHIN_S


@pytest.mark.parametrize("came", [broken(20.0, 3.0, 20.0), broken(20.0, 3.0, 0.0), broken(20.0, 3.0)], ids=str)
def test_live_a_connection_is_judged_as_afterwards(came):
    state, errors_s = followed(came)
    aligned = came.aligned()
    assert (state.restarts, state.received) == (aligned.restarts, len(came.taken_s))
    assert state.lost == pytest.approx(aligned.lost, abs=2)  # the host's clock, by one packet
    assert abs(errors_s[-1]) < WITHIN_S


def test_live_a_counter_that_stood_still_is_found_within_seconds():
    state, errors_s = followed(broken(20.0, 3.0, 20.0, told=False))
    assert (state.restarts, state.lost) == (1, 180)
    assert np.abs(errors_s[-600:]).max() < WITHIN_S


def test_live_a_queue_is_no_other_clock():
    state, _ = followed(catching_up(20.0))
    assert (state.restarts, state.lost) == (0, 0)


@pytest.mark.parametrize("speed", [20.0, 2.0])
def test_live_a_queue_that_comes_over_a_new_connection_is_no_other_clock(speed):
    state, _ = followed(replace(catching_up(speed), breaks=(1200,)))
    assert (state.restarts, state.lost) == (0, 0)


def test_live_a_host_that_slept_over_a_new_connection_lost_what_never_came():
    state, _ = followed(slept(broken(20.0, 1.5), 19.9, 22.2))
    assert (state.restarts, state.lost) == (0, 90)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("out_s", [0.8, 6.0, 15.0])
def test_live_a_counter_that_stood_still_for_any_time_counts_by_the_host(out_s, told):
    state, errors_s = followed(broken(20.0, out_s, first_device_s=20.0, told=told))
    assert (state.restarts, state.lost) == (1, pytest.approx(out_s * RATE_HZ, abs=2))
    assert np.abs(errors_s[-60:]).max() < WITHIN_S


def test_live_a_cheap_oscillator_is_followed():
    came = broken(20.0, 4.0)
    state, _ = followed(replace(came, device_s=came.device_s * 1.005))
    assert (state.restarts, state.lost) == (0, 240)


def test_live_what_is_sent_once_more_is_no_clock_that_went_back():
    again = np.concatenate((np.arange(1200), np.arange(1140, 1200), np.arange(1200, 2400)))
    host_s = radio(TIMES_S)[again]
    host_s[1200:1260] = host_s[1199] + np.arange(60) / 400  # a second of it within 0.15 s
    state, _ = followed(Came(TIMES_S[again], TIMES_S[again], host_s))
    assert (state.restarts, state.duplicates, state.lost, state.received) == (0, 60, 0, 2400)
