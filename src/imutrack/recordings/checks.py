"""Physical checks that a unit is what it is said to be.

Gravity is 9.8 m/s2 everywhere, no wearable turns faster than 4,000 deg/s, and when a wearable tilts slowly its
gyroscope must account for the turning of gravity. A wrong unit breaks one of these by a factor of ten or more; each
check lets everything else pass.
"""

import math
from typing import Final

import numpy as np

from imutrack.errors import MissingFactError
from imutrack.recordings.files import Source
from imutrack.samples import Floats
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = [
    "GRAVITY_RANGE_MPS2",
    "check_angular_rate",
    "check_gravity",
    "check_turning",
    "has_gravity",
    "median_norm",
    "turning_ratio",
]

GRAVITY_RANGE_MPS2: Final = (0.35 * STANDARD_GRAVITY_MPS2, 4.0 * STANDARD_GRAVITY_MPS2)
"""Median |acc| of any wearable that includes gravity: running at the ankle stays below 3 g, a wrong unit is out."""

MAX_RATE_RADPS: Final = 75.0  # 4,300 deg/s: above the range of every wearable gyroscope
CHECKED_SAMPLES: Final = 20_000  # enough for a median
BLOCK_S: Final = 0.2  # averages out tremor and vibration, follows a limb
NEAR_GRAVITY_MPS2: Final = 1.0  # a block this close to 1 g is mostly gravity
MIN_BLOCKS: Final = 25  # 5 s of slow turning
MIN_CORRELATION: Final = 0.7
MIN_TURNING_MPS3: Final = 1.0  # gravity must turn by 6 deg/s or so before it says anything
RATIO_OFF: Final = 12.0  # rad and deg differ by 57; accelerations disturb the ratio by less than this


def median_norm(values: Floats) -> float:
    """Median length of (n, 3) vectors, without the bad ones; NaN where all are bad."""
    thinned = values[:: max(1, len(values) // CHECKED_SAMPLES)]
    norms = np.sqrt(np.einsum("ij,ij->i", thinned, thinned))
    norms = norms[np.isfinite(thinned).all(axis=1)]
    return float(np.median(norms)) if len(norms) else float("nan")


def has_gravity(acc: Floats) -> bool:
    """Whether (n, 3) accelerations in m/s2 can include gravity."""
    return GRAVITY_RANGE_MPS2[0] <= median_norm(acc) <= GRAVITY_RANGE_MPS2[1]


def check_gravity(acc: Floats, unit: str, source: Source) -> None:
    """Check (n, 3) accelerations in m/s2 that are said to include gravity and to have been in ``unit``.

    Raises:
        MissingFactError: at the median they are nowhere near 1 g.
    """
    norm = median_norm(acc)
    if not GRAVITY_RANGE_MPS2[0] <= norm <= GRAVITY_RANGE_MPS2[1]:
        raise MissingFactError(
            f"{source}: |acc| is {norm / STANDARD_GRAVITY_MPS2:.3g} g at the median if the unit is {unit}: either it "
            "is another one (--units acc=g, m/s2 or mg) or gravity was removed (--columns with free_acc_x, ...)"
        )


def check_angular_rate(gyr: Floats, unit: str, source: Source) -> None:
    """Check (n, 3) angular rates in rad/s that are said to have been in ``unit``.

    Raises:
        MissingFactError: they are faster than any wearable can measure.
    """
    fastest = float(np.nanmax(np.abs(gyr), initial=0.0))
    if fastest > MAX_RATE_RADPS:
        raise MissingFactError(
            f"{source}: turns at {math.degrees(fastest):.4g} deg/s if the unit is {unit}, faster than any wearable "
            "measures: say the right one with --units gyr=deg/s or gyr=rad/s"
        )


def turning_ratio(acc: Floats, gyr: Floats, rate_hz: float) -> float | None:
    """Compare how gravity turns in the sensor with what the gyroscope says; both (n, 3) on one clock.

    For a vector fixed on earth, dg/dt = g x w in the sensor's axes. Blocks of 0.2 s whose mean acceleration is close to
    1 g are taken as gravity, and dg/dt is regressed on g x w.

    Returns:
        About 1 where the unit of ``gyr`` is right, 1/57 where deg/s were taken for rad/s, 57 the other way round;
        None where too little turns to tell.
    """
    size = max(1, round(BLOCK_S * rate_hz))
    n = len(acc) // size
    if n < MIN_BLOCKS:
        return None
    gravity = acc[: n * size].reshape(n, size, 3).mean(axis=1)
    turning = gyr[: n * size].reshape(n, size, 3).mean(axis=1)
    near = np.abs(np.linalg.norm(gravity, axis=1) - STANDARD_GRAVITY_MPS2) < NEAR_GRAVITY_MPS2
    inner = near[1:-1] & near[2:] & near[:-2] & np.isfinite(turning[1:-1]).all(axis=1)
    seen = (gravity[2:] - gravity[:-2])[inner] * rate_hz / (2 * size)
    told = np.cross(gravity[1:-1], turning[1:-1])[inner]
    product, told_2, seen_2 = np.vdot(told, seen), np.vdot(told, told), np.vdot(seen, seen)
    if len(seen) < MIN_BLOCKS or told_2 <= 0 or seen_2 < MIN_TURNING_MPS3**2 * len(seen):
        return None
    if product < MIN_CORRELATION * np.sqrt(told_2 * seen_2):
        return None
    return float(product / told_2)


def check_turning(acc: Floats, gyr: Floats, rate_hz: float, unit: str, source: Source) -> None:
    """Check angular rates, said to have been in ``unit``, against how gravity turns.

    Raises:
        MissingFactError: gravity turns many times faster or slower than the gyroscope says.
    """
    ratio = turning_ratio(acc, gyr, rate_hz)
    if ratio is not None and not 1 / RATIO_OFF < ratio < RATIO_OFF:
        raise MissingFactError(
            f"{source}: gravity turns {ratio:.2g} times as fast as the gyroscope says if its unit is {unit}: say the "
            "right one with --units gyr=deg/s or gyr=rad/s"
        )
