"""One repetition alone: nothing to compare it with, so it must be an excursion from rest to rest and back.

Patients do one to three slow repetitions after surgery. A single one cannot be told from a stretch of the arm, so it is
never sure; but it is not nothing either.
"""

from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout, smooth
from imutrack.samples import Floats
from imutrack.signals.rest import mask_runs, still
from imutrack.signals.signal import Bools

__all__ = ["find_alone"]

MIN_ALONE_S: Final = 1.5  # quicker is a knock or a twitch
REST_S: Final = 1.0  # needed on both sides
PATH_HZ: Final = 1.0  # slow movement only
MIN_TILT_MPS2: Final = 1.0  # 6 deg
MIN_TURN_RAD: Final = 0.2  # 11 deg
RETURN_SHARE: Final = 0.3  # of the excursion: how far from where it began it may end
PATH_RATIO: Final = 1.4  # of the way there and straight back
HUMP_SHARE: Final = 0.35  # of the excursion: a second hump this high is another movement
EDGE_SHARE: Final = 0.1  # of the excursion: where it begins and ends
MOST_MOVEMENTS: Final = 12  # more is a stretch of restlessness
OTHERS_SHARE: Final = 0.5  # of the excursion: nothing else in the bout may be as large


def find_alone(bout: Bout) -> tuple[int, int, int] | None:
    """Return start, turn and end of the one excursion of a bout, in its samples; None where there is no such thing."""
    if bout.gap.any():
        return None
    resting = still(bout.signal, bout.params.rest)
    tilt = smooth(bout.signal.acc, PATH_HZ, bout.rate_hz)
    found = _largest(tilt, resting, MIN_TILT_MPS2, bout)
    if found is None and bout.signal.gyr is not None and resting.any():
        rate = bout.signal.gyr - bout.signal.gyr[resting].mean(axis=0)
        turn = np.cumsum(smooth(rate, PATH_HZ, bout.rate_hz), axis=0) / bout.rate_hz
        found = _largest(turn, resting, MIN_TURN_RAD, bout)
    return found


def _largest(path: Floats, resting: Bools, least: float, bout: Bout) -> tuple[int, int, int] | None:
    """The movement from rest to rest that goes furthest, where it goes out and back and nothing else comes near it.

    It may hold still on the way: every stretch from where one movement begins to where one ends is tried.
    """
    rest = round(REST_S * bout.rate_hz)
    runs = mask_runs(~resting)
    if not len(runs) or len(runs) > MOST_MOVEMENTS:
        return None
    heights = [_height(path, start, stop) for start, stop in runs]
    pauses = np.diff(np.concatenate(([0], runs.ravel(), [len(path)])))[::2]
    best, best_height = None, 0.0
    for first, last in combinations_with_replacement(range(len(runs)), 2):
        start, stop = int(runs[first, 0]), int(runs[last, 1])
        if min(pauses[first], pauses[last + 1]) < rest:
            continue
        if not MIN_ALONE_S <= (stop - start) / bout.rate_hz <= bout.params.max_rep_s:
            continue
        height = _height(path, start, stop)
        others = max((*heights[:first], *heights[last + 1 :]), default=0.0)
        if height <= best_height or others > OTHERS_SHARE * height:
            continue
        found = _out_and_back(path[start - rest : stop + rest], least, rest)
        if found is not None:
            begin, turn, end = found
            offset = start - rest
            best, best_height = (begin + offset, turn + offset, end + offset), height
    return best


def _height(path: Floats, start: int, stop: int) -> float:
    return float(np.linalg.norm(path[start:stop] - path[start], axis=1).max())


def _out_and_back(path: Floats, least: float, rest: int) -> tuple[int, int, int] | None:
    """Start, turn and end of a path that rests for so many samples at both ends and goes out and back in between."""
    from scipy.signal import find_peaks

    home = path[:rest].mean(axis=0)
    away = np.linalg.norm(path - home, axis=1)
    turn = int(np.argmax(away))
    height = float(away[turn])
    back = float(np.linalg.norm(path[-rest:].mean(axis=0) - home))
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    humps, _ = find_peaks(away, prominence=HUMP_SHARE * height)
    if height < least or back > RETURN_SHARE * height or length > PATH_RATIO * 2 * height or len(humps) != 1:
        return None
    out = np.flatnonzero(away > EDGE_SHARE * height + back)
    return max(int(out[0]) - 1, 0), turn, min(int(out[-1]) + 1, len(path) - 1)
