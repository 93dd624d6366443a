"""What one patient is to do and what was done: plan, days, repetitions, places."""

from typing import Final

from imutrack.grafana.boards.common import (
    BALANCE_CARRIED,
    BARS,
    EXERCISE_OF_ROW,
    LEFT,
    SESSION_CARRIED,
    SIDE,
    coloured,
    dashed,
    named,
    points_only,
    width,
)
from imutrack.grafana.boards.queries import OF_EXERCISE, OF_PATIENT, ask
from imutrack.grafana.model import Column, Panel, Query
from imutrack.grafana.names import NAMED
from imutrack.grafana.style import BLUE, GREY

__all__ = ["PLACE", "PLAN", "REPS", "WORK"]

PLAN: Final = Panel(
    title="Who is this and what is the plan?",
    text="The version of the plan in force on the last day shown; a click shows that exercise below. Targets and "
    "limits are in degrees; an approved limit names who approved it.",
    kind="table",
    queries=(
        Query(
            ask(
                f'{NAMED}, "side", "sets", "reps", "times_a_day", "days_a_week", "rom_target_deg", "rom_limit_deg", '
                '"limit_by", "review_date", "therapist", "exercise"',
                "plan",
                OF_PATIENT,
                when='"version" = 0${plan:raw}',
                period="",
            ),
        ),
    ),
    size=(12, 6),
    empty="No plan is in force: write one with imutrack plan, or choose another patient.",
    links=(SESSION_CARRIED, BALANCE_CARRIED),
    columns=(
        named("Exercise", ("custom.minWidth", 140), link=EXERCISE_OF_ROW),
        SIDE,
        Column("sets", "Sets", looks=width(48)),
        Column("reps", "Reps", looks=width(52)),
        Column("times_a_day", "a day", looks=width(57)),
        Column("days_a_week", "d/week", looks=width(66)),
        Column("rom_target_deg", "Target", looks=width(66, unit="degree")),
        Column("rom_limit_deg", "! Limit", looks=width(66, unit="degree")),
        Column("limit_by", "by", looks=width(70, **LEFT)),
        Column("review_date", "Review", looks=width(100, **LEFT)),
        Column("therapist", "Therapist", looks=width(85, **LEFT)),
    ),
    hide=("Time", "exercise"),
)

WORK: Final = Panel(
    title="Is the work being done?",
    text="Sets and trials of each of the last 28 days: done in blue, due in pale grey behind it, so that what is still "
    "to do is seen as grey. A grey dot on the line: nothing was due, planned rest.",
    kind="timeseries",
    queries=(
        Query(
            ask('"sets_due" AS "due", "sets" AS "done"', "patient_day", OF_PATIENT, rest="ORDER BY time"),
            "$col",
        ),
        Query(
            ask('"sets_due" AS "planned rest"', "patient_day", OF_PATIENT, when='"sets_due" = 0'),
            "$col",
        ),
    ),
    size=(7, 6),
    empty="No day yet: imutrack rollup makes one for each day of an active patient.",
    links=(SESSION_CARRIED,),
    columns=(
        Column("done", looks=(*coloured(BLUE), *BARS)),
        Column("due", looks=(*coloured(GREY), *BARS, ("custom.fillOpacity", 25), ("custom.lineWidth", 1))),
        Column("planned rest", looks=points_only(GREY, 5)),
    ),
    looks=(("min", 0), ("decimals", 0)),
    since="now-28d",
)

REPS: Final = Panel(
    title="Were the repetitions done?",
    text="Repetitions of each set of the exercise (dots) against those asked for (grey line). "
    "Sets whose count is not sure have no dot; see the list of sets.",
    kind="timeseries",
    queries=(
        Query(
            ask('"reps" AS "done", "reps_target" AS "asked for"', "exercise_set", OF_EXERCISE, rest="ORDER BY time"),
            "$col",
        ),
    ),
    size=(5, 6),
    empty="No set of this exercise and side: choose another one above, or a longer period.",
    links=(SESSION_CARRIED,),
    columns=(Column("done", looks=points_only(BLUE)), Column("asked for", looks=dashed(GREY))),
    looks=(("min", 0), ("decimals", 0)),
)

PLACE: Final = Panel(
    title="Home or clinic?",
    text="Sets of the period by where they were done, as the plan or the label says: enter it there.",
    kind="bargauge",
    queries=tuple(
        Query(
            ask('count("set_id") AS "sets"', "exercise_set", OF_PATIENT, when=f"\"setting\" = '{place}'"),
            place,
        )
        for place in ("home", "clinic")
    ),
    size=(4, 5),
    empty="Not entered",
    links=(SESSION_CARRIED,),
    columns=(Column("home", looks=coloured(BLUE)), Column("clinic", looks=coloured(GREY))),
    looks=(("min", 0), ("decimals", 0)),
)
