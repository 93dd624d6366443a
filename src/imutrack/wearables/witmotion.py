"""WitMotion BWT901BLE family (WT901BLECL, BWT901BLE5.0, BLE68).

A frame is ``55 61`` and nine counts (acceleration, turning, angles), on newer firmware with the device's time after
them; or ``55 71``, a register and eight counts, in answer to a question. There is no checksum and no counter, and
frames come joined or split: a frame counts as whole where what follows it begins another one, is a time, or has not
come yet. What stands between frames is skipped. Without the device's time, what got lost is unknown.

Commands are not acknowledged, and the rate is 10 Hz whenever it is switched on: so the rate is asked back.
"""

import math
import struct
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.actions import Answer, Ask, Subscribe, Write
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.packet import DeviceClock, Flag, Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["WITMOTION", "WitMotionSettings"]

# not the base of the Bluetooth SIG, which ends in 9b34fb
SERVICE: Final = "0000ffe5-0000-1000-8000-00805f9a34fb"
DATA: Final = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND: Final = "0000ffe9-0000-1000-8000-00805f9a34fb"

_HEADS: Final = (b"\x55\x61", b"\x55\x71")
_FRAME, _TIME, _SIX = 20, 8, 14  # bytes; the last: acceleration and turning of a frame that was cut
_NINE: Final = struct.Struct("<9h")
_EIGHT: Final = struct.Struct("<H8h")
_WHEN: Final = struct.Struct("<6BH")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

_ACC: Final = 16 * STANDARD_GRAVITY_MPS2 / 32768
_GYR: Final = math.radians(2000) / 32768
_ANGLE: Final = 180 / 32768

_RATE, _READ = 0x03, 0x27
_MAG, _TEMPERATURE, _QUAT, _BATTERY = 0x3A, 0x40, 0x51, 0x64
# the vendor's table of the battery: centivolts -> per cent
_CHARGE: Final = (
    (396, 100), (393, 90), (387, 75), (382, 60), (379, 50), (377, 40), (373, 30), (370, 20), (368, 15), (350, 10),
    (340, 5), (0, 0),
)  # fmt: skip
_RATES: Final = {1: 0x03, 2: 0x04, 5: 0x05, 10: 0x06, 20: 0x07, 50: 0x08, 100: 0x09, 200: 0x0A}
_RATE_HEAD: Final = _HEADS[1] + bytes([_RATE, 0])
_RATE_HEAD_BYTES: Final = len(_RATE_HEAD)
_CODE: Final = struct.Struct("<H")
_CODE_BITS: Final = 0x0F  # the others are reserved
_UNLOCK: Final = b"\xff\xaa\x69\x88\xb5"


class WitMotionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: of the readings; 200 needs a link to itself. It holds until the device is switched off.
        device_time: whether its firmware sends the time with each frame (28 bytes in place of 20); then what got lost
            can be counted.
    """

    rate_hz: Literal[1, 2, 5, 10, 20, 50, 100, 200] = 50
    device_time: bool = False


class _Decoder:
    """Cuts the bytes of one link into frames.

    Args:
        timed: whether frames end in a time; it is learned from the frames where that is not so.
    """

    def __init__(self, *, timed: bool) -> None:
        self._timed = timed
        self._waiting = bytearray()
        self._open = False  # the last frame was taken as whole because nothing had come after it

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification; see `imutrack.wearables.packet.Decoder`."""
        if characteristic != DATA:
            raise DecodeError(f"nothing is known of the characteristic {characteristic}")
        self._waiting += payload
        packets: list[Packet] = []
        skipped = 0
        while self._waiting:
            if self._open and (late := _time_in(self._waiting, unset=self._timed)) is not None:
                if late < _TIME:
                    break
                self._timed, self._open = True, False
                del self._waiting[:_TIME]
                continue
            if (gap := _to_head(self._waiting)) > 0:
                skipped += gap
                self._open = False
                del self._waiting[:gap]
                continue
            if (size := self._whole()) == 0:
                break
            if size < _SIX or (size < _FRAME and self._waiting[1] != _HEADS[0][1]):
                skipped += size
            else:
                packets.append(_frame(bytes(self._waiting[:size])))
            del self._waiting[:size]
        if skipped and not packets and not self._waiting:
            raise DecodeError(f"{skipped} bytes that begin no frame")
        return packets

    def finish(self) -> list[Packet]:
        """Return acceleration and turning of a frame that was cut after them."""
        rest = bytes(self._waiting)
        self._waiting.clear()
        if len(rest) < _SIX or rest[:2] != _HEADS[0]:
            return []
        return [_frame(rest[:_FRAME])]

    def _whole(self) -> int:
        """Return how many bytes the first frame takes; 0 where more must come first."""
        waiting = self._waiting
        if len(waiting) < _FRAME or (len(waiting) == _FRAME and self._timed and waiting[1] == _HEADS[0][1]):
            return 0
        self._open = len(waiting) == _FRAME
        after = waiting[_FRAME : _FRAME + _TIME]
        if not after or _to_head(after) == 0:
            return _FRAME
        if waiting[1] == _HEADS[0][1] and (time := _time_in(after, unset=self._timed)) is not None:
            self._timed = self._timed or time == _TIME
            return _FRAME + _TIME if time == _TIME else 0
        # where another frame begins within this one, the rest of this one got lost
        return min((at for head in _HEADS if (at := waiting.find(head, 2, _FRAME + 1)) > 0), default=_FRAME)


def _to_head(waiting: bytearray) -> int:
    """Return how many bytes stand before the next head of a frame."""
    found = min((at for head in _HEADS if (at := waiting.find(head)) >= 0), default=len(waiting))
    if found == len(waiting) and waiting.endswith(b"\x55"):
        return found - 1
    return found


def _time_in(waiting: bytearray, *, unset: bool) -> int | None:
    """Return how many bytes of a device's time stand at the start, up to all eight; None where it cannot be one.

    Args:
        waiting: what comes after a frame.
        unset: whether month and day may be 0, as a clock says them that was never set.
    """
    fields = bytes(waiting[:_TIME])
    lowest = (0, 0, 0) if unset else (0, 1, 1)
    if any(value < low for value, low in zip(fields, lowest, strict=False)):
        return None
    if any(value > top for value, top in zip(fields, (99, 12, 31, 23, 59, 59), strict=False)):
        return None
    if len(fields) == _TIME and int.from_bytes(fields[6:], "little") > 999:
        return None
    return len(fields)


def _frame(frame: bytes) -> Packet:
    """Decode one frame, whole or cut after acceleration and turning."""
    if frame[:2] == _HEADS[1]:
        return _register(frame)
    flags = frozenset({Flag.TRUNCATED}) if len(frame) < _FRAME else frozenset[Flag]()
    counts = _NINE.unpack_from(frame.ljust(_FRAME, b"\0"), 2)
    values = {Quantity.ACC: (to_si(counts[:3], _ACC),), Quantity.GYR: (to_si(counts[3:6], _GYR),)}
    said = {} if flags else {"euler_deg": to_si(counts[6:], _ANGLE)}
    return Packet("imu", values, _ticks(frame), flags | clipping(counts[:6]), said)


def _ticks(frame: bytes) -> tuple[int, ...]:
    """Return the device's time in ms since 2000; nothing where it was not sent or is no date."""
    if len(frame) < _FRAME + _TIME:
        return ()
    year, month, day, hour, minute, second, ms = _WHEN.unpack_from(frame, _FRAME)
    try:
        when = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return ()
    return ((when - _EPOCH) // timedelta(milliseconds=1) + ms,)


def _register(frame: bytes) -> Packet:
    register, *counts = _EIGHT.unpack_from(frame, 2)
    if register == _QUAT:
        return Packet("orientation", {Quantity.QUAT: (to_si(counts[:4], 1 / 32768),)})
    if register == _MAG:  # counts: what one is worth depends on the chip, and sources contradict each other
        return Packet("mag", {Quantity.MAG_AU: (to_si(counts[:3], 1.0),)})
    if register == _TEMPERATURE:
        return Packet("temperature", said={"temperature_c": counts[0] / 100})
    if register == _BATTERY:
        charge = next((percent for least, percent in _CHARGE if counts[0] >= least), 0)
        return Packet("battery", said={"battery_v": counts[0] / 100, "battery_pct": charge})
    return Packet("register", said={"register": register, "counts": tuple(counts)})


def _profile(settings: WitMotionSettings, _facts: Facts) -> Profile:
    clock = DeviceClock(1e-3) if settings.device_time else None
    return Profile(
        streams=(Stream("imu", (Quantity.ACC, Quantity.GYR), float(settings.rate_hz), clock, characteristic=DATA),),
        start=(
            Subscribe(DATA),
            Write(COMMAND, _UNLOCK, response=False),
            Write(COMMAND, _command(_RATE, _RATES[settings.rate_hz]), response=False),
            Ask(Write(COMMAND, _command(_READ, _RATE), response=False), _rate_taken(settings.rate_hz)),
            Write(COMMAND, _command(_READ, _BATTERY), response=False),  # its answer comes among the frames
        ),
        stop=(),
        decoder=partial(_Decoder, timed=settings.device_time),
        encode=partial(_encode, settings),
    )


def _rate_taken(rate_hz: int) -> Answer:
    """Return the answer of a device that took the rate: the register, among the frames that it is in."""

    def judge(payload: bytes) -> bool:
        at = payload.find(_RATE_HEAD)
        if at < 0 or len(payload) < at + _RATE_HEAD_BYTES + 2:
            return False
        (code,) = _CODE.unpack_from(payload, at + _RATE_HEAD_BYTES)
        if code & _CODE_BITS == _RATES[rate_hz]:
            return True
        now = next((f"at {rate} readings per second" for rate, each in _RATES.items() if each == code & _CODE_BITS), "")
        raise WearableError(
            f"witmotion: it did not take {rate_hz} readings per second and stays {now or 'at another rate'}: "
            "switch it off and on; if that does not help, choose its rate in the vendor's app and in rate_hz"
        )

    return Answer(DATA, judge, _HEADS[1] + _EIGHT.pack(_RATE, _RATES[rate_hz], *[0] * 7))


def _command(register: int, value: int) -> bytes:
    return bytes([0xFF, 0xAA, register, value, 0])


def _encode(settings: WitMotionSettings, packet: Packet) -> list[Notification]:
    if "battery_pct" in packet.said:
        volts = next(least for least, percent in _CHARGE if int(str(packet.said["battery_pct"])) >= percent)
        return [(DATA, _HEADS[1] + _EIGHT.pack(_BATTERY, volts, *[0] * 7))]
    times = [_time(tick) for tick in packet.ticks] if settings.device_time else [b""] * len(packet)
    return [
        (DATA, _HEADS[0] + _NINE.pack(*to_counts(acc, _ACC), *to_counts(gyr, _GYR), 0, 0, 0) + time)
        for acc, gyr, time in zip(packet.values[Quantity.ACC], packet.values[Quantity.GYR], times, strict=True)
    ]


def _time(tick: int) -> bytes:
    when = _EPOCH + timedelta(milliseconds=tick)
    date = (when.year - 2000, when.month, when.day, when.hour, when.minute, when.second)
    return _WHEN.pack(*date, when.microsecond // 1000)


WITMOTION: Final = Wearable(
    id="witmotion",
    title="WitMotion BWT901BLE, WT901BLE",
    advertised=Advertised(names=("wt901ble", "bwt901ble", "wtble"), services=(SERVICE,)),
    settings=WitMotionSettings,
    profile=_profile,
    source="WitMotion Bluetooth 5.0 protocol; WT901BLECL datasheet v20-0707",
)
