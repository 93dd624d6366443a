"""What the Movella (Xsens) DOT exports of app and SDK share: columns and clock.

``SampleTimeFine`` counts microseconds in the app's export and 100 microseconds in the SDK's log, and no column says so:
the output rate that the file states decides, else the rates that a DOT can have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from imutrack.clock import Ints, first_backward, fit_rate_hz, unwrap
from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings.axis import TimeAxis, axis_from_seconds, start_of
from imutrack.recordings.building import Part, Reading, build_recording
from imutrack.recordings.layout import Layout
from imutrack.recordings.movella_units import gyroscope_unit
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head
from imutrack.recordings.tables import Table, read_table
from imutrack.samples import Floats, Quantity, Recording

__all__ = ["DotFile", "read_dot"]

TICKS_S: Final = (1e-6, 1e-4)
OUTPUT_RATES_HZ: Final = (1, 4, 10, 12, 15, 20, 30, 60, 120)  # all that a DOT offers
RATE_TOLERANCE: Final = 0.2  # lost packets lower the fitted rate; the ticks differ by 100
COUNTER: Final = 1 << 32

_COLUMNS: Final[dict[Quantity, tuple[str, ...]]] = {
    Quantity.ACC: ("acc_x", "acc_y", "acc_z"),
    Quantity.GYR: ("gyr_x", "gyr_y", "gyr_z"),
    Quantity.MAG_AU: ("mag_x", "mag_y", "mag_z"),
    Quantity.FREE_ACC: ("freeacc_x", "freeacc_y", "freeacc_z"),
    Quantity.QUAT: ("quat_w", "quat_x", "quat_y", "quat_z"),
}
_ORIGINS: Final[dict[Quantity, str]] = {
    Quantity.ACC: "unit m/s2 by vendor rule",
    Quantity.MAG_AU: "device's own scale by vendor rule",
    Quantity.FREE_ACC: "unit m/s2 by vendor rule, in earth axes",
    Quantity.QUAT: "by vendor rule",
}
_TURNS = ("dq_w", "dq_x", "dq_y", "dq_z")
_MAC = re.compile(r"(?:[0-9A-F]{2}-){5}[0-9A-F]{2}|(?<![0-9A-F])[0-9A-F]{12}(?![0-9A-F])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DotFile:
    """A DOT export whose preamble was read.

    Attributes:
        head: the file.
        facts: preamble key, lower case -> value.
        usual_tick_s: of the software that wrote it, where the file states no rate.
        start: the start it states, or None.
        zone: the zone it states, or None.
        title: name of the format.
    """

    head: Head
    facts: Mapping[str, str]
    usual_tick_s: float
    start: datetime | None
    zone: str | None
    title: str


def read_dot(file: DotFile, options: ReadOptions) -> Recording:
    """Read one DOT export.

    Raises:
        RecordingError: it holds no readings, or its clock runs backwards.
        MissingFactError: the unit of its gyroscope cannot be told.
    """
    lines, layout = file.head.table()
    columns = _find_columns(layout)
    if "time" not in columns or not set(columns) & set(_COLUMNS):
        raise RecordingError(f"{file.head.source}: holds time stamps only, no readings")
    table = read_table(lines, layout, columns)
    axis = _time_axis(file, table)
    notes = list(table.notes)
    numbers = {name: values for name, values in table.numbers.items() if isinstance(name, Quantity)}
    _blank_zero_rows(numbers, notes)
    readings: dict[Quantity, Reading] = {
        quantity: Reading(values, None, _ORIGINS[quantity])
        for quantity, values in numbers.items()
        if quantity is not Quantity.GYR
    }
    if Quantity.GYR in numbers:
        unit, origin = gyroscope_unit(
            numbers,
            table.numbers.pop("turns", None),
            axis.rate_hz,
            mode=file.facts.get("measurement mode", ""),
            otherwise="deg/s" if file.usual_tick_s == TICKS_S[0] else None,
            typed=options.units.get("gyr"),
            source=file.head.source,
        )
        readings[Quantity.GYR] = Reading(numbers[Quantity.GYR], unit, origin)
    epoch, zone, assumed, note = (None, None, False, "")
    if file.start is not None:
        epoch, zone, assumed, note = start_of(file.start, file.zone, options.tz)
    part = Part(file.head.source, table.sha256, axis, readings, _label(file), tuple(notes))
    return build_recording(
        [part], file.title, options, start=epoch, zone=zone, zone_assumed=assumed, notes=[note] if note else []
    )


def _find_columns(layout: Layout) -> dict[str, tuple[int, ...]]:
    names = {name.lower(): column for column, name in enumerate(layout.names)}
    wanted = {**{str(quantity): group for quantity, group in _COLUMNS.items()}, "turns": _TURNS}
    found = {
        key: tuple(names[name] for name in group) for key, group in wanted.items() if all(n in names for n in group)
    }
    columns: dict[str, tuple[int, ...]] = {
        Quantity(key) if key in _COLUMNS else key: group for key, group in found.items()
    }
    if "sampletimefine" in names:
        columns["time"] = (names["sampletimefine"],)
    if "packetcounter" in names:
        columns["packet"] = (names["packetcounter"],)
    return columns


def _label(file: DotFile) -> str:
    mac = _MAC.search(file.head.source.name)
    return mac[0].upper() if mac else file.facts.get("devicetag") or "DOT"


def _time_axis(file: DotFile, table: Table) -> TimeAxis:
    """Seconds from the first row; the counter wraps after 71.6 min in microseconds."""
    ticks = table.numbers.pop("time")[:, 0]
    counter = ticks[np.isfinite(ticks)].astype(np.int64)
    if len(counter) < len(ticks):
        raise RecordingError(f"{file.head.source}: {len(ticks) - len(counter)} rows have no SampleTimeFine")
    unwrapped = _unwrapped(counter)
    relative = (unwrapped - unwrapped[0]).astype(np.float64)
    tick_s, origin = _tick(file, relative)
    axis = axis_from_seconds(relative * tick_s, table, file.head.source, f"{tick_s * 1e6:g} us")
    stated = f"; stated {file.facts['outputrate']}" if file.facts.get("outputrate") else ""
    notes = (*axis.notes, *_lost_packets(table))
    return TimeAxis(axis.t_s, axis.rate_hz, f"{origin}; {axis.origin}{stated}", notes=notes)


def _unwrapped(counter: Ints) -> Ints:
    backward = first_backward(counter.astype(np.float64))
    if backward is None:
        return counter
    highest = int(counter[backward - 1])
    # a 32-bit counter of microseconds, or the same divided by 100
    modulus = COUNTER if highest > COUNTER // 2 else COUNTER // 100 if 0 <= COUNTER // 100 - highest < 1000 else 0
    return unwrap(counter, modulus) if modulus else counter


def _tick(file: DotFile, relative: Floats) -> tuple[float, str]:
    per_tick = fit_rate_hz(relative)
    stated = re.match(r"\d+", file.facts.get("outputrate", ""))
    if per_tick is None:
        return file.usual_tick_s, "time tick by vendor rule"
    if stated:
        wanted = float(stated[0])
        for tick_s in TICKS_S:
            if abs(per_tick / tick_s / wanted - 1) < RATE_TOLERANCE:
                return tick_s, f"time tick {tick_s * 1e6:g} us, by the stated output rate"
        raise MissingFactError(
            f"{file.head.source}: states {stated[0]} Hz, its time stamps give {per_tick / file.usual_tick_s:.4g} Hz: "
            "read it as a plain table, with --columns and --units t=us"
        )
    ticks = sorted(TICKS_S, key=lambda tick_s: tick_s != file.usual_tick_s)
    for tick_s in ticks:
        if min(abs(per_tick / tick_s / rate - 1) for rate in OUTPUT_RATES_HZ) < RATE_TOLERANCE:
            return tick_s, f"time tick {tick_s * 1e6:g} us by vendor rule"
    return file.usual_tick_s, "time tick by vendor rule"


def _lost_packets(table: Table) -> list[str]:
    packets = table.numbers.pop("packet", None)
    if packets is None:
        return []
    steps = np.diff(packets[:, 0])
    lost = int(np.sum(steps[(steps > 1) & (steps < 1 << 15)] - 1))
    return [f"{lost} packets are missing by their counter"] if lost else []


def _blank_zero_rows(numbers: dict[Quantity, Floats], notes: list[str]) -> None:
    """Recordings begin with a row of zeros before the first reading: no accelerometer reads zero."""
    acc = numbers.get(Quantity.ACC)
    if acc is None:
        return
    empty = ~acc.any(axis=1)
    if empty.any():
        for quantity in (Quantity.ACC, Quantity.GYR):
            if quantity in numbers:
                numbers[quantity][empty] = np.nan
        notes.append(f"{int(empty.sum())} rows of zeros are no readings")
