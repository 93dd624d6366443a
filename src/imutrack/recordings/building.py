"""From checked columns to a `Recording`: units to SI, one zero of time, and where everything came from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from imutrack.errors import RecordingError, SettingsError
from imutrack.recordings.axis import EPOCH_RANGE_S, TimeAxis
from imutrack.recordings.checks import check_angular_rate, check_gravity, check_turning
from imutrack.recordings.files import Source
from imutrack.recordings.options import ReadOptions
from imutrack.samples import Floats, Quantity, Recording, Samples, Sensor, StartSource
from imutrack.units import to_si_factor

__all__ = ["UNIT_KEY", "Part", "Reading", "build_recording", "content_hash", "worn"]

UNIT_KEY: Final[dict[Quantity, str]] = {
    Quantity.ACC: "acc",
    Quantity.FREE_ACC: "acc",
    Quantity.GYR: "gyr",
    Quantity.MAG: "mag",
}


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Columns of one quantity.

    Attributes:
        values: (n, k) in ``unit``.
        unit: as the file or the person writes it; None where values are already in the unit of `Quantity`.
        origin: where the unit came from, in words.
        sign: -1 where the source reports the opposite of specific force.
    """

    values: Floats
    unit: str | None
    origin: str
    sign: int = 1

    def in_si(self, quantity: Quantity) -> Floats:
        """Return (n, k) values in the unit of ``quantity``; infinities are bad values."""
        factor = self.sign * (1.0 if self.unit is None else to_si_factor(UNIT_KEY[quantity], self.unit))
        values: Floats = self.values if factor == 1.0 else self.values * factor
        return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one file says of one device.

    Attributes:
        source: the file.
        sha256: hash of its bytes, hex.
        axis: when its rows were recorded.
        readings: quantity -> its columns, as many rows as the axis.
        label: device name in the file; parts of one label are one sensor.
        notes: what the reader had to decide.
    """

    source: Source
    sha256: str
    axis: TimeAxis
    readings: Mapping[Quantity, Reading]
    label: str = "sensor"
    notes: tuple[str, ...] = field(default=())


def content_hash(hashes: Iterable[str]) -> str:
    """SHA-256 over the sorted hashes of the source files, hex: names and file times never matter."""
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()


def build_recording(
    parts: Sequence[Part],
    title: str,
    options: ReadOptions,
    *,
    start: float | None = None,
    zone: str | None = None,
    zone_assumed: bool = False,
    keep_zero: bool = False,
    notes: Iterable[str] = (),
) -> Recording:
    """Put the parts of one recording together.

    Args:
        parts: at least one; their clocks share a zero, unless each carries its epoch.
        title: name of the format.
        options: what the person supplied: start, placements, axes.
        start: Unix epoch of the clocks' zero where the file states it apart from the stamps.
        zone, zone_assumed: as in `Recording`.
        keep_zero: the clock's zero is the recording's start; else the first reading is.
        notes: what the reader had to decide.

    Raises:
        RecordingError: the parts cannot be one recording, or a unit cannot be right.
    """
    epochs = [part.axis.epoch if part.axis.epoch is not None else start for part in parts]
    known = [epoch for epoch in epochs if epoch is not None]
    base = min(known) if len(known) == len(parts) else 0.0
    shifts = [(epoch or 0.0) - base if len(known) == len(parts) else 0.0 for epoch in epochs]
    first = min(float(part.axis.t_s[0]) + shift for part, shift in zip(parts, shifts, strict=True))
    zero = 0.0 if keep_zero else first
    sensors: dict[str, dict[Quantity, Samples]] = {}
    for part, shift in zip(parts, shifts, strict=True):
        _add_part(sensors.setdefault(part.label, {}), part, shift - zero)
    epoch = base + zero if len(known) == len(parts) else None
    if epoch is not None and not EPOCH_RANGE_S[0] < epoch < EPOCH_RANGE_S[1]:
        notes = (*notes, "the clock of the device was not set: its start is not used, say it with --start")
        epoch, zone, zone_assumed = None, None, False
    typed = options.start_epoch()
    return Recording(
        sensors=tuple(Sensor(label, samples) for label, samples in sensors.items()),
        content_hash=content_hash({part.source: part.sha256 for part in parts}.values()),
        start=typed if typed is not None else epoch,
        start_source=StartSource.TYPED
        if typed is not None
        else StartSource.UNKNOWN
        if epoch is None
        else StartSource.FILE,
        zone=zone,
        zone_assumed=zone_assumed and typed is None,
        format=title,
        sources=tuple(dict.fromkeys(str(part.source) for part in parts)),
        notes=tuple(dict.fromkeys([*notes, *(note for part in parts for note in (*part.axis.notes, *part.notes))])),
    )


def _add_part(samples: dict[Quantity, Samples], part: Part, shift_s: float) -> None:
    t_s = part.axis.t_s + shift_s if shift_s else part.axis.t_s
    for quantity, reading in part.readings.items():
        if quantity in samples:
            raise RecordingError(f"{part.source}: a second {quantity} of {part.label}: read the files one by one")
        values = reading.in_si(quantity)
        if not np.isfinite(values).all(axis=1).any():
            continue  # the device never filled it, or one axis is dead
        _check(quantity, values, reading, part)
        origin = "; ".join(filter(None, (reading.origin, part.axis.origin)))
        samples[quantity] = Samples(t_s, values, part.axis.rate_hz, origin)
    if not samples:
        raise RecordingError(f"{part.source}: every reading in it is empty or lacks an axis")
    if Quantity.ACC in part.readings and Quantity.GYR in part.readings and {Quantity.ACC, Quantity.GYR} <= set(samples):
        unit = part.readings[Quantity.GYR].unit or "rad/s"
        rate_hz = part.axis.rate_hz
        check_turning(samples[Quantity.ACC].values, samples[Quantity.GYR].values, rate_hz, unit, part.source)


def _check(quantity: Quantity, values: Floats, reading: Reading, part: Part) -> None:
    if quantity is Quantity.ACC:
        check_gravity(values, reading.unit or "m/s2", part.source)
    elif quantity is Quantity.GYR:
        check_angular_rate(values, reading.unit or "rad/s", part.source)


def worn(recording: Recording, options: ReadOptions) -> Recording:
    """Return the recording with the placements and axes that were supplied.

    Raises:
        SettingsError: neither one for all nor one per sensor was supplied.
    """
    n = len(recording.sensors)
    for name, given in (("--placement", options.placements), ("--axes", options.axes)):
        if len(given) not in (0, 1, n):
            raise SettingsError(f"{len(given)} {name} for the {n} sensors of {recording.sources[0]}: give 1 or {n}")
    placements = options.placements * (n if len(options.placements) == 1 else 1) or (None,) * n
    axes = options.axes * (n if len(options.axes) == 1 else 1) or (None,) * n
    worn_so = zip(recording.sensors, placements, axes, strict=True)
    sensors = (sensor.worn(placement, axis_map) for sensor, placement, axis_map in worn_so)
    return replace(recording, sensors=tuple(sensors))
