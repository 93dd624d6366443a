"""What several dashboards share: names, links, filters and the looks of columns."""

from typing import Any, Final

from imutrack.grafana.model import Column, Link, Variable
from imutrack.grafana.style import CHANGES, LEVELS, QUALITY, VERDICTS

__all__ = [
    "BALANCE",
    "BALANCE_CARRIED",
    "CHANGE",
    "CLINIC",
    "COUNTED",
    "DEVICES",
    "EXERCISE_OF_ROW",
    "IN_PERIOD",
    "LEVEL",
    "OF_EXERCISE",
    "OF_PATIENT",
    "PATIENT",
    "PATIENT_CARRIED",
    "PATIENT_OF_ROW",
    "QUALITY_COLUMN",
    "SESSION",
    "SESSION_CARRIED",
    "SESSION_OF_ROW",
    "SESSION_OF_SET",
    "SHOWN",
    "SIDE",
    "WHEN",
    "ZONE",
    "band",
    "coloured",
    "dashed",
    "patient_variable",
    "points_only",
    "verdict",
    "width",
]

CLINIC: Final = "imutrack-clinic"
PATIENT: Final = "imutrack-patient"
SESSION: Final = "imutrack-session"
BALANCE: Final = "imutrack-balance"
DEVICES: Final = "imutrack-devices"

COUNTED: Final = '"withdrawn" = false'
"""Points that were not replaced."""

IN_PERIOD: Final = f"{COUNTED} AND $timeFilter"
SHOWN: Final = f"\"quality\" != 'withheld' AND {IN_PERIOD}"
"""Results that can be trusted enough to be shown."""

OF_PATIENT: Final = "\"patient\" = '${patient:raw}'"
OF_EXERCISE: Final = f"{OF_PATIENT} AND \"exercise\" = '${{exercise:raw}}' AND \"side\" = '${{side:raw}}'"

PATIENT_OF_ROW: Final = Link("Open the patient", PATIENT, give=(("patient", "patient"),))
PATIENT_CARRIED: Final = Link("Patient", PATIENT, carry=("patient",))
BALANCE_CARRIED: Final = Link("Balance", BALANCE, carry=("patient",), time="same")
SESSION_CARRIED: Final = Link("Session", SESSION, carry=("patient", "exercise", "side"), time="same")
EXERCISE_OF_ROW: Final = Link(
    "Show this exercise", PATIENT, carry=("patient",), give=(("exercise", "exercise"), ("side", "side")), time="same"
)
SESSION_OF_ROW: Final = Link(
    "Open the set",
    SESSION,
    give=(("patient", "patient"), ("exercise", "exercise"), ("side", "side"), ("set", "set_id")),
    time="around",
)

SESSION_OF_SET: Final = Link(
    "Open the set",
    SESSION,
    carry=("patient",),
    give=(("exercise", "exercise"), ("side", "side"), ("set", "set_id")),
    time="around",
)

ZONE: Final = Variable(
    "zone", "Time zone", "", "The clinic's time zone: days begin at its midnight", kind="zone", hidden=True
)

WHEN: Final = Column("Time", "When", looks=(("custom.width", 150), ("unit", "dateTimeAsLocal")))
SIDE: Final = Column("side", "Side", looks=(("custom.width", 60), ("noValue", "")))  # a link carries what is shown
_FILLED: Final = ("custom.cellOptions", {"type": "color-background", "mode": "basic"})
LEVEL: Final = Column("level", "Level", looks=(("mappings", LEVELS), _FILLED, ("custom.width", 130)))
QUALITY_COLUMN: Final = Column("quality", "Trust", looks=(("mappings", QUALITY), _FILLED, ("custom.width", 140)))


CHANGE: Final = Column("verdict", "Change", looks=(("mappings", CHANGES), _FILLED, ("custom.width", 130)))


def verdict(name: str, title: str) -> Column:
    """Return a column of the worst verdicts, in words and colour."""
    return Column(name, title, looks=(("mappings", VERDICTS), _FILLED, ("custom.width", 130)))


def coloured(colour: str, *, line: int | None = None) -> tuple[tuple[str, object], ...]:
    """Return the looks of a series of one colour."""
    said: dict[str, Any] = {"color": {"mode": "fixed", "fixedColor": colour}}
    if line is not None:
        said["custom.lineWidth"] = line
    return tuple(said.items())


def dashed(colour: str) -> tuple[tuple[str, object], ...]:
    """Return the looks of what was asked for or allowed: a dashed line without points."""
    style = {"fill": "dash", "dash": [8, 6]}
    return (*coloured(colour), ("custom.lineStyle", style), ("custom.showPoints", "never"))


def points_only(colour: str, size: int = 7) -> tuple[tuple[str, object], ...]:
    """Return the looks of values that are not joined."""
    return (*coloured(colour), ("custom.drawStyle", "points"), ("custom.pointSize", size))


def band(colour: str, down_to: str) -> tuple[tuple[str, object], ...]:
    """Return the looks of the upper edge of a band; the lower one is the series ``down_to``."""
    said = (("custom.fillBelowTo", down_to), ("custom.fillOpacity", 20), ("custom.lineWidth", 0))
    return (*coloured(colour), *said, ("custom.showPoints", "never"))


def width(pixels: int, **looks: object) -> tuple[tuple[str, object], ...]:
    """Return the looks of a column of this width."""
    return (("custom.width", pixels), *looks.items())


def patient_variable() -> Variable:
    """Return the choice of a patient."""
    return Variable(
        "patient",
        "Patient",
        'SHOW TAG VALUES FROM "patient_day" WITH KEY = "patient" WHERE $timeFilter',
        "Whose results are shown; type to find a pseudonym",
    )
