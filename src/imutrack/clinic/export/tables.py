"""One patient as tables: a CSV file for each measurement, with a list of every column beside them.

What people wrote could begin like a formula, and a spreadsheet would run it, even one that takes the semicolons of a
text for columns. So a ``'`` is put before what would begin a formula (``= + - @``, also in full width) or is a ``'``
itself, wherever a cell could begin: at the start of a text, and after a ``;``, ``,``, ``|``, tab or line end inside it.
`unguarded` takes exactly these away again. Numbers are left as they are: they are no text.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from imutrack.clinic.export.records import Records
from imutrack.stores.rows import Row, Value
from imutrack.stores.schema import MEASUREMENTS, Measurement
from imutrack.words import SYNTHETIC

__all__ = ["COLUMNS_FILE", "README_FILE", "guarded", "tables", "unguarded"]

README_FILE: Final = "README.txt"
COLUMNS_FILE: Final = "fields.csv"

_CELL: Final = r"(^|[;,|\t\r\n])([\s\"]*)"
_TO_GUARD: Final = re.compile(_CELL + r"(?=['=+\-@＝＋－＠])")
_GUARD: Final = re.compile(_CELL + r"'")

_README: Final = """\
Tables of one patient, from imutrack.

These files hold health data. The patient is named by a pseudonym alone, but what is written in the texts may still
tell who it is: keep the files as you keep other patient records, and delete them when they are no longer needed.

One file for each kind of entry; fields.csv says what every column means and its unit. Text is UTF-8, columns are
separated by commas, decimals have a point, times are ISO 8601 with the offset to UTC. An empty cell means unknown,
never zero and never "fine". A row whose column "withdrawn" is true was set aside and is not to be used.

Text that a spreadsheet could take for a formula has a ' before it: at the start of a cell, and after a ; , | tab or
line end inside it, where = + - @ or another ' follows (blanks and quotation marks in between do not count). Taking one
' away in these places gives back the text as it was written.

Research and education software. Not a medical device.

Files and rows:
"""


def tables(records: Records, zone: tzinfo) -> dict[str, bytes]:
    """Return the files: name -> content; the same records give the same bytes.

    Args:
        records: of one patient.
        zone: the clinic's, for local times.
    """
    measured = {f"{name}.csv": _csv(_lines(MEASUREMENTS[name], records.of_kind(name), zone)) for name in records.rows}
    readme = _README + "".join(f"  {name}.csv  {number}\n" for name, number in records.counts.items())
    if records.synthetic:
        readme += f"\n{SYNTHETIC}\n"
    columns = _csv(_columns(records))
    return {README_FILE: readme.encode(), COLUMNS_FILE: columns, **measured}


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("-3, a little"), guarded("fine; =A1"), guarded("4-5 times")
    ("'=1+1", "'-3, a little", "fine; '=A1", '4-5 times')
    """
    return _TO_GUARD.sub(r"\1\2'", text)


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    >>> unguarded("fine; '=A1")
    'fine; =A1'
    """
    return _GUARD.sub(r"\1\2", text)


def _lines(measurement: Measurement, rows: Sequence[Row], zone: tzinfo) -> Iterator[list[str]]:
    names = [field.name for field in measurement.fields]
    yield ["time", *measurement.tags, *names]
    for row in rows:
        time = datetime.fromtimestamp(row.start, zone).isoformat(timespec="milliseconds")
        tags = [guarded(row.tags.get(name, "")) for name in measurement.tags]
        yield [time, *tags, *(_cell(row.fields.get(name)) for name in names)]


def _cell(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return guarded(value) if isinstance(value, str) else repr(value)


def _columns(records: Records) -> Iterator[list[str]]:
    yield ["file", "column", "type", "unit", "description"]
    for name in records.rows:
        yield [f"{name}.csv", "time", "time", "", f"When it began, ISO 8601 with offset: {MEASUREMENTS[name].text}"]
        for tag in MEASUREMENTS[name].tags:
            yield [f"{name}.csv", tag, "str", "", _TAGS[tag]]
        for field in MEASUREMENTS[name].fields:
            yield [f"{name}.csv", field.name, field.type, field.unit, guarded(field.text)]


_TAGS: Final = {
    "patient": "Pseudonym",
    "clinic": "Short name of the clinic",
    "exercise": "Exercise, as the catalogue names it",
    "side": "Side, as it was entered",
    "trial": "Form of the balance trial or test",
}


def _csv(lines: Iterator[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)  # RFC 4180: CRLF, quotes where they are needed
    return text.getvalue().encode()
