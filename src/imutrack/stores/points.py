"""Points that are no result's: entries, plans, verdicts and days; and which patients' are to be made anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo

from imutrack.errors import SettingsError
from imutrack.stores.changes import drop_changes
from imutrack.stores.local import LocalStore, require_registered
from imutrack.stores.rows import Row, local_time
from imutrack.stores.settling import mark_stale
from imutrack.stores.tables import delete_points, insert_row, select_rows

__all__ = [
    "ENTRIES",
    "add_entry",
    "add_points",
    "fresh",
    "has_dated",
    "made_with",
    "mark_all_stale",
    "prune_links",
    "put_points",
    "redate_entries",
    "stale",
    "withdraw_entry",
]

ENTRIES = ("self_report", "treatment")
"""The measurements with one point for each thing that somebody entered."""


def put_points(store: LocalStore, measurement: str, patient: str, points: Sequence[Row]) -> int:
    """Make ``points`` the only ones of a measurement of a patient; return how many were written.

    Points that are there already are left alone.
    """
    with store.database.transaction() as connection:
        old = {row.time_ns: row for row in select_rows(connection, measurement, "patient = ?", [patient])}
        new = _apart(points)
        gone = [time_ns for time_ns, row in old.items() if new.get(time_ns) != row]
        fresh = [row for time_ns, row in new.items() if old.get(time_ns) != row]
        delete_points(connection, measurement, patient, gone)
        for row in fresh:
            insert_row(connection, row)
    return len(fresh)


def add_points(store: LocalStore, points: Sequence[Row]) -> None:
    """Write points of times at which there are none yet."""
    with store.database.transaction() as connection:
        for row in points:
            insert_row(connection, row)


def prune_links(store: LocalStore, before_s: float) -> int:
    """Delete the state of links from before a moment, Unix epoch s, here only; return how many points went.

    Raises:
        RuntimeError: within a larger transaction, whose other changes a server would not be told.
    """
    if store.database.connection.in_transaction:
        raise RuntimeError("the state of links is pruned in a transaction of its own")
    with store.database.transaction() as connection:
        sensors = connection.execute("SELECT DISTINCT sensor FROM link").fetchall()
        gone = sum(
            connection.execute(
                "DELETE FROM link WHERE sensor IS ? AND time_ns < ?", (*sensor, round(before_s * 1e9))
            ).rowcount
            for sensor in sensors
        )
        drop_changes(connection)  # what the server has of it stays there
    return gone


def add_entry(store: LocalStore, entry: Row) -> None:
    """Keep what somebody entered; the same again changes nothing.

    Raises:
        SettingsError: the patient is not registered.
    """
    with store.database.transaction() as connection:
        require_registered(connection, {entry.tags["patient"]})
        same = [entry.tags["patient"], entry.text("local_date"), entry.text("entry_id")]
        if not select_rows(connection, entry.measurement, "patient = ? AND local_date = ? AND entry_id = ?", same):
            insert_row(connection, entry)
            mark_stale(connection, entry.tags["patient"])


def withdraw_entry(store: LocalStore, entry_id: str) -> Row:
    """Set an entry aside; return it.

    Raises:
        SettingsError: there is no such entry.
    """
    with store.database.transaction() as connection:
        for measurement in ENTRIES:
            for row in select_rows(connection, measurement, "entry_id = ?", [entry_id]):
                connection.execute(
                    f"UPDATE {measurement} SET withdrawn = 1 WHERE entry_id = ?",  # noqa: S608 - own names
                    (entry_id,),
                )
                mark_stale(connection, row.tags["patient"])
                return row
    raise SettingsError(f"no entry {entry_id}: the id was printed when it was made")


def redate_entries(store: LocalStore, *, clinic: str, zone: tzinfo) -> None:
    """Put what was entered under the clinic's name and its days, as is needed when these or the time zone changed."""
    with store.database.transaction() as connection:
        for measurement in ENTRIES:
            found = connection.execute(f"SELECT rowid, time_ns FROM {measurement}").fetchall()  # noqa: S608 - own names
            connection.executemany(
                f"UPDATE {measurement} SET clinic = ?, local_date = ? WHERE rowid = ?",  # noqa: S608 - own names
                [(clinic, local_time(time_ns / 1e9, zone).date().isoformat(), rowid) for rowid, time_ns in found],
            )


def stale(store: LocalStore) -> frozenset[str]:
    """Return the patients whose days and verdicts are to be made anew."""
    with store.database.reading() as connection:
        return frozenset(patient for (patient,) in connection.execute("SELECT patient FROM stale"))


def mark_all_stale(store: LocalStore) -> None:
    """Remember that the days and verdicts of everybody are to be made anew."""
    with store.database.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO stale SELECT pseudonym FROM patient")


def has_dated(store: LocalStore, patient: str, after: date, until: date) -> bool:
    """Whether a result of a patient, the begin of a plan or an operation is dated after one day and up to another."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM result WHERE patient = ?1 AND local_date > ?2 AND local_date <= ?3) "
        "OR EXISTS (SELECT 1 FROM plan_version WHERE patient = ?1 AND from_date > ?2 AND from_date <= ?3) "
        "OR EXISTS (SELECT 1 FROM plan WHERE patient = ?1 AND operation_date > ?2 AND operation_date <= ?3)"
    )
    with store.database.reading() as connection:
        ((found,),) = connection.execute(query, (patient, after.isoformat(), until.isoformat()))
    return bool(found)


def fresh(store: LocalStore, patient: str) -> None:
    """Remember that the days and verdicts of a patient are up to date."""
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM stale WHERE patient = ?", (patient,))


def _apart(points: Sequence[Row]) -> dict[int, Row]:
    """Return points by time; of two at one nanosecond, which would become one point elsewhere, one is moved on."""
    by_time: dict[int, Row] = {}
    for row in points:
        time_ns = row.time_ns
        while time_ns in by_time:
            time_ns += 1
        by_time[time_ns] = replace(row, time_ns=time_ns)
    return by_time


def made_with(store: LocalStore, setting: str, value: str) -> bool:
    """Note the value of a setting that what is stored depends on; return whether it was another one before."""
    with store.database.transaction() as connection:
        found = connection.execute("SELECT value FROM made_with WHERE setting = ?", (setting,)).fetchone()
        if found is None or found[0] != value:
            connection.execute("INSERT OR REPLACE INTO made_with VALUES (?, ?)", (setting, value))
    return found is not None and bool(found[0] != value)
