"""The first and the last repetition: is it one, and is there another half beyond it?

Getting into and out of position looks much like a repetition, and a view whose rest posture is the other one's turning
point sees one repetition fewer and a half at either end. Both are decided by how much of the group's template, in
order, explains the readings: of the end member itself, and of stretches beyond it.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.excursions import Excursions
from imutrack.metrics.reps.forms import PHASES, Groups, central_weights, median, sample_forms
from imutrack.samples import Floats
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["End", "look_at_ends", "with_returning_ends"]

NEAR: Final = 5  # members the template of an end is made from: posture and tempo drift during a set
PAUSES: Final = np.array((0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5))  # tried between an end and what is beyond, in durations
TEMPI: Final = np.array((0.8, 1.0, 1.25))  # tried for what is beyond, in durations
PAUSE_GRID, TEMPO_GRID = (grid.ravel() for grid in np.meshgrid(PAUSES, TEMPI, indexing="ij"))
LEAST_GAIN: Final = 0.3  # explained share of an ordinary member that others are measured against, at least
CUT_VALID: Final = 0.95  # a stretch with less of it recorded is cut off

# the next excursion beyond an end member counts in spite of its form when it is ordinary in all of these
RETURN_LIKENESS: Final = 0.5  # to the template: what is let go of at the end is half alike
RETURN_HEIGHT: Final = 1.25  # ratio to the members' median, either way
RETURN_TEMPO: Final = 1.4  # the same for its duration and its distance to the end member
RETURN_OFF: Final = 0.4  # of the excursion's size: how far from where it began it may end


@dataclass(frozen=True, slots=True)
class End:
    """One end of a view's repetitions.

    Attributes:
        own: 0 to 1, how far the end member is explained by the template, against an ordinary member.
        beyond: 0 to 1, the share of a repetition explained beyond it.
        cut: the same, of stretches the bout's end cuts off only.
        cut_span: first and last sample of the best such stretch, as far as recorded.
    """

    own: float
    beyond: float
    cut: float
    cut_span: tuple[int, int]


def look_at_ends(bout: Bout, found: Excursions, groups: Groups) -> tuple[End, End]:
    """Describe the first and the last end of a view's repetitions."""
    first, last = _side(found, groups, last=False), _side(found, groups, last=True)
    start, end = np.concatenate((first.start, last.start)), np.concatenate((first.end, last.end))
    forms = sample_forms(bout.form, start, end)
    return _end(len(bout), first, forms[: len(first.start)]), _end(len(bout), last, forms[len(first.start) :])


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """What is looked at for one end: first some members from it on, then the stretches beyond.

    Attributes:
        near: number of members.
        start, end: (near + stretches,) of both, in samples; the stretches may leave the bout.
        last: whether it is the last end.
    """

    near: int
    start: Floats
    end: Floats
    last: bool


def _side(found: Excursions, groups: Groups, *, last: bool) -> _Side:
    members = groups.members
    edge = members[-1] if last else members[0]
    near = members[groups.of[members] == groups.of[edge]]
    near = near[-NEAR:] if last else near[:NEAR]
    start, end = found.start[near], found.end[near]
    beyond = _stretches(found, int(edge), float(median(end - start)), last=last)
    return _Side(len(near), np.concatenate((start, beyond[0])), np.concatenate((end, beyond[1])), last)


def _end(n: int, side: _Side, sampled: Floats) -> End:
    """Describe one end of a bout of n samples from the (near + stretches, points, channels) forms there."""
    off, power = _off_template(sampled, side.near)
    energy = max(float(power.sum()), 1e-9)
    gains = 1.0 - off[: side.near].sum(axis=1) / energy
    ordinary = max(float(median(gains)), LEAST_GAIN)
    start, end = side.start[side.near :], side.end[side.near :]
    at = start[:, None] + (end - start)[:, None] * PHASES
    recorded = (at >= 0) & (at <= n - 1)
    gain = (power - off[side.near :]) * recorded
    # what continues the movement matches the template from the side of the end on, up to some point
    explained = np.cumsum(gain if side.last else gain[:, ::-1], axis=1).max(axis=1) / energy / ordinary
    cut = recorded.mean(axis=1) < CUT_VALID
    best = int(np.argmax(np.where(cut, explained, -1.0)))
    return End(
        own=_share(gains[-1 if side.last else 0] / ordinary),
        beyond=_share(explained.max()),
        cut=_share(explained[best]) if cut.any() else 0.0,
        cut_span=(max(round(float(start[best])), 0), min(round(float(end[best])), n - 1)),
    )


def _off_template(sampled: Floats, near: int) -> tuple[Floats, Floats]:
    """Squares of what (m, points, channels) forms are off the template of the first few, the posture taken out.

    Returns:
        (m, points) how far each is off, and (points,) the template itself.
    """
    posture = sampled[:near, :, :3].mean(axis=(0, 1))
    centred = sampled.copy()
    centred[..., :3] -= posture
    flat = centred[:near].reshape(near, -1)
    template = (central_weights(flat @ flat.T) @ flat).reshape(sampled.shape[1:])
    return ((centred - template) ** 2).sum(axis=2), (template**2).sum(axis=1)


def _share(value: float) -> float:
    return float(min(max(value, 0.0), 1.0))


def _stretches(found: Excursions, edge: int, duration: float, *, last: bool) -> tuple[Floats, Floats]:
    """Starts and ends of the stretches beyond an end member, in samples; they may leave the bout."""
    pauses, lengths = PAUSE_GRID * duration, TEMPO_GRID * duration
    if last:
        start = found.end[edge] + pauses
        return start, start + lengths
    end = found.start[edge] - pauses
    return end - lengths, end


def with_returning_ends(
    bout: Bout, values: Floats, found: Excursions, groups: Groups, allowed: Bools
) -> tuple[Groups, bool, bool]:
    """Take in the neighbours of the first and last member that go out and come back like them, if in another form.

    The last repetition of a set is often let go of; what gets a person into or out of position ends elsewhere.

    Returns:
        The groups, and whether the first and the last member came in this way.
    """
    members = groups.members
    candidates = [(members[0] - 1, members[0]), (members[-1] + 1, members[-1])]
    taken = [
        0 <= index < len(found)
        and bool(allowed[index])
        and groups.likeness[index] > RETURN_LIKENESS
        and _ordinary(values, found, members, int(index), int(edge))
        and _returns(bout, found, members, int(index))
        for index, edge in candidates
    ]
    if any(taken):
        of = groups.of.copy()
        for (index, edge), take in zip(candidates, taken, strict=True):
            if take:
                of[index] = of[edge]
        groups = replace(groups, of=of)
    return groups, taken[0], taken[1]


def _ordinary(values: Floats, found: Excursions, members: Ints, index: int, edge: int) -> bool:
    height = values[found.peak] - np.maximum(values[found.start], values[found.end])
    duration = found.end - found.start
    step = median(np.diff(found.peak[members]))
    return (
        _near(height[index] / max(median(height[members]), 1e-9), RETURN_HEIGHT)
        and _near(duration[index] / max(median(duration[members]), 1.0), RETURN_TEMPO)
        and _near(abs(found.peak[index] - found.peak[edge]) / max(step, 1.0), RETURN_TEMPO)
    )


def _near(ratio: float, limit: float) -> bool:
    return 1.0 / limit <= ratio <= limit


def _returns(bout: Bout, found: Excursions, members: Ints, index: int) -> bool:
    start, peak, end = (bout.posture[samples] for samples in (found.start, found.peak, found.end))
    size = median(np.linalg.norm(peak - (start + end) / 2, axis=1)[members])
    return bool(np.linalg.norm(end[index] - start[index]) < RETURN_OFF * size)
