"""What changes in a transaction, noted by triggers and made into batches of the outbox before the commit.

Triggers on the tables note which points came, changed or went, so that no way of writing can forget it. They belong to
the connection, and are made only where the outbox is on; off, it costs nothing. What went is written once more with
``withdrawn`` true: stores elsewhere know a point by measurement, tags and time, and merge.
"""

import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
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
    "put_curve",
    "put_patient",
    "put_rows",
    "watch",
]

ON: Final = "outbox"
"""The setting, in ``made_with``, that says whether changes are noted."""

_BATCH_POINTS: Final = 5000  # of one batch at most; what InfluxDB recommends for one request


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
    put_rows(connection, [row for kind in points for row in _changed(connection, kind)])
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
    _insert(connection, curve_lines(curve, withdrawn=withdrawn), len(curve.t_s), curve.tags.get("patient"), trace=True)
    return len(curve.t_s)


def _watching(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'changed'").fetchone() is not None


def _changed(connection: sqlite3.Connection, measurement: Measurement) -> list[Row]:
    """Return the points that came or changed, and those that went as withdrawn."""
    name = measurement.name
    there = f"rowid IN (SELECT row FROM temp.changed WHERE measurement = '{name}')"  # noqa: S608 - names from the schema
    rows = select_rows(connection, name, there, [])
    keys = {_key(row) for row in rows}
    tags = ", ".join(f'"{tag}"' for tag in measurement.tags)
    gone = connection.execute(f"SELECT time_ns, {tags} FROM temp.gone_{name}").fetchall()  # noqa: S608 - as above
    for time_ns, *said in gone:
        known = {tag: text for tag, text in zip(measurement.tags, said, strict=True) if text is not None}
        row = Row(name, known, time_ns, {"withdrawn": True})
        if _key(row) not in keys:
            keys.add(_key(row))
            rows.append(row)
    return rows


def _key(row: Row) -> tuple[int, tuple[tuple[str, str], ...]]:
    return row.time_ns, tuple(sorted(row.tags.items()))


def _collect_curves(connection: sqlite3.Connection) -> None:
    there = "rowid IN (SELECT row FROM temp.changed WHERE measurement = 'trace')"
    now = list(select_curves(connection, there, []))
    keys = {(curve.time_ns, tuple(sorted(curve.tags.items()))) for curve, _ in now}
    for curve, _ in select_curves(connection, "1", [], table="temp.gone_trace"):
        if (curve.time_ns, tuple(sorted(curve.tags.items()))) not in keys:
            gone = columns("trace", curve.tags, curve.times_ns, {"withdrawn": True})
            _insert(connection, gone, len(curve.t_s), curve.tags.get("patient"), trace=True)
    for curve, withdrawn in now:
        put_curve(connection, curve, withdrawn=withdrawn)


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
