"""The store under bad luck, seen from the command line: killed, stopped, contended, unwritable."""

import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from cli.command_line import IMUTRACK, Clinic
from cli.in_process import Office
from collector.disk import files_no_longer_than
from imutrack import config
from imutrack.cli.demo import register_all
from imutrack.clinic.patients import Patients
from imutrack.stores.local import LocalStore
from imutrack.synthetic import SetParams, exercise_set, write_csv

FILES = 5
_AS_IT_STOOD = "imutrack: the disk takes nothing: make room; days and verdicts are shown as they stood while it did\n"


@pytest.fixture
def clinic(tmp_path):
    return Clinic(tmp_path)


@pytest.fixture
def many(tmp_path):
    (tmp_path / "many").mkdir()
    for seed in range(FILES):
        write_csv(exercise_set(SetParams(reps=3), seed=seed).recording, tmp_path / "many" / f"{seed}.csv")
    return tmp_path / "many"


def started(clinic, *words):
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(clinic.data)}
    return subprocess.Popen(
        [*IMUTRACK, *map(str, words)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def stored(clinic):
    """Set ids of the results and of the sets, after SQLite's own check."""
    with closing(sqlite3.connect(clinic.data / "imutrack.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        results = {row[0] for row in connection.execute("SELECT set_id FROM result")}
        assert {row[0] for row in connection.execute("SELECT set_id FROM exercise_set")} == results
        assert {row[0] for row in connection.execute("SELECT DISTINCT set_id FROM rep")} <= results
    return results


def await_first(clinic, process):
    """Wait until something is stored, or all is over."""
    for _ in range(600):
        if process.poll() is not None or stored(clinic):
            return
        time.sleep(0.02)


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGINT])
def test_a_replay_that_is_stopped_leaves_whole_recordings_and_can_go_on(clinic, many, kind):
    patient = clinic.patient()
    process = started(clinic, "replay", many, "--patient", patient)
    await_first(clinic, process)
    os.killpg(process.pid, kind)
    _, err = process.communicate(timeout=60)
    assert err == ""
    before = stored(clinic)
    assert before
    assert clinic.run("replay", many, "--patient", patient).code == 0
    assert len(stored(clinic)) == FILES
    assert before <= stored(clinic)


def test_ctrl_c_ends_the_processes_of_a_replay_without_a_word(clinic, many):
    process = started(clinic, "replay", many, "--jobs", 2)
    time.sleep(0.7)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode in (0, 130, -signal.SIGINT)


def test_two_replays_at_once_store_each_recording_once(clinic, many):
    patient = clinic.patient()
    both = [started(clinic, "replay", many, "--patient", patient, "--exercise", name) for name in ("squat", "bridge")]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    assert len(stored(clinic)) == FILES


def test_a_demo_goes_on_where_another_was_quicker_to_register_its_patients(clinic):
    with LocalStore.open(clinic.data) as store:
        for _ in range(2):
            register_all(Patients(store), ["otter-maple-47"])
        assert [patient.pseudonym for patient in Patients(store).list()] == ["otter-maple-47"]


def test_one_stretch_marked_twice_costs_that_recording_alone(clinic, many):
    patient = clinic.patient()
    marks = clinic.folder / "marks.csv"
    marks.write_text("file,start,end,exercise\n0.csv,0,8,squat\n0.csv,0,8,bridge\n")
    ran = clinic.run("replay", many / "0.csv", many / "1.csv", "--marks", marks, "--patient", patient)
    assert ran.code == 1
    assert "rows 2 and 3: 8.0 s stand in both" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert len(stored(clinic)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")
def test_an_unreadable_file_and_a_home_of_somebody_else_stop_nothing(many):
    """As a user with the environment of another, which is what sudo leaves behind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "home").mkdir(mode=0o700)
        for number in (0, 1):
            (folder / f"{number}.csv").write_bytes((many / f"{number}.csv").read_bytes())
            (folder / f"{number}.csv").chmod(0o444 * number)
        try:
            process = subprocess.run(
                [*IMUTRACK, "replay", folder / "0.csv", folder / "1.csv"],
                env={**os.environ, "HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "home" / "config")},
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                user=65534,
                group=65534,
            )
        except PermissionError:
            pytest.skip("this Python is closed to other users")
    assert process.returncode == 1
    assert process.stderr == f"imutrack: {folder / '0.csv'}: may not be read: check its permissions\n"
    assert "1.csv" in process.stdout


def test_a_settings_folder_that_may_not_be_looked_into_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.delenv("IMUTRACK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert config.load(data=tmp_path, tz="UTC").source is None


def test_on_a_full_disk_what_is_stored_is_shown_and_what_could_not_be_brought_up_to_date_is_said(
    tmp_path, monkeypatch, capsys
):
    office = Office(tmp_path, monkeypatch, capsys)
    patient = office.patient()
    with files_no_longer_than(0):
        for words in (("today", "--all"), ("review",), ("patient", "list")):
            ran = office.run(*words)
            assert ran.code == 0, ran.err
            assert ran.err == (_AS_IT_STOOD if words[0] == "today" else "")
        ran = office.run("note", patient, "--pain", 3)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert "check the disk, its space" in ran.err


@pytest.mark.parametrize(("named", "zone"), [("UTC", "UTC"), ("CET", "CET"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_the_zone_of_the_environment_comes_before_that_of_the_machine(monkeypatch, named, zone):
    monkeypatch.setenv("TZ", named)
    assert config.machine_zone() == zone
