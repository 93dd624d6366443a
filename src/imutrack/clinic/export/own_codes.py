"""Our own code systems, for what no published one has: sway, tempo, adherence, the exercises, where a sensor is worn.

Made from the schema and the catalogue, so that a new field or exercise has its code at once. They travel in every
bundle as `CodeSystem` resources: whoever receives it can look every code up without asking us.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from imutrack.clinic.treatments import KINDS
from imutrack.exercises import all_exercises
from imutrack.flags import Quality
from imutrack.placements import PLACEMENTS
from imutrack.results import AngleKind, Mount
from imutrack.stores.schema import MEASUREMENTS, Field
from imutrack.task import UNSPECIFIED, Mode, Purpose, Setting, Side

__all__ = ["BASE", "code_systems", "coded_fields", "concepts", "system_url", "value_code"]

BASE: Final = "https://imutrack.org/fhir"
"""What our own URIs begin with: names, not addresses; nothing is fetched from there."""

_OF_MEASURES: Final = (
    "exercise_set",
    "stance",
    "sit_to_stand",
    "timed_up_and_go",
    "self_report",
    "plan",
    "change",
    "patient_day",
)

_NOT_CODED: Final = frozenset(
    [
        # who and when, said elsewhere in a resource
        *("local_date", "end_ms", "session", "set_id", "recording", "entry_id", "algorithm", "withdrawn"),
        *("label_source", "start_source", "corrected_by", "review_date", "item", "unit"),
        *("plan_version", "version", "from_date"),
        # said in words, in a note
        *("flags", "withheld", "corrected", "sentence", "label", "why", "operation_date", "affected_side"),
        # what people wrote freely, and the names of staff: they stay in the clinic
        *("text", "therapist", "limit_by", "goal"),
    ]
)

_VALUES: Final[dict[str, dict[str, str]]] = {
    "side": {side: side for side in Side},
    "setting": {Setting.HOME: "at home", Setting.CLINIC: "at the clinic"},
    "mode": {Mode.ACTIVE: "moved by the patient", Mode.ASSISTED: "moved with help", Mode.PASSIVE: "moved by others"},
    "purpose": {Purpose.EXERCISE: "done as exercise", Purpose.ASSESSMENT: "done to be measured"},
    "quality": {
        Quality.GOOD: "good",
        Quality.USABLE: "usable, read the notes",
        Quality.WITHHELD: "withheld, not shown",
    },
    "angle_kind": {AngleKind.SEGMENT: "of a segment (one sensor)", AngleKind.JOINT: "of a joint (two sensors)"},
    "mount": {
        Mount.OK: "as meant",
        Mount.TURNED: "the other way round; counts and ranges are the same",
        Mount.MOVED: "moved during the set",
        Mount.UNCLEAR: "could not be checked",
    },
    "pain_when": {
        "before": "before the exercises",
        "worst": "the worst during the exercises",
        "after": "after the exercises",
        "next-morning": "the next morning",
    },
    "measure": {
        "rom": "range of motion",
        "sway": "sway",
        "five_rises": "time of five rises from a chair",
        "rises_30s": "rises from a chair within 30 s",
        "up_and_go": "time of an up-and-go",
    },
    "verdict": {
        "more": "more",
        "less": "less",
        "no real change": "no real change",
        "too early": "too early to say",
    },
    "level": {"3": "stop, or beyond the approved limit"},
}
"""Field -> value as stored -> words."""


def system_url(name: str) -> str:
    """Return the URI of one of our code systems: measure, exercise, placement, treatment or value."""
    return f"{BASE}/CodeSystem/{name}"


def value_code(field: str, value: str) -> str | None:
    """Return the code of a value of a field; None where it has none.

    >>> value_code("verdict", "too early"), value_code("mode", "dreaming")
    ('verdict.too-early', None)
    """
    return f"{field}.{value.replace(' ', '-')}" if value in _VALUES.get(field, {}) else None


def coded_fields(measurement: str) -> tuple[Field, ...]:
    """Return the fields of a measurement that have a code, in the schema's order."""
    return tuple(field for field in MEASUREMENTS[measurement].fields if field.name not in _NOT_CODED)


@cache
def concepts(name: str) -> dict[str, str]:
    """Return one of our code systems: code -> words.

    Raises:
        KeyError: there is none of that name.
    """
    return _SYSTEMS[name][1]()


def code_systems() -> list[dict[str, Any]]:
    """Return our code systems as resources without ids."""
    return [_resource(name, title) for name, (title, _) in _SYSTEMS.items()]


def _resource(name: str, title: str) -> dict[str, Any]:
    listed = concepts(name)
    return {
        "resourceType": "CodeSystem",
        "url": system_url(name),
        "name": f"Imutrack{name.capitalize()}",
        "title": title,
        "status": "active",
        "experimental": False,
        "caseSensitive": True,
        "content": "complete",
        "count": len(listed),
        "concept": [{"code": code, "display": words} for code, words in listed.items()],
    }


def _measures() -> dict[str, str]:
    found = {}
    for name in _OF_MEASURES:
        found[name] = MEASUREMENTS[name].text
        found |= {f"{name}.{field.name}": field.text for field in coded_fields(name)}
        # of the tags, those that say what was done
        found |= {f"{name}.{tag}": tag for tag in MEASUREMENTS[name].tags if tag in {"side", "trial"}}
    return found


def _exercises() -> dict[str, str]:
    found = {UNSPECIFIED: "nobody said which"}
    for exercise in all_exercises().values():
        found |= {exercise.id: exercise.name} | {form.id: form.name for form in exercise.trials}
    return found


def _values() -> dict[str, str]:
    coded = ((value_code(field, value), words) for field, found in _VALUES.items() for value, words in found.items())
    return {code: words for code, words in coded if code}


_SYSTEMS: Final[dict[str, tuple[str, Callable[[], dict[str, str]]]]] = {
    "measure": ("What imutrack measures and counts", _measures),
    "exercise": ("Exercises, balance trials and tests of imutrack", _exercises),
    "placement": ("Where a sensor is worn", lambda: dict(PLACEMENTS)),
    "treatment": ("Kinds of treatment and contact", lambda: dict(KINDS)),
    "value": ("Answers: side, setting, mode, quality, verdict and others", _values),
}
"""Name -> (title, what makes its list)."""
