"""Walks from the settings to what the server holds, and names the fix for what is not as it should be.

A link that is broken ends the walk where all behind it would fail as well: settings, way, token. Whether the token may
write is asked with a line that no server can read: it is refused after the token and the bucket were looked at, and
nothing is stored.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from imutrack.errors import SettingsError
from imutrack.influx.client import Answer, Client, Outcome, RefusedError, UnreachableError
from imutrack.influx.findings import Finding
from imutrack.influx.holdings import counts_agree, field_types, waiting
from imutrack.influx.queries import refusal
from imutrack.influx.settings import Access, access_of, influx_of
from imutrack.influx.setup import DAY_S, bucket_named, databases, dbrp_of, policy_of, split_bucket
from imutrack.influx.way import UNKNOWN_FIX, way
from imutrack.stores.local import LocalStore

__all__ = ["examine", "examine_settings"]

_UNREADABLE: Final = b"imutrack_doctor\n"  # no field: no server stores it
_WRITE_PATH: Final = "/api/v2/write"
_OWN_OF_SERVER: Final = ("_internal", "_monitoring", "_tasks")
_SETUP: Final = "run imutrack influx setup with the token of an administrator"
_PAGE: Final = 100  # buckets; the most that InfluxDB 2 lists at once, and enough to tell


def examine_settings(
    said: Mapping[str, Any], environment: Mapping[str, str], source: Path | None
) -> tuple[Finding, Access | None]:
    """Return what is found in the ``[influx]`` table and the token, and the way in where they can be used."""
    where = source or "imutrack.toml"
    try:
        settings = influx_of(said, source)
        if settings is None:
            return Finding(False, f"{where} names no InfluxDB", 'write [influx] and url = "..." into it'), None
        access = access_of(settings, environment, source)
    except SettingsError as error:
        what, _, fix = str(error).rpartition(": ")
        return Finding(False, what, fix), None
    return Finding(True, f"{where} names {settings.url} and there is a token"), access


def examine(
    client: Client, store: LocalStore | None, *, clinic: str, trace_days: int, now: float
) -> Generator[Finding]:
    """Yield what is found, link by link.

    Args:
        client: of the server.
        store: open; None where there is none, so that only the server is looked at.
        clinic: the name that goes with every result.
        trace_days: how long curves are kept.
        now: Unix epoch s.
    """
    if store is not None:
        yield from waiting(store)
    reached = yield from way(client, now)
    if not reached:
        return
    there = yield from _writes(client)
    if not there:
        return
    readable = []
    for bucket, days in zip(client.settings.buckets, (0, trace_days), strict=True):
        if bucket in there:
            readable.append((yield from _reads(client, bucket)))
            if readable[-1] or client.major != 1:  # 1 tells nobody else
                yield from _guarded("how long points are kept", _kept, client, bucket, days)
    yield from _guarded("what else the token may read", _others, client)
    if readable == [True, True]:
        yield from _guarded("the types of fields", field_types, client)
        if store is not None:
            yield from _guarded("the counts", counts_agree, client, store, clinic)


def _guarded(subject: str, look: Callable[..., Iterable[Finding]], *said: Any) -> Generator[Finding]:
    """Look at something; a server that does not tell is itself a finding."""
    try:
        yield from look(*said)
    except RefusedError as error:
        yield Finding(False, f"the server does not tell {subject}: {error.words}", "ask with a token that may read")
    except UnreachableError as error:
        yield Finding(False, f"the server did not tell {subject}: {error}", "run this again")


def _writes(client: Client) -> Generator[Finding, None, list[str]]:
    """Yield whether the token may write; return the buckets that are there, none where no look at them is of use."""
    there = []
    for bucket in client.settings.buckets:
        answer = client.write(bucket, _UNREADABLE)
        if answer.status == 401:
            yield Finding(False, f"the server does not know the token: {answer.words}", UNKNOWN_FIX)
            return []
        if answer.status == 404 and "organization" in answer.words:
            what = f"the server has no organisation {client.settings.org!r}"
            yield Finding(False, what, "set org in [influx] to the name it has there")
            return []
        if answer.status == 404 and "page not found" in answer.words:
            yield Finding(False, f"this server has no {_WRITE_PATH}: {answer.words}", "use InfluxDB 1.8 or newer")
            return []
        if answer.status != 404:
            there.append(bucket)
        yield _write_finding(bucket, answer)
    return there


def _write_finding(bucket: str, answer: Answer) -> Finding:
    if answer.status == 404:
        return Finding(False, f"the server has no bucket {bucket}: {answer.words}", _SETUP)
    if answer.status == 403:
        what = f"the token may not write to {bucket}: {answer.words}"
        return Finding(False, what, f"put in the token of this clinic, or grant it write on {bucket}")
    if answer.outcome is Outcome.KEEP:
        what = f"the server takes nothing for {bucket}: {answer.status or 'no answer'}, {answer.words}"
        return Finding(False, what, "look into the server's own log; what is to be sent is kept here")
    return Finding(True, f"the token may write to {bucket}")


def _kept(client: Client, bucket: str, days: int) -> Generator[Finding]:
    """Compare how long a bucket keeps points with what was meant, and where InfluxQL finds it."""
    wanted_s = days * DAY_S
    if client.major == 1:
        policy = policy_of(client, bucket)
        kept_s = None if policy is None else _seconds(str(policy["duration"]))
    elif client.major == 2:
        there = bucket_named(client, bucket)
        if there is None:
            return  # not there, or not to be seen
        yield from _mapped(client, bucket, str(there["id"]))
        kept_s = sum(int(rule["everySeconds"]) for rule in there.get("retentionRules") or [])
    else:
        return
    if kept_s is not None and kept_s != wanted_s:
        kept, wanted = (f"{seconds / DAY_S:g} days" if seconds else "for ever" for seconds in (kept_s, wanted_s))
        yield Finding(False, f"{bucket} keeps points {kept} instead of {wanted}", _SETUP)


def _mapped(client: Client, bucket: str, bucket_id: str) -> Generator[Finding]:
    database, policy = split_bucket(bucket)
    entry = dbrp_of(client, bucket)
    if entry is None and refusal(client, bucket):  # InfluxDB may find it and not say how
        what = f"InfluxQL knows no {database}/{policy}, so dashboards find nothing in {bucket}"
        yield Finding(False, what, _SETUP)
    if entry is not None and entry.get("bucketID") != bucket_id:
        fix = f"delete that mapping: influx v1 dbrp delete --id {entry.get('id')}; then {_SETUP}"
        yield Finding(False, f"InfluxQL's {database}/{policy} is another bucket than {bucket}", fix)


def _reads(client: Client, bucket: str) -> Generator[Finding, None, bool]:
    """Yield whether the token may read a bucket; return it."""
    try:
        refused = refusal(client, bucket)
    except UnreachableError as error:
        yield Finding(False, f"{bucket} cannot be read: {error}", "run this again")
        return False
    if refused:
        what = f"the token may not read {bucket}, so types and counts are not compared: {refused.words}"
        yield Finding(True, what, "enough for sending; ask with a token that may read as well to see the rest")
    return not refused


def _others(client: Client) -> Generator[Finding]:
    if client.major == 2:
        found = client.ask("GET", "/api/v2/buckets", org=client.settings.org, limit=str(_PAGE)).listed("buckets")
        seen = [str(bucket["name"]) for bucket in found]
        own = set(client.settings.buckets)
    else:
        seen = databases(client)
        own = {split_bucket(bucket)[0] for bucket in client.settings.buckets} | set(client.settings.buckets)
    others = sorted(set(seen) - own - set(_OWN_OF_SERVER))
    if not others:
        yield Finding(True, "the token reads no other clinic's bucket")
        return
    fix = "make a token for this clinic's two buckets only"
    if client.major >= 3:
        fix = "InfluxDB 3 Core knows only tokens for everything: give each clinic a server of its own"
    yield Finding(False, f"the token may also read {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}", fix)


def _seconds(duration: str) -> int:
    """Return a duration as InfluxDB 1 writes it.

    >>> _seconds("2160h0m0s")
    7776000
    """
    units = {"h": 3600, "m": 60, "s": 1}
    total, number = 0, ""
    for sign in duration:
        if sign in units:
            total, number = total + int(number) * units[sign], ""
        else:
            number += sign
    return total
