"""What is said of one bout: its repetitions, what was rejected and why, and how sure that is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.alone import find_alone
from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.choose import Choice
from imutrack.signals.rest import mask_runs

__all__ = ["Verdict", "judge"]

Span = tuple[int, int, int]

DOUBT: Final = 0.25  # of score below the least: chance is likely, but not certain
NO_CONFIDENCE: Final = 0.3  # where the number is a guess: below what the worst agreement gives
# confidence against agreement, as found on recorded sets: 0.2 -> 0.69, 0.45 -> 0.83, 0.6 -> 0.91, 0.75 -> 0.98
CONFIDENCE_OFFSET, CONFIDENCE_SLOPE, CONFIDENCE_MOST = 0.58, 0.55, 0.98


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one bout; all indices in samples of the whole signal at the working rate.

    Attributes:
        spans: start, turn, end (exclusive) of the repetitions.
        rejected: the same of what was not counted, and why.
        low, high: what the number may be.
        confidence: 0 to 1, that the number is right.
        doubtful: no repetitions were counted, and whether there are some matters only where nothing else was counted.
    """

    spans: tuple[Span, ...]
    rejected: tuple[tuple[int, int, int, str], ...]
    low: int
    high: int
    confidence: float
    doubtful: bool = False


def judge(bout: Bout, choice: Choice | None) -> Verdict:
    """Say what a bout's choice means; None where no hypothesis was made."""
    if choice is not None and choice.score >= bout.params.min_score:
        return _counted(bout, choice)
    alone = find_alone(bout)
    if alone is not None:
        return Verdict(_placed(bout, [alone]), (), 0, 1, NO_CONFIDENCE)
    if choice is None:
        return Verdict((), (), 0, 1, NO_CONFIDENCE, doubtful=True)
    members = choice.hypothesis.found[choice.hypothesis.groups.members]
    spans = zip(members.start.tolist(), members.peak.tolist(), members.end.tolist(), strict=True)
    rejected = tuple((*span, "alone") for span in _placed(bout, list(spans)))
    chance = choice.score < bout.params.min_score - DOUBT
    return Verdict((), rejected, 0, max(choice.high, 1), NO_CONFIDENCE, doubtful=chance)


def _counted(bout: Bout, choice: Choice) -> Verdict:
    hidden = _hidden_repetitions(bout, choice)
    return Verdict(
        spans=_placed(bout, list(choice.spans)),
        rejected=_rejected(bout, choice),
        low=choice.low,
        high=choice.high + hidden,
        confidence=NO_CONFIDENCE if hidden else _confidence(choice.agreement),
    )


def _confidence(agreement: float) -> float:
    return min(CONFIDENCE_OFFSET + CONFIDENCE_SLOPE * agreement, CONFIDENCE_MOST)


def _placed(bout: Bout, spans: list[Span]) -> tuple[Span, ...]:
    return tuple((start + bout.offset, turn + bout.offset, end + 1 + bout.offset) for start, turn, end in spans)


def _hidden_repetitions(bout: Bout, choice: Choice) -> int:
    """How many repetitions the long gaps among the counted ones may hide."""
    turns = np.array([turn for _, turn, _ in choice.spans])
    if not bout.gap.any() or len(turns) < 2:
        return 0
    step = float(np.median(np.diff(turns)))
    inside = [
        stop - start
        for start, stop in mask_runs(bout.gap).tolist()
        if stop > choice.spans[0][0] - step and start < choice.spans[-1][2] + step
    ]
    return sum(int(np.ceil(length / step)) for length in inside)


def _rejected(bout: Bout, choice: Choice) -> tuple[tuple[int, int, int, str], ...]:
    """The hypothesis' excursions that do not overlap a counted repetition, with the reason."""
    hypothesis = choice.hypothesis
    found, members = hypothesis.found, hypothesis.groups.members
    taken = np.zeros(len(bout) + 1, dtype=bool)
    for start, _, end in choice.spans:
        taken[start : end + 1] = True
    duration, size = found.durations_s(bout.rate_hz), hypothesis.groups.size
    usual_s, usual_size = float(np.median(duration[members])), float(np.median(size[members]))
    ratio = bout.params.max_ratio
    rejected = []
    for index in range(len(found)):
        start, turn, end = int(found.start[index]), int(found.peak[index]), int(found.end[index])
        if taken[turn]:
            continue
        if bout.gap[start : end + 1].any():
            reason = "gap"
        elif found.cut[index]:
            reason = "cut"
        elif size[index] < usual_size / ratio:
            reason = "small"
        elif duration[index] < max(usual_s / ratio, bout.params.min_rep_s):
            reason = "short"
        elif duration[index] > min(usual_s * ratio, bout.params.max_rep_s):
            reason = "long"
        elif turn < choice.spans[0][0] or turn > choice.spans[-1][2]:
            reason = "edge"
        else:
            reason = "shape"
        rejected.append((start + bout.offset, turn + bout.offset, end + 1 + bout.offset, reason))
    return tuple(rejected)
