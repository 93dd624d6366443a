"""Orientation of one sensor over a whole recording, and the small quaternion algebra around it.

Approach: OfflineVQF (Laidig & Seel, Information Fusion 91, 2023, doi 10.1016/j.inffus.2022.10.014) runs forward and
backward and so has no lag and no settling time. Without a magnetometer (6D) inclination is absolute and heading is
relative; with one (9D) the earth frame is east, north, up. Indoors the magnetometer does more harm than good, so every
clinical angle uses 6D.

Long gaps split the recording and each piece starts afresh: bridging 0.5 s of missing rotation costs about 10 degrees of
inclination for the seconds after it, starting afresh about 1. What it does not do: nothing relates the headings of two
pieces.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.errors import SignalError
from imutrack.samples import Floats
from imutrack.signals.rest import mask_runs
from imutrack.signals.signal import Signal

__all__ = [
    "Orientation",
    "OrientationParams",
    "conjugate",
    "multiply",
    "orientation",
    "rotate",
    "twist_rad",
]

_LEAST_SAMPLES: Final = 4  # a shorter piece between two gaps says nothing about inclination
_CONJUGATE: Final = np.array([1.0, -1.0, -1.0, -1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class OrientationParams:
    """Settings of the filter that differ from its published defaults."""

    bias_clip_dps: float = (
        5.0  # default 2: a cheap sensor with 5 deg/s of bias costs up to 3 deg per range; with 5 none
    )
    bias_sigma_dps: float = 1.0  # default 0.5: how far off the gyroscope may be at the start


@dataclass(frozen=True, slots=True, eq=False)
class Orientation:
    """Orientation of one sensor.

    Attributes:
        quat_sensor_to_earth: (n, 4) scalar first, earth z up; NaN inside long gaps.
        gyr_bias_radps: (n, 3) estimated gyroscope bias; zero inside long gaps.
        pieces: ``[start, end)`` in samples of the stretches between long gaps; headings are comparable within one only.
    """

    quat_sensor_to_earth: Floats
    gyr_bias_radps: Floats
    pieces: tuple[tuple[int, int], ...]


def orientation(
    signal: Signal, params: OrientationParams = OrientationParams(), mag: Floats | None = None
) -> Orientation:
    """Estimate the orientation of a sensor over a whole signal.

    Args:
        signal: must hold angular rate; it is not changed.
        params: settings of the filter.
        mag: (n, 3) magnetic field in any unit on the signal's clock, finite; heading then points north and x east.

    Raises:
        SignalError: there is no gyroscope, or no stretch long enough between gaps.
    """
    if signal.gyr is None:
        raise SignalError("no gyroscope in it: angles need one")
    n = len(signal)
    pieces = tuple((start, end) for start, end in mask_runs(~signal.missing).tolist() if end - start >= _LEAST_SAMPLES)
    if not pieces:
        raise SignalError(f"no {_LEAST_SAMPLES} readings in a row among {n}: nothing can be said about orientation")
    quat = np.full((n, 4), np.nan)
    bias = np.zeros((n, 3))
    for start, end in pieces:
        piece_mag = None if mag is None else mag[start:end]
        quat[start:end], bias[start:end] = _filtered(signal[start:end], params, piece_mag)
    return Orientation(quat, bias, pieces)


def _filtered(signal: Signal, params: OrientationParams, mag: Floats | None) -> tuple[Floats, Floats]:
    from vqf import offlineVQF  # compiled; 50 ms to load

    found = offlineVQF(
        np.ascontiguousarray(signal.gyr, dtype=np.float64),
        np.ascontiguousarray(signal.acc, dtype=np.float64),
        None if mag is None else np.ascontiguousarray(mag, dtype=np.float64),
        1.0 / signal.sampling_rate_hz,
        {"biasClip": params.bias_clip_dps, "biasSigmaInit": params.bias_sigma_dps},
    )
    return found["quat6D" if mag is None else "quat9D"], found["bias"]


def multiply(a: Floats, b: Floats) -> Floats:
    """Return the quaternion product of (..., 4) and (..., 4): first ``b``, then ``a``."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(quat: Floats) -> Floats:
    """Return the inverse rotation of unit quaternions (..., 4)."""
    return np.asarray(quat * _CONJUGATE)


def rotate(quat: Floats, vectors: Floats) -> Floats:
    """Return (..., 3) vectors turned by unit quaternions (..., 4).

    >>> quarter_turn_about_z = np.array([np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
    >>> np.allclose(rotate(quarter_turn_about_z, np.array([1.0, 0.0, 0.0])), [0.0, 1.0, 0.0])
    True
    """
    scalar, vector = quat[..., :1], quat[..., 1:]
    across = 2.0 * np.cross(vector, vectors)
    return np.asarray(vectors + scalar * across + np.cross(vector, across))


def twist_rad(quat: Floats, axis: Floats) -> Floats:
    """Return (n,) angles by which (n, 4) rotations turn about a unit axis (3,), in (-2 pi, 2 pi), not unwrapped.

    Swing-twist decomposition: the twist is 2 atan2(v . axis, w), the swing that remains turns about a perpendicular.
    """
    return np.asarray(2.0 * np.arctan2(quat[..., 1:] @ axis, quat[..., 0]))
