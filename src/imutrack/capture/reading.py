"""Reads a capture to its end, or to where it was cut.

A chunk whose checksum is wrong is left out and counted; what stands before and behind it is read. Nothing is decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from mcap.records import Channel, Chunk, McapRecord, Message
from mcap.stream_reader import StreamReader, breakup_chunk

from imutrack.capture.blocks import Arrival, unpack
from imutrack.capture.events import VERSION, Event, Opened, decode_event
from imutrack.capture.writing import EVENTS_TOPIC, NOTIFICATIONS
from imutrack.errors import RecordingError

__all__ = ["MAGIC", "Capture", "events_of", "read_capture"]

MAGIC: Final = b"\x89MCAP0\r\n"
_LONGEST_RECORD: Final = 64 << 20  # a damaged length must not ask for all memory there is


@dataclass(slots=True)
class Capture:
    """What a capture holds.

    Attributes:
        events: in the order they were written.
        arrivals: (strap, characteristic) -> notifications in the order they came.
        notes: what could not be read, in words.
    """

    events: list[Event] = field(default_factory=list)
    arrivals: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_capture(path: Path) -> Capture:
    """Read a capture whole.

    Raises:
        RecordingError: it cannot be opened, is no capture, or is one of a newer version.
    """
    capture = Capture()
    damaged = 0
    for record in _records(path, capture.notes):
        if isinstance(record, Damaged):
            damaged += 1
            continue
        channel, message = record
        if channel.topic == EVENTS_TOPIC:
            event = decode_event(message.data)
            if event is not None:
                _check_version(event, path)
                capture.events.append(event)
        elif channel.message_encoding == NOTIFICATIONS:
            key = channel.metadata["strap"], channel.metadata["characteristic"]
            capture.arrivals.setdefault(key, []).extend(unpack(message.data))
    if damaged:
        capture.notes.append(f"{damaged} damaged blocks were left out")
    if not any(isinstance(event, Opened) for event in capture.events):
        raise RecordingError(f"{path}: is no capture of imutrack, or its beginning is damaged")
    return capture


def events_of(path: Path) -> Iterator[Event]:
    """Yield the events of a capture, without its notifications.

    Raises:
        RecordingError: it cannot be opened or is no MCAP file.
    """
    for record in _records(path, []):
        if not isinstance(record, Damaged) and record[0].topic == EVENTS_TOPIC:
            event = decode_event(record[1].data)
            if event is not None:
                yield event


class Damaged:
    """Stands for a chunk whose checksum is wrong."""


def _records(path: Path, notes: list[str]) -> Iterator[tuple[Channel, Message] | Damaged]:
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise RecordingError(f"{path}: is no capture")
            file.seek(0)
            yield from _of_stream(file, notes)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from error


def _of_stream(file: IO[bytes], notes: list[str]) -> Iterator[tuple[Channel, Message] | Damaged]:
    channels: dict[int, Channel] = {}
    for record in _to_the_cut(file, notes):
        if not isinstance(record, Chunk):
            _remember(record, channels)
            continue
        try:
            inside = breakup_chunk(record, validate_crc=True)
        except Exception:  # noqa: BLE001 - each compression has errors of its own; the chunk is damaged whichever it is
            yield Damaged()
            continue
        for part in inside:
            _remember(part, channels)
            if isinstance(part, Message) and part.channel_id in channels:
                yield channels[part.channel_id], part


def _to_the_cut(file: IO[bytes], notes: list[str]) -> Iterator[McapRecord]:
    """Yield the records, chunks whole, to the end or to the first that cannot be read."""
    reader = StreamReader(file, emit_chunks=True, record_size_limit=_LONGEST_RECORD).records
    while True:
        try:
            record = next(reader, None)
        except Exception as error:  # noqa: BLE001 - the library checks no lengths: a cut raises whatever comes first
            notes.append(f"cut or damaged at byte {file.tell()} ({error or type(error).__name__}); read to there")
            return
        if record is None:
            return
        yield record


def _remember(record: McapRecord, channels: dict[int, Channel]) -> None:
    if isinstance(record, Channel):
        channels[record.id] = record


def _check_version(event: Event, path: Path) -> None:
    if isinstance(event, Opened) and event.version > VERSION:
        raise RecordingError(f"{path}: was written by a newer imutrack (capture {event.version}): update imutrack")
