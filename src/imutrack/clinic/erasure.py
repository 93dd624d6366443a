"""Everything of a patient wherever this machine keeps it: found, counted, erased, put under another pseudonym.

Goal: whoever asks to be forgotten is, and the count proves it. So what is left is not taken from what was deleted: the
tables are counted again, the names file and the folders are read again, every byte of the store's files is searched for
the pseudonym, and the captures, which are compressed, are asked whom they name. Of a damaged capture whatever is left
is searched, and one that is so damaged that nobody can tell whose it is counts as left. SQLite overwrites what it
deletes, but may leave copies where it moved pages; where any are found, the file is written anew.

The register's entry goes last: an erasure that was cut off can be run again.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import tzinfo
from pathlib import Path
from typing import Final

from imutrack.capture.files import FOLDER, is_written, leftovers_of
from imutrack.capture.renaming import rename_in
from imutrack.clinic.captured import Contents, captures_of, contents, names_patient, recordings_of
from imutrack.clinic.names import Names
from imutrack.clinic.patients import Patients
from imutrack.errors import SettingsError, StoreError
from imutrack.stores.erasing import UNDER_WAY, count_patient, erase_patient, renamings_under_way
from imutrack.stores.local import LocalStore
from imutrack.stores.private_files import write_private

__all__ = ["BEYOND", "erase", "files_of", "finish_renaming", "left", "mentions", "rename", "wiped"]

BEYOND: Final = (
    "Not reached from here: recorded files that were imported, captures that others' sets are in as well, backups and "
    "copies, what was exported or saved elsewhere, and printed pages."
)
"""What an erasure cannot do."""

_GOES_ON: Final = (
    "{patient} has a session now, which is being captured: end it first (imutrack session stop {patient}), and run "
    "this again"
)
_FOLDERS: Final = {"plan_file": "plans", "reports": "reports", "exports": "exports"}
_PLAIN: Final = frozenset(
    {".toml", ".html", ".json", ".csv", ".txt", ".md"}
)  # what we write: their text can be searched
_BLOCK: Final = 1 << 20


def files_of(data_dir: Path, patient: str) -> dict[str, list[Path]]:
    """Return the files and folders named after a patient, unfinished ones too: what they are -> paths."""
    named = re.compile(rf"(?<![a-z0-9]){re.escape(patient)}(?![a-z0-9])")
    return {
        what: sorted(path for path in _listed(data_dir / folder) if named.search(path.name))
        for what, folder in _FOLDERS.items()
    }


def left(store: LocalStore, data_dir: Path, patient: str) -> dict[str, int]:
    """Return how much there is of a patient: table or kind of file -> number.

    Args:
        store: open.
        data_dir: its folder, with captures, names, plans, reports and exports.
        patient: pseudonym, registered or not.
    """
    return {
        **count_patient(store, patient),
        "name": int(Names.open(data_dir).get(patient) is not None),
        "captures": len(_captures(store, data_dir, patient)),
        **{what: len(paths) for what, paths in files_of(data_dir, patient).items()},
    }


def erase(store: LocalStore, data_dir: Path, patient: str) -> dict[str, int]:
    """Erase everything of a patient and return what is left, as `left`, with the `mentions`.

    Args:
        store, data_dir, patient: as of `left`.

    Raises:
        SettingsError: the patient's session goes on; nothing was erased.
        StoreError: something could not be erased; run it again once that is mended.
    """
    captures = _ended_captures(store, data_dir, patient)
    files = [path for paths in files_of(data_dir, patient).values() for path in paths]
    leftovers = [path for capture in captures for path in leftovers_of(capture)]
    for path in (*files, *leftovers, *captures):
        with _explained(path, "erased"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    Names.open(data_dir).forget(patient)
    erase_patient(store, patient)
    return wiped(store, data_dir, patient)


def wiped(store: LocalStore, data_dir: Path, patient: str) -> dict[str, int]:
    """Wipe the pseudonym out of unused space of the store's file; return what is left, as `erase` does."""
    _scrub(store, patient)
    return {**left(store, data_dir, patient), "mentions": mentions(store, data_dir, patient)}


def mentions(store: LocalStore, data_dir: Path, patient: str) -> int:
    """Return how often a pseudonym stands in the store's bytes and in our texts, and how many captures name it.

    Captures of which nobody can tell whom they name, because they are damaged there, are counted: they may.
    """
    with _explained(data_dir / FOLDER, "looked through"):
        held = contents(data_dir)
        named = sum(each.nobody_knows or names_patient(path, each, patient) for path, each in held.items())
    return _mentions_in_store(store, patient) + _mentions_in_files(data_dir, patient) + named


def rename(
    store: LocalStore, data_dir: Path, old: str, new: str | None, *, clinic: str, zone: tzinfo
) -> tuple[str, int]:
    """Put everything of a patient under another pseudonym; return it and how many files were moved or rewritten.

    All or nothing: what was done is taken back where a later step fails, and finished later where it was cut off.

    Args:
        store, data_dir: as of `left`.
        old: registered pseudonym, as stored.
        new: to use; None means that one is made.
        clinic, zone: as of the results.

    Raises:
        SettingsError: the new one is no pseudonym, or is taken, or the patient's session goes on.
        StoreError: something could not be moved; all is as before.
    """
    _ended_captures(store, data_dir, old)
    names, register = Names.open(data_dir), Patients(store)
    with ExitStack() as undo:
        with store.together():  # known to be under way as soon as it is done in the store
            chosen = register.rename(old, new, clinic=clinic, zone=zone)
            _set_under_way(store, old, chosen)
        undo.callback(_set_under_way, store, old, None)
        undo.callback(register.rename, chosen, old, clinic=clinic, zone=zone)
        names.rename(old, chosen)
        undo.callback(names.rename, chosen, old)
        files = _move_files(data_dir, old, chosen, undo) + _rename_captures(data_dir, old, chosen, undo)
        undo.pop_all()
    _settle_name(store, data_dir, old, chosen)
    return chosen, files


def finish_renaming(store: LocalStore, data_dir: Path) -> None:
    """Do what is left of renamings that were cut off, by a power cut say: the names and the files follow the store.

    Args:
        store, data_dir: as of `left`.

    Raises:
        StoreError: something could not be moved; it is tried again the next time.
    """
    for old, new in renamings_under_way(store):
        names = Names.open(data_dir)
        if names.get(new) is None:
            names.rename(old, new)
        with ExitStack() as undo:
            _move_files(data_dir, old, new, undo)
            _rename_captures(data_dir, old, new, undo)
            undo.pop_all()
        _settle_name(store, data_dir, old, new)


def _set_under_way(store: LocalStore, old: str, new: str | None) -> None:
    """Remember in the store that a renaming is not finished; None means that it is."""
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM made_with WHERE setting = ?", (f"{UNDER_WAY}{old}",))
        if new is not None:
            connection.execute("INSERT INTO made_with VALUES (?, ?)", (f"{UNDER_WAY}{old}", new))


def _move_files(data_dir: Path, old: str, new: str, undo: ExitStack) -> int:
    """Give the files of a patient their new name; return how many there were."""
    paths = [path for found in files_of(data_dir, old).values() for path in found]
    for path in paths:
        moved = path.with_name(path.name.replace(old, new))
        with _explained(path, "renamed"), contextlib.suppress(FileNotFoundError):  # another process finished it
            path.rename(moved)
            undo.callback(moved.rename, path)
    return len(paths)


def _rename_captures(data_dir: Path, old: str, new: str, undo: ExitStack) -> int:
    """Let the captures of a patient name the new pseudonym; return how many there were."""
    with _explained(data_dir / FOLDER, "looked through"):
        paths = [path for path, each in contents(data_dir).items() if names_patient(path, each, old)]
    for path in paths:
        with _explained(path, "rewritten"), contextlib.suppress(FileNotFoundError):  # another process finished it
            if is_written(path):
                raise StoreError(_GOES_ON.format(patient=old))
            rename_in(path, old, new)
            undo.callback(rename_in, path, new, old)
    return len(paths)


def _ended_captures(store: LocalStore, data_dir: Path, patient: str) -> list[Path]:
    """Return the captures of a patient, none of which is being written.

    Raises:
        SettingsError: the patient's session goes on.
    """
    captures = _captures(store, data_dir, patient)
    with _explained(data_dir / FOLDER, "looked through"):
        if any(path.exists() and is_written(path) for path in captures):
            raise SettingsError(_GOES_ON.format(patient=patient))
    return captures


def _captures(store: LocalStore, data_dir: Path, patient: str) -> list[Path]:
    with _explained(data_dir / FOLDER, "looked through"):
        return captures_of(data_dir, patient, recordings_of(store, patient))


def _contents(data_dir: Path) -> dict[Path, Contents]:
    with _explained(data_dir / FOLDER, "looked through"):
        return contents(data_dir)


def _settle_name(store: LocalStore, data_dir: Path, old: str, new: str) -> None:
    """Let no text say the old pseudonym any more, and the renaming be finished."""
    for found in files_of(data_dir, new).values():
        for path in found:
            _retell(path, old, new)
    _contents(data_dir)  # the list beside the captures says the old one until they are looked at again
    _set_under_way(store, old, None)
    _scrub(store, old)


def _retell(place: Path, old: str, new: str) -> None:
    """Let the text of a file, or of those in a folder, say the new pseudonym."""
    for path in place.rglob("*") if place.is_dir() else (place,):
        if path.suffix in _PLAIN and _mentions(path, old):
            with _explained(path, "rewritten"):
                write_private(path, path.read_bytes().replace(old.encode(), new.encode()))


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except FileNotFoundError:
        return


def _scrub(store: LocalStore, patient: str) -> None:
    """Write the store's file anew where it still says a pseudonym, be it in space that is no longer used."""
    if _mentions_in_store(store, patient):
        with store.database.reading() as connection:
            connection.execute("VACUUM")
        store.database.forget()


def _mentions_in_store(store: LocalStore, patient: str) -> int:
    path = store.database.path
    return sum(_mentions(each, patient) for each in (path, path.with_name(f"{path.name}-wal")))


def _mentions_in_files(data_dir: Path, patient: str) -> int:
    paths = (path for folder in (*_FOLDERS.values(), FOLDER) for path in (data_dir / folder).rglob("*"))
    return sum(_mentions(path, patient) for path in paths if path.suffix in _PLAIN)


def _mentions(path: Path, patient: str) -> int:
    """Return how often a file says a pseudonym; a file that is not there says nothing."""
    wanted = patient.encode()
    found, tail = 0, b""
    with _explained(path, "searched"), contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = tail + block
            found += text.count(wanted)
            tail = text[-len(wanted) + 1 :]  # too short to hold one: none is counted twice
    return found


@contextlib.contextmanager
def _explained(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(
            f"{path}: could not be {what} ({error.strerror}): see that the file and its folder are yours, and run again"
        ) from error
