"""Capture2Go frames: how they are cut from the bytes of a link, and what is in those that measure.

A frame: 0x02, CRC-32 of what follows the length, length of the payload, kind, payload. The low digit of a measuring
kind is its rate; the other digits say what it holds.
"""

import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from imutrack.samples import Quantity
from imutrack.wearables.counts import to_counts
from imutrack.wearables.packet import Flag, Packet, Rows

__all__ = [
    "BATTERY",
    "HEAD",
    "MOST",
    "START",
    "frame",
    "frames_in",
    "full_frame",
    "measured",
    "pack_quaternion",
    "quaternion_frame",
    "unpack_quaternion",
]

START, MOST = 0x02, 236  # first byte, longest payload
HEAD: Final = struct.Struct("<BIBH")
BATTERY: Final = struct.Struct("<qBB3hBBB")

GYR_RADPS: Final = math.radians(2000) / 32768
ACC_MPS2: Final = 16 * 9.81 / 32768  # the vendor's own g
MAG_UT: Final = 1 / 16
HEADING_RAD: Final = math.pi / 32768

_REST, _DISTURBED = 1 << 62, 1 << 63
_TIME_GAP, _CLIPPING, _PROCESSING = 0x01, 0x0E, 0x10
_FIELD: Final = 0xFFFFF
_HALF: Final = math.sqrt(0.5)
NO_ORIENTATION: Final = (1 << 60) - 1  # three components whose squares exceed 1: what no orientation has


@dataclass(frozen=True, slots=True)
class _Full:
    """Readings of acceleration and turning, perhaps of the field, and the orientation at the first of them."""

    layout: struct.Struct
    count: int
    mag: bool


FULL, FULL_6D, QUAT = 0x0220, 0x0230, 0x0280
_FULL: Final = {
    FULL: _Full(struct.Struct("<q72hQhB"), 8, mag=True),
    FULL_6D: _Full(struct.Struct("<q48hQhB"), 8, mag=False),
    0x0240: _Full(struct.Struct("<q9hQhB"), 1, mag=True),
    0x0250: _Full(struct.Struct("<q6hQhB"), 1, mag=False),
}
_QUATS: Final = {0x0270: (struct.Struct("<q20Q20h20B"), 20), QUAT: (struct.Struct("<qQhB"), 1)}
_FULL_FLOAT: Final = struct.Struct("<q9f4ff3B")
_QUAT_FLOAT: Final = struct.Struct("<q4ff3B")


def frame(kind: int, payload: bytes = b"") -> bytes:
    """Return a frame.

    >>> frame(0x0150).hex()
    '023d7f658c005001'
    """
    rest = struct.pack("<H", kind) + payload
    return struct.pack("<BIB", START, zlib.crc32(rest), len(payload)) + rest


def frames_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (kind, payload) of every whole frame, wherever it begins."""
    at = data.find(START)
    while at >= 0 and at + HEAD.size <= len(data):
        _, crc, size, kind = HEAD.unpack_from(data, at)
        end = at + HEAD.size + size
        good = size <= MOST and end <= len(data) and zlib.crc32(data[at + 6 : end]) == crc
        if good:
            yield kind, data[at + HEAD.size : end]
        at = data.find(START, end if good else at + 1)


def measured(kind: int, payload: bytes) -> list[Packet] | None:
    """Return the packets of a measuring frame; None where the frame is none, or shorter than its kind.

    The orientation has a packet of its own, since a frame of several readings has it for the first one only. It is
    free of the magnetometer; ``heading_offset_rad`` turns it about the vertical to where the magnetometer says.
    """
    what = kind & 0xFFF0
    if (full := _FULL.get(what)) is not None:
        return _full(full, payload) if len(payload) == full.layout.size else None
    if what in _QUATS:
        layout, count = _QUATS[what]
        return _orientations(layout.unpack(payload), count) if len(payload) == layout.size else None
    if what == 0x0260 and len(payload) >= _FULL_FLOAT.size:  # padded
        when, *numbers = _FULL_FLOAT.unpack_from(payload)
        readings = {
            Quantity.ACC: _threes(numbers[3:6], 1),
            Quantity.GYR: _threes(numbers[0:3], 1),
            Quantity.MAG: _threes(numbers[6:9], 1),
        }
        imu = Packet("imu", readings, (when,), _flags(numbers[16]))
        return [imu, _orientation_float(when, numbers[9:])]
    if what == 0x0290 and len(payload) == _QUAT_FLOAT.size:
        when, *numbers = _QUAT_FLOAT.unpack(payload)
        return [_orientation_float(when, numbers)]
    return None


def _full(full: _Full, payload: bytes) -> list[Packet]:
    when, *numbers, code, heading, errors = full.layout.unpack(payload)
    size = 3 * full.count
    values = {
        Quantity.ACC: _threes(numbers[size : 2 * size], ACC_MPS2),
        Quantity.GYR: _threes(numbers[:size], GYR_RADPS),
    }
    if full.mag:
        values[Quantity.MAG] = _threes(numbers[2 * size :], MAG_UT)
    flags = _flags(errors, code)
    imu = Packet("imu", values, (when,), flags, _remarks(errors))
    row = unpack_quaternion(code)
    if row is None:
        return [imu]
    return [imu, Packet("orientation", {Quantity.QUAT: (row,)}, (when,), flags, _at(code, heading))]


def _orientations(numbers: tuple[Any, ...], count: int) -> list[Packet]:
    """Return the packet of ``count`` orientations; those that cannot be are NaN."""
    when, codes = numbers[0], numbers[1 : 1 + count]
    heading, errors = numbers[1 + count], 0
    for error in numbers[1 + 2 * count :]:
        errors |= error
    bad = (math.nan,) * 4
    rows = tuple(unpack_quaternion(code) or bad for code in codes)
    flags = frozenset[Flag]().union(*(_flags(errors, code) for code in codes))
    return [Packet("orientation", {Quantity.QUAT: rows}, (when,), flags, _at(codes[0], heading) | _remarks(errors))]


def _orientation_float(when: int, numbers: list[Any]) -> Packet:
    w, x, y, z, heading, rest, disturbed, errors = numbers
    flags = _flags(errors, _DISTURBED if disturbed else 0)
    said = {"heading_offset_rad": heading, "at_rest": bool(rest)}
    return Packet("orientation", {Quantity.QUAT: ((w, x, y, z),)}, (when,), flags, said)


def _threes(numbers: Iterable[float], unit: float) -> Rows:
    each = iter(numbers)
    return tuple((x * unit, y * unit, z * unit) for x, y, z in zip(each, each, each, strict=True))


def _at(code: int, heading: int) -> dict[str, object]:
    return {"heading_offset_rad": heading * HEADING_RAD, "at_rest": bool(code & _REST)}


def _remarks(errors: int) -> dict[str, object]:
    return {"processing_issue": True} if errors & _PROCESSING else {}


def _flags(errors: int, code: int = 0) -> frozenset[Flag]:
    flags = {Flag.MAG_DISTURBED} if code & _DISTURBED else set()
    if errors & _CLIPPING:
        flags.add(Flag.CLIPPED)
    if errors & _TIME_GAP:
        flags.add(Flag.TIME_GAP)
    return frozenset(flags)


def unpack_quaternion(code: int) -> tuple[float, float, float, float] | None:
    """Return the orientation of a code: three of its components in 20 bits each, the largest left out.

    Returns:
        Scalar first; None where the code is no orientation.
    """
    left_out = code >> 60 & 3
    found = [0.0] * 4
    squares = 0.0
    for place in (3, 2, 1):
        component = (code & _FIELD) / _FIELD / _HALF - _HALF
        code >>= 20
        squares += component * component
        found[(left_out + place) & 3] = component
    if squares > 1:
        return None
    found[left_out] = math.sqrt(1 - squares)
    w, x, y, z = found
    return w, x, y, z


def pack_quaternion(row: tuple[float, ...]) -> int:
    """Return the code of an orientation: the reverse of `unpack_quaternion`, at rest and undisturbed bits clear."""
    left_out = max(range(4), key=lambda i: abs(row[i]))
    sign = -1 if row[left_out] < 0 else 1
    code = left_out
    for place in (1, 2, 3):
        component = sign * row[(left_out + place) & 3]
        code = code << 20 | min(_FIELD, max(0, round((component + _HALF) * _HALF * _FIELD)))
    return code


def full_frame(packet: Packet, rate: int) -> bytes:
    """Return the frame of eight readings, with the code of no orientation.

    Args:
        packet: acceleration, turning and perhaps the field; one stamp.
        rate: the digit of the rate.
    """
    counts = [count for row in packet.values[Quantity.GYR] for count in to_counts(row, GYR_RADPS)]
    counts += [count for row in packet.values[Quantity.ACC] for count in to_counts(row, ACC_MPS2)]
    counts += [count for row in packet.values.get(Quantity.MAG, ()) for count in to_counts(row, MAG_UT)]
    what = FULL if Quantity.MAG in packet.values else FULL_6D
    return frame(what | rate, _FULL[what].layout.pack(packet.ticks[0], *counts, NO_ORIENTATION, 0, _errors(packet)))


def quaternion_frame(packet: Packet, rate: int) -> bytes:
    """Return the frame of one orientation; see `full_frame`."""
    code = pack_quaternion(packet.values[Quantity.QUAT][0])
    code |= _DISTURBED if Flag.MAG_DISTURBED in packet.flags else 0
    return frame(QUAT | rate, _QUATS[QUAT][0].pack(packet.ticks[0], code, 0, _errors(packet)))


def _errors(packet: Packet) -> int:
    return (_TIME_GAP if Flag.TIME_GAP in packet.flags else 0) | (0x04 if Flag.CLIPPED in packet.flags else 0)
