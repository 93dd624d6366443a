"""`imutrack patient` as the desk of a clinic uses it."""

import json
import stat
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cli.in_process import Office
from imutrack.clinic.names import Names
from imutrack.clinic.pseudonyms import check_number
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, exercise_set, task

OTTER = "otter-maple-47"
ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


def today():
    return datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()


def test_a_name_stays_in_the_names_file_and_out_of_everything_else(office):
    patient = office.patient("--name", "Jane Smith", "--birth-year", "1958", "--contact", "0170 123456")
    assert office.ok("patient", "list").split()[-4:] == [patient, "active", today(), "never"]
    assert "Jane" not in office.ok("patient", "list", "--json")
    assert b"Jane" not in (office.data / "imutrack.sqlite3").read_bytes()
    assert stat.S_IMODE((office.data / "names.json").stat().st_mode) == 0o600
    assert Names.open(office.data).get(patient).birth_year == 1958


def test_a_name_can_be_typed_where_no_shell_remembers_it(office):
    patient = office.ok("patient", "add", "--name", "-", "--contact", "-", typed="Jane Smith\n0170 1\n").strip()
    person = Names.open(office.data).get(patient)
    assert (person.name, person.contact, person.birth_year) == ("Jane Smith", "0170 1", None)
    assert "nothing was changed" in office.refused("patient", "add", "--name", "-")


def test_nobody_is_registered_where_the_name_is_refused(office):
    office.patient(OTTER)
    assert "--birth-year 1758" in office.refused("patient", "add", "--birth-year", "1758")
    assert len(office.run("patient", "list", "--json").lines) == 1


def test_a_name_can_be_changed_and_taken_out(office):
    patient = office.patient("--name", "Jane Smith")
    office.ok("patient", "name", patient, "--name", "Jane Miller", "--birth-year", "1958")
    assert Names.open(office.data).get(patient).name == "Jane Miller"
    office.ok("patient", "name", patient, "--name", "", "--birth-year", "")
    assert Names.open(office.data).get(patient) is None
    assert "say what to note" in office.refused("patient", "name", patient)
    assert "no patient zebra" in office.refused("patient", "name", "zebra", "--name", "x")


def test_the_list_for_the_desk_has_the_names_in_order_and_says_that_it_does(office):
    office.patient(ZEBRA, "--name", "Anna Ångström")
    office.patient(OTTER, "--name", "Zoe Young", "--birth-year", "1990", "--contact", "0170 1")
    unnamed = office.patient()
    office.ok("patient", "pause", OTTER)
    listed = office.ok("patient", "list", "--print")
    assert "This page holds names: keep it locked away" in listed
    rows = [line.split() for line in listed.splitlines()[6:]]
    assert [row[-2] if row[-1] in {"active", "paused"} else row[2] for row in rows] == [ZEBRA, OTTER, unnamed]
    assert rows[1] == ["Zoe", "Young", OTTER, "paused", "1990", "0170", "1"]
    assert "leave out --json" in office.refused("patient", "list", "--print", "--json")


def test_the_list_for_the_desk_fits_a_page_whatever_a_name_and_shows_names_of_nobody(office):
    office.patient(OTTER, "--name", "Maximiliane-Katharina " * 4, "--contact", "first floor, left, ring twice " * 5)
    Names.open(office.data).set(ZEBRA, name="Left Behind")
    listed = office.ok("patient", "list", "--print")
    assert max(map(len, listed.splitlines())) <= 78
    assert listed.count("Maximiliane-Katharina") == 4
    assert listed.count("ring twice") + listed.count("ring\n") >= 1
    [left] = [line for line in listed.splitlines() if ZEBRA in line]
    assert "not registered" in left
    assert "Left Behind" not in office.ok("patient", "list", "--print", "--status", "active")


def test_patients_are_listed_by_status_with_the_day_they_were_last_seen(office):
    active, paused, gone = office.patient(), office.patient(), office.patient()
    office.ok("patient", "pause", paused, "--from", "2026-01-05")
    out = office.ok("patient", "discharge", gone)
    assert f"{gone}: discharged from {today()}" in out
    assert f"`imutrack erase {gone}`" in out
    with LocalStore.open(office.data) as store:
        done = exercise_set(start=1_772_000_000.0, task=task(paused))
        store.replace(done.recording, [done], clinic="clinic", zone=BERLIN)
    lines = {line["patient"]: line for line in office.run("patient", "list", "--json").lines}
    assert lines[active] == {"patient": active, "status": "active", "since": today(), "last_seen": None}
    assert lines[paused] == {
        "patient": paused,
        "status": "paused",
        "since": "2026-01-05",
        "last_seen": "2026-02-25",
    }
    for status, who in (("active", active), ("paused", paused), ("discharged", gone)):
        [line] = office.run("patient", "list", "--status", status, "--json").lines
        assert line["patient"] == who
    assert "use one of active, paused, discharged, all" in office.refused("patient", "list", "--status", "ill")


def test_a_status_that_does_not_hold_yet_or_no_longer_says_what_holds_today(office):
    patient = office.patient()
    later = office.ok("patient", "pause", patient, "--from", "2199-01-05")
    assert f"{patient}: paused from 2199-01-05" in later
    assert f"Today {patient} is active, since {today()}." in later
    office.ok("patient", "pause", patient, "--from", "2026-01-10")
    assert "is paused, since 2026-01-10" in office.ok("patient", "resume", patient, "--from", "2026-01-08")
    assert "Today" not in office.ok("patient", "resume", patient)
    assert "write a day as" in office.refused("patient", "pause", patient, "--from", "yesterday")
    assert "no patient" in office.refused("patient", "pause", ZEBRA)


def test_a_list_with_nobody_in_it_says_so(office):
    assert "no patients yet: imutrack patient add" in office.ok("patient", "list")
    office.patient()
    assert "nobody is paused (1 patient)" in office.ok("patient", "list", "--status", "paused")


def test_another_pseudonym_holds_everywhere_and_the_old_one_is_nowhere(office):
    office.patient(OTTER, "--name", "Jane Smith")
    with LocalStore.open(office.data) as store:
        done = exercise_set(start=time.time() - 86_400)
        store.replace(done.recording, [done], clinic="clinic", zone=BERLIN)
    office.ok("plan", "new", OTTER, "--from", "knee_replacement", "--side", "left")
    office.ok("report", OTTER)
    office.ok("report", OTTER, "--for", "patient")
    export = office.data / "exports" / f"{OTTER}-csv"
    export.mkdir(parents=True)
    (export / "rep.csv").write_text(f"patient\n{OTTER}\n")
    out = office.ok("patient", "rename", OTTER, ZEBRA)
    assert f"{OTTER} is {ZEBRA} from now on; 4 files renamed or rewritten" in out
    assert OTTER.encode() not in office.every_byte()
    assert not [path for path in office.data.rglob("*") if OTTER in path.name]
    assert Names.open(office.data).get(ZEBRA).name == "Jane Smith"
    assert (office.data / "plans" / f"{ZEBRA}.toml").exists()
    assert (office.data / "exports" / f"{ZEBRA}-csv" / "rep.csv").read_text() == f"patient\n{ZEBRA}\n"
    assert ZEBRA in (office.data / "reports" / f"{ZEBRA}-for-patient.html").name
    assert office.run("patient", "list", "--json").lines[0]["last_seen"] is not None


def test_a_pseudonym_is_made_where_none_is_given_and_a_taken_one_changes_nothing(office):
    office.patient(OTTER, "--name", "Jane Smith")
    office.patient(ZEBRA)
    before = office.ok("patient", "list", "--print")
    assert "is registered already" in office.refused("patient", "rename", OTTER, ZEBRA)
    assert "is no pseudonym" in office.refused("patient", "rename", OTTER, "Jane")
    assert office.ok("patient", "list", "--print") == before
    made = office.ok("patient", "rename", OTTER).split()[2]
    assert json.loads((office.data / "names.json").read_text())[made] == {"name": "Jane Smith"}


def test_a_renaming_that_fails_half_way_is_taken_back(office):
    office.patient(OTTER, "--name", "Jane Smith")
    office.ok("plan", "new", OTTER)
    (office.data / "plans" / f"{ZEBRA}.toml").mkdir()  # in the way
    ran = office.run("patient", "rename", OTTER, ZEBRA)
    assert ran.code == 1
    assert "could not be renamed" in ran.err
    assert [line["patient"] for line in office.run("patient", "list", "--json").lines] == [OTTER]
    assert Names.open(office.data).get(OTTER).name == "Jane Smith"
    assert (office.data / "plans" / f"{OTTER}.toml").is_file()
