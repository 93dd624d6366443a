"""Standing up and sitting down, found in the vertical motion of the trunk.

Approach: a rise is a stretch of upward velocity that is fast and high enough, that the acceleration really brings and
takes away within a second or two, and that the trunk leans for beforehand. Walking and stairs lift the trunk as fast
but hardly tilt it; taking the sensor off tilts it more than any chair does. Sitting down is the same with the signs
turned, leaning on the way down.

Sources: vertical velocity and displacement after Pham et al. 2018 and Adamowicz et al. 2020; the lean as a condition is
our own, since walking before or after a transition is the rule in daily life.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.metrics.vertical import VerticalMotion
from imutrack.samples import Floats
from imutrack.signals.rest import mask_runs

__all__ = [
    "Transition",
    "TransitionParams",
    "find_descents",
    "find_rises",
    "movement_begins",
    "movement_ends",
    "upright",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionParams:
    """What counts as standing up or sitting down."""

    peak_mps: float = 0.15  # the slowest rise seen has 0.3; sway and breathing stay below 0.05
    alone_mps: float = 0.2  # for a descent that need not follow a rise: leaning forward on the seat reaches 0.19
    lift_m: float = 0.12  # a low chair leaves 0.28 m, of which the high-pass keeps 0.2; a step lifts 0.05
    swing_s: float = 1.5  # velocity is gained and lost within it
    lean_s: float = 2.0  # the trunk leans within it before (rise) or after (descent) the fastest moment
    lean_deg: float = 15.0  # of the pelvis; 30 and more in every rise seen, up to 9 before other movement
    lean_without_gyro_deg: float = 20.0  # the direction of the specific force swings by 17 on stairs
    turned_over_deg: float = 100.0  # no chair turns the trunk by more; lying down and handling the sensor do
    alike: float = 0.5  # of the median peak velocity: one wearer's rises are alike, a bounce is not one of them
    risen_share: float = 0.1  # of the peak velocity; what is left of the drift can hold the rest above zero
    straighten_s: float = 0.5  # the trunk straightens up to so long after it has stopped rising
    moving_dps: float = 5.0  # of tilt: people sitting still stayed below 3.2, the start of leaning passes it in 0.1 s
    slope_s: float = 0.1  # over which the steepness of an ending movement is taken; less is noise
    still_s: float = 0.3  # so long below it ends a movement; between leaning and rising the tilt rate passes zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One rise or descent; samples of the motion.

    Attributes:
        start, stop: the stretch of velocity in one direction, half-open.
        peak: the fastest sample.
        height_m: travelled height, positive, as far as the high-pass leaves it.
        peak_velocity_mps: positive.
    """

    start: int
    peak: int
    stop: int
    height_m: float
    peak_velocity_mps: float


def find_rises(motion: VerticalMotion, params: TransitionParams = TransitionParams()) -> tuple[Transition, ...]:
    """Return the rises from a seat in order of time; none is an empty tuple."""
    return _find(motion, 1.0, params.peak_mps, params)


def find_descents(
    motion: VerticalMotion, params: TransitionParams = TransitionParams(), *, alone: bool = False
) -> tuple[Transition, ...]:
    """Return the times of sitting down in order of time; none is an empty tuple.

    Args:
        motion: of the trunk.
        params: see there.
        alone: nothing says that the wearer stood before: be stricter, since leaning forward looks like a slow descent.
    """
    return _find(motion, -1.0, params.alone_mps if alone else params.peak_mps, params)


def _find(motion: VerticalMotion, sign: float, least_mps: float, params: TransitionParams) -> tuple[Transition, ...]:
    found = [
        transition
        for transition in _stretches(sign * motion.velocity_mps, motion.sampling_rate_hz)
        if transition.peak_velocity_mps >= least_mps
        and transition.height_m >= params.lift_m
        and _swing_mps(sign * motion.gained_mps, transition, motion.sampling_rate_hz, params) >= least_mps
        and _leans(motion, transition, params, rising=sign > 0)
    ]
    if not found:
        return ()
    usual_mps = float(np.median([transition.peak_velocity_mps for transition in found]))
    return tuple(transition for transition in found if transition.peak_velocity_mps >= params.alike * usual_mps)


def _stretches(velocity_mps: Floats, rate_hz: float) -> list[Transition]:
    """Cut (n,) velocity into its positive stretches."""
    return [
        Transition(
            start=start,
            peak=start + int(np.argmax(velocity_mps[start:stop])),
            stop=stop,
            height_m=float(np.sum(velocity_mps[start:stop])) / rate_hz,
            peak_velocity_mps=float(np.max(velocity_mps[start:stop])),
        )
        for start, stop in mask_runs(velocity_mps > 0).tolist()
    ]


def _swing_mps(gained_mps: Floats, transition: Transition, rate_hz: float, params: TransitionParams) -> float:
    """Velocity that the acceleration brought before the peak and took away after it, the smaller of the two."""
    reach = round(params.swing_s * rate_hz)
    before = gained_mps[max(transition.start, transition.peak - reach)]
    after = gained_mps[min(transition.stop - 1, transition.peak + reach)]
    peak = gained_mps[transition.peak]
    return float(min(peak - before, peak - after))


def _leans(motion: VerticalMotion, transition: Transition, params: TransitionParams, *, rising: bool) -> bool:
    reach = round(params.lean_s * motion.sampling_rate_hz)
    before = motion.up[max(transition.peak - reach, 0) : transition.peak + 1]
    after = motion.up[transition.peak : transition.peak + reach]
    leaning = _spread_deg(before if rising else after)
    turned_over = _spread_deg(motion.up[max(transition.peak - reach, 0) : transition.peak + reach])
    least_deg = params.lean_without_gyro_deg if motion.turn_rate_dps is None else params.lean_deg
    return leaning >= least_deg and turned_over <= params.turned_over_deg


def _spread_deg(up: Floats) -> float:
    """Largest angle between two of (n, 3) unit vectors; thinned, since the trunk turns slowly."""
    thinned = up[:: max(len(up) // 40, 1)]
    return float(np.degrees(np.arccos(np.clip(np.min(thinned @ thinned.T), -1.0, 1.0))))


def upright(motion: VerticalMotion, rise: Transition, params: TransitionParams = TransitionParams()) -> int:
    """Return the sample at which the wearer stands: risen, and the trunk no longer straightening."""
    after = motion.velocity_mps[rise.peak : rise.stop]
    slow = np.flatnonzero(after < params.risen_share * rise.peak_velocity_mps)
    risen = rise.peak + int(slow[0]) if len(slow) else rise.stop - 1
    reach = round(params.straighten_s * motion.sampling_rate_hz)
    slower = np.flatnonzero(np.diff(motion.tilt_rate_dps[risen : risen + reach + 1]) >= 0)
    return min(risen + (int(slower[0]) if len(slower) else reach), len(motion) - 1)


def movement_begins(motion: VerticalMotion, seat_off: int, params: TransitionParams = TransitionParams()) -> int:
    """Return the first sample of the tilting that leads to leaving the seat; 0 where it goes back to the beginning."""
    reach = round(params.lean_s * motion.sampling_rate_hz)
    before = motion.tilt_rate_dps[max(seat_off - reach, 0) : seat_off + 1][::-1]
    return seat_off - _end_of_tilting(before, motion.tilt_rate_dps[seat_off::-1], motion.sampling_rate_hz, params)


def movement_ends(motion: VerticalMotion, seat_on: int, params: TransitionParams = TransitionParams()) -> int:
    """Return the last sample of the tilting that goes on at the seat; the last of all where it does not end."""
    reach = round(params.lean_s * motion.sampling_rate_hz)
    after = motion.tilt_rate_dps[seat_on : seat_on + reach + 1]
    return seat_on + _end_of_tilting(after, motion.tilt_rate_dps[seat_on:], motion.sampling_rate_hz, params)


def _end_of_tilting(near_dps: Floats, all_dps: Floats, rate_hz: float, params: TransitionParams) -> int:
    """Return how far (m,) tilt rates go on before they stay low, the lean next to the seat included.

    The trunk may pause between leaning and leaving the seat, so the walk starts at the fastest tilting near it. A slow
    lean passes the threshold late, so it is continued at its own steepness down to zero.
    """
    fastest = int(np.argmax(near_dps))
    begin = fastest if near_dps[fastest] >= params.lean_deg / params.lean_s else 0
    need = max(round(params.still_s * rate_hz), 1)
    low = np.concatenate(([0], np.cumsum(all_dps[begin:] < params.moving_dps)))
    runs = np.flatnonzero(low[need:] - low[:-need] == need)
    if not len(runs):
        return len(all_dps) - 1
    end = begin + int(runs[0])
    back = min(round(params.slope_s * rate_hz), end - begin)
    fall_dps = float(all_dps[end - back] - all_dps[end]) if back else 0.0
    tail = back * all_dps[end] / fall_dps if fall_dps > 0 else 0.0
    return end + round(min(float(tail), need))
