"""Counting: from a signal to its repetitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.alone import find_alone
from imutrack.metrics.reps.bouts import Bout, find_bouts, joined, to_working_rate
from imutrack.metrics.reps.choose import Choice, Spans, choose
from imutrack.metrics.reps.hypotheses import hypotheses
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.result import Rejected, RepSet, RepSpan
from imutrack.metrics.reps.reject import rejections
from imutrack.signals.rest import mask_runs, still
from imutrack.signals.signal import Signal

__all__ = ["count_reps"]

FEW: Final = 3  # a bout of fewer repetitions may belong to its neighbour
JOIN_LOSS: Final = 0.15  # of score that joining may cost: the same movement explains both
DOUBT: Final = 0.25  # of score below the least where chance cannot be ruled out


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """A bout and what was chosen for it; None where nothing repeats."""

    bout: Bout
    choice: Choice | None

    @property
    def score(self) -> float:
        return self.choice.score if self.choice else 0.0

    @property
    def accepted(self) -> bool:
        return self.score >= self.bout.params.min_score

    @property
    def best(self) -> int:
        return self.choice.best if self.choice and self.accepted else 0


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
    counted = [_count(bout) for bout in find_bouts(working, params)]
    counted = _with_neighbours(working, counted, params)
    return _Report(signal, working, params).of(counted)


def _count(bout: Bout) -> _Counted:
    made = hypotheses(bout)
    return _Counted(bout, choose(bout, made) if made else None)


def _with_neighbours(working: Signal, counted: list[_Counted], params: RepParams) -> list[_Counted]:
    """Look again at bouts of few or no repetitions together with a neighbour: single ones may be alike across a rest."""
    done: list[_Counted] = []
    for current in counted:
        done.append(current)
        while len(done) > 1 and (together := _joined(working, done[-2], done[-1], params)):
            done[-2:] = [together]
    return done


def _joined(working: Signal, left: _Counted, right: _Counted, params: RepParams) -> _Counted | None:
    if min(left.best, right.best) >= FEW:
        return None
    bout = joined(working, left.bout, right.bout, params)
    if bout is None:
        return None
    together = _count(bout)
    best_score = max(part.score if part.accepted else params.min_score for part in (left, right))
    if together.score < max(best_score - JOIN_LOSS, params.min_score) or together.best <= left.best + right.best:
        return None
    return together


class _Report:
    """Puts the bouts' choices together, in samples of the signal that was given."""

    def __init__(self, signal: Signal, working: Signal, params: RepParams) -> None:
        self._n = len(signal)
        self._step = signal.sampling_rate_hz / working.sampling_rate_hz
        self._working = working
        self._params = params

    def of(self, counted: list[_Counted]) -> RepSet:
        found = sorted(span for part in counted for span in self._spans(part))
        return found
