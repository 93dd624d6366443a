"""The angle of a set that is being done, as far from home, and how often it went out and came back.

The analysis sees a movement without rests from either end: a repetition may begin at home or where it turns, and as a
set goes on it changes its mind. A person who watches the screen counts when the limb comes back. So the analysis says
how many repetitions there are, and the curve when each of them is over.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from imutrack.results import ExerciseSet, RepDetail
from imutrack.samples import Floats

__all__ = ["Curve", "came_back", "came_back_once", "curve_of"]

_HOME_POINTS: Final = 3  # of the curve at 10 Hz: where a set begins
_OUT_SHARE: Final = 0.5  # of the usual range: from here on it is away
_BACK_SHARE: Final = 0.35  # of the usual range, back from the furthest point; from 0.25 to 0.5 counts are as timely
_LEAST_DEG: Final = 5.0  # of the usual range: in less, tremor would count
_ALONE_DEG: Final = 25.0  # a first movement that is smaller may be getting into position
_ALONE_BACK: Final = (0.65, 1.35)  # of the way out: it may end in another posture than it began in, but not beyond
_ALONE_SLOW: Final = 0.15  # of the way out, between every other point: where it has come back it turns or rests


class Curve(NamedTuple):
    """(n,) times, s, and (n,) how far the segment is from home, degrees; empty where too little is known."""

    t_s: Floats
    away_deg: Floats


def curve_of(found: ExerciseSet) -> Curve:
    """Return how far the segment is from home, where that is known.

    Home is where repetitions begin or where they turn, whichever is nearer to what came before them: the analysis may
    see the same movement either way. Before there are any it is how the set began.
    """
    if found.trace is None:
        return Curve(np.zeros(0), np.zeros(0))
    t_s, values = found.trace.t_s, found.trace.values
    middle_deg = (values["angle_low_deg"] + values["angle_high_deg"]) / 2
    known = np.isfinite(middle_deg)
    t_s, middle_deg = t_s[known], middle_deg[known]
    if len(t_s) <= _HOME_POINTS:
        return Curve(np.zeros(0), np.zeros(0))
    home_deg = float(middle_deg[:_HOME_POINTS].mean())
    far_deg = float(middle_deg[np.argmax(np.abs(middle_deg - home_deg))])
    if found.reps_detail:
        begins_deg = float(np.median(np.interp([rep.start_s for rep in found.reps_detail], t_s, middle_deg)))
        turns_deg = float(np.median(np.interp([rep.turn_s for rep in found.reps_detail], t_s, middle_deg)))
        before = middle_deg[: max(int(np.searchsorted(t_s, found.reps_detail[0].start_s)), _HOME_POINTS)]
        at_rest_deg = float(np.median(before))
        nearer = abs(begins_deg - at_rest_deg) <= abs(turns_deg - at_rest_deg)
        home_deg, far_deg = (begins_deg, turns_deg) if nearer else (turns_deg, begins_deg)
    away_deg = middle_deg - home_deg
    return Curve(t_s, np.asarray(away_deg if far_deg >= home_deg else -away_deg, np.float64))


def came_back(curve: Curve, reps: Sequence[RepDetail]) -> tuple[float, ...] | None:
    """Return when the segment was on its way back each time, s.

    It is from where it turned last that ways are measured, so home may wander.

    Args:
        curve: of the set.
        reps: the repetitions found so far, for the usual range.

    Returns:
        None where the curve or the range is too small to tell.
    """
    ranges = [np.ptp(away) for rep in reps if len(away := _within(curve, rep))]
    usual_deg = float(np.median(ranges)) if ranges else 0.0
    if usual_deg < _LEAST_DEG:
        return None
    out_deg, back_deg = _OUT_SHARE * usual_deg, _BACK_SHARE * usual_deg
    when, out, turn_deg = list[float](), False, float(curve.away_deg[0])
    for at_s, here_deg in zip(curve.t_s.tolist(), curve.away_deg.tolist(), strict=True):
        turn_deg = max(turn_deg, here_deg) if out else min(turn_deg, here_deg)
        if out and here_deg <= turn_deg - back_deg:
            when.append(at_s)
            out, turn_deg = False, here_deg
        elif not out and here_deg >= turn_deg + out_deg:
            out, turn_deg = True, here_deg
    return tuple(when)


def _within(curve: Curve, rep: RepDetail) -> Floats:
    first, last = np.searchsorted(curve.t_s, (rep.start_s, rep.end_s))
    return curve.away_deg[first : last + 1]


def came_back_once(curve: Curve) -> bool:
    """Whether a first movement, in either direction, went out and came back, whatever followed."""
    return bool(len(curve.t_s)) and any(map(_once, (curve.away_deg, -curve.away_deg)))


def _once(angle_deg: Floats) -> bool:
    furthest = np.maximum.accumulate(angle_deg)
    when = np.maximum.accumulate(np.where(angle_deg == furthest, np.arange(len(angle_deg)), 0))
    out_deg = furthest - np.minimum.accumulate(angle_deg)[when]
    least, most = (share * out_deg for share in _ALONE_BACK)
    back_deg = furthest - angle_deg
    slow = np.abs(angle_deg[2:] - angle_deg[:-2]) <= _ALONE_SLOW * out_deg[2:]
    return bool((slow & ((out_deg >= _ALONE_DEG) & (least <= back_deg) & (back_deg <= most))[2:]).any())
