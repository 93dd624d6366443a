"""`LocalStore`: the results of a clinic in one file, written a recording at a time and read a patient at a time.

A recording's results are replaced as a unit. What a recording says is compared with what is stored, result by result,
by fingerprint; only what differs is written, so that storing the same again writes nothing. Results that are nobody's
are not stored. What people say of results, and the plan, come in through `imutrack.stores.correcting` and
`imutrack.stores.plans`; the rows are made from all of them by `imutrack.stores.settling`.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path
from sqlite3 import Connection
from typing import Final, Self

from imutrack.corrections import Corrected
from imutrack.errors import ResultError, SettingsError, StoreError
from imutrack.results import Result, Trace
from imutrack.stores.analysed import decode, encode, kind_of
from imutrack.stores.changes import collect, drop_changes, watch
from imutrack.stores.database import FILE_NAME, Database
from imutrack.stores.rows import Row, fingerprint
from imutrack.stores.schema import MEASUREMENTS, RESULT_MEASUREMENTS
from imutrack.stores.settling import by_plan, counting_now, days_by_plan, settle
from imutrack.stores.tables import delete_rows, select_rows, select_trace

__all__ = ["LocalStore", "Replaced", "require_registered"]

_DAY_NS: Final = 86_400 * 10**9
_PRUNE: Final = """
DELETE FROM trace WHERE rowid IN (
    SELECT one.rowid
    FROM trace one JOIN (SELECT patient, MAX(time_ns) AS newest_ns FROM trace GROUP BY patient) USING (patient)
    WHERE one.time_ns < newest_ns - ?
)"""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What `LocalStore.replace` did, in results. One that changed counts as removed and inserted.

    Attributes:
        inserted, removed, unchanged: results of this recording.
        nobodys: results without a patient, which were not stored.
        results: as they count now, by set id.
        views: of these, those that another sensor's result stands for -> its set id.
    """

    inserted: int
    removed: int
    unchanged: int
    nobodys: int = 0
    results: dict[str, Corrected] = field(default_factory=dict, compare=False)
    views: dict[str, str] = field(default_factory=dict, compare=False)


class LocalStore:
    """The results of a clinic. Close it, or use it in a ``with``; closing twice does nothing.

    Every method raises `StoreError`, with the file left whole, when the file cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.at_begin, database.at_commit = watch, collect

    @classmethod
    def open(cls, directory: Path, *, create: bool = True) -> Self:
        """Open the store in a data directory.

        Args:
            directory: the data directory.
            create: make it where it is missing.

        Raises:
            SchemaError: it is of a newer version.
            StoreError: it cannot be made, opened or read.
        """
        if not create and not (directory / FILE_NAME).exists():
            raise StoreError(f"{directory}: holds no results: check --data-dir, or store some with imutrack replay")
        return cls(Database(directory))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    @contextmanager
    def together(self) -> Generator[None]:
        """Make everything that is written inside one transaction: quicker for many recordings, and all or nothing."""
        with self.database.transaction():
            yield

    def replace(self, recording: str, results: Sequence[Result], *, clinic: str, zone: tzinfo) -> Replaced:
        """Make ``results`` the only ones of a recording, in one transaction.

        Args:
            recording: its content hash.
            results: all there are, each with its patient in ``task.patient``.
            clinic: short name that goes with each.
            zone: the clinic's time zone.

        Raises:
            SettingsError: a patient is not registered.
            ResultError: a result has no date, or two are of one stretch.
        """
        new = _by_set(recording, [result for result in results if result.task.patient is not None])
        marks = {set_id: fingerprint(result, clinic=clinic, zone=zone) for set_id, result in new.items()}
        with self.database.transaction() as connection:
            require_registered(connection, {str(result.task.patient) for result in new.values()})
            days = days_by_plan(connection, recording)
            old = _stored(connection, recording)
            gone = [set_id for set_id, (mark, _) in old.items() if marks.get(set_id) != mark]
            fresh = [set_id for set_id, mark in marks.items() if set_id not in old or old[set_id][0] != mark]
            for set_id in gone:
                _delete(connection, recording, set_id)
            for set_id in fresh:
                _insert(connection, new[set_id], marks[set_id])
            left = {patient for set_id, (_, patient) in old.items() if set_id in gone}
            traces = {set_id: trace for set_id in fresh if (trace := new[set_id].trace) is not None}
            settled = settle(connection, new, clinic=clinic, zone=zone, traces=traces, days=days, patients=left)
        now = {set_id: each for (where, set_id), each in settled.results.items() if where == recording}
        views = {set_id: one for (where, set_id), one in settled.views.items() if where == recording}
        return Replaced(len(fresh), len(gone), len(new) - len(fresh), len(results) - len(new), now, views)

    def sets(self, patient: str, since: date = date.min, until: date = date.max) -> list[Row]:
        """Return the exercise sets of a patient whose local date lies in the period, both days included."""
        return self.points("exercise_set", patient, since, until)

    def points(
        self,
        measurement: str,
        patient: str,
        since: date = date.min,
        until: date = date.max,
        *,
        withdrawn: bool = False,
    ) -> list[Row]:
        """Return the points of a patient whose local date lies in the period, both days included, in order of time.

        Args:
            measurement: name in the schema; the points of a plan have no date and are all returned.
            patient: pseudonym.
            since, until: local dates.
            withdrawn: those that were set aside instead of those that count.
        """
        values: list[object]
        where, values = "patient = ? AND withdrawn = ?", [patient, int(withdrawn)]
        if any(field.name == "local_date" for field in MEASUREMENTS[measurement].fields):
            where += " AND local_date BETWEEN ? AND ?"
            values += [since.isoformat(), until.isoformat()]
        with self.database.reading() as connection:
            return select_rows(connection, measurement, where, values)

    def reps(self, set_id: str) -> list[Row]:
        """Return the counted repetitions of a set."""
        with self.database.reading() as connection:
            return select_rows(connection, "rep", "set_id = ?", (set_id,))

    def trace(self, set_id: str) -> Trace | None:
        """Return the curve of a result; None where it has none or it was pruned."""
        with self.database.reading() as connection:
            return select_trace(connection, set_id)

    def analysed(self, set_id: str) -> Result | None:
        """Return a result as it was analysed and labelled, without its curve; None where there is no such result."""
        with self.database.reading() as connection:
            found = connection.execute(
                "SELECT measurement, analysed FROM result WHERE set_id = ?", (set_id,)
            ).fetchone()
        return None if found is None else decode(*found)

    def result(self, set_id: str) -> Corrected | None:
        """Return a result as it counts now, without its curve; None where there is no such result."""
        with self.database.reading() as connection:
            return counting_now(connection, set_id)

    def stands_for(self, set_id: str) -> str:
        """Return by which result a set counts that this one is a view of: its own id where no other sensor saw it."""
        with self.database.reading() as connection:
            for name in RESULT_MEASUREMENTS:
                query = f"SELECT view_of FROM {name} WHERE set_id = ? AND view_of IS NOT NULL"  # noqa: S608 - own names
                found = connection.execute(query, (set_id,)).fetchone()
                if found is not None:
                    return str(found[0])
        return set_id

    def start_of(self, recording: str, suggested: float) -> float:
        """Return the start of a recording that states none: what was suggested the first time it was seen.

        Args:
            recording: its content hash.
            suggested: Unix epoch s, such as the file's modification time.
        """
        query = "SELECT start FROM recording_start WHERE recording = ?"
        with self.database.reading() as connection:
            known = connection.execute(query, (recording,)).fetchone()
        if known is None:
            with self.database.transaction() as connection:
                connection.execute("INSERT OR IGNORE INTO recording_start VALUES (?, ?)", (recording, suggested))
                known = connection.execute(query, (recording,)).fetchone()
        return float(known[0])

    def prune_traces(self, keep_days: float) -> int:
        """Delete the curves from more than this many days before their patient's newest one; return how many.

        Old recordings that are imported late keep their last curves, and the order of imports makes no difference.
        Storing the same result again does not bring its curve back.

        Raises:
            RuntimeError: within a larger transaction, whose other changes a server would not be told.
        """
        if self.database.connection.in_transaction:
            raise RuntimeError("curves are pruned in a transaction of their own")
        with self.database.transaction() as connection:
            pruned = connection.execute(_PRUNE, (round(keep_days * _DAY_NS),)).rowcount
            drop_changes(connection)  # a server forgets curves of that age by itself
        return pruned


def _by_set(recording: str, results: Sequence[Result]) -> dict[str, Result]:
    by_set: dict[str, Result] = {}
    for result in results:
        if result.recording != recording:
            raise ValueError(f"result {result.set_id} is of recording {result.recording}, not of {recording}")
        if result.set_id in by_set:
            raise ResultError(f"two results have the id {result.set_id}: label each stretch of a recording once")
        by_set[result.set_id] = result
    return by_set


def require_registered(connection: Connection, patients: set[str]) -> None:
    """Refuse what is of somebody who is not registered, or no longer.

    Raises:
        SettingsError: a pseudonym is unknown.
    """
    known = {pseudonym for (pseudonym,) in connection.execute("SELECT pseudonym FROM patient")}
    if missing := sorted(patients - known):
        raise SettingsError(f"no patient {', '.join(missing)}: register first with `imutrack patient add`")


def _stored(connection: Connection, recording: str) -> dict[str, tuple[bytes, str]]:
    """Return set id -> (fingerprint, patient) of what is stored of a recording."""
    found = connection.execute("SELECT set_id, fingerprint, patient FROM result WHERE recording = ?", (recording,))
    return {set_id: (mark, patient) for set_id, mark, patient in found}


def _delete(connection: Connection, recording: str, set_id: str) -> None:
    delete_rows(connection, recording, set_id, curve=True)
    connection.execute("DELETE FROM result WHERE recording = ? AND set_id = ?", (recording, set_id))


def _insert(connection: Connection, result: Result, mark: bytes) -> None:
    connection.execute(
        "INSERT INTO result VALUES (?, ?, ?, ?, '', ?, ?, x'', ?)",
        (
            result.recording,
            result.set_id,
            result.task.patient,
            kind_of(result),
            by_plan(result),
            mark,
            encode(result),
        ),
    )
