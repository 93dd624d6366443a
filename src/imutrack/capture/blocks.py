"""A block: the notifications of one characteristic of one strap within half a second, as bytes.

Layout, little-endian: time of the first, ns (u64); how many (u32); nanoseconds after the first (u32 each); lengths (u16
each); payloads. Undecoded, so that a fault of a decoder never costs a recording.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from imutrack.errors import RecordingError

__all__ = ["LONGEST_NS", "Arrival", "first_of", "last_of", "pack", "unpack"]

Arrival = tuple[int, bytes]
"""Host time, ns, and payload."""

LONGEST_NS: Final = 1 << 32  # from the first to the last of a block
_HEAD: Final = struct.Struct("<QI")
_AFTER: Final = struct.Struct("<I")


def pack(arrivals: Sequence[Arrival]) -> bytes:
    """Return a block.

    Args:
        arrivals: at least one, within `LONGEST_NS` of the first, none before it, each of at most 65,535 bytes.
    """
    begin_ns, count = arrivals[0][0], len(arrivals)
    after = [at_ns - begin_ns for at_ns, _ in arrivals]
    payloads = [payload for _, payload in arrivals]
    numbers = struct.pack(f"<QI{count}I{count}H", begin_ns, count, *after, *map(len, payloads))
    return b"".join((numbers, *payloads))


def unpack(block: bytes) -> Iterator[Arrival]:
    """Yield what `pack` was given.

    Raises:
        RecordingError: it is no block.
    """
    try:
        begin_ns, count = _HEAD.unpack_from(block)
        numbers = struct.unpack_from(f"<{count}I{count}H", block, _HEAD.size)
    except struct.error as error:
        raise RecordingError(f"a block of {len(block)} bytes is shorter than it says") from error
    at = _HEAD.size + 6 * count
    for after_ns, length in zip(numbers[:count], numbers[count:], strict=True):
        yield begin_ns + after_ns, block[at : at + length]
        at += length
    if at != len(block):
        raise RecordingError(f"a block of {len(block)} bytes holds payloads of {at}")


def first_of(block: bytes) -> int:
    """Return the host time of the first notification of a block, ns.

    Raises:
        RecordingError: it is no block.
    """
    try:
        return int(_HEAD.unpack_from(block)[0])
    except struct.error as error:
        raise RecordingError(f"a block of {len(block)} bytes is shorter than it says") from error


def last_of(block: bytes) -> int | None:
    """Return the host time of the last notification of a block, ns, without taking it apart; None where it has none.

    Raises:
        RecordingError: it is no block.
    """
    try:
        begin_ns, count = _HEAD.unpack_from(block)
        after_ns = _AFTER.unpack_from(block, _HEAD.size + _AFTER.size * (count - 1))[0] if count else 0
    except struct.error as error:
        raise RecordingError(f"a block of {len(block)} bytes is shorter than it says") from error
    return int(begin_ns + after_ns) if count else None
