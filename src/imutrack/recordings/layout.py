"""`Layout`: how a text file holds its table: preamble, header, separator, decimal sign, first row of numbers.

Approach: the first run of lines that split into equally many numbers is the data; the line above it, when it has as
many cells, is the header; everything before is preamble. The separator is the one that makes this true, so a comma is
a decimal sign exactly where splitting at it would not leave a table.
"""

import csv
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Layout", "find_layout", "is_blank_cell", "split_row"]

MAX_PREAMBLE: Final = 300  # lines searched for the first row of numbers
MIN_ROWS: Final = 3  # rows that must agree, where the file has them
SIGN_ROWS: Final = 200  # rows searched for a decimal comma: the first ones may hold whole numbers only
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
    named = next((found[1] for line in lines[:2] if (found := _SEP_LINE.fullmatch(line))), None)
    for separator in (named,) if named else [sign for sign in _SEPARATORS if sign is None or sign in text]:
        layout = _layout_at(lines, separator)
        if layout is not None and (layout.width > 1 or separator is None or named):
            return layout
    return None


def _layout_at(lines: list[str], separator: str | None) -> Layout | None:
    filled = [index for index, line in enumerate(lines[: MAX_PREAMBLE + SIGN_ROWS]) if line.strip()]
    widths: dict[int, int] = {}
    for place, index in enumerate(filled[:MAX_PREAMBLE]):
        for following in filled[place : place + MIN_ROWS]:
            if following not in widths:
                widths[following] = _width_of_numbers(lines[following], separator)
        run = {widths[following] for following in filled[place : place + MIN_ROWS]}
        if len(run) > 1 or not widths[index]:
            continue
        rows = [split_row(lines[row], separator) for row in filled[place : place + SIGN_ROWS]]
        return Layout(
            separator=separator,
            decimal_comma=separator != "," and _has_decimal_comma(rows),
            width=widths[index],
            names=_header(lines[filled[place - 1]], rows[0], separator) if place else (),
            preamble=tuple(lines[: filled[place - 1]] if place else ()),
            first_row=index,
        )
    return None


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
