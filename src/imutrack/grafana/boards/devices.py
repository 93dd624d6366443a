"""The sensors and the way of their data, for the engineer."""

# ruff: noqa: S608 - queries of our own names

from typing import Final

from imutrack.grafana.boards.common import CLINIC, DEVICES, IN_PERIOD, coloured, width
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, ORANGE

__all__ = ["BOARD"]

_OF_SENSORS: Final = f'"sensor" =~ /^(${{sensor:regex}})$/ AND {IN_PERIOD}'
_NONE: Final = "No sensor reported in this period: start imutrack collect, or choose a longer period."
_CLINIC: Final = Link("Clinic", CLINIC)
_SENSOR_OF_ROW: Final = Link("This sensor only", DEVICES, give=(("sensor", "sensor"),), time="same")


def _low(limit: float) -> tuple[tuple[str, object], ...]:
    """Return the looks of a value that is orange below a limit."""
    steps = [{"color": ORANGE, "value": None}, {"color": BLUE, "value": limit}]
    return (("color", {"mode": "thresholds"}), ("thresholds", {"mode": "absolute", "steps": steps}))


def _high(limit: float) -> tuple[tuple[str, object], ...]:
    """Return the looks of a value that is orange from a limit on."""
    steps = [{"color": BLUE, "value": None}, {"color": ORANGE, "value": limit}]
    return (("color", {"mode": "thresholds"}), ("thresholds", {"mode": "absolute", "steps": steps}))


def _over_time(title: str, text: str, field: str, unit: str, **looks: object) -> Panel:
    """Return a chart with a line for each sensor: the mean of a few minutes."""
    return Panel(
        title=title,
        text=text,
        kind="timeseries",
        unit=unit,
        queries=(
            Query(
                f'SELECT mean("{field}") AS "{field}" FROM "link" WHERE {_OF_SENSORS} '
                'GROUP BY time($__interval), "sensor" fill(none)',
                "$tag_sensor",
            ),
        ),
        size=(8, 7),
        empty=_NONE,
        links=(_CLINIC,),
        looks=(
            ("color", {"mode": "palette-classic-by-name"}),
            ("custom.showPoints", "never"),
            ("custom.spanNulls", 3_600_000),
            *looks.items(),
        ),
    )


def _latest(title: str, text: str, query: str, unit: str, looks: tuple[tuple[str, object], ...]) -> Panel:
    """Return a bar for each sensor."""
    return Panel(
        title=title,
        text=text,
        kind="bargauge",
        unit=unit,
        queries=(Query(f'SELECT {query} FROM "link" WHERE {_OF_SENSORS} GROUP BY "sensor"', "$tag_sensor"),),
        size=(8, 6),
        empty=_NONE,
        links=(_CLINIC,),
        looks=(("min", 0), *looks),
    )


BATTERY: Final = _latest(
    "Which battery is low?",
    "Charge when a sensor last reported; orange below 20 %: charge it.",
    'last("battery_pct")',
    "percent",
    (("max", 100), ("decimals", 0), *_low(20)),
)
BACKLOG: Final = _latest(
    "Is anything waiting to be sent?",
    "Points that wait for InfluxDB. A number that stays above 0: imutrack doctor.",
    'last("backlog")',
    "short",
    (("decimals", 0), *_high(1000)),
)
RECONNECTS: Final = _latest(
    "Who keeps losing the connection?",
    "Connections made anew within the period. Many: move the computer nearer, or charge the sensor.",
    'max("reconnects") - min("reconnects")',
    "short",
    (("decimals", 0), *_high(10)),
)
SIGNAL: Final = _over_time(
    "Is the signal strong enough?", "Nearer to 0 is stronger; below -85 dBm readings get lost.", "rssi_dbm", "dBm"
)
MISSING: Final = _over_time(
    "Are readings missing?",
    "Share of the readings that never came. Above 5 % a set may be withheld.",
    "missing_pct",
    "percent",
    min=0,
)
CLOCK: Final = _over_time(
    "Do the sensors' clocks drift?",
    "How much faster than the computer's clock each runs, in millionths: 50 is 4 s a day.",
    "clock_ppm",
    "suffix: ppm",
)
SEEN: Final = Panel(
    title="When was each sensor last seen?",
    text="The last report of each sensor. A click on a name shows that sensor only.",
    kind="table",
    queries=(
        Query(
            'SELECT "battery_pct", "rssi_dbm", "missing_pct", "reconnects", "backlog" FROM "link" '
            f'WHERE {_OF_SENSORS} GROUP BY "sensor" ORDER BY time DESC LIMIT 1'
        ),
    ),
    size=(24, 7),
    empty=_NONE,
    links=(_CLINIC,),
    columns=(
        Column("Time", "Last seen", looks=width(200, unit="dateTimeFromNow")),
        Column("sensor", "Sensor", link=_SENSOR_OF_ROW),
        Column("battery_pct", "Battery", looks=(("unit", "percent"), ("decimals", 0))),
        Column("rssi_dbm", "Signal", looks=(("unit", "dBm"), ("decimals", 0))),
        Column("missing_pct", "Missing", looks=(("unit", "percent"), ("decimals", 1))),
        Column("reconnects", "Reconnects"),
        Column("backlog", "Waiting"),
    ),
    looks=coloured(BLUE),
)

BOARD: Final = Board(
    uid=DEVICES,
    title="Devices",
    text="For the engineer: batteries, radio, clocks and what waits to be sent.",
    since="now-24h",
    refresh="1m",
    rows=((BATTERY, BACKLOG, RECONNECTS), (SIGNAL, MISSING, CLOCK), (SEEN,)),
    variables=(
        Variable(
            "sensor",
            "Sensor",
            'SHOW TAG VALUES FROM "link" WITH KEY = "sensor" WHERE $timeFilter',
            "Label on the strap",
            several=True,
        ),
    ),
    folder="imutrack devices",
)
