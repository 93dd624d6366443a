"""Rows of one patient as the store gives them, for the tests of the exports."""

from typing import Any

from imutrack.clinic.export.records import Records
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS

OTTER = "otter-maple-47"
START = 1_772_000_000.25  # 2026-02-25 07:13:20.25 in Berlin
DAY_S = 86_400.0

_TYPES = {"float": float, "int": int, "str": str, "bool": bool}


def row(measurement: str, start: float = START, tags: dict[str, str] | None = None, **fields: Any) -> Row:
    """A row that the schema allows; what is None is left out."""
    known = MEASUREMENTS[measurement]
    said = {name: value for name, value in fields.items() if value is not None} | {
        "withdrawn": fields.get("withdrawn", False)
    }
    for name, value in said.items():
        assert isinstance(value, _TYPES[known.field(name).type]), name
    all_tags = {"patient": OTTER, "clinic": "harbour", **(tags or {})}
    assert set(all_tags) <= set(known.tags)
    return Row(measurement, all_tags, round(start * 1000) * 1_000_000 + 123_456, said)


def done(set_id: str, **said: Any) -> dict[str, Any]:
    """What every result says."""
    return {
        "set_id": set_id, "session": "0123456789", "recording": "c" * 64, "algorithm": "sets 1", "duration_s": 40.0,
        "missing_pct": 0.5, "local_date": "2026-02-25", "quality": "good", "label_source": "typed",
        "start_source": "file", "setting": "home", **said,
    }  # fmt: skip


def heel_slide(set_id: str = "aaaa-0001", start: float = START, side: str = "left", **said: Any) -> Row:
    values = {
        "reps": 9, "reps_low": 9, "reps_high": 9, "reps_counted": 9, "reps_confidence": 0.9, "reps_target": 10,
        "rom_median_deg": 81.25, "rom_best3_deg": 84.5333333333, "rom_error_deg": 2.4, "rom_min_deg": 70.0,
        "rom_max_deg": 90.1, "outward_s": 1.5, "hold_s": 0.5, "return_s": 1.75, "peak_velocity_dps": 120.0,
        "smoothness": -1.6, "angle_kind": "joint", "placement": "thigh+shank", "mount": "ok", "mode": "active",
        "purpose": "exercise", "plan_version": 1,
    }  # fmt: skip
    return row("exercise_set", start, {"exercise": "heel_slide", "side": side}, **done(set_id, **{**values, **said}))


def stance(set_id: str = "aaaa-0002", start: float = START + 600, **said: Any) -> Row:
    values = {
        "rms_mps2": 0.0625,
        "path_rate_mps3": 0.5,
        "jerk_m2ps5": 1.2e-5,
        "placement": "lumbar",
        "algorithm": "sway 1",
    }
    return row("stance", start, {"trial": "eyes_closed"}, **done(set_id, **{**values, **said}))


def chair_test(set_id: str = "aaaa-0003", trial: str = "thirty_seconds", **said: Any) -> Row:
    values = {"rises": 12, "rises_in_30_s": 11, "rise_median_s": 1.2, "placement": "sternum"}
    start = START + (900 if trial == "thirty_seconds" else 960)
    return row("sit_to_stand", start, {"trial": trial}, **done(set_id, **{**values, **said}))


def up_and_go(set_id: str = "aaaa-0004", trial: str = "usual_pace", **said: Any) -> Row:
    return row("timed_up_and_go", START + 1200, {"trial": trial}, **done(set_id, **{"total_s": 12.5, **said}))


def report(entry_id: str = "e1", start: float = START + 60, **said: Any) -> Row:
    return row("self_report", start, local_date="2026-02-25", entry_id=entry_id, **said)


def treatment(entry_id: str = "t1", **said: Any) -> Row:
    values = {"treatment": "massage", "minutes": 20, "site": "left calf", "provider": "MB", "licence": "PT-4711"}
    return row("treatment", START + 3600, local_date="2026-02-25", entry_id=entry_id, **{**values, **said})


def planned(version: int = 1, item: int = 1, from_date: str = "2026-02-20", **said: Any) -> Row:
    values = {
        "version": version, "item": item, "from_date": from_date, "therapist": "Martha Brown", "goal": "maintain",
        "affected_side": "left", "review_date": "2026-04-01", "exercise": "heel_slide", "side": "left",
        "placement": "thigh+shank", "sets": 3, "reps": 10, "times_a_day": 2, "days_a_week": 5, "rest_days": "sat sun",
        "rom_target_deg": 90.0, "rom_limit_deg": 110.0, "limit_by": "Dr Jones", "hold_s": 2.0,
    }  # fmt: skip
    return row("plan", START - (100 - version) * 3600, **{**values, **said})


def verdict(**said: Any) -> Row:
    values = {
        "measure": "rom", "exercise": "heel_slide", "side": "left", "angle_kind": "joint", "placement": "thigh+shank",
        "algorithm": "sets 1", "verdict": "more", "held": False, "baseline": 70.2, "baseline_low": 64.0,
        "baseline_high": 76.4, "latest": 84.5, "difference": 14.3, "mdc": 8.8, "needed": 7.1,
        "mode": "active", "unit": "deg", "occasions": 6,
        "sentence": "more than at the start, 70 to 85 degrees", "local_date": "2026-02-25",
    }  # fmt: skip
    return row("change", START + 7200, **{**values, **said})


def day(local_date: str = "2026-02-25", level: int = 1, start: float = START, **said: Any) -> Row:
    values = {"status": "active", "therapist": "Martha Brown", "sets": 2, "sets_due": 3, "sets_7d": 9,
              "sets_due_7d": 15, "reps_pct_7d": 61.5, "why": "nothing to look at", "days_to_review": -2}  # fmt: skip
    return row("patient_day", start, local_date=local_date, level=level, **{**values, **said})


def everything() -> list[Row]:
    """One of each, and what is unlike the others."""
    return [
        heel_slide(),
        heel_slide("aaaa-0011", START + 120, reps=None, reps_low=9, reps_high=10, reps_counted=None, rom_best3_deg=None,
                   flags="repetitions not sure: 9 to 10", withheld="repetitions", quality="withheld"),
        heel_slide("aaaa-0012", START + 240, reps=9, reps_counted=10, corrected_by="MB",
                   corrected="repetitions: 9 instead of 10 (Mrs Smith counted along)", label_source="corrected"),
        heel_slide("aaaa-0013", START + 360, withdrawn=True, corrected_by="MB"),
        heel_slide("aaaa-0014", START + 480, label_source="synthetic"),
        row("exercise_set", START + 540, {"exercise": "garden_work"}, **done("aaaa-0015", placement="left boot")),
        stance(), chair_test(), chair_test("aaaa-0005", "five_times", rises_in_30_s=None), up_and_go(),
        row("rep", START + 4, {"exercise": "heel_slide", "side": "left"}, number=1, rom_deg=80.5, duration_s=3.5,
            set_id="aaaa-0001", algorithm="sets 1", quality="good"),
        report(pain=4, pain_when="next-morning", exertion=6, stop=True, text="=it hurts, said Mrs Smith"),
        report("e2", START + 90, text="slept well"), report("e3", START + 95, pain=2, withdrawn=True),
        treatment(), treatment("t2", treatment="call", minutes=None, site=None, text="call her son Peter"),
        planned(),
        planned(item=2, exercise="eyes_closed", side=None, rom_target_deg=None, rom_limit_deg=None, reps=None),
        planned(2, from_date="2026-02-24", reps=12), verdict(),
        verdict(measure="sway", exercise="eyes_closed", side=None, mode=None, angle_kind=None, placement="lumbar",
                algorithm="sway 1", unit="m/s2", verdict="no real change", held=True),
        day("2026-02-24", 3, START - DAY_S, why="stopped on 24 Feb"), day(),
    ]  # fmt: skip


def of(*rows: Row) -> Records:
    return Records.of(OTTER, rows)
