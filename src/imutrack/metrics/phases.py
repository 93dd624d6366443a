"""When a repetition begins, turns and ends, and how long its outward movement, hold and return last.

The counter says that there is a repetition; the angle and its speed say when. Approach: in each counted span the
angle's peak, lower on both sides; from it down to where the angle stops going down (`metrics.extents`). Each of the two
movements is over where its speed falls below a share of its own greatest speed, beyond the angle at which it may pause
on the way. The usual share in studies of reaching is 5 %; movements are cut short by it, and what is cut off would be
added to the hold. Of a minimum-jerk movement with the speed 16 x^2 (1 - x)^2 of its peak at a share x of its time, the
share s is passed at

    x(s) = (1 - sqrt(1 - sqrt(s))) / 2:    x(5 %) = 0.059,    x(10 %) = 0.087,    x(40 %) = 0.197,

so that 5 % at both ends of both movements would add 12 % of their time to the hold. Here the end is therefore where a
minimum-jerk movement through the two points at 10 and 40 % would end, t10 + (t10 - t40) x10 / (x40 - x10): exact for
minimum jerk, and for a movement that ends abruptly, where both points fall together. 10 % keep clear of tremor and of a
held limb's drift. What lies between the two movements is the hold; without one they meet where the speed changes sign.
What it does not do: count. No repetition is added, taken away or moved past another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from imutrack.metrics.extents import ExtentParams, whole_movements
from imutrack.metrics.segment_angle import Span
from imutrack.samples import Floats

__all__ = ["PhaseParams", "Phased", "phases"]

_HALF: Final = 0.5  # of a peak's depth: a counted end with less before it lies in the middle of the movement
_LONGEST: Final = 0.5  # of the time from 20 to 80 % of the range: twice what follows after 10 % in minimum jerk


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseParams:
    """When a movement begins and ends: one set for every exercise, placement and device."""

    extent: ExtentParams = field(default_factory=ExtentParams)
    low_share: float = 0.1  # of the movement's greatest speed; see the head of this file
    high_share: float = 0.4  # far enough from the first for a slope, and still in the last fifth of the movement
    hold_level: float = 0.8  # of the movement's range: stopping at less is a pause on the way, not the hold
    rest_level: float = 0.2  # likewise at the other end
    smooth_share: float = 0.3  # of the time between the two levels, a tenth of a minimum-jerk movement's:
    smooth_s: float = 0.25  # tremor from 4 Hz on goes from slow movements, and quick ones keep their corners
    around: float = 0.25  # of a span: the peak may lie as far outside; a span from rest to peak has it at its end
    reach: float = 1.0  # of a span: ends further outside are another movement's
    least_share: float = 0.25  # of the set's median height: a lower peak does not show the repetition


class Phased(NamedTuple):
    """A repetition with its phases, in samples: outward from start, hold from held, return from release to end."""

    start: int
    held: int
    release: int
    end: int

    @property
    def turn(self) -> int:
        """Middle of the hold."""
        return (self.held + self.release) // 2

    @property
    def span(self) -> Span:
        """(start, turn, end)."""
        return self.start, self.turn, self.end


class _Rise(NamedTuple):
    """What is known of a repetition before its phases: lowest sample on either side of the peak, and the peak."""

    before: int
    peak: int
    after: int


def phases(
    angle_deg: Floats,
    rate_dps: Floats,
    spans: Sequence[Span],
    sampling_rate_hz: float,
    params: PhaseParams = PhaseParams(),
) -> list[Phased | None]:
    """Return the phases of each repetition, in order and without overlap; None where the angle does not show it.

    Args:
        angle_deg: (n,) angle of the segment, outward positive, deg; NaN inside gaps.
        rate_dps: (n,) how fast it changes, deg/s.
        spans: (start, turn, end) of the counted repetitions, samples ``[start, end)``, in order.
        sampling_rate_hz: of both.
        params: settings.
    """
    peaks = _peaks(angle_deg, spans, params)
    limits = _limits(angle_deg, spans, peaks, params)
    rises = _rises(angle_deg, spans, peaks, limits, sampling_rate_hz, params)
    return [
        None if rise is None else _phased(angle_deg, rate_dps, rise, between, sampling_rate_hz, params)
        for rise, between in zip(rises, limits, strict=True)
    ]


def _peaks(angle_deg: Floats, spans: Sequence[Span], params: PhaseParams) -> list[int | None]:
    """Return the peak of each span: the highest above the lowest on both of its sides."""
    peaks: list[int | None] = []
    heights = np.zeros(len(spans))
    passed = 0
    for k, (start, _, end) in enumerate(spans):
        low, high = _around(len(angle_deg), spans, k, passed, params)
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
    least = params.least_share * float(np.median(heights)) if len(heights) else 0.0
    return [peak if height > least else None for peak, height in zip(peaks, heights, strict=True)]


def _around(n: int, spans: Sequence[Span], k: int, passed: int, params: PhaseParams) -> tuple[int, int]:
    """Return the samples that may belong to a repetition, half-open."""
    start, _, end = spans[k]
    reach = round(params.reach * (end - start))
    after = spans[k + 1][0] if k + 1 < len(spans) else n
    return min(max(passed, start - reach), start), max(min(after, end + reach), end)


def _without_gaps(angle_deg: Floats, low: int, middle: int, high: int) -> tuple[int, int]:
    gaps = low + np.flatnonzero(~np.isfinite(angle_deg[low:high]))
    before, after = gaps[gaps < middle], gaps[gaps >= middle]
    return (int(before[-1]) + 1 if len(before) else low), (int(after[0]) if len(after) else high)


def _limits(
    angle_deg: Floats, spans: Sequence[Span], peaks: Sequence[int | None], params: PhaseParams
) -> list[tuple[int, int]]:
    """Return for each repetition the first and the last sample that it may reach: the lowest between two peaks."""
    limits = []
    for k, peak in enumerate(peaks):
        start, _, end = spans[k]
        reach = round(params.reach * (end - start))
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
    rate_hz: float,
    params: PhaseParams,
) -> list[_Rise | None]:
    """Find the lowest samples on both sides of the peaks."""
    rough: list[Span] = []
    for (start, turn, end), peak, (low, high) in zip(spans, peaks, limits, strict=True):
        if peak is None:
            rough.append((start, turn, end))
            continue
        before = peak - _lowest(angle_deg[low : peak + 1][::-1], peak - max(start, low))
        after = peak + _lowest(angle_deg[peak : high + 1], min(end - 1, high) - peak)
        rough.append((before, peak, after + 1))
    whole = whole_movements(angle_deg, rough, rate_hz, params.extent)
    return [
        None if peak is None else _Rise(max(before, low), peak, min(after - 1, high))
        for peak, (before, _, after), (low, high) in zip(peaks, whole, limits, strict=True)
    ]


def _lowest(path_deg: Floats, counted: int) -> int:
    """Return where a path down from a peak is lowest: as far as was counted, or all of it where that is not half."""
    depth = float(path_deg[0] - path_deg.min())
    inside = path_deg[: max(counted, 0) + 1]
    enough = path_deg[0] - inside.min() >= _HALF * depth
    return int(np.argmin(inside if enough else path_deg))


def _phased(
    angle_deg: Floats,
    rate_dps: Floats,
    rise: _Rise,
    limits: tuple[int, int],
    rate_hz: float,
    params: PhaseParams,
) -> Phased | None:
    """Cut one repetition into its phases."""
    low, high = limits
    out = _Way.of(angle_deg[rise.before : rise.peak + 1], params)
    back = _Way.of(angle_deg[rise.peak : rise.after + 1][::-1], params)
    if out is None or back is None:
        return None
    out_first, out_last = rise.before + out.leaves, rise.before + out.arrives
    back_first, back_last = rise.after - back.arrives, rise.after - back.leaves
    rising = _smoothed(rate_dps[low : high + 1], out, rate_hz, params)
    falling = -_smoothed(rate_dps[low : high + 1], back, rate_hz, params)
    at = np.array([out_first, out_last, rise.peak, back_first, back_last]) - low
    start = at[1] - _over(rising[: at[1] + 1][::-1], at[1] - at[0], params)
    held = at[0] + _over(rising[at[0] : at[2] + 1], at[1] - at[0], params)
    release = at[4] - _over(falling[at[2] : at[4] + 1][::-1], at[4] - at[3], params)
    end = at[3] + _over(falling[at[3] :], at[4] - at[3], params)
    if held > release:
        held = release = (held + release) / 2.0
    start, held, release, end = np.clip(np.round([start, held, release, end]).astype(int), 0, high - low) + low
    return Phased(int(start), int(held), int(release), int(end)) if start < held <= release < end else None


class _Way(NamedTuple):
    """Samples of one movement upward: the last near its beginning, and the first near its end."""

    leaves: int
    arrives: int

    @classmethod
    def of(cls, path_deg: Floats, params: PhaseParams) -> "_Way | None":
        lowest, height = path_deg.min(), path_deg[-1] - path_deg.min()
        if not height > 0:
            return None
        leaves = int(np.flatnonzero(path_deg <= lowest + params.rest_level * height)[-1])
        arrives = leaves + int(np.argmax(path_deg[leaves:] >= lowest + params.hold_level * height))
        return cls(leaves, arrives)


def _smoothed(rate_dps: Floats, way: _Way, rate_hz: float, params: PhaseParams) -> Floats:
    from scipy.ndimage import uniform_filter1d

    width = min(params.smooth_share * (way.arrives - way.leaves), params.smooth_s * rate_hz)
    return np.asarray(uniform_filter1d(rate_dps, 2 * round(width / 2.0) + 1, mode="nearest"))


def _over(speed_dps: Floats, passed: int, params: PhaseParams) -> float:
    """Return at which sample, not necessarily a whole one, a movement ends on a path that begins amidst it.

    Args:
        speed_dps: (n,) along the path, in the direction of the movement.
        passed: sample from which on it may end.
        params: settings.
    """
    top = float(speed_dps[: passed + 1].max())
    slow = np.flatnonzero(speed_dps[passed:] < params.low_share * top)
    if not len(slow) or not top > 0:
        return float(len(speed_dps) - 1)
    last = passed + int(slow[0])
    quick = np.flatnonzero(speed_dps[:last] >= params.high_share * top)
    low_at = _crossing(speed_dps, last, params.low_share * top)
    high_at = _crossing(speed_dps, int(quick[-1]) + 1, params.high_share * top)
    near, far = _passed_at(params.low_share), _passed_at(params.high_share)
    return low_at + min((low_at - high_at) * near / (far - near), _LONGEST * passed)


def _crossing(speed_dps: Floats, after: int, level_dps: float) -> float:
    """Return where the speed falls through a level between a sample and the one before it."""
    before = speed_dps[after - 1], speed_dps[after]
    return after - 1 + float((before[0] - level_dps) / (before[0] - before[1]))


def _passed_at(share: float) -> float:
    """Return the share of its time at which a minimum-jerk movement has a share of its greatest speed."""
    return (1.0 - math.sqrt(1.0 - math.sqrt(share))) / 2.0
