import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.errors import SignalError
from imutrack.metrics.vertical import vertical_motion
from imutrack.signals.signal import Signal
from metrics.motion_cases import GRAVITY, shipped_recording, turned, without_gyroscope

RATE_HZ = 100.0


def bobbing(frequency_hz=0.7, height_m=0.2, seconds=30.0):
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    turn = 2 * np.pi * frequency_hz
    acc = np.zeros((len(t_s), 3))
    acc[:, 2] = GRAVITY - height_m * turn**2 * np.sin(turn * t_s)
    return Signal(RATE_HZ, 0.0, acc, np.zeros_like(acc), np.zeros(len(t_s), dtype=bool)), height_m * turn


@pytest.mark.parametrize("worn", [lambda signal: signal, without_gyroscope])
def test_bobbing_has_its_known_velocity(worn):
    signal, peak_mps = bobbing()
    motion = vertical_motion(worn(signal))
    middle = slice(1000, 2000)  # away from the ends of the high-pass
    assert motion.velocity_mps[middle].max() == pytest.approx(peak_mps, rel=0.02)
    assert motion.velocity_mps[middle].min() == pytest.approx(-peak_mps, rel=0.02)


def test_tilt_and_turn_are_told_apart():
    n = 2000
    gyr = np.zeros((n, 3))
    gyr[500:600, 2] = np.radians(90.0)  # one second about the vertical, to the left
    acc = np.tile([0.0, 0.0, GRAVITY], (n, 1))
    motion = vertical_motion(Signal(RATE_HZ, 0.0, acc, gyr, np.zeros(n, dtype=bool)))
    assert np.sum(motion.turn_rate_dps) / RATE_HZ == pytest.approx(90.0, abs=1.0)
    assert motion.tilt_rate_dps.max() < 1.0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_motion_does_not_depend_on_how_the_sensor_is_worn(seed):
    signal = shipped_recording("syn_tug_c_fast.csv.gz")
    plain, anyhow = vertical_motion(signal), vertical_motion(turned(signal, seed))
    assert anyhow.velocity_mps == pytest.approx(plain.velocity_mps, abs=0.01)
    assert anyhow.turn_rate_dps == pytest.approx(plain.turn_rate_dps, abs=1.0)
    assert anyhow.tilt_rate_dps == pytest.approx(plain.tilt_rate_dps, abs=1.0)


def test_a_gap_is_no_movement_and_leaves_numbers():
    signal = shipped_recording("syn_tug_c_fast.csv.gz")
    missing = signal.missing.copy()
    missing[50:120] = True
    motion = vertical_motion(Signal(RATE_HZ, 0.0, signal.acc, signal.gyr, missing))
    for values in (motion.velocity_mps, motion.tilt_rate_dps, motion.turn_rate_dps):
        assert np.isfinite(values).all()


def test_a_signal_too_short_to_integrate_is_refused_with_both_lengths():
    signal, _ = bobbing(seconds=2.0)
    with pytest.raises(SignalError, match=r"lasts 2\.0 s, need 3 s"):
        vertical_motion(signal)
