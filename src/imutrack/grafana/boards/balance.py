"""Balance, getting up and walking of one patient, against the patient's own first trials."""

from typing import Final

from imutrack.grafana.boards.common import (
    BALANCE,
    CHANGE,
    PATIENT_CARRIED,
    QUALITY_COLUMN,
    READ,
    SECONDS,
    WHEN_SHORT,
    ZONE,
    band,
    below_band,
    clinic_variable,
    coloured,
    named,
    patient_variable,
    points_only,
    width,
)
from imutrack.grafana.boards.queries import BY_DAY, OF_PATIENT, TRUSTED, ask, tag_values
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.names import named_lines
from imutrack.grafana.style import BLUE, GREY

__all__ = ["BOARD"]

_NO_TRIALS: Final = "No balance trials: imutrack replay FILE --task stance."
_TRIAL_OF_ROW: Final = Link(
    "Draw this trial",
    BALANCE,
    carry=("clinic", "patient"),
    give=(("trial", "trial"), ("leg", "side"), ("drawn", "set_id")),
    time="same",
)
_OF_KIND: Final = f"{OF_PATIENT} AND \"trial\" = '${{trial:raw}}'"
_OF_TRIAL: Final = f"{_OF_KIND} AND \"side\" = '${{leg:raw}}'"
# the label ends with the leg, where there is one; a field that is not there meets no condition
_BASELINE: Final = '"measure" = \'sway\' AND "exercise" = \'${trial:raw}\' AND "label" =~ /(${leg:raw}( sides)?)$/'
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
            ask(
                'mean("rms_mps2") AS "sway"',
                "stance",
                _OF_TRIAL,
                when=TRUSTED,
                by="time(1d)",
                rest=f"fill(none) {BY_DAY}",
            ),
            "$col",
        ),
        Query(ask('"rms_mps2" AS "single trials"', "stance", _OF_TRIAL, when=TRUSTED), "$col"),
        Query(
            ask(
                f'"rms_mps2" * 0 + 0${{low:raw}} AS "{_LOW}", "rms_mps2" * 0 + 0${{high:raw}} AS "{_HIGH}"',
                "stance",
                _OF_TRIAL,
                when=f"0${{high:raw}} > 0 AND {TRUSTED}",
            ),
            "$col",
        ),
    ),
    size=(11, 8),
    empty=_NO_TRIALS,
    links=(PATIENT_CARRIED,),
    columns=(
        Column("sway", looks=coloured(BLUE)),
        Column("single trials", looks=points_only(GREY, 4)),
        Column(_LOW, looks=below_band(GREY)),
        Column(_HIGH, "first days", looks=band(GREY, _LOW)),
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
            ask(
                '"label", "verdict", "sentence"',
                "change",
                OF_PATIENT,
                when=f"({_MEASURES})",
                rest="ORDER BY time DESC",
            ),
        ),
    ),
    size=(13, 8),
    empty="No verdict: balance needs two days with three trials each.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("label", "Of", looks=width(205)),
        CHANGE,
        Column("sentence", "In words", looks=(*READ, ("custom.minWidth", 320))),
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
            ask('mean("rms_mps2") AS "sway"', "stance", OF_PATIENT, when=TRUSTED, by='"trial", "side"'),
            "$tag_trial$tag_side",
        ),
    ),
    size=(16, 5),
    empty="No balance trial",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("/open(left|right|both)?$/", looks=coloured(BLUE)),
        Column("/closed(left|right|both)?$/", looks=coloured(GREY)),
        *named_lines(),
    ),
    looks=(("min", 0), ("decimals", 2)),
)


def _quiet(trial: str, name: str) -> str:
    return ask(f'"rms_mps2" AS "{name}"', "stance", f"{OF_PATIENT} AND \"trial\" = '{trial}'", when=TRUSTED)


RATIO: Final = Panel(
    title="How many times more with closed eyes?",
    text="Mean sway in quiet stance with closed eyes, divided by that with open eyes. Both kinds of trial are needed.",
    kind="stat",
    queries=(
        Query(
            f'SELECT mean("closed") / mean("open") AS "ratio" FROM ({_quiet("eyes_closed", "closed")}), '  # noqa: S608
            f"({_quiet('eyes_open', 'open')})",
            "$col",
        ),
    ),
    size=(8, 5),
    empty="Needs both kinds of trial",
    links=(PATIENT_CARRIED,),
    looks=(("decimals", 1), ("unit", "suffix:times")),
    options=(("colorMode", "none"), ("textMode", "value")),
)

PICTURE: Final = Panel(
    title="What does the sway look like?",
    text="The path of the sway of one trial seen from above: forward is up. "
    "A smaller cloud is steadier: the axes stay the same unless the sway leaves them. Choose the trial in the list, "
    "or above.",
    kind="xychart",
    queries=(
        Query(
            ask(
                '"ml_mps2" * -1 AS "to the right", "ap_mps2" AS "forward"',
                "trace",
                f"{OF_PATIENT} AND \"exercise\" = '${{trial:raw}}'",  # where curves keep the trial
                when="\"set_id\" = '${drawn:raw}'",
            ),
            curves=True,
        ),
    ),
    size=(6, 9),
    empty="No curve of this trial: curves are kept for 90 days.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("to the right", looks=(("custom.axisLabel", "to the right, m/s²"),)),
        Column("forward", looks=(("custom.axisLabel", "forward, m/s²"),)),
    ),
    looks=(("decimals", 1), ("custom.axisSoftMin", -0.3), ("custom.axisSoftMax", 0.3)),
)

CHAIR: Final = Panel(
    title="Is standing up from a chair quicker?",
    text="Five times sit-to-stand in seconds (blue, less is quicker); rises within 30 s (grey, more is quicker).",
    kind="timeseries",
    unit=SECONDS,
    queries=(
        Query(
            ask(
                '"total_s" AS "five rises"', "sit_to_stand", f"{OF_PATIENT} AND \"trial\" = 'five_times'", when=TRUSTED
            ),
            "$col",
        ),
        Query(
            ask(
                '"rises_in_30_s" AS "rises in 30 s"',
                "sit_to_stand",
                f"{OF_PATIENT} AND \"trial\" = 'thirty_seconds'",
                when=TRUSTED,
            ),
            "$col",
        ),
    ),
    size=(5, 9),
    empty="No chair test: imutrack replay FILE --task sit_to_stand.",
    links=(PATIENT_CARRIED,),
    columns=(
        Column("five rises", looks=coloured(BLUE)),
        Column("rises in 30 s", looks=(*coloured(GREY), ("unit", "suffix:rises"), ("custom.axisPlacement", "right"))),
    ),
    looks=(("min", 0),),
)

WALKING: Final = Panel(
    title="Is the Timed Up and Go quicker?",
    text="Whole time of each test by pace, in seconds: less is quicker.",
    kind="timeseries",
    unit=SECONDS,
    queries=(Query(ask('"total_s"', "timed_up_and_go", OF_PATIENT, when=TRUSTED, by='"trial"'), "$tag_trial"),),
    size=(5, 9),
    empty="No Timed Up and Go: imutrack replay FILE --task timed_up_and_go.",
    links=(PATIENT_CARRIED,),
    columns=(Column("fast_pace", looks=coloured(GREY)), *named_lines("timed_up_and_go")),
    looks=(("min", 0), ("decimals", 1)),
)

TRIALS: Final = Panel(
    title="Which trials are these?",
    text="Balance trials, the latest first. A click on an id draws its path.",
    kind="table",
    queries=(
        Query(
            ask(
                '"set_id", "trial" AS "named", "side", "rms_mps2", "quality", "trial"',
                "stance",
                OF_PATIENT,
                rest="ORDER BY time DESC LIMIT 100",
            ),
        ),
    ),
    size=(8, 9),
    empty=_NO_TRIALS,
    links=(PATIENT_CARRIED,),
    columns=(
        WHEN_SHORT,
        Column("set_id", "Trial", looks=width(92), link=_TRIAL_OF_ROW),
        named("Kind", ("custom.minWidth", 120)),
        Column("side", "Leg", looks=width(62)),
        Column("rms_mps2", "Sway", looks=width(105, unit="accMS2", decimals=2)),
        QUALITY_COLUMN,
    ),
    hide=("trial",),
)

BOARD: Final = Board(
    uid=BALANCE,
    title="Balance",
    text="For therapists: balance trials, chair tests and walking of one patient.",
    since="now-12w",
    refresh="5m",
    rows=((OWN, VERDICTS_SAID), (EYES, RATIO), (PICTURE, CHAIR, WALKING, TRIALS)),
    variables=(
        clinic_variable(),
        patient_variable(),
        Variable(
            "trial",
            "Trial",
            tag_values("trial", "stance", OF_PATIENT),
            "Kind of balance trial",
        ),
        Variable(
            "leg",
            "Leg",
            tag_values("side", "stance", _OF_KIND),
            "Left and right are as entered; nothing where the trial is not on one leg",
        ),
        Variable(
            "drawn",
            "Drawn",
            ask('"set_id"', "stance", _OF_TRIAL, when=TRUSTED, rest="ORDER BY time DESC LIMIT 200"),
            "Trial whose path is drawn, the latest first",
        ),
        *(
            Variable(
                name,
                text,
                ask(f'last("baseline_{name}")', "change", OF_PATIENT, when=_BASELINE),
                f"Where the level of the first days lies, {text}",
                hidden=True,
            )
            for name, text in (("low", "lower end"), ("high", "upper end"))
        ),
        ZONE,
    ),
)
