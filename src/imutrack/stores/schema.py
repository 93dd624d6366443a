"""The one table of what is stored: each kind of result, its measurement, tags, fields, types and units.

The local store's tables, the points written elsewhere, ``--json`` and the documentation are made from it. Tags name who
and what, and are few; everything else is a field. No tag shares a name with a field of its measurement, and a field
keeps its type for ever: a new meaning gets a new name. A field that is absent could not be told.
"""

from dataclasses import dataclass
from typing import Final, Literal

from imutrack.stores import clinic_fields, fields, link_fields
from imutrack.stores.fields import Field

__all__ = ["MEASUREMENTS", "RESULT_MEASUREMENTS", "Field", "Measurement", "Storage"]

Storage = Literal["points", "curves"]
"""How the local store keeps a measurement: a row for each point, or a row for each whole curve."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One kind of point.

    Attributes:
        name: as stores and dashboards call it.
        tags: what a point is looked up by; an empty tag is left out.
        fields: what it says.
        text: what one point stands for.
        storage: how the local store keeps it.
    """

    name: str
    tags: tuple[str, ...]
    fields: tuple[Field, ...]
    text: str
    storage: Storage = "points"

    @property
    def of_result(self) -> bool:
        """Whether its points are a result's or parts of one."""
        return any(field.name == fields.SET_ID.name for field in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by name.

        Raises:
            KeyError: there is none of that name.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}")


_OF_PATIENT: Final = ("patient", "clinic")
_OF_EXERCISE: Final = ("patient", "clinic", "exercise", "side")
_OF_TRIAL: Final = ("patient", "clinic", "trial")
_OF_STANCE: Final = (*_OF_TRIAL, "side")  # of stances on one leg only
_OF_RESULT: Final = fields.HOW_RECORDED + fields.TRUST
_OF_PART: Final = (fields.QUALITY, fields.SET_ID, fields.ALGORITHM, fields.WITHDRAWN)

MEASUREMENTS: Final[dict[str, Measurement]] = {
    "exercise_set": Measurement(
        "exercise_set",
        _OF_EXERCISE,
        fields.REPS + fields.ANGLES + fields.TEMPO + fields.SET + _OF_RESULT,
        "one set of an exercise",
    ),
    "rep": Measurement("rep", _OF_EXERCISE, fields.REP + fields.TEMPO + _OF_PART, "one counted repetition"),
    "stance": Measurement("stance", _OF_STANCE, fields.SWAY + fields.COP + _OF_RESULT, "one balance trial"),
    "sit_to_stand": Measurement("sit_to_stand", _OF_TRIAL, fields.CHAIR + _OF_RESULT, "one chair test"),
    "timed_up_and_go": Measurement("timed_up_and_go", _OF_TRIAL, fields.UP_AND_GO + _OF_RESULT, "one timed up-and-go"),
    "trace": Measurement(
        "trace",
        _OF_EXERCISE,
        (*fields.TRACE, fields.SET_ID, fields.WITHDRAWN),
        "one point of a thinned curve, 0.05 to 0.1 s from the next; kept 90 days",
        storage="curves",
    ),
    "patient_day": Measurement(
        "patient_day", _OF_PATIENT, clinic_fields.DAY, "one patient and local day, also when nothing happened"
    ),
    "change": Measurement(
        "change", _OF_PATIENT, clinic_fields.CHANGE, "the verdict on one measure of a patient, as it is now"
    ),
    "self_report": Measurement("self_report", _OF_PATIENT, clinic_fields.SELF_REPORT, "what a patient said"),
    "treatment": Measurement("treatment", _OF_PATIENT, clinic_fields.TREATMENT, "one hands-on treatment or contact"),
    "plan": Measurement("plan", _OF_PATIENT, clinic_fields.PLAN, "one exercise of one version of a plan"),
    "link": Measurement("link", ("clinic", "sensor"), link_fields.LINK, "the state of one sensor's link, every 10 s"),
}
"""Measurement by name, in the order they are documented."""

RESULT_MEASUREMENTS: Final = ("exercise_set", "stance", "sit_to_stand", "timed_up_and_go")
"""The measurements with one point for each result; the others hold its parts or what a clinic adds."""
