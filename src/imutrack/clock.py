"""Clocks: the rate behind time stamps, counters that wrap, and local time on the wall.

Approach: a rate is fitted over the whole file, never taken from single steps. Hosts stamp in bursts and round to
milliseconds, so the median step of a 99 Hz log may say 100 or 1000 Hz; spans over many samples do not. Spans that hold
a gap are left out, so that lost data does not look like a slow sensor.

Nothing here reads the machine's clock or its zone.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from imutrack.errors import SettingsError
from imutrack.samples import Floats

__all__ = [
    "Ints",
    "first_backward",
    "fit_rate_hz",
    "hold_late_stamps",
    "local_to_epoch",
    "unwrap",
    "zone_name",
    "zone_of",
]

Ints = npt.NDArray[np.int64]

WINDOW_SAMPLES: Final = 32  # longer than a Bluetooth burst (8 samples), shorter than the time between two gaps
WINDOWS: Final = 64  # a long file is cut into about as many spans; a few of them may hold gaps
GAP_STRETCH: Final = 1.25  # a span this much longer than the median one holds a gap

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
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*([+-]?)(\d{1,2})(?::?(\d{2}))?")


def fit_rate_hz(t_s: Floats) -> float | None:
    """Fit the sampling rate behind (n,) time stamps, s; None where they cannot tell (one sample, or no span)."""
    steps = len(t_s) - 1
    if steps < 1 or t_s[-1] <= t_s[0]:
        return None
    window = min(max(steps // WINDOWS, WINDOW_SAMPLES), steps)
    spans = t_s[window:] - t_s[:-window]
    median = float(np.median(spans))
    if median <= 0:
        return steps / float(t_s[-1] - t_s[0])
    return window / float(np.mean(spans[spans <= GAP_STRETCH * median]))


def unwrap(ticks: Ints, modulus: int) -> Ints:
    """Undo the wraps of an (n,) counter that runs modulo ``modulus``; a step back by more than half of it is a wrap.

    >>> unwrap(np.array([65534, 65535, 0, 1]), 1 << 16).tolist()
    [65534, 65535, 65536, 65537]
    """
    wraps = np.cumsum(np.diff(ticks) < -(modulus // 2))
    unwrapped = ticks.astype(np.int64, copy=True)
    unwrapped[1:] += modulus * wraps
    return unwrapped


def first_backward(t_s: Floats) -> int | None:
    """Index of the first stamp that is earlier than the one before it; None where time never runs backwards."""
    backward = np.flatnonzero(np.diff(t_s) < 0)
    return int(backward[0]) + 1 if len(backward) else None


def hold_late_stamps(t_s: Floats, late_s: float) -> tuple[Floats, int] | None:
    """Give a late packet's stamps the time of the one before them, so that time never runs backwards.

    Returns:
        The (n,) stamps and how many were held; None where a stamp lies more than ``late_s`` behind, which no radio
        explains: sorting or splitting such a file would be guessing.
    """
    held: Floats = np.maximum.accumulate(t_s)
    behind = held - t_s
    return None if float(behind.max(initial=0.0)) > late_s else (held, int(np.count_nonzero(behind)))


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
