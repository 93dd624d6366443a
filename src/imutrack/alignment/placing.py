"""Stretches of one clock laid on host time: the times of their samples, what is missing in them and between them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.alignment.arrivals import AlignParams
from imutrack.alignment.envelope import Course, course_of
from imutrack.alignment.losses import Gap, missing
from imutrack.alignment.stretches import Stretch, sample_ticks
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Aligned", "bin_of", "drift_of", "gaps_of", "joint_of", "place", "result_of", "to_ns"]

_SINGLE: Final = 2.0  # samples: of a slow device without a clock, single losses leave as much


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
        unsure: the times may be wrong by more than `AlignParams.fits_s`: arrivals and device do not agree.
        measured: `rate_hz` is of what came for long enough to be believed.
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
    unsure: bool = False
    measured: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A stretch on host time: (k,) ticks and times of its samples, s from the first arrival.

    `emptied`: some of it came in time, as far as anybody can know.
    """

    stretch: Stretch
    ticks: Floats
    t_s: Floats
    lost: Ints
    course: Course
    emptied: bool


def place(
    stretch: Stretch, step: float, tick_s: float, max_drift: float, params: AlignParams, *, counts_losses: bool = True
) -> Placed:
    """Lay one stretch on host time."""
    spans = np.diff(stretch.ticks)
    lost = missing(spans, stretch.span_counts, step) if counts_losses else np.zeros(len(spans), np.int64)
    ticks = sample_ticks(stretch, step, lost)
    ready_s = ticks[stretch.ends - 1] * tick_s  # a packet cannot leave before its last sample
    late_s = stretch.host_s - ready_s
    course = course_of(ready_s, late_s, bin_of(stretch, step, tick_s, params), max_drift, params)
    device_s = ticks * tick_s
    emptied = _emptied(ready_s, stretch.host_s, course, params)
    return Placed(stretch, ticks, device_s + course.offset_at(device_s), lost, course, emptied)


def gaps_of(placed: Placed, base_ns: int) -> list[Gap]:
    """List the gaps within a stretch."""
    found = np.flatnonzero(placed.lost)
    last_s = placed.t_s[placed.stretch.ends[found] - 1]
    next_s = placed.t_s[placed.stretch.ends[found]]
    return [
        Gap(to_ns(base_ns, start_s), max(float(stop_s - start_s), 0.0), int(lost))
        for start_s, stop_s, lost in zip(last_s, next_s, placed.lost[found], strict=True)
    ]


def joint_of(before: Placed, after: Placed, step_s: float, base_ns: int) -> Gap:
    """Say what was lost between two clocks: nobody but the host knows."""
    duration_s = float(after.t_s[0] - before.t_s[-1])
    lost = max(round(duration_s / step_s) - 1, 0)
    return Gap(to_ns(base_ns, before.t_s[-1]), max(duration_s, 0.0), lost, restarted=True)


def drift_of(placed: list[Placed]) -> float | None:
    """Return how much faster the device's clock runs, ppm, by its longest stretch; None where that is too short."""
    course = max(placed, key=lambda part: float(part.ticks[-1])).course
    return -1e6 * course.slope if course.tells_drift else None


def result_of(placed: list[Placed], base_ns: int, step_s: float, gaps: list[Gap], params: AlignParams) -> Aligned:
    """Put stretches together, in the order of time; what their clock alone can say is left open."""
    t_s = np.concatenate([part.t_s for part in placed])
    slope = max(placed, key=lambda part: float(part.ticks[-1])).course.slope
    residual_s = np.abs(np.concatenate([part.course.residual_s for part in placed]))
    residual_ms = 1e3 * float(np.quantile(residual_s, 0.99))
    late_share = max(part.course.late_share for part in placed)
    return Aligned(
        t_ns=np.maximum.accumulate(base_ns + np.rint(t_s * 1e9).astype(np.int64)),
        order=np.concatenate([part.stretch.order for part in placed]),
        rate_hz=1.0 / (step_s * (1.0 + slope)),
        drift_ppm=None,
        residual_ms=residual_ms,
        lost=None,
        duplicates=sum(part.stretch.duplicates for part in placed),
        reordered=sum(part.stretch.reordered for part in placed),
        restarts=0,
        gaps=tuple(sorted(gaps, key=lambda gap: gap.start_ns)),
        unsure=(
            residual_ms > 1e3 * max(params.fits_s, _SINGLE * step_s)
            or late_share > params.late_share
            or not all(part.emptied for part in placed)
            or (len(placed) > 1 and min(_arrived(part.stretch) for part in placed) < params.tells_few)
        ),
        measured=float(t_s[-1] - t_s[0]) >= params.measure_from_s,
    )


def _emptied(ready_s: Floats, host_s: Floats, course: Course, params: AlignParams) -> bool:
    """Whether a queue that a stretch comes out of was empty before its end, of (k,) units.

    If not, nobody knows how late it is. It was where the second half is hardly less late than the first.
    """
    ends = np.array([0, -1])
    first_s, last_s = host_s[ends] - ready_s[ends] - course.offset_at(ready_s[ends])
    if first_s - last_s <= params.fits_s:
        return True
    span_s = float(host_s[-1] - host_s[0])
    if span_s <= params.fits_s:
        return False
    late_s = host_s - ready_s - course.offset_at(ready_s)
    last = host_s > host_s[0] + 0.5 * span_s
    return float(late_s[~last].min() - late_s[last].min()) <= params.fits_s


def _arrived(stretch: Stretch) -> int:
    """How often something came."""
    return 1 + int(np.count_nonzero(np.diff(stretch.host_s)))


def to_ns(base_ns: int, t_s: float) -> int:
    """Return the host time of a moment, s from the first arrival."""
    return base_ns + round(float(t_s) * 1e9)


def bin_of(stretch: Stretch, step: float, tick_s: float, params: AlignParams) -> float:
    """Return how long a bin must be to hold a packet that came at once, s."""
    return max(params.bin_s, params.bin_packets * float(np.median(stretch.counts)) * step * tick_s)
