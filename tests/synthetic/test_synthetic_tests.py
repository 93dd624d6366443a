from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.exercises import match_trial
from imutrack.samples import Quantity
from imutrack.synthetic import (
    ChairTestParams,
    SensorParams,
    StanceParams,
    UpAndGoTestParams,
    chair_test,
    stance,
    up_and_go,
)
from imutrack.synthetic.chair import knocks
from imutrack.task import TaskKind

IDEAL = SensorParams.ideal(100.0)


def readings(made):
    samples = made.recording.sensors[0].samples
    return samples[Quantity.ACC].t_s, samples[Quantity.ACC].values, samples[Quantity.GYR].values


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), rms_ap=st.floats(0.02, 0.3), rms_ml=st.floats(0.02, 0.3))
def test_stance_has_the_wanted_sway(seed, rms_ap, rms_ml):
    truth = stance(StanceParams(rms_ap_mps2=rms_ap, rms_ml_mps2=rms_ml), seed, sensor=IDEAL).truth
    assert truth.rms_ap_mps2 == pytest.approx(rms_ap, rel=0.01)  # the pendulum is not quite linear
    assert truth.rms_ml_mps2 == pytest.approx(rms_ml, rel=0.01)
    assert truth.rms_mps2 == pytest.approx(np.hypot(rms_ap, rms_ml), rel=0.01)


def test_the_truth_of_a_stance_is_what_an_ideal_sensor_reads():
    made = stance(StanceParams(), seed=1, sensor=IDEAL)
    t_s, acc, _ = readings(made)
    quiet = (t_s >= made.truth.start_s) & (t_s <= made.truth.stop_s)
    assert made.truth.stop_s - made.truth.start_s == 30.0
    assert np.std(acc[quiet, 0]) == pytest.approx(made.truth.rms_ap_mps2, rel=1e-4)
    assert np.std(acc[quiet, 1]) == pytest.approx(made.truth.rms_ml_mps2, rel=1e-4)


def test_a_stance_is_handled_before_and_after_and_quiet_between():
    t_s, _, gyr = readings(stance(StanceParams(), seed=2, sensor=IDEAL))
    speed = np.degrees(np.linalg.norm(gyr, axis=1))
    quiet = (t_s > 4.0) & (t_s < 34.0)
    assert speed[~quiet].max() > 3.0 * speed[quiet].max()


def test_trial_names_are_those_of_the_catalogue():
    for made in (
        stance(StanceParams(trial="eyes_closed"), seed=1),
        chair_test(ChairTestParams(), seed=1),
        up_and_go(UpAndGoTestParams(), seed=1),
    ):
        assert match_trial(made.task.name).trial == made.task.name
        assert made.recording.format == "synthetic"


def test_a_chair_test_lifts_the_pelvis_once_per_rise():
    params = ChairTestParams(tremor_deg=0.0, lean_deg=0.0, slouch_deg=0.0, knock_mps2=0.0)
    made = chair_test(params, seed=1, sensor=IDEAL)
    t_s, acc, _ = readings(made)
    height = np.cumsum(np.cumsum(acc[:, 2] - acc[0, 2])) / 100.0**2
    assert made.task.kind is TaskKind.SIT_TO_STAND
    for rise in made.truth.rises:
        assert np.interp(rise.seat_off_s, t_s, height) == pytest.approx(0.0, abs=0.005)
        assert np.interp(rise.upright_s + 0.02, t_s, height) == pytest.approx(params.lift_m, abs=0.005)
        assert np.interp(rise.seat_on_s + 0.02, t_s, height) == pytest.approx(0.0, abs=0.005)


def test_the_times_of_a_chair_test_follow_one_another():
    truth = chair_test(ChairTestParams(rises=12, spread_pct=20.0), seed=3).truth
    times = [t for rise in truth.rises for t in (rise.start_s, rise.seat_off_s, rise.upright_s, rise.seat_on_s)]
    assert np.all(np.diff(times) > 0.0)
    assert len(truth.rises) == 12
    assert truth.total_s == times[-1] - times[0]
    assert truth.total_to_stand_s == times[-2] - times[0]


def test_a_knock_leaves_no_velocity_behind():
    t_s = np.arange(0.0, 3.0, 1e-4)
    swing = knocks(t_s, [1.0], 2.0)
    assert np.abs(swing).max() > 0.5
    assert np.sum(swing) * 1e-4 == pytest.approx(0.0, abs=1e-4)


def test_an_up_and_go_turns_twice_and_ends_where_it_began():
    params = replace(UpAndGoTestParams(), twist_deg=0.0, roll_deg=0.0, rock_deg=0.0)
    params = replace(params, chair=replace(params.chair, tremor_deg=0.0))
    made = up_and_go(params, seed=1, sensor=IDEAL)
    t_s, acc, gyr = readings(made)
    truth = made.truth
    for begin_s, end_s, turned_deg in (
        (truth.turn1_start_s, truth.turn1_end_s, truth.turn1_deg),
        (truth.turn2_start_s, truth.turn2_end_s, truth.turn2_deg),
    ):
        turning = (t_s >= begin_s) & (t_s <= end_s)
        assert np.degrees(np.sum(gyr[turning, 2])) / 100.0 == pytest.approx(turned_deg, abs=0.5)
    assert np.allclose(acc[0], acc[-1], atol=1e-3)


def test_the_phases_of_an_up_and_go_follow_one_another():
    truth = up_and_go(UpAndGoTestParams(), seed=1).truth
    times = [
        *(truth.start_s, truth.stand_end_s, truth.turn1_start_s, truth.turn1_end_s),
        *(truth.turn2_start_s, truth.turn2_end_s, truth.seat_on_s, truth.end_s),
    ]
    assert np.all(np.diff(times) > 0.0)
    assert truth.total_s == pytest.approx(truth.end_s - truth.start_s)


def test_steps_come_at_the_cadence():
    made = up_and_go(UpAndGoTestParams(cadence_spm=108.0, distance_m=12.0), seed=1, sensor=IDEAL)
    t_s, acc, _ = readings(made)
    walking = (t_s > made.truth.stand_end_s + 1.0) & (t_s < made.truth.turn1_start_s - 1.0)
    up = acc[walking, 2] - acc[walking, 2].mean()
    frequencies = np.fft.rfftfreq(16 * len(up), 0.01)
    strongest = frequencies[np.argmax(np.abs(np.fft.rfft(up * np.hanning(len(up)), 16 * len(up))))]
    assert strongest * 60.0 == pytest.approx(108.0, abs=2.0)
