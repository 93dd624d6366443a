"""What must not slip past people: sets that were moved or have no name, stops of patients who are not active."""

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cli.in_process import Office
from imutrack.clinic.pseudonyms import check_number
from imutrack.stores.local import LocalStore
from imutrack.synthetic import SetParams, exercise_set, write_csv
from imutrack.task import LabelSource
from stores.store_builders import BERLIN, task
from stores.store_builders import exercise_set as stored_set

OTTER = "otter-maple-47"
ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"
PLAN = """
therapist = "MB"
affected_side = "left"
start_date = 2026-01-01
goal = "improve"
[[exercise]]
exercise = "long_arc_knee_extension"
sets = 1
reps = 5
days_a_week = 7
on_stop = "Rest, and call the practice."
[[exercise]]
exercise = "heel_slide"
sets = 1
reps = 5
days_a_week = 7
"""


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    made = Office(tmp_path, monkeypatch, capsys)
    made.patient(OTTER)
    return made


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"set{number}.csv" for number in range(2)]
    for number, path in enumerate(paths):
        write_csv(exercise_set(SetParams(reps=5), seed=number).recording, path)
    return paths


def planned(office):
    path = office.data / "plans" / f"{OTTER}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PLAN)
    office.ok("plan", "activate", OTTER, "--by", "MB", "--from", "2026-01-01")


def unnamed(office, days_ago):
    """Store a set that nobody named, done at noon so many days ago; return its local date."""
    noon = datetime.now(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    label = task(OTTER, name="unspecified", side=None, label_source=LabelSource.NONE)
    made = replace(stored_set("abcd-efgh", task=label, start=noon.timestamp()), recording="a" * 64)
    with LocalStore.open(office.data) as store:
        store.replace(made.recording, [made], clinic="clinic", zone=BERLIN)
    return noon.date()


def test_a_file_that_was_another_patients_says_so(office, files):
    office.patient(ZEBRA)
    squat = ("--exercise", "squat", "--side", "both", "--start", "2026-02-02T08:00")
    assert office.run("replay", files[0], "--patient", OTTER, *squat).err == ""
    assert office.run("replay", files[0], "--patient", OTTER, *squat).err == ""
    ran = office.run("replay", files[0], "--patient", ZEBRA, *squat)
    assert ran.code == 0
    assert f"set0.csv: 1 result until now of {OTTER}, from now on of {ZEBRA}: see that this is right" in ran.err


def test_when_the_last_set_of_a_day_is_there_all_names_are_said(office, files):
    planned(office)
    common = ("--patient", OTTER, "--by-plan", "--start")
    first = office.run("replay", files[0], *common, "2026-02-02T08:00")
    assert "1 set found, the plan asks for 2: left without names" in first.err
    last = office.run("replay", files[1], *common, "2026-02-02T08:10")
    assert last.err == ""
    assert re.search(
        rf"{OTTER}, 2026-02-02: named by the plan's order: seated knee extension, left \([\w-]+\); heel slide, left",
        last.out,
    )


def test_of_other_days_nothing_is_said_again_and_without_a_plan_there_is_no_zero(office, files):
    planned(office)
    common = ("--patient", OTTER, "--by-plan", "--start")
    office.run("replay", files[0], *common, "2026-02-02T08:00")
    ran = office.run("replay", files[1], *common, "2025-02-02T08:00")
    assert "2026-02-02" not in ran.err
    assert "1 set found, no plan asks for any on that day: left without names" in ran.err


def test_a_set_without_a_name_is_never_out_of_sight(office):
    unnamed(office, days_ago=40)
    out = office.ok("review")
    assert "1 more set without a name from before" in out
    assert "add --days 41" in out
    assert "nobody said which exercise it was" in office.ok("review", "--days", 41)


def test_a_day_that_has_not_come_yet_is_not_when_a_patient_was_last_seen(office):
    unnamed(office, days_ago=-30)
    assert re.search(rf"{OTTER} +active +\S+ +never", office.ok("patient", "list"))
    day = unnamed(office, days_ago=2)
    assert office.ok("patient", "list").rstrip().endswith(day.isoformat())


def test_a_stop_says_what_the_plan_says_of_it(office):
    planned(office)
    out = office.ok("note", OTTER, "--stop")
    assert "the plan says, on a stop of seated knee extension left: Rest, and call the practice." in out
    assert "the plan says" not in office.ok("note", OTTER, "--pain", 3)


@pytest.mark.parametrize(("command", "status"), [("pause", "paused"), ("discharge", "discharged")])
def test_a_stop_of_a_patient_who_is_not_active_is_seen_all_the_same(office, command, status):
    office.ok("patient", command, OTTER)
    assert f"{OTTER} is {status}: `imutrack today`" in office.ok("note", OTTER, "--stop")
    assert f"{OTTER}  ! {status}, but a stop was reported on" in office.ok("today")
    with LocalStore.open(office.data) as store:
        assert time.time() > store.points("self_report", OTTER)[0].start
