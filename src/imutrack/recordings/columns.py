"""Which columns of a plain table hold what: by its header, or by the names a person gave them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from imutrack.errors import MissingFactError, RecordingError, SettingsError
from imutrack.recordings.files import Source
from imutrack.recordings.headers import Kind, Meaning, meaning_of, quantity_of_unit, says_gravity_removed
from imutrack.recordings.layout import split_row
from imutrack.recordings.options import COLUMN_NAMES, IGNORED_COLUMNS, TIME_COLUMN, ReadOptions
from imutrack.recordings.reader import Head
from imutrack.samples import QUANTITIES, Quantity

__all__ = ["Columns", "Group", "Time", "find_columns"]

EXAMPLE: Final = "--columns t,acc_x,acc_y,acc_z (- for a column to leave out)"
HEADER_SHOWN: Final = 120  # characters of a header in a message
ROWS_SEEN: Final = 200  # rows of several devices are interleaved from the start
MAX_DEVICES: Final = 32

_DEVICE = re.compile(r"(?:(?:mac|ble)?address|mac|(?:device|sensor|imu|node|unit)(?:id|name|address|no|nr|number)?)")


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one quantity and their unit as the header states it."""

    quantity: Quantity
    columns: tuple[int, ...]
    unit: str | None


@dataclass(frozen=True, slots=True)
class Time:
    """The time column: its unit as the header states it, and whether it holds text or counts beyond a float64."""

    column: int
    unit: str | None
    is_text: bool
    is_long: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read of a table; `time` is None where no column is one."""

    groups: tuple[Group, ...]
    time: Time | None
    notes: tuple[str, ...] = ()


def find_columns(head: Head, options: ReadOptions) -> Columns:
    """Match the columns of a file with what they hold.

    Raises:
        RecordingError: header and options contradict each other, or the rows are of several devices.
        MissingFactError: neither says which columns to read.
        SettingsError: ``--columns`` is not complete.
    """
    layout = head.layout
    names = layout.names if layout is not None else ()
    meanings = [meaning_of(name) for name in names]
    rows = _first_rows(head)
    _refuse_mixed_devices(names, rows, head.source)
    if options.columns is not None:
        return _by_options(options.columns, names, meanings, rows[0], head.source)
    if not names:
        raise MissingFactError(f"{head.source}: has no header: say what its {len(rows[0])} columns are with {EXAMPLE}")
    return _by_header(names, meanings, rows[0], head.source, options)


def _first_rows(head: Head) -> list[list[str]]:
    layout = head.layout
    if layout is None or head.decoded is None:
        raise RecordingError(f"{head.source}: holds no row of readings after its header")
    lines = head.decoded[0].splitlines()[layout.first_row : layout.first_row + ROWS_SEEN]
    return [split_row(line, layout.separator) for line in lines if line.strip()]


def _refuse_mixed_devices(names: Sequence[str], rows: Sequence[Sequence[str]], source: Source) -> None:
    for column, name in enumerate(names):
        if _DEVICE.fullmatch(re.sub(r"[^a-z]", "", name.lower())):
            devices = {row[column] for row in rows if len(row) > column}
            if 1 < len(devices) <= MAX_DEVICES:
                raise RecordingError(
                    f"{source}: its rows are of {len(devices)} devices ({name}): write one file per device"
                )


def _by_header(
    names: Sequence[str], meanings: Sequence[Meaning], row: Sequence[str], source: Source, options: ReadOptions
) -> Columns:
    found: dict[Quantity, dict[int, int]] = {}
    notes = []
    for column, meaning in enumerate(meanings):
        quantity = _quantity_of(meaning, source, options)
        if quantity is None:
            continue
        axes = found.setdefault(quantity, {})
        if meaning.axis in axes:
            raise MissingFactError(
                f"{source}: {names[axes[meaning.axis]]!r} and {names[column]!r} could both be {quantity} "
                f"{'xyz'[meaning.axis]}: say which to read with {EXAMPLE}"
            )
        axes[meaning.axis] = column
    groups = []
    for quantity, axes in found.items():
        if len(axes) < QUANTITIES[quantity]:
            notes.append(f"{quantity} left out: only {len(axes)} of its axes are there")
            continue
        columns = tuple(axes[axis] for axis in sorted(axes))
        groups.append(Group(quantity, columns, _one_unit([meanings[column].unit for column in columns], source)))
    if not groups:
        raise MissingFactError(
            f"{source}: no reader knows this format, and its header ({', '.join(names)[:HEADER_SHOWN]}) does not name "
            f"three axes of a motion sensor: say what its columns are with {EXAMPLE} and --units"
        )
    times = [
        _time(column, meaning.unit, row[column]) for column, meaning in enumerate(meanings) if meaning.kind is Kind.TIME
    ]
    known = [time for time in times if not time.is_text and time.unit is not None]
    texts = [time for time in times if time.is_text]
    return Columns(tuple(groups), next(iter([*known, *texts, *times]), None), tuple(notes))


def _quantity_of(meaning: Meaning, source: Source, options: ReadOptions) -> Quantity | None:
    if meaning.kind is Kind.READING:
        return meaning.quantity
    if meaning.kind is not Kind.AXIS:
        return None
    quantity = quantity_of_unit(meaning.unit) if meaning.unit else None
    said = set(options.units) - {"t"}
    if meaning.unit is None and len(said) == 1:
        quantity = Quantity(said.pop())  # x, y, z of the one quantity whose unit was said
    if quantity is Quantity.ACC and says_gravity_removed(source.name):
        return Quantity.FREE_ACC
    return quantity


def _by_options(
    wanted: Sequence[str], names: Sequence[str], meanings: Sequence[Meaning], row: Sequence[str], source: Source
) -> Columns:
    if len(wanted) != len(row):
        raise RecordingError(f"{source}: has {len(row)} columns, --columns names {len(wanted)}")
    time: Time | None = None
    found: dict[Quantity, dict[int, int]] = {}
    for column, name in enumerate(wanted):
        stated = meanings[column] if meanings else Meaning(Kind.OTHER)
        if name == TIME_COLUMN:
            time = _time(column, stated.unit if stated.kind is Kind.TIME else None, row[column])
        elif name not in IGNORED_COLUMNS:
            quantity, axis = COLUMN_NAMES[name]
            if stated.kind in (Kind.READING, Kind.AXIS) and not _agrees(stated, quantity, axis):
                raise RecordingError(f"{source}: --columns says {name} where its header says {names[column]!r}")
            if axis in found.setdefault(quantity, {}):
                raise SettingsError(f"--columns names {name} twice")
            found[quantity][axis] = column
    groups = []
    for quantity, axes in found.items():
        if len(axes) < QUANTITIES[quantity]:
            raise SettingsError(f"--columns names only {len(axes)} of the {QUANTITIES[quantity]} columns of {quantity}")
        columns = tuple(axes[axis] for axis in sorted(axes))
        units = [meanings[column].unit for column in columns] if meanings else [None]
        groups.append(Group(quantity, columns, _one_unit(units, source)))
    if not groups:
        raise SettingsError("--columns names no column with readings")
    return Columns(tuple(groups), time)


def _agrees(stated: Meaning, quantity: Quantity, axis: int) -> bool:
    kinds = {Quantity.FREE_ACC: Quantity.ACC, Quantity.MAG_AU: Quantity.MAG}
    named = None if stated.quantity is None else kinds.get(stated.quantity, stated.quantity)
    return stated.axis == axis and named in (None, kinds.get(quantity, quantity))


def _one_unit(units: Sequence[str | None], source: Source) -> str | None:
    if len(set(units)) > 1:
        raise RecordingError(f"{source}: the axes of one quantity have different units: {', '.join(map(str, units))}")
    return units[0]


def _time(column: int, unit: str | None, cell: str) -> Time:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return Time(column, unit, is_text=bool(cell), is_long=False)
    return Time(column, unit, is_text=False, is_long=cell.isdecimal() and int(cell) > 1 << 53)
