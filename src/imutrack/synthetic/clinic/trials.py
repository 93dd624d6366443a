"""Balance trials, chair tests and timed up-and-gos as the analysis would have reported them."""

from typing import Final

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.pipeline.chair import ALGORITHM as CHAIR_ALGORITHM
from imutrack.pipeline.stance import ALGORITHM as SWAY_ALGORITHM
from imutrack.pipeline.up_and_go import ALGORITHM as UP_AND_GO_ALGORITHM
from imutrack.results import ChairRise, ChairTest, Result, StanceTrial, UpAndGo
from imutrack.synthetic.clinic.recordings import Tape
from imutrack.synthetic.clinic.visits import TrialDone

__all__ = ["trial_result"]

_STANCE_S: Final = 32.0
_HALF_MINUTE_S: Final = 30.0

# One trial of 32 s as the analysis reports it (that of the synthetic stance of `imutrack.synthetic`), and with which
# power of the size of the sway each metric grows; frequencies and shapes do not.
_RMS_MPS2: Final = 0.072
_GROWS: Final[dict[int, dict[str, float]]] = {
    1: {
        "rms_mps2": 0.072,
        "dist_mps2": 0.0645,
        "range_mps2": 0.375,
        "path_mps2": 9.97,
        "path_rate_mps3": 0.312,
        "mv_mps": 0.0265,
        "lean_rms_deg": 0.419,
        "rms_ap_mps2": 0.0588,
        "rms_ml_mps2": 0.0416,
        "range_ap_mps2": 0.370,
        "range_ml_mps2": 0.209,
        "path_ap_mps2": 7.05,
        "path_ml_mps2": 5.63,
        "mv_ap_mps": 0.0201,
        "mv_ml_mps": 0.0124,
    },
    2: {
        "sway_area_rate_m2ps5": 0.00621,
        "jerk_m2ps5": 1.943,
        "jerk_rate_m2ps6": 0.0607,
        "area95_m2ps4": 0.0438,
        "area95_chi2_m2ps4": 0.0437,
        "lean_area95_deg2": 1.483,
        "jerk_ap_m2ps5": 1.204,
        "jerk_ml_m2ps5": 0.740,
        "power_ap_m2ps4": 0.00204,
        "power_ml_m2ps4": 0.00103,
    },
    0: {
        "mfreq_hz": 0.769,
        "njs": 109.6,
        "f50_ap_hz": 0.219,
        "f50_ml_hz": 0.281,
        "f95_ap_hz": 2.31,
        "f95_ml_hz": 2.62,
        "cf_ap_hz": 0.947,
        "cf_ml_hz": 1.05,
        "fd_ap": 0.776,
        "fd_ml": 0.749,
        "sampen_ap": 0.565,
        "sampen_ml": 0.627,
    },
}


def trial_result(done: TrialDone, tape: Tape, rng: np.random.Generator) -> Result:
    """Return a trial as a result, and move its recording on."""
    if done.measure.kind == "sway":
        found: Result = _stance(done, tape, rng)
    elif done.measure.kind == "up_and_go":
        found = _up_and_go(done, tape, rng)
    else:
        found = _chair(done, tape, rng)
    tape.rest(60.0)
    return found


def _stance(done: TrialDone, tape: Tape, rng: np.random.Generator) -> StanceTrial:
    task = tape.task(done.measure, _STANCE_S, name=done.measure.name, load_kg=None, assessment=tape.in_clinic)
    flags = () if done.kept_still else (Flag(FlagCode.NOT_STILL),)
    header = tape.header(task, _STANCE_S, SWAY_ALGORITHM, flags, withheld=not done.kept_still)
    size = done.value / _RMS_MPS2
    shape = float(np.exp(rng.normal(0.0, 0.08)))
    sway = {
        name: value * size**power * (1.0 if power else shape)
        for power, values in _GROWS.items()
        for name, value in values.items()
    }
    tilt_ap_deg, tilt_ml_deg = rng.normal(0.0, 1.5, 2).tolist()
    sway |= {"tilt_ap_deg": tilt_ap_deg, "tilt_ml_deg": tilt_ml_deg}
    return StanceTrial(**header, sway=sway if done.kept_still else {})


def _chair(done: TrialDone, tape: Tape, rng: np.random.Generator) -> ChairTest:
    timed = done.measure.kind == "chair_time"
    rises = 5 if timed else max(round(done.value), 1)
    total_s = done.value if timed else _HALF_MINUTE_S
    duration_s = total_s + 6.0
    task = tape.task(done.measure, duration_s, name=done.measure.name, load_kg=None, assessment=True)
    header = tape.header(task, duration_s, CHAIR_ALGORITHM)
    begin_s, every_s = header["start_s"] + 3.0, total_s / rises
    rise_s = 0.24 * every_s
    speeds = np.round(2.4 / every_s * np.exp(rng.normal(0.0, 0.05, rises)), 3).tolist()
    detail = tuple(
        ChairRise(
            number=number + 1,
            seat_off_s=round(begin_s + number * every_s + 0.12 * every_s, 2),
            upright_s=round(begin_s + number * every_s + 0.12 * every_s + rise_s, 2),
            seat_on_s=round(begin_s + (number + 1) * every_s, 2),
            peak_velocity_mps=speed,
        )
        for number, speed in enumerate(speeds)
    )
    return ChairTest(
        **header,
        rises=rises,
        rises_detail=detail,
        total_s=round(total_s, 2),
        total_to_stand_s=round(total_s - 0.64 * every_s, 2),
        rises_in_30_s=None if timed else rises,
        rise_median_s=round(rise_s, 2),
        rise_cv_pct=round(float(abs(rng.normal(4.0, 1.5))), 1),
        peak_velocity_mps=float(np.median(speeds)),
        fatigue_pct_per_rise=round(float(rng.normal(1.0, 0.8)), 2),
    )


def _up_and_go(done: TrialDone, tape: Tape, rng: np.random.Generator) -> UpAndGo:
    duration_s = done.value + 6.0
    task = tape.task(done.measure, duration_s, name=done.measure.name, load_kg=None, assessment=True)
    header = tape.header(task, duration_s, UP_AND_GO_ALGORITHM)
    parts = np.array([0.12, 0.25, 0.14, 0.22, 0.12, 0.15]) * np.exp(rng.normal(0.0, 0.05, 6))
    rise_s, out_s, turn1_s, back_s, turn2_s, sit_s = np.round(done.value * parts / parts.sum(), 2).tolist()
    turn1_deg, turn2_deg = np.round(rng.normal(180.0, 5.0, 2), 1).tolist()
    return UpAndGo(
        **header,
        total_s=round(done.value, 2),
        sit_to_stand_s=rise_s,
        walk_out_s=out_s,
        turn1_s=turn1_s,
        turn1_deg=turn1_deg,
        turn1_peak_dps=round(1.7 * turn1_deg / turn1_s, 1),
        walk_back_s=back_s,
        turn2_s=turn2_s,
        turn2_deg=turn2_deg,
        turn2_peak_dps=round(1.7 * turn2_deg / turn2_s, 1),
        stand_to_sit_s=sit_s,
        cadence_spm=round(float(1250.0 / done.value + rng.normal(0.0, 3.0)), 1),
    )
