import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.flags import FlagCode
from imutrack.metrics.sit_to_stand import sit_to_stand
from imutrack.signals.resample import to_signal
from imutrack.synthetic.chair import ChairTestParams, chair_test
from metrics.motion_cases import (
    cut,
    demo_recording,
    labels,
    shipped_recording,
    standing,
    turned,
    without_gyroscope,
)

MADE = ("syn_chair30_12.csv.gz", "syn_chair30_7_weak.csv.gz")


def flags(test):
    return [flag.code for flag in test.flags]


@pytest.mark.parametrize("worn", [lambda signal: signal, without_gyroscope])
@pytest.mark.parametrize("name", MADE)
def test_every_rise_is_counted_and_timed(name, worn):
    truth, test = labels(name), sit_to_stand(worn(shipped_recording(name)))
    assert len(test.rises) == truth["n_reps"]
    for rise in test.rises:
        assert rise.seat_off_s == pytest.approx(truth[f"seat_off_{rise.number}"], abs=0.1)
        assert rise.seat_on_s == pytest.approx(truth[f"seat_on_{rise.number}"], abs=0.15)
        assert rise.seat_off_s < rise.upright_s < rise.seat_on_s
    assert test.start_s == pytest.approx(truth["start"], abs=0.1)
    assert test.end_s == pytest.approx(truth["end"], abs=0.1)


def test_both_conventions_of_the_total_begin_at_the_first_movement():
    test = sit_to_stand(shipped_recording(MADE[0]))
    last = test.rises[-1]
    assert test.total_s == pytest.approx(last.seat_on_s - test.start_s)
    assert test.total_to_stand_s == pytest.approx(last.upright_s - test.start_s)
    assert test.flags == ()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_turning_the_sensor_changes_no_count_and_no_time(seed):
    signal = shipped_recording(MADE[1])
    plain, anyhow = sit_to_stand(signal), sit_to_stand(turned(signal, seed))
    assert len(anyhow.rises) == len(plain.rises)
    assert anyhow.total_s == pytest.approx(plain.total_s, abs=0.05)


def test_rises_within_thirty_seconds_leave_out_the_later_ones():
    made = chair_test(ChairTestParams(rises=12, rise_s=1.6, sit_s=1.7, slowing_pct=0.0), seed=4)
    test = sit_to_stand(to_signal(made.recording.sensors[0]))
    limit_s = made.truth.rises[0].start_s + 30.0
    full = sum((rise.seat_off_s + rise.upright_s) / 2 < limit_s for rise in made.truth.rises)
    assert len(test.rises) == 12
    assert test.rises_in_30_s == full < 12


def test_rises_within_thirty_seconds_cannot_be_told_from_less():
    assert sit_to_stand(cut(shipped_recording(MADE[0]), 0.0, 20.0)).rises_in_30_s is None


@pytest.mark.parametrize("lift_m", [0.28, 0.45])
@pytest.mark.parametrize("rise_s", [0.8, 1.4, 2.2])
def test_low_chairs_and_slow_rises_are_counted(lift_m, rise_s):
    made = chair_test(ChairTestParams(rises=4, rise_s=rise_s, sit_s=rise_s, lift_m=lift_m), seed=2)
    test = sit_to_stand(to_signal(made.recording.sensors[0]))
    assert len(test.rises) == 4
    assert test.rises[-1].seat_on_s is not None


def test_tiring_shows_as_a_slope():
    tiring = chair_test(ChairTestParams(rises=6, slowing_pct=12.0, spread_pct=0.0), seed=1)
    even = chair_test(ChairTestParams(rises=6, slowing_pct=0.0, spread_pct=0.0), seed=1)
    slope = [sit_to_stand(to_signal(made.recording.sensors[0])).fatigue_pct_per_rise for made in (tiring, even)]
    assert slope[0] == pytest.approx(12.0, abs=4.0)
    assert slope[1] == pytest.approx(0.0, abs=2.0)


def test_rises_among_walking_are_found_and_walking_is_not():
    test = sit_to_stand(demo_recording("sit2standpy_chair_lumbar.csv.gz"))
    assert [rise.seat_off_s for rise in test.rises] == pytest.approx([23.8, 37.2, 82.3], abs=0.4)
    assert FlagCode.NO_GYRO in flags(test)


def test_a_test_that_ends_standing_has_no_total_but_a_time_to_the_last_stand():
    truth, signal = labels(MADE[1]), shipped_recording(MADE[1])
    test = sit_to_stand(cut(signal, 0.0, truth["seat_off_7"] + 2.0))
    assert len(test.rises) == 7
    assert test.rises[-1].seat_on_s is None
    assert test.total_s is None
    assert test.total_to_stand_s is not None
    assert FlagCode.NOT_COMPLETE in flags(test)


def test_a_recording_that_begins_within_the_first_lean_has_no_start():
    truth = labels(MADE[1])
    test = sit_to_stand(cut(shipped_recording(MADE[1]), truth["start"] + 0.4, 33.0))
    assert test.start_s is None
    assert test.total_s is None
    assert FlagCode.CUT_AT_EDGE in flags(test)


@pytest.mark.parametrize("seed", [0, 1])
def test_sitting_or_standing_still_is_no_rise(seed):
    rng = np.random.default_rng(seed)
    sway = np.cumsum(rng.standard_normal((2, 3000)), axis=1) * 1e-3
    test = sit_to_stand(standing(*sway))
    assert test.rises == ()
    assert FlagCode.NOT_COMPLETE in flags(test)
    assert test.total_s is None


def test_walking_and_turning_are_no_rise():
    truth, signal = labels("syn_tug_b_slow.csv.gz"), shipped_recording("syn_tug_b_slow.csv.gz")
    assert sit_to_stand(cut(signal, truth["stand_end"] + 1.0, truth["turn2_end"] - 0.5)).rises == ()
