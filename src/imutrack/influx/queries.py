"""InfluxQL that several parts ask: names and texts in quotes, counts by measurement."""

from typing import Any, Final

from imutrack.influx.client import Client, RefusedError

__all__ = ["counts", "quoted", "refusal", "text"]

# No SHOW: InfluxDB 2 answers it for the default policy of a database whatever policy was asked for, and with nothing
# instead of a refusal to a token that may not read.
_NOTHING: Final = 'SELECT "x" FROM "imutrack_doctor" LIMIT 1'


def quoted(name: str) -> str:
    r"""Return a name as InfluxQL takes it.

    >>> print(quoted('the "north"'))
    "the \"north\""
    """
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(value: str) -> str:
    r"""Return a text as InfluxQL takes it.

    >>> print(text("it's"))
    'it\'s'
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def refusal(client: Client, bucket: str) -> RefusedError | None:
    """Return why InfluxQL does not answer about a bucket; None where it does.

    Raises:
        UnreachableError: the server does not answer.
    """
    try:
        client.query(_NOTHING, bucket)
    except RefusedError as error:
        return error
    return None


def counts(client: Client, bucket: str, where: str, field: str = "*") -> dict[str, int]:
    """Return how many points each measurement has.

    Args:
        client: of the server.
        bucket: to look in.
        where: condition.
        field: that is counted; with ``*`` a measurement counts as its most frequent field.

    Raises:
        RefusedError: the token may not read.
        UnreachableError: the server does not answer.
    """
    column = field if field == "*" else quoted(field)
    found: dict[str, int] = {}
    for series in client.query(f"SELECT count({column}) FROM /.*/ WHERE {where}", bucket):  # noqa: S608 - in quotes
        found[series["name"]] = max([found.get(series["name"], 0), *_numbers(series)])
    return found


def _numbers(series: dict[str, Any]) -> list[int]:
    return [
        int(value)
        for values in series["values"]
        for name, value in zip(series["columns"], values, strict=True)
        if name != "time" and value is not None
    ]
