"""Rows read cell by cell: what the fast parser of `tables` refuses.

An empty cell becomes NaN; a comment or an empty line is no row; a row that lacks cells is filled up and remembered;
anything else that is no number is an error that names its line.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from imutrack.errors import RecordingError
from imutrack.recordings.files import Source
from imutrack.recordings.layout import Layout, is_blank_cell

__all__ = ["Rows", "read_rows"]

SHOWN: Final = 40  # characters of a bad cell in a message
MAX_WHOLE: Final = 1 << 63

_COMMENT = ("#", "%", "//")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of equally many cells.

    Attributes:
        cells: of each row.
        short: indices of rows that lacked cells.
        source, first_line: where the first row stands.
    """

    cells: list[list[str]]
    short: list[int]
    source: Source
    first_line: int

    def column(self, columns: Sequence[int], kind: str) -> npt.NDArray[Any]:
        """Return columns as numpy reads them: (n, k) for ``f8``, (n,) for ``i8`` and text.

        Raises:
            RecordingError: a cell is no number.
        """
        if kind == "i8":
            return np.array([self._whole(row[columns[0]], index) for index, row in enumerate(self.cells)], dtype=kind)
        if kind != "f8":
            return np.array([row[columns[0]] for row in self.cells], dtype=kind)
        values = [[self._number(row[column], index) for column in columns] for index, row in enumerate(self.cells)]
        return np.array(values, dtype=kind).reshape(len(self.cells), len(columns))

    def _number(self, cell: str, index: int) -> float:
        try:
            return float(cell)
        except ValueError:
            if is_blank_cell(cell):
                return np.nan
            where = f"{self.source}: line {self.first_line + index}"
            raise RecordingError(f"{where}: {cell[:SHOWN]!r} is not a number") from None

    def _whole(self, cell: str, index: int) -> int:
        number = int(cell) if cell.isdecimal() else -1
        if not 0 <= number < MAX_WHOLE:
            raise RecordingError(
                f"{self.source}: line {self.first_line + index}: {cell[:SHOWN]!r} is not a whole time stamp: export "
                "the file again, a spreadsheet may have rounded it"
            )
        return number


def read_rows(block: bytes, layout: Layout, source: Source, first_line: int) -> Rows:
    """Split a block of whole lines into rows.

    Raises:
        RecordingError: a row has more cells than the others.
    """
    lines = block.decode("latin1").split("\n")
    separator = layout.separator
    rows = csv.reader(lines, delimiter=separator, skipinitialspace=True) if separator else map(str.split, lines)
    kept: list[list[str]] = []
    short: list[int] = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith(_COMMENT):
                continue
            if any(cells[layout.width :]):
                raise RecordingError(
                    f"{source}: line {first_line + len(kept)} has {len(cells)} cells where the others have "
                    f"{layout.width}: check the decimal sign and the separator"
                )
            if len(cells) < layout.width:
                short.append(len(kept))
                cells += [""] * (layout.width - len(cells))
            kept.append(cells)
    except csv.Error as error:
        raise RecordingError(f"{source}: line {first_line + len(kept)} cannot be split into cells ({error})") from error
    return Rows(kept, short, source, first_line)
