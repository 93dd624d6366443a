"""How the dashboards ask: points by their tags and the period first, what else must hold of them afterwards.

InfluxDB 1 keeps an index of tags. A condition on a field that stands beside one on a tag makes it walk through every
series of the measurement, for each such condition: 4 ms at 30,000 series, and 30 to 100 ms where an OR joins them.
So the points of patients are found by tags and time in a SELECT of their own, and conditions on fields, also that a
point was not replaced, stand around it. A query then takes as long for one patient of ten thousand as for one of ten.
"""

# ruff: noqa: S608 - queries of our own names

import re
from typing import Final

from imutrack.clinic.days.rules import Rule
from imutrack.clinic.days.wording import WHY
from imutrack.stores.schema import MEASUREMENTS, Measurement

__all__ = [
    "BY_DAY",
    "COUNTED",
    "EVERYBODY",
    "MINE",
    "OF_CLINIC",
    "OF_EXERCISE",
    "OF_PATIENT",
    "OF_SIDES",
    "SILENT",
    "TRUSTED",
    "ask",
    "tag_values",
]

COUNTED: Final = '"withdrawn" = false'
"""Points that were not replaced."""

TRUSTED: Final = "\"quality\" != 'withheld'"
"""Results that can be trusted enough to be shown."""

SILENT: Final = f'"why" =~ /{WHY[Rule.SILENT].partition("{")[0]}/'
"""Days of silence as the roll-up finds it: also of who never began, whose days have no number, and not of who has come
back from a pause."""

OF_CLINIC: Final = "\"clinic\" = '${clinic:raw}'"
"""Of the clinic that is chosen; where none has a name, nothing stands there, and points without a clinic are meant."""

OF_PATIENT: Final = "\"patient\" = '${patient:raw}'"
OF_SIDES: Final = f"{OF_PATIENT} AND \"exercise\" = '${{exercise:raw}}'"
OF_EXERCISE: Final = f"{OF_SIDES} AND \"side\" = '${{side:raw}}'"

BY_DAY: Final = "tz('${zone:raw}')"
"""Days begin at the clinic's midnight."""

MINE: Final = '("therapist" =~ /^(${therapist:regex})$/ AND "patient" =~ /./)'
EVERYBODY: Final = '.*)$/ OR "patient" =~ /^(.*'  # a pattern alone leaves out those who have no therapist

_PERIOD: Final = "$timeFilter"
_FAR: Final = 1_000_000  # below every number of the schema
_NAME: Final = re.compile(r'"(\w+)"')


def ask(what: str, source: str, of: str, *, when: str = "", by: str = "", rest: str = "", period: str = _PERIOD) -> str:
    """Return a query of the points that count.

    Args:
        what: columns, as SELECT has them; a tag too, unless it is in ``by``.
        source: measurement, or several with commas between.
        of: conditions on tags.
        when: conditions on fields, in parentheses where they hold an OR.
        by: what is grouped by, such as ``time(1d), "trial"``.
        rest: what follows, such as the order.
        period: condition on time; nothing for all time.
    """
    measured = [MEASUREMENTS[name] for name in source.split(", ")]
    after = (f" GROUP BY {by}" if by else "") + (f" {rest}" if rest else "")
    if all("patient" not in each.tags for each in measured):  # few series, each with a point for every 10 s
        return f'SELECT {what} FROM "{source}" WHERE {_all(of, when, COUNTED, period)}{after}'
    tags = _NAME.findall(by)
    points = _points(f"{what} {when} {COUNTED}", measured, _all(of, period), tags)
    # a sum without a period would be one of 1970; a point without any of the numbers would draw an empty chart
    said = period if "(" in what or "time(" in by else _told(what, measured)
    return f"SELECT {what} FROM ({points}) WHERE {_all(when, COUNTED, said)}{after}"


def tag_values(tag: str, source: str, *of: str) -> str:
    """Return a query of the values that a tag has in the period.

    Args:
        tag: name.
        source: measurement.
        of: conditions on other tags.
    """
    return f'SHOW TAG VALUES FROM "{source}" WITH KEY = "{tag}" WHERE {_all(*of, _PERIOD)}'


def _points(used: str, measured: list[Measurement], of: str, tags: list[str]) -> str:
    """Return the inner query: of the names that are used outside, those that are columns, and the groups by tags."""
    known = {field.name for each in measured for field in each.fields} | _tags(measured) - {*tags}
    columns = ", ".join(f'"{name}"' for name in dict.fromkeys(_NAME.findall(used)) if name in known)
    places = ", ".join(f'"trace"."{each.name}"' if each.storage == "curves" else f'"{each.name}"' for each in measured)
    grouped = " GROUP BY " + ", ".join(f'"{tag}"' for tag in tags) if tags else ""
    return f"SELECT {columns} FROM {places} WHERE {of}{grouped}"


def _told(what: str, measured: list[Measurement]) -> str:
    """Return the condition that one of the columns at least is there, where all of them are numbers."""
    types = {field.name: field.type for each in measured for field in each.fields}
    asked = [name for name in dict.fromkeys(_NAME.findall(re.sub(r' AS "[^"]+"', "", what))) if name in types]
    if any(types[name] not in {"int", "float"} for name in asked) or any(f'"{tag}"' in what for tag in _tags(measured)):
        return ""
    there = " OR ".join(f'"{name}" > -{_FAR}' for name in asked)
    return f"({there})"


def _all(*conditions: str) -> str:
    return " AND ".join(each for each in conditions if each)


def _tags(measured: list[Measurement]) -> set[str]:
    return {tag for each in measured for tag in each.tags}
