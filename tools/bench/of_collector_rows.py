"""What was asked beside what was measured, as a table."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from textwrap import fill
from typing import Final

__all__ = ["Row", "measured_on", "part", "quantile", "spread"]


_WIDE: Final = 120  # columns of a page


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        what: is measured.
        asked: of it.
        measured: with its unit.
        holds: whether it is what was asked; None where nothing was, or it was not measured.
    """

    what: str
    asked: str
    measured: str
    holds: bool | None = None


def part(said: str, rows: Iterable[Row]) -> str:
    """Return a part of the page: how it was measured, what came of it, and when."""
    return f"{fill(' '.join(said.split()), _WIDE)}\n\n{_table(rows)}\n\n{measured_on()}\n"


def measured_on() -> str:
    """Return the line below a table: when, on what, and how busy it was with other work."""
    load = f"{os.getloadavg()[1]:.1f}"
    where = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}: {where}, load {load} with others' work included."


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share of the values does not exceed.

    >>> quantile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Return the median of some values, and from where to where they went.

    >>> spread([1.0, 4.0, 2.0], ".0f")
    '2 (1 to 4)'
    """
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _table(rows: Iterable[Row]) -> str:
    marks = {True: "yes", False: "**no**", None: ""}
    lines = [f"| {row.what} | {row.asked} | {row.measured} | {marks[row.holds]} |" for row in rows]
    return "\n".join(["| what | asked | measured | holds |", "|---|---|---|---|", *lines])
