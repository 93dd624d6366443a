"""What people entered and what follows from it: pain, effort, breaking off, treatments, verdicts, days to look at.

Words that patients and staff wrote freely, names and licences stay in the clinic; the tables have them.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from imutrack.clinic.change import MEASURES, Scale
from imutrack.clinic.export.codes import UCUM
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
from imutrack.clinic.export.fhir.results import components
from imutrack.clinic.export.own_codes import concepts
from imutrack.stores.rows import Row

__all__ = ["changes", "flags", "last_day", "procedures", "reports"]

_LOOK_NOW: Final = 3  # level of a day on which somebody stopped or went beyond an approved limit
_SAME_COURSE: Final = ("measure", "exercise", "side", "mode", "angle_kind", "placement", "algorithm")
_LEVELS: Final = ("baseline", "baseline_low", "baseline_high", "latest")
_DIFFERENCES: Final = ("difference", "mdc", "needed")


def reports(rows: Sequence[Row], zone: tzinfo) -> Iterator[Resource]:
    """Return pain, effort and breaking off as an Observation each; of an entry with words alone there is none."""
    for row in rows:
        pain, effort = row.count("pain"), row.count("exertion")
        if pain is not None:
            code = concept(coding("pain"), own("measure", "self_report.pain"))
            yield _report(row, "pain", code, {"valueQuantity": quantity(pain, "{score}")}, zone)
        if effort is not None:
            code = concept(own("measure", "self_report.exertion"))
            yield _report(row, "exertion", code, {"valueQuantity": quantity(effort, "{score}")}, zone)
        if row.fields.get("stop"):
            code = concept(own("measure", "self_report.stop"))
            yield _report(row, "stop", code, {"valueBoolean": True}, zone)


def procedures(rows: Sequence[Row], zone: tzinfo) -> Iterator[Resource]:
    """Return every treatment or contact."""
    for row in rows:
        kind, minutes, site = row.text("treatment") or "other", row.count("minutes"), row.text("site")
        start, end = row.start, row.start + 60 * (minutes or 0)
        when = {"performedPeriod": {"start": instant(start, zone), "end": instant(end, zone)}}
        withdrawn = bool(row.fields.get("withdrawn"))
        head = {
            "resourceType": "Procedure",
            "id": fhir_id("Procedure", row.tags["patient"], _entry(row)),
            "identifier": [identifier("entry", _entry(row))],
            "status": "entered-in-error" if withdrawn else "completed",
            "code": concept(own("treatment", kind)) if kind in concepts("treatment") else concept(text=kind),
            "subject": reference("Patient", row.tags["patient"]),
        }
        head |= when if minutes else {"performedDateTime": instant(start, zone)}
        yield without_empty(head if withdrawn else head | {"bodySite": [concept(text=site)] if site else None})


def changes(rows: Sequence[Row]) -> Iterator[Resource]:
    """Return the verdicts as they are now: the verdict is the value, what it rests on are components."""
    for row in rows:
        if row.fields.get("withdrawn"):
            continue
        algorithm = row.text("algorithm")
        key = [row.text(name) or "" for name in _SAME_COURSE]
        sentence = row.text("sentence")
        verdict = own("measure", "change.verdict")
        made = [each for each in components(row, _units(row)) if verdict not in each["code"]["coding"]]
        yield without_empty(
            {
                "resourceType": "Observation",
                "id": fhir_id("Observation", row.tags["patient"], "change", *key),
                "status": "final",
                "category": [concept(coding("category therapy"))],
                "code": concept(own("measure", "change")),
                "subject": reference("Patient", row.tags["patient"]),
                "effectiveDateTime": row.text("local_date"),
                "valueCodeableConcept": own_value("verdict", row.text("verdict") or ""),
                "note": [{"text": clean(sentence)}] if sentence else None,
                "device": reference("Device", algorithm) if algorithm else None,
                "component": made,
            }
        )


def last_day(rows: Sequence[Row]) -> Iterator[Resource]:
    """Return the last day's roll-up, adherence above all: separate figures, never one score."""
    counting = [row for row in rows if not row.fields.get("withdrawn")]
    for row in counting[-1:]:
        day = row.text("local_date") or ""
        yield without_empty(
            {
                "resourceType": "Observation",
                "id": fhir_id("Observation", row.tags["patient"], "patient_day", day),
                "status": "final",
                "category": [concept(coding("category therapy"))],
                "code": concept(own("measure", "patient_day")),
                "subject": reference("Patient", row.tags["patient"]),
                "effectiveDateTime": day,
                "component": components(row),
            }
        )


def flags(rows: Sequence[Row]) -> Iterator[Resource]:
    """Return the days on which somebody stopped or went beyond an approved limit; only the last one is open."""
    counting = [row for row in rows if not row.fields.get("withdrawn")]
    for row in counting:
        if row.count("level") != _LOOK_NOW:
            continue
        day, now = row.text("local_date") or "", row is counting[-1]
        yield without_empty(
            {
                "resourceType": "Flag",
                "id": fhir_id("Flag", row.tags["patient"], day),
                "status": "active" if now else "inactive",
                "category": [concept(coding("flag clinical"))],
                "code": concept(own("value", f"level.{_LOOK_NOW}"), text=row.text("why") or ""),
                "subject": reference("Patient", row.tags["patient"]),
                "period": {"start": day} if now else {"start": day, "end": day},
            }
        )


def _report(row: Row, name: str, code: Resource, value: Resource, zone: tzinfo) -> Resource:
    withdrawn, when = bool(row.fields.get("withdrawn")), row.text("pain_when")
    which = (
        [
            {
                "code": concept(own("measure", "self_report.pain_when")),
                "valueCodeableConcept": own_value("pain_when", when),
            }
        ]
        if when and name == "pain"
        else None
    )
    head = {
        "resourceType": "Observation",
        "id": fhir_id("Observation", row.tags["patient"], "self_report", _entry(row), name),
        "identifier": [identifier("entry", f"{_entry(row)}-{name}")],
        "status": "entered-in-error" if withdrawn else "final",
        "category": [concept(coding("category survey"))],
        "code": code,
        "subject": reference("Patient", row.tags["patient"]),
        "effectiveDateTime": instant(row.start, zone),
    }
    return without_empty(head if withdrawn else head | value | {"component": which})


def _units(row: Row) -> dict[str, str]:
    """Return the units of a verdict's numbers: levels in the unit of the measure, differences too or as a ratio."""
    measure = MEASURES.get(row.text("measure") or "")
    unit = UCUM.get(row.text("unit") or "", "1")  # counts, such as rises, have no unit
    ratio = measure is not None and measure.scale is Scale.LOG
    return dict.fromkeys(_LEVELS, unit) | dict.fromkeys(_DIFFERENCES, "%" if ratio else unit)


def _entry(row: Row) -> str:
    return row.text("entry_id") or str(row.time_ns)
