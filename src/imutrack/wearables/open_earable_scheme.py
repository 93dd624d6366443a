"""How an OpenEarable 2 describes one of its sensors.

Id, name, number of components; then each component: its type, its group, its own name and its unit. Then what can be
set: a bit mask, and where that says so the rates to choose from. Texts are preceded by their length.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from imutrack.errors import DecodeError

__all__ = ["Component", "Scheme", "encode_scheme", "parse_scheme"]

_TYPES: Final = "bBhHiIfd"  # letters of `struct`, by number of the type
_LIVE, _RATES = 0x01, 0x10  # bits of what can be set


@dataclass(frozen=True, slots=True)
class Component:
    """One number of a reading.

    Attributes:
        group: of which part of the sensor, such as ``ACCELEROMETER``.
        name: such as ``X``.
        unit: as the device writes it.
        letter: its type, as `struct` writes it.
    """

    group: str
    name: str
    unit: str
    letter: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One sensor.

    Attributes:
        id: its number, first byte of its packets.
        name: as the device calls it.
        components: the numbers of a reading, in their order.
        rates_hz: from which one is chosen by its index; none where the rate cannot be set.
        usual_rate: index of the rate the device would take.
        live_rate: index of the highest rate that it can send live.
        live: whether it can send live at all.
    """

    id: int
    name: str
    components: tuple[Component, ...]
    rates_hz: tuple[float, ...] = ()
    usual_rate: int = 0
    live_rate: int = 0
    live: bool = True

    @property
    def layout(self) -> struct.Struct:
        """One reading."""
        return struct.Struct("<" + "".join(component.letter for component in self.components))


class _Reader:
    """Takes a description apart from its beginning."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise DecodeError(f"description of a sensor: it ends after {len(self._data)} bytes, within a field")
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def number(self) -> int:
        return self.take(1)[0]

    def text(self) -> str:
        return self.take(self.number()).decode("utf-8", errors="replace")


def parse_scheme(data: bytes) -> Scheme:
    """Read a sensor's description.

    Raises:
        DecodeError: it ends too early, or has a type that is not known, or no component.
    """
    reader = _Reader(data)
    number, name = reader.number(), reader.text()
    components = tuple(_component(reader) for _ in range(reader.number()))
    if not components:
        raise DecodeError(f"description of sensor {number}: it has no component")
    options = reader.number()
    live = bool(options & _LIVE)
    if not options & _RATES:
        return Scheme(number, name, components, live=live)
    count, usual, highest = reader.take(3)
    rates = struct.unpack(f"<{count}f", reader.take(4 * count))
    return Scheme(number, name, components, rates, usual, highest, live)


def _component(reader: _Reader) -> Component:
    kind = reader.number()
    if kind >= len(_TYPES):
        raise DecodeError(f"description of a sensor: no type has the number {kind}")
    return Component(reader.text(), reader.text(), reader.text(), _TYPES[kind])


def encode_scheme(scheme: Scheme) -> bytes:
    """Write a sensor's description, as a simulated device does."""
    parts = [bytes([scheme.id]), _text(scheme.name), bytes([len(scheme.components)])]
    for each in scheme.components:
        parts += [bytes([_TYPES.index(each.letter)]), *_texts((each.group, each.name, each.unit))]
    parts.append(bytes([(_LIVE if scheme.live else 0) | (_RATES if scheme.rates_hz else 0)]))
    if scheme.rates_hz:
        parts.append(bytes([len(scheme.rates_hz), scheme.usual_rate, scheme.live_rate]))
        parts.append(struct.pack(f"<{len(scheme.rates_hz)}f", *scheme.rates_hz))
    return b"".join(parts)


def _texts(texts: Iterable[str]) -> list[bytes]:
    return [_text(text) for text in texts]


def _text(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data
