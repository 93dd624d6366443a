"""Sets, balance trials and tests as Observations: what was done is the value, what was measured are components.

A number that could not be told is a component with a reason instead of a value, never a zero. What was corrected says
so (``amended``); what was set aside is kept as ``entered-in-error`` without its numbers, so that whoever received it
before learns that it is not to be used.
"""

import math
from collections.abc import Callable, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Final

from imutrack.clinic.export.codes import ucum_of
from imutrack.clinic.export.fhir.building import (
    Resource,
    clean,
    coding,
    concept,
    fhir_id,
    identifier,
    instant,
    own,
    own_value,
    quantity,
    reference,
    without_empty,
)
from imutrack.clinic.export.own_codes import coded_fields, concepts
from imutrack.exercises import all_exercises, angle_label
from imutrack.placements import PLACEMENTS
from imutrack.stores.rows import Row, Value
from imutrack.stores.schema import Field
from imutrack.task import LabelSource
from imutrack.words import SYNTHETIC, count_text

__all__ = ["components", "named", "observation"]

_CATEGORY: Final = {
    "exercise_set": "category therapy",
    "stance": "category exam",
    "sit_to_stand": "category exam",
    "timed_up_and_go": "category exam",
}

_PUBLISHED: Final = {
    ("exercise_set", "duration_s", None): "exercise duration",
    ("sit_to_stand", "rises_in_30_s", "thirty_seconds"): "rises in 30 s",
    ("timed_up_and_go", "total_s", "usual_pace"): "up and go",  # LOINC's is at the usual pace
}
"""(measurement, field, trial; None: any) -> what others call it."""

_UNIT_PUBLISHED: Final = {"rises in 30 s": "{#}/(30.s)"}  # LOINC's unit: rises per 30 s, not a count

_MAIN: Final = {
    "exercise_set": ("reps", "rom_best3_deg"),
    "stance": ("rms_mps2",),
    "sit_to_stand": ("total_s",),
    "timed_up_and_go": ("total_s",),
}

_OF_ANGLE: Final = ("rom_", "peak_velocity_dps")
_NO_UNITS: Final[Mapping[str, str]] = MappingProxyType({})


_OTHER_VIEW: Final = "not to be used: the set counts by the result of another sensor"


def observation(row: Row, zone: tzinfo, based_on: Callable[[Row], Resource | None]) -> Resource:
    """Return a result as an Observation.

    Args:
        row: of a set, a balance trial or a test.
        zone: the clinic's.
        based_on: what of the plan a row belongs to, as a reference; None where nothing.
    """
    patient, set_id = row.tags["patient"], str(row.fields["set_id"])
    withdrawn = bool(row.fields.get("withdrawn"))
    synthetic = row.fields.get("label_source") == LabelSource.SYNTHETIC
    plan = based_on(row)
    head = {
        "resourceType": "Observation",
        "id": fhir_id("Observation", patient, row.measurement, row.text("recording") or "", set_id),
        "meta": {"security": [coding("test data")]} if synthetic else None,
        "identifier": [identifier("result", set_id)],
        "basedOn": [plan] if plan else None,
        "status": _status(row),
        "category": [concept(coding(_CATEGORY[row.measurement]))],
        "code": _code(row),
        "subject": reference("Patient", patient),
        "effectivePeriod": _period(row, zone),
    }
    if withdrawn:
        why = _OTHER_VIEW if row.text("view_of") else "set aside by a person, not to be used"
        return without_empty(head | {"note": [{"text": why}]})
    algorithm = row.text("algorithm")
    return without_empty(
        head
        | {
            "valueCodeableConcept": named(row.tags.get("exercise") or row.tags.get("trial") or ""),
            "note": [{"text": text} for note in _notes(row) if (text := clean(note))],
            "device": reference("Device", algorithm) if algorithm else None,
            "component": components(row),
        }
    )


def named(label: str) -> Resource:
    """Return an exercise, trial or test: coded where the catalogue has it, else as it was written."""
    if label in concepts("exercise"):
        return concept(own("exercise", label))
    return concept(text=clean(label.replace("_", " ")) or "not named")


def components(row: Row, units: Mapping[str, str] = _NO_UNITS) -> list[Resource]:
    """Return everything coded that a row says, as components in the schema's order.

    Args:
        row: any.
        units: field -> UCUM, where a row has other units than the schema says.
    """
    found = [_tag(row, "side")] if row.tags.get("side") else []
    for field in coded_fields(row.measurement):
        value = row.fields.get(field.name)
        if value is not None:
            unit = units.get(field.name) or ucum_of(field.name, field.unit)
            found += _valued(_code_of(row, field), field.name, value, unit, _published(row, field))
        elif field.name in _main(row):
            found.append({"code": _code_of(row, field), "dataAbsentReason": concept(coding("unknown"))})
    return found


def _main(row: Row) -> tuple[str, ...]:
    """Return the numbers a result is for: where one is missing, the export says that it is."""
    if row.measurement == "stance" and "cop_rms_m" in row.fields:
        return ("cop_rms_m",)
    if row.measurement == "sit_to_stand" and row.tags.get("trial") == "thirty_seconds":
        return ("rises_in_30_s",)
    return _MAIN.get(row.measurement, ())


def _code_of(row: Row, field: Field) -> Resource:
    """Return the code of a component; an angle says in words what it is of."""
    ours = own("measure", f"{row.measurement}.{field.name}")
    published = _published(row, field)
    return concept(*([coding(published)] if published else []), ours, text=_words(row, field))


def _valued(code: Resource, name: str, value: Value, unit: str, published: str | None) -> list[Resource]:
    if isinstance(value, bool):
        return [{"code": code, "valueBoolean": value}]
    if not isinstance(value, str):
        if not math.isfinite(value):
            return [{"code": code, "dataAbsentReason": concept(coding("unknown"))}]
        return [{"code": code, "valueQuantity": quantity(value, _UNIT_PUBLISHED.get(published or "", unit))}]
    if name == "placement":  # one component for each sensor
        return [{"code": code, "valueCodeableConcept": _place(place)} for place in value.split("+")]
    made = named(value) if name == "exercise" else own_value(name, value)
    return [{"code": code, "valueCodeableConcept": made}]


def _place(place: str) -> Resource:
    return concept(own("placement", place)) if place in PLACEMENTS else concept(text=clean(place) or "not named")


def _published(row: Row, field: Field) -> str | None:
    trial = row.tags.get("trial")
    keys = ((row.measurement, field.name, trial), (row.measurement, field.name, None))
    return next((_PUBLISHED[key] for key in keys if key in _PUBLISHED), None)


def _words(row: Row, field: Field) -> str:
    if row.measurement != "exercise_set" or not field.name.startswith(_OF_ANGLE):
        return ""
    worn = str(row.fields.get("placement") or "")
    label = angle_label(all_exercises().get(row.tags.get("exercise", "")), *worn.split("+") if worn else ())
    return f"{field.text}: {label}"


def _tag(row: Row, name: str) -> Resource:
    return {
        "code": concept(own("measure", f"{row.measurement}.{name}")),
        "valueCodeableConcept": own_value(name, row.tags[name]),
    }


def _code(row: Row) -> Resource:
    ours = own("measure", row.measurement)
    return concept(coding("exercise activity"), ours) if row.measurement == "exercise_set" else concept(ours)


def _status(row: Row) -> str:
    if row.fields.get("withdrawn"):
        return "entered-in-error"
    return "amended" if row.fields.get("corrected_by") else "final"


def _period(row: Row, zone: tzinfo) -> Resource:
    duration_s = row.number("duration_s") or 0.0
    return {"start": instant(row.start, zone), "end": instant(row.start + duration_s, zone)}


def _notes(row: Row) -> list[str]:
    """Return what is to be known beside the numbers, in words of the program: nothing that people wrote."""
    notes = []
    by = row.text("corrected_by")
    if row.measurement == "exercise_set" and "reps_low" in row.fields and "reps_high" in row.fields:
        reps, low, high = row.count("reps"), row.count("reps_low") or 0, row.count("reps_high") or 0
        told = count_text(reps, low, high, row.count("reps_counted"), by)
        if told != str(reps):
            notes.append(f"repetitions: {told}")
    if by and not any("corrected by" in note for note in notes):
        notes.append(f"corrected by {by}")
    if withheld := row.text("withheld"):
        notes.append(f"not shown: {withheld}")
    if flags := row.text("flags"):
        notes.append(flags)
    if row.fields.get("label_source") == LabelSource.SYNTHETIC:
        notes.append(SYNTHETIC)
    return notes
