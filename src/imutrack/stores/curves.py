"""A result's curve: as points of the schema's ``trace``, and packed for the local store.

Packed, a point takes 16 bytes instead of the 90 or so of a table row with its tags. Values are kept as 32-bit floats
everywhere: a ten-thousandth of a degree is finer than any sensor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.errors import SchemaError
from imutrack.results import Result, Trace
from imutrack.stores.rows import Row, tags_of
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["Curve", "curve"]

_MEASUREMENT: Final = MEASUREMENTS["trace"]
_COLUMNS: Final = frozenset(field.name for field in _MEASUREMENT.fields if field.type == "float")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The points of one curve, column by column.

    Attributes:
        tags: as of a row.
        set_id: whose curve it is.
        time_ns: time of that result's own row.
        start_s: what `time_ns` is in seconds from the recording's start.
        t_s: (n,) seconds from the recording's start, increasing.
        columns: field name -> (n,) values; NaN where there is none.
    """

    tags: Mapping[str, str]
    set_id: str
    time_ns: int
    start_s: float
    t_s: npt.NDArray[np.float64]
    columns: Mapping[str, npt.NDArray[np.float32]]

    @property
    def times_ns(self) -> npt.NDArray[np.int64]:
        """(n,) time of each point, Unix epoch, nanoseconds."""
        return self.time_ns + np.round((self.t_s - self.start_s) * 1e9).astype(np.int64)

    def packed(self) -> dict[str, bytes]:
        """Return the arrays as little-endian bytes: ``t_s`` and every column by name."""
        return {"t_s": self.t_s.astype("<f8").tobytes()} | {
            name: values.astype("<f4").tobytes() for name, values in self.columns.items()
        }

    @staticmethod
    def unpacked(packed: Mapping[str, bytes | None]) -> Trace:
        """Return what `packed` made as the curve of a result."""
        columns = {name: data for name, data in packed.items() if name in _COLUMNS and data is not None}
        return Trace(
            np.frombuffer(packed["t_s"] or b"", "<f8").astype(np.float64),
            {name: np.frombuffer(data, "<f4").astype(np.float64) for name, data in columns.items()},
        )


def curve(result: Result, trace: Trace | None, own: Row) -> Curve | None:
    """Return the curve of a result; None where it has none.

    Args:
        result: what the curve is of, as it counts now.
        trace: the curve.
        own: the result's own row.

    Raises:
        SchemaError: the curve has a column that the schema does not have.
    """
    if trace is None or not len(trace.t_s):
        return None
    unknown = sorted(trace.values.keys() - _COLUMNS)
    if unknown:
        raise SchemaError(f"{_MEASUREMENT.name} has no field {', '.join(unknown)}: add it to the schema")
    tags = tags_of(result, own.tags["clinic"], _MEASUREMENT.name)
    columns = {name: np.asarray(values, np.float32) for name, values in trace.values.items()}
    return Curve(tags, result.set_id, own.time_ns, result.start_s, np.asarray(trace.t_s, np.float64), columns)
