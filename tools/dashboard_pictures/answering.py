"""Asks what Grafana asks when somebody opens a dashboard: its variables one after the other, then every panel."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from imutrack.errors import SettingsError
from imutrack.grafana.expanding import expanded

__all__ = ["Ask", "Visit", "picture_of"]

Json = dict[str, Any]
Ask = Callable[[str], list[Json]]
"""InfluxQL -> the series of the answer; times in ms."""

Values = dict[str, str | Sequence[str]]
UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who opens a dashboard, and when.

    Attributes:
        now_ms: Unix epoch ms.
        chosen: name of a variable -> what a person chooses; of others the first answer is taken, as Grafana does it.
        period_ms: begin and end where a link gave them; None takes the dashboard's own.
    """

    now_ms: int
    chosen: Mapping[str, str]
    period_ms: tuple[int, int] | None = None


def picture_of(board: Json, ask: Ask, visit: Visit) -> Json:
    """Return what the page needs to draw a dashboard: its JSON, and the answer to everything it asks.

    Raises:
        SettingsError: a query puts in a variable that is not there, or a period cannot be read.
    """
    zone = ZoneInfo(board["timezone"].upper() if board["timezone"] == "utc" else board["timezone"])
    period = visit.period_ms or period_of(board["time"]["from"], visit.now_ms, zone)
    values, variables = _variables(board, ask, visit.chosen, period)
    periods: Json = {"all": period}
    answers: Json = {}
    for panel in board["panels"]:
        own = period_of(panel["timeFrom"], visit.now_ms, zone) if panel.get("timeFrom") else period
        periods[panel["id"]] = own
        queries = [target["query"] for target in panel.get("targets", ())]
        least_ms = _length_ms(panel.get("interval", "")) or 1
        answers[panel["id"]] = [ask(query) for query in expanded(queries, values, *own, least_ms)]
    return {
        "board": board,
        "variables": variables,
        "answers": answers,
        "periods": periods,
        "period": _in_words(period, zone) if visit.period_ms else _since_in_words(board["time"]["from"]),
        "marks": _marks(board, ask, values, period),
        "now_ms": visit.now_ms,
    }


def period_of(said: str, now_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return begin and end, Unix epoch ms, of ``now-12w``, ``2d`` or ``now/d``.

    >>> period_of("now-2h", 7_200_005, ZoneInfo("UTC"))
    (5, 7200005)
    >>> period_of("now/d", 86_400_005, ZoneInfo("UTC"))
    (86400000, 86400005)
    """
    if said == "now/d":
        midnight = datetime.fromtimestamp(now_ms / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return round(midnight.timestamp() * 1000), now_ms
    if not (length_ms := _length_ms(said)):
        raise SettingsError(f"period {said}: know now/d, and such as now-12w or 2d")
    return now_ms - length_ms, now_ms


def _length_ms(said: str) -> int:
    """Return how long ``now-12w`` or ``2d`` is; 0 where it says no length."""
    match = re.fullmatch(r"(?:now-)?(\d+)([mhdw])", said)
    return int(match[1]) * UNITS_MS[match[2]] if match else 0


def _variables(board: Json, ask: Ask, chosen: Mapping[str, str], period: tuple[int, int]) -> tuple[Values, list[Json]]:
    """Return what goes into queries, and what stands at the top of the page."""
    values: Values = {}
    shown = []
    for variable in board["templating"]["list"]:
        name = variable["name"]
        if variable["type"] != "query":
            values[name] = text = variable["current"]["value"]
        else:
            found = _first_columns(ask(expanded([variable["query"]], values, *period)[0]))
            if variable["includeAll"]:
                values[name], text = variable.get("allValue") or found, "All"
            else:
                one = chosen[name] if chosen.get(name) in found else next(iter(found), "")
                values[name], text = [one] if one else [], one
        shown.append({"name": name, "label": variable["label"], "hide": variable["hide"], "text": text})
    return values, shown


def _first_columns(series: Sequence[Json]) -> list[str]:
    """Return what a variable lists: the column after the time, or after the name of a tag."""
    found = [str(row[1]) for each in series for row in each["values"] if row[1] is not None]
    return list(dict.fromkeys(found))


def _marks(board: Json, ask: Ask, values: Values, period: tuple[int, int]) -> list[Json]:
    marks = []
    for annotation in board["annotations"]["list"]:
        (query,) = expanded([annotation["target"]["query"]], values, *period)
        times = [row[0] for each in ask(query) for row in each["values"]]
        marks += [{"time": time, "colour": annotation["iconColor"]} for time in times]
    return marks


def _since_in_words(said: str) -> str:
    amount, unit = said.removeprefix("now-")[:-1], said[-1]
    return f"Last {amount} {UNITS[unit]}"


def _in_words(period: tuple[int, int], zone: ZoneInfo) -> str:
    begin, end = (datetime.fromtimestamp(each / 1000, UTC).astimezone(zone) for each in period)
    return f"{begin:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S}"
