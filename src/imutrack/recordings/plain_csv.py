"""Any delimited table whose header, or the person, says what its columns are and in which units.

What the header leaves open is taken from the options; what neither says is asked for, never guessed: the error names
the option. Where both say something they must agree.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from imutrack.clock import fit_rate_hz
from imutrack.errors import MissingFactError, RecordingError, SettingsError
from imutrack.recordings.axis import (
    EPOCH_RANGE_S,
    TimeAxis,
    axis_from_rate,
    axis_from_seconds,
    epoch_seconds,
    iso_seconds,
    start_of,
)
from imutrack.recordings.building import UNIT_KEY, Part, Reading, build_recording
from imutrack.recordings.columns import Group, Time, find_columns
from imutrack.recordings.files import Source
from imutrack.recordings.headers import Kind, meaning_of
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.tables import Table, read_table
from imutrack.samples import Quantity, Recording
from imutrack.units import to_si_factor

__all__ = ["PLAIN_CSV", "read_plain"]

RATE_AGREES: Final = 0.05  # how well --rate must agree with time stamps that are there
SOME_UNITS: Final = {"acc": "g, m/s2, mg", "gyr": "deg/s, rad/s", "mag": "uT, G", "t": "s, ms, us, ns"}
COMMON_RATES_HZ: Final = (2.0, 2000.0)
TIME: Final = "t"  # name of the time column among those that are read


def _sniff(head: Head) -> float:
    if head.layout is None:
        return 0.0
    known = sum(meaning_of(name).kind in (Kind.READING, Kind.AXIS) for name in head.layout.names)
    return 0.3 if known >= len("xyz") else 0.05


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    return read_plain(heads[0], options)


def read_plain(head: Head, options: ReadOptions) -> Recording:
    """Read a table by its header and the options.

    Raises:
        RecordingError: it is no table, or header and options contradict each other.
        MissingFactError: neither says what a column, a unit or the rate is.
        SettingsError: ``--columns`` is not complete.
    """
    source = head.source
    lines, layout = head.table()
    columns = find_columns(head, options)
    units = {group.quantity: _unit(group, options, source) for group in columns.groups}
    time = columns.time
    if time is None and options.rate_hz is None:
        raise MissingFactError(f"{source}: has no time column: say its sampling rate with --rate HZ")
    stamps = {} if time is None else {TIME: time.column}
    exact = time is not None and time.is_long
    text = time is not None and time.is_text
    table = read_table(
        lines,
        layout,
        {
            **{str(group.quantity): group.columns for group in columns.groups},
            **({} if exact or text else {name: (column,) for name, column in stamps.items()}),
        },
        whole=stamps if exact else None,
        texts=stamps if text else None,
    )
    axis, zone, note = _time_axis(time, table, source, options)
    notes = [*columns.notes, *([note] if note else [])]
    readings: dict[Quantity, Reading] = {}
    for group in columns.groups:
        unit, origin = units[group.quantity]
        quantity = group.quantity
        if quantity is Quantity.MAG and unit is None:
            quantity = Quantity.MAG_AU
            notes.append("the magnetometer states no unit: taken on its own scale")
        readings[quantity] = Reading(table.numbers[group.quantity], unit, origin)
    part = Part(source, table.sha256, axis, readings, notes=(*notes, *table.notes))
    return build_recording([part], PLAIN_CSV.title, options, zone=zone, zone_assumed=axis.zone_assumed)


def _unit(group: Group, options: ReadOptions, source: Source) -> tuple[str | None, str]:
    """Return the unit of a quantity and where it is known from."""
    key = UNIT_KEY.get(group.quantity)
    if key is None:
        return None, "on its own scale"
    unit, origin = _stated_or_typed(key, group.unit, options, source)
    if unit is None and group.quantity is not Quantity.MAG:
        raise MissingFactError(
            f"{source}: does not say the unit of {key}: say it with --units {key}=UNIT ({SOME_UNITS[key]})"
        )
    return unit, origin


def _stated_or_typed(key: str, stated: str | None, options: ReadOptions, source: Source) -> tuple[str | None, str]:
    typed = options.units.get(key)
    if stated is None:
        return typed, "on its own scale" if typed is None else f"unit {typed} from --units"
    try:
        factor = to_si_factor(key, stated)
    except SettingsError as error:
        raise RecordingError(
            f"{source}: its header states {stated!r} as the unit of {key}, which is not known"
        ) from error
    if typed is not None and to_si_factor(key, typed) != factor:
        raise RecordingError(f"{source}: its header states {stated} for {key}, --units says {typed}")
    return stated, f"unit {stated} from the column names"


def _time_axis(
    time: Time | None, table: Table, source: Source, options: ReadOptions
) -> tuple[TimeAxis, str | None, str]:
    """Return the axis, the zone and a note."""
    if time is None:
        return axis_from_rate(len(table), options.rate_hz or 0.0, source), None, ""
    if time.is_text:
        seconds, first = iso_seconds(table.texts.pop(TIME), table, source)
        epoch, zone, assumed, note = start_of(first, None, options.tz)
        axis = axis_from_seconds(seconds, table, source, "s", epoch=epoch, zone_assumed=assumed)
        return _agreeing(axis, options, source), zone, note
    unit, _ = _stated_or_typed("t", time.unit, options, source)
    unit = unit or _unit_by_size(table, options)
    if unit is None:
        raise MissingFactError(
            f"{source}: does not say the unit of time: say it with --units t=UNIT ({SOME_UNITS['t']})"
        )
    factor = to_si_factor("t", unit)
    if TIME in table.whole:
        seconds, first_s = epoch_seconds(table.whole.pop(TIME), round(1 / factor))
    else:
        ticks = table.numbers.pop(TIME)[:, 0]
        first_s = float(ticks[0]) * factor
        seconds = (ticks - ticks[0]) * factor
    is_absolute = EPOCH_RANGE_S[0] < first_s < EPOCH_RANGE_S[1]
    axis = axis_from_seconds(seconds, table, source, unit, epoch=first_s if is_absolute else None)
    return _agreeing(axis, options, source), None, ""


def _unit_by_size(table: Table, options: ReadOptions) -> str | None:
    """Tell the unit of time stamps where it cannot be another: Unix time of this century, or the rate that was said."""
    ticks = table.whole[TIME].astype(np.float64) if TIME in table.whole else table.numbers[TIME][:, 0]
    per_tick = fit_rate_hz(ticks[np.isfinite(ticks)])
    if per_tick is None:
        return None
    for unit in ("s", "ms", "us", "ns"):
        factor = to_si_factor("t", unit)
        rate_hz = per_tick / factor
        if options.rate_hz is not None and abs(rate_hz / options.rate_hz - 1) < RATE_AGREES:
            return unit
        is_absolute = EPOCH_RANGE_S[0] < float(ticks[0]) * factor < EPOCH_RANGE_S[1]
        if options.rate_hz is None and is_absolute and COMMON_RATES_HZ[0] < rate_hz < COMMON_RATES_HZ[1]:
            return unit
    return None


def _agreeing(axis: TimeAxis, options: ReadOptions, source: Source) -> TimeAxis:
    if options.rate_hz is not None and abs(axis.rate_hz / options.rate_hz - 1) > RATE_AGREES:
        raise RecordingError(
            f"{source}: --rate says {options.rate_hz:g} Hz, its time stamps {axis.rate_hz:.4g} Hz: leave out --rate, "
            "or say another unit with --units t=..."
        )
    return axis


PLAIN_CSV: Final = Reader(
    name="plain_csv", title="plain CSV whose header or options say columns and units", sniff=_sniff, read=_read
)
