"""The clinic in a few big numbers."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards.common import DEVICES, IN_PERIOD, PATIENT, coloured
from imutrack.grafana.model import Column, Link, Panel, Query
from imutrack.grafana.style import BLUE, GREY, ORANGE, RED

__all__ = ["DONE_TODAY", "EVERYBODY", "HOW_MANY", "MINE", "NOW", "PATIENTS", "ROLLUP", "SENSORS"]

MINE: Final = '"status" = \'active\' AND ("therapist" =~ /^(${therapist:regex})$/)'
EVERYBODY: Final = '.*)$/ OR "status" =~ /^(active'  # a pattern alone leaves out those who have no therapist
ROLLUP: Final = "No patient has a day yet: let imutrack rollup run at night, then imutrack sync."
NOW: Final = "2d"  # last night's days, and those of the night before where they are still to be made
PATIENTS: Final = Link("Patient", PATIENT)


def _at_level(level: int, name: str) -> Query:
    latest = f'SELECT last("level") AS "level" FROM "patient_day" WHERE {MINE} AND {IN_PERIOD} GROUP BY "patient"'
    return Query(f'SELECT count("level") AS "patients" FROM ({latest}) WHERE "level" = {level}', name)


HOW_MANY: Final = Panel(
    title="How many need a look?",
    text="Active patients by the level of their last day. A box that is missing stands for none. "
    "Level 3 is only for a stop that a patient reported, and for an approved limit.",
    kind="stat",
    queries=(_at_level(3, "! stop or limit"), _at_level(2, "look"), _at_level(1, "fine"), _at_level(0, "not known")),
    size=(10, 4),
    empty=ROLLUP,
    links=(PATIENTS,),
    columns=(
        Column("! stop or limit", looks=coloured(RED)),
        Column("look", looks=coloured(ORANGE)),
        Column("fine", looks=coloured(BLUE)),
        Column("not known", looks=coloured(GREY)),
    ),
    since=NOW,
)

DONE_TODAY: Final = Panel(
    title="What was done today?",
    text="Sets and balance trials that came in since midnight, and by how many patients; of all therapists.",
    kind="stat",
    queries=(
        Query(f'SELECT count("set_id") AS "sets" FROM "exercise_set" WHERE {IN_PERIOD}', "sets"),
        Query(f'SELECT count("set_id") AS "trials" FROM "stance" WHERE {IN_PERIOD}', "balance trials"),
        Query(
            'SELECT count("sets") AS "patients" FROM (SELECT count("set_id") AS "sets" FROM "exercise_set" '
            f'WHERE {IN_PERIOD} GROUP BY "patient")',
            "patients",
        ),
    ),
    size=(8, 4),
    empty="Nothing came in since midnight: look at Devices where somebody was to exercise.",
    links=(PATIENTS, Link("Devices", DEVICES)),
    looks=tuple(coloured(BLUE)),
    options=(("colorMode", "none"),),
    since="now/d",
)

SENSORS: Final = Panel(
    title="Are the sensors ready?",
    text="The lowest battery of all sensors seen within 28 days, and how many were seen. Below 20 %: charge tonight.",
    kind="stat",
    queries=(
        Query(
            'SELECT min("battery_pct") AS "lowest" FROM (SELECT last("battery_pct") AS "battery_pct" FROM "link" '
            f'WHERE {IN_PERIOD} GROUP BY "sensor")',
            "lowest battery",
        ),
        Query(
            'SELECT count("battery_pct") AS "sensors" FROM (SELECT last("battery_pct") AS "battery_pct" FROM "link" '
            f'WHERE {IN_PERIOD} GROUP BY "sensor")',
            "sensors",
        ),
    ),
    size=(6, 4),
    empty="No sensor reported yet: start imutrack collect. Without live sensors nothing is wrong.",
    links=(Link("Devices", DEVICES),),
    columns=(
        Column(
            "lowest battery",
            looks=(
                ("unit", "percent"),
                ("color", {"mode": "thresholds"}),
                (
                    "thresholds",
                    {"mode": "absolute", "steps": [{"color": ORANGE, "value": None}, {"color": BLUE, "value": 20}]},
                ),
            ),
        ),
        Column("sensors", looks=coloured(GREY)),
    ),
)
