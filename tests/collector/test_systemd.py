"""The unit file: what the collector relies on, and what systemd itself says of it where it is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "collectors" / "systemd"
UNIT = FOLDER / "imutrack-collector.service"
README = (FOLDER / "README.md").read_text(encoding="utf-8")

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def directives():
    """Name -> all values, in order."""
    found = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("Wants", "bluetooth.service time-sync.target"),
        ("After", "bluetooth.service time-sync.target"),
        ("OOMPolicy", "continue"),
        ("User", "imutrack"),
        ("StateDirectory", "imutrack"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),  # wrong settings; see `imutrack.cli`
        ("StartLimitIntervalSec", "0"),
        ("WatchdogSec", "30"),
        ("TimeoutStopSec", "10"),
        ("LimitCORE", "0"),
        ("CapabilityBoundingSet", ""),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"),
        ("WantedBy", "multi-user.target"),
    ],
)
def test_the_unit_says(name, value):
    assert directives()[name] == [value]


def test_only_the_system_calls_of_services_are_allowed():
    assert directives()["SystemCallFilter"][0] == "@system-service"


def test_data_are_where_the_service_may_write():
    said = directives()
    assert "IMUTRACK_DATA_DIR=%S/imutrack" in said["Environment"][0].split()
    assert said["WorkingDirectory"] == ["%S/imutrack"]


@needs_systemd
def test_systemd_has_nothing_against_the_unit(tmp_path):
    text = re.sub(
        r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    copy = tmp_path / UNIT.name
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_little_of_the_machine_is_exposed():
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(UNIT)]  # 2.0 of 10
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "nrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot look at a file")
    assert done.returncode == 0, done.stdout


def test_the_readme_names_what_the_unit_uses():
    said = directives()
    program = said["ExecStart"][0].split()[0]
    assert program in README
    assert said["EnvironmentFile"][0].lstrip("-") in README
    assert UNIT.name in README
    assert re.findall(r"IMUTRACK_CONFIG=(\S+)", said["Environment"][0])[0] in README
