"""A stance task -> `StanceTrial`: sway of the lower back, or of the centre of pressure on a force plate."""

from typing import Final

import numpy as np

from imutrack.errors import SignalError
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.metrics.sway import planar_sway, stance_signal, sway_metrics, sway_trial
from imutrack.pipeline.stretch import Stretch
from imutrack.results import StanceTrial, Trace
from imutrack.samples import Floats, Quantity
from imutrack.signals.signal import Signal

__all__ = ["stance_trial"]

ALGORITHM: Final = "sway 1"
COP_ALGORITHM: Final = "sway of the centre of pressure 1"
_LOWER_BACK: Final = frozenset({None, "lumbar", "sacrum", "pelvis", "waist"})  # None: nobody said
_MAX_LOST: Final = 0.1  # of the stretch: what was not measured makes the path shorter and the sway smaller
_TRACE_HZ: Final = 10.0  # the sway that is left after its 3.5 Hz low-pass is drawn well at this rate


def stance_trial(stretch: Stretch) -> StanceTrial:
    """Describe one balance trial.

    Raises:
        SignalError: too short, no readings, or worn where sway is not measured.
    """
    if Quantity.COP in stretch.sensor.samples:
        return _on_a_force_plate(stretch)
    if stretch.placement not in _LOWER_BACK:
        raise SignalError(f"sway is measured at the lower back, this sensor was worn at the {stretch.placement}")
    signal = stance_signal(stretch.sensor, stretch.task.start_s, stretch.task.stop_s)
    trial = sway_trial(signal, stretch.sensor.axes)
    checked = stretch.check(signal)
    withheld = trial.quality is Quality.WITHHELD or _lost_share(checked, signal) > _MAX_LOST
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=trial.flags + checked,
        withheld=withheld,
        start_s=trial.start_s,
        duration_s=trial.duration_s,
    )
    trace = _trace(trial.start_s, trial.sampling_rate_hz, ap_mps2=trial.ap_mps2, ml_mps2=trial.ml_mps2)
    return StanceTrial(**header, sway={} if withheld else sway_metrics(trial), trace=trace)


def _lost_share(flags: tuple[Flag, ...], signal: Signal) -> float:
    """Return the share of a signal in which the sensor measured nothing: readings missing, or one value repeated."""
    frozen_s = max((dict(flag.values)["longest_s"] for flag in flags if flag.code is FlagCode.FROZEN), default=0.0)
    return max(float(signal.missing.mean()), frozen_s / signal.duration_s)


def _on_a_force_plate(stretch: Stretch) -> StanceTrial:
    cop = stretch.sensor.samples[Quantity.COP]
    inside = np.ones(len(cop), dtype=bool)
    if stretch.task.start_s is not None:
        inside &= cop.t_s >= stretch.task.start_s
    if stretch.task.stop_s is not None:
        inside &= cop.t_s <= stretch.task.stop_s
    good = inside & np.isfinite(cop.values).all(axis=1)
    ap_m, ml_m = cop.values[good].T
    sway = planar_sway(ap_m, ml_m, cop.rate_hz)
    header = stretch.header(
        algorithm=COP_ALGORITHM,
        flags=(Flag(FlagCode.FORCE_PLATE),),
        withheld=False,
        start_s=float(cop.t_s[good][0]),
        duration_s=sway.duration_s,
    )
    measured = {
        "cop_rms_m": sway.rms,
        "cop_rms_ap_m": sway.rms_ap,
        "cop_rms_ml_m": sway.rms_ml,
        "cop_path_m": sway.path,
        "cop_path_rate_mps": sway.path_rate,
        "cop_area95_m2": sway.area95_pred,
    }
    trace = _trace(header["start_s"], cop.rate_hz, cop_ap_m=ap_m - ap_m.mean(), cop_ml_m=ml_m - ml_m.mean())
    return StanceTrial(**header, sway=measured, trace=trace)


def _trace(start_s: float, rate_hz: float, **columns: Floats) -> Trace:
    step = max(round(rate_hz / _TRACE_HZ), 1)
    length = len(next(iter(columns.values())))
    t_s = start_s + np.arange(0, length, step) / rate_hz
    return Trace(t_s, {name: values[::step] for name, values in columns.items()})
