"""Settings: one ``imutrack.toml`` per clinic, read once at the edge.

Looked for in this order: ``--config``, ``IMUTRACK_CONFIG``, ``imutrack.toml`` in the current folder, the platform's
configuration folder. None is needed. Unknown keys are errors, so that a typo is noticed. Secrets never stand here.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import msgspec

from imutrack.errors import SettingsError
from imutrack.settings_errors import converted
from imutrack.zones import zone_of

__all__ = ["Settings", "data_dir", "load", "machine_zone", "open_to_others"]

_APP = "imutrack"
_CLINIC_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LINE = re.compile(r"\(at line (\d+), ")
_CURLY = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb")
_SAVE = "save it as plain text (UTF-8) with straight quotes"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``imutrack.toml`` may say."""

    clinic: str = "clinic"
    timezone: str | None = None
    data_dir: str | None = None
    trace_days: int = 90
    pain: dict[str, Any] = {}
    triage: dict[str, Any] = {}
    influx: dict[str, Any] = {}
    grafana: dict[str, Any] = {}
    collector: dict[str, Any] = {}
    strap: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for this run.

    Attributes:
        clinic: short name that goes with every result.
        timezone: IANA name (or offset) of the clinic's zone; local dates are the clinic's.
        data_dir: folder of the local store; created 0700 when first needed.
        trace_days: how long the curves of single sets are kept.
        pain, triage: limits by name, which `imutrack.clinic.rules` knows and checks.
        influx, grafana: where the servers are; `imutrack.influx.settings` and `imutrack.grafana.settings` check it.
        collector, straps: of the collector; `imutrack.collector.settings` checks it.
        source: the file the settings came from; None when none was found.
    """

    clinic: str
    timezone: str
    data_dir: Path
    trace_days: int
    source: Path | None
    pain: Mapping[str, Any] = field(default_factory=dict)
    triage: Mapping[str, Any] = field(default_factory=dict)
    influx: Mapping[str, Any] = field(default_factory=dict)
    grafana: Mapping[str, Any] = field(default_factory=dict)
    collector: Mapping[str, Any] = field(default_factory=dict)
    straps: Sequence[Mapping[str, Any]] = ()

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return zone_of(self.timezone)


def load(config: Path | None = None, data: Path | None = None, tz: str | None = None) -> Settings:
    """Read the settings, options first, then environment, file and platform.

    Args:
        config: ``--config``; must exist when given.
        data: ``--data-dir``.
        tz: ``--tz``, an IANA zone name or an offset.

    Raises:
        SettingsError: the file is missing, is not valid TOML, has an unknown key or a value that cannot be used.
    """
    source = _find(config)
    said = _read(source) if source else _File()
    if not _CLINIC_NAME.fullmatch(said.clinic):
        raise SettingsError(f"{source}: clinic {said.clinic!r}: use up to 40 of a-z, 0-9, - and _")
    if said.trace_days < 1:
        raise SettingsError(f"{source}: trace_days is {said.trace_days}: at least 1 day")
    name = tz or said.timezone or machine_zone()
    zone_of(name)
    return Settings(
        clinic=said.clinic,
        timezone=name,
        data_dir=data_dir(data, said.data_dir, source),
        trace_days=said.trace_days,
        source=source,
        pain=said.pain,
        triage=said.triage,
        influx=said.influx,
        grafana=said.grafana,
        collector=said.collector,
        straps=tuple(said.strap),
    )


def data_dir(option: Path | None, said: str | None = None, source: Path | None = None) -> Path:
    """Return the data directory: the option, ``IMUTRACK_DATA_DIR``, the settings file, then the platform's own."""
    if option is not None:
        return option.expanduser()
    from_environment = os.environ.get("IMUTRACK_DATA_DIR")
    if from_environment:
        return Path(from_environment).expanduser()
    if said:
        folder = Path(said).expanduser()
        return folder if folder.is_absolute() or source is None else source.parent / folder
    from platformdirs import user_data_path

    return user_data_path(_APP, appauthor=False)


def open_to_others(source: Path | None) -> str:
    """Return what to do about a settings file that everybody on the machine may read; empty where there is none."""
    try:
        everybody = source is not None and os.name == "posix" and bool(source.stat().st_mode & 0o007)
    except OSError:  # moved away meanwhile
        everybody = False
    return f"{source}: everybody on this machine can read it, and it holds addresses: chmod 600" if everybody else ""


def machine_zone() -> str:
    """Return the machine's IANA zone name; ``UTC`` where it cannot be told."""
    name = os.environ.get("TZ", "").lstrip(":")
    if name and not name.startswith("/") and ("/" in name or name in available_timezones()):
        return name
    parts = Path(os.path.realpath("/etc/localtime")).parts
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :])
    return "UTC"


def _find(config: Path | None) -> Path | None:
    named = config or (Path(os.environ["IMUTRACK_CONFIG"]) if os.environ.get("IMUTRACK_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise SettingsError(f"{named}: no such settings file")
        return named
    from platformdirs import user_config_path

    places = (Path("imutrack.toml"), user_config_path(_APP, appauthor=False) / "imutrack.toml")
    return next((place for place in places if _is_file(place)), None)


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:  # of another user, such as below the home of whoever called sudo
        return False


def _read(source: Path) -> _File:
    try:
        text = source.read_bytes().decode("utf-8-sig")  # Windows begins a text with a mark that says no more
    except OSError as error:
        raise SettingsError(f"{source}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:  # which holds the whole text
        raise SettingsError(f"{source}: is no plain text: {_SAVE}") from None
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        as_typed = _CURLY.isdisjoint(_line(text, str(error))) and "\0" not in text
        advice = "text stands in quotes, and nothing is said twice" if as_typed else _SAVE
        raise SettingsError(f"{source}: {error}: {advice}") from error
    return converted(said, _File, str(source))


def _line(text: str, problem: str) -> str:
    """Return the line of a text that a problem is with."""
    number = int(found[1]) if (found := _LINE.search(problem)) else 1
    return "".join(text.split("\n")[number - 1 : number])
