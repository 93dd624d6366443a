"""From the text of a plan file to a `Plan`: every key and name is checked, and a message says where and what to write.

The file is edited by hand, by people who do not program, so what the TOML and schema checks report is put in words.
"""

import re
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from imutrack.clinic.plans.model import AffectedSide, Corridor, Goal, Limit, Plan, PlanItem, Tempo, Weekday
from imutrack.errors import SettingsError
from imutrack.exercises import Exercise, match_trial
from imutrack.labels import checked_placement, labelled_task
from imutrack.task import UNSPECIFIED, Mode, Setting, Side

__all__ = ["parse", "read_plan", "read_text"]

_TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "": Plan,
    "exercise": PlanItem,
    "tempo": Tempo,
    "limit": Limit,
    "corridor": Corridor,
}
_CHOICES: Final[dict[str, type[StrEnum]]] = {
    "affected_side": AffectedSide,
    "goal": Goal,
    "side": Side,
    "setting": Setting,
    "mode": Mode,
    "rest_days": Weekday,
}
_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": 'text in "quotes"',
    "date": "a date such as 2026-03-09, without quotes",
    "object": "a table such as { outward_s = 3 }",
    "array": 'a list such as ["sat", "sun"]',
}
_LOCATED: Final = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)


def read_plan(path: Path) -> Plan:
    """Read a plan file.

    Raises:
        SettingsError: it is missing or cannot be read, is not TOML, has a key or value that a plan does not have, or
            names an exercise, trial or placement that is not known.
    """
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a plan file, lines ended alike whatever editor wrote it.

    Raises:
        SettingsError: it is missing or cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: no such plan: `imutrack plan new {path.stem}` writes a draft") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not plain text in UTF-8: save it as UTF-8 and run again") from error


def parse(text: str, where: str) -> Plan:
    """Return the plan that a text describes, names resolved to ids.

    Args:
        text: TOML.
        where: what messages call it, such as the path.

    Raises:
        SettingsError: as `read_plan`.
    """
    try:
        said = msgspec.toml.decode(text, type=Plan)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {_in_words(str(error))}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingsError(f"{where}: is not valid TOML: {error}") from error
    items = (_resolved(item, said, f"{where}: exercise {number}") for number, item in enumerate(said.exercise, 1))
    corridors = (_named(corridor, f"{where}: corridor {number}") for number, corridor in enumerate(said.corridor, 1))
    return replace(said, therapist=said.therapist.strip(), exercise=tuple(items), corridor=tuple(corridors))


def _resolved(item: PlanItem, plan: Plan, where: str) -> PlanItem:
    if (item.exercise is None) == (item.trial is None):
        raise SettingsError(f'{where}: give exercise = "..." or trial = "...", one of the two')
    if item.trial is None:
        item = replace(item, exercise=_exercise(str(item.exercise), where))
        if item.side is None and plan.affected_side is not AffectedSide.NONE:
            item = replace(item, side=Side(plan.affected_side))
    else:
        item = replace(item, trial=_task_name(where, trial=item.trial))
    return replace(item, placement=_placement(item.placement, item.entry, where))


def _named(corridor: Corridor, where: str) -> Corridor:
    return replace(corridor, exercise=_exercise(corridor.exercise, where))


def _exercise(text: str, where: str) -> str:
    form = match_trial(text)
    if form is not None:
        raise SettingsError(f'{where}: {text!r} is a balance trial or test: write trial = "{form.trial}"')
    return _task_name(where, exercise=text)


def _task_name(where: str, *, exercise: str | None = None, trial: str | None = None) -> str:
    try:
        name = labelled_task(exercise=exercise, trial=trial).name
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error
    if name == UNSPECIFIED:
        raise SettingsError(f"{where}: {name!r} cannot be asked for: `imutrack exercises` lists what can")
    return name


def _placement(text: str | None, entry: Exercise, where: str) -> str:
    """Return one placement, or two joined by ``+`` in the order of the catalogue."""
    if text is None:
        return entry.one_sensor[0]
    try:
        places = tuple(checked_placement(part) for part in text.split("+"))
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error
    if len(places) > 2:
        raise SettingsError(f"{where}: placement {text!r}: give one, or two joined by +")
    worn = entry.worn_as(*places)
    return "+".join(worn.placements if worn else places)


def _in_words(error: str) -> str:
    """Put a message of the schema check in words, with the place first."""
    located = _LOCATED.fullmatch(error)
    what, path = (located["what"], located["path"] or "") if located else (error, "")
    keys = re.findall(r"[a-z_]+", path)
    place = ", ".join(_place(step) for step in path.split(".") if step)
    table = next((key for key in reversed(keys) if key in _TABLES), "")
    return f"{place}: {_explained(what, keys, table)}" if place else _explained(what, keys, table)


def _place(step: str) -> str:
    """Return ``exercise[0]`` as ``exercise 1``: people count from one."""
    return re.sub(r"\[(\d+)\]", lambda index: f" {int(index[1]) + 1}", step)


def _explained(what: str, keys: list[str], table: str) -> str:
    name = next(iter(re.findall(r"[`'](.*?)[`']", what)), "")
    last = keys[-1] if keys else ""
    if "unknown field" in what:
        return _unknown_key(name, table)
    if "missing required field" in what:
        return f"{name} is missing"
    if "enum value" in what and last in _CHOICES:
        return f"{name!r} is not known, use one of {', '.join(_CHOICES[last])}"
    if last in {"exercise", "corridor"} and "`array`" in what:
        return f"begin each with [[{last}]], in two brackets"
    wanted = what.partition(", got")[0].removeprefix("Expected ")
    return "must be " + re.sub(r"`(\w+)[^`]*`", lambda kind: _KINDS.get(kind[1], kind[1]), wanted)


def _unknown_key(name: str, table: str) -> str:
    if table and name in Plan.__struct_fields__:
        return f"no key {name!r}: it belongs at the top, above the first [[exercise]]"
    known = _TABLES[table].__struct_fields__
    near = get_close_matches(name, known, n=2, cutoff=0.6)
    return f"no key {name!r}: " + (f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}")
