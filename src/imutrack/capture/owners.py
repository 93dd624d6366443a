"""Whose captures are, and how one is put under another pseudonym.

A capture is a patient's where its session or one of its tasks names them. To rename, it is copied record by record:
everything byte for byte, what is damaged too, but for the few blocks whose events name the patient. The copy takes the
place of the capture in one step, so that whatever interrupts it leaves the one or the other whole. Notifications
are not touched, and so neither are the hashes of the sets.

A capture that the collector is writing must be left alone: what it writes on would go into a file that has no name.
"""

import errno
import fcntl
import os
import re
import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from mcap.data_stream import ReadDataStream, RecordBuilder
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, McapRecord, Message
from mcap.stream_reader import breakup_chunk, get_chunk_data_stream

from imutrack.capture.events import Event, SessionStarted, TaskStarted
from imutrack.capture.reading import MAGIC
from imutrack.capture.writing import EVENTS_TOPIC, SUFFIX

__all__ = ["FOLDER", "captures_in", "is_written", "leftovers_of", "named_in", "patients_of", "rename_in"]

FOLDER: Final = "captures"
"""Where they lie in the data directory."""

_HEAD: Final = struct.Struct("<BQ")  # of each record: what it is, how long the rest is
_FOOTER: Final = struct.Struct("<QQI")  # where the summary and its offsets begin, and its checksum
_NAMED: Final = re.compile(rb'"patient":"([a-z0-9-]+)"')  # as `encode_event` writes it
_REST: Final = 0  # no opcode: the mark at the end, or what is no whole record


def captures_in(data_dir: Path) -> list[Path]:
    """Return the captures of a data directory, by name."""
    return sorted(path for path in (data_dir / FOLDER).glob(f"*{SUFFIX}") if path.is_file())


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
    """Return whom a file names that cannot be read as a capture: in whatever of it can still be unpacked.

    Raises:
        OSError: it could not be read.
    """
    found = set[bytes]()
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        for opcode, record in _records(file):
            found.update(_NAMED.findall(_readable(record) if opcode == Opcode.CHUNK else record))
    return frozenset(name.decode() for name in found)


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


def rename_in(path: Path, old: str, new: str) -> None:
    """Put a capture under another pseudonym; its age stays, by which it is thrown away some day.

    Args:
        path: of a capture that nobody is writing.
        old, new: pseudonyms.

    Raises:
        OSError: it could not be read or written; it is as it was.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as copy, path.open("rb") as file:
            for piece in _Renaming(old, new).copied(file):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
            was = os.fstat(file.fileno())
        os.utime(unfinished, ns=(was.st_atime_ns, was.st_mtime_ns))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for left in leftovers_of(path):
        left.unlink(missing_ok=True)


class _Renaming:
    """Copies one capture."""

    def __init__(self, old: str, new: str) -> None:
        self._name = old.encode()
        self._old, self._new = (f'"patient":"{name}"'.encode() for name in (old, new))
        self._topics: dict[int, str] = {}

    def copied(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the bytes of the renamed capture."""
        yield file.read(len(MAGIC))
        shift, summary = 0, b""
        for opcode, record in _records(file):
            if opcode == Opcode.CHUNK:
                said = self._renamed(record)
                shift += len(said) - len(record)
                yield said
            elif opcode == Opcode.FOOTER:
                yield _shifted(record, shift, summary)
            elif opcode != _REST or self._name not in record:  # who was named where a record was cut off is left out
                summary = b"" if opcode == Opcode.DATA_END else summary + record
                yield record

    def _renamed(self, record: bytes) -> bytes:
        """Return a chunk with the new pseudonym in its events; as it is where it names nobody or is damaged."""
        try:
            chunk = Chunk.read(ReadDataStream(BytesIO(record[_HEAD.size :])))
            parts = breakup_chunk(chunk, validate_crc=True)
        except Exception:  # noqa: BLE001 - whatever the library and the compressions raise, it is damaged
            return b"" if self._name in _readable(record) else record
        changed = [self._of_event(part) for part in parts]
        return record if changed == parts else _packed(chunk, changed)

    def _of_event(self, part: McapRecord) -> McapRecord:
        if isinstance(part, Channel):
            self._topics[part.id] = part.topic
        if not isinstance(part, Message) or self._topics.get(part.channel_id, EVENTS_TOPIC) != EVENTS_TOPIC:
            return part  # a channel that nothing is known of may be that of the events, when its block is damaged
        return replace(part, data=part.data.replace(self._old, self._new))


def _records(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (opcode, whole record) to the end; what is no record goes with `_REST`."""
    left = os.fstat(file.fileno()).st_size - file.tell()
    while head := file.read(_HEAD.size):
        opcode, length = _HEAD.unpack(head) if len(head) == _HEAD.size else (_REST, 0)
        left -= len(head)
        if opcode == _REST or length > left:
            yield _REST, head + file.read()
            return
        left -= length
        yield opcode, head + file.read(length)


def _packed(chunk: Chunk, parts: Iterable[McapRecord]) -> bytes:
    inside, whole = RecordBuilder(), RecordBuilder()
    for part in parts:
        part.write(inside)
    data: bytes = inside.end()  # type: ignore[no-untyped-call] # the library has no types there
    plain = replace(chunk, compression="", data=data, uncompressed_crc=zlib.crc32(data), uncompressed_size=len(data))
    plain.write(whole)
    packed: bytes = whole.end()  # type: ignore[no-untyped-call]
    return packed


def _shifted(footer: bytes, shift: int, summary: bytes) -> bytes:
    """Return the footer of a file whose summary begins so many bytes later."""
    begin, offsets, checksum = _FOOTER.unpack_from(footer, _HEAD.size)
    head = footer[: _HEAD.size] + struct.pack("<QQ", begin and begin + shift, offsets and offsets + shift)
    return head + struct.pack("<I", checksum and zlib.crc32(head, zlib.crc32(summary)))


def _readable(record: bytes) -> bytes:
    """Return what a damaged chunk still says."""
    try:
        said, length = get_chunk_data_stream(Chunk.read(ReadDataStream(BytesIO(record[_HEAD.size :]))))
        return record + said.read(length)
    except Exception:  # noqa: BLE001 - as above
        return record
