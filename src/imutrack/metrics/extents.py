"""From where to where a repetition really goes: its ends, looked for on the angle itself.

The counter sees a movement through projections, such as gravity along one axis, and calls it over when the projection
is nearly back. Near its ends a projection hardly changes while the limb still turns, so that a third of the range may
lie outside. Here each end is carried on for as long as the angle keeps going the same way. A pause ends it: what comes
before a pause is getting into position.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imutrack.metrics.segment_angle import Span
from imutrack.samples import Floats

__all__ = ["ExtentParams", "clear_of", "whole_movements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtentParams:
    """When a movement is over."""

    rebound_share: float = 0.05  # of the range so far: going back by more is the next movement
    pause_s: float = 0.4  # a slow minimum-jerk movement of 4 s covers 2 % of its range in its first 0.4 s
    progress_share: float = 0.02  # of the range so far: less within a pause is none
    rest_share: float = 0.005  # of the range: as near to the end counts as being there; a rest drifts by as much


def whole_movements(
    angle_deg: Floats, spans: Sequence[Span], sampling_rate_hz: float, params: ExtentParams = ExtentParams()
) -> list[Span]:
    """Return spans that reach from one end of each movement to the other; none is shortened, none overlaps.

    Args:
        angle_deg: (n,) angle of the segment, deg; NaN inside gaps, which no span grows into.
        spans: (start, turn, end) of the repetitions, samples ``[start, end)``, in order.
        sampling_rate_hz: of the angle.
        params: see there.
    """
    whole: list[Span] = []
    for number, (start, turn, end) in enumerate(spans):
        first = whole[-1][2] if whole else 0
        last = spans[number + 1][0] if number + 1 < len(spans) else len(angle_deg)
        middle = angle_deg[turn]
        before = _further(angle_deg[first : start + 1][::-1], middle, sampling_rate_hz, params)
        after = _further(angle_deg[end - 1 : last], middle, sampling_rate_hz, params)
        whole.append((start - before, turn, end + after))
    return whole


def clear_of(start: int, end: int, spans: Sequence[Span]) -> tuple[int, int]:
    """Return the longest part of ``[start, end)`` that lies in none of the spans; empty where there is none.

    >>> clear_of(0, 10, [(2, 3, 4), (9, 11, 12)])
    (4, 9)
    """
    edges = [start, *(min(max(edge, start), end) for first, _, last in spans for edge in (first, last)), end]
    free = list(zip(edges[::2], edges[1::2], strict=True))
    return max(free, key=lambda part: part[1] - part[0])


def _further(path_deg: Floats, turn_deg: float, rate_hz: float, params: ExtentParams) -> int:
    """Return how many samples a movement goes on along a path that begins at its end and leads away from its turn."""
    if len(path_deg) < 2 or not np.isfinite(path_deg[0]) or not np.isfinite(turn_deg):
        return 0
    gone = np.abs(path_deg[0] - turn_deg) + np.sign(path_deg[0] - turn_deg) * (path_deg - path_deg[0])
    gap = np.flatnonzero(~np.isfinite(gone))
    gone = gone[: gap[0]] if len(gap) else gone
    furthest = np.maximum.accumulate(gone)
    pause = max(round(params.pause_s * rate_hz), 1)
    over = gone < (1.0 - params.rebound_share) * furthest
    over[pause:] |= furthest[pause:] < furthest[:-pause] * (1.0 + params.progress_share)
    ends = np.flatnonzero(over)
    gone = gone[: ends[0] + 1] if len(ends) else gone
    return int(np.argmax(gone >= (1.0 - params.rest_share) * gone.max()))
