"""Frames of Polar's measurement service (PMD): one frame is one notification of its data characteristic.

A frame: the measurement, a time stamp of 64 bits in nanoseconds since 2000-01-01 (that of its *last* reading), the
frame type (bit 7: delta compressed), the content. Where numbers are sent as a sensor counts them, a factor leads to the
unit; the device says it when the measurement starts, and it is the range over 32768 where it does not.
"""

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from imutrack.errors import DecodeError
from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.counts import to_counts
from imutrack.wearables.decoding import checked_stamp, unpack
from imutrack.wearables.packet import Packet, Rows
from imutrack.wearables.polar_delta import pack_deltas, unpack_deltas

__all__ = [
    "ACC",
    "ECG",
    "GYR",
    "MAG",
    "PPG",
    "PPI",
    "SDK_MODE",
    "Factors",
    "acc_frame",
    "decode_frame",
    "gyr_frame",
    "mag_frame",
]

ECG, PPG, ACC, PPI, GYR, MAG, SDK_MODE = 0, 1, 2, 3, 5, 6, 9

Factors = Mapping[int, float]
"""Measurement -> what the device said a count is worth."""

_HEAD: Final = struct.Struct("<BQB")
_PULSE: Final = struct.Struct("<BHHB")
_COMPRESSED: Final = 0x80
_WHOLE: Final = {1: "b", 2: "h"}  # bytes -> layout
_MG: Final = STANDARD_GRAVITY_MPS2 / 1000
_DEG: Final = math.pi / 180
_GAUSS, _MILLIGAUSS = 100.0, 0.1  # uT


@dataclass(frozen=True, slots=True)
class _Readings:
    """How one type of frame sends readings of a quantity.

    Attributes:
        resolution: bits of each number.
        unit: SI units in one unit of the frame.
        scaled: whether the device's factor, or the range over 32768, leads to that unit; else it is 1 unless said.
        floats: numbers are the bit patterns of float32.
        remark: a channel after the three, and what it is called.
    """

    resolution: int
    unit: float
    scaled: bool = False
    floats: bool = False
    remark: str = ""


_QUANTITIES: Final = {ACC: Quantity.ACC, GYR: Quantity.GYR, MAG: Quantity.MAG}
_TYPES: Final[Mapping[tuple[int, int], _Readings]] = {
    (ACC, 0x00): _Readings(8, _MG),
    (ACC, 0x01): _Readings(16, _MG),
    (ACC, 0x02): _Readings(24, _MG),
    (ACC, 0x80): _Readings(16, STANDARD_GRAVITY_MPS2, scaled=True),
    (ACC, 0x81): _Readings(16, _MG),
    (GYR, 0x80): _Readings(16, _DEG, scaled=True),
    (GYR, 0x81): _Readings(32, _DEG, floats=True),
    (MAG, 0x80): _Readings(16, _GAUSS, scaled=True),
    (MAG, 0x81): _Readings(16, _MILLIGAUSS, remark="mag_calibration"),  # 0 unknown, 1 poor, 2 fair, 3 good
}


def decode_frame(payload: bytes, said_factors: Factors, range_factors: Factors) -> Packet:
    """Decode one frame.

    Args:
        payload: as notified.
        said_factors: what the device said when it started; a measurement may be missing.
        range_factors: range over 32768, for frames that cannot be read without a factor.

    Raises:
        DecodeError: it is cut, of a measurement or frame type that is not known, or its time cannot be.
    """
    measurement, when_ns, kind = unpack(_HEAD, payload, "frame")
    checked_stamp(when_ns)
    content = payload[_HEAD.size :]
    how = _TYPES.get((measurement, kind))
    if how is not None:
        fallback = range_factors[measurement] if how.scaled else 1.0
        return _readings(measurement, when_ns, how, content, kind, said_factors.get(measurement, fallback))
    parse = _OTHERS.get((measurement, kind))
    if parse is None:
        raise DecodeError(f"measurement {measurement} in frames of type 0x{kind:02x} is not known")
    return parse(when_ns, content)


def _readings(measurement: int, when_ns: int, how: _Readings, content: bytes, kind: int, factor: float) -> Packet:
    channels = 4 if how.remark else 3
    counts = (
        unpack_deltas(content, channels, how.resolution)
        if kind & _COMPRESSED
        else _raw(content, channels, how.resolution // 8)
    )
    unit = how.unit * factor
    rows: Rows
    if how.floats:
        rows = tuple((_float(x) * unit, _float(y) * unit, _float(z) * unit) for x, y, z, *_ in counts)
    else:
        rows = tuple((x * unit, y * unit, z * unit) for x, y, z, *_ in counts)
    said = {how.remark: tuple(reading[3] for reading in counts)} if how.remark else {}
    return Packet(_NAMES[measurement], {_QUANTITIES[measurement]: rows}, (when_ns,), said=said)


def _raw(content: bytes, channels: int, size: int) -> list[tuple[int, ...]]:
    """Return readings that are not compressed."""
    if not content or len(content) % (channels * size):
        raise DecodeError(f"frame: {len(content)} bytes of readings, each takes {channels * size}")
    numbers: Sequence[int]
    if size in _WHOLE:
        numbers = struct.unpack(f"<{len(content) // size}{_WHOLE[size]}", content)
    else:
        numbers = [int.from_bytes(content[i : i + size], "little", signed=True) for i in range(0, len(content), size)]
    return [tuple(numbers[i : i + channels]) for i in range(0, len(numbers), channels)]


def _float(pattern: int) -> float:
    """Return the float32 of a bit pattern; sums of differences wrap as the device's own do."""
    value: float = struct.unpack("<f", (pattern & 0xFFFFFFFF).to_bytes(4, "little"))[0]
    return value


def _ecg(when_ns: int, content: bytes) -> Packet:
    return Packet("ecg", ticks=(when_ns,), said={"ecg_uv": tuple(uv for (uv,) in _raw(content, 1, 3))})


def _ppg(when_ns: int, content: bytes) -> Packet:
    """Decode light sensor counts: three channels and the ambient light."""
    return Packet("ppg", ticks=(when_ns,), said={"ppg_counts": tuple(_raw(content, 4, 3))})


def _ppg_compressed(when_ns: int, content: bytes) -> Packet:
    return Packet("ppg", ticks=(when_ns,), said={"ppg_counts": tuple(unpack_deltas(content, 4, 24))})


def _ppi(when_ns: int, content: bytes) -> Packet:
    """Decode pulse intervals; flag bits: 0 movement spoils it, 1 skin contact, 2 skin contact is measured."""
    if not content or len(content) % _PULSE.size:
        raise DecodeError(f"pulse intervals: {len(content)} bytes, each takes {_PULSE.size}")
    rates, intervals, errors, flags = zip(*_PULSE.iter_unpack(content), strict=True)
    said = {
        "pulse_rates_bpm": rates,
        "pp_s": tuple(ms / 1000 for ms in intervals),
        "pp_error_s": tuple(ms / 1000 for ms in errors),
        "pp_flags": flags,
    }
    return Packet("ppi", ticks=(when_ns,) if when_ns else (), said=said)


_NAMES: Final = {ACC: "acc", GYR: "gyr", MAG: "mag"}
_OTHERS: Final[Mapping[tuple[int, int], Callable[[int, bytes], Packet]]] = {
    (ECG, 0x00): _ecg,
    (PPG, 0x00): _ppg,
    (PPG, 0x80): _ppg_compressed,
    (PPI, 0x00): _ppi,
}


def acc_frame(packet: Packet, *, compressed: bool) -> bytes:
    """Return the frame that says what a packet of acceleration says, to 1 mg."""
    counts = [to_counts(row, _MG) for row in packet.values[Quantity.ACC]]
    if compressed:
        return _HEAD.pack(ACC, packet.ticks[0], 0x81) + pack_deltas(counts, 16)
    flat = [count for row in counts for count in row]
    return _HEAD.pack(ACC, packet.ticks[0], 0x01) + struct.pack(f"<{len(flat)}h", *flat)


def gyr_frame(packet: Packet, factor: float) -> bytes:
    """Return the frame of a packet of turning, in counts of ``factor`` deg/s."""
    counts = [to_counts(row, _DEG * factor) for row in packet.values[Quantity.GYR]]
    return _HEAD.pack(GYR, packet.ticks[0], 0x80) + pack_deltas(counts, 16)


def mag_frame(packet: Packet) -> bytes:
    """Return the frame of a packet of magnetic field, to 1 mG, with a good calibration."""
    counts = [[*to_counts(row, _MILLIGAUSS), 3] for row in packet.values[Quantity.MAG]]
    return _HEAD.pack(MAG, packet.ticks[0], 0x81) + pack_deltas(counts, 16)
