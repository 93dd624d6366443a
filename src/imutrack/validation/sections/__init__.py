"""The sections of docs/validation.md, one per suite: each runs its suite, scores it and returns Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Headline", "Section", "percent", "table"]


@dataclass(frozen=True, slots=True)
class Headline:
    """One line of the README: what is measured, how well, and on what."""

    what: str
    how_well: str
    on: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section's Markdown, and the headlines taken from it."""

    text: str
    headlines: tuple[Headline, ...] = ()


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; all columns but the first are right-aligned."""
    lines = [f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as per cent.

    >>> percent(0.8666)
    '86.7 %'
    """
    return f"{100 * share:.1f} %"
