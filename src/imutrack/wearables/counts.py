"""Readings that are sent as whole numbers of 16 bits: from counts to SI units, and back for simulated devices."""

from collections.abc import Sequence
from typing import Final

from imutrack.wearables.packet import Flag

__all__ = ["HIGHEST", "LOWEST", "clipping", "to_counts", "to_si"]

LOWEST: Final = -0x8000
HIGHEST: Final = 0x7FFF

_CLIPPED: Final = frozenset({Flag.CLIPPED})
_NO_FLAGS: Final[frozenset[Flag]] = frozenset()


def to_si(counts: Sequence[float], factor: float) -> tuple[float, ...]:
    """Return counts, or numbers in another unit, times the SI unit of one."""
    return tuple([count * factor for count in counts])  # a list first: quicker than from a generator


def clipping(counts: Sequence[int], lowest: int = LOWEST, highest: int = HIGHEST) -> frozenset[Flag]:
    """Return the flag of a reading that is at an end of its range, or no flag."""
    return _CLIPPED if min(counts) <= lowest or max(counts) >= highest else _NO_FLAGS


def to_counts(values: Sequence[float], factor: float, lowest: int = LOWEST, highest: int = HIGHEST) -> list[int]:
    """Return the counts nearest to values; beyond the range its end, as a sensor does."""
    return [min(max(round(value / factor), lowest), highest) for value in values]
