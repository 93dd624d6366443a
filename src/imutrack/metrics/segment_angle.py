"""The angle of one segment over a set, from one sensor.

Approach: the dominant axis over the counted repetitions and the signed angle about it: first movement positive, zero in
the rest before it. Where the movement has no axis, the change of tilt from the start pose instead, which needs none and
is never negative. The signed angle is smoothed; the tilt is not: it folds at zero, and smoothing would cut the fold.
What it does not do: measure a joint. One sensor sees its segment; that is the joint's angle only while the neighbouring
segment is still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.axes import Axis, angle_about, angle_between, dominant_axis, gravity_in_sensor, mean_direction
from imutrack.signals.filters import lowpass
from imutrack.signals.orientation import Orientation
from imutrack.signals.rest import rests
from imutrack.signals.signal import Bools, Signal

__all__ = ["AngleParams", "RomKind", "SegmentAngle", "Span", "segment_angle"]

Span = tuple[int, int, int]
"""A repetition: samples ``[start, end)`` of the signal, turning at the second of (start, turn, end)."""


class RomKind(StrEnum):
    """How the angle is expressed."""

    SIGNED = "signed"  # about the dominant axis
    TILT = "tilt"  # between gravity now and in the start pose, never negative


@dataclass(frozen=True, slots=True, kw_only=True)
class AngleParams:
    """Settings of the angle: one set for every exercise, placement and device."""

    lowpass_hz: float = 6.0  # 4 Hz takes range off fast repetitions; 6 Hz takes off what soft tissue adds
    lowpass_samples: float = 4.0  # readings per period the filter needs; slower sensors are left as they are
    no_axis_share: float = 0.5  # of the squared rate off the axis: from here on there is no axis to speak of
    rest_s: float = 1.0  # a shorter pause is a turning point, not a start pose
    pose_s: float = 2.0  # of a longer rest only its end: people settle into position
    around_s: float = 60.0  # after the first start: what rest is, is judged beside the movement that follows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SegmentAngle:
    """The angle of a segment over a signal.

    Attributes:
        angle_deg: (n,) NaN inside long gaps.
        kind: how it is expressed.
        axis: what the segment turned about, pointing so that the first movement is positive.
        rate_dps: (n,) how fast the angle changes, by the gyroscope; NaN inside long gaps where the angle is a tilt.
        speed_dps: (n,) size of the gyroscope's rate, along the axis where the angle is signed.
        rested: whether zero is a rest posture; otherwise it is merely where the first repetition starts.
    """

    angle_deg: Floats
    kind: RomKind
    axis: Axis
    rate_dps: Floats
    speed_dps: Floats
    rested: bool


def segment_angle(
    signal: Signal, orient: Orientation, spans: Sequence[Span] = (), params: AngleParams = AngleParams()
) -> SegmentAngle | None:
    """Return the angle of the segment, or None where it does not turn at all.

    Args:
        signal: readings of one sensor, with angular rate.
        orient: its orientation.
        spans: the counted repetitions; without any, axis and sign come from the whole signal.
        params: settings.
    """
    if signal.gyr is None:
        return None
    up = gravity_in_sensor(orient)
    seen = np.isfinite(up[:, 0])
    rate = signal.gyr - orient.gyr_bias_radps
    moving = seen & _inside(spans, len(signal))
    axis = dominant_axis(rate[moving], up[moving])
    if axis is None:
        return None
    pose, rested = _start_pose(signal, seen, spans[0][0] if spans else 0, params)
    if 1.0 - axis.share > params.no_axis_share:
        upright = mean_direction(up[pose])
        tilt, tilting = angle_between(up, upright), _tilt_rate(rate, up, upright)
        speed = np.degrees(np.linalg.norm(rate, axis=1))
        return SegmentAngle(
            angle_deg=tilt, kind=RomKind.TILT, axis=axis, rate_dps=tilting, speed_dps=speed, rested=rested
        )
    angle = angle_about(orient, up, axis)
    for start, end in orient.pieces:
        angle[start:end] = _smoothed(angle[start:end], signal.sampling_rate_hz, params)
    angle -= np.median(angle[pose])
    if _outward_deg(angle, spans) < 0:
        angle, axis = -angle, axis.reversed()
    about = _smoothed(np.degrees(rate @ axis.direction), signal.sampling_rate_hz, params)
    return SegmentAngle(
        angle_deg=angle, kind=RomKind.SIGNED, axis=axis, rate_dps=about, speed_dps=np.abs(about), rested=rested
    )


def _tilt_rate(rate_radps: Floats, up: Floats, start: Floats) -> Floats:
    """Return (n,) how fast the angle between upward and its start direction grows, deg/s.

    Seen from the sensor, d(up)/dt = up x w; the angle therefore grows by w along up x start.
    """
    about = np.cross(up, start)
    size = np.maximum(np.linalg.norm(about, axis=1), 1e-12)
    return np.asarray(np.degrees((rate_radps * about).sum(axis=1) / size))


def _inside(spans: Sequence[Span], n: int) -> Bools:
    inside = np.full(n, not spans)
    for start, _, end in spans:
        inside[start:end] = True
    return inside


def _start_pose(signal: Signal, seen: Bools, first: int, params: AngleParams) -> tuple[Bools, bool]:
    """Return the end of the last rest before a sample, or the sample nearest to it, and whether it is a rest."""
    pose = np.zeros(len(signal), dtype=np.bool_)
    least, most = (round(s * signal.sampling_rate_hz) for s in (params.rest_s, params.pose_s))
    within = signal[: first + 1 + round(params.around_s * signal.sampling_rate_hz)]
    for begin, end in reversed(rests(within, params.rest_s)):
        stop = min(end, first + 1)
        pose[max(begin, stop - most) : stop] = True
        pose &= seen
        if stop - begin >= least and pose.any():
            return pose, True
    nearest = np.flatnonzero(seen)
    pose[:] = False
    pose[nearest[np.argmin(np.abs(nearest - first))]] = True
    return pose, False


def _smoothed(values: Floats, sampling_rate_hz: float, params: AngleParams) -> Floats:
    if sampling_rate_hz < params.lowpass_samples * params.lowpass_hz:
        return values
    return lowpass(values, params.lowpass_hz, sampling_rate_hz)


def _outward_deg(angle_deg: Floats, spans: Sequence[Span]) -> float:
    """Typical angle from the ends of the repetitions to their turning points; without any, the typical angle."""
    ways = [angle_deg[turn] - 0.5 * (angle_deg[start] + angle_deg[end - 1]) for start, turn, end in spans]
    seen = np.array(ways or angle_deg)
    seen = seen[np.isfinite(seen)]
    return float(np.median(seen)) if len(seen) else 0.0
