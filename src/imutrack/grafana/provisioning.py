"""The files that Grafana reads when it starts: datasources, where the dashboards lie, alert rules, who is told.

Secrets are never in them: Grafana takes them from its environment, whose names begin with a ``$``. What an alert rule
asks is the one place where it looks for none (its ``provisioning/alerting/rules_types.go`` takes the model as ``Raw``):
there a ``$`` is written once, and two would make every expression unreadable.
"""

from typing import Any, Final

from imutrack.grafana.alerts import RULES, Rule
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.rendering import CURVES_UID, DATA_UID

__all__ = ["ALERT_FOLDER", "alert_group", "provisioning"]

ALERT_FOLDER: Final = "imutrack alerts"
"""Not one of the dashboards': Grafana makes it first, by its title and with a uid of its own, and would then refuse the
dashboards' own of that title."""

_DASHBOARDS: Final = "/etc/imutrack/dashboards"
_TYPE: Final = "influxdb"
_PANEL: Final = 1  # the first one of each dashboard


def provisioning() -> dict[str, tuple[dict[str, Any], str]]:
    """Return file name -> (what it holds, what stands above it), below ``provisioning/``."""
    return {
        "datasources/influxdb-1.yaml": (_datasources("1"), _HEADS["1"]),
        "datasources/influxdb-2.yaml": (_datasources("2"), _HEADS["2"]),
        "datasources/influxdb-3.yaml": (_datasources("3"), _HEADS["3"]),
        "datasources/compose.yaml": (_datasources("compose"), _HEADS["compose"]),
        "dashboards/imutrack.yaml": (_providers(), _HEADS["dashboards"]),
        "alerting/rules.yaml": (_rules(), _HEADS["rules"]),
        "optional/policies.yaml": (_policies(), _HEADS["policies"]),
    }


_TOKENS: Final = {
    "1": "$INFLUX_USER:$INFLUX_PASSWORD",
    "2": "$INFLUX_READ_TOKEN",
    "3": "$INFLUX_READ_TOKEN",
    "compose": "$__file{/run/imutrack/read_token}",
}

_HEADS: Final = {
    "1": "InfluxDB 1.8 and later 1.x: copy this one file of the three to Grafana's provisioning/datasources.\n"
    "Grafana's environment gives INFLUX_URL, INFLUX_DATABASE, INFLUX_USER and INFLUX_PASSWORD (a user that may only "
    "read).",
    "2": "InfluxDB 2.x: copy this one file of the three to Grafana's provisioning/datasources.\n"
    "Grafana's environment gives INFLUX_URL, INFLUX_DATABASE (the bucket's name) and INFLUX_READ_TOKEN.",
    "3": "InfluxDB 3 Core: copy this one file of the three to Grafana's provisioning/datasources.\n"
    "Grafana's environment gives INFLUX_URL, INFLUX_DATABASE and INFLUX_READ_TOKEN; curves lie in a database of their "
    "own.",
    "compose": "InfluxDB 2.7 of compose.yaml, which leaves the token in a file that only Grafana sees.",
    "dashboards": "Where the dashboards lie; each folder of theirs is one in Grafana.",
    "rules": "What is worth a message. Rules that come from a file cannot be changed in Grafana.",
    "policies": "One digest a day, and red at once. This REPLACES all notification policies of the organisation: copy "
    "it to\nGrafana's provisioning/alerting only where there are no others. Grafana's environment gives "
    "CLINIC_ALERT_EMAIL.",
}


def _datasources(version: str) -> dict[str, Any]:
    curves = "$INFLUX_DATABASE/trace" if version == "3" else "$INFLUX_DATABASE"
    names = ((DATA_UID, "imutrack", "$INFLUX_DATABASE"), (CURVES_UID, "imutrack curves", curves))
    return {"apiVersion": 1, "datasources": [_datasource(version, *each) for each in names]}


def _datasource(version: str, uid: str, name: str, database: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "dbName": database,
        "httpMode": "POST",
        "maxSeries": 20_000,  # one for each patient
        "timeInterval": "1s",
    }
    made: dict[str, Any] = {
        "name": name,
        "uid": uid,
        "type": _TYPE,
        "access": "proxy",
        "url": "$INFLUX_URL",
        "database": database,  # what Grafana before 9 reads
        "isDefault": uid == DATA_UID,
        "editable": False,
    }
    return made | {
        "jsonData": settings | {"httpHeaderName1": "Authorization"},  # alert rules lose a user and password
        "secureJsonData": {"httpHeaderValue1": f"Token {_TOKENS[version]}"},
    }


def _providers() -> dict[str, Any]:
    folders = dict.fromkeys(board.folder for board in BOARDS)
    return {"apiVersion": 1, "providers": [_provider(folder) for folder in folders]}


def _provider(folder: str) -> dict[str, Any]:
    uid = folder.replace(" ", "-")
    return {
        "name": uid,
        "orgId": 1,
        "folder": folder,
        "folderUid": uid,
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": f"{_DASHBOARDS}/{uid}"},
    }


def alert_group() -> list[dict[str, Any]]:
    """Return the alert rules as Grafana's provisioning API takes them, one by one."""
    return [_rule(rule) for rule in RULES]


def _rules() -> dict[str, Any]:
    group = {"orgId": 1, "name": "imutrack", "folder": ALERT_FOLDER, "interval": "5m", "rules": alert_group()}
    return {"apiVersion": 1, "groups": [group]}


def _rule(rule: Rule) -> dict[str, Any]:
    names = "AB"[: len(rule.queries)]
    data = [_asked(name, query, rule) for name, query in zip(names, rule.queries, strict=True)]
    data += [_expression(f"{name}last", "reduce", expression=name, reducer="last") for name in names]
    sign = "<" if rule.below else ">"
    # a patient counts where both have a series: Grafana joins them by their labels
    active = " && $Blast >= 0" if rule.only_active else ""
    data.append(_expression("matter", "math", expression=f"$Alast {sign} {rule.above:g}{active}"))
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "matter",
        "data": data,
        "dashboardUid": rule.board,
        "panelId": _PANEL,
        "noDataState": "OK",  # nobody to tell of
        "execErrState": "Error",
        "for": rule.lasting,
        "annotations": {
            "summary": rule.title,
            "description": rule.text,
            "__dashboardUid__": rule.board,  # what a message's link and the API go by
            "__panelId__": str(_PANEL),
        },
        "labels": {"severity": rule.severity, "source": "imutrack"},
        "isPaused": False,
    }


def _asked(name: str, query: str, rule: Rule) -> dict[str, Any]:
    model = {
        "refId": name,
        "datasource": {"type": _TYPE, "uid": DATA_UID},
        "query": query,
        "rawQuery": True,
        "resultFormat": "time_series",
        "intervalMs": 1000,
        "maxDataPoints": 43_200,
    }
    period = {"from": rule.since_s, "to": 0}
    return {"refId": name, "relativeTimeRange": period, "datasourceUid": DATA_UID, "model": model}


def _expression(name: str, kind: str, **said: Any) -> dict[str, Any]:
    source = {"type": "__expr__", "uid": "__expr__"}
    model = {"refId": name, "type": kind, "datasource": source, **said}
    return {
        "refId": name,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": "__expr__",
        "model": model,
    }


def _policies() -> dict[str, Any]:
    receiver = "imutrack"
    told = {"uid": "imutrack-mail", "type": "email", "settings": {"addresses": "$CLINIC_ALERT_EMAIL"}}
    at_once = {
        "receiver": receiver,
        "object_matchers": [["severity", "=", "red"]],
        "group_by": ["alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "1d",
    }
    digest = {
        "orgId": 1,
        "receiver": receiver,
        "group_by": ["source"],
        "group_wait": "1h",
        "group_interval": "1d",
        "repeat_interval": "1d",
        "routes": [at_once],
    }
    contacts = [{"orgId": 1, "name": receiver, "receivers": [told]}]
    return {"apiVersion": 1, "contactPoints": contacts, "policies": [digest]}
