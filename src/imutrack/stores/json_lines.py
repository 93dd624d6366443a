"""A result as one JSON object, for ``--json``."""

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from imutrack.corrections import Corrected
from imutrack.exercises import leg_of
from imutrack.results import ChairTest, ExerciseSet, Result
from imutrack.stores.analysed import kind_of
from imutrack.stores.rows import values_of
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["as_json"]

_OF_THE_STORE = {"session", "view_of", "withdrawn"}  # a result that is not stored has none of them


def as_json(now: Corrected, *, clinic: str, zone: tzinfo) -> dict[str, Any]:
    """Return a result as it counts now as plain values, the same keys for every result of a kind.

    First ``kind`` and ``time`` (local, with offset), then the tags and fields of the schema in its order, then the
    parts: ``reps_detail`` and ``rejected`` of a set, ``rises_detail`` of a chair test, whose times are seconds from the
    recording's start like ``start_s``. What could not be told is None.

    Raises:
        SchemaError: the result says something the schema does not have.
    """
    result, said = now.result, values_of(now, zone)
    measurement = MEASUREMENTS[kind_of(result)]
    who = {
        "patient": result.task.patient,
        "clinic": clinic,
        "exercise": result.task.name,
        "trial": result.task.name,
        "side": leg_of(result.task.name, result.task.side) if measurement.name == "stance" else result.task.side,
    }
    line: dict[str, Any] = {"kind": measurement.name, "time": _time(result, zone), "start_s": result.start_s}
    line |= {name: who[name] for name in measurement.tags}
    line |= {field.name: said.get(field.name) for field in measurement.fields if field.name not in _OF_THE_STORE}
    if isinstance(result, ExerciseSet):
        line["reps_detail"] = [asdict(rep) | {"duration_s": rep.duration_s} for rep in result.reps_detail]
        line["rejected"] = list(result.rejected)
    if isinstance(result, ChairTest):
        line["rises_detail"] = list(result.rises_detail)
    plain: dict[str, Any] = msgspec.to_builtins(line, enc_hook=float)
    return plain


def _time(result: Result, zone: tzinfo) -> str | None:
    if result.start is None:
        return None
    return datetime.fromtimestamp(result.start, zone).isoformat(timespec="milliseconds")
