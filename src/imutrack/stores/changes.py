"""What changes in a transaction, noted by triggers and made into batches of the outbox before the commit.

Triggers on the tables note which points came, changed or went, so that no way of writing can forget it. They belong to
the connection, and are made only where the outbox is on; off, it costs nothing. What went is written once more with
``withdrawn`` true: stores elsewhere know a point by measurement, tags and time, and merge.
"""

import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from imutrack.stores.curves import Curve
from imutrack.stores.line_protocol import columns, curve_lines, lines
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS, Measurement
from imutrack.stores.tables import select_curves, select_rows

__all__ = [
    "ON",
    "collect",
    "drop_changes",
    "erase_elsewhere",
    "fill_anew",
    "only_withdraws",
    "put_curve",
    "put_patient",
    "put_rows",
    "watch",
]

ON: Final = "outbox"
"""The setting, in ``made_with``, that says whether changes are noted."""

_BATCH_POINTS: Final = 5000  # of one batch at most; what InfluxDB recommends for one request
_CURVES_AT_ONCE: Final = 50  # in memory; a transaction may change all that a clinic has, as another name of it does
_WITHDRAWALS: Final = re.compile(rb"(?:(?:[^ \\\n]|\\.)+ withdrawn=true -?\d+\n)+")


def watch(connection: sqlite3.Connection) -> None:
    """Begin to note changes, where the outbox is on. The caller holds the transaction."""
    if connection.execute("SELECT 1 FROM made_with WHERE setting = ?", (ON,)).fetchone() is None:
        return
    if not _watching(connection):
        for statement in _triggers():
            connection.execute(statement)


def collect(connection: sqlite3.Connection) -> None:
    """Make what changed into batches. The caller holds the transaction."""
    if not _watching(connection):
        return
    points = [kind for kind in MEASUREMENTS.values() if kind.storage == "points"]
    _put_all(connection, (row for kind in points for row in _came(connection, kind)))
    _put_all(connection, (row for kind in points for row in _went(connection, kind)))  # apart: see `only_withdraws`
    _collect_curves(connection)
    drop_changes(connection)


def erase_elsewhere(connection: sqlite3.Connection, patient: str) -> None:
    """Send nothing of a patient any more, and note that the server is to delete what it has. In a transaction."""
    connection.execute("DELETE FROM outbox WHERE patient = ?", (patient,))
    if _watching(connection):
        drop_changes(connection)
        connection.execute("INSERT OR IGNORE INTO to_erase VALUES (?)", (patient,))


def fill_anew(connection: sqlite3.Connection, patient: str) -> int:
    """Put everything of a patient into the outbox where it is on; return how many points. In a transaction."""
    return put_patient(connection, patient) if _watching(connection) else 0


def put_patient(connection: sqlite3.Connection, patient: str) -> int:
    """Put everything of a patient into the outbox; return how many points. In a transaction."""
    points = [kind.name for kind in MEASUREMENTS.values() if kind.storage == "points" and "patient" in kind.tags]
    rows = [row for name in points for row in select_rows(connection, name, "patient = ?", [patient])]
    curves = select_curves(connection, "patient = ?", [patient])
    return put_rows(connection, rows) + sum(put_curve(connection, one, withdrawn=gone) for one, gone in curves)


def drop_changes(connection: sqlite3.Connection) -> None:
    """Forget what was noted in this transaction: elsewhere it goes by another way."""
    if not _watching(connection):
        return
    for name in MEASUREMENTS:
        connection.execute(f"DELETE FROM temp.gone_{name}")  # noqa: S608 - names from the schema
    connection.execute("DELETE FROM temp.changed")


def put_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Put points into the outbox; return how many. The caller holds the transaction."""
    by_patient: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        by_patient[row.tags.get("patient")].append(row)
    for patient, of_patient in by_patient.items():
        for begin in range(0, len(of_patient), _BATCH_POINTS):
            part = of_patient[begin : begin + _BATCH_POINTS]
            _insert(connection, lines(part), len(part), patient, trace=False)
    return len(rows)


def put_curve(connection: sqlite3.Connection, curve: Curve, *, withdrawn: bool) -> int:
    """Put a curve into the outbox; return how many points. The caller holds the transaction."""
    for part in _parts(curve):
        text = curve_lines(part, withdrawn=withdrawn)
        _insert(connection, text, len(part.t_s), curve.tags.get("patient"), trace=True)
    return len(curve.t_s)


def only_withdraws(text: bytes) -> bool:
    """Whether the lines of a batch only withdraw points, of which the tables know nothing any more."""
    return _WITHDRAWALS.fullmatch(text) is not None


def _watching(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'changed'").fetchone() is not None


def _put_all(connection: sqlite3.Connection, rows: Iterator[Row]) -> None:
    """Put points into the outbox, some at a time."""
    while some := list(islice(rows, _BATCH_POINTS)):
        put_rows(connection, some)


def _came(connection: sqlite3.Connection, measurement: Measurement) -> Iterator[Row]:
    """Yield the points that came or changed."""
    noted = f"measurement = '{measurement.name}'"
    there = f"rowid IN (SELECT row FROM temp.changed WHERE {noted} AND row BETWEEN ? AND ?)"  # noqa: S608 - own names
    for some in _ranges(connection, "temp.changed", "row", noted, _BATCH_POINTS):
        yield from select_rows(connection, measurement.name, there, some)


def _went(connection: sqlite3.Connection, measurement: Measurement) -> Iterator[Row]:
    """Yield the points that went, as withdrawn."""
    table, tags = f"temp.gone_{measurement.name}", ", ".join(f'"{tag}"' for tag in measurement.tags)
    query = f"SELECT DISTINCT time_ns, {tags} FROM {table} WHERE {_gone(measurement)}"  # noqa: S608 - own names
    for some in _ranges(connection, table, "rowid", "1", _BATCH_POINTS):
        for time_ns, *said in connection.execute(query, some).fetchall():
            known = {tag: text for tag, text in zip(measurement.tags, said, strict=True) if text is not None}
            yield Row(measurement.name, known, time_ns, {"withdrawn": True})


def _collect_curves(connection: sqlite3.Connection) -> None:
    noted, trace = "measurement = 'trace'", MEASUREMENTS["trace"]
    there = f"rowid IN (SELECT row FROM temp.changed WHERE {noted} AND row BETWEEN ? AND ?)"  # noqa: S608 - own names
    for some in _ranges(connection, "temp.gone_trace", "rowid", "1", _CURVES_AT_ONCE):
        for curve, _ in select_curves(connection, _gone(trace), some, table="temp.gone_trace"):
            for part in _parts(curve):
                text = columns("trace", part.tags, part.times_ns, {"withdrawn": True})
                _insert(connection, text, len(part.t_s), part.tags.get("patient"), trace=True)
    for some in _ranges(connection, "temp.changed", "row", noted, _CURVES_AT_ONCE):
        for curve, withdrawn in select_curves(connection, there, some):
            put_curve(connection, curve, withdrawn=withdrawn)


def _ranges(
    connection: sqlite3.Connection, table: str, column: str, where: str, count: int
) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of so many row numbers at a time, until all had their turn."""
    query = f"SELECT {column} AS row FROM {table} WHERE {where} AND {column} > ? ORDER BY {column} LIMIT ?"  # noqa: S608 - own words
    last = 0
    while True:
        ((first, last),) = connection.execute(f"SELECT min(row), max(row) FROM ({query})", (last, count))  # noqa: S608 - as above
        if first is None:
            return
        yield first, last


def _gone(measurement: Measurement) -> str:
    """Return the condition for what was noted as gone, in a range of row numbers, and has not come back."""
    noted = f"gone_{measurement.name}"
    same = " AND ".join(f'kept."{column}" IS {noted}."{column}"' for column in ("time_ns", *measurement.tags))
    back = f"SELECT 1 FROM main.{measurement.name} AS kept WHERE {same}"  # noqa: S608 - names from the schema
    return f"{noted}.rowid BETWEEN ? AND ? AND NOT EXISTS ({back})"


def _parts(curve: Curve) -> Iterator[Curve]:
    """Yield a curve in parts that fit into a batch."""
    for begin in range(0, len(curve.t_s), _BATCH_POINTS):
        some = slice(begin, begin + _BATCH_POINTS)
        yield replace(
            curve, t_s=curve.t_s[some], columns={name: values[some] for name, values in curve.columns.items()}
        )


def _insert(connection: sqlite3.Connection, text: bytes, count: int, patient: str | None, *, trace: bool) -> None:
    connection.execute(
        "INSERT INTO outbox (trace, patient, points, lines) VALUES (?, ?, ?, ?)",
        (trace, patient, count, zlib.compress(text)),
    )


def _triggers() -> Iterator[str]:
    """Return the statements that make a connection note what changes."""
    yield "CREATE TEMP TABLE changed (measurement TEXT, row INTEGER, PRIMARY KEY (measurement, row))"
    for name, measurement in MEASUREMENTS.items():
        kept = ["time_ns", *measurement.tags]
        if measurement.storage == "curves":
            kept += ["start_s", "t_s", "set_id"]
        old = ", ".join(f'OLD."{column}"' for column in kept)
        listed = ", ".join(f'"{column}"' for column in kept)
        keys = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in ("time_ns", *measurement.tags))
        note = f"INSERT OR IGNORE INTO changed VALUES ('{name}', NEW.rowid);"  # noqa: S608 - as above
        keep = f"INSERT INTO gone_{name} ({listed}) VALUES ({old});"  # noqa: S608 - names from the schema
        yield f"CREATE TEMP TABLE gone_{name} ({listed})"
        yield f"CREATE TEMP TRIGGER {name}_came AFTER INSERT ON main.{name} BEGIN {note} END"
        yield f"CREATE TEMP TRIGGER {name}_changed AFTER UPDATE ON main.{name} BEGIN {note} END"
        yield f"CREATE TEMP TRIGGER {name}_moved AFTER UPDATE ON main.{name} WHEN {keys} BEGIN {keep} END"
        unnote = f"DELETE FROM changed WHERE measurement = '{name}' AND row = OLD.rowid;"  # noqa: S608 - as above
        yield f"CREATE TEMP TRIGGER {name}_went AFTER DELETE ON main.{name} BEGIN {keep} {unnote} END"
