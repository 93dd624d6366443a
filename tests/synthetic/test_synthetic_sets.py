import gzip
from dataclasses import replace

import numpy as np
import pytest

from imutrack.errors import RecordingError
from imutrack.exercises import all_exercises
from imutrack.samples import AxisMap, Quantity, StartSource
from imutrack.synthetic import SETS, SensorParams, SetParams, exercise_set, write_csv
from imutrack.synthetic.rigid_body import rotation_about
from imutrack.task import Side
from imutrack.units import STANDARD_GRAVITY_MPS2

PLAIN = SetParams(off_axis_pct=0.0, tremor_deg=0.0, entry_deg=0.0)
IDEAL = SensorParams.ideal(200.0)


def readings(made):
    samples = made.recording.sensors[0].samples
    return samples[Quantity.ACC].t_s, samples[Quantity.ACC].values, samples[Quantity.GYR].values


@pytest.mark.parametrize("exercise", SETS)
def test_every_kind_of_set_is_of_the_catalogue_and_worn_as_it_says(exercise):
    params = SETS[exercise]
    assert params.exercise == exercise
    assert params.placement in all_exercises()[exercise].one_sensor
    made = exercise_set(params, seed=1)
    assert made.task.name == exercise
    assert made.task.placement == made.recording.sensors[0].placement == params.placement
    assert len(made.truth.reps) == params.reps


def test_a_synthetic_recording_says_so():
    recording = exercise_set(PLAIN, seed=1).recording
    assert recording.format == "synthetic"
    assert any("synthetic" in note for note in recording.notes)


def test_the_sensor_feels_gravity_alone_before_the_first_repetition():
    made = exercise_set(PLAIN, seed=1, sensor=IDEAL)
    t_s, acc, gyr = readings(made)
    still = t_s < made.truth.reps[0].start_s
    assert np.allclose(np.linalg.norm(acc[still], axis=1), STANDARD_GRAVITY_MPS2, rtol=0, atol=1e-6)
    assert np.all(gyr[still] == 0.0)


def test_noise_and_bias_are_as_large_as_asked_for():
    params = SensorParams(rate_hz=200.0, acc_noise_mps2=0.05, gyr_noise_dps=0.2, acc_bias_mps2=(0.0, 0.0, 0.1))
    made = exercise_set(replace(PLAIN, lead_s=30.0), seed=1, sensor=params)
    t_s, acc, gyr = readings(made)
    still = t_s < 30.0
    assert np.allclose(np.std(acc[still], axis=0), 0.05, rtol=0.05)
    assert np.allclose(np.std(np.degrees(gyr[still]), axis=0), 0.2, rtol=0.05)
    assert np.mean(acc[still, 2]) == pytest.approx(STANDARD_GRAVITY_MPS2 + 0.1, abs=0.005)
    assert np.allclose(np.degrees(gyr[still].mean(axis=0)), params.gyr_bias_dps, atol=0.02)


def test_the_integrated_gyroscope_gives_the_angle():
    made = exercise_set(PLAIN, seed=1, sensor=IDEAL)
    t_s, _, gyr = readings(made)
    rate = gyr @ PLAIN.axis
    angle = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2.0 * np.diff(t_s))])
    assert np.allclose(np.degrees(angle), made.truth.angle_deg, atol=0.02)


@pytest.mark.parametrize("reps", [1, 2, 3])
@pytest.mark.parametrize("outward_s", [2.5, 4.0])
def test_a_few_slow_repetitions_can_be_made(reps, outward_s):
    slow = replace(SETS["long_arc_knee_extension"], reps=reps, outward_s=outward_s, return_s=outward_s, hold_s=1.0)
    truth = exercise_set(slow, seed=reps).truth
    assert len(truth.reps) == reps
    assert all(5.0 < rep.end_s - rep.start_s < 12.0 for rep in truth.reps)


def test_the_truth_describes_the_angle():
    params = replace(PLAIN, reps=6, rom_spread_pct=8.0)
    truth = exercise_set(params, seed=4, sensor=IDEAL).truth
    for rep in truth.reps:
        assert rep.start_s < rep.turn_s < rep.end_s
        assert rep.outward_s + rep.hold_s + rep.return_s == pytest.approx(rep.end_s - rep.start_s)
        inside = (truth.t_s >= rep.start_s) & (truth.t_s <= rep.end_s)
        angle = truth.angle_deg[inside]
        assert np.interp(rep.turn_s, truth.t_s, truth.angle_deg) == pytest.approx(angle.max(), abs=0.01)
        assert rep.rom_deg == pytest.approx(np.ptp(angle), abs=0.01)
    assert np.all(np.diff([rep.start_s for rep in truth.reps]) > 0.0)
    assert all(this.end_s <= after.start_s for this, after in zip(truth.reps, truth.reps[1:], strict=False))
    assert np.median([rep.rom_deg for rep in truth.reps]) == pytest.approx(params.rom_deg, rel=0.1)


def test_fatigue_makes_repetitions_smaller_and_slower():
    tired = replace(PLAIN, rom_spread_pct=0.0, tempo_spread_pct=0.0, rom_loss_pct=3.0, slowing_pct=4.0)
    reps = exercise_set(tired, seed=1).truth.reps
    assert reps[-1].rom_deg == pytest.approx(tired.rom_deg * (1.0 - 0.03 * 9), abs=0.1)
    assert reps[-1].outward_s == pytest.approx(tired.outward_s * (1.0 + 0.04 * 9))


def test_half_movements_are_not_repetitions():
    truth = exercise_set(replace(PLAIN, reps=4, half_moves=2), seed=1).truth
    assert len(truth.reps) == 4
    assert len(truth.half_moves) == 2
    assert max(half.rom_deg for half in truth.half_moves) < 0.7 * min(rep.rom_deg for rep in truth.reps)


def test_turning_the_sensor_turns_the_readings_and_nothing_else():
    turned = replace(IDEAL, mount_deg=(20.0, -50.0, 130.0))
    _, acc, gyr = readings(exercise_set(PLAIN, seed=1, sensor=IDEAL))
    _, acc_turned, gyr_turned = readings(exercise_set(PLAIN, seed=1, sensor=turned))
    vector = np.radians(turned.mount_deg)
    mount = rotation_about(vector / np.linalg.norm(vector), np.array([np.linalg.norm(vector)]))[0]
    assert np.allclose(acc_turned @ mount.T, acc, atol=1e-5)
    assert np.allclose(gyr_turned @ mount.T, gyr, atol=1e-5)


@pytest.mark.parametrize(
    ("mount_deg", "axes"),
    [
        ((0.0, 0.0, 0.0), AxisMap("+z", "+y", "+x")),
        ((0.0, -90.0, 0.0), AxisMap("+x", "+y", "-z")),
        ((0.0, 0.0, 100.0), AxisMap("+z", "+x", "-y")),
    ],
)
def test_the_axis_map_follows_the_mounting(mount_deg, axes):
    made = exercise_set(PLAIN, seed=1, sensor=replace(IDEAL, mount_deg=mount_deg))
    assert made.recording.sensors[0].axes == axes
    _, acc, _ = readings(made)
    assert axes.body(acc)[0, 2] == pytest.approx(STANDARD_GRAVITY_MPS2, rel=0.02)


def test_a_gyroscope_at_too_small_a_range_clips():
    small = SensorParams(gyr_range_dps=50.0, gyr_step_dps=0.0)
    _, _, gyr = readings(exercise_set(PLAIN, seed=1, sensor=small))
    at_limit = np.isclose(np.abs(np.degrees(gyr)), 50.0, atol=1e-3)
    assert at_limit.any(axis=1).mean() > 0.1
    assert np.degrees(np.abs(gyr)).max() == pytest.approx(50.0, abs=1e-3)


def test_a_gap_leaves_out_readings_and_moves_none():
    whole = readings(exercise_set(PLAIN, seed=1))
    holed = readings(exercise_set(PLAIN, seed=1, sensor=SensorParams(gaps=((3.0, 5.5),))))
    kept = (whole[0] < 3.0) | (whole[0] >= 5.5)
    assert kept.sum() == len(whole[0]) - 125  # 2.5 s at 50 Hz
    assert all(np.array_equal(before[kept], after) for before, after in zip(whole, holed, strict=True))


def test_jittered_times_are_recorded_as_they_were_and_never_run_backwards():
    made = exercise_set(PLAIN, seed=1, sensor=replace(IDEAL, jitter_s=0.004))
    t_s, _, gyr = readings(made)
    assert np.diff(t_s).min() >= 0.0
    assert np.std(np.diff(t_s)) > 1e-3
    rate = gyr @ PLAIN.axis
    angle = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2.0 * np.diff(t_s))])
    assert np.degrees(angle[-1]) == pytest.approx(made.truth.angle_deg[-1], abs=0.1)


def test_the_same_seed_gives_the_same_recording_and_another_seed_another():
    first, again, other = (exercise_set(SetParams(), seed=seed).recording.content_hash for seed in (1, 1, 2))
    assert first == again != other


def test_start_and_side_are_carried():
    made = exercise_set(PLAIN, seed=1, side=Side.LEFT, start=1.7e9)
    assert made.task.side is Side.LEFT
    assert (made.recording.start, made.recording.start_source) == (1.7e9, StartSource.FILE)
    assert exercise_set(PLAIN, seed=1).recording.start is None


@pytest.mark.parametrize("name", ["set.csv", "set.csv.gz"])
def test_a_written_set_holds_the_readings_to_the_last_digit(tmp_path, name):
    made = exercise_set(SetParams(reps=2), seed=1)
    path = tmp_path / name
    write_csv(made.recording, path)
    text = gzip.decompress(path.read_bytes()).decode() if name.endswith("gz") else path.read_text()
    assert text.splitlines()[0] == "t_s,ax,ay,az,gx,gy,gz"
    table = np.loadtxt(text.splitlines()[1:], delimiter=",")
    assert np.array_equal(table, np.column_stack(readings(made)))
    before = path.read_bytes()
    write_csv(made.recording, path)
    assert path.read_bytes() == before


def test_two_sensors_are_not_squeezed_into_one_file(tmp_path):
    recording = exercise_set(SetParams(reps=1), seed=1).recording
    with pytest.raises(RecordingError, match="2 sensors"):
        write_csv(replace(recording, sensors=recording.sensors * 2), tmp_path / "two.csv")
