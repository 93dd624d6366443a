"""One set: its curve, its repetitions one by one, and whether it can be trusted."""

from typing import Final

from imutrack.grafana.boards.common import (
    BARS,
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
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.boards.queries import OF_EXERCISE, OF_PATIENT, OF_SIDES, ask, tag_values
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, GREY, ORANGE, QUALITY, RED

__all__ = ["BOARD"]

_ABOUT: Final = "time >= ${__from:raw}ms - 84d AND time <= ${__to:raw}ms + 84d"  # the period may be that of one set
_CHOOSE: Final = "No set is chosen, or it lies outside the period: click on an id in the list of sets below."
_LATEST: Final = Link("This week's sets", SESSION, carry=("clinic", "patient"))


_THIS: Final = "\"set_id\" = '${set:raw}'"


def _of_set(what: str, source: str = "exercise_set") -> str:
    return ask(what, source, OF_EXERCISE, when=_THIS)


COUNTED: Final = Panel(
    title="What was counted?",
    text="Repetitions, after any correction, and those asked for; fewest and most where the count is not sure.",
    kind="stat",
    queries=(
        Query(
            _of_set('"reps" AS "reps", "reps_target" AS "asked for", "reps_low" AS "fewest", "reps_high" AS "most"'),
            "$col",
        ),
    ),
    size=(9, 4),
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
    size=(5, 4),
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
    size=(10, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("flags", "What to know", looks=READ),
        Column("withheld", "Withheld", looks=width(110)),
        Column("corrected", "Correction", looks=width(120)),
        Column("mount", "Sensor sat", looks=width(90)),
        Column("missing_pct", "Missing", looks=width(75, unit="percent", decimals=1)),
        Column("load_kg", "Load", looks=width(65, unit="masskg")),
        Column("setting", "Where", looks=width(65)),
        Column("label_source", "Named by", looks=width(85)),
    ),
    hide=("Time",),
)

CURVE: Final = Panel(
    title="What did the movement look like?",
    text="The angle over time, and where each counted repetition begins. Drag across a part to look closer. "
    "Curves are kept for 90 days.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(
            _of_set('"angle_low_deg" AS "angle, low", "angle_high_deg" AS "angle"', "trace"),
            "$col",
            curves=True,
        ),
        Query(_of_set('"min_deg" AS "repetition begins"', "rep"), "$col"),
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
        Column("repetition begins", looks=points_only(ORANGE, 10)),
    ),
    looks=(("custom.spanNulls", False), ("decimals", 0)),
)

RANGES: Final = Panel(
    title="How far did each repetition go?",
    text="Range of each repetition. Dashed: target and, in red, the approved limit.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(_of_set('"rom_deg" AS "range"', "rep"), "$col"),
        Query(
            ask(
                'mean("rom_target_deg") AS "target", mean("rom_limit_deg") AS "! limit"',
                "exercise_set",
                OF_EXERCISE,
                when=_THIS,
                by="time($__interval)",
                rest="fill(previous)",  # from the begin of the set on, to the right edge
            ),
            "$col",
        ),
    ),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("range", looks=(*coloured(BLUE), *BARS)),
        Column("target", looks=dashed(GREY)),
        Column("! limit", looks=dashed(RED)),
    ),
    looks=(("min", 0), ("decimals", 0)),
)

TEMPO: Final = Panel(
    title="How long did each repetition take?",
    text="Time out (blue), held (grey) and back (orange) of each repetition, one above the other.",
    kind="timeseries",
    unit=SECONDS,
    queries=(Query(_of_set('"outward_s" AS "out", "hold_s" AS "hold", "return_s" AS "back"', "rep"), "$col"),),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("out", looks=coloured(BLUE)),
        Column("hold", looks=coloured(GREY)),
        Column("back", looks=coloured(ORANGE)),
    ),
    looks=(*BARS, ("custom.stacking", {"group": "A", "mode": "normal"}), ("min", 0)),
)

TIRING: Final = Panel(
    title="Did it tire?",
    text="Fastest turning of each repetition, first to last. A line that falls: slower towards the end of the set.",
    kind="timeseries",
    unit="rotdegs",
    queries=(Query(_of_set('"peak_velocity_dps" AS "fastest turning"', "rep"), "$col"),),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    looks=(("min", 0), ("decimals", 0)),
)

LIST: Final = Panel(
    title="Which set is this, and which others are there?",
    text="Sets of the exercise and side within 12 weeks of the period above, the latest first. A click on an id shows "
    "that set, from its begin to its end.",
    kind="table",
    queries=(
        Query(
            ask(
                '"set_id", "patient", "exercise", "side", "reps", "rom_best3_deg", "quality", "end_ms"',
                "exercise_set",
                OF_EXERCISE,
                rest="ORDER BY time DESC LIMIT 50",
                period=_ABOUT,
            ),
        ),
    ),
    size=(24, 4),
    empty="No set within 12 weeks: choose another period, or come from a patient's list of sets.",
    links=(_LATEST, PATIENT_CARRIED),
    columns=(
        WHEN,
        Column("set_id", "Set", looks=width(110), link=SESSION_OF_ROW),
        Column("patient", "Patient"),
        Column("exercise", "Exercise"),
        SIDE,
        Column("reps", "Reps"),
        Column("rom_best3_deg", "Range", looks=(("unit", "degree"), ("decimals", 0))),
        QUALITY_COLUMN,
    ),
    hide=("end_ms",),
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
        ZONE,
    ),
)
