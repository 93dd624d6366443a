"""What is kept of a result is read back as it was, whatever the analysis said."""

import dataclasses
import math

import numpy as np
import pytest

from imutrack.errors import StoreError
from imutrack.results import Result
from imutrack.stores.analysed import KINDS, decode, encode, kind_of
from stores.store_builders import chair_test, exercise_set, stance, up_and_go


@pytest.mark.parametrize("result", [exercise_set(), stance(), chair_test(), up_and_go()], ids=kind_of)
def test_every_kind_of_result_is_read_back_whole_but_for_its_curve(result):
    kept = decode(kind_of(result), encode(result))
    assert type(kept) is type(result) is KINDS[kind_of(result)]
    said = {field.name for field in dataclasses.fields(result)} - {"trace"}
    assert {name: getattr(kept, name) for name in said} == {name: getattr(result, name) for name in said}
    assert kept.trace is None


def test_numbers_are_kept_to_the_last_bit_also_those_of_arrays():
    value = np.float64(0.1) * 3
    kept = decode("exercise_set", encode(exercise_set(rom_best3_deg=value, reps_low=np.int64(2))))
    assert (kept.rom_best3_deg, kept.reps_low) == (float(value), 2)


def test_what_is_no_number_could_not_be_told():
    assert decode("stance", encode(stance(sway={"rms_mps2": math.nan, "path_mps2": 1.0}))).sway == {"path_mps2": 1.0}
    assert decode("exercise_set", encode(exercise_set(rom_best3_deg=math.nan))).rom_best3_deg is None


def test_what_cannot_be_read_says_what_to_do():
    with pytest.raises(StoreError, match=r"cannot be read .*: replay its recording"):
        decode("stance", encode(up_and_go()))


def test_every_kind_of_result_has_its_measurement():
    # a class with slots is made twice
    assert {kind.__name__ for kind in KINDS.values()} == {kind.__name__ for kind in Result.__subclasses__()}
