"""Makes on a server what results are written to: buckets with their retention, and the names InfluxQL knows them by.

Doing it again changes nothing. InfluxDB 2 is asked through its API; 1 through InfluxQL, where a bucket is a database
and its retention policy; 3 makes a database when it is first written to. What the token may not do is said, with what
somebody with more rights would do.
"""

from typing import Any, Final

from imutrack.influx.client import Client, RefusedError
from imutrack.influx.findings import Finding
from imutrack.influx.queries import quoted, refusal

__all__ = ["bucket_named", "databases", "dbrp_of", "org_id", "policy_of", "setup", "split_bucket"]

DAY_S: Final = 86_400
SHARD_S: Final = 30 * DAY_S  # few points a day and for years: short shards make more files than points
_TRACE_SHARD_S: Final = 7 * DAY_S  # curves go a shard at a time


def setup(client: Client, trace_days: int) -> list[Finding]:
    """Make what is missing and mend what differs; say for each bucket what was done or could not be.

    Args:
        client: of the server.
        trace_days: how long curves are kept.

    Raises:
        UnreachableError: the server does not answer.
    """
    plan = zip(client.settings.buckets, (0, trace_days), (SHARD_S, _TRACE_SHARD_S), strict=True)
    if client.major >= 3:
        return [
            Finding(True, f"{bucket}: InfluxDB 3 makes it when it is first written to", _RETENTION_ON_3)
            for bucket in client.settings.buckets
        ]
    if client.major == 1:
        return [_on_1(client, bucket, days, shard_s) for bucket, days, shard_s in plan]
    if not client.settings.org:  # the server would name any that the token may see
        return [Finding(False, "InfluxDB 2 keeps buckets by organisation, and org is not set", _ORG_FIX)]
    try:
        org = org_id(client)
    except RefusedError as error:
        return [Finding(False, f"organisation {client.settings.org!r}: {error.words}", _ORG_FIX)]
    done = []
    for bucket, days, shard_s in plan:
        done += _on_2(client, org, bucket, days, shard_s)
    return done


_RETENTION_ON_3: Final = "for a time limit on curves make that database by hand first: influxdb3 create database --help"
_ORG_FIX: Final = "set org in [influx] to the name the server has; run this with the token of an administrator there"
_ADMIN_FIX: Final = "run this once with the token of an administrator, or let one make it"


def split_bucket(bucket: str) -> tuple[str, str]:
    """Return database and retention policy, as InfluxQL knows a bucket."""
    database, _, policy = bucket.partition("/")
    return database, policy or "autogen"


def org_id(client: Client) -> str:
    """Return the id of the organisation.

    Raises:
        RefusedError: the server does not know it or does not tell.
    """
    orgs = client.ask("GET", "/api/v2/orgs", org=client.settings.org).listed("orgs")
    if not orgs:
        raise RefusedError(404, f"no organisation {client.settings.org!r}")
    return str(orgs[0]["id"])


def bucket_named(client: Client, name: str) -> dict[str, Any] | None:
    """Return a bucket of InfluxDB 2 as its API has it; None where there is none that the token may see."""
    try:
        found = client.ask("GET", "/api/v2/buckets", org=client.settings.org, name=name).listed("buckets")
    except RefusedError as error:
        if error.status == 404:
            return None
        raise
    return next((bucket for bucket in found if bucket["name"] == name), None)


def dbrp_of(client: Client, bucket: str) -> dict[str, Any] | None:
    """Return the entry by which InfluxQL finds a bucket's database and policy; None where it finds none."""
    database, policy = split_bucket(bucket)
    content = client.ask("GET", "/api/v2/dbrps", org=client.settings.org, db=database).listed("content")
    return next((one for one in content if one.get("retention_policy") == policy), None)


def databases(client: Client) -> list[str]:
    """Return the databases of InfluxDB 1 or 3 that the token may see."""
    return [str(values[0]) for series in client.query("SHOW DATABASES") for values in series.get("values", [])]


def policy_of(client: Client, bucket: str) -> dict[str, Any] | None:
    """Return the retention policy of a bucket of InfluxDB 1: name, duration and others; None where there is none."""
    database, policy = split_bucket(bucket)
    for series in client.query(f"SHOW RETENTION POLICIES ON {quoted(database)}"):
        for values in series.get("values", []):
            found = dict(zip(series["columns"], values, strict=True))
            if found["name"] == policy or ("/" not in bucket and found["default"]):
                return found
    return None


def _on_2(client: Client, org: str, name: str, days: int, shard_s: int) -> list[Finding]:
    rules = [{"type": "expire", "everySeconds": days * DAY_S, "shardGroupDurationSeconds": shard_s}]
    try:
        there = bucket_named(client, name)
        if there is None:
            body = {"orgID": org, "name": name, "retentionRules": rules}
            there = client.ask("POST", "/api/v2/buckets", body=body).said
            done = "made"
        elif _kept_s(there) != days * DAY_S:
            client.ask("PATCH", f"/api/v2/buckets/{there['id']}", body={"retentionRules": rules})
            done = "was there; how long it keeps was changed"
        else:
            done = "was there"
        found = [Finding(True, f"bucket {name}: {done}; keeps {_days_text(days)}")]
    except RefusedError as error:
        return [Finding(False, f"bucket {name} cannot be made or changed: {error.words}", _ADMIN_FIX)]
    return [*found, *_dbrp(client, org, name, str(there["id"]))]


def _kept_s(bucket: dict[str, Any]) -> int:
    return sum(int(rule["everySeconds"]) for rule in bucket.get("retentionRules") or [])


def _dbrp(client: Client, org: str, name: str, bucket_id: str) -> list[Finding]:
    """See that InfluxQL finds a bucket; newer servers do so by its name, and nothing is to be said then."""
    database, policy = split_bucket(name)
    try:
        entry = dbrp_of(client, name)
        if entry is None and refusal(client, name):
            body = {
                "orgID": org, "bucketID": bucket_id, "database": database, "retention_policy": policy,
                "default": "/" not in name,
            }  # fmt: skip
            client.ask("POST", "/api/v2/dbrps", body=body)
            return [Finding(True, f"bucket {name}: mapped to {database}/{policy} for InfluxQL")]
    except RefusedError as error:
        what = f"bucket {name} cannot be mapped to {database}/{policy} for InfluxQL: {error.words}"
        return [Finding(False, what, _ADMIN_FIX)]
    if entry is not None and entry.get("bucketID") != bucket_id:
        fix = f"delete that mapping (influx v1 dbrp delete --id {entry.get('id')}) and run this again"
        return [Finding(False, f"{database}/{policy} leads InfluxQL to another bucket than {name}", fix)]
    return []


def _on_1(client: Client, bucket: str, days: int, shard_s: int) -> Finding:
    database, policy = split_bucket(bucket)
    lasts = "INF" if not days else f"{days * DAY_S}s"
    rest = f"ON {quoted(database)} DURATION {lasts} REPLICATION 1 SHARD DURATION {shard_s}s"
    try:
        new = database not in databases(client)
        client.query(f"CREATE DATABASE {quoted(database)}")
        there = policy_of(client, bucket)
        if there is None:
            client.query(f"CREATE RETENTION POLICY {quoted(policy)} {rest}")
        else:
            client.query(f"ALTER RETENTION POLICY {quoted(there['name'])} {rest}")
    except RefusedError as error:
        return Finding(False, f"{bucket} cannot be made or changed: {error.words}", _ADMIN_FIX)
    done = "made" if new or there is None else "is there"
    return Finding(True, f"database {database}, retention policy {policy}: {done}; keeps {_days_text(days)}")


def _days_text(days: int) -> str:
    return f"{days} days" if days else "everything"
