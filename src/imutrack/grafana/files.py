"""The files of ``dashboards/``: what is in each, and writing them."""

import json
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from imutrack.errors import SettingsError
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.provisioning import provisioning
from imutrack.grafana.rendering import rendered
from imutrack.grafana.yaml import as_yaml

__all__ = ["DEFAULT_ZONE", "contents", "dashboard_files", "write"]

DEFAULT_ZONE: Final = "UTC"
"""Of the files that come with the software; a clinic makes its own, or lets ``deploy`` do it."""


def dashboard_files(zone: str) -> dict[str, str]:
    """Return file name -> dashboard as JSON, each in the folder of its folder in Grafana.

    Args:
        zone: the clinic's time zone, IANA.
    """
    return {
        f"{board.folder.replace(' ', '-')}/{board.title.lower()}.json": _as_json(rendered(board, zone))
        for board in BOARDS
    }


def contents(zone: str) -> dict[str, str]:
    """Return file name -> text of all files that are made from the description."""
    made = dashboard_files(zone)
    for name, (value, head) in provisioning().items():
        made[f"provisioning/{name}"] = as_yaml(value, head)
    return made


def require_name(zone: str) -> None:
    """Refuse a time zone without a name.

    Raises:
        SettingsError: InfluxDB and Grafana do not know it.
    """
    if zone not in available_timezones():
        raise SettingsError(f"{zone!r}: give the name of a zone, such as Europe/Berlin; Grafana knows no offsets")


def write(folder: Path, zone: str = DEFAULT_ZONE) -> list[Path]:
    """Write all files anew; return those that were not there or said something else.

    Args:
        folder: is made where it is missing.
        zone: the clinic's time zone, IANA.

    Raises:
        SettingsError: InfluxDB and Grafana do not know the zone.
    """
    require_name(zone)
    changed = []
    for name, text in contents(zone).items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
