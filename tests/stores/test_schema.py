import re
import types
import typing

import pytest

from imutrack.metrics.sway import SwayTrial
from imutrack.results import ChairTest, ExerciseSet, RepDetail, StanceTrial, UpAndGo
from imutrack.stores.fields import COP
from imutrack.stores.schema import MEASUREMENTS, RESULT_MEASUREMENTS

EVERY = pytest.mark.parametrize("measurement", MEASUREMENTS.values(), ids=lambda measurement: measurement.name)

UNIT_IN_NAME = {
    "deg": "deg", "deg2": "deg2", "s": "s", "pct": "%", "rise": "%", "kg": "kg", "hz": "Hz", "dps": "deg/s",
    "m": "m", "m2": "m2", "dbm": "dBm", "ppm": "ppm",
    "mps": "m/s", "mps2": "m/s2", "mps3": "m/s3", "m2ps4": "m2/s4", "m2ps5": "m2/s5", "m2ps6": "m2/s6", "spm": "/min",
}  # fmt: skip


@EVERY
def test_no_tag_shares_a_name_with_a_field(measurement):
    names = [*measurement.tags, *(field.name for field in measurement.fields), "time_ns"]
    assert len(set(names)) == len(names)


@EVERY
def test_every_point_says_whether_it_was_withdrawn(measurement):
    assert measurement.field("withdrawn").type == "bool"


def test_every_point_of_a_result_says_which():
    assert {name for name, measurement in MEASUREMENTS.items() if measurement.of_result} == {
        *RESULT_MEASUREMENTS, "rep", "trace"
    }  # fmt: skip


@EVERY
def test_every_field_is_described_and_its_unit_stands_in_its_name(measurement):
    assert measurement.text
    for field in measurement.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert field.text
        assert not field.text.endswith(".")
        ending = re.sub(r"_(7d|30d|month)$", "", field.name).rsplit("_", 1)[-1]  # of a window
        counts = field.type == "int"  # "rises_in_30_s" counts rises
        if "_" in field.name and ending in UNIT_IN_NAME and not counts:
            assert field.unit == UNIT_IN_NAME[ending], field.name
        else:
            assert field.unit == "", field.name


def test_a_field_means_the_same_wherever_it_occurs():
    seen = {}
    for measurement in MEASUREMENTS.values():
        for field in measurement.fields:
            assert seen.setdefault(field.name, (field.type, field.unit)) == (field.type, field.unit), field.name


def test_results_are_found_by_patient_and_their_session_is_a_field():
    for name in RESULT_MEASUREMENTS:
        assert MEASUREMENTS[name].tags[:2] == ("patient", "clinic")
        assert MEASUREMENTS[name].field("session")


def test_the_stance_fields_are_the_metrics_of_the_sway_analysis():
    hints = typing.get_type_hints(SwayTrial)
    metrics = {name for name, hint in hints.items() if hint in (float, float | None)}
    metrics -= {"start_s", "duration_s", "sampling_rate_hz"}
    shared = {field.name for field in MEASUREMENTS["sit_to_stand"].fields}
    on_a_force_plate = {field.name for field in COP}
    assert {field.name for field in MEASUREMENTS["stance"].fields} - shared - on_a_force_plate == metrics


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ExerciseSet, "exercise_set"),
        (RepDetail, "rep"),
        (StanceTrial, "stance"),
        (ChairTest, "sit_to_stand"),
        (UpAndGo, "timed_up_and_go"),
    ],
)
def test_everything_a_result_says_has_a_field_of_its_type_or_is_a_part_of_it(kind, name):
    measurement = MEASUREMENTS[name]
    elsewhere = {"task", "start", "trace", "sway", "flags", "withheld", "turn_s", "end_s", "reps_detail",
                 "rises_detail", "start_s", "reps_best", "rejected", "rests"}  # fmt: skip
    for attribute, hint in typing.get_type_hints(kind).items():
        if attribute not in elsewhere:
            assert measurement.field(attribute).type == _type_name(hint), attribute


def test_an_unknown_field_is_a_key_error_that_names_it():
    with pytest.raises(KeyError, match="rep has no field 'colour'"):
        MEASUREMENTS["rep"].field("colour")


def _type_name(hint):
    if isinstance(hint, types.UnionType):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    return "str" if issubclass(hint, str) else hint.__name__
