"""A set that two straps saw is one set for everybody: the plan, the day, the verdict, the report, the record.

And a stance on one leg is that leg's, for everybody.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from imutrack import config
from imutrack.clinic.export import records
from imutrack.clinic.loading import load
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import activate
from imutrack.clinic.rollup import refresh
from imutrack.clinic.verdicts import courses
from imutrack.collector.sessions.asking_the_clinic import clinic_of
from imutrack.report.gather import gather
from imutrack.stores.local import LocalStore
from imutrack.task import Side, TaskKind
from stores.store_builders import BERLIN, OTTER, START, exercise_set, plan_text, stance, task

TODAY = date(2026, 2, 25)
NOW = datetime(2026, 2, 25, 20, 0, tzinfo=UTC).timestamp()
BEND = task(name="trunk_flexion", side=Side.BOTH, start_s=10.0, stop_s=50.0)
UPPER = exercise_set("aaaa-0001", task=BEND, placement="t12", reps=10, rom_best3_deg=60.0)
LOWER = replace(UPPER, set_id="bbbb-0001", placement="sacrum", rom_best3_deg=30.0)
PLAN = plan_text('exercise = "trunk_flexion"\nside = "both"\nplacement = "t12"\nsets = 2\nreps = 10')


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path) as found:
        Patients(found).add(OTTER, START)
        yield found


def settings(store):
    return config.load(data=store.database.path.parent, tz="Europe/Berlin")


def put(store, *results):
    store.replace(results[0].recording, results, clinic="clinic", zone=BERLIN)


def done_today(store):
    return list(clinic_of(settings(store), lambda: NOW).done_today(OTTER))


def test_one_of_two_planned_sets_is_done_and_its_repetitions_are_counted_once(store):
    activate(store, OTTER, PLAN, "MB", TODAY, START, clinic="clinic", zone=BERLIN)
    put(store, UPPER, LOWER)
    refresh(store, settings(store), NOW)
    assert done_today(store) == [("trunk_flexion", "both")]
    (day,) = store.points("patient_day", OTTER)
    assert {name: day.fields[name] for name in ("sets", "sets_due", "sets_7d", "reps_pct_7d")} == {
        "sets": 1,
        "sets_due": 2,
        "sets_7d": 1,
        "reps_pct_7d": 50.0,
    }
    assert day.fields["exercise_minutes_month"] == pytest.approx(0.7)


def test_the_range_of_one_strap_is_followed_and_the_report_shows_one_set(store):
    put(store, UPPER, LOWER)
    history = load(store, Patients(store).get(OTTER), BERLIN)
    assert [(each.way[1], len(each.occasions)) for each in courses(history, TODAY)] == [("t12", 1)]
    found = gather(store, OTTER, None, None, TODAY, zone=BERLIN)
    assert ([each.set_id for each in found.sets], found.case.aside) == (["aaaa-0001"], ())


def test_two_sways_of_one_stance_are_no_two_trials(store):
    put(store, stance(placement="lumbar"), stance("bbbb-0002", placement="sacrum"))
    history = load(store, Patients(store).get(OTTER), BERLIN)
    assert [each.occasions[0].count for each in courses(history, TODAY)] == [1]


def test_the_record_has_the_other_view_among_what_is_not_to_be_used(store):
    put(store, UPPER, LOWER)
    found = records.gather(store, OTTER).of_kind("exercise_set")
    assert {row.text("set_id"): row.fields["withdrawn"] for row in found} == {"aaaa-0001": False, "bbbb-0001": True}


def single_leg(set_id, side, at):
    said = task(kind=TaskKind.STANCE, name="single_leg_eyes_open", side=side)
    return stance(set_id, task=said, recording=at * 64, start=START + ord(at))


def test_the_leg_of_a_stance_is_known_to_the_plan_the_verdict_and_the_report(store):
    put(store, single_leg("aaaa-0001", Side.RIGHT, "a"))
    put(store, single_leg("bbbb-0001", Side.LEFT, "b"))
    assert done_today(store) == [("single_leg_eyes_open", "right"), ("single_leg_eyes_open", "left")]
    history = load(store, Patients(store).get(OTTER), BERLIN)
    assert [each.side for each in courses(history, TODAY)] == ["left", "right"]
    refresh(store, settings(store), NOW)
    assert {row.text("side") for row in store.points("change", OTTER)} == {"left", "right"}
    found = gather(store, OTTER, None, None, TODAY, zone=BERLIN)
    assert [each.side for each in found.stances] == ["right", "left"]


def test_a_side_that_was_typed_for_a_stance_on_both_legs_says_nothing(store):
    put(store, stance(task=task(kind=TaskKind.STANCE, name="eyes_open", side=Side.LEFT)))
    assert done_today(store) == [("eyes_open", None)]
