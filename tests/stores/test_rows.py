import math
from dataclasses import replace
from datetime import UTC, timedelta, timezone

import numpy as np
import orjson
import pytest

from imutrack.corrections import corrected
from imutrack.errors import SchemaError, StoreError
from imutrack.flags import Quality
from imutrack.results import ExerciseSet
from imutrack.stores.json_lines import as_json
from imutrack.stores.rows import fingerprint, rows
from imutrack.stores.schema import MEASUREMENTS
from imutrack.task import Side
from stores.store_builders import BERLIN, OTTER, START, chair_test, exercise_set, relabelled, rep, stance, up_and_go

KINDS = [exercise_set, stance, chair_test, up_and_go]


def rows_of(result, zone=BERLIN):
    return rows(corrected(result), clinic="clinic", zone=zone)


def test_a_set_gives_its_own_row_and_one_for_each_repetition():
    own, *reps = rows_of(exercise_set(reps=3))
    assert own.measurement == "exercise_set"
    assert own.tags == {"patient": OTTER, "clinic": "clinic", "exercise": "arm_elevation", "side": "left"}
    assert (own.count("reps"), own.count("reps_counted"), own.number("rom_best3_deg")) == (3, 3, 84.5)
    assert (own.text("setting"), own.text("mode"), own.number("load_kg")) == ("home", "active", 1.5)
    assert own.fields["withdrawn"] is False
    assert [row.measurement for row in reps] == ["rep"] * 3
    assert [row.count("number") for row in reps] == [1, 2, 3]
    assert reps[0].fields["duration_s"] == 3.5
    assert {row.text("set_id") for row in (own, *reps)} == {"aaaa-0001"}


@pytest.mark.parametrize("build", KINDS)
def test_every_field_that_is_written_has_the_type_of_the_schema(build):
    for row in rows_of(build()):
        for name, value in row.fields.items():
            assert type(value).__name__ == MEASUREMENTS[row.measurement].field(name).type


@pytest.mark.parametrize("absent", [None, math.nan, math.inf, np.float64("nan")])
def test_what_could_not_be_told_is_left_out(absent):
    (own,) = rows_of(up_and_go(turn1_s=absent))
    assert "turn1_s" not in own.fields
    assert own.number("turn1_s") is None


def test_an_unsure_count_is_absent_and_zero_is_zero():
    unsure = rows_of(exercise_set(reps=None, reps_low=1, reps_high=3, reps_detail=()))[0]
    nothing = rows_of(exercise_set(reps=0))[0]
    assert "reps" not in unsure.fields
    assert "reps_counted" not in unsure.fields
    assert (unsure.count("reps_low"), unsure.count("reps_high")) == (1, 3)
    assert nothing.fields["reps"] == 0


def test_flags_and_what_is_withheld_are_words():
    own = rows_of(exercise_set(withheld=("reps", "rom")))[0]
    assert own.text("flags").startswith("0.5 % of the data is missing")
    assert own.text("withheld") == "repetitions; range of motion"
    withheld = rows_of(stance(quality=Quality.WITHHELD, sway={}))[0]
    assert withheld.text("withheld") == "the whole result"
    assert "flags" not in withheld.fields


def test_the_local_date_is_the_day_at_the_clinic():
    late = exercise_set(start=1_772_148_600.0)  # 23:30 UTC on 26 February 2026
    assert rows_of(late, UTC)[0].text("local_date") == "2026-02-26"
    assert rows_of(late, BERLIN)[0].text("local_date") == "2026-02-27"
    assert rows_of(late, timezone(timedelta(hours=-9)))[0].text("local_date") == "2026-02-26"


def test_a_side_that_nobody_entered_is_no_tag():
    assert "side" not in rows_of(relabelled(exercise_set(), side=None))[0].tags


def test_the_same_result_is_the_same_point_whenever_it_is_computed():
    assert rows_of(exercise_set()) == rows_of(exercise_set())
    assert fingerprint(stance(), clinic="c", zone=UTC) == fingerprint(stance(), clinic="c", zone=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "sets 2"},
        {"set_id": "aaaa-0009"},
        {"recording": "q" * 64},
        {"rom_best3_deg": None},
        {"reps_detail": (rep(1, 14.0), rep(2, 18.0), rep(3, 22.5))},
        {"trace": None},
    ],
)
def test_a_result_that_changed_is_another_point_within_the_millisecond(change):
    before, after = rows_of(exercise_set())[0], rows_of(exercise_set(**change))[0]
    assert before.time_ns != after.time_ns
    assert before.start == after.start == START


def test_results_that_start_together_are_different_points():
    together = [exercise_set(f"aaaa-{number:04d}") for number in range(200)]
    assert len({rows_of(result)[0].time_ns for result in together}) == len(together)


def test_repetitions_keep_their_distance_from_the_set():
    own, *reps = rows_of(exercise_set(start_s=10.0, reps=2))
    assert [row.time_ns - own.time_ns for row in reps] == [4_000_000_000, 8_000_000_000]


def test_a_result_that_is_nobodys_has_no_rows():
    with pytest.raises(StoreError, match=r"aaaa-0001 is nobody's: .*--patient"):
        rows_of(relabelled(exercise_set(), patient=None))


@pytest.mark.parametrize("start", [None, -5.0, 1e12, math.inf])
def test_a_result_without_a_usable_date_says_which_option_supplies_it(start):
    with pytest.raises(StoreError, match="--start"):
        rows_of(exercise_set(start=start))


def test_a_metric_the_schema_does_not_have_is_an_error_and_not_lost():
    with pytest.raises(SchemaError, match="stance has no field wobble: add it to the schema"):
        rows_of(stance(sway={"wobble": 1.0}))


def test_numbers_from_numpy_are_taken_as_they_are():
    plain, counted = exercise_set(), exercise_set()
    counted = replace(counted, rom_median_deg=np.float64(counted.rom_median_deg), reps=np.int64(3))
    assert rows_of(plain)[0].fields == rows_of(counted)[0].fields


def test_a_fraction_is_no_count():
    with pytest.raises(TypeError):
        rows_of(exercise_set(reps_low=2.5))


def test_a_row_is_read_by_the_type_of_its_field():
    own = rows_of(exercise_set())[0]
    with pytest.raises(KeyError, match="field 'algorithm' is str"):
        own.number("algorithm")
    with pytest.raises(KeyError, match="field 'rom_best3_deg' is float"):
        own.count("rom_best3_deg")
    with pytest.raises(KeyError, match="no field 'colour'"):
        own.text("colour")


@pytest.mark.parametrize("build", KINDS)
def test_json_has_the_kind_first_and_then_the_same_keys_for_every_result(build):
    line = as_json(corrected(build()), clinic="clinic", zone=BERLIN)
    measurement = MEASUREMENTS[line["kind"]]
    expected = ["kind", "time", "start_s", *measurement.tags]
    expected += [field.name for field in measurement.fields if field.name not in ("session", "view_of", "withdrawn")]
    assert list(line)[: len(expected)] == expected
    assert orjson.loads(orjson.dumps(line)) == line


def test_json_of_a_set_lists_its_repetitions_and_what_was_not_counted():
    line = as_json(corrected(exercise_set(reps=2)), clinic="clinic", zone=BERLIN)
    assert line["time"] == "2026-02-25T07:13:20.250+01:00"
    assert [detail["number"] for detail in line["reps_detail"]] == [1, 2]
    assert line["reps_detail"][0]["duration_s"] == 3.5
    assert line["rejected"] == [{"start_s": 30.0, "turn_s": 31.0, "end_s": 32.5, "reason": "small"}]


def test_json_does_not_need_a_patient_or_a_date():
    line = as_json(corrected(relabelled(exercise_set(start=None), patient=None, side=Side.RIGHT)), clinic="c", zone=UTC)
    assert (line["patient"], line["time"], line["local_date"], line["side"]) == (None, None, None, "right")


def test_json_of_an_unsure_count_is_null():
    line = as_json(corrected(exercise_set(reps=None, reps_low=0, reps_high=2)), clinic="c", zone=UTC)
    assert (line["reps"], line["reps_low"], line["reps_high"]) == (None, 0, 2)
    assert isinstance(exercise_set(), ExerciseSet)
