"""Reads the InfluxQL of dashboards, strictly: what it does not know it refuses.

Goal: say of each query which measurements, tags and fields it asks for, without a server. Approach: the text is cut
into tokens, a statement into clauses, a clause into parts at commas or ANDs that stand in no parentheses. Every name
must stand in double quotes, so that a bare word is a keyword, a function, or a mistake.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from imutrack.errors import SettingsError

__all__ = ["Select", "TagValues", "read", "selects"]

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<regex>(?:=~|!~)\s*/(?:[^/\\]|\\.)*/)
    | (?P<name>"(?:[^"\\]|\\.)+")
    | (?P<text>'[^']*')
    | (?P<variable>\$timeFilter|\$__interval|\$\{__(?:from|to):raw\}ms)
    | (?P<number>\d+(?:\.\d+)?(?:\$\{\w+:raw\}|[a-z]+)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><=|>=|!=|[=<>+*/(),.-])
    )""",
    re.VERBOSE,
)
_CLAUSES: Final = ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "fill", "tz")
_FUNCTIONS: Final = frozenset(
    {"count", "first", "floor", "last", "max", "mean", "min", "moving_average", "now", "sum", "time", "DISTINCT"}
)
_WORDS: Final = frozenset({"AND", "OR", "AS", "BY", "DESC", "true", "false", "none", "previous", "time"})


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT.

    Attributes:
        columns: name of each answer -> the names it is made of.
        sources: measurements, or SELECTs in their place.
        asked: names in the conditions.
        conditions: parts of the condition that must all hold, as written.
        tags: what it is grouped by, besides time.
        by_time: whether it is grouped by time.
        plain: whether it hands points on one by one: no function, no limit.
    """

    columns: dict[str, tuple[str, ...]]
    sources: "tuple[str | Select, ...]"
    asked: frozenset[str]
    conditions: tuple[str, ...]
    tags: tuple[str, ...]
    by_time: bool
    plain: bool


@dataclass(frozen=True, slots=True)
class TagValues:
    """One SHOW TAG VALUES: the measurement, the tag, and the names and parts of its condition."""

    source: str
    tag: str
    asked: frozenset[str]
    conditions: tuple[str, ...]


def read(text: str) -> Select | TagValues:
    """Read a statement.

    Raises:
        SettingsError: it is none, or says what no dashboard should say.
    """
    tokens = _tokens(text)
    if tokens[:3] == ["SHOW", "TAG", "VALUES"]:
        return _tag_values(tokens, text)
    return _select(tokens, text)


def selects(statement: Select, around: Select | None = None) -> Iterator[tuple[Select, Select | None]]:
    """Yield a SELECT and those inside it, each with the one around it."""
    yield statement, around
    for source in statement.sources:
        if isinstance(source, Select):
            yield from selects(source, statement)


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise SettingsError(f"cannot read {text[at : at + 30]!r} in the query {text}")
        found.append(match[0].strip())
        at = match.end()
    return found


def _select(tokens: list[str], text: str) -> Select:
    if not tokens or tokens[0] != "SELECT":
        raise SettingsError(f"begins neither with SELECT nor with SHOW TAG VALUES: {text}")
    clauses = _clauses(tokens[1:])
    for part in clauses.values():
        _check_words([word for word in part if word != "SELECT"], text)
    if "FROM" not in clauses:
        raise SettingsError(f"no FROM: {text}")
    where = clauses.get("WHERE", [])
    grouped = _parts(clauses.get("GROUP", [])[1:], ",")
    tags = tuple(_bare(part[0]) for part in grouped if part[0].startswith('"'))
    return Select(
        columns=dict(_column(part) for part in _parts(clauses["SELECT"], ",")),
        sources=tuple(_source(part, text) for part in _parts(clauses["FROM"], ",")),
        asked=frozenset(_names(where)),
        conditions=_all_of(where),
        tags=tags,
        by_time=any(part[0] == "time" for part in grouped),
        plain=not _FUNCTIONS & {*clauses["SELECT"]} and "LIMIT" not in clauses,
    )


def _tag_values(tokens: list[str], text: str) -> TagValues:
    if [tokens[3], *tokens[5:8]] != ["FROM", "WITH", "KEY", "="] or tokens[9:10] != ["WHERE"]:
        raise SettingsError(f'not of the form SHOW TAG VALUES FROM "m" WITH KEY = "t" WHERE ...: {text}')
    where = tokens[10:]
    _check_words(where, text)
    return TagValues(_bare(tokens[4]), _bare(tokens[8]), frozenset(_names(where)), _all_of(where))


def _clauses(tokens: Sequence[str]) -> dict[str, list[str]]:
    """Cut a statement at the words that begin its clauses; ``SELECT`` names the first."""
    clauses: dict[str, list[str]] = {"SELECT": []}
    now, depth = "SELECT", 0
    for token in tokens:
        if not depth and token in _CLAUSES:
            now = token
            clauses[now] = []
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        clauses[now].append(token)
    return clauses


def _parts(tokens: Sequence[str], at: str) -> list[list[str]]:
    """Cut at a token that stands in no parentheses."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == at and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _all_of(where: Sequence[str]) -> tuple[str, ...]:
    """Return the parts that must all hold; one part where an OR stands beside them."""
    whole = len(_parts(where, "OR")) > 1
    return (" ".join(where),) if whole else tuple(" ".join(part) for part in _parts(where, "AND"))


def _column(part: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return what a column is called, and the names it is made of."""
    if len(part) > 2 and part[-2] == "AS":
        return _bare(part[-1]), tuple(_names(part[:-2]))
    return _bare(part[0]), tuple(_names(part))


def _source(part: list[str], text: str) -> str | Select:
    if part[0] == "(":
        return _select(part[1:-1], text)
    if len(part) == 3 and part[1] == ".":  # retention policy and measurement
        return _bare(part[2])
    if len(part) != 1 or not part[0].startswith('"'):
        raise SettingsError(f"FROM names no measurement: {text}")
    return _bare(part[0])


def _check_words(tokens: Sequence[str], text: str) -> None:
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        called = following == "(" and token in _FUNCTIONS
        if token[0].isalpha() and not called and token not in _WORDS and token not in _CLAUSES:
            raise SettingsError(f"{token} is no known word; names stand in double quotes: {text}")


def _names(tokens: Sequence[str]) -> Iterator[str]:
    return (_bare(token) for token in tokens if token.startswith('"'))


def _bare(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token
