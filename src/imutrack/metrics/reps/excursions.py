"""Candidates: excursions of one-dimensional views of the movement.

A view is a principal axis of the acceleration (gravity included: tilting shows), of the angular rate or of the
integrated angular rate, low-passed at one of a few cut-offs, in either sign. Nothing in it depends on how the sensor's
axes lie. An excursion runs from a valley over a peak to the next valley, the rest at either end trimmed off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout, smooth
from imutrack.metrics.reps.params import RepParams
from imutrack.samples import Floats
from imutrack.signals.filters import highpass
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["Excursions", "View", "find_excursions", "views"]

TURN_HIGHPASS_HZ: Final = 0.03  # takes the drift out of the integrated angular rate, not a hold of 5 s
MIN_VARIANCE_SHARE: Final = 0.04  # a weaker axis shows noise
MIN_LOCAL_SHARE: Final = 0.2  # a quiet stretch is measured against this much of the whole range
TRIM_SHARE: Final = 0.12  # of an excursion's height: below it the sensor counts as back at rest
CUT_SHARE: Final = 0.7  # an excursion that rises by less than this of its fall is cut off at the start


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """(n,) values of one view; ``position`` where its peak is a turning point rather than the fastest moment."""

    values: Floats
    position: bool


@dataclass(frozen=True, slots=True, eq=False)
class Excursions:
    """(m,) start, peak and last sample of each excursion in order, and whether an end of the bout cuts it off."""

    start: Ints
    peak: Ints
    end: Ints
    cut: Bools

    def __len__(self) -> int:
        return len(self.peak)

    def __getitem__(self, which: Ints | Bools) -> "Excursions":
        return Excursions(self.start[which], self.peak[which], self.end[which], self.cut[which])

    def durations_s(self, rate_hz: float) -> Floats:
        """(m,) from start to end."""
        return np.asarray(np.maximum(self.end - self.start, 1) / rate_hz)


def views(bout: Bout) -> Iterator[View]:
    """Yield the views of a bout."""
    signals = [(bout.signal.acc, 3, True)]
    if bout.signal.gyr is not None:
        turned = np.cumsum(bout.signal.gyr, axis=0) / bout.rate_hz
        signals.append((bout.signal.gyr, 2, False))
        signals.append((highpass(turned, TURN_HIGHPASS_HZ, bout.rate_hz, order=1), 3, True))
    for values, count, position in signals:
        for cutoff_hz in bout.params.cutoffs_hz:
            filtered = smooth(values, cutoff_hz, bout.rate_hz)
            filtered = filtered - filtered.mean(axis=0)
            variances, axes = np.linalg.eigh(filtered.T @ filtered)
            for axis in range(2, 2 - count, -1):
                if variances[axis] < MIN_VARIANCE_SHARE * variances[2]:
                    break
                along = filtered @ axes[:, axis]
                yield View(along, position)
                yield View(-along, position)


def find_excursions(values: Floats, rate_hz: float, params: RepParams) -> Excursions:
    """Find the excursions of a view: peaks that stand out by a share of the local range, and the valleys about them."""
    from scipy.signal import find_peaks

    local = _local_range(values, rate_hz, params)
    least = params.prominence_share * local
    # a floor on both sides lets a peak at the very edge be seen
    floor = values.min() - 1e-9
    peaks, found = find_peaks(np.concatenate(([floor], values, [floor])), prominence=least.min())
    peaks = np.clip(peaks - 1, 0, len(values) - 1)
    peaks = peaks[found["prominences"] >= least[peaks]]
    if not len(peaks):
        none = np.zeros(0, dtype=np.intp)
        return Excursions(none, none, none, np.zeros(0, dtype=bool))
    borders = [0, *peaks, len(values) - 1]
    valleys = np.array([a + int(np.argmin(values[a : b + 1])) for a, b in pairwise(borders)])
    start = np.array([_last_low(values, valley, peak) for valley, peak in zip(valleys[:-1], peaks, strict=True)])
    end = np.array([_first_low(values, peak, valley) for peak, valley in zip(peaks, valleys[1:], strict=True)])
    rise, fall = values[peaks] - values[start], values[peaks] - values[end]
    cut = ((start <= 1) & (rise < CUT_SHARE * fall)) | ((end >= len(values) - 2) & (fall < CUT_SHARE * rise))
    return Excursions(start, peaks, end, cut)


def _last_low(values: Floats, valley: int, peak: int) -> int:
    """The last sample before the peak that still is at rest."""
    limit = values[valley] + TRIM_SHARE * (values[peak] - values[valley])
    return valley + int(np.flatnonzero(values[valley : peak + 1] <= limit)[-1])


def _first_low(values: Floats, peak: int, valley: int) -> int:
    """The first sample after the peak that is back at rest."""
    limit = values[valley] + TRIM_SHARE * (values[peak] - values[valley])
    return peak + int(np.flatnonzero(values[peak : valley + 1] <= limit)[0])


def _local_range(values: Floats, rate_hz: float, params: RepParams) -> Floats:
    """(n,) the range of the values around each sample without their extremes, never far below that of the whole."""
    whole = float(np.subtract(*np.percentile(values, (95, 5))))
    width = round(params.local_s * rate_hz)
    if len(values) <= width:
        return np.full(len(values), whole)
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    starts = np.unique(np.append(np.arange(0, len(windows), round(rate_hz)), len(windows) - 1))
    low, high = np.percentile(windows[starts][:, ::2], (5, 95), axis=1)
    local = np.interp(np.arange(len(values)), starts + width / 2, high - low)
    return np.asarray(np.maximum(local, MIN_LOCAL_SHARE * whole))
