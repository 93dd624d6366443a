"""Time zones: what files and people write for them, and local times on the Unix epoch. Standard library only."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from imutrack.errors import SettingsError

__all__ = ["local_to_epoch", "zone_name", "zone_of"]

# Only abbreviations that mean one offset everywhere; "CST" or "IST" do not.
_ABBREVIATIONS: Final = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET"), 0),
    **dict.fromkeys(("WEST", "CET"), 1),
    **dict.fromkeys(("CEST", "EET"), 2),
    "EEST": 3,
    "JST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "EDT": -4,
    "PDT": -7,
}
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*([+-]?)(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)


def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name, an offset (``+02:00``, ``-0700``, ``GMT+8``) or a clear abbreviation.

    Raises:
        SettingsError: the zone is not known.

    >>> zone_of("GMT+8").utcoffset(None)
    datetime.timedelta(seconds=28800)
    """
    text = name.strip()
    hours = _ABBREVIATIONS.get(text.upper())
    if hours is not None:
        return UTC if hours == 0 else timezone(timedelta(hours=hours))
    offset = _OFFSET.fullmatch(text)
    if offset:
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if size < timedelta(hours=24):
            return timezone(-size if offset[1] == "-" else size)
    try:
        return ZoneInfo(text)
    except (LookupError, OSError, ValueError) as error:
        raise SettingsError(f"unknown time zone {name!r}: write it as Europe/Berlin or +02:00") from error


def zone_name(name: str) -> str:
    """Spell a time zone the one way that recordings carry it: an IANA name, or an offset as ``+08:00``.

    Raises:
        SettingsError: the zone is not known.

    >>> zone_name("GMT+8"), zone_name("-0700"), zone_name("Europe/Berlin")
    ('+08:00', '-07:00', 'Europe/Berlin')
    """
    zone = zone_of(name)
    if isinstance(zone, ZoneInfo):
        return zone.key
    minutes = round((zone.utcoffset(None) or timedelta()).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def local_to_epoch(local: datetime, zone: str) -> float:
    """Put a local time on the Unix epoch, s.

    A time that a clock change makes happen twice is taken as its first pass; a datetime with its own zone keeps it.

    Raises:
        SettingsError: the zone is not known.

    >>> local_to_epoch(datetime(2026, 7, 1, 12, 0), "Europe/Berlin")
    1782900000.0
    """
    return (local if local.tzinfo else local.replace(tzinfo=zone_of(zone))).timestamp()
