"""Files, names, options and terminals that go wrong: one line each, and whatever else was asked for is still done."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cli.command_line import IMUTRACK, Clinic
from imutrack.synthetic import SetParams, exercise_set, write_csv

NOISE = np.random.default_rng(1).normal(0.0, 0.01, (4000, 6))
GRAVITY = np.array([0.0, 0.0, 9.81, 0.0, 0.0, 0.0])
HEADER = "time (s),acc_x (m/s2),acc_y (m/s2),acc_z (m/s2),gyr_x (rad/s),gyr_y (rad/s),gyr_z (rad/s)\n"


@pytest.fixture
def clinic(tmp_path):
    return Clinic(tmp_path)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    write_csv(exercise_set(SetParams(reps=3), seed=3).recording, path)
    return path


def still(path, t_s=None, scale=1.0):
    """Write the file of a sensor that lies on a table."""
    t_s = np.arange(400) / 100.0 if t_s is None else t_s
    rows = np.column_stack([t_s, scale * (NOISE[: len(t_s)] + GRAVITY)])
    path.write_text(HEADER + "".join(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows))
    return path


def piped(words, clinic, **options):
    """Run the command with streams of one's own."""
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(clinic.data), **options.pop("env", {})}
    return subprocess.Popen([*IMUTRACK, *map(str, words)], env=environment, cwd=clinic.folder, **options)


def test_a_pipe_or_device_is_refused_and_not_waited_for(clinic, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for command in ("info", "replay"):
        ran = clinic.run(command, tmp_path / "pipe.csv", "/dev/zero")
        assert ran.code == 1
        assert [line.count("is no file but a pipe or a device") for line in ran.err.splitlines()] == [1, 1]


def test_clocks_that_jump_by_years_cost_neither_the_memory_nor_the_other_files(clinic, tmp_path, good):
    jump = np.where(np.arange(400) < 200, 0.0, 9e7) + np.arange(400) / 100.0
    still(tmp_path / "jump.csv", jump)
    for jobs in (1, 2):
        ran = clinic.run("replay", tmp_path / "jump.csv", good, "--jobs", jobs)
        assert ran.code == 1
        assert "good.csv" in ran.out
        line = ran.err.strip()
        assert len(line.splitlines()) == 1, ran.err
        assert "jump.csv" in line
        assert "scattered over" in line
        assert "--marks" in line


def test_numbers_without_measure_are_one_line_without_a_warning(clinic, tmp_path):
    files = still(tmp_path / "huge.csv", scale=1e300), tmp_path / "fast.csv"
    lines = still(files[1]).read_text().splitlines()
    lines[200] = "1.99,0,0,9.81,1e308,0,0"
    files[1].write_text("\n".join(lines))
    ran = clinic.run("replay", *files)
    assert ran.code == 1
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == list(map(str, files))


def test_what_cannot_be_analysed_is_said_with_the_name_of_its_file(clinic, tmp_path):
    lines = still(tmp_path / "whole.csv").read_text().splitlines()
    (tmp_path / "moment.csv").write_text("\n".join(lines[:20]))
    ran = clinic.run("replay", tmp_path / "moment.csv")
    assert (ran.code, ran.out.strip()) == (1, "")
    assert ran.err.startswith(f"imutrack: {tmp_path / 'moment.csv'}: unspecified ")
    assert "need 1 s for a repetition" in ran.err


def test_no_name_breaks_a_line_or_reaches_the_terminal_as_markup(clinic, tmp_path, good):
    names = ["two\nlines.csv", "[bold]red.csv", "\x1b[31mred.csv", os.fsdecode(b"latin\xe9.csv")]
    for name in names:
        (tmp_path / name).write_bytes(good.read_bytes())
        (tmp_path / f"empty {name}").touch()
    ran = clinic.run("replay", *(tmp_path / name for name in names), *(tmp_path / f"empty {name}" for name in names))
    assert ran.code == 1
    for shown in (r"two\nlines.csv", "[bold]red.csv", r"\x1b[31mred.csv", r"latin\udce9.csv"):
        assert sum(line.strip() == shown for line in ran.out.splitlines()) == 1
        assert sum(f"empty {shown}: the file is empty" in line for line in ran.err.splitlines()) == 1
    assert len(ran.err.splitlines()) == len(names)
    for command in ("info", "replay"):
        ran = clinic.run(command, "--json", tmp_path / names[3], tmp_path / f"empty {names[3]}")
        assert "empty" in ran.lines[1]["message"]


def test_an_encoding_without_the_letters_of_a_name_still_prints_it(clinic, tmp_path, good):
    name = tmp_path / "übung.csv"
    name.write_bytes(good.read_bytes())
    process = piped(["replay", name], clinic, env={"PYTHONIOENCODING": "ascii"}, stdout=-1, stderr=-1, text=True)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert r"\xfcbung.csv" in out


def test_a_reader_that_leaves_early_gets_no_traceback(clinic, good):
    process = piped(["replay", good, "--json"], clinic, stdout=-1, stderr=-1)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) in (0, 1)


def test_an_output_that_is_full_or_closed_is_no_bug(clinic, good):
    with Path("/dev/full").open("w") as full:
        process = piped(["info", good], clinic, stdout=full, stderr=-1, text=True)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert (
        err == "imutrack: could not be read or written (No space left on device): check the disk and the permissions\n"
    )
    closed = piped(["replay", good], clinic, preexec_fn=lambda: (os.close(1), os.close(2)))
    assert closed.wait(60) == 0


@pytest.mark.parametrize("start", ["1e300", "0001-01-01T00:00"])
def test_a_start_that_is_no_date_is_wrong_use(clinic, good, start):
    ran = clinic.run("replay", good, "--start", start)
    assert ran.code == 2
    assert "lies before 1970 or after 2099" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_mark_outside_its_recording_costs_that_recording_alone(clinic, tmp_path, good):
    other = still(tmp_path / "other.csv")
    marks = tmp_path / "marks.csv"
    marks.write_text("file,start,end\ngood.csv,0,9999\nother.csv,0,3\n")
    ran = clinic.run("replay", good, other, "--marks", marks, "--json")
    assert ran.code == 1
    assert [line["kind"] for line in ran.lines] == ["error", "exercise_set"]
    assert "row 2, column end: 9999.0 s lies outside" in ran.lines[0]["message"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"file,exercise\n" + b'"a.csv,squat\n' * 2, "no table"),
        (b"file,exercise\na.csv," + b"x" * 200_000, "no table"),
        ("file,exercise\nübung.csv,squat\n".encode("cp1252"), "save them as CSV UTF-8"),
        (b"file,start,end\na.csv,5,2\n", "end (2 s) is not after start (5 s)"),
    ],
)
def test_a_marks_file_that_is_no_table_is_wrong_use(clinic, tmp_path, good, content, says):
    (tmp_path / "marks.csv").write_bytes(content)
    ran = clinic.run("replay", good, "--marks", tmp_path / "marks.csv")
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_device_whose_clock_was_never_set_states_no_start(clinic, tmp_path):
    rows = still(tmp_path / "whole.csv").read_text().splitlines()[1:]
    path = tmp_path / "unset.csv"
    stamped = (f"1970-01-01T00:00:{float(row.split(',')[0]):09.6f}Z,{row.split(',', 1)[1]}\n" for row in rows)
    path.write_text(HEADER.replace("time (s)", "timestamp") + "".join(stamped))
    ran = clinic.run("info", path, "--json")
    assert ran.lines[0]["start"] is None
    assert any("was not set" in note for note in ran.lines[0]["notes"])


def test_a_gyroscope_with_a_dead_axis_leaves_the_counting_to_the_accelerometer(clinic, tmp_path, good):
    lines = good.read_text().splitlines()
    dead = [lines[0], *(line.rsplit(",", 1)[0] + ",nan" for line in lines[1:])]
    (tmp_path / "dead.csv").write_text("\n".join(dead))
    [line] = clinic.run("replay", tmp_path / "dead.csv", "--json").lines
    assert line["reps_low"] <= 3 <= line["reps_high"]
    assert "gyroscope" in line["flags"]


def test_sway_is_refused_at_the_wrist_and_withheld_where_the_sensor_hung(clinic, tmp_path):
    t_s = np.arange(3600) / 100.0
    standing, hung = still(tmp_path / "standing.csv", t_s), tmp_path / "hung.csv"
    lines = standing.read_text().splitlines()
    held = lines[1000].split(",", 1)[1]
    hung.write_text(
        "\n".join([*lines[:1000], *(f"{row.split(',')[0]},{held}" for row in lines[1000:2500]), *lines[2500:]])
    )
    ran = clinic.run("replay", standing, hung, "--trial", "eyes_open", "--json")
    assert [line["quality"] for line in ran.lines] == ["usable", "withheld"]  # noise alone is nobody standing
    assert ran.lines[1].get("rms_mps2") is None
    worn = clinic.run("replay", standing, "--trial", "eyes_open", "--placement", "wrist")
    assert worn.code == 1
    assert "measured at the lower back, this sensor was worn at the wrist" in worn.err


def test_a_bug_met_in_one_file_does_not_cost_the_others(clinic, tmp_path, good):
    """The counting is broken on purpose, for signals longer than 6 s."""
    script = """
import sys
import imutrack.pipeline.exercise as exercise
count = exercise.count_reps
exercise.count_reps = lambda signal: count(signal) if signal.duration_s < 6 else 1 / 0
from imutrack.cli import main
main()
"""
    other = still(tmp_path / "other.csv")
    words = [IMUTRACK[0], "-c", script, "replay", str(good), str(other), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [line["kind"] for line in lines] == ["error", "exercise_set"]
    assert "internal error (ZeroDivisionError" in lines[0]["message"]
    debugged = subprocess.run([*words, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" in debugged.stderr
