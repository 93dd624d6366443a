"""Sets that are captured but not stored: because the collector ended in between, or because nobody said whose they are.

A list beside the captures says which of them were gone through and how long they were then; those are not read again.
Lengths and not times, since the clock of a small box may begin anew in 1970.

Somebody may have replayed a capture by hand meanwhile: what is found stored is awaited no more.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from imutrack.capture.files import FOLDER, captures_in
from imutrack.collector.own_thread import in_own_thread
from imutrack.collector.sets.analyst import Analyst, AnalystError, NoAnswerError
from imutrack.collector.sets.finishing import Finisher, Waiting
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore
from imutrack.stores.private_files import write_private

__all__ = ["Unfinished", "catch_up"]

_LIST: Final = "finished.json"
_TRIES: Final = 3  # what ends the analyst again and again waits for the next start: each costs the others ten minutes


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What was found.

    Attributes:
        sets: captured for a patient and not stored, oldest capture first.
        stored: sets that are.
        problems: captures that cannot be read, one line each.
        lengths: name -> bytes of the captures that were read.
    """

    sets: tuple[Waiting, ...]
    stored: tuple[Waiting, ...]
    problems: tuple[str, ...]
    lengths: Mapping[str, int]


_NOTHING: Final = Unfinished((), (), (), {})


async def catch_up(
    analyst: Analyst,
    finisher: Finisher,
    data_dir: Path,
    open_now: Collection[Path] = (),
    tried: Counter[Waiting] | None = None,
) -> Unfinished:
    """Finish what was captured and not stored, capture by capture; return what was found.

    Args:
        analyst: who reads the captures.
        finisher: who finishes the sets.
        data_dir: of the clinic.
        open_now: captures that are being written.
        tried: how often the analyst did not answer for a set, added to; after three times the set is left alone.

    Raises:
        StoreError: the store cannot be read.
        OSError: the list cannot be written.
    """
    tried, found = Counter[Waiting]() if tried is None else tried, _NOTHING
    async for one in _looked_into(analyst, data_dir, open_now, _gone_through(data_dir)):
        for each in one.stored:
            finisher.found_stored(each)
        done = [await finisher.finish(each) for each in one.sets if tried[each] < _TRIES]
        tried.update(each.waiting for each in done if each.again and each.done is None)
        if one.lengths and len(done) == len(one.sets) and not any(each.again for each in done):
            # after each: of a long list, what is done is done when the collector ends
            await in_own_thread("catching up", partial(_note, data_dir, one.lengths))
        found = _joined(found, one)
    return found


async def _looked_into(
    analyst: Analyst, data_dir: Path, open_now: Collection[Path], known: Mapping[str, int]
) -> AsyncIterator[Unfinished]:
    """Yield what is found in each capture that is not known in its length."""
    for path in _captures(data_dir):
        if path in open_now:
            continue
        try:
            length = path.stat().st_size
        except FileNotFoundError:  # too old, or its patient was erased meanwhile
            continue
        if known.get(path.name) == length:
            continue
        try:
            sets = await analyst.sets(path)
        except NoAnswerError as error:
            yield replace(_NOTHING, problems=(f"{error}, tried again within the hour",))
            continue
        except AnalystError as error:
            yield replace(_NOTHING, problems=(str(error),), lengths={path.name: length})
            continue
        stored = await in_own_thread("catching up", partial(_stored, data_dir, [each.recording for each in sets]))
        found = [(Waiting(path, each.number, each.what), each) for each in sets]
        yield Unfinished(
            sets=tuple(one for one, each in found if each.patient is not None and each.recording not in stored),
            stored=tuple(one for one, each in found if each.recording in stored),
            problems=(),
            lengths={path.name: length},
        )


def _joined(one: Unfinished, other: Unfinished) -> Unfinished:
    return Unfinished(
        sets=one.sets + other.sets,
        stored=one.stored + other.stored,
        problems=one.problems + other.problems,
        lengths={**one.lengths, **other.lengths},
    )


def _captures(data_dir: Path) -> list[Path]:
    """Return the captures, the one that was written to first before the others."""
    return [path for _, path in sorted((path.stat().st_mtime_ns, path) for path in captures_in(data_dir))]


def _gone_through(data_dir: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode((data_dir / FOLDER / _LIST).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return {}  # then all are read again, which changes nothing


def _note(data_dir: Path, lengths: Mapping[str, int]) -> None:
    """Add captures to the list, and leave out those that are no longer there."""
    there = {path.name for path in captures_in(data_dir)}
    kept = {name: length for name, length in {**_gone_through(data_dir), **lengths}.items() if name in there}
    write_private(data_dir / FOLDER / _LIST, msgspec.json.encode(kept))


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
