"""Movella (Xsens) DOT.

A payload is a time stamp of 32 bits in microseconds, which wraps every 71.6 min, then the fields of the payload mode,
padded with zeros to the fixed length of its characteristic. There is no counter: what got lost shows as a step in time.
Rates up to 60 Hz are sent live; 120 Hz can only be recorded on board.
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import DecodeError
from imutrack.samples import Quantity
from imutrack.wearables.actions import Subscribe, Write
from imutrack.wearables.counts import to_si
from imutrack.wearables.decoding import EachAlone, at_least, unpack
from imutrack.wearables.packet import DeviceClock, Flag, Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["MODES", "MOVELLA_DOT", "DotSettings", "Mode"]


def _uuid(number: int) -> str:
    return f"1517{number:04x}-4947-11e9-8646-d663bd873d93"


_CONTROL: Final = _uuid(0x1002)
_REPORT: Final = _uuid(0x1004)
_MEASURE: Final = _uuid(0x2001)
_LONG, _MEDIUM, _SHORT = _uuid(0x2002), _uuid(0x2003), _uuid(0x2004)
_BATTERY: Final = _uuid(0x3001)
_LENGTHS: Final = {_LONG: 63, _MEDIUM: 40, _SHORT: 20}

_RATE_VISITED: Final = 0x10  # of the control characteristic's first byte: only the rate is written
_RATE_AT, _CONTROL_BYTES = 24, 32
_CLOCK: Final = DeviceClock(1e-6, bits=32)
_MAG_PER_AU: Final = 4096.0  # 3 x int16, as the vendor's example server reads them
_DEG: Final = math.pi / 180
_CLIPPED: Final = 0x1FF  # status bits 0-2 acceleration, 3-5 turning, 6-8 magnetometer
_BUTTONS: Final = {5: "single", 6: "double", 7: "triple"}
_CLIPPED_FLAG: Final = frozenset({Flag.CLIPPED})
_NO_FLAGS: Final[frozenset[Flag]] = frozenset()
_WHEN: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a payload: its layout, and the quantity or the name it is given by."""

    layout: str
    name: Quantity | str
    scale: float = 1.0


_QUAT = _Field("4f", Quantity.QUAT)
_EULER = _Field("3f", "euler_deg")
_ACC = _Field("3f", Quantity.ACC)
_GYR = _Field("3f", Quantity.GYR, _DEG)
_FREE_ACC = _Field("3f", Quantity.FREE_ACC)
_MAG = _Field("3h", Quantity.MAG_AU, 1 / _MAG_PER_AU)
_DQ, _DV = _Field("4f", "dq"), _Field("3f", "dv")
_STATUS = _Field("H", "status")
_CLIPS = _Field("2B", "clips")  # how often acceleration and turning clipped


@dataclass(frozen=True, slots=True)
class Mode:
    """One payload mode: its number, the characteristic that sends it, and its fields after the time stamp."""

    number: int
    characteristic: str
    fields: tuple[_Field, ...]

    @property
    def layout(self) -> struct.Struct:
        """Time stamp and fields, without the padding."""
        return struct.Struct("<I" + "".join(field.layout for field in self.fields))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What each reading holds."""
        return tuple(field.name for field in self.fields if isinstance(field.name, Quantity))


MODES: Final[Mapping[str, Mode]] = {
    "extended-quaternion": Mode(2, _MEDIUM, (_QUAT, _FREE_ACC, _STATUS, _CLIPS)),
    "complete-quaternion": Mode(3, _MEDIUM, (_QUAT, _FREE_ACC)),
    "orientation-euler": Mode(4, _SHORT, (_EULER,)),
    "orientation-quaternion": Mode(5, _SHORT, (_QUAT,)),
    "free-acceleration": Mode(6, _SHORT, (_FREE_ACC,)),
    "extended-euler": Mode(7, _MEDIUM, (_EULER, _FREE_ACC, _STATUS, _CLIPS)),
    "complete-euler": Mode(16, _MEDIUM, (_EULER, _FREE_ACC)),
    "delta-mag": Mode(18, _MEDIUM, (_DQ, _DV, _MAG)),
    "delta": Mode(19, _MEDIUM, (_DQ, _DV)),
    "rate-mag": Mode(20, _MEDIUM, (_ACC, _GYR, _MAG)),
    "rate": Mode(21, _MEDIUM, (_ACC, _GYR)),
    "custom-1": Mode(22, _MEDIUM, (_EULER, _FREE_ACC, _GYR)),
    "custom-2": Mode(23, _MEDIUM, (_EULER, _FREE_ACC, _MAG)),
    "custom-3": Mode(24, _MEDIUM, (_QUAT, _GYR)),
    "custom-5": Mode(26, _LONG, (_QUAT, _ACC, _GYR)),
}
"""Payload modes by name; 1, 17 and 25 are packed in a way that only the vendor's own software knows."""


class DotSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: of the readings.
        mode: a name of `MODES`; custom-5 needs firmware 3.
    """

    rate_hz: Literal[1, 4, 10, 12, 15, 20, 30, 60] = 60
    mode: str = "rate-mag"

    def __post_init__(self) -> None:
        """Check the mode."""
        if self.mode not in MODES:
            raise ValueError(f"no payload mode {self.mode!r}: known are {', '.join(MODES)}")


def _parser(mode: Mode) -> Callable[[bytes], Packet]:
    layout = mode.layout
    readings: list[tuple[Quantity, slice, float]] = []
    others: list[tuple[str, slice]] = []
    status_at, at = 0, 1  # the time stamp comes first
    for field in mode.fields:
        where = slice(at, at + _numbers(field))
        if isinstance(field.name, Quantity):
            readings.append((field.name, where, field.scale))
        elif field is _STATUS:
            status_at = at
        elif field is not _CLIPS:
            others.append((field.name, where))
        at = where.stop

    def parse(payload: bytes) -> Packet:
        numbers = unpack(layout, payload, "measurement")
        values = {quantity: (to_si(numbers[where], scale),) for quantity, where, scale in readings}
        clipped = status_at and numbers[status_at] & _CLIPPED
        said = {name: numbers[where] for name, where in others}
        return Packet("imu", values, numbers[:1], _CLIPPED_FLAG if clipped else _NO_FLAGS, said)

    return parse


def _report(payload: bytes) -> Packet:
    """Decode what the device reports of itself: a button, or that it goes to sleep."""
    at_least(payload, 2, "report")
    kind = payload[0]
    if kind in _BUTTONS:
        (when_ms,) = unpack(_WHEN, payload, "button", offset=2)  # after the length of what follows
        return Packet("report", said={"button": _BUTTONS[kind], "button_ms": when_ms})
    return Packet("report", said={"report": {1: "power off", 4: "power save"}.get(kind, f"type {kind}")})


def _battery(payload: bytes) -> Packet:
    at_least(payload, 2, "battery")
    if payload[0] > 100:
        raise DecodeError(f"battery: {payload[0]} %")
    return Packet("battery", said={"battery_pct": payload[0], "charging": bool(payload[1])})


def _profile(settings: DotSettings, _facts: Facts) -> Profile:
    mode = MODES[settings.mode]
    parsers = {mode.characteristic: _parser(mode), _REPORT: _report, _BATTERY: _battery}
    return Profile(
        streams=(Stream("imu", mode.quantities, float(settings.rate_hz), _CLOCK, characteristic=mode.characteristic),),
        start=(
            Write(_MEASURE, _switch(mode, on=False)),  # the rate cannot change while it measures
            Write(_CONTROL, _rate(settings.rate_hz)),
            Subscribe(_REPORT),
            Subscribe(_BATTERY),
            Subscribe(mode.characteristic),
            Write(_MEASURE, _switch(mode, on=True)),
        ),
        stop=(Write(_MEASURE, _switch(mode, on=False)),),
        decoder=lambda: EachAlone(parsers),
        encode=partial(_encode, mode),
    )


def _rate(rate_hz: int) -> bytes:
    said = bytearray(_CONTROL_BYTES)
    said[0] = _RATE_VISITED
    struct.pack_into("<H", said, _RATE_AT, rate_hz)
    return bytes(said)


def _switch(mode: Mode, *, on: bool) -> bytes:
    return bytes([1, on, mode.number])


def _encode(mode: Mode, packet: Packet) -> list[Notification]:
    if "battery_pct" in packet.said:
        return [(_BATTERY, bytes([int(str(packet.said["battery_pct"])), bool(packet.said.get("charging"))]))]
    numbers: list[float] = []
    for field in mode.fields:
        count = _numbers(field)
        row = packet.values[field.name][0] if isinstance(field.name, Quantity) else (0.0,) * count
        scaled = [value / field.scale for value in row]
        numbers += scaled if field.layout.endswith("f") else [round(value) for value in scaled]
    payload = mode.layout.pack(packet.ticks[0], *numbers)
    return [(mode.characteristic, payload.ljust(_LENGTHS[mode.characteristic], b"\0"))]


def _numbers(field: _Field) -> int:
    """Return how many numbers a field holds: its layout is a count and a letter, or a letter alone."""
    return int(field.layout[:-1] or 1)


MOVELLA_DOT: Final = Wearable(
    id="movella-dot",
    title="Movella (Xsens) DOT",
    advertised=Advertised(names=("xsens dot", "movella dot"), companies=(0x0886,)),
    settings=DotSettings,
    profile=_profile,
    battery=_BATTERY,
    source="Movella DOT BLE Services Specification, revision C, July 2023",
)
