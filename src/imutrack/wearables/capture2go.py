"""Capture2Go by SensorStim.

Each notification says how many real-time frames it begins with; what follows are bytes of one long stream of frames,
cut anywhere, from a buffer in which nothing gets lost while the link is slow. A checksum guards each frame, so that a
stream that is entered in its middle is found again. Eight readings make a frame, with the orientation at the first.
"""

import struct
import zlib
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables.actions import Answer, Ask, Subscribe, Write
from imutrack.wearables.capture2go_frames import (
    BATTERY,
    HEAD,
    MOST,
    START,
    frame,
    frames_in,
    full_frame,
    measured,
    quaternion_frame,
)
from imutrack.wearables.packet import DeviceClock, Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["CAPTURE2GO", "Capture2GoSettings"]

SERVICE: Final = "80030001-e629-4c98-9324-aa7fc0c66de7"
COMMAND: Final = "80030002-e629-4c98-9324-aa7fc0c66de7"
DATA: Final = "80030003-e629-4c98-9324-aa7fc0c66de7"

_CLOCK: Final = DeviceClock(1e-9, stamps="first")
_RATES: Final = {200: 1, 100: 2, 50: 3, 25: 4, 10: 5, 1: 6}
_PER_FRAME: Final = 8
_NO_REAL_TIME, _MOST_REAL_TIME = 0xFF, 3  # no notification has room for more

_SET_MODE, _MODE_IS = 0x0120, 0x0122
_START, _STARTED, _STOP = 0x0150, 0x0151, 0x0152
_STATUS, _ERROR = 0x0201, 0xFFFF
_MODE: Final = struct.Struct("<q8BHBQ3?")
_FAILED: Final = struct.Struct("<BH")
_WRONG_STATE: Final = 0xFB


class Capture2GoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: of the readings; at 200 an adapter bears about two, at 50 eight and more.
        magnetometer: whether its readings are sent; orientation needs it either way.
    """

    rate_hz: Literal[1, 10, 25, 50, 100, 200] = 50
    magnetometer: bool = True


class _Decoder:
    """Cuts the bytes of one link into frames."""

    def __init__(self) -> None:
        self._stream = bytearray()

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification; see `imutrack.wearables.packet.Decoder`."""
        if characteristic != DATA:
            raise DecodeError(f"nothing is known of the characteristic {characteristic}")
        if not payload or _NO_REAL_TIME - payload[0] > _MOST_REAL_TIME:
            raise DecodeError(f"Capture2Go: {payload[:1].hex() or 'nothing'} counts no real-time frames")
        packets: list[Packet] = []
        at = 1
        for _ in range(_NO_REAL_TIME - payload[0]):
            size = _frame_size(payload[at:])
            if not size or at + size > len(payload):
                raise DecodeError("Capture2Go: a real-time frame is cut, or its checksum is wrong")
            packets += _packets(payload[at : at + size])
            at += size
        self._stream += payload[at:]
        skipped = self._cut(packets)
        if skipped and not packets and not self._stream:
            raise DecodeError(f"Capture2Go: {skipped} bytes that belong to no frame")
        return packets

    def finish(self) -> list[Packet]:
        """Return nothing: a frame that is cut has no checksum to trust it by."""
        return []

    def _cut(self, packets: list[Packet]) -> int:
        """Take whole frames from the stream; return how many bytes belonged to none."""
        skipped, at, stream = 0, 0, self._stream
        while at < len(stream):
            size = _frame_size(stream[at : at + HEAD.size + MOST])
            if size is None:
                at, skipped = at + 1, skipped + 1
            elif at + size > len(stream):
                break
            else:
                packets += _packets(bytes(stream[at : at + size]))
                at += size
        del stream[:at]
        return skipped


def _frame_size(data: bytes | bytearray) -> int | None:
    """Return the size of the frame that begins here, perhaps more than has come; None where none can begin."""
    if data[:1] != bytes([START]):
        return None
    if len(data) < HEAD.size:
        return HEAD.size
    _, crc, size, _ = HEAD.unpack_from(data)
    end: int = HEAD.size + size
    if size > MOST or (end <= len(data) and zlib.crc32(data[6:end]) != crc):
        return None
    return end


def _packets(whole: bytes) -> list[Packet]:
    """Decode a frame whose checksum was right."""
    kind: int = HEAD.unpack_from(whole)[3]
    payload = whole[HEAD.size :]
    packets = measured(kind, payload)
    if packets is not None:
        return packets
    if kind == _STATUS and len(payload) == BATTERY.size:
        when, _, _, *_, synchronised, battery, _ = BATTERY.unpack(payload)
        said: dict[str, object] = {"battery_pct": battery & 0x7F, "charging": bool(battery & 0x80)}
        return [Packet("battery", ticks=(when,), said=said | {"synchronised": bool(synchronised)})]
    return [Packet("report", said={"frame": f"0x{kind:04x}"})]


def _profile(settings: Capture2GoSettings, _facts: Facts) -> Profile:
    rate = _RATES[settings.rate_hz]
    quantities = (Quantity.ACC, Quantity.GYR, *((Quantity.MAG,) if settings.magnetometer else ()))
    mode = _MODE.pack(0, 0, 0, rate, 0, 0, 0, 1, 0, 0, 0, 0, False, False, not settings.magnetometer)
    return Profile(
        streams=(
            Stream("imu", quantities, float(settings.rate_hz), _CLOCK, per_packet=_PER_FRAME, characteristic=DATA),
            Stream("orientation", (Quantity.QUAT,), settings.rate_hz / _PER_FRAME, _CLOCK, characteristic=DATA),
        ),
        start=(
            Subscribe(DATA),
            Write(COMMAND, frame(_STOP)),  # the mode cannot change while it sends
            _ask(_SET_MODE, mode, _MODE_IS, mode),
            _ask(_START, b"", _STARTED, b""),
        ),
        stop=(Write(COMMAND, frame(_STOP)),),
        decoder=_Decoder,
        encode=partial(_encode, rate),
    )


def _ask(command: int, payload: bytes, answer: int, answered: bytes) -> Ask:
    example = bytes([_NO_REAL_TIME]) + frame(answer, answered)
    return Ask(Write(COMMAND, frame(command, payload)), Answer(DATA, partial(_judge, command, answer), example))


def _judge(command: int, answer: int, payload: bytes) -> bool:
    for kind, said in frames_in(payload[1:]):
        if kind == answer:
            return True
        if kind == _ERROR and len(said) == _FAILED.size:
            code, failed = _FAILED.unpack(said)
            if failed == command:
                why = (
                    "it is in the wrong state: switch it off and on" if code == _WRONG_STATE else f"error 0x{code:02x}"
                )
                raise WearableError(f"Capture2Go refused the command 0x{command:04x}: {why}")
    return False


def _encode(rate: int, packet: Packet) -> list[Notification]:
    if "battery_pct" in packet.said:
        battery = int(str(packet.said["battery_pct"])) | (0x80 if packet.said.get("charging") else 0)
        made = frame(_STATUS, BATTERY.pack(packet.ticks[0] if packet.ticks else 0, 2, 2, 0, 0, 0, 1, battery, 100))
    elif packet.stream == "orientation":
        made = quaternion_frame(packet, rate)
    else:
        made = full_frame(packet, rate)
    return [(DATA, bytes([_NO_REAL_TIME]) + made)]


CAPTURE2GO: Final = Wearable(
    id="capture2go",
    title="Capture2Go",
    advertised=Advertised(services=(SERVICE,)),
    settings=Capture2GoSettings,
    profile=_profile,
    source="Capture2Go Communication Protocol (SensorStim, MIT)",
)
