"""Nordic Thingy:52, its motion service.

Fixed-point numbers throughout; each characteristic begins to notify as soon as it is subscribed to, and rests when the
link ends. No payload carries a time stamp or a counter, so what got lost is unknown. The magnetometer is measured each
100 ms, and repeated in the readings between.

The sign of the acceleration is that of the payload. A comment in the firmware's driver says that it inverts the
accelerometer so that an axis along gravity, downwards, reads positive; the documentation of the service does not, and
no capture with a known posture was found: an axis map can turn it. The accelerometer is left at +-2 g, as the driver of
its chip starts, so quick movements clip. Turning is sent in 16 bits, 32 to the deg/s: beyond 1024 deg/s it would wrap,
unseen. Euler angles are roll, pitch, yaw by the documentation; the driver's comment puts pitch first.
"""

import math
import struct
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.actions import Subscribe, Write
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.decoding import EachAlone, unpack
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.packet import Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["THINGY_52", "ThingySettings"]


def _uuid(number: int) -> str:
    return f"ef68{number:04x}-9b35-4933-9b10-52ffa9740042"


_CONFIG_SERVICE, _BUTTON = _uuid(0x0100), _uuid(0x0302)
_CONFIG, _QUAT, _RAW, _EULER = _uuid(0x0401), _uuid(0x0404), _uuid(0x0406), _uuid(0x0407)

_CONFIGURATION: Final = struct.Struct("<4HB")
_PEDOMETER_MS, _TEMPERATURE_MS = 1000, 1000  # not read here: seldom
_COMPASS_MS: Final = 100  # the shortest it allows
_WAKE_ON_MOTION: Final = 0  # it must not sleep while somebody holds still

_RAW_LAYOUT, _QUAT_LAYOUT, _EULER_LAYOUT = struct.Struct("<9h"), struct.Struct("<4i"), struct.Struct("<3i")
_MPS2_PER_COUNT: Final = STANDARD_GRAVITY_MPS2 / 2**10  # 6Q10, g
_RPS_PER_COUNT: Final = math.pi / 180 / 2**5  # 11Q5, deg/s
_UT_PER_COUNT: Final = 1 / 2**4  # 12Q4
_ACC_ENDS: Final = (-2048, 2047)  # +-2 g
_QUAT_ONE: Final = 2**30  # 2Q30
_DEG_ONE: Final = 2**16  # 16Q16

_RAW_ORDER: Final = (Quantity.ACC, Quantity.GYR, Quantity.MAG)
_SENDS: Final[Mapping[str, tuple[str, str, tuple[Quantity, ...]]]] = {
    "raw": (_RAW, "imu", _RAW_ORDER),
    "quaternion": (_QUAT, "orientation", (Quantity.QUAT,)),
    "euler": (_EULER, "euler", ()),
}
"""Setting -> characteristic, stream and what its readings hold."""


class ThingySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: of the readings, 5 to 200; many at once overrun the link.
        sends: which of its readings.
    """

    rate_hz: int = 60
    sends: tuple[Literal["raw", "quaternion", "euler"], ...] = ("raw",)

    def __post_init__(self) -> None:
        """Check the rate, and that there is something to send."""
        if not 5 <= self.rate_hz <= 200:
            raise ValueError(f"rate_hz: {self.rate_hz} Hz is not from 5 to 200")
        if not self.sends:
            raise ValueError("sends: name at least one of raw, quaternion, euler")


def _raw(payload: bytes) -> Packet:
    counts = unpack(_RAW_LAYOUT, payload, "raw motion")
    acc, rest = counts[:3], counts[3:]
    values = {
        Quantity.ACC: (to_si(acc, _MPS2_PER_COUNT),),
        Quantity.GYR: (to_si(rest[:3], _RPS_PER_COUNT),),
        Quantity.MAG: (to_si(rest[3:], _UT_PER_COUNT),),
    }
    return Packet("imu", values, flags=clipping(acc, *_ACC_ENDS) | clipping(rest))


def _quat(payload: bytes) -> Packet:
    return Packet("orientation", {Quantity.QUAT: (to_si(unpack(_QUAT_LAYOUT, payload, "quaternion"), 1 / _QUAT_ONE),)})


def _euler(payload: bytes) -> Packet:
    return Packet("euler", said={"euler_deg": to_si(unpack(_EULER_LAYOUT, payload, "Euler angles"), 1 / _DEG_ONE)})


def _button(payload: bytes) -> Packet:
    (pressed,) = unpack(struct.Struct("<B"), payload, "button")
    return Packet("report", said={"button": "single"} if pressed else {})


_PARSERS: Final = {
    _RAW: _raw,
    _QUAT: _quat,
    _EULER: _euler,
    _BUTTON: _button,
    BATTERY_LEVEL: battery_level,
}


def _encode(packet: Packet) -> list[Notification]:
    sent = encode_battery(packet)
    if Quantity.ACC in packet.values:
        for acc, gyr, mag in zip(*(packet.values[each] for each in _RAW_ORDER), strict=True):
            counts = (
                *to_counts(acc, _MPS2_PER_COUNT, *_ACC_ENDS),
                *to_counts(gyr, _RPS_PER_COUNT),
                *to_counts(mag, _UT_PER_COUNT),
            )
            sent.append((_RAW, _RAW_LAYOUT.pack(*counts)))
    for row in packet.values.get(Quantity.QUAT, ()):
        sent.append((_QUAT, _QUAT_LAYOUT.pack(*(round(part * _QUAT_ONE) for part in row))))
    angles = packet.said.get("euler_deg")
    if isinstance(angles, tuple):
        sent.append((_EULER, _EULER_LAYOUT.pack(*(round(angle * _DEG_ONE) for angle in angles))))
    return sent


def _profile(settings: ThingySettings, _facts: Facts) -> Profile:
    rate = settings.rate_hz
    configuration = _CONFIGURATION.pack(_PEDOMETER_MS, _TEMPERATURE_MS, _COMPASS_MS, rate, _WAKE_ON_MOTION)
    sends = [each for name, each in _SENDS.items() if name in settings.sends]
    return Profile(
        streams=tuple(
            Stream(stream, quantities, float(rate), characteristic=where) for where, stream, quantities in sends
        ),
        start=(
            Write(_CONFIG, configuration),
            Subscribe(_BUTTON),
            *(Subscribe(characteristic) for characteristic, _, _ in sends),
        ),
        stop=(),  # what is no longer subscribed to is switched off
        decoder=lambda: EachAlone(_PARSERS),
        encode=_encode,
    )


THINGY_52: Final = Wearable(
    id="thingy-52",
    title="Nordic Thingy:52",
    advertised=Advertised(names=("thingy",), services=(_CONFIG_SERVICE,)),
    settings=ThingySettings,
    profile=_profile,
    battery=BATTERY_LEVEL,
    source="Nordic Thingy:52 firmware documentation, firmware architecture; source/drivers/drv_motion.c",
)
