"""What an ideal IMU on a rigid segment reads: rigid-body kinematics, closed form.

The segment turns about a chain of axes: R = Rot(axis 1, angle 1) Rot(axis 2, angle 2) ..., segment -> earth (x forward,
y left, z up), each axis fixed in the frame that the turns before it have made. The sensor sits at a fixed point of the
segment, and the pivot may itself accelerate.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from imutrack.samples import Floats
from imutrack.synthetic.motion import Motion
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["Turn", "imu_readings", "rotation_about", "rotation_matrices"]

Turn = tuple[npt.ArrayLike, Motion]
"""A unit axis (3,) and the angle about it, rad."""


def imu_readings(
    turns: Sequence[Turn], lever_m: npt.ArrayLike, pivot_acc_mps2: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return specific force (n, 3), m/s2, and angular rate (n, 3), rad/s, in the segment's frame.

    Args:
        turns: the chain of turns, outermost first; angles in rad over the same times.
        lever_m: (3,) from the pivot to the sensor, in the segment's frame.
        pivot_acc_mps2: (n, 3) acceleration of the pivot in the earth frame; None where it stays.
    """
    n = len(turns[0][1].value)
    omega, alpha = np.zeros((2, n, 3))
    down_the_chain = np.eye(3)[None].repeat(n, axis=0)
    for axis, angle in turns:
        unit = np.asarray(axis, dtype=float)
        turn = rotation_about(unit, angle.value)
        # d/dt of a vector seen from the turned frame: its own change, less the frame's turning
        omega = _unrotate(turn, omega)
        alpha = _unrotate(turn, alpha) - np.cross(angle.rate[:, None] * unit, omega) + angle.acc[:, None] * unit
        omega = omega + angle.rate[:, None] * unit
        down_the_chain = down_the_chain @ turn
    lever = np.asarray(lever_m, dtype=float)
    earth_force = np.array([0.0, 0.0, STANDARD_GRAVITY_MPS2]) + (0.0 if pivot_acc_mps2 is None else pivot_acc_mps2)
    force = _unrotate(down_the_chain, np.broadcast_to(earth_force, (n, 3)))
    acc = force + np.cross(alpha, lever) + np.cross(omega, np.cross(omega, lever))
    return acc, omega


def rotation_matrices(turns: Sequence[Turn]) -> Floats:
    """Return (n, 3, 3) segment -> earth of a chain of turns."""
    total = rotation_about(turns[0][0], turns[0][1].value)
    for axis, angle in turns[1:]:
        total = total @ rotation_about(axis, angle.value)
    return total


def rotation_about(axis: npt.ArrayLike, angle_rad: Floats) -> Floats:
    """Return (n, 3, 3) rotations about a unit axis (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=float)
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sine, versine = np.sin(angle_rad)[:, None, None], (1.0 - np.cos(angle_rad))[:, None, None]
    rotations: Floats = np.eye(3) + sine * skew + versine * (skew @ skew)
    return rotations


def _unrotate(rotations: Floats, vectors: Floats) -> Floats:
    turned: Floats = np.einsum("nji,nj->ni", rotations, vectors)
    return turned
