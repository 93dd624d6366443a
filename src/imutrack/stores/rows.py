"""A result as rows of the schema: its own point, and one for each repetition.

When a point is. Stores that know a point by measurement, tags and time merge two points that agree in all three, and
keep the fields that only the older one had. So the time of a result is its start in whole milliseconds, and the six
digits below are a fingerprint of everything the result says. Two results that start together stay two points, a result
that changed is a new point beside the withdrawn one, and the same result is the same point whenever and wherever it is
computed. Repetitions and curves keep their distance from their result's time.
"""

import hashlib
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

import msgspec
import numpy as np

from imutrack.errors import ResultError, SchemaError, StoreError
from imutrack.flags import Quality
from imutrack.results import ChairTest, ExerciseSet, RepDetail, Result, StanceTrial, UpAndGo
from imutrack.stores.schema import MEASUREMENTS, Measurement
from imutrack.words import flags_text, withheld_text

__all__ = ["Row", "Value", "fingerprint", "kind_of", "rows", "values_of", "withheld_names"]

Value = float | int | str | bool

_KINDS: Final[dict[type[Result], str]] = {
    ExerciseSet: "exercise_set",
    StanceTrial: "stance",
    ChairTest: "sit_to_stand",
    UpAndGo: "timed_up_and_go",
}
_CASTS: Final[dict[str, Callable[[Any], Value]]] = {"float": float, "int": operator.index, "str": str, "bool": bool}
_NS_PER_MS: Final = 1_000_000
_LAST_START: Final = 9.2e9  # the year 2261: nanoseconds end here in 64 bits


@dataclass(frozen=True, slots=True)
class Row:
    """One point: what stores hold.

    Attributes:
        measurement: name in the schema.
        tags: name -> text; empty ones are left out.
        time_ns: Unix epoch, nanoseconds.
        fields: name -> value of the schema's type; what could not be told is left out.
    """

    measurement: str
    tags: Mapping[str, str]
    time_ns: int
    fields: Mapping[str, Value]

    def number(self, name: str) -> float | None:
        """Return a float or int field; None where it could not be told."""
        value = self._get(name, "float", "int")
        return None if value is None else float(value)

    def count(self, name: str) -> int | None:
        """Return an int field; None where it could not be told."""
        value = self._get(name, "int")
        return None if value is None else int(value)

    def text(self, name: str) -> str | None:
        """Return a tag or a text field; None where there is none."""
        if name in MEASUREMENTS[self.measurement].tags:
            return self.tags.get(name)
        value = self._get(name, "str")
        return None if value is None else str(value)

    @property
    def start(self) -> float:
        """Wall-clock start, Unix epoch s, to the millisecond."""
        return self.time_ns // _NS_PER_MS / 1000

    def _get(self, name: str, *types: str) -> Value | None:
        kind = MEASUREMENTS[self.measurement].field(name).type
        if kind not in types:
            raise KeyError(f"{self.measurement} field {name!r} is {kind}, not {' or '.join(types)}")
        return self.fields.get(name)


def rows(result: Result, *, clinic: str, zone: tzinfo) -> list[Row]:
    """Return the rows of a result: its own, then one for each counted repetition.

    Args:
        result: belongs to a patient (``task.patient``) and has a wall-clock start.
        clinic: tag of that name.
        zone: time zone of the local date.

    Raises:
        StoreError: the result is nobody's.
        ResultError: it cannot be placed in time.
        SchemaError: it says something the schema does not have.
    """
    measurement = MEASUREMENTS[kind_of(result)]
    tags = _tags(result, clinic)
    time_ns = _start_ms(result) * _NS_PER_MS + _below_ms(fingerprint(result, clinic=clinic, zone=zone))
    own = Row(measurement.name, tags, time_ns, values_of(result, zone))
    if not isinstance(result, ExerciseSet):
        return [own]
    return [own, *(_rep(result, rep, own) for rep in result.reps_detail)]


def values_of(result: Result, zone: tzinfo) -> dict[str, Value]:
    """Return what the result's own point says: field name -> value, without what could not be told.

    The session is not among them: it depends on the patient's other results.

    Raises:
        SchemaError: the result says something the schema does not have.
    """
    measurement = MEASUREMENTS[kind_of(result)]
    said = {field.name: getattr(result, field.name, None) for field in measurement.fields}
    task = {name: getattr(result.task, name) for name in ("setting", "label_source")}
    said |= task | {
        "flags": flags_text(result.flags),
        "withheld": withheld_text(withheld_names(result)),
        "local_date": None if result.start is None else _local(result.start, zone).date().isoformat(),
        "withdrawn": False,
    }
    if isinstance(result, ExerciseSet):
        said |= {name: getattr(result.task, name) for name in ("mode", "purpose", "load_kg")}
        said["reps_counted"] = result.reps
    if isinstance(result, StanceTrial):
        said |= result.sway
    return _checked(measurement, said)


def fingerprint(result: Result, *, clinic: str, zone: tzinfo) -> bytes:
    """Return 16 bytes that differ when anything that is stored of the result differs: value, label, patient, curve."""
    said = (clinic, values_of(result, zone), result)
    return hashlib.blake2b(msgspec.json.encode(said, enc_hook=_plain), digest_size=16).digest()


def kind_of(result: Result) -> str:
    """Return the measurement of a result's own point."""
    return _KINDS[type(result)]


def withheld_names(result: Result) -> tuple[str, ...]:
    """Return the names of what is not shown of a result."""
    if isinstance(result, ExerciseSet):
        return result.withheld
    return ("result",) if result.quality is Quality.WITHHELD else ()


def _rep(result: ExerciseSet, rep: RepDetail, own: Row) -> Row:
    measurement = MEASUREMENTS["rep"]
    said = {field.name: getattr(rep, field.name, None) for field in measurement.fields}
    said |= {"set_id": result.set_id, "algorithm": result.algorithm, "withdrawn": False}
    time_ns = own.time_ns + round((rep.start_s - result.start_s) * 1e9)
    return Row(measurement.name, own.tags, time_ns, _checked(measurement, said))


def _tags(result: Result, clinic: str) -> dict[str, str]:
    if result.task.patient is None:
        raise StoreError(f"{result.set_id} is nobody's: say whose it is with --patient")
    trial = {"exercise": result.task.name, "side": result.task.side or ""}
    if not isinstance(result, ExerciseSet):
        trial = {"trial": result.task.name}
    tags = {"patient": result.task.patient, "clinic": clinic, **trial}
    return {name: str(text) for name, text in tags.items() if text}


def _start_ms(result: Result) -> int:
    if result.start is None:
        raise ResultError(f"{result.set_id} has no date: say when it was recorded with --start")
    if not 0 <= result.start < _LAST_START:
        raise ResultError(f"{result.set_id} starts at {result.start} s, which is no date: correct it with --start")
    return math.floor(result.start * 1000)


def _below_ms(digest: bytes) -> int:
    return int.from_bytes(digest[:8]) % _NS_PER_MS


def _local(start: float, zone: tzinfo) -> datetime:
    try:
        return datetime.fromtimestamp(start, zone)
    except (ValueError, OverflowError, OSError) as error:
        raise ResultError(f"{start} s is no date: correct it with --start") from error


def _checked(measurement: Measurement, said: Mapping[str, object]) -> dict[str, Value]:
    known = {field.name: _CASTS[field.type] for field in measurement.fields}
    unknown = sorted(said.keys() - known.keys())
    if unknown:
        raise SchemaError(f"{measurement.name} has no field {', '.join(unknown)}: add it to the schema")
    return {name: known[name](value) for name, value in said.items() if not _absent(value)}


def _absent(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and not math.isfinite(value))


def _plain(value: object) -> object:
    """Make arrays and their scalars encodable."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot encode {type(value).__name__}")
