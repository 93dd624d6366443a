"""One patient over twelve weeks: what happened and how it felt, and the whole page."""

from typing import Final

from imutrack.grafana.boards import patient_movement as movement
from imutrack.grafana.boards import patient_work as work
from imutrack.grafana.boards.common import (
    LEFT,
    PATIENT,
    QUALITY_COLUMN,
    READ,
    SESSION_CARRIED,
    SESSION_OF_SET,
    SIDE,
    WHEN_SHORT,
    ZONE,
    clinic_variable,
    named,
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.boards.queries import BY_DAY, OF_EXERCISE, OF_PATIENT, OF_SIDES, TRUSTED, ask, tag_values
from imutrack.grafana.model import Annotation, Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.names import NAMED
from imutrack.grafana.style import BLUE, GREY, ORANGE, RED

__all__ = ["BOARD"]

_SAME: Final = Link("Same patient, last 12 weeks", PATIENT, carry=("clinic", "patient"))

HURTING: Final = Panel(
    title="Is it hurting?",
    text="Pain and exertion, 0 to 10, as the patient said. A red dot marks stops that the patient reported on that "
    "day. No dot means: not asked or not answered, never no pain.",
    kind="timeseries",
    queries=(
        Query(
            ask('"exertion", "pain"', "self_report", OF_PATIENT, rest="ORDER BY time"),
            "$col",
        ),
        Query(
            ask(
                'count("stop") AS "! stops"',
                "self_report",
                OF_PATIENT,
                when='"stop" = true',
                by="time(1d)",
                rest=f"fill(none) {BY_DAY}",
            ),
            "$col",
        ),
    ),
    size=(5, 6),
    empty="Nothing was said: enter it with imutrack note.",
    links=(_SAME,),
    columns=(
        Column("exertion", looks=points_only(GREY, 9)),
        Column("pain", looks=points_only(ORANGE, 6)),  # last, and smaller: where both are equal, both are seen
        Column("! stops", looks=points_only(RED, 14)),
    ),
    looks=(("min", 0), ("max", 10)),
)

SETS: Final = Panel(
    title="What happened in each set?",
    text="All exercises, the latest first. A click on the id opens the set. Where the count is not sure, What to know "
    "gives the fewest and the most. Range: mean of the best three, with its error.",
    kind="table",
    queries=(
        Query(
            ask(
                f'"set_id", {NAMED}, "side", "reps", "rom_best3_deg", "rom_error_deg", "quality", "flags", "exercise", '
                '"end_ms"',
                "exercise_set",
                OF_PATIENT,
                rest="ORDER BY time DESC LIMIT 100",
            ),
        ),
    ),
    size=(16, 8),
    empty="No sets: import some with imutrack replay, or choose a longer period.",
    links=(SESSION_CARRIED,),
    columns=(
        WHEN_SHORT,
        Column("set_id", "Set", looks=width(92), link=SESSION_OF_SET),
        named("Exercise", ("custom.width", 140)),
        SIDE,
        Column("reps", "Reps", looks=width(48)),
        Column("rom_best3_deg", "Range", looks=width(58, unit="degree", decimals=0)),
        Column("rom_error_deg", "±", looks=width(42, unit="degree", decimals=0)),
        QUALITY_COLUMN,
        Column("flags", "What to know", looks=(*READ, ("custom.minWidth", 150))),
    ),
    hide=("exercise", "end_ms"),
)

EVENTS: Final = Panel(
    title="What changed and when?",
    text="Plans by their first day, treatments and contacts, and corrections by a person, the latest first. "
    "The same events are marked in the charts.",
    kind="table",
    queries=(
        Query(
            ask(
                '"from_date", "treatment", "corrected"',
                "plan, treatment, exercise_set",
                OF_PATIENT,
                when='("item" = 1 OR "treatment" =~ /./ OR "corrected" =~ /./)',
                rest="ORDER BY time DESC LIMIT 50",
            ),
        ),
    ),
    size=(8, 8),
    empty="Nothing changed in this period.",
    links=(_SAME,),
    columns=(
        WHEN_SHORT,
        Column("from_date", "New plan", looks=width(100, **LEFT)),
        Column("treatment", "Treatment", looks=width(85, **LEFT)),
        Column("corrected", "Correction", looks=READ),
    ),
    sort="Time",
)


def _latest(field: str) -> str:
    known = f'"{field}" =~ /./ AND {TRUSTED}'  # of a row without it Grafana would offer the time
    return ask(f'"{field}"', "exercise_set", OF_EXERCISE, when=known, rest="ORDER BY time DESC LIMIT 300")


BOARD: Final = Board(
    uid=PATIENT,
    title="Patient",
    text="For therapists: one patient over twelve weeks, an exercise and a side at a time.",
    since="now-12w",
    refresh="5m",
    rows=(
        (work.PLAN, work.WORK, work.REPS),
        (movement.RANGE, movement.REAL, HURTING, movement.SIDES),
        (movement.REACHED, movement.TEMPO, movement.STEADIER, movement.GETTING_UP, work.PLACE),
        (SETS, EVENTS),
    ),
    variables=(
        clinic_variable(),
        patient_variable(),
        Variable(
            "exercise",
            "Exercise",
            tag_values("exercise", "exercise_set", OF_PATIENT),
            "Exercise of the angle, the repetitions and the tempo",
        ),
        Variable(
            "side",
            "Side",
            tag_values("side", "exercise_set", OF_SIDES),
            "Side as entered",
        ),
        Variable(
            "kind",
            "Angle",
            _latest("angle_kind"),
            "segment: one sensor; joint: two. Only equal ones are joined",
        ),
        Variable(
            "placement",
            "Worn on",
            _latest("placement"),
            "Only angles measured at the same place are joined",
        ),
        Variable(
            "algorithm",
            "Computed by",
            _latest("algorithm"),
            "Only angles computed in the same way are joined",
        ),
        Variable(
            "plan",
            "Plan",
            ask('last("plan_version")', "patient_day", OF_PATIENT),
            "Version of the plan in force on the last day shown",
            hidden=True,
        ),
        *movement.BASELINE,
        *(
            Variable(
                name,
                text,
                ask(f'{moment} AS "{name}"', "exercise_set", OF_EXERCISE, rest="ORDER BY time DESC LIMIT 1"),
                f"{text} of the latest set of the exercise, Unix epoch ms",
                hidden=True,
            )
            for name, text, moment in (
                ("begin", "Begin", 'floor("end_ms" - 1000 * "duration_s" - 2000)'),  # movement begins a little later
                ("end", "End", '"end_ms"'),
            )
        ),
        ZONE,
    ),
    annotations=(
        Annotation(
            "New plan",
            ask('"from_date" AS "said"', "plan", OF_PATIENT, when='"item" = 1'),
            "said",
            BLUE,
        ),
        Annotation(
            "Treatment",
            ask('"treatment" AS "said"', "treatment", OF_PATIENT),
            "said",
            GREY,
        ),
        Annotation(
            "Correction",
            ask('"corrected" AS "said"', "exercise_set", OF_PATIENT, when='"corrected" =~ /./'),
            "said",
            ORANGE,
        ),
    ),
)
