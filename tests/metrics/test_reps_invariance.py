from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.metrics.reps import count_reps
from metrics.rep_cases import joined_in_time, lifts, recorded, still_signal, turned

directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)
RECORDED = ["spar_s03_ER_L.csv.gz", "spar_s04_IR_R.csv.gz", "spar_s06_TRAP_L.csv.gz"]


@pytest.fixture(scope="module")
def uneven():
    rng = np.random.default_rng(3)
    return lifts([(60 * rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.4), 0.3) for _ in range(7)], rate_hz=25.0)


@settings(max_examples=15, deadline=None)
@given(direction=directions, angle_rad=st.floats(-np.pi, np.pi))
def test_turning_the_sensor_changes_nothing(uneven, direction, angle_rad):
    counted, again = count_reps(uneven), count_reps(turned(uneven, direction, angle_rad))
    assert again.spans == counted.spans
    assert (again.low, again.high, again.sure) == (counted.low, counted.high, counted.sure)


@pytest.mark.parametrize("name", RECORDED)
def test_turning_the_sensor_changes_no_recorded_count(name):
    signal = recorded(name)
    counted = count_reps(signal)
    for direction, angle_rad in (((1, 2, 3), 1.0), ((-2, 1, 0.5), 2.5), ((0, 0, 1), np.pi)):
        again = count_reps(turned(signal, direction, angle_rad))
        assert again.spans == counted.spans
        assert (again.low, again.high, again.sure) == (counted.low, counted.high, counted.sure)


@pytest.mark.parametrize("name", RECORDED)
def test_a_mirrored_sensor_counts_the_same(name):
    signal = recorded(name)
    mirrored = replace(signal, acc=signal.acc * (1, 1, -1), gyr=signal.gyr * (-1, -1, 1))
    assert count_reps(mirrored).spans == count_reps(signal).spans


@pytest.mark.parametrize("idle_s", [2.0, 30.0, 300.0])
def test_idle_before_and_after_changes_no_count(uneven, idle_s):
    idle = still_signal(round(idle_s * 25.0), rate_hz=25.0)
    assert count_reps(joined_in_time(idle, uneven, idle)).best == count_reps(uneven).best == 7


def test_a_slow_drift_of_the_gyroscope_changes_no_count(uneven):
    biased = replace(uneven, gyr=uneven.gyr + np.array((0.02, -0.03, 0.01)))
    assert count_reps(biased).best == 7


def test_without_a_gyroscope_lifts_are_counted_all_the_same(uneven):
    assert count_reps(replace(uneven, gyr=None)).best == 7


def test_a_sensor_that_slips_during_the_set_changes_no_count():
    first, second = lifts([(60.0, 1.2, 0.3)] * 5, rest_s=1.0), lifts([(60.0, 1.2, 0.3)] * 5, rest_s=1.0)
    assert count_reps(joined_in_time(first, turned(second, (0, 1, 0), 0.3))).best == 10


def test_the_same_signal_gives_the_same_result_twice(uneven):
    assert count_reps(uneven) == count_reps(uneven)


def test_the_signal_is_not_written_to(uneven):
    acc, gyr = uneven.acc.copy(), uneven.gyr.copy()
    count_reps(uneven)
    assert np.array_equal(acc, uneven.acc)
    assert np.array_equal(gyr, uneven.gyr)
