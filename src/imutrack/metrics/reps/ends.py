"""The first and the last repetition: is it one, and is there another half beyond it?

Getting into and out of position looks much like a repetition, and a view whose rest posture is the other one's turning
point sees one repetition fewer and a half at either end. Both are decided by how much of the group's template, in
order, explains the readings: of the end member itself, and of stretches beyond it.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.excursions import Excursions, View
from imutrack.metrics.reps.forms import POINTS, Groups, central, sample_forms
from imutrack.samples import Floats
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["End", "look_at_end", "with_returning_ends"]

NEAR: Final = 5  # members the template of an end is made from: posture and tempo drift during a set
PAUSES: Final = np.array((0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5))  # tried between an end and what is beyond, in durations
TEMPI: Final = np.array((0.8, 1.0, 1.25))  # tried for what is beyond, in durations
LEAST_GAIN: Final = 0.3  # explained share of an ordinary member that others are measured against, at least
CUT_VALID: Final = 0.95  # a stretch with less of it recorded is cut off

# the next excursion beyond an end member counts in spite of its form when it is ordinary in all of these
RETURN_LIKENESS: Final = 0.5
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


def look_at_end(bout: Bout, found: Excursions, groups: Groups, *, last: bool) -> End:
    """Describe the first or the last end of a view's repetitions."""
    members = groups.members
    edge = members[-1] if last else members[0]
    near = members[groups.of[members] == groups.of[edge]]
    near = near[-NEAR:] if last else near[:NEAR]
    forms = sample_forms(bout.form, found.start[near], found.end[near])
    centre = forms[..., :3].mean(axis=(0, 1))
    forms[..., :3] -= centre
    template = central(forms.reshape(len(forms), -1)).reshape(forms.shape[1:])
    power = (template**2).sum(axis=1)
    energy = max(float(power.sum()), 1e-9)
    gains = 1.0 - ((forms - template) ** 2).sum(axis=(1, 2)) / energy
    ordinary = max(float(np.median(gains)), LEAST_GAIN)
    duration = float(np.median((found.end - found.start)[near]))
    start, end = _stretches(found, int(edge), duration, last=last)
    at = start[:, None] + (end - start)[:, None] * np.linspace(0.0, 1.0, POINTS)
    recorded = (at >= 0) & (at <= len(bout) - 1)
    beyond = sample_forms(bout.form, np.asarray(start), np.asarray(end))
    beyond[..., :3] -= centre
    gain = (power - ((beyond - template) ** 2).sum(axis=2)) * recorded
    # what continues the movement matches the template from the side of the end on, up to some point
    explained = np.cumsum(gain if last else gain[:, ::-1], axis=1).max(axis=1) / energy / ordinary
    cut = recorded.mean(axis=1) < CUT_VALID
    best = int(np.argmax(np.where(cut, explained, -1.0)))
    return End(
        own=_share(gains[-1 if last else 0] / ordinary),
        beyond=_share(explained.max()),
        cut=_share(explained[best]) if cut.any() else 0.0,
        cut_span=(max(round(float(start[best])), 0), min(round(float(end[best])), len(bout) - 1)),
    )


def _share(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _stretches(found: Excursions, edge: int, duration: float, *, last: bool) -> tuple[Floats, Floats]:
    """Starts and ends of the stretches beyond an end member, in samples; they may leave the bout."""
    pauses, lengths = (grid.ravel() * duration for grid in np.meshgrid(PAUSES, TEMPI, indexing="ij"))
    if last:
        start = found.end[edge] + pauses
        return start, start + lengths
    end = found.start[edge] - pauses
    return end - lengths, end


def with_returning_ends(
    bout: Bout, view: View, found: Excursions, groups: Groups, allowed: Bools
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
        and _ordinary(view.values, found, members, int(index), int(edge))
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
    step = np.median(np.diff(found.peak[members]))
    return (
        _near(height[index] / max(np.median(height[members]), 1e-9), RETURN_HEIGHT)
        and _near(duration[index] / max(np.median(duration[members]), 1.0), RETURN_TEMPO)
        and _near(abs(found.peak[index] - found.peak[edge]) / max(step, 1.0), RETURN_TEMPO)
    )


def _near(ratio: float, limit: float) -> bool:
    return 1.0 / limit <= ratio <= limit


def _returns(bout: Bout, found: Excursions, members: Ints, index: int) -> bool:
    start, peak, end = (bout.posture[samples] for samples in (found.start, found.peak, found.end))
    size = np.median(np.linalg.norm(peak - (start + end) / 2, axis=1)[members])
    return bool(np.linalg.norm(end[index] - start[index]) < RETURN_OFF * size)
