"""Phases of repetitions in closed form: minimum jerk, ramps, tremor, edges, gaps, and spans of all kinds."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.metrics.extents import clear_of
from imutrack.metrics.phases import PhaseParams, phases
from imutrack.metrics.rom import RomKind, range_of_motion
from imutrack.metrics.segment_angle import segment_angle
from imutrack.signals.orientation import multiply, orientation
from imutrack.signals.signal import Signal
from imutrack.synthetic.motion import Move, moves, sinusoid
from turning_sensor import RATE_HZ as SENSOR_HZ
from turning_sensor import repetitions, turned_on_limb, turning

RATE_HZ = 50.0
SAMPLE_S = 1 / RATE_HZ
T_S = np.arange(0.0, 60.0, SAMPLE_S)


def there_and_back(starts_s, out_s=1.5, hold_s=0.5, back_s=1.5, rom_deg=60.0, first=()):
    """Angle and speed of minimum-jerk repetitions, and their (start, held, release, end), s."""
    plan, marks = [*first], []
    for start_s in starts_s:
        mark = np.cumsum([start_s, out_s, hold_s, back_s])
        plan += [Move(mark[0], out_s, rom_deg), Move(mark[2], back_s, -rom_deg)]
        marks.append(mark)
    made = moves(T_S, plan)
    return made.value, made.rate, np.array(marks)


def spans_of(marks, cut_s=0.3):
    """Spans that miss their ends, as the counter's do."""
    return [tuple(round(t_s * RATE_HZ) for t_s in (a + cut_s, (b + c) / 2, d - cut_s)) for a, b, c, d in marks]


def found_s(angle, rate, spans):
    return np.array(phases(angle, rate, spans, RATE_HZ), dtype=float) / RATE_HZ


@pytest.mark.parametrize("hold_s", [0.0, 0.5, 2.0])
@pytest.mark.parametrize(("out_s", "back_s"), [(0.5, 0.5), (1.5, 1.5), (1.0, 3.0), (4.0, 4.0)])
def test_minimum_jerk_movements_are_found_to_the_sample(out_s, hold_s, back_s):
    starts_s = np.arange(4) * (out_s + hold_s + back_s + 1.0) + 3.0
    angle, rate, marks = there_and_back(starts_s, out_s, hold_s, back_s)
    cut_s = 0.2 * min(out_s, back_s)
    found = found_s(angle, rate, spans_of(marks, cut_s))
    # the moving average of a tenth of the movement, and a sample
    assert found == pytest.approx(marks, abs=0.02 * max(out_s, back_s) + SAMPLE_S)


def test_without_the_extrapolation_a_tenth_of_the_greatest_speed_would_be_hold():
    x = np.linspace(0.0, 1.0, 10001)
    slow = x[x > 0.5][16 * x[x > 0.5] ** 2 * (1 - x[x > 0.5]) ** 2 < PhaseParams().low_share]
    assert 1.0 - slow[0] == pytest.approx(0.087, abs=0.001)


def test_a_ramp_ends_where_it_stops():
    angle = np.interp(T_S, [5, 6, 7, 8.5], [0, 60, 60, 0])
    rate = np.interp(T_S, [5, 5.001, 6, 6.001, 7, 7.001, 8.5, 8.501], [0, 60, 60, 0, 0, -40, -40, 0])
    [found] = found_s(angle, rate, [(265, 325, 410)])
    # the moving average takes 0.18 of each way, 3/5 of which lie between the two levels
    assert found[:2] == pytest.approx([5, 6], abs=0.13 * 1.0)
    assert found[2:] == pytest.approx([7, 8.5], abs=0.13 * 1.5)


@pytest.mark.parametrize("tremor_hz", [4.0, 5.0, 8.0])
def test_tremor_does_not_move_the_phases_by_much(tremor_hz):
    angle, rate, marks = there_and_back([4.0, 12.0, 20.0, 28.0], 2.0, 1.0, 2.0)
    tremor = sinusoid(T_S, tremor_hz, 0.5)
    found = found_s(angle + tremor.value, rate + tremor.rate, spans_of(marks))
    assert found == pytest.approx(marks, abs=0.2)


def test_a_pause_on_the_way_is_not_the_hold():
    made = moves(T_S, [Move(5, 1, 30), Move(6.5, 1, 30), Move(8.5, 1, -60)])
    [found] = found_s(made.value, made.rate, [(260, 400, 465)])
    assert found == pytest.approx([5, 7.5, 8.5, 9.5], abs=0.06)


def test_a_hold_that_sinks_is_a_hold():
    made = moves(T_S, [Move(5, 1, 60), Move(6, 3, -6), Move(9, 1, -54)])
    [found] = found_s(made.value, made.rate, [(260, 310, 490)])
    assert found == pytest.approx([5, 6, 9, 10], abs=0.2)


def test_repetitions_without_a_pause_meet():
    angle, rate, marks = there_and_back([3.0, 6.0, 9.0, 12.0], 1.5, 0.0, 1.5)
    found = found_s(angle, rate, spans_of(marks))
    assert found == pytest.approx(marks, abs=0.05)
    assert all(before[3] <= after[0] for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("begin_s", "turn_s", "end_s"),
    [(-1.0, 0.7, 1.5), (-1.0, 0.9, 2.2), (-0.5, 0.5, 2.9)],
    ids=["from rest to the peak", "into the hold", "from the middle of the rest into the return"],
)
def test_spans_of_speed_views_get_the_whole_repetition(begin_s, turn_s, end_s):
    starts_s = [4.0, 10.0, 16.0, 22.0]
    angle, rate, marks = there_and_back(starts_s, 1.5, 1.0, 1.5, first=[Move(0.5, 1.0, 20.0), Move(2.0, 1.0, -20.0)])
    spans = [tuple(round((s + by) * RATE_HZ) for by in (begin_s, turn_s, end_s)) for s in starts_s]
    assert found_s(angle, rate, spans) == pytest.approx(marks, abs=0.06)


def test_the_last_repetition_leaves_getting_out_of_position_out():
    starts_s = [4.0, 10.0, 16.0]
    angle, rate, marks = there_and_back(starts_s, 1.5, 1.0, 1.5, first=[Move(21.5, 1.0, -80.0)])
    spans = [tuple(round((s + by) * RATE_HZ) for by in (-1.0, 0.7, 1.5)) for s in starts_s]
    assert found_s(angle, rate, spans) == pytest.approx(marks, abs=0.06)


def test_a_repetition_that_the_recording_cuts_off_ends_with_it():
    angle, rate, marks = there_and_back([0.0, 4.0], 1.5, 0.5, 1.5)
    n = round(7.0 * RATE_HZ)  # in the middle of the way back
    found = phases(angle[:n], rate[:n], [(10, 80, 160), (210, 290, n)], RATE_HZ)
    assert np.array(found[0]) / RATE_HZ == pytest.approx(marks[0], abs=0.06)
    assert found[1].end == n - 1
    assert found[1].held / RATE_HZ == pytest.approx(5.5, abs=0.06)


def test_a_repetition_in_a_gap_is_left_alone_and_the_others_are_not():
    angle, rate, marks = there_and_back([4.0, 9.0, 14.0])
    angle[round(10.0 * RATE_HZ) : round(10.8 * RATE_HZ)] = np.nan
    first, second, third = phases(angle, rate, spans_of(marks), RATE_HZ)
    assert second is None
    assert np.array([first, third]) / RATE_HZ == pytest.approx(marks[[0, 2]], abs=0.06)


def test_what_the_angle_does_not_show_is_left_alone():
    angle, rate, marks = there_and_back([4.0, 9.0, 14.0])
    spans = [*spans_of(marks), (1000, 1050, 1100)]
    assert phases(angle, rate, spans, RATE_HZ)[3] is None
    assert phases(np.zeros(200), np.zeros(200), [(20, 50, 90)], RATE_HZ) == [None]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_phases_are_in_order_inside_the_signal_and_never_overlap(seed, count):
    rng = np.random.default_rng(seed)
    rate = rng.normal(0, 40, 400)
    angle = np.cumsum(rate) / RATE_HZ
    if seed % 2:
        rate = rng.permutation(rate)  # nothing to do with the angle
    angle[rng.random(400) < 0.01 * rng.random()] = np.nan
    edges = np.sort(rng.choice(400, 3 * count, replace=False)).reshape(-1, 3)
    spans = [tuple(int(edge) for edge in span) for span in edges]
    found = phases(angle, rate, spans, RATE_HZ)
    assert len(found) == len(spans)
    whole = [span if rep is None else rep.span for span, rep in zip(spans, found, strict=True)]
    assert all(before[2] <= after[0] for before, after in pairwise(whole))
    for rep in filter(None, found):
        assert 0 <= rep.start < rep.held <= rep.release < rep.end <= len(angle)
        assert sum(rep.durations_s(RATE_HZ)) == pytest.approx((rep.end - rep.start) / RATE_HZ)
        assert np.isfinite(angle[rep.start : rep.end]).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_turning_the_sensor_on_the_limb_changes_no_phase(seed):
    rng = np.random.default_rng(seed)
    angle, spans = repetitions(reps=3)
    signal = turning(angle)
    direction = rng.normal(0, 1, 3)
    turned = turned_on_limb(signal, direction / np.linalg.norm(direction), rng.uniform(0, 360))
    before, after = range_of_motion(signal, spans), range_of_motion(turned, spans)
    for name in ("outward_s", "hold_s", "return_s"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1.01 / SENSOR_HZ)  # one sample


def test_the_rate_of_a_tilt_is_its_derivative():
    t_s = np.arange(0, 20, 1 / SENSOR_HZ)
    cone = 2 * np.pi * 0.3 * t_s
    rate = np.stack([np.cos(cone), np.sin(cone), np.cos(2 * cone)], axis=1) * (t_s > 3)[:, None]
    acc = np.tile([0.0, 0.0, 9.80665], (len(t_s), 1))
    signal = Signal(SENSOR_HZ, 0.0, acc, rate, np.zeros(len(t_s), dtype=bool))
    quat = np.zeros((len(t_s), 4))
    quat[0, 0] = 1.0
    for k, half in enumerate(rate[1:] / SENSOR_HZ / 2.0):
        quat[k + 1] = multiply(quat[k], np.array([1.0, *half]))
        quat[k + 1] /= np.linalg.norm(quat[k + 1])
    orient = replace(orientation(signal), quat_sensor_to_earth=quat, gyr_bias_radps=np.zeros(3))
    found = segment_angle(signal, orient)
    assert found.kind is RomKind.TILT
    steep = (found.angle_deg > 5) & (t_s > 3.5) & (t_s < 19.5)
    derivative = np.gradient(found.angle_deg, 1 / SENSOR_HZ)
    assert found.rate_dps[steep] == pytest.approx(derivative[steep], abs=2.0)  # of 57 deg/s


@pytest.mark.parametrize(
    ("candidate", "free"),
    [((0, 10), (0, 10)), ((15, 40), (30, 40)), ((5, 25), (5, 20)), ((22, 28), None), ((5, 60), (30, 60))],
)
def test_a_candidate_keeps_what_no_repetition_covers(candidate, free):
    start, end = clear_of(*candidate, [(20, 25, 30)])
    assert (start, end) == free if free else start == end
