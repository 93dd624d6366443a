"""Where in a counted span a repetition rises to its peak, and how far down it goes on both sides.

A span comes from one view of the movement, whichever showed the repetitions best; one of the speed may reach from the
rest to the peak only, or from the middle of one movement to the middle of the next. Approach: the peak is what stands
highest above the lowest on both of its sides, up to the neighbouring spans; from there down as far as was counted, or
half of the usual way where a span ends sooner, and on for as long as the angle goes down (`metrics.extents`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from imutrack.metrics.extents import ExtentParams, whole_movements
from imutrack.metrics.segment_angle import Span
from imutrack.samples import Floats

__all__ = ["Rise", "RiseParams", "rises"]

_HALF: Final = 0.5  # of the median height: a counted end less far down lies in the middle of the movement


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseParams:
    """Where a repetition may lie: one set for every exercise, placement and device."""

    extent: ExtentParams = field(default_factory=ExtentParams)
    around: float = 0.25  # of a span: the peak may lie as far outside; a span from rest to peak has it at its end
    least_share: float = 0.25  # of the set's median height: a lower peak does not show the repetition


class Rise(NamedTuple):
    """One repetition on the angle, in samples.

    Attributes:
        low, high: the first and the last that it may reach: the lowest between two peaks, and never a gap.
        before, peak, after: lowest before the peak, the peak, and lowest after it.
    """

    low: int
    before: int
    peak: int
    after: int
    high: int


def rises(
    angle_deg: Floats,
    spans: Sequence[Span],
    sampling_rate_hz: float,
    params: RiseParams = RiseParams(),
    hidden: Collection[int] = (),
) -> list[Rise | None]:
    """Return where each repetition rises and falls, in order; None where the angle does not show it.

    Args:
        angle_deg: (n,) angle of the segment, outward positive, deg; NaN inside gaps.
        spans: (start, turn, end) of the counted repetitions, samples ``[start, end)``, in order.
        sampling_rate_hz: of the angle.
        params: settings.
        hidden: numbers of repetitions, from 0, that are known not to show.
    """
    peaks, height_deg = _peaks(angle_deg, spans, params)
    peaks = [None if k in hidden else peak for k, peak in enumerate(peaks)]
    limits = _limits(angle_deg, spans, peaks)
    return _rises(angle_deg, spans, peaks, limits, _HALF * height_deg, sampling_rate_hz, params)


def _peaks(angle_deg: Floats, spans: Sequence[Span], params: RiseParams) -> tuple[list[int | None], float]:
    """Return the peak of each span, highest above the lowest on both of its sides, and their median height, deg."""
    peaks: list[int | None] = []
    heights = np.zeros(len(spans))
    passed = 0
    for k, ((start, _, end), reach) in enumerate(zip(spans, _reaches(spans), strict=True)):
        low, high = _around(len(angle_deg), spans, k, passed, reach)
        low, high = _without_gaps(angle_deg, low, (start + end) // 2, high)
        peaks.append(None)
        if low <= start and end <= high:
            window = angle_deg[low:high]
            left = window - np.minimum.accumulate(window)
            right = window - np.minimum.accumulate(window[::-1])[::-1]
            height = np.minimum(left, right)
            near = round(params.around * (end - start))
            height[: max(start - near - low, 0)] = height[max(end + near - low, 0) :] = 0.0
            peaks[k] = peak = low + int(np.argmax(height))
            heights[k] = height[peak - low]
            passed = max(end, peak + 1)
        else:
            passed = end
    shown = heights[heights > 0]
    median = float(np.median(shown)) if len(shown) else 0.0
    least = params.least_share * median
    return [
        peak if height > 0 and height >= least else None for peak, height in zip(peaks, heights, strict=True)
    ], median


def _around(n: int, spans: Sequence[Span], k: int, passed: int, reach: int) -> tuple[int, int]:
    """Return the samples that may belong to a repetition, half-open."""
    start, _, end = spans[k]
    after = spans[k + 1][0] if k + 1 < len(spans) else n
    return min(max(passed, start - reach), start), max(min(after, end + reach), end)


def _without_gaps(angle_deg: Floats, low: int, middle: int, high: int) -> tuple[int, int]:
    gaps = low + np.flatnonzero(~np.isfinite(angle_deg[low:high]))
    before, after = gaps[gaps < middle], gaps[gaps >= middle]
    return (int(before[-1]) + 1 if len(before) else low), (int(after[0]) if len(after) else high)


def _reaches(spans: Sequence[Span]) -> list[int]:
    """Return how far outside each span its repetition may lie: its length, or the usual distance of two repetitions.

    A span of the way up alone may be followed by a hold of several times its length.
    """
    apart = np.diff([turn for _, turn, _ in spans])
    usual = round(float(np.median(apart))) if len(apart) else 0
    return [max(end - start, usual) for start, _, end in spans]


def _limits(angle_deg: Floats, spans: Sequence[Span], peaks: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return for each repetition the first and the last sample that it may reach: the lowest between two peaks."""
    limits = []
    for k, (peak, (start, _, end), reach) in enumerate(zip(peaks, spans, _reaches(spans), strict=True)):
        low, high = max(start - reach, 0), min(end + reach, len(angle_deg)) - 1
        if peak is not None:
            if k:
                low = max(low, _seam(angle_deg, peaks[k - 1], spans[k - 1][2], peak))
            if k + 1 < len(spans):
                high = min(high, _seam(angle_deg, peaks[k + 1], spans[k + 1][0], peak))
            first, stop = _without_gaps(angle_deg, low, peak, high + 1)
            low, high = min(first, peak), max(stop - 1, peak)
        limits.append((low, high))
    return limits


def _seam(angle_deg: Floats, other_peak: int | None, other_end: int, peak: int) -> int:
    """Return the sample between a peak and its neighbour's; where that shows none, the end of its span."""
    if other_peak is None:
        return other_end
    first, last = sorted((other_peak, peak))
    return first + int(np.nanargmin(angle_deg[first : last + 1]))


def _rises(
    angle_deg: Floats,
    spans: Sequence[Span],
    peaks: Sequence[int | None],
    limits: Sequence[tuple[int, int]],
    half_deg: float,
    rate_hz: float,
    params: RiseParams,
) -> list[Rise | None]:
    """Find the lowest samples on both sides of the peaks."""
    rough: list[Span] = []
    for (start, turn, end), peak, (low, high) in zip(spans, peaks, limits, strict=True):
        if peak is None:
            rough.append((start, turn, end))
            continue
        before = peak - _lowest(angle_deg[low : peak + 1][::-1], peak - max(start, low), half_deg)
        after = peak + _lowest(angle_deg[peak : high + 1], min(end - 1, high) - peak, half_deg)
        rough.append((before, peak, after + 1))
    whole = whole_movements(angle_deg, rough, rate_hz, params.extent)
    return [
        None if peak is None else Rise(low, max(before, low), peak, min(after - 1, high), high)
        for peak, (before, _, after), (low, high) in zip(peaks, whole, limits, strict=True)
    ]


def _lowest(path_deg: Floats, counted: int, half_deg: float) -> int:
    """Return where a path down from a peak is lowest as far as was counted, or where it has come half of the way."""
    down = path_deg[0] - path_deg
    inside = down[: max(counted, 0) + 1]
    return int(np.argmax(inside) if inside.max() >= half_deg else np.argmax(down >= min(half_deg, down.max())))
