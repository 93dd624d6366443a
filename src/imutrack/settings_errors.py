"""What is wrong with a table of the settings, in words: which key, what it may be, and never what stands there.

msgspec says it for programmers, and may quote the value; a settings file holds the addresses of devices.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from imutrack.errors import SettingsError

__all__ = ["converted"]

T = TypeVar("T", bound=msgspec.Struct)

_UNKNOWN: Final = re.compile(r"contains unknown field `(.*)`$")
_MISSING: Final = re.compile(r"missing required field `(.*)`$")
_OF_KEY: Final = re.compile(r"^(.*) - at `\$\.(\w+)(.*)`$", re.DOTALL)
_KIND: Final = re.compile(r"^Expected `(.*)`, got `(.*)`$")
_GOT: Final = {"int": "a number", "float": "a number", "bool": "true or false", "str": "text", "array": "a list"}


def converted(said: Mapping[str, Any], kind: type[T], where: str) -> T:
    """Return a table as what it is to be.

    Args:
        said: the table.
        kind: forbids unknown keys; what its ``__post_init__`` says of a value is told as it stands.
        where: file and table, for the message.

    Raises:
        SettingsError: a key is unknown or missing, or a value cannot be.
    """
    try:
        return msgspec.convert(dict(said), kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"{where}: {_in_words(str(error), kind)}") from None  # its cause may quote the value


def _in_words(problem: str, kind: type[msgspec.Struct]) -> str:
    known = kind.__struct_fields__
    if unknown := _UNKNOWN.search(problem):
        near = get_close_matches(unknown[1], known, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        return f"there is no setting {unknown[1]!r}: {meant}known are {', '.join(known) or 'none'}"
    if missing := _MISSING.search(problem):
        return f"{missing[1]} is missing"
    of_key = _OF_KEY.search(problem)
    return _of_value(of_key[2], of_key[3], of_key[1], kind) if of_key else problem


def _of_value(key: str, within: str, problem: str, kind: type[msgspec.Struct]) -> str:
    hint = get_type_hints(kind).get(key)
    if get_origin(hint) is Literal and not within:
        return f"{key}: choose of {', '.join(map(_written, get_args(hint)))}"
    mismatch = _KIND.search(problem)
    if not mismatch:
        return f"{key}{within}: {problem}"
    expected, got = mismatch[1].split(" | ")[0], mismatch[2]
    if within or expected == "array":
        return f"write [[{key}]], in double brackets, above each"
    if expected == "str":
        return f'{key} is {_GOT.get(got, "no text")}: write it in quotes, as {key} = "..."'
    if expected == "bool":
        return f"{key} must be true or false, without quotes"
    if expected in {"int", "float"}:
        return f"{key} must be a {'whole ' if expected == 'int' else ''}number, without quotes"
    return f"{key} must be a table: {key} = {{ ... }}"


def _written(value: object) -> str:
    """Return a value as TOML has it."""
    return f'"{value}"' if isinstance(value, str) else str(value)
