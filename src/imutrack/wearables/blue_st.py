"""ST boards with a BlueST firmware of version 1 (SensorTile and others).

A characteristic's UUID begins with a mask of features; a payload is a time stamp of 16 bits, then the features that
the mask names, from its highest bit downwards. Only the three of movement are read, which are the first of those that
share a characteristic with them; what comes after them (pressure, temperature) is left.

A tick is 8 ms: ST's own firmware sends its millisecond counter shifted right by three, so it wraps every 8.7 min, and
at 50 Hz a stamp may be off by a third of a step. Above 62.5 Hz, two ticks a reading, what got lost cannot be told from
rounding and is unknown; above 125 Hz readings share stamps, and such a rate is refused. The protocol itself leaves the
tick open; another firmware may differ. Not documented either: the rate (the firmware's own) and the signs of the axes;
none is changed here. Firmware of version 2 that describes itself in JSON is not read.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Final, Literal

import msgspec

from imutrack.samples import Quantity
from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.wearables.actions import Subscribe
from imutrack.wearables.counts import clipping, to_counts, to_si
from imutrack.wearables.decoding import EachAlone, Parse, unpack
from imutrack.wearables.packet import DeviceClock, Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["BLUE_ST", "BlueStSettings", "characteristic"]


@dataclass(frozen=True, slots=True)
class _Feature:
    bit: int
    quantity: Quantity
    factor: float  # SI unit of one count


_FEATURES: Final[Mapping[str, _Feature]] = {
    "acc": _Feature(0x800000, Quantity.ACC, STANDARD_GRAVITY_MPS2 / 1000),  # mg
    "gyr": _Feature(0x400000, Quantity.GYR, math.pi / 180 / 10),  # tenths of deg/s
    "mag": _Feature(0x200000, Quantity.MAG, 0.1),  # milligauss
}
"""By descending bit, as they are sent."""

_CLOCK: Final = DeviceClock(0.008, bits=16)
_MAX_HZ: Final = 1 / _CLOCK.tick_s


class BlueStSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        features: those that share the firmware's characteristic of movement; it names them in its UUID.
        rate_hz: as the firmware sends; it cannot be set over the link.
    """

    features: tuple[Literal["acc", "gyr", "mag"], ...] = ("acc", "gyr", "mag")
    rate_hz: float = 20.0  # ST's FP-SNS-ALLMEMS1 sends every 50 ms

    def __post_init__(self) -> None:
        """Check that there is something to send, and a rate."""
        if not self.features:
            raise ValueError("features: name at least one of acc, gyr, mag")
        if not 0 < self.rate_hz <= _MAX_HZ:
            raise ValueError(
                f"rate_hz: {self.rate_hz} Hz cannot be: stamps of {1e3 * _CLOCK.tick_s:.0f} ms tell readings apart "
                f"up to {_MAX_HZ:.0f} Hz"
            )


def characteristic(mask: int) -> str:
    """Return the UUID of the characteristic that sends the features of a mask.

    >>> characteristic(0x00E00000)
    '00e00000-0001-11e1-ac36-0002a5d5c51b'
    """
    return f"{mask:08x}-0001-11e1-ac36-0002a5d5c51b"


@dataclass(frozen=True, slots=True)
class _Shared:
    """A characteristic that some of the features share."""

    features: tuple[_Feature, ...]

    @property
    def uuid(self) -> str:
        return characteristic(sum(feature.bit for feature in self.features))

    @property
    def layout(self) -> struct.Struct:
        return struct.Struct(f"<H{3 * len(self.features)}h")

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(feature.quantity for feature in self.features)


_SHARED: Final = tuple(
    _Shared(features) for size in range(1, len(_FEATURES) + 1) for features in combinations(_FEATURES.values(), size)
)


def _parse(features: tuple[_Feature, ...], layout: struct.Struct, payload: bytes) -> Packet:
    when, *counts = unpack(layout, payload, "movement")
    values = {
        feature.quantity: (to_si(counts[3 * index : 3 * index + 3], feature.factor),)
        for index, feature in enumerate(features)
    }
    return Packet("imu", values, (when,), clipping(counts))


_PARSERS: Final[Mapping[str, Parse]] = {each.uuid: partial(_parse, each.features, each.layout) for each in _SHARED}


def _encode(shared: _Shared, packet: Packet) -> list[Notification]:
    sent = []
    for index, when in enumerate(packet.ticks):
        counts: list[int] = []
        for feature in shared.features:
            counts += to_counts(packet.values[feature.quantity][index], feature.factor)
        sent.append((shared.uuid, shared.layout.pack(when, *counts)))
    return sent


def _profile(settings: BlueStSettings, _facts: Facts) -> Profile:
    shared = _Shared(tuple(feature for name, feature in _FEATURES.items() if name in settings.features))
    return Profile(
        streams=(Stream("imu", shared.quantities, settings.rate_hz, _CLOCK, characteristic=shared.uuid),),
        start=(Subscribe(shared.uuid),),
        stop=(),  # it sends to those who are subscribed
        decoder=lambda: EachAlone(_PARSERS),
        encode=partial(_encode, shared),
    )


BLUE_ST: Final = Wearable(
    id="blue-st",
    title="ST board with BlueST firmware (version 1)",
    advertised=Advertised(companies=(0x0030,)),
    settings=BlueStSettings,
    profile=_profile,
    source="STMicroelectronics: BlueST protocol (BlueSTSDK_Python, feature maps; BlueSTSDK_Android, BlueST-SDK.md); "
    "tick: firmware of FP-SNS-ALLMEMS1 and STM32CubeWB, HAL_GetTick() >> 3",
)
