"""From the description to Grafana's classic dashboard format, schema 39, which versions 10 to 13 read.

Only what every one of these versions has is used: panels that need a migration are written in the form from which all
of them migrate. Columns are renamed and coloured by overrides that match the name InfluxDB answers with.
"""

from typing import Any, Final

from imutrack.grafana.model import Annotation, Board, Column, Link, Panel, Query, Variable
from imutrack.grafana.panel_kinds import OPTIONS, looks_of
from imutrack.words import DISCLAIMER

__all__ = ["CURVES_UID", "DATA_UID", "TAG", "rendered"]

DATA_UID: Final = "imutrack"
"""uid of the datasource of all but the curves."""

CURVES_UID: Final = "imutrack-trace"
"""uid of the datasource of the curves: InfluxDB 3 keeps them in another database, where 1 and 2 have a policy."""

TAG: Final = "imutrack"
_SCHEMA: Final = 39
_TYPE: Final = "influxdb"
_WIDTH: Final = 24
_DISCLAIMER_HEIGHT: Final = 4  # all of it on a phone; at a desk it stands in the first two rows
_PANEL_LINK: Final = {
    "asDropdown": False,
    "icon": "external link",
    "includeVars": False,
    "keepTime": False,
    "tags": [],
    "tooltip": "",
    "type": "link",
}
_ALL: Final = {"selected": True, "text": ["All"], "value": ["$__all"]}
_NOTHING: Final = {"selected": False, "text": "", "value": ""}  # the first answer is taken


def rendered(board: Board, zone: str) -> dict[str, Any]:
    """Return a dashboard as Grafana reads it.

    Args:
        board: what it is made of.
        zone: the clinic's time zone, IANA; hours are shown in it.
    """
    panels: list[dict[str, Any]] = []
    top = 0
    for row in board.rows:
        left = 0
        for panel in row:
            width, height = panel.size
            place = {"x": left, "y": top, "w": width, "h": height}
            panels.append(_panel(panel, len(panels) + 1, place))
            left += width
        top += max(panel.size[1] for panel in row)
    panels.append(_disclaimer(len(panels) + 1, top))
    return {
        "annotations": {"list": [_annotation(each) for each in board.annotations]},
        "description": board.text,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": None,
        "links": [_other_boards()],
        "liveNow": False,
        "panels": panels,
        "refresh": board.refresh,
        "schemaVersion": _SCHEMA,
        "tags": [TAG],
        "templating": {"list": [_variable(each, zone) for each in board.variables]},
        "time": {"from": board.since, "to": "now"},
        "timepicker": {},
        "timezone": "utc" if zone == "UTC" else zone,  # Grafana's own word for it
        "title": board.title,
        "uid": board.uid,
        "version": 1,
        "weekStart": "monday",
    }


def url(link: Link) -> str:
    """Return where a link leads; Grafana fills in what stands between braces."""
    said = [f"${{{name}:queryparam}}" for name in link.carry]
    said += [f"var-{name}=${{__data.fields.{column}}}" for name, column in link.give]
    if link.time == "same":
        said.append("${__url_time_range}")
    elif link.time == "of row":
        said.append("from=${__data.fields.Time.numeric}&to=${__data.fields.end_ms.numeric}")
    elif link.time == "of variables":
        said.append("from=${begin:raw}&to=${end:raw}")
    return f"/d/{link.to}" + (f"?{'&'.join(said)}" if said else "")


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    defaults, options = looks_of(panel), OPTIONS[panel.kind] | dict(panel.options)
    if panel.over:
        options |= {"xField": panel.over}
    made: dict[str, Any] = {
        "datasource": _source(panel.queries[0]),
        "description": panel.text,
        "fieldConfig": {"defaults": defaults, "overrides": _overrides(panel)},
        "gridPos": place,
        "id": number,
        "links": [_PANEL_LINK | _link(link) for link in panel.links],
        "options": options,
        "targets": [_target(panel, query, "ABCDEFGH"[index]) for index, query in enumerate(panel.queries)],
        "title": panel.title,
        "transformations": _transformations(panel),
        "type": panel.kind,
    }
    if panel.since:
        # big numbers and lists say their period in the title or the description; in a chart it must be seen
        made |= {"timeFrom": panel.since, "hideTimeOverride": panel.kind in {"stat", "table"}}
    if panel.step:
        made["interval"] = panel.step
    return made


def _overrides(panel: Panel) -> list[dict[str, Any]]:
    made = []
    if panel.kind == "table":  # else every empty cell would say what to do when the whole table is empty
        made.append(_override(Column("/.*/", looks=(("noValue", "–"),))))
    made += [_override(column) for column in panel.columns]
    # a column that a transformation takes out cannot be reached from a link, which carries what would be shown; later
    # versions of Grafana rename this when they load it
    made += [_override(Column(name, looks=(("custom.hidden", True), ("noValue", "")))) for name in panel.hide]
    return made


def _override(column: Column) -> dict[str, Any]:
    matcher = "byRegexp" if column.name.startswith("/") else "byName"
    said = [("displayName", column.title)] if column.title else []
    properties = [{"id": name, "value": value} for name, value in (*said, *column.looks)]
    if column.link:
        properties.append({"id": "links", "value": [_link(column.link)]})
    return {"matcher": {"id": matcher, "options": column.name}, "properties": properties}


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    if panel.sort:
        made.append({"id": "sortBy", "options": {"fields": {}, "sort": [{"field": panel.sort, "desc": True}]}})
    if panel.over:
        made.append({"id": "joinByField", "options": {"byField": panel.over, "mode": "outer"}})
    return made


def _target(panel: Panel, query: Query, name: str) -> dict[str, Any]:
    return {
        "alias": query.legend,
        "datasource": _source(query),
        "query": query.text,
        "rawQuery": True,
        "refId": name,
        "resultFormat": "table" if panel.kind in {"table", "trend", "xychart"} else "time_series",
    }


def _source(query: Query) -> dict[str, str]:
    return {"type": _TYPE, "uid": CURVES_UID if query.curves else DATA_UID}


def _link(link: Link) -> dict[str, Any]:
    return {"title": link.title, "url": url(link), "targetBlank": False}


def _other_boards() -> dict[str, Any]:
    return {
        "asDropdown": False,
        "icon": "external link",
        "includeVars": True,
        "keepTime": False,
        "tags": [TAG],
        "targetBlank": False,
        "title": "",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }


def _variable(variable: Variable, zone: str) -> dict[str, Any]:
    common = {
        "description": variable.text,
        "hide": 2 if variable.hidden else 0,
        "label": variable.label,
        "name": variable.name,
        "query": variable.query,
        "skipUrlSync": False,
    }
    if variable.kind == "zone":
        chosen = {"selected": True, "text": zone, "value": zone}
        return common | {"type": "textbox", "query": zone, "current": chosen, "options": [chosen]}
    made = common | {
        "current": _NOTHING,
        "datasource": {"type": _TYPE, "uid": DATA_UID},
        "includeAll": variable.several,
        "multi": variable.several,
        "options": [],
        "refresh": 2,  # with the period: InfluxDB 3 lists only what lies in it
        "regex": "",
        "sort": 0,
        "type": "query",
    }
    if variable.several:
        made |= {"allValue": variable.every, "current": _ALL}
    return made


def _annotation(annotation: Annotation) -> dict[str, Any]:
    said = {"query": annotation.query, "textColumn": annotation.column}
    return {
        "datasource": {"type": _TYPE, "uid": DATA_UID},
        "enable": True,
        "hide": False,
        "iconColor": annotation.colour,
        "name": annotation.name,
        "target": {"refId": "Anno", "fromAnnotations": True, "rawQuery": True, **said},
    }


def _disclaimer(number: int, top: int) -> dict[str, Any]:
    return {
        "description": "Where the limits of these dashboards are.",
        "fieldConfig": {"defaults": {}, "overrides": []},
        "gridPos": {"x": 0, "y": top, "w": _WIDTH, "h": _DISCLAIMER_HEIGHT},
        "id": number,
        "options": {"mode": "markdown", "content": f"<small>{DISCLAIMER}</small>"},
        "title": "",
        "transparent": True,
        "type": "text",
    }
