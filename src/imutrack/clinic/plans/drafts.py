"""Drafts of plans: an empty one that explains every key, or one copied from a template that names its source.

A template is a TOML file in ``templates/``: a few keys about itself, then the exercise and corridor tables of a plan,
word for word with their comments. The head, which depends on the patient, is written here, once for all. A draft is
off: nobody is named as therapist in it, and nobody has approved a limit.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from imutrack.clinic.plans.model import AffectedSide, Corridor, Goal, PlanItem
from imutrack.errors import SettingsError

__all__ = ["Template", "all_templates", "draft", "template"]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a template file says."""

    title: str
    source: str
    goal: Goal = Goal.IMPROVE
    diagnosis: str = ""
    note: str = ""
    exercise: tuple[PlanItem, ...]
    corridor: tuple[Corridor, ...] = ()


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A plan to copy from.

    Attributes:
        name: of the file, as typed.
        title: what it is for, one line.
        source: who published it.
        goal, diagnosis, note: as of a `Plan`.
        tables: the exercise and corridor tables, TOML with comments.
    """

    name: str
    title: str
    source: str
    goal: Goal
    diagnosis: str
    note: str
    tables: str


@cache
def all_templates() -> Mapping[str, Template]:
    """Return the templates, name -> template, in order of the names."""
    folder = files("imutrack.clinic.plans") / "templates"
    sources = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    found = (_template(item.name.removesuffix(".toml"), item.read_text(encoding="utf-8")) for item in sources)
    return MappingProxyType({entry.name: entry for entry in found})


def template(name: str) -> Template:
    """Return the template with a name.

    Raises:
        SettingsError: there is none; the message names the likely ones.
    """
    found = all_templates().get(name.strip().lower().replace(" ", "_"))
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), all_templates(), n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`imutrack plan templates` lists them"
        raise SettingsError(f"no template {name!r}: {hint}")
    return found


def draft(
    day: date, side: AffectedSide = AffectedSide.NONE, copied: Template | None = None, therapist: str = ""
) -> str:
    """Return the text of a new plan file.

    Args:
        day: its start.
        side: the affected side, also that of every exercise that names none.
        copied: the template to copy; None for a draft without exercises that shows how one is written.
        therapist: who is responsible; empty where nobody named himself yet.
    """
    goal = copied.goal if copied else Goal.IMPROVE
    head = _HEAD.format(
        start=day,
        therapist=_quoted(therapist),
        side=side.value,
        sides=_or(AffectedSide),
        goal=goal.value,
        goals=_or(Goal),
        diagnosis=_quoted(copied.diagnosis if copied else ""),
        note=_quoted(copied.note if copied else ""),
    )
    origin = _ORIGIN.format(title=copied.title, source=copied.source, name=copied.name) if copied else ""
    return f"{_TOP}{origin}\n{head}\n{copied.tables if copied else _EXAMPLE}"


def _template(name: str, text: str) -> Template:
    try:
        said = msgspec.toml.decode(text, type=_File)
    except msgspec.DecodeError as error:
        raise SettingsError(f"template {name}.toml: {error}") from error
    return Template(
        name=name,
        title=said.title,
        source=said.source,
        goal=said.goal,
        diagnosis=said.diagnosis,
        note=said.note,
        tables=_tables(text),
    )


def _tables(text: str) -> str:
    """Return a template's text from its first table on, with the comment right above it."""
    lines = text.splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if line.startswith("[["))
    while lines[first - 1].startswith("#"):
        first -= 1
    return "".join(lines[first:])


def _or(choices: type[AffectedSide] | type[Goal]) -> str:
    return ", ".join(choices)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string


_TOP: Final = """\
# A treatment plan. Lines that begin with # are remarks.
# It is off until `imutrack plan activate`; `imutrack plan check` says what is missing or should be known.
"""

_ORIGIN: Final = """\
#
# Copied from the template {name}: {title}.
# Source: {source}.
# Published protocols contradict each other. The protocol of the surgeon and the judgement of the therapist come first:
# change whatever does not fit. A limit or corridor counts only with approved_by = "..." and date = YYYY-MM-DD.
"""

_HEAD: Final = """\
# Name or initials of the responsible therapist; the plan is off until somebody stands here.
therapist = {therapist}
# {sides}; an exercise that names no side is for this one.
affected_side = "{side}"
start_date = {start}
# Weeks are counted from the operation.
# operation_date = {start}
# {goals}
goal = "{goal}"
# When the plan is to be looked at again.
# review_date = {start}
diagnosis = {diagnosis}
# Precautions.
note = {note}
"""

_EXAMPLE: Final = """\
# One table per exercise, in the order in which they are done. Remove the # to use this one; `imutrack exercises` lists
# all. Only exercise (or trial) and days_a_week are needed.
#
# [[exercise]]
# exercise = "long_arc_knee_extension"  # or trial = "eyes_open" for a balance trial or test
# side = "left"                         # left, right, both
# placement = "shank"                   # where the sensor is worn; two sensors: "thigh + shank"
# sets = 3
# reps = 10
# rom_target_deg = 60
# tempo = { outward_s = 2, hold_s = 1, return_s = 3 }
# days_a_week = 3
# times_a_day = 1
# rest_days = ["sat", "sun"]            # mon, tue, wed, thu, fri, sat, sun
# load_kg = 1.0
# setting = "home"                      # home, clinic
# mode = "active"                       # active, assisted, passive
# limit = { rom_deg = 90, approved_by = "", date = 2026-03-09 }  # counts only with a name and a date
# on_stop = "Rest, and call the practice before going on."
"""
