"""The tables of the local store, and how an older file becomes a current one.

A new file is made from `imutrack.stores.schema` as it is today. A file of an earlier version goes through `STEPS`, one
after the other, in one transaction. To change the tables: change the schema, append a step that does the same to a
file, and add a file of the version before to the tests. A step never reads the schema: the schema moves on, the step
must not.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from imutrack.stores.schema import MEASUREMENTS, Measurement
from imutrack.stores.version_2 import to_version_2

__all__ = ["STEPS", "VERSION", "create", "migrate", "quoted"]

Step = Callable[[sqlite3.Connection], None]


def _to_version_3(connection: sqlite3.Connection) -> None:
    """Add the outbox, and the state of links."""
    connection.execute(
        """CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, trace INTEGER NOT NULL, patient TEXT, points INTEGER NOT NULL,
        lines BLOB NOT NULL, why TEXT)"""
    )
    connection.execute("CREATE INDEX outbox_patient ON outbox (patient)")
    connection.execute("CREATE TABLE to_erase (patient TEXT PRIMARY KEY)")
    connection.execute(
        "CREATE TABLE link (clinic TEXT, sensor TEXT, time_ns INTEGER NOT NULL, battery_pct REAL, rssi_dbm REAL, "
        "missing_pct REAL, clock_ppm REAL, reconnects INTEGER, backlog INTEGER, withdrawn INTEGER)"
    )
    connection.execute("CREATE INDEX link_sensor ON link (sensor, time_ns)")


def _to_version_4(connection: sqlite3.Connection) -> None:
    """Say who is responsible and when a result ended; the next roll-up fills it in, since it makes all rows anew."""
    for measurement in ("exercise_set", "stance", "sit_to_stand", "timed_up_and_go"):
        connection.execute(f"ALTER TABLE {measurement} ADD COLUMN end_ms INTEGER")
    for measurement in ("exercise_set", "change"):
        connection.execute(f"ALTER TABLE {measurement} ADD COLUMN therapist TEXT")
    connection.execute("INSERT OR REPLACE INTO made_with VALUES ('clinic', 'of version 3')")


def _to_version_5(connection: sqlite3.Connection) -> None:
    """Keep what was counted while a set was done; results that came from files have no such count."""
    connection.execute("ALTER TABLE exercise_set ADD COLUMN reps_live INTEGER")
    connection.execute("INSERT OR REPLACE INTO made_with VALUES ('clinic', 'of version 4')")  # says the mode, too


def _to_version_6(connection: sqlite3.Connection) -> None:
    """Let a set that several sensors saw count once, and keep left and right apart in stances on one leg."""
    for measurement in ("exercise_set", "stance", "sit_to_stand", "timed_up_and_go"):
        connection.execute(f"ALTER TABLE {measurement} ADD COLUMN view_of TEXT")
    connection.execute("ALTER TABLE stance ADD COLUMN side TEXT")
    connection.execute("INSERT OR REPLACE INTO made_with VALUES ('clinic', 'of version 5')")  # says which view counts


STEPS: Final[tuple[Step, ...]] = (to_version_2, _to_version_3, _to_version_4, _to_version_5, _to_version_6)
"""The first step makes version 2 of version 1, the next version 3, and so on."""

VERSION: Final = 1 + len(STEPS)
"""Version of a new file; kept in SQLite's ``user_version``."""

_OWN_TABLES: Final = (
    # pseudonyms only: a name never enters this file
    "CREATE TABLE patient (pseudonym TEXT PRIMARY KEY, created TEXT NOT NULL)",
    # every stored result as it was analysed; whose it is and when it was, as it counts now
    """CREATE TABLE result (
        recording TEXT NOT NULL, set_id TEXT NOT NULL, patient TEXT NOT NULL, measurement TEXT NOT NULL,
        local_date TEXT NOT NULL, by_plan INTEGER NOT NULL, fingerprint BLOB NOT NULL, mark BLOB NOT NULL,
        analysed BLOB NOT NULL, PRIMARY KEY (recording, set_id))""",
    "CREATE INDEX result_patient ON result (patient, local_date)",
    "CREATE INDEX result_set ON result (set_id)",
    # what people said: only ever added to
    """CREATE TABLE correction (
        set_id TEXT NOT NULL, at_ns INTEGER NOT NULL, patient TEXT NOT NULL, said BLOB NOT NULL,
        PRIMARY KEY (set_id, at_ns, said))""",
    """CREATE TABLE plan_version (
        patient TEXT NOT NULL, from_date TEXT NOT NULL, activated REAL NOT NULL, said_by TEXT NOT NULL,
        text TEXT NOT NULL, PRIMARY KEY (patient, from_date, activated, said_by, text))""",
    """CREATE TABLE patient_status (
        patient TEXT NOT NULL, from_date TEXT NOT NULL, at REAL NOT NULL, status TEXT NOT NULL,
        PRIMARY KEY (patient, from_date, at, status))""",
    # patients whose days and verdicts are to be made anew
    "CREATE TABLE stale (patient TEXT PRIMARY KEY)",
    # under which settings they were made
    "CREATE TABLE made_with (setting TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # points that a server does not have yet, or refused (why)
    """CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, trace INTEGER NOT NULL, patient TEXT, points INTEGER NOT NULL,
        lines BLOB NOT NULL, why TEXT)""",
    "CREATE INDEX outbox_patient ON outbox (patient)",
    # patients erased here that the server still has
    "CREATE TABLE to_erase (patient TEXT PRIMARY KEY)",
    # the start of recordings that state none: kept from the first time
    "CREATE TABLE recording_start (recording TEXT PRIMARY KEY, start REAL NOT NULL)",
)
_SQL_TYPES: Final = {"float": "REAL", "int": "INTEGER", "str": "TEXT", "bool": "INTEGER"}


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file. The caller holds the transaction."""
    for statement in (*_OWN_TABLES, *_of_measurements()):
        connection.execute(statement)
    _set_version(connection, VERSION)


def migrate(connection: sqlite3.Connection, version: int, steps: Sequence[Step] = STEPS) -> None:
    """Bring a file of an older version to the current one. The caller holds the transaction.

    Args:
        connection: of the file.
        version: the file's, from 1.
        steps: as `STEPS`.
    """
    for number, step in enumerate(steps[version - 1 :], version + 1):
        step(connection)
        _set_version(connection, number)


def quoted(names: Sequence[str]) -> str:
    """Return names for SQL, separated by commas."""
    return ", ".join(f'"{name}"' for name in names)


def _of_measurements() -> Iterator[str]:
    for measurement in MEASUREMENTS.values():
        name = measurement.name
        yield f"CREATE TABLE {name} ({', '.join(_columns(measurement))})"
        whose = "patient" if "patient" in measurement.tags else measurement.tags[-1]
        yield f"CREATE INDEX {name}_{whose} ON {name} ({whose}, time_ns)"
        if any(field.name == "local_date" for field in measurement.fields):
            yield f"CREATE INDEX {name}_day ON {name} (patient, local_date)"
        if measurement.of_result:
            yield f"CREATE INDEX {name}_set ON {name} (set_id, recording)"


def _columns(measurement: Measurement) -> Iterator[str]:
    yield from (f'"{tag}" TEXT' for tag in measurement.tags)
    yield "time_ns INTEGER NOT NULL"
    if measurement.storage == "curves":
        yield from ("start_s REAL NOT NULL", "t_s BLOB NOT NULL")
    names = [field.name for field in measurement.fields]
    if measurement.of_result and "recording" not in names:
        yield "recording TEXT NOT NULL"
    for field in measurement.fields:
        is_curve = measurement.storage == "curves" and field.type == "float"
        yield f'"{field.name}" {"BLOB" if is_curve else _SQL_TYPES[field.type]}'


def _set_version(connection: sqlite3.Connection, version: int) -> None:
    connection.execute(f"PRAGMA user_version = {version}")
