"""The clinic at a glance: who needs a therapist today, and why."""

from dataclasses import replace
from typing import Final

from imutrack.grafana.boards import clinic_numbers as numbers
from imutrack.grafana.boards.clinic_numbers import ACTIVE, NOW, PATIENTS, ROLLUP
from imutrack.grafana.boards.common import (
    CHANGE,
    CLINIC,
    LEVEL,
    PATIENT,
    PATIENT_OF_ROW,
    READ,
    SESSION_OF_ROW,
    SIDE,
    WHEN_SHORT,
    ZONE,
    clinic_variable,
    named,
    verdict,
    width,
)
from imutrack.grafana.boards.queries import EVERYBODY, MINE, OF_CLINIC, SILENT, ask
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.names import NAMED

__all__ = ["BOARD"]


_PATIENT_COLUMN: Final = Column("patient", "Patient", looks=width(145), link=PATIENT_OF_ROW)
_CHANGE: Final = replace(CHANGE, looks=(*CHANGE.looks, *width(62)))  # more and less are the only words here
_EXERCISE_OF_ROW: Final = Link(
    "Open the patient with this exercise",
    PATIENT,
    carry=("clinic",),
    give=(("patient", "patient"), ("exercise", "exercise"), ("side", "side")),
)
_TODAY: Final = Link("Who has not been seen", CLINIC, carry=("clinic", "therapist"))


WHO: Final = Panel(
    title="Who needs me today, and why?",
    text="One row for each active patient, worst first. A click on the name opens the patient. "
    "Pain 0 to 10 as the patient said; unknown is never good.",
    kind="table",
    queries=(
        Query(
            ask(
                '"level" * 100 - "urgency" AS "order", "level", "why", "days_since_last", "sets_7d", "sets_due_7d", '
                '"worst_pain_7d", "rom_worst_verdict", "sway_worst_verdict", "days_to_review", "therapist"',
                "patient_day",
                OF_CLINIC,
                when=ACTIVE,
                by='"patient"',
                rest="ORDER BY time DESC LIMIT 1",
            ),
        ),
    ),
    size=(24, 12),
    empty=ROLLUP,
    links=(PATIENTS,),
    columns=(
        _PATIENT_COLUMN,
        LEVEL,
        Column("why", "Why", looks=(*READ, ("custom.minWidth", 420))),
        Column("days_since_last", "Last seen", looks=width(90, unit="suffix:d ago")),
        Column("sets_7d", "Sets, 7 d", looks=width(85)),
        Column("sets_due_7d", "of due", looks=width(70)),
        Column("worst_pain_7d", "Worst pain", looks=width(95)),
        verdict("rom_worst_verdict", "Range"),
        verdict("sway_worst_verdict", "Balance"),
        Column("days_to_review", "Review in", looks=width(85, unit="suffix:d")),
        Column("therapist", "Therapist", looks=width(90)),
    ),
    hide=("Time", "order"),
    sort="order",
    since=NOW,
)

_LAST_DAY: Final = ask(
    'last("level") AS "level", "days_since_last", "why"', "patient_day", OF_CLINIC, when=ACTIVE, by='"patient"'
)

QUIET: Final = Panel(
    title="Who has gone quiet?",
    text="Active patients of whom nothing was recorded for more than 3 days, longest first; those who never began, "
    "although sets were due, come last.",
    kind="table",
    queries=(
        Query(
            f'SELECT "level", "days_since_last" FROM ({_LAST_DAY}) '  # noqa: S608
            f'WHERE "days_since_last" > 3 OR {SILENT} GROUP BY "patient"'
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
            looks=(("unit", "suffix:days"), ("custom.minWidth", 75), ("noValue", "never")),
        ),
    ),
    hide=("Time", "level"),
    sort="days_since_last",
    since=NOW,
)

CHANGED: Final = Panel(
    title="Whose movement has really changed?",
    text="Measures that differ from the patient's own first sessions by more than measurement error, twice in a row. "
    "A click on the exercise opens it.",
    kind="table",
    queries=(
        Query(
            ask(
                f'"patient", {NAMED}, "verdict", "baseline", "latest", "unit", "side", "exercise"',
                "change",
                OF_CLINIC,
                when=f'("verdict" = \'more\' OR "verdict" = \'less\') AND "confirmed" = true AND {MINE}',
                rest="ORDER BY time DESC LIMIT 100",
            ),
        ),
    ),
    size=(9, 8),
    empty="No real change: differences are within measurement error, or it is too early to tell.",
    links=(PATIENTS,),
    columns=(
        _PATIENT_COLUMN,
        named("Of", ("custom.minWidth", 100), link=_EXERCISE_OF_ROW),
        _CHANGE,
        Column("baseline", "from", looks=width(47)),
        Column("latest", "to", looks=width(47)),
        Column("unit", "Unit", looks=width(44)),
        SIDE,
    ),
    hide=("Time", "exercise"),
)

UNTRUSTED: Final = Panel(
    title="Which sets cannot be trusted or have no name, and what to type?",
    text="Withheld means: not sure enough to be shown. Type imutrack correct, the id of the set, and what it really "
    "was; imutrack review lists them all. A click on the id opens the set.",
    kind="table",
    queries=(
        Query(
            ask(
                f'"set_id", "patient", "flags", {NAMED}, "exercise", "side", "end_ms"',
                "exercise_set",
                OF_CLINIC,
                when=f'("withheld" =~ /./ OR "exercise" = \'unspecified\') AND {MINE}',
                rest="ORDER BY time DESC LIMIT 50",
            ),
        ),
    ),
    size=(10, 8),
    empty="None of the sets that came in. If none came in at all: imutrack doctor says where they are.",
    links=(PATIENTS,),
    columns=(
        Column("set_id", "correct ...", looks=width(95), link=SESSION_OF_ROW),
        _PATIENT_COLUMN,
        Column("flags", "Because", looks=(*READ, ("custom.minWidth", 150))),
        named("Exercise", ("custom.width", 165)),
        WHEN_SHORT,
    ),
    hide=("exercise", "side", "end_ms"),
)

BOARD: Final = Board(
    uid=CLINIC,
    title="Clinic",
    text="For therapists: who needs a look today, and why.",
    since="now-28d",
    refresh="5m",
    rows=((numbers.HOW_MANY, numbers.DONE_TODAY, numbers.SENSORS), (WHO,), (QUIET, CHANGED, UNTRUSTED)),
    variables=(
        clinic_variable(),
        Variable(
            "therapist",
            "Therapist",
            ask('DISTINCT("therapist") AS "therapist"', "patient_day", OF_CLINIC),
            "Whose patients are listed; patients without a plan are listed under All",
            several=True,
            every=EVERYBODY,
        ),
        ZONE,
    ),
)
