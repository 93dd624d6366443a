"""With a server in the settings, what a command changes arrives there; without an answer nothing is lost."""

import os
import zlib

import pytest
from msgspec.structs import replace

from cli.in_process import Office
from imutrack.influx import Access, InfluxSettings, Token
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from influx.faulty import Answer, Cut

PATIENT = "otter-maple-47"


@pytest.fixture
def office(tmp_path, monkeypatch, capsys, stub):
    stub.make("imutrack")
    stub.make("imutrack/trace")
    made = Office(tmp_path, monkeypatch, capsys)
    settings = tmp_path / "with_server.toml"
    settings.write_text(f'[influx]\nurl = "{stub.url}"\norg = "{stub.org}"\nquota_mb = 1\n')
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
        assert ran.err.count("\n") == 1
        assert "kept, as not all could be sent (no answer" in ran.err
        assert "none is lost" in ran.err
    office.ok("sync")
    assert [point["pain"] for point in counting(stub, "self_report")] == [4]


def test_erase_reaches_the_server_and_forgets_whom(office, stub):
    office.ok("note", PATIENT, "--pain", "4")
    office.run("erase", PATIENT, "--yes")
    assert not any(point.get("patient") == PATIENT for name in ("self_report", "patient_day")
                   for point in stub.buckets["imutrack"].of(name))  # fmt: skip


@pytest.mark.parametrize("fault", [Answer(503, "busy"), Cut(stored=False)], ids=str)
def test_a_command_asks_a_server_that_takes_nothing_once(office, stub, fault):
    stub.then(*[fault] * 9)
    before = len(stub.writes)
    assert "none is lost" in office.run("note", PATIENT, "--pain", "4").err
    assert len(stub.writes) == before + 1


def test_settings_of_a_server_that_cannot_be_are_said_before_anything_is_kept(office, tmp_path):
    (tmp_path / "with_server.toml").write_text('[influx]\nurl = "influx.example.org"\n')
    ran = office.run("note", PATIENT, "--pain", "4")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    with LocalStore.open(tmp_path / "data", create=False) as store:
        assert not store.points("self_report", PATIENT)


def test_without_the_server_in_the_settings_what_waits_is_said_until_it_is_switched_off(office, stub, tmp_path):
    (tmp_path / "with_server.toml").write_text('clinic = "clinic"\n')
    assert "run imutrack influx off" in office.run("note", PATIENT, "--pain", "4").err
    assert "no changes are kept for InfluxDB any more" in office.ok("influx", "off")
    ran = office.run("note", PATIENT, "--pain", "5")
    assert (ran.code, ran.err) == (0, "")
    with LocalStore.open(tmp_path / "data", create=False) as store:
        assert not outbox.waiting(store).batches


def test_it_is_not_switched_off_while_somebody_is_still_to_be_erased_there(office, stub):
    office.ok("note", PATIENT, "--pain", "4")
    with stub.away():
        office.run("erase", PATIENT, "--yes")
    ran = office.run("influx", "off")
    assert ran.code == 2
    assert "must still be erased on the server" in ran.err


def test_what_the_server_refuses_is_said_by_the_command_that_sent_it(office, stub):
    stub.buckets["imutrack"].write(b"patient_day level=1.5 1\n")  # an int here
    ran = office.run("note", PATIENT, "--pain", "4")
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert "set aside, as the server refused them: run imutrack doctor" in ran.err


def test_a_pseudonym_that_may_still_be_on_the_server_after_a_renaming_is_said(office, stub):
    office.ok("note", PATIENT, "--pain", "4")
    ran = office.run("patient", "rename", PATIENT)
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert (
        "1 pseudonym erased or renamed here, not known to be gone from the server" in ran.err
    )  # the stub counts nothing


def test_a_command_does_not_wait_as_long_for_an_answer_as_the_settings_say():
    settings = InfluxSettings(url="http://localhost:8086", timeout_s=600.0)
    asked = Access(settings, Token("secret"))
    assert asked.within(5.0) == Access(replace(settings, timeout_s=5.0), asked.token)
    assert asked.within(700.0) == asked


@pytest.mark.parametrize("command", [("note", PATIENT, "--pain", "4"), ("sync", "--wait", "0")])
def test_after_every_command_no_more_waits_than_may(office, stub, command):
    with LocalStore.open(office.data) as store, store.database.transaction() as connection:
        for _ in range(3):
            connection.execute(
                "INSERT INTO outbox (trace, points, lines) VALUES (1, 700, ?)", (zlib.compress(os.urandom(400_000)),)
            )
    with stub.away():
        ran = office.run(*command)
    assert "700 points of curves dropped, as more waits than quota_mb allows; results are all kept" in ran.err
