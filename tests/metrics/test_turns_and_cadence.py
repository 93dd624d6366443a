import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.metrics.cadence import cadence_spm
from imutrack.metrics.turns import find_turns

RATE_HZ = 100.0
T_S = np.arange(1200) / RATE_HZ


def turning(angle_deg, begin_s=4.0, lasts_s=2.0):
    """Rate of a smooth turn: one hump with the given area."""
    share = np.clip((T_S - begin_s) / lasts_s, 0.0, 1.0)
    return angle_deg / lasts_s * (1 - np.cos(2 * np.pi * share))


def striding(twist_dps=25.0, frequency_hz=0.9):
    return twist_dps * np.sin(2 * np.pi * frequency_hz * T_S)


@given(angle_deg=st.floats(110.0, 360.0), side=st.sampled_from([-1.0, 1.0]), lasts_s=st.floats(1.0, 4.0))
def test_a_turn_has_its_angle_sign_and_duration(angle_deg, side, lasts_s):
    (turn,) = find_turns(turning(side * angle_deg, lasts_s=lasts_s), RATE_HZ)
    assert turn.angle_deg == pytest.approx(side * angle_deg, rel=0.03)
    assert turn.peak_dps == pytest.approx(2 * angle_deg / lasts_s, rel=0.05)
    assert turn.start / RATE_HZ == pytest.approx(4.0, abs=0.08 * lasts_s)
    assert turn.stop / RATE_HZ == pytest.approx(4.0 + lasts_s, abs=0.08 * lasts_s)


def test_strides_before_and_after_are_not_part_of_a_turn():
    walking = striding() * ((T_S < 4.0) | (T_S > 6.0))
    (turn,) = find_turns(turning(180.0) + walking, RATE_HZ)
    assert turn.angle_deg == pytest.approx(180.0, abs=6.0)
    assert turn.start / RATE_HZ == pytest.approx(4.0, abs=0.25)


def test_walking_straight_has_no_turns():
    assert find_turns(striding(), RATE_HZ) == ()


def test_a_quarter_turn_is_none():
    assert find_turns(turning(80.0), RATE_HZ) == ()


def test_a_turn_in_two_steps_is_one():
    (turn,) = find_turns(turning(90.0, 4.0, 1.0) + turning(90.0, 5.2, 1.0), RATE_HZ)
    assert turn.angle_deg == pytest.approx(180.0, abs=5.0)


def test_a_turn_and_its_return_are_two():
    turns = find_turns(turning(180.0, 3.0) + turning(-180.0, 5.0), RATE_HZ)
    assert [turn.angle_deg for turn in turns] == pytest.approx([180.0, -180.0], abs=5.0)


@given(spm=st.floats(65.0, 160.0), uneven=st.floats(0.0, 0.3), seed=st.integers(0, 100))
def test_cadence_is_that_of_the_steps_and_not_of_the_strides(spm, uneven, seed):
    rng = np.random.default_rng(seed)
    step = 2 * np.pi * spm / 60.0 * T_S
    bob = 2.0 * np.sin(step) + uneven * np.sin(step / 2) + 0.1 * rng.standard_normal(len(T_S))
    assert cadence_spm([bob[:400], bob[600:1000]], RATE_HZ) == pytest.approx(spm, rel=0.04)


@pytest.mark.parametrize("walks", [[], [np.zeros(500)], [np.ones(20)]])
def test_cadence_of_no_walk_cannot_be_told(walks):
    assert cadence_spm(walks, RATE_HZ) is None


def test_noise_has_no_cadence():
    assert cadence_spm([np.random.default_rng(0).standard_normal(500)], RATE_HZ) is None
