"""When the limb came back, from the angle of a set that is being done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.collector.sets.curve import Curve, came_back, came_back_once
from imutrack.results import RepDetail

PERIOD_S = 4.0
RANGE_DEG = 60.0


def bends(count, home_deg=0.0, drift_deg=0.0, cut_s=0.0):
    """A limb that goes out and comes back without rests, at 10 Hz; its home may wander, its end may be cut off."""
    t_s = np.arange(0.0, count * PERIOD_S - cut_s, 0.1)
    away_deg = RANGE_DEG * (1 - np.cos(2 * np.pi * t_s / PERIOD_S)) / 2
    return Curve(t_s, home_deg + drift_deg * t_s / PERIOD_S + away_deg)


def reps(count, from_s=0.0):
    starts_s = [from_s + k * PERIOD_S for k in range(count)]
    return [
        RepDetail(number=k + 1, start_s=at_s, turn_s=at_s + PERIOD_S / 2, end_s=at_s + PERIOD_S)
        for k, at_s in enumerate(starts_s)
    ]


def test_it_is_over_when_the_limb_is_a_third_of_its_way_back():
    # cos(2 pi t / T) = -1 + 2 x 0.35 at t = 0.6988 T
    back_s = came_back(bends(3), reps(3))
    assert back_s == pytest.approx([PERIOD_S * (k + 0.6988) for k in range(3)], abs=0.11)


@given(count=st.integers(1, 12), cut=st.floats(0.0, 0.95), drift_deg=st.floats(-15, 15))
def test_it_came_back_as_often_as_it_did(count, cut, drift_deg):
    found = came_back(bends(count, drift_deg=drift_deg, cut_s=cut * PERIOD_S), reps(count))
    if abs(cut - 0.3) > 0.12:  # where it is a third of its way back
        assert len(found) == (count if cut < 0.3 else count - 1)


@given(count=st.integers(2, 8))
def test_it_matters_not_from_which_end_the_analysis_sees_it(count):
    seen_from_home = came_back(bends(count), reps(count))
    assert came_back(bends(count), reps(count - 1, from_s=PERIOD_S / 2)) == seen_from_home


def test_tremor_is_no_coming_back():
    t_s = np.arange(0.0, 20.0, 0.1)
    assert came_back(Curve(t_s, np.sin(t_s)), reps(3)) is None


def test_without_repetitions_nothing_is_told():
    assert came_back(bends(3), []) is None


def test_a_first_movement_counts_once_it_rests_where_it_began():
    out = bends(1)
    assert came_back_once(out)
    assert not came_back_once(Curve(out.t_s[:20], out.away_deg[:20]))
    assert not came_back_once(Curve(np.zeros(0), np.zeros(0)))
