"""Holds the files of ``dashboards/`` against the schema and against what the description makes of itself."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from imutrack.grafana.alerts import RULES
from imutrack.grafana.asking import problems_of
from imutrack.grafana.files import DEFAULT_ZONE, contents
from imutrack.grafana.rendering import CURVES_UID, DATA_UID
from imutrack.words import DISCLAIMER

__all__ = ["problems", "problems_of_dashboard"]

_SECRET: Final = re.compile(
    r"(?i:token) +(?!\$)[\w+/=-]{12,}|(?i:password|secret|api_?key)[\"']? *[:=] *[\"']?(?!\$)[^\s\"'$]{6,}|"
    r"[A-Za-z0-9+/_-]{60,}={0,2}"
)
_WIDTH: Final = 24
_PLAN: Final = re.compile(r'FROM "plan" WHERE')  # a plan may be older than any period


def problems(folder: Path) -> list[str]:
    """Return what is wrong with the files, a line for each; nothing when all is right.

    Args:
        folder: ``dashboards/`` or what ``imutrack dashboards build`` wrote.
    """
    return [*_of_files(folder), *_of_alerts()]


def problems_of_dashboard(board: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with one dashboard, as Grafana reads it."""
    variables = [each["name"] for each in board["templating"]["list"]]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield from _of_query(f"variable {variable['name']}", variable, variable["query"], variables)
    for event in board["annotations"]["list"]:
        yield from _of_query(f"annotation {event['name']}", event, event["target"]["query"], variables)
    for panel in board["panels"]:
        if panel["type"] != "text":
            yield from _of_panel(panel, variables)
    yield from _of_places(board["panels"])
    if not any(panel["type"] == "text" and DISCLAIMER in panel["options"]["content"] for panel in board["panels"]):
        yield "does not say that it is no medical device"


def _of_files(folder: Path) -> Iterator[str]:
    boards: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix not in {".json", ".yaml", ".yml", ".md", ".sh", ".example"}:
            continue
        text = path.read_text(encoding="utf-8")
        if found := _SECRET.search(text):
            yield f"{path}: looks as if it held a secret: {found[0][:12]}..."
        if path.suffix == ".json":
            try:
                boards[str(path)] = json.loads(text)
            except ValueError as error:
                yield f"{path}: is no JSON: {error}"
    for name, board in boards.items():
        yield from (f"{name}: {problem}" for problem in problems_of_dashboard(board))
    for (one, left), (other, right) in combinations(boards.items(), 2):
        if left["uid"] == right["uid"]:
            yield f"{one} and {other}: have the same uid {left['uid']}"
    zones = {DEFAULT_ZONE if board["timezone"] == "utc" else board["timezone"] for board in boards.values()}
    if len(zones) > 1:
        yield f"{folder}: the dashboards are in several time zones: {', '.join(sorted(zones))}"
    for name, text in contents(min(zones, default=DEFAULT_ZONE)).items():
        path = folder / name
        if not path.is_file():
            yield f"{path}: is missing: run imutrack dashboards build --out {folder}"
        elif path.read_text(encoding="utf-8") != text:
            yield f"{path}: is not what the description makes: run imutrack dashboards build --out {folder}"


def _of_panel(panel: Mapping[str, Any], variables: list[str]) -> Iterator[str]:
    name, looks = f"panel {panel['title']!r}", panel["fieldConfig"]["defaults"]
    if not panel["title"].endswith("?"):
        yield f"{name}: the title is no question"
    if not panel["description"]:
        yield f"{name}: has no description"
    if not looks.get("unit"):
        yield f"{name}: has no unit; say none where it is a plain number"
    if len(looks.get("noValue", "")) < 10:
        yield f"{name}: does not say what to do when there is nothing to show"
    if not panel["links"]:
        yield f"{name}: leads nowhere"
    for target in panel["targets"]:
        table = target["resultFormat"] == "table"
        yield from _of_query(name, target, target["query"], variables, table=table)


def _of_query(
    name: str, holder: Mapping[str, Any], query: str, variables: list[str], *, table: bool = False
) -> Iterator[str]:
    wanted = CURVES_UID if '"trace"."trace"' in query else DATA_UID
    if (uid := holder["datasource"]["uid"]) != wanted:
        yield f"{name}: asks the datasource {uid}, not {wanted}"
    period = not _PLAN.search(query)
    yield from (f"{name}: {problem}" for problem in problems_of(query, variables, table=table, period=period))


def _of_places(panels: list[Mapping[str, Any]]) -> Iterator[str]:
    places = [(panel["id"], panel["gridPos"]) for panel in panels]
    for number, place in places:
        if place["x"] + place["w"] > _WIDTH:
            yield f"panel {number}: reaches beyond the right edge"
    for (one, left), (other, right) in combinations(places, 2):
        apart = any(
            left[at] + left[size] <= right[at] or right[at] + right[size] <= left[at]
            for at, size in (("x", "w"), ("y", "h"))
        )
        if one == other or not apart:
            yield f"panels {one} and {other}: lie on each other or have one id"


def _of_alerts() -> Iterator[str]:
    uids = [rule.uid for rule in RULES]
    if len(set(uids)) < len(uids):
        yield "alert rules: two have the same uid"
    for rule in RULES:
        for query in rule.queries:
            yield from (f"alert {rule.title!r}: {problem}" for problem in problems_of(query, (), period=False))
            if "$" in query:
                yield f"alert {rule.title!r}: holds a $, though it is asked without a dashboard and its variables"
