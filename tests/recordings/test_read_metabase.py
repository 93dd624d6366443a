import numpy as np
import pytest

from imutrack.errors import RecordingError
from imutrack.recordings import read, read_recording
from imutrack.samples import Quantity, StartSource
from recordings.recording_files import RATE_HZ, G, metabase, movement, write

MOVE = movement()


def test_the_files_of_one_device_and_start_are_one_recording_in_si(tmp_path):
    metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    metabase(tmp_path, "Gyroscope", np.degrees(MOVE.gyr), "deg/s", epoch_ms=1_547_219_408_351, rate_hz=RATE_HZ)
    [recording] = read([tmp_path])
    [sensor] = recording.sensors
    assert sensor.label == "C42732BE255C"
    np.testing.assert_allclose(sensor.samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)
    np.testing.assert_allclose(sensor.samples[Quantity.GYR].values, MOVE.gyr, atol=1e-6)
    assert recording.start == pytest.approx(1_547_219_408.351)  # the gyroscope began first
    assert recording.start_source is StartSource.FILE
    assert sensor.samples[Quantity.GYR].t_s[0] == 0.0
    assert sensor.samples[Quantity.ACC].t_s[0] == pytest.approx(0.08)


@pytest.mark.parametrize(("ios", "zone"), [(False, "+01:00"), (True, "+02:00")])
def test_android_and_ios_headers_give_the_zone(tmp_path, ios, zone):
    path = metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g", ios=ios)
    assert read_recording(path).zone == zone


def test_a_file_alone_is_read_alone_even_beside_its_neighbours(tmp_path):
    path = metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    metabase(tmp_path, "Gyroscope", np.degrees(MOVE.gyr), "deg/s")
    assert set(read_recording(path).sensors[0].samples) == {Quantity.ACC}


def test_two_devices_are_two_recordings(tmp_path):
    metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g", mac="DDBF59C1DA86")
    assert len(read([tmp_path])) == 2


def test_linear_acceleration_never_passes_for_acceleration(tmp_path):
    path = metabase(tmp_path, "Linear Acceleration", 0.05 * MOVE.acc / G, "g")
    assert set(read_recording(path).sensors[0].samples) == {Quantity.FREE_ACC}


def test_a_renamed_linear_acceleration_is_told_by_the_missing_gravity(tmp_path):
    path = metabase(tmp_path, "Linear Acceleration", 0.05 * MOVE.acc / G, "g").rename(tmp_path / "left.csv")
    recording = read_recording(path)
    assert set(recording.sensors[0].samples) == {Quantity.FREE_ACC}
    assert "gravity is not in it: taken as linear acceleration" in recording.notes


def test_gravity_and_orientation_files_are_left_out_of_their_recording(tmp_path):
    metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    metabase(tmp_path, "Gravity", MOVE.acc / G, "g")
    metabase(tmp_path, "Quaternion", MOVE.acc / G, "number")
    [recording] = read([tmp_path])
    assert set(recording.sensors[0].samples) == {Quantity.ACC}


def test_a_gravity_file_alone_is_refused(tmp_path):
    path = metabase(tmp_path, "Gravity", MOVE.acc / G, "g")
    with pytest.raises(RecordingError, match="direction of gravity"):
        read_recording(path)


def test_a_magnetometer_in_tesla_gives_microtesla(tmp_path):
    path = metabase(tmp_path, "Magnetometer", MOVE.acc * 4e-6, "T")
    values = read_recording(path).sensors[0].samples[Quantity.MAG].values
    np.testing.assert_allclose(values, MOVE.acc * 4, rtol=1e-6)


def test_an_epoch_column_rounded_by_a_spreadsheet_is_not_used(tmp_path):
    path = metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    lines = path.read_text().splitlines()
    rounded = [lines[0], *(f"1.54722E+12,{line.split(',', 1)[1]}" for line in lines[1:])]
    recording = read_recording(write(path, "\n".join(rounded)))
    assert recording.sensors[0].samples[Quantity.ACC].rate_hz == pytest.approx(RATE_HZ)
    assert recording.start is None
    assert any("elapsed" in note for note in recording.notes)


def test_shuffled_columns_and_semicolons_change_nothing(tmp_path):
    path = metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    rows = [line.split(",") for line in path.read_text().splitlines()]
    text = "\n".join(";".join([row[0], row[1], row[5], row[3], row[2], row[4]]) for row in rows)
    shuffled = read_recording(write(tmp_path / "again" / path.name, text)).sensors[0].samples[Quantity.ACC]
    np.testing.assert_array_equal(shuffled.values, read_recording(path).sensors[0].samples[Quantity.ACC].values)


def test_the_rate_is_that_of_the_whole_file_and_not_of_the_median_step(tmp_path):
    # a 98.7 Hz clock rounded to milliseconds: most steps are 10 ms
    epochs = 1_665_753_886_362 + np.round(1000 * np.arange(2000) / 98.7).astype(int)
    text = "epoc (ms),timestamp (+0200),elapsed (s),x-axis (g),y-axis (g),z-axis (g)\n"
    text += "".join(f"{e},2022-10-14T15.24.46.362,{(e - epochs[0]) / 1000:.3f},0,0,1\n" for e in epochs)
    samples = read_recording(write(tmp_path / "a.csv", text)).sensors[0].samples[Quantity.ACC]
    assert samples.rate_hz == pytest.approx(98.7, rel=1e-3)
