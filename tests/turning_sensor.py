"""Builders: what a sensor reads that turns about one axis, in closed form."""

import numpy as np

from imutrack.samples import Quantity, Samples, Sensor
from imutrack.signals.signal import Signal

GRAVITY = 9.80665
RATE_HZ = 100.0
X, Y, Z = np.eye(3)


def rotated(axis, angle_rad, vectors):
    """Turn (n, 3) or (3,) vectors by (n,) angles about a unit axis (Rodrigues)."""
    axis = np.asarray(axis, dtype=float)
    angle = np.asarray(angle_rad, dtype=float)[..., None]
    vectors = np.broadcast_to(vectors, np.broadcast_shapes(np.shape(vectors), (*np.shape(angle_rad), 3)))
    along = (vectors @ axis)[..., None] * axis
    return vectors * np.cos(angle) + np.cross(axis, vectors) * np.sin(angle) + along * (1 - np.cos(angle))


def turning(angle_deg, axis=X, up=Z, rate_hz=RATE_HZ):
    """Signal of a sensor that turns by (n,) degrees about a body axis, `up` being upward in the sensor at angle 0.

    Its rate is the mean since the reading before, as sensors that average deliver it.
    """
    angle = np.radians(angle_deg)
    acc = GRAVITY * rotated(axis, -angle, np.asarray(up, dtype=float))
    gyr = np.diff(angle, prepend=angle[0])[:, None] * rate_hz * np.asarray(axis, dtype=float)
    return Signal(rate_hz, 0.0, acc, gyr, np.zeros(len(angle), dtype=bool))


def repetitions(peak_deg=80.0, reps=6, rest_s=3.0, way_s=1.0, hold_s=0.5, pause_s=1.0, rate_hz=RATE_HZ):
    """Return (n,) degrees of minimum-jerk repetitions with holds, and their (start, turn, end) spans."""
    s = np.arange(round(way_s * rate_hz)) / round(way_s * rate_hz)
    way = peak_deg * (10 * s**3 - 15 * s**4 + 6 * s**5)
    rep = np.concatenate([way, np.full(round(hold_s * rate_hz), peak_deg), way[::-1]])
    pause, rest = np.zeros(round(pause_s * rate_hz)), np.zeros(round(rest_s * rate_hz))
    angle = np.concatenate([rest, *([rep, pause] * reps), rest])
    starts = [len(rest) + k * (len(rep) + len(pause)) for k in range(reps)]
    return angle, [(start, start + len(rep) // 2, start + len(rep) + 1) for start in starts]


def turned_on_limb(signal, axis, angle_deg):
    """The same movement seen by a sensor that sits otherwise on the limb."""
    angle = np.radians(angle_deg)
    acc, gyr = rotated(axis, angle, signal.acc), rotated(axis, angle, signal.gyr)
    return Signal(signal.sampling_rate_hz, signal.start_s, acc, gyr, signal.missing)


def sensor_of(signal, noise_seed=1, acc_noise=0.02, gyr_noise=0.002):
    """Raw readings of a signal, with the noise that a real sensor has."""
    rng = np.random.default_rng(noise_seed)
    t_s = signal.t_s
    acc = signal.acc + rng.normal(0, acc_noise, signal.acc.shape)
    gyr = signal.gyr + rng.normal(0, gyr_noise, signal.gyr.shape)
    rate_hz = signal.sampling_rate_hz
    return Sensor("test", {Quantity.ACC: Samples(t_s, acc, rate_hz), Quantity.GYR: Samples(t_s, gyr, rate_hz)})
