"""`imutrack replay` as a user runs it."""

import gzip
import sqlite3
from contextlib import closing

import pytest

from cli.command_line import Clinic
from imutrack.synthetic import SensorParams, SetParams, StanceParams, exercise_set, stance, write_csv

SET = SetParams(reps=6)


@pytest.fixture
def clinic(tmp_path):
    return Clinic(tmp_path)


@pytest.fixture
def one_set(tmp_path):
    path = tmp_path / "set.csv"
    write_csv(exercise_set(SET, seed=3).recording, path)
    return path


def dump(clinic):
    """Everything the store holds, as SQL."""
    with closing(sqlite3.connect(clinic.data / "imutrack.sqlite3")) as connection:
        return list(connection.iterdump())


def test_a_file_without_a_patient_is_shown_and_not_stored(clinic, one_set):
    ran = clinic.run("replay", one_set, "--exercise", "long_arc_knee_extension")
    assert ran.code == 0
    assert "Seated knee extension" in ran.out
    assert "not stored" in ran.out
    assert "imutrack patient add" in ran.out
    assert not clinic.data.exists()


def test_a_file_without_a_label_is_one_unspecified_set(clinic, one_set):
    [line] = clinic.run("replay", one_set, "--json").lines
    assert (line["kind"], line["exercise"], line["label_source"]) == ("exercise_set", "unspecified", "none")
    assert line["reps_low"] <= 6 <= line["reps_high"]
    assert len(line["reps_detail"]) == pytest.approx(6, abs=1)


def test_replaying_twice_changes_no_row(clinic, one_set):
    patient = clinic.patient()
    first = clinic.run("replay", one_set, "--exercise", "squat", "--patient", patient)
    assert "stored 1 result" in first.out
    before = dump(clinic)
    again = clinic.run("replay", one_set, "--exercise", "squat", "--patient", patient)
    assert "1 unchanged" in again.out
    assert dump(clinic) == before


def test_the_same_content_under_another_name_and_file_time_is_the_same_recording(clinic, one_set, tmp_path):
    patient = clinic.patient()
    clinic.run("replay", one_set, "--exercise", "squat", "--patient", patient)
    before = dump(clinic)
    copy = tmp_path / "übung (1) kopie.csv"
    copy.write_bytes(one_set.read_bytes())
    assert clinic.run("replay", copy, "--exercise", "squat", "--patient", patient).code == 0
    assert dump(clinic) == before


def test_the_zone_of_a_file_does_not_become_that_of_the_clinic(clinic, one_set):
    """Eight in the morning on Kiritimati is the evening before in Berlin."""
    words = ("--exercise", "squat", "--patient", clinic.patient(), "--tz", "Pacific/Kiritimati", "--json")
    [line] = clinic.run("replay", one_set, "--start", "2026-03-01T08:00", *words).lines
    assert (line["time"][:16], line["local_date"]) == ("2026-02-28T19:00", "2026-02-28")
    assert clinic.run("rollup").out == "everything was up to date\n"
    with closing(sqlite3.connect(clinic.data / "imutrack.sqlite3")) as connection:
        assert connection.execute("SELECT local_date FROM exercise_set").fetchall() == [("2026-02-28",)]


def test_another_label_or_side_leaves_no_ghost(clinic, one_set):
    patient = clinic.patient()
    clinic.run("replay", one_set, "--exercise", "squat", "--side", "left", "--patient", patient)
    clinic.run("replay", one_set, "--exercise", "heel_slide", "--side", "right", "--patient", patient)
    with closing(sqlite3.connect(clinic.data / "imutrack.sqlite3")) as connection:
        assert connection.execute("SELECT exercise, side FROM exercise_set").fetchall() == [("heel_slide", "right")]
        assert set(connection.execute("SELECT exercise, side FROM rep")) <= {("heel_slide", "right")}


def test_an_unknown_patient_is_an_error_that_names_the_likely_one(clinic, one_set):
    clinic.run("patient", "add", "otter-maple-47")
    ran = clinic.run("replay", one_set, "--patient", "otter-mapel-47")
    assert ran.code == 2
    assert "did you mean otter-maple-47" in ran.err
    assert "Traceback" not in ran.err


def test_marks_label_the_sets_of_one_recording(clinic, tmp_path):
    patient = clinic.patient()
    session = tmp_path / "session.csv"
    write_csv(exercise_set(SET, seed=5).recording, session)
    end = exercise_set(SET, seed=5).recording.duration_s
    marks = tmp_path / "marks.csv"
    marks.write_text(
        "file,start,end,patient,exercise,side\n"
        f"session.csv,0,{end / 2:.1f},{patient},squat,left\n"
        f"session.csv,{end / 2:.1f},{end:.1f},{patient},heel_slide,right\n"
    )
    ran = clinic.run("replay", session, "--marks", marks, "--json")
    assert ran.code == 0, ran.err
    assert [(line["exercise"], line["side"]) for line in ran.lines] == [("squat", "left"), ("heel_slide", "right")]


def test_the_others_are_done_and_stored_when_one_file_is_bad(clinic, one_set, tmp_path):
    patient = clinic.patient()
    bad = tmp_path / "bad.csv.gz"
    bad.write_bytes(gzip.compress(one_set.read_bytes())[:-2000])
    empty = tmp_path / "empty.csv"
    empty.touch()
    ran = clinic.run("replay", bad, empty, tmp_path / "gone.csv", one_set, "--patient", patient)
    assert ran.code == 1
    assert "stored 1 result" in ran.out
    complaints = ran.err.splitlines()
    assert len(complaints) == 3
    for name in ("bad.csv.gz", "empty.csv", "gone.csv"):
        assert sum(name in line for line in complaints) == 1


def test_errors_are_json_lines_too(clinic, tmp_path):
    (tmp_path / "empty.csv").touch()
    ran = clinic.run("replay", tmp_path / "empty.csv", "--json")
    assert ran.code == 1
    [line] = ran.lines
    assert line["kind"] == "error"
    assert "empty" in line["message"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--exercise", "sqat"], "did you mean squat"),
        (["--side", "port"], "left, right, both"),
        (["--task", "dance"], "exercise, stance"),
        (["--trial", "eye_close"], "eyes_closed"),
        (["--placement", "pocket"], "wrist"),
        (["--axes", "up=+x,ml=+x,ap=+z"], "used once"),
        (["--units", "acc=furlong"], "unknown unit"),
        (["--tz", "Middle/Earth"], "time zone"),
        (["--start", "yesterday"], "2026-03-01T14:30"),
        (["--config", "missing.toml"], "no such settings file"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(clinic, one_set, words, says):
    ran = clinic.run("replay", one_set, *words)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_two_processes_give_the_same_results_as_one(clinic, tmp_path):
    for seed in (1, 2, 3):
        write_csv(exercise_set(SET, seed=seed).recording, tmp_path / f"{seed}.csv")
    files = sorted(tmp_path.glob("*.csv"))
    assert clinic.run("replay", *files, "--json", "--jobs", 2).out == clinic.run("replay", *files, "--json").out


def test_an_accelerometer_alone_counts_and_says_that_angles_need_a_gyroscope(clinic, tmp_path):
    whole = tmp_path / "whole.csv"
    write_csv(exercise_set(SET, seed=3).recording, whole)
    path = tmp_path / "acc.csv"
    path.write_text("".join(",".join(line.split(",")[:4]) + "\n" for line in whole.read_text().splitlines()))
    [line] = clinic.run("replay", path, "--json").lines
    assert line["reps_low"] <= 6 <= line["reps_high"]
    assert line["rom_best3_deg"] is None
    assert "gyroscope" in line["flags"]


def test_a_stance_is_measured_in_its_own_way(clinic, tmp_path):
    path = tmp_path / "stance.csv"
    write_csv(stance(StanceParams(), seed=2, sensor=SensorParams()).recording, path)
    [line] = clinic.run("replay", path, "--trial", "eyes_open", "--axes", "up=+z,ml=+y,ap=+x", "--json").lines
    assert line["kind"] == "stance"
    assert line["rms_mps2"] > 0


def test_long_rests_cut_a_recording_into_sets(clinic, tmp_path):
    from imutrack.synthetic import session_csv

    path = tmp_path / "session.csv"
    truth = session_csv(path, hours=0.1, sets=3, reps=8, rate_hz=50, seed=4)
    lines = clinic.run("replay", path, "--split-rest", 20, "--json").lines
    assert len(lines) == len(truth.sets) == 3
    for line in lines:
        assert line["reps_low"] <= 8 <= line["reps_high"]
