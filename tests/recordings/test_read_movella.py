import numpy as np
import pytest

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings import ReadOptions, read_recording
from imutrack.samples import Quantity
from recordings.recording_files import dot_app, dot_sdk, movement, xyz

MOVE = movement(rate_hz=60.0)
STILL = np.tile([0.0, 0.0, 10.05], (300, 1))
BIAS_DPS = np.tile([-1.93, 0.9, -0.6], (300, 1))


def samples_of(path, **options):
    return read_recording(path, ReadOptions(**options)).sensors[0].samples


def test_the_app_export_is_in_degrees_and_microseconds(tmp_path):
    path = dot_app(tmp_path / "a.csv", {**xyz("Acc", MOVE.acc), **xyz("Gyr", np.degrees(MOVE.gyr))})
    recording = read_recording(path)
    [sensor] = recording.sensors
    np.testing.assert_allclose(sensor.samples[Quantity.GYR].values, MOVE.gyr, atol=1e-6)
    assert sensor.samples[Quantity.ACC].rate_hz == pytest.approx(60.0, rel=1e-4)
    assert sensor.label == "left thigh"
    assert recording.zone == "+08:00"
    assert recording.start == pytest.approx(1_630_314_305.0)


def test_the_microsecond_counter_may_wrap(tmp_path):
    path = dot_app(tmp_path / "a.csv", xyz("Acc", MOVE.acc), first=(1 << 32) - 3_000_000)
    acc = samples_of(path)[Quantity.ACC]
    assert acc.duration_s == pytest.approx((len(MOVE) - 1) / 60.0, abs=1e-5)


def test_the_divided_counter_of_the_sdk_may_wrap_too(tmp_path):
    path = dot_sdk(tmp_path / "a.csv", xyz("Acc", MOVE.acc), "Inertial Mode - Rate quantities")
    limit = (1 << 32) // 100
    lines = path.read_text().splitlines()
    for index in range(2, len(lines)):
        tick, rest = lines[index].split(",", 1)
        lines[index] = f"{(int(tick) - 2_403_473 + limit - 5000) % limit},{rest}"
    path.write_text("\n".join(lines))
    assert samples_of(path)[Quantity.ACC].duration_s == pytest.approx((len(MOVE) - 1) / 60.0, abs=1e-3)


def test_a_zone_abbreviation_that_means_several_is_not_guessed(tmp_path):
    path = dot_app(tmp_path / "a.csv", xyz("Acc", MOVE.acc), start="2025-01-11_20:06:00_086 CST")
    assert read_recording(path).start is None
    assumed = read_recording(path, ReadOptions(tz="America/Chicago"))
    assert assumed.zone_assumed
    assert assumed.start == pytest.approx(1_736_647_560.086)


def test_a_stated_output_rate_decides_the_tick(tmp_path):
    path = dot_app(tmp_path / "a.csv", xyz("Acc", MOVE.acc), facts="OutputRate:,60Hz\n", tick_s=1e-4, first=1000)
    assert samples_of(path)[Quantity.ACC].rate_hz == pytest.approx(60.0, rel=1e-3)


def test_a_stated_output_rate_that_fits_no_tick_is_refused(tmp_path):
    path = dot_app(tmp_path / "a.csv", xyz("Acc", MOVE.acc), facts="OutputRate:,20Hz\n")
    with pytest.raises(MissingFactError, match="states 20 Hz"):
        read_recording(path)


def test_the_row_of_zeros_that_begins_a_recording_is_no_reading(tmp_path):
    acc, gyr = MOVE.acc.copy(), np.degrees(MOVE.gyr)
    acc[0] = gyr[0] = 0.0
    found = samples_of(dot_app(tmp_path / "a.csv", {**xyz("Acc", acc), **xyz("Gyr", gyr)}))
    assert len(found[Quantity.ACC]) == len(MOVE)
    assert np.isnan(found[Quantity.ACC].values[0]).all()
    assert np.isnan(found[Quantity.GYR].values[0]).all()


def test_free_acceleration_and_orientation_are_no_acceleration(tmp_path):
    quat = {f"Quat_{axis}": np.full(300, value) for axis, value in zip("WXYZ", (1, 0, 0, 0), strict=True)}
    found = samples_of(dot_app(tmp_path / "a.csv", {**quat, **xyz("FreeAcc", 0.01 * STILL)}))
    assert set(found) == {Quantity.FREE_ACC, Quantity.QUAT}


def test_lost_packets_are_counted_by_their_counter(tmp_path):
    path = dot_app(tmp_path / "a.csv", xyz("Acc", MOVE.acc))
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:50] + lines[53:]))
    assert "3 packets are missing by their counter" in read_recording(path).notes


@pytest.mark.parametrize(
    ("mode", "unit"),
    [
        ("Custom Modes - Custom Mode 4", "rad/s"),
        ("Custom Modes - Custom Mode 1", "deg/s"),
        ("Custom Modes - Custom Mode 5", "deg/s"),
        ("Inertial Mode - Rate quantities (with mag)", "deg/s"),
    ],
)
def test_at_rest_the_measurement_mode_tells_the_unit_of_the_gyroscope(tmp_path, mode, unit):
    bias = np.radians(BIAS_DPS) if unit == "rad/s" else BIAS_DPS
    path = dot_sdk(tmp_path / "a.csv", {**xyz("Acc", STILL), **xyz("Gyr", bias)}, mode)
    found = samples_of(path)[Quantity.GYR]
    np.testing.assert_allclose(found.values, np.radians(BIAS_DPS), atol=1e-4)  # four decimals in the file
    assert unit in found.origin


@pytest.mark.parametrize("unit", ["rad/s", "deg/s"])
def test_orientation_increments_overrule_the_measurement_mode(tmp_path, unit):
    logged = MOVE.gyr if unit == "rad/s" else np.degrees(MOVE.gyr)
    half = MOVE.gyr / 60.0 / 2.0
    turns = {"dq_W": np.ones(len(MOVE)), **{f"dq_{axis}": half[:, i] for i, axis in enumerate("XYZ")}}
    path = dot_sdk(tmp_path / "a.csv", {**turns, **xyz("Gyr", logged)}, "Custom Modes - Custom Mode 9")
    np.testing.assert_allclose(samples_of(path)[Quantity.GYR].values, MOVE.gyr, atol=1e-4)


@pytest.mark.parametrize("unit", ["rad/s", "deg/s"])
def test_without_a_mode_the_turning_of_gravity_tells_the_unit(tmp_path, unit):
    logged = MOVE.gyr if unit == "rad/s" else np.degrees(MOVE.gyr)
    path = dot_sdk(tmp_path / "a.csv", {**xyz("Acc", MOVE.acc), **xyz("Gyr", logged)}, "Undefined")
    np.testing.assert_allclose(samples_of(path)[Quantity.GYR].values, MOVE.gyr, atol=1e-4)


def test_a_gyroscope_whose_unit_nothing_tells_is_asked_for(tmp_path):
    path = dot_sdk(tmp_path / "a.csv", xyz("Gyr", BIAS_DPS), "Undefined")
    with pytest.raises(MissingFactError, match="--units gyr=deg/s"):
        read_recording(path)
    typed = samples_of(path, units={"gyr": "deg/s"})[Quantity.GYR]
    np.testing.assert_allclose(typed.values, np.radians(BIAS_DPS))


def test_a_typed_unit_that_the_file_contradicts_is_an_error(tmp_path):
    path = dot_sdk(tmp_path / "a.csv", {**xyz("Acc", STILL), **xyz("Gyr", BIAS_DPS)}, "Inertial Mode - Rate quantities")
    with pytest.raises(RecordingError, match="--units says"):
        read_recording(path, ReadOptions(units={"gyr": "rad/s"}))


def test_rows_at_the_end_that_hold_a_time_alone_are_no_readings(tmp_path):
    recording = read_recording(dot_sdk(tmp_path / "a.csv", xyz("Acc", STILL), "Custom Mode 5", tail=2))
    assert len(recording.sensors[0].samples[Quantity.ACC]) == 300
    assert "2 incomplete rows at the end left out" in recording.notes


def test_a_log_of_time_stamps_alone_is_refused(tmp_path):
    path = dot_sdk(tmp_path / "a.csv", xyz("Acc", STILL), "Undefined")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "SampleTimeFine", *(line.split(",")[0] for line in lines[2:])]))
    with pytest.raises(RecordingError, match="time stamps only"):
        read_recording(path)


def test_the_sdk_log_is_labelled_with_its_address_and_needs_a_zone(tmp_path):
    path = dot_sdk(tmp_path / "logfile_D4-22-CD-00-96-8D.csv", xyz("Acc", STILL), "Custom Mode 5")
    recording = read_recording(path)
    assert recording.sensors[0].label == "D4-22-CD-00-96-8D"
    assert recording.start is None
    assert any("--tz" in note for note in recording.notes)
    zoned = read_recording(path, ReadOptions(tz="Europe/Berlin"))
    assert (zoned.start, zoned.zone, zoned.zone_assumed) == (1_764_687_347.554, "Europe/Berlin", True)
