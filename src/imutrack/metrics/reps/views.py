"""Views: one-dimensional looks at the movement of a bout.

A view is a principal axis of the acceleration (gravity included: tilting shows), of the angular rate or of the
integrated angular rate, low-passed at one of a few cut-offs, in either sign. Nothing in it depends on how the sensor's
axes lie. All views of a bout are made and kept together, row by row: they are many and short.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout, smooth
from imutrack.metrics.reps.params import RepParams
from imutrack.samples import Floats
from imutrack.signals.filters import highpass
from imutrack.signals.signal import Bools

__all__ = ["View", "Views", "views"]

TURN_HIGHPASS_HZ: Final = 0.03  # takes the drift out of the integrated angular rate, not a hold of 5 s
MIN_VARIANCE_SHARE: Final = 0.04  # a weaker axis shows noise
RATE_AXES: Final = 2  # of the angular rate: a limb turns about one, and the second shows what it does besides
MIN_LOCAL_SHARE: Final = 0.2  # a quiet stretch is measured against this much of the whole range
RANGE_SHARE: Final = 0.05  # left out at either end: one jerk does not make the repetitions look small
LOCAL_STRIDE: Final = 2  # every other sample says enough of a range


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """(n,) values of one view; ``position`` where its peak is a turning point rather than the fastest moment."""

    values: Floats
    position: bool


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The views of a bout, one a row.

    Attributes:
        values: (v, n) what is looked at, without its mean.
        local_range: (v, n) range of the values around each sample.
        position: (v,) True where a peak is a turning point rather than the fastest moment.
    """

    values: Floats
    local_range: Floats
    position: Bools

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, row: int) -> View:
        return View(self.values[row], bool(self.position[row]))


def views(bout: Bout) -> Views:
    """Return the views of a bout: first those of the acceleration, from the lowest cut-off on, each in both signs."""
    signals, axes, position = [bout.signal.acc], [3], [True]
    if bout.signal.gyr is not None:
        turned = np.cumsum(bout.signal.gyr, axis=0) / bout.rate_hz
        signals += [bout.signal.gyr, highpass(turned, TURN_HIGHPASS_HZ, bout.rate_hz, order=1)]
        axes += [RATE_AXES, 3]
        position += [False, True]
    along, used = _principal(np.hstack(signals), np.array(axes), bout)
    chosen = along[used]
    local = _local_range(chosen, bout.rate_hz, bout.params)
    kinds = np.broadcast_to(np.array(position)[:, None, None], used.shape)[used]
    return Views(
        values=np.stack((chosen, -chosen), axis=1).reshape(-1, len(bout)),
        local_range=np.repeat(local, 2, axis=0),
        position=np.repeat(kinds, 2),
    )


def _principal(channels: Floats, axes: Floats, bout: Bout) -> tuple[Floats, Bools]:
    """Project each three of (n, 3 s) channels on their principal axes, strongest first, at each cut-off.

    Returns:
        (s, cut-offs, 3, n) projections, and (s, cut-offs, 3) which of them are worth looking at.
    """
    low = np.stack([smooth(channels, cutoff_hz, bout.rate_hz) for cutoff_hz in bout.params.cutoffs_hz])
    low -= low.mean(axis=1, keepdims=True)
    triples = np.ascontiguousarray(low.reshape(len(low), len(bout), -1, 3).transpose(2, 0, 3, 1))
    variances, directions = np.linalg.eigh(triples @ triples.transpose(0, 1, 3, 2))
    along = directions.transpose(0, 1, 3, 2)[:, :, ::-1] @ triples
    used = variances[..., ::-1] >= MIN_VARIANCE_SHARE * variances[..., 2:]
    return along, used & (np.arange(3) < axes[:, None, None])


def _local_range(values: Floats, rate_hz: float, params: RepParams) -> Floats:
    """(v, n) the range of (v, n) values around each sample, never far below that of the whole row."""
    n = values.shape[1]
    whole = _range(values)[:, None]
    width = round(params.local_s * rate_hz)
    if n <= width:
        return np.repeat(whole, n, axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=1)
    starts = np.unique(np.append(np.arange(0, windows.shape[1], round(rate_hz)), windows.shape[1] - 1))
    ranges = _range(windows[:, starts, ::LOCAL_STRIDE])
    at = np.interp(np.arange(n), starts + width / 2, np.arange(len(starts)))
    left = np.minimum(at.astype(np.intp), max(len(starts) - 2, 0))
    share = at - left
    right = np.minimum(left + 1, len(starts) - 1)
    local = ranges[:, left] * (1.0 - share) + ranges[:, right] * share
    return np.asarray(np.maximum(local, MIN_LOCAL_SHARE * whole))


def _range(values: Floats) -> Floats:
    """Range along the last axis without its extremes, between percentiles; sorting short rows is quick."""
    ordered = np.sort(values, axis=-1)
    at = RANGE_SHARE * (ordered.shape[-1] - 1)
    left, share = int(at), at % 1.0
    low = ordered[..., left] * (1.0 - share) + ordered[..., left + 1] * share
    high = ordered[..., -1 - left] * (1.0 - share) + ordered[..., -2 - left] * share
    return np.asarray(high - low)
