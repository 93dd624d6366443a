from dataclasses import replace

import numpy as np
import pytest

from imutrack.signals.rest import RestParams, mask_runs, movement, rests, still
from imutrack.signals.signal import Signal

RATE_HZ = 50.0


def signal_of(angle_rad, noise=0.0, seed=1):
    rng = np.random.default_rng(seed)
    acc = 9.81 * np.stack((np.sin(angle_rad), 0 * angle_rad, np.cos(angle_rad)), axis=1)
    gyr = np.stack((0 * angle_rad, np.gradient(angle_rad) * RATE_HZ, 0 * angle_rad), axis=1)
    acc, gyr = (values + rng.normal(0, noise * scale, values.shape) for values, scale in ((acc, 1.0), (gyr, 0.2)))
    return Signal(RATE_HZ, 0.0, acc, gyr, np.zeros(len(acc), dtype=bool))


def rest_move_rest(peak_rad=0.8, way_s=2.0):
    way = peak_rad * (1 - np.cos(np.linspace(0, np.pi, round(way_s * RATE_HZ)))) / 2
    rest = np.zeros(round(5 * RATE_HZ))
    return np.concatenate((rest, way, way[::-1], rest))


def test_a_movement_between_two_rests_leaves_two_rests():
    found = rests(signal_of(rest_move_rest(), noise=0.05), min_s=3.0)
    assert found.shape == (2, 2)
    assert found[0, 0] == 0
    assert found[0, 1] / RATE_HZ == pytest.approx(5.0, abs=0.7)  # the window reaches half a second into the movement
    assert found[1, 0] / RATE_HZ == pytest.approx(9.0, abs=0.7)


def test_a_short_rest_is_none_where_longer_ones_are_asked_for():
    assert len(rests(signal_of(rest_move_rest()), min_s=6.0)) == 0


def test_noise_is_rest():
    assert still(signal_of(np.zeros(1000), noise=0.05)).all()


def test_a_slow_movement_is_no_rest():
    ten_degrees_a_second = signal_of(rest_move_rest(peak_rad=0.7, way_s=4.0))
    assert still(ten_degrees_a_second)[round(7 * RATE_HZ)] == np.False_


def test_steady_turning_about_the_vertical_is_no_rest():
    signal = signal_of(np.zeros(1000))
    assert not still(replace(signal, gyr=signal.gyr + np.array((0.0, 0.0, 0.3)))).any()


def test_a_biased_gyroscope_at_rest_is_at_rest():
    signal = signal_of(np.zeros(1000))
    assert still(replace(signal, gyr=signal.gyr + np.array((0.02, -0.02, 0.03)))).all()


def test_a_tremor_beside_strong_movement_is_rest_and_beside_none_is_movement():
    t_s = np.arange(1500) / RATE_HZ
    tremor = np.radians(0.4) * np.sin(2 * np.pi * 1.5 * t_s)
    strong = np.tile(rest_move_rest(way_s=0.7)[100:-100], 3)
    beside = np.concatenate((strong, tremor, strong))
    middle = slice(len(strong) + 300, len(strong) + 1200)
    assert still(signal_of(beside))[middle].mean() > 0.9
    assert still(signal_of(tremor))[300:1200].mean() < 0.1


def test_turning_the_sensor_does_not_change_what_is_rest():
    signal = signal_of(rest_move_rest(), noise=0.05)
    q, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    turned = replace(signal, acc=signal.acc @ q.T, gyr=signal.gyr @ q.T)
    np.testing.assert_allclose(movement(turned), movement(signal), atol=1e-9)


def test_where_readings_are_missing_nothing_moves():
    signal = signal_of(rest_move_rest())
    missing = np.ones(len(signal), dtype=bool)
    assert still(replace(signal, missing=missing)).all()


def test_a_gyroscope_is_not_needed():
    signal = signal_of(rest_move_rest(), noise=0.05)
    assert len(rests(replace(signal, gyr=None), min_s=3.0)) == 2


def test_nothing_and_one_sample_are_still():
    signal = signal_of(np.zeros(10))
    assert len(still(signal[:0])) == 0
    assert still(signal[:1]).all()


def test_runs_of_a_mask_are_half_open():
    assert mask_runs(np.array([False, True, True, False])).tolist() == [[1, 3]]
    assert mask_runs(np.zeros(3, dtype=bool)).shape == (0, 2)


def test_the_window_is_a_setting():
    signal = signal_of(rest_move_rest())
    narrow = still(signal, RestParams(window_s=0.3))
    assert narrow.sum() > still(signal).sum()
