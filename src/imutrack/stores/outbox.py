"""The outbox: every change of a point, as line protocol, until a sender takes it away because the server has it.

Batches come from `imutrack.stores.changes`, in the transaction that makes the change; so nothing is stored here that
would not be sent, and nothing is sent that was not stored.

What it does not do: withdraw curves that are pruned for their age (the server forgets them by itself), or erase a
patient elsewhere (that is a deletion there, not a point).
"""

import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from imutrack.stores.changes import ON, only_withdraws, put_patient, put_rows
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS
from imutrack.stores.tables import select_rows

__all__ = [
    "Batch",
    "Waiting",
    "batches",
    "done",
    "erased",
    "is_on",
    "refill",
    "refusals",
    "set_aside",
    "switch",
    "to_erase",
    "to_fill",
    "trim",
    "waiting",
]

_ON, _TO_FILL = "on", "to fill"  # on, and whether all that was there before is still to be put in
_AT_ONCE: Final = 5000  # points that are nobody's: there may be millions, and no more of them are held in memory
_NOBODYS: Final = tuple(
    name for name, kind in MEASUREMENTS.items() if kind.storage == "points" and "patient" not in kind.tags
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Points that wait to be sent.

    Attributes:
        seq: order of making.
        trace: for the bucket of curves instead of that of results.
        patient: whose they are; None where they are nobody's.
        count: of points.
        lines: line protocol.
    """

    seq: int
    trace: bool
    patient: str | None
    count: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the outbox: to be sent, and set aside because the server refused it."""

    batches: int
    points: int
    bytes: int
    set_aside_batches: int
    set_aside_points: int


def switch(store: LocalStore, on: bool) -> None:
    """From now on let every change go into the outbox, or none.

    Switched on, `refill` puts in what was there before; switched off, what waits goes. A store that is open goes on
    noting changes until it is closed.
    """
    with store.database.transaction() as connection:
        if on:
            connection.execute("INSERT OR IGNORE INTO made_with VALUES (?, ?)", (ON, _TO_FILL))
        else:
            connection.execute("DELETE FROM made_with WHERE setting = ?", (ON,))
            connection.execute("DELETE FROM outbox")


def is_on(store: LocalStore) -> bool:
    """Whether changes go into the outbox."""
    with store.database.reading() as connection:
        return connection.execute("SELECT 1 FROM made_with WHERE setting = ?", (ON,)).fetchone() is not None


def to_fill(store: LocalStore) -> bool:
    """Whether the outbox is on and was not yet filled with all that the store holds, or that was cut off."""
    with store.database.reading() as connection:
        found = connection.execute("SELECT value FROM made_with WHERE setting = ?", (ON,)).fetchone()
    return found is not None and bool(found[0] == _TO_FILL)


def batches(store: LocalStore, most_points: int, *, trace: bool | None = None) -> list[Batch]:
    """Return the oldest batches, in order: one at least where there is one, together no more points than asked for.

    Args:
        store: open.
        most_points: of all of them together.
        trace: only those of curves, or only those of results; None means both.
    """
    found: list[Batch] = []
    points = 0
    wanted = "why IS NULL AND (?1 IS NULL OR trace = ?1)"
    query = f"SELECT seq, trace, patient, points, lines FROM outbox WHERE {wanted} ORDER BY seq"  # noqa: S608 - ours
    with store.database.reading() as connection:
        for seq, of_curves, patient, count, packed in connection.execute(query, (trace,)):
            if found and points + count > most_points:
                break
            points += count
            found.append(Batch(seq, bool(of_curves), patient, count, zlib.decompress(packed)))
    return found


def done(store: LocalStore, seqs: Iterable[int]) -> None:
    """Forget batches that the server has."""
    with store.database.transaction() as connection:
        connection.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])


def set_aside(store: LocalStore, seq: int, why: str, refused: bytes | None = None, count: int = 0) -> None:
    """Keep of a batch only what the server refused, with its words; it is not sent again by itself.

    Args:
        store: open.
        seq: of the batch.
        why: the server's words.
        refused: the lines that the server did not take, where it has the rest; None means the whole batch.
        count: how many they are.
    """
    with store.database.transaction() as connection:
        connection.execute("UPDATE outbox SET why = ? WHERE seq = ?", (why, seq))
        if refused is not None:
            packed = zlib.compress(refused)
            connection.execute("UPDATE outbox SET lines = ?, points = ? WHERE seq = ?", (packed, count, seq))


def waiting(store: LocalStore) -> Waiting:
    """Return what is in the outbox."""
    query = (
        "SELECT count(*) FILTER (WHERE why IS NULL), coalesce(sum(points) FILTER (WHERE why IS NULL), 0), "
        "coalesce(sum(length(lines)) FILTER (WHERE why IS NULL), 0), count(*) FILTER (WHERE why IS NOT NULL), "
        "coalesce(sum(points) FILTER (WHERE why IS NOT NULL), 0) FROM outbox"
    )
    with store.database.reading() as connection:
        return Waiting(*connection.execute(query).fetchone())


def refusals(store: LocalStore, most: int) -> list[str]:
    """Return the server's words for what was set aside, those of the newest batch first, each once, so many at most."""
    query = "SELECT why FROM outbox WHERE why IS NOT NULL GROUP BY why ORDER BY max(seq) DESC LIMIT ?"
    with store.database.reading() as connection:
        return [why for (why,) in connection.execute(query, (most,))]


def trim(store: LocalStore, most_bytes: int) -> int:
    """Drop the oldest curves where the outbox holds more than it may; return how many points went.

    Those that the server refused go first. Results are never dropped.
    """
    query = (
        "SELECT seq, points FROM (SELECT seq, points, trace, "
        "sum(length(lines)) OVER (ORDER BY trace, why IS NOT NULL, seq DESC) AS together "
        "FROM outbox) WHERE trace AND together > ?"
    )
    with store.database.transaction() as connection:
        found = connection.execute(query, (most_bytes,)).fetchall()
        connection.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq, _ in found])
    return sum(points for _, points in found)


def refill(store: LocalStore, patient: str | None = None) -> int:
    """Put everything the store holds into the outbox; return how many points.

    What was set aside goes, as it is in what the store holds; withdrawals, which are not, wait once more.

    Args:
        store: open.
        patient: whose points; None means everybody's, and those that are nobody's, such as the state of links. Where
            that is cut off, by a full disk say, `to_fill` tells.
    """
    if patient is None:
        _note_filling(store, _TO_FILL)
    with store.database.reading() as connection:
        query = "SELECT pseudonym FROM patient WHERE ?1 IS NULL OR pseudonym = ?1 ORDER BY pseudonym"
        patients = [name for (name,) in connection.execute(query, (patient,))]
    count = 0
    for name in patients:
        with store.database.transaction() as connection:
            count += _take_up(connection, name) + put_patient(connection, name)
    if patient is None:
        with store.database.transaction() as connection:
            count += _take_up(connection, None)
        count += sum(_refill_nobodys(store, name) for name in _NOBODYS)
        _note_filling(store, _ON)
    return count


def to_erase(store: LocalStore) -> list[str]:
    """Return the patients that were erased here and are still to be erased on the server."""
    with store.database.reading() as connection:
        return [patient for (patient,) in connection.execute("SELECT patient FROM to_erase ORDER BY patient")]


def erased(store: LocalStore, patient: str) -> None:
    """Forget a patient who is erased on the server too."""
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM to_erase WHERE patient = ?", (patient,))
    store.database.forget()


def _note_filling(store: LocalStore, state: str) -> None:
    with store.database.transaction() as connection:
        connection.execute("UPDATE made_with SET value = ? WHERE setting = ?", (state, ON))


def _take_up(connection: sqlite3.Connection, patient: str | None) -> int:
    """Forget what was set aside of a patient except withdrawals, which wait again; return how many points these are.

    Held in one transaction with the patient's points, which come after: one that was withdrawn may be back.
    """
    query = "SELECT seq, points, lines FROM outbox WHERE why IS NOT NULL AND patient IS ?"
    found = connection.execute(query, (patient,)).fetchall()
    again = [(seq, points) for seq, points, packed in found if only_withdraws(zlib.decompress(packed))]
    connection.executemany("UPDATE outbox SET why = NULL WHERE seq = ?", [(seq,) for seq, _ in again])
    connection.execute("DELETE FROM outbox WHERE why IS NOT NULL AND patient IS ?", (patient,))
    return sum(points for _, points in again)


def _refill_nobodys(store: LocalStore, measurement: str) -> int:
    """Put all points of a measurement without patients into the outbox, some at a time."""
    count = last = 0
    with store.database.reading() as connection:
        ((top,),) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {measurement}")  # noqa: S608 - own names
    while last < top:
        with store.database.transaction() as connection:
            some = "rowid > ? AND rowid <= ?"
            count += put_rows(connection, select_rows(connection, measurement, some, [last, last + _AT_ONCE]))
        last += _AT_ONCE
    return count
