"""One set: its curve, its repetitions one by one, and whether it can be trusted."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards.common import (
    IN_PERIOD,
    OF_EXERCISE,
    OF_PATIENT,
    PATIENT_CARRIED,
    QUALITY_COLUMN,
    SESSION,
    SESSION_OF_ROW,
    SIDE,
    WHEN,
    ZONE,
    coloured,
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, GREY, ORANGE, QUALITY, RED

__all__ = ["BOARD"]

_OF_SET: Final = f"{OF_PATIENT} AND \"set_id\" = '${{set:raw}}' AND {IN_PERIOD}"
_CHOOSE: Final = "No set is chosen, or it lies outside the period: click on an id in the list of sets below."
_LATEST: Final = Link("This week's sets", SESSION, carry=("patient",))
_BARS: Final = (("custom.drawStyle", "bars"), ("custom.fillOpacity", 80), ("custom.lineWidth", 0))

COUNTED: Final = Panel(
    title="What was counted?",
    text="Repetitions, after any correction, and those asked for; fewest and most where the count is not sure.",
    kind="stat",
    queries=(
        Query(
            'SELECT "reps" AS "reps", "reps_target" AS "asked for", "reps_low" AS "fewest", "reps_high" AS "most" '
            f'FROM "exercise_set" WHERE {_OF_SET}',
            "$col",
        ),
    ),
    size=(9, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    looks=(("decimals", 0),),
    options=(("colorMode", "none"),),
)

TRUST: Final = Panel(
    title="Can it be trusted?",
    text="Quality in words. Grey: not sure enough to be shown. The flags below say why.",
    kind="stat",
    queries=(Query(f'SELECT "quality" FROM "exercise_set" WHERE {_OF_SET}', "$col"),),
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
            'SELECT "flags", "withheld", "corrected", "mount", "missing_pct", "load_kg", "setting", "label_source" '
            f'FROM "exercise_set" WHERE {_OF_SET}'
        ),
    ),
    size=(10, 4),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("flags", "What to know"),
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
            f'SELECT "angle_low_deg" AS "angle, low", "angle_high_deg" AS "angle" FROM "trace"."trace" WHERE {_OF_SET}',
            "$col",
            curves=True,
        ),
        Query(f'SELECT "min_deg" AS "repetition begins" FROM "rep" WHERE {_OF_SET}', "$col"),
    ),
    size=(24, 8),
    empty="No curve: curves are kept for 90 days; otherwise choose a set in the list below.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("angle, low", looks=(*coloured(BLUE, line=1), ("custom.showPoints", "never"))),
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
    text="Range of each repetition. Dashed: target and, in red, the approved limit, at the begin of the set.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(f'SELECT "rom_deg" AS "range" FROM "rep" WHERE {_OF_SET}', "$col"),
        Query(
            f'SELECT "rom_target_deg" AS "target", "rom_limit_deg" AS "! limit" FROM "exercise_set" WHERE {_OF_SET}',
            "$col",
        ),
    ),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("range", looks=(*coloured(BLUE), *_BARS)),
        Column("target", looks=points_only(GREY, 12)),
        Column("! limit", looks=points_only(RED, 12)),
    ),
    looks=(("min", 0), ("decimals", 0)),
)

TEMPO: Final = Panel(
    title="How long did each repetition take?",
    text="Time out (blue), held (grey) and back (orange) of each repetition, one above the other.",
    kind="timeseries",
    unit="s",
    queries=(
        Query(
            f'SELECT "outward_s" AS "out", "hold_s" AS "hold", "return_s" AS "back" FROM "rep" WHERE {_OF_SET}',
            "$col",
        ),
    ),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("out", looks=coloured(BLUE)),
        Column("hold", looks=coloured(GREY)),
        Column("back", looks=coloured(ORANGE)),
    ),
    looks=(*_BARS, ("custom.stacking", {"group": "A", "mode": "normal"}), ("min", 0)),
)

TIRING: Final = Panel(
    title="Did it tire?",
    text="Fastest turning of each repetition, first to last. A line that falls: slower towards the end of the set.",
    kind="timeseries",
    unit="rotdegs",
    queries=(Query(f'SELECT "peak_velocity_dps" AS "fastest turning" FROM "rep" WHERE {_OF_SET}', "$col"),),
    size=(8, 6),
    empty=_CHOOSE,
    links=(PATIENT_CARRIED,),
    looks=(("min", 0), ("decimals", 0)),
)

LIST: Final = Panel(
    title="Which set is this, and which others are there?",
    text="Sets of the exercise and side in the period, the latest first. A click on an id shows that set.",
    kind="table",
    queries=(
        Query(
            'SELECT "set_id", "patient", "exercise", "side", "reps", "rom_best3_deg", "quality" '
            f'FROM "exercise_set" WHERE {OF_EXERCISE} AND {IN_PERIOD} ORDER BY time DESC LIMIT 50'
        ),
    ),
    size=(24, 4),
    empty="No set in this period: choose a longer one, or come from a patient's list of sets.",
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
)

BOARD: Final = Board(
    uid=SESSION,
    title="Session",
    text="For therapists: one set, repetition by repetition. Opened from a patient's list of sets.",
    since="now-7d",
    refresh="",
    rows=((COUNTED, TRUST, KNOW), (CURVE,), (RANGES, TEMPO, TIRING), (LIST,)),
    variables=(
        patient_variable(),
        Variable(
            "exercise",
            "Exercise",
            f'SHOW TAG VALUES FROM "exercise_set" WITH KEY = "exercise" WHERE {OF_PATIENT} AND $timeFilter',
            "Exercise of the list of sets",
        ),
        Variable(
            "side",
            "Side",
            'SHOW TAG VALUES FROM "exercise_set" WITH KEY = "side" '
            f"WHERE {OF_PATIENT} AND \"exercise\" = '${{exercise:raw}}' AND $timeFilter",
            "Side as entered",
        ),
        Variable(
            "set",
            "Set",
            f'SELECT "set_id" FROM "exercise_set" WHERE {OF_EXERCISE} AND {IN_PERIOD} ORDER BY time DESC LIMIT 200',
            "Id of the set, the latest first",
        ),
        ZONE,
    ),
)
