"""One repetition alone: nothing to compare it with, so it must be an excursion from rest to rest and back.

Patients do one to three slow repetitions after surgery. A single one cannot be told from a stretch of the arm, so it is
never sure; but it is not nothing either.
"""

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
    """The movement between two rests that goes furthest, where it goes out and back and no other comes near it."""
    rest = round(REST_S * bout.rate_hz)
    runs = mask_runs(~resting).tolist()
    if not runs or not runs[0][0]:
        return None
    heights = [float(np.linalg.norm(path[start:stop] - path[start - 1], axis=1).max()) for start, stop in runs]
    index = int(np.argmax(heights))
    start, stop = runs[index]
    before = start - (runs[index - 1][1] if index else 0)
    after = (runs[index + 1][0] if index + 1 < len(runs) else len(path)) - stop
    others = max((height for other, height in enumerate(heights) if other != index), default=0.0)
    if min(before, after) < rest or others > OTHERS_SHARE * heights[index]:
        return None
    if not MIN_ALONE_S <= (stop - start) / bout.rate_hz <= bout.params.max_rep_s:
        return None
    found = _out_and_back(path[start - rest : stop + rest], least, rest)
    if found is None:
        return None
    first, turn, last = found
    return first + start - rest, turn + start - rest, last + start - rest


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
