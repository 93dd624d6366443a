"""The movement of one patient: range, tempo, sides, balance and getting up.

Angles are joined by a line only where kind, placement and algorithm agree: they are chosen at the top, the latest
first, and what was measured in another way is shown as grey dots. The band of the patient's own first sessions comes
from the verdict, through two hidden variables, since InfluxQL joins no measurements; ``0`` stands before them so that a
patient without a verdict gives a query without an answer instead of one that cannot be read.
"""

from typing import Final

from imutrack.grafana.boards.common import (
    BALANCE_CARRIED,
    SECONDS,
    SESSION_CARRIED,
    band,
    below_band,
    coloured,
    dashed,
    points_only,
)
from imutrack.grafana.boards.queries import BY_DAY, OF_EXERCISE, OF_PATIENT, OF_SIDES, TRUSTED, ask
from imutrack.grafana.model import Column, Panel, Query, Variable
from imutrack.grafana.names import named_lines
from imutrack.grafana.style import BLUE, GREY, RED, VERDICTS

__all__ = ["BASELINE", "GETTING_UP", "RANGE", "REACHED", "REAL", "SIDES", "STEADIER", "TEMPO"]

_WAY: Final = (
    "\"mode\" = 'active' AND \"angle_kind\" = '${kind:raw}' AND \"placement\" = '${placement:raw}' "
    "AND \"algorithm\" = '${algorithm:raw}'"
)
_OTHER_WAY: Final = (
    "(\"mode\" != 'active' OR \"angle_kind\" != '${kind:raw}' OR \"placement\" != '${placement:raw}' "
    "OR \"algorithm\" != '${algorithm:raw}')"
)
_VERDICT: Final = (
    f"\"measure\" = 'rom' AND \"exercise\" = '${{exercise:raw}}' AND \"side\" = '${{side:raw}}' AND {_WAY}"
)
_LOW, _HIGH = "first sessions, low", "first sessions, high"

RANGE: Final = Panel(
    title="Is the joint really moving more?",
    text="Blue: mean of the best three repetitions of each set, with measurement error (pale blue). Grey band: where "
    "the level of the patient's own first sessions lies. One set may lie within it by chance: the verdict beside goes "
    "by the mean of the latest sessions. Dashed: target, and in red the approved limit. Grey dots: measured in another "
    "way, not to be compared.",
    kind="timeseries",
    unit="degree",
    queries=(
        Query(
            ask(
                '"rom_best3_deg" AS "best three", "rom_best3_deg" - "rom_error_deg" AS "error, low", '
                '"rom_best3_deg" + "rom_error_deg" AS "error, high", "rom_target_deg" AS "target"',
                "exercise_set",
                OF_EXERCISE,
                when=f"{_WAY} AND {TRUSTED}",
            ),
            "$col",
        ),
        Query(
            ask(
                f'"rom_best3_deg" * 0 + 0${{low:raw}} AS "{_LOW}", "rom_best3_deg" * 0 + 0${{high:raw}} AS "{_HIGH}"',
                "exercise_set",
                OF_EXERCISE,
                when=f"0${{high:raw}} > 0 AND {_WAY} AND {TRUSTED}",
            ),
            "$col",
        ),
        Query(
            ask(
                '"rom_best3_deg" AS "measured another way"',
                "exercise_set",
                OF_EXERCISE,
                when=f"{_OTHER_WAY} AND {TRUSTED}",
            ),
            "$col",
        ),
        Query(  # by itself, so that the legend names no limit where nobody approved one
            ask(
                '"rom_limit_deg" AS "! limit"',
                "exercise_set",
                OF_EXERCISE,
                when=f'"rom_limit_deg" > 0 AND {_WAY} AND {TRUSTED}',
            ),
            "$col",
        ),
    ),
    size=(9, 6),
    empty="No range of this exercise and side: choose another one above, or a longer period.",
    links=(SESSION_CARRIED,),
    columns=(
        Column("best three", looks=coloured(BLUE)),
        Column("error, low", looks=below_band(BLUE)),
        Column("error, high", "measurement error", looks=band(BLUE, "error, low")),
        Column("target", looks=dashed(GREY)),
        Column("! limit", looks=dashed(RED)),
        Column(_LOW, looks=below_band(GREY)),
        Column(_HIGH, "first sessions", looks=band(GREY, _LOW)),
        Column("measured another way", looks=points_only(GREY, 5)),
    ),
    looks=(("decimals", 0),),
)

_COUNTS: Final = "real from"

REAL: Final = Panel(
    title="Is the difference real?",
    text="The verdict on the exercise and side above: the mean of the latest sessions, its difference from the "
    "patient's own first sessions, and from where on a difference can be told from measurement error. Without a "
    "verdict, more sessions are needed.",
    kind="stat",
    queries=(
        Query(
            ask(
                f'"verdict", "latest" AS "latest level", "difference", "needed" AS "{_COUNTS}"',
                "change",
                OF_PATIENT,
                when=_VERDICT,
                rest="ORDER BY time DESC LIMIT 1",
            ),
            "$col",
        ),
    ),
    size=(5, 6),
    empty="No verdict yet",
    links=(SESSION_CARRIED,),
    columns=(
        Column("verdict", looks=(("mappings", VERDICTS),)),
        *(
            Column(name, looks=(*coloured(GREY), ("unit", "degree"), ("decimals", 1), ("noValue", "too early")))
            for name in ("latest level", "difference", _COUNTS)
        ),
    ),
    options=(
        ("orientation", "horizontal"),
        ("text", {"titleSize": 14, "valueSize": 20}),  # Grafana's own choice follows the longest word, down to 5 px
        (
            "reduceOptions",
            {"calcs": ["lastNotNull"], "fields": f"/^(verdict|latest level|difference|{_COUNTS})$/", "values": False},
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
            ask('"rom_best3_deg"', "exercise_set", OF_SIDES, when=f"{_WAY} AND {TRUSTED}", by='"side"'),
            "$tag_side",
        ),
    ),
    size=(5, 6),
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
    text="Of the repetitions of the last 7 days, the share that reached the range the plan asks for; all exercises "
    "together. Not known where no set of these days can be trusted, or the plan asks for none: ask for a range in it.",
    kind="stat",
    unit="percent",
    # the level is there on every day, so that a day without a share counts as one
    queries=(Query(ask('"in_range_pct_7d" AS "reached", "level"', "patient_day", OF_PATIENT), "$col"),),
    size=(5, 5),
    empty="Not known this week",
    links=(SESSION_CARRIED,),
    looks=(*coloured(BLUE), ("decimals", 0), ("min", 0), ("max", 100)),
    options=(
        ("colorMode", "none"),
        ("graphMode", "area"),
        ("textMode", "value"),
        # the last day's: an old share is no answer where the last one is not known
        ("reduceOptions", {"calcs": ["last"], "fields": "/^reached$/", "values": False}),
    ),
)

_PHASES: Final = (("outward_s", "out"), ("hold_s", "hold"), ("return_s", "back"))
_MEANS: Final = ", ".join(f'mean("{name}") AS "{word}"' for name, word in _PHASES)

TEMPO: Final = Panel(
    title="Too fast?",
    text="Time out, held and back of a typical repetition of the period (blue) against the plan (grey). "
    "People repeat at home quicker than they were shown.",
    kind="bargauge",
    unit=SECONDS,
    queries=(
        Query(ask(_MEANS, "exercise_set", OF_EXERCISE, when=TRUSTED), "$col, done"),
        Query(
            ask(
                _MEANS,
                "plan",
                OF_PATIENT,
                when='"version" = 0${plan:raw} AND "exercise" = \'${exercise:raw}\'',
                period="",
            ),
            "$col, plan",
        ),
    ),
    size=(5, 5),
    empty="No set in this period",
    links=(SESSION_CARRIED,),
    columns=(
        Column("/, done$/", looks=(*coloured(BLUE), ("noValue", "not known"))),
        Column("/, plan$/", looks=(*coloured(GREY), ("noValue", "not asked for"))),
    ),
    looks=(("decimals", 1), ("min", 0)),
)


def _days_of_trials(condition: str) -> str:
    days = ask(
        'mean("rms_mps2") AS "sway", count("rms_mps2") AS "trials"',
        "stance",
        OF_PATIENT,
        when=TRUSTED,
        by='time(1d), "trial", "side"',
        rest=f"fill(none) {BY_DAY}",  # a SELECT inside does not take the zone from the one around it
    )
    return f'SELECT "sway" FROM ({days}) WHERE "trials" {condition} GROUP BY "trial", "side" {BY_DAY}'  # noqa: S608


STEADIER: Final = Panel(
    title="Is the balance steadier?",
    text="Sway of each day by kind of trial: less is steadier. Days with fewer than three trials are grey dots: "
    "single trials differ by about a fifth.",
    kind="timeseries",
    unit="accMS2",
    queries=(
        Query(_days_of_trials(">= 3"), "$tag_trial$tag_side"),
        Query(_days_of_trials("< 3"), "$tag_trial$tag_side, under 3 trials"),
    ),
    size=(6, 5),
    empty="No balance trials: imutrack replay FILE --task stance.",
    links=(BALANCE_CARRIED,),
    columns=(
        Column("/closed(left|right|both)?$/", looks=(("custom.lineStyle", {"fill": "dash", "dash": [4, 4]}),)),
        Column("/under 3 trials$/", looks=points_only(GREY, 5)),
        *named_lines(endings=("", ", under 3 trials")),
    ),
    looks=(("min", 0), ("decimals", 2)),
)

GETTING_UP: Final = Panel(
    title="Is getting up easier?",
    text="Typical time of one rise from the chair in each test: shorter is quicker. More is on Balance.",
    kind="timeseries",
    unit=SECONDS,
    queries=(
        Query(
            ask('"rise_median_s"', "sit_to_stand", OF_PATIENT, when=TRUSTED, by='"trial"'),
            "$tag_trial",
        ),
    ),
    size=(4, 5),
    empty="No chair test: imutrack replay FILE --task sit_to_stand.",
    links=(BALANCE_CARRIED,),
    columns=(Column("thirty_seconds", looks=coloured(GREY)), *named_lines("sit_to_stand")),
    looks=(("min", 0), ("decimals", 1)),
)

BASELINE: Final = tuple(
    Variable(
        name,
        text,
        ask(f'last("baseline_{name}")', "change", OF_PATIENT, when=_VERDICT),
        f"Where the level of the first sessions lies, {text}",
        hidden=True,
    )
    for name, text in (("low", "lower end"), ("high", "upper end"))
)
"""The band of the patient's own first sessions."""
