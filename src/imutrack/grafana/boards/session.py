"""One set: its curve, its repetitions one by one, and whether it can be trusted."""

from typing import Final

from imutrack.grafana.boards.common import (
    BARS,
    LEFT,
    NOT_NAMED,
    PATIENT_CARRIED,
    QUALITY_COLUMN,
    READ,
    SECONDS,
    SESSION,
    SESSION_OF_ROW,
    SIDE,
    WHEN,
    ZONE,
    clinic_variable,
    coloured,
    dashed,
    named,
    patient_variable,
    width,
)
from imutrack.grafana.boards.queries import OF_EXERCISE, OF_PATIENT, OF_SIDES, ask, tag_values
from imutrack.grafana.model import Annotation, Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.names import NAMED
from imutrack.grafana.style import BLUE, GREY, ORANGE, QUALITY, RED

__all__ = ["BOARD"]

_ABOUT: Final = "time >= ${__from:raw}ms - 84d AND time <= ${__to:raw}ms + 84d"  # the period may be that of one set
_CHOOSE: Final = "No set: click on an id below"
_LATEST: Final = Link("This week's sets", SESSION, carry=("clinic", "patient"))


_THIS: Final = "\"set_id\" = '${set:raw}'"


def _of_set(what: str, source: str = "exercise_set") -> str:
    return ask(what, source, OF_EXERCISE, when=_THIS)


COUNTED: Final = Panel(
    title="What was counted?",
    text="Repetitions, after any correction, and those asked for; fewest and most where the count is not sure. "
    "Empty where no set is chosen or it lies outside the period: click on an id in the list of sets below.",
    kind="stat",
    queries=(
        Query(
            _of_set('"reps" AS "reps", "reps_target" AS "asked for", "reps_low" AS "fewest", "reps_high" AS "most"'),
            "$col",
        ),
    ),
    size=(6, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("reps", looks=(("noValue", "not sure"),)),
        *(Column(name, looks=(("noValue", "–"),)) for name in ("asked for", "fewest", "most")),
    ),
    looks=(("decimals", 0),),
    options=(("colorMode", "none"),),
)

TRUST: Final = Panel(
    title="Can it be trusted?",
    text="Quality in words. Grey: not sure enough to be shown. The flags below say why.",
    kind="stat",
    queries=(Query(_of_set('"quality"'), "$col"),),
    size=(4, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    looks=(("mappings", QUALITY),),
    options=(
        ("textMode", "value"),
        ("reduceOptions", {"calcs": ["lastNotNull"], "fields": "/^quality$/", "values": False}),
    ),
)

KNOW: Final = Panel(
    title="What should be known about it?",
    text="How it was recorded and what is withheld. Side, load and place are as entered.",
    kind="table",
    queries=(
        Query(
            _of_set('"flags", "withheld", "corrected", "mount", "missing_pct", "load_kg", "setting", "label_source"'),
        ),
    ),
    size=(14, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("flags", "What to know", looks=(*READ, ("custom.minWidth", 320))),
        Column("withheld", "Withheld", looks=width(90, **LEFT)),
        Column("corrected", "Correction", looks=(*READ, ("custom.width", 110))),
        Column("mount", "Sensor sat", looks=width(90, **LEFT)),
        Column("missing_pct", "Missing", looks=width(75, unit="percent", decimals=1)),
        Column("load_kg", "Load", looks=width(65, unit="masskg")),
        Column("setting", "Where", looks=width(65, **LEFT)),
        Column("label_source", "Named by", looks=width(85, **LEFT)),
    ),
    hide=("Time",),
)

CURVE: Final = Panel(
    title="What did the movement look like?",
    text="The angle over time; a dashed line where each counted repetition begins. Drag across a part to look closer. "
    "Squeezed into a stroke? The period above is longer than the set: click on its id below. Curves are kept for "
    "90 days.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(
            _of_set('"angle_low_deg" AS "angle, low", "angle_high_deg" AS "angle"', "trace"),
            "$col",
            curves=True,
        ),
    ),
    size=(24, 8),
    empty="No curve: curves are kept for 90 days; otherwise choose a set in the list below.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("angle, low", looks=(*coloured(BLUE, line=1), ("custom.showPoints", "never"), NOT_NAMED)),
        Column(
            "angle",
            looks=(
                *coloured(BLUE),
                ("custom.showPoints", "never"),
                ("custom.fillBelowTo", "angle, low"),
                ("custom.fillOpacity", 30),
            ),
        ),
    ),
    looks=(("custom.spanNulls", False), ("decimals", 0)),
)

# Repetitions are drawn by their number: by time, those of a set in a period of weeks would be one stroke. Where Grafana
# finds no repetition it says so by naming the column it looks for, so that this must say what to do.
_NUMBER: Final = "repetition: click on a set below"
_BETWEEN: Final = tuple(  # a short set has room for labels between two numbers, where no repetition is
    {"type": "range", "options": {"from": low + 0.1, "to": low + 0.9, "result": {"text": "", "index": low}}}
    for low in range(30)
)
_BY_NUMBER: Final = Column(
    _NUMBER, "repetition", looks=(("decimals", 0), ("unit", "none"), ("min", 0.5), ("mappings", list(_BETWEEN)))
)


def _by_number(what: str, when: str = "") -> Query:
    return Query(ask(f'"number" AS "{_NUMBER}", {what}', "rep", OF_EXERCISE, when=f"{when}{_THIS}"))


# Grafana draws from the first number to the last, and cuts the last bar in half where nothing comes after it.
_ROOM: Final = Query(ask(f'max("number") + 0.5 AS "{_NUMBER}"', "rep", OF_EXERCISE, when=_THIS))


def _asked(variable: str, name: str) -> Query:
    """Return the line of what was asked for; nothing where it was not."""
    value = f"0${{{variable}:raw}}"
    return _by_number(f'"rom_deg" * 0 + {value} AS "{name}"', f"{value} > 0 AND ")


RANGES: Final = Panel(
    title="How far did each repetition go?",
    text="Range of each repetition, first to last. Dashed: target and, in red, the approved limit.",
    kind="trend",
    unit="degree",
    queries=(_by_number('"rom_deg" AS "range"'), _asked("target", "target"), _asked("limit", "! limit"), _ROOM),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        _BY_NUMBER,
        Column("range", looks=(*coloured(BLUE), *BARS)),
        Column("target", looks=dashed(GREY)),
        Column("! limit", looks=dashed(RED)),
    ),
    looks=(("min", 0), ("decimals", 0)),
    over=_NUMBER,
)

TEMPO: Final = Panel(
    title="How long did each repetition take?",
    text="Time out (blue), held (grey) and back (orange) of each repetition, one above the other.",
    kind="trend",
    unit=SECONDS,
    queries=(_by_number('"outward_s" AS "out", "hold_s" AS "hold", "return_s" AS "back"'), _ROOM),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        _BY_NUMBER,
        Column("out", looks=coloured(BLUE)),
        Column("hold", looks=coloured(GREY)),
        Column("back", looks=coloured(ORANGE)),
    ),
    looks=(*BARS, ("custom.stacking", {"group": "A", "mode": "normal"}), ("min", 0)),
    over=_NUMBER,
)

TIRING: Final = Panel(
    title="Did it tire?",
    text="Fastest turning of each repetition, first to last. A line that falls: slower towards the end of the set.",
    kind="trend",
    unit="rotdegs",
    queries=(_by_number('"peak_velocity_dps" AS "fastest turning"'), _ROOM),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(_BY_NUMBER,),
    looks=(("min", 0), ("decimals", 0)),
    over=_NUMBER,
)

LIST: Final = Panel(
    title="Which set is this, and which others are there?",
    text="Sets of the exercise and side within 12 weeks of the period above, the latest first. A click on an id shows "
    "that set, from its begin to its end.",
    kind="table",
    queries=(
        Query(
            ask(
                f'"set_id", "patient", {NAMED}, "side", "reps", "rom_best3_deg", "quality", "flags", "exercise", '
                '"end_ms"',
                "exercise_set",
                OF_EXERCISE,
                rest="ORDER BY time DESC LIMIT 50",
                period=_ABOUT,
            ),
        ),
    ),
    size=(24, 7),
    empty="No set within 12 weeks: choose another period, or come from a patient's list of sets.",
    links=(_LATEST, PATIENT_CARRIED),
    columns=(
        WHEN,
        Column("set_id", "Set", looks=width(110), link=SESSION_OF_ROW),
        Column("patient", "Patient", looks=width(140)),
        named("Exercise", ("custom.width", 190)),
        SIDE,
        Column("reps", "Reps", looks=width(60)),
        Column("rom_best3_deg", "Range", looks=width(70, unit="degree", decimals=0)),
        QUALITY_COLUMN,
        Column("flags", "What to know", looks=(*READ, ("custom.minWidth", 200))),
    ),
    hide=("exercise", "end_ms"),
)

BOARD: Final = Board(
    uid=SESSION,
    title="Session",
    text="For therapists: one set, repetition by repetition. Opened from a patient's list of sets.",
    since="now-7d",
    refresh="",
    rows=((COUNTED, TRUST, KNOW), (CURVE,), (RANGES, TEMPO, TIRING), (LIST,)),
    variables=(
        clinic_variable("exercise_set"),  # the period may be that of one set, in which no day begins
        patient_variable("exercise_set"),
        Variable(
            "exercise",
            "Exercise",
            tag_values("exercise", "exercise_set", OF_PATIENT),
            "Exercise of the list of sets",
        ),
        Variable(
            "side",
            "Side",
            tag_values("side", "exercise_set", OF_SIDES),
            "Side as entered",
        ),
        Variable(
            "set",
            "Set",
            ask('"set_id"', "exercise_set", OF_EXERCISE, rest="ORDER BY time DESC LIMIT 200"),
            "Id of the set, the latest first",
        ),
        *(
            Variable(
                name, text, ask(f'last("rom_{name}_deg")', "exercise_set", OF_EXERCISE, when=_THIS), text, hidden=True
            )
            for name, text in (("target", "Range asked for in the set"), ("limit", "Approved limit of the set"))
        ),
        ZONE,
    ),
    annotations=(Annotation("Repetition begins", _of_set('"quality" AS "said"', "rep"), "said", GREY),),
)
