"""The unit of a DOT's gyroscope: deg/s, but rad/s in Custom Mode 4, and no column says which.

The orientation increments ``dq`` decide where they are logged, then the turning of gravity, then a reading at rest that
would be absurd in rad/s, then the measurement mode.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings.checks import median_norm, turning_ratio
from imutrack.recordings.files import Source
from imutrack.samples import Floats, Quantity

__all__ = ["gyroscope_unit"]

UNIT_MARGIN: Final = 5.0  # a ratio within this of 1 or 57.3 decides between rad/s and deg/s
STILL_STD_MPS2: Final = 0.1  # the noise of a DOT is a third of it
MAX_BIAS_RADPS: Final = 0.35  # 20 deg/s, ten times the worst bias seen
MIN_TURNING_RADPS: Final = 0.01  # dq is rounded to 1e-4: below this it holds rounding only


def gyroscope_unit(
    readings: Mapping[Quantity, Floats],
    turns: Floats | None,
    rate_hz: float,
    *,
    mode: str,
    otherwise: str | None,
    typed: str | None,
    source: Source,
) -> tuple[str, str]:
    """Return the unit of ``Gyr`` and where it is known from, in words.

    Args:
        readings: (n, 3) columns as logged.
        turns: (n, 4) orientation increments dq, or None.
        rate_hz: of the rows.
        mode: measurement mode as the file states it; empty where it states none.
        otherwise: unit by vendor rule where nothing else tells, or None.
        typed: what the person says, or None.
        source: the file.

    Raises:
        RecordingError: the person contradicts the file.
        MissingFactError: nothing tells.
    """
    gyr, acc = readings[Quantity.GYR], readings.get(Quantity.ACC)
    found, how = _unit_from_turns(turns, gyr, rate_hz)
    if found is None and acc is not None:
        found, how = _unit_from_gravity(acc, gyr, rate_hz)
    if found is None and acc is not None:
        found, how = _unit_from_rest(acc, gyr)
    if found is None and mode and mode.lower() != "undefined":
        found = "rad/s" if re.search(r"custom mode 4\b", mode, re.IGNORECASE) else "deg/s"
        how = f"vendor rule for {mode}"
    if found is not None:
        if typed is not None and ("rad" in typed.lower()) != ("rad" in found):
            raise RecordingError(f"{source}: --units says gyr={typed}, but by {how} it is {found}")
        return found, f"unit {found} by {how}"
    if typed is not None:
        return typed, f"unit {typed} from --units"
    if otherwise is not None:
        return otherwise, f"unit {otherwise} by vendor rule"
    raise MissingFactError(
        f"{source}: neither its measurement mode nor its data tell the unit of the gyroscope: say it with "
        "--units gyr=deg/s or gyr=rad/s"
    )


def _unit_from_turns(turns: Floats | None, gyr: Floats, rate_hz: float) -> tuple[str | None, str]:
    """Compare with the orientation increments: a turn by 2 * dq per sample is an angular rate of 2 * dq * rate."""
    if turns is None:
        return None, ""
    both = np.isfinite(turns).all(axis=1) & np.isfinite(gyr).all(axis=1)
    told = 2.0 * turns[both, 1:] * np.sign(turns[both, :1]) * rate_hz
    length = math.sqrt(float(np.mean(told**2))) if len(told) else 0.0
    if length < MIN_TURNING_RADPS:
        return None, ""
    return _nearer(float(np.sqrt(np.mean(gyr[both] ** 2))) / length), "the orientation increments dq"


def _unit_from_gravity(acc: Floats, gyr: Floats, rate_hz: float) -> tuple[str | None, str]:
    ratio = turning_ratio(acc, gyr, rate_hz)  # as if it were rad/s
    return (None, "") if ratio is None else (_nearer(1.0 / ratio), "the turning of gravity")


def _unit_from_rest(acc: Floats, gyr: Floats) -> tuple[str | None, str]:
    """A DOT at rest does not read 20 deg/s: values that would be so much in rad/s are deg/s."""
    is_still = float(np.nanmean(np.nanstd(acc, axis=0))) < STILL_STD_MPS2
    return ("deg/s", "its reading at rest") if is_still and median_norm(gyr) > MAX_BIAS_RADPS else (None, "")


def _nearer(ratio: float) -> str | None:
    if 1 / UNIT_MARGIN < ratio < UNIT_MARGIN:
        return "rad/s"
    return "deg/s" if 1 / UNIT_MARGIN < ratio * math.pi / 180.0 < UNIT_MARGIN else None
