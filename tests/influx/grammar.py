"""InfluxDB's line protocol read strictly, as its documentation has it: the other half of what the product writes.

Stricter than any server: floats are written in full, strings are quoted, every line has a time, nothing comes twice.
"""

import math
import re
from dataclasses import dataclass

Value = float | int | str | bool

_KEY = r"(?:[^,= \\\n]|\\[,= ]|\\(?![,= \\\n]|$))+"
_NAME = re.compile(_KEY.replace(",= ", ", "))
_TAG = re.compile(f",({_KEY})=({_KEY})")
_FIELD = re.compile(rf'({_KEY})=("(?:[^"\\]|\\["\\])*"|[^", \n]+)')
_FLOAT = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_INT = re.compile(r"(-?\d+)i")
_TIME = re.compile(r" (-?\d+)\n")


class GrammarError(ValueError):
    """A line is not of the protocol."""


@dataclass(frozen=True, slots=True)
class Line:
    """One point as it was written."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Value]
    time: int

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...], int]:
        """What servers know a point by."""
        return self.measurement, tuple(sorted(self.tags.items())), self.time

    @property
    def point(self) -> dict[str, Value]:
        """The same as `influx.instance.Influx.points` gives."""
        return {"time": self.time, **self.tags, **self.fields}


def parse(data: bytes) -> list[Line]:
    """Return the points that lines stand for.

    Raises:
        GrammarError: a line is not of the protocol; where, and what stands there.
    """
    text, at, lines = data.decode(), 0, []
    while at < len(text):
        line, at = _line(text, at)
        lines.append(line)
    return lines


def _line(text: str, at: int) -> tuple[Line, int]:
    name = _expect(_NAME, text, at)
    at, tags, fields = name.end(), {}, {}
    while found := _TAG.match(text, at):
        _once(tags, _plain(found[1]), _plain(found[2]))
        at = found.end()
    separator = " "
    while text.startswith(separator, at):
        found = _FIELD.match(text, at + 1)
        if found is None:
            break
        _once(fields, _plain(found[1]), _value(found[2]))
        at, separator = found.end(), ","
    if not fields:
        raise GrammarError(f"no field at {at}: {text[at : at + 40]!r}")
    time = _expect(_TIME, text, at)
    if abs(int(time[1])) > 2**63 - 2:
        raise GrammarError(f"no time: {time[1]}")
    return Line(_plain(name[0]), tags, fields, int(time[1])), time.end()


def _expect(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise GrammarError(f"not of the protocol at {at}: {text[at : at + 40]!r}")
    return found


def _once(known: dict[str, Value], name: str, value: Value) -> None:
    if name in known:
        raise GrammarError(f"{name!r} comes twice")
    known[name] = value


def _plain(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)


def _value(text: str) -> Value:
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    if found := _INT.fullmatch(text):
        value = int(found[1])
        if -(2**63) <= value < 2**63:
            return value
    elif _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    raise GrammarError(f"no value: {text!r}")
