"""The earliest arrivals: how a device's time lies on the host's.

Approach: lateness = host arrival - device time. Radio and host only ever delay, so the smallest lateness in each bin of
a second is near the true offset while most packets are 9-36 ms late and some 300 ms. Bins that are later than others
allow, at any drift a clock may have, hold late packets only, however many they are, and are left out. A line through
the rest (Theil-Sen: median of all pairwise slopes, then median of what remains; Sen 1968) gives offset and drift; up to
29 % of its bins may lie anywhere. Its bias, half a beat of sampling against connection events, is shared by the sensors
of one adapter. A long recording gets a line every few seconds, each from the bins around it, joined at their middles,
so that thermal wander is followed.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.alignment.arrivals import AlignParams
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Course", "Line", "course_of", "earliest", "fit_line", "late_bins", "lowest_at"]


_FEWEST: Final = 4  # bins; the slope through less is that of one late bin


@dataclass(frozen=True, slots=True)
class Line:
    """Offset, s, at device time ``at_s`` and its slope."""

    at_s: float
    offset_s: float
    slope: float

    def offset_at(self, device_s: float) -> float:
        """Offset at a device time, s."""
        return self.offset_s + self.slope * (device_s - self.at_s)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Offset of a device's clock over a recording.

    Attributes:
        lines: at least one, in the order of time; between their middles the offset is interpolated.
        residual_s: (bins,) earliest arrivals less the offset; what the fit leaves, without bins of late packets only.
        late_share: share of bins that hold late packets only.
        tells_drift: it is long enough for a slope.
    """

    lines: tuple[Line, ...]
    residual_s: Floats
    late_share: float
    tells_drift: bool

    def offset_at(self, device_s: Floats) -> Floats:
        """Offsets, s, at (n,) device times, s."""
        return _offsets(self.lines, device_s)

    @property
    def slope(self) -> float:
        """Offset gained per second of device time, in the middle of the recording's lines."""
        return float(np.median([line.slope for line in self.lines]))


@lru_cache(maxsize=256)
def _pairs(n: int) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(n, 1)
    return first, second


def fit_line(device_s: Floats, late_s: Floats, slope_from_s: float, max_slope: float) -> Line:
    """Fit offset and drift to (bins,) earliest arrivals by Theil-Sen.

    Args:
        device_s: when they were, s of device time, increasing.
        late_s: their lateness, s.
        slope_from_s: bins that span less say nothing of the drift, which is then taken as none.
        max_slope: no clock drifts more.
    """
    at_s = 0.5 * float(device_s[0] + device_s[-1])
    slope = 0.0
    if len(device_s) >= _FEWEST and float(device_s[-1] - device_s[0]) >= slope_from_s:
        first, second = _pairs(len(device_s))
        slopes = (late_s[second] - late_s[first]) / (device_s[second] - device_s[first])
        slope = min(max(float(np.median(slopes)), -max_slope), max_slope)
    return Line(at_s, float(np.median(late_s - slope * (device_s - at_s))), slope)


def earliest(device_s: Floats, late_s: Floats, bin_s: float) -> Ints:
    """Return the index of the least late packet of each bin, of (m,) packets in the order of device time, s."""
    span_s = float(device_s[-1] - device_s[0])
    number = max(int(span_s / bin_s), 1)  # all of one width: a sliver at the end would hold late packets only
    bins = np.clip(((device_s - device_s[0]) * (number / max(span_s, bin_s))).astype(np.int64), 0, number - 1)
    opens = np.flatnonzero(np.diff(bins, prepend=-1))
    least_s = np.minimum.reduceat(late_s, opens)
    found = np.flatnonzero(late_s == np.repeat(least_s, np.diff(opens, append=len(late_s))))
    return np.asarray(found[np.searchsorted(found, opens)], np.int64)


def late_bins(at_s: Floats, least_s: Floats, drift: float, fits_s: float) -> npt.NDArray[np.bool_]:
    """Say of (bins,) least lateness, s, in the order of time which is later than the others allow at such a drift."""
    fast, slow = least_s - drift * at_s, least_s + drift * at_s
    by_earlier = np.minimum.accumulate(fast) + drift * at_s
    by_later = np.minimum.accumulate(slow[::-1])[::-1] - drift * at_s
    late: npt.NDArray[np.bool_] = least_s > np.minimum(by_earlier, by_later) + fits_s
    return late


def lowest_at(at_s: float, bins_s: Floats, least_s: Floats, drift: float) -> float:
    """Return the level, s, that (bins,) least lateness allows at a moment."""
    return float((least_s + drift * np.abs(bins_s - at_s)).min())


def course_of(device_s: Floats, late_s: Floats, bin_s: float, max_slope: float, params: AlignParams) -> Course:
    """Fit a clock's course to all packets of a stretch, (m,) in the order of device time; times in s."""
    chosen = earliest(device_s, late_s, bin_s)
    bins_s, least_s = device_s[chosen], late_s[chosen]
    late = late_bins(bins_s, least_s, max_slope, params.fits_s)
    if late.any():
        bins_s, least_s = bins_s[~late], least_s[~late]
    spare_s = max(float(bins_s[-1] - bins_s[0]) - params.window_s, 0.0)
    starts_s = bins_s[0] + np.linspace(0.0, spare_s, 1 + int(np.ceil(spare_s / params.knot_s)))
    begins = np.searchsorted(bins_s, starts_s, side="left")
    stops = np.searchsorted(bins_s, starts_s + params.window_s, side="right")
    spans = [slice(begin, stop) for begin, stop in zip(begins, stops, strict=True) if stop > begin]
    fitted = [fit_line(bins_s[span], least_s[span], params.slope_from_s, max_slope) for span in spans]
    lines = tuple(sorted({line.at_s: line for line in fitted}.values(), key=lambda line: line.at_s))
    tells_drift = len(bins_s) >= _FEWEST and float(bins_s[-1] - bins_s[0]) >= params.slope_from_s
    return Course(lines, least_s - _offsets(lines, bins_s), float(late.mean()), tells_drift)


def _offsets(lines: tuple[Line, ...], device_s: Floats) -> Floats:
    middles_s = np.array([line.at_s for line in lines])
    offsets = np.interp(device_s, middles_s, np.array([line.offset_s for line in lines]))
    for line, beyond_s in (
        (lines[0], np.minimum(device_s - middles_s[0], 0.0)),
        (lines[-1], np.maximum(device_s - middles_s[-1], 0.0)),
    ):
        offsets += line.slope * beyond_s
    return np.asarray(offsets, np.float64)
