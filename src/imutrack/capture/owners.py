"""Whose captures are.

A capture is a patient's where its session or one of its tasks names them. Of a damaged one whatever can still be read
is searched too: whoever asks to be forgotten is, whatever became of the file.
"""

import errno
import fcntl
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from imutrack.capture.events import Event, SessionStarted, TaskStarted
from imutrack.capture.outline import Channels, is_event
from imutrack.capture.parsing import Chunk, End, Torn
from imutrack.capture.records import pieces
from imutrack.capture.torn import packed_in
from imutrack.capture.writing import SUFFIX

__all__ = ["FOLDER", "capture_files", "captures_in", "is_written", "leftovers_of", "named_in", "patients_of", "says"]

FOLDER: Final = "captures"
"""Where they lie in the data directory."""

_NAMED: Final = re.compile(rb'"patient":"([a-z0-9-]+)"')  # as `encode_event` writes it


def captures_in(data_dir: Path) -> list[Path]:
    """Return the captures of a data directory, by name."""
    return capture_files(data_dir / FOLDER)


def capture_files(folder: Path) -> list[Path]:
    """Return the captures in a folder, by name."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())


def leftovers_of(path: Path) -> list[Path]:
    """Return the unfinished copies of a capture that a renaming left behind when it was killed."""
    return sorted(path.parent.glob(f".{path.name}.*.part"))


def patients_of(events: Iterable[Event]) -> frozenset[str]:
    """Return whose a capture is, from its events: mostly one patient's, or nobody's."""
    named = set[str | None]()
    for event in events:
        if isinstance(event, SessionStarted):
            named.add(event.patient)
        elif isinstance(event, TaskStarted):
            named.add(event.task.patient)
    return frozenset(each for each in named if each is not None)


def named_in(path: Path) -> frozenset[str]:
    """Return whom a damaged capture names, in whatever of it can still be unpacked.

    Raises:
        OSError: it could not be read.
    """
    return frozenset(name.decode() for said in _said_in(path) for name in _NAMED.findall(said))


def says(path: Path, patient: str) -> bool:
    """Whether a damaged capture still says a pseudonym, wherever that stands.

    Raises:
        OSError: it could not be read.
    """
    wanted = patient.encode()
    return any(wanted in said for said in _said_in(path))


def is_written(path: Path) -> bool:
    """Whether a process has it open to write, as the collector has the captures of open sessions.

    Asks the kernel, which gives no lease on such a file. Only Linux has leases, and only there the collector runs.

    Raises:
        OSError: it cannot be opened.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN  # another one: a file system without leases
    return False


def _said_in(path: Path) -> Iterator[bytes]:
    """Yield what a file says: its events, and of what is torn the bytes themselves and what they unpack to."""
    channels = Channels()
    with path.open("rb") as file:
        for piece in pieces(file):
            match piece:
                case End():
                    channels.learn(piece.channels)
                case Chunk():
                    channels.learn(piece.channels)
                    yield from (each.data for each in piece.messages if is_event(channels[each.channel], each))
                case Torn():
                    yield piece.raw
                    yield from (packed.said for packed in packed_in(piece.raw))
                case _:
                    pass
