"""Delta compression as Polar's measurement service uses it: a first reading in full, then blocks of differences.

Each block names the width of its differences in bits and how many readings it holds; the differences lie packed, the
lowest bit first, and a block ends on a whole byte. A notification may hold several blocks.
"""

from collections.abc import Sequence
from itertools import pairwise

from imutrack.errors import DecodeError

__all__ = ["pack_deltas", "unpack_deltas"]

Readings = list[tuple[int, ...]]

_MOST_IN_A_BLOCK = 0xFF


def unpack_deltas(content: bytes, channels: int, resolution: int) -> Readings:
    """Return the readings of a compressed frame.

    Args:
        content: what follows the frame's head.
        channels: numbers in a reading.
        resolution: bits of each number of the first reading.

    Raises:
        DecodeError: the content ends within the first reading or within a block.
    """
    size = -(-resolution // 8)
    at = channels * size
    if len(content) < at:
        raise DecodeError(f"compressed frame: {len(content)} bytes, its first reading takes {at}")
    first = [int.from_bytes(content[i : i + size], "little", signed=True) for i in range(0, at, size)]
    readings = [tuple(first)]
    while at < len(content):
        if at + 2 > len(content):
            raise DecodeError("compressed frame: it ends within the head of a block")
        width, count = content[at], content[at + 1]
        start, at = at + 2, at + 2 + -(-width * count * channels // 8)
        if not count or at > len(content):
            raise DecodeError(f"compressed frame: a block of {count} readings of {width} bits goes beyond its end")
        _add_block(readings, content[start:at], width, count, channels)
    return readings


def _add_block(readings: Readings, block: bytes, width: int, count: int, channels: int) -> None:
    bits = int.from_bytes(block, "little")
    mask, sign, full = (1 << width) - 1, (1 << width) >> 1, 1 << width
    differences = []
    for _ in range(count * channels):
        number = bits & mask
        bits >>= width
        differences.append(number - full if number & sign else number)
    last = readings[-1]
    for i in range(0, len(differences), channels):
        last = tuple(map(int.__add__, last, differences[i : i + channels]))
        readings.append(last)


def pack_deltas(readings: Sequence[Sequence[int]], resolution: int) -> bytes:
    """Return the content of a compressed frame: the reverse of `unpack_deltas`.

    Args:
        readings: at least one; numbers must fit in ``resolution`` bits with their sign.
        resolution: bits of each number of the first reading.
    """
    size = -(-resolution // 8)
    content = b"".join(number.to_bytes(size, "little", signed=True) for number in readings[0])
    differences = [[b - a for a, b in zip(one, two, strict=True)] for one, two in pairwise(readings)]
    for start in range(0, len(differences), _MOST_IN_A_BLOCK):
        block = differences[start : start + _MOST_IN_A_BLOCK]
        flat = [number for reading in block for number in reading]
        width = max(_width(number) for number in flat)
        bits = sum((number & (1 << width) - 1) << width * i for i, number in enumerate(flat))
        content += bytes([width, len(block)]) + bits.to_bytes(-(-width * len(flat) // 8), "little")
    return content


def _width(number: int) -> int:
    """Return how many bits a signed number takes, its sign with it."""
    return (number if number >= 0 else ~number).bit_length() + 1
