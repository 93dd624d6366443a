"""Deletes a patient on the server, then counts what is left there, over all measurements.

InfluxDB 2 has an API for it, 1 the statement ``DROP SERIES`` for those who may; 3 Core has nothing: that is said, and
the count says what is left. The local store comes first: what still waits in its outbox would bring points back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from imutrack.influx.client import Client, RefusedError
from imutrack.influx.queries import counts, quoted, text
from imutrack.influx.setup import split_bucket
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["Erased", "erase", "erase_waiting", "left"]

_FIRST, _LAST = "1677-09-21T00:12:43.145224194Z", "2262-04-11T23:47:16.854775806Z"  # all that 64 bits hold
_ON_3: Final = (
    "InfluxDB 3 cannot delete single points: delete the whole database there, make it anew and run imutrack sync --all"
)
_MAY_NOT: Final = "the server did not delete: {words}; run this again with a token that may, such as an administrator's"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure left.

    Attributes:
        left: points of the patient by bucket and measurement, only where there are some; None where the token may not
            read, so that it is unknown.
        problem: what the server could not do and what to do instead; empty where all went well.
    """

    left: Mapping[str, int] | None
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing is left, by count."""
        return self.left is not None and not self.left


def erase(client: Client, patient: str) -> Erased:
    """Delete everything of a patient on the server and count what is left.

    Args:
        client: of the server.
        patient: pseudonym; one that the server does not know is no error.

    Raises:
        UnreachableError: the server does not answer; nothing is known then.
    """
    problem = ""
    try:
        if client.major >= 3:
            problem = _ON_3
        elif client.major == 1:
            _on_1(client, patient)
        else:
            _on_2(client, patient)
    except RefusedError as error:
        problem = _MAY_NOT.format(words=error.words)
    try:
        found = left(client, patient)
    except RefusedError as error:
        unknown = f"what is left is unknown, as the token may not read: {error.words}"
        return Erased(None, f"{problem}; {unknown}" if problem else unknown)
    return Erased(found, problem if found else "")


def erase_waiting(store: LocalStore, client: Client) -> dict[str, Erased]:
    """Delete on the server the patients that were erased here; return what came of each.

    To be done before anything is sent: a pseudonym may be somebody's again, whose points are sent anew then.

    Raises:
        UnreachableError: the server does not answer; what is not done stays to be done.
    """
    done = {}
    for patient in outbox.to_erase(store):
        done[patient] = erase(client, patient)
        if done[patient].complete:
            outbox.refill(store, patient)  # before it is forgotten: cut off in between, both are done again
            outbox.erased(store, patient)
    return done


def left(client: Client, patient: str) -> dict[str, int]:
    """Return how many points of a patient the server has, by bucket and measurement, only where there are some.

    Raises:
        RefusedError: the token may not read.
        UnreachableError: the server does not answer.
    """
    found = {}
    for bucket in client.settings.buckets:
        for measurement, count in counts(client, bucket, f'"patient" = {text(patient)}').items():
            if count:
                found[f"{bucket}: {measurement}"] = count
    return found


def _on_1(client: Client, patient: str) -> None:
    """Drop the patient's series: in all policies of a database at once."""
    for database in dict.fromkeys(split_bucket(bucket)[0] for bucket in client.settings.buckets):
        try:
            client.query(f'DROP SERIES WHERE "patient" = {text(patient)}', database)
        except RefusedError as error:
            if "database not found" not in error.words:
                raise


def _on_2(client: Client, patient: str) -> None:
    """Delete in every bucket, also where one refuses.

    Raises:
        RefusedError: the first that one of them said.
    """
    refused = []
    for bucket in client.settings.buckets:
        try:
            whose = f"patient={quoted(patient)}"
            for predicate in (
                *(f"_measurement={quoted(name)} AND {whose}" for name in _measurements(client, bucket)),
                whose,
            ):
                body = {"start": _FIRST, "stop": _LAST, "predicate": predicate}
                client.ask("POST", "/api/v2/delete", body=body, org=client.settings.org, bucket=bucket)
        except RefusedError as error:
            refused.append(error)
    if refused:
        raise refused[0]


def _measurements(client: Client, bucket: str) -> list[str]:
    """Return the measurements of the schema, and others that the bucket has, where the token may see them."""
    try:
        there = client.query("SHOW MEASUREMENTS", bucket)
    except RefusedError:
        there = []
    named = [str(values[0]) for series in there for values in series.get("values", [])]
    return list(dict.fromkeys((*(name for name, kind in MEASUREMENTS.items() if "patient" in kind.tags), *named)))
