"""phyphox: a zip or folder with one CSV per sensor and ``meta/``, or one of its files.

Separator and decimal sign are the user's choice; names come in two schemes, ``Linear Acceleration x (m/s^2)`` and
``X (m/s^2)`` in a file named after the sensor, in the language of the phone. The unit tells the quantity; that gravity
was removed is told by column or file name, and where neither says so, by the readings. Times run from the experiment's
start, whose wall clock is in ``meta/time.csv``.
"""

import csv
import re
from collections.abc import Sequence
from typing import Final

from imutrack.errors import RecordingError
from imutrack.recordings.axis import EPOCH_RANGE_S, axis_from_seconds
from imutrack.recordings.building import Part, Reading, build_recording
from imutrack.recordings.checks import has_gravity
from imutrack.recordings.files import Source
from imutrack.recordings.headers import Kind, meaning_of, quantity_of_unit, says_gravity_removed
from imutrack.recordings.layout import Layout, split_row
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.tables import read_table
from imutrack.samples import Quantity, Recording
from imutrack.zones import zone_name

__all__ = ["PHYPHOX"]

TIMES_BYTES: Final = 65536
UNITS: Final = frozenset({"m/s^2", "m/s²", "rad/s", "µt", "μt", "ut"})  # all that phyphox writes
RANK: Final = {Quantity.ACC: 0, Quantity.FREE_ACC: 1, Quantity.GYR: 2, Quantity.MAG: 3}

_ZONE = re.compile(r"UTC([+-][01]\d:?\d{2})?")


def _sniff(head: Head) -> float:
    if head.layout is None or not head.layout.names:
        return 0.0
    meanings = [meaning_of(name) for name in head.layout.names]
    foreign = [meaning for meaning in meanings if meaning.quantity and (meaning.unit or "").lower() not in UNITS]
    time = meanings[0]
    if foreign or time.kind is not Kind.TIME or time.unit != "s" or not _groups(head.layout):
        return 0.0
    return 0.9 if head.source.neighbour("meta/time.csv") or '"' in head.lines[0] else 0.7


def _stem(source: Source) -> str:
    return source.folder


def _groups(layout: Layout) -> dict[tuple[str, str], list[int]]:
    """Return (name without its axis, unit) -> columns x, y, z."""
    found: dict[tuple[str, str], dict[int, int]] = {}
    for column, name in enumerate(layout.names):
        axis = re.search(r"(?:^|\s)([xyz])\s*\(([^)]*)\)$", name.strip(), re.IGNORECASE)
        if axis and axis[2].lower() in UNITS:
            group = found.setdefault((name[: axis.start()].strip(), axis[2]), {})
            group["xyz".index(axis[1].lower())] = column
    return {key: [axes[0], axes[1], axes[2]] for key, axes in found.items() if len(axes) == 3}


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    parts = [part for head in heads for part in _parts(head)]
    start, zone, notes = _start(heads[0].source)
    seen: set[Quantity] = set()
    kept = []
    for part in sorted(parts, key=lambda part: min(RANK[quantity] for quantity in part.readings)):
        if seen & set(part.readings):
            notes.append(f"a second {', '.join(part.readings)} left out: {part.source.name}")
            continue
        seen |= set(part.readings)
        kept.append(part)
    return build_recording(kept, PHYPHOX.title, options, start=start, zone=zone, keep_zero=True, notes=notes)


def _parts(head: Head) -> list[Part]:
    lines, layout = head.table()
    groups = _groups(layout)
    if not groups:
        raise RecordingError(f"{head.source}: holds no x, y and z columns: {', '.join(layout.names) or 'no header'}")
    table = read_table(lines, layout, {"time": [0], **{" ".join(key): columns for key, columns in groups.items()}})
    axis = axis_from_seconds(table.numbers.pop("time")[:, 0], table, head.source, "s")
    readings: dict[Quantity, Reading] = {}
    notes = list(table.notes)
    for name, unit in groups:
        reading = Reading(table.numbers[f"{name} {unit}"], unit, f"unit {unit} from the column names")
        quantity = _quantity(name, unit, reading, head.source, notes)
        if quantity in readings:
            raise RecordingError(f"{head.source}: holds {quantity} twice: {', '.join(layout.names)}")
        readings[quantity] = reading
    return [Part(head.source, table.sha256, axis, readings, "phone", tuple(notes))]


def _quantity(name: str, unit: str, reading: Reading, source: Source, notes: list[str]) -> Quantity:
    quantity = quantity_of_unit(unit) or Quantity.ACC
    if quantity is not Quantity.ACC:
        return quantity
    if says_gravity_removed(name) or (not name and says_gravity_removed(source.name)):
        return Quantity.FREE_ACC
    if not name and not has_gravity(reading.in_si(Quantity.ACC)):
        notes.append("gravity is not in it: taken as linear acceleration")
        return Quantity.FREE_ACC
    return Quantity.ACC


def _start(source: Source) -> tuple[float | None, str | None, list[str]]:
    """Read ``meta/time.csv``: the wall clock of the experiment's zero, its zone, and whether it was paused."""
    beside = source.neighbour("meta/time.csv")
    if beside is None:
        return None, None, []
    try:
        text = beside.head(TIMES_BYTES).decode("utf-8-sig", errors="replace")
    except RecordingError:
        return None, None, []
    separator = next((sign for sign in ("\t", ";", ",") if sign in text.partition("\n")[0]), ",")
    try:
        rows = [split_row(line, separator) for line in text.splitlines()[1:] if line.strip()]
    except csv.Error:
        return None, None, []
    starts = [row for row in rows if row[0].upper() == "START" and len(row) >= 3]
    notes = [f"the experiment was paused {len(starts) - 1} times"] if len(starts) > 1 else []
    if not starts:
        return None, None, notes
    experiment, system = (_number(cell) for cell in starts[0][1:3])
    if experiment is None or system is None or not EPOCH_RANGE_S[0] < system < EPOCH_RANGE_S[1]:
        return None, None, notes
    zone = _ZONE.search(starts[0][3]) if len(starts[0]) > 3 else None
    return system - experiment, zone_name(zone[1] or "UTC") if zone else None, notes


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


PHYPHOX: Final = Reader(name="phyphox", title="phyphox zip or CSV export", sniff=_sniff, read=_read, stem=_stem)
