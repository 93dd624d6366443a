"""``imutrack simulate`` and ``imutrack collect`` as somebody tries them on a machine without any hardware."""

import os
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from cli.command_line import IMUTRACK, Clinic
from cli.in_process import Office
from cli.test_collect_command import _wait_for
from imutrack.stores.local import LocalStore
from simulation.bluetooth import need_dbus


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


def test_what_cannot_be_simulated_is_refused_in_one_line(office, tmp_path):
    assert "no wearable 'movella'" in office.refused("simulate", "--as", "movella")
    assert "no synthetic set of 'dancing'" in office.refused("simulate", "--exercise", "dancing")
    (tmp_path / "imutrack.toml").write_text('clinic = "north"\n')
    problem = office.refused("simulate", "--settings-file", "imutrack.toml")
    assert "is there and names other straps" in problem
    assert (tmp_path / "imutrack.toml").read_text() == 'clinic = "north"\n'
    assert "cannot be written" in office.refused("simulate", "--settings-file", "missing/imutrack.toml")


def test_simulated_straps_are_found_collected_and_a_set_of_them_is_stored(tmp_path):
    need_dbus()
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    environment.pop("IMUTRACK_CONFIG", None)
    log = (tmp_path / "log").open("wb")
    words = ["simulate", "--still", "1", "--settings-file", "imutrack.toml", "--address-file", "address"]
    simulation = subprocess.Popen([*IMUTRACK, *words], env=environment, cwd=tmp_path, stdout=log, stderr=log)
    try:
        _wait_for(lambda: (tmp_path / "address").exists() and (tmp_path / "address").read_text())
        straps = tomllib.loads((tmp_path / "imutrack.toml").read_text())["strap"]
        assert [strap["label"] for strap in straps] == ["1", "2"]
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = (tmp_path / "address").read_text()
        collector = subprocess.Popen(
            [*IMUTRACK, "collect", "--config", "imutrack.toml"], env=environment, cwd=tmp_path, stdout=log, stderr=log
        )
        try:
            _use(tmp_path)
        finally:
            collector.send_signal(signal.SIGTERM)
            assert collector.wait(15) == 0
    finally:
        simulation.send_signal(signal.SIGINT)
        assert simulation.wait(15) == 0
        log.close()
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert said.count(": sends") == 2


def test_a_recording_that_cannot_be_played_is_named_by_its_file(office, tmp_path):
    rows = "".join(f"{at / 50},0,0,9.81\n" for at in range(100))
    (tmp_path / "walk.csv").write_text("time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2\n" + rows)
    problem = office.refused("simulate", "walk.csv")
    assert problem.startswith("imutrack: walk.csv holds acc, but ")
    assert problem.endswith("play another recording, or simulate another wearable (--as)\n")


def test_a_simulation_whose_bus_is_killed_ends_and_says_so(tmp_path):
    need_dbus()
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    words = [*IMUTRACK, "simulate", "--address-file", "address", "--settings-file", "imutrack.toml"]
    simulation = subprocess.Popen(words, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(lambda: (tmp_path / "address").exists() and (tmp_path / "address").read_text())
        [bus] = Path(f"/proc/{simulation.pid}/task/{simulation.pid}/children").read_text().split()
        os.kill(int(bus), signal.SIGKILL)
        _, problem = simulation.communicate(timeout=15)
    finally:
        simulation.kill()
        simulation.wait()
    assert simulation.returncode == 1
    assert (tmp_path / "imutrack.toml").stat().st_mode & 0o777 == 0o600
    assert problem == "imutrack: the simulated Bluetooth service was ended (its dbus-daemon): simulate anew\n"


def _use(folder):
    clinic = Clinic(folder)
    patient = clinic.patient()
    _wait_for(lambda: (folder / "log").read_text().count("streaming") == 2)
    ran = clinic.run("session", "start", patient, "--wear", "1=left_shank")
    assert ran.out == f"session of {patient}: strap 1 on the left lower leg\n"
    ran = clinic.run("task", "start", "--exercise", "heel_slide", "--side", "left", "--force")
    assert (ran.code, ran.out) == (0, "go: heel slide, left\n")
    ran = clinic.run("task", "start", "--exercise", "heel_slide")
    assert (ran.code, ran.err) == (
        2,
        "imutrack: heel slide, left is being done (running): `imutrack task stop` first\n",
    )
    note = clinic.run("note", patient, "--stop")
    assert "stop noted, during heel slide, left" in note.out
    time.sleep(6.0)  # of the set
    stopped = clinic.run("task", "stop").out
    assert stopped.startswith("heel slide, left is stopped, ")
    assert stopped.endswith(f" so far; `imutrack watch` or `imutrack report {patient}` has the result\n")
    assert clinic.run("session", "stop").out == f"session of {patient} is over; free again: strap 1\n"
    _wait_for(lambda: _stored(clinic, patient))


def _stored(clinic, patient):
    with LocalStore.open(clinic.data) as store:
        return store.sets(patient)
