from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.flags import FlagCode
from imutrack.metrics.at_rest import check_still, held_still
from imutrack.metrics.clipping import clipped_share
from imutrack.metrics.quality import check_sensor, frozen_s, lost_readings
from imutrack.samples import Quantity, Samples, Sensor
from imutrack.signals.resample import to_signal
from turning_sensor import RATE_HZ, Y, repetitions, sensor_of, turning


@pytest.fixture(scope="module")
def clean():
    angle, _ = repetitions(peak_deg=120.0, reps=6, way_s=0.6)  # 375 deg/s at its fastest
    return sensor_of(turning(angle))


def changed(sensor, quantity, values):
    return replace(sensor, samples={**sensor.samples, quantity: replace(sensor.samples[quantity], values=values)})


def flags_of(sensor, **window):
    return {flag.code: dict(flag.values) for flag in check_sensor(sensor, **window) + check_still(to_signal(sensor))}


def test_a_good_sensor_raises_no_flag(clean):
    assert flags_of(clean) == {}


@pytest.mark.parametrize("limit_dps", [150, 250, 350])
def test_a_clipped_gyroscope_is_found_whatever_its_range(clean, limit_dps):
    gyr = clean.samples[Quantity.GYR].values
    limit = np.radians(limit_dps)
    assert FlagCode.GYRO_CLIPPED in flags_of(changed(clean, Quantity.GYR, np.clip(gyr, -limit, limit)))


def test_a_plateau_that_calibration_has_spread_is_found_when_it_comes_twice(clean):
    gyr = clean.samples[Quantity.GYR].values
    limit = np.radians(250)
    spread = np.clip(gyr, -limit, limit) + 0.004 * np.sin(np.arange(len(gyr)) / 5.0)[:, None]
    assert clipped_share(spread, Quantity.GYR) > 0
    once = spread.copy()
    once[500:] = gyr[:500][: len(once) - 500].mean(axis=0)
    assert clipped_share(once[:420], Quantity.GYR) == 0.0


@pytest.mark.parametrize("step", [0.001, 0.01, 0.05])
def test_a_coarse_sensor_is_not_clipped_because_its_peaks_repeat(clean, step):
    gyr = clean.samples[Quantity.GYR].values
    assert clipped_share(np.round(gyr / step) * step, Quantity.GYR) == 0.0


def test_a_smooth_peak_of_any_width_is_not_clipped():
    t_s = np.arange(0, 20, 0.01)
    for hz in (0.1, 0.5, 1.0, 3.0, 8.0):
        gyr = np.stack([6 * np.sin(2 * np.pi * hz * t_s), np.cos(t_s), np.sin(3 * t_s)], axis=1)
        assert clipped_share(gyr, Quantity.GYR) == 0.0


def test_held_readings_at_a_peak_are_not_clipping(clean):
    gyr = np.repeat(clean.samples[Quantity.GYR].values, 4, axis=0)  # every reading delivered four times
    assert clipped_share(gyr, Quantity.GYR) == 0.0


def test_a_sensor_at_rest_on_its_side_is_not_clipped():
    acc = np.tile([9.81, 0.0, 0.0], (500, 1))
    assert clipped_share(acc, Quantity.ACC) == 0.0


def test_impacts_beyond_two_g_are_found(clean):
    acc = clean.samples[Quantity.ACC].values.copy()
    acc[600:640] += 40.0 * np.hanning(40)[:, None]
    limit = 2 * 9.80665
    assert FlagCode.ACC_CLIPPED in flags_of(changed(clean, Quantity.ACC, np.clip(acc, -limit, limit)))


def test_a_gap_is_reported_with_its_length(clean):
    def without(samples):
        keep = (samples.t_s < 5.0) | (samples.t_s > 7.0)
        return replace(samples, t_s=samples.t_s[keep], values=samples.values[keep])

    holed = Sensor("test", {quantity: without(samples) for quantity, samples in clean.samples.items()})
    found = flags_of(holed)[FlagCode.GAPS]
    assert found["longest_s"] == pytest.approx(2.02, abs=0.011)  # one sample on either side
    assert found["missing_pct"] == pytest.approx(100 * 2.0 / clean.end_s, abs=0.3)


def test_single_losses_all_over_are_a_gap_too(clean):
    acc = clean.samples[Quantity.ACC]
    keep = np.random.default_rng(1).random(len(acc)) > 0.06
    lost_pct, longest_s = lost_readings(replace(acc, t_s=acc.t_s[keep], values=acc.values[keep]))
    assert lost_pct == pytest.approx(6.0, abs=1.5)
    assert longest_s < 0.1


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.4))
@settings(max_examples=30, deadline=None)
def test_jittering_time_stamps_are_no_loss(seed, jitter):
    rng = np.random.default_rng(seed)
    t_s = np.sort((np.arange(1000) + rng.uniform(-jitter, jitter, 1000)) / RATE_HZ)
    assert lost_readings(Samples(t_s, np.ones((1000, 3)), RATE_HZ))[0] < 2.0


def test_time_stamps_rounded_to_milliseconds_are_no_loss():
    t_s = np.round(np.arange(3000) / 300.0, 3)
    assert lost_readings(Samples(t_s, np.ones((3000, 3)), 300.0))[0] == 0.0


def test_bad_values_count_as_missing(clean):
    acc = clean.samples[Quantity.ACC].values.copy()
    acc[300:400] = np.nan
    assert FlagCode.GAPS in flags_of(changed(clean, Quantity.ACC, acc))


@pytest.mark.parametrize("at", [100, 500, 900])
def test_a_frozen_stretch_is_found_at_rest_and_in_movement(clean, at):
    gyr = clean.samples[Quantity.GYR].values.copy()
    gyr[at : at + 80] = gyr[at]
    assert flags_of(changed(clean, Quantity.GYR, gyr))[FlagCode.FROZEN]["longest_s"] == pytest.approx(0.79, abs=0.001)


def test_a_sensor_that_freezes_for_good_is_found(clean):
    acc = clean.samples[Quantity.ACC].values.copy()
    acc[-60:] = acc[-60]
    assert frozen_s(replace(clean.samples[Quantity.ACC], values=acc)) == pytest.approx(0.59, abs=0.001)


def test_a_coarse_sensor_at_rest_is_not_frozen():
    rng = np.random.default_rng(3)
    acc = np.round((np.array([0.3, 0.2, 9.8]) + rng.normal(0, 0.01, (2000, 3))) / 0.3) * 0.3
    acc[1500] += [0.3, 0.0, 0.0]
    assert frozen_s(Samples(np.arange(2000) / 100.0, acc, 100.0)) == 0.0


@pytest.mark.parametrize("factor", [0.95, 1.04])
def test_an_accelerometer_that_reads_gravity_wrong_is_found(clean, factor):
    acc = clean.samples[Quantity.ACC].values * factor
    found = flags_of(changed(clean, Quantity.ACC, acc))[FlagCode.ACC_SCALE]
    assert found["off_pct"] == pytest.approx(100 * abs(factor - 1), abs=0.2)


def test_a_gyroscope_bias_is_read_at_rest(clean):
    gyr = clean.samples[Quantity.GYR].values + np.radians(3.0) * Y
    assert flags_of(changed(clean, Quantity.GYR, gyr))[FlagCode.GYRO_BIAS]["bias_dps"] == pytest.approx(3.0, abs=0.2)


def test_a_slow_steady_turn_is_not_a_bias():
    angle = np.arange(0, 120, 4.0 / RATE_HZ)  # 4 deg/s for half a minute
    sensor = sensor_of(turning(angle))
    assert FlagCode.GYRO_BIAS not in flags_of(sensor)


def test_nothing_is_said_of_gravity_where_the_sensor_is_never_still():
    t_s = np.arange(0, 20, 0.01)
    signal = turning(60 * np.sin(2 * np.pi * 0.7 * t_s))
    assert not held_still(signal)
    assert check_still(replace(signal, acc=signal.acc * 1.1)) == ()


def test_a_slow_sensor_is_flagged_with_its_rate(clean):
    thinned = {
        quantity: Samples(samples.t_s[::10], samples.values[::10], 10.0) for quantity, samples in clean.samples.items()
    }
    assert flags_of(Sensor("test", thinned))[FlagCode.RATE_LOW] == {"rate_hz": 10.0}


def test_only_the_stretch_that_is_asked_for_is_judged(clean):
    gyr = clean.samples[Quantity.GYR].values.copy()
    gyr[1200:1300] = gyr[1200]
    frozen = changed(clean, Quantity.GYR, gyr)
    assert [flag.code for flag in check_sensor(frozen, 11.0, 14.0)] == [FlagCode.FROZEN]
    assert check_sensor(frozen, 0.0, 11.0) == ()
    assert check_sensor(frozen, 100.0, 110.0) == ()


@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_any_readings_give_flags_and_never_an_error(seed, n, bad):
    rng = np.random.default_rng(seed)
    t_s = np.sort(rng.choice(rng.uniform(0, 10, n), n))
    values = np.where(rng.random((n, 3)) < bad, np.nan, rng.choice([1.0, 30.0, -7.0], (n, 3)))
    samples = Samples(t_s, values, 50.0)
    check_sensor(Sensor("test", {Quantity.ACC: samples, Quantity.GYR: samples}))
