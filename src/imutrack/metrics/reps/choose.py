"""Choosing among hypotheses: the number of repetitions of one bout, and which they are.

The right number is nearly always among the hypotheses; the wrong ones next to it have a cause. A view whose phase is cut
by the beginning and end of the set sees one repetition fewer, seldom one more, so the number is an upper quantile of
what the views near the most agreed one say, weighted by their scores. Which repetitions they are is then taken from the
best hypothesis of that number that shows positions rather than velocities.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.hypotheses import Hypothesis
from imutrack.samples import Floats

__all__ = ["Choice", "choose"]

SHARPNESS: Final = 4.0  # weight of a hypothesis is exp(SHARPNESS x score): 0.25 less says a third as much
VOTERS: Final = 8  # best hypotheses that settle which number is agreed on
QUANTILE: Final = 0.85  # of the numbers within one of it: see above
LOW_QUANTILE, HIGH_QUANTILE = 0.1, 0.95
RIVAL_SHARE: Final = 0.15  # of all votes: another number with as many stays possible
POSITION_BONUS: Final = 0.2  # of score: a velocity's peaks are no turning points


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of repetitions of a bout.

    Attributes:
        best, low, high: the likeliest number and what it may be.
        confidence: 0 to 1, that the number is right.
        score: of the best hypothesis.
        spans: (start, turn, end) in samples of the bout, `best` of them, in order.
        hypothesis: the one the spans are from.
    """

    best: int
    low: int
    high: int
    confidence: float
    score: float
    spans: tuple[tuple[int, int, int], ...]
    hypothesis: Hypothesis


def choose(bout: Bout, made: list[Hypothesis]) -> Choice:
    """Choose from hypotheses that are sorted by score, at least one."""
    totals = np.array([hypothesis.total for hypothesis in made])
    scores = np.array([hypothesis.score for hypothesis in made])
    weights = np.exp(SHARPNESS * (scores - scores[0]))
    numbers = np.floor(totals + 0.5)
    agreed = _most_voted(numbers[:VOTERS], weights[:VOTERS])
    near = np.abs(numbers - agreed) <= 1
    best = int(np.floor(_quantile(totals[near], weights[near], QUANTILE) + 0.5))
    low = int(np.floor(_quantile(totals[near], weights[near], LOW_QUANTILE) + 0.5))
    high = int(np.floor(_quantile(totals[near], weights[near], HIGH_QUANTILE) + 0.5))
    rivals = [int(n) for n in np.unique(numbers) if weights[numbers == n].sum() > RIVAL_SHARE * weights.sum()]
    source, spans = _spans(bout, made, best)
    best = len(spans)
    return Choice(
        best=best,
        low=min(low, best, *rivals),
        high=max(high, best, *rivals),
        confidence=float(weights[numbers == best].sum() / weights.sum()),
        score=float(scores[0]),
        spans=spans,
        hypothesis=source,
    )


def _most_voted(numbers: Floats, weights: Floats) -> float:
    values = np.unique(numbers)
    return float(values[np.argmax([weights[numbers == value].sum() for value in values])])


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(np.searchsorted(reached, share), len(values) - 1)])


def _spans(bout: Bout, made: list[Hypothesis], number: int) -> tuple[Hypothesis, tuple[tuple[int, int, int], ...]]:
    """Return the best hypothesis that shows as many repetitions, and them; failing that, the nearest number."""

    def distance(hypothesis: Hypothesis) -> tuple[float, float]:
        off = abs(np.floor(hypothesis.total + 0.5) - number)
        return off, -hypothesis.score - POSITION_BONUS * hypothesis.view.position

    shown = None
    for hypothesis in sorted(made, key=distance):
        spans = _whole(bout, hypothesis, number)
        if len(spans) == number:
            return hypothesis, spans
        if shown is None or abs(len(spans) - number) < abs(len(shown[1]) - number):
            shown = hypothesis, spans
    assert shown is not None  # noqa: S101 - a bout without hypotheses is not chosen from
    return shown


def _whole(bout: Bout, hypothesis: Hypothesis, number: int) -> tuple[tuple[int, int, int], ...]:
    """Repetitions of a hypothesis: the members, least certain ends dropped or cut-off ones added to make the number."""
    members = hypothesis.found[hypothesis.groups.members]
    spans = list(zip(members.start.tolist(), members.peak.tolist(), members.end.tolist(), strict=True))
    first, last = hypothesis.first_share, hypothesis.last_share
    while len(spans) > max(number, 1) and min(first, last) < 1.0:
        if first <= last:
            spans.pop(0)
            first = 1.0
        else:
            spans.pop()
            last = 1.0
    extra = sorted(
        ((hypothesis.before, 0, hypothesis.first), (hypothesis.after, 1, hypothesis.last)), key=lambda e: -e[0]
    )
    for share, side, end in extra:
        if len(spans) < number and share > 0.0:
            start, stop = end.cut_span
            start, stop = (max(start, spans[-1][2]), stop) if side else (start, min(stop, spans[0][0]))
            if stop > start:
                span = (start, stop if side else start, stop)
                spans = [*spans, span] if side else [span, *spans]
    return tuple(spans)
