"""Candidates: excursions of the views of a bout.

An excursion runs from a valley over a peak that stands out by a share of the local range to the next valley, the rest
at either end trimmed off. All views are searched at once, laid end to end.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.views import Views
from imutrack.samples import Floats
from imutrack.signals.rest import Ints
from imutrack.signals.signal import Bools

__all__ = ["Excursions", "find_excursions"]

TRIM_SHARE: Final = 0.12  # of an excursion's height: below it the sensor counts as back at rest
CUT_SHARE: Final = 0.7  # an excursion that rises by less than this of its fall is cut off at the start
FLOOR: Final = 1e-9  # below the least value: beyond a row's ends, so that a peak at the very edge is seen
MARGIN: Final = 3  # samples added to each row: one that no search passes, and a floor on either side


@dataclass(frozen=True, slots=True, eq=False)
class Excursions:
    """(m,) start, peak and last sample of each excursion in order, and whether an end of the bout cuts it off."""

    start: Ints
    peak: Ints
    end: Ints
    cut: Bools

    def __len__(self) -> int:
        return len(self.peak)

    def __getitem__(self, which: Ints | Bools | slice) -> "Excursions":
        return Excursions(self.start[which], self.peak[which], self.end[which], self.cut[which])

    def durations_s(self, rate_hz: float) -> Floats:
        """(m,) from start to end."""
        return np.asarray(np.maximum(self.end - self.start, 1) / rate_hz)


def find_excursions(views: Views, params: RepParams) -> tuple[Excursions, Ints]:
    """Find the excursions of all views, view after view, each in samples of the bout.

    Returns:
        The excursions, and (v + 1,) where those of each view begin among them.
    """
    n = views.values.shape[1]
    row, column = _peaks(views, params.prominence_share)
    values, peaks = views.values.ravel(), row * n + column
    # pieces between neighbouring borders hold one valley each: before a row's first peak, and after every peak
    borders = np.sort(np.concatenate((np.arange(len(views)) * n, peaks)), kind="stable")
    after = np.arange(len(peaks)) + row + 1  # the piece that begins with each peak
    lengths = np.diff(borders, append=len(values))
    lowest = np.minimum.reduceat(values, borders)
    before_peaks = _at_rest(values, lowest, lengths, after - 1, peaks)
    last_before = np.append(0, before_peaks)[np.searchsorted(before_peaks, peaks)]
    start = np.where(lengths[after - 1] > 0, last_before, peaks)  # a row's first sample has no piece before it
    after_peaks = _at_rest(values, lowest, lengths, after, peaks)
    end = after_peaks[np.searchsorted(after_peaks, peaks)]
    rise, fall = values[peaks] - values[start], values[peaks] - values[end]
    start, end = start - row * n, end - row * n
    cut = ((start <= 1) & (rise < CUT_SHARE * fall)) | ((end >= n - 2) & (fall < CUT_SHARE * rise))
    return Excursions(start, column, end, cut), np.searchsorted(row, np.arange(len(views) + 1))


def _peaks(views: Views, share: float) -> tuple[Ints, Ints]:
    """Row and column of the peaks that stand out by a share of the local range, in order."""
    from scipy.signal import find_peaks

    rows, n = views.values.shape
    fenced = np.empty((rows, n + MARGIN))
    fenced[:, 0] = np.inf
    fenced[:, 1] = fenced[:, -1] = views.values.min(axis=1) - FLOOR
    fenced[:, 2:-1] = views.values
    least = np.zeros_like(fenced)
    least[:, 2:-1] = share * views.local_range
    # the bound on height leaves out the fences
    found, _ = find_peaks(fenced.ravel(), height=(None, np.finfo(float).max), prominence=least.ravel())
    row, column = np.divmod(found, n + MARGIN)
    return row, column - 2


def _at_rest(values: Floats, lowest: Floats, lengths: Ints, pieces: Ints, peaks: Ints) -> Ints:
    """Samples, in order, of the piece on one side of each peak that are hardly above its valley."""
    limit = np.full(len(lowest), -np.inf)
    limit[pieces] = lowest[pieces] + TRIM_SHARE * (values[peaks] - lowest[pieces])
    return np.flatnonzero(values <= np.repeat(limit, lengths))
