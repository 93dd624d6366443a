"""Movesense, by its GATT sensor data protocol (the default firmware from 2.3, or the sample of that name before).

A command is a number, a reference that the client chooses, and a path; what comes back carries the same reference.
A packet is a time stamp in ms, that of its first reading, then an array of float32 for each sensor: all of the
acceleration, then all of the turning, then all of the magnetometer. Where it is too long for one notification a
second one goes on with it. That the first is not whole mostly shows in its length, since what fits most links is no
whole number of readings; where it is one, the next notification tells, so that the first packet of a connection waits
for it. A first part whose second is lost is left out: it shows as a step in time.

Vendor documents give the frames, the paths and the units (m/s2, deg/s, uT); the order within a packet is that of the
vendor's sample client. One public client says mg; others found 9.8 at rest. The magnetometer's unit rests on the
documents alone. How many readings a packet holds is the sensor's choice.
"""

import math
import struct
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables.actions import Answer, Ask, Subscribe, Write, sig
from imutrack.wearables.decoding import at_least
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.packet import DeviceClock, Flag, Notification, Packet, Rows, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["MOVESENSE", "MovesenseSettings"]


def _uuid(number: int) -> str:
    return f"3480{number:04x}-7185-4d5d-b431-630e7050e8f0"


_SERVICE, _COMMAND, _NOTIFY = _uuid(0x2252), _uuid(0x0001), _uuid(0x0002)

_HELLO, _SUBSCRIBE, _UNSUBSCRIBE = 0, 1, 2
_ANSWER, _DATA, _SECOND_PART = 1, 2, 3
_GREETING, _MOVEMENT = 98, 99  # references; any but 0 would do
_HEAD_BYTES: Final = 2  # kind, reference
_STATUS: Final = struct.Struct("<H")
_WHEN: Final = struct.Struct("<I")
_FRAME_BYTES: Final = _HEAD_BYTES + _WHEN.size
_TRIPLE: Final = 12  # bytes of one reading of one sensor
_NOTIFICATION_BYTES: Final = 155  # at the largest MTU the sensor takes

_CLOCK: Final = DeviceClock(1e-3, bits=32, stamps="first")
_FACTORS: Final = {Quantity.ACC: 1.0, Quantity.GYR: math.pi / 180, Quantity.MAG: 1.0}  # m/s2, deg/s, uT

_REFUSALS: Final = {
    400: "it does not know this path or rate",
    404: "it does not know this path or rate",
    409: "it is busy with it already",
    507: "it has no room for another subscription",
    0xFB01: "it has no room for another subscription",  # 507 as the older sample sends it, high byte first
}


class MovesenseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: of the readings.
        mag: the magnetometer too.
    """

    rate_hz: Literal[13, 26, 52, 104, 208] = 104
    mag: bool = False

    @property
    def path(self) -> str:
        """What is subscribed to."""
        return f"/Meas/IMU{9 if self.mag else 6}/{self.rate_hz}"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What a packet holds, in its order."""
        return (Quantity.ACC, Quantity.GYR, Quantity.MAG) if self.mag else (Quantity.ACC, Quantity.GYR)


class _Frames:
    """Joins what was sent in two parts.

    Args:
        quantities: what a packet holds, in its order.
    """

    def __init__(self, quantities: tuple[Quantity, ...]) -> None:
        self._quantities = quantities
        self._first = b""  # begun, or whole by its looks
        self._sure = False  # whether a packet goes in one part was seen
        self._decoded_bytes = 0  # of the last packet in one part; its second part would tell that it was not
        self._split_bytes = 0  # of a first part that looks whole and is not

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification; see `imutrack.wearables.packet.Decoder`."""
        if characteristic == BATTERY_LEVEL:
            return [battery_level(payload)]
        if characteristic != _NOTIFY:
            raise DecodeError(f"nothing is known of the characteristic {characteristic}")
        at_least(payload, _HEAD_BYTES, "notification")
        kind, reference = payload[0], payload[1]
        if kind == _ANSWER:
            return [_answer(payload)]
        if kind not in (_DATA, _SECOND_PART) or reference != _MOVEMENT:
            raise DecodeError(f"a notification of kind {kind} for reference {reference}, which was not asked for")
        if kind == _DATA:
            at_least(payload, _FRAME_BYTES, "measurement")
            return self._begun(payload)
        first, self._first = self._first, b""
        if not first:
            self._split_bytes = self._decoded_bytes or self._split_bytes
            raise DecodeError("the second part of a measurement whose first part did not come")
        frame = first + payload[_HEAD_BYTES:]
        if not self._whole(frame):
            raise DecodeError(f"a measurement of {len(frame)} bytes in two parts holds no whole number of readings")
        self._sure, self._split_bytes = True, len(first)
        return [self._packet(frame)]

    def finish(self) -> list[Packet]:
        """Say that a packet was begun: without its second part nothing in it can be told apart."""
        first, self._first = self._first, b""
        if not first:
            return []
        return [self._packet(first) if self._looks_whole(first) else Packet("imu", flags=frozenset({Flag.TRUNCATED}))]

    def _begun(self, payload: bytes) -> list[Packet]:
        """Take what begins a packet: the one that waited had no second part, so that it was whole if it looks so."""
        first, self._first = self._first, b""
        whole = [self._packet(first)] if first and self._looks_whole(first) else []
        self._sure |= bool(whole)
        self._decoded_bytes = len(payload) if self._sure and self._looks_whole(payload) else 0
        if self._decoded_bytes:
            return [*whole, self._packet(payload)]
        self._first = payload
        return whole

    def _looks_whole(self, frame: bytes) -> bool:
        return self._whole(frame) and len(frame) != self._split_bytes

    def _whole(self, frame: bytes) -> bool:
        size = len(frame) - _FRAME_BYTES
        return size > 0 and size % (_TRIPLE * len(self._quantities)) == 0

    def _packet(self, frame: bytes) -> Packet:
        numbers = struct.unpack_from(f"<{(len(frame) - _FRAME_BYTES) // 4}f", frame, _FRAME_BYTES)
        each = len(numbers) // len(self._quantities)
        values = {
            quantity: _rows(numbers[at * each : (at + 1) * each], _FACTORS[quantity])
            for at, quantity in enumerate(self._quantities)
        }
        return Packet("imu", values, _WHEN.unpack_from(frame, _HEAD_BYTES))


def _rows(numbers: tuple[float, ...], factor: float) -> Rows:
    scaled = [number * factor for number in numbers]
    return tuple(zip(scaled[::3], scaled[1::3], scaled[2::3], strict=True))


def _answer(payload: bytes) -> Packet:
    reference, rest = payload[1], payload[_HEAD_BYTES:]
    if reference == _GREETING or len(rest) < _STATUS.size:  # a greeting carries no status
        return Packet("control", said={"reference": reference})
    return Packet("control", said={"reference": reference, "status": _STATUS.unpack_from(rest)[0]})


def _greeted(payload: bytes) -> bool:
    return payload[:_HEAD_BYTES] == bytes([_ANSWER, _GREETING])


def _subscribed(path: str, payload: bytes) -> bool:
    """Judge the answer to a subscription; older firmware gives none but the data themselves."""
    if payload[:_HEAD_BYTES] == bytes([_DATA, _MOVEMENT]):
        return True
    if payload[:_HEAD_BYTES] != bytes([_ANSWER, _MOVEMENT]) or len(payload) < _HEAD_BYTES + _STATUS.size:
        return False
    (status,) = _STATUS.unpack_from(payload, _HEAD_BYTES)
    if status >= 400:  # the codes of HTTP
        why = _REFUSALS.get(status, "its documentation does not say why")
        raise WearableError(f"the Movesense refuses {path} (status {status}): {why}")
    return True


def _encode(settings: MovesenseSettings, packet: Packet) -> list[Notification]:
    if not packet.values:
        return encode_battery(packet)
    numbers = [
        number / _FACTORS[quantity]
        for quantity in settings.quantities
        for row in packet.values[quantity]
        for number in row
    ]
    frame = bytes([_DATA, _MOVEMENT]) + struct.pack(f"<I{len(numbers)}f", packet.ticks[0], *numbers)
    first, rest = frame[:_NOTIFICATION_BYTES], frame[_NOTIFICATION_BYTES:]
    second = [(_NOTIFY, bytes([_SECOND_PART, _MOVEMENT]) + rest)] if rest else []
    return [(_NOTIFY, first), *second]


def _profile(settings: MovesenseSettings, _facts: Facts) -> Profile:
    subscribe = bytes([_SUBSCRIBE, _MOVEMENT]) + settings.path.encode()
    unsubscribe = bytes([_UNSUBSCRIBE, _MOVEMENT])
    return Profile(
        streams=(
            Stream("imu", settings.quantities, float(settings.rate_hz), _CLOCK, per_packet=0, characteristic=_NOTIFY),
        ),
        start=(
            Subscribe(_NOTIFY),
            Write(_COMMAND, unsubscribe),  # from an earlier start; its answer, if any, comes before the greeting's
            Ask(
                Write(_COMMAND, bytes([_HELLO, _GREETING])),
                Answer(_NOTIFY, _greeted, bytes([_ANSWER, _GREETING]) + b"Hello", fact="greeting"),
            ),
            Ask(
                Write(_COMMAND, subscribe),
                Answer(_NOTIFY, partial(_subscribed, settings.path), bytes([_ANSWER, _MOVEMENT]) + _STATUS.pack(200)),
            ),
        ),
        stop=(Write(_COMMAND, unsubscribe),),
        decoder=lambda: _Frames(settings.quantities),
        encode=partial(_encode, settings),
    )


MOVESENSE: Final = Wearable(
    id="movesense",
    title="Movesense",
    advertised=Advertised(names=("movesense",), services=(sig(0xFDF3), _SERVICE)),
    settings=MovesenseSettings,
    profile=_profile,
    battery=BATTERY_LEVEL,
    source="Movesense: GATT SensorData Protocol specification (GD-77); API, Meas/IMU; sample gatt_sensordata_app",
)
