import gzip

import numpy as np
import pytest

from imutrack.errors import MissingFactError, RecordingError, SettingsError
from imutrack.recordings import ReadOptions, read_recording
from imutrack.samples import Quantity
from recordings.recording_files import G, movement, neutral, plain, table, write

MOVE = movement()
DPS = np.degrees(MOVE.gyr)


def read(path, **options):
    return read_recording(path, ReadOptions.parse(**options))


@pytest.mark.parametrize(
    ("header", "columns", "kwargs"),
    [
        ("t_s,acc_x (m/s^2),acc_y (m/s^2),acc_z (m/s^2)", (MOVE.t_s, MOVE.acc), {}),
        ("time_ms,ax [g],ay [g],az [g]", (1000 * MOVE.t_s, MOVE.acc / G), {}),
        ("Timestamp (us);AccX (mg);AccY (mg);AccZ (mg)", (1e6 * MOVE.t_s, 1000 * MOVE.acc / G), {"separator": ";"}),
        (
            "Time (s)\tAccelerometer X (g)\tAccelerometer Y (g)\tAccelerometer Z (g)",
            (MOVE.t_s, MOVE.acc / G),
            {"separator": "\t"},
        ),
        ("t_s accel_x_g accel_y_g accel_z_g", (MOVE.t_s, MOVE.acc / G), {"separator": " "}),
        ("t_s;acc_x_ms2;acc_y_ms2;acc_z_ms2", (MOVE.t_s, MOVE.acc), {"separator": ";", "decimal": ","}),
        (
            "# seconds_elapsed,AccelerometerX (m/s²),AccelerometerY (m/s²),AccelerometerZ (m/s²)",
            (MOVE.t_s, MOVE.acc),
            {},
        ),
    ],
)
def test_names_units_and_separators_in_common_use_are_understood(tmp_path, header, columns, kwargs):
    samples = read(plain(tmp_path / "a.csv", header, *columns, fmt="%.9g", **kwargs)).sensors[0].samples
    np.testing.assert_allclose(samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)
    assert samples[Quantity.ACC].rate_hz == pytest.approx(50.0)


@pytest.mark.parametrize(
    "names", ["gyro_{}_dps", "gyr{} (deg/s)", "Gyroscope {} (dps)", "rotationRate.{} [°/s]", "w{} (deg/s)"]
)
def test_gyroscope_names_in_common_use_are_understood(tmp_path, names):
    header = ",".join(["t_s", *(names.format(axis) for axis in "xyz")])
    samples = read(plain(tmp_path / "a.csv", header, MOVE.t_s, DPS, fmt="%.9g")).sensors[0].samples
    np.testing.assert_allclose(samples[Quantity.GYR].values, MOVE.gyr, atol=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_change_nothing(tmp_path, encoding, end):
    text = "t_s,ax (m/s²),ay (m/s²),az (m/s²)\n" + table(MOVE.t_s, MOVE.acc)
    samples = read(write(tmp_path / "a.csv", text.replace("\n", end), encoding)).sensors[0].samples
    np.testing.assert_allclose(samples[Quantity.ACC].values, MOVE.acc, atol=1e-5)


def test_options_supply_what_the_header_leaves_open(tmp_path):
    path = plain(
        tmp_path / "a.csv", "samples,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", np.arange(600), MOVE.acc / G, DPS, fmt="%.9g"
    )
    samples = read(path, rate_hz=50.0, units="acc=g,gyr=deg/s").sensors[0].samples
    np.testing.assert_allclose(samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)
    assert samples[Quantity.ACC].rate_hz == 50.0
    assert "rate from --rate" in samples[Quantity.ACC].origin


def test_a_file_without_header_is_read_by_columns(tmp_path):
    path = plain(
        tmp_path / "a.txt", "", MOVE.t_s + 1_572_339_786.3, MOVE.acc / G, np.arange(600), fmt=["%.4f", *["%.9g"] * 4]
    )
    recording = read(path, columns="t,acc_x,acc_y,acc_z,-", units="t=s,acc=g")
    assert recording.start == pytest.approx(1_572_339_786.3)
    np.testing.assert_allclose(recording.sensors[0].samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)


def test_names_that_stand_in_a_format_comment_are_understood(tmp_path):
    names = [f"Raw{kind}{axis}" for kind in ("Gyro", "Accel") for axis in "XYZ"]
    header = '# Data format: "%int(ChipTimeUS),' + ",".join(f"%float({name})" for name in names) + '"'
    path = plain(tmp_path / "a.txt", header, 1e6 * MOVE.t_s, MOVE.gyr, MOVE.acc / G, fmt=["%d", *["%.9g"] * 6])
    samples = read(path, units="t=us,acc=g,gyr=rad/s").sensors[0].samples
    np.testing.assert_allclose(samples[Quantity.GYR].values, MOVE.gyr, atol=1e-6)


@pytest.mark.parametrize(
    ("header", "columns", "options", "asks"),
    [
        ("t_s,ax,ay,az,temp", (MOVE.t_s, MOVE.acc, MOVE.t_s), {}, "--units acc="),
        ("t_s,ax (g),ay (g),az (g),gx,gy,gz", (MOVE.t_s, MOVE.acc / G, MOVE.gyr), {}, "--units gyr="),
        ("time,ax (g),ay (g),az (g)", (MOVE.t_s, MOVE.acc / G), {}, "--units t="),
        ("ax (g),ay (g),az (g)", (MOVE.acc / G,), {}, "--rate HZ"),
        ("", (MOVE.t_s, MOVE.acc), {}, "--columns"),
        ("a,b,c,d", (MOVE.t_s, MOVE.acc), {}, "--columns"),
        ("t_s,l_acc_x (g),l_acc_y (g),l_acc_z (g),r_acc_x (g)", (MOVE.t_s, MOVE.acc / G, MOVE.t_s), {}, "--columns"),
    ],
)
def test_what_nobody_says_is_asked_for_by_the_name_of_its_option(tmp_path, header, columns, options, asks):
    with pytest.raises(MissingFactError, match=asks):
        read(plain(tmp_path / "a.csv", header, *columns), **options)


@pytest.mark.parametrize(
    ("header", "options", "says"),
    [
        ("t_s,ax (g),ay (g),az (g)", {"units": "acc=m/s2"}, "header states g"),
        ("t_ms,ax (g),ay (g),az (g)", {"units": "t=s"}, "header states ms"),
        ("t_s,ax (g),ay (g),az (g)", {"rate_hz": 60.0}, "--rate says 60"),
        ("t_s,ax (g),ay (g),az (g)", {"columns": "t,acc_x,acc_y"}, "has 4 columns"),
        ("t_s,ax (g),ay (g),az (g)", {"columns": "t,acc_y,acc_x,acc_z"}, "where its header says"),
        ("t_s,gx (g),gy (g),gz (g)", {}, "as the unit of gyr"),
        ("t_s,ax (LSB),ay (LSB),az (LSB)", {}, "LSB"),
        ("t_s,ax (g),ay (g),az (m/s2)", {}, "different units"),
    ],
)
def test_contradictions_between_header_and_options_are_errors(tmp_path, header, options, says):
    path = plain(tmp_path / "a.csv", header, MOVE.t_s, MOVE.acc / G)
    with pytest.raises(RecordingError, match=says):
        read(path, **options)


@pytest.mark.parametrize("factor", [1 / G, G, 1000.0])
def test_a_header_whose_unit_gravity_contradicts_is_refused(tmp_path, factor):
    path = plain(tmp_path / "a.csv", "t_s,ax (m/s2),ay (m/s2),az (m/s2)", MOVE.t_s, MOVE.acc * factor)
    with pytest.raises(MissingFactError, match="at the median"):
        read(path)


def test_a_gyroscope_whose_unit_gravity_contradicts_is_refused(tmp_path):
    path = neutral(tmp_path / "a.csv", movement())
    text = plain(tmp_path / "b.csv", "t_s,ax,ay,az,gx,gy,gz", MOVE.t_s, MOVE.acc, DPS)
    assert Quantity.GYR in read(path).sensors[0].samples
    with pytest.raises(MissingFactError, match="gravity turns"):
        read(text)
    assert Quantity.GYR in read(text, units="acc=m/s2,gyr=deg/s").sensors[0].samples


def test_unix_time_of_this_century_needs_no_unit(tmp_path):
    rows = "".join(f"{1_745_239_743_560 + 20 * i},0.1,0.2,0.97\n" for i in range(200))
    recording = read(write(tmp_path / "a.csv", "timestamp,ax (g),ay (g),az (g)\n" + rows))
    assert recording.start == pytest.approx(1_745_239_743.56)


def test_a_counter_that_only_looks_like_unix_time_is_asked_about(tmp_path):
    rows = "".join(f"{1_745_239_743 + 20_000 * i},0.1,0.2,0.97\n" for i in range(200))  # microseconds since switched on
    with pytest.raises(MissingFactError, match="--units t="):
        read(write(tmp_path / "a.csv", "timestamp,ax (g),ay (g),az (g)\n" + rows))


def test_a_known_rate_tells_the_unit_of_the_time_stamps(tmp_path):
    path = plain(tmp_path / "a.csv", "timestamp,ax (g),ay (g),az (g)", 1000 * MOVE.t_s, MOVE.acc / G)
    assert read(path, rate_hz=50.0).sensors[0].samples[Quantity.ACC].duration_s == pytest.approx(11.98)


def test_nanoseconds_of_the_unix_epoch_are_read_whole(tmp_path):
    rows = "".join(f"{1_700_810_754_632_000_123 + 20_000_001 * i},0.1,0.2,0.97\n" for i in range(200))
    acc = read(write(tmp_path / "a.csv", "time_ns,ax (g),ay (g),az (g)\n" + rows)).sensors[0].samples[Quantity.ACC]
    np.testing.assert_allclose(acc.t_s, 0.020000001 * np.arange(200), rtol=1e-12)


@pytest.mark.parametrize(
    ("stamp", "tz", "start", "assumed"),
    [
        ("2024-07-01T12:00:00.{:03d}", "Europe/Berlin", 1_719_828_000.0, True),
        ("2024-07-01 12:00:00.{:03d}+02:00", None, 1_719_828_000.0, False),
        ("2024-07-01T10:00:00.{:03d}Z", "Europe/Berlin", 1_719_828_000.0, False),
        ("2024-07-01T12:00:00.{:03d}", None, None, False),
    ],
)
def test_iso_time_stamps_honour_their_own_zone_first(tmp_path, stamp, tz, start, assumed):
    rows = "".join(f"{stamp.format(10 * i)},0.1,0.2,0.97\n" for i in range(100))
    recording = read(write(tmp_path / "a.csv", "time,ax (g),ay (g),az (g)\n" + rows), tz=tz)
    assert (recording.start, recording.zone_assumed) == (start, assumed)
    assert recording.sensors[0].samples[Quantity.ACC].rate_hz == pytest.approx(100.0)


def test_a_magnetometer_without_unit_keeps_its_own_scale(tmp_path):
    path = plain(tmp_path / "a.csv", "t_s,ax (g),ay (g),az (g),mx,my,mz", MOVE.t_s, MOVE.acc / G, MOVE.acc)
    assert Quantity.MAG_AU in read(path).sensors[0].samples


def test_linear_acceleration_never_passes_for_acceleration(tmp_path):
    names = ",".join(f"userAcceleration.{axis} (g)" for axis in "xyz")
    path = plain(tmp_path / "a.csv", f"t_s,{names}", MOVE.t_s, 0.05 * MOVE.acc / G)
    assert set(read(path).sensors[0].samples) == {Quantity.FREE_ACC}


def test_rows_of_several_devices_in_one_table_are_refused(tmp_path):
    rows = "".join(f"{i // 2 / 50},sensor{i % 2},0.1,0.2,0.97\n" for i in range(200))
    with pytest.raises(RecordingError, match="2 devices"):
        read(write(tmp_path / "a.csv", "t_s,device id,ax (g),ay (g),az (g)\n" + rows))


def test_the_neutral_form_keeps_its_own_zero_of_time(tmp_path):
    shifted = movement()
    shifted.t_s = shifted.t_s + 0.25
    recording = read(neutral(tmp_path / "a.csv", shifted))
    assert recording.sensors[0].samples[Quantity.ACC].t_s[0] == 0.25
    assert recording.start is None


def test_the_neutral_form_is_the_same_recording_gzipped_or_renamed(tmp_path):
    path = neutral(tmp_path / "a.csv")
    zipped = tmp_path / "other name.csv.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    assert read(zipped).content_hash == read(path).content_hash


def test_the_centre_of_pressure_is_read_in_metres(tmp_path):
    path = plain(tmp_path / "a.csv", "t,ap,ml", MOVE.t_s, 0.01 * MOVE.acc[:, :2])
    assert set(read(path).sensors[0].samples) == {Quantity.COP}


@pytest.mark.parametrize(
    "options",
    [
        {"columns": "t,acc_q"},
        {"units": "acc"},
        {"units": "acc=furlong"},
        {"units": "speed=g"},
        {"rate_hz": -1.0},
        {"tz": "Mars"},
        {"start": "noon"},
    ],
)
def test_options_that_are_not_of_their_form_are_settings_errors(options):
    with pytest.raises(SettingsError):
        ReadOptions.parse(**options)


def test_a_typed_start_is_used_and_said_to_be_typed(tmp_path):
    recording = read(neutral(tmp_path / "a.csv"), start="2026-03-01T14:30", tz="Europe/Berlin")
    assert (recording.start, recording.start_source) == (1_772_371_800.0, "typed")
