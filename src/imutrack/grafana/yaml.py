"""Writes plain values as YAML that people can read: texts in double quotes, which YAML shares with JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["as_yaml"]


def as_yaml(value: Mapping[str, Any], head: str = "") -> str:
    """Return a mapping as a YAML file.

    Args:
        value: mappings, lists, texts, numbers, booleans and None.
        head: what stands above it as a comment.

    >>> print(as_yaml({"a": {"b": [1, "x"]}, "c": []}, "Why."), end="")
    # Why.
    a:
      b:
        - 1
        - "x"
    c: []
    """
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.splitlines())
    return comment + "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _entry(f"{indent}{name}:", inner, indent)
    else:
        for inner in value:
            yield from _item(inner, indent)


def _entry(mark: str, inner: Any, indent: str) -> Iterator[str]:
    if _is_block(inner):
        yield mark
        yield from _lines(inner, indent + "  ")
    else:
        yield f"{mark} {json.dumps(inner, ensure_ascii=False)}"


def _item(inner: Any, indent: str) -> Iterator[str]:
    if not _is_block(inner):
        yield f"{indent}- {json.dumps(inner, ensure_ascii=False)}"
        return
    first, *rest = _lines(inner, indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)
