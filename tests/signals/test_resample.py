from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import SignalError
from imutrack.samples import Quantity, Samples, Sensor
from imutrack.signals.resample import to_signal

RATE_HZ = 100.0
T_S = np.arange(1000) / RATE_HZ
SLOW_WAVES = np.sin(0.5 * np.pi * T_S[:, None] + np.arange(3)) + np.array([0.0, 0.0, 9.81])


def sensor(t_s=T_S, acc=SLOW_WAVES, gyr=SLOW_WAVES):
    samples = {Quantity.ACC: Samples(t_s, acc, RATE_HZ), Quantity.GYR: Samples(t_s, gyr, RATE_HZ)}
    return Sensor("test", samples)


def holed(start, stop, *, bad):
    """A sensor whose readings in a range of rows are bad values, or absent."""
    if bad:
        acc = SLOW_WAVES.copy()
        acc[start:stop] = np.nan
        return sensor(acc=acc)
    kept = np.delete(np.arange(len(T_S)), np.arange(start, stop))
    return sensor(T_S[kept], SLOW_WAVES[kept], SLOW_WAVES[kept])


@pytest.mark.parametrize("bad", [True, False])
def test_a_short_gap_is_bridged_and_a_long_one_is_marked_as_missing(bad):
    short = to_signal(holed(500, 508, bad=bad))
    assert not short.missing.any()
    assert short.acc == pytest.approx(SLOW_WAVES, abs=0.01)  # a straight line across 90 ms of a 0.25 Hz wave
    long = to_signal(holed(500, 560, bad=bad))
    assert np.flatnonzero(long.missing).tolist() == list(range(500, 560))
    assert np.isfinite(long.acc).all()


def test_single_bad_values_all_over_are_no_gaps():
    acc = SLOW_WAVES.copy()
    acc[np.random.default_rng(1).random(len(acc)) < 0.2] = np.nan
    assert not to_signal(sensor(acc=acc)).missing.any()


def test_readings_on_a_uniform_clock_are_taken_as_they_are():
    signal = to_signal(sensor())
    assert np.array_equal(signal.acc, SLOW_WAVES)
    assert signal.sampling_rate_hz == pytest.approx(RATE_HZ)


@given(st.floats(0.0, 9.0), st.floats(0.2, 5.0))
def test_a_stretch_holds_its_own_readings_only(start_s, length_s):
    signal = to_signal(sensor(), start_s, start_s + length_s)
    assert signal.t_s[0] >= start_s
    assert signal.t_s[-1] <= start_s + length_s + 1e-9
    assert len(signal) == pytest.approx(min(length_s, T_S[-1] - start_s) * RATE_HZ, abs=1.01)  # one sample


def test_a_stretch_with_one_reading_is_refused():
    with pytest.raises(SignalError, match="only one"):
        to_signal(sensor(), 5.001, 5.012)


def test_a_slower_gyroscope_is_brought_to_the_faster_clock():
    mixed = sensor()
    gyr = replace(mixed.samples[Quantity.GYR], t_s=T_S[::2], values=SLOW_WAVES[::2], rate_hz=RATE_HZ / 2)
    signal = to_signal(Sensor("test", {**mixed.samples, Quantity.GYR: gyr}))
    assert signal.sampling_rate_hz == RATE_HZ
    assert signal.gyr == pytest.approx(SLOW_WAVES[: len(signal)], abs=0.01)
