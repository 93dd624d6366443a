"""What an MCAP file consists of, once it is known which of its bytes are what.

Of the records only those within a chunk are told apart further: its channels and its messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from imutrack.capture.layout import HEAD

__all__ = ["Chunk", "End", "Message", "Other", "Piece", "Torn", "inner"]


class Message(NamedTuple):
    """One message of a chunk."""

    channel: int
    sequence: int
    at_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file.

    Attributes:
        at: where it begins, bytes.
        raw: its bytes.
    """

    at: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Chunk(Piece):
    """A chunk whose checksum is right.

    Attributes:
        begin_ns, end_ns: of its messages, as its head says.
        inside: its records, unpacked.
        channels: bodies of its channel records.
        messages: in their order.
    """

    begin_ns: int
    end_ns: int
    inside: bytes
    channels: tuple[bytes, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Other(Piece):
    """What holds no messages: the mark at the beginning, the header, an index."""


@dataclass(frozen=True, slots=True)
class End(Piece):
    """What stands behind the last chunk of a file that was closed.

    Attributes:
        summary: its records.
        channels: bodies of its channel records.
    """

    summary: bytes
    channels: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Torn(Piece):
    """What cannot be read.

    Attributes:
        cut: nothing is lost but what was being written: it is the beginning of a record whose rest is behind the end of
            the file, with or without zeros for what never reached the disk.
    """

    cut: bool = False


def inner(records: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (opcode, body) of records that follow each other without a gap.

    Raises:
        ValueError: they do not.
    """
    at = 0
    while at < len(records):
        if at + HEAD.size > len(records):
            raise ValueError(at)
        opcode, length = HEAD.unpack_from(records, at)
        at += HEAD.size
        if length > len(records) - at:
            raise ValueError(at)
        yield opcode, records[at : at + length]
        at += length
