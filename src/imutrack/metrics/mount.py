"""How the sensor sat on the limb: in place, moved during the set, or worn the other way round.

Approach: a sensor that slips turns everything it sees by one rotation: gravity at the start of the repetitions, gravity
at their turning points, and the axis of the movement. That rotation is fitted between the first and the last third of
the set. A person who merely moves less, or rests lower, turns these directions by different amounts, and no single
rotation fits.
What it does not do: tell a slip about the movement's own axis from a changed posture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.metrics.segment_angle import Span
from imutrack.results import Mount
from imutrack.samples import Floats
from imutrack.signals.axes import angle_between, dominant_axis, gravity_in_sensor, mean_direction
from imutrack.signals.orientation import Orientation, long_gaps
from imutrack.signals.signal import Signal

__all__ = ["MountCheck", "MountParams", "check_mount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountParams:
    """Settings of the mount check."""

    least_reps: int = 3  # a first and a last third need one each, and one between
    moved_deg: float = 10.0  # people repeat posture and plane within about 5
    residual_share: float = 0.5  # of the fitted rotation: a slip fits far better than this, a changed movement worse
    turned_deg: float = 120.0  # the axis that should point up points down
    upright_deg: float = 60.0  # the same axis, posture and loose straps allowed for


@dataclass(frozen=True, slots=True)
class MountCheck:
    """What was found. ``moved_deg`` turns the first third into the last; None where it cannot be told."""

    mount: Mount
    moved_deg: float | None
    flags: tuple[Flag, ...]


def check_mount(
    signal: Signal,
    orient: Orientation,
    spans: Sequence[Span],
    expected_up: Floats | None = None,
    params: MountParams = MountParams(),
) -> MountCheck:
    """Say how the sensor sat.

    Args:
        signal: readings of one sensor, with angular rate.
        orient: its orientation.
        spans: the counted repetitions.
        expected_up: (3,) direction in the sensor's axes that should point up at the start of the repetitions, from an
            axis map or the exercise; None where nothing is known, then turned cannot be told.
        params: settings.
    """
    up = gravity_in_sensor(orient)
    gaps = long_gaps(signal)
    whole = [span for span in spans if not gaps[span[0] : span[2]].any()]
    if signal.gyr is None or len(whole) < params.least_reps:
        return MountCheck(Mount.UNCLEAR, None, (Flag(FlagCode.MOUNT_UNCLEAR),))
    third = len(whole) // 3
    rate = signal.gyr - orient.gyr_bias_radps
    first, last = (_directions(rate, up, part) for part in (whole[:third], whole[-third:]))
    moved_deg, residual_deg = _common_rotation_deg(first, last)
    if moved_deg > params.moved_deg and residual_deg < params.residual_share * moved_deg:
        return MountCheck(Mount.MOVED, moved_deg, (Flag.of(FlagCode.MOUNT_MOVED, moved_deg=moved_deg),))
    if expected_up is None:
        return MountCheck(Mount.OK, moved_deg, ())
    off_deg = float(angle_between(mean_direction(up[[start for start, _, _ in whole]]), expected_up))
    if off_deg >= params.turned_deg:
        return MountCheck(Mount.TURNED, moved_deg, (Flag(FlagCode.MOUNT_TURNED),))
    if off_deg > params.upright_deg:
        return MountCheck(Mount.UNCLEAR, moved_deg, (Flag(FlagCode.MOUNT_UNCLEAR),))
    return MountCheck(Mount.OK, moved_deg, ())


def _directions(rate_radps: Floats, up: Floats, spans: Sequence[Span]) -> Floats:
    """Return (3, 3) unit rows: up at the starts, up at the turning points, the axis with outward movement positive."""
    starts = mean_direction(up[[start for start, _, _ in spans]])
    turns = mean_direction(up[[turn for _, turn, _ in spans]])
    outward = np.zeros(len(up), dtype=np.bool_)
    inside = outward.copy()
    for start, turn, end in spans:
        outward[start : turn + 1] = True
        inside[start:end] = True
    axis = dominant_axis(rate_radps, up, inside)
    direction = np.zeros(3) if axis is None else axis.direction
    sense = 1.0 if (rate_radps[outward] @ direction).sum() >= 0 else -1.0
    return np.stack([starts, turns, sense * direction])


def _common_rotation_deg(before: Floats, after: Floats) -> tuple[float, float]:
    """Return how far the rotation turns that best fits three directions (Wahba's problem, by SVD), and the misfit."""
    u, _, vt = np.linalg.svd(after.T @ before)
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    skew = rotation - rotation.T
    sine = np.sqrt(skew[2, 1] ** 2 + skew[0, 2] ** 2 + skew[1, 0] ** 2)
    angle = float(np.degrees(np.arctan2(sine, np.trace(rotation) - 1.0)))
    left = angle_between(before @ rotation.T, after)
    return angle, float(np.sqrt(np.mean(left**2)))
