"""A stance task -> `StanceTrial`: sway of the lower back, or of the centre of pressure on a force plate."""

from typing import Final

import numpy as np

from imutrack.errors import SignalError
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.metrics.sway import planar_sway, stance_signal, sway_metrics, sway_trial
from imutrack.pipeline.stretch import Stretch
from imutrack.results import StanceTrial, Trace
from imutrack.samples import Floats, Quantity
from imutrack.signals.resample import is_uniform

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
    withheld = trial.quality is Quality.WITHHELD or float(signal.missing.mean()) > _MAX_LOST
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=trial.flags + stretch.check(signal),
        withheld=withheld,
        start_s=trial.start_s,
        duration_s=trial.duration_s,
    )
    trace = _trace(trial.start_s, trial.sampling_rate_hz, ap_mps2=trial.ap_mps2, ml_mps2=trial.ml_mps2)
    return StanceTrial(**header, sway={} if withheld else sway_metrics(trial), trace=trace)


def _on_a_force_plate(stretch: Stretch) -> StanceTrial:
    cop = stretch.sensor.samples[Quantity.COP].between(stretch.task.start_s, stretch.task.stop_s)
    valid = np.isfinite(cop.values).all(axis=1) if cop is not None else np.zeros(0, dtype=np.bool_)
    if cop is None or valid.sum() < 2:
        raise SignalError(f"{valid.sum()} valid readings of the force plate in the stretch, need at least 2")
    t_s = cop.t_s
    if not valid.all() or not is_uniform(t_s):  # bridged, never closed up: a path must not jump
        t_s = t_s[0] + np.arange(round(cop.duration_s * cop.rate_hz) + 1) / cop.rate_hz
    ap_m, ml_m = (np.interp(t_s, cop.t_s[valid], column[valid]) for column in cop.values.T)
    sway = planar_sway(ap_m, ml_m, cop.rate_hz)
    header = stretch.header(
        algorithm=COP_ALGORITHM,
        flags=(Flag(FlagCode.FORCE_PLATE),),
        withheld=False,
        start_s=float(t_s[0]),
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
