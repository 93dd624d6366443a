"""Builders: sets of repetitions in closed form, as an ordinary sensor reads them."""

from dataclasses import replace
from importlib.resources import files

import numpy as np

from imutrack.recordings import read_recording
from imutrack.signals.resample import to_signal
from imutrack.signals.signal import Signal
from turning_sensor import X, rotated, turning

DEMO = files("imutrack.demo") / "data"


def one_way(peak_deg, way_s, hold_s, rate_hz):
    """(n,) degrees of one repetition: minimum jerk out, a hold, minimum jerk back."""
    s = np.linspace(0.0, 1.0, round(way_s * rate_hz))
    way = peak_deg * (10 * s**3 - 15 * s**4 + 6 * s**5)
    return np.concatenate((way, np.full(round(hold_s * rate_hz), peak_deg), way[::-1]))


def angles(reps, rest_s=4.0, pause_s=0.5, rate_hz=50.0):
    """(n,) degrees of (peak_deg, way_s, hold_s) repetitions with pauses, rest before and after."""
    rest, pause = np.zeros(round(rest_s * rate_hz)), np.zeros(round(pause_s * rate_hz))
    parts = [part for rep in reps for part in (one_way(*rep, rate_hz), pause)]
    return np.concatenate([rest, *parts, rest])


def noisy(signal, seed=1, acc=0.05, gyr=0.01):
    rng = np.random.default_rng(seed)
    return replace(
        signal,
        acc=signal.acc + rng.normal(0.0, acc, signal.acc.shape),
        gyr=None if signal.gyr is None else signal.gyr + rng.normal(0.0, gyr, signal.gyr.shape),
    )


def lifts(reps, rest_s=4.0, pause_s=0.5, rate_hz=50.0, seed=1, axis=X):
    """A limb lifted about a level axis, read with ordinary noise."""
    return noisy(turning(angles(reps, rest_s, pause_s, rate_hz), axis=axis, rate_hz=rate_hz), seed)


def turned(signal, direction, angle_rad):
    """The same movement read in other sensor axes."""
    axis = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    angle = np.full(len(signal), angle_rad)
    return replace(
        signal,
        acc=rotated(axis, angle, signal.acc),
        gyr=None if signal.gyr is None else rotated(axis, angle, signal.gyr),
    )


def still_signal(n=2000, rate_hz=50.0, gyr=True):
    acc = np.tile((0.0, 0.0, 9.81), (n, 1))
    return Signal(rate_hz, 0.0, acc, np.zeros((n, 3)) if gyr else None, np.zeros(n, dtype=bool))


def joined_in_time(*signals):
    return Signal(
        signals[0].sampling_rate_hz,
        0.0,
        np.concatenate([signal.acc for signal in signals]),
        np.concatenate([signal.gyr for signal in signals]),
        np.concatenate([signal.missing for signal in signals]),
    )


def recorded(name):
    """A recording of the demonstration as a signal."""
    return to_signal(read_recording(DEMO / name).sensors[0])
