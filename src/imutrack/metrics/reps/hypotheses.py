"""Hypotheses: what each view of a bout takes for its repetitions, and how good that is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout
from imutrack.metrics.reps.ends import End, look_at_ends, with_returning_ends
from imutrack.metrics.reps.excursions import Excursions, find_excursions
from imutrack.metrics.reps.forms import Groups, forms_of, group, median
from imutrack.metrics.reps.views import View, views
from imutrack.signals.signal import Bools

__all__ = ["Hypothesis", "hypotheses"]

# the score: what is alike, explains the movement, keeps its tempo and leaves no half repetitions over is right
COVERED_WEIGHT: Final = 1.0  # the unit of the score: the whole movement explained
LIKENESS_WEIGHT: Final = 1.6  # being alike says most: even fidgeting can be covered by something
COUNT_WEIGHT: Final = 0.1  # per doubling: that many are alike by chance less often
SPREAD_WEIGHT: Final = 0.5  # of the logarithm of neighbouring durations: tired people do slow down
BEYOND_WEIGHT: Final = 0.5  # for each end: a half left over at both is as bad as no movement explained
OWN_WEIGHT: Final = 0.3  # for each end: less, as getting into position spoils the first and last of a right view too

OWN_NONE, OWN_WHOLE = 0.5, 0.8  # an end member explained less than the first is none, more than the second is whole
CUT_FACTOR: Final = 1.5  # a half repetition explains a third: its posture is off the template's mean
CUT_ACTIVITY: Final = 0.4  # of a repetition's: less at the recording's edge means that it began at rest
EDGE_S: Final = 0.5  # what "at the recording's edge" covers
VIEWS_AT_ONCE: Final = 12  # whose forms are kept together: bounds the memory a long bout needs


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """What one view takes for repetitions.

    Attributes:
        position: whether its view shows positions rather than velocities.
        found: all excursions of its view.
        groups: which of them are repetitions.
        first, last: the two ends.
        first_share, last_share: 0 to 1, how far the end members count.
        before, after: 0 to 1, the cut-off repetition at the recording's edge, as far as it counts.
        score: higher is better.
    """

    position: bool
    found: Excursions
    groups: Groups
    first: End
    last: End
    first_share: float
    last_share: float
    before: float
    after: float
    score: float

    @property
    def total(self) -> float:
        """Repetitions with partial ones as fractions."""
        inner = len(self.groups.members) - 2
        return inner + self.first_share + self.last_share + self.before + self.after


def hypotheses(bout: Bout) -> list[Hypothesis]:
    """Return what the views of a bout take for repetitions, best first."""
    looks = views(bout)
    found, begin = find_excursions(looks, bout.params)
    allowed = _allowed(bout, found)
    made: list[Hypothesis] = []
    for first in range(0, len(looks), VIEWS_AT_ONCE):
        rows = range(first, min(first + VIEWS_AT_ONCE, len(looks)))
        forms = forms_of(found[begin[first] : begin[rows.stop]], bout.form, bout.rate_hz)
        for row in rows:
            part = slice(begin[row], begin[row + 1])
            inside = slice(part.start - begin[first], part.stop - begin[first])
            groups = group(found[part], forms[inside], allowed[part], bout.params)
            if groups is not None:
                made.append(_hypothesis(bout, looks[row], found[part], allowed[part], groups))
    return sorted(made, key=lambda hypothesis: -hypothesis.score)


def _allowed(bout: Bout, found: Excursions) -> Bools:
    """(m,) False for the excursions ruled out by their duration, a long gap or the end of the bout."""
    durations = found.durations_s(bout.rate_hz)
    missing = np.concatenate(([0], np.cumsum(bout.gap)))
    hidden = missing[found.end + 1] > missing[found.start]
    fitting = (durations >= bout.params.min_rep_s) & (durations <= bout.params.max_rep_s)
    return np.asarray(fitting & ~found.cut & ~hidden)


def _hypothesis(bout: Bout, view: View, found: Excursions, allowed: Bools, groups: Groups) -> Hypothesis:
    groups, first_returns, last_returns = with_returning_ends(bout, view.values, found, groups, allowed)
    first, last = look_at_ends(bout, found, groups)
    cut_start, cut_end = _moving_at_edges(bout, found[groups.members])
    return Hypothesis(
        position=view.position,
        found=found,
        groups=groups,
        first=first,
        last=last,
        first_share=1.0 if first_returns else _own_share(first),
        last_share=1.0 if last_returns else _own_share(last),
        before=min(CUT_FACTOR * first.cut, 1.0) if cut_start else 0.0,
        after=min(CUT_FACTOR * last.cut, 1.0) if cut_end else 0.0,
        score=_score(bout, found, groups, first, last),
    )


def _own_share(end: End) -> float:
    return min(max((end.own - OWN_NONE) / (OWN_WHOLE - OWN_NONE), 0.0), 1.0)


def _moving_at_edges(bout: Bout, members: Excursions) -> tuple[bool, bool]:
    """Whether the recording begins and ends in the middle of the movement."""
    if not (bout.open_start or bout.open_end):
        return False, False
    activity = bout.activity
    usual = float(median((activity[members.end + 1] - activity[members.start]) / (members.end + 1 - members.start)))
    width = min(round(EDGE_S * bout.rate_hz), len(bout))
    least = CUT_ACTIVITY * usual * width
    at_start, at_end = activity[width] - activity[0], activity[-1] - activity[-1 - width]
    return bool(bout.open_start and at_start > least), bool(bout.open_end and at_end > least)


def _score(bout: Bout, found: Excursions, groups: Groups, first: End, last: End) -> float:
    members = found[groups.members]
    covered = (bout.activity[members.end + 1] - bout.activity[members.start]).sum() / max(bout.activity[-1], 1e-9)
    spread = median(np.abs(np.diff(np.log(members.durations_s(bout.rate_hz)))))
    return float(
        LIKENESS_WEIGHT * groups.mutual
        + COVERED_WEIGHT * covered
        + COUNT_WEIGHT * np.log2(len(members))
        - SPREAD_WEIGHT * spread
        - BEYOND_WEIGHT * (first.beyond + last.beyond)
        - OWN_WEIGHT * (2.0 - first.own - last.own)
    )
