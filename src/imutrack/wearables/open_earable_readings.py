"""The readings of an OpenEarable 2's sensor, laid out as it describes itself; both ways."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import Quantity
from imutrack.units import to_si_factor
from imutrack.wearables.decoding import checked_stamp, unpack
from imutrack.wearables.open_earable_scheme import Scheme
from imutrack.wearables.packet import Packet, Rows

__all__ = ["Part", "Sensor"]

_LARGEST_BYTES: Final = 244  # of a notification

_HEAD: Final = struct.Struct("<BBQ")  # id, length of what follows the head, microseconds
_STEP: Final = struct.Struct("<H")
_GROUPS: Final = {"acc": Quantity.ACC, "gyr": Quantity.GYR, "mag": Quantity.MAG}  # by how the group's name begins
_AXES: Final = ("X", "Y", "Z")


@dataclass(frozen=True, slots=True)
class Part:
    """Three numbers of a reading that are a quantity.

    Attributes:
        at: where x, y and z stand in the reading.
        factor: from the device's unit to the SI unit.
    """

    quantity: Quantity
    at: tuple[int, int, int]
    factor: float


@dataclass(frozen=True)
class Sensor:
    """A described sensor, ready to decode."""

    scheme: Scheme

    @cached_property
    def layout(self) -> struct.Struct:
        """One reading."""
        return self.scheme.layout

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What is a quantity in a reading."""
        found = {part.quantity: part for part in reversed([*_parts(self.scheme)])}  # the first of a quantity counts
        return tuple(found[quantity] for quantity in _GROUPS.values() if quantity in found)

    @cached_property
    def others(self) -> tuple[tuple[int, str], ...]:
        """Where the numbers stand that are no quantity, and what they are called."""
        taken = {index for part in self.parts for index in part.at}
        return tuple(
            (index, "_".join((each.group, each.name, each.unit)).lower())
            for index, each in enumerate(self.scheme.components)
            if index not in taken
        )

    @property
    def stream(self) -> str:
        """What its packets are called."""
        return self.scheme.name.lower()

    @cached_property
    def together(self) -> int:
        """How many readings fit into a notification."""
        return max((_LARGEST_BYTES - _HEAD.size - _STEP.size) // self.layout.size, 1)

    def packet(self, payload: bytes) -> Packet:
        """Decode a notification.

        Raises:
            DecodeError: its length does not fit the description, or its time cannot be.
        """
        _, _, when_us = unpack(_HEAD, payload, "sensor data")
        size, room = self.layout.size, len(payload) - _HEAD.size
        count, step_us = 1, 0
        if room != size:
            count, rest = divmod(room - _STEP.size, size)
            if count < 1 or rest:
                raise DecodeError(f"{self.scheme.name}: {room} bytes of readings, each takes {size}")
            (step_us,) = _STEP.unpack_from(payload, len(payload) - _STEP.size)
        readings = [self.layout.unpack_from(payload, _HEAD.size + index * size) for index in range(count)]
        checked_stamp(when_us + (count - 1) * step_us)
        ticks = tuple(when_us + index * step_us for index in range(count))
        values = {part.quantity: _rows(readings, part) for part in self.parts}
        said = {name: tuple(reading[index] for reading in readings) for index, name in self.others}
        return Packet(self.stream, values, ticks, said=said)

    def notification(self, packet: Packet, rows: range) -> bytes:
        """Write readings, which follow each other at even steps, into one notification."""
        body = b"".join(self.layout.pack(*self._numbers(packet, row)) for row in rows)
        if len(rows) > 1:
            body += _STEP.pack(packet.ticks[rows[1]] - packet.ticks[rows[0]])
        return _HEAD.pack(self.scheme.id, len(body), packet.ticks[rows[0]]) + body

    def _numbers(self, packet: Packet, row: int) -> list[float]:
        numbers: list[float] = [0] * len(self.scheme.components)
        for part in self.parts:
            for index, value in zip(part.at, packet.values[part.quantity][row], strict=True):
                number = value / part.factor
                numbers[index] = number if self.scheme.components[index].letter in "fd" else round(number)
        return numbers


def _parts(scheme: Scheme) -> Iterator[Part]:
    for group in dict.fromkeys(component.group for component in scheme.components):
        quantity = _GROUPS.get(group[:3].lower())
        named = {each.name.upper(): index for index, each in enumerate(scheme.components) if each.group == group}
        units = {each.unit for each in scheme.components if each.group == group}
        if quantity is None or len(units) != 1 or not named.keys() >= set(_AXES):
            continue
        try:
            factor = to_si_factor(quantity.value, units.pop())
        except SettingsError:  # in a unit that is not known nothing can be computed
            continue
        x, y, z = (named[axis] for axis in _AXES)
        yield Part(quantity, (x, y, z), factor)


def _rows(readings: list[tuple[float, ...]], part: Part) -> Rows:
    (x, y, z), factor = part.at, part.factor
    return tuple([(each[x] * factor, each[y] * factor, each[z] * factor) for each in readings])
