import zipfile

import numpy as np
import pytest

from imutrack.recordings import read, read_recording
from imutrack.samples import Quantity, StartSource
from recordings.recording_files import movement, phyphox, phyphox_times, write

MOVE = movement()
SHORT = ["X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)"]
SHORT_GYR = ["X (rad/s)", "Y (rad/s)", "Z (rad/s)"]


@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")])
def test_every_separator_and_decimal_sign_gives_the_same(tmp_path, separator, decimal):
    path = phyphox(tmp_path / "Accelerometer.csv", SHORT, MOVE.acc, MOVE.t_s, separator=separator, decimal=decimal)
    samples = read_recording(path).sensors[0].samples[Quantity.ACC]
    np.testing.assert_allclose(samples.values, MOVE.acc, rtol=1e-8, atol=1e-8)
    assert samples.rate_hz == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("prefix", "quantity"),
    [
        ("Acceleration", Quantity.ACC),
        ("Beschleunigung", Quantity.ACC),
        ("Linear Acceleration", Quantity.FREE_ACC),
        ("Lineare Beschleunigung", Quantity.FREE_ACC),
    ],
)
def test_the_long_names_tell_whether_gravity_was_removed(tmp_path, prefix, quantity):
    names = [f"{prefix} {axis} (m/s^2)" for axis in "xyz"]
    values = MOVE.acc if quantity is Quantity.ACC else 0.05 * MOVE.acc
    assert set(read_recording(phyphox(tmp_path / "Raw Data.csv", names, values, MOVE.t_s)).sensors[0].samples) == {
        quantity
    }


@pytest.mark.parametrize("name", ["Linear Accelerometer.csv", "Linear Acceleration.csv", "data 3.csv"])
def test_the_short_names_leave_it_to_the_file_name_and_the_readings(tmp_path, name):
    path = phyphox(tmp_path / name, SHORT, 0.05 * MOVE.acc, MOVE.t_s)
    assert set(read_recording(path).sensors[0].samples) == {Quantity.FREE_ACC}


def folder_of_three(folder, separator=","):
    phyphox(folder / "Accelerometer.csv", SHORT, MOVE.acc, MOVE.t_s + 0.001, separator=separator)
    phyphox(folder / "Gyroscope.csv", SHORT_GYR, MOVE.gyr, MOVE.t_s + 0.007, separator=separator)
    phyphox(folder / "Linear Accelerometer.csv", SHORT, 0.05 * MOVE.acc, MOVE.t_s, separator=separator)
    phyphox_times(folder, separator)
    write(folder / "meta" / "device.csv", '"property","value"\n"version","1.1.16"\n')


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_folder_is_one_recording_with_the_wall_clock_of_its_zero(tmp_path, separator):
    folder_of_three(tmp_path, separator)
    [recording] = read([tmp_path])
    assert set(recording.sensors[0].samples) == {Quantity.ACC, Quantity.GYR, Quantity.FREE_ACC}
    assert recording.sensors[0].samples[Quantity.GYR].t_s[0] == pytest.approx(0.007)
    assert recording.start == pytest.approx(1_685_389_948.528049)
    assert (recording.zone, recording.start_source) == ("-03:00", StartSource.FILE)


def test_a_zip_is_read_as_the_folder_it_holds(tmp_path):
    folder_of_three(tmp_path / "x")
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in (tmp_path / "x").rglob("*.csv"):
            archive.write(path, str(path.relative_to(tmp_path / "x")))
    [recording] = read([tmp_path / "export.zip"])
    assert len(recording.sensors[0].samples) == 3
    assert recording.start == pytest.approx(1_685_389_948.528049)


def test_a_file_without_meta_states_no_start(tmp_path):
    recording = read_recording(phyphox(tmp_path / "Gyroscope.csv", SHORT_GYR, MOVE.gyr, MOVE.t_s))
    assert (recording.start, recording.start_source) == (None, StartSource.UNKNOWN)


def test_a_file_alone_takes_the_wall_clock_of_its_folder_only(tmp_path):
    folder_of_three(tmp_path)
    recording = read_recording(tmp_path / "Gyroscope.csv")
    assert set(recording.sensors[0].samples) == {Quantity.GYR}
    assert recording.start == pytest.approx(1_685_389_948.528049)
