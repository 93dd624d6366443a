"""What a clinic's organisation in Grafana holds: what the provisioning files say, for one clinic, without secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from imutrack.grafana.boards import BOARDS
from imutrack.grafana.provisioning import alert_group, provisioning
from imutrack.grafana.rendering import rendered
from imutrack.influx.settings import InfluxSettings

__all__ = ["Alerts", "Parts", "parts_of"]

_INTERVAL_S: Final = {"5m": 300}
_OF_FILES: Final = ("editable", "secureJsonData")  # what the API does not take, and what is given apart


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alert rules that are looked at together.

    Attributes:
        folder_uid: where they lie.
        group: name of the group.
        interval_s: how often they are looked at.
        rules: each with its uid, as alerting files write it.
    """

    folder_uid: str
    group: str
    interval_s: int
    rules: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Parts:
    """All that is deployed.

    Attributes:
        folders: uid -> title.
        dashboards: (uid of the folder, classic dashboard JSON with a uid).
        datasources: each with its uid, as the datasource API takes it; no secrets.
        alerts: rules; None leaves those of Grafana alone.
    """

    folders: Mapping[str, str]
    dashboards: Sequence[tuple[str, Mapping[str, Any]]]
    datasources: Sequence[Mapping[str, Any]]
    alerts: Alerts | None = None


def parts_of(zone: str, influx: InfluxSettings, influx_major: int, influx_url: str = "") -> Parts:
    """Return what a clinic's organisation holds.

    Args:
        zone: the clinic's time zone, IANA.
        influx: where its results are.
        influx_major: 1, 2 or 3; version 3 keeps curves in a database of their own.
        influx_url: of InfluxDB as Grafana reaches it; as the settings say where it is empty.
    """
    (group,) = provisioning()["alerting/rules.yaml"][0]["groups"]
    titles = dict.fromkeys([*(board.folder for board in BOARDS), group["folder"]])
    uids = {title: title.replace(" ", "-") for title in titles}
    return Parts(
        folders={uid: title for title, uid in uids.items()},
        dashboards=[(uids[board.folder], rendered(board, zone)) for board in BOARDS],
        datasources=_datasources(influx, influx_major, influx_url or influx.url),
        alerts=Alerts(uids[group["folder"]], group["name"], _INTERVAL_S[group["interval"]], alert_group()),
    )


def _datasources(influx: InfluxSettings, major: int, url: str) -> list[dict[str, Any]]:
    """Return the datasources of the provisioning file with this clinic's names in place of variables."""
    databases = {
        "$INFLUX_DATABASE": influx.bucket if major >= 3 else influx.bucket.partition("/")[0],
        "$INFLUX_DATABASE/trace": influx.trace_bucket,
    }
    described = provisioning()[f"datasources/influxdb-{min(max(major, 1), 3)}.yaml"][0]["datasources"]
    found = []
    for each in described:
        database = databases[each["database"]]
        settings = each["jsonData"] | {"dbName": database}
        kept = {name: value for name, value in each.items() if name not in _OF_FILES}
        found.append(kept | {"url": url, "database": database, "jsonData": settings})
    return found
