"""When a repetition begins, turns and ends, and how long its outward movement, hold and return last.

The counter says that there is a repetition; the angle and its speed say when. Approach: the repetition's rise and fall
on the angle (`metrics.rises`). Each of the two movements is over where its speed falls below a share of its own
greatest speed, once it is past the angle at which it may pause on the way. The usual share in studies of reaching is
5 %; a movement is cut short by it, and what is cut off would be called hold. A minimum-jerk movement has at a share x
of its time the speed 16 x^2 (1 - x)^2 of its greatest, and so passes the share s of it at

    x(s) = (1 - sqrt(1 - sqrt(s))) / 2:    x(5 %) = 0.059,    x(10 %) = 0.087,    x(40 %) = 0.197.

5 % at the end of the one and at the start of the other movement would make 6 % of their time hold, 10 % 9 % of it. Here
a movement therefore ends where a minimum-jerk movement through the two points at 10 and 40 % ends,
t10 + (t10 - t40) x10 / (x40 - x10): exact for minimum jerk, and for a movement that stops at once, where both points
fall together, but for the smoothing of the speed, which may add an eighth of its time. 10 % keeps clear of tremor and
of the drift of a held limb. What lies between the two movements is the hold; where they would overlap there is none,
and they meet half way.
What it does not do: count. No repetition is added, taken away or moved past another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from imutrack.metrics.rises import Rise, RiseParams, rises
from imutrack.metrics.segment_angle import Span
from imutrack.samples import Floats

__all__ = ["PhaseParams", "Phased", "phases"]

_LONGEST: Final = 0.5  # of the time from 20 to 80 % of the range: twice what follows after 10 % in minimum jerk


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseParams:
    """When a movement begins and ends: one set for every exercise, placement and device."""

    rise: RiseParams = field(default_factory=RiseParams)
    low_share: float = 0.1  # of the movement's greatest speed; see the head of this file
    high_share: float = 0.4  # far enough from the first for a slope, and still in the last fifth of the movement
    hold_level: float = 0.8  # of the movement's range: stopping at less is a pause on the way, not the hold
    rest_level: float = 0.2  # likewise at the other end
    smooth_share: float = 0.3  # of the time between the two levels, a tenth of a minimum-jerk movement's:
    smooth_s: float = 0.25  # tremor from 4 Hz on goes from slow movements, and quick ones keep their corners


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

    def durations_s(self, sampling_rate_hz: float) -> tuple[float, float, float]:
        """Return the time of the outward movement, the hold and the return."""
        marks = (self.start, self.held, self.release, self.end)
        outward, hold, back = ((after - before) / sampling_rate_hz for before, after in pairwise(marks))
        return outward, hold, back


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
    hidden: set[int] = set()
    while True:  # a repetition that has no phases keeps its span, which its neighbours must then respect
        found = [
            None if rise is None else _phased(angle_deg, rate_dps, rise, sampling_rate_hz, params)
            for rise in rises(angle_deg, spans, sampling_rate_hz, params.rise, hidden)
        ]
        without = {k for k, rep in enumerate(found) if rep is None}
        if without == hidden:
            return found
        hidden = without


def _phased(
    angle_deg: Floats,
    rate_dps: Floats,
    rise: Rise,
    rate_hz: float,
    params: PhaseParams,
) -> Phased | None:
    """Cut one repetition into its phases."""
    low, high = rise.low, rise.high
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
    if not top > 0:
        return float(passed)  # angle and speed contradict each other
    slow = np.flatnonzero(speed_dps[passed:] < params.low_share * top)
    if not len(slow):
        return float(len(speed_dps) - 1)
    last = passed + int(slow[0])
    quick = np.flatnonzero(speed_dps[:last] >= params.high_share * top)
    low_at = _crossing(speed_dps, last, params.low_share * top)
    high_at = _crossing(speed_dps, int(quick[-1]) + 1, params.high_share * top)
    near, far = _passed_at(params.low_share), _passed_at(params.high_share)
    return low_at + min((low_at - high_at) * near / (far - near), _LONGEST * passed)


def _crossing(speed_dps: Floats, after: int, level_dps: float) -> float:
    """Return where the speed falls through a level before a sample; the sample itself where it was below already."""
    above, below = float(speed_dps[after - 1]), float(speed_dps[after])
    return after - (level_dps - below) / (above - below) if above > level_dps > below else float(after)


def _passed_at(share: float) -> float:
    """Return the share of its time at which a minimum-jerk movement has a share of its greatest speed."""
    return (1.0 - math.sqrt(1.0 - math.sqrt(share))) / 2.0
