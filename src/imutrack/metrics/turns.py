"""Turns of the whole body about the vertical, from the angular rate of a sensor on the trunk.

Approach: the turning rate is smoothed; a turn is a stretch in one direction, cut where the rate falls below a share of
its peak and continued at its own steepness down to zero, since the trunk twists by up to 25 deg/s with each stride and
a fixed low edge would take a stride in. Its angle is the integral of the unsmoothed rate. A turn in several steps stays
one as long as the wearer does not swing back in between. Thresholds for being a turn after El-Gohary et al. 2014.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.filters import lowpass
from imutrack.signals.rest import mask_runs

__all__ = ["Turn", "TurnParams", "find_turns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnParams:
    """What counts as a turn."""

    lowpass_hz: float = 2.0  # a turn lasts one to four seconds; faster is shaking of the belt
    edge_dps: float = 5.0  # El-Gohary et al. 2014
    edge_share: float = 0.1  # of the peak; fast turns are cut where strides do not reach
    edge_s: float = 0.3  # a turn is continued by no more than this
    slope_s: float = 0.1  # over which the steepness at the edge is taken
    step_deg: float = 20.0  # of a turn in several steps; the twist of a stride is below 10
    peak_dps: float = 15.0  # El-Gohary et al. 2014
    pause_s: float = 0.5  # between the steps of one turn
    least_deg: float = 100.0  # a turning back; walking around something stays below


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn: half-open samples, signed angle (left positive) and the largest turning rate, positive."""

    start: int
    stop: int
    angle_deg: float
    peak_dps: float


def find_turns(turn_rate_dps: Floats, sampling_rate_hz: float, params: TurnParams = TurnParams()) -> tuple[Turn, ...]:
    """Find the turns in (n,) turning rates, left positive, in order of time.

    Returns:
        Those of at least ``least_deg``; none is an empty tuple.
    """
    smooth = lowpass(turn_rate_dps, params.lowpass_hz, sampling_rate_hz)
    heading_deg = np.concatenate(([0.0], np.cumsum(turn_rate_dps))) / sampling_rate_hz
    turns = []
    for sign in (1.0, -1.0):
        rate_dps = sign * smooth
        steps = _steps(rate_dps, sampling_rate_hz, params)
        for first, last in _merged(rate_dps, steps, sampling_rate_hz, params):
            start = len(rate_dps) - _continued(rate_dps[::-1], len(rate_dps) - first, sampling_rate_hz, params)
            stop = _continued(rate_dps, last, sampling_rate_hz, params)
            angle_deg = float(heading_deg[stop] - heading_deg[start])
            peak_dps = float(np.max(rate_dps[first:last]))
            if sign * angle_deg >= params.least_deg and peak_dps >= params.peak_dps:
                turns.append(Turn(start=start, stop=stop, angle_deg=angle_deg, peak_dps=peak_dps))
    return tuple(sorted(turns, key=lambda turn: turn.start))


def _steps(rate_dps: Floats, rate_hz: float, params: TurnParams) -> list[tuple[int, int]]:
    """Stretches in the positive direction that turn far enough to be part of a turn."""
    steps = []
    for start, stop in mask_runs(rate_dps > params.edge_dps).tolist():
        level_dps = max(params.edge_share * float(np.max(rate_dps[start:stop])), params.edge_dps)
        for begin, end in mask_runs(rate_dps[start:stop] > level_dps).tolist():
            if float(np.sum(rate_dps[start + begin : start + end])) / rate_hz >= params.step_deg:
                steps.append((start + begin, start + end))
    return steps


def _merged(
    rate_dps: Floats, steps: list[tuple[int, int]], rate_hz: float, params: TurnParams
) -> list[tuple[int, int]]:
    """Join steps over short pauses in which the body does not turn back."""
    merged: list[tuple[int, int]] = []
    for start, stop in steps:
        if merged and _goes_on(rate_dps, merged[-1], (start, stop), rate_hz, params):
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((start, stop))
    return merged


def _goes_on(
    rate_dps: Floats, step: tuple[int, int], following: tuple[int, int], rate_hz: float, params: TurnParams
) -> bool:
    between = rate_dps[step[1] : following[0]]
    fastest_dps = float(np.max(rate_dps[step[0] : following[1]]))
    back_dps = max(params.edge_share * fastest_dps, params.edge_dps)
    return len(between) <= params.pause_s * rate_hz and float(np.min(between, initial=0.0)) > -back_dps


def _continued(rate_dps: Floats, stop: int, rate_hz: float, params: TurnParams) -> int:
    """Return where a turn that is cut at a sample reaches zero at its own steepness, or really does if sooner."""
    back = max(round(params.slope_s * rate_hz), 1)
    last = stop - 1
    fall_dps = float(rate_dps[max(last - back, 0)] - rate_dps[last])
    reach = min(back * float(rate_dps[last]) / fall_dps if fall_dps > 0 else 0.0, params.edge_s * rate_hz)
    onward = rate_dps[stop : stop + round(reach)]
    crossed = np.flatnonzero(onward <= 0)
    return stop + (int(crossed[0]) if len(crossed) else len(onward))
