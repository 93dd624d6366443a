"""Sessions: results of one patient with less than an hour between them.

Computed anew from all results of the patient whenever one comes, changes or goes, so that the order in which recordings
were read leaves no mark.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from imutrack.stores.schema import RESULT_MEASUREMENTS

__all__ = ["GAP_S", "number_sessions", "session_ids"]

GAP_S: Final = 3600.0  # the next result starts a new session at this distance from the end of all before it
_ID_LETTERS: Final = 10  # 40 bits, as for a set

_RESULTS: Final = " UNION ALL ".join(
    f"SELECT '{name}', rowid, time_ns, duration_s, session FROM {name} WHERE patient = :patient AND NOT withdrawn"  # noqa: S608 - names from the schema
    for name in RESULT_MEASUREMENTS
)


def session_ids(patient: str, spans: Iterable[tuple[int, float]]) -> Iterator[str]:
    """Return the session id of each result of a patient.

    The id depends on the patient and on when the session's first result began, to the millisecond.

    Args:
        patient: pseudonym.
        spans: (start in ns, duration in s) of each result, in order of start.
    """
    session, end_ns = "", None
    for time_ns, duration_s in spans:
        if end_ns is None or time_ns - end_ns >= GAP_S * 1e9:
            session, end_ns = _session_id(patient, time_ns), time_ns
        end_ns = max(end_ns, time_ns + round(duration_s * 1e9))
        yield session


def number_sessions(connection: sqlite3.Connection, patient: str) -> None:
    """Write the session of every result of a patient where it changed. The caller holds the transaction."""
    found = connection.execute(f"{_RESULTS} ORDER BY time_ns", {"patient": patient}).fetchall()
    ids = session_ids(patient, [(time_ns, duration_s or 0.0) for _, _, time_ns, duration_s, _ in found])
    for (table, rowid, _, _, before), session in zip(found, ids, strict=True):
        if session != before:
            connection.execute(f"UPDATE {table} SET session = ? WHERE rowid = ?", (session, rowid))  # noqa: S608 - as above


def _session_id(patient: str, time_ns: int) -> str:
    return hashlib.sha256(f"{patient} {time_ns // 1_000_000}".encode()).hexdigest()[:_ID_LETTERS]
