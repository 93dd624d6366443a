"""Corrections: what holds after some of them, what depends on a label, and how it is said."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.corrections import Correction, can_be_called, corrected, relabelled
from imutrack.exercises import beyond_reference
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.task import UNSPECIFIED, LabelSource, Side
from stores.store_builders import OTTER, PANDA, chair_test, exercise_set, rep, stance
from stores.store_builders import relabelled as labelled

UNSURE = Flag.of(FlagCode.REPS_UNSURE, low=9, high=10)
TURNED = Flag(FlagCode.MOUNT_TURNED)
AVOIDED = re.compile(r"improv|better|worse|normal|risk|diagnos|complian|wrong|error", re.IGNORECASE)


def said(at_ns=1, by="MB", why="sensor slipped", **what):
    return Correction(set_id="aaaa-0001", at_ns=at_ns, by=by, why=why, **what)


def unsure_set(**more):
    unsure = {"reps": None, "reps_low": 9, "reps_high": 10, "reps_best": 10, "withheld": ("reps",)}
    reps = tuple(rep(number, 4.0 * number, quality=Quality.USABLE) for number in range(1, 11))
    flagged = {"flags": (UNSURE, TURNED), "quality": Quality.USABLE, "reps_detail": reps}
    return exercise_set(**(unsure | flagged | more))


def high_set(name, *, rom_best3_deg=95.0, **more):
    """A set that goes as far as few do, as the analysis gives it under a label."""
    found = beyond_reference(name, rom_best3_deg, 1.5)
    quality = Quality.USABLE if found else Quality.GOOD
    reps = tuple(rep(number, 4.0 * number, quality=quality) for number in range(1, 4))
    result = exercise_set(
        rom_best3_deg=rom_best3_deg, flags=(*found, TURNED), quality=quality, reps_detail=reps, **more
    )
    return labelled(result, name=name)


def test_nothing_said_changes_nothing():
    result = exercise_set()
    now = corrected(result)
    assert now.result is result
    assert (now.counted, now.by, now.text, now.void) == (3, None, "", False)
    assert corrected(stance()).counted is None


def test_a_count_of_somebody_who_saw_it_stands_beside_the_count_from_the_sensor():
    now = corrected(exercise_set(reps=10), [said(reps=9)])
    assert (now.result.reps, now.result.reps_low, now.result.reps_high, now.counted) == (9, 9, 9, 10)
    assert (now.by, now.text) == ("MB", "repetitions: 9 instead of 10 (sensor slipped)")


@pytest.mark.parametrize(
    ("name", "other", "fits"),
    [
        ("five_times", "thirty_seconds", False),
        ("thirty_seconds", "five_times", False),
        ("thirty_seconds", "sit_to_stand", True),
    ],
)
def test_the_time_of_a_number_of_rises_takes_no_name_that_asks_for_another(name, other, fits):
    test = labelled(chair_test(), name=name)
    assert can_be_called(test, other) == fits
    now = corrected(test, [said(name=other)])
    assert (now.result.task.name, now.by) == ((other, "MB") if fits else (name, None))


def test_a_count_makes_an_unsure_set_sure_with_the_quality_of_its_other_flags():
    now = corrected(unsure_set(), [said(reps=9)])
    assert (now.result.flags, now.result.withheld, now.result.quality) == ((TURNED,), (), Quality.GOOD)
    assert {each.quality for each in now.result.reps_detail} == {Quality.GOOD}
    assert (now.counted, now.text) == (None, "repetitions: 9 instead of 9 to 10, not sure (sensor slipped)")


def test_a_repetition_without_a_range_stays_withheld_when_the_set_becomes_sure():
    without = (rep(1, 14.0), rep(2, 18.0, rom_deg=None, quality=Quality.WITHHELD))
    now = corrected(unsure_set(reps_detail=without), [said(reps=9)])
    assert [each.quality for each in now.result.reps_detail] == [Quality.GOOD, Quality.WITHHELD]


def test_a_set_of_which_nothing_could_be_shown_is_shown_with_the_count_that_was_seen():
    nothing = exercise_set(
        reps=None, reps_low=0, reps_high=3, reps_best=0, reps_detail=(), withheld=("reps",), flags=(UNSURE,),
        quality=Quality.WITHHELD,
    )  # fmt: skip
    assert corrected(nothing, [said(reps=2)]).result.quality is Quality.GOOD
    assert corrected(nothing, [said(side=Side.RIGHT)]).result.quality is Quality.WITHHELD


@pytest.mark.parametrize(
    ("before", "after"), [("shoulder_flexion", "hip_abduction"), ("hip_abduction", "shoulder_flexion"),
                          ("hip_extension", "hip_abduction"), ("squat", "hip_abduction"), (UNSPECIFIED, "calf_raise")],
)  # fmt: skip
def test_another_exercise_reads_as_the_analysis_under_that_label_would(before, after):
    now = corrected(high_set(before), [said(name=after)]).result
    expected = high_set(after)
    assert now.task == replace(expected.task, label_source=LabelSource.CORRECTED)
    assert (now.flags, now.quality, now.reps_detail) == (expected.flags, expected.quality, expected.reps_detail)


def test_another_label_with_the_same_flags_leaves_the_quality_as_analysed():
    result = exercise_set(quality=Quality.GOOD, flags=())
    assert relabelled(result, LabelSource.PLAN, name="squat").quality is Quality.GOOD


def test_a_synthetic_result_stays_synthetic_whoever_relabels_it():
    made = labelled(exercise_set(), label_source=LabelSource.SYNTHETIC)
    assert corrected(made, [said(side=Side.RIGHT)]).result.task.label_source is LabelSource.SYNTHETIC


def test_the_last_word_on_each_thing_holds_whenever_it_arrives():
    first, second = said(1, reps=9, side=Side.RIGHT), said(2, reps=8, by="KL", why="counted again")
    now = corrected(exercise_set(reps=10), [second, first])
    assert (now.result.reps, now.result.task.side, now.by) == (8, Side.RIGHT, "MB, KL")
    assert now.text == "repetitions: 8 instead of 10; side: right instead of left (counted again; sensor slipped)"


def test_an_undo_takes_back_all_that_was_said_before_and_nothing_after():
    history = [said(1, reps=9), said(2, undo=True), said(3, side=Side.RIGHT)]
    now = corrected(exercise_set(reps=10), history)
    assert (now.result.reps, now.result.task.side) == (10, Side.RIGHT)
    assert corrected(exercise_set(), history[:2]).by is None


@pytest.mark.parametrize("back", [{"void": False}, {"undo": True}])
def test_a_set_that_was_set_aside_comes_back_as_if_nothing_had_been_said(back):
    now = corrected(exercise_set(), [said(1, void=True)])
    assert (now.void, now.by, now.text) == (True, "MB", "set aside, not used (sensor slipped)")
    again = corrected(exercise_set(), [said(1, void=True), said(2, **back)])
    assert (again.void, again.by, again.text) == (False, None, "")


@pytest.mark.parametrize("result", [stance(), chair_test()])
def test_a_count_of_what_has_no_repetitions_is_left_aside(result):
    assert corrected(result, [said(reps=9)]).by is None


def test_the_name_of_another_kind_of_task_is_left_aside():
    assert corrected(exercise_set(), [said(name="eyes_open")]).by is None
    assert corrected(stance(), [said(name="squat")]).by is None
    assert corrected(stance(), [said(name="eyes_open")]).result.task.name == "eyes_open"


def test_a_set_that_nobody_had_named_has_no_name_to_be_held_against():
    nameless = labelled(exercise_set(), name=UNSPECIFIED, side=None)
    now = corrected(nameless, [said(name="squat", side=Side.BOTH, why="saw it")])
    assert now.text == "exercise: squat; side: both (saw it)"


def test_a_set_of_another_patient_says_so_without_naming_anybody():
    now = corrected(exercise_set(), [said(patient=PANDA)])
    assert now.result.task.patient == PANDA
    assert now.text == "moved to this patient (sensor slipped)"
    assert OTTER not in now.text


MOMENTS = st.integers(1, 3)
WHAT = st.fixed_dictionaries(
    {"by": st.sampled_from(["MB", "KL", "XY"]), "why": st.sampled_from(["seen", "told"])},
    optional={
        "reps": st.integers(0, 12),
        "name": st.sampled_from(["squat", "shoulder_flexion", "eyes_open"]),
        "side": st.sampled_from(Side),
        "patient": st.sampled_from([OTTER, PANDA]),
        "void": st.booleans(),
        "undo": st.booleans(),
    },
)
HISTORIES = st.lists(st.builds(lambda at_ns, what: said(at_ns, **what), MOMENTS, WHAT), max_size=6)
RESULTS = st.sampled_from([exercise_set(reps=10), unsure_set(), high_set("squat"), stance(), chair_test()])


def plain(now):
    return repr(replace(now, result=replace(now.result, trace=None)))


@given(RESULTS, HISTORIES, st.data())
def test_the_order_of_arrival_says_nothing_even_of_what_was_said_at_one_moment(result, history, data):
    assert plain(corrected(result, data.draw(st.permutations(history)))) == plain(corrected(result, history))


@given(RESULTS, HISTORIES)
def test_whoever_corrected_is_named_if_and_only_if_something_is_said_in_plain_words(result, history):
    now = corrected(result, history)
    assert (now.by is None) == (now.text == "")
    assert not AVOIDED.search(now.text)
    assert "_" not in now.text
    assert now.by is not None or plain(now) == plain(corrected(result))
