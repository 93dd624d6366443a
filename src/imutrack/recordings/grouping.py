"""Which files form one recording, and which reader each gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imutrack.errors import RecordingError
from imutrack.recordings.files import Source, expand
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader

__all__ = ["FileGroup", "find_groups"]

EMPTY_BY_DESIGN: Final = frozenset({"Annotation.csv"})  # Sensor Logger writes it when nothing was noted
SURE_SCORE: Final = 0.1  # below it a file in a folder or archive is taken as something else, not as a bad recording


@dataclass(frozen=True, slots=True)
class FileGroup:
    """The files of one recording.

    Attributes:
        reader: name of the reader.
        sources: its files.
    """

    reader: str
    sources: tuple[Source, ...]

    def __str__(self) -> str:
        return str(self.sources[0])


def find_groups(
    paths: Iterable[Path], readers: Mapping[str, Reader], options: ReadOptions
) -> list[FileGroup | RecordingError]:
    """Sort files into recordings, in the order of the paths.

    Folders and archives stand for the files in them; what in them no reader knows is left out, unless nothing is left.

    Returns:
        A group per recording, or an error for what cannot be opened or is not known.
    """
    found: list[FileGroup | RecordingError] = []
    for path in dict.fromkeys(paths):
        found.extend(_of_path(path, readers, options))
    return _merged(found, readers)


def _of_path(path: Path, readers: Mapping[str, Reader], options: ReadOptions) -> list[FileGroup | RecordingError]:
    sources = expand([path])
    within = path.is_dir() or any(isinstance(source, Source) and source.member for source in sources)
    found: list[FileGroup | RecordingError] = []
    for source in sources:
        if isinstance(source, RecordingError):
            found.append(source)
            continue
        try:
            head = Head.of(source)
            name, score = _surest(head, readers, options)
        except RecordingError as error:
            if not within or source.name not in EMPTY_BY_DESIGN:
                found.append(error)
            continue
        if within and (score < SURE_SCORE or readers[name].companion(head)):
            continue
        if score <= 0.0:
            found.append(RecordingError(f"{source}: {_what_it_is(head)}: no reader knows this format"))
        else:
            found.append(FileGroup(name, (source,)))
    return found or [RecordingError(f"{path}: no reader knows any of the {len(sources)} files in it")]


def _surest(head: Head, readers: Mapping[str, Reader], options: ReadOptions) -> tuple[str, float]:
    if options.columns is not None and head.layout is not None:
        return "plain_csv", 1.0  # whoever names the columns reads the file as a plain table
    scores = {name: reader.sniff(head) for name, reader in readers.items()}
    best = max(scores, key=lambda name: scores[name])
    return best, scores[best]


def _what_it_is(head: Head) -> str:
    if head.decoded is None:
        return "is not text"
    return "holds text but no table of numbers"


def _merged(found: list[FileGroup | RecordingError], readers: Mapping[str, Reader]) -> list[FileGroup | RecordingError]:
    """Join the files of one stem, each file once."""
    places: dict[tuple[str, str, str], int] = {}
    merged: list[FileGroup | RecordingError] = []
    for item in found:
        if isinstance(item, RecordingError):
            merged.append(item)
            continue
        source = item.sources[0]
        key = (item.reader, source.folder, readers[item.reader].stem(source))
        if key not in places:
            places[key] = len(merged)
            merged.append(item)
            continue
        earlier = merged[places[key]]
        if isinstance(earlier, FileGroup) and source not in earlier.sources:
            merged[places[key]] = FileGroup(item.reader, (*earlier.sources, source))
    return merged
