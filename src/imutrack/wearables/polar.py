"""Polar H10, Verity Sense and OH1 by the measurement service (PMD), with the standard heart rate beside it.

A strap is asked what it offers, then each measurement is started by itself. A measurement that is not stopped keeps an
H10 awake until its battery is empty, so stopping comes before starting and at every end. Rates and ranges beyond the
usual ones need the SDK mode of a Verity Sense, in which it sends no heart rate. An H10 sets its clock back about one
minute after it is taken off; two straps' clocks run apart by some 20 ppm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import WearableError
from imutrack.samples import Quantity
from imutrack.wearables.actions import Ask, Subscribe
from imutrack.wearables.heart_rate import BATTERY_LEVEL, HEART_RATE, HEART_RATE_MEASUREMENT
from imutrack.wearables.packet import DeviceClock, Notification, Packet, Stream
from imutrack.wearables.polar_control import (
    CHANNELS,
    CONTROL_POINT,
    RANGE,
    RATE,
    RESOLUTION,
    Settings,
    ask_settings,
    decode_control,
    factor_of,
    offered,
    start,
    stop,
)
from imutrack.wearables.polar_frames import ACC, GYR, MAG, SDK_MODE, acc_frame, decode_frame, gyr_frame, mag_frame
from imutrack.wearables.wearable import NO_FACTS, Advertised, Facts, NoSettings, Profile, Wearable

__all__ = ["DATA", "POLAR_H10", "POLAR_VERITY", "H10Settings", "VeritySettings"]

DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

_CLOCK: Final = DeviceClock(1e-9, stamps="last")
_STANDARD: Final = HEART_RATE.profile(NoSettings(), NO_FACTS)
_NAMES: Final = {ACC: "acc", GYR: "gyr", MAG: "mag"}
_QUANTITIES: Final = {ACC: Quantity.ACC, GYR: Quantity.GYR, MAG: Quantity.MAG}

_USUAL_RATE_HZ, _USUAL_RANGE_G, _USUAL_RANGE_DPS = 52, 8, 2000
_MAG_RANGE_GAUSS: Final = 50
_ABOUT: Final = 0.1  # an OH1 measures at 50 Hz where a Verity Sense does at 52


class H10Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen of a chest strap.

    Attributes:
        rate_hz: of acceleration.
        range_g: of acceleration.
    """

    rate_hz: Literal[25, 50, 100, 200] = 100
    range_g: Literal[2, 4, 8] = 8


class VeritySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen of an arm strap; an OH1 has acceleration alone, at 50 Hz and 8 g.

    Attributes:
        rate_hz: of acceleration and turning; all but 52 (and 50) cost the heart rate.
        range_g: of acceleration; all but 8 cost the heart rate.
        range_dps: of turning; all but 2000 cost the heart rate.
        mag_hz: of the magnetic field; 0 leaves it out.
    """

    rate_hz: Literal[26, 50, 52, 104, 208, 416] = 52
    range_g: Literal[2, 4, 8, 16] = 8
    range_dps: Literal[250, 500, 1000, 2000] = 2000
    mag_hz: Literal[0, 10, 20, 50, 100] = 20

    @property
    def sdk_mode(self) -> bool:
        """Whether only the SDK mode offers this."""
        usual = self.rate_hz in (50, _USUAL_RATE_HZ)
        return not (usual and self.range_g == _USUAL_RANGE_G and self.range_dps == _USUAL_RANGE_DPS)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A measurement as it was chosen.

    Attributes:
        measurement: its number.
        rate_hz: of its readings.
        top: its range.
        settings: what is written to start it, in this order.
        per_packet: readings in a frame; 0 where they vary.
    """

    measurement: int
    rate_hz: float
    top: float
    settings: Settings
    per_packet: int = 0

    @property
    def name(self) -> str:
        """What stream and facts are called."""
        return _NAMES[self.measurement]

    @property
    def factor(self) -> float:
        """What a count is worth."""
        return self.top / 32768


class _Decoder:
    """Reads frames and heart rate, and remembers the factors that the device says when it starts."""

    def __init__(self, said_factors: Mapping[int, float], range_factors: Mapping[int, float]) -> None:
        self._said = dict(said_factors)
        self._ranges = range_factors
        self._standard = _STANDARD.decoder()

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification; see `imutrack.wearables.packet.Decoder`."""
        if characteristic == DATA:
            return [decode_frame(payload, self._said, self._ranges)]
        if characteristic == CONTROL_POINT:
            packet = decode_control(payload)
            self._said |= factor_of(payload)
            return [packet]
        return self._standard.feed(characteristic, payload)

    def finish(self) -> list[Packet]:
        """Return nothing: each notification stands for itself."""
        return []


def _h10(settings: H10Settings, facts: Facts) -> Profile:
    written = {RATE: (settings.rate_hz,), RESOLUTION: (16,), RANGE: (settings.range_g,)}
    acc = _Wish(ACC, settings.rate_hz, settings.range_g, written, per_packet=36)
    return _profile((_granted(acc, facts),), facts, compressed=False)


def _verity(settings: VeritySettings, facts: Facts) -> Profile:
    wishes = [_wish(ACC, settings.rate_hz, settings.range_g), _wish(GYR, settings.rate_hz, settings.range_dps)]
    wishes += [_wish(MAG, settings.mag_hz, _MAG_RANGE_GAUSS)] if settings.mag_hz else []
    there = [wish for wish in wishes if _measured(wish, facts)]
    if settings.sdk_mode:  # what it offers was said outside of this mode
        return _profile(tuple(there), facts, compressed=True, sdk_mode=True)
    return _profile(tuple(_granted(wish, facts) for wish in there), facts, compressed=True, sdk_mode=False)


def _wish(measurement: int, rate_hz: int, top: int) -> _Wish:
    return _Wish(measurement, rate_hz, top, _four(rate_hz, top))


def _four(rate_hz: int, top: int) -> dict[int, tuple[float, ...]]:
    return {RATE: (rate_hz,), RESOLUTION: (16,), RANGE: (top,), CHANNELS: (3,)}


def _measured(wish: _Wish, facts: Facts) -> bool:
    answer = facts.get(f"{wish.name}_settings")
    return answer is None or bool(offered(answer))


def _granted(wish: _Wish, facts: Facts) -> _Wish:
    """Return a wish with just the settings that the device has, and the rate that it calls its own.

    Raises:
        WearableError: it offers no such rate, or no such range.
    """
    offers = offered(facts.get(f"{wish.name}_settings", b""))
    if not offers:
        return wish
    rate_hz = _nearest(wish.rate_hz, offers.get(RATE, (wish.rate_hz,)), f"{wish.name} rate")
    top = _nearest(wish.top, offers.get(RANGE, (wish.top,)), f"{wish.name} range")
    chosen = {RATE: rate_hz, RANGE: top}
    written = {kind: (chosen.get(kind, values[0]),) for kind, values in offers.items()}
    return _Wish(wish.measurement, rate_hz, top, written, wish.per_packet)


def _nearest(wished: float, values: tuple[float, ...], what: str) -> float:
    nearest = min(values, key=lambda value: abs(value - wished))
    if abs(nearest - wished) > _ABOUT * wished:
        there = ", ".join(f"{value:g}" for value in values)
        raise WearableError(f"{what} of {wished:g}: this wearable offers {there}; choose one in its settings")
    return nearest


def _profile(wishes: tuple[_Wish, ...], facts: Facts, *, compressed: bool, sdk_mode: bool | None = None) -> Profile:
    """Return what passes over the link.

    Args:
        wishes: what is measured.
        facts: what the device said.
        compressed: how a simulated device of this kind sends acceleration.
        sdk_mode: whether it is on; None where there is no such mode.
    """
    ranges = {ACC: 8 / 32768, GYR: 2000 / 32768, MAG: _MAG_RANGE_GAUSS / 32768}
    ranges |= {wish.measurement: wish.factor for wish in wishes}
    said = {m: factor for name in _NAMES.values() for m, factor in factor_of(facts.get(f"{name}_start", b"")).items()}
    streams = [
        Stream(wish.name, (_QUANTITIES[wish.measurement],), float(wish.rate_hz), _CLOCK, wish.per_packet, DATA)
        for wish in wishes
    ]
    rest = [stop(wish.measurement) for wish in wishes]
    rest += [] if sdk_mode is None else [stop(SDK_MODE)]
    return Profile(
        streams=(*streams, *(() if sdk_mode else _STANDARD.streams)),
        start=(
            Subscribe(CONTROL_POINT),
            Subscribe(DATA),
            *(() if sdk_mode else (Subscribe(HEART_RATE_MEASUREMENT),)),
            *rest,  # it may still measure as it was set up before
            *((start(SDK_MODE, "sdk_mode", {}),) if sdk_mode else ()),
            *(_start(wish) for wish in wishes),
        ),
        stop=tuple(rest),
        decoder=partial(_Decoder, said, ranges),
        encode=partial(_encode, ranges | said, compressed),
    )


def _start(wish: _Wish) -> Ask:
    return start(wish.measurement, wish.name, wish.settings, wish.factor if wish.measurement == GYR else None)


def _encode(factors: Mapping[int, float], compressed: bool, packet: Packet) -> list[Notification]:
    if packet.stream == "acc":
        return [(DATA, acc_frame(packet, compressed=compressed))]
    if packet.stream == "gyr":
        return [(DATA, gyr_frame(packet, factors[GYR]))]
    if packet.stream == "mag":
        return [(DATA, mag_frame(packet))]
    return _STANDARD.encode(packet)


_SOURCE: Final = "Polar online measurement specification (vendor, August 2024, called not official), and captures"

POLAR_H10: Final = Wearable(
    id="polar-h10",
    title="Polar H10",
    advertised=Advertised(names=("polar h10",)),
    settings=H10Settings,
    profile=_h10,
    look=(
        Subscribe(CONTROL_POINT),
        ask_settings(ACC, "acc", {RATE: (25, 50, 100, 200), RESOLUTION: (16,), RANGE: (2, 4, 8)}),
    ),
    battery=BATTERY_LEVEL,
    source=_SOURCE,
)

POLAR_VERITY: Final = Wearable(
    id="polar-verity",
    title="Polar Verity Sense, Polar OH1",
    advertised=Advertised(names=("polar sense", "polar oh1", "polar verity")),
    settings=VeritySettings,
    profile=_verity,
    look=(
        Subscribe(CONTROL_POINT),
        ask_settings(ACC, "acc", _four(_USUAL_RATE_HZ, _USUAL_RANGE_G)),
        ask_settings(GYR, "gyr", _four(_USUAL_RATE_HZ, _USUAL_RANGE_DPS)),
        ask_settings(MAG, "mag", {**_four(10, _MAG_RANGE_GAUSS), RATE: (10, 20, 50, 100)}),
    ),
    battery=BATTERY_LEVEL,
    source=_SOURCE,
)
