"""The clinic's own limits: the ``[pain]`` and ``[triage]`` tables of ``imutrack.toml``, with defaults for all."""

from dataclasses import dataclass

import msgspec

from imutrack.clinic.days.params import DayParams
from imutrack.clinic.pain_rules import PainParams
from imutrack.config import Settings
from imutrack.errors import SettingsError

__all__ = ["Rules", "rules_of"]


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
    try:
        return Rules(
            msgspec.convert(dict(settings.pain), PainParams), msgspec.convert(dict(settings.triage), DayParams)
        )
    except msgspec.ValidationError as error:
        raise SettingsError(f"{settings.source}: {error}") from error
