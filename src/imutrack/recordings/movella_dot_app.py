"""Movella (Xsens) DOT app: the CSV that the phone app saves, streamed or exported from a sensor's memory.

A ``sep=,`` line, ``Key:,value`` lines whose set depends on the firmware, a line with the maker's name, a blank one,
then ``PacketCounter,SampleTimeFine,...`` with the columns of the chosen measurement mode.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from imutrack.errors import SettingsError
from imutrack.recordings.movella import DotFile, read_dot
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.samples import Recording
from imutrack.zones import zone_name

__all__ = ["MOVELLA_DOT_APP"]

_START = re.compile(r"(\d{4}-\d{2}-\d{2})[_ T](\d{2}:\d{2}:\d{2})(?:[_.](\d{1,6}))?\s*(.*)")
_COLUMNS = re.compile(r"(?:packetcounter[,;\t])?sampletimefine(?:[,;\t]|$)", re.IGNORECASE)
_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = ("devicetag", "firmwareversion", "appversion")


def _sniff(head: Head) -> float:
    facts = _facts(head)
    counted = any(_COLUMNS.match(line) for line in head.lines)
    return 0.95 if counted and any(mark in facts for mark in _MARKS) else 0.0


def _facts(head: Head) -> dict[str, str]:
    found = {}
    for line in head.lines:
        key, colon, value = line.partition(":")
        if "sampletimefine" in line.lower():
            break
        if colon and value.lstrip(" ").startswith(_SEPARATORS):
            found[key.strip().lower()] = value.strip(" ,;\t")
    return found


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    facts = _facts(heads[0])
    start, zone = _start(facts.get("starttime", ""))
    file = DotFile(heads[0], facts, 1e-6, start, zone, MOVELLA_DOT_APP.title)
    return read_dot(file, options)


def _start(text: str) -> tuple[datetime | None, str | None]:
    """Read ``2021-08-20_20:21:13_804 GMT+8``; an abbreviation that means several zones is none."""
    found = _START.match(text)
    if not found:
        return None, None
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}.{(found[3] or '0').ljust(6, '0')}")
    except ValueError:
        return None, None
    try:
        return local, zone_name(found[4])
    except SettingsError:
        return local, None


MOVELLA_DOT_APP: Final = Reader(name="movella_dot_app", title="Movella (Xsens) DOT app CSV", sniff=_sniff, read=_read)
