"""A store of version 1 made one of version 2: what a clinic adds, and results kept whole.

Version 1 kept of each result its rows, and beside them a detail with the parts that no row holds. Version 2 keeps the
result as it was analysed; here it is put together again from both. Everything stands written out: this step must do
the same when the schema has moved on.
"""

import sqlite3
import zlib
from typing import Any, Final

import msgspec

__all__ = ["to_version_2"]

_NEW: Final = (
    """CREATE TABLE correction ( set_id TEXT NOT NULL, at_ns INTEGER NOT NULL, patient TEXT NOT NULL, said BLOB
        NOT NULL, PRIMARY KEY (set_id, at_ns, said))""",
    """CREATE TABLE plan_version ( patient TEXT NOT NULL, from_date TEXT NOT NULL, activated REAL NOT NULL,
        said_by TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (patient, from_date, activated, said_by, text))""",
    """CREATE TABLE patient_status ( patient TEXT NOT NULL, from_date TEXT NOT NULL, at REAL NOT NULL, status
        TEXT NOT NULL, PRIMARY KEY (patient, from_date, at, status))""",
    "CREATE TABLE stale (patient TEXT PRIMARY KEY)",
    "CREATE TABLE made_with (setting TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "ALTER TABLE exercise_set ADD COLUMN reps_in_range INTEGER",
    "ALTER TABLE exercise_set ADD COLUMN reps_beyond_limit INTEGER",
    "ALTER TABLE exercise_set ADD COLUMN rom_limit_deg REAL",
    "ALTER TABLE exercise_set ADD COLUMN corrected TEXT",
    "CREATE INDEX exercise_set_day ON exercise_set (patient, local_date)",
    "ALTER TABLE stance ADD COLUMN corrected_by TEXT",
    "ALTER TABLE stance ADD COLUMN corrected TEXT",
    "CREATE INDEX stance_day ON stance (patient, local_date)",
    "ALTER TABLE sit_to_stand ADD COLUMN corrected_by TEXT",
    "ALTER TABLE sit_to_stand ADD COLUMN corrected TEXT",
    "CREATE INDEX sit_to_stand_day ON sit_to_stand (patient, local_date)",
    "ALTER TABLE timed_up_and_go ADD COLUMN corrected_by TEXT",
    "ALTER TABLE timed_up_and_go ADD COLUMN corrected TEXT",
    "CREATE INDEX timed_up_and_go_day ON timed_up_and_go (patient, local_date)",
    """CREATE TABLE patient_day (patient TEXT, clinic TEXT, time_ns INTEGER NOT NULL, local_date TEXT, status
        TEXT, therapist TEXT, plan_version INTEGER, level INTEGER, urgency INTEGER, why TEXT, sets INTEGER,
        sets_due INTEGER, days_since_last INTEGER, streak_days INTEGER, sessions_7d INTEGER, sessions_due_7d
        INTEGER, sets_7d INTEGER, sets_due_7d INTEGER, reps_pct_7d REAL, reps_over_pct_7d REAL, in_range_pct_7d
        REAL, tempo_pct_7d REAL, untrusted_sets_7d INTEGER, unlabelled_sets_7d INTEGER, worst_pain_7d INTEGER,
        pain_colour TEXT, rom_worst_verdict TEXT, sway_worst_verdict TEXT, data_days_30d INTEGER,
        exercise_minutes_month REAL, contact_minutes_month INTEGER, days_to_review INTEGER, withdrawn INTEGER)""",
    "CREATE INDEX patient_day_patient ON patient_day (patient, time_ns)",
    "CREATE INDEX patient_day_day ON patient_day (patient, local_date)",
    """CREATE TABLE change (patient TEXT, clinic TEXT, time_ns INTEGER NOT NULL, measure TEXT, exercise TEXT,
        side TEXT, mode TEXT, angle_kind TEXT, placement TEXT, algorithm TEXT, label TEXT, verdict TEXT, confirmed
        INTEGER, held INTEGER, baseline REAL, baseline_low REAL, baseline_high REAL, latest REAL, difference REAL,
        mdc REAL, needed REAL, unit TEXT, occasions INTEGER, sentence TEXT, local_date TEXT, withdrawn INTEGER)""",
    "CREATE INDEX change_patient ON change (patient, time_ns)",
    "CREATE INDEX change_day ON change (patient, local_date)",
    """CREATE TABLE self_report (patient TEXT, clinic TEXT, time_ns INTEGER NOT NULL, pain INTEGER, pain_when
        TEXT, exertion INTEGER, stop INTEGER, text TEXT, local_date TEXT, entry_id TEXT, withdrawn INTEGER)""",
    "CREATE INDEX self_report_patient ON self_report (patient, time_ns)",
    "CREATE INDEX self_report_day ON self_report (patient, local_date)",
    """CREATE TABLE treatment (patient TEXT, clinic TEXT, time_ns INTEGER NOT NULL, treatment TEXT, minutes
        INTEGER, site TEXT, provider TEXT, licence TEXT, text TEXT, local_date TEXT, entry_id TEXT, withdrawn
        INTEGER)""",
    "CREATE INDEX treatment_patient ON treatment (patient, time_ns)",
    "CREATE INDEX treatment_day ON treatment (patient, local_date)",
    """CREATE TABLE plan (patient TEXT, clinic TEXT, time_ns INTEGER NOT NULL, version INTEGER, from_date TEXT,
        therapist TEXT, goal TEXT, affected_side TEXT, operation_date TEXT, review_date TEXT, item INTEGER,
        exercise TEXT, side TEXT, placement TEXT, sets INTEGER, reps INTEGER, times_a_day INTEGER, days_a_week
        INTEGER, rest_days TEXT, rom_target_deg REAL, rom_limit_deg REAL, limit_by TEXT, outward_s REAL, hold_s
        REAL, return_s REAL, load_kg REAL, setting TEXT, mode TEXT, withdrawn INTEGER)""",
    "CREATE INDEX plan_patient ON plan (patient, time_ns)",
)

_PATIENT: Final = (
    "CREATE TABLE patient_2 (pseudonym TEXT PRIMARY KEY, created TEXT NOT NULL)",
    "INSERT INTO patient_2 SELECT pseudonym, created FROM patient",
    "DROP TABLE patient",
    "ALTER TABLE patient_2 RENAME TO patient",
    "INSERT INTO stale SELECT pseudonym FROM patient",
)

_RESULT: Final = (
    "ALTER TABLE result RENAME TO result_1",
    """CREATE TABLE result (
        recording TEXT NOT NULL, set_id TEXT NOT NULL, patient TEXT NOT NULL, measurement TEXT NOT NULL,
        local_date TEXT NOT NULL, by_plan INTEGER NOT NULL, fingerprint BLOB NOT NULL, mark BLOB NOT NULL,
        analysed BLOB NOT NULL, PRIMARY KEY (recording, set_id))""",
    "DROP INDEX result_patient",
    "DROP INDEX result_set",
    "CREATE INDEX result_patient ON result (patient, local_date)",
    "CREATE INDEX result_set ON result (set_id)",
)

_KINDS: Final = {
    "exercise_set": "exercise",
    "stance": "stance",
    "sit_to_stand": "sit_to_stand",
    "timed_up_and_go": "timed_up_and_go",
}
_HEADER: Final = (
    "set_id",
    "recording",
    "duration_s",
    "start_source",
    "placement",
    "missing_pct",
    "quality",
    "algorithm",
)
_TASK: Final = ("side", "patient", "setting", "mode", "purpose", "load_kg", "label_source")
_NOT_OF_RESULT: Final = frozenset(
    (*_HEADER, *_TASK, "clinic", "exercise", "trial", "time_ns", "local_date", "session", "withdrawn", "flags",
     "withheld", "reps_counted", "corrected_by", "reps_target", "rom_target_deg", "plan_version")
)  # fmt: skip
_OLD_ROWS: Final = b"version 1"  # no mark of version 2 is this: the rows are made anew when next something is said


def to_version_2(connection: sqlite3.Connection) -> None:
    """Change the tables, and put every result together again."""
    for statement in (*_NEW, *_PATIENT, *_RESULT):
        connection.execute(statement)
    found = connection.execute("SELECT recording, set_id, patient, measurement, fingerprint, detail FROM result_1")
    for recording, set_id, patient, measurement, fingerprint, detail in found.fetchall():
        row = _row(connection, measurement, recording, set_id)
        result = zlib.compress(msgspec.json.encode(_result(measurement, row, msgspec.json.decode(detail))))
        connection.execute(
            "INSERT INTO result VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)",
            (recording, set_id, patient, measurement, row["local_date"], fingerprint, _OLD_ROWS, result),
        )
    connection.execute("DROP TABLE result_1")


def _row(connection: sqlite3.Connection, measurement: str, recording: str, set_id: str) -> dict[str, Any]:
    cursor = connection.execute(
        f"SELECT * FROM {measurement} WHERE recording = ? AND set_id = ?",  # noqa: S608 - one of four names
        (recording, set_id),
    )
    (record,) = cursor.fetchall()
    return dict(zip((column for column, *_ in cursor.description), record, strict=True))


def _result(measurement: str, row: dict[str, Any], detail: dict[str, Any]) -> dict[str, Any]:
    """Return a result as version 2 writes it."""
    start = row["time_ns"] // 1_000_000 / 1000
    task = {name: row.get(name) for name in _TASK}
    task |= {"kind": _KINDS[measurement], "name": row.get("exercise") or row.get("trial")}
    said = {name: value for name, value in row.items() if name not in _NOT_OF_RESULT and value is not None}
    result = {name: row.get(name) for name in _HEADER}
    result |= {"task": task, "start_s": detail["start_s"], "start": start, "flags": detail["flags"], "trace": None}
    if measurement == "stance":
        return result | {"sway": said}
    result |= {name: row[name] for name in row if name not in _NOT_OF_RESULT}
    if measurement == "exercise_set":
        parts = {"reps": row["reps_counted"], "reps_best": detail["reps_best"], "reps_detail": detail["reps"]}
        return result | parts | {name: detail[name] for name in ("rejected", "rests", "withheld")}
    if measurement == "sit_to_stand":
        result["rises_detail"] = detail["rises"]
    return result
