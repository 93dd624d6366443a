"""What a server holds, beside what it should: types of fields, counts, and what waits here to be sent."""

from collections.abc import Generator, Iterable
from typing import Any, Final

from imutrack.influx.client import Client
from imutrack.influx.findings import Finding
from imutrack.influx.queries import counts, text
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS
from imutrack.words import counted

__all__ = ["counts_agree", "field_types", "waiting"]

_TYPES: Final = {"float": "float", "integer": "int", "string": "str", "boolean": "bool"}
_ALL: Final = "imutrack sync --all"
_WORDS: Final = 3  # refusals that are shown; many lines are refused for one reason, each in words of its own


def waiting(store: LocalStore) -> Generator[Finding]:
    """Say what is in the outbox."""
    if not outbox.is_on(store):
        yield Finding(False, "what changes here is not sent to InfluxDB yet", f"run {_ALL} once")
        return
    if outbox.to_fill(store):
        yield Finding(False, "not all that was here before is sent to InfluxDB yet", "run imutrack sync")
    found = outbox.waiting(store)
    if found.set_aside_batches:
        what = f"{counted(found.set_aside_points, 'point')} set aside, as the server refused them"
        yield Finding(False, f"{what}: {'; '.join(outbox.refusals(store, _WORDS))}", f"mend that, then run {_ALL}")
    if erased := len(outbox.to_erase(store)):
        what = f"{counted(erased, 'pseudonym')} erased or renamed here, not known to be gone from the server"
        yield Finding(False, what, "run imutrack sync with a token that may read and delete, as an administrator's")
    yield Finding(
        True,
        f"{counted(found.points, 'point')} to be sent" if found.batches else "nothing waits to be sent",
        "run imutrack sync" if found.batches else "",
    )


def field_types(client: Client) -> Generator[Finding]:
    """Say which fields the server has of another type than ours: it refuses every point that has them.

    Raises:
        RefusedError, UnreachableError: the server does not say.
    """
    wrong = []
    for bucket in client.settings.buckets:
        for measurement, name, kind in _fields(client.query("SHOW FIELD KEYS", bucket)):
            ours = _type_of(measurement, name)
            if ours is not None and ours != _TYPES.get(kind, kind):
                wrong.append((bucket, f"{measurement}.{name} is {kind} in {bucket}, and {ours} here"))
    for bucket, what in wrong:
        fix = f"something else writes there: stop it, empty {bucket} (or name another in [influx]), run {_ALL}"
        yield Finding(False, what, fix)
    if not wrong:
        yield Finding(True, "every field is of the type that it should be")


def counts_agree(client: Client, store: LocalStore, clinic: str) -> Generator[Finding]:
    """Compare the points that count, by measurement, with those of the local store; curves are left out.

    Raises:
        RefusedError, UnreachableError: the server does not say.
    """
    where = f'"withdrawn" = false AND "clinic" = {text(clinic)}'
    there = counts(client, client.settings.bucket, where, "withdrawn")
    agree = True
    for measurement, here in _here(store).items():
        at_server = there.get(measurement, 0)
        what = f"{measurement}: {counted(here, 'point')} here, {at_server} on the server"
        if at_server < here:
            waits = outbox.waiting(store).batches
            yield Finding(False, what, "run imutrack sync" if waits else f"run {_ALL}")
        elif at_server > here:
            fix = f"does another folder or machine write as clinic {clinic!r}? else empty the bucket and run {_ALL}"
            yield Finding(False, what, fix)
        agree = agree and at_server == here
    if agree:
        yield Finding(True, f"the server has what is here: {counted(sum(there.values()), 'point')}")


def _fields(found: Iterable[dict[str, Any]]) -> Generator[tuple[str, str, str]]:
    for series in found:
        for name, kind in series.get("values", []):
            yield series["name"], name, kind


def _type_of(measurement: str, name: str) -> str | None:
    """Return the type of a field of ours; None where it is not ours."""
    known = MEASUREMENTS.get(measurement)
    return next((str(field.type) for field in known.fields if field.name == name), None) if known else None


def _here(store: LocalStore) -> dict[str, int]:
    names = [name for name, kind in MEASUREMENTS.items() if kind.storage == "points" and "patient" in kind.tags]
    with store.database.reading() as connection:
        return {
            name: int(connection.execute(f"SELECT count(*) FROM {name} WHERE NOT withdrawn").fetchone()[0])  # noqa: S608 - own names
            for name in names
        }
