"""The clinic in a few big numbers."""

from typing import Final

from imutrack.grafana.boards.common import DEVICES, LOW_BATTERY_PCT, PATIENT, coloured, low
from imutrack.grafana.boards.queries import MINE, OF_CLINIC, ask
from imutrack.grafana.model import Column, Link, Panel, Query
from imutrack.grafana.style import BLUE, GREY, ORANGE, RED

__all__ = ["ACTIVE", "DONE_TODAY", "HOW_MANY", "NOW", "PATIENTS", "ROLLUP", "SENSORS", "TO_DEVICES"]

ACTIVE: Final = f"\"status\" = 'active' AND {MINE}"
ROLLUP: Final = "No patient has a day yet: let imutrack rollup run at night, then imutrack sync."
NOW: Final = "2d"  # last night's days, and those of the night before where they are still to be made
PATIENTS: Final = Link("Patient", PATIENT, carry=("clinic",))
TO_DEVICES: Final = Link("Devices", DEVICES, carry=("clinic",))


def _at_level(level: int, name: str) -> Query:
    latest = ask('last("level") AS "level"', "patient_day", OF_CLINIC, when=ACTIVE, by='"patient"')
    return Query(f'SELECT count("level") AS "patients" FROM ({latest}) WHERE "level" = {level}', name)  # noqa: S608


def _of_sensors(what: str, name: str) -> Query:
    latest = ask('last("battery_pct") AS "battery_pct"', "link", OF_CLINIC, by='"sensor"')
    return Query(f"SELECT {what} FROM ({latest})", name)  # noqa: S608


_SETS_OF_EACH: Final = ask('count("set_id") AS "sets"', "exercise_set", OF_CLINIC, by='"patient"')


HOW_MANY: Final = Panel(
    title="How many need a look?",
    text="Active patients by the level of their last day. A box that is missing stands for none. "
    "Level 3 is only for a stop that a patient reported, and for an approved limit.",
    kind="stat",
    queries=(_at_level(3, "! stop or limit"), _at_level(2, "look"), _at_level(1, "fine"), _at_level(0, "not known")),
    size=(10, 4),
    empty="No day: run imutrack rollup",
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
    text="Sets that came in since midnight, of how many patients, and balance trials; of all therapists. Where "
    "somebody was to exercise and nothing came in, look at Devices.",
    kind="stat",
    queries=(
        Query(
            f'SELECT sum("sets") AS "sets", count("sets") AS "patients" FROM ({_SETS_OF_EACH})',  # noqa: S608
            "$col",
        ),
        Query(ask('count("set_id") AS "trials"', "stance", OF_CLINIC), "balance trials"),
    ),
    size=(8, 4),
    empty="Nothing came in today",
    links=(PATIENTS, TO_DEVICES),
    looks=tuple(coloured(BLUE)),
    options=(("colorMode", "none"),),
    since="now/d",
)

SENSORS: Final = Panel(
    title="Are the sensors ready?",
    text="The lowest battery of all sensors seen within 28 days, and how many were seen. "
    f"Below {LOW_BATTERY_PCT} %: charge tonight. "
    "Where none has reported, start imutrack collect; a clinic without live sensors needs none.",
    kind="stat",
    queries=(
        _of_sensors('min("battery_pct") AS "lowest"', "lowest battery"),
        _of_sensors('count("battery_pct") AS "sensors"', "sensors"),
    ),
    size=(6, 4),
    empty="No live sensor has reported",
    links=(TO_DEVICES,),
    columns=(
        Column(
            "lowest battery",
            looks=(
                ("unit", "percent"),
                *low(LOW_BATTERY_PCT),
            ),
        ),
        Column("sensors", looks=coloured(GREY)),
    ),
)
