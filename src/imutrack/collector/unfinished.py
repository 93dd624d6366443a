"""Sets that are captured but not stored: because the collector ended in between, or because nobody said whose they are.

A list beside the captures says which of them were gone through and how long they were then; those are not read again.
Lengths and not times, since the clock of a small box may begin anew in 1970.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from imutrack.capture import SUFFIX
from imutrack.capture.owners import FOLDER
from imutrack.collector.analyst import Analyst, AnalystError
from imutrack.collector.finishing import Finisher, Waiting
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore
from imutrack.stores.private_files import write_private

__all__ = ["FOLDER", "Unfinished", "catch_up", "find_unfinished"]

_LIST: Final = "finished.json"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What was found.

    Attributes:
        sets: captured for a patient and not stored, oldest capture first.
        nobodys: sets of nobody.
        problems: captures that cannot be read, one line each.
        lengths: name -> bytes of the captures that were read.
    """

    sets: tuple[Waiting, ...]
    nobodys: tuple[Waiting, ...]
    problems: tuple[str, ...]
    lengths: Mapping[str, int]


async def catch_up(analyst: Analyst, finisher: Finisher, data_dir: Path, open_now: Collection[Path] = ()) -> Unfinished:
    """Finish what was captured and not stored; return what was found.

    Args:
        analyst: who reads the captures.
        finisher: who finishes the sets.
        data_dir: of the clinic.
        open_now: captures that are being written.

    Raises:
        StoreError: the store cannot be read.
        OSError: the list cannot be written.
    """
    found = await find_unfinished(analyst, data_dir, open_now=open_now)
    done = [await finisher.finish(waiting) for waiting in found.sets]
    again = {each.waiting.capture.name for each in done if each.again}
    lengths = {name: length for name, length in found.lengths.items() if name not in again}
    if lengths:
        there = {path.name for path in _captures(data_dir)}
        kept = {name: length for name, length in (_gone_through(data_dir) | lengths).items() if name in there}
        write_private(data_dir / FOLDER / _LIST, msgspec.json.encode(kept))
    return found


async def find_unfinished(
    analyst: Analyst, data_dir: Path, *, open_now: Collection[Path] = (), everything: bool = False
) -> Unfinished:
    """Find the sets that are captured but not stored.

    Args:
        analyst: who reads the captures.
        data_dir: of the clinic.
        open_now: captures that are being written: what they hold is not over.
        everything: read those too that were gone through before.

    Raises:
        StoreError: the store cannot be read.
    """
    known = {} if everything else _gone_through(data_dir)
    lengths = {path: path.stat().st_size for path in _captures(data_dir) if path not in open_now}
    waiting, problems = list[tuple[Waiting, str | None, str]](), list[str]()
    for path, length in lengths.items():
        if known.get(path.name) == length:
            continue
        try:
            found = await analyst.sets(path)
        except AnalystError as error:
            problems.append(str(error))
            continue
        waiting += [(Waiting(path, each.number), each.patient, each.recording) for each in found]
    stored = _stored(data_dir, [recording for _, _, recording in waiting])
    left = [(each, patient) for each, patient, recording in waiting if recording not in stored]
    return Unfinished(
        sets=tuple(each for each, patient in left if patient is not None),
        nobodys=tuple(each for each, patient in left if patient is None),
        problems=tuple(problems),
        lengths={path.name: length for path, length in lengths.items()},
    )


def _captures(data_dir: Path) -> list[Path]:
    """Return the captures, the one that was written to first before the others."""
    found = (data_dir / FOLDER).glob(f"*{SUFFIX}")
    return [path for _, path in sorted((path.stat().st_mtime_ns, path) for path in found)]


def _gone_through(data_dir: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode((data_dir / FOLDER / _LIST).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return {}  # then all are read again, which changes nothing


def _stored(data_dir: Path, recordings: Iterable[str]) -> set[str]:
    """Return which of some recordings have results in the store.

    Raises:
        StoreError: it cannot be read.
    """
    if not (data_dir / FILE_NAME).exists():
        return set()
    query = "SELECT 1 FROM result WHERE recording = ? LIMIT 1"
    with LocalStore.open(data_dir, create=False) as store, store.database.reading() as connection:
        return {each for each in recordings if connection.execute(query, (each,)).fetchone() is not None}
