"""What a sensor reads while it is held still: gravity, and the gyroscope's bias.

Approach: the recording is cut into windows; a window counts where the raw readings hardly vary, in absolute terms. (The
rests of `signals.rest` follow the movement around them; a sensor's faults do not.) Nothing is said where no two windows
are still.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.samples import Floats
from imutrack.signals.axes import angle_between
from imutrack.signals.signal import Signal
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["AtRestParams", "check_still", "held_still"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRestParams:
    """When a window is still, and from where on a reading is wrong."""

    window_s: float = 1.0  # a slow turn shows within it
    max_gyr_sd_dps: float = 2.0  # a limb held by its owner trembles by 0.5 to 1.5
    max_acc_sd_mps2: float = 0.2  # breathing and heartbeat stay below 0.1
    least_windows: int = 2  # one still second may be a turn at a constant rate
    max_off_pct: float = 2.0  # factory calibration and local gravity together stay below 1
    max_bias_dps: float = 2.0  # a gyroscope that has settled stays below 1
    max_turn_deg: float = 0.5  # of gravity in half a window; a real turn at 2 deg/s makes 1 deg
    max_scatter: float = 0.5  # of the bias itself, between windows: a bias stays, a movement does not


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    acc_mps2: Floats  # (m, 3) means over still windows
    gyr_radps: Floats
    turn_deg: Floats  # (m,) of the specific force, from the first to the second half


def held_still(signal: Signal, params: AtRestParams = AtRestParams()) -> bool:
    """Whether the sensor is still for long enough anywhere that `check_still` can judge it."""
    return len(_still_windows(signal, params).acc_mps2) >= params.least_windows


def check_still(signal: Signal, params: AtRestParams = AtRestParams()) -> tuple[Flag, ...]:
    """Compare what a still sensor reads with gravity and with no rotation; no flags where it is never still."""
    windows = _still_windows(signal, params)
    if len(windows.acc_mps2) < params.least_windows:
        return ()
    flags = []
    seen_mps2 = float(np.median(np.linalg.norm(windows.acc_mps2, axis=1)))
    off_pct = 100.0 * abs(seen_mps2 / STANDARD_GRAVITY_MPS2 - 1.0)
    if off_pct > params.max_off_pct:
        flags.append(Flag.of(FlagCode.ACC_SCALE, off_pct=off_pct))
    bias_dps = _bias_dps(windows, params)
    if bias_dps > params.max_bias_dps:
        flags.append(Flag.of(FlagCode.GYRO_BIAS, bias_dps=bias_dps))
    return tuple(flags)


def _bias_dps(windows: _Windows, params: AtRestParams) -> float:
    """Size of the steady rate that still windows agree on while gravity stays where it is; 0 without one."""
    rates = np.degrees(windows.gyr_radps[windows.turn_deg < params.max_turn_deg])
    if len(rates) < params.least_windows:
        return 0.0
    bias = np.median(rates, axis=0)
    size = float(np.linalg.norm(bias))
    scatter = float(np.median(np.linalg.norm(rates - bias, axis=1)))
    return size if scatter < params.max_scatter * size else 0.0


def _still_windows(signal: Signal, params: AtRestParams) -> _Windows:
    length = max(round(params.window_s * signal.sampling_rate_hz), 2)
    acc = _cut(signal.acc, length)
    gyr = np.zeros_like(acc) if signal.gyr is None else _cut(signal.gyr, length)
    still = (
        (acc.std(axis=1) < params.max_acc_sd_mps2).all(axis=1)
        & (gyr.std(axis=1) < np.radians(params.max_gyr_sd_dps)).all(axis=1)
        & ~signal.missing[: len(acc) * length].reshape(-1, length).any(axis=1)
    )
    acc, gyr = acc[still], gyr[still]
    halves = acc[:, : length // 2].mean(axis=1), acc[:, length // 2 :].mean(axis=1)
    return _Windows(acc.mean(axis=1), gyr.mean(axis=1), angle_between(*halves))


def _cut(values: Floats, length: int) -> Floats:
    count = len(values) // length
    return values[: count * length].reshape(count, length, values.shape[1])
