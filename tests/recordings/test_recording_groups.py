import numpy as np
import pytest

from imutrack.errors import MissingFactError, RecordingError, SettingsError
from imutrack.recordings import READERS, ReadOptions, describe, find_recordings, read, read_group, read_recording
from imutrack.samples import AxisMap, Quantity
from recordings.recording_files import G, dot_app, metabase, movement, neutral, xyz

MOVE = movement()


def test_every_reader_has_the_name_it_is_listed_under():
    assert {name: reader.name for name, reader in READERS.items()} == {name: name for name in READERS}


def test_the_same_content_is_the_same_recording_whatever_its_name_place_or_time(tmp_path):
    first, second = neutral(tmp_path / "a.csv"), neutral(tmp_path / "x" / "b.txt")
    assert read_recording(first).content_hash == read_recording(second).content_hash
    assert read_recording(first).content_hash != read_recording(neutral(tmp_path / "c.csv", movement(400))).content_hash


def test_the_order_of_the_files_does_not_change_the_hash(tmp_path):
    paths = [
        metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g"),
        metabase(tmp_path, "Gyroscope", np.degrees(MOVE.gyr), "deg/s"),
    ]
    [forward], [backward] = read(paths), read(paths[::-1])
    assert forward.content_hash == backward.content_hash


def test_a_file_named_twice_is_read_once(tmp_path):
    path = neutral(tmp_path / "a.csv")
    assert len(read([path, path, tmp_path])) == 1


def test_different_devices_join_only_when_told_to(tmp_path):
    left = dot_app(tmp_path / "left.csv", xyz("Acc", MOVE.acc), start="2021-08-30_17:05:05_000 GMT+8")
    right = dot_app(tmp_path / "right.csv", xyz("Acc", MOVE.acc), start="2021-08-30_17:05:05_250 GMT+8")
    assert len(read([left, right])) == 2
    [joined] = read([left, right], ReadOptions(together=True, placements=("thigh", "shank")))
    assert [sensor.placement for sensor in joined.sensors] == ["thigh", "shank"]
    assert [sensor.label for sensor in joined.sensors] == ["left thigh", "left thigh 2"]
    assert joined.sensors[1].samples[Quantity.ACC].t_s[0] == pytest.approx(0.25)
    assert len(joined.sources) == 2


def test_a_typed_start_moves_the_joined_recording_and_not_its_sensors(tmp_path):
    paths = [dot_app(tmp_path / f"{i}.csv", xyz("Acc", MOVE.acc), start=f"2021-08-30_17:05:0{i}_000 Z") for i in (1, 3)]
    [joined] = read(paths, ReadOptions(together=True, start=1000.0))
    assert (joined.start, joined.start_source) == (1000.0, "typed")
    assert joined.sensors[1].samples[Quantity.ACC].t_s[0] == pytest.approx(2.0)


def test_files_without_a_start_cannot_be_joined(tmp_path):
    [error] = read(
        [neutral(tmp_path / "a.csv"), neutral(tmp_path / "b.csv", movement(400))], ReadOptions(together=True)
    )
    assert isinstance(error, MissingFactError)
    assert "--together" in str(error)


def test_joining_keeps_the_error_of_the_file_that_cannot_be_read(tmp_path):
    good = [dot_app(tmp_path / f"{i}.csv", xyz("Acc", MOVE.acc)) for i in range(2)]
    found = read([*good, tmp_path / "gone.csv"], ReadOptions(together=True))
    assert len(found) == 2
    assert isinstance(found[1], RecordingError)


def test_placement_and_axes_go_to_every_sensor_or_one_by_one(tmp_path):
    axes = AxisMap.parse("up=+z,ml=+y,ap=+x")
    recording = read_recording(neutral(tmp_path / "a.csv"), ReadOptions(placements=("lumbar",), axes=(axes,)))
    assert (recording.sensors[0].placement, recording.sensors[0].axes) == ("lumbar", axes)
    with pytest.raises(SettingsError, match="2 --placement for the 1 sensors"):
        read([tmp_path / "a.csv"], ReadOptions(placements=("lumbar", "thigh")))


def test_a_wrong_option_is_the_callers_error_and_not_the_files(tmp_path):
    with pytest.raises(SettingsError):
        read([neutral(tmp_path / "a.csv")], ReadOptions(columns=("t", "acc_x", "acc_y", "-", "-", "-", "-")))


def test_groups_can_be_read_one_by_one(tmp_path):
    metabase(tmp_path, "Accelerometer", MOVE.acc / G, "g")
    neutral(tmp_path / "a.csv")
    groups = find_recordings([tmp_path])
    assert [group.reader for group in groups] == ["neutral", "metabase"]
    assert [read_group(group).format for group in groups] == [READERS[group.reader].title for group in groups]


def test_a_description_says_what_a_file_holds(tmp_path):
    moved = movement()
    moved.t_s[200:] += 1.5
    moved.acc[10, 0] = np.nan
    found = describe(read_recording(neutral(tmp_path / "a.csv", moved)))
    assert found.duration_s == pytest.approx(11.98 + 1.5)
    assert found.format == READERS["neutral"].title
    acc, gyr = found.sensors[0].quantities
    assert (acc.quantity, acc.n, acc.bad, acc.gaps) == (Quantity.ACC, 600, 1, 1)
    assert acc.longest_gap_s == pytest.approx(1.52)
    assert acc.rate_hz == pytest.approx(50.0)
    assert "rad/s by definition" in gyr.origin
