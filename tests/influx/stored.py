"""What the stub keeps: buckets of points, merged and refused as InfluxDB 2 does it."""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from influx.grammar import GrammarError, Line, Value, parse

Key = tuple[str, tuple[tuple[str, str], ...], int]

_WORD = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)+")'
_RULE = re.compile(rf"\s*({_WORD})\s*(=|!=|=~|!~)\s*({_WORD}|-?[0-9.]+|'[^']*')\s*")
_AND = re.compile(r"(?i:and|or)\b")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class RefusalError(Exception):
    """The answer of a server that refuses: status, code and message as InfluxDB 2 words them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class StoredBucket:
    """A bucket.

    Attributes:
        name: as in the API.
        retention_s: how long points are kept; 0 means for ever.
        points: fields by measurement, tags and time.
        id: 16 hexadecimal digits.
        terse: tells of points that are too old as InfluxDB 2 did before 2.7.12, and 1 before 1.12.
    """

    name: str
    retention_s: int = 0
    points: dict[Key, dict[str, Value]] = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    terse: bool = False
    _types: dict[tuple[str, str], type] = field(default_factory=dict)

    def write(self, data: bytes) -> None:
        """Store lines.

        Raises:
            RefusalError: 400 with nothing stored when a line is not of the protocol; 422 with the others stored when
                a line has another type than before or is older than what is kept.
        """
        try:
            lines = parse(data)
        except (GrammarError, UnicodeDecodeError) as error:
            raise RefusalError(400, "invalid", f"unable to parse: {error}") from error
        oldest = (time.time() - self.retention_s) * 1e9 if self.retention_s else float("-inf")
        kept = [line for line in lines if line.time >= oldest]
        said = [problem for line in kept if (problem := self._store(line))]  # it is said first, and the others are not
        if len(kept) < len(lines) and not said:
            said = [self._too_old([line for line in lines if line.time < oldest])] * (len(lines) - len(kept))
        if said:
            end = "" if self.terse else f" for database: {self.id} for retention policy: autogen"
            message = f"failure writing points to database: partial write: {said[0]} dropped={len(said)}{end}"
            raise RefusalError(422, "unprocessable entity", message)

    def delete(self, start: str, stop: str, predicate: str) -> int:
        """Delete points; return how many.

        Raises:
            RefusalError: a time or the predicate is not of the grammar of deletes.
        """
        first, last, rules = nanoseconds(start, "start"), nanoseconds(stop, "stop"), rules_of(predicate)
        gone = [key for key in self.points if first <= key[2] <= last and _meets(key, rules)]
        for key in gone:
            del self.points[key]
        return len(gone)

    def of(self, measurement: str, tags: Mapping[str, str] | None = None) -> list[dict[str, Value]]:
        """Return the points of a measurement that have these tags, in order of time, as `Influx.points` does."""
        wanted = [("_measurement", measurement), *(tags or {}).items()]
        found = [(key, fields) for key, fields in self.points.items() if _meets(key, wanted)]
        return [
            {"time": key[2], **dict(key[1]), **fields} for key, fields in sorted(found, key=lambda item: item[0][2])
        ]

    def _too_old(self, lines: Sequence[Line]) -> str:
        if self.terse:
            return "points beyond retention policy"
        bound = "dropped because it violates a Retention Policy Lower Bound at 2026-01-01T00:00:00Z"
        keys = [",".join([line.measurement, *(f"{name}={value}" for name, value in line.tags.items())])
                for line in sorted(lines, key=lambda line: line.time)]  # fmt: skip
        ends = f"oldest point {keys[0]} at 1970-01-01T00:00:00Z {bound}, newest point {keys[-1]} at {bound}"
        return (
            f"dropped {len(lines)} points outside retention policy of duration {self.retention_s // 3600}h0m0s - {ends}"
        )

    def _store(self, line: Line) -> str:
        for name, value in line.fields.items():
            known = self._types.setdefault((line.measurement, name), type(value))
            if known is not type(value):
                return f'field type conflict: input field "{name}" on measurement "{line.measurement}" is another type'
        self.points.setdefault(line.key, {}).update(line.fields)
        return ""


def rules_of(predicate: str) -> list[tuple[str, str]]:
    """Read ``name="value" AND ...``: no OR, no other comparison, no text in single quotes, no fields."""
    rules, at, text = [], 0, predicate.strip()
    while text:
        found = _RULE.match(text, at)
        if found is None:
            raise RefusalError(400, "invalid", f"bad logical expression, at position {at}")
        name, operator, value = _bare(found[1]), found[2], found[3]
        if operator != "=":
            raise RefusalError(400, "invalid", f"Operator {operator} is not supported for delete predicate yet")
        if value.startswith("'"):
            raise RefusalError(400, "invalid", f"bad tag value: {value!r}, at position {found.start(3)}")
        if name in ("_field", "_time", "_value"):
            raise RefusalError(400, "invalid", f"{name} is not supported for delete predicate")
        rules.append((name, _bare(value)))
        at = found.end()
        if at == len(text):
            break
        joined = _AND.match(text, at)
        if joined is None or joined[0].lower() == "or":
            raise RefusalError(400, "invalid", "the logical operator OR is not supported for delete predicate yet")
        at = joined.end()
    return rules


def _meets(key: Key, rules: Sequence[tuple[str, str]]) -> bool:
    known = {"_measurement": key[0], **dict(key[1])}
    return all(known.get(name) == value for name, value in rules)


def _bare(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def nanoseconds(said: Any, name: str) -> int:
    if not isinstance(said, str) or _RFC3339.fullmatch(said) is None:
        raise RefusalError(
            400, "invalid", f"invalid RFC3339Nano for field {name}, please format your time with RFC3339Nano"
        )
    seconds, _, rest = said.partition(".")
    digits = re.match(r"\d+", rest)
    whole = datetime.fromisoformat(seconds + rest[digits.end() :] if digits else said) - _EPOCH
    time_ns = (whole.days * 86_400 + whole.seconds) * 10**9 + int(digits[0].ljust(9, "0") if digits else 0)
    if abs(time_ns) > 2**63 - 2:
        raise RefusalError(400, "invalid", f"invalid {name} time, {name} time must be within what 64 bits hold")
    return time_ns
