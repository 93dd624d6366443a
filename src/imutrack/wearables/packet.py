"""What a notification of a wearable says, and the streams it is a part of.

A `Packet` holds what the bytes say and nothing else: SI units, the device's own ticks as sent, its own remarks as
flags. Unwrapping, host time and loss come later, from many packets together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from imutrack.samples import Quantity

__all__ = ["Decoder", "DeviceClock", "Flag", "Notification", "Packet", "Rows", "Stream"]

Rows = tuple[tuple[float, ...], ...]
"""(n, k) readings, row by row: a notification holds few, and tuples are made faster than arrays."""

Notification = tuple[str, bytes]
"""Characteristic and payload."""


class Flag(StrEnum):
    """What a device remarks on its own readings."""

    CLIPPED = "clipped"  # a reading is at the end of the sensor's range
    MAG_DISTURBED = "mag_disturbed"
    TIME_GAP = "time_gap"  # the device lost readings before it could send them
    TRUNCATED = "truncated"  # the link ended within a frame; what stood before the end is given


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """A device's time stamps.

    Attributes:
        tick_s: one tick, s.
        bits: the counter wraps at 2**bits; None where it never does.
        stamps: which readings of a packet carry a stamp.
    """

    tick_s: float
    bits: int | None = None
    stamps: Literal["each", "first", "last"] = "each"


@dataclass(frozen=True, slots=True)
class Stream:
    """Readings that share a rate and a clock.

    Attributes:
        name: as packets call it.
        quantities: what each reading holds.
        rate_hz: as set; a device's real rate differs by some per mille.
        clock: None where the device sends no time: then loss is unknown.
        per_packet: readings in a packet, as a rule; 0 where they vary.
        characteristic: where it comes for as long as the device sends, at its rate; empty where nobody has written down
            that it does, as where it comes only on a change.
    """

    name: str
    quantities: tuple[Quantity, ...]
    rate_hz: float
    clock: DeviceClock | None = None
    per_packet: int = 1
    characteristic: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """What one notification, or one frame in it, said.

    Attributes:
        stream: of which `Stream` the readings are; for what is no reading, such as a battery, a name of its own.
        values: quantity -> (n, k) readings in SI units and the device's axes; all with the same n.
        ticks: the device's counter as sent, not unwrapped: n, one (see `DeviceClock.stamps`), or none.
        flags: the device's own remarks.
        said: what is no quantity: ``battery_pct``, ``heart_rate_bpm``, ``rr_s``, ``euler_deg``, ``dq``, ``dv``,
            ``button`` and others, each in the unit its name carries.
    """

    stream: str
    values: Mapping[Quantity, Rows] = field(default_factory=dict)
    ticks: tuple[int, ...] = ()
    flags: frozenset[Flag] = frozenset()
    said: Mapping[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return max((len(rows) for rows in self.values.values()), default=0)


class Decoder(Protocol):
    """Turns the notifications of one connection into packets, in the order they come; it may remember."""

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification.

        Args:
            characteristic: UUID, lower case, 128 bits.
            payload: as notified.

        Returns:
            The packets that are complete with it; none where a frame goes on in the next notification.

        Raises:
            DecodeError: the payload cannot be what this characteristic sends; the next one may be.
        """
        ...

    def finish(self) -> list[Packet]:
        """Return what an unfinished frame still says when the link ends, flagged as truncated."""
        ...
