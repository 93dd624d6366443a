"""With a server in the settings, what a command changes arrives there; without an answer nothing is lost."""

import pytest

from cli.in_process import Office

PATIENT = "otter-maple-47"


@pytest.fixture
def office(tmp_path, monkeypatch, capsys, stub):
    stub.make("imutrack")
    stub.make("imutrack/trace")
    made = Office(tmp_path, monkeypatch, capsys)
    settings = tmp_path / "with_server.toml"
    settings.write_text(f'[influx]\nurl = "{stub.url}"\norg = "{stub.org}"\n')
    monkeypatch.setenv("IMUTRACK_CONFIG", str(settings))
    monkeypatch.setenv("IMUTRACK_INFLUX_TOKEN", stub.token)
    made.patient(PATIENT)
    made.ok("sync")
    return made


def counting(stub, name):
    return [point for point in stub.buckets["imutrack"].of(name) if not point["withdrawn"]]


def test_what_a_command_changes_is_on_the_server_when_it_ends(office, stub):
    office.ok("note", PATIENT, "--pain", "4", "--when", "worst")
    assert [point["pain"] for point in counting(stub, "self_report")] == [4]
    assert counting(stub, "patient_day")[-1]["worst_pain_7d"] == 4


def test_a_server_that_is_away_loses_nothing_and_is_said_in_one_line(office, stub, tmp_path):
    with stub.away():
        ran = office.run("note", PATIENT, "--pain", "4")
        assert ran.code == 0
        assert "wait for InfluxDB, none is lost" in ran.err
    office.ok("sync")
    assert [point["pain"] for point in counting(stub, "self_report")] == [4]


def test_erase_reaches_the_server_and_forgets_whom(office, stub):
    office.ok("note", PATIENT, "--pain", "4")
    office.run("erase", PATIENT, "--yes")
    assert not any(point.get("patient") == PATIENT for name in ("self_report", "patient_day")
                   for point in stub.buckets["imutrack"].of(name))  # fmt: skip
