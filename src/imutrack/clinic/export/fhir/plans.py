"""Plans: each version a CarePlan, each exercise of it a ServiceRequest, what it aims at as Goals.

A version that another one has replaced is kept, ended on the day before and named by its successor. What is asked is
said in words and numbers beside our codes; R4 has no element for a range of motion or the tempo of an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from imutrack.clinic.export.codes import ucum_of
from imutrack.clinic.export.fhir.building import (
    Resource,
    coding,
    concept,
    fhir_id,
    instant,
    own,
    own_value,
    quantity,
    reference,
    without_empty,
)
from imutrack.clinic.export.fhir.results import named
from imutrack.clinic.export.own_codes import coded_fields
from imutrack.placements import placement_text
from imutrack.stores.rows import Row
from imutrack.stores.targets import of_side

__all__ = ["Plans", "plan_resources"]


@dataclass(frozen=True, slots=True)
class _Version:
    """One version: its rows in order, from when to when it holds, and what it replaced."""

    number: int
    items: tuple[Row, ...]
    first: str
    last: str | None
    before: int | None
    over: bool


class Plans:
    """The versions of a patient's plan, to look up what a result belongs to."""

    def __init__(self, rows: Sequence[Row], today: str | None) -> None:
        """Sort the rows into versions.

        Args:
            rows: of the plan.
            today: local date up to which things are known, ISO; None where nothing tells.
        """
        self.versions = _versions(rows, today)

    def based_on(self, row: Row) -> Resource | None:
        """Return the order a set was done by, else the plan in force; None where there is none."""
        number = row.fields.get("plan_version")
        version = next((each for each in self.versions if each.number == number), None)
        if version is None:
            return None
        patient, side = row.tags["patient"], row.tags.get("side")
        same = [item for item in version.items if item.fields.get("exercise") == row.tags.get("exercise")]
        found = of_side(same, side, lambda item: item.text("side"))
        if found is None:
            return reference("CarePlan", patient, str(version.number))
        return reference("ServiceRequest", patient, str(version.number), _item(found))


def plan_resources(plans: Plans, zone: tzinfo) -> list[Resource]:
    """Return the resources of every version, in order."""
    return [resource for version in plans.versions for resource in _of_version(version, zone)]


def _versions(rows: Sequence[Row], today: str | None) -> tuple[_Version, ...]:
    numbers: dict[int, list[Row]] = {}
    for row in rows:
        numbers.setdefault(row.count("version") or 0, []).append(row)
    # the last to begin holds; of those that begin on one day the one with the highest number
    begun = sorted((str(items[0].fields.get("from_date") or ""), number) for number, items in numbers.items())
    made = []
    for place, (first, number) in enumerate(begun):
        following = begun[place + 1][0] if place + 1 < len(begun) else None
        last = None if following is None else max(first, _day_before(following))
        made.append(
            _Version(
                number=number,
                items=tuple(sorted(numbers[number], key=lambda row: row.count("item") or 0)),
                first=first,
                last=last,
                before=begun[place - 1][1] if place else None,
                over=last is not None and (today is None or following is None or following <= today),
            )
        )
    return tuple(made)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _of_version(version: _Version, zone: tzinfo) -> list[Resource]:
    patient = version.items[0].tags["patient"]
    orders = [_order(version, item, zone) for item in version.items]
    goals = [_goal(version), *(_range_goal(version, item) for item in version.items if "rom_target_deg" in item.fields)]
    period = without_empty({"start": version.first, "end": version.last})
    plan = {
        "resourceType": "CarePlan",
        "id": fhir_id("CarePlan", patient, str(version.number)),
        "replaces": [reference("CarePlan", patient, str(version.before))] if version.before else None,
        "status": "revoked" if version.over else "active",
        "intent": "plan",
        "title": f"Exercise plan, version {version.number}",
        "subject": reference("Patient", patient),
        "period": period,
        "created": instant(version.items[0].start, zone),
        "goal": [_to(goal) for goal in goals],
        "activity": [{"reference": _to(order)} for order in orders],
        "note": [{"text": text} for text in _notes(version.items[0])],
    }
    return [without_empty(plan), *goals, *orders]


def _to(made: Resource) -> Resource:
    return {"reference": f"urn:uuid:{made['id']}", "type": made["resourceType"]}


def _notes(row: Row) -> list[str]:
    said = (("affected side", row.text("affected_side")), ("day of the operation", row.text("operation_date")))
    return [f"{what}: {text}" for what, text in said if text]


def _goal(version: _Version) -> Resource:
    row = version.items[0]
    hold = row.text("goal") == "maintain"
    review = row.text("review_date")
    text = "Keep what there is" if hold else "More than at the start"
    return _goal_resource(version, "plan", text, {"dueDate": review} if review else {})


def _range_goal(version: _Version, item: Row) -> Resource:
    target_deg = float(item.number("rom_target_deg") or 0.0)
    side = item.text("side")
    what = f"{_name(item)}{', ' + side if side else ''}"
    target = {
        "measure": concept(own("measure", "exercise_set.rom_best3_deg")),
        "detailQuantity": quantity(target_deg, "deg"),
        "dueDate": item.text("review_date"),
    }
    return _goal_resource(version, _item(item), f"{what}: range of motion of {target_deg:g} deg", without_empty(target))


def _goal_resource(version: _Version, key: str, text: str, target: Resource) -> Resource:
    patient = version.items[0].tags["patient"]
    return without_empty(
        {
            "resourceType": "Goal",
            "id": fhir_id("Goal", patient, str(version.number), key),
            "lifecycleStatus": "cancelled" if version.over else "active",
            "category": [concept(coding("goal physiotherapy"))],
            "description": {"text": text},
            "subject": reference("Patient", patient),
            "startDate": version.first,
            "target": [target] if target else None,
        }
    )


def _order(version: _Version, item: Row, zone: tzinfo) -> Resource:
    patient = item.tags["patient"]
    days = item.count("days_a_week")
    bounds = without_empty({"start": version.first, "end": version.last})
    timing = {"boundsPeriod": bounds} | ({"frequency": days, "period": 1, "periodUnit": "wk"} if days else {})
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": fhir_id("ServiceRequest", patient, str(version.number), _item(item)),
            "basedOn": [reference("CarePlan", patient, str(version.number))],
            "status": "revoked" if version.over else "active",
            "intent": "plan",
            "code": concept(coding("exercise therapy"), text=_name(item)),
            "orderDetail": _details(item),
            "subject": reference("Patient", patient),
            "occurrenceTiming": {"repeat": timing},
            "authoredOn": instant(item.start, zone),
        }
    )


def _details(item: Row) -> list[Resource]:
    found = [named(item.text("exercise") or "")]
    for field in coded_fields("plan"):
        value = item.fields.get(field.name)
        if value is None or field.name in {"exercise", "side"}:
            continue
        code = own("measure", f"plan.{field.name}")
        found.append(concept(code, text=f"{field.text}: {_said(field.name, value, field.unit)}"))
    side = item.text("side")
    return [*found, own_value("side", side)] if side else found


def _said(name: str, value: float | int | str | bool, unit: str) -> str:
    if isinstance(value, str):
        return placement_text(value) if name == "placement" else value
    ucum = ucum_of(name, unit)
    return f"{value:g}" if ucum == "1" else f"{value:g} {ucum}"


def _name(item: Row) -> str:
    made = named(item.text("exercise") or "")
    return str(made["coding"][0]["display"] if "coding" in made else made["text"])


def _item(row: Row) -> str:
    return str(row.count("item") or 0)
