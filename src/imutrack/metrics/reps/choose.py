"""Choosing among hypotheses: the number of repetitions of one bout, and which they are.

The right number is nearly always among the hypotheses; the wrong ones next to it have a cause. A view whose phase is
cut by the beginning and end of the set sees one repetition fewer, seldom one more, so the number is an upper quantile
of what the views near the most agreed one say, weighted by their scores. Which repetitions they are is then taken from
the best hypothesis of that number that shows positions rather than velocities.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.hypotheses import Hypothesis
from imutrack.samples import Floats

__all__ = ["Choice", "choose"]

Span = tuple[int, int, int]

SHARPNESS: Final = 4.0  # weight of a hypothesis is exp(SHARPNESS x score): 0.25 less says a third as much
VOTERS: Final = 8  # best hypotheses that settle which number is agreed on
QUANTILE: Final = 0.85  # of the numbers within one of it: see above
LOW_QUANTILE, HIGH_QUANTILE = 0.1, 0.95  # of the same, for the range
RANGE_FRACTION: Final = 0.3  # a partial repetition of less than this does not widen the range
RIVAL_SHARE: Final = 0.25  # of all votes: another number with as many stays possible
FEW: Final = 2  # repetitions that getting into and out of position may amount to
SURE_AGREEMENT: Final = 0.55  # on recorded sets, 95 % of the numbers with more agreement were right, of all 87 %
SURE_MARGIN: Final = 0.25  # of score above the least: nearer to it, three in four were right
POSITION_BONUS: Final = 0.2  # of score: a velocity's peaks are no turning points


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of repetitions of a bout.

    Attributes:
        best, low, high: the likeliest number and what it may be.
        agreement: 0 to 1, the share of the votes for the likeliest, a partial repetition off counting as partial.
        score: of the best hypothesis.
        spans: (start, turn, end) in samples of the bout, `best` of them, in order.
        hypothesis: the one the spans are from.
    """

    best: int
    low: int
    high: int
    agreement: float
    score: float
    spans: tuple[Span, ...]
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
    source, spans = _spans(made, best)
    best = len(spans)
    agreement = float((weights * np.clip(1.0 - np.abs(totals - best), 0.0, 1.0)).sum() / weights.sum())
    sure = agreement >= SURE_AGREEMENT and scores[0] >= bout.params.min_score + SURE_MARGIN
    low, high = (best, best) if sure else _range(totals, weights, best)
    return Choice(best, low, high, agreement, float(scores[0]), spans, source)


def _range(totals: Floats, weights: Floats, best: int) -> tuple[int, int]:
    """What the number may be where the hypotheses do not agree: never one number alone."""
    numbers = np.floor(totals + 0.5)
    near = np.abs(numbers - best) <= 1
    low, high = float(best), float(best)
    if near.any():
        low = min(low, np.floor(_quantile(totals[near], weights[near], LOW_QUANTILE) + RANGE_FRACTION))
        high = max(high, np.ceil(_quantile(totals[near], weights[near], HIGH_QUANTILE) - RANGE_FRACTION))
    for rival in np.unique(numbers):
        if weights[numbers == rival].sum() > RIVAL_SHARE * weights.sum():
            low, high = min(low, rival), max(high, rival)
    if best <= FEW:
        low = min(low, best - 1)
    if low == high:
        more, fewer = weights[totals > best].sum(), weights[totals < best].sum()
        low, high = (low, high + 1) if more >= fewer else (low - 1, high)
    return max(int(low), 0), int(high)


def _most_voted(numbers: Floats, weights: Floats) -> float:
    values = np.unique(numbers)
    return float(values[np.argmax([weights[numbers == value].sum() for value in values])])


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order[min(int(np.searchsorted(reached, share)), len(values) - 1)]])


def _spans(made: list[Hypothesis], number: int) -> tuple[Hypothesis, tuple[Span, ...]]:
    """Return the best hypothesis that shows as many repetitions, and them; failing that, the nearest number."""

    def distance(hypothesis: Hypothesis) -> tuple[float, float]:
        off = abs(np.floor(hypothesis.total + 0.5) - number)
        return off, -hypothesis.score - POSITION_BONUS * hypothesis.position

    shown = [(hypothesis, _whole(hypothesis, number)) for hypothesis in sorted(made, key=distance)]
    return min(shown, key=lambda pair: abs(len(pair[1]) - number))


def _whole(hypothesis: Hypothesis, number: int) -> tuple[Span, ...]:
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
