"""Forms: excursions brought to one length, and how alike they are.

A form is an excursion's readings over all channels at a fixed number of points. Two forms are alike when they correlate
over all channels at once, which does not depend on how the sensor's axes lie, and when neither size nor duration
differs by more than a factor. What is alike its neighbours forms a group with a template; a recording may hold several
groups (slow, then fast, then small), but never one between the members of another: that would be the second hump of
the same repetition.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.excursions import Excursions
from imutrack.metrics.reps.params import RepParams
from imutrack.samples import Floats
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["POINTS", "Groups", "central", "group", "sample_forms"]

POINTS: Final = 24  # per repetition: resolves its fourth harmonic with some to spare
WEISZFELD_STEPS: Final = 4  # within a per cent of the limit on recorded repetitions
SEED_LIKENESS: Final = 0.75  # to the one a group is grown from
LEAST_FIRST, LEAST_FURTHER = 2, 3  # members of a group: two more that are alike by chance are soon found
BETWEEN_PERIODS: Final = 2.6  # members further apart than this have a pause between them, not one missed repetition
MAX_FILLED_SHARE: Final = 0.3  # of a group's size: more misfits among the members are another kind of excursion


def sample_forms(channels: Floats, start: Floats | Ints, end: Floats | Ints) -> Floats:
    """Return (m, POINTS, k): linear interpolation of (n, k) channels from each start to each end, in samples."""
    at = start[:, None] + (end - start)[:, None] * np.linspace(0.0, 1.0, POINTS)
    at = np.clip(at, 0, len(channels) - 1)
    left = np.minimum(at.astype(np.intp), len(channels) - 2)
    share = (at - left)[..., None]
    return np.asarray(channels[left] * (1.0 - share) + channels[left + 1] * share)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which excursions are repetitions.

    Attributes:
        of: (m,) number of the group each excursion belongs to, -1 for none.
        likeness: (m,) correlation with the own template; for those of no group, with the first group's.
        size: (m,) norm of the form without its mean.
        mutual: mean correlation of the members with each other.
    """

    of: Ints
    likeness: Floats
    size: Floats
    mutual: float

    @property
    def members(self) -> Ints:
        """Indices of the excursions in any group."""
        return np.flatnonzero(self.of >= 0)


def group(found: Excursions, bout: Bout, allowed: Bools) -> Groups | None:
    """Group the excursions that are alike; None where no two are.

    Args:
        found: the excursions of one view.
        bout: where they are from.
        allowed: (m,) False for what cannot be a repetition whatever its form.
    """
    params = bout.params
    unit, size = _unit_forms(sample_forms(bout.form, found.start, found.end))
    log_size, log_duration = np.log(np.maximum(size, 1e-9)), np.log(found.durations_s(bout.rate_hz))
    correlation = unit @ unit.T
    comparable = _within(log_size[:, None] - log_size, params) & _within(log_duration[:, None] - log_duration, params)
    support = np.where(comparable & (correlation >= SEED_LIKENESS), correlation, 0.0)
    of = np.full(len(found), -1, dtype=np.intp)
    likeness = np.zeros(len(found))
    free = allowed.copy()
    mutual: list[Floats] = []
    for number in range(params.max_groups):
        seed = int(np.argmax((support * free).sum(axis=1) * free))
        near = np.flatnonzero((support[seed] > 0) & free)
        least = LEAST_FIRST if number == 0 else LEAST_FURTHER
        if len(near) < least:
            break
        like = unit @ _template(unit[near])
        sane = _within(log_size - np.median(log_size[near]), params) & _within(
            log_duration - np.median(log_duration[near]), params
        )
        members = np.flatnonzero(free & sane & (like > params.min_likeness))
        if len(members) < least:
            break
        like = unit @ _template(unit[members])
        members = _filled(members, free & sane & (like > params.min_likeness_inside))
        of[members] = number
        likeness = np.where((of == number) | ((of < 0) & (number == 0)), like, likeness)
        inner = correlation[np.ix_(members, members)]
        mutual.append((inner.sum(axis=1) - 1.0) / (len(members) - 1))
        free &= of < 0
        _close(free, found.peak, members)
    if not mutual:
        return None
    return Groups(of, likeness, size, float(np.concatenate(mutual).mean()))


def _unit_forms(forms: Floats) -> tuple[Floats, Floats]:
    """Forms of norm one, and their norms; acceleration without its mean, so that a slipped sensor does not matter."""
    centred = forms.copy()
    centred[..., :3] -= centred[..., :3].mean(axis=1, keepdims=True)
    flat = centred.reshape(len(forms), -1)
    size = np.linalg.norm(flat, axis=1)
    return flat / np.maximum(size, 1e-9)[:, None], size


def central(vectors: Floats) -> Floats:
    """Return (k,) the geometric median of (m, k) vectors, nearly: outliers count little, and it turns as they turn.

    A few of Weiszfeld's steps from the mean (Tohoku Math. J. 43, 1937); a median by component would depend on how the
    sensor's axes lie.
    """
    centre = vectors.mean(axis=0)
    for _ in range(WEISZFELD_STEPS):
        distance = np.linalg.norm(vectors - centre, axis=1)
        weight = 1.0 / np.maximum(distance, 1e-3 * max(float(distance.max()), 1e-9))
        centre = weight @ vectors / weight.sum()
    return np.asarray(centre)


def _template(unit: Floats) -> Floats:
    centre = central(unit)
    return np.asarray(centre / max(float(np.linalg.norm(centre)), 1e-9))


def _within(log_ratio: Floats, params: RepParams) -> Bools:
    return np.asarray(np.abs(log_ratio) < np.log(params.max_ratio))


def _filled(members: Ints, fitting: Bools) -> Ints:
    """Add less alike excursions between members, unless they are so many that two kinds of excursion alternate."""
    between = np.setdiff1d(np.arange(members[0], members[-1] + 1), members)
    if len(between) > MAX_FILLED_SHARE * len(members):
        return members
    return np.sort(np.concatenate((members, between[fitting[between]])))


def _close(free: Bools, peaks: Ints, members: Ints) -> None:
    """Take what lies between neighbouring members out of the running for further groups."""
    steps = np.diff(peaks[members])
    near = steps < BETWEEN_PERIODS * np.median(steps) if len(steps) else np.zeros(0, dtype=bool)
    for first, last in zip(members[:-1][near], members[1:][near], strict=True):
        free[first : last + 1] = False
