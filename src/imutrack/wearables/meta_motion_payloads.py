"""What a MetaMotion notifies: module, register, then readings; both ways.

Raw readings are triples of int16, one or three to a notification, alike from both sensor chips. Those of the sensor
fusion are float32; acceleration, turning and magnetic field that it corrected end with how well they are calibrated.
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from imutrack.errors import DecodeError
from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.decoding import at_least, unpack
from imutrack.wearables.packet import Packet, Rows

__all__ = ["ACC", "FUSED", "FUSION", "GYR", "MAG", "Fused", "Ranges", "encode_fused", "encode_raw", "parse"]

ACC, GYR, MAG, FUSION = 0x03, 0x13, 0x15, 0x19  # modules

_HEAD_BYTES: Final = 2
_ANSWER: Final = 0x80  # bit of a register that was read
_RAW: Final = {
    (ACC, 0x04): Quantity.ACC,
    (ACC, 0x05): Quantity.ACC,  # packed, BMI270
    (ACC, 0x1C): Quantity.ACC,  # packed, BMI160
    (GYR, 0x04): Quantity.GYR,  # BMI270
    (GYR, 0x05): Quantity.GYR,  # BMI160; packed, BMI270
    (GYR, 0x07): Quantity.GYR,  # packed, BMI160
    (MAG, 0x05): Quantity.MAG,
    (MAG, 0x09): Quantity.MAG,  # packed
}
_TRIPLE: Final = 6  # bytes
_PACKED: Final = 3  # triples
_DEG: Final = math.pi / 180
_GYR_COUNTS_PER_DPS: Final = 16.4  # at 2000 deg/s; the chips' data sheets round it so


@dataclass(frozen=True, slots=True)
class Ranges:
    """Of the raw readings: ends of the range of acceleration, g, and of turning, deg/s."""

    acc_g: int
    gyr_dps: int

    @property
    def factors(self) -> Mapping[Quantity, float]:
        """SI unit of one count."""
        return {
            Quantity.ACC: STANDARD_GRAVITY_MPS2 * self.acc_g / 32768,
            Quantity.GYR: _DEG / (_GYR_COUNTS_PER_DPS * 2000 / self.gyr_dps),
            Quantity.MAG: 1 / 16,
        }


@dataclass(frozen=True, slots=True)
class Fused:
    """One output of the sensor fusion.

    Attributes:
        register: where it comes from; less 4, its bit among those that are switched on.
        layout: after the head.
        quantity: None where it is told by a name instead.
        factor: SI unit of a number.
        said: its name where it is no quantity.
    """

    register: int
    layout: struct.Struct
    quantity: Quantity | None
    factor: float = 1.0
    said: str = ""

    @property
    def bit(self) -> int:
        """Its bit among the outputs that are switched on."""
        return 1 << (self.register - 4)


_CORRECTED, _FOUR, _THREE = struct.Struct("<3fB"), struct.Struct("<4f"), struct.Struct("<3f")

FUSED: Final[Mapping[str, Fused]] = {
    "acc": Fused(0x04, _CORRECTED, Quantity.ACC, STANDARD_GRAVITY_MPS2 / 1000),  # mg
    "gyr": Fused(0x05, _CORRECTED, Quantity.GYR, _DEG),
    "mag": Fused(0x06, _CORRECTED, Quantity.MAG),
    "quat": Fused(0x07, _FOUR, Quantity.QUAT),
    "euler": Fused(0x08, _FOUR, None, said="euler_deg"),  # heading, pitch, roll, yaw
    "gravity": Fused(0x09, _THREE, None, said="gravity_mps2"),
    "free_acc": Fused(0x0A, _THREE, Quantity.FREE_ACC),
}
"""Outputs of the sensor fusion, by the name of their stream."""


def parse(ranges: Ranges) -> Callable[[bytes], Packet]:
    """Return what decodes a notification.

    Its argument is the whole payload; it raises DecodeError where that is too short or of no known register.
    """
    raw = {key: partial(_raw, quantity, ranges.factors[quantity]) for key, quantity in _RAW.items()}
    fused = {(FUSION, each.register): partial(_fused, name, each) for name, each in FUSED.items()}
    parsers: Mapping[tuple[int, int], Callable[[bytes], Packet]] = {**raw, **fused}

    def decode(payload: bytes) -> Packet:
        at_least(payload, _HEAD_BYTES, "notification")
        module, register = payload[0], payload[1]
        found = parsers.get((module, register))
        if found is not None:
            return found(payload)
        if register & _ANSWER:
            return Packet(
                "control", said={"module": module, "register": register, "value": payload[_HEAD_BYTES:].hex()}
            )
        raise DecodeError(f"nothing is known of module {module:#04x}, register {register:#04x}")

    return decode


def _raw(quantity: Quantity, factor: float, payload: bytes) -> Packet:
    size = len(payload) - _HEAD_BYTES
    if size not in (_TRIPLE, _PACKED * _TRIPLE):
        raise DecodeError(f"{quantity.value}: {size} bytes of readings, one or three of {_TRIPLE} are sent")
    counts = struct.unpack_from(f"<{size // 2}h", payload, _HEAD_BYTES)
    scaled = to_si(counts, factor)
    rows = tuple(zip(scaled[::3], scaled[1::3], scaled[2::3], strict=True))
    return Packet(quantity.value, {quantity: rows}, flags=clipping(counts))


def _fused(stream: str, output: Fused, payload: bytes) -> Packet:
    numbers = unpack(output.layout, payload, stream, offset=_HEAD_BYTES)
    said: dict[str, object] = {}
    if output.layout is _CORRECTED:
        numbers, said["accuracy"] = numbers[:-1], numbers[-1]  # 0 unreliable to 3 high
    row = to_si(numbers, output.factor)
    if output.quantity is not None:
        return Packet(stream, {output.quantity: (row,)}, said=said)
    if output.register == FUSED["euler"].register:
        heading, pitch, roll, yaw = row
        return Packet(stream, said={output.said: (roll, pitch, yaw), "heading_deg": heading})
    return Packet(stream, said={output.said: row})


def encode_raw(quantity: Quantity, rows: Rows, ranges: Ranges, single: bytes, packed: bytes) -> list[bytes]:
    """Write raw readings.

    Args:
        quantity: what they are of.
        rows: in SI units.
        ranges: that are set.
        single, packed: module and register that send one reading, and three.
    """
    counts = [to_counts(row, ranges.factors[quantity]) for row in rows]
    whole = len(counts) - len(counts) % _PACKED if packed else 0
    parts = [counts[at : at + _PACKED] for at in range(0, whole, _PACKED)]
    threes = [packed + struct.pack("<9h", *(count for triple in part for count in triple)) for part in parts]
    return threes + [single + struct.pack("<3h", *triple) for triple in counts[whole:]]


def encode_fused(output: Fused, packet: Packet) -> list[bytes]:
    """Write one output of the sensor fusion."""
    head = bytes([FUSION, output.register])
    if output.quantity is not None:
        scaled = [[value / output.factor for value in row] for row in packet.values.get(output.quantity, ())]
        accuracy = [int(str(packet.said.get("accuracy", 0)))] if output.layout is _CORRECTED else []
        return [head + output.layout.pack(*numbers, *accuracy) for numbers in scaled]
    row = packet.said.get(output.said)
    if not isinstance(row, tuple):
        return []
    if output.register == FUSED["euler"].register:
        roll, pitch, yaw = row
        row = (packet.said.get("heading_deg", yaw), pitch, roll, yaw)
    return [head + output.layout.pack(*row)]
