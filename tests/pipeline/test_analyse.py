"""`analyse`: what every result must hold, whatever was recorded."""

from dataclasses import replace

import numpy as np
import pytest

from imutrack import Recording, Samples, Sensor, Task, TaskKind, analyse
from imutrack.flags import FlagCode, Quality
from imutrack.results import ChairTest, ExerciseSet, NotAnalysed, StanceTrial, UpAndGo
from imutrack.samples import Quantity, StartSource
from imutrack.synthetic import (
    ChairTestParams,
    SensorParams,
    SetParams,
    StanceParams,
    UpAndGoTestParams,
    chair_test,
    exercise_set,
    stance,
    up_and_go,
)


def made(seed=1, **params):
    return exercise_set(SetParams(**params), seed=seed)


def codes(result):
    return {flag.code for flag in result.flags}


def still(seconds=60, rate_hz=50.0, gyr=True):
    t_s = np.arange(int(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(0)
    acc = np.array([0.0, 0.0, 9.80665]) + 0.02 * rng.standard_normal((len(t_s), 3))
    samples = {Quantity.ACC: Samples(t_s, acc, rate_hz)}
    if gyr:
        samples[Quantity.GYR] = Samples(t_s, 0.005 * rng.standard_normal((len(t_s), 3)), rate_hz)
    return Recording((Sensor("table", samples),), content_hash="5" * 64)


def test_a_set_is_counted_and_its_range_is_within_its_stated_error():
    item = made(reps=8, rom_deg=75.0)
    [result] = analyse(item.recording, [item.task])
    assert isinstance(result, ExerciseSet)
    assert result.reps_best == 8
    truth = [rep.rom_deg for rep in item.truth.reps]
    assert result.rom_median_deg == pytest.approx(np.median(truth), abs=result.rom_error_deg)
    assert result.rom_min_deg <= result.rom_median_deg <= result.rom_best3_deg <= result.rom_max_deg


@pytest.mark.parametrize("slow_s", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("reps", [3, 8])
def test_the_whole_range_of_slow_repetitions_is_measured(slow_s, reps):
    item = made(reps=reps, outward_s=slow_s, return_s=slow_s)
    [result] = analyse(item.recording, [item.task])
    assert result.reps_best == reps
    truth = item.truth.reps
    assert result.rom_median_deg == pytest.approx(np.median([rep.rom_deg for rep in truth]), abs=result.rom_error_deg)
    lengths_s = [rep.duration_s for rep in result.reps_detail]
    assert np.median(lengths_s) == pytest.approx(np.median([rep.end_s - rep.start_s for rep in truth]), rel=0.15)


@pytest.mark.parametrize("rate_hz", [25.0, 100.0])
@pytest.mark.parametrize("hold_s", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("way_s", [0.8, 3.0])
def test_range_and_tempo_of_each_repetition_are_those_that_were_made(way_s, hold_s, rate_hz):
    params = SetParams(reps=6, outward_s=way_s, hold_s=hold_s, return_s=way_s)
    item = exercise_set(params, seed=3, sensor=SensorParams(rate_hz=rate_hz))
    [result] = analyse(item.recording, [item.task])
    assert result.reps_best == 6
    for rep, truth in zip(result.reps_detail, item.truth.reps, strict=True):
        assert rep.rom_deg == pytest.approx(truth.rom_deg, abs=1.5)
        assert rep.outward_s == pytest.approx(truth.outward_s, abs=0.25)
        assert rep.hold_s == pytest.approx(truth.hold_s, abs=0.25)
        assert rep.return_s == pytest.approx(truth.return_s, abs=0.25)
        assert rep.outward_s + rep.hold_s + rep.return_s == pytest.approx(rep.duration_s)
        assert (rep.start_s, rep.end_s) == pytest.approx((truth.start_s, truth.end_s), abs=0.25)


def test_what_was_not_counted_lies_in_no_counted_repetition():
    for seed in range(4):
        item = made(seed=seed, reps=6, half_moves=4)
        [result] = analyse(item.recording, [item.task])
        for other in result.rejected:
            assert other.start_s <= other.turn_s <= other.end_s
            for rep in result.reps_detail:
                assert min(rep.end_s, other.end_s) <= max(rep.start_s, other.start_s) + 1e-9


def test_a_sensor_that_lies_still_has_zero_repetitions_and_says_so():
    [result] = analyse(still())
    assert (result.reps, result.reps_low, result.reps_high) == (0, 0, 0)
    assert result.quality is Quality.GOOD
    assert result.withheld == ()


def test_without_a_gyroscope_repetitions_are_counted_and_angles_are_not_given():
    item = made(reps=8)
    sensor = item.recording.sensors[0]
    alone = replace(sensor, samples={Quantity.ACC: sensor.samples[Quantity.ACC]})
    [result] = analyse(replace(item.recording, sensors=(alone,)), [item.task])
    assert result.reps_best == 8
    assert result.rom_best3_deg is None
    assert FlagCode.NO_GYRO in codes(result)
    assert "rom" in result.withheld


@pytest.mark.parametrize("seed", range(4))
def test_turning_the_sensor_changes_neither_count_nor_range(seed):
    item = made(reps=6, seed=seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    rotation[:, 0] *= np.sign(np.linalg.det(rotation))
    sensor = item.recording.sensors[0]
    turned = replace(
        sensor,
        samples={q: replace(s, values=s.values @ rotation.T) for q, s in sensor.samples.items()},
        axes=None,
    )
    [one] = analyse(item.recording, [item.task])
    [other] = analyse(replace(item.recording, sensors=(turned,)), [item.task])
    assert (one.reps, one.reps_low, one.reps_high) == (other.reps, other.reps_low, other.reps_high)
    assert other.rom_best3_deg == pytest.approx(one.rom_best3_deg, abs=0.05)


def test_frozen_readings_hide_repetitions_and_the_count_says_so():
    item = made(reps=8)
    sensor = item.recording.sensors[0]

    def stuck(samples):
        values = samples.values.copy()
        values[750:1400] = values[750]
        return replace(samples, values=values)

    frozen = replace(sensor, samples={quantity: stuck(samples) for quantity, samples in sensor.samples.items()})
    [result] = analyse(replace(item.recording, sensors=(frozen,)), [item.task])
    assert FlagCode.FROZEN in codes(result)
    assert result.reps is None
    assert result.reps_low <= 8 <= result.reps_high


def test_single_bad_values_change_no_count():
    item = made(reps=8)
    sensor = item.recording.sensors[0]
    bad = np.random.default_rng(3).random(len(sensor.samples[Quantity.ACC])) < 0.2
    samples = {q: replace(s, values=np.where(bad[:, None], np.nan, s.values)) for q, s in sensor.samples.items()}
    [result] = analyse(replace(item.recording, sensors=(replace(sensor, samples=samples),)), [item.task])
    assert result.reps_best == 8


def test_the_start_time_changes_no_measured_value():
    item = made(reps=5)
    dated = replace(item.recording, start=1_780_000_000.123, start_source=StartSource.FILE)
    [one], [other] = analyse(item.recording, [item.task]), analyse(dated, [item.task])
    assert one.rom_best3_deg == other.rom_best3_deg
    assert one.reps_detail == other.reps_detail
    assert other.start == pytest.approx(1_780_000_000.123 + other.start_s)


def test_the_set_id_survives_another_label_side_and_start_but_not_another_stretch():
    item = made(reps=5)
    relabelled = replace(item.task, name="squat", side="left", patient="otter-maple-47")
    cut = replace(item.task, stop_s=15.0)
    dated = replace(item.recording, start=1_780_000_000.0)
    ids = [analyse(r, [t])[0].set_id for r, t in (
        (item.recording, item.task), (dated, relabelled), (item.recording, cut)
    )]  # fmt: skip
    assert ids[0] == ids[1] != ids[2]


def test_analysis_does_not_change_what_it_is_given():
    item = made(reps=4)
    sensor = item.recording.sensors[0]
    for samples in sensor.samples.values():
        samples.values.flags.writeable = False
        samples.t_s.flags.writeable = False
    analyse(item.recording, [item.task])


def test_a_stretch_that_cannot_be_analysed_says_why_and_the_others_stand():
    item = made(reps=5)
    tasks = [Task(kind=TaskKind.STANCE, placement="lumbar", start_s=0.0, stop_s=4.0), item.task]
    failed, done = analyse(item.recording, tasks)
    assert isinstance(failed, NotAnalysed)
    assert "need" in failed.reason
    assert isinstance(done, ExerciseSet)


def test_a_stretch_outside_the_recording_says_so():
    [failed] = analyse(still(10), [Task(start_s=50.0, stop_s=60.0)])
    assert isinstance(failed, NotAnalysed)
    assert "no readings between" in failed.reason


def test_one_placement_is_not_given_to_several_sensors():
    item = made(reps=5)
    sensor = item.recording.sensors[0]
    two = replace(item.recording, sensors=tuple(replace(sensor, placement=place) for place in ("thigh", "shank")))
    [failed] = analyse(two, [replace(item.task, placement="wrist")])
    assert isinstance(failed, NotAnalysed)
    assert "wrist" in failed.reason
    [shank] = analyse(two, [replace(item.task, placement="shank")])
    assert shank.placement == "shank"
    assert [result.placement for result in analyse(two, [replace(item.task, placement=None)])] == ["thigh", "shank"]


def test_what_is_missing_is_the_same_number_in_the_field_and_in_the_flag():
    item = made(reps=8)
    sensor = item.recording.sensors[0]
    kept = np.random.default_rng(1).random(len(sensor.samples[Quantity.ACC])) > 0.2
    samples = {q: replace(s, t_s=s.t_s[kept], values=s.values[kept]) for q, s in sensor.samples.items()}
    [result] = analyse(replace(item.recording, sensors=(replace(sensor, samples=samples),)), [item.task])
    [gaps] = [flag for flag in result.flags if flag.code is FlagCode.GAPS]
    assert result.missing_pct == dict(gaps.values)["missing_pct"] == pytest.approx(20.0, abs=3.0)


def test_a_recording_without_gravity_is_refused_for_repetitions():
    t_s = np.arange(200) / 50.0
    free = Samples(t_s, np.zeros((200, 3)), 50.0)
    recording = Recording((Sensor("watch", {Quantity.FREE_ACC: free}),), content_hash="6" * 64)
    [failed] = analyse(recording)
    assert isinstance(failed, NotAnalysed)
    assert "gravity" in failed.reason


def test_a_sensor_that_reads_gravity_wrong_is_flagged():
    recording = still()
    acc = recording.sensors[0].samples[Quantity.ACC]
    wrong = replace(recording.sensors[0], samples={Quantity.ACC: replace(acc, values=1.05 * acc.values)})
    [result] = analyse(replace(recording, sensors=(wrong,)))
    assert FlagCode.ACC_SCALE in codes(result)


def test_a_clipped_gyroscope_withholds_the_angles_and_keeps_the_count():
    item = made(reps=8, outward_s=0.6, return_s=0.6)
    sensor = item.recording.sensors[0]
    gyr = sensor.samples[Quantity.GYR]
    limit = 0.6 * np.abs(gyr.values).max()
    clipped = replace(gyr, values=np.clip(gyr.values, -limit, limit))
    broken = replace(sensor, samples={**sensor.samples, Quantity.GYR: clipped})
    [result] = analyse(replace(item.recording, sensors=(broken,)), [item.task])
    assert FlagCode.GYRO_CLIPPED in codes(result)
    assert result.rom_best3_deg is None
    assert result.reps_best == pytest.approx(8, abs=1)


def test_a_result_that_is_withheld_shows_no_value_and_its_repetitions_are_no_better_than_it():
    for reps, seed in ((1, 1), (1, 2), (2, 1), (8, 1)):
        item = exercise_set(SetParams(reps=reps, outward_s=3.0, return_s=3.0), seed=seed)
        [result] = analyse(item.recording, [item.task])
        assert (result.quality is Quality.WITHHELD) == (result.reps is None and not result.reps_detail)
        if result.quality is Quality.WITHHELD:
            assert (result.rom_median_deg, result.peak_velocity_dps, result.smoothness) == (None, None, None)
        assert {rep.quality for rep in result.reps_detail} <= {result.quality}


def test_a_clipped_gyroscope_withholds_what_follows_from_its_speed():
    item = made(reps=8, outward_s=0.6, return_s=0.6)
    sensor = item.recording.sensors[0]
    gyr = sensor.samples[Quantity.GYR]
    limit = 0.6 * np.abs(gyr.values).max()
    broken = replace(
        sensor, samples={**sensor.samples, Quantity.GYR: replace(gyr, values=np.clip(gyr.values, -limit, limit))}
    )
    [result] = analyse(replace(item.recording, sensors=(broken,)), [item.task])
    assert (result.smoothness, result.peak_velocity_dps) == (None, None)
    assert all(rep.smoothness is None and rep.peak_velocity_dps is None for rep in result.reps_detail)


def test_chair_rises_too_slow_to_be_seen_are_not_called_none():
    item = chair_test(ChairTestParams(rise_s=5.0, sit_s=5.0), seed=1, sensor=SensorParams())
    [result] = analyse(item.recording, [item.task])
    assert result.rises is None
    assert result.quality is Quality.WITHHELD
    [nobody] = analyse(still(), [Task(kind=TaskKind.SIT_TO_STAND)])
    assert nobody.rises == 0


def test_a_turn_about_the_vertical_gives_no_angle():
    from imutrack.synthetic import SETS

    item = exercise_set(SETS["shoulder_external_rotation"], seed=2)
    [result] = analyse(item.recording, [item.task])
    assert FlagCode.VERTICAL_AXIS in codes(result)
    assert result.rom_best3_deg is None


def test_every_kind_of_task_gives_its_kind_of_result():
    items = {
        StanceTrial: stance(StanceParams(), seed=1, sensor=SensorParams()),
        ChairTest: chair_test(ChairTestParams(), seed=1, sensor=SensorParams()),
        UpAndGo: up_and_go(UpAndGoTestParams(), seed=1, sensor=SensorParams()),
    }
    for kind, item in items.items():
        [result] = analyse(item.recording, [item.task])
        assert type(result) is kind
        assert result.algorithm


def test_the_centre_of_pressure_of_a_force_plate_is_measured_in_metres():
    t_s = np.arange(6000) / 100.0
    circle = 0.01 * np.stack([np.cos(np.pi * t_s), np.sin(np.pi * t_s)], axis=1)
    plate = Sensor("plate", {Quantity.COP: Samples(t_s, circle, 100.0)})
    [result] = analyse(Recording((plate,), content_hash="7" * 64), [Task(kind=TaskKind.STANCE)])
    assert result.sway["cop_rms_m"] == pytest.approx(0.01, rel=1e-3)
    assert result.sway["cop_path_rate_mps"] == pytest.approx(0.01 * np.pi, rel=1e-3)
    assert "rms_mps2" not in result.sway


@pytest.mark.parametrize(("rises", "timed"), [(4, False), (5, True), (7, True)])
def test_a_test_of_five_rises_is_timed_over_five_rises_only(rises, timed):
    item = chair_test(ChairTestParams(rises=rises), seed=2, sensor=SensorParams())
    [result] = analyse(item.recording, [replace(item.task, name="five_times")])
    assert result.rises == rises
    assert (FlagCode.NOT_COMPLETE in codes(result)) is not timed
    if not timed:
        assert result.total_s is None
    else:
        end_s = item.truth.rises[4].seat_on_s
        start_s = result.rises_detail[4].seat_on_s - result.total_s
        assert result.total_s == pytest.approx(end_s - start_s, abs=0.3)
        assert result.total_to_stand_s < result.total_s


@pytest.mark.parametrize("test", [chair_test, up_and_go])
def test_a_gap_that_may_hide_a_rise_withholds_the_numbers_of_a_test(test):
    params = ChairTestParams() if test is chair_test else UpAndGoTestParams()
    item = test(params, seed=2, sensor=SensorParams())
    middle_s = item.recording.duration_s / 2

    def with_gap(samples):
        keep = np.abs(samples.t_s - middle_s) > 1.0
        return replace(samples, t_s=samples.t_s[keep], values=samples.values[keep])

    sensor = item.recording.sensors[0]
    torn = replace(sensor, samples={q: with_gap(s) for q, s in sensor.samples.items()})
    [result] = analyse(replace(item.recording, sensors=(torn,)), [item.task])
    assert result.total_s is None
    assert result.quality is Quality.WITHHELD
    assert FlagCode.GAPS in codes(result)


def test_bad_readings_of_a_force_plate_are_bridged_and_never_closed_up():
    t_s = np.arange(6000) / 100.0
    circle = 0.01 * np.stack([np.cos(np.pi * t_s), np.sin(np.pi * t_s)], axis=1)
    torn = circle.copy()
    torn[1000:1010] = np.nan
    stance_task = Task(kind=TaskKind.STANCE)
    whole, bridged = (
        analyse(
            Recording((Sensor("plate", {Quantity.COP: Samples(t_s, values, 100.0)}),), content_hash="8" * 64),
            [stance_task],
        )[0]
        for values in (circle, torn)
    )
    assert bridged.duration_s == whole.duration_s
    assert bridged.sway["cop_path_m"] == pytest.approx(whole.sway["cop_path_m"], rel=1e-3)


def test_a_stretch_beyond_a_force_plate_recording_says_so():
    plate = Sensor("plate", {Quantity.COP: Samples(np.arange(100) / 100.0, np.zeros((100, 2)), 100.0)})
    task = Task(kind=TaskKind.STANCE, start_s=5.0, stop_s=9.0)
    [failed] = analyse(Recording((plate,), content_hash="9" * 64), [task])
    assert "0 valid readings" in failed.reason
