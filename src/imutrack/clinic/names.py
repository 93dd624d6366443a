"""Who a pseudonym is: the one file with names, `names.json` in the data directory, for its owner's eyes only.

It never leaves the machine, is no part of the store, and nothing of it is logged or shown by `repr`. It is replaced as
a whole: written beside, then renamed, so that a reader sees the old or the new one. Writers take turns through a lock
on a file of its own (a lock on a file that gets replaced would lock nothing); readers need none.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.clinic.pseudonyms import is_valid, normalise
from imutrack.clinic.self_reports import one_line, whole_number
from imutrack.errors import SettingsError, StoreError

__all__ = ["FILE_NAME", "Names", "Person"]

FILE_NAME: Final = "names.json"
_OLDEST: Final = 1900  # an earlier birth year is a slip
_NAME_MOST: Final = 100
_CONTACT_MOST: Final = 200
_OTHERS: Final = 0o077  # what others than the owner may do


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is known of a patient; None where nothing was said. Shown masked unless a field is asked for."""

    name: str | None = None
    birth_year: int | None = None
    contact: str | None = None

    def __repr__(self) -> str:
        return "Person(***)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Names:
    """The names of one data directory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"Names({str(self._path)!r})"

    @classmethod
    def open(cls, data_dir: Path) -> "Names":
        """Return the names of a data directory; nothing is read or made yet.

        A file that is a link (to an encrypted disk, say) is replaced where it lies, not the link.
        """
        return cls(Path(os.path.realpath(data_dir / FILE_NAME)))

    def get(self, pseudonym: str) -> Person | None:
        """Return what is known of a patient; None where nothing is.

        Raises:
            StoreError: the file cannot be read, or is damaged.
        """
        return self._read().get(normalise(pseudonym))

    def all(self) -> dict[str, Person]:
        """Return everybody, by pseudonym.

        Raises:
            StoreError: the file cannot be read, or is damaged.
        """
        return dict(sorted(self._read().items()))

    def set(
        self,
        pseudonym: str,
        *,
        name: str | None = None,
        birth_year: int | str | None = None,
        contact: str | None = None,
        now: float | None = None,
    ) -> Person:
        """Note something of a patient and return all that is known.

        Args:
            pseudonym: of the patient; whether it is registered is the register's to say.
            name, birth_year, contact: None leaves what is there, ``""`` takes it out.
            now: Unix epoch s; None means the clock. No birth year lies after it.

        Raises:
            SettingsError: it is no pseudonym, or a value cannot be.
            StoreError: it could not be kept; the file is as before.
        """
        key = normalise(pseudonym)
        if not is_valid(key):
            raise SettingsError(f"{pseudonym!r} is no pseudonym: `imutrack patient list` shows all")
        said = _checked(name, birth_year, contact, now)
        with self._changing() as people:
            person = msgspec.structs.replace(people.get(key, Person()), **said)
            people[key] = person
            if person == Person():
                del people[key]
        return person

    @staticmethod
    def check(
        *,
        name: str | None = None,
        birth_year: int | str | None = None,
        contact: str | None = None,
        now: float | None = None,
    ) -> None:
        """Refuse what `set` would refuse.

        Raises:
            SettingsError: a value cannot be.
        """
        _checked(name, birth_year, contact, now)

    def rename(self, old: str, new: str) -> bool:
        """Let what is known under one pseudonym be known under another; False where nothing is.

        Raises:
            SettingsError: the new one is no pseudonym, or something is known under it already.
            StoreError: it could not be kept; the file is as before.
        """
        before, after = normalise(old), normalise(new)
        if not is_valid(after):
            raise SettingsError(f"{new!r} is no pseudonym: `imutrack patient list` shows all")
        with self._changing() as people:
            if before not in people or before == after:
                return before in people
            if after in people:
                raise SettingsError(
                    f"{after} has a name already: choose another pseudonym, or take that name out first"
                )
            people[after] = people.pop(before)
        return True

    def forget(self, pseudonym: str) -> bool:
        """Take out all that is known of a patient; False where nothing was.

        Raises:
            StoreError: it could not be kept; the file is as before.
        """
        with self._changing() as people:
            return people.pop(normalise(pseudonym), None) is not None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Person]]:
        """Hold the only right to write; what is changed inside is kept when all went well."""
        with self._explained("written"):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            people = self._read()
            before = dict(people)
            yield people
            with self._explained("written"):
                self._fresh.unlink(missing_ok=True)  # of a writer that was killed: it holds names
                if people != before:
                    self._write(people)
        finally:
            os.close(lock)  # gives the lock back; the file stays, for others may be waiting on it

    @property
    def _fresh(self) -> Path:
        return self._path.with_suffix(".new")

    def _write(self, people: dict[str, Person]) -> None:
        content = msgspec.json.format(msgspec.json.encode(dict(sorted(people.items()))), indent=2) + b"\n"
        try:
            with os.fdopen(os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._fresh.replace(self._path)
        except BaseException:
            self._fresh.unlink(missing_ok=True)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut may bring the old file back
        finally:
            os.close(folder)

    def _read(self) -> dict[str, Person]:
        with self._explained("read"):
            try:
                with self._path.open("rb") as file:
                    # set right instead of refused: a copy or a backup brought back loosens it, the clinic has to go on,
                    # and the owner would do just this
                    if os.fstat(file.fileno()).st_mode & _OTHERS:
                        os.fchmod(file.fileno(), 0o600)
                    content = file.read()
            except FileNotFoundError:
                return {}
        try:
            return msgspec.json.decode(content, type=dict[str, Person])
        except (msgspec.DecodeError, UnicodeDecodeError):
            # without the cause: it may quote what stands in the file
            raise StoreError(
                f"{self._path}: is damaged: restore it from a backup, or move it away and enter the names again"
            ) from None

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self._path}: cannot be {what} ({error.strerror}): see that the file and its folder are yours, "
                "and that the disk has space"
            ) from error


def _checked(
    name: str | None, birth_year: int | str | None, contact: str | None, now: float | None
) -> dict[str, str | int | None]:
    """Return what is said, checked."""
    this_year = datetime.fromtimestamp(time.time() if now is None else now, UTC).year
    said: dict[str, str | int | None] = {}
    if name is not None:
        said["name"] = one_line(name, "--name", _NAME_MOST) or None
    if birth_year is not None:
        said["birth_year"] = None if birth_year == "" else whole_number(birth_year, "--birth-year", _OLDEST, this_year)
    if contact is not None:
        said["contact"] = one_line(contact, "--contact", _CONTACT_MOST) or None
    return said
