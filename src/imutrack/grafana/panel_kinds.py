"""How each kind of panel is drawn unless a panel says otherwise."""

from typing import Any, Final

from imutrack.grafana.model import Kind, Panel
from imutrack.grafana.style import BLUE, GREY, fixed

__all__ = ["OPTIONS", "looks_of"]

_LEGEND: Final = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
_LAST: Final = {"calcs": ["lastNotNull"], "fields": "", "values": False}

OPTIONS: Final[dict[Kind, dict[str, Any]]] = {
    "stat": {
        "colorMode": "background_solid",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "reduceOptions": _LAST,
        "textMode": "value_and_name",
        "wideLayout": True,
    },
    "table": {
        "cellHeight": "sm",
        "frameIndex": 0,
        "showHeader": True,
    },
    "timeseries": {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "none"}},
    "trend": {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "none"}},
    "bargauge": {
        "displayMode": "basic",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": _LAST,
        "showUnfilled": False,
        "sizing": "auto",
        "valueMode": "text",
    },
    # the form of 10.0, from which every later version migrates: it names the columns itself
    "xychart": {
        "dims": {"frame": 0},
        "legend": _LEGEND | {"showLegend": False},
        "series": [],
        "seriesMapping": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    },
}

_LINE: Final = {
    "axisBorderShow": False,
    "axisCenteredZero": False,
    "axisColorMode": "text",
    "axisLabel": "",
    "axisPlacement": "auto",
    "barAlignment": 0,
    "drawStyle": "line",
    "fillOpacity": 0,
    "gradientMode": "none",
    "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    "lineInterpolation": "linear",
    "lineWidth": 2,
    "pointSize": 7,
    "scaleDistribution": {"type": "linear"},
    "showPoints": "always",
    "spanNulls": True,
    "stacking": {"group": "A", "mode": "none"},
    "thresholdsStyle": {"mode": "off"},
}

_CUSTOM: Final[dict[Kind, dict[str, Any]]] = {
    "stat": {},
    "table": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
    "timeseries": _LINE,
    "trend": _LINE,
    "bargauge": {},
    "xychart": {"show": "lines", "lineWidth": 1, "pointSize": {"fixed": 2}, "scaleDistribution": {"type": "linear"}},
}


def looks_of(panel: Panel) -> dict[str, Any]:
    """Return Grafana's field defaults of a panel; names such as ``custom.fillOpacity`` go below ``custom``."""
    made: dict[str, Any] = {
        "color": fixed(GREY if panel.kind in {"stat", "bargauge"} else BLUE),  # what is not there is unknown, not fine
        "custom": dict(_CUSTOM[panel.kind]),
        "mappings": [],
        "noValue": panel.empty,
        "thresholds": {"mode": "absolute", "steps": [{"color": BLUE, "value": None}]},
        "unit": panel.unit,
    }
    for name, value in panel.looks:
        outer, _, inner = name.partition(".")
        if inner:
            made[outer] = made[outer] | {inner: value}
        else:
            made[outer] = value
    return made
