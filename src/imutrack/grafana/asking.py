"""Holds a query against the schema: what it asks for is there, and it counts nothing twice."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from imutrack.errors import SettingsError
from imutrack.grafana.expanding import VARIABLE
from imutrack.grafana.influxql import Select, TagValues, read, selects
from imutrack.stores.link_fields import LINK
from imutrack.stores.schema import MEASUREMENTS, Measurement

__all__ = ["KNOWN", "problems_of"]

KNOWN: Final[Mapping[str, Measurement]] = {
    **MEASUREMENTS,
    "link": Measurement("link", ("clinic", "sensor"), LINK, "the link to a sensor, each 10 s"),
}
"""What may be asked: the schema, and what only InfluxDB holds."""

_COUNTED: Final = '"withdrawn" = false'


def problems_of(text: str, variables: Collection[str], *, table: bool = False, period: bool = True) -> Iterator[str]:
    """Yield what is wrong with a query, in words.

    Args:
        text: InfluxQL as in a dashboard.
        variables: names that are there to be put in.
        table: whether the answer is drawn as a table.
        period: whether the period above must be in it.
    """
    for name, form in VARIABLE.findall(text):
        if name not in variables:
            yield f"asks for the variable {name}, which is not there"
        if form not in {"raw", "regex"}:
            yield f"puts in {name} in the format {form}: use raw or regex"
    rest = VARIABLE.sub("", text).replace("$timeFilter", "").replace("$__interval", "")
    if "${" in rest or "$" in rest.replace(")$/", ""):
        yield "holds a variable without a format: write ${name:raw} or ${name:regex}"
    if period and "$timeFilter" not in text:
        yield "asks for all time: add $timeFilter"
    try:
        statement = read(text)
    except SettingsError as error:
        yield str(error)
        return
    if isinstance(statement, TagValues):
        yield from _of_tag_values(statement)
        return
    for select in selects(statement):
        yield from _of_select(select)
    if table and len(statement.tags) > 1:
        # Grafana lays the tags of a table's groups side by side in no fixed order
        yield f"groups a table by {len(statement.tags)} tags, which Grafana mixes up: one at most"


def _of_tag_values(statement: TagValues) -> Iterator[str]:
    measurement = KNOWN.get(statement.source)
    if measurement is None:
        yield f"asks for the measurement {statement.source}, which the schema does not have"
        return
    for name in sorted({statement.tag, *statement.asked} - set(measurement.tags)):
        yield f"asks for the tag {name}, which {statement.source} does not have"


def _of_select(select: Select) -> Iterator[str]:
    tags: set[str] = set()
    columns: set[str] = set()
    for source in select.sources:
        if isinstance(source, Select):
            tags |= set(source.tags)  # what it is grouped by
            columns |= source.columns.keys()
        elif source in KNOWN:
            tags |= set(KNOWN[source].tags)
            columns |= {field.name for field in KNOWN[source].fields}
        else:
            yield f"asks for the measurement {source}, which the schema does not have"
    asked = {name for names in select.columns.values() for name in names} | select.asked
    for name in sorted(asked - tags - columns):
        yield f"asks for {name}, which {_called(select)} does not have"
    for name in select.tags:
        if name not in tags:
            yield f"groups by {name}, which is no tag of {_called(select)}"
    if any(isinstance(source, str) for source in select.sources) and _COUNTED not in select.conditions:
        yield f"counts what was replaced: add {_COUNTED}"


def _called(select: Select) -> str:
    return ", ".join(source if isinstance(source, str) else "the inner SELECT" for source in select.sources)
