"""``imutrack collect``, ``session`` and ``task`` as somebody new meets them: one clear line for whatever is wrong."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cli.command_line import IMUTRACK, Clinic
from cli.in_process import Office
from imutrack.cli import collect
from imutrack.collector.sessions.told import SERVICE_AWAY
from imutrack.sources.radio import Seen

STRAP = '[[strap]]\nlabel = "1"\nwearable = "movella-dot"\naddress = "C0:00:5E:00:00:01"\n'


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


def settings(folder, text):
    (folder / "imutrack.toml").write_text(text)


def test_without_straps_it_says_what_to_write(office, tmp_path):
    settings(tmp_path, 'clinic = "clinic"\n')
    assert "names no strap: write [[strap]]" in office.refused("collect")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (STRAP.replace("movella-dot", "movella"), "strap 1: no wearable 'movella': known are"),
        (STRAP + STRAP, "two [[strap]] have the same label"),
        (STRAP.replace("C0:00", "C0-00"), "its address is not one"),
        ('[collector]\nhealth = "0.0.0.0:9464"\n' + STRAP, "it answers on this machine only"),
        ('[collector]\nadaptor = "hci0"\n' + STRAP, "no setting 'adaptor': did you mean adapter? known are adapter,"),
        ("[pain]\nambre = 3\n" + STRAP, "[pain] has no limit 'ambre'"),
        ("[triage]\nno_such_limit = 3\n" + STRAP, "[triage] has no limit 'no_such_limit'"),
        ('[influx]\nulr = "http://127.0.0.1:8086"\n' + STRAP, "[influx]: "),
    ],
)
def test_settings_that_cannot_be_are_refused_with_and_without_a_check(office, tmp_path, text, problem):
    settings(tmp_path, text)
    assert problem in office.refused("collect", "--check")
    assert problem in office.refused("collect")


def test_a_check_says_what_would_be_done_and_no_address(office, tmp_path):
    settings(tmp_path, STRAP)
    said = office.ok("collect", "--check")
    assert "strap 1: Movella (Xsens) DOT" in said
    assert "C0:00" not in said


@pytest.mark.parametrize(
    "words",
    [
        ("session", "start", "otter-maple-47", "--wear", "1=left_shank"),
        ("session", "wear", "--wear", "1=left_shank"),
        ("session", "stop"),
        ("task", "start"),
        ("task", "stop"),
        ("watch",),
    ],
    ids=" ".join,
)
def test_where_no_collector_runs_each_command_says_so(office, words):
    assert office.refused(*words).endswith("collector.sock: no collector runs here: start imutrack collect\n")


def test_a_command_to_the_collector_loads_no_numerics(tmp_path):
    code = (
        "import sys; from imutrack.cli import session; from imutrack.errors import SettingsError\n"
        "try: session.session_stop()\n"
        "except SettingsError: print(sorted({'numpy', 'scipy', 'bleak', 'asyncio'} & set(sys.modules)))"
    )
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout == "[]\n"


def test_on_a_machine_without_bluetooth_it_waits_says_so_and_ends_when_told(tmp_path):
    settings(tmp_path, '[collector]\nhealth = ""\n' + STRAP)
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={tmp_path}/no-bus"
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([*IMUTRACK, "collect"], env=environment, cwd=tmp_path, stderr=out, stdout=out)
    _wait_for(lambda: b"no Bluetooth service" in log.read_bytes() and (tmp_path / "data" / "collector.sock").exists())
    clinic = Clinic(tmp_path)
    ran = clinic.run("session", "start", "otter-maple-47", "--wear", "1=left_shank")
    assert ran.code == 2
    assert ran.err.startswith("imutrack: no patient")
    patient = clinic.patient()
    assert (
        "no strap '9': imutrack.toml names 1" in clinic.run("session", "start", patient, "--wear", "9=left_shank").err
    )
    ran = clinic.run("session", "start", patient, "--wear", "1=left_shank")
    assert ran.code == 0
    assert f"strap 1 does not send yet: {SERVICE_AWAY}" in ran.out
    ran = clinic.run("task", "start", "--exercise", "heel_slide", "--side", "left")
    assert ran.code == 2
    assert ran.err == f"imutrack: strap 1 does not send: {SERVICE_AWAY}\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert "waiting for it" in log.read_text()
    assert "Traceback" not in log.read_text()
    assert len(list((tmp_path / "data" / "captures").glob("*.mcap"))) == 1


def test_a_scan_without_bluetooth_blames_that_and_no_wearable(tmp_path):
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={tmp_path}/no-bus"
    ran = subprocess.run(
        [*IMUTRACK, "scan", "--for", "1"], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.endswith(f"imutrack: {SERVICE_AWAY}\n")


@pytest.mark.parametrize("words", [("collect",), ("scan", "--for", "1")], ids=" ".join)
def test_an_address_of_the_bus_that_cannot_be_one_is_named(tmp_path, words):
    settings(tmp_path, '[collector]\nhealth = ""\n' + STRAP)
    environment = {**os.environ, "IMUTRACK_DATA_DIR": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path)}
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = "rubbish"
    ran = subprocess.run(
        [*IMUTRACK, *words], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False, timeout=30
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == (
        "imutrack: DBUS_SYSTEM_BUS_ADDRESS is no address of a bus (address did not contain a transport): correct it, "
        "or leave it out of the environment"
    )


def seen(number, name, rssi_dbm):
    return Seen(f"C0:00:5E:00:00:0{number}", name, rssi_dbm, frozenset(), frozenset(), 0.0)


def test_a_scan_numbers_what_is_new_and_says_which_the_settings_have(office, tmp_path, monkeypatch):
    settings(tmp_path, STRAP + '[[strap]]\nlabel = "belt"\nwearable = "movella-dot"\nname = "Movella DOT 9"\n')
    near = [seen(1, "Movella DOT", -40), seen(2, "Movella DOT", -50), seen(3, "movella dot", -60)]

    async def look(_adapter, _seconds):
        return [*near, seen(4, "MOVELLA dot 9", -70), seen(5, "a television", -30)]

    monkeypatch.setattr(collect, "_look", look)
    lines = office.ok("scan").splitlines()
    assert [line for line in lines if line.startswith("label")] == [
        'label = "2"  # what is written on it',
        'label = "3"  # what is written on it',
    ]
    assert [line for line in lines if line.startswith("address")] == [
        f'address = "{each.address}"' for each in near[1:]
    ]
    assert lines[0].startswith("# Movella DOT, -40 dBm: strap 1 of ")
    assert lines[0].endswith("imutrack.toml")
    assert any(line.startswith("# MOVELLA dot 9, -70 dBm: strap belt of ") for line in lines)
    settings(tmp_path, STRAP + '[[strap]]\nlabel = "2"\nwearable = "movella-dot"\naddress = "..."\n')
    said = office.ok("scan", "--all")
    assert said.startswith("# not known which of these the settings have: ")
    assert said.count("[[strap]]") == 5


def _wait_for(what, within_s: float = 20.0) -> None:
    by_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < by_s
        time.sleep(0.05)
