"""What a test does with an InfluxDB, whichever it is: 1.x through users and InfluxQL, 2.x through its API.

Version 3 Core makes a database when something is written to it and knows admin tokens only: tests that need a narrower
token are skipped there.
"""

import base64
import contextlib
import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

HTTP = urllib3.PoolManager(retries=False, timeout=30.0)


class HttpError(Exception):
    """The server refused; `status` and `said` are its answer."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status, self.said = status, said


def basic_token(user: str, password: str | None = None) -> str:
    """Return the token of a user of our own 1.6.7; the password is the name unless it is given."""
    return base64.b64encode(f"{user}:{password or user}".encode()).decode()


@dataclass(frozen=True)
class Bucket:
    """A bucket that only one test uses, with a token that may only write to it and one that may only read it.

    The two may do the same to other tests' buckets; `Influx.grant` makes one that may not.
    """

    influx: "Influx"
    name: str
    write_token: str = field(repr=False)
    read_token: str = field(repr=False)

    def write(self, lines: bytes) -> None:
        """Write lines as the product does.

        Raises:
            influxdb_client.rest.ApiException: the server refused.
        """
        with InfluxDBClient(self.influx.url, self.write_token, org=self.influx.org) as client:
            client.write_api(write_options=SYNCHRONOUS).write(self.name, record=lines)

    def query(self, influxql: str) -> list[dict[str, Any]]:
        """Return the series of an answer; see `Influx.query`."""
        return self.influx.query(influxql, self.name, self.read_token)

    def points(self, measurement: str) -> list[dict[str, Any]]:
        """Return what is stored of a measurement in order of time: ``time`` in ns, tags, fields, each of its type."""
        return self.influx.points(measurement, self.name, self.read_token)


@dataclass
class Influx:
    """An InfluxDB.

    Attributes:
        url: where it listens.
        org: organisation; 1.x knows none and takes any.
        token: may do everything.
        write_token: may only write, to the buckets of tests; empty where one is made for each bucket.
        read_token: the same for reading.
        processes: ours, influxd first; none when the server was given.
    """

    url: str
    org: str
    token: str = field(repr=False)
    write_token: str = field(default="", repr=False)
    read_token: str = field(default="", repr=False)
    processes: tuple[subprocess.Popen[bytes], ...] = ()
    _made: list[str] = field(default_factory=list, repr=False)
    _granted: list[str] = field(default_factory=list, repr=False)

    @cached_property
    def version(self) -> str:
        """As the server says, such as 1.6.7~rc0."""
        answer = HTTP.request("GET", f"{self.url}/ping", headers={"Authorization": f"Token {self.token}"})
        said = answer.headers.get("X-Influxdb-Version")  # 3 says it in the body too, and only to those with a token
        return (said or json.loads(answer.data or b"{}").get("version", "")).removeprefix("v")

    @property
    def major(self) -> int:
        """1, 2 or 3."""
        return int(self.version.split(".")[0])

    def request(
        self, method: str, path: str, *, token: str | None = None, body: Mapping[str, Any] | None = None, **query: str
    ) -> Any:
        """Ask the server's API with JSON and return what it answers.

        Raises:
            HttpError: it refused.
        """
        said = None if body is None else json.dumps(body).encode()
        return self._ask(method, f"{path}?{urlencode(query)}", token, said, "application/json")

    def query(self, influxql: str, bucket: str | None = None, token: str | None = None) -> list[dict[str, Any]]:
        """Ask InfluxQL and return the series of all statements, times in ns.

        Args:
            influxql: one statement or more.
            bucket: name, ``database`` or ``database/policy``.
            token: None means the one that may do everything, "" none at all.

        Raises:
            HttpError: the server refused, or a statement failed.
        """
        database, _, policy = (bucket or "").partition("/")
        form = {"q": influxql, "epoch": "ns", "db": database, "rp": policy}
        body = urlencode({name: text for name, text in form.items() if text}).encode()
        answer = self._ask("POST", "/query", token, body, "application/x-www-form-urlencoded")
        for result in answer["results"]:
            if "error" in result:
                raise HttpError(200, result["error"])
        return [series for result in answer["results"] for series in result.get("series", [])]

    def points(self, measurement: str, bucket: str, token: str | None = None) -> list[dict[str, Any]]:
        """Return what is stored of a measurement in order of time: ``time`` in ns, tags, fields, each of its type."""
        name = '"' + measurement.replace("\\", "\\\\").replace('"', '\\"') + '"'
        casts = {"float": float, "integer": int, "string": str, "boolean": _bool}
        types = {}
        for series in self.query(f"SHOW FIELD KEYS FROM {name}", bucket, token):
            types |= {key: casts[kind] for key, kind in series["values"]}
        points = []
        for series in self.query(f"SELECT * FROM {name}", bucket, token):  # noqa: S608 - quoted above
            for values in series["values"]:
                said = dict(zip(series["columns"], values, strict=True))
                points.append({key: types.get(key, str)(value) for key, value in said.items() if value is not None})
        return [point | {"time": int(point["time"])} for point in points]

    @contextlib.contextmanager
    def bucket(self) -> Iterator[Bucket]:
        """Make a bucket with tokens of its own; delete it afterwards."""
        name = self.spare_name()
        self.make(name)
        try:
            writer = self.write_token or self.grant(write=[name])
            reader = self.read_token or self.grant(read=[name])
            if self.processes:  # ours: the users are there, and making new ones takes 0.05 s each
                self.query(f'GRANT WRITE ON "{name}" TO "writer"; GRANT READ ON "{name}" TO "reader"')
            yield Bucket(self, name, writer, reader)
        finally:
            self.drop(name)

    def spare_name(self) -> str:
        """Return the name of a bucket that is not there yet; whatever is made by it is deleted in the end."""
        name = f"imutrack_test_{secrets.token_hex(6)}"
        self._made.append(name)
        return name

    def make(self, name: str) -> None:
        """Make a bucket, ``database`` or ``database/policy``, that keeps everything."""
        if self.major == 1:
            database, _, policy = name.partition("/")
            self.query(f'CREATE DATABASE "{database}"')
            if policy:
                self.query(f'CREATE RETENTION POLICY "{policy}" ON "{database}" DURATION INF REPLICATION 1')
        elif self.major == 2:
            self.request("POST", "/api/v2/buckets", body={"orgID": self._org_id, "name": name, "retentionRules": []})

    def empty(self, name: str) -> None:
        """Lose everything in a bucket and its ``name/trace``, as a server does that is set up anew."""
        self.drop(name)
        self._made.append(name)
        for bucket in (name, f"{name}/trace"):
            self.make(bucket)

    def drop(self, name: str) -> None:
        """Delete a bucket and its ``name/...``; nothing happens where there is none."""
        if self.major == 1:
            self.query(f'DROP DATABASE "{name}"')
        elif self.major == 2:
            for bucket_name, bucket_id in self._buckets(name).items():
                if bucket_name == name or bucket_name.startswith(f"{name}/"):
                    self.request("DELETE", f"/api/v2/buckets/{bucket_id}")
        else:
            with contextlib.suppress(HttpError):  # it was never written to
                self.request("DELETE", "/api/v3/configure/database", db=name)
        self._made.remove(name)

    def grant(self, *, read: Sequence[str] = (), write: Sequence[str] = ()) -> str:
        """Make a token that may read or write the buckets that are named, and nothing else."""
        if self.major == 1:
            return self._user(read, write)
        if self.major == 3:
            pytest.skip("InfluxDB 3 Core knows admin tokens only")
        wanted = [("read", name) for name in read] + [("write", name) for name in write]
        permissions = [
            {"action": action, "resource": {"type": "buckets", "orgID": self._org_id, "id": self._buckets(name)[name]}}
            for action, name in wanted
        ]
        body = {"orgID": self._org_id, "permissions": permissions, "description": "imutrack test"}
        try:
            made = self.request("POST", "/api/v2/authorizations", body=body)
        except HttpError as error:
            if error.status not in (401, 403):
                raise
            pytest.skip(f"IMUTRACK_TEST_INFLUX_TOKEN may make no other tokens: {error}")
        self._granted.append(made["id"])
        return str(made["token"])

    def close(self) -> None:
        """Delete what tests left behind."""
        if self.processes:
            return  # it ends with the server
        for name in list(self._made):
            self.drop(name)
        for made in self._granted:
            if self.major == 1:
                self.query(f'DROP USER "{made}"')
            else:
                self.request("DELETE", f"/api/v2/authorizations/{made}")

    @cached_property
    def _org_id(self) -> str:
        return str(self.request("GET", "/api/v2/orgs", org=self.org)["orgs"][0]["id"])

    def _buckets(self, name: str) -> dict[str, str]:
        """Return the ids of the buckets whose names begin so."""
        found: dict[str, str] = {}
        for offset in range(0, 100_000, 100):
            asked = {"orgID": self._org_id, "limit": "100", "offset": str(offset)}
            page = self.request("GET", "/api/v2/buckets", **asked)["buckets"]
            found |= {bucket["name"]: bucket["id"] for bucket in page if bucket["name"].startswith(name)}
            if len(page) < 100:
                break
        return found

    def _user(self, read: Sequence[str], write: Sequence[str]) -> str:
        user = f"u{secrets.token_hex(6)}"
        grants = [f'GRANT READ ON "{name.partition("/")[0]}" TO "{user}"' for name in {*read} - {*write}]
        grants += [f'GRANT WRITE ON "{name.partition("/")[0]}" TO "{user}"' for name in {*write} - {*read}]
        grants += [f'GRANT ALL ON "{name.partition("/")[0]}" TO "{user}"' for name in {*read} & {*write}]
        self.query("; ".join([f"CREATE USER \"{user}\" WITH PASSWORD '{user}'", *grants]))
        self._granted.append(user)
        return basic_token(user) if self.version.startswith("1.6") else f"{user}:{user}"  # 1.8 takes user:password

    def _ask(self, method: str, path: str, token: str | None, body: bytes | None, kind: str) -> Any:
        said = self.token if token is None else token
        headers = {"Content-Type": kind} | ({"Authorization": f"Token {said}"} if said else {})
        answer = HTTP.request(method, self.url + path, body=body, headers=headers)
        if answer.status >= 300:
            raise HttpError(answer.status, answer.data.decode(errors="replace"))
        return json.loads(answer.data, parse_int=str, parse_float=str) if answer.data else None


def _bool(said: object) -> bool:
    return {"True": True, "False": False}[str(said)]
