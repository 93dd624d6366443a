from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.metrics.extents import whole_movements
from imutrack.synthetic.motion import Move, moves

RATE_HZ = 50.0
T_S = np.arange(0.0, 40.0, 1 / RATE_HZ)


def there_and_back(starts_s, out_s=2.0, hold_s=0.5, rom_deg=80.0, first=()):
    plan = [*first]
    for start_s in starts_s:
        plan += [Move(start_s, out_s, rom_deg), Move(start_s + out_s + hold_s, out_s, -rom_deg)]
    return moves(T_S, plan).value


def samples(*times_s):
    return tuple(round(t_s * RATE_HZ) for t_s in times_s)


@given(st.floats(0.0, 0.9), st.floats(0.0, 0.9))
def test_a_span_that_lost_its_ends_gets_the_whole_movement(late_s, early_s):
    angle = there_and_back([10.0])
    cut = samples(10.0 + late_s, 12.25, 14.5 - early_s)
    [(start, turn, end)] = whole_movements(angle, [cut], RATE_HZ)
    assert np.ptp(angle[start:end]) == pytest.approx(80.0, abs=0.5)  # the ends count from half a per cent on
    assert start <= cut[0]
    assert turn == cut[1]
    assert end >= cut[2]
    assert start >= samples(9.9)[0]  # no further than the rest
    assert end <= samples(14.6)[0]


def test_a_pause_keeps_getting_into_position_out():
    angle = there_and_back([10.0], first=[Move(5.0, 1.5, 60.0)])
    [(start, _, end)] = whole_movements(angle, [samples(10.6, 12.25, 14.0)], RATE_HZ)
    assert np.ptp(angle[start:end]) == pytest.approx(80.0, abs=0.5)


def test_repetitions_without_a_pause_meet_and_do_not_overlap():
    angle = there_and_back([5.0, 9.5, 14.0])
    spans = [samples(start_s + 0.7, start_s + 2.25, start_s + 3.8) for start_s in (5.0, 9.5, 14.0)]
    whole = whole_movements(angle, spans, RATE_HZ)
    assert all(before[2] <= after[0] for before, after in pairwise(whole))
    assert [np.ptp(angle[start:end]) for start, _, end in whole] == pytest.approx([80.0] * 3, abs=1.0)


def test_no_span_grows_into_a_gap():
    angle = there_and_back([10.0])
    gap = slice(*samples(9.0, 10.3))
    angle[gap] = np.nan
    [(start, _, _)] = whole_movements(angle, [samples(10.8, 12.25, 14.0)], RATE_HZ)
    assert start >= gap.stop


def test_a_still_angle_changes_no_span():
    spans = [samples(5.0, 6.0, 7.0)]
    assert whole_movements(np.zeros(len(T_S)), spans, RATE_HZ) == spans
