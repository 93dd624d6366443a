"""Reads a capture to its end, or to where it was cut.

A chunk whose checksum is wrong is left out and counted; what stands before and behind it is read. Nothing is decoded.

The notifications of a day are more than a small machine has memory for: `outline_of` goes through them without keeping
any, and `arrivals_of` reads those of one stretch, past all other chunks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from mcap.records import Channel, Chunk, McapRecord, Message
from mcap.stream_reader import StreamReader, breakup_chunk

from imutrack.capture.blocks import LONGEST_NS, Arrival, last_of, unpack
from imutrack.capture.events import VERSION, Event, Opened, decode_event
from imutrack.capture.writing import EVENTS_TOPIC, NOTIFICATIONS
from imutrack.errors import RecordingError

__all__ = ["MAGIC", "Capture", "Outline", "arrivals_of", "events_of", "outline_of", "read_capture"]

MAGIC: Final = b"\x89MCAP0\r\n"
_LONGEST_RECORD: Final = 64 << 20  # a damaged length must not ask for all memory there is


@dataclass(slots=True)
class Outline:
    """What a capture holds besides its notifications.

    Attributes:
        events: in the order they were written.
        notes: what could not be read, in words.
        channels: of the file, by number.
        end_ns: when the last notification came; 0 where none did.
    """

    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    channels: dict[int, Channel] = field(default_factory=dict)
    end_ns: int = 0


@dataclass(slots=True)
class Capture(Outline):
    """What a capture holds.

    Attributes:
        arrivals: (strap, characteristic) -> notifications in the order they came.
    """

    arrivals: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)


def read_capture(path: Path) -> Capture:
    """Read a capture whole.

    Raises:
        RecordingError: it cannot be opened, is no capture, or is one of a newer version.
    """
    capture = Capture()

    def keep(key: tuple[str, str], block: bytes) -> None:
        capture.arrivals.setdefault(key, []).extend(unpack(block))

    _go_through(path, capture, keep)
    return capture


def outline_of(path: Path) -> Outline:
    """Read a capture without keeping any notification.

    Raises:
        RecordingError: as of `read_capture`.
    """
    outline = Outline()
    _go_through(path, outline, lambda _key, _block: None)
    return outline


def arrivals_of(path: Path, outline: Outline, begin_ns: int, end_ns: int) -> dict[tuple[str, str], list[Arrival]]:
    """Return the notifications of a capture from one moment to before another, by strap and characteristic.

    Args:
        path: of the capture.
        outline: of it.
        begin_ns, end_ns: host time.

    Raises:
        RecordingError: as of `read_capture`.
    """
    arrivals: dict[tuple[str, str], list[Arrival]] = {}
    for record in _records(path, [], dict(outline.channels), (begin_ns, end_ns)):
        if isinstance(record, Damaged) or record[0].message_encoding != NOTIFICATIONS:
            continue
        came = [each for each in unpack(record[1].data) if begin_ns <= each[0] < end_ns]
        if came:
            arrivals.setdefault(_key(record[0]), []).extend(came)
    return arrivals


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


def _go_through(path: Path, outline: Outline, keep: Callable[[tuple[str, str], bytes], None]) -> None:
    damaged, ends_ns = 0, dict[tuple[str, str], int]()
    for record in _records(path, outline.notes, outline.channels):
        if isinstance(record, Damaged):
            damaged += 1
            continue
        channel, message = record
        if channel.topic == EVENTS_TOPIC:
            event = decode_event(message.data)
            if event is not None:
                _check_version(event, path)
                outline.events.append(event)
        elif channel.message_encoding == NOTIFICATIONS:
            key, last_ns = _key(channel), last_of(message.data)
            keep(key, message.data)
            if last_ns is not None:
                ends_ns[key] = last_ns
    outline.end_ns = max(ends_ns.values(), default=0)
    if damaged:
        outline.notes.append(f"{damaged} damaged blocks were left out")
    if not any(isinstance(event, Opened) for event in outline.events):
        raise RecordingError(f"{path}: is no capture of imutrack, or its beginning is damaged")


def _key(channel: Channel) -> tuple[str, str]:
    return channel.metadata["strap"], channel.metadata["characteristic"]


def _records(
    path: Path,
    notes: list[str],
    channels: dict[int, Channel] | None = None,
    within: tuple[int, int] | None = None,
) -> Iterator[tuple[Channel, Message] | Damaged]:
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise RecordingError(f"{path}: is no capture")
            file.seek(0)
            yield from _of_stream(file, notes, {} if channels is None else channels, within)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from error


def _of_stream(
    file: IO[bytes], notes: list[str], channels: dict[int, Channel], within: tuple[int, int] | None
) -> Iterator[tuple[Channel, Message] | Damaged]:
    for record in _to_the_cut(file, notes):
        if not isinstance(record, Chunk) or (within is not None and not _touches(record, *within)):
            continue  # channels are said in the chunk of their first message, and once more behind all of them
        try:
            inside = breakup_chunk(record, validate_crc=True)
        except Exception:  # noqa: BLE001 - each compression has errors of its own; the chunk is damaged whichever it is
            yield Damaged()
            continue
        if any(isinstance(part, Message) and not _says(record, part) for part in inside):
            yield Damaged()  # its head: who reads one stretch goes by it, and all must read the same
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


def _touches(chunk: Chunk, begin_ns: int, end_ns: int) -> bool:
    """Whether a chunk may hold notifications of a stretch, by the times at which its blocks begin."""
    return chunk.message_end_time > begin_ns - LONGEST_NS and chunk.message_start_time < end_ns


def _says(chunk: Chunk, message: Message) -> bool:
    return chunk.message_start_time <= message.log_time <= chunk.message_end_time


def _remember(record: McapRecord, channels: dict[int, Channel]) -> None:
    if isinstance(record, Channel):
        channels[record.id] = record


def _check_version(event: Event, path: Path) -> None:
    if isinstance(event, Opened) and event.version > VERSION:
        raise RecordingError(f"{path}: was written by a newer imutrack (capture {event.version}): update imutrack")
