"""Brings a clinic's organisation in Grafana to what is meant: folders, datasources, dashboards, alert rules.

Everything has a fixed uid. What is there is read first and written only where it differs, so that a second run changes
nothing. Where Grafana answers a write with nothing (204), what was written is read back. The token that Grafana reads
InfluxDB with cannot be read back: it is sent with a datasource that differs or does not answer, or when asked for.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, Literal

from imutrack.errors import SettingsError
from imutrack.grafana.comparing import holds, marked, same_dashboard
from imutrack.grafana.parts import Alerts, Parts
from imutrack.grafana.server import Grafana, GrafanaError
from imutrack.servers import Token

__all__ = ["RULES", "Deployed", "as_the_api_has_it", "choose", "deploy"]

Change = Literal["made", "changed", "unchanged"]

RULES: Final = "/v1/provisioning/alert-rules"
_GROUPS: Final = "/v1/provisioning/folder"


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it.

    Attributes:
        org: name of the organisation.
        made: how many things were not there.
        changed: how many differed.
        unchanged: how many were as they should be.
        troubles: datasources that do not answer, each in one line.
    """

    org: str
    made: int
    changed: int
    unchanged: int
    troubles: tuple[str, ...] = ()


def deploy(grafana: Grafana, org: str | None, parts: Parts, read_token: Token, *, renew: bool = False) -> Deployed:
    """Bring an organisation to what is meant.

    Args:
        grafana: open.
        org: name of the clinic's organisation; None where there is only one.
        parts: what is meant.
        read_token: what Grafana shows InfluxDB; only reads, and only this clinic's bucket.
        renew: send the token even where the datasource works with the one it has.

    Raises:
        SettingsError: there is no such organisation, or several and none is named.
        GrafanaError: Grafana did not do something; what was done before stays, and the next run goes on from there.
    """
    grafana.health()
    grafana.hide(read_token)
    chosen = choose(grafana, org)
    if not grafana.annotations():
        raise GrafanaError(f"{grafana.settings.url}: Grafana lists no annotations: correct url")
    done: list[Change] = [_datasource(grafana, each, read_token, renew=renew) for each in parts.datasources]
    done += [_folder(grafana, uid, title) for uid, title in parts.folders.items()]
    done += [_dashboard(grafana, folder, each) for folder, each in parts.dashboards]
    if parts.alerts is not None and parts.alerts.rules:
        done += [_rule(grafana, parts.alerts, rule) for rule in parts.alerts.rules]
        done.append(_interval(grafana, parts.alerts))
    counts = Counter(done)
    troubles = tuple(said for each in parts.datasources if (said := _trouble(grafana, each)))
    return Deployed(chosen, counts["made"], counts["changed"], counts["unchanged"], troubles)


def choose(grafana: Grafana, org: str | None) -> str:
    """Turn to an organisation and return its name.

    Args:
        grafana: open.
        org: its name; None where there is only one.

    Raises:
        SettingsError: there is no such organisation, or several and none is named, or the token may not change it.
        GrafanaError: as `Grafana.get`.
    """
    wanted = org or grafana.settings.org
    if grafana.by_user:  # a user may be in several, a service account's token is of one
        chosen_id = _of_user(grafana, wanted)
        grafana.turn_to(chosen_id)
    current = grafana.find("/org") or {}
    name = str(current.get("name", ""))
    if grafana.by_user and current.get("id") != chosen_id:
        raise GrafanaError(f"{grafana.settings.url}: Grafana stays in the organisation {name!r}: correct url")
    if wanted and name != wanted:
        raise SettingsError(
            f"the token is for the organisation {name!r}, not {wanted!r}: make a service account in {wanted!r} and use "
            "its token"
        )
    return name


def _of_user(grafana: Grafana, wanted: str) -> int:
    """Return the id of the organisation that is wanted, of those the user is in."""
    there = grafana.get("/user/orgs") or []
    names = ", ".join(repr(each["name"]) for each in there) or "none"
    found = [each for each in there if each["name"] == wanted or not wanted]
    if wanted and not found:
        raise SettingsError(
            f"no organisation {wanted!r} for this user, who is in {names}: make it in Grafana (Administration, "
            "Organizations) and add the user as Admin, or correct --org"
        )
    if len(found) != 1:
        raise SettingsError(f"this user is in {names}: name one with --org, as each clinic has its own")
    if found[0].get("role") != "Admin":
        raise SettingsError(f"this user is {found[0].get('role')} in {found[0]['name']!r}: give the role Admin there")
    return int(found[0]["orgId"])


def _datasource(grafana: Grafana, meant: Mapping[str, Any], token: Token, *, renew: bool) -> Change:
    uid = str(meant["uid"])
    there = grafana.find("/datasources/uid", uid)
    if there is not None and holds(there, meant) and not renew and not grafana.answers(uid):
        return "unchanged"
    if there is not None and there.get("readOnly"):
        if holds(there, meant) and not renew:
            return "unchanged"  # it does not answer, which is said at the end
        raise _from_a_file(grafana, f"the datasource {uid}")
    sent = {**meant, "secureJsonData": {"httpHeaderValue1": f"Token {token.reveal()}"}}
    said = grafana.post(sent, "/datasources") if there is None else grafana.put(sent, "/datasources/uid", uid)
    _verify(grafana, said, uid, lambda: holds(grafana.find("/datasources/uid", uid), meant))
    return "made" if there is None else "changed"


def _folder(grafana: Grafana, uid: str, title: str) -> Change:
    there = grafana.find("/folders", uid)
    if there is not None and there.get("title") == title:
        return "unchanged"
    said = grafana.make_folder(uid, title) if there is None else grafana.rename_folder(uid, title)
    _verify(grafana, said, uid, lambda: holds(grafana.find("/folders", uid), {"title": title}))
    return "made" if there is None else "changed"


def _dashboard(grafana: Grafana, folder: str, meant: Mapping[str, Any]) -> Change:
    uid = str(meant["uid"])

    def is_there(found: Mapping[str, Any] | None) -> bool:
        if found is None or found["meta"].get("folderUid") != folder:
            return False
        return same_dashboard(found["dashboard"], meant)

    there = grafana.find("/dashboards/uid", uid)
    if is_there(there):
        return "unchanged"
    if there is not None and there["meta"].get("provisioned"):
        raise _from_a_file(grafana, f"the dashboard {uid}")
    said = grafana.save_dashboard(marked(meant), folder, f"imutrack {version('imutrack')}")
    _verify(grafana, said, uid, lambda: is_there(grafana.find("/dashboards/uid", uid)))
    return "made" if there is None else "changed"


def _rule(grafana: Grafana, alerts: Alerts, described: Mapping[str, Any]) -> Change:
    meant = as_the_api_has_it(described) | {"folderUID": alerts.folder_uid, "ruleGroup": alerts.group}
    uid = str(meant["uid"])
    there = grafana.find(RULES, uid)
    if there is not None and holds(there, meant):
        return "unchanged"
    if there is not None and there.get("provenance") == "file":
        raise _from_a_file(grafana, f"the alert rule {uid}")
    said = grafana.post(meant, RULES) if there is None else grafana.put(meant, RULES, uid)
    _verify(grafana, said, uid, lambda: holds(grafana.find(RULES, uid), meant))
    return "made" if there is None else "changed"


def as_the_api_has_it(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of an alerting file without what the API reads from the annotations."""
    return {name: said for name, said in rule.items() if name not in {"dashboardUid", "panelId"}}


def _interval(grafana: Grafana, alerts: Alerts) -> Change:
    """Set how often the rules are looked at; Grafana makes a group with its own idea of it."""
    path = (_GROUPS, alerts.folder_uid, "rule-groups", alerts.group)
    there = grafana.find(*path)
    if there is None:
        raise GrafanaError(
            f"{grafana.settings.url}: Grafana has no group {alerts.group} of alert rules: run this again"
        )
    if there.get("interval") == alerts.interval_s:
        return "unchanged"
    if any(rule.get("provenance") == "file" for rule in there.get("rules") or ()):
        raise _from_a_file(grafana, f"the group {alerts.group} of alert rules")
    said = grafana.put({**there, "interval": alerts.interval_s}, *path)
    _verify(grafana, said, alerts.group, lambda: holds(grafana.find(*path), {"interval": alerts.interval_s}))
    return "changed"


def _verify(grafana: Grafana, said: bool, uid: str, is_there: Callable[[], bool]) -> None:
    """Read back what Grafana took without a word."""
    if not said and not is_there():
        raise GrafanaError(f"{grafana.settings.url}: Grafana took {uid} without a word and does not hold it: run again")


def _from_a_file(grafana: Grafana, what: str) -> GrafanaError:
    return GrafanaError(
        f"{grafana.settings.url}: {what} comes from a file of Grafana's provisioning and is to be another: write that "
        "anew with imutrack dashboards build, or take the file away"
    )


def _trouble(grafana: Grafana, datasource: Mapping[str, Any]) -> str:
    words = grafana.answers(str(datasource["uid"]))
    if not words:
        return ""
    return (
        f"Grafana gets nothing from the datasource {datasource['uid']} at {datasource['url']} ({words}): see whether "
        "Grafana reaches InfluxDB under this address, and whether the token may read"
    )
