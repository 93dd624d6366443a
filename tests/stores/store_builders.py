"""Results as the analysis gives them, for the tests of the stores."""

from dataclasses import replace
from datetime import date, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from imutrack.corrections import corrected
from imutrack.corrections import relabelled as as_labelled
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.results import (
    AngleKind,
    ChairRise,
    ChairTest,
    ExerciseSet,
    Mount,
    RejectedRep,
    RepDetail,
    Result,
    StanceTrial,
    Trace,
    UpAndGo,
)
from imutrack.stores.analysed import decode
from imutrack.stores.local import LocalStore
from imutrack.stores.planned import planned_items
from imutrack.stores.rows import local_time, rows, tags_of
from imutrack.stores.schema import RESULT_MEASUREMENTS
from imutrack.stores.sessions import session_ids
from imutrack.stores.stored import corrections_of
from imutrack.stores.tables import select_rows
from imutrack.stores.targets import in_force, in_order, target_of
from imutrack.stores.views import sets_among, surest
from imutrack.task import LabelSource, Mode, Purpose, Setting, Side, Task, TaskKind

OTTER, PANDA = "otter-maple-47", "panda-cedar-82"
BERLIN = ZoneInfo("Europe/Berlin")
START = 1_772_000_000.25  # 2026-02-25 07:13:20.25 in Berlin


def task(patient: str | None = OTTER, **said: Any) -> Task:
    return Task(**{"name": "arm_elevation", "side": Side.LEFT, "patient": patient, **said})


def exercise_set(set_id: str = "aaaa-0001", recording: str = "r" * 64, **said: Any) -> ExerciseSet:
    reps = said.get("reps", 3) or 0
    start_s = said.get("start_s", 10.0)
    values: dict[str, Any] = {
        "task": task(setting=Setting.HOME, mode=Mode.ACTIVE, purpose=Purpose.EXERCISE, load_kg=1.5,
                     label_source=LabelSource.TYPED),
        "set_id": set_id,
        "recording": recording,
        "start_s": start_s,
        "duration_s": 40.0,
        "start": START,
        "start_source": "file",
        "placement": "wrist",
        "missing_pct": 0.5,
        "quality": Quality.USABLE,
        "flags": (Flag.of(FlagCode.GAPS, missing_pct=0.5, longest_s=0.2), Flag(FlagCode.MOUNT_TURNED)),
        "algorithm": "sets 1",
        "trace": trace(start_s),
        "reps": reps,
        "reps_low": reps,
        "reps_high": reps,
        "reps_best": reps,
        "reps_confidence": 0.9,
        "reps_detail": tuple(rep(number, start_s + 4.0 * number) for number in range(1, reps + 1)),
        "rejected": (RejectedRep(start_s=30.0, turn_s=31.0, end_s=32.5, reason="small"),),
        "rests": ((22.0, 25.0),),
        "angle_kind": AngleKind.SEGMENT,
        "mount": Mount.TURNED,
        "rom_median_deg": 81.25,
        "rom_best3_deg": 84.5,
        "rom_min_deg": 70.0,
        "rom_max_deg": 90.1,
        "rom_error_deg": 1.5,
        "outward_s": 1.5,
        "hold_s": 0.5,
        "return_s": 1.75,
        "peak_velocity_dps": 120.0,
        "smoothness": -1.6,
    }  # fmt: skip
    return ExerciseSet(**{**values, **said})


def rep(number: int, start_s: float, **said: Any) -> RepDetail:
    values = {"rom_deg": 80.0 + number, "peak_deg": 95.0, "min_deg": 14.0, "outward_s": 1.5, "hold_s": 0.5,
              "return_s": 1.5, "peak_velocity_dps": 110.0, "smoothness": -1.5}  # fmt: skip
    return RepDetail(number=number, start_s=start_s, turn_s=start_s + 1.5, end_s=start_s + 3.5, **{**values, **said})


def trace(start_s: float, length: int = 20, *names: str) -> Trace:
    t_s = start_s + 0.1 * np.arange(length)
    names = names or ("angle_low_deg", "angle_high_deg")
    return Trace(t_s, {name: np.sin(t_s) * 40.0 + shift for shift, name in enumerate(names)})


def of(result: Result, **said: Any) -> dict[str, Any]:
    """What every kind of result shares, with another id by default."""
    header = ("task", "set_id", "recording", "start_s", "duration_s", "start", "start_source", "placement",
              "missing_pct", "quality", "flags", "algorithm")  # fmt: skip
    return {name: getattr(result, name) for name in header} | said


def stance(set_id: str = "aaaa-0002", **said: Any) -> StanceTrial:
    values = of(exercise_set(set_id), task=task(kind=TaskKind.STANCE, name="eyes_closed", side=None), flags=(),
                quality=Quality.GOOD, trace=trace(10.0, 20, "ap_mps2", "ml_mps2"),
                sway={"rms_mps2": 0.0625, "path_rate_mps3": 0.5, "rms_ap_mps2": 0.03})  # fmt: skip
    return StanceTrial(**{**values, **said})


def chair_test(set_id: str = "aaaa-0003", **said: Any) -> ChairTest:
    rise = ChairRise(number=1, seat_off_s=11.0, upright_s=12.0, seat_on_s=None, peak_velocity_mps=0.8)
    values = of(exercise_set(set_id), task=task(kind=TaskKind.SIT_TO_STAND, name="five_times", side=None),
                rises=1, rises_detail=(rise,), total_s=None, total_to_stand_s=1.5, rises_in_30_s=None,
                rise_median_s=1.0, rise_cv_pct=None, peak_velocity_mps=0.8, fatigue_pct_per_rise=None)  # fmt: skip
    return ChairTest(**{**values, **said})


def up_and_go(set_id: str = "aaaa-0004", **said: Any) -> UpAndGo:
    values = of(exercise_set(set_id), task=task(kind=TaskKind.TIMED_UP_AND_GO, name="comfortable", side=None),
                total_s=12.5, sit_to_stand_s=1.5, walk_out_s=3.0, turn1_s=1.5, turn1_deg=181.0, turn1_peak_dps=150.0,
                walk_back_s=3.0, turn2_s=1.5, turn2_deg=-175.0, turn2_peak_dps=160.0, stand_to_sit_s=2.0,
                cadence_spm=None)  # fmt: skip
    return UpAndGo(**{**values, **said})


def relabelled(result: Result, **said: Any) -> Result:
    return replace(result, task=replace(result.task, **said))


def content(store: LocalStore) -> dict[str, list[str]]:
    """Everything in the file but SQLite's own row numbers."""
    with store.database.reading() as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in connection.execute(query)]
        return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}  # noqa: S608


def plan_text(*items: str, start: date = date(2026, 1, 1)) -> str:
    """A plan as a therapist writes it; each item is what follows the head of an exercise, worn as in `exercise_set`."""
    head = f'therapist = "MB"\naffected_side = "left"\nstart_date = {start}\ngoal = "improve"\n'
    return head + "".join(f"[[exercise]]\ndays_a_week = 7\n{_worn(item)}{item}\n" for item in items)


def _worn(item: str) -> str:
    return "" if "placement" in item else 'placement = "wrist"\n'


def overlap(one: tuple[str, str], other: tuple[str, str], analysed: dict[tuple[str, str], Result]) -> bool:
    """Whether nobody knows which of two sets, in order of start, came first."""
    first, second = analysed[one], analysed[other]
    if one[0] == other[0]:
        return first.start == second.start
    return (second.start or 0.0) < (first.start or 0.0) + first.duration_s - 2.0


def sets_of(analysed: dict[tuple[str, str], Result]) -> list[list[tuple[str, str]]]:
    """The results of each set, whatever their order in the store; the first is the one to begin first."""
    keys = sorted(analysed)
    found = [[keys[at] for at in views] for views in sets_among([analysed[key] for key in keys])]
    return [sorted(views, key=lambda key: (analysed[key].start, key[1])) for views in found]


def check_settled(store: LocalStore, clinic: str = "clinic", zone: tzinfo = BERLIN) -> None:
    """Make every row anew from results, corrections and plans alone, patient by patient, and compare."""
    with store.database.reading() as connection:
        query = "SELECT recording, set_id, patient, local_date, by_plan, fingerprint, measurement, analysed FROM result"
        stored = connection.execute(query).fetchall()
        patients = [patient for (patient,) in connection.execute("SELECT pseudonym FROM patient")]
        plans = {patient: planned_items(connection, patient) for patient in patients}
        said = {set_id: corrections_of(connection, set_id) for _, set_id, *_ in stored}
    analysed = {(each[0], each[1]): decode(each[6], each[7]) for each in stored}
    sets = sets_of(analysed)
    said = {key: [one for view in views for one in said[view[1]]] for views in sets for key in views}
    now = {key: corrected(result, said[key]) for key, result in analysed.items()}
    dates = {key: local_time(result.start or 0.0, zone).date() for key, result in analysed.items()}
    ordered = {(each[0], each[1]) for each in stored if each[4]}
    days = {(now[key].result.task.patient, dates[key]) for key in ordered}
    for patient, day in days:
        there = [key for key in ordered if (now[key].result.task.patient, dates[key]) == (patient, day)]
        there = [views[0] for views in sets if views[0] in there and not now[views[0]].void]
        there = sorted(there, key=lambda key: (analysed[key].start, key[1]))
        asked = in_order(in_force(plans[patient], day))
        known = len(there) == len(asked) and not any(overlap(one, other, analysed) for one, other in pairwise(there))
        for key, item in zip(there, asked, strict=False) if known else ():
            side = None if item.side is None else Side(item.side)
            for view in next(views for views in sets if key in views):
                label = as_labelled(analysed[view], LabelSource.PLAN, name=item.exercise, side=side)
                now[view] = corrected(label, said[view])
    view_of = {}
    for views in sets:
        task_now = now[views[0]].result.task
        target = target_of(in_force(plans[task_now.patient], dates[views[0]]), task_now.name, task_now.side)
        results = [analysed[key] for key in views]
        counts = views[surest(results, task_now.name, target.placement if target else None)]
        view_of |= {key: counts[1] for key in views if key != counts}
    for recording, set_id, patient, local_date, _, mark, measurement, _ in stored:
        each = now[recording, set_id]
        task_now = each.result.task
        assert (patient, local_date) == (task_now.patient, dates[recording, set_id].isoformat())
        target = target_of(in_force(plans[patient], dates[recording, set_id]), task_now.name, task_now.side)
        other = view_of.get((recording, set_id))
        expected = rows(each, clinic=clinic, zone=zone, target=target, mark=mark, view_of=other)
        aside = each.void or other is not None
        with store.database.reading() as connection:
            where, values = "recording = ? AND set_id = ?", (recording, set_id)
            own, *others = (
                row for name in (measurement, "rep") for row in select_rows(connection, name, where, values)
            )
            elsewhere = [name for name in RESULT_MEASUREMENTS if name != measurement]
            assert not any(select_rows(connection, name, where, values) for name in elsewhere)
            curves = connection.execute(
                f"SELECT time_ns, patient, exercise, side, withdrawn FROM trace WHERE {where}",  # noqa: S608
                values,
            )
            tags = tags_of(each.result, clinic, "trace")
            tagged = (expected[0].time_ns, patient, tags.get("exercise"), tags.get("side"), int(aside))
            assert set(curves) <= {tagged}
        assert (own.text("session") is None) == aside
        fields = {name: value for name, value in own.fields.items() if name != "session"}
        assert [replace(own, fields=fields), *others] == expected
    for patient in patients:
        check_sessions(store, patient)
    with store.database.reading() as connection:
        moved = "SELECT count(*) FROM correction JOIN result USING (set_id) WHERE correction.patient <> result.patient"
        assert connection.execute(moved).fetchone() == (0,)
        for table in ("exercise_set", "rep", "stance", "sit_to_stand", "timed_up_and_go", "trace"):
            lost = (
                f"SELECT count(*) FROM {table} WHERE (recording, set_id) NOT IN (SELECT recording, set_id FROM result)"  # noqa: S608
            )
            assert connection.execute(lost).fetchone() == (0,), table


def check_sessions(store: LocalStore, patient: str) -> None:
    """Number the sessions of a patient anew and compare."""
    found = sorted(
        (row for name in RESULT_MEASUREMENTS for row in store.points(name, patient)), key=lambda row: row.time_ns
    )
    spans = [(row.time_ns, row.number("duration_s") or 0.0) for row in found]
    assert [row.text("session") for row in found] == list(session_ids(patient, spans))
