"""The movement of one patient: range, tempo, sides, balance and getting up.

Angles are joined by a line only where kind, placement and algorithm agree: they are chosen at the top, the latest
first, and what was measured in another way is shown as grey dots. The band of the patient's own first sessions comes
from the verdict, through two hidden variables, since InfluxQL joins no measurements; ``0`` stands before them so that a
patient without a verdict gives a query without an answer instead of one that cannot be read.
"""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards.common import (
    BALANCE_CARRIED,
    IN_PERIOD,
    OF_EXERCISE,
    OF_PATIENT,
    SESSION_CARRIED,
    SHOWN,
    band,
    coloured,
    dashed,
    points_only,
)
from imutrack.grafana.model import Column, Panel, Query, Variable
from imutrack.grafana.style import BLUE, GREY, RED, VERDICTS

__all__ = ["BASELINE", "GETTING_UP", "RANGE", "REACHED", "REAL", "SIDES", "STEADIER", "TEMPO"]

_WAY: Final = (
    "\"angle_kind\" = '${kind:raw}' AND \"placement\" = '${placement:raw}' AND \"algorithm\" = '${algorithm:raw}'"
)
_OTHER_WAY: Final = (
    "(\"angle_kind\" != '${kind:raw}' OR \"placement\" != '${placement:raw}' OR \"algorithm\" != '${algorithm:raw}')"
)
_VERDICT: Final = (
    f"{OF_PATIENT} AND \"measure\" = 'rom' AND \"mode\" = 'active' AND \"exercise\" = '${{exercise:raw}}' "
    f"AND \"side\" = '${{side:raw}}' AND {_WAY} AND {IN_PERIOD}"
)
_LOW, _HIGH = "first sessions, low", "first sessions, high"

RANGE: Final = Panel(
    title="Is the joint really moving more?",
    text="Blue: mean of the best three repetitions of each set, with measurement error (pale blue). Grey band: where "
    "the level of the patient's own first sessions lies; within it nothing has really changed. Dashed: target, and in "
    "red the approved limit. Grey dots: measured in another way, not to be compared.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(
            'SELECT "rom_best3_deg" AS "best three", "rom_best3_deg" - "rom_error_deg" AS "error, low", '
            '"rom_best3_deg" + "rom_error_deg" AS "error, high", "rom_target_deg" AS "target", '
            f'"rom_limit_deg" AS "! limit" FROM "exercise_set" WHERE {OF_EXERCISE} AND {_WAY} AND {SHOWN}',
            "$col",
        ),
        Query(
            f'SELECT "rom_best3_deg" * 0 + 0${{low:raw}} AS "{_LOW}", "rom_best3_deg" * 0 + 0${{high:raw}} AS '
            f'"{_HIGH}" FROM "exercise_set" WHERE 0${{high:raw}} > 0 AND {OF_EXERCISE} AND {_WAY} AND {SHOWN}',
            "$col",
        ),
        Query(
            f'SELECT "rom_best3_deg" AS "measured another way" FROM "exercise_set" '
            f"WHERE {OF_EXERCISE} AND {_OTHER_WAY} AND {SHOWN}",
            "$col",
        ),
    ),
    size=(10, 7),
    empty="No range of this exercise and side: choose another one above, or a longer period.",
    links=(SESSION_CARRIED,),
    columns=(
        Column("best three", looks=coloured(BLUE)),
        Column("error, low", looks=(*band(BLUE, ""), ("custom.fillOpacity", 0))),
        Column("error, high", looks=band(BLUE, "error, low")),
        Column("target", looks=dashed(GREY)),
        Column("! limit", looks=dashed(RED)),
        Column(_LOW, looks=(*band(GREY, ""), ("custom.fillOpacity", 0))),
        Column(_HIGH, looks=band(GREY, _LOW)),
        Column("measured another way", looks=points_only(GREY, 5)),
    ),
    looks=(("decimals", 0),),
)

_COUNTS: Final = "smallest that counts"

REAL: Final = Panel(
    title="Is the difference real?",
    text="The verdict on the exercise and side above, against the patient's own first sessions: the difference, and "
    "the smallest one that could be told from measurement error.",
    kind="stat",
    queries=(
        Query(
            f'SELECT "verdict", "difference", "needed" AS "{_COUNTS}" FROM "change" WHERE {_VERDICT} '
            "ORDER BY time DESC LIMIT 1",
            "$col",
        ),
    ),
    size=(4, 7),
    empty="No verdict: too few sessions measured in this way, or none in this period.",
    links=(SESSION_CARRIED,),
    columns=(
        Column("verdict", looks=(("mappings", VERDICTS),)),
        Column("difference", looks=(*coloured(GREY), ("unit", "degree"), ("decimals", 0))),
        Column(_COUNTS, looks=(*coloured(GREY), ("unit", "degree"), ("decimals", 0))),
    ),
    options=(
        ("orientation", "horizontal"),
        (
            "reduceOptions",
            {"calcs": ["lastNotNull"], "fields": f"/^(verdict|difference|{_COUNTS})$/", "values": False},
        ),
    ),
)

SIDES: Final = Panel(
    title="Left against right?",
    text="The same exercise on both sides, measured in the same way. Left and right are as entered.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(
            f'SELECT "rom_best3_deg" FROM "exercise_set" WHERE {OF_PATIENT} AND "exercise" = \'${{exercise:raw}}\' '
            f'AND {_WAY} AND {SHOWN} GROUP BY "side"',
            "$tag_side",
        ),
    ),
    size=(5, 7),
    empty="No range of this exercise: choose another one above.",
    links=(SESSION_CARRIED,),
    columns=(
        Column("left", looks=coloured(BLUE)),
        Column("right", looks=(*coloured(GREY), ("custom.lineStyle", {"fill": "dash", "dash": [4, 4]}))),
        Column("both", looks=coloured(BLUE)),
    ),
    looks=(("decimals", 0),),
)

REACHED: Final = Panel(
    title="Are they reaching the range?",
    text="Of the repetitions of 7 days, the share that reached the range the plan asks for; all exercises together.",
    kind="stat",
    unit="percent",
    queries=(
        Query(f'SELECT "in_range_pct_7d" AS "reached" FROM "patient_day" WHERE {OF_PATIENT} AND {IN_PERIOD}', "$col"),
    ),
    size=(4, 5),
    empty="Not known: the plan asks for no range, or no set of 7 days can be trusted.",
    links=(SESSION_CARRIED,),
    looks=(("decimals", 0), ("min", 0), ("max", 100)),
    options=(("colorMode", "none"), ("graphMode", "area"), ("textMode", "value")),
)

_PHASES: Final = (("outward_s", "out"), ("hold_s", "hold"), ("return_s", "back"))
_MEANS: Final = ", ".join(f'mean("{name}") AS "{word}"' for name, word in _PHASES)

TEMPO: Final = Panel(
    title="Too fast?",
    text="Time out, held and back of a typical repetition of the period (blue) against the plan (grey). "
    "People repeat at home quicker than they were shown.",
    kind="bargauge",
    unit="s",
    queries=(
        Query(f'SELECT {_MEANS} FROM "exercise_set" WHERE {OF_EXERCISE} AND {SHOWN}', "$col, done"),
        Query(
            f'SELECT {_MEANS} FROM "plan" WHERE {OF_PATIENT} AND "version" = 0${{plan:raw}} '
            f'AND "exercise" = \'${{exercise:raw}}\' AND "withdrawn" = false',
            "$col, plan",
        ),
    ),
    size=(6, 5),
    empty="No tempo: no set of this exercise and side in this period.",
    links=(SESSION_CARRIED,),
    columns=(Column("/, plan$/", looks=coloured(GREY)),),
    looks=(("decimals", 1), ("min", 0)),
)


def _days_of_trials(condition: str) -> str:
    days = (
        'SELECT mean("rms_mps2") AS "sway", count("rms_mps2") AS "trials" FROM "stance" '
        f'WHERE {OF_PATIENT} AND {SHOWN} GROUP BY time(1d), "trial" fill(none)'
    )
    return f'SELECT "sway" FROM ({days}) WHERE "trials" {condition} GROUP BY "trial" tz(\'${{zone:raw}}\')'


STEADIER: Final = Panel(
    title="Is the balance steadier?",
    text="Sway of each day by kind of trial: less is steadier. Days with fewer than three trials are grey dots: "
    "single trials differ by about a fifth.",
    kind="timeseries",
    unit="accMS2",
    queries=(
        Query(_days_of_trials(">= 3"), "$tag_trial"),
        Query(_days_of_trials("< 3"), "$tag_trial, under 3 trials"),
    ),
    size=(6, 5),
    empty="No balance trials: imutrack replay FILE --task stance.",
    links=(BALANCE_CARRIED,),
    columns=(
        Column("/closed$/", looks=(("custom.lineStyle", {"fill": "dash", "dash": [4, 4]}),)),
        Column("/under 3 trials$/", looks=points_only(GREY, 5)),
    ),
    looks=(("min", 0), ("decimals", 2)),
)

GETTING_UP: Final = Panel(
    title="Is getting up easier?",
    text="Typical time of one rise from the chair in each test: shorter is quicker. More is on Balance.",
    kind="timeseries",
    unit="s",
    queries=(
        Query(
            f'SELECT "rise_median_s" FROM "sit_to_stand" WHERE {OF_PATIENT} AND {SHOWN} GROUP BY "trial"',
            "$tag_trial",
        ),
    ),
    size=(5, 5),
    empty="No chair test: imutrack replay FILE --task sit_to_stand.",
    links=(BALANCE_CARRIED,),
    columns=(Column("thirty_seconds", looks=coloured(GREY)),),
    looks=(("min", 0), ("decimals", 1)),
)

BASELINE: Final = tuple(
    Variable(
        name,
        text,
        f'SELECT last("baseline_{name}") FROM "change" WHERE {_VERDICT}',
        f"Where the level of the first sessions lies, {text}",
        hidden=True,
    )
    for name, text in (("low", "lower end"), ("high", "upper end"))
)
"""The band of the patient's own first sessions."""
