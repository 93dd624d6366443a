"""The list for the desk: who each pseudonym is, to be printed on paper and kept locked away."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from imutrack.clinic.names import Person

__all__ = ["Entry", "desk_list"]

_WIDTH: Final = 78  # columns: fits a page in any fixed font
_GAP: Final = "  "
_NAME: Final = 24
_HEADINGS: Final = ("name", "pseudonym", "status", "born", "contact")
_WARNING: Final = (
    "This page holds names: keep it locked away, and shred it once there is a newer one. Never send it by mail."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a pseudonym, its status in words, and what is known of the person."""

    pseudonym: str
    status: str
    person: Person | None = None


def desk_list(entries: Iterable[Entry], clinic: str, day: date) -> str:
    """Return the list as plain text: by name, those without a name last.

    Args:
        entries: in any order.
        clinic: name of the clinic.
        day: local date of the print.
    """
    rows = [_cells(entry) for entry in sorted(entries, key=_by_name)]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    widths[0] = min(widths[0], _NAME)
    widths[-1] = _WIDTH - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    lines = [f"Patients of {clinic}, {day.isoformat()}", *textwrap.wrap(_WARNING, _WIDTH), ""]
    lines += _row(_HEADINGS, widths)
    lines.append(_GAP.join("-" * width for width in widths))
    for row in rows:
        lines += _row(row, widths)
    return "\n".join(lines)


def _cells(entry: Entry) -> tuple[str, ...]:
    person = entry.person or Person()
    born = "" if person.birth_year is None else str(person.birth_year)
    return person.name or "-", entry.pseudonym, entry.status, born, person.contact or ""


def _by_name(entry: Entry) -> tuple[bool, str, str]:
    name = entry.person.name if entry.person and entry.person.name else ""
    return not name, name.casefold(), entry.pseudonym


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the lines of a row; what is too long goes on below."""
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, wrapped))
    return [
        _GAP.join(
            (lines[at] if at < len(lines) else "").ljust(width) for lines, width in zip(wrapped, widths, strict=True)
        ).rstrip()
        for at in range(height)
    ]
