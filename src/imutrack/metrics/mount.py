"""How the sensor sat on the limb: in place, moved during the set, or worn the other way round.

Approach: a sensor that slips turns everything it sees by one rotation: gravity at the start of the repetitions, gravity
at their turning points, and the axis of the movement. Each is compared between the first and the last third of the set.
It moved when two of the three changed, by more than they change between neighbouring repetitions, and one rotation
explains all of them; a person who tires, moves less or rests lower turns them by different amounts.
What it does not do: see small slips (half of those of 15 degrees stay hidden among people's own variation; they cost a
range a few tenths of a degree), or tell a slip from a limb that turned under the strap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.metrics.segment_angle import Span
from imutrack.results import Mount
from imutrack.samples import AxisMap, Floats
from imutrack.signals.axes import angle_between, dominant_axis, gravity_in_sensor, mean_direction
from imutrack.signals.orientation import Orientation, orientation
from imutrack.signals.signal import Signal

__all__ = ["MountParams", "check_mount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountParams:
    """Settings of the mount check."""

    least_reps: int = 5  # two or more in most thirds, or nothing is known of how they vary
    moved_deg: float = 10.0  # people repeat posture and plane within about 5
    scatter_ratio: float = 1.5  # change over the scatter within the thirds
    misfit_share: float = 0.4  # of the change: a slip fits better than this, a changed movement worse
    turned_deg: float = 120.0  # the axis that should point up points down
    upright_deg: float = 60.0  # the same axis, posture and loose straps allowed for


def check_mount(
    signal: Signal,
    spans: Sequence[Span],
    axes: AxisMap | None = None,
    params: MountParams = MountParams(),
    *,
    orient: Orientation | None = None,
) -> tuple[Mount, tuple[Flag, ...]]:
    """Say how the sensor sat.

    Args:
        signal: readings of one sensor; without angular rate nothing can be said.
        spans: the counted repetitions, (start, turn, end) in samples ``[start, end)``.
        axes: which of the sensor's axes points up at the start of the repetitions; None where nobody said, then turned
            cannot be told.
        params: settings.
        orient: orientation of the signal, where it is known already.
    """
    whole = [span for span in spans if not signal.missing[span[0] : span[2]].any()]
    if signal.gyr is None or len(whole) < params.least_reps:
        return Mount.UNCLEAR, ()
    orient = orient or orientation(signal)
    up = gravity_in_sensor(orient)
    moved_deg = _moved_deg(_directions(signal.gyr - orient.gyr_bias_radps, up, whole), params)
    if moved_deg is not None:
        return Mount.MOVED, (Flag.of(FlagCode.MOUNT_MOVED, moved_deg=moved_deg),)
    if axes is None:
        return Mount.OK, ()
    expected = axes.body(np.eye(3))[:, 2]
    off_deg = float(angle_between(mean_direction(up[[start for start, _, _ in whole]]), expected))
    if off_deg >= params.turned_deg:
        return Mount.TURNED, (Flag(FlagCode.MOUNT_TURNED),)
    if off_deg > params.upright_deg:
        return Mount.UNCLEAR, (Flag(FlagCode.MOUNT_UNCLEAR),)
    return Mount.OK, ()


def _directions(rate_radps: Floats, up: Floats, spans: Sequence[Span]) -> Floats:
    """Return (k, 3, 3) of each repetition, as unit rows: up at its start, up at its turning point, its outward axis."""
    found = np.zeros((len(spans), 3, 3))
    for k, (start, turn, end) in enumerate(spans):
        axis = dominant_axis(rate_radps[start:end], up[start:end])
        if axis is not None:
            sense = 1.0 if (rate_radps[start : turn + 1] @ axis.direction).sum() >= 0 else -1.0
            found[k] = up[start], up[turn], sense * axis.direction
    return found


def _moved_deg(seen: Floats, params: MountParams) -> float | None:
    """Return the largest change of a direction from the first to the last third where the sensor moved, else None."""
    third = len(seen) // 3
    first, last = _means(seen[:third]), _means(seen[-third:])
    change = angle_between(first, last)
    within = np.concatenate([angle_between(seen[:third], first), angle_between(seen[-third:], last)])
    scatter = np.sqrt(np.mean(within**2, axis=0))
    changed = (change > params.moved_deg) & (change > params.scatter_ratio * scatter)
    fits = _misfit_deg(first, last) < params.misfit_share * float(np.sort(change)[1])
    return float(change.max()) if changed.sum() >= 2 and fits else None


def _means(seen: Floats) -> Floats:
    return np.stack([mean_direction(seen[:, k]) for k in range(seen.shape[1])])


def _misfit_deg(before: Floats, after: Floats) -> float:
    """Return what the best common rotation of directions leaves over (Wahba's problem, solved by SVD)."""
    u, _, vt = np.linalg.svd(after.T @ before)
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return float(np.sqrt(np.mean(angle_between(before @ rotation.T, after) ** 2)))
