"""A set that several sensors saw counts once, whichever comes first, is replayed again, or is corrected."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import activate
from imutrack.corrections import Correction
from imutrack.flags import Quality
from imutrack.stores.correcting import correct
from imutrack.stores.erasing import count_patient, erase_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.views import sets_among, surest
from imutrack.task import LabelSource, Side, TaskKind
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    chair_test,
    check_settled,
    content,
    exercise_set,
    plan_text,
    relabelled,
    rep,
    stance,
    task,
    up_and_go,
)

BEND = task(name="trunk_flexion", side=None, start_s=10.0, stop_s=50.0)
UPPER = exercise_set("aaaa-0001", task=BEND, placement="t12", rom_best3_deg=70.0)
LOWER = exercise_set("bbbb-0001", task=BEND, placement="sacrum", rom_best3_deg=40.0)
BOTH = (UPPER, LOWER)


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "store") as found:
        for name in (OTTER, PANDA):
            Patients(found).add(name, 0.0)
        yield found
        check_settled(found)


def put(store, *results):
    return store.replace(results[0].recording, results, clinic="clinic", zone=BERLIN)


def say(store, set_id, at_ns=1, **said):
    correction = Correction(set_id=set_id, at_ns=at_ns, by="MB", why="saw it", **said)
    return correct(store, correction, clinic="clinic", zone=BERLIN)


def counting(store, patient=OTTER):
    return [row.text("set_id") for row in store.sets(patient)]


def test_two_straps_on_one_set_are_one_set_with_the_repetitions_of_one(store):
    replaced = put(store, *BOTH)
    (row,) = store.sets(OTTER)
    assert (row.text("set_id"), row.count("reps"), row.text("view_of")) == ("aaaa-0001", 3, None)
    (other,) = store.points("exercise_set", OTTER, withdrawn=True)
    assert (other.text("set_id"), other.text("view_of"), other.text("session")) == ("bbbb-0001", "aaaa-0001", None)
    assert {row.fields["withdrawn"] for row in store.reps("aaaa-0001")} == {False}
    assert {row.fields["withdrawn"] for row in store.reps("bbbb-0001")} == {True}
    assert replaced.views == {"bbbb-0001": "aaaa-0001"}
    assert set(replaced.results) == {"aaaa-0001", "bbbb-0001"}


def test_a_set_of_one_sensor_is_stored_as_ever_whatever_else_the_recording_holds(tmp_path):
    alone = exercise_set("cccc-0001", task=replace(BEND, start_s=100.0, stop_s=140.0), start_s=100.0)
    alone = replace(alone, start=UPPER.start + 90.0)
    found = []
    for name, results in (("alone", [alone]), ("among others", [*BOTH, alone])):
        with LocalStore.open(tmp_path / name) as store:
            Patients(store).add(OTTER, 0.0)
            put(store, *results)
            row = store.sets(OTTER)[-1]
            assert row.text("set_id") == "cccc-0001"
            assert "view_of" not in row.fields
            found.append((row.time_ns, row.tags, {**row.fields, "session": None}))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({}, "aaaa-0001"),  # the one that the catalogue prefers for a forward bend
        ({"reps_confidence": 0.1}, "aaaa-0001"),  # a trend stays with one sensor
        ({"reps": None, "reps_low": 1, "reps_high": 5}, "bbbb-0001"),
        ({"rom_best3_deg": None, "withheld": ("rom",)}, "bbbb-0001"),
        ({"quality": Quality.WITHHELD}, "bbbb-0001"),
        ({"placement": None}, "bbbb-0001"),
    ],
)
def test_the_view_that_can_be_relied_on_stands_for_the_set(changes, stands):
    views = [replace(UPPER, **changes), LOWER]
    assert views[surest(views, "trunk_flexion")].set_id == stands
    views.reverse()
    assert views[surest(views, "trunk_flexion")].set_id == stands


def test_where_the_plan_says_where_the_sensor_is_worn_that_one_counts_and_its_limit_holds(store):
    put(store, *BOTH)
    limit = '[exercise.limit]\nrom_deg = 30.0\napproved_by = "DR"\ndate = 2026-01-01\n'
    text = plan_text(f'exercise = "trunk_flexion"\nside = "both"\nplacement = "sacrum"\n{limit}')
    activate(store, OTTER, text, "MB", date(2026, 1, 1), 1.0, clinic="clinic", zone=BERLIN)
    (row,) = store.sets(OTTER)
    assert (row.text("set_id"), row.count("reps_beyond_limit")) == ("bbbb-0001", 3)


@pytest.mark.parametrize("build", [exercise_set, stance, chair_test, up_and_go])
def test_trials_and_tests_of_two_straps_count_once_as_well(store, build):
    one = replace(build("aaaa-0009"), placement="lumbar")
    other = replace(one, set_id="bbbb-0009", placement="sternum")
    put(store, one, other)
    kind = {exercise_set: "exercise_set", stance: "stance", chair_test: "sit_to_stand", up_and_go: "timed_up_and_go"}
    assert len(store.points(kind[build], OTTER)) == 1
    assert len(store.points(kind[build], OTTER, withdrawn=True)) == 1


def test_a_trial_that_tells_nothing_leaves_the_count_to_the_other():
    for told, untold in (
        (stance(), stance(sway={})),
        (chair_test(), chair_test(rises=None)),
        (up_and_go(), up_and_go(total_s=None)),
    ):
        assert surest([untold, told], "whatever") == 1


def test_other_stretches_names_sides_patients_and_recordings_are_sets_of_their_own():
    others = [
        replace(UPPER, set_id="aaaa-0002", task=replace(BEND, start_s=60.0, stop_s=90.0), start_s=60.0,
                start=UPPER.start + 50.0),
        relabelled(replace(UPPER, set_id="aaaa-0003"), name="cat_camel"),
        relabelled(replace(UPPER, set_id="aaaa-0004"), side=Side.LEFT),
        relabelled(replace(UPPER, set_id="aaaa-0005"), patient=PANDA),
        replace(UPPER, set_id="aaaa-0006", recording="s" * 64),
        stance("aaaa-0007", task=replace(BEND, kind=TaskKind.STANCE)),
    ]  # fmt: skip
    assert sorted(map(len, sets_among([UPPER, *others]))) == [1] * 7


def test_pieces_between_rests_that_two_sensors_saw_a_little_apart_are_the_same_sets():
    def piece(set_id, placement, begin, end):
        stretch = replace(BEND, start_s=begin, stop_s=end)
        return exercise_set(set_id, task=stretch, placement=placement, start_s=begin, start=UPPER.start + begin - 10.0)

    found = [
        piece("aaaa-0001", "t12", 0.0, 30.0),
        piece("aaaa-0002", "t12", 30.0, 62.0),
        piece("bbbb-0001", "sacrum", 0.0, 31.5),
        piece("bbbb-0002", "sacrum", 31.5, 62.0),
    ]
    assert sorted(sorted(found[at].set_id for at in views) for views in sets_among(found)) == [
        ["aaaa-0001", "bbbb-0001"],
        ["aaaa-0002", "bbbb-0002"],
    ]


def test_a_correction_of_either_view_is_one_of_the_set(store):
    put(store, *BOTH)
    assert say(store, "bbbb-0001", reps=5).result.set_id == "bbbb-0001"
    (row,) = store.sets(OTTER)
    assert (row.text("set_id"), row.count("reps"), row.text("corrected_by")) == ("aaaa-0001", 5, "MB")
    assert store.result("aaaa-0001").result.reps == 5
    say(store, "aaaa-0001", at_ns=2, name="cat_camel")
    assert [row.tags["exercise"] for row in store.sets(OTTER)] == ["cat_camel"]
    say(store, "bbbb-0001", at_ns=3, undo=True)
    assert store.result("aaaa-0001").by is None


def test_a_set_that_is_set_aside_does_not_come_back_by_another_sensor(store):
    put(store, *BOTH)
    say(store, "aaaa-0001", void=True)
    assert counting(store) == []
    say(store, "bbbb-0001", at_ns=2, void=False)
    assert counting(store) == ["aaaa-0001"]


def test_a_set_of_another_patient_goes_with_all_its_views_and_is_forgotten_with_them(store):
    put(store, *BOTH)
    say(store, "bbbb-0001", patient=PANDA)
    assert (counting(store), counting(store, PANDA)) == ([], ["aaaa-0001"])
    erase_patient(store, OTTER)
    assert sum(count_patient(store, OTTER).values()) == 0
    assert {store.analysed(set_id).task.patient for set_id in ("aaaa-0001", "bbbb-0001")} == {PANDA}


def test_in_the_order_of_a_plan_a_set_of_two_straps_takes_one_place(store):
    text = plan_text(
        'exercise = "trunk_flexion"\nside = "both"\nplacement = "t12"', 'exercise = "squat"\nside = "both"'
    )
    activate(store, OTTER, text, "MB", date(2026, 1, 1), 1.0, clinic="clinic", zone=BERLIN)
    unnamed = task(name="unspecified", side=None, label_source=LabelSource.PLAN)
    put(store, *(replace(each, task=unnamed) for each in BOTH))
    later = exercise_set("cccc-0001", recording="s" * 64, task=unnamed, start=UPPER.start + 600.0)
    put(store, later)
    assert [row.tags["exercise"] for row in store.sets(OTTER)] == ["trunk_flexion", "squat"]
    assert store.result("bbbb-0001").result.task.name == "trunk_flexion"


VIEWS = [
    UPPER,
    LOWER,
    exercise_set("cccc-0001", task=BEND, placement="sternum", reps=7, reps_confidence=0.4),
    exercise_set("dddd-0001", task=BEND, placement=None, reps_detail=(rep(1, 14.0),)),
]
STEPS = st.one_of(
    st.lists(st.sampled_from(VIEWS), min_size=1, max_size=4, unique_by=lambda each: each.set_id),
    st.tuples(st.sampled_from([each.set_id for each in VIEWS]), st.sampled_from([{"reps": 2}, {"void": True}])),
)


@given(steps=st.lists(STEPS, max_size=5), order=st.permutations(VIEWS))
def test_whatever_was_replayed_and_said_before_the_same_results_and_words_give_the_same_rows(
    tmp_path_factory, steps, order
):
    folder = tmp_path_factory.mktemp("views")
    said = [step for step in steps if isinstance(step, tuple)]
    with LocalStore.open(folder / "one") as one, LocalStore.open(folder / "other") as other:
        for each in (one, other):
            Patients(each).add(OTTER, 0.0)
        put(one, *VIEWS)
        put(other, *VIEWS)
        for at, step in enumerate(steps):
            if isinstance(step, list):
                put(one, *step)
                put(one, *VIEWS)
            else:
                say(one, step[0], at, **step[1])
                check_settled(one)
        for step in reversed(said):
            say(other, step[0], steps.index(step), **step[1])
        put(one, *order)
        left, right = content(one), content(other)
    assert left["exercise_set"] == right["exercise_set"]
    assert left["rep"] == right["rep"]
