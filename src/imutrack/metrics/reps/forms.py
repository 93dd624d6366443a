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

from imutrack.metrics.reps.excursions import Excursions
from imutrack.metrics.reps.params import RepParams
from imutrack.samples import Floats
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["PHASES", "Forms", "Groups", "central_weights", "forms_of", "group", "median", "sample_forms"]

POINTS: Final = 24  # per repetition: resolves its fourth harmonic with some to spare
WEISZFELD_STEPS: Final = 4  # within a per cent of the limit on recorded repetitions
SEED_LIKENESS: Final = 0.75  # to the one a group is grown from
LEAST_FIRST, LEAST_FURTHER = 2, 3  # members of a group: two more that are alike by chance are soon found
BETWEEN_PERIODS: Final = 2.6  # members further apart than this have a pause between them, not one missed repetition
MAX_FILLED_SHARE: Final = 0.3  # of a group's size: more misfits among the members are another kind of excursion
LEAST_SIZE: Final = 1e-9  # of a form; what does not move at all has no form

PHASES: Final = np.linspace(0.0, 1.0, POINTS)  # where they lie, in durations


def median(values: Floats | Ints) -> Floats:
    """Return the median along the last axis, at least one value long; for a few, numpy's own is many times slower."""
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    return np.asarray((ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2)


def sample_forms(channels: Floats, start: Floats | Ints, end: Floats | Ints) -> Floats:
    """Return (m, POINTS, k): linear interpolation of (n, k) channels from each start to each end, in samples."""
    at = start[:, None] + (end - start)[:, None] * PHASES
    at = np.clip(at, 0, len(channels) - 1)
    left = np.minimum(at.astype(np.intp), len(channels) - 2)
    share = (at - left)[..., None]
    sampled = channels.take(left, axis=0)
    sampled += share * (channels.take(left + 1, axis=0) - sampled)
    return sampled


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """Excursions as they are compared.

    Attributes:
        unit: (m, POINTS x k) of norm one, acceleration without its mean, so that a slipped sensor does not matter.
        size: (m,) norm before.
        log_scale: (2, m) natural logarithms of the size and of the duration in seconds.
    """

    unit: Floats
    size: Floats
    log_scale: Floats

    def __getitem__(self, which: slice) -> "Forms":
        return Forms(self.unit[which], self.size[which], self.log_scale[:, which])


def forms_of(found: Excursions, channels: Floats, rate_hz: float) -> Forms:
    """Return the forms of m excursions over (n, k) channels, the first three of them acceleration."""
    forms = sample_forms(channels, found.start, found.end)
    forms[..., :3] -= forms[..., :3].mean(axis=1, keepdims=True)
    flat = forms.reshape(len(forms), -1)
    size = np.sqrt(np.einsum("ij,ij->i", flat, flat))
    flat /= np.maximum(size, LEAST_SIZE)[:, None]
    return Forms(flat, size, np.log((np.maximum(size, LEAST_SIZE), found.durations_s(rate_hz))))


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


def group(found: Excursions, forms: Forms, allowed: Bools, params: RepParams) -> Groups | None:
    """Group the excursions that are alike; None where no two are.

    Args:
        found: the m excursions of one view.
        forms: theirs.
        allowed: (m,) False for what cannot be a repetition whatever its form.
        params: settings of the counter.
    """
    if np.count_nonzero(allowed) < LEAST_FIRST:
        return None
    correlation = forms.unit @ forms.unit.T
    support = _support(correlation, forms, params)
    of = np.full(len(found), -1, dtype=np.intp)
    likeness = np.zeros(len(found))
    free = allowed.copy()
    mutual: list[Floats] = []
    for number in range(params.max_groups):
        grown = _grown(correlation, support, forms, free, LEAST_FURTHER if number else LEAST_FIRST, params)
        if grown is None:
            break
        members, like = grown
        of[members] = number
        likeness = np.where((of == number) | ((of < 0) & (number == 0)), like, likeness)
        inner = correlation[np.ix_(members, members)]
        mutual.append((inner.sum(axis=1) - 1.0) / (len(members) - 1))
        free &= of < 0
        _close(free, found.peak, members)
    if not mutual:
        return None
    return Groups(of, likeness, forms.size, float(np.concatenate(mutual).mean()))


def _support(correlation: Floats, forms: Forms, params: RepParams) -> Floats:
    """(m, m) correlation where two forms are alike enough to begin a group with, 0 elsewhere."""
    comparable = _within(forms.log_scale[:, :, None] - forms.log_scale[:, None], params)
    return np.where((correlation >= SEED_LIKENESS) & comparable, correlation, 0.0)


def _grown(
    correlation: Floats, support: Floats, forms: Forms, free: Bools, least: int, params: RepParams
) -> tuple[Ints, Floats] | None:
    """Grow a group from the free excursion that most are like.

    Returns:
        Its members and (m,) how like all are to its template; None where fewer than the least number are alike.
    """
    seed = int(np.argmax((support @ free) * free))
    near = np.flatnonzero((support[seed] > 0) & free)
    if len(near) < least:
        return None
    usual = median(forms.log_scale[:, near])
    sane = free & _within(forms.log_scale - usual[:, None], params)
    like = _like_template(correlation, near)
    members = np.flatnonzero(sane & (like > params.min_likeness))
    if len(members) < least:
        return None
    like = _like_template(correlation, members)
    return _filled(members, sane & (like > params.min_likeness_inside)), like


def _like_template(correlation: Floats, members: Ints) -> Floats:
    """(m,) correlation of all with the central form of the members: as the forms themselves would give it."""
    weights = central_weights(correlation[np.ix_(members, members)])
    like = correlation[:, members] @ weights
    return np.asarray(like / max(float(np.sqrt(weights @ like[members])), LEAST_SIZE))


def central_weights(products: Floats) -> Floats:
    """Return (m,) weights, 1 together, whose mean of m vectors is nearly their geometric median: outliers count little.

    A few of Weiszfeld's steps from the mean (Tohoku Math. J. 43, 1937), from the (m, m) inner products of the vectors
    alone: it turns as they turn, while a median by component would depend on how the sensor's axes lie.
    """
    squares = products.diagonal()
    weights = np.full(len(products), 1.0 / len(products))
    for _ in range(WEISZFELD_STEPS):
        along = products @ weights
        distance = np.sqrt(np.maximum(squares - 2.0 * along + weights @ along, 0.0))
        weights = 1.0 / np.maximum(distance, 1e-3 * max(float(distance.max()), 1e-9))
        weights /= weights.sum()
    return np.asarray(weights)


def _within(log_ratios: Floats, params: RepParams) -> Bools:
    """Whether neither ratio, of size nor of duration, is too far from one either way."""
    return np.asarray((np.abs(log_ratios) < np.log(params.max_ratio)).all(axis=0))


def _filled(members: Ints, fitting: Bools) -> Ints:
    """Add less alike excursions between members, unless they are so many that two kinds of excursion alternate."""
    first, stop = members[0], members[-1] + 1
    if stop - first - len(members) > MAX_FILLED_SHARE * len(members):
        return members
    chosen = np.zeros(len(fitting), dtype=bool)
    chosen[first:stop] = fitting[first:stop]
    chosen[members] = True
    return np.flatnonzero(chosen)


def _close(free: Bools, peaks: Ints, members: Ints) -> None:
    """Take what lies between neighbouring members out of the running for further groups."""
    steps = np.diff(peaks[members])
    near = steps < BETWEEN_PERIODS * median(steps)
    for first, last in zip(members[:-1][near], members[1:][near], strict=True):
        free[first : last + 1] = False
