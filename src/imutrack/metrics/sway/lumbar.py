"""From a sensor at the lower back to horizontal sway: clock, axes, tilt, filter, and what only acceleration has.

Source of the tilt correction: Moe-Nilssen 1998, with the second angle taken in the once turned frame, so that both
means vanish exactly. Gravity cannot show which way the wearer faces: without an axis map any horizontal frame is as
good, and only the resultant metrics mean something.
"""

from dataclasses import dataclass, replace

import numpy as np

from imutrack.errors import SignalError
from imutrack.metrics.sway.params import SwayParams
from imutrack.metrics.sway.planar import PlanarSway, planar_sway
from imutrack.samples import AxisMap, Floats, Quantity, Sensor
from imutrack.signals.filters import highpass, lowpass
from imutrack.signals.resample import is_uniform, to_signal
from imutrack.signals.signal import Signal

__all__ = ["HorizontalAcc", "LumbarSway", "horizontal_acc", "lumbar_sway", "stance_signal"]


@dataclass(frozen=True, slots=True, eq=False)
class HorizontalAcc:
    """Filtered acceleration in the tilt-corrected frame.

    Attributes:
        ap_mps2, ml_mps2, v_mps2: (n,) mean-free. Without an axis map ap and ml are any two horizontal directions.
        gravity_mps2: length of the mean acceleration.
        tilt_ap_deg, tilt_ml_deg: lean of the sensor forward and to the side; None without an axis map.
    """

    ap_mps2: Floats
    ml_mps2: Floats
    v_mps2: Floats
    gravity_mps2: float
    tilt_ap_deg: float | None
    tilt_ml_deg: float | None


@dataclass(frozen=True, slots=True, eq=False)
class LumbarSway:
    """Sway of the lower back: the planar metrics (u = m/s2), and those of acceleration alone."""

    acc: HorizontalAcc
    planar: PlanarSway
    jerk_m2ps5: float
    jerk_ap_m2ps5: float
    jerk_ml_m2ps5: float
    njs: float | None
    mv_mps: float
    mv_ap_mps: float
    mv_ml_mps: float


def stance_signal(
    sensor: Sensor, start_s: float | None = None, stop_s: float | None = None, params: SwayParams | None = None
) -> Signal:
    """Return a stretch of acceleration on the clock that sway is measured on.

    The recorded readings where their time steps agree to 1 %, otherwise interpolated to ``resample_hz``.

    Args:
        sensor: must hold acceleration.
        start_s, stop_s: seconds from the recording's start, both included; None means the beginning or end.
        params: None means the defaults.

    Raises:
        SignalError: no acceleration, or fewer than two readings in the stretch.
    """
    params = params or SwayParams()
    acc = sensor.samples.get(Quantity.ACC)
    if acc is None:
        raise SignalError("no acceleration with gravity in it: sway cannot be seen without it")
    begin_s = -np.inf if start_s is None else start_s
    end_s = np.inf if stop_s is None else stop_s
    if not is_uniform(acc.t_s[(acc.t_s >= begin_s) & (acc.t_s <= end_s)]):
        acc = replace(acc, rate_hz=params.resample_hz)
    return to_signal(replace(sensor, samples={Quantity.ACC: acc}), start_s, stop_s)


def horizontal_acc(
    acc: Floats, sampling_rate_hz: float, axes: AxisMap | None, params: SwayParams | None = None
) -> HorizontalAcc:
    """Turn (n, 3) acceleration of an upright wearer (m/s2, sensor axes) level, and low-pass it.

    Raises:
        SignalError: a value is not a number, or there is no gravity to find the vertical by.
    """
    params = params or SwayParams()
    if not np.isfinite(acc).all():
        raise SignalError("sway cannot be measured: a value is not a number")
    mean = acc.mean(axis=0)
    gravity_mps2 = float(np.linalg.norm(mean))
    if gravity_mps2 < 1.0:
        raise SignalError(f"mean acceleration is {gravity_mps2:.2f} m/s2: no gravity in it to find the vertical by")
    level, tilts_deg = _level_unmapped(acc, mean / gravity_mps2) if axes is None else _level(axes.body(acc))
    filtered = lowpass(
        level - level.mean(axis=0), params.lowpass_hz, sampling_rate_hz, params.lowpass_order, params.lowpass_pad_s
    )
    ap, ml, v = (filtered - filtered.mean(axis=0)).T
    return HorizontalAcc(ap, ml, v, gravity_mps2, *tilts_deg)


def _level(body: Floats) -> tuple[Floats, tuple[float, float]]:
    """Turn (n, 3) columns ap, ml, v so that both horizontal means vanish; return them and the two tilts."""
    ap, ml, up = body.T
    mean_ap, mean_ml, mean_up = body.mean(axis=0) / np.linalg.norm(body.mean(axis=0))
    tilt_ap, tilt_ml = np.arctan2(mean_ap, mean_up), np.arcsin(np.clip(mean_ml, -1.0, 1.0))
    level_ap = ap * np.cos(tilt_ap) - up * np.sin(tilt_ap)
    half_up = ap * np.sin(tilt_ap) + up * np.cos(tilt_ap)
    level_ml = ml * np.cos(tilt_ml) - half_up * np.sin(tilt_ml)
    level_up = ml * np.sin(tilt_ml) + half_up * np.cos(tilt_ml)
    level = np.stack([level_ap, level_ml, level_up], axis=1)
    return level, (float(np.degrees(tilt_ap)), float(np.degrees(tilt_ml)))


def _level_unmapped(acc: Floats, up: Floats) -> tuple[Floats, tuple[None, None]]:
    """Project (n, 3) acceleration onto two horizontal directions and the vertical, whichever way the sensor faces."""
    first = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    first /= np.linalg.norm(first)
    return acc @ np.stack([first, np.cross(up, first), up], axis=1), (None, None)


def lumbar_sway(
    acc: Floats, sampling_rate_hz: float, axes: AxisMap | None, params: SwayParams | None = None
) -> LumbarSway:
    """Measure the sway of a stretch of quiet stance, all of it: no trimming, no judgement.

    Args:
        acc: (n, 3) specific force at the lower back, m/s2, sensor axes, finite.
        sampling_rate_hz: uniform rate.
        axes: which axis points up, left and forward; None gives resultants only (ap and ml are then arbitrary).
        params: None means the defaults.

    Raises:
        SignalError: too few samples, a value that is not a number, or no gravity.
    """
    params = params or SwayParams()
    level = horizontal_acc(acc, sampling_rate_hz, axes, params)
    band_hz = (params.band_low_hz, params.band_high_hz)
    planar = planar_sway(
        level.ap_mps2, level.ml_mps2, sampling_rate_hz, band_hz, params.segment_s, params.entropy_rate_hz
    )
    horizontal = np.stack([level.ap_mps2, level.ml_mps2], axis=1)
    jerk_ap, jerk_ml = (sampling_rate_hz / 2 * np.sum(np.diff(horizontal, axis=0) ** 2, axis=0)).tolist()
    velocity = _velocity(horizontal, sampling_rate_hz, params)
    mv_ap, mv_ml = np.mean(np.abs(velocity), axis=0).tolist()
    jerk = jerk_ap + jerk_ml
    return LumbarSway(
        acc=level,
        planar=planar,
        jerk_m2ps5=jerk,
        jerk_ap_m2ps5=jerk_ap,
        jerk_ml_m2ps5=jerk_ml,
        njs=float(np.sqrt(jerk * planar.duration_s)) / planar.rms if planar.rms > 0 else None,
        mv_mps=float(np.mean(np.hypot(*velocity.T))),
        mv_ap_mps=mv_ap,
        mv_ml_mps=mv_ml,
    )


def _velocity(horizontal: Floats, sampling_rate_hz: float, params: SwayParams) -> Floats:
    """Integrate (n, 2) acceleration and take the drift out. Mostly g times the lean, so not the body's velocity."""
    from scipy.integrate import cumulative_trapezoid

    velocity = cumulative_trapezoid(horizontal, dx=1 / sampling_rate_hz, axis=0, initial=0)
    return highpass(velocity, params.velocity_highpass_hz, sampling_rate_hz, 2, params.velocity_pad_s)
