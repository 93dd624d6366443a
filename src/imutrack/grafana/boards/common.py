"""What several dashboards share: names, links, filters and the looks of columns."""

from typing import Any, Final

from imutrack.grafana.boards.queries import OF_CLINIC, tag_values
from imutrack.grafana.model import Column, Link, Variable
from imutrack.grafana.names import NAMES
from imutrack.grafana.style import BLUE, CHANGES, GREY, LEVELS, ORANGE, QUALITY, VERDICTS

__all__ = [
    "BALANCE",
    "BALANCE_CARRIED",
    "BARS",
    "CHANGE",
    "CLINIC",
    "DEVICES",
    "EXERCISE_OF_ROW",
    "LEFT",
    "LEVEL",
    "LOW_BATTERY_PCT",
    "NOT_NAMED",
    "PATIENT",
    "PATIENT_CARRIED",
    "PATIENT_OF_ROW",
    "QUALITY_COLUMN",
    "READ",
    "SECONDS",
    "SESSION",
    "SESSION_CARRIED",
    "SESSION_OF_ROW",
    "SESSION_OF_SET",
    "SIDE",
    "WHEN",
    "WHEN_SHORT",
    "ZONE",
    "band",
    "below_band",
    "clinic_variable",
    "coloured",
    "dashed",
    "high",
    "low",
    "named",
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

PATIENT_OF_ROW: Final = Link("Open the patient", PATIENT, carry=("clinic",), give=(("patient", "patient"),))
PATIENT_CARRIED: Final = Link("Patient", PATIENT, carry=("clinic", "patient"))
BALANCE_CARRIED: Final = Link("Balance", BALANCE, carry=("clinic", "patient"), time="same")
SESSION_CARRIED: Final = Link(
    "Latest set", SESSION, carry=("clinic", "patient", "exercise", "side"), time="of variables"
)
EXERCISE_OF_ROW: Final = Link(
    "Show this exercise",
    PATIENT,
    carry=("clinic", "patient"),
    give=(("exercise", "exercise"), ("side", "side")),
    time="same",
)
SESSION_OF_ROW: Final = Link(
    "Open the set",
    SESSION,
    carry=("clinic",),
    give=(("patient", "patient"), ("exercise", "exercise"), ("side", "side"), ("set", "set_id")),
    time="of row",
)

SESSION_OF_SET: Final = Link(
    "Open the set",
    SESSION,
    carry=("clinic", "patient"),
    give=(("exercise", "exercise"), ("side", "side"), ("set", "set_id")),
    time="of row",
)

ZONE: Final = Variable(
    "zone", "Time zone", "", "The clinic's time zone: days begin at its midnight", kind="zone", hidden=True
)

WHEN: Final = Column("Time", "When", looks=(("custom.width", 145), ("unit", "time:YYYY-MM-DD HH:mm")))
WHEN_SHORT: Final = Column("Time", "When", looks=(("custom.width", 108), ("unit", "time:DD MMM, HH:mm")))
LOW_BATTERY_PCT: Final = 20
SECONDS: Final = "suffix:s"  # Grafana's own unit makes 894 ms of 0.9 s
BARS: Final = (
    ("custom.drawStyle", "bars"),
    ("custom.fillOpacity", 80),
    ("custom.lineWidth", 0),
    ("custom.showPoints", "never"),
)
NOT_NAMED: Final = ("custom.hideFrom", {"legend": True, "tooltip": True, "viz": False})  # drawn all the same
LEFT: Final = {"custom.align": "left"}  # a column of words that is empty would be taken for one of numbers
READ: Final = (("custom.inspect", True), ("custom.align", "left"))  # a click shows the whole of a text that is cut off
SIDE: Final = Column(
    "side", "Side", looks=(("custom.width", 52), ("custom.align", "left"), ("noValue", ""))
)  # a link carries what is shown
_FILLED: Final = (("custom.cellOptions", {"type": "color-background", "mode": "basic"}), ("custom.align", "left"))
LEVEL: Final = Column("level", "Level", looks=(("mappings", LEVELS), *_FILLED, ("custom.width", 110)))
QUALITY_COLUMN: Final = Column("quality", "Trust", looks=(("mappings", QUALITY), *_FILLED, ("custom.width", 125)))


CHANGE: Final = Column("verdict", "Change", looks=(("mappings", CHANGES), *_FILLED, ("custom.width", 115)))


def verdict(name: str, title: str) -> Column:
    """Return a column of the worst verdicts, in words and colour."""
    return Column(name, title, looks=(("mappings", VERDICTS), *_FILLED, ("custom.width", 115)))


def named(title: str, *looks: tuple[str, object], link: Link | None = None) -> Column:
    """Return the column of an exercise's or trial's name; the query asks for it as `names.NAMED` has it."""
    return Column("named", title, looks=(("mappings", NAMES), ("custom.align", "left"), *looks), link=link)


def coloured(colour: str, *, line: int | None = None) -> tuple[tuple[str, object], ...]:
    """Return the looks of a series of one colour."""
    said: dict[str, Any] = {"color": {"mode": "fixed", "fixedColor": colour}}
    if line is not None:
        said["custom.lineWidth"] = line
    return tuple(said.items())


def dashed(colour: str) -> tuple[tuple[str, object], ...]:
    """Return the looks of what was asked for or allowed: a dashed line without points, in steps."""
    style = {"fill": "dash", "dash": [8, 6]}
    steps = ("custom.lineInterpolation", "stepAfter")
    return (*coloured(colour), ("custom.lineStyle", style), steps, ("custom.showPoints", "never"))


def low(limit: float) -> tuple[tuple[str, object], ...]:
    """Return the looks of a value that is orange below a limit, and grey where it is not known."""
    return _by_value((ORANGE, 0), (BLUE, limit))


def high(limit: float) -> tuple[tuple[str, object], ...]:
    """Return the looks of a value that is orange from a limit on, and grey where it is not known."""
    return _by_value((BLUE, 0), (ORANGE, limit))


def _by_value(*steps: tuple[str, float]) -> tuple[tuple[str, object], ...]:
    said = [{"color": GREY, "value": None}, *({"color": colour, "value": value} for colour, value in steps)]
    return (("color", {"mode": "thresholds"}), ("thresholds", {"mode": "absolute", "steps": said}))


def points_only(colour: str, size: int = 7) -> tuple[tuple[str, object], ...]:
    """Return the looks of values that are not joined."""
    return (*coloured(colour), ("custom.drawStyle", "points"), ("custom.pointSize", size))


def band(colour: str, down_to: str) -> tuple[tuple[str, object], ...]:
    """Return the looks of the upper edge of a band; the lower one is the series ``down_to``."""
    return (*_edge(colour), ("custom.fillBelowTo", down_to), ("custom.fillOpacity", 20))


def below_band(colour: str) -> tuple[tuple[str, object], ...]:
    """Return the looks of the lower edge of a band, which the legend need not name."""
    return (*_edge(colour), NOT_NAMED)


def _edge(colour: str) -> tuple[tuple[str, object], ...]:
    return (*coloured(colour), ("custom.lineWidth", 0), ("custom.showPoints", "never"))


def width(pixels: int, **looks: object) -> tuple[tuple[str, object], ...]:
    """Return the looks of a column of this width."""
    return (("custom.width", pixels), *looks.items())


def clinic_variable(source: str = "patient_day") -> Variable:
    """Return the choice of a clinic, where several share a bucket; the first, or none, is taken.

    Args:
        source: measurement of which there are points in any period that the dashboard shows.
    """
    return Variable("clinic", "Clinic", tag_values("clinic", source), "Whose patients and sensors are listed")


def patient_variable(source: str = "patient_day") -> Variable:
    """Return the choice of a patient of the clinic.

    Args:
        source: measurement of which there are points in any period that the dashboard shows.
    """
    return Variable(
        "patient",
        "Patient",
        tag_values("patient", source, OF_CLINIC),
        "Whose results are shown; type to find a pseudonym",
    )
