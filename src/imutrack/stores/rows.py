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
from datetime import date, datetime, tzinfo
from functools import cache
from typing import Any, Final

import msgspec
import numpy as np

from imutrack.corrections import Corrected, corrected
from imutrack.errors import ResultError, SchemaError, StoreError
from imutrack.exercises import leg_of
from imutrack.flags import Quality
from imutrack.results import ExerciseSet, RepDetail, Result, StanceTrial
from imutrack.stores.analysed import kind_of
from imutrack.stores.schema import MEASUREMENTS, Measurement
from imutrack.stores.targets import Target
from imutrack.task import Mode
from imutrack.words import flags_text, withheld_text

__all__ = ["Row", "Value", "fingerprint", "local_time", "make_row", "rows", "tags_of", "values_of", "withheld_names"]

Value = float | int | str | bool

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

    @property
    def day(self) -> date:
        """Local date."""
        return date.fromisoformat(self.text("local_date") or "")

    def _get(self, name: str, *types: str) -> Value | None:
        kind = MEASUREMENTS[self.measurement].field(name).type
        if kind not in types:
            raise KeyError(f"{self.measurement} field {name!r} is {kind}, not {' or '.join(types)}")
        return self.fields.get(name)


def rows(
    now: Corrected,
    *,
    clinic: str,
    zone: tzinfo,
    target: Target | None = None,
    mark: bytes | None = None,
    view_of: str | None = None,
) -> list[Row]:
    """Return the rows of a result: its own, then one for each counted repetition.

    Args:
        now: the result as it counts; it belongs to a patient (``task.patient``) and has a wall-clock start.
        clinic: tag of that name.
        zone: time zone of the local date.
        target: what the plan asks for.
        mark: the `fingerprint` of the result as it was analysed; None where nobody corrected it.
        view_of: set id of the result that stands for the set, where another sensor's does.

    Raises:
        StoreError: the result is nobody's.
        ResultError: it cannot be placed in time.
        SchemaError: it says something the schema does not have.
    """
    result = now.result
    measurement = MEASUREMENTS[kind_of(result)]
    tags = tags_of(result, clinic)
    said = values_of(now, zone, target, view_of)
    mark = mark or fingerprint(result, clinic=clinic, zone=zone)
    own = Row(measurement.name, tags, _start_ms(result) * _NS_PER_MS + _below_ms(mark, tags, said), said)
    if not isinstance(result, ExerciseSet):
        return [own]
    return [own, *(_rep(result, rep, own) for rep in result.reps_detail)]


def make_row(
    measurement: str, tags: Mapping[str, str | None], start: float, said: Mapping[str, object], mark: bytes = b""
) -> Row:
    """Return a point that is no result's: an entry, a plan, a verdict, a day.

    Args:
        measurement: name in the schema.
        tags: empty ones are left out.
        start: Unix epoch s, from 1970 on.
        said: field name -> value; absent ones are left out.
        mark: tells apart what else says the same at the same time.

    Raises:
        SchemaError: it says something the schema does not have.
        ResultError: the start is no date.
    """
    fields = _checked(MEASUREMENTS[measurement], {**said, "withdrawn": False})
    known = {name: text for name, text in tags.items() if text}
    return Row(measurement, known, _epoch_ms(start) * _NS_PER_MS + _below_ms(mark, known, fields), fields)


def values_of(
    now: Corrected, zone: tzinfo, target: Target | None = None, view_of: str | None = None
) -> dict[str, Value]:
    """Return what the result's own point says: field name -> value, without what could not be told.

    The session is not among them: it depends on the patient's other results.

    Raises:
        SchemaError: the result says something the schema does not have.
    """
    result = now.result
    measurement = MEASUREMENTS[kind_of(result)]
    said = {field.name: getattr(result, field.name, None) for field in measurement.fields}
    said |= {
        "setting": result.task.setting,
        "label_source": result.task.label_source,
        "flags": flags_text(result.flags),
        "withheld": withheld_text(withheld_names(result)),
        "local_date": None if result.start is None else local_time(result.start, zone).date().isoformat(),
        "end_ms": None if result.start is None else math.ceil((result.start + result.duration_s) * 1000),
        "corrected_by": now.by,
        "corrected": now.text,
        "view_of": view_of,
        "withdrawn": now.void or view_of is not None,
    }
    if isinstance(result, ExerciseSet):
        said |= {name: getattr(result.task, name) for name in ("purpose", "load_kg", "reps_live")}
        said["mode"] = result.task.mode or Mode.ACTIVE  # who says nothing means the usual
        said["reps_counted"] = now.counted
        said |= {} if target is None else target.values(result)
    if isinstance(result, StanceTrial):
        said |= result.sway
    return _checked(measurement, said)


def fingerprint(result: Result, *, clinic: str, zone: tzinfo) -> bytes:
    """Return 16 bytes that differ when anything that is stored of the result differs: value, label, patient, curve."""
    said = (clinic, values_of(corrected(result), zone), result)
    return hashlib.blake2b(msgspec.json.encode(said, enc_hook=_plain), digest_size=16).digest()


def withheld_names(result: Result) -> tuple[str, ...]:
    """Return the names of what is not shown of a result."""
    if isinstance(result, ExerciseSet):
        return result.withheld
    return ("result",) if result.quality is Quality.WITHHELD else ()


def tags_of(result: Result, clinic: str, measurement: str | None = None) -> dict[str, str]:
    """Return the tags of a result's points, empty ones left out; a stance has a side where it is done on one leg.

    Args:
        result: belongs to a patient.
        clinic: tag of that name.
        measurement: of the points; None means that of its own point.

    Raises:
        StoreError: the result is nobody's.
    """
    task = result.task
    if task.patient is None:
        raise StoreError(f"{result.set_id} is nobody's: say whose it is with --patient")
    said = {"patient": task.patient, "clinic": clinic, "exercise": task.name, "trial": task.name, "side": task.side}
    measurement = measurement or kind_of(result)
    if measurement == "stance":
        said["side"] = leg_of(task.name, task.side)
    return {name: str(said[name]) for name in MEASUREMENTS[measurement].tags if said[name]}


def local_time(start: float, zone: tzinfo) -> datetime:
    """Return a moment on the clock of a zone.

    Args:
        start: Unix epoch s.
        zone: time zone.

    Raises:
        ResultError: it is no date.
    """
    try:
        return datetime.fromtimestamp(start, zone)
    except (ValueError, OverflowError, OSError) as error:
        raise ResultError(f"{start} s is no date: correct it with --start") from error


def _rep(result: ExerciseSet, rep: RepDetail, own: Row) -> Row:
    measurement = MEASUREMENTS["rep"]
    said = {field.name: getattr(rep, field.name, None) for field in measurement.fields}
    said |= {"set_id": result.set_id, "algorithm": result.algorithm, "withdrawn": own.fields["withdrawn"]}
    time_ns = own.time_ns + round((rep.start_s - result.start_s) * 1e9)
    return Row(measurement.name, own.tags, time_ns, _checked(measurement, said))


def _start_ms(result: Result) -> int:
    if result.start is None:
        raise ResultError(f"{result.set_id} has no date: say when it was recorded with --start")
    if not 0 <= result.start < _LAST_START:
        raise ResultError(f"{result.set_id} starts at {result.start} s, which is no date: correct it with --start")
    return _epoch_ms(result.start)


def _epoch_ms(start: float) -> int:
    return math.floor(start * 1000)


def _below_ms(mark: bytes, tags: Mapping[str, str], said: Mapping[str, Value]) -> int:
    digest = hashlib.blake2b(mark + msgspec.json.encode((tags, said)), digest_size=8).digest()
    return int.from_bytes(digest) % _NS_PER_MS


def _checked(measurement: Measurement, said: Mapping[str, object]) -> dict[str, Value]:
    known = _casts(measurement.name)
    unknown = sorted(said.keys() - known.keys())
    if unknown:
        raise SchemaError(f"{measurement.name} has no field {', '.join(unknown)}: add it to the schema")
    return {name: known[name](value) for name, value in said.items() if not _absent(value)}


@cache
def _casts(measurement: str) -> dict[str, Callable[[Any], Value]]:
    return {field.name: _CASTS[field.type] for field in MEASUREMENTS[measurement].fields}


def _absent(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and not math.isfinite(value))


def _plain(value: object) -> object:
    """Make arrays and their scalars encodable."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot encode {type(value).__name__}")
