"""Who watches is told of each result what is looked at first, with its unit, and nothing that is withheld."""

from dataclasses import replace

import pytest

from imutrack.collector.sets.told_results import main_values, told_result
from imutrack.pipeline import analyse
from imutrack.results import ChairTest, ExerciseSet, StanceTrial, UpAndGo
from imutrack.synthetic import SetParams, exercise_set
from imutrack.task import LabelSource, Side, Task, TaskKind

KNEE = Task(name="long_arc_knee_extension", side=Side.LEFT, patient="otter-maple-47", label_source=LabelSource.TYPED)


@pytest.fixture(scope="module")
def knee():
    [found] = analyse(exercise_set(SetParams(reps=5), seed=3).recording, [KNEE])
    assert isinstance(found, ExerciseSet)
    return found


def of_kind(kind, found, **values):
    """A result of another kind, with the head of one."""
    names = ("task", "set_id", "recording", "start_s", "duration_s", "start", "start_source", "placement")
    head = {name: getattr(found, name) for name in (*names, "missing_pct", "quality", "flags", "algorithm")}
    unknown = dict.fromkeys(set(kind.__dataclass_fields__) - set(head) - {"trace"})
    return kind(**{**head, **unknown, **values})


def shown(result):
    return [(each["name"], each["value"], each["unit"]) for each in main_values(result)]


def test_a_result_says_what_it_is_of_and_how_sure(knee):
    told = told_result(replace(knee, placement="shank"))
    assert {name: told[name] for name in ("kind", "name", "side", "placement", "quality")} == {
        "kind": "exercise",
        "name": "long_arc_knee_extension",
        "side": "left",
        "placement": "shank",
        "quality": "good",
    }
    assert told["set_id"] == knee.set_id


def test_of_a_set_the_count_or_its_bounds_and_the_range(knee):
    assert shown(knee) == [("reps", 5, "repetitions"), ("rom_best3_deg", knee.rom_best3_deg, "deg")]
    unsure = replace(knee, reps=None, reps_low=4, reps_high=6, rom_best3_deg=None)
    assert shown(unsure) == [("reps_low", 4, "repetitions"), ("reps_high", 6, "repetitions")]


@pytest.mark.parametrize(
    ("form", "values", "main"),
    [
        ("thirty_seconds", {"rises_in_30_s": 12, "rises": 13, "total_s": 33.0}, [("rises_in_30_s", 12, "rises")]),
        ("thirty_seconds", {"rises": 7}, [("rises", 7, "rises")]),
        ("five_times", {"rises": 5, "total_s": 11.5}, [("total_s", 11.5, "s"), ("rises", 5, "rises")]),
        ("five_times", {"rises": 4}, [("rises", 4, "rises")]),
        ("five_times", {}, []),
    ],
)
def test_of_a_chair_test_the_rises_or_the_time_as_its_form_has_it(knee, form, values, main):
    task = Task(kind=TaskKind.SIT_TO_STAND, name=form)
    assert shown(of_kind(ChairTest, knee, task=task, rises_detail=(), **values)) == main


def test_of_a_stance_its_sway_and_of_timed_up_and_go_its_time(knee):
    assert shown(of_kind(StanceTrial, knee, sway={"rms_mps2": 0.05, "path_mps2": 3.0})) == [("rms_mps2", 0.05, "m/s²")]
    assert shown(of_kind(StanceTrial, knee, sway={})) == []
    assert shown(of_kind(UpAndGo, knee, total_s=9.5)) == [("total_s", 9.5, "s")]
