"""The chair test: rises from a seat counted and timed with one sensor on the trunk.

Approach: each rise of `imutrack.metrics.transitions` is joined with the descent after it. Seat-off is when the upward
acceleration of the rise passes half its peak: the legs then carry more than the seat. Seat-on is the edge of the upward
acceleration that ends the descent. Neither is shifted by a constant: against an instrumented seat they are late by 0 to
0.15 s, depending on how hard the wearer sits down.

What it does not do: tell a rise with the arms from one without, or see a rise that is slower than about three seconds.
"""

from dataclasses import dataclass, field

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.metrics.transitions import (
    Transition,
    TransitionParams,
    find_descents,
    find_rises,
    movement_begins,
    movement_ends,
    upright,
)
from imutrack.metrics.vertical import VerticalMotion, VerticalParams, vertical_motion
from imutrack.results import ChairRise
from imutrack.signals.signal import Signal

__all__ = ["ChairParams", "SitToStand", "seat_off", "seat_on", "sit_to_stand", "sitting_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairParams:
    """Settings of the chair test."""

    vertical: VerticalParams = field(default_factory=VerticalParams)
    transitions: TransitionParams = field(default_factory=TransitionParams)
    half_share: float = 0.5  # of a pulse of acceleration: the usual edge of a pulse
    onset_s: float = 1.5  # no further from the peak acceleration than this
    impact_s: float = 0.17  # at half height: seats stopped a trunk within 0.09-0.15 s, legs take 0.2 s and more
    returned_share: float = 0.5  # of the rise: a smaller descent is no sitting down
    count_s: float = 30.0  # length of the chair stand test
    least_for_trend: int = 3  # rises; a slope through fewer says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SitToStand:
    """A chair test; times in seconds from the recording's start, None where they could not be told.

    Attributes:
        start_s: first movement of the trunk; None where the recording begins within it.
        end_s: last movement of the trunk; None where the recording ends within it.
        total_s: from the first movement to the last seat contact.
        total_to_stand_s: from the first movement to the last stand.
        rises_in_30_s: at least half way up within 30 s of the first movement, as the test's rules count; None where the
            recording ends before.
        rise_median_s, rise_cv_pct: seat-off to upright.
        peak_velocity_mps: median of the rises' peak vertical velocities.
        fatigue_pct_per_rise: slope of the rise time over the rises, per cent of the first one on that line.
    """

    rises: tuple[ChairRise, ...]
    start_s: float | None
    end_s: float | None
    total_s: float | None
    total_to_stand_s: float | None
    rises_in_30_s: int | None
    rise_median_s: float | None
    rise_cv_pct: float | None
    peak_velocity_mps: float | None
    fatigue_pct_per_rise: float | None
    flags: tuple[Flag, ...]


def sit_to_stand(signal: Signal, params: ChairParams = ChairParams()) -> SitToStand:
    """Count and time the rises from a chair.

    Args:
        signal: sensor on the trunk, worn any way round; without a gyroscope rises are found from acceleration alone.
        params: see there.

    Returns:
        No rises is an empty tuple with the flag ``NOT_COMPLETE``.

    Raises:
        SignalError: the signal is too short, or nothing can be said about its orientation.
    """
    motion = vertical_motion(signal, params.vertical)
    ups = find_rises(motion, params.transitions)
    if not ups:
        return _nothing_found(signal)
    downs = sitting_after(ups, find_descents(motion, params.transitions), params)
    rises = tuple(
        _rise(motion, number, up, down, params) for number, (up, down) in enumerate(zip(ups, downs, strict=True), 1)
    )
    begin = movement_begins(motion, seat_off(motion, ups[0], params), params.transitions)
    settling = ups[-1].stop - 1 if downs[-1] is None else seat_on(motion, downs[-1], params)
    finish = movement_ends(motion, settling, params.transitions)
    start_s = motion.time_s(begin) if begin > 0 else None
    end_s = motion.time_s(finish) if finish < len(motion) - 1 else None
    last = rises[-1]
    flags = _flags(signal, cut=start_s is None or end_s is None, seated=last.seat_on_s is not None)
    return SitToStand(
        rises=rises,
        start_s=start_s,
        end_s=end_s,
        total_s=_difference(last.seat_on_s, start_s),
        total_to_stand_s=_difference(last.upright_s, start_s),
        rises_in_30_s=_within(rises, start_s, motion.time_s(len(motion) - 1), params),
        **_rise_times(rises, params),
        flags=flags,
    )


def seat_off(motion: VerticalMotion, rise: Transition, params: ChairParams = ChairParams()) -> int:
    """Return the sample at which the trunk leaves the seat."""
    acc = motion.acc_mps2
    top = rise.start + int(np.argmax(acc[rise.start : rise.peak + 1]))
    begin = max(top - round(params.onset_s * motion.sampling_rate_hz), 0)
    below = np.flatnonzero(acc[begin:top] < params.half_share * acc[top])
    return begin + int(below[-1]) + 1 if len(below) else begin


def seat_on(motion: VerticalMotion, descent: Transition, params: ChairParams = ChairParams()) -> int:
    """Return the sample at which the seat takes the trunk over.

    A short pulse of upward acceleration is the seat itself, met at half the pulse's height. A long one is the legs
    letting the trunk down, and the seat has taken over when it has fallen to half.
    """
    acc = motion.acc_mps2
    top = descent.peak + int(np.argmax(acc[descent.peak : descent.stop]))
    half = params.half_share * acc[top]
    reach = round(params.onset_s * motion.sampling_rate_hz)
    before = np.flatnonzero(acc[descent.peak : top] < half)
    after = np.flatnonzero(acc[top : top + reach] < half)
    first = descent.peak + int(before[-1]) + 1 if len(before) else descent.peak
    last = top + int(after[0]) if len(after) else top
    return first if last - first < params.impact_s * motion.sampling_rate_hz else last


def sitting_after(
    ups: tuple[Transition, ...], descents: tuple[Transition, ...], params: ChairParams = ChairParams()
) -> list[Transition | None]:
    """Return for each rise the largest descent before the next one; None where the wearer stayed up."""
    limits = [up.start for up in ups[1:]] + [np.inf]
    joined: list[Transition | None] = []
    for up, limit in zip(ups, limits, strict=True):
        between = [
            down
            for down in descents
            if up.peak < down.peak < limit and down.height_m >= params.returned_share * up.height_m
        ]
        joined.append(max(between, key=lambda down: down.height_m, default=None))
    return joined


def _rise(
    motion: VerticalMotion, number: int, up: Transition, down: Transition | None, params: ChairParams
) -> ChairRise:
    return ChairRise(
        number=number,
        seat_off_s=motion.time_s(seat_off(motion, up, params)),
        upright_s=motion.time_s(upright(motion, up, params.transitions)),
        seat_on_s=None if down is None else motion.time_s(seat_on(motion, down, params)),
        peak_velocity_mps=up.peak_velocity_mps,
    )


def _within(rises: tuple[ChairRise, ...], start_s: float | None, last_s: float, params: ChairParams) -> int | None:
    if start_s is None or last_s < start_s + params.count_s:
        return None
    half_up_s = [(rise.seat_off_s + rise.upright_s) / 2 for rise in rises]
    return sum(t_s <= start_s + params.count_s for t_s in half_up_s)


def _rise_times(rises: tuple[ChairRise, ...], params: ChairParams) -> dict[str, float | None]:
    took_s = np.array([rise.upright_s - rise.seat_off_s for rise in rises])
    enough = len(took_s) >= params.least_for_trend
    slope, first = np.polyfit(np.arange(len(took_s)), took_s, 1) if enough else (0.0, 0.0)
    return {
        "rise_median_s": float(np.median(took_s)),
        "rise_cv_pct": float(100 * np.std(took_s, ddof=1) / np.mean(took_s)) if enough else None,
        "peak_velocity_mps": float(np.median([rise.peak_velocity_mps for rise in rises])),
        "fatigue_pct_per_rise": float(100 * slope / first) if enough and first > 0 else None,
    }


def _difference(later_s: float | None, earlier_s: float | None) -> float | None:
    return None if later_s is None or earlier_s is None else later_s - earlier_s


def _flags(signal: Signal, *, cut: bool, seated: bool) -> tuple[Flag, ...]:
    flags = []
    if not seated:
        flags.append(Flag.of(FlagCode.NOT_COMPLETE))
    if cut:
        flags.append(Flag.of(FlagCode.CUT_AT_EDGE))
    if signal.gyr is None:
        flags.append(Flag.of(FlagCode.NO_GYRO))
    return tuple(flags)


def _nothing_found(signal: Signal) -> SitToStand:
    return SitToStand(
        rises=(),
        start_s=None,
        end_s=None,
        total_s=None,
        total_to_stand_s=None,
        rises_in_30_s=None,
        rise_median_s=None,
        rise_cv_pct=None,
        peak_velocity_mps=None,
        fatigue_pct_per_rise=None,
        flags=_flags(signal, cut=False, seated=False),
    )
