"""What a look at Grafana finds: whether datasources answer, and all dashboards and alert rules are of this version."""

from collections.abc import Generator, Mapping
from typing import Any, Final

from imutrack.errors import ImutrackError
from imutrack.grafana.comparing import deployed_version, holds, same_dashboard
from imutrack.grafana.deploy import RULES, as_the_api_has_it, choose
from imutrack.grafana.parts import Alerts, Parts
from imutrack.grafana.server import Grafana
from imutrack.influx.findings import Finding

__all__ = ["checked"]

_DEPLOY: Final = "run imutrack dashboards deploy"


def checked(grafana: Grafana, org: str | None, parts: Parts) -> Generator[Finding]:
    """Yield what is found in an organisation; nothing is changed.

    Args:
        grafana: open.
        org: name of the clinic's organisation; None where there is only one.
        parts: what should be there.
    """
    try:
        version = grafana.health()
        name = choose(grafana, org)
        yield Finding(True, f"Grafana {version} answers at {grafana.settings.url}, organisation {name!r}")
        for datasource in parts.datasources:
            yield _datasource(grafana, datasource)
        for folder, dashboard in parts.dashboards:
            yield _dashboard(grafana, folder, dashboard)
        if parts.alerts is not None:
            yield _rules(grafana, parts.alerts)
    except ImutrackError as error:
        what, _, fix = str(error).rpartition(": ")
        yield Finding(False, what, fix)


def _datasource(grafana: Grafana, meant: Mapping[str, Any]) -> Finding:
    uid = str(meant["uid"])
    there = grafana.find("/datasources/uid", uid)
    if there is None:
        return Finding(False, f"Grafana has no datasource with the uid {uid}", _DEPLOY)
    words = grafana.answers(uid)
    if words:
        fix = f"see whether Grafana reaches InfluxDB at {there.get('url')}; with a new token, {_DEPLOY}"
        return Finding(False, f"Grafana's datasource {uid} does not answer: {words}", fix)
    return Finding(True, f"Grafana's datasource {uid} answers")


def _dashboard(grafana: Grafana, folder: str, meant: Mapping[str, Any]) -> Finding:
    uid, title = str(meant["uid"]), meant["title"]
    there = grafana.find("/dashboards/uid", uid)
    if there is None:
        return Finding(False, f"Grafana has no dashboard {title} (uid {uid})", _DEPLOY)
    if not same_dashboard(there["dashboard"], meant):
        of = deployed_version(there["dashboard"])
        what = f"is of imutrack {of} or was changed since" if of else "is another one"
        return Finding(False, f"Grafana's dashboard {title} {what}", _DEPLOY)
    if there["meta"].get("folderUid") != folder:
        return Finding(False, f"Grafana's dashboard {title} lies in another folder than {folder}", _DEPLOY)
    return Finding(True, f"Grafana's dashboard {title} is of this version")


def _rules(grafana: Grafana, alerts: Alerts) -> Finding:
    """Look at all rules together; the folder of those that come from a file has a uid of Grafana's own."""
    for described in alerts.rules:
        there, title = grafana.find(RULES, str(described["uid"])), described["title"]
        if there is None:
            return Finding(False, f"Grafana has no alert rule {title!r}", _DEPLOY)
        if not holds(there, as_the_api_has_it(described)):
            return Finding(False, f"Grafana's alert rule {title!r} is another one", _DEPLOY)
    return Finding(True, f"Grafana's {len(alerts.rules)} alert rules are of this version")
