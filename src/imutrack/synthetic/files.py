"""Synthetic recordings as files that the plain CSV reader takes."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.errors import RecordingError
from imutrack.samples import Floats, Quantity, Recording
from imutrack.synthetic.sensor import DECIMALS

__all__ = ["NEUTRAL_HEADER", "UNIT_HEADER", "write_csv"]

NEUTRAL_HEADER: Final = ("t_s", "ax", "ay", "az", "gx", "gy", "gz")
"""Columns in SI units by convention."""

UNIT_HEADER: Final = (
    "time (s)",
    *(f"acc_{axis} (m/s2)" for axis in "xyz"),
    *(f"gyr_{axis} (rad/s)" for axis in "xyz"),
)
"""Columns that name their units."""

_ROWS_AT_ONCE: Final = 10_000


def write_csv(recording: Recording, path: Path, header: Sequence[str] = NEUTRAL_HEADER) -> None:
    """Write a one-sensor recording as CSV; compressed where the name ends in ``.gz``, the same bytes every time.

    Args:
        recording: its sensor must hold acceleration and angular rate on the same clock.
        path: is overwritten.
        header: names of the seven columns: time, acceleration x y z, angular rate x y z.

    Raises:
        RecordingError: more than one sensor, or quantities on different clocks.
    """
    text = ",".join(header) + "\n" + "".join(_lines(_table(recording)))
    content = text.encode("ascii")
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _table(recording: Recording) -> Floats:
    if len(recording.sensors) != 1:
        raise RecordingError(
            f"{len(recording.sensors)} sensors do not fit into one plain CSV file: write one at a time"
        )
    samples = recording.sensors[0].samples
    acc, gyr = samples[Quantity.ACC], samples[Quantity.GYR]
    if not np.array_equal(acc.t_s, gyr.t_s):
        raise RecordingError("acceleration and angular rate were not read at the same times: one row cannot hold both")
    return np.column_stack([acc.t_s, acc.values, gyr.values])


def _lines(table: Floats) -> Iterator[str]:
    line = ",".join([f"%.{DECIMALS}f"] * table.shape[1]) + "\n"
    for begin in range(0, len(table), _ROWS_AT_ONCE):
        rows = table[begin : begin + _ROWS_AT_ONCE]
        yield line * len(rows) % tuple(rows.ravel().tolist())
