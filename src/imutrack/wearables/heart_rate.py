"""Heart rate straps by the standard service, and the battery level of any device.

Heart Rate Measurement: flags, a rate of 8 or 16 bits, energy in kJ where flagged, then R-R intervals in 1/1024 s. The
device sends no time, so what got lost is unknown.
"""

import struct
from typing import Final

from imutrack.errors import DecodeError
from imutrack.wearables.actions import Subscribe, sig
from imutrack.wearables.decoding import EachAlone, at_least
from imutrack.wearables.packet import Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, NoSettings, Profile, Wearable

__all__ = ["BATTERY_LEVEL", "HEART_RATE", "HEART_RATE_MEASUREMENT", "battery_level", "heart_rate_measurement"]

HEART_RATE_MEASUREMENT: Final = sig(0x2A37)
BATTERY_LEVEL: Final = sig(0x2A19)

_WIDE, _CONTACT, _CONTACT_KNOWN, _ENERGY, _INTERVALS = 0x01, 0x02, 0x04, 0x08, 0x10
_INTERVALS_PER_S: Final = 1024


def heart_rate_measurement(payload: bytes) -> Packet:
    """Decode 0x2A37.

    Raises:
        DecodeError: it is shorter than its flags say, or half an interval is left over.
    """
    at_least(payload, 2, "heart rate")
    flags, at = payload[0], 1
    layout = "<H" if flags & _WIDE else "<B"
    layout += "H" if flags & _ENERGY else ""
    size = struct.calcsize(layout)
    at_least(payload, at + size, "heart rate with what its flags announce")
    numbers = struct.unpack_from(layout, payload, at)
    said: dict[str, object] = {"heart_rate_bpm": numbers[0]}
    if flags & _ENERGY:
        said["energy_kj"] = numbers[1]
    if flags & _CONTACT_KNOWN:
        said["contact"] = bool(flags & _CONTACT)
    rest = payload[at + size :]
    if flags & _INTERVALS:
        if len(rest) % 2:
            raise DecodeError(f"heart rate: {len(rest)} bytes of intervals, each takes two")
        said["rr_s"] = tuple(ticks / _INTERVALS_PER_S for (ticks,) in struct.iter_unpack("<H", rest))
    return Packet("heart_rate", said=said)


def battery_level(payload: bytes) -> Packet:
    """Decode 0x2A19: the charge in per cent.

    Raises:
        DecodeError: it is not one byte, or beyond 100.
    """
    if len(payload) != 1 or payload[0] > 100:
        raise DecodeError(f"battery level: {payload.hex() or 'nothing'} is not one byte from 0 to 100")
    return Packet("battery", said={"battery_pct": payload[0]})


def _encode(packet: Packet) -> list[Notification]:
    if "battery_pct" in packet.said:
        return [(BATTERY_LEVEL, bytes([int(str(packet.said["battery_pct"]))]))]
    rate = int(str(packet.said["heart_rate_bpm"]))
    intervals = packet.said.get("rr_s", ())
    ticks = [round(s * _INTERVALS_PER_S) for s in intervals] if isinstance(intervals, tuple) else []
    flags = (_INTERVALS if ticks else 0) | (_WIDE if rate > 0xFF else 0)
    layout = f"<B{'H' if flags & _WIDE else 'B'}{len(ticks)}H"
    return [(HEART_RATE_MEASUREMENT, struct.pack(layout, flags, rate, *ticks))]


_PROFILE: Final = Profile(
    streams=(Stream("heart_rate", (), 1.0, characteristic=HEART_RATE_MEASUREMENT),),
    start=(Subscribe(HEART_RATE_MEASUREMENT),),
    stop=(),
    decoder=lambda: EachAlone({HEART_RATE_MEASUREMENT: heart_rate_measurement, BATTERY_LEVEL: battery_level}),
    encode=_encode,
)

HEART_RATE: Final = Wearable(
    id="heart-rate",
    title="Heart rate strap (standard service)",
    advertised=Advertised(services=(sig(0x180D),)),
    settings=NoSettings,
    profile=lambda _settings, _facts: _PROFILE,
    battery=BATTERY_LEVEL,
    source="Bluetooth SIG: Heart Rate Service 1.0, Battery Service 1.0",
)
