"""InfiniTime, the free firmware of the PineTime watch: acceleration only.

A notification is three int16, 1024 to the g. There is neither a time stamp nor a counter, so what got lost is unknown.
The rate is written down nowhere: the firmware looks at its sensor about ten times a second and notifies what it finds.
The sensor is left at its +-2 g, which a swing of the arm exceeds. Not documented: which way the axes point; no sign is
changed here.
"""

import struct
from typing import Final

from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.actions import Subscribe
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.decoding import EachAlone, unpack
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.packet import Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, NoSettings, Profile, Wearable

__all__ = ["INFINI_TIME"]


def _uuid(number: int) -> str:
    return f"0003{number:04x}-78fc-48fe-8e23-433b3a1942d0"


_STEPS, _MOTION = _uuid(1), _uuid(2)

_ACC: Final = struct.Struct("<3h")
_COUNT: Final = struct.Struct("<I")
_MPS2_PER_COUNT: Final = STANDARD_GRAVITY_MPS2 / 1024
_LOWEST, _HIGHEST = -2048, 2047  # +-2 g, 12 bits
_ABOUT_HZ: Final = 10.0


def _motion(payload: bytes) -> Packet:
    counts = unpack(_ACC, payload, "motion")
    values = {Quantity.ACC: (to_si(counts, _MPS2_PER_COUNT),)}
    return Packet("acc", values, flags=clipping(counts, _LOWEST, _HIGHEST))


def _steps(payload: bytes) -> Packet:
    return Packet("steps", said={"steps": unpack(_COUNT, payload, "steps")[0]})


def _encode(packet: Packet) -> list[Notification]:
    rows = packet.values.get(Quantity.ACC, ())
    motion = [_ACC.pack(*to_counts(row, _MPS2_PER_COUNT, _LOWEST, _HIGHEST)) for row in rows]
    return [(_MOTION, payload) for payload in motion] + encode_battery(packet)


_PROFILE: Final = Profile(
    streams=(Stream("acc", (Quantity.ACC,), _ABOUT_HZ),),
    start=(Subscribe(_MOTION),),
    stop=(),  # it rests when nobody is subscribed
    decoder=lambda: EachAlone({_MOTION: _motion, _STEPS: _steps, BATTERY_LEVEL: battery_level}),
    encode=_encode,
)

INFINI_TIME: Final = Wearable(
    id="infini-time",
    title="PineTime watch with InfiniTime",
    advertised=Advertised(names=("infinitime",), services=(_uuid(0),)),
    settings=NoSettings,
    profile=lambda _settings, _facts: _PROFILE,
    battery=BATTERY_LEVEL,
    source="InfiniTime, doc/MotionService.md; range: src/drivers/Bma421.cpp",
)
