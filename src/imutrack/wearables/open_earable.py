"""OpenEarable 2, by its own description of its sensors.

A packet is the sensor's id, a length, a time stamp of 64 bits in microseconds, that of its first reading, then readings
as the description lays them out; where there are several, the time from one to the next in microseconds comes last.
Groups of three axes that are described as acceleration, turning or magnetic field, in a unit that is known, become
readings; all else is told under its group, name and unit. The description says neither which way the axes point nor the
ranges, so clipping is not seen. An older text in the firmware gives the stamp 32 bits in milliseconds; firmware and app
agree on 64 bits.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from imutrack.errors import DecodeError, WearableError
from imutrack.wearables.actions import Answer, Ask, Recipe, Subscribe, Write
from imutrack.wearables.decoding import EachAlone
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.open_earable_readings import Sensor
from imutrack.wearables.open_earable_scheme import Component, Scheme, encode_scheme, parse_scheme
from imutrack.wearables.packet import DeviceClock, Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["IMU", "OPEN_EARABLE", "OpenEarableSettings"]


def _sensor(number: int) -> str:
    return f"34c2e3{number:02x}-34aa-11eb-adc1-0242ac120002"


def _description(number: int) -> str:
    return f"caa25c{number:02x}-7e1b-44f2-adc9-e8c06c9ced43"


_SERVICE, _DATA, _CONFIG = _sensor(0xBB), _sensor(0xBC), _sensor(0xBE)
_REQUEST, _SCHEME = _description(0xBA), _description(0xBB)

_NOWHERE, _LIVE = 0, 1  # where a sensor's readings go
_CLOCK: Final = DeviceClock(1e-6)  # 64 bits never wrap
_FACT: Final = "sensor "  # then its id


def _axes(group: str, unit: str) -> tuple[Component, ...]:
    return tuple(Component(group, axis, unit, "f") for axis in "XYZ")


IMU: Final = Scheme(
    id=0,
    name="9-Axis IMU",
    components=(*_axes("ACCELEROMETER", "m/s^2"), *_axes("GYROSCOPE", "dps"), *_axes("MAGNETOMETER", "uT")),
    rates_hz=(25.0, 50.0, 100.0, 200.0, 400.0, 800.0),
    usual_rate=1,
    live_rate=2,
)
"""The sensor of movement as firmware 2 describes it; a device that was asked says it for itself."""


class OpenEarableSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        rate_hz: one of those that the device offers; firmware 2 sends 25, 50 and 100 Hz live.
    """

    rate_hz: float = 100.0


def _data(sensors: Mapping[int, Sensor], payload: bytes) -> Packet:
    if not payload:
        raise DecodeError("sensor data: nothing in it")
    sensor = sensors.get(payload[0])
    if sensor is None:
        raise DecodeError(f"sensor data: the sensor {payload[0]} has not described itself")
    return sensor.packet(payload)


def _encode(sensors: Mapping[int, Sensor], packet: Packet) -> list[Notification]:
    sensor = next((each for each in sensors.values() if each.stream == packet.stream), None)
    if sensor is None:
        return encode_battery(packet)
    steps = {after - before for before, after in zip(packet.ticks, packet.ticks[1:], strict=False)}
    even = len(steps) == 1 and 0 < min(steps) <= 0xFFFF
    count = len(packet.ticks)
    starts = range(0, count, sensor.together if even else 1)
    return [(_DATA, sensor.notification(packet, range(at, min(at + starts.step, count)))) for at in starts]


def _configuration(scheme: Scheme, rate_hz: float, where: int) -> Write:
    return Write(_CONFIG, bytes([scheme.id, _rate(scheme, rate_hz), where]))


def _rate(scheme: Scheme, rate_hz: float) -> int:
    if not scheme.rates_hz:
        return 0
    live = scheme.rates_hz[: scheme.live_rate + 1]
    if rate_hz not in live:
        offered = ", ".join(f"{each:g}" for each in live)
        raise WearableError(
            f"rate_hz = {rate_hz:g} is not among what this OpenEarable's {scheme.name} offers: {offered}; "
            "choose one in its settings"
        )
    return live.index(rate_hz)


def _schemes(facts: Facts) -> tuple[Scheme, ...]:
    described = [data for name, data in facts.items() if name.startswith(_FACT)]
    try:
        return tuple(parse_scheme(data) for data in described) or (IMU,)
    except DecodeError as error:
        raise WearableError(f"the OpenEarable's description of itself cannot be read: {error}") from error


def _profile(settings: OpenEarableSettings, facts: Facts) -> Profile:
    sensors = {scheme.id: Sensor(scheme) for scheme in _schemes(facts)}
    moving = [each for each in sensors.values() if each.parts and each.scheme.live]
    return Profile(
        streams=tuple(
            Stream(each.stream, tuple(part.quantity for part in each.parts), settings.rate_hz, _CLOCK, 0, _DATA)
            for each in moving
        ),
        start=(Subscribe(_DATA), *(_configuration(each.scheme, settings.rate_hz, _LIVE) for each in moving)),
        stop=tuple(_configuration(each.scheme, settings.rate_hz, _NOWHERE) for each in moving),
        decoder=lambda: EachAlone({_DATA: partial(_data, sensors), BATTERY_LEVEL: battery_level}),
        encode=partial(_encode, sensors),
    )


def _described(number: int, payload: bytes) -> bool:
    return payload[:1] == bytes([number])


def _ask(scheme: Scheme) -> Ask:
    answer = Answer(_SCHEME, partial(_described, scheme.id), encode_scheme(scheme), fact=f"{_FACT}{scheme.id}")
    return Ask(Write(_REQUEST, bytes([scheme.id])), answer)


_LOOK: Final[Recipe] = (
    Subscribe(_SCHEME),
    _ask(IMU),  # the others measure no movement of a limb
)

OPEN_EARABLE: Final = Wearable(
    id="open-earable",
    title="OpenEarable 2",
    advertised=Advertised(names=("openearable",), services=(_SERVICE,)),
    settings=OpenEarableSettings,
    profile=_profile,
    look=_LOOK,
    battery=BATTERY_LEVEL,
    source="OpenEarable: open-earable-2, doc/protocols/wire-contract-baseline.md and src/ParseInfo; "
    "open_earable_flutter, v2 scheme reader and value parser",
)
