"""Host time for every sample of a recorded stream.

Goal: from arrivals and device stamps, times that are right to a few milliseconds between sensors, and losses that are
right to the sample. A pure function of its arguments: live and replayed streams give the same bits.

Approach: count wraps by host time; cut where the device's clock may have begun anew; within each stretch sort by device
time, leave duplicates out, spread stamps over the samples of a packet, and lay device time on host time by the earliest
arrivals. A cut is judged last, when both sides have host times: where the counter agrees with them it went on and its
loss is counted by ticks, where not the device restarted and host time counts.

A device without a clock is given its sample index for one, at the rate its arrivals show; what it lost is unknown, and
a loss that no silence betrays delays the samples after it until the fit has followed.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from imutrack.alignment.arrivals import AlignParams, Arrivals, TickClock
from imutrack.alignment.envelope import Course, course_of, earliest, fit_line
from imutrack.alignment.losses import Gap, fit_step, missing
from imutrack.alignment.stretches import Stretch, Units, sample_ticks, stretches_of
from imutrack.alignment.unwrapping import breaks_of_counter, breaks_of_silence, modulus_of, steps_by_host
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Aligned", "align"]

_UNCLOCKED_DRIFT = (
    0.05  # an index at a rate fitted to few arrivals: as far off as a cheap oscillator and a loss make it
)
_BINS_OF_A_RATE = 200  # a rate over a whole recording needs no more; the pairs grow with their square


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A stream on host time.

    Attributes:
        t_ns: (n,) host time of each sample, never decreasing.
        order: (n,) index of each sample among all samples in the order they came; duplicates are left out.
        rate_hz: samples per second of host time; the nominal rate where nothing tells.
        drift_ppm: how much faster the device's clock runs than the host's; None without a clock or in a short stream.
        residual_ms: 99th percentile of what the fit leaves of the earliest arrivals.
        lost: samples that never came; None where the device has no clock.
        duplicates: samples that came again.
        reordered: samples that came after later ones.
        restarts: how often the device's clock began anew.
        gaps: where samples are missing, in the order of time.
    """

    t_ns: Ints
    order: Ints
    rate_hz: float
    drift_ppm: float | None
    residual_ms: float
    lost: int | None
    duplicates: int
    reordered: int
    restarts: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A stretch on host time: (k,) ticks and times of its samples, s from the first arrival."""

    stretch: Stretch
    ticks: Floats
    t_s: Floats
    lost: Ints
    course: Course


def align(
    arrivals: Arrivals, clock: TickClock | None, nominal_rate_hz: float, params: AlignParams | None = None
) -> Aligned:
    """Give every sample of a stream its host time and account for those that are missing.

    Args:
        arrivals: the packets, in the order they came.
        clock: of the device; None, or no ticks among the arrivals, where it has none.
        nominal_rate_hz: as set on the device; half to one and a half of the real rate will do.
        params: what is expected of radio, host and crystals.

    Raises:
        SignalError: there are stamps for each sample where the clock says otherwise, or the reverse.
    """
    params = params or AlignParams()
    if not len(arrivals.host_ns):
        nothing = np.zeros(0, np.int64)
        return Aligned(nothing, nothing, nominal_rate_hz, None, 0.0, None, 0, 0, 0, ())
    base_ns = int(arrivals.host_ns[0])
    if clock is None or arrivals.ticks is None:
        return _without_clock(Units.counted(arrivals), base_ns, nominal_rate_hz, params)
    units = Units.stamped(arrivals, clock.stamps)
    steps = steps_by_host(units.ticks, units.host_s, clock.tick_s, clock.bits)
    moved_s = steps.astype(np.float64) * clock.tick_s
    packet_s = float(np.mean(units.counts)) / nominal_rate_hz
    cuts = breaks_of_counter(moved_s, np.diff(units.host_s), packet_s, params)
    stretches = stretches_of(units, steps, np.flatnonzero(cuts) + 1)
    step = _step_of(stretches, 1.0 / (nominal_rate_hz * clock.tick_s))
    placed = [_place(stretch, step, clock.tick_s, params.max_drift, params) for stretch in stretches]
    joints = [_joint(before, after, step, clock, base_ns, params) for before, after in pairwise(placed)]
    gaps = [gap for part in placed for gap in _gaps(part, base_ns)] + [g for g in joints if g.lost or g.restarted]
    result = _result(placed, base_ns, step * clock.tick_s, gaps)
    return replace(
        result,
        drift_ppm=_drift_ppm(placed),
        lost=sum(gap.lost or 0 for gap in gaps),
        restarts=sum(gap.restarted for gap in gaps),
    )


def _without_clock(units: Units, base_ns: int, nominal_rate_hz: float, params: AlignParams) -> Aligned:
    """Place a stream by its sample index."""
    packet_s = float(np.mean(units.counts)) / nominal_rate_hz
    cuts = np.flatnonzero(breaks_of_silence(np.diff(units.host_s), packet_s, params)) + 1
    stretches = stretches_of(units, np.diff(units.ticks), cuts)
    longest = max(stretches, key=lambda stretch: int(stretch.ticks[-1]))
    tick_s = _tick_of_arrivals(longest, 1.0 / nominal_rate_hz, params)
    placed = [_place(stretch, 1.0, tick_s, _UNCLOCKED_DRIFT, params) for stretch in stretches]
    gaps = [
        Gap(_ns(base_ns, before.t_s[-1]), max(float(after.t_s[0] - before.t_s[-1]), 0.0), None)
        for before, after in pairwise(placed)
    ]
    return _result(placed, base_ns, tick_s, gaps)


def _tick_of_arrivals(stretch: Stretch, nominal_s: float, params: AlignParams) -> float:
    """Seconds per sample as the earliest arrivals of a stretch show; as nominal where it is too short to show any."""
    device_s = stretch.ticks.astype(np.float64) * nominal_s
    late_s = stretch.host_s - device_s
    bin_s = max(_bin_s(stretch, 1.0, nominal_s, params), float(device_s[-1]) / _BINS_OF_A_RATE)
    chosen = earliest(device_s, late_s, bin_s)
    return nominal_s * (1.0 + fit_line(device_s[chosen], late_s[chosen], params.bin_s, 0.5).slope)


def _bin_s(stretch: Stretch, step: float, tick_s: float, params: AlignParams) -> float:
    return max(params.bin_s, params.bin_packets * float(np.median(stretch.counts)) * step * tick_s)


def _step_of(stretches: list[Stretch], nominal: float) -> float:
    spans = np.concatenate([np.diff(stretch.ticks) for stretch in stretches])
    counts = np.concatenate([stretch.span_counts for stretch in stretches])
    return fit_step(spans, counts, nominal)


def _place(stretch: Stretch, step: float, tick_s: float, max_drift: float, params: AlignParams) -> _Placed:
    """Lay one stretch on host time."""
    lost = missing(np.diff(stretch.ticks), stretch.span_counts, step)
    ticks = sample_ticks(stretch, step, lost)
    ready_s = ticks[stretch.ends - 1] * tick_s  # a packet cannot leave before its last sample
    course = course_of(ready_s, stretch.host_s - ready_s, _bin_s(stretch, step, tick_s, params), max_drift, params)
    device_s = ticks * tick_s
    return _Placed(stretch, ticks, device_s + course.offset_at(device_s), lost, course)


def _gaps(placed: _Placed, base_ns: int) -> list[Gap]:
    """List the gaps within a stretch."""
    found = np.flatnonzero(placed.lost)
    last_s = placed.t_s[placed.stretch.ends[found] - 1]
    next_s = placed.t_s[placed.stretch.ends[found]]
    return [
        Gap(_ns(base_ns, start_s), max(float(stop_s - start_s), 0.0), int(lost))
        for start_s, stop_s, lost in zip(last_s, next_s, placed.lost[found], strict=True)
    ]


def _joint(before: _Placed, after: _Placed, step: float, clock: TickClock, base_ns: int, params: AlignParams) -> Gap:
    """Judge a cut: did the counter go on through it, and what was lost?"""
    duration_s = float(after.t_s[0] - before.t_s[-1])
    moved = float(after.stretch.origin - before.stretch.origin) + float(after.ticks[0] - before.ticks[-1])
    agree_s = params.late_s
    modulus = modulus_of(clock.bits)
    if modulus is not None:
        moved += modulus * round((duration_s / clock.tick_s - moved) / modulus)
        agree_s = min(agree_s, modulus * clock.tick_s / 8)  # any counter that wraps soon agrees with anything
    restarted = abs(moved * clock.tick_s - duration_s) > agree_s + params.max_drift * abs(duration_s)
    steps = duration_s / (step * clock.tick_s) if restarted else moved / step
    return Gap(_ns(base_ns, before.t_s[-1]), max(duration_s, 0.0), max(round(steps) - 1, 0), restarted)


def _drift_ppm(placed: list[_Placed]) -> float | None:
    course = max(placed, key=lambda part: float(part.ticks[-1])).course
    return -1e6 * course.slope if course.tells_drift else None


def _result(placed: list[_Placed], base_ns: int, step_s: float, gaps: list[Gap]) -> Aligned:
    t_s = np.concatenate([part.t_s for part in placed])
    slope = max(placed, key=lambda part: float(part.ticks[-1])).course.slope
    residual_s = np.abs(np.concatenate([part.course.residual_s for part in placed]))
    return Aligned(
        t_ns=np.maximum.accumulate(base_ns + np.rint(t_s * 1e9).astype(np.int64)),
        order=np.concatenate([part.stretch.order for part in placed]),
        rate_hz=1.0 / (step_s * (1.0 + slope)),
        drift_ppm=None,
        residual_ms=1e3 * float(np.quantile(residual_s, 0.99)),
        lost=None,
        duplicates=sum(part.stretch.duplicates for part in placed),
        reordered=sum(part.stretch.reordered for part in placed),
        restarts=0,
        gaps=tuple(sorted(gaps, key=lambda gap: gap.start_ns)),
    )


def _ns(base_ns: int, t_s: float) -> int:
    return base_ns + round(float(t_s) * 1e9)
