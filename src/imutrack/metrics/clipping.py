"""Readings that went beyond the sensor's range.

Approach: a saturated channel stays at its extreme and leaves it abruptly, whatever the range is. A smooth peak does
not: the time it spends within four steps of its top is twice the time it spends within one. Exactly equal readings
at the extreme are proof after one plateau; where a calibration has spread them, two plateaus on any of the axes are
asked for.
What it does not do: a machine that turns at a constant rate and starts and stops abruptly looks the same.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats, Quantity
from imutrack.signals.rest import mask_runs

__all__ = ["ClippingParams", "clipped_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippingParams:
    """What counts as a plateau."""

    least_samples: int = 3  # two equal neighbours happen at every smooth peak
    least_gyr_radps: float = 1.75  # 100 deg/s: no range in use is below 125
    least_acc_mps2: float = 13.7  # 1.4 g: no range in use is below 1.5
    spread_share: float = 0.01  # of the extreme: calibration mixes about this much of the other axes into a plateau
    steps: float = 4.0  # how far below the plateau the signal is looked at, in spreads
    flatness: float = 1.3  # time within four spreads over time within one: a smooth peak has 2, a fourth power 1.41
    plateaus: int = 2  # how many, where the readings are not exactly equal


def clipped_share(values: Floats, quantity: Quantity, params: ClippingParams = ClippingParams()) -> float:
    """Return the share of (n, 3) raw readings that sit on a plateau at their channel's extreme; 0 where none does.

    Repeated rows (a sensor or a radio link that holds its last reading) count once.
    """
    fresh = _without_repeats(values[np.isfinite(values).all(axis=1)])
    if len(fresh) < params.least_samples + 2:
        return 0.0
    floor = params.least_gyr_radps if quantity is Quantity.GYR else params.least_acc_mps2
    exact: list[slice] = []
    near: list[slice] = []
    for signed in (*fresh.T, *-fresh.T):
        top = float(signed.max())
        if top >= floor:
            exact += _exact_plateaus(signed, top, params)
            near += _plateaus(signed, top, params.spread_share * top, params)
    on_plateau = np.zeros(len(fresh), dtype=np.bool_)
    for run in exact + (near if len(near) >= params.plateaus else []):
        on_plateau[run] = True
    return float(on_plateau.mean())


def _exact_plateaus(signed: Floats, top: float, params: ClippingParams) -> list[slice]:
    spread = max(2.0 * _resolution(signed, top), 1e-4 * top)
    runs = _plateaus(signed, top, spread, params)
    return [run for run in runs if _equal_run(signed[run], top) >= params.least_samples]


def _without_repeats(values: Floats) -> Floats:
    if len(values) < 2:
        return values
    changed = np.concatenate(([True], (values[1:] != values[:-1]).any(axis=1)))
    return values[changed]


def _resolution(signed: Floats, top: float) -> float:
    """Smallest step between two different readings in the upper half, ignoring rounding noise."""
    levels = np.unique(signed[signed > 0.5 * top])
    steps = np.diff(levels)
    steps = steps[steps > 1e-6 * top]
    return float(steps.min()) if len(steps) else 0.0


def _equal_run(values: Floats, top: float) -> int:
    """Length of the longest run of readings that are exactly the extreme."""
    return int(np.diff(mask_runs(values == top), axis=1).max(initial=0))


def _plateaus(signed: Floats, top: float, spread: float, params: ClippingParams) -> list[slice]:
    """Return the runs near the top that are too flat for a smooth peak."""
    found = []
    for start, end in mask_runs(signed >= top - spread).tolist():
        if end - start < params.least_samples:
            continue
        peak = float(signed[start:end].max())
        inner = _duration(signed, start, end, peak - spread)
        outer = _duration(signed, start, end, peak - params.steps * spread)
        if inner > 0 and outer / inner <= params.flatness:
            found.append(slice(start, end))
    return found


def _duration(signed: Floats, start: int, end: int, level: float) -> float:
    """Samples that the signal spends above a level around a run, the crossings interpolated."""
    first, last = start, end - 1
    while first < last and signed[first] < level:
        first += 1
    while last > first and signed[last] < level:
        last -= 1
    while first > 0 and signed[first - 1] >= level:
        first -= 1
    while last < len(signed) - 1 and signed[last + 1] >= level:
        last += 1
    before = 0.0 if first == 0 else (signed[first] - level) / (signed[first] - signed[first - 1])
    after = 0.0 if last == len(signed) - 1 else (signed[last] - level) / (signed[last] - signed[last + 1])
    return float(last - first + before + after)
