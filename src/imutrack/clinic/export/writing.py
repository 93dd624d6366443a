"""Writing an export: for its owner alone, whole or not at all.

A file or folder is made beside its place under another name and then put there in one step. An older export in the same
place is replaced; a folder that holds anything else is never touched.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Final

from imutrack.clinic.export.records import EXPORTED, Records
from imutrack.clinic.export.tables import COLUMNS_FILE, README_FILE, tables
from imutrack.errors import SettingsError, StoreError
from imutrack.stores.private_files import write_private

__all__ = ["FORMATS", "NOTE", "Exported", "write"]

FORMATS: Final = ("fhir", "csv")

NOTE: Final = (
    "This is health data under a pseudonym, not anonymous: keep it as you keep patient records, and pass it on only to "
    "those who may have it."
)

_OURS: Final = frozenset({README_FILE, COLUMNS_FILE, *(f"{name}.csv" for name in EXPORTED)})
_ENDINGS: Final = {"fhir": ".fhir.json", "csv": "-csv"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        place: the file, or the folder.
        counts: how many of each: resources by type, or rows by measurement.
        synthetic: a program made all of it.
    """

    place: Path
    counts: dict[str, int]
    synthetic: bool


def write(records: Records, form: str, out: Path | None, *, directory: Path, zone: tzinfo) -> Exported:
    """Write everything of a patient.

    Args:
        records: of one patient.
        form: one of `FORMATS`.
        out: the file (fhir) or folder (csv) to write; None means ``exports`` in the data directory.
        directory: the data directory.
        zone: the clinic's, for local times.

    Raises:
        SettingsError: the format is unknown, or the place holds something else.
        StoreError: it cannot be written there.
    """
    if form not in FORMATS:
        raise SettingsError(f"--to {form}: use {' or '.join(FORMATS)}")
    place = out.expanduser() if out else _place(directory, f"{records.patient}{_ENDINGS[form]}")
    if form == "csv":
        _write_folder(place, tables(records, zone))
        return Exported(place, records.counts, records.synthetic)
    from imutrack.clinic.export.fhir import bundle, count_resources, to_json

    made = bundle(records, zone)
    _write_file(place, to_json(made))
    return Exported(place, count_resources(made), records.synthetic)


def _place(directory: Path, name: str) -> Path:
    folder = directory / "exports"
    with _explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / name


def _write_file(place: Path, content: bytes) -> None:
    if place.is_dir():
        raise SettingsError(f"{place}: is a folder: give a file with --out")
    with _explained(place):
        write_private(place, content)


def _write_folder(place: Path, files: dict[str, bytes]) -> None:
    if place.exists() and not place.is_dir():
        raise SettingsError(f"{place}: is a file: give a folder with --out")
    with _explained(place):
        others = sorted({item.name for item in place.iterdir()} - _OURS) if place.exists() else []
        if others:
            raise SettingsError(f"{place}: holds something else ({others[0]}): give a new or empty folder with --out")
        unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part"))  # mode 0700
        try:
            for name, content in files.items():
                write_private(unfinished / name, content)
            _put(unfinished, place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _put(unfinished: Path, place: Path) -> None:
    """Move a folder into place; what was there goes, and comes back where the move fails."""
    old = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.", suffix=".old"))
    try:
        if place.exists():
            place.replace(old)  # onto an empty folder
        try:
            unfinished.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                old.replace(place)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{place}: the export cannot be written there ({error.strerror}): choose another --out"
        ) from error
