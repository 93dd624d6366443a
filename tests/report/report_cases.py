"""Findings made by hand for the report's tests: no store and no signal, only values a report may meet."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from imutrack.flags import Flag, FlagCode, Quality
from imutrack.report.findings import Findings, SetFound, StanceFound, TestFound
from imutrack.results import RejectedRep, RepDetail, Trace
from imutrack.task import TaskKind

FIRST = date(2026, 3, 2)


def at(days: int, minutes: int = 0) -> dict[str, object]:
    day = FIRST + timedelta(days=days)
    start = datetime(day.year, day.month, day.day, 10, tzinfo=UTC) + timedelta(minutes=minutes)
    return {"start": start.timestamp(), "day": day, "session": f"s{days}"}


def a_set(days: int = 0, minutes: int = 0, **changes: object) -> SetFound:
    rom = changes.get("rom_best3_deg", 62.0 + days)
    angles = (
        {}
        if rom is None
        else {
            "rom_best3_deg": rom,
            "rom_median_deg": rom - 3.0,
            "rom_min_deg": rom - 9.0,
            "rom_max_deg": rom + 1.5,
            "rom_error_deg": 2.4,
            "angle_kind": "segment",
        }
    )
    said = {
        "set_id": f"a{days:03d}-{minutes:04d}",
        **at(days, minutes),
        "duration_s": 40.0,
        "placement": "shank",
        "algorithm": "reps 1, tilt 1",
        "quality": Quality.GOOD,
        "exercise": "long_arc_knee_extension",
        "side": "left",
        "reps": 10,
        "reps_low": 10,
        "reps_high": 10,
        "reps_counted": 10,
        "outward_s": 1.4,
        "hold_s": 0.4,
        "return_s": 1.5,
        **angles,
        **changes,
    }
    return SetFound(**said)


def with_curve(days: int = 0, reps: int = 10, **changes: object) -> SetFound:
    period_s, lead_s = 3.6, 6.0
    t_s = np.arange(0.0, lead_s + reps * period_s + 5.0, 0.1)
    phase = np.clip((t_s - lead_s) / period_s, 0, reps)
    angle = 35 - 35 * np.cos(2 * np.pi * phase) + np.where(t_s < 4, 12 * np.sin(np.pi * t_s / 4), 0)
    details = tuple(
        RepDetail(
            number=number + 1,
            start_s=lead_s + number * period_s,
            turn_s=lead_s + (number + 0.5) * period_s,
            end_s=lead_s + (number + 1) * period_s,
            rom_deg=70.0,
            outward_s=1.4,
            hold_s=0.4,
            return_s=1.5,
        )
        for number in range(reps)
    )
    rejected = (
        RejectedRep(start_s=0.3, turn_s=2.0, end_s=3.8, reason="edge"),
        RejectedRep(
            start_s=lead_s + reps * period_s + 0.4, turn_s=44.0, end_s=lead_s + reps * period_s + 2.5, reason="small"
        ),
    )
    said = {
        "trace": Trace(t_s, {"angle_low_deg": angle - 0.4, "angle_high_deg": angle + 0.4}),
        "reps_detail": details,
        "rejected": rejected,
        "reps": reps,
        "reps_low": reps,
        "reps_high": reps,
        **changes,
    }
    return a_set(days, 50, **said)


def a_stance(days: int = 0, trial: str = "eyes_open", **changes: object) -> StanceFound:
    rng = np.random.default_rng(days)
    t_s = np.arange(0.0, 40.0, 0.1)
    smooth = np.ones(15) / 15
    ap, ml = (np.convolve(rng.normal(0, s, len(t_s)), smooth, "same") for s in (0.25, 0.15))
    said = {
        "set_id": f"b{days:03d}-{trial[:4]}",
        **at(days, 30),
        "duration_s": 35.0,
        "placement": "lumbar",
        "algorithm": "sway 1",
        "quality": Quality.GOOD,
        "trial": trial,
        "sway": {
            "rms_mps2": 0.071,
            "rms_ap_mps2": 0.06,
            "area95_m2ps4": 0.0312,
            "path_rate_mps3": 0.21,
            "jerk_rate_m2ps6": 0.05,
            "mfreq_hz": 0.6,
        },
        "trace": Trace(t_s, {"ap_mps2": ap, "ml_mps2": ml}),
        **changes,
    }
    return StanceFound(**said)


def a_test(days: int = 0, trial: str = "timed_up_and_go", **changes: object) -> TestFound:
    said = {
        "set_id": f"c{days:03d}-{trial[:4]}",
        **at(days, 40),
        "duration_s": 20.0,
        "placement": "lumbar",
        "algorithm": "tug 1",
        "quality": Quality.GOOD,
        "kind": TaskKind.TIMED_UP_AND_GO,
        "trial": trial,
        "total_s": 14.2 - 0.1 * days,
        **changes,
    }
    return TestFound(**said)


def fortnight(patient: str = "otter-maple-47", **changes: object) -> Findings:
    """Two weeks with a bad day, a withheld angle, a count that is not sure and a correction."""
    clipped = {
        "rom_best3_deg": None,
        "quality": Quality.USABLE,
        "withheld": ("rom",),
        "flags": (Flag.of(FlagCode.GYRO_CLIPPED, share_pct=3.0),),
        "outward_s": None,
        "hold_s": None,
        "return_s": None,
    }
    unsure = {
        "reps": None,
        "reps_low": 1,
        "reps_high": 3,
        "reps_counted": None,
        "quality": Quality.WITHHELD,
        "withheld": ("reps",),
        "flags": (Flag.of(FlagCode.REPS_UNSURE, low=1, high=3),),
    }
    sets = [a_set(days) for days in (0, 2, 4)]
    sets += [a_set(7, rom_best3_deg=54.0), a_set(9, **clipped), a_set(11), a_set(11, 6, **unsure)]
    sets += [with_curve(13, corrected_by="KB", reps=12, reps_counted=10)]
    arm = {"exercise": "shoulder_abduction", "side": "right", "placement": "upper_arm"}
    sets += [a_set(days, 3, rom_best3_deg=88.0 + days, **arm) for days in (0, 4, 7, 13)]
    sets += [a_set(2, 9, exercise="heel_slide", placement="thigh+shank", angle_kind="joint")]
    said = {
        "patient": patient,
        "first": FIRST,
        "last": FIRST + timedelta(days=13),
        "sets": tuple(sorted(sets, key=lambda found: found.start)),
        "stances": (a_stance(0), a_stance(7, "eyes_closed"), a_stance(13)),
        "tests": (a_test(0), a_test(7, "five_times", rises=5, total_s=13.9), a_test(13)),
        **changes,
    }
    return Findings(**said)


LONGEST_NAMES = (
    "short_arc_knee_extension",
    "shoulder_external_rotation",
    "wrist_flexion_extension",
    "walking_or_cycling",
)


def crowded() -> Findings:
    """More of everything than one page can hold, in its longest form."""
    unlike = {"algorithm": "reps 0, tilt 0"}
    sets = []
    for index, exercise in enumerate((*LONGEST_NAMES, "long_arc_knee_extension", "shoulder_abduction", "heel_slide")):
        for days in range(0, 40, 3):
            worse = {
                "quality": Quality.USABLE,
                "flags": (
                    Flag.of(FlagCode.GAPS, missing_pct=12.0, longest_s=2.5),
                    Flag.of(FlagCode.OFF_AXIS, off_axis_pct=38.0),
                ),
            }
            unsure = {"reps": None, "reps_low": 7, "reps_high": 14}
            changes = (unlike if days < 9 else {}) | (worse if days % 2 else {}) | (unsure if days == 6 else {})
            both = {"exercise": exercise, "side": "both", "placement": "shank"}
            sets.append(a_set(days, index, **both, **changes))
    sets.append(with_curve(41, reps=25, exercise="shoulder_abduction", side="both", corrected_by="Dr A. Longname"))
    clipped = {"rom_best3_deg": None, "withheld": ("rom",), "flags": (Flag.of(FlagCode.GYRO_CLIPPED, share_pct=9.0),)}
    sets.append(a_set(42, exercise="shoulder_abduction", side="both", quality=Quality.USABLE, **clipped))
    trials = ("eyes_open", "eyes_closed", "tandem_eyes_open", "single_leg_eyes_open")
    return fortnight(
        last=FIRST + timedelta(days=42),
        sets=tuple(sorted(sets, key=lambda found: found.start)),
        stances=tuple(a_stance(days, trial, synthetic=True) for days in (1, 30) for trial in trials),
        tests=tuple(
            a_test(days, trial) for days in (1, 30) for trial in ("timed_up_and_go", "five_times", "fast_pace")
        ),
    )
