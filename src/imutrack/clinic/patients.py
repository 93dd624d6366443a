"""The register of patients: pseudonyms, in the local store. Names are no part of it.

Results are stored for registered patients only, so that a typing slip is an error instead of a new patient.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection

from imutrack.clinic.pseudonyms import is_valid, normalise, suggest
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore

__all__ = ["Patient", "Patients"]


@dataclass(frozen=True, slots=True)
class Patient:
    """A registered patient.

    Attributes:
        pseudonym: such as ``otter-maple-47``.
        status: ``active``.
        created: when it was registered.
    """

    pseudonym: str
    status: str
    created: datetime


class Patients:
    """The register in a store, which stays the caller's to close."""

    def __init__(self, store: LocalStore) -> None:
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
        if pseudonym is not None and not is_valid(pseudonym):
            raise SettingsError(
                f"{pseudonym!r} is no pseudonym (two words and a check number, never a name): "
                "`imutrack patient add` makes one"
            )
        created = datetime.fromtimestamp(time.time() if now is None else now, UTC).isoformat(timespec="seconds")
        with self._database.transaction() as connection:
            taken = _pseudonyms(connection)
            chosen = suggest(taken) if pseudonym is None else normalise(pseudonym)
            if chosen in taken:
                raise SettingsError(f"{chosen} is registered already: `imutrack patient list` shows all")
            connection.execute(
                "INSERT INTO patient (pseudonym, status, created) VALUES (?, 'active', ?)", (chosen, created)
            )
        return chosen

    def require(self, pseudonym: str) -> str:
        """Return a registered pseudonym as it is stored, however it was typed.

        Raises:
            SettingsError: it is not registered; the message names those that look like it.
        """
        wanted, known = normalise(pseudonym), self._all()
        if wanted in known:
            return wanted
        from difflib import get_close_matches

        close = get_close_matches(wanted, sorted(known), n=3, cutoff=0.75)
        if close:
            raise SettingsError(
                f"no patient {wanted}: did you mean {' or '.join(close)}? `imutrack patient list` shows all"
            )
        raise SettingsError(f"no patient {wanted}: `imutrack patient list` shows all, `imutrack patient add` adds one")

    def list(self) -> tuple[Patient, ...]:
        """Return all patients, by pseudonym."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT pseudonym, status, created FROM patient ORDER BY pseudonym").fetchall()
        return tuple(Patient(name, status, datetime.fromisoformat(created)) for name, status, created in found)

    def _all(self) -> set[str]:
        with self._database.reading() as connection:
            return _pseudonyms(connection)


def _pseudonyms(connection: Connection) -> set[str]:
    return {pseudonym for (pseudonym,) in connection.execute("SELECT pseudonym FROM patient")}
