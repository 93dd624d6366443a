"""Sensor Logger: what each of its files holds by its name, and what its Metadata.csv says."""

import csv
from dataclasses import dataclass
from typing import Final

from imutrack.errors import RecordingError, SettingsError
from imutrack.recordings.files import Source
from imutrack.recordings.reader import Head
from imutrack.samples import Quantity
from imutrack.zones import zone_of

__all__ = ["HEADPHONES", "PHONE", "WATCH", "Facts", "FileKind", "bare_name", "facts_beside", "kind_of", "stem"]

METADATA_BYTES: Final = 65536
PHONE, WATCH, HEADPHONES = "phone", "watch", "headphones"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file of a given name holds; of several files of one quantity the lowest rank is read."""

    device: str
    quantity: Quantity | None  # None: acceleration, gravity and angular rate together
    rank: int = 0


_KINDS: Final[dict[str, FileKind]] = {
    "watchaccelerometeruncalibrated": FileKind(WATCH, Quantity.ACC, 1),
    "watchaccelerometer": FileKind(WATCH, Quantity.ACC, 1),
    "wristmotion": FileKind(WATCH, None),
    "watchmagnetometer": FileKind(WATCH, Quantity.MAG),
    "headphone": FileKind(HEADPHONES, None),
    "totalacceleration": FileKind(PHONE, Quantity.ACC),
    "accelerometeruncalibrated": FileKind(PHONE, Quantity.ACC, 2),
    "accelerometer": FileKind(PHONE, Quantity.FREE_ACC),
    "orientation": FileKind(PHONE, Quantity.QUAT),
    "gyroscopeuncalibrated": FileKind(PHONE, Quantity.GYR, 1),
    "gyroscope": FileKind(PHONE, Quantity.GYR),
    "magnetometeruncalibrated": FileKind(PHONE, Quantity.MAG, 1),
    "magnetometer": FileKind(PHONE, Quantity.MAG),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What Metadata.csv says; empty where it is not there."""

    platform: str = ""
    zone: str | None = None
    standardised: bool | None = None


def bare_name(source: Source) -> str:
    """Return the letters of a file's name: apps and people add dates and numbers."""
    return "".join(filter(str.isalpha, source.name.rpartition(".")[0].lower()))


def kind_of(head: Head) -> FileKind | None:
    """Return what a file holds; None where its name does not say."""
    name = bare_name(head.source)
    found = next((kind for known, kind in _KINDS.items() if name.endswith(known)), None)
    if found is None and "rotationratex" in head.lines[0].lower():
        return FileKind(HEADPHONES if "devicelocation" in head.lines[0].lower() else WATCH, None)
    return found


def stem(source: Source) -> str:
    """Return what the files of one device in one folder share."""
    name = bare_name(source)
    device = next((kind.device for known, kind in _KINDS.items() if name.endswith(known)), PHONE)
    return f"{device} {source.folder}"


def facts_beside(source: Source) -> Facts:
    """Read the Metadata.csv in a file's folder."""
    beside = source.neighbour("Metadata.csv")
    if beside is None:
        return Facts()
    try:
        rows = list(csv.DictReader(beside.head(METADATA_BYTES).decode("utf-8-sig", errors="replace").splitlines()))
    except (RecordingError, csv.Error):
        return Facts()
    row = {str(key).strip().lower(): str(value or "").strip() for key, value in (rows[0] if rows else {}).items()}
    zone: str | None = row.get("recording timezone") or None
    try:
        zone_of(zone or "UTC")
    except SettingsError:
        zone = None
    standardised = {"true": True, "false": False}.get(row.get("standardisation", "").lower())
    return Facts(row.get("platform", "").lower(), zone, standardised)
