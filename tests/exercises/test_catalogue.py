from importlib.resources import files

import pytest

from imutrack.errors import SettingsError
from imutrack.exercises import (
    Exercise,
    Observability,
    Phase,
    Tempo,
    all_exercises,
    angle_label,
    get,
    parse_exercise,
)
from imutrack.placements import PLACEMENTS
from imutrack.task import UNSPECIFIED, TaskKind

EXERCISES = [pytest.param(exercise, id=name) for name, exercise in all_exercises().items()]
JOINTS = {"shoulder", "elbow", "wrist", "hip", "knee", "ankle", "spine", "neck"}
SAID_BY_NOBODY = {"improve", "improved", "better", "worse", "normal", "safe", "safety", "diagnosis", "injury", "fall"}
SMALLEST = b"""
id = "toe_curl"
name = "Toe curl"
patient_name = "Toe curl"
instruction = "Curl your toes."
aliases = []
kind = "exercise"
joint = "ankle"
plane = "sagittal"
rest_posture = "sitting"
[[worn]]
placements = ["foot"]
label = "foot tilt (one sensor)"
observability = "gravity"
"""


def shown_words(exercise: Exercise) -> set[str]:
    texts = [
        *(exercise.name, exercise.patient_name, exercise.instruction, exercise.rest_posture, exercise.notes),
        *(worn.label for worn in exercise.worn),
        *(trial.name for trial in exercise.trials),
    ]
    return {word.strip(".,:;()").lower() for text in texts for word in text.split()}


def test_every_file_of_the_folder_is_in_the_catalogue_under_its_own_name():
    names = {path.name for path in (files("imutrack.exercises") / "catalogue").iterdir()}
    assert names == {f"{exercise_id}.toml" for exercise_id in all_exercises()}
    assert UNSPECIFIED not in all_exercises()


def test_the_catalogue_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        all_exercises()["squat"] = get("bridge")
    with pytest.raises(AttributeError):
        get("squat").name = "Squats"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_placement_is_of_the_vocabulary_and_an_exercise_says_where_one_sensor_goes(exercise):
    assert {place for worn in exercise.worn for place in worn.placements} <= set(PLACEMENTS)
    assert exercise.one_sensor
    assert all(len(set(pair)) == 2 for pair in exercise.two_sensors)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_label_says_how_many_sensors_and_one_sensor_never_speaks_of_a_joint(exercise):
    for worn in exercise.worn:
        words = set(worn.label.removesuffix(" sensor)").removesuffix(" sensors)").replace("(", "").split())
        if len(worn.placements) == 1:
            assert worn.label.endswith(" (one sensor)")
            assert not words & JOINTS
            assert worn.observability is not Observability.TWO_SENSORS
        else:
            assert worn.label.endswith(" (two sensors)")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_shown_words_claim_nothing(exercise):
    assert not shown_words(exercise) & SAID_BY_NOBODY
    assert exercise.instruction.endswith(".")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_range_and_tempo_names_its_source(exercise):
    for reference in exercise.reference:
        assert len(reference.source) > 10
        assert 0.0 <= reference.low_deg < reference.high_deg <= 180.0
    assert exercise.tempo is None or exercise.tempo.source


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_range_without_a_checked_source_is_not_shown(exercise):
    unchecked = [reference for reference in exercise.reference if "no source" in reference.source]
    assert not any(reference.verified for reference in unchecked)
    assert not set(exercise.shown_reference) & set(unchecked)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_phases_and_trials_fit_the_kind_of_task(exercise):
    assert bool(exercise.trials) == (exercise.kind is not TaskKind.EXERCISE)
    if exercise.kind is TaskKind.EXERCISE:
        assert exercise.phases is not None
        assert exercise.phases.order[0] is Phase.OUTWARD
        assert exercise.phases.order[-1] is Phase.RETURN
    swaying = {worn.observability for worn in exercise.worn} == {Observability.SWAY}
    assert swaying == (exercise.kind is TaskKind.STANCE)


def test_nothing_in_the_catalogue_says_how_many_repetitions_to_expect():
    fields = {*Exercise.__struct_fields__, *Tempo.__struct_fields__}
    assert not {name for name in fields if "rep" in name.split("_") or name in {"reps", "sets", "count", "target"}}


def test_trial_ids_are_unique_over_the_catalogue():
    ids = [trial.id for exercise in all_exercises().values() for trial in exercise.trials]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(all_exercises())


def test_the_order_in_which_two_sensors_are_named_does_not_matter():
    assert angle_label(get("squat"), "shank", "thigh") == "knee angle (two sensors)"


def test_a_placement_the_catalogue_does_not_know_for_an_exercise_gets_the_words_of_its_segment():
    assert angle_label(get("squat"), "wrist") == "forearm tilt (one sensor)"
    assert angle_label(None) == "segment tilt (one sensor)"
    assert angle_label(None, "thigh", "shank") == "thigh against lower leg angle (two sensors)"


def test_an_unknown_exercise_is_an_error_that_says_where_to_look():
    with pytest.raises(SettingsError, match=r"handstand.*imutrack exercises"):
        get("handstand")


def test_a_new_exercise_is_one_small_file():
    assert parse_exercise(SMALLEST, "toe_curl.toml").one_sensor == ("foot",)


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        (b"aliases = []", b"aliases = []\nreps = 10", "reps"),
        (b'observability = "gravity"', b'observability = "gravity"\nside = "left"', "side"),
        (b'observability = "gravity"', b'observability = "magic"', "magic"),
        (b'["foot"]', b'["toe"]', "unknown placement 'toe'"),
        (b'["foot"]', b"[]", "length"),
        (b'joint = "ankle"\n', b"", "joint"),
        (b'kind = "exercise"', b'kind = "exercize"', "exercize"),
        (b'id = "toe_curl"', b'id = "toe_curls"', "toe_curls"),
        (b'name = "Toe curl"', b'name = "Toe \xff"', "toe_curl.toml"),
        (b"[[worn]]", b"[[worn", "toe_curl.toml"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(found, put, said):
    with pytest.raises(SettingsError, match=r"toe_curl\.toml") as caught:
        parse_exercise(SMALLEST.replace(found, put, 1), "toe_curl.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
