"""What decoders share: one that remembers nothing, and the reading of fixed layouts."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

from imutrack.errors import DecodeError
from imutrack.wearables.packet import Packet

__all__ = ["EachAlone", "Parse", "at_least", "checked_stamp", "unpack"]

Parse = Callable[[bytes], Packet]


class EachAlone:
    """A decoder of notifications that each stand for themselves.

    Args:
        parsers: characteristic -> what turns a payload into a packet, or raises DecodeError.
    """

    def __init__(self, parsers: Mapping[str, Parse]) -> None:
        self._parsers = parsers

    def feed(self, characteristic: str, payload: bytes) -> list[Packet]:
        """Decode one notification; see `imutrack.wearables.packet.Decoder`."""
        parse = self._parsers.get(characteristic)
        if parse is None:
            raise DecodeError(f"nothing is known of the characteristic {characteristic}")
        return [parse(payload)]

    def finish(self) -> list[Packet]:
        """Return nothing: there is no unfinished frame."""
        return []


def at_least(payload: bytes, size: int, what: str) -> None:
    """Check the length of a payload.

    Raises:
        DecodeError: it is shorter than ``size`` bytes.
    """
    if len(payload) < size:
        raise DecodeError(f"{what}: {len(payload)} bytes, {size} are needed")


def unpack(layout: struct.Struct, payload: bytes, what: str, offset: int = 0) -> tuple[Any, ...]:
    """Read a fixed layout.

    Raises:
        DecodeError: the payload is too short for it.
    """
    at_least(payload, offset + layout.size, what)
    return layout.unpack_from(payload, offset)


def checked_stamp(ticks: int) -> int:
    """Return a time stamp of 64 bits.

    Raises:
        DecodeError: it is beyond 63 bits, where no device's clock gets, and no array of stamps either.
    """
    if ticks >> 63:
        raise DecodeError(f"time stamp {ticks:#x}: no clock gets so far")
    return ticks
