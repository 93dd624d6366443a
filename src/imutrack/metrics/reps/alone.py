"""One repetition alone: nothing to compare it with, so it must be an excursion from rest to rest and back.

Patients do one to three slow repetitions after surgery. A single one cannot be told from a stretch of the arm, so it is
never sure; but it is not nothing either.
"""

from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout, smooth
from imutrack.samples import Floats
from imutrack.signals.rest import mask_runs, still

__all__ = ["find_alone"]

PATH_HZ: Final = 1.0  # slow movement only
MIN_ALONE_S: Final = 1.5  # quicker is a knock or a twitch
BEFORE_S: Final = 1.0  # of rest needed on both sides
MIN_TILT_MPS2: Final = 1.0  # 6 deg
MIN_TURN_RAD: Final = 0.2  # 11 deg
RETURN_SHARE: Final = 0.3  # of the excursion: how far from where it began it may end
PATH_RATIO: Final = 1.4  # of the way there and straight back
HUMP_SHARE: Final = 0.35  # of the excursion: a second hump this high is another movement
EDGE_SHARE: Final = 0.1  # of the excursion: where it begins and ends


def find_alone(bout: Bout) -> tuple[int, int, int] | None:
    """Return start, turn and end of the only excursion of a bout, in its samples; None where there is no such thing."""
    moving = ~still(bout.signal, bout.params.rest)
    runs = mask_runs(moving)
    rest = round(BEFORE_S * bout.rate_hz)
    if bout.gap.any() or not len(runs) or runs[0, 0] < rest or runs[-1, 1] > len(bout) - rest:
        return None
    first, last = int(runs[0, 0]), int(runs[-1, 1])
    if not MIN_ALONE_S <= (last - first) / bout.rate_hz <= bout.params.max_rep_s:
        return None
    paths = [(smooth(bout.signal.acc, PATH_HZ, bout.rate_hz), MIN_TILT_MPS2)]
    if bout.signal.gyr is not None:
        rate = bout.signal.gyr - _at_rest(bout.signal.gyr, first, last)
        paths.append((np.cumsum(smooth(rate, PATH_HZ, bout.rate_hz), axis=0) / bout.rate_hz, MIN_TURN_RAD))
    return next((found for path, least in paths if (found := _out_and_back(path, least, first, last))), None)


def _at_rest(values: Floats, first: int, last: int) -> Floats:
    return np.asarray(np.concatenate((values[:first], values[last:])).mean(axis=0))


def _out_and_back(path: Floats, least: float, first: int, last: int) -> tuple[int, int, int] | None:
    from scipy.signal import find_peaks

    away = np.linalg.norm(path - path[:first].mean(axis=0), axis=1)
    turn = int(np.argmax(away))
    height = float(away[turn])
    back = float(np.linalg.norm(path[last:].mean(axis=0) - path[:first].mean(axis=0)))
    length = float(np.linalg.norm(np.diff(path[first:last], axis=0), axis=1).sum())
    humps, _ = find_peaks(away, prominence=HUMP_SHARE * height)
    if height < least or back > RETURN_SHARE * height or length > PATH_RATIO * 2 * height or len(humps) != 1:
        return None
    out = np.flatnonzero(away > EDGE_SHARE * height + back)
    return max(int(out[0]) - 1, 0), turn, min(int(out[-1]) + 1, len(path) - 1)
