"""One patient over twelve weeks: what happened and how it felt, and the whole page."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards import patient_movement as movement
from imutrack.grafana.boards import patient_work as work
from imutrack.grafana.boards.common import (
    IN_PERIOD,
    OF_EXERCISE,
    OF_PATIENT,
    PATIENT,
    QUALITY_COLUMN,
    SESSION_CARRIED,
    SESSION_OF_SET,
    SHOWN,
    SIDE,
    WHEN,
    ZONE,
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.model import Annotation, Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, GREY, ORANGE, RED

__all__ = ["BOARD"]

_BY_DAY: Final = "tz('${zone:raw}')"
_SAME: Final = Link("Same patient, last 12 weeks", PATIENT, carry=("patient",))

HURTING: Final = Panel(
    title="Is it hurting?",
    text="Pain and exertion, 0 to 10, as the patient said. A red dot marks stops that the patient reported on that "
    "day. No dot means: not asked or not answered, never no pain.",
    kind="timeseries",
    queries=(
        Query(
            f'SELECT "pain", "exertion" FROM "self_report" WHERE {OF_PATIENT} AND {IN_PERIOD} ORDER BY time',
            "$col",
        ),
        Query(
            f'SELECT count("stop") AS "! stops" FROM "self_report" WHERE {OF_PATIENT} AND "stop" = true '
            f"AND {IN_PERIOD} GROUP BY time(1d) fill(none) {_BY_DAY}",
            "$col",
        ),
    ),
    size=(5, 7),
    empty="Nothing was said: enter it with imutrack note.",
    links=(_SAME,),
    columns=(
        Column("pain", looks=points_only(ORANGE)),
        Column("exertion", looks=points_only(GREY, 5)),
        Column("! stops", looks=points_only(RED, 14)),
    ),
    looks=(("min", 0), ("max", 10)),
)

SETS: Final = Panel(
    title="What happened in each set?",
    text="All exercises, the latest first. A click on the id opens the set. Repetitions are given as fewest and most "
    "where the count is not sure. Range: mean of the best three, with its error.",
    kind="table",
    queries=(
        Query(
            'SELECT "set_id", "exercise", "side", "reps", "reps_low", "reps_high", "rom_best3_deg", "rom_error_deg", '
            '"quality", "flags", "label_source" FROM "exercise_set" '
            f"WHERE {OF_PATIENT} AND {IN_PERIOD} ORDER BY time DESC LIMIT 100"
        ),
    ),
    size=(15, 6),
    empty="No sets: import some with imutrack replay, or choose a longer period.",
    links=(SESSION_CARRIED,),
    columns=(
        WHEN,
        Column("set_id", "Set", looks=width(100), link=SESSION_OF_SET),
        Column("exercise", "Exercise", looks=width(170)),
        SIDE,
        Column("reps", "Reps", looks=width(60)),
        Column("reps_low", "fewest", looks=width(65)),
        Column("reps_high", "most", looks=width(60)),
        Column("rom_best3_deg", "Range", looks=width(70, unit="degree", decimals=0)),
        Column("rom_error_deg", "±", looks=width(55, unit="degree", decimals=0)),
        QUALITY_COLUMN,
        Column("flags", "What to know"),
        Column("label_source", "Named by", looks=width(85)),
    ),
)

EVENTS: Final = Panel(
    title="What changed and when?",
    text="Plans by their first day, treatments and contacts, and corrections by a person, the latest first. "
    "The same events are marked in the charts.",
    kind="table",
    queries=(
        Query(
            'SELECT "from_date", "treatment", "corrected" FROM "plan", "treatment", "exercise_set" '
            f'WHERE {OF_PATIENT} AND ("item" = 1 OR "treatment" =~ /./ OR "corrected" =~ /./) '
            f"AND {IN_PERIOD} ORDER BY time DESC LIMIT 50"
        ),
    ),
    size=(9, 6),
    empty="Nothing changed in this period.",
    links=(_SAME,),
    columns=(
        WHEN,
        Column("from_date", "New plan from", looks=width(115)),
        Column("treatment", "Treatment", looks=width(110)),
        Column("corrected", "Correction"),
    ),
    sort="Time",
)

_OF_LATEST: Final = f"{OF_EXERCISE} AND {SHOWN} ORDER BY time DESC LIMIT 300"

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
        patient_variable(),
        Variable(
            "exercise",
            "Exercise",
            f'SHOW TAG VALUES FROM "exercise_set" WITH KEY = "exercise" WHERE {OF_PATIENT} AND $timeFilter',
            "Exercise of the angle, the repetitions and the tempo",
        ),
        Variable(
            "side",
            "Side",
            'SHOW TAG VALUES FROM "exercise_set" WITH KEY = "side" '
            f"WHERE {OF_PATIENT} AND \"exercise\" = '${{exercise:raw}}' AND $timeFilter",
            "Side as entered",
        ),
        Variable(
            "kind",
            "Angle",
            f'SELECT "angle_kind" FROM "exercise_set" WHERE {_OF_LATEST}',
            "segment: one sensor; joint: two. Only equal ones are joined",
        ),
        Variable(
            "placement",
            "Worn on",
            f'SELECT "placement" FROM "exercise_set" WHERE {_OF_LATEST}',
            "Only angles measured at the same place are joined",
        ),
        Variable(
            "algorithm",
            "Computed by",
            f'SELECT "algorithm" FROM "exercise_set" WHERE {_OF_LATEST}',
            "Only angles computed in the same way are joined",
        ),
        Variable(
            "plan",
            "Plan",
            f'SELECT last("plan_version") FROM "patient_day" WHERE {OF_PATIENT} AND {IN_PERIOD}',
            "Version of the plan in force on the last day shown",
            hidden=True,
        ),
        *movement.BASELINE,
        ZONE,
    ),
    annotations=(
        Annotation(
            "New plan",
            f'SELECT "from_date" AS "said" FROM "plan" WHERE {OF_PATIENT} AND "item" = 1 AND {IN_PERIOD}',
            "said",
            BLUE,
        ),
        Annotation(
            "Treatment",
            f'SELECT "treatment" AS "said" FROM "treatment" WHERE {OF_PATIENT} AND {IN_PERIOD}',
            "said",
            GREY,
        ),
        Annotation(
            "Correction",
            f'SELECT "corrected" AS "said" FROM "exercise_set" WHERE {OF_PATIENT} AND "corrected" =~ /./ '
            f"AND {IN_PERIOD}",
            "said",
            ORANGE,
        ),
    ),
)
