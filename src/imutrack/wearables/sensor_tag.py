"""TI SensorTag CC2650, its movement service.

A payload is nine int16: turning, acceleration, magnetic field; some software in between cuts it to the first three or
six of them. At most ten readings a second, without time stamp or counter, so what got lost is unknown, and quick
exercises are beyond it. The source that decodes the same bytes for its users turns the signs of two axes; here they
are those of the sensor chip. Whether the magnetometer's axes are turned into those of the chip's other half is not
documented.
"""

import math
import struct
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import DecodeError
from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.actions import Subscribe, Write
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.decoding import EachAlone
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.packet import Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["SENSOR_TAG", "SensorTagSettings"]


def _uuid(number: int) -> str:
    return f"f000{number:04x}-0451-4000-b000-000000000000"


_SERVICE, _DATA, _CONFIG, _PERIOD = _uuid(0xAA80), _uuid(0xAA81), _uuid(0xAA82), _uuid(0xAA83)

_U16: Final = struct.Struct("<H")
_GYR_ON, _ACC_ON, _MAG_ON = 0b111, 0b111 << 3, 1 << 6
_RANGE_AT: Final = 8  # bits of the configuration: 0 is 2 g, 3 is 16 g
_OFF: Final = _U16.pack(0)
_TRIPLE: Final = 6  # bytes

_RPS_PER_COUNT: Final = math.pi / 180 * 500 / 65536
_UT_PER_COUNT: Final = 4912 / 32760


class SensorTagSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        period_ms: between readings; steps of 10 ms, 100 ms at least.
        acc_range_g: of the accelerometer.
        mag: whether the magnetometer is on.
    """

    period_ms: int = 100
    acc_range_g: Literal[2, 4, 8, 16] = 8
    mag: bool = True

    def __post_init__(self) -> None:
        """Check the period."""
        if not 100 <= self.period_ms <= 2550 or self.period_ms % 10:
            raise ValueError(f"period_ms: {self.period_ms} ms is not a step of 10 ms from 100 to 2550")


def _factors(settings: SensorTagSettings) -> tuple[tuple[Quantity, float], ...]:
    """Return what is sent, in its order, and the SI unit of a count."""
    acc = STANDARD_GRAVITY_MPS2 * settings.acc_range_g / 32768
    both = ((Quantity.GYR, _RPS_PER_COUNT), (Quantity.ACC, acc))
    return (*both, (Quantity.MAG, _UT_PER_COUNT)) if settings.mag else both


def _parse(factors: tuple[tuple[Quantity, float], ...], payload: bytes) -> Packet:
    triples = min(len(payload) // _TRIPLE, len(factors))
    if not triples or (triples < len(factors) and len(payload) % _TRIPLE):
        raise DecodeError(f"movement: {len(payload)} bytes, 6, 12 or 18 are sent")
    counts = struct.unpack_from(f"<{3 * triples}h", payload)
    values = {
        quantity: (to_si(counts[3 * index : 3 * index + 3], factor),)
        for index, (quantity, factor) in enumerate(factors[:triples])
    }
    return Packet("imu", values, flags=clipping(counts))


def _encode(factors: tuple[tuple[Quantity, float], ...], packet: Packet) -> list[Notification]:
    sent = []
    for index in range(len(packet)):
        counts = [0] * 9  # what is switched off is sent as zeros
        for at, (quantity, factor) in enumerate(factors):
            if quantity in packet.values:
                counts[3 * at : 3 * at + 3] = to_counts(packet.values[quantity][index], factor)
        sent.append((_DATA, struct.pack("<9h", *counts)))
    return sent + encode_battery(packet)


def _profile(settings: SensorTagSettings, _facts: Facts) -> Profile:
    factors = _factors(settings)
    parts = _GYR_ON | _ACC_ON | (_MAG_ON if settings.mag else 0)
    configuration = parts | (settings.acc_range_g.bit_length() - 2) << _RANGE_AT
    return Profile(
        streams=(
            Stream("imu", tuple(quantity for quantity, _ in factors), 1000 / settings.period_ms, characteristic=_DATA),
        ),
        start=(
            Write(_PERIOD, bytes([settings.period_ms // 10])),
            Subscribe(_DATA),
            Write(_CONFIG, _U16.pack(configuration)),
        ),
        stop=(Write(_CONFIG, _OFF),),
        decoder=lambda: EachAlone({_DATA: partial(_parse, factors), BATTERY_LEVEL: battery_level}),
        encode=partial(_encode, factors),
    )


SENSOR_TAG: Final = Wearable(
    id="sensor-tag",
    title="TI SensorTag CC2650",
    advertised=Advertised(names=("cc2650 sensortag", "sensortag"), services=(_SERVICE,)),
    settings=SensorTagSettings,
    profile=_profile,
    battery=BATTERY_LEVEL,
    source="TI CC2650 SensorTag user's guide, movement sensor; bluepy, sensortag.py; Eclipse Kura, TiSensorTagTest",
)
