"""One balance trial as a therapist gets it: the middle of the stance, measured and judged.

The first seconds hold the settling and the last ones the hand at the switch, so both are left out. What is left must
be long enough, and the wearer must have stood. Names carry the unit: sway here is acceleration, so a "path" is in m/s2.
"""

from dataclasses import dataclass, fields

import numpy as np

from imutrack.errors import SignalError
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.metrics.sway.lumbar import HorizontalAcc, LumbarSway, lumbar_sway
from imutrack.metrics.sway.params import SwayParams
from imutrack.metrics.sway.planar import Ellipse
from imutrack.metrics.sway.spectrum import Spectrum
from imutrack.samples import AxisMap, Floats
from imutrack.signals.signal import Signal

__all__ = ["SwayTrial", "moved_share", "sway_metrics", "sway_trial"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwayTrial:
    """Sway of one trial.

    Metrics of one direction are None where forward and sideways are not told apart: without an axis map, or with the
    sensor tilted (``FlagCode.TILTED``). The others hold however the sensor was worn.
    """

    start_s: float  # of the analysed stretch, from the recording's start
    duration_s: float
    quality: Quality
    flags: tuple[Flag, ...]
    # resultants
    rms_mps2: float
    dist_mps2: float
    range_mps2: float
    path_mps2: float
    path_rate_mps3: float
    mfreq_hz: float | None
    sway_area_rate_m2ps5: float
    jerk_m2ps5: float
    jerk_rate_m2ps6: float
    njs: float | None
    mv_mps: float
    area95_m2ps4: float
    area95_chi2_m2ps4: float
    lean_rms_deg: float
    lean_area95_deg2: float
    # forward and sideways
    rms_ap_mps2: float | None
    rms_ml_mps2: float | None
    range_ap_mps2: float | None
    range_ml_mps2: float | None
    path_ap_mps2: float | None
    path_ml_mps2: float | None
    jerk_ap_m2ps5: float | None
    jerk_ml_m2ps5: float | None
    mv_ap_mps: float | None
    mv_ml_mps: float | None
    power_ap_m2ps4: float | None
    power_ml_m2ps4: float | None
    f50_ap_hz: float | None
    f50_ml_hz: float | None
    f95_ap_hz: float | None
    f95_ml_hz: float | None
    cf_ap_hz: float | None
    cf_ml_hz: float | None
    fd_ap: float | None
    fd_ml: float | None
    sampen_ap: float | None
    sampen_ml: float | None
    tilt_ap_deg: float | None
    tilt_ml_deg: float | None
    # for drawing
    ap_mps2: Floats  # (n,) filtered; any two horizontal directions where they are not told apart
    ml_mps2: Floats
    sampling_rate_hz: float
    ellipse: Ellipse


_NOT_METRICS = {"start_s", "duration_s", "sampling_rate_hz"}


def sway_metrics(trial: SwayTrial) -> dict[str, float]:
    """Return the metrics of a trial by name, without those that could not be told."""
    values = {field.name: getattr(trial, field.name) for field in fields(trial) if field.name not in _NOT_METRICS}
    return {name: value for name, value in values.items() if isinstance(value, float)}


def sway_trial(signal: Signal, axes: AxisMap | None = None, params: SwayParams | None = None) -> SwayTrial:
    """Describe quiet stance from a sensor at the lower back.

    Args:
        signal: the stance, as `stance_signal` gives it.
        axes: which sensor axis points up, left and forward; None: resultants only, from gravity alone.
        params: None means the defaults.

    Raises:
        SignalError: too little is left after trimming, or there is no gravity in the signal.
    """
    params = params or SwayParams()
    rate_hz = signal.sampling_rate_hz
    margins = round(params.trim_start_s * rate_hz), round(params.trim_end_s * rate_hz)
    stance = signal[margins[0] : max(len(signal) - margins[1], margins[0])]
    if stance.duration_s < params.least_s - 1 / rate_hz:
        raise SignalError(
            f"{stance.duration_s:.1f} s of stance are left of {signal.duration_s:.1f} s without the first "
            f"{params.trim_start_s:.0f} s and the last {params.trim_end_s:.0f} s, need {params.least_s:.0f} s"
        )
    sway = lumbar_sway(stance.acc, rate_hz, axes, params)
    flags, quality = _judge(sway, rate_hz, params)
    apart = axes is not None and not any(flag.code is FlagCode.TILTED for flag in flags)
    return _trial(stance, sway, flags, quality, apart=apart)


def moved_share(acc: HorizontalAcc, sampling_rate_hz: float, params: SwayParams | None = None) -> float:
    """Return the share (0-1) of windows in which the wearer did more than stand.

    Standing, the trunk rotates about the ankles: it hardly moves up and down, and it cannot lean further than the feet
    reach without a step. A step, a turn of the trunk or sitting down breaks one of the two.
    """
    params = params or SwayParams()
    length = min(max(round(params.still_window_s * sampling_rate_hz), 1), len(acc.v_mps2))
    count = len(acc.v_mps2) // length

    def windows(values: Floats) -> Floats:
        return values[: count * length].reshape(count, length)

    bob_mps2 = np.sqrt(np.mean(windows(acc.v_mps2) ** 2, axis=1))
    lean_mps2 = np.hypot(windows(acc.ap_mps2).mean(axis=1), windows(acc.ml_mps2).mean(axis=1))
    reach_mps2 = acc.gravity_mps2 * np.sin(np.radians(params.still_lean_deg))
    return float(np.mean((bob_mps2 > params.still_vertical_mps2) | (lean_mps2 > reach_mps2)))


def _judge(sway: LumbarSway, rate_hz: float, params: SwayParams) -> tuple[tuple[Flag, ...], Quality]:
    flags, quality = [], Quality.GOOD
    duration_s = sway.planar.duration_s
    if duration_s < params.good_s - 1 / rate_hz:
        flags.append(Flag.of(FlagCode.TOO_SHORT, duration_s=duration_s, need_s=params.good_s))
        quality = Quality.USABLE
    tilt_deg = max(abs(sway.acc.tilt_ap_deg or 0.0), abs(sway.acc.tilt_ml_deg or 0.0))
    if tilt_deg > params.max_tilt_deg:
        flags.append(Flag.of(FlagCode.TILTED, tilt_deg=tilt_deg))
        quality = Quality.USABLE
    elif sway.acc.tilt_ap_deg is None:
        flags.append(Flag.of(FlagCode.NO_AXES))
    if sway.planar.rms < params.least_rms_mps2:
        flags.append(Flag.of(FlagCode.NOT_WORN))
        quality = Quality.USABLE
    share = moved_share(sway.acc, rate_hz, params)
    if share > 0:
        flags.append(Flag.of(FlagCode.NOT_STILL))
        quality = Quality.WITHHELD if share > params.moved_share else Quality.USABLE
    return tuple(flags), quality


def _trial(stance: Signal, sway: LumbarSway, flags: tuple[Flag, ...], quality: Quality, *, apart: bool) -> SwayTrial:
    planar = sway.planar

    def one_way(value: float | None) -> float | None:
        return value if apart else None

    def spectral(spectrum: Spectrum | None, name: str) -> float | None:
        return None if spectrum is None else one_way(getattr(spectrum, name))

    # small angles: acceleration in units of gravity is the lean in radians
    lean_deg_per_mps2 = float(np.degrees(1 / sway.acc.gravity_mps2))
    return SwayTrial(
        start_s=stance.start_s,
        duration_s=planar.duration_s,
        quality=quality,
        flags=flags,
        rms_mps2=planar.rms,
        dist_mps2=planar.dist,
        range_mps2=planar.range_2d,
        path_mps2=planar.path,
        path_rate_mps3=planar.path_rate,
        mfreq_hz=planar.mfreq_hz,
        sway_area_rate_m2ps5=planar.sway_area_rate,
        jerk_m2ps5=sway.jerk_m2ps5,
        jerk_rate_m2ps6=sway.jerk_m2ps5 / planar.duration_s,
        njs=sway.njs,
        mv_mps=sway.mv_mps,
        area95_m2ps4=planar.area95_pred,
        area95_chi2_m2ps4=planar.area95_chi2,
        lean_rms_deg=planar.rms * lean_deg_per_mps2,
        lean_area95_deg2=planar.area95_pred * lean_deg_per_mps2**2,
        rms_ap_mps2=one_way(planar.rms_ap),
        rms_ml_mps2=one_way(planar.rms_ml),
        range_ap_mps2=one_way(planar.range_ap),
        range_ml_mps2=one_way(planar.range_ml),
        path_ap_mps2=one_way(planar.path_ap),
        path_ml_mps2=one_way(planar.path_ml),
        jerk_ap_m2ps5=one_way(sway.jerk_ap_m2ps5),
        jerk_ml_m2ps5=one_way(sway.jerk_ml_m2ps5),
        mv_ap_mps=one_way(sway.mv_ap_mps),
        mv_ml_mps=one_way(sway.mv_ml_mps),
        power_ap_m2ps4=spectral(planar.ap, "power"),
        power_ml_m2ps4=spectral(planar.ml, "power"),
        f50_ap_hz=spectral(planar.ap, "f50_hz"),
        f50_ml_hz=spectral(planar.ml, "f50_hz"),
        f95_ap_hz=spectral(planar.ap, "f95_hz"),
        f95_ml_hz=spectral(planar.ml, "f95_hz"),
        cf_ap_hz=spectral(planar.ap, "cf_hz"),
        cf_ml_hz=spectral(planar.ml, "cf_hz"),
        fd_ap=spectral(planar.ap, "fd"),
        fd_ml=spectral(planar.ml, "fd"),
        sampen_ap=one_way(planar.sampen_ap),
        sampen_ml=one_way(planar.sampen_ml),
        tilt_ap_deg=sway.acc.tilt_ap_deg,
        tilt_ml_deg=sway.acc.tilt_ml_deg,
        ap_mps2=sway.acc.ap_mps2,
        ml_mps2=sway.acc.ml_mps2,
        sampling_rate_hz=stance.sampling_rate_hz,
        ellipse=planar.ellipse,
    )
