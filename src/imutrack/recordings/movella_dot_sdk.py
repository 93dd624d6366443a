"""Movella DOT PC SDK: the log file that its programs write.

All facts in one line, ``DeviceTag: Movella DOT,FirmwareVersion: 3.0.0,...``, then the columns, without a packet
counter. The last rows may hold a time stamp alone.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from imutrack.recordings.movella import DotFile, read_dot
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.samples import Recording

__all__ = ["MOVELLA_DOT_SDK"]

_FACT = re.compile(r"([A-Za-z][A-Za-z ]*):\s*([^,]*(?:\([^)]*\)[^,]*)?)(?:,|$)")


def _sniff(head: Head) -> float:
    timed = any(line.lower().startswith("sampletimefine") for line in head.lines[1:4])
    return 0.95 if timed and head.lines[0].lower().startswith("devicetag:") and "," in head.lines[0] else 0.0


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    facts = {key.strip().lower(): value.strip() for key, value in _FACT.findall(heads[0].lines[0])}
    try:
        start = datetime.fromisoformat(facts.get("starttime", ""))
    except ValueError:
        start = None
    file = DotFile(heads[0], facts, 1e-4, start, None, MOVELLA_DOT_SDK.title)
    return read_dot(file, options)


MOVELLA_DOT_SDK: Final = Reader(name="movella_dot_sdk", title="Movella DOT PC SDK log", sniff=_sniff, read=_read)
