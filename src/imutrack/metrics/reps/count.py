"""Counting: from a signal to its repetitions."""

from dataclasses import dataclass
from math import prod
from typing import Final

from imutrack.metrics.reps.bouts import Bout, find_bouts, joined, to_working_rate
from imutrack.metrics.reps.choose import Choice, choose
from imutrack.metrics.reps.hypotheses import hypotheses
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.result import Rejected, RepSet, RepSpan
from imutrack.metrics.reps.verdict import Verdict, judge
from imutrack.signals.rest import mask_runs, still
from imutrack.signals.signal import Bools, Signal

__all__ = ["count_reps"]

FEW: Final = 3  # a bout of fewer repetitions may belong to its neighbour
JOIN_LOSS: Final = 0.15  # of score that joining may cost


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """A bout and what was chosen for it; None where nothing repeats."""

    bout: Bout
    choice: Choice | None

    @property
    def score(self) -> float:
        return self.choice.score if self.choice else 0.0

    @property
    def best(self) -> int:
        return self.choice.best if self.choice and self.score >= self.bout.params.min_score else 0


def count_reps(signal: Signal, params: RepParams | None = None) -> RepSet:
    """Count the repetitions of a signal and say where each begins, turns and ends.

    Turning the sensor by any rotation changes nothing. Without a gyroscope the counts are less often right.

    Args:
        signal: n samples of one sensor in its own axes; the gyroscope is optional.
        params: settings; one set serves all exercises.

    Returns:
        The counted and the rejected candidates in samples of `signal`. Nothing found is an empty `RepSet`: sure where
        nothing moved, otherwise with the range of what it may have been.
    """
    params = params or RepParams()
    if len(signal) < 2:
        return RepSet()
    working = to_working_rate(signal, params)
    resting = still(working, params.rest)
    counted = _with_neighbours(working, [_count(bout) for bout in find_bouts(working, resting, params)])
    verdicts = [judge(part.bout, part.choice) for part in counted]
    least = params.rest_inside_s * working.sampling_rate_hz
    rests = [(start, end) for start, end in _rests_inside(resting & ~working.missing, verdicts) if end - start >= least]
    return _put_together(signal, working.sampling_rate_hz, verdicts, rests, params)


def _count(bout: Bout) -> _Counted:
    made = hypotheses(bout)
    return _Counted(bout, choose(bout, made) if made else None)


def _with_neighbours(working: Signal, counted: list[_Counted]) -> list[_Counted]:
    """Look again at bouts of few repetitions together with a neighbour: single ones may be alike across a rest."""
    done: list[_Counted] = []
    for current in counted:
        done.append(current)
        while len(done) > 1 and (together := _joined(working, *done[-2:])):
            done[-2:] = [together]
    return done


def _joined(working: Signal, left: _Counted, right: _Counted) -> _Counted | None:
    bout = joined(working, left.bout, right.bout) if min(left.best, right.best) < FEW else None
    if bout is None:
        return None
    together = _count(bout)
    alone = max((part.score for part in (left, right) if part.best), default=0.0)
    more = together.best > left.best + right.best
    return together if more and together.score >= alone - JOIN_LOSS else None


def _put_together(
    signal: Signal, working_rate_hz: float, verdicts: list[Verdict], rests: list[tuple[int, int]], params: RepParams
) -> RepSet:
    """Say in samples of the signal what the verdicts on its bouts come to."""
    step = signal.sampling_rate_hz / working_rate_hz

    def index(at: int) -> int:
        return min(round(at * step), len(signal))

    spans: list[RepSpan] = []
    for start, turn, end in sorted(span for verdict in verdicts for span in verdict.spans):
        # neighbouring bouts share the rest between them
        first = max(index(start), spans[-1].end if spans else 0)
        spans.append(RepSpan(first, max(index(turn), first), max(index(end), first + 1)))
    rejected = [
        Rejected(index(start), index(turn), max(index(end), index(start) + 1), reason)
        for start, turn, end, reason in sorted(candidate for verdict in verdicts for candidate in verdict.rejected)
    ]
    if spans:
        verdicts = [verdict for verdict in verdicts if not verdict.doubtful]
    low, high = sum(verdict.low for verdict in verdicts), sum(verdict.high for verdict in verdicts)
    low, high = _as_far_as_seen(signal, low, high, params)
    return RepSet(
        spans=tuple(spans),
        rejected=tuple(rejected),
        best=len(spans),
        low=low,
        high=high,
        sure=low == high,
        confidence=prod((verdict.confidence for verdict in verdicts), start=1.0),
        rests=tuple((index(start), index(end)) for start, end in rests),
    )


def _as_far_as_seen(signal: Signal, low: int, high: int, params: RepParams) -> tuple[int, int]:
    """Widen the range where readings are too few or too many are missing: what was not seen may have been one more."""
    runs = mask_runs(signal.missing)
    longest_s = float((runs[:, 1] - runs[:, 0]).max(initial=0)) / signal.sampling_rate_hz
    if signal.sampling_rate_hz < params.least_rate_hz:
        return max(low - 1, 0), high + 1
    if float(signal.missing.mean()) > params.most_missing or (high == 0 and longest_s > params.gap_s):
        return low, max(high, low + 1)
    return low, high


def _rests_inside(resting: Bools, verdicts: list[Verdict]) -> list[tuple[int, int]]:
    """Rests between the first and the last repetition; a held position is within a repetition and no rest."""
    spans = sorted(span for verdict in verdicts for span in verdict.spans)
    if not spans:
        return []
    inside = resting.copy()
    inside[: spans[0][2]] = False
    inside[spans[-1][0] :] = False
    for start, _, end in spans:
        inside[start:end] = False
    return [(start, end) for start, end in mask_runs(inside).tolist()]
