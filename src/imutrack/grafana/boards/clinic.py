"""The clinic at a glance: who needs a therapist today, and why."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards import clinic_numbers as numbers
from imutrack.grafana.boards.clinic_numbers import EVERYBODY, MINE, NOW, PATIENTS, ROLLUP
from imutrack.grafana.boards.common import (
    CHANGE,
    CLINIC,
    COUNTED,
    IN_PERIOD,
    LEVEL,
    PATIENT,
    PATIENT_OF_ROW,
    SESSION_OF_ROW,
    SIDE,
    WHEN,
    ZONE,
    coloured,
    verdict,
    width,
)
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import ORANGE

__all__ = ["BOARD"]


_PATIENT_COLUMN: Final = Column("patient", "Patient", looks=width(170), link=PATIENT_OF_ROW)
_EXERCISE_OF_ROW: Final = Link(
    "Open the patient with this exercise",
    PATIENT,
    give=(("patient", "patient"), ("exercise", "exercise"), ("side", "side")),
)
_TODAY: Final = Link("Who has not been seen", CLINIC)


WHO: Final = Panel(
    title="Who needs me today, and why?",
    text="One row for each active patient, worst first. A click on the name opens the patient. "
    "Pain 0 to 10 as the patient said; unknown is never good.",
    kind="table",
    queries=(
        Query(
            'SELECT "level" * 100 - "urgency" AS "order", "level", "why", "days_since_last", "sets_7d", "sets_due_7d", '
            '"worst_pain_7d", "rom_worst_verdict", "sway_worst_verdict", "days_to_review", "therapist" '
            f'FROM "patient_day" WHERE {MINE} AND {IN_PERIOD} GROUP BY "patient" ORDER BY time DESC LIMIT 1'
        ),
    ),
    size=(24, 9),
    empty=ROLLUP,
    links=(PATIENTS,),
    columns=(
        _PATIENT_COLUMN,
        LEVEL,
        Column("why", "Why"),
        Column("days_since_last", "Last seen", looks=width(100, unit="suffix: days ago")),
        Column("sets_7d", "Sets, 7 days", looks=width(105)),
        Column("sets_due_7d", "of due", looks=width(75)),
        Column("worst_pain_7d", "Worst pain", looks=width(100)),
        verdict("rom_worst_verdict", "Range"),
        verdict("sway_worst_verdict", "Balance"),
        Column("days_to_review", "Review in", looks=width(100, unit="suffix: days")),
        Column("therapist", "Therapist", looks=width(90)),
    ),
    hide=("Time", "order"),
    sort="order",
    since=NOW,
)

QUIET: Final = Panel(
    title="Who has gone quiet?",
    text="Active patients of whom nothing was recorded for more than 3 days, longest first.",
    kind="table",
    queries=(
        Query(
            'SELECT "days_since_last" FROM (SELECT last("days_since_last") AS "days_since_last" FROM "patient_day" '
            f'WHERE {MINE} AND {IN_PERIOD} GROUP BY "patient") WHERE "days_since_last" > 3 GROUP BY "patient"'
        ),
    ),
    size=(5, 8),
    empty="Nobody: everybody was seen within 3 days, or no day is known yet (imutrack rollup).",
    links=(_TODAY,),
    columns=(
        _PATIENT_COLUMN,
        Column(
            "days_since_last",
            "Quiet for",
            looks=(("unit", "suffix: days"), ("custom.cellOptions", {"type": "gauge", "mode": "basic"}), ("min", 0)),
        ),
    ),
    looks=(*coloured(ORANGE),),
    hide=("Time",),
    sort="days_since_last",
    since=NOW,
)

CHANGED: Final = Panel(
    title="Whose movement has really changed?",
    text="Measures that differ from the patient's own first sessions by more than measurement error, twice in a row. "
    "A click on the exercise opens it. Of all therapists.",
    kind="table",
    queries=(
        Query(
            'SELECT "patient", "exercise", "side", "verdict", "baseline", "latest", "unit" FROM "change" '
            f'WHERE ("verdict" = \'more\' OR "verdict" = \'less\') AND "confirmed" = true AND {IN_PERIOD} '
            "ORDER BY time DESC LIMIT 100"
        ),
    ),
    size=(8, 8),
    empty="No real change: differences are within measurement error, or it is too early to tell.",
    links=(PATIENTS,),
    columns=(
        _PATIENT_COLUMN,
        Column("exercise", "Of", link=_EXERCISE_OF_ROW),
        SIDE,
        CHANGE,
        Column("baseline", "from", looks=width(65)),
        Column("latest", "to", looks=width(65)),
        Column("unit", "Unit", looks=width(55)),
    ),
    hide=("Time",),
)

UNTRUSTED: Final = Panel(
    title="Which sets cannot be trusted or have no name, and what to type?",
    text="Withheld means: not sure enough to be shown. Type imutrack correct, the id of the set, and what it really "
    "was; imutrack review lists them all. A click on the id opens the set. Of all therapists.",
    kind="table",
    queries=(
        Query(
            'SELECT "set_id", "patient", "exercise", "side", "withheld", "flags" FROM "exercise_set" '
            f'WHERE ("withheld" =~ /./ OR "exercise" = \'unspecified\') AND {IN_PERIOD} ORDER BY time DESC LIMIT 50'
        ),
    ),
    size=(11, 8),
    empty="None: every set has a name and can be trusted.",
    links=(PATIENTS,),
    columns=(
        WHEN,
        Column("set_id", "imutrack correct ...", looks=width(150), link=SESSION_OF_ROW),
        Column("patient", "Patient", looks=width(140), link=PATIENT_OF_ROW),
        Column("exercise", "Exercise", looks=width(130)),
        SIDE,
        Column("withheld", "Withheld", looks=width(100)),
        Column("flags", "Because"),
    ),
)

BOARD: Final = Board(
    uid=CLINIC,
    title="Clinic",
    text="For therapists: who needs a look today, and why.",
    since="now-28d",
    refresh="5m",
    rows=((numbers.HOW_MANY, numbers.DONE_TODAY, numbers.SENSORS), (WHO,), (QUIET, CHANGED, UNTRUSTED)),
    variables=(
        Variable(
            "therapist",
            "Therapist",
            f'SELECT DISTINCT("therapist") AS "therapist" FROM "patient_day" WHERE {COUNTED} AND $timeFilter',
            "Whose patients are listed; patients without a plan are listed under All",
            several=True,
            every=EVERYBODY,
        ),
        ZONE,
    ),
)
