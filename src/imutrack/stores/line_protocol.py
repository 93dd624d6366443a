"""Rows and curves as InfluxDB's line protocol: bytes that give every value back exactly.

Goal: what is read back from the server is what the local store holds, to the last bit, and serialising takes no time
beside what the server takes. So values become text a column at a time (orjson writes the shortest digits that give the
same number back), and a line is a template that the texts are put into.

A server keeps the type that a field had first, and takes ``3`` for a float, ``3i`` for an int. The types are those of
the values, which the schema has made what they are; any other type is refused. A float that is no number is left out,
and a point that then says nothing has no line. Lines keep the order of the points: lines of one point merge on the
server, and the later one wins.

Refused as well, in a name or a tag: a line break, and a backslash before a comma, ``=``, a space or the end, which
InfluxDB 1 has no way to write; other control characters and two backslashes in a row, which it gives back, while of
versions 2 and 3 nothing is known here. ``time`` is no name of a field or a tag: InfluxDB 1 drops such a field and
refuses such a tag. Text in fields may be anything.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from imutrack.errors import SchemaError
from imutrack.stores.curves import Curve
from imutrack.stores.rows import Row, Value
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["columns", "curve_lines", "lines"]

_BLOCK: Final = 1000  # points whose texts stay in the processor's cache; 20,000 at a time take a third longer
_LAST_NS: Final = 2**63 - 2  # of InfluxDB, after and before 1970
_INT64: Final = range(-(2**63), 2**63)
_SUFFIXES: Final[dict[type, str]] = {float: "", int: "i", str: "", bool: ""}
_TRACE: Final = MEASUREMENTS["trace"].name
_NOTHING: Final = b"null"  # what orjson writes for a float that is no number

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f]|\\([,= \\]|\Z)")
_SPECIAL_IN_MEASUREMENT: Final = re.compile("([, ])")
_SPECIAL: Final = re.compile("([,= ])")
_SPECIAL_IN_TEXT: Final = re.compile(r'(["\\])')


def lines(rows: Sequence[Row]) -> bytes:
    """Return the lines of rows of any measurements, in their order.

    Raises:
        SchemaError: something cannot be written so that it is read back as it is.
    """
    alike = defaultdict(list)
    for place, row in enumerate(rows):
        alike[row.measurement, *row.fields, *map(type, row.fields.values())].append(place)
    done = [b""] * len(rows)
    for places in alike.values():
        for place, line in zip(places, _lines_alike([rows[place] for place in places]), strict=True):
            done[place] = line
    return b"".join(done)


def curve_lines(curve: Curve, *, withdrawn: bool = False) -> bytes:
    """Return the lines of a curve's points.

    A value is the 64-bit float that equals the 32-bit one, as in the local store: 0.1 is 0.10000000149011612.

    Args:
        curve: the points.
        withdrawn: whether they were replaced.

    Raises:
        SchemaError: as `lines`.
    """
    said: dict[str, npt.NDArray[Any] | Value] = {"set_id": curve.set_id, "withdrawn": withdrawn}
    return columns(_TRACE, curve.tags, curve.times_ns, {**said, **curve.columns})


def columns(
    measurement: str,
    tags: Mapping[str, str],
    times_ns: npt.NDArray[np.int64],
    fields: Mapping[str, npt.NDArray[Any] | Value],
) -> bytes:
    """Return the lines of the points of one series, from columns.

    Args:
        measurement: name in the schema.
        tags: name -> text; empty ones are left out.
        times_ns: (n,) Unix epoch, nanoseconds.
        fields: name -> (n,) floats of up to 64 bits, ints or bools; or one value, which all points have.

    Raises:
        SchemaError: as `lines`, or the columns differ in length.
    """
    times = _times(times_ns)
    same = {name: value for name, value in fields.items() if not isinstance(value, np.ndarray)}
    varying = {name: _array(name, value) for name, value in fields.items() if isinstance(value, np.ndarray)}
    for name, column in varying.items():
        if column.shape != times.shape:
            raise SchemaError(f"{measurement}: times are of shape {times.shape}, values of {name} of {column.shape}")
    head = _head(measurement, tuple(tags.items()))
    said = [
        _mark(name, _suffix(name, value)) % _texts(name, [value])[0]
        for name, value in same.items()
        if not isinstance(value, float) or math.isfinite(value)
    ]
    marks = [_mark(name, "i" if column.dtype.kind == "i" else "") for name, column in varying.items()]
    blocks = []
    for start in range(0, times.size, _BLOCK):
        *block, at = (column[start : start + _BLOCK] for column in (*varying.values(), times))
        whole = all(bool(np.isfinite(column).all()) for column in block)
        done = _joined(repeat(head), said, marks, [_numbers(column) for column in block], _numbers(at), whole=whole)
        blocks.append(b"".join(done))
    return b"".join(blocks)


def _lines_alike(rows: Sequence[Row]) -> Iterable[bytes]:
    """Return the lines of rows of one measurement with the same fields of the same types; empty where there is none."""
    times = [row.time_ns for row in rows]
    _check_times(times)
    heads = [_head(row.measurement, tuple(row.tags.items())) for row in rows]
    marks = [_mark(name, _suffix(name, value)) for name, value in rows[0].fields.items()]
    by_field = list(zip(*(row.fields.values() for row in rows), strict=True))
    texts = [_texts(name, values) for name, values in zip(rows[0].fields, by_field, strict=True)]
    whole = all(all(map(math.isfinite, values)) for values in by_field if isinstance(values[0], float))
    return _joined(heads, [], marks, texts, _numbers(times), whole=whole)


def _joined(
    heads: Iterable[bytes],
    said: Sequence[bytes],
    marks: Sequence[bytes],
    texts: Sequence[Sequence[bytes]],
    times: Sequence[bytes],
    *,
    whole: bool,
) -> Iterable[bytes]:
    """Return a line for each point; an empty one where it says nothing.

    Args:
        heads: measurement and tags of each point.
        said: fields that every point has, as they are written.
        marks: for each other field, what its text is put into.
        texts: for each of them, the text of each point.
        times: of each point.
        whole: whether no text stands for a number that is none.
    """
    if whole and (said or marks):
        fields = [text.replace(b"%", b"%%") for text in said] + list(marks)
        template = b"%b " + b",".join(fields) + b" %b\n"
        return [template % values for values in zip(heads, *texts, times, strict=False)]
    done = []
    for head, time, *values in zip(heads, times, *texts, strict=False):
        known = [*said, *(mark % text for mark, text in zip(marks, values, strict=True) if text != _NOTHING)]
        done.append(b"%b %b %b\n" % (head, b",".join(known), time) if known else b"")
    return done


def _array(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array as orjson takes it.

    Raises:
        SchemaError: it is of another type, or of one that could lose digits.
    """
    wanted = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}.get(values.dtype.kind)
    if wanted is None or not np.can_cast(values.dtype, wanted):
        raise SchemaError(f"{name} is an array of {values.dtype}: give floats or ints of up to 64 bits, or bools")
    return np.ascontiguousarray(values, dtype=wanted)


def _texts(name: str, values: Sequence[Value]) -> list[bytes]:
    """Return values of one type as they are written, without the mark of their type."""
    kind = type(values[0])
    if kind is str:
        return [_quoted(str(value)) for value in values]
    if kind is int and not all(value in _INT64 for value in values):
        raise SchemaError(f"{name} is an int of more than 64 bits")
    return _numbers(values)


def _numbers(values: Sequence[Value] | npt.NDArray[Any]) -> list[bytes]:
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _times(times_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if times_ns.dtype.kind not in "iu":
        raise SchemaError(f"times are of {times_ns.dtype}: give nanoseconds as ints")
    times: npt.NDArray[np.int64] = _array("time", times_ns)
    _check_times([int(times.min(initial=0)), int(times.max(initial=0))])
    return times


def _check_times(times: Iterable[int]) -> None:
    for time_ns in times:
        if not -_LAST_NS <= time_ns <= _LAST_NS:
            raise SchemaError(f"{time_ns} ns is a time that InfluxDB does not have")


def _suffix(name: str, value: Value) -> str:
    """Return what tells the type of a value after its text."""
    if type(value) not in _SUFFIXES:
        raise SchemaError(f"{name} is a {type(value).__name__}: give a float, int, str or bool")
    return _SUFFIXES[type(value)]


@lru_cache(maxsize=4096)
def _mark(name: str, suffix: str) -> bytes:
    """Return what the text of a field is put into."""
    return _name(name).replace(b"%", b"%%") + b"=%b" + suffix.encode()


@lru_cache(maxsize=4096)  # the series that are written at a time
def _head(measurement: str, tags: tuple[tuple[str, str], ...]) -> bytes:
    """Return measurement and tags, these in the order in which servers keep them."""
    said = [_name(name) + b"=" + _escaped(text, _SPECIAL) for name, text in sorted(tags) if text]
    return b",".join([_escaped(measurement, _SPECIAL_IN_MEASUREMENT), *said])


def _name(text: str) -> bytes:
    if text == "time":
        raise SchemaError("'time' cannot be the name of a field or a tag: InfluxDB does not keep it")
    return _escaped(text, _SPECIAL)


def _escaped(text: str, special: re.Pattern[str]) -> bytes:
    if not text or _UNSAFE.search(text):
        raise SchemaError(f"{text!r} cannot be a name or a tag: use no control characters and no backslash")
    return _encoded(special.sub(r"\\\1", text))


@lru_cache(maxsize=512)  # the same words come again and again
def _quoted(text: str) -> bytes:
    return b'"' + _encoded(_SPECIAL_IN_TEXT.sub(r"\\\1", text)) + b'"'


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SchemaError("a text holds half of a character (a lone surrogate): enter it again") from error
