"""What a wearable offers over its link, read off its recipes: so no wearable needs a table of its own to be simulated.

A characteristic that a recipe writes can be written, one that it subscribes to notifies, and so on. Recipes do not say
which service holds what: the battery has its own, all else is put into the first service that the wearable advertises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from imutrack.wearables import Ask, Facts, Profile, Read, Recipe, Subscribe, Wearable, Write
from imutrack.wearables.actions import sig

__all__ = ["BATTERY_LEVEL", "Characteristic", "Service", "answers", "examples", "services"]

BATTERY_LEVEL: Final = sig(0x2A19)
_BATTERY_SERVICE: Final = sig(0x180F)
_ORDER: Final = ("read", "write-without-response", "write", "notify")  # as BlueZ lists flags


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic: its UUID and what may be done with it, in BlueZ's words."""

    uuid: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service and its characteristics."""

    uuid: str
    characteristics: tuple[Characteristic, ...]


def services(wearable: Wearable[Any], profile: Profile) -> tuple[Service, ...]:
    """Return what a wearable that is set up in this way offers."""
    flags: dict[str, set[str]] = {}
    for uuid, flag in _uses((*wearable.look, *profile.start, *profile.stop)):
        flags.setdefault(uuid, set()).add(flag)
    if wearable.battery:
        flags.setdefault(wearable.battery, set()).update(("read", "notify"))
    held: dict[str, list[Characteristic]] = {}
    for uuid, found in flags.items():
        made = Characteristic(uuid, tuple(flag for flag in _ORDER if flag in found))
        held.setdefault(_service_of(uuid, wearable), []).append(made)
    return tuple(Service(uuid, tuple(characteristics)) for uuid, characteristics in held.items())


def examples(recipe: Recipe) -> tuple[dict[str, bytes], Facts]:
    """Return what a device answers to the reads of a recipe, by characteristic, and the facts that come of the recipe.

    Where a characteristic is read twice, the first answer counts.
    """
    reads: dict[str, bytes] = {}
    facts: dict[str, bytes] = {}
    for action in recipe:
        if isinstance(action, Read):
            reads.setdefault(action.characteristic, action.example)
            facts[action.fact] = action.example
        elif isinstance(action, Ask) and action.answer.fact:
            facts[action.answer.fact] = action.answer.example
    return reads, facts


def answers(recipe: Recipe) -> Mapping[tuple[str, bytes], tuple[str, bytes]]:
    """Return what a device notifies upon a command: (characteristic, command) -> (characteristic, answer)."""
    return {
        (action.write.characteristic, action.write.data): (action.answer.characteristic, action.answer.example)
        for action in recipe
        if isinstance(action, Ask)
    }


def _uses(recipe: Recipe) -> Iterable[tuple[str, str]]:
    for action in recipe:
        match action:
            case Subscribe(characteristic):
                yield characteristic, "notify"
            case Read(characteristic):
                yield characteristic, "read"
            case Ask(write, answer):
                yield _written(write)
                yield answer.characteristic, "notify"
            case Write():
                yield _written(action)


def _written(write: Write) -> tuple[str, str]:
    return write.characteristic, "write" if write.response else "write-without-response"


def _service_of(uuid: str, wearable: Wearable[Any]) -> str:
    if uuid == BATTERY_LEVEL:
        return _BATTERY_SERVICE
    if wearable.advertised.services:
        return wearable.advertised.services[0]
    return f"{uuid[:4]}{int(uuid[4:8], 16) & 0xF000:04x}{uuid[8:]}"
