"""The API of InfluxDB 2 as the stub has it, in front of the real 1.6.7, which answers InfluxQL.

For what needs both: making buckets and asking them, deleting a patient and counting what is left. What the stub takes
is written to the real server as well; ``/query`` is answered by the real one, to tokens that may read the bucket.

The statements and refusals are those of InfluxDB 2.7, which finds a bucket by its name: a token finds what it may read.
A refusal comes with status 200; ``SHOW MEASUREMENTS`` knows no policy and has none; what 1.x can and 2 cannot is said.
"""

import re
from urllib.parse import parse_qsl, urlencode

import urllib3

from imutrack.stores.line_protocol import lines
from imutrack.stores.rows import Row
from influx.faulty import WRITE, Asked, Reply
from influx.instance import HTTP, Influx
from influx.stored import StoredBucket, nanoseconds, rules_of
from influx.stub import VERSION, Stub, unpacked

STATEMENT = re.compile(r"(?i)SELECT|SHOW (?:DATABASES|MEASUREMENTS(?! CARD)|FIELD KEYS|TAG KEYS|TAG VALUES)\b")


PLACE = re.compile(r'(?i)FROM "([^"]+)"\."([^"]+)"\.')  # a database and a policy that a statement names itself


class Front(Stub):
    """The stub with a real 1.6.7 behind it; use it in a ``with``. Its buckets have their own names there too."""

    def __init__(self, influx: Influx) -> None:
        super().__init__()
        self._influx = influx

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for database in {name.partition("/")[0] for name in self.buckets}:
            self._influx.query(f'DROP DATABASE "{database}"')

    def make(self, name: str, retention_s: int = 0) -> StoredBucket:
        if name not in self.buckets:
            self._influx.make(name)
            if "/" not in name:  # the database may have been left without it by `drop`
                policy = f'"autogen" ON "{name}" DURATION INF REPLICATION 1 DEFAULT'
                self._influx.query(f"CREATE RETENTION POLICY {policy}")
        return super().make(name, retention_s)

    def drop(self, name: str) -> None:
        super().drop(name)
        database, _, policy = name.partition("/")
        self._influx.query(f'DROP RETENTION POLICY "{policy or "autogen"}" ON "{database}"')

    def reply(self, asked: Asked) -> Reply:
        if asked.path == "/query":
            return self._query(asked)
        reply = super().reply(asked)
        if asked.path == WRITE and reply.status in (204, 422):  # refused in part: the real one refuses the same part
            self._write(asked.query["bucket"], unpacked(asked))
        return reply

    def delete(self, bucket: StoredBucket, start: str, stop: str, predicate: str) -> None:
        super().delete(bucket, start, stop, predicate)
        rules = rules_of(predicate)
        measurement = "".join(f' FROM "{value}"' for name, value in rules if name == "_measurement")
        wanted = [f"\"{name}\" = '{value}'" for name, value in rules if name != "_measurement"]
        wanted += [f"time >= {nanoseconds(start, 'start')}", f"time <= {nanoseconds(stop, 'stop')}"]
        self._influx.query(f"DELETE{measurement} WHERE {' AND '.join(wanted)}", bucket.name)
        for other in self.buckets.values():  # 1.x deletes in every policy of the database
            if other is not bucket and other.name.partition("/")[0] == bucket.name.partition("/")[0]:
                kept = [Row(name, dict(tags), at, fields) for (name, tags, at), fields in other.points.items()]
                self._write(other.name, lines(kept))

    def _write(self, bucket: str, data: bytes) -> None:
        if data:
            self._ask("POST", f"{WRITE}?org=clinic&bucket={bucket}&precision=ns", data, "text/plain")

    def _query(self, asked: Asked) -> Reply:
        form = {**asked.query, **dict(parse_qsl(asked.body.decode()))}
        scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
        if scheme != "Token" or (token != self.token and token not in self.scopes):
            return Reply(401, {"code": "unauthorized", "message": "unauthorized access"})
        readable = {name for name in self.buckets if token == self.token or ("read", name) in self.scopes[token]}
        result = _refused(form["q"], form.get("db", ""), form.get("rp", ""), readable)
        if result is not None:
            return Reply(200, {"results": [{"statement_id": 0, **result}]}, {"X-Influxdb-Version": VERSION})
        answer = self._ask("POST", "/query", urlencode(form).encode(), "application/x-www-form-urlencoded")
        return Reply(answer.status, answer.data, {"X-Influxdb-Version": VERSION})

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Token {self._influx.token}", "Content-Type": kind}
        return HTTP.request(method, self._influx.url + path, body=body, headers=headers)


def _refused(statement: str, database: str, policy: str, readable: set[str]) -> dict[str, str] | None:
    """Return the result of a statement that is not for the real server; None where it is."""
    known = STATEMENT.match(statement.strip())
    if place := PLACE.search(statement):
        database, policy = place.groups()
    if known is None:
        return {"error": f"not implemented: {statement}"}
    if not any(name.partition("/")[0] == database for name in readable):
        return {} if "MEASUREMENTS" in known[0] else {"error": f"database not found: {database}"}
    if policy and known[0].upper() in ("SELECT", "SHOW FIELD KEYS"):  # the others know no policy
        bucket = database if policy == "autogen" else f"{database}/{policy}"
        return None if bucket in readable else {"error": f"retention policy not found: {policy}"}
    if database not in readable:
        return {} if "MEASUREMENTS" in known[0] else {"error": f"default retention policy not set for: {database}"}
    return None
