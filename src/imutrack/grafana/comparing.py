"""Whether what Grafana holds is what is meant, although Grafana adds to what it is given and migrates dashboards.

Each dashboard is sent with a hidden constant that names the version of this package and what the dashboard is made of:
it survives every migration, and tells a difference in colour or unit that cannot be read back. What is asked and in
which panel is compared as well, so that a dashboard changed by hand is found. Of datasources and rules, everything
that is meant must be there; more may be.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

__all__ = ["deployed_version", "holds", "marked", "same_dashboard"]

_MARK: Final = "imutrack_deployed"
_DIGITS: Final = 16  # of a hash; enough to tell versions apart


def holds(there: Any, meant: Any) -> bool:
    """Return whether all that is meant is there; what was added to an object does not matter."""
    if isinstance(meant, Mapping):
        return isinstance(there, Mapping) and all(
            name in there and holds(there[name], value) for name, value in meant.items()
        )
    if isinstance(meant, Sequence) and not isinstance(meant, str):
        listed = isinstance(there, Sequence) and not isinstance(there, str) and len(there) == len(meant)
        return listed and all(holds(one, other) for one, other in zip(there, meant, strict=True))
    return bool(there == meant)


def marked(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dashboard with the constant that names its version; Grafana gives the numeric id."""
    digest = hashlib.sha256(json.dumps(dashboard, sort_keys=True).encode()).hexdigest()[:_DIGITS]
    named = f"{version('imutrack')} {digest}"
    chosen = {"selected": True, "text": named, "value": named}
    constant = {
        "current": chosen,
        "description": "Which version of imutrack this dashboard comes from.",
        "hide": 2,
        "label": "",
        "name": _MARK,
        "options": [chosen],
        "query": named,
        "skipUrlSync": True,
        "type": "constant",
    }
    variables = [*_variables(dashboard), constant]
    return {**dashboard, "id": None, "templating": {"list": variables}}


def same_dashboard(there: Mapping[str, Any], meant: Mapping[str, Any]) -> bool:
    """Return whether Grafana holds this dashboard, unchanged since.

    Args:
        there: as Grafana gives it.
        meant: without the constant.
    """
    told = _mark(there)
    if told and told.rpartition(" ")[2] != _mark(marked(meant)).rpartition(" ")[2]:
        return False
    return _asked(there) == _asked(meant)  # without a mark it comes from a file


def deployed_version(there: Mapping[str, Any]) -> str:
    """Return the version of this package that a dashboard comes from; empty where it does not say."""
    return _mark(there).rpartition(" ")[0]


def _mark(dashboard: Mapping[str, Any]) -> str:
    return next((str(each.get("query", "")) for each in _variables(dashboard) if each.get("name") == _MARK), "")


def _variables(dashboard: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((dashboard.get("templating") or {}).get("list") or ())


def _asked(dashboard: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, list[str]]]]:
    """Return title, time zone, and of each panel its title and queries, in an order of their own."""
    panels = [
        (str(panel.get("title") or ""), [str(each.get("query") or "") for each in panel.get("targets") or ()])
        for panel in dashboard.get("panels") or ()
    ]
    return str(dashboard.get("title") or ""), str(dashboard.get("timezone") or ""), sorted(panels)
