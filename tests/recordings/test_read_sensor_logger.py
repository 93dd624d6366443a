import zipfile

import numpy as np
import pytest

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings import ReadOptions, read, read_recording
from imutrack.samples import Quantity
from recordings.recording_files import G, metadata, movement, sensor_logger, write

MOVE = movement()


def motion(scale=1.0, sign=-1):
    """Columns of WristMotion: gravity and acceleration apart."""
    groups = {
        "rotationRate": MOVE.gyr,
        "gravity": 0.9 * sign * MOVE.acc / scale,
        "acceleration": 0.1 * sign * MOVE.acc / scale,
    }
    return {f"{name}{axis}": values[:, i] for name, values in groups.items() for i, axis in enumerate("XYZ")}


def android(folder):
    sensor_logger(folder / "TotalAcceleration.csv", MOVE.acc, MOVE.t_s + 0.4)
    sensor_logger(folder / "Accelerometer.csv", 0.01 * MOVE.acc, MOVE.t_s)
    sensor_logger(folder / "Gyroscope.csv", MOVE.gyr, MOVE.t_s)
    write(folder / "Location.csv", "time,seconds_elapsed,latitude\n1700810754632000000,0,1\n1700810755632000000,1,1\n")
    write(folder / "Annotation.csv", "")
    metadata(folder, "android")


def test_a_folder_of_android_files_is_one_recording_of_the_phone(tmp_path):
    android(tmp_path)
    [recording] = read([tmp_path])
    samples = recording.sensors[0].samples
    assert set(samples) == {Quantity.ACC, Quantity.FREE_ACC, Quantity.GYR}
    np.testing.assert_allclose(samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)  # columns are z, y, x
    assert samples[Quantity.ACC].t_s[0] == pytest.approx(0.4)
    assert recording.zone == "Africa/Nairobi"
    assert recording.start == pytest.approx(1_700_810_754.632)


def test_a_zip_and_its_extracted_folder_are_the_same_recording(tmp_path):
    folder = tmp_path / "extracted"
    android(folder)
    with zipfile.ZipFile(tmp_path / "2023-11-24 Übung.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    zipped, extracted = read_recording(tmp_path / "2023-11-24 Übung.zip"), read_recording(folder)
    assert zipped.content_hash == extracted.content_hash
    assert zipped.start == extracted.start


def test_ios_acceleration_with_gravity_is_the_turned_sum_of_two_files(tmp_path):
    sensor_logger(tmp_path / "Accelerometer.csv", -0.1 * MOVE.acc, MOVE.t_s)
    sensor_logger(tmp_path / "Gravity.csv", -0.9 * MOVE.acc, MOVE.t_s)
    metadata(tmp_path, "ios")
    [recording] = read([tmp_path])
    np.testing.assert_allclose(recording.sensors[0].samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)


@pytest.mark.parametrize(("scale", "sign"), [(G, -1), (1.0, 1)])
def test_a_watch_reports_g_with_the_sign_turned_or_standardised_units(tmp_path, scale, sign):
    path = sensor_logger(tmp_path / "Breast0626WristMotion.csv", np.empty(0), MOVE.t_s, extra=motion(scale, sign))
    sensor = read_recording(path).sensors[0]
    assert sensor.label == "watch"
    np.testing.assert_allclose(sensor.samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)
    np.testing.assert_allclose(sensor.samples[Quantity.GYR].values, MOVE.gyr, atol=1e-6)


@pytest.mark.parametrize("order", ["xyz", "zyx"])
def test_raw_acceleration_in_g_is_turned_and_in_metres_it_is_not(tmp_path, order):
    in_g = sensor_logger(tmp_path / "ios" / "AccelerometerUncalibrated.csv", -MOVE.acc / G, MOVE.t_s, order=order)
    in_si = sensor_logger(tmp_path / "android" / "AccelerometerUncalibrated.csv", MOVE.acc, MOVE.t_s, order=order)
    for path in (in_g, in_si):
        np.testing.assert_allclose(read_recording(path).sensors[0].samples[Quantity.ACC].values, MOVE.acc, atol=1e-6)


def test_phone_and_watch_in_one_export_are_two_recordings_unless_joined(tmp_path):
    android(tmp_path)
    sensor_logger(tmp_path / "WristMotion.csv", np.empty(0), MOVE.t_s + 1.0, extra=motion(G))
    assert [r.sensors[0].label for r in read([tmp_path])] == ["phone", "watch"]
    [joined] = read([tmp_path], ReadOptions(together=True, placements=("waist", "wrist")))
    assert [(s.label, s.placement) for s in joined.sensors] == [("phone", "waist"), ("watch", "wrist")]
    assert joined.sensors[1].samples[Quantity.ACC].t_s[0] == pytest.approx(1.0)


def test_acceleration_alone_is_without_gravity(tmp_path):
    path = sensor_logger(tmp_path / "Accelerometer.csv", 0.01 * MOVE.acc, MOVE.t_s)
    samples = read_recording(path).sensors[0].samples
    assert set(samples) == {Quantity.FREE_ACC}
    assert "sign unknown" in samples[Quantity.FREE_ACC].origin


def test_headphones_need_the_metadata_for_their_unit(tmp_path):
    extra = motion(1.0, -1)
    for axis in "XYZ":
        extra[f"acceleration{axis}"] = extra[f"acceleration{axis}"] / G  # gravity in m/s2, acceleration in g
    path = sensor_logger(tmp_path / "Headphone.csv", np.empty(0), MOVE.t_s, extra=extra)
    with pytest.raises(MissingFactError, match=r"Metadata\.csv"):
        read_recording(path)
    metadata(tmp_path, "ios", standardised="false")
    np.testing.assert_allclose(read_recording(path).sensors[0].samples[Quantity.ACC].values, MOVE.acc, atol=1e-5)


def test_a_renamed_file_is_asked_about_and_a_place_is_refused(tmp_path):
    path = sensor_logger(tmp_path / "monday.csv", MOVE.acc, MOVE.t_s)
    with pytest.raises(MissingFactError, match="which sensor"):
        read_recording(path)
    place = write(
        tmp_path / "Location.csv", "time,seconds_elapsed,latitude\n1700810754632000000,0,1\n1700810755632000000,1,1\n"
    )
    with pytest.raises(RecordingError, match="no acceleration"):
        read_recording(place)


def test_orientation_is_read_scalar_first(tmp_path):
    quat = {"qz": np.full(600, 0.1), "qy": np.full(600, 0.2), "qx": np.full(600, 0.3), "qw": np.full(600, 0.9)}
    path = sensor_logger(tmp_path / "Orientation.csv", np.empty(0), MOVE.t_s, extra=quat)
    np.testing.assert_allclose(read_recording(path).sensors[0].samples[Quantity.QUAT].values[0], [0.9, 0.3, 0.2, 0.1])


def test_nanosecond_stamps_keep_every_nanosecond(tmp_path):
    t_s = np.arange(200) * 0.010000003  # 3 ns more than a float64 of such a stamp can tell
    path = sensor_logger(tmp_path / "TotalAcceleration.csv", MOVE.acc[:200], t_s)
    found = read_recording(path).sensors[0].samples[Quantity.ACC].t_s
    np.testing.assert_allclose(found, t_s, atol=1e-9)


def test_stamps_that_a_spreadsheet_rounded_are_refused(tmp_path):
    path = sensor_logger(tmp_path / "TotalAcceleration.csv", MOVE.acc, MOVE.t_s)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *("1.70081E+18," + line.split(",", 1)[1] for line in lines[1:])]))
    with pytest.raises(RecordingError, match="spreadsheet"):
        read_recording(path)
