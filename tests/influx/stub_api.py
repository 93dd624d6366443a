"""What the stub answers to each request, in the words of InfluxDB 2."""

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from influx.faulty import Asked
from influx.stored import RefusalError, StoredBucket

if TYPE_CHECKING:
    from influx.stub import Stub

Said = tuple[int, Any]


class API:
    """The answer to one request."""

    def __init__(self, stub: "Stub", asked: Asked, body: bytes) -> None:
        self.stub, self.asked, self.query, self.body = stub, asked, asked.query, body
        scheme, _, self.token = asked.headers.get("Authorization", "").partition(" ")
        self.known = scheme == "Token" and (self.token == stub.token or self.token in stub.scopes)

    def answer(self) -> Said:
        """Return status and content of the answer.

        Raises:
            RefusalError: the request is refused.
        """
        asked = self.asked
        if asked.path == "/ping":
            return 204, None
        if asked.path == "/health":
            return 200, {"name": "influxdb", "message": "ready for queries and writes", "status": "pass", "checks": []}
        if not self.known:
            raise RefusalError(401, "unauthorized", "unauthorized access")
        path, _, last = asked.path.rpartition("/")
        plain: dict[tuple[str, str], Callable[[], Said]] = {
            ("POST", "/api/v2/write"): self._write,
            ("POST", "/api/v2/delete"): self._delete,
            ("GET", "/api/v2/orgs"): self._orgs,
            ("GET", "/api/v2/dbrps"): self._dbrps,
            ("GET", "/api/v2/buckets"): self._list,
            ("POST", "/api/v2/buckets"): self._make,
            ("POST", "/api/v2/authorizations"): self._authorize,
        }
        if (asked.method, asked.path) in plain:
            return plain[asked.method, asked.path]()
        if path == "/api/v2/buckets" and asked.method in ("GET", "PATCH", "DELETE"):
            return self._one(asked.method, last)
        if path == "/api/v2/authorizations" and asked.method == "DELETE":
            return self._revoke(last)
        raise RefusalError(404, "not found", "path not found")

    def _may(self, action: str, bucket: StoredBucket) -> bool:
        return self.token == self.stub.token or (action, bucket.name) in self.stub.scopes[self.token]

    def _administers(self, what: str) -> None:
        if self.token != self.stub.token:
            raise RefusalError(401, "unauthorized", f"{what} is unauthorized")

    def _in_org(self) -> None:
        named = self.query.get("orgID") or self.query.get("org")
        if not named:
            raise RefusalError(400, "invalid", "Please provide either orgID or org")
        if named not in (self.stub.org, self.stub.org_id):
            raise RefusalError(404, "not found", f'organization name "{named}" not found')

    def _bucket(self, named: str) -> StoredBucket:
        for bucket in self.stub.buckets.values():
            if named in (bucket.id, bucket.name):
                return bucket
        raise RefusalError(404, "not found", f'bucket "{named}" not found')

    def _write(self) -> Said:
        if self.query.get("precision") != "ns":  # the product's times are nanoseconds, and it says so
            raise RefusalError(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        if len(self.body) > self.stub.max_body:
            raise RefusalError(
                413, "request too large", f"unable to read data: points batch is too large, {len(self.body)} bytes"
            )
        self._in_org()
        bucket = self._bucket(self.query.get("bucketID") or self.query.get("bucket", ""))
        if not self._may("write", bucket):
            raise RefusalError(403, "forbidden", "insufficient permissions for write")
        bucket.write(self.body)
        return 204, None

    def _delete(self) -> Said:
        said = _json(self.body)
        self._in_org()
        bucket = self._bucket(self.query.get("bucketID") or self.query.get("bucket", ""))
        if not self._may("write", bucket):
            raise RefusalError(403, "forbidden", "insufficient permissions to delete")
        self.stub.delete(bucket, said.get("start"), said.get("stop"), said.get("predicate", ""))
        return 204, None

    def _orgs(self) -> Said:
        if "org" in self.query:
            self._in_org()
        return 200, {"orgs": [{"id": self.stub.org_id, "name": self.stub.org}]}

    def _dbrps(self) -> Said:
        self._in_org()
        content = []
        for bucket in self._readable():
            database, _, policy = bucket.name.partition("/")
            mapping = {"database": database, "retention_policy": policy or "autogen", "default": not policy}
            content.append(
                {"id": bucket.id, "bucketID": bucket.id, "orgID": self.stub.org_id, "virtual": True, **mapping}
            )
        wanted = {
            name: self.query[asked]
            for asked, name in (("db", "database"), ("bucketID", "bucketID"))
            if asked in self.query
        }
        return 200, {"content": [one for one in content if wanted.items() <= one.items()]}

    def _readable(self) -> list[StoredBucket]:
        return [bucket for bucket in self.stub.buckets.values() if self._may("read", bucket)]

    def _list(self) -> Said:
        found = [bucket for bucket in self._readable() if self.query.get("name", bucket.name) == bucket.name]
        if "name" in self.query and not found:
            raise RefusalError(404, "not found", f'bucket "{self.query["name"]}" not found')
        limit, offset = int(self.query.get("limit", "20")), int(self.query.get("offset", "0"))
        if not 1 <= limit <= 100:
            raise RefusalError(400, "invalid", "limit must be between 1 and 100")
        return 200, {"buckets": [self._shown(bucket) for bucket in found[offset : offset + limit]]}

    def _make(self) -> Said:
        said = _json(self.body)
        self._administers(f"write:orgs/{self.stub.org_id}/buckets")
        if said.get("orgID") != self.stub.org_id or not said.get("name"):
            raise RefusalError(400, "invalid", "a bucket needs orgID and name")
        if said["name"] in self.stub.buckets:
            raise RefusalError(422, "conflict", f"bucket with name {said['name']} already exists")
        made = self.stub.make(said["name"], _retention(said))
        return 201, self._shown(made)

    def _one(self, method: str, bucket_id: str) -> Said:
        bucket = self._bucket(bucket_id)
        if method != "GET":
            self._administers(f"write:orgs/{self.stub.org_id}/buckets/{bucket_id}")
        if method == "DELETE":
            self.stub.drop(bucket.name)
            return 204, None
        if method == "PATCH":
            bucket.retention_s = _retention(_json(self.body))
        return 200, self._shown(bucket)

    def _shown(self, bucket: StoredBucket) -> dict[str, Any]:
        rules = [{"type": "expire", "everySeconds": bucket.retention_s, "shardGroupDurationSeconds": 86_400}]
        return {
            "id": bucket.id,
            "orgID": self.stub.org_id,
            "type": "user",
            "name": bucket.name,
            "retentionRules": rules,
        }

    def _authorize(self) -> Said:
        self._administers(f"write:orgs/{self.stub.org_id}/authorizations")
        scope = []
        for permission in _json(self.body)["permissions"]:
            resource = permission["resource"]
            if resource["type"] != "buckets" or permission["action"] not in ("read", "write"):
                raise RefusalError(400, "invalid", "the stub knows read and write of buckets only")
            scope.append((permission["action"], self._bucket(resource["id"]).name))
        token = secrets.token_urlsafe(32)
        self.stub.scopes[token] = frozenset(scope)
        return 201, {"id": token[:16], "token": token, "status": "active"}

    def _revoke(self, made: str) -> Said:
        self._administers(f"write:orgs/{self.stub.org_id}/authorizations/{made}")
        for token in [token for token in self.stub.scopes if token.startswith(made)]:
            del self.stub.scopes[token]
        return 204, None


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError as error:
        raise RefusalError(400, "invalid", "invalid request; error parsing request json") from error
    if not isinstance(said, dict):
        raise RefusalError(400, "invalid", "invalid request; error parsing request json")
    return said


def _retention(said: dict[str, Any]) -> int:
    return sum(int(rule["everySeconds"]) for rule in said.get("retentionRules", []))
