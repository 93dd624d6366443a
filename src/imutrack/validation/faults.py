"""Faults put into clean recordings, to see how many the quality flags find.

Each function returns the sensor with the fault, or None where the recording cannot show it (nothing reaches the limit,
too short for the gap). The fault is what the hardware would do; sizes are drawn at random within the stated bounds.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from imutrack.samples import Floats, Quantity, Samples, Sensor
from imutrack.signals.orientation import rotate
from imutrack.signals.signal import Bools

__all__ = ["clip", "freeze", "leave_gap", "lose_packets", "offset_gyr", "scale_acc", "slip"]

_SHARE_LEFT: Final = 0.6  # of the greatest reading: a range too small by half
_SMALLEST_RANGE: Final = {Quantity.GYR: np.radians(125.0), Quantity.ACC: 1.5 * 9.80665}  # that is sold
_LEAST_AT_LIMIT: Final = 3  # readings in a row at the limit, or there is nothing to see
_BURST: Final = 8  # readings in one lost packet


def clip(sensor: Sensor, quantity: Quantity) -> Sensor | None:
    """Limit a quantity to 60 % of its greatest reading, where that is a range that is sold."""
    if quantity not in sensor.samples:
        return None
    values = sensor.samples[quantity].values
    limit = _SHARE_LEFT * float(np.nanmax(np.abs(values)))
    if limit < _SMALLEST_RANGE[quantity] or _longest_run(np.abs(values) >= limit) < _LEAST_AT_LIMIT:
        return None
    return _changed(sensor, lambda samples: np.clip(samples.values, -limit, limit), quantity)


def leave_gap(sensor: Sensor, rng: np.random.Generator) -> Sensor | None:
    """Lose all readings of 0.5 to 3 s."""
    begin_s, end_s = _stretch(sensor, rng.uniform(0.5, 3.0), rng)
    return None if begin_s is None else _kept(sensor, lambda t_s: (t_s < begin_s) | (t_s > end_s))


def lose_packets(sensor: Sensor, rng: np.random.Generator) -> Sensor | None:
    """Lose 5 % of the readings in packets of eight."""
    period_s = _BURST / max(samples.rate_hz for samples in sensor.samples.values())
    lost = rng.random(int(sensor.end_s / period_s) + 2) < 0.05
    lost[[0, -1]] = False
    return _kept(sensor, lambda t_s: ~lost[(t_s / period_s).astype(int)]) if lost.any() else None


def freeze(sensor: Sensor, rng: np.random.Generator) -> Sensor | None:
    """Repeat one reading of every quantity for 0.5 to 5 s."""
    begin_s, end_s = _stretch(sensor, rng.uniform(0.5, 5.0), rng)
    if begin_s is None:
        return None

    def frozen(samples: Samples) -> Floats:
        values = samples.values.copy()
        inside = (samples.t_s >= begin_s) & (samples.t_s <= end_s)
        values[inside] = values[np.argmax(inside)]
        return values

    return _changed(sensor, frozen)


def scale_acc(sensor: Sensor, rng: np.random.Generator) -> Sensor | None:
    """Scale the accelerometer by 3 to 6 % up or down."""
    factor = 1.0 + rng.uniform(0.03, 0.06) * rng.choice([-1.0, 1.0])
    return _changed(sensor, lambda samples: samples.values * factor, Quantity.ACC)


def offset_gyr(sensor: Sensor, rng: np.random.Generator) -> Sensor | None:
    """Add a gyroscope bias of 3 to 5 deg/s in a random direction."""
    bias = _direction(rng) * np.radians(rng.uniform(3.0, 5.0))
    return _changed(sensor, lambda samples: samples.values + bias, Quantity.GYR)


def slip(sensor: Sensor, rng: np.random.Generator, degrees: float) -> Sensor | None:
    """Turn the sensor on the limb about a random axis, half way through."""
    half = np.radians(degrees) / 2.0
    quat = np.concatenate(([np.cos(half)], np.sin(half) * _direction(rng)))
    middle_s = sensor.end_s / 2.0
    return _changed(
        sensor, lambda samples: np.where(samples.t_s[:, None] < middle_s, samples.values, rotate(quat, samples.values))
    )


def _longest_run(mask: Bools) -> int:
    longest = run = np.zeros(mask.shape[1], dtype=int)
    for row in mask:
        run = (run + 1) * row
        longest = np.maximum(longest, run)
    return int(longest.max())


def _stretch(sensor: Sensor, length_s: float, rng: np.random.Generator) -> tuple[float | None, float]:
    """Draw where a stretch begins and ends, away from both ends of the recording."""
    room_s = sensor.end_s - length_s - 2.0
    begin_s = None if room_s <= 0 else 1.0 + room_s * rng.random()
    return begin_s, 0.0 if begin_s is None else begin_s + length_s


def _direction(rng: np.random.Generator) -> Floats:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))


def _changed(sensor: Sensor, change: Callable[[Samples], Floats], only: Quantity | None = None) -> Sensor | None:
    if only is not None and only not in sensor.samples:
        return None
    changed = {
        quantity: replace(samples, values=change(samples)) if only in (None, quantity) else samples
        for quantity, samples in sensor.samples.items()
        if samples.values.shape[1] == 3
    }
    return replace(sensor, samples=changed)


def _kept(sensor: Sensor, keep: Callable[[Floats], Bools]) -> Sensor:
    kept = {}
    for quantity, samples in sensor.samples.items():
        mask = keep(samples.t_s)
        kept[quantity] = replace(samples, t_s=samples.t_s[mask], values=samples.values[mask])
    return replace(sensor, samples=kept)
