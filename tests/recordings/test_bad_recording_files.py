import gzip
import os
import zipfile

import numpy as np
import pytest

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings import files, read, read_recording
from imutrack.samples import Quantity, Recording
from recordings.recording_files import movement, neutral, plain, table, write

MOVE = movement()
HEADER = "t_s,ax,ay,az,gx,gy,gz\n"
ROWS = table(MOVE.t_s, MOVE.acc, MOVE.gyr)
LINES = ROWS.splitlines()


def one_line(path, match):
    with pytest.raises(RecordingError, match=match) as caught:
        read_recording(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        (HEADER, "no table of numbers"),
        (HEADER + LINES[0], "holds 1 row"),
        ("Dear colleague,\nplease find attached.\n", "no table of numbers"),
        ("<html><body>404 not found</body></html>", "no table of numbers"),
        ('{"samples": [1, 2, 3]}', "no table of numbers"),
        (HEADER + "\n".join([*LINES[:100], *LINES[:100]]), "time runs backwards in line 102"),
        (HEADER + "\n".join([*LINES[:100], HEADER.strip(), *LINES[100:]]), "line 102: 't_s' is not a number"),
        (HEADER + "\n".join([*LINES[:100], LINES[100] + ",1,2", *LINES[101:]]), "line 102 has 9 cells"),
        (HEADER + "".join(f"1.0,{line.split(',', 1)[1]}\n" for line in LINES), "all 600 time stamps are the same"),
        (HEADER + "".join(f"nan,{line.split(',', 1)[1]}\n" for line in LINES), "600 rows have no time stamp"),
        (HEADER + "".join(line.split(",")[0] + ",,,,,,\n" for line in LINES), "every reading in it is empty"),
    ],
)
def test_a_file_that_is_no_recording_gives_one_line(tmp_path, text, match):
    one_line(write(tmp_path / "Müller links 1.csv", text), match)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 40, b"\x00" * 5000, os.urandom(4096) + b"\x00", b"PK\x03\x04 cut", b"\x1f\x8b"]
)
def test_binary_junk_gives_one_line(tmp_path, data):
    path = tmp_path / "junk.csv"
    path.write_bytes(data)
    one_line(path, r"junk\.csv: ")


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_cut_gzip_is_refused_and_never_half_read(tmp_path, keep):
    whole = gzip.compress((HEADER + ROWS).encode())
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole[: int(keep * len(whole))])
    one_line(path, "cut short: copy it again")


def test_a_gzip_with_a_flipped_bit_is_refused(tmp_path):
    whole = bytearray(gzip.compress((HEADER + ROWS).encode()))
    whole[len(whole) // 2] ^= 4
    path = tmp_path / "a.csv.gz"
    path.write_bytes(bytes(whole))
    with pytest.raises(RecordingError):
        read_recording(path)


def test_a_zip_that_was_cut_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEADER + ROWS)
    path = tmp_path / "b.zip"
    path.write_bytes((tmp_path / "a.zip").read_bytes()[:-40])
    one_line(path, "damaged or cut short")


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 20_000)
    for path in (tmp_path / "a.csv.gz", tmp_path / "a.zip"):
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
        else:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.csv", HEADER + ROWS)
        one_line(path, "unpacks to more than")


def test_a_line_without_end_is_no_table(tmp_path):
    one_line(write(tmp_path / "a.csv", HEADER + ROWS + "1," * 1_200_000), "line is longer than 1 MB")


def test_a_missing_file_an_unreadable_one_and_an_empty_folder_give_one_line(tmp_path):
    one_line(tmp_path / "nowhere.csv", "no such file")
    (tmp_path / "empty").mkdir()
    one_line(tmp_path / "empty", "holds no file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_gives_one_line(tmp_path):
    path = neutral(tmp_path / "a.csv")
    path.chmod(0)
    one_line(path, "may not be read")


def test_a_file_that_vanishes_after_it_was_found_gives_one_line(tmp_path):
    from imutrack.recordings import find_recordings, read_group

    path = neutral(tmp_path / "a.csv")
    [group] = find_recordings([path])
    path.unlink()
    with pytest.raises(RecordingError, match="no such file"):
        read_group(group)


def test_one_bad_file_never_stops_the_others(tmp_path):
    paths = [
        neutral(tmp_path / "a b.csv"),
        write(tmp_path / "leer.csv", ""),
        neutral(tmp_path / "ä.csv", movement(400)),
        tmp_path / "gone",
    ]
    found = read(paths)
    assert [isinstance(item, Recording) for item in found] == [True, False, True, False]


def test_a_folder_is_read_as_its_files_and_leaves_the_rest_alone(tmp_path):
    neutral(tmp_path / "sub" / "a.csv")
    neutral(tmp_path / "b.csv", movement(400))
    write(tmp_path / "README.txt", "what was recorded\n")
    write(tmp_path / "labels.csv", "file,reps,fs\na,10,50\nb,8,50\nc,9,50\n")
    write(tmp_path / ".hidden.csv", HEADER + ROWS)
    assert all(isinstance(item, Recording) for item in read([tmp_path]))
    assert len(read([tmp_path])) == 2


def test_rows_with_empty_cells_are_kept_as_not_a_number(tmp_path):
    lines = LINES.copy()
    lines[10] = lines[10].split(",")[0] + ",,,,0,0,0"
    lines[20] = lines[20].split(",")[0] + ",nan,NaN,NULL,0,0,0"
    recording = read_recording(write(tmp_path / "a.csv", HEADER + "\n".join(lines)))
    acc = recording.sensors[0].samples[Quantity.ACC].values
    assert np.flatnonzero(np.isnan(acc).any(axis=1)).tolist() == [10, 20]
    np.testing.assert_allclose(acc[[9, 11]], MOVE.acc[[9, 11]], atol=1e-5)


def test_a_row_without_a_time_stamp_is_left_out_and_said(tmp_path):
    lines = [*LINES[:100], ",,,,,,", ",1,2,3,0,0,0", *LINES[100:]]
    recording = read_recording(write(tmp_path / "a.csv", HEADER + "\n".join(lines)))
    assert len(recording.sensors[0].samples[Quantity.ACC]) == 600
    assert "1 rows without a time stamp left out" in recording.notes


def test_a_last_row_that_was_not_written_whole_is_left_out_and_said(tmp_path):
    recording = read_recording(write(tmp_path / "a.csv", HEADER + "\n".join(LINES)[:-25]))
    assert len(recording.sensors[0].samples[Quantity.ACC]) == 599
    assert any("incomplete" in note for note in recording.notes)


def test_repeated_stamps_stay_one_instant_and_late_packets_are_held(tmp_path):
    t_s = MOVE.t_s.copy()
    t_s[100:104] = t_s[100]
    t_s[300] = t_s[298]
    recording = read_recording(plain(tmp_path / "a.csv", HEADER.strip(), t_s, MOVE.acc, MOVE.gyr))
    found = recording.sensors[0].samples[Quantity.ACC].t_s
    assert (found[100:104] == found[100]).all()
    assert found[300] == found[299]
    assert "1 late time stamps held at the one before" in recording.notes


def test_bursts_of_equal_stamps_do_not_change_the_rate(tmp_path):
    t_s = np.repeat(MOVE.t_s[::6], 6)  # six readings per notification
    samples = read_recording(plain(tmp_path / "a.csv", HEADER.strip(), t_s, MOVE.acc, MOVE.gyr)).sensors[0].samples
    assert samples[Quantity.ACC].rate_hz == pytest.approx(50.0, rel=0.03)  # a burst at either end of 12 s


def test_stamps_in_another_unit_are_refused(tmp_path):
    path = plain(tmp_path / "a.csv", HEADER.strip(), 1000 * MOVE.t_s, MOVE.acc, MOVE.gyr)
    with pytest.raises(MissingFactError, match="--units t=s, t=ms"):
        read_recording(path)
