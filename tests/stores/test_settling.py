"""Rows are held against the plan in force, and sets are named by its order, whenever plan and sets come."""

from dataclasses import replace
from datetime import date

import pytest

from imutrack.clinic.patients import Patients
from imutrack.clinic.plans.book import put_in_force
from imutrack.corrections import Correction
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.stores.plans import add_version, days_that_do_not_fit
from imutrack.stores.targets import PlannedItem, Target, in_force, in_order, target_of
from imutrack.task import UNSPECIFIED, LabelSource, Side
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    START,
    check_settled,
    content,
    exercise_set,
    plan_text,
    relabelled,
    rep,
    stance,
)

RECORDING, OTHER = "r" * 64, "q" * 64
BEFORE, DAY, AFTER = date(2026, 2, 24), date(2026, 2, 25), date(2026, 2, 26)
CALF = 'exercise = "calf_raise"\nside = "left"\nreps = 10\nrom_target_deg = 83'
LIMITED = 'exercise = "calf_raise"\nlimit = { rom_deg = 82, approved_by = "MB", date = 2026-01-01 }'
TWO = plan_text('exercise = "heel_slide"\nsets = 2', 'trial = "eyes_closed"', 'exercise = "squat"\nside = "both"')


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened
        check_settled(opened)


def put(store, *results, recording=RECORDING):
    return store.replace(recording, results, clinic="clinic", zone=BERLIN)


def say(store, set_id, at_ns=1, **what):
    correction = Correction(set_id=set_id, at_ns=at_ns, by="MB", why="seen", **what)
    return correct(store, correction, clinic="clinic", zone=BERLIN)


def ask(store, text, *, day=BEFORE, at=1.0, patient=OTTER):
    add_version(store, patient, day, START + at, "MB", text)
    return put_in_force(store, patient, clinic="clinic", zone=BERLIN)


def calf(set_id="aaaa-0001", **more):
    return relabelled(exercise_set(set_id, **more), name="calf_raise")


def unnamed(number, patient=OTTER, **more):
    """A set to be named by the plan's order, minutes after the one with the number before."""
    result = exercise_set(f"aaaa-000{number}", start=START + 120.0 * number, **more)
    return relabelled(result, patient=patient, name=UNSPECIFIED, side=None, label_source=LabelSource.PLAN)


def names(store, patient=OTTER):
    return [row.text("exercise") for row in store.sets(patient)]


def item(exercise="squat", number=1, version=1, from_date=DAY, side=None, sets=1, **more):
    return PlannedItem(
        version=version, from_date=from_date, item=number, exercise=exercise, side=side, sets=sets, **more
    )


@pytest.mark.parametrize("plan_first", [True, False])
def test_a_set_is_held_against_the_plan_whichever_comes_first(store, plan_first):
    steps = [lambda: ask(store, plan_text(CALF)), lambda: put(store, calf())]
    for step in steps if plan_first else steps[::-1]:
        step()
    (row,) = store.sets(OTTER)
    assert (row.count("plan_version"), row.count("reps_target"), row.number("rom_target_deg")) == (1, 10, 83.0)
    assert row.text("therapist") == "MB"
    assert row.count("reps_in_range") == 2  # of 81, 82 and 83 deg, two reach 83 within the error of 1.5 deg
    assert row.count("reps_beyond_limit") is None


def test_a_limit_is_passed_by_what_was_measured_without_allowance(store):
    put(store, calf())
    ask(store, plan_text(LIMITED))
    (row,) = store.sets(OTTER)
    assert (row.number("rom_limit_deg"), row.count("reps_beyond_limit"), row.count("reps_in_range")) == (82.0, 1, None)


@pytest.mark.parametrize(("asked", "beyond"), [("wrist", 1), ("forearm", 1), ("upper_arm", None), (None, 1)])
def test_the_degrees_of_a_plan_are_those_of_the_segment_where_it_wants_the_sensor(asked, beyond):
    said = Target(1, 10, 60.0, 82.0, asked).values(calf())
    assert (said["reps_beyond_limit"], said["rom_limit_deg"]) == (beyond, beyond and 82.0)
    assert said["reps_in_range"] == (beyond and 3)


def test_a_limit_that_nobody_approved_is_none(store):
    put(store, calf())
    ask(store, plan_text('exercise = "calf_raise"\nlimit = { rom_deg = 82 }'))
    assert store.sets(OTTER)[0].number("rom_limit_deg") is None


def test_repetitions_without_a_range_are_in_no_count_of_ranges():
    target = Target(1, 10, 60.0, 80.0)
    without = exercise_set(reps_detail=(rep(1, 14.0, rom_deg=None), rep(2, 18.0)))
    assert (target.values(without)["reps_in_range"], target.values(without)["reps_beyond_limit"]) == (1, 1)
    nothing = target.values(exercise_set(reps=0))
    assert (nothing["reps_in_range"], nothing["reps_beyond_limit"]) == (None, None)


def test_the_version_in_force_is_the_last_to_begin_and_of_one_day_the_last_to_be_activated(store):
    put(store, calf())
    ask(store, plan_text(CALF), day=BEFORE, at=1)
    ask(store, plan_text(CALF.replace("83", "60")), day=DAY, at=3)
    ask(store, plan_text(CALF.replace("83", "70")), day=AFTER, at=4)
    assert store.sets(OTTER)[0].number("rom_target_deg") == 60.0
    ask(store, plan_text(CALF.replace("83", "65")), day=DAY, at=2)  # activated before the one of that day
    row = store.sets(OTTER)[0]
    assert (row.number("rom_target_deg"), row.count("plan_version")) == (60.0, 3)


def test_a_plan_asks_nothing_before_its_first_day_and_of_other_exercises(store):
    put(store, calf(), relabelled(exercise_set("aaaa-0002", start=START + 60), name="squat"), stance("aaaa-0003"))
    ask(store, plan_text(CALF), day=AFTER)
    assert [row.count("plan_version") for row in store.sets(OTTER)] == [None, None]
    ask(store, plan_text(CALF), day=DAY)
    assert [(row.count("plan_version"), row.count("reps_target")) for row in store.sets(OTTER)] == [(1, 10), (1, None)]


def test_the_plan_of_one_patient_does_not_touch_another(store):
    put(store, calf())
    before = content(store)["exercise_set"]
    ask(store, plan_text(CALF), patient=PANDA)
    assert content(store)["exercise_set"] == before


def test_the_same_plan_again_writes_no_row_of_a_result(store):
    put(store, calf(), unnamed(2))
    ask(store, plan_text(CALF))
    before = store.database.connection.total_changes
    put_in_force(store, OTTER, clinic="clinic", zone=BERLIN)
    assert store.database.connection.total_changes == before


def test_a_set_that_is_moved_is_held_against_the_other_patients_plan(store):
    put(store, calf())
    ask(store, plan_text(CALF))
    ask(store, plan_text(CALF.replace("83", "60")), patient=PANDA)
    say(store, "aaaa-0001", patient=PANDA)
    assert store.sets(PANDA)[0].number("rom_target_deg") == 60.0
    say(store, "aaaa-0001", at_ns=2, undo=True)
    assert store.sets(OTTER)[0].number("rom_target_deg") == 83.0


def test_another_side_is_held_against_the_item_of_that_side():
    items = [item("squat", 1, side="left", reps=5), item("squat", 2, side="right", reps=6)]
    assert [target_of(items, "squat", side).reps for side in (Side.LEFT, Side.RIGHT)] == [5, 6]
    assert target_of(items, "squat", None) == Target(1)  # which of the two was done is not known
    assert target_of(items[:1], "squat", None).reps == 5
    assert target_of([item("squat", side="both", reps=7)], "squat", Side.LEFT).reps == 7
    assert target_of([], "squat", None) is None


def test_the_items_in_force_are_in_the_plans_order_whatever_the_order_they_are_read_in():
    items = [item("squat", 2), item("calf_raise", 1), item("bridge", 1, version=2, from_date=AFTER)]
    assert [each.exercise for each in in_force(items, DAY)] == ["calf_raise", "squat"]
    assert [each.exercise for each in in_force(items, AFTER)] == ["bridge"]
    assert in_force(items, BEFORE) == ()


@pytest.mark.parametrize("plan_first", [True, False])
def test_as_many_sets_as_the_plan_asks_for_are_named_in_its_order(store, plan_first):
    steps = [lambda: ask(store, TWO), lambda: put(store, *(unnamed(number) for number in (3, 1, 2)))]
    for step in steps if plan_first else steps[::-1]:
        step()
    assert names(store) == ["heel_slide", "heel_slide", "squat"]
    assert [row.text("side") for row in store.sets(OTTER)] == ["left", "left", "both"]
    assert {row.text("label_source") for row in store.sets(OTTER)} == {"plan"}
    assert days_that_do_not_fit(store, OTTER) == []
    assert store.result("aaaa-0003").result.task.name == "squat"


def test_with_a_set_more_or_less_than_the_plan_asks_for_none_is_named_and_the_day_is_told(store):
    ask(store, TWO)
    put(store, unnamed(1), unnamed(2))
    assert names(store) == [UNSPECIFIED] * 2
    assert days_that_do_not_fit(store, OTTER) == [(DAY, 2, 3)]
    put(store, unnamed(3), recording=RECORDING)
    put(store, unnamed(4, recording=OTHER), unnamed(5, recording=OTHER), recording=OTHER)
    assert names(store) == ["heel_slide", "heel_slide", "squat"]
    put(store, recording=RECORDING)
    assert names(store) == [UNSPECIFIED] * 2


def test_sets_of_files_that_overlap_in_time_have_no_known_order_and_no_names(store):
    ask(store, TWO)
    for number, recording in enumerate((RECORDING, OTHER, "p" * 64), 1):
        result = unnamed(number, recording=recording, duration_s=40.0)
        put(store, replace(result, start=START), recording=recording)  # three files with one time
    assert names(store) == [UNSPECIFIED] * 3
    assert days_that_do_not_fit(store, OTTER) == [(DAY, 3, 3)]


def test_sets_of_other_days_other_patients_and_with_a_name_do_not_count_in_the_order(store):
    ask(store, TWO)
    other_day = relabelled(exercise_set("aaaa-0007", start=START + 86_400), name=UNSPECIFIED)
    other_day = relabelled(other_day, label_source=LabelSource.PLAN)
    put(store, *(unnamed(number) for number in (1, 2, 3)), other_day, unnamed(4, PANDA), calf("aaaa-0008"))
    assert names(store)[:4] == ["calf_raise", "heel_slide", "heel_slide", "squat"]
    assert days_that_do_not_fit(store, OTTER) == [(AFTER, 1, 3)]
    assert days_that_do_not_fit(store, PANDA) == [(DAY, 1, 0)]


def test_a_set_that_is_set_aside_or_moved_leaves_its_place_in_the_order(store):
    ask(store, TWO)
    put(store, *(unnamed(number) for number in (1, 2, 3, 4)))
    assert names(store) == [UNSPECIFIED] * 4
    say(store, "aaaa-0002", void=True)
    assert names(store) == ["heel_slide", "heel_slide", "squat"]
    say(store, "aaaa-0002", at_ns=2, undo=True)
    assert names(store) == [UNSPECIFIED] * 4
    say(store, "aaaa-0001", at_ns=3, patient=PANDA)
    assert names(store) == ["heel_slide", "heel_slide", "squat"]
    assert names(store, PANDA) == [UNSPECIFIED]


def test_a_set_that_somebody_named_keeps_its_place_in_the_order_and_its_name(store):
    ask(store, TWO)
    put(store, *(unnamed(number) for number in (1, 2, 3)))
    say(store, "aaaa-0002", name="bridge")
    assert names(store) == ["heel_slide", "bridge", "squat"]
    assert store.sets(OTTER)[1].text("corrected") == "exercise: bridge instead of heel slide (seen)"
    assert store.result("aaaa-0002").text == store.sets(OTTER)[1].text("corrected")


def test_a_set_that_was_only_given_a_side_still_counts_among_the_sets_that_do_not_fit(store):
    ask(store, TWO)
    put(store, unnamed(1), unnamed(2))
    say(store, "aaaa-0001", side=Side.RIGHT)
    assert days_that_do_not_fit(store, OTTER) == [(DAY, 2, 3)]


def test_another_plan_for_the_day_names_the_sets_anew(store):
    ask(store, TWO)
    put(store, unnamed(1))
    assert names(store) == [UNSPECIFIED]
    ask(store, plan_text(CALF), day=DAY, at=2)
    assert names(store) == ["calf_raise"]
    assert store.sets(OTTER)[0].count("reps_target") == 10
    ask(store, TWO, day=DAY, at=3)
    assert names(store) == [UNSPECIFIED]


def test_a_name_by_the_plans_order_is_flagged_like_any_other(store):
    put(store, unnamed(1, rom_best3_deg=95.0))
    ask(store, plan_text(CALF))
    assert "is more than this movement usually reaches" in store.sets(OTTER)[0].text("flags")


def test_a_plan_done_twice_a_day_is_gone_through_twice():
    items = [item("squat", 1, sets=4, times_a_day=2), item("bridge", 2, sets=2, times_a_day=2)]
    assert [each.exercise for each in in_order(items)] == ["squat", "squat", "bridge"] * 2


def test_exercises_done_unlike_often_in_a_day_have_no_order(store):
    assert in_order([item("squat", 1, sets=2, times_a_day=2), item("bridge", 2)]) == []
    ask(store, plan_text('exercise = "squat"\nside = "both"\ntimes_a_day = 2', 'exercise = "bridge"\nside = "both"'))
    put(store, *(unnamed(number) for number in (1, 2, 3)))
    assert names(store) == [UNSPECIFIED] * 3
    assert days_that_do_not_fit(store, OTTER) == [(DAY, 3, 3)]


def test_balance_trials_are_no_sets_of_the_order():
    assert [each.exercise for each in in_order([item("eyes_closed"), item("squat", 2), item("five_times", 3)])] == [
        "squat"
    ]
