"""Frozen readings: one reading repeated by a sensor or a radio link that has stopped. They are no readings.

Approach: a coarse sensor at rest repeats readings too, but what follows differs by one step of its resolution; after a
true freeze the readings jump. Where nothing follows, the quieter quarter of all changes stands in for the jump.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats, Samples
from imutrack.signals.signal import Bools

__all__ = ["FrozenParams", "frozen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenParams:
    """What counts as a freeze."""

    least_s: float = 0.3  # radio links hold a reading for up to 0.2 s where packets are late
    least_samples: int = 5  # slow sensors: a coarse one repeats a reading two or three times by chance
    jump_steps: float = 3.0  # what follows differs by more than the resolution; at rest it does not


def frozen(samples: Samples, params: FrozenParams = FrozenParams()) -> Bools:
    """Return (n,) True for the readings that only repeat the one before a freeze, on all axes."""
    values = samples.values
    ends = np.flatnonzero(np.concatenate(((values[1:] != values[:-1]).any(axis=1), [True])))
    starts = np.concatenate(([0], ends[:-1] + 1))
    lasting = samples.t_s[ends] - samples.t_s[starts]
    held = np.flatnonzero((lasting >= params.least_s) & (ends - starts + 1 >= params.least_samples))
    repeated = np.zeros(len(samples), dtype=np.bool_)
    if not len(held):
        return repeated
    steps = np.array([_resolution(column) for column in values.T])
    changes = np.abs(values[ends[:-1] + 1] - values[ends[:-1]])
    quiet = np.quantile(changes, 0.25, axis=0) if len(changes) else np.ones(values.shape[1])
    for run in held:
        jump = changes[run] if run < len(changes) else quiet
        if np.any(jump > params.jump_steps * steps):
            repeated[starts[run] + 1 : ends[run] + 1] = True
    return repeated


def _resolution(values: Floats) -> float:
    """Smallest step between two different readings of a channel, ignoring rounding noise."""
    levels = np.unique(values[np.isfinite(values)])
    steps = np.diff(levels)
    steps = steps[steps > 1e-6 * np.abs(levels).max(initial=0.0)]
    return float(steps.min()) if len(steps) else 0.0
