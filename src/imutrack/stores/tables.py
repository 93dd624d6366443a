"""Rows and curves in the tables of the local store."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from imutrack.results import Trace
from imutrack.stores.curves import Curve
from imutrack.stores.migrations import quoted
from imutrack.stores.rows import Row, Value
from imutrack.stores.schema import MEASUREMENTS, Measurement

__all__ = [
    "count_patient",
    "delete_patient",
    "delete_result",
    "insert_curve",
    "insert_rows",
    "select_rows",
    "select_trace",
]

_TRACE: Final = MEASUREMENTS["trace"]
_TRACE_COLUMNS: Final = tuple(field.name for field in _TRACE.fields if field.type == "float")
_OF_RESULT: Final = (*MEASUREMENTS, "result")
_OF_PATIENT: Final = {**dict.fromkeys(_OF_RESULT, "patient"), "patient": "pseudonym"}
"""Every table that holds something of a patient -> the column that says whose it is."""


def insert_rows(connection: sqlite3.Connection, recording: str, rows: Sequence[Row]) -> None:
    """Write the rows of one result."""
    for row in rows:
        values = {**row.tags, "time_ns": row.time_ns, "recording": recording, **row.fields}
        _insert(connection, row.measurement, values)


def insert_curve(connection: sqlite3.Connection, recording: str, curve: Curve) -> None:
    """Write a curve as one packed row."""
    values = {
        **curve.tags,
        "time_ns": curve.time_ns,
        "start_s": curve.start_s,
        "recording": recording,
        "set_id": curve.set_id,
        "withdrawn": False,
        **curve.packed(),
    }
    _insert(connection, _TRACE.name, values)


def delete_result(connection: sqlite3.Connection, recording: str, set_id: str) -> None:
    """Delete all rows of one result."""
    for table in _OF_RESULT:
        connection.execute(
            f"DELETE FROM {table} WHERE recording = ? AND set_id = ?",  # noqa: S608 - names from the schema
            (recording, set_id),
        )


def delete_patient(connection: sqlite3.Connection, patient: str) -> dict[str, int]:
    """Delete everything of a patient; return how many rows of each table went."""
    recordings = connection.execute("SELECT DISTINCT recording FROM result WHERE patient = ?", (patient,)).fetchall()
    deleted = {
        table: connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (patient,)).rowcount  # noqa: S608 - own names
        for table, column in _OF_PATIENT.items()
    }
    connection.executemany(
        "DELETE FROM recording_start WHERE recording = ? AND recording NOT IN (SELECT recording FROM result)",
        recordings,
    )
    return deleted


def count_patient(connection: sqlite3.Connection, patient: str) -> dict[str, int]:
    """Return how many rows of each table belong to a patient."""
    counted = {}
    for table, column in _OF_PATIENT.items():
        query = f"SELECT count(*) FROM {table} WHERE {column} = ?"  # noqa: S608 - own names
        ((counted[table],),) = connection.execute(query, (patient,))
    return counted


def select_rows(connection: sqlite3.Connection, name: str, where: str, values: Sequence[object]) -> list[Row]:
    """Return the rows of a measurement that meet a condition, in order of time."""
    measurement = MEASUREMENTS[name]
    columns = ("time_ns", *measurement.tags, *(field.name for field in measurement.fields))
    found = connection.execute(
        f"SELECT {quoted(columns)} FROM {name} WHERE {where} ORDER BY time_ns",  # noqa: S608 - names from the schema
        tuple(values),
    )
    return [_row(measurement, record) for record in found]


def select_trace(connection: sqlite3.Connection, set_id: str) -> Trace | None:
    """Return the curve of a result; None where none is kept."""
    columns = ("t_s", *_TRACE_COLUMNS)
    found = connection.execute(
        f"SELECT {quoted(columns)} FROM {_TRACE.name} WHERE set_id = ?",  # noqa: S608 - names from the schema
        (set_id,),
    ).fetchone()
    return None if found is None else Curve.unpacked(dict(zip(columns, found, strict=True)))


def _insert(connection: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    marks = ", ".join("?" for _ in values)
    connection.execute(
        f"INSERT INTO {table} ({quoted(tuple(values))}) VALUES ({marks})",  # noqa: S608 - names from the schema
        tuple(values.values()),
    )


def _row(measurement: Measurement, record: Sequence[Value | None]) -> Row:
    time_ns, *said = record
    tags = {name: str(text) for name, text in zip(measurement.tags, said, strict=False) if text is not None}
    fields = {
        field.name: bool(value) if field.type == "bool" else value
        for field, value in zip(measurement.fields, said[len(measurement.tags) :], strict=True)
        if value is not None
    }
    return Row(measurement.name, tags, int(time_ns or 0), fields)
