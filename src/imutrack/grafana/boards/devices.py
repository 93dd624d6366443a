"""The sensors and the way of their data, for the engineer."""

from typing import Final

from imutrack.grafana.boards.common import (
    CLINIC,
    DEVICES,
    LOW_BATTERY_PCT,
    clinic_variable,
    coloured,
    high,
    low,
    width,
)
from imutrack.grafana.boards.queries import OF_CLINIC, ask, tag_values
from imutrack.grafana.model import Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.style import BLUE, DASHES, LINES, shares

__all__ = ["BOARD"]

_OF_SENSORS: Final = f'{OF_CLINIC} AND "sensor" =~ /^(${{sensor:regex}})$/'
_NONE: Final = "No sensor reported in this period: start imutrack collect, or choose a longer period."
_CLINIC: Final = Link("Clinic", CLINIC, carry=("clinic",))
_SENSOR_OF_ROW: Final = Link("This sensor only", DEVICES, carry=("clinic",), give=(("sensor", "sensor"),), time="same")


# Grafana chooses colours by itself, not all of which any eye can tell apart; which names come is not known here. So a
# label's first sign gives the colour and its last the dashes: the same line for the same strap in every chart.
_TOLD_APART: Final = (
    *(Column(f"/^{signs}/i", looks=coloured(line)) for signs, line in zip(shares(len(LINES)), LINES, strict=True)),
    *(
        Column(f"/{signs}$/i", looks=(("custom.lineStyle", {"fill": "dash", "dash": list(dashes)}),))
        for signs, dashes in zip(shares(len(DASHES)), DASHES, strict=True)
        if dashes
    ),
)


def _over_time(title: str, text: str, field: str, unit: str, **looks: object) -> Panel:
    """Return a chart with a line for each sensor: the mean of a quarter of an hour, or more in a long period."""
    return Panel(
        title=title,
        text=f"{text} Means of 15 minutes or more. The first sign of a label gives its colour, the last its dashes.",
        kind="timeseries",
        unit=unit,
        queries=(
            Query(
                ask(
                    f'mean("{field}") AS "{field}"',
                    "link",
                    _OF_SENSORS,
                    by='time($__interval), "sensor"',
                    rest="fill(none)",
                ),
                "$tag_sensor",
            ),
        ),
        size=(8, 7),
        step="15m",
        empty=_NONE,
        links=(_CLINIC,),
        columns=_TOLD_APART,
        looks=(
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
        queries=(Query(ask(query, "link", _OF_SENSORS, by='"sensor"'), "$tag_sensor"),),
        size=(8, 6),
        empty="No sensor has reported",
        links=(_CLINIC,),
        looks=(("min", 0), *looks),
    )


BATTERY: Final = _latest(
    "Which battery is low?",
    f"Charge when a sensor last reported; orange below {LOW_BATTERY_PCT} %: charge it.",
    'last("battery_pct")',
    "percent",
    (("max", 100), ("decimals", 0), *low(LOW_BATTERY_PCT)),
)
BACKLOG: Final = _latest(
    "Is anything waiting to be sent?",
    "Points that wait for InfluxDB. A number that stays above 0: imutrack doctor.",
    'last("backlog")',
    "short",
    (("decimals", 0), *high(1000)),
)
RECONNECTS: Final = _latest(
    "Who keeps losing the connection?",
    "Connections made anew within the period. Many: move the computer nearer, or charge the sensor.",
    'max("reconnects") - min("reconnects")',
    "short",
    (("decimals", 0), *high(10)),
)
SIGNAL: Final = _over_time(
    "Is the signal strong enough?",
    "Nearer to 0 is stronger; below -85 dBm readings get lost.",
    "rssi_dbm",
    "suffix:dBm",
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
    "suffix:ppm",
)
SEEN: Final = Panel(
    title="When was each sensor last seen?",
    text="The last report of each sensor. A click on a name shows that sensor only.",
    kind="table",
    queries=(
        Query(
            ask(
                '"battery_pct", "rssi_dbm", "missing_pct", "reconnects", "backlog"',
                "link",
                _OF_SENSORS,
                by='"sensor"',
                rest="ORDER BY time DESC LIMIT 1",
            ),
        ),
    ),
    size=(24, 9),
    empty=_NONE,
    links=(_CLINIC,),
    columns=(
        Column("Time", "Last seen", looks=width(200, unit="dateTimeFromNow")),
        Column("sensor", "Sensor", link=_SENSOR_OF_ROW),
        Column("battery_pct", "Battery", looks=(("unit", "percent"), ("decimals", 0))),
        Column("rssi_dbm", "Signal", looks=(("unit", "suffix:dBm"), ("decimals", 0))),
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
        clinic_variable("link"),
        Variable(
            "sensor",
            "Sensor",
            tag_values("sensor", "link", OF_CLINIC),
            "Label on the strap",
            several=True,
        ),
    ),
    folder="imutrack devices",
)
