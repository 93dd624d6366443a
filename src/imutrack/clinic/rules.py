"""The clinic's own limits: the ``[pain]`` and ``[triage]`` tables of ``imutrack.toml``, with defaults for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from imutrack.clinic.days.params import DayParams
from imutrack.clinic.pain_rules import PainParams
from imutrack.config import Settings
from imutrack.errors import SettingsError

__all__ = ["Rules", "rules_of"]

_Limits = TypeVar("_Limits", PainParams, DayParams)


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits by subject."""

    pain: PainParams
    triage: DayParams


def rules_of(settings: Settings) -> Rules:
    """Return the limits that the settings say, defaults where they say nothing.

    Raises:
        SettingsError: a limit is unknown or cannot be; the message names the file.
    """
    return Rules(
        _limits(settings, "pain", settings.pain, PainParams), _limits(settings, "triage", settings.triage, DayParams)
    )


def _limits(settings: Settings, table: str, said: Mapping[str, Any], kind: type[_Limits]) -> _Limits:
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    where = f"{settings.source}: [{table}]"
    if unknown := sorted(said.keys() - known.keys()):
        raise SettingsError(f"{where} has no limit {unknown[0]!r}: the limits are {', '.join(known)}")
    for name, value in said.items():
        try:
            msgspec.convert(value, known[name].type)
        except msgspec.ValidationError as error:
            usual = known[name].default
            raise SettingsError(f"{where} {name} = {value!r} cannot be: write it like {usual!r}") from error
    try:
        return msgspec.convert(dict(said), kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from error
