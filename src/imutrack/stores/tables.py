"""Rows and curves in the tables of the local store."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from imutrack.results import Trace
from imutrack.stores.curves import Curve
from imutrack.stores.migrations import quoted
from imutrack.stores.rows import Row, Value
from imutrack.stores.schema import MEASUREMENTS, Measurement

__all__ = [
    "delete_points",
    "delete_rows",
    "insert_curve",
    "insert_row",
    "insert_rows",
    "retag_curve",
    "select_curves",
    "select_rows",
    "select_trace",
]

_TRACE: Final = MEASUREMENTS["trace"]
_TRACE_COLUMNS: Final = tuple(field.name for field in _TRACE.fields if field.type == "float")
_POINTS_OF_RESULT: Final = tuple(
    name for name, kind in MEASUREMENTS.items() if kind.of_result and kind.storage == "points"
)


def insert_rows(connection: sqlite3.Connection, recording: str, rows: Sequence[Row]) -> None:
    """Write the rows of one result."""
    for row in rows:
        _insert(connection, row.measurement, {**row.tags, "time_ns": row.time_ns, "recording": recording, **row.fields})


def insert_row(connection: sqlite3.Connection, row: Row) -> None:
    """Write a row that is no result's."""
    _insert(connection, row.measurement, {**row.tags, "time_ns": row.time_ns, **row.fields})


def insert_curve(connection: sqlite3.Connection, recording: str, curve: Curve, *, withdrawn: bool) -> None:
    """Write a curve as one packed row."""
    values = {
        **curve.tags,
        "time_ns": curve.time_ns,
        "start_s": curve.start_s,
        "recording": recording,
        "set_id": curve.set_id,
        "withdrawn": withdrawn,
        **curve.packed(),
    }
    _insert(connection, _TRACE.name, values)


def retag_curve(connection: sqlite3.Connection, recording: str, own: Row, tags: Mapping[str, str]) -> None:
    """Put the curve of a result that is stored already under another label."""
    values = {**dict.fromkeys(_TRACE.tags), **tags, "time_ns": own.time_ns, "withdrawn": own.fields["withdrawn"]}
    set_id = own.fields["set_id"]
    assigned = ", ".join(f'"{name}" = ?' for name in values)
    connection.execute(
        f"UPDATE {_TRACE.name} SET {assigned} WHERE recording = ? AND set_id = ?",  # noqa: S608 - names from the schema
        (*values.values(), recording, set_id),
    )


def delete_rows(connection: sqlite3.Connection, recording: str, set_id: str, *, curve: bool) -> None:
    """Delete the rows of one result, and its curve where that is asked for."""
    for table in (*_POINTS_OF_RESULT, *((_TRACE.name,) if curve else ())):
        connection.execute(
            f"DELETE FROM {table} WHERE recording = ? AND set_id = ?",  # noqa: S608 - names from the schema
            (recording, set_id),
        )


def delete_points(connection: sqlite3.Connection, measurement: str, patient: str, times_ns: Sequence[int]) -> None:
    """Delete points of a patient by their times."""
    connection.executemany(
        f"DELETE FROM {measurement} WHERE patient = ? AND time_ns = ?",  # noqa: S608 - names from the schema
        [(patient, time_ns) for time_ns in times_ns],
    )


def select_rows(connection: sqlite3.Connection, name: str, where: str, values: Sequence[object]) -> list[Row]:
    """Return the rows of a measurement that meet a condition, in order of time."""
    measurement = MEASUREMENTS[name]
    columns = ("time_ns", *measurement.tags, *(field.name for field in measurement.fields))
    found = connection.execute(
        f"SELECT {quoted(columns)} FROM {name} WHERE {where} ORDER BY time_ns",  # noqa: S608 - names from the schema
        tuple(values),
    )
    return [_row(measurement, record) for record in found]


def select_curves(
    connection: sqlite3.Connection, where: str, values: Sequence[object], table: str = _TRACE.name
) -> Iterator[tuple[Curve, bool]]:
    """Yield curves that meet a condition, each with whether it was withdrawn.

    Args:
        connection: of the store.
        where, values: the condition.
        table: one with the columns of curves, or with none but their times.
    """
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {where}", tuple(values))  # noqa: S608 - own words
    names = [name for name, *_ in cursor.description]
    for record in cursor.fetchall():
        said = dict(zip(names, record, strict=True))
        tags = {tag: said[tag] for tag in _TRACE.tags if said[tag] is not None}
        trace = Curve.unpacked({name: said.get(name) for name in ("t_s", *_TRACE_COLUMNS)})
        values_by_name = {name: column.astype(np.float32) for name, column in trace.values.items()}
        curve = Curve(tags, said["set_id"], said["time_ns"], said["start_s"], trace.t_s, values_by_name)
        yield curve, bool(said.get("withdrawn"))


def select_trace(connection: sqlite3.Connection, set_id: str) -> Trace | None:
    """Return the curve of a result; None where none is kept."""
    columns = ("t_s", *_TRACE_COLUMNS)
    found = connection.execute(
        f"SELECT {quoted(columns)} FROM {_TRACE.name} WHERE set_id = ?",  # noqa: S608 - names from the schema
        (set_id,),
    ).fetchone()
    return None if found is None else Curve.unpacked(dict(zip(columns, found, strict=True)))


def _insert(connection: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    connection.execute(_insertion(table, tuple(values)), tuple(values.values()))


@lru_cache(maxsize=256)  # as many as there are ways to leave out what could not be told, nearly
def _insertion(table: str, names: tuple[str, ...]) -> str:
    marks = ", ".join("?" for _ in names)
    return f"INSERT INTO {table} ({quoted(names)}) VALUES ({marks})"  # noqa: S608 - names from the schema


def _row(measurement: Measurement, record: Sequence[Value | None]) -> Row:
    time_ns, *said = record
    tags = {name: str(text) for name, text in zip(measurement.tags, said, strict=False) if text is not None}
    fields = {
        field.name: bool(value) if field.type == "bool" else value
        for field, value in zip(measurement.fields, said[len(measurement.tags) :], strict=True)
        if value is not None
    }
    return Row(measurement.name, tags, int(time_ns or 0), fields)
