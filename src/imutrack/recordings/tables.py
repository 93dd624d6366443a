"""`read_table`: the numbers of a delimited text file, block by block.

Approach: `numpy.loadtxt` parses each block of whole lines; only a block that it refuses (an empty cell, a comment, a
cut row) is read cell by cell, where an empty cell becomes NaN and anything else that is no number is an error with its
row. Memory stays at the arrays asked for and one block; the bytes are read and hashed on the same pass.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from imutrack.errors import RecordingError
from imutrack.recordings.cells import read_rows
from imutrack.recordings.files import Source
from imutrack.recordings.layout import Layout
from imutrack.recordings.text import Lines
from imutrack.samples import Floats

__all__ = ["Column", "Table", "read_table"]

SLOW_BYTES: Final = 1 << 15  # blocks up to this size are read cell by cell where the fast parser refuses them
MAX_SHORT_SHARE: Final = 0.01  # of rows that lack cells; more of them is another format

Column = Sequence[int]


@dataclass(slots=True, eq=False)
class Table:
    """The columns asked for.

    Attributes:
        numbers: name -> (n, k) float64; empty cells are NaN.
        whole: name -> (n,) int64 columns, for counts that a float64 cannot hold.
        texts: name -> (n,) text columns.
        first_line: line of the first row in the file, from 1.
        sha256: hash of the file's unpacked bytes, hex.
        notes: what was left out.
    """

    numbers: dict[str, Floats]
    whole: dict[str, npt.NDArray[np.int64]]
    texts: dict[str, npt.NDArray[np.str_]]
    first_line: int
    sha256: str
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        columns: list[Any] = [*self.numbers.values(), *self.whole.values(), *self.texts.values()]
        return len(columns[0]) if columns else 0

    def line(self, row: int) -> int:
        """Line of a data row in the file, from 1; blank lines between rows are not counted."""
        return self.first_line + row

    def rows(self, keep: slice | npt.NDArray[np.bool_]) -> None:
        """Keep only these rows."""
        self.numbers = {name: values[keep] for name, values in self.numbers.items()}
        self.whole = {name: values[keep] for name, values in self.whole.items()}
        self.texts = {name: values[keep] for name, values in self.texts.items()}


class _Parser:
    """Parses blocks into lists of arrays per column group."""

    def __init__(
        self,
        source: Source,
        layout: Layout,
        numbers: Mapping[str, Column],
        whole: Mapping[str, int],
        texts: Mapping[str, int],
    ) -> None:
        self.source = source
        self.layout = layout
        self.groups: dict[str, tuple[Column, str]] = {
            **{name: (columns, "f8") for name, columns in numbers.items()},
            **{name: ((column,), "i8") for name, column in whole.items()},
            **{name: ((column,), "U40") for name, column in texts.items()},
        }
        self.used = sorted({column for columns, kind in self.groups.values() if kind == "f8" for column in columns})
        self.pieces: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in self.groups}
        self.rows = 0
        self.short: list[int] = []  # rows that lack cells

    def parse(self, block: bytes) -> None:
        """Take one block of whole lines."""
        self.parse_block(block.replace(b",", b".") if self.layout.decimal_comma else block)

    def parse_block(self, block: bytes) -> None:
        """Take whole lines with decimal points; an odd row slows down only its own neighbourhood."""
        if not block.strip() or self._parse_fast(block):
            return
        middle = block.find(b"\n", len(block) // 2) + 1
        if len(block) > SLOW_BYTES and 0 < middle < len(block):
            self.parse_block(block[:middle])
            self.parse_block(block[middle:])
        else:
            self._parse_cells(block)

    def _is_regular(self, block: bytes, rows: int) -> bool:
        """Whether every row has the expected number of cells: the fast parser does not see one too many."""
        separator = self.layout.separator
        return separator is None or block.count(separator.encode()) == rows * (self.layout.width - 1)

    def _parse_fast(self, block: bytes) -> bool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # "input contained no data"
                found = {name: self._load(block, columns, kind) for name, (columns, kind) in self._plan().items()}
        except (ValueError, OverflowError, UserWarning):
            return False
        rows = len(next(iter(found.values())))
        if not self._is_regular(block, rows):
            return False
        if "" in found:
            table = found.pop("")
            for name, (columns, kind) in self.groups.items():
                if kind == "f8":
                    found[name] = table[:, np.searchsorted(self.used, columns)]
        for name, piece in found.items():
            self.pieces[name].append(piece)
        self.rows += rows
        return True

    def _plan(self) -> dict[str, tuple[Column, str]]:
        plan = {name: group for name, group in self.groups.items() if group[1] != "f8"}
        return {**plan, **({"": (self.used, "f8")} if self.used else {})}

    def _load(self, block: bytes, columns: Column, kind: str) -> npt.NDArray[Any]:
        separator = self.layout.separator
        everything = separator is None and kind == "f8"  # makes numpy compare the widths of the rows
        table: npt.NDArray[Any] = np.loadtxt(
            io.BytesIO(block),
            dtype=kind,
            delimiter=separator,
            comments=None,
            usecols=None if everything else columns,
            ndmin=2,
            encoding="latin1",
        )
        if everything:
            if table.shape[1] != self.layout.width:
                raise ValueError("another width")
            table = table[:, columns]
        return table if kind == "f8" else table[:, 0]

    def _parse_cells(self, block: bytes) -> None:
        rows = read_rows(block, self.layout, self.source, self.layout.first_row + 1 + self.rows)
        for name, (columns, kind) in self.groups.items():
            self.pieces[name].append(rows.column(columns, kind))
        self.short += [self.rows + index for index in rows.short]
        self.rows += len(rows.cells)

    def table(self, sha256: str) -> Table:
        """Put the pieces together."""
        joined: dict[str, npt.NDArray[Any]] = {}
        for name in self.groups:
            pieces = self.pieces.pop(name)
            joined[name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces) if pieces else np.empty((0, 1))
        kinds = {name: kind for name, (_, kind) in self.groups.items()}
        return Table(
            numbers={name: values for name, values in joined.items() if kinds[name] == "f8"},
            whole={name: values for name, values in joined.items() if kinds[name] == "i8"},
            texts={name: values for name, values in joined.items() if kinds[name] == "U40"},
            first_line=self.layout.first_row + 1,
            sha256=sha256,
        )


def read_table(
    lines: Lines,
    layout: Layout,
    numbers: Mapping[str, Column],
    *,
    whole: Mapping[str, int] | None = None,
    texts: Mapping[str, int] | None = None,
) -> Table:
    """Read columns of a delimited text file.

    Args:
        lines: the text, not yet read.
        layout: how it holds its table.
        numbers: name -> column indices to read together as float64.
        whole: name -> column to read as int64.
        texts: name -> column to keep as text.

    Raises:
        RecordingError: the file cannot be read to its end, a cell is no number, or too many rows lack cells.
    """
    parser = _Parser(lines.source, layout, numbers, whole or {}, texts or {})
    skip = layout.first_row
    for block in lines.blocks():
        if skip:
            ends = _nth_line_end(block, skip)
            skip = ends[1]
            parser.parse(block[ends[0] :])
        else:
            parser.parse(block)
    if not parser.rows:
        raise RecordingError(f"{lines.source}: holds no row of readings")
    table = parser.table(lines.sha256)
    _drop_short_tail(table, parser.short, lines.source)
    return table


def _nth_line_end(block: bytes, count: int) -> tuple[int, int]:
    """Return where the data begins after ``count`` lines, and how many of them lie in later blocks."""
    position = 0
    while count:
        position = block.find(b"\n", position) + 1
        if not position:
            return len(block), count
        count -= 1
    return position, 0


def _drop_short_tail(table: Table, short: list[int], source: Source) -> None:
    """Rows at the very end that lack cells were not written whole: leave them out and say so."""
    last = len(table)
    while short and short[-1] == last - 1:
        short.pop()
        last -= 1
    dropped = len(table) - last
    if not last:
        raise RecordingError(f"{source}: no row is complete: the file holds no readings")
    if len(short) > max(1, MAX_SHORT_SHARE * last):
        raise RecordingError(f"{source}: {len(short)} rows lack cells, the first in line {table.line(short[0])}")
    if dropped:
        table.rows(slice(0, last))
        table.notes.append(f"{dropped} incomplete rows at the end left out")
    if short:
        table.notes.append(f"{len(short)} rows lack cells, the first in line {table.line(short[0])}")
