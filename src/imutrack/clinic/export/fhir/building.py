"""The small parts that every resource is built from: ids, references, codes, quantities, times.

Ids are UUIDs of what a resource is about (RFC 9562, version 5), so that the same result is the same resource in every
export; resources refer to each other by them, and nothing refers to what is not in the bundle.
"""

import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from imutrack.clinic.export.codes import PUBLISHED, UCUM_SYSTEM
from imutrack.clinic.export.own_codes import BASE, concepts, system_url, value_code

__all__ = [
    "SIGNIFICANT",
    "Resource",
    "clean",
    "coding",
    "concept",
    "fhir_id",
    "identifier",
    "instant",
    "number",
    "own",
    "own_value",
    "quantity",
    "reference",
    "without_empty",
]

Resource = dict[str, Any]

SIGNIFICANT: Final = 5
"""Digits that are kept of a measured number: in FHIR every digit claims to be meant, and no sensor gives more."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, BASE)
_LARGEST_OFFSET: Final = timedelta(hours=14)  # of a FHIR dateTime


def fhir_id(kind: str, *key: str) -> str:
    """Return the id of a resource, a UUID that depends on what it is of and on nothing else."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((kind, *key))))


def reference(kind: str, *key: str) -> Resource:
    """Return a reference to a resource of the same bundle, by what its id is made from."""
    return {"reference": f"urn:uuid:{fhir_id(kind, *key)}", "type": kind}


def identifier(name: str, value: str) -> Resource:
    """Return an identifier in a system of our own: pseudonym, result, entry."""
    return {"system": f"{BASE}/sid/{name}", "value": value}


def coding(name: str) -> Resource:
    """Return a code that others publish, by our own name for it."""
    code = PUBLISHED[name]
    return {"system": code.system, "code": code.code, "display": code.display}


def own(system: str, code: str) -> Resource:
    """Return a code of our own.

    Raises:
        KeyError: the system has no such code.
    """
    return {"system": system_url(system), "code": code, "display": concepts(system)[code]}


def concept(*codings: Resource, text: str = "") -> Resource:
    """Return a concept from its codes and words."""
    return without_empty({"coding": list(codings), "text": clean(text)})


def own_value(field: str, value: str) -> Resource:
    """Return the answer a field holds: coded where our list has it, else in words."""
    code = value_code(field, value)
    published = [coding(value)] if field == "side" and value in PUBLISHED else []
    return concept(*([own("value", code)] if code else []), *published, text="" if code else value)


def quantity(value: float, unit: str) -> Resource:
    """Return a number with its UCUM unit; what is a mere number has no unit to be shown."""
    shown = {} if unit == "1" else {"unit": unit}
    return {"value": number(value), **shown, "system": UCUM_SYSTEM, "code": unit}


def number(value: float) -> float | int:
    """Return a number as it is written: `SIGNIFICANT` digits, counts as they are.

    Raises:
        ValueError: it is not finite; such a number is absent, and never gets here.

    >>> number(84.533333333), number(12), number(-0.00001234567)
    (84.533, 12, -1.2346e-05)
    """
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that can be exported")
    return float(f"{value:.{SIGNIFICANT}g}")


def instant(time_s: float, zone: tzinfo) -> str:
    """Return a local time with its offset, to the millisecond.

    An offset that FHIR cannot write (with seconds, or beyond 14 h) becomes UTC.

    Args:
        time_s: Unix epoch s.
        zone: the clinic's.
    """
    local = datetime.fromtimestamp(math.floor(time_s * 1000 + 0.5) / 1000, zone)
    offset = local.utcoffset() or timedelta()
    if offset % timedelta(minutes=1) or abs(offset) > _LARGEST_OFFSET:
        local = local.astimezone(UTC)
    return local.isoformat(timespec="milliseconds")


def clean(text: str) -> str:
    """Return a text on one line with single blanks and without control characters, as FHIR wants its strings.

    >>> clean("  not   sure ")
    'not sure'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def without_empty(said: Mapping[str, Any]) -> Resource:
    """Leave out what is empty: FHIR has no empty lists, objects or texts."""
    return {name: value for name, value in said.items() if value is not None and value not in ("", [], {})}
