import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.metrics.smoothness import rep_sparc, sparc


def minimum_jerk(duration_s=1.0, rate_hz=100.0, peak=1.0):
    s = np.arange(round(duration_s * rate_hz) + 1) / round(duration_s * rate_hz)
    return peak * 16 * s**2 * (1 - s) ** 2


def arc_of_the_minimum_jerk_spectrum():
    """The published definition by brute force: Fourier integral of the speed profile on a fine grid."""
    s = np.linspace(0, 1, 4001)
    speed = 16 * s**2 * (1 - s) ** 2
    hz = np.linspace(0, 10, 1001)
    spectrum = np.abs([np.trapezoid(speed * np.exp(-2j * np.pi * f * s), s) for f in hz]) / np.trapezoid(speed, s)
    last = np.flatnonzero(spectrum >= 0.05)[-1]
    return -np.hypot(hz[1] / hz[last], np.diff(spectrum[: last + 1])).sum()


def test_the_spectral_arc_of_a_minimum_jerk_movement_is_its_closed_form():
    assert sparc(minimum_jerk(), 100.0) == pytest.approx(arc_of_the_minimum_jerk_spectrum(), abs=0.005)  # zero padding
    assert sparc(minimum_jerk(), 100.0) == pytest.approx(-1.41, abs=0.01)


@given(st.floats(0.5, 4.0), st.sampled_from([25.0, 50.0, 100.0, 200.0]), st.floats(0.01, 100.0))
def test_spectral_arc_depends_on_neither_duration_nor_rate_nor_size(duration_s, rate_hz, peak):
    assert sparc(minimum_jerk(duration_s, rate_hz, peak), rate_hz) == pytest.approx(-1.406, abs=0.03)


def test_a_halting_movement_is_less_smooth_than_a_flowing_one():
    flowing = minimum_jerk(2.0)
    halting = flowing * (1 + 0.8 * np.sin(2 * np.pi * 4 * np.arange(len(flowing)) / 100.0))
    assert sparc(halting, 100.0) < sparc(flowing, 100.0)


@pytest.mark.parametrize("speed", [np.zeros(50), np.ones(2), np.array([]), np.full(50, np.nan)])
def test_what_does_not_move_or_is_too_short_has_no_smoothness(speed):
    assert np.isnan(sparc(speed, 100.0))


def test_every_repetition_has_its_own_smoothness():
    speed = np.concatenate([minimum_jerk(), np.zeros(50), minimum_jerk(2.0)])
    rate = np.stack([0 * speed, speed, 0 * speed], axis=1)
    found = rep_sparc(rate, [(0, 50, 101), (151, 250, 352)], 100.0)
    assert found == pytest.approx([-1.406, -1.406], abs=0.01)
