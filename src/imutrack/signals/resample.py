"""`Samples` -> `Signal`: one uniform clock for acceleration and angular rate.

Approach: where the time stamps are uniform to 1 % of a step, the readings are taken as they are; otherwise they are
interpolated linearly onto a uniform clock at the faster sensor's own rate. Short gaps are bridged; longer ones are
marked as missing, never closed up and never trusted. A reading that is only repeated (`signals.frozen`) is none.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from imutrack.errors import SignalError
from imutrack.samples import Floats, Quantity, Samples, Sensor
from imutrack.signals.frozen import frozen
from imutrack.signals.signal import Bools, Signal

__all__ = ["MAX_FILL_S", "OF_A_FILE", "UNIFORM_TOLERANCE", "is_uniform", "to_signal"]

MAX_FILL_S: Final = 0.1  # bursts of 8 samples at 100 Hz cost under a degree when bridged; longer ones cost many
UNIFORM_TOLERANCE: Final = 0.01  # of the median step; the clock rule of the sway specification
STEPS_TO_A_GAP: Final = 2.5  # slow sensors: a gap is also longer than this many steps
MAX_STRETCH: Final = 20  # times the readings: with 95 % missing nothing is left to measure, and a clock may have jumped
OF_A_FILE: Final = "mark the stretches that hold readings with --marks, or correct the clock"
"""What to do about readings that lie scattered, where somebody chose what was recorded."""


def is_uniform(t_s: Floats) -> bool:
    """Whether every step of (n,) time stamps is within 1 % of the median step."""
    steps = np.diff(t_s)
    if not len(steps):
        return True
    median = float(np.median(steps))
    return median > 0 and bool(np.all(np.abs(steps - median) <= UNIFORM_TOLERANCE * median))


def to_signal(sensor: Sensor, start_s: float | None = None, stop_s: float | None = None) -> Signal:
    """Put a stretch of a sensor's acceleration and angular rate on one uniform clock.

    Args:
        sensor: must hold acceleration; the gyroscope is optional.
        start_s, stop_s: seconds from the recording's start, both included; None means the beginning or end.

    Raises:
        SignalError: no acceleration with gravity, fewer than two readings in the stretch, or hardly any for its length.
    """
    acc = sensor.samples.get(Quantity.ACC)
    if acc is None:
        raise SignalError("no acceleration with gravity in it: repetitions, angles and sway cannot be seen without it")
    acc = _readings(acc, start_s, stop_s)
    gyr = sensor.samples.get(Quantity.GYR)
    gyr = None if gyr is None else _readings(gyr, start_s, stop_s)
    if _share_clock(acc, gyr) and is_uniform(acc.t_s):
        return _as_recorded(acc, gyr)
    return _interpolated(acc, gyr)


def _text(t_s: float | None, otherwise: str) -> str:
    return otherwise if t_s is None else f"{t_s:.2f} s"


def _readings(samples: Samples, start_s: float | None, stop_s: float | None) -> Samples:
    found = samples.between(start_s, stop_s)
    if found is None:
        raise SignalError(
            f"no readings between {_text(start_s, 'the start')} and {_text(stop_s, 'the end')}, or only one: "
            f"the recording lasts {samples.t_s[-1]:.2f} s"
        )
    repeated = frozen(found)
    if not repeated.any():
        return found
    return replace(found, values=np.where(repeated[:, None], np.nan, found.values))


def _share_clock(acc: Samples, gyr: Samples | None) -> bool:
    return gyr is None or (len(gyr) == len(acc) and bool(np.array_equal(gyr.t_s, acc.t_s)))


def _as_recorded(acc: Samples, gyr: Samples | None) -> Signal:
    return _on_clock(acc, gyr, acc.t_s, (len(acc) - 1) / acc.duration_s)


def _interpolated(acc: Samples, gyr: Samples | None) -> Signal:
    both = [acc] if gyr is None else [acc, gyr]
    rate_hz = max(samples.rate_hz for samples in both)
    begin = max(float(samples.t_s[0]) for samples in both)
    end = min(float(samples.t_s[-1]) for samples in both)
    n = int(np.floor((end - begin) * rate_hz + 1e-6)) + 1
    if n < 2:
        raise SignalError("accelerometer and gyroscope do not overlap in time")
    most = max(len(samples) for samples in both)
    if n > MAX_STRETCH * most:
        raise SignalError(
            f"{most} readings, {most / rate_hz:.0f} s worth, lie scattered over {end - begin:.0f} s: {OF_A_FILE}"
        )
    return _on_clock(acc, gyr, begin + np.arange(n) / rate_hz, rate_hz)


def _on_clock(acc: Samples, gyr: Samples | None, t_s: Floats, rate_hz: float) -> Signal:
    missing = _unsupported(acc, t_s)
    if gyr is not None:
        missing = missing | _unsupported(gyr, t_s)
    return Signal(
        sampling_rate_hz=rate_hz,
        start_s=float(t_s[0]),
        acc=_bridged(acc.t_s, acc.values, t_s),
        gyr=None if gyr is None else _bridged(gyr.t_s, gyr.values, t_s),
        missing=missing,
    )


def _valid(values: Floats) -> Bools:
    return np.asarray(np.isfinite(values).all(axis=1))


def _bridged(t_s: Floats, values: Floats, at_s: Floats) -> Floats:
    """Linear interpolation through the finite readings; (n, k) -> (len(at_s), k)."""
    good = _valid(values)
    if good.all() and (at_s is t_s or np.array_equal(at_s, t_s)):
        return values
    if not good.any():
        raise SignalError("no valid reading: every value is missing")
    return np.stack([np.interp(at_s, t_s[good], column[good]) for column in values.T], axis=1)


def _unsupported(samples: Samples, at_s: Floats) -> Bools:
    """Where the nearest valid readings on both sides are further apart than a gap may be."""
    t_s = samples.t_s[_valid(samples.values)]
    if not len(t_s):
        raise SignalError("no valid reading: every value is missing")
    longest = max(MAX_FILL_S, STEPS_TO_A_GAP / samples.rate_hz)
    after = np.clip(np.searchsorted(t_s, at_s, side="left"), 0, len(t_s) - 1)
    before = np.clip(after - 1, 0, len(t_s) - 1)
    inside = (t_s[after] - t_s[before] > longest) & (at_s > t_s[before]) & (at_s < t_s[after])
    outside = (at_s > t_s[-1] + longest) | (at_s < t_s[0] - longest)
    missing: Bools = np.logical_or(inside, outside)
    return missing
