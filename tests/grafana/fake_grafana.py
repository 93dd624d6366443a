"""A strict Grafana in this process: what `imutrack dashboards deploy` asks of versions 10 and 13, and nothing else.

It knows organisations, users with a role in each, service accounts with one, and refuses what Grafana refuses: numeric
ids of datasources (13), a folder saved over another version, a dashboard in a folder that is not there, a rule with
fields the API does not have. Version 13 migrates dashboards on reading. `quiet` answers every write with 204.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from influx.faulty import Asked, Faulty, Reply

RULE_FIELDS: Final = {
    "uid", "title", "condition", "data", "noDataState", "execErrState", "for", "annotations", "labels", "isPaused",
    "folderUID", "ruleGroup", "orgID", "id", "updated", "provenance", "keep_firing_for", "notification_settings",
}  # fmt: skip
_PAGE: Final = Reply(200, b"<html><title>Grafana</title></html>", {"Content-Type": "text/html"})


@dataclass
class Org:
    """One organisation and what it holds, by uid."""

    id: int
    name: str
    datasources: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    intervals: dict[tuple[str, str], int] = field(default_factory=dict)


class FakeGrafana(Faulty):
    """A Grafana on a loopback port; use it in a ``with``.

    Attributes:
        version: it says.
        quiet: every write is answered with 204 and nothing.
        losing: writes are answered and not kept.
        under: path that it is served under, such as ``/grafana``.
        hidden: first part of a path, such as ``annotations``, that it does not have.
        every: what it answers whatever is asked, such as `page`.
        orgs: by id.
        users: name -> (password, org id -> role).
        accounts: service account's token -> (org id, role).
        influx_token: with which InfluxDB answers it.
    """

    def __init__(self, version: str = "10.4.1", *, quiet: bool = False, under: str = "") -> None:
        super().__init__()
        self.version, self.quiet, self.under = version, quiet, under
        self.url += under
        self.losing = False
        self.hidden = ""
        self.every: Reply | None = None
        self.orgs: dict[int, Org] = {}
        self.users: dict[str, tuple[str, dict[int, str]]] = {}
        self.accounts: dict[str, tuple[int, str]] = {}
        self.influx_token = "the-read-token"  # noqa: S105 - of nobody
        self._next = 100

    @property
    def major(self) -> int:
        """Of the version."""
        return int(self.version.partition(".")[0])

    @property
    def changes(self) -> list[str]:
        """What was written so far, as method and path."""
        return [f"{asked.method} {asked.path}" for asked in self.asked if asked.method != "GET"]

    def org(self, name: str) -> Org:
        """Make an organisation."""
        made = self.orgs[len(self.orgs) + 1] = Org(len(self.orgs) + 1, name)
        return made

    def page(self) -> None:
        """Be something else from now on, which answers everything with a page."""
        self.every = _PAGE

    def reply(self, asked: Asked) -> Reply:
        """Do what is asked and answer it."""
        with self.lock:
            if self.every is not None:
                return self.every
            if not asked.path.startswith(f"{self.under}/api/"):
                return _PAGE
            path = asked.path.removeprefix(f"{self.under}/api/").split("/")
            if path == ["health"]:
                return Reply(200, {"commit": "abc", "database": "ok", "version": self.version})
            return self._known(asked, path)

    def _known(self, asked: Asked, path: list[str]) -> Reply:
        who = self._who(asked.headers)
        if isinstance(who, Reply):
            return who
        memberships, org_id = who
        if path == ["user", "orgs"]:
            if asked.headers["Authorization"].startswith("Bearer"):
                return _no(403, "endpoint is for users")
            return Reply(200, [{"orgId": of, "name": self.orgs[of].name, "role": role} for of, role in memberships])
        org, role = self.orgs[org_id], dict(memberships).get(org_id)
        if role is None:
            return _no(403, "You'll need additional permissions to perform this action. Permissions needed: orgs:read")
        if path[0] == self.hidden:
            return _no(404, "Not found")
        if path == ["org"]:
            return Reply(200, {"id": org.id, "name": org.name, "address": {}})
        if path == ["annotations"]:
            return Reply(200, [])
        if path == ["search"]:
            return Reply(200, [{"uid": uid, "type": "dash-db"} for uid in org.dashboards])
        if role != "Admin":
            return _no(403, f"You'll need additional permissions to perform this action ({asked.method} {path[0]})")
        return self._served(org, asked, path)

    def _who(self, headers: Mapping[str, str]) -> Reply | tuple[list[tuple[int, str]], int]:
        """Return the (org id, role) pairs of who asks, and the organisation asked of."""
        kind, _, secret = (headers.get("Authorization") or "").partition(" ")
        wanted = headers.get("X-Grafana-Org-Id")
        if kind == "Bearer":
            if secret not in self.accounts:
                return _no(401, f"Invalid API key {secret}")  # worse than Grafana, which does not repeat it
            of, role = self.accounts[secret]
            if wanted not in (None, str(of)):
                return _no(401, "API key does not belong to the requested organization")
            return [(of, role)], of
        if kind != "Basic":
            return _no(401, "Unauthorized")
        name, _, password = base64.b64decode(secret).decode().partition(":")
        if name not in self.users or self.users[name][0] != password:
            return _no(401, f"Invalid username or password {password}")
        roles = list(self.users[name][1].items())
        return roles, int(wanted) if wanted else roles[0][0]

    def _served(self, org: Org, asked: Asked, path: list[str]) -> Reply:
        body = json.loads(asked.body) if asked.body else None
        if asked.method != "GET":
            if asked.headers.get("Content-Type") != "application/json" or not isinstance(body, dict):
                return _no(400, "bad request data")
            if self.losing:
                return Reply(204)
        match asked.method, *path:
            case _, "datasources", *rest:
                reply = self._datasources(org, asked.method, rest, body)
            case _, "folders", *rest:
                reply = self._folders(org, asked.method, rest, body)
            case "POST", "dashboards", "db":
                reply = self._save(org, body)
            case "GET", "dashboards", "uid", uid:
                reply = _found(org.dashboards, uid, "Dashboard not found", self._migrated)
            case _, "v1", "provisioning", "alert-rules", *rest:
                reply = self._rules(org, asked.method, rest, body)
            case _, "v1", "provisioning", "folder", folder, "rule-groups", group:
                reply = self._group(org, asked.method, (folder, group), body)
            case _:
                return _no(404, "Not found")
        return Reply(204) if self.quiet and asked.method != "GET" and reply.status < 300 else reply

    def _datasources(self, org: Org, method: str, path: list[str], body: Any) -> Reply:
        match method, *path:
            case ("POST",):
                if body["uid"] in org.datasources or body["name"] in {e["name"] for e in org.datasources.values()}:
                    return _no(409, "data source with the same name already exists")
                return self._keep(org, body, {"id": self._number(), "readOnly": False, "version": 1})
            case "GET", "uid", uid:
                return _found(org.datasources, uid, "Data source not found")
            case "PUT", "uid", uid if uid in org.datasources:
                there = org.datasources[uid]
                if there["readOnly"]:
                    return _no(403, "Cannot update read-only data source")
                return self._keep(org, body | {"uid": uid}, there | {"version": there["version"] + 1})
            case "GET", "uid", uid, "health" if uid in org.datasources:
                if org.secrets[uid].get("httpHeaderValue1") == f"Token {self.influx_token}":
                    return Reply(200, {"status": "OK", "message": "datasource is working. 9 measurements found"})
                sent = org.secrets[uid].get("httpHeaderValue1")
                return Reply(400, {"status": "ERROR", "message": f"error reading InfluxDB: 401 with {sent}"})
            case _, number if number.isdigit() and self.major < 13:
                found = [each for each in org.datasources.values() if each["id"] == int(number)]
                return Reply(200, found[0]) if found else _no(404, "Data source not found")
        return _no(404, "Data source not found")

    def _keep(self, org: Org, body: dict[str, Any], more: dict[str, Any]) -> Reply:
        if not {"name", "type", "access", "uid"} <= body.keys() or "editable" in body:
            return _no(400, "bad request data")
        uid, secrets = body["uid"], body.pop("secureJsonData", {})
        org.secrets[uid] = org.secrets.get(uid, {}) | secrets
        org.datasources[uid] = (
            more | body | {"orgId": org.id, "secureJsonFields": dict.fromkeys(org.secrets[uid], True)}
        )
        return Reply(200, {"datasource": org.datasources[uid], "message": "Datasource saved", "name": body["name"]})

    def _folders(self, org: Org, method: str, path: list[str], body: Any) -> Reply:
        match method, *path:
            case ("POST",):
                if body["title"] in {each["title"] for each in org.folders.values()} or body["uid"] in org.folders:
                    return _no(409, "a folder with the same name already exists in the current location")
                org.folders[body["uid"]] = {"id": self._number(), "version": 1, **body}
                return Reply(200, org.folders[body["uid"]])
            case "GET", uid:
                return _found(org.folders, uid, "folder not found")
            case "PUT", uid if uid in org.folders:
                there = org.folders[uid]
                if not body.get("overwrite") and body.get("version") != there["version"]:
                    return _no(412, "the folder has been changed by someone else")
                there |= {"title": body["title"], "version": there["version"] + 1}
                return Reply(200, there)
        return _no(404, "folder not found")

    def _save(self, org: Org, body: dict[str, Any]) -> Reply:
        board, folder = body["dashboard"], body.get("folderUid", "")
        there = org.dashboards.get(board["uid"])
        if "folderId" in body or not board.get("title") or len(board["uid"]) > 40:
            return _no(400, "bad request data")
        if folder not in org.folders:
            return _no(400, "folder not found")
        if board.get("id") is not None:
            return _no(404, "Dashboard not found")
        if there is not None and there["meta"]["provisioned"]:
            return _no(400, "Cannot save provisioned dashboard")
        if there is not None and not body.get("overwrite"):
            return Reply(412, {"status": "version-mismatch", "message": "has been changed by someone else"})
        number = there["dashboard"]["version"] + 1 if there else 1
        kept = board | {"id": self._number(), "version": number}
        org.dashboards[board["uid"]] = {"dashboard": kept, "meta": {"folderUid": folder, "provisioned": False}}
        return Reply(200, {"status": "success", "uid": board["uid"], "version": number})

    def _migrated(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return a dashboard as this version reads it: 13 migrates, adds defaults and forgets what it does not know."""
        if self.major < 13:
            return found
        board = json.loads(json.dumps(found["dashboard"])) | {"schemaVersion": 42, "preload": False}
        board.pop("fiscalYearStartMonth", None)
        board["panels"] = [panel | {"pluginVersion": self.version} for panel in reversed(board["panels"])]
        for variable in board["templating"]["list"]:
            variable.pop("options", None)
            variable.setdefault("allowCustomValue", True)
        return found | {"dashboard": board}

    def _rules(self, org: Org, method: str, path: list[str], body: Any) -> Reply:
        if method == "GET" and len(path) == 1:
            return _found(org.rules, path[0]) if path[0] in org.rules else Reply(404, b"")  # so Grafana does
        if body is None or body.keys() - RULE_FIELDS or body.get("folderUID") not in org.folders:
            return _no(400, "invalid alert rule: unknown field or folder")
        uid = body["uid"]
        if (method == "POST") == (uid in org.rules) or path != ([uid] if method == "PUT" else []):
            return _no(409 if method == "POST" else 404, "rule")
        if method == "PUT" and org.rules[uid]["provenance"] == "file":
            return _no(409, "cannot change provenance from 'file' to 'api'")
        for asked in body["data"]:
            asked["model"].setdefault("maxDataPoints", 43200)
        org.rules[uid] = body | {"id": self._number(), "orgID": org.id, "provenance": "api", "updated": "2026-06-26"}
        org.intervals.setdefault((body["folderUID"], body["ruleGroup"]), 60)
        return Reply(201 if method == "POST" else 200, org.rules[uid])

    def _group(self, org: Org, method: str, named: tuple[str, str], body: Any) -> Reply:
        if named not in org.intervals:
            return _no(404, "rule group not found")
        if method == "PUT":
            if [rule["uid"] for rule in body["rules"]] != list(org.rules):
                return _no(400, "this would delete rules")
            org.intervals[named] = body["interval"]
        said = {"folderUid": named[0], "title": named[1], "interval": org.intervals[named]}
        return Reply(200, said | {"rules": list(org.rules.values())})

    def _number(self) -> int:
        self._next += 1
        return self._next


def _no(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})


def _found(
    things: dict[str, dict[str, Any]],
    uid: str,
    missing: str = "not found",
    shown: Callable[[dict[str, Any]], Any] = dict,
) -> Reply:
    return Reply(200, shown(things[uid])) if uid in things else _no(404, missing)
