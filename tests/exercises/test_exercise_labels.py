import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.exercises import all_exercises, match, match_trial
from imutrack.placements import PLACEMENTS, SEGMENTS, match_placement


@pytest.mark.parametrize(
    ("label", "exercise"),
    [
        ("E6 seated elbow flexion (dumbbell)", "elbow_flexion"),
        ("E4 side-lying leg raise", "hip_abduction"),
        ("FEL forward elevation", "shoulder_flexion"),
        ("ABD shoulder abduction", "shoulder_abduction"),
        ("long-arc quad", "long_arc_knee_extension"),
        ("LAQ, left (2 kg)", "long_arc_knee_extension"),
        ("Seated_Knee_Extension", "long_arc_knee_extension"),
        ("HEEL SLIDES", "heel_slide"),
        ("5xSTS", "sit_to_stand"),
        ("timed up & go", "timed_up_and_go"),
    ],
)
def test_labels_people_write_are_understood(label, exercise):
    assert match(label) == exercise


@pytest.mark.parametrize(
    "label",
    [
        *(
            "",
            " ",
            "()",
            "E6",
            "break",
            "rest",
            "bench press",
            "knee extension",
            "leg raise",
            "jump squat",
            "JUMP SQUAT",
        ),
        *("IR internal rotation (band)", "ER external rotation (band)", "E8 prone shoulder/forearm rotation"),
        *("single leg bridge", "squat and lunge", "42", "Kniebeuge"),
    ],
)
def test_a_label_that_is_not_certain_is_unknown(label):
    assert match(label) is None


def test_names_and_aliases_lead_back_to_their_exercise_and_to_no_other():
    for exercise in all_exercises().values():
        for words in (exercise.id, exercise.name, *exercise.aliases):
            assert match(words) == exercise.id, words


def test_trials_lead_to_their_exercise():
    for exercise in all_exercises().values():
        for trial in exercise.trials:
            for words in (trial.id, trial.name, *trial.aliases):
                assert match_trial(words) == (exercise.id, trial.id), words
                assert match(words) == exercise.id


def test_an_exercise_is_not_a_trial():
    assert match_trial("heel slide") is None


@given(st.text(max_size=40))
def test_any_text_gives_an_id_or_nothing(label):
    assert match(label) in {None, *all_exercises()}
    assert match_placement(label) in {None, *PLACEMENTS}


@pytest.mark.parametrize(
    ("label", "placement"),
    [
        ("wrist (smartwatch), side R", "wrist"),
        ("right upper arm (phone)", "upper_arm"),
        ("unit 2 (right shank)", "shank"),
        ("unit 2 (forearm (wrist))", "forearm"),
        ("waist (phone)", "waist"),
        ("L5", "lumbar"),
        ("lower back (L5)", "lumbar"),
        ("thigh_R", "thigh"),
        ("RightThigh", "thigh"),
        ("sensor on the left ankle", "shank"),
        ("Lower Leg", "shank"),
    ],
)
def test_placements_people_write_are_understood(label, placement):
    assert match_placement(label) == placement


@pytest.mark.parametrize("label", ["", "unit 2", "phone", "pocket", "hip", "thigh and shank", "back", "arm", "leg"])
def test_a_placement_that_is_not_certain_is_unknown(label):
    assert match_placement(label) is None


def test_every_placement_is_understood_by_its_id_and_by_its_words():
    assert set(PLACEMENTS) == set(SEGMENTS)
    for placement, words in PLACEMENTS.items():
        assert match_placement(placement) == placement
        assert match_placement(words) == placement
