import pytest

from imutrack.errors import SettingsError
from imutrack.marks import read_marks
from imutrack.recordings import ReadOptions, read_recording
from imutrack.task import LabelSource, Setting, Side, TaskKind
from recordings.recording_files import metabase, movement, neutral, write


@pytest.fixture
def recording(tmp_path):
    return read_recording(neutral(tmp_path / "Frau Müller.csv"))


def test_each_row_of_a_file_is_a_task_of_its_recording(tmp_path, recording):
    text = (
        "file,start,end,patient,exercise,trial,side,placement,setting\n"
        "Frau Müller.csv,0.5,6,otter-maple-47,shoulder_abduction,,left,wrist,home\n"
        "Frau Müller.csv,6,,otter-maple-47,,eyes_closed,,lower back,clinic\n"
        "other.csv,,,,,,,,\n"
    )
    marks = read_marks(write(tmp_path / "marks.csv", text, "utf-8-sig"))
    first, second = marks.tasks(recording)
    assert (first.name, first.side, first.setting, first.placement) == (
        "shoulder_abduction",
        Side.LEFT,
        Setting.HOME,
        "wrist",
    )
    assert (first.start_s, first.stop_s, first.patient) == (0.5, 6.0, "otter-maple-47")
    assert (second.kind, second.name, second.start_s, second.stop_s) == (TaskKind.STANCE, "eyes_closed", 6.0, None)
    assert second.label_source is LabelSource.MARKS
    assert marks.unused(recording.sources) == ("other.csv",)


def test_a_recording_without_a_row_has_no_task(tmp_path, recording):
    marks = read_marks(write(tmp_path / "m.csv", "file;task\nx.csv;stance\n"))
    assert marks.tasks(recording) == ()


def test_wall_clock_times_are_put_on_the_recordings_clock(tmp_path):
    path = metabase(tmp_path, "Accelerometer", movement().acc / 9.81, "g")
    recording = read_recording(path)  # begins 2019-01-11 16:10:08.431 at +01:00
    text = f"file\tstart\tend\n{path.name}\t2019-01-11T16:10:10.431\t2019-01-11T15:10:12.431Z\n"
    [task] = read_marks(write(tmp_path / "m.csv", text)).tasks(recording)
    assert (task.start_s, task.stop_s) == (pytest.approx(2.0), pytest.approx(4.0))


def test_a_local_time_needs_a_zone_from_somewhere(tmp_path):
    path = neutral(tmp_path / "a.csv")
    marks = read_marks(write(tmp_path / "m.csv", "file,start\na.csv,2026-03-01T14:30:02\n"))
    with pytest.raises(SettingsError, match="states no start"):
        marks.tasks(read_recording(path))
    started = read_recording(path, ReadOptions(start=1_772_371_800.0))
    with pytest.raises(SettingsError, match="--tz"):
        marks.tasks(started)
    assert marks.tasks(started, "Europe/Berlin")[0].start_s == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "row 1: needs a column file"),
        ("file,reps\na.csv,10\n", "row 1: column 'reps' is not known"),
        ("file,side\n", "marks nothing"),
        ("file,side\n,left\n", "row 2, column file: is empty"),
        ("file,side\na.csv,left\na.csv,lift\n", "row 3, column side: .*left, right, both"),
        ("file,exercise\na.csv,shoulder_abductoin\n", "row 2, column exercise: .*shoulder_abduction"),
        ("file,trial\na.csv,eyes_shut_tight\n", "row 2, column trial"),
        ("file,placement\na.csv,spleen\n", "row 2, column placement"),
        ("file,setting\na.csv,moon\n", "row 2, column setting"),
        ("file,task\na.csv,jump\n", "row 2, column task"),
        ("file,start\na.csv,soon\n", "row 2, column start: 'soon'"),
        ("file,end\na.csv,nan\n", "row 2, column end"),
        ("file,side\na.csv,left,extra\n", "row 2: has 3 cells"),
    ],
)
def test_an_error_names_the_row_and_the_column(tmp_path, text, match):
    with pytest.raises(SettingsError, match=match):
        read_marks(write(tmp_path / "m.csv", text))


@pytest.mark.parametrize(
    ("start", "end", "match"), [(3, 2, "row 2: end"), (1, 99, "column end: 99.0 s"), (-5, 2, "column start")]
)
def test_a_stretch_that_does_not_lie_in_the_recording_is_an_error(tmp_path, start, end, match):
    recording = read_recording(neutral(tmp_path / "a.csv"))
    path = write(tmp_path / "m.csv", f"file,start,end\na.csv,{start},{end}\n")
    with pytest.raises(SettingsError, match=match):
        read_marks(path).tasks(recording)


def test_a_marks_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_marks(tmp_path / "nowhere.csv")


def test_two_rows_of_one_stretch_are_refused_because_it_would_count_twice(tmp_path, recording):
    text = "file,start,end,exercise\nFrau Müller.csv,0,5,squat\nFrau Müller.csv,3,8,squat\n"
    with pytest.raises(SettingsError, match=r"rows 2 and 3: 2\.0 s stand in both"):
        read_marks(write(tmp_path / "m.csv", text)).tasks(recording)


def test_one_stretch_may_be_marked_once_for_each_placement(tmp_path, recording):
    text = "file,start,end,exercise,placement\nFrau Müller.csv,0,5,squat,thigh\nFrau Müller.csv,0,5,squat,shank\n"
    assert len(read_marks(write(tmp_path / "m.csv", text)).tasks(recording)) == 2
