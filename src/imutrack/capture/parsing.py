"""Whether what begins at a byte of an MCAP file is a chunk, the beginning or the end, and what it holds.

Nothing is taken for what it says alone: a chunk has a checksum, and what has none must fill its length exactly.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Final

import zstandard

from imutrack.capture.layout import (
    CHANNEL_IS,
    CHUNK,
    DATA_END,
    DATA_END_BYTES,
    FOOTER,
    FOOTER_BYTES,
    FOOTER_IS,
    HEAD,
    HEADER_IS,
    INDEX_IS,
    LENGTH,
    LONGEST,
    MAGIC,
    MESSAGE,
    MESSAGE_IS,
    NUMBER,
)
from imutrack.capture.records import Chunk, End, Message, Other, inner

__all__ = ["CHUNK_HEAD", "CHUNK_HEAD_MOST", "beginning_of", "chunk_at", "end_of", "index_at", "length_of"]

CHUNK_HEAD: Final = re.compile(rb"\x06(?=.{4}\0{4}.{16}.{4}\0{4}.{4}(?:\0{4}|\x04\0{3}zstd).{4}\0{4})", re.DOTALL)
"""How a chunk of less than 4 GB begins; whether its lengths fit each other is `length_of`'s to say."""
CHUNK_HEAD_MOST: Final = HEAD.size + CHUNK.size + 4 + LENGTH.size
"""Bytes to the data of a chunk, with the longest name of a compression."""

_HEADER_MOST: Final = 4 << 10


def chunk_at(file: IO[bytes], at: int, end: int, longest: int = LONGEST) -> Chunk | int:
    """Return the chunk that begins at a byte, or how many bytes were read in vain.

    Args:
        file: open.
        at: byte.
        end: it ends before this byte.
        longest: what is longer is no chunk.

    Raises:
        OSError: it could not be read.
    """
    file.seek(at)
    head = file.read(CHUNK_HEAD_MOST)
    length = length_of(head)
    if length is None or length > min(end - at, longest):
        return len(head)
    raw = head[:length] + file.read(length - len(head)) if length > len(head) else head[:length]
    begin_ns, end_ns, size, checksum, named = CHUNK.unpack_from(raw, HEAD.size)
    packed = raw[HEAD.size + CHUNK.size + named + LENGTH.size :]
    inside = _unpacked(packed, size) if named else packed
    if len(raw) < length or inside is None or len(inside) != size or zlib.crc32(inside) != checksum:
        return length
    found = _messages(inside)
    if found is None or any(not begin_ns <= message.at_ns <= end_ns for message in found[1]):
        return length  # who reads one stretch goes by the head, and all must read the same
    return Chunk(at, raw, begin_ns, end_ns, inside, *found)


def length_of(head: bytes) -> int | None:
    """Return the length of the chunk that begins so, None where none does."""
    if len(head) < HEAD.size + CHUNK.size + LENGTH.size or not CHUNK_HEAD.match(head.ljust(CHUNK_HEAD_MOST, b"\0")):
        return None
    length = HEAD.unpack_from(head)[1]
    named = CHUNK.unpack_from(head, HEAD.size)[-1]
    before = CHUNK.size + named + LENGTH.size
    if len(head) < HEAD.size + before:
        return None
    packed = LENGTH.unpack_from(head, HEAD.size + before - LENGTH.size)[0]
    return int(HEAD.size + length) if length == before + packed else None


def _unpacked(packed: bytes, size: int) -> bytes | None:
    try:
        if size > LONGEST or zstandard.frame_content_size(packed) not in {-1, size}:
            return None  # before any memory is asked for
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError:
        return None


def _messages(inside: bytes) -> tuple[tuple[bytes, ...], tuple[Message, ...]] | None:
    channels, messages = list[bytes](), list[Message]()
    try:
        for opcode, body in inner(inside):
            if opcode == CHANNEL_IS:
                channels.append(body)
            elif opcode == MESSAGE_IS:
                channel, sequence, at_ns, _ = MESSAGE.unpack_from(body)
                messages.append(Message(channel, sequence, at_ns, body[MESSAGE.size :]))
    except (ValueError, struct.error):
        return None
    return tuple(channels), tuple(messages)


def beginning_of(file: IO[bytes]) -> Iterator[Other]:
    """Yield the mark and the header, as far as they are there and right.

    Raises:
        OSError: it could not be read.
    """
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        return
    yield Other(0, MAGIC)
    came = file.read(_HEADER_MOST)
    if len(came) < HEAD.size or came[0] != HEADER_IS:
        return
    length, filled = HEAD.unpack_from(came)[1], 0
    for _ in range(2):  # its two texts must fill it, since it has no checksum
        if HEAD.size + filled + NUMBER.size > len(came):
            return
        filled += NUMBER.size + NUMBER.unpack_from(came, HEAD.size + filled)[0]
    if filled == length and HEAD.size + length <= len(came):
        yield Other(len(MAGIC), came[: HEAD.size + length])


def index_at(file: IO[bytes], at: int, end: int) -> Other | None:
    """Return the index of messages that begins at a byte, as other programs write them behind a chunk.

    Args:
        file, at, end: as of `chunk_at`.

    Raises:
        OSError: it could not be read.
    """
    file.seek(at)
    head = file.read(HEAD.size + 6)
    if len(head) < HEAD.size + 6 or head[0] != INDEX_IS:
        return None
    length, listed = HEAD.unpack_from(head)[1], NUMBER.unpack_from(head, HEAD.size + 2)[0]
    if length != 6 + listed or HEAD.size + length > min(LONGEST, end - at):
        return None
    return Other(at, head + file.read(listed))


def end_of(file: IO[bytes], size: int) -> End | None:
    """Return the end of a file that was closed: the mark, the footer and what its checksum says to be before it.

    Args:
        file: open.
        size: of it, bytes.

    Raises:
        OSError: it could not be read.
    """
    footer_at = size - len(MAGIC) - FOOTER_BYTES
    if footer_at < 0:
        return None
    file.seek(footer_at)
    footer = file.read()
    if not footer.endswith(MAGIC) or HEAD.unpack_from(footer) != (FOOTER_IS, FOOTER.size):
        return None
    begin, _, checksum = FOOTER.unpack_from(footer, HEAD.size)
    begin = begin or footer_at
    at = begin - DATA_END_BYTES
    if at < 0 or not 0 <= footer_at - begin <= LONGEST:
        return None
    file.seek(at)
    raw = file.read(footer_at - at) + footer
    summary = raw[DATA_END_BYTES : footer_at - at]
    said = zlib.crc32(footer[: FOOTER_BYTES - NUMBER.size], zlib.crc32(summary))
    if not raw.startswith(DATA_END) or checksum not in {0, said}:
        return None
    try:
        channels = tuple(body for opcode, body in inner(summary) if opcode == CHANNEL_IS)
    except ValueError:
        return None
    return End(at, raw, summary, channels)
