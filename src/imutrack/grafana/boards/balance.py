"""Balance, getting up and walking of one patient, against the patient's own first trials."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards.common import (
    BALANCE,
    CHANGE,
    IN_PERIOD,
    OF_PATIENT,
    PATIENT_CARRIED,
    QUALITY_COLUMN,
    SHOWN,
    WHEN,
    ZONE,
    coloured,
    dashed,
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, GREY, YES_NO

__all__ = ["BOARD"]

_NO_TRIALS: Final = "No balance trials: imutrack replay FILE --task stance."
_TRIAL_OF_ROW: Final = Link("Draw this trial", BALANCE, carry=("patient",), give=(("drawn", "set_id"),), time="same")
_OF_TRIAL: Final = f"{OF_PATIENT} AND \"trial\" = '${{trial:raw}}' AND {SHOWN}"
_BASELINE: Final = f"{OF_PATIENT} AND \"measure\" = 'sway' AND \"exercise\" = '${{trial:raw}}' AND {IN_PERIOD}"
_LOW, _HIGH = "first days, low", "first days, high"
_MEASURES: Final = (
    "\"measure\" = 'sway' OR \"measure\" = 'five_rises' OR \"measure\" = 'rises_30s' OR \"measure\" = 'up_and_go'"
)

OWN: Final = Panel(
    title="Is the sway less than in the first days?",
    text="Mean sway of each day for the kind of trial above (less is steadier); grey band: where the level of the "
    "patient's own first days with three trials lies. Within it nothing has really changed.",
    kind="timeseries",
    unit="accMS2",
    queries=(
        Query(
            f'SELECT mean("rms_mps2") AS "sway" FROM "stance" WHERE {_OF_TRIAL} '
            "GROUP BY time(1d) fill(none) tz('${zone:raw}')",
            "$col",
        ),
        Query(f'SELECT "rms_mps2" AS "single trials" FROM "stance" WHERE {_OF_TRIAL}', "$col"),
        Query(
            f'SELECT "rms_mps2" * 0 + 0${{low:raw}} AS "{_LOW}", "rms_mps2" * 0 + 0${{high:raw}} AS "{_HIGH}" '
            f'FROM "stance" WHERE 0${{high:raw}} > 0 AND {_OF_TRIAL}',
            "$col",
        ),
    ),
    size=(12, 7),
    empty=_NO_TRIALS,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("sway", looks=coloured(BLUE)),
        Column("single trials", looks=points_only(GREY, 4)),
        Column(_LOW, looks=(*dashed(GREY), ("custom.lineWidth", 0))),
        Column(_HIGH, looks=(*dashed(GREY), ("custom.fillBelowTo", _LOW), ("custom.fillOpacity", 20))),
    ),
    looks=(("min", 0), ("decimals", 2)),
)

VERDICTS_SAID: Final = Panel(
    title="What has really changed?",
    text="Balance, chair tests and walking against the patient's own first days, in words. "
    "Smaller differences cannot be told from none.",
    kind="table",
    queries=(
        Query(
            'SELECT "label", "verdict", "sentence", "confirmed" FROM "change" '
            f"WHERE {OF_PATIENT} AND ({_MEASURES}) AND {IN_PERIOD} ORDER BY time DESC"
        ),
    ),
    size=(12, 7),
    empty="No verdict: balance needs two days with three trials each.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("label", "Of", looks=width(190)),
        CHANGE,
        Column("sentence", "In words"),
        Column("confirmed", "Confirmed", looks=width(90, mappings=YES_NO)),
    ),
    hide=("Time",),
)

EYES: Final = Panel(
    title="Eyes open against closed?",
    text="Mean sway of the period by kind of trial. Most people sway more with closed eyes.",
    kind="bargauge",
    unit="accMS2",
    queries=(
        Query(
            f'SELECT mean("rms_mps2") AS "sway" FROM "stance" WHERE {OF_PATIENT} AND {SHOWN} GROUP BY "trial"',
            "$tag_trial",
        ),
    ),
    size=(16, 4),
    empty=_NO_TRIALS,
    links=(PATIENT_CARRIED,),
    columns=(Column("/closed$/", looks=coloured(GREY)),),
    looks=(("min", 0), ("decimals", 2)),
)


def _quiet(trial: str, name: str) -> str:
    return f'SELECT "rms_mps2" AS "{name}" FROM "stance" WHERE {OF_PATIENT} AND "trial" = \'{trial}\' AND {SHOWN}'


RATIO: Final = Panel(
    title="How many times more with closed eyes?",
    text="Mean sway in quiet stance with closed eyes, divided by that with open eyes.",
    kind="stat",
    queries=(
        Query(
            f'SELECT mean("closed") / mean("open") AS "ratio" FROM ({_quiet("eyes_closed", "closed")}), '
            f"({_quiet('eyes_open', 'open')})",
            "$col",
        ),
    ),
    size=(8, 4),
    empty="Not known: both kinds of trial are needed.",
    links=(PATIENT_CARRIED,),
    looks=(("decimals", 1), ("unit", "suffix: times")),
    options=(("colorMode", "none"), ("textMode", "value")),
)

PICTURE: Final = Panel(
    title="What does the sway look like?",
    text="The path of the sway of one trial seen from above: forward is up. "
    "A smaller cloud is steadier. Choose the trial in the list, or above.",
    kind="xychart",
    unit="accMS2",
    queries=(
        Query(
            'SELECT "ml_mps2" * -1 AS "to the right", "ap_mps2" AS "forward" FROM "trace"."trace" '
            f"WHERE {OF_PATIENT} AND \"set_id\" = '${{drawn:raw}}' AND {IN_PERIOD}",
            curves=True,
        ),
    ),
    size=(6, 7),
    empty="No curve of this trial: curves are kept for 90 days.",
    links=(PATIENT_CARRIED,),
    looks=(("decimals", 2),),
)

CHAIR: Final = Panel(
    title="Is standing up from a chair quicker?",
    text="Five times sit-to-stand in seconds (blue, less is quicker); rises within 30 s (grey, more is quicker).",
    kind="timeseries",
    unit="s",
    queries=(
        Query(
            f'SELECT "total_s" AS "five rises" FROM "sit_to_stand" WHERE {OF_PATIENT} AND "trial" = \'five_times\' '
            f"AND {SHOWN}",
            "$col",
        ),
        Query(
            f'SELECT "rises_in_30_s" AS "rises in 30 s" FROM "sit_to_stand" WHERE {OF_PATIENT} '
            f"AND \"trial\" = 'thirty_seconds' AND {SHOWN}",
            "$col",
        ),
    ),
    size=(5, 7),
    empty="No chair test: imutrack replay FILE --task sit_to_stand.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("five rises", looks=coloured(BLUE)),
        Column("rises in 30 s", looks=(*coloured(GREY), ("unit", "suffix: rises"), ("custom.axisPlacement", "right"))),
    ),
    looks=(("min", 0),),
)

WALKING: Final = Panel(
    title="Is the Timed Up and Go quicker?",
    text="Whole time of each test by pace, in seconds: less is quicker.",
    kind="timeseries",
    unit="s",
    queries=(
        Query(f'SELECT "total_s" FROM "timed_up_and_go" WHERE {OF_PATIENT} AND {SHOWN} GROUP BY "trial"', "$tag_trial"),
    ),
    size=(5, 7),
    empty="No Timed Up and Go: imutrack replay FILE --task timed_up_and_go.",
    links=(PATIENT_CARRIED,),
    columns=(Column("fast_pace", looks=coloured(GREY)),),
    looks=(("min", 0), ("decimals", 1)),
)

TRIALS: Final = Panel(
    title="Which trials are these?",
    text="Balance trials, the latest first. A click on an id draws its path.",
    kind="table",
    queries=(
        Query(
            'SELECT "set_id", "trial", "rms_mps2", "quality" FROM "stance" '
            f"WHERE {OF_PATIENT} AND {IN_PERIOD} ORDER BY time DESC LIMIT 100"
        ),
    ),
    size=(8, 7),
    empty=_NO_TRIALS,
    links=(PATIENT_CARRIED,),
    columns=(
        WHEN,
        Column("set_id", "Trial", looks=width(100), link=_TRIAL_OF_ROW),
        Column("trial", "Kind"),
        Column("rms_mps2", "Sway", looks=width(80, unit="accMS2", decimals=2)),
        QUALITY_COLUMN,
    ),
)

BOARD: Final = Board(
    uid=BALANCE,
    title="Balance",
    text="For therapists: balance trials, chair tests and walking of one patient.",
    since="now-12w",
    refresh="5m",
    rows=((OWN, VERDICTS_SAID), (EYES, RATIO), (PICTURE, CHAIR, WALKING, TRIALS)),
    variables=(
        patient_variable(),
        Variable(
            "trial",
            "Trial",
            f'SHOW TAG VALUES FROM "stance" WITH KEY = "trial" WHERE {OF_PATIENT} AND $timeFilter',
            "Kind of balance trial",
        ),
        Variable(
            "drawn",
            "Drawn",
            f'SELECT "set_id" FROM "stance" WHERE {_OF_TRIAL} ORDER BY time DESC LIMIT 200',
            "Trial whose path is drawn, the latest first",
        ),
        *(
            Variable(
                name,
                text,
                f'SELECT last("baseline_{name}") FROM "change" WHERE {_BASELINE}',
                f"Where the level of the first days lies, {text}",
                hidden=True,
            )
            for name, text in (("low", "lower end"), ("high", "upper end"))
        ),
        ZONE,
    ),
)
