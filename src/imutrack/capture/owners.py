"""Whose captures are.

A capture is a patient's where its session or one of its tasks names them. Of one that is damaged or
was cut off whatever can still be read is searched too: whoever asks to be forgotten is, whatever became of the file.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from imutrack.capture.events import Event, SessionStarted, TaskStarted
from imutrack.capture.outline import Channels, is_event
from imutrack.capture.records import Chunk, End, Torn
from imutrack.capture.torn import packed_in
from imutrack.capture.walking import pieces

__all__ = ["named_in", "patients_of", "says"]

_NAMED: Final = re.compile(rb'"patient":"([a-z0-9-]+)"')  # as `encode_event` writes it


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
    """Return whom a damaged or cut capture names, in whatever of it can still be unpacked.

    Raises:
        OSError: it could not be read.
    """
    return frozenset(name.decode() for said in _said_in(path) for name in _NAMED.findall(said))


def says(path: Path, patient: str) -> bool:
    """Whether a damaged or cut capture still says a pseudonym, wherever that stands.

    Raises:
        OSError: it could not be read.
    """
    wanted = patient.encode()
    return any(wanted in said for said in _said_in(path))


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
