"""`Layout`: how a text file holds its table: preamble, header, separator, decimal sign, first row of numbers.

Approach: the lines that split into equally many numbers are the data; the line above the first of them, when it has as
many cells, is the header; everything before is preamble. The separator is the one that makes most lines agree, so a
comma is a decimal sign exactly where splitting at it would not leave a table.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

__all__ = ["Layout", "find_layout", "is_blank_cell", "split_row"]

SEEN_LINES: Final = 120  # preamble, header and enough rows to tell the width and the decimal sign
CLEAR_SHARE: Final = 0.7  # of the lines seen: a separator that makes so many of them rows is the one
NUMERIC_SHARE: Final = 0.5  # of a data row's filled cells; the rest are texts such as a local time

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_PARTS = re.compile(r"[\s;]+")  # a cell of several numbers was split at the wrong sign
_BLANK: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "inf", "-inf", "#n/a"})
_SEPARATORS: Final = ("\t", ";", ",", None)  # None: runs of spaces
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*')
_COMMENT: Final = ("#", "%", "//")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text file holds its table.

    Attributes:
        separator: between cells; None where runs of spaces separate them.
        decimal_comma: numbers are written 1,5.
        width: cells per data row, an empty one after a last separator included.
        names: the header's cells, as many as `width`; empty where there is no header.
        preamble: the lines before the header.
        first_row: lines before the first data row.
    """

    separator: str | None
    decimal_comma: bool
    width: int
    names: tuple[str, ...]
    preamble: tuple[str, ...]
    first_row: int


def is_blank_cell(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in _BLANK


def split_row(line: str, separator: str | None) -> list[str]:
    """Split one line into its cells, without quotes and surrounding blanks."""
    if separator is None:
        return line.split()
    if '"' in line:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]
    return [cell.strip() for cell in line.split(separator)]


def find_layout(text: str, *, whole: bool) -> Layout | None:
    """Find the table in the beginning of a file.

    Args:
        text: the beginning of the file.
        whole: whether it is the whole file; else its last line may be cut and is left aside.

    Returns:
        None where no row of numbers is in it.
    """
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines.pop()
    said = next((line[1] for line in map(_SEP_LINE.fullmatch, lines[:2]) if line), None)
    best: tuple[int, Layout] | None = None
    for separator in _SEPARATORS if said is None else (said,):
        table = _layout_at(lines, separator) if separator is None or separator in text else None
        if table is not None and (best is None or table[0] > best[0]):
            best = table
        if best is not None and best[0] > CLEAR_SHARE * min(len(lines), SEEN_LINES):
            break
    return None if best is None else best[1]


def _layout_at(lines: list[str], separator: str | None) -> tuple[int, Layout] | None:
    """Return the table that splitting at a separator makes, and how many of the lines seen are its rows."""
    seen = [index for index, line in enumerate(lines[:SEEN_LINES]) if line.strip()]
    widths = {index: _width_of_numbers(lines[index], separator) for index in seen}
    counts = Counter(width for width in widths.values() if width > (separator is not None))
    if not counts:
        return None
    width, count = counts.most_common(1)[0]
    place, first = next((place, index) for place, index in enumerate(seen) if widths[index] == width)
    rows = [split_row(lines[index], separator) for index in seen[place:]]
    return count, Layout(
        separator=separator,
        decimal_comma=separator != "," and _has_decimal_comma(rows),
        width=width,
        names=_header(lines[seen[place - 1]], rows[0], separator) if place else (),
        preamble=tuple(lines[: seen[place - 1]] if place else ()),
        first_row=first,
    )


def _has_decimal_comma(rows: list[list[str]]) -> bool:
    return any("," in cell and _NUMBER.fullmatch(cell) is not None for row in rows for cell in row)


def _width_of_numbers(line: str, separator: str | None) -> int:
    """Return the number of cells of a data row; 0 for any other line."""
    if line.lstrip().startswith(_COMMENT):
        return 0
    cells = split_row(line, separator)
    filled = [cell for cell in cells if not is_blank_cell(cell)]
    numbers = sum(_NUMBER.fullmatch(cell) is not None and not (separator == "," and "," in cell) for cell in filled)
    unsplit = any(len(parts := _PARTS.split(cell)) > 1 and all(map(_NUMBER.fullmatch, parts)) for cell in filled)
    return 0 if unsplit or not numbers or numbers < NUMERIC_SHARE * len(filled) else len(cells)


def _header(line: str, row: list[str], separator: str | None) -> tuple[str, ...]:
    line = line.strip().lstrip("\ufeff")
    for sign in _COMMENT:
        line = line.removeprefix(sign).lstrip()
    cells = split_row(line, separator)
    if separator is None and len(cells) != len(row):
        cells = split_row(line, ",")  # names joined by commas above columns of spaces
    if len(cells) == len(row) - 1 and not row[-1]:
        cells.append("")
    if len(cells) == len(row) + 1 and not cells[-1]:
        cells.pop()
    return tuple(cells) if len(cells) == len(row) else ()
