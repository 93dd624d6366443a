"""Makes the records of a capture: chunks that need nothing but themselves to be read, and the end of the file.

Each chunk carries the record of its channel, about a hundred bytes: whichever others are lost, it is known which strap
its notifications are of. Notifications are packed by zstd. What is said stands there plainly, so that it is found even
where the record around it is damaged.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import zstandard
from mcap.data_stream import RecordBuilder
from mcap.records import Channel, DataEnd, Header, McapRecord, Statistics

from imutrack.capture.layout import (
    CHUNK,
    CHUNK_IS,
    DATA_END_BYTES,
    FOOTER,
    FOOTER_BYTES,
    FOOTER_IS,
    HEAD,
    LENGTH,
    MAGIC,
    MESSAGE,
    MESSAGE_IS,
    NUMBER,
)
from imutrack.capture.parsing import CHUNK_HEAD_MOST, length_of
from imutrack.capture.records import Message

__all__ = ["Chunks", "Kind", "chunk_record", "message_record", "moved_end", "stretched"]

_NO_SCHEMA: Final = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """A channel: what its messages are about and how they are written."""

    topic: str
    encoding: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def message_record(message: Message) -> bytes:
    """Return a message as a record."""
    head = HEAD.pack(MESSAGE_IS, MESSAGE.size + len(message.data))
    return head + MESSAGE.pack(message.channel, message.sequence, message.at_ns, message.at_ns) + message.data


def chunk_record(inside: bytes, begin_ns: int, end_ns: int, packer: zstandard.ZstdCompressor | None = None) -> bytes:
    """Return a chunk.

    Args:
        inside: its records.
        begin_ns, end_ns: of the first and the last message.
        packer: None leaves them plain.
    """
    name, data = (b"", inside) if packer is None else (b"zstd", packer.compress(inside))
    length = CHUNK.size + len(name) + LENGTH.size + len(data)
    head = CHUNK.pack(begin_ns, end_ns, len(inside), zlib.crc32(inside), len(name))
    return b"".join((HEAD.pack(CHUNK_IS, length), head, name, LENGTH.pack(len(data)), data))


class Chunks:
    """Makes the records of one file, and counts them for its end."""

    def __init__(self) -> None:
        self._packer = zstandard.ZstdCompressor()
        self._channels: dict[int, tuple[Channel, bytes]] = {}
        self._counts: dict[int, int] = {}
        self._chunks = 0
        self._span_ns: tuple[int, int] | None = None

    def beginning(self, profile: str) -> bytes:
        """Return what a file begins with."""
        return MAGIC + _written(Header(profile, "imutrack"))

    def channel(self, kind: Kind) -> int:
        """Return the number of a new channel."""
        number = len(self._channels) + 1
        channel = Channel(number, kind.topic, kind.encoding, dict(kind.metadata), _NO_SCHEMA)
        self._channels[number] = channel, _written(channel)
        self._counts[number] = 0
        return number

    def chunk(self, messages: Iterable[Message], *, packed: bool) -> bytes:
        """Return a chunk of messages of one channel, at least one."""
        told = list(messages)
        times = [message.at_ns for message in told]
        channel, begin_ns, end_ns = told[0].channel, min(times), max(times)
        self._chunks += 1
        self._counts[channel] += len(told)
        first, last = self._span_ns or (begin_ns, end_ns)
        self._span_ns = min(first, begin_ns), max(last, end_ns)
        inside = b"".join((self._channels[channel][1], *map(message_record, told)))
        return chunk_record(inside, begin_ns, end_ns, self._packer if packed else None)

    def end(self, at: int) -> bytes:
        """Return the end of a file of which ``at`` bytes were written."""
        begin_ns, end_ns = self._span_ns or (0, 0)
        counted = Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts={number: count for number, count in self._counts.items() if count},
            chunk_count=self._chunks,
            message_count=sum(self._counts.values()),
            message_end_time=end_ns,
            message_start_time=begin_ns,
            metadata_count=0,
            schema_count=0,
        )
        data_end = _written(DataEnd(0))
        summary = b"".join((*(record for _, record in self._channels.values()), _written(counted)))
        return b"".join((data_end, summary, _footer(summary, at + len(data_end)), MAGIC))


def moved_end(end: bytes, longer: int) -> bytes:
    """Return the end of a file as it is once so many bytes more are before it; a checksum that is not told stays so."""
    footer_at = len(end) - len(MAGIC) - FOOTER_BYTES
    begin, offsets, checksum = FOOTER.unpack_from(end, footer_at + HEAD.size)
    summary = end[DATA_END_BYTES:footer_at]
    footer = _footer(summary, begin and begin + longer, offsets and offsets + longer, told=bool(checksum))
    return b"".join((end[:footer_at], footer, MAGIC))


def stretched(torn: bytes, longer: int) -> bytes:
    """Return the beginning of a chunk that says it is so many bytes longer; what is none stays as it is."""
    length = length_of(torn[:CHUNK_HEAD_MOST])
    if length is None:
        return torn
    named = CHUNK.unpack_from(torn, HEAD.size)[-1]
    begin = HEAD.size + CHUNK.size + named
    packed = LENGTH.unpack_from(torn, begin)[0]
    head = HEAD.pack(CHUNK_IS, length - HEAD.size + longer) + torn[HEAD.size : begin] + LENGTH.pack(packed + longer)
    return head + torn[len(head) :]


def _footer(summary: bytes, begin: int, offsets: int = 0, *, told: bool = True) -> bytes:
    """Return the footer of a summary that begins at a byte, with the checksum of both."""
    footer = (HEAD.pack(FOOTER_IS, FOOTER.size) + FOOTER.pack(begin, offsets, 0))[: -NUMBER.size]
    return footer + NUMBER.pack(zlib.crc32(footer, zlib.crc32(summary)) if told else 0)


def _written(record: McapRecord) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    written: bytes = builder.end()  # type: ignore[no-untyped-call] # the library has no types there
    return written
