"""From the local store to `History`: one light query per kind of point, because a clinic has hundreds of thousands."""

from datetime import date, tzinfo
from typing import Any, Final

from imutrack.clinic.entries import report_of, treatment_of
from imutrack.clinic.history import History, SetDone, TrialDone
from imutrack.clinic.patients import Patient
from imutrack.clinic.plans.book import history as plan_history
from imutrack.stores.local import LocalStore

__all__ = ["load"]

_SETS: Final = """
SELECT set_id, time_ns / 1000000, local_date, session, exercise, side, angle_kind, placement, algorithm, duration_s,
       reps, reps_low, reps_in_range, reps_beyond_limit, rom_best3_deg, rom_error_deg, rom_limit_deg,
       outward_s + hold_s + return_s, withheld, quality, mode,
       CASE WHEN coalesce(reps_in_range, reps_beyond_limit) IS NULL THEN 0 ELSE
           (SELECT count(rom_deg) FROM rep WHERE rep.set_id = exercise_set.set_id
            AND rep.recording = exercise_set.recording) END
FROM exercise_set WHERE patient = ? AND local_date >= ? AND NOT withdrawn ORDER BY time_ns"""

_TRIALS: Final = " UNION ALL ".join(
    f"SELECT set_id, time_ns / 1000000 AS time_ms, local_date, session, '{name}', trial, placement, algorithm, "  # noqa: S608 - own names
    f"duration_s, {sway}, {total}, {rises}, quality, {side} FROM {name} "
    "WHERE patient = ?1 AND local_date >= ?2 AND NOT withdrawn"
    for name, sway, total, rises, side in (
        ("stance", "coalesce(rms_mps2, cop_rms_m)", "NULL", "NULL", "side"),
        ("sit_to_stand", "NULL", "total_s", "rises_in_30_s", "NULL"),
        ("timed_up_and_go", "NULL", "total_s", "NULL", "NULL"),
    )
)


def load(store: LocalStore, patient: Patient, zone: tzinfo, since: date = date.min) -> History:
    """Return what is known of a patient.

    Args:
        store: open; it is only read.
        patient: from the register.
        zone: the clinic's time zone.
        since: local date from which on; the plans and statuses are all returned.
    """
    name, first = patient.pseudonym, since.isoformat()
    with store.database.reading() as connection:
        sets = tuple(_set(record) for record in connection.execute(_SETS, (name, first)))
        trials = tuple(_trial(record) for record in connection.execute(f"{_TRIALS} ORDER BY time_ms", (name, first)))
    return History(
        patient=name,
        registered=patient.created.astimezone(zone).date(),
        statuses=patient.statuses,
        plans=plan_history(store, name),
        sets=sets,
        trials=trials,
        reports=tuple(report_of(row) for row in store.points("self_report", name, since)),
        treatments=tuple(treatment_of(row) for row in store.points("treatment", name, since)),
    )


def _set(record: tuple[Any, ...]) -> SetDone:
    (
        set_id,
        time_ms,
        day,
        session,
        exercise,
        side,
        angle_kind,
        placement,
        algorithm,
        duration_s,
        reps,
        reps_low,
        *rest,
    ) = record
    in_range, beyond, best3, error, limit, rep_s, withheld, quality, mode, ranged = rest
    return SetDone(
        set_id,
        time_ms / 1000.0,
        date.fromisoformat(day),
        session or "",
        exercise,
        side,
        (angle_kind, placement, algorithm),
        duration_s or 0.0,
        reps,
        reps_low or 0,
        in_range,
        beyond,
        best3,
        error,
        limit,
        rep_s,
        withheld or "",
        quality,
        mode,
        ranged,
    )


def _trial(record: tuple[Any, ...]) -> TrialDone:
    set_id, time_ms, day, session, measurement, trial, placement, algorithm, duration_s, *values = record
    way = (placement, algorithm)
    start, local = time_ms / 1000.0, date.fromisoformat(day)
    return TrialDone(set_id, start, local, session or "", measurement, trial, way, duration_s or 0.0, *values)
