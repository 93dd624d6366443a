"""Holds a query against the schema: what it asks for is there, and it counts nothing twice.

Where points were replaced, the old ones must be left out before anything is counted: in the SELECT that asks a
measurement, or in the one around it where the inner one hands every point on as it is, with its mark.
"""

from collections.abc import Collection, Iterator
from typing import Final

from imutrack.errors import SettingsError
from imutrack.grafana.expanding import VARIABLE
from imutrack.grafana.influxql import Select, TagValues, read, selects
from imutrack.stores.fields import WITHDRAWN
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["problems_of"]

_ALL_TIME: Final = "asks for all time: add $timeFilter"
_COUNTED: Final = f'"{WITHDRAWN.name}" = false'
_GIVEN: Final = frozenset({"__from", "__to"})  # Grafana's own: begin and end of the period, Unix epoch ms


def problems_of(text: str, variables: Collection[str], *, table: bool = False, period: bool = True) -> Iterator[str]:
    """Yield what is wrong with a query, in words.

    Args:
        text: InfluxQL as in a dashboard.
        variables: names that are there to be put in.
        table: whether the answer is drawn as a table.
        period: whether the period above must be in it.
    """
    for name, form in VARIABLE.findall(text):
        if name not in variables and name not in _GIVEN:
            yield f"asks for the variable {name}, which is not there"
        if form not in {"raw", "regex"}:
            yield f"puts in {name} in the format {form}: use raw or regex"
    rest = VARIABLE.sub("", text).replace("$timeFilter", "").replace("$__interval", "")
    if "${" in rest or "$" in rest.replace(")$/", ""):
        yield "holds a variable without a format: write ${name:raw} or ${name:regex}"
    try:
        statement = read(text)
    except SettingsError as error:
        yield str(error)
        return
    if isinstance(statement, TagValues):
        yield from _of_tag_values(statement)
        if period and not _within(statement.conditions):
            yield _ALL_TIME
        return
    for select, around in selects(statement):
        yield from _of_select(select)
        if not any(isinstance(source, str) for source in select.sources):
            continue
        if not _leaves_out(select, around):
            yield f"counts what was replaced: add {_COUNTED}"
        if period and not _within(select.conditions):
            yield _ALL_TIME
    if table and len(statement.tags) > 1:
        # Grafana lays the tags of a table's groups side by side in no fixed order
        yield f"groups a table by {len(statement.tags)} tags, which Grafana mixes up: one at most"


def _of_tag_values(statement: TagValues) -> Iterator[str]:
    measurement = MEASUREMENTS.get(statement.source)
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
        elif source in MEASUREMENTS:
            tags |= set(MEASUREMENTS[source].tags)
            columns |= {field.name for field in MEASUREMENTS[source].fields}
        else:
            yield f"asks for the measurement {source}, which the schema does not have"
    asked = {name for names in select.columns.values() for name in names} | select.asked
    for name in sorted(asked - tags - columns):
        yield f"asks for {name}, which {_called(select)} does not have"
    for name in select.tags:
        if name not in tags:
            yield f"groups by {name}, which is no tag of {_called(select)}"


def _leaves_out(select: Select, around: Select | None) -> bool:
    """Whether points that were replaced are left out before anything is made of them."""
    if _COUNTED in select.conditions:
        return True
    handed_on = select.plain and select.columns.get(WITHDRAWN.name) == (WITHDRAWN.name,)
    return handed_on and around is not None and _COUNTED in around.conditions


def _within(conditions: Collection[str]) -> bool:
    return any(each == "$timeFilter" or each.startswith("time >=") for each in conditions)


def _called(select: Select) -> str:
    return ", ".join(source if isinstance(source, str) else "the inner SELECT" for source in select.sources)
