"""Everything of a patient: counted, erased, put under another pseudonym.

Every table that has something of a patient is named here; a test compares it with the tables of a file.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from typing import Final

import msgspec

from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.results import Result
from imutrack.stores.analysed import decode, encode
from imutrack.stores.changes import erase_elsewhere, fill_anew
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS
from imutrack.stores.sessions import number_sessions
from imutrack.stores.settling import mark_stale, settle

__all__ = ["OF_PATIENT", "UNDER_WAY", "count_patient", "erase_patient", "rename_patient", "renamings_under_way"]

UNDER_WAY: Final = "renaming "
"""What a renaming is noted by in the store's list of settings, before the old pseudonym; the value is the new one."""

_MEASUREMENTS: Final = tuple(name for name, kind in MEASUREMENTS.items() if "patient" in kind.tags)
OF_PATIENT: Final = {
    **dict.fromkeys(
        (*_MEASUREMENTS, "result", "correction", "plan_version", "patient_status", "stale", "outbox"), "patient"
    ),
    "patient": "pseudonym",
}
"""Every table that holds something of a patient -> the column that says whose it is."""


def count_patient(store: LocalStore, patient: str) -> dict[str, int]:
    """Return how many rows of each table belong to a patient."""
    with store.database.reading() as connection:
        return {table: _count(connection, table, column, patient) for table, column in OF_PATIENT.items()}


def erase_patient(store: LocalStore, patient: str) -> dict[str, int]:
    """Delete everything of a patient, the register's entry too; return how many rows of each table went.

    The rows are overwritten in the file, not just unlinked. Where there is a server, it is noted that the patient is to
    be erased there. What was this patient's once and was moved to another by a
    correction is the other's; it no longer says where it came from.
    """
    with store.database.transaction() as connection:
        recordings = connection.execute(
            "SELECT DISTINCT recording FROM result WHERE patient = ?", (patient,)
        ).fetchall()
        _forget_moves(connection, patient)
        erased = {}
        for table, column in OF_PATIENT.items():
            query = f"DELETE FROM {table} WHERE {column} = ?"  # noqa: S608 - own names
            erased[table] = connection.execute(query, (patient,)).rowcount
        erase_elsewhere(connection, patient)
        connection.executemany(
            "DELETE FROM recording_start WHERE recording = ? AND recording NOT IN (SELECT recording FROM result)",
            recordings,
        )
    store.database.forget()
    return erased


def rename_patient(store: LocalStore, old: str, new: str, *, clinic: str, zone: tzinfo) -> None:
    """Put everything of a patient under another pseudonym, which nobody has.

    Raises:
        SettingsError: the new one is taken.
    """
    with store.database.transaction() as connection:
        if _count(connection, "patient", "pseudonym", new):
            raise SettingsError(f"{new} is registered already: `imutrack patient list` shows all")
        connection.execute("UPDATE patient SET pseudonym = ? WHERE pseudonym = ?", (new, old))
        for rowid, _, result in _labelled(connection, old):
            _put_under(connection, rowid, result, new)
        for set_id, at_ns, said in connection.execute("SELECT set_id, at_ns, said FROM correction").fetchall():
            correction = msgspec.json.decode(said, type=Correction)
            if correction.patient == old:
                _rewrite(connection, set_id, at_ns, said, replace(correction, patient=new))
        sets = connection.execute("SELECT set_id FROM result WHERE patient = ?", (old,)).fetchall()
        for table, column in OF_PATIENT.items():
            if table not in {"patient", "stale", "outbox"}:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))  # noqa: S608 - own names
        connection.execute("DELETE FROM stale WHERE patient = ?", (old,))
        settle(connection, [set_id for (set_id,) in sets], clinic=clinic, zone=zone)
        number_sessions(connection, new)
        mark_stale(connection, new)
        erase_elsewhere(connection, old)
        fill_anew(connection, new)
    store.database.forget()


def renamings_under_way(store: LocalStore) -> list[tuple[str, str]]:
    """Return (old, new) pseudonym of renamings whose names and files do not follow the store yet."""
    query = "SELECT substr(setting, ?), value FROM made_with WHERE setting LIKE ?"
    with store.database.reading() as connection:
        return connection.execute(query, (len(UNDER_WAY) + 1, f"{UNDER_WAY}%")).fetchall()


def _count(connection: sqlite3.Connection, table: str, column: str, patient: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE {column} = ?"  # noqa: S608 - own names
    ((count,),) = connection.execute(query, (patient,))
    return int(count)


def _forget_moves(connection: sqlite3.Connection, patient: str) -> None:
    """Let the results of others no longer say that they were this patient's."""
    for rowid, whose, result in _labelled(connection, patient):
        if whose != patient:
            _put_under(connection, rowid, result, whose)
    query = "SELECT set_id, at_ns, said FROM correction WHERE patient <> ?"
    for set_id, at_ns, said in connection.execute(query, (patient,)).fetchall():
        correction = msgspec.json.decode(said, type=Correction)
        if correction.patient == patient:
            _rewrite(connection, set_id, at_ns, said, replace(correction, patient=None))


def _labelled(connection: sqlite3.Connection, patient: str) -> Iterator[tuple[int, str, Result]]:
    """Yield (row id, whose it counts as, result) of all results that were labelled as this patient's.

    Only a correction can make them somebody else's: of the result, or of another view of its set.
    """
    query = (
        "SELECT rowid, patient, measurement, analysed FROM result "
        "WHERE patient = ? OR recording IN (SELECT recording FROM result JOIN correction USING (set_id))"
    )
    for rowid, whose, measurement, analysed in connection.execute(query, (patient,)).fetchall():
        result = decode(measurement, analysed)
        if result.task.patient == patient:
            yield rowid, whose, result


def _put_under(connection: sqlite3.Connection, rowid: int, result: Result, patient: str) -> None:
    moved = replace(result, task=replace(result.task, patient=patient))
    connection.execute("UPDATE result SET analysed = ? WHERE rowid = ?", (encode(moved), rowid))


def _rewrite(connection: sqlite3.Connection, set_id: str, at_ns: int, said: bytes, correction: Correction) -> None:
    connection.execute(
        "UPDATE correction SET said = ? WHERE set_id = ? AND at_ns = ? AND said = ?",
        (msgspec.json.encode(correction), set_id, at_ns, said),
    )
