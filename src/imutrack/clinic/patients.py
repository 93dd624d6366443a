"""The register of patients: pseudonyms and their statuses, in the local store. Names are no part of it.

Results are stored for registered patients only, so that a typing slip is an error instead of a new patient.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from sqlite3 import Connection
from typing import Final, NamedTuple

from imutrack.clinic.pseudonyms import is_valid, normalise, suggest
from imutrack.errors import SettingsError
from imutrack.stores.erasing import rename_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.settling import mark_stale

__all__ = ["ACTIVE", "DISCHARGED", "PAUSED", "STATUSES", "Patient", "Patients", "Status", "status_on"]

ACTIVE: Final = "active"
PAUSED: Final = "paused"
DISCHARGED: Final = "discharged"
STATUSES: Final = (ACTIVE, PAUSED, DISCHARGED)


class Status(NamedTuple):
    """From this local date on the patient is ``active``, ``paused`` or ``discharged``."""

    from_date: date
    status: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A registered patient.

    Attributes:
        pseudonym: such as ``otter-maple-47``.
        created: when it was registered.
        statuses: in order of date; active before the first.
    """

    pseudonym: str
    created: datetime
    statuses: tuple[Status, ...] = ()


class Patients:
    """The register in a store, which stays the caller's to close."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._database = store.database

    def add(self, pseudonym: str | None = None, now: float | None = None) -> str:
        """Register a patient and return the pseudonym.

        Args:
            pseudonym: to use; None means that one is made.
            now: Unix epoch s; None means the clock.

        Raises:
            SettingsError: it is no pseudonym (no names, no record numbers), or it is taken.
            StoreError: it could not be written.
        """
        created = datetime.fromtimestamp(time.time() if now is None else now, UTC).isoformat(timespec="seconds")
        with self._database.transaction() as connection:
            chosen = self._free(connection, pseudonym)
            connection.execute("INSERT INTO patient (pseudonym, created) VALUES (?, ?)", (chosen, created))
            mark_stale(connection, chosen)
        return chosen

    def rename(self, old: str, new: str | None = None, *, clinic: str, zone: tzinfo) -> str:
        """Put everything of a patient under another pseudonym and return it.

        Args:
            old: registered.
            new: to use; None means that one is made.
            clinic, zone: as of the results.

        Raises:
            SettingsError: the old one is not registered, or the new one is no pseudonym or is taken.
        """
        with self._database.transaction() as connection:
            known, chosen = self.require(old), self._free(connection, new)
            rename_patient(self._store, known, chosen, clinic=clinic, zone=zone)
        self._database.forget()
        return chosen

    def set_status(self, pseudonym: str, status: str, from_date: date, now: float | None = None) -> None:
        """Say that a patient is active, paused or discharged from a day on.

        Raises:
            SettingsError: there is no such patient or status.
        """
        if status not in STATUSES:
            raise SettingsError(f"no status {status!r}: use one of {', '.join(STATUSES)}")
        at = time.time() if now is None else now
        with self._database.transaction() as connection:
            said = (self.require(pseudonym), from_date.isoformat(), at, status)
            connection.execute("INSERT OR IGNORE INTO patient_status VALUES (?, ?, ?, ?)", said)
            mark_stale(connection, said[0])

    def require(self, pseudonym: str) -> str:
        """Return a registered pseudonym as it is stored, however it was typed.

        Raises:
            SettingsError: it is not registered; the message names those that look like it.
        """
        wanted = normalise(pseudonym)
        with self._database.reading() as connection:
            known = _pseudonyms(connection)
        if wanted in known:
            return wanted
        from difflib import get_close_matches

        close = get_close_matches(wanted, sorted(known), n=3, cutoff=0.75)
        if close:
            raise SettingsError(
                f"no patient {wanted}: did you mean {' or '.join(close)}? `imutrack patient list` shows all"
            )
        raise SettingsError(f"no patient {wanted}: `imutrack patient list` shows all, `imutrack patient add` adds one")

    def get(self, pseudonym: str) -> Patient:
        """Return a registered patient.

        Raises:
            SettingsError: it is not registered.
        """
        wanted = self.require(pseudonym)
        return next(found for found in self.list() if found.pseudonym == wanted)

    def list(self) -> tuple[Patient, ...]:
        """Return all patients, by pseudonym."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT pseudonym, created FROM patient ORDER BY pseudonym").fetchall()
            said = connection.execute(
                "SELECT patient, from_date, status FROM patient_status ORDER BY patient, from_date, at, status"
            ).fetchall()
        statuses: dict[str, list[Status]] = {}
        for patient, from_date, status in said:
            statuses.setdefault(patient, []).append(Status(date.fromisoformat(from_date), status))
        return tuple(
            Patient(name, datetime.fromisoformat(created), tuple(statuses.get(name, ()))) for name, created in found
        )

    def _free(self, connection: Connection, pseudonym: str | None) -> str:
        if pseudonym is not None and not is_valid(pseudonym):
            raise SettingsError(
                f"{pseudonym!r} is no pseudonym (two words and a check number, never a name): "
                "`imutrack patient add` makes one"
            )
        taken = _pseudonyms(connection)
        chosen = suggest(taken) if pseudonym is None else normalise(pseudonym)
        if chosen in taken:
            raise SettingsError(f"{chosen} is registered already: `imutrack patient list` shows all")
        return chosen


def status_on(statuses: Iterable[Status], day: date) -> str:
    """Return the status on a local date: what was said last for a day up to then, else active.

    Args:
        statuses: in order of date, as `Patient` has them.
        day: local date.
    """
    begun = [each.status for each in statuses if each.from_date <= day]
    return begun[-1] if begun else ACTIVE


def _pseudonyms(connection: Connection) -> set[str]:
    return {pseudonym for (pseudonym,) in connection.execute("SELECT pseudonym FROM patient")}
