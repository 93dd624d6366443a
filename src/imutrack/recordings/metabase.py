"""MbientLab MetaBase CSV: one file per sensor of a MetaWear or MetaMotion, unit in the column names.

Android writes ``epoch (ms),time (01:00),elapsed (s)``, iOS ``epoc (ms),timestamp (+0200),elapsed (s)``, then one column
per axis such as ``x-axis (g)``. The zone stands in the header alone. Acceleration, linear acceleration and gravity have
the same columns: the file name tells them apart, ``<session>_<time>_<MAC>_<sensor>[_<rate>Hz][_<version>].csv``.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from imutrack.errors import RecordingError, SettingsError
from imutrack.recordings.axis import TimeAxis, axis_from_seconds
from imutrack.recordings.building import Part, Reading, build_recording
from imutrack.recordings.checks import has_gravity
from imutrack.recordings.files import Source
from imutrack.recordings.headers import Kind, meaning_of, quantity_of_unit, says_gravity_removed
from imutrack.recordings.layout import Layout
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.tables import Table, read_table
from imutrack.samples import Quantity, Recording
from imutrack.zones import zone_name

__all__ = ["METABASE"]

ROUNDED_SHARE: Final = 0.01  # the two time columns agree this well unless a spreadsheet rounded the first
CHECKED_ROWS: Final = 1000

_HEADER = re.compile(r"\ufeff?\"?epoch?\s*\(ms\)", re.IGNORECASE)
_ZONE = re.compile(r"time(?:stamp)?\s*\(([+-]?\d{1,2}:?\d{2})\)", re.IGNORECASE)
_NAME = re.compile(r"(?P<stem>.*_(?P<mac>(?:[0-9A-F]{2}:?){6}))_(?P<sensor>[A-Za-z ]+)", re.IGNORECASE)


def _sniff(head: Head) -> float:
    first = head.lines[0] if head.lines else ""
    return 0.95 if _HEADER.match(first) and "elapsed" in first else 0.0


def _stem(source: Source) -> str:
    found = _NAME.match(source.name)
    return found["stem"] if found else source.name


def _sensor_name(source: Source) -> str:
    found = _NAME.match(source.name)
    return found["sensor"] if found else source.name


def _companion(head: Head) -> bool:
    """Gravity, orientation, temperature and pressure: files without readings of a motion sensor."""
    units = {unit for _, unit in _axes(head.layout).values()} if head.layout is not None else set()
    known = len(units) == 1 and _quantity_of_unit(units.pop()) is not None
    return not known or _holds_gravity_only(head.source)


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    parts = [_part(head) for head in heads]
    if len(parts) > 1 and any(part.axis.epoch is None for part in parts):
        raise RecordingError(
            f"{heads[0].source}: the epoch column of one of its files is damaged, so they share no clock: export them "
            "again without opening them in a spreadsheet, or read them one by one"
        )
    return build_recording(parts, METABASE.title, options, zone=_zone(heads[0]))


def _part(head: Head) -> Part:
    lines, layout = head.table()
    axes = _axes(layout)
    if sorted(axes) != [0, 1, 2]:
        raise RecordingError(f"{head.source}: holds no x, y and z axis: {', '.join(layout.names) or 'no header'}")
    columns, units = zip(*(axes[axis] for axis in range(3)), strict=True)
    if len(set(units)) != 1:
        raise RecordingError(f"{head.source}: its axes have different units: {', '.join(units)}")
    times = {key: [_column(layout, key, head.source)] for key in ("epoc", "elapsed")}
    table = read_table(lines, layout, {**times, "values": columns})
    axis = _time_axis(table, head.source)
    reading = Reading(table.numbers["values"], units[0], f"unit {units[0]} from the column names")
    quantity, note = _quantity(reading, head.source)
    found = _NAME.match(head.source.name)
    return Part(
        source=head.source,
        sha256=table.sha256,
        axis=axis,
        readings={quantity: reading},
        label=found["mac"] if found else "MetaWear",
        notes=(*table.notes, *note),
    )


def _axes(layout: Layout) -> dict[int, tuple[int, str]]:
    """Return axis -> (column, unit)."""
    meanings = [(column, meaning_of(name)) for column, name in enumerate(layout.names)]
    return {
        meaning.axis: (column, meaning.unit)
        for column, meaning in meanings
        if meaning.kind is Kind.AXIS and meaning.unit is not None
    }


def _column(layout: Layout, name: str, source: Source) -> int:
    found = next((column for column, cell in enumerate(layout.names) if cell.lower().startswith(name)), None)
    if found is None:
        raise RecordingError(f"{source}: has no column {name}: {', '.join(layout.names)}")
    return found


def _quantity(reading: Reading, source: Source) -> tuple[Quantity, tuple[str, ...]]:
    quantity = _quantity_of_unit(reading.unit or "")
    if quantity is None:
        raise RecordingError(f"{source}: its unit {reading.unit!r} is of no sensor that is known")
    if quantity is not Quantity.ACC:
        return quantity, ()
    name = _sensor_name(source)
    if says_gravity_removed(name):
        return Quantity.FREE_ACC, ("gravity was removed by the device, as the file name says",)
    if _holds_gravity_only(source):
        raise RecordingError(f"{source}: holds the direction of gravity only, no readings: use the Accelerometer file")
    if "acc" not in name.lower() and not has_gravity(reading.in_si(Quantity.ACC)):
        return Quantity.FREE_ACC, ("gravity is not in it: taken as linear acceleration",)
    return Quantity.ACC, ()


def _quantity_of_unit(unit: str) -> Quantity | None:
    return Quantity.MAG if unit == "T" else quantity_of_unit(unit)


def _holds_gravity_only(source: Source) -> bool:
    return "gravity" in _sensor_name(source).lower()


def _time_axis(table: Table, source: Source) -> TimeAxis:
    epoch, elapsed = table.numbers.pop("epoc")[:, 0], table.numbers.pop("elapsed")[:, 0]
    first = float(epoch[0])
    stamps = (epoch - first) / 1000.0
    span, own = float(np.nanmax(stamps, initial=0.0)), float(np.nanmax(elapsed, initial=0.0) - elapsed[0])
    fewer = len(np.unique(epoch[:CHECKED_ROWS])) < len(np.unique(elapsed[:CHECKED_ROWS]))
    if fewer or abs(span - own) > ROUNDED_SHARE * max(own, 0.1):
        table.notes.append("the epoch column is rounded or damaged: times are from the elapsed column")
        return axis_from_seconds(elapsed - elapsed[0], table, source, "s")
    return axis_from_seconds(stamps, table, source, "ms", epoch=first / 1000.0)


def _zone(head: Head) -> str | None:
    found = _ZONE.search(head.lines[0])
    if not found:
        return None
    try:
        return zone_name(found[1])
    except SettingsError:
        return None


METABASE: Final = Reader(
    name="metabase",
    title="MbientLab MetaBase CSV (Android, iOS)",
    sniff=_sniff,
    read=_read,
    stem=_stem,
    companion=_companion,
)
