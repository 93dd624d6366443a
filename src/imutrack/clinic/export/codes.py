"""Codes that others publish, each with where it was checked; whatever is not here has a code of our own.

A wrong code is worse than one of our own: a code stands here only with its display text as a published list gives it.
Ranges of motion have none on purpose. LOINC's are positions of a joint, measured from its anatomical zero; ours is how
far a movement goes from where it began, often of one segment. For most of them no published list could be read either
(`NOT_USED`).
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["NOT_USED", "PUBLISHED", "SYSTEMS", "UCUM", "UCUM_SYSTEM", "Published", "ucum_of"]

_LOINC: Final = "http://loinc.org"
_SNOMED: Final = "http://snomed.info/sct"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_R4: Final = "FHIR R4 4.0.1, valuesets.json"
_V3: Final = "FHIR R4 4.0.1, v3-codesystems.json"
_LATERALITY: Final = "FHIR R4 4.0.1, valuesets.json, ValueSet bodysite-laterality"
_PA: Final = "HL7 US Physical Activity 1.0.0, ValueSet"


@dataclass(frozen=True, slots=True)
class Published:
    """A code of a published system.

    Attributes:
        system: URI of the code system.
        code, display: as published.
        checked: the list in which both were read.
    """

    system: str
    code: str
    display: str
    checked: str


PUBLISHED: Final[dict[str, Published]] = {
    # measurements
    "exercise activity": Published(_LOINC, "73985-4", "Exercise activity", f"{_PA} pa-observation-code-activity"),
    "exercise duration": Published(_LOINC, "55411-3", "Exercise duration", f"{_PA} pa-observation-code-activity"),
    "pain": Published(
        _LOINC,
        "72514-3",
        "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
        "LOINC 2.82 as listed by healthassure.in, status active",
    ),
    "rises in 30 s": Published(
        _LOINC, "66247-8", "Sit to stand frequency in 30 seconds", "loinc.org/66247-8, LOINC 2.79, status active"
    ),
    "up and go": Published(
        _LOINC,
        "89423-8",
        "Time to rise from chair, walk 10 feet and back, and return to sitting [TUG]",
        "loinc.org/89422-0, LOINC 2.80, member of the panel; status active at findacode.com",
    ),
    # what is done, and on which side
    "exercise therapy": Published(_SNOMED, "229065009", "Exercise therapy", f"{_PA} pa-servicerequest-code"),
    "left": Published(_SNOMED, "419161000", "Unilateral left", _LATERALITY),
    "right": Published(_SNOMED, "419465000", "Unilateral right", _LATERALITY),
    "both": Published(_SNOMED, "51440002", "Bilateral", _LATERALITY),
    # the vocabulary of FHIR itself
    "category therapy": Published(f"{_HL7}/observation-category", "therapy", "Therapy", _R4),
    "category exam": Published(f"{_HL7}/observation-category", "exam", "Exam", _R4),
    "category survey": Published(f"{_HL7}/observation-category", "survey", "Survey", _R4),
    "goal physiotherapy": Published(f"{_HL7}/goal-category", "physiotherapy", "Physiotherapy", _R4),
    "flag clinical": Published(f"{_HL7}/flag-category", "clinical", "Clinical", _R4),
    "unknown": Published(f"{_HL7}/data-absent-reason", "unknown", "Unknown", _R4),
    "pseudonymized": Published(f"{_HL7}/v3-ObservationValue", "PSEUDED", "pseudonymized", _V3),
    "test data": Published(f"{_HL7}/v3-ActReason", "HTEST", "test health data", _V3),
}
"""By our own name for it."""

_NO_LIST: Final = "no published list could be read"
_ZERO: Final = "a position from the joint's zero; ours is how far the movement goes"

NOT_USED: Final[dict[str, str]] = {
    "41389-8": f"shoulder flexion: {_NO_LIST}; {_ZERO}",
    "41381-5": f"shoulder abduction: {_NO_LIST}; {_ZERO}",
    "41387-2": f"shoulder external rotation: active in LOINC 2.82, but {_ZERO}",
    "41299-9": f"shoulder left abduction: active in LOINC 2.82, but {_ZERO}, and its right twin could not be read",
    "41295-7": f"shoulder left flexion: {_NO_LIST}; {_ZERO}",
    "41307-0": f"shoulder right flexion: {_NO_LIST}; {_ZERO}",
    "41343-5": f"knee left flexion: {_NO_LIST}; {_ZERO}",
    "41347-6": f"knee right flexion: {_NO_LIST}; {_ZERO}",
    "41345-0": f"knee left extension: {_NO_LIST}; {_ZERO}",
    "41349-2": f"knee right extension: {_NO_LIST}; {_ZERO}",
    "41379-9": f"knee flexion: {_NO_LIST}; {_ZERO}",
    "41377-3": f"knee extension: {_NO_LIST}; {_ZERO}",
    "8867-4": "heart rate: not measured",
    "387854002": f"SNOMED, massage: {_NO_LIST} that gives its display text",
}
"""Codes that were considered and left out: code -> why."""

UCUM_SYSTEM: Final = "http://unitsofmeasure.org"

_AS_IN_UCUM: Final = "% /min Hz deg deg/s deg2 kg m m/s m/s2 m/s3 m2 m2/s4 m2/s5 m2/s6 s"

UCUM: Final[dict[str, str]] = {"": "1", **{unit: unit for unit in _AS_IN_UCUM.split()}}
"""Unit of the schema -> UCUM."""

_BY_NAME: Final[dict[str, str]] = {
    "pain": "{score}",
    "exertion": "{score}",
    "worst_pain_7d": "{score}",
    "minutes": "min",
    "exercise_minutes_month": "min",
    "contact_minutes_month": "min",
    "days_since_last": "d",
    "days_to_review": "d",
    "streak_days": "d",
    "sessions_7d": "d",
    "sessions_due_7d": "d",
    "data_days_30d": "d",
}
"""Fields whose unit stands in their name or meaning alone."""

SYSTEMS: Final = frozenset(each.system for each in PUBLISHED.values())
"""URIs of the code systems that others publish."""


def ucum_of(field: str, unit: str) -> str:
    """Return the UCUM code of a field.

    Args:
        field: its name.
        unit: as the schema says.

    Raises:
        KeyError: the schema has a unit that is not in `UCUM`.

    >>> ucum_of("rom_best3_deg", "deg"), ucum_of("pain", ""), ucum_of("reps", "")
    ('deg', '{score}', '1')
    """
    return _BY_NAME.get(field) or UCUM[unit]
