"""The axis a limb turns about, and the angle about it, from one sensor.

Approach: gravity seen in the sensor, z(t), carries inclination without drift. The angle about an axis j is the angle of
z around j where j lies within about 30 degrees of horizontal; nearer the vertical gravity says little, and the twist of
the orientation about j is used, whose slow heading drift does not show within a repetition. All angles are the same
however the sensor was turned on the limb.
What it does not do: see rotation about the vertical without the gyroscope's drift.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.orientation import Orientation, conjugate, multiply, twist_rad

__all__ = ["Axis", "angle_about", "angle_between", "dominant_axis", "gravity_in_sensor", "mean_direction"]

_NEAR_HORIZONTAL: Final = (
    0.5  # sine of 30 degrees: up to there gravity's angle about the axis costs at most 15 % accuracy
)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """An axis of rotation in the sensor's frame.

    Attributes:
        direction: (3,) unit vector; its sign is arbitrary until a movement gives it one.
        share: of the squared angular rate that is about it: 1 is a hinge, 1/3 has no axis.
        vertical: size of its vertical part while turning: 0 horizontal, 1 vertical.
    """

    direction: Floats
    share: float
    vertical: float

    def reversed(self) -> "Axis":
        """Return the same axis with the opposite positive sense."""
        return Axis(-self.direction, self.share, self.vertical)


def dominant_axis(rate_radps: Floats, up: Floats) -> Axis | None:
    """Return the first principal axis of the bias-free angular rate, or None where nothing turns.

    Args:
        rate_radps: (n, 3) angular rate without bias, rad/s, sensor frame.
        up: (n, 3) upward direction in the sensor frame.
    """
    values, vectors = np.linalg.eigh(rate_radps.T @ rate_radps)  # about zero: a steady turn is movement too
    total = float(values.sum())
    if not total > 0:
        return None
    direction = vectors[:, -1]
    energy = (rate_radps @ direction) ** 2
    vertical = float(np.sqrt((energy * (up @ direction) ** 2).sum() / energy.sum()))
    return Axis(direction, float(values[-1]) / total, min(vertical, 1.0))


def gravity_in_sensor(orient: Orientation) -> Floats:
    """Return (n, 3) unit vectors: earth's upward direction in the sensor frame; NaN inside long gaps."""
    w, x, y, z = orient.quat_sensor_to_earth.T  # the last row of the rotation matrix
    return np.stack([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)], axis=1)


def mean_direction(vectors: Floats) -> Floats:
    """Return the direction (3,) of the mean of (n, 3) finite vectors; zero where they cancel out."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12))


def angle_between(a: Floats, b: Floats) -> Floats:
    """Return (...) angles between (..., 3) vectors, deg, 0 to 180, accurate at both ends."""
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (a * b).sum(axis=-1))))


def angle_about(orient: Orientation, up: Floats, axis: Axis) -> Floats:
    """Return (n,) angles about an axis, deg, unwrapped, with an arbitrary zero; NaN inside long gaps.

    Turning the sensor by the right-hand rule about ``axis.direction`` counts up.

    Args:
        orient: orientation of the sensor.
        up: (n, 3) upward direction in the sensor frame, from `gravity_in_sensor`.
        axis: what to turn about.
    """
    by_gravity = _gravity_angle_rad(up, axis.direction)
    if axis.vertical <= _NEAR_HORIZONTAL:
        return np.asarray(np.degrees(by_gravity))
    angle = np.full(len(up), np.nan)
    for start, end in orient.pieces:
        quat = orient.quat_sensor_to_earth[start:end]
        turned = np.unwrap(twist_rad(multiply(conjugate(quat[0]), quat), axis.direction))
        angle[start:end] = turned + np.median(by_gravity[start:end] - turned)  # headings of two pieces are unrelated
    return np.asarray(np.degrees(angle))


def _gravity_angle_rad(up: Floats, direction: Floats) -> Floats:
    first = np.cross(direction, np.eye(3)[np.argmin(np.abs(direction))])
    first /= np.linalg.norm(first)
    second = np.cross(direction, first)
    angle = -np.arctan2(up @ second, up @ first)  # the world turns backwards as seen from the sensor
    seen = np.isfinite(angle)
    angle[seen] = np.unwrap(angle[seen])
    return np.asarray(angle)
