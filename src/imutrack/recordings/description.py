"""`describe`: what a recording holds, for ``imutrack info``."""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Quantity, Recording, Samples, StartSource
from imutrack.signals.resample import MAX_FILL_S, STEPS_TO_A_GAP
from imutrack.task import Side

__all__ = ["Description", "QuantityDescription", "SensorDescription", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityDescription:
    """What a sensor recorded of one quantity.

    Attributes:
        quantity: of what.
        n: readings.
        rate_hz: the sensor's own rate.
        duration_s: from the first to the last reading.
        gaps: how many times readings are missing for longer than can be bridged.
        longest_gap_s: the longest of them; 0 without any.
        bad: readings with a value that is missing or no number.
        origin: where unit and rate came from.
    """

    quantity: Quantity
    n: int
    rate_hz: float
    duration_s: float
    gaps: int
    longest_gap_s: float
    bad: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorDescription:
    """One sensor of a recording; ``side`` is left or right, None where nobody said, and on the trunk."""

    label: str
    placement: str | None
    quantities: tuple[QuantityDescription, ...]
    side: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a recording holds.

    Attributes:
        format: name of the format.
        sources: the files.
        start, start_source, zone, zone_assumed: as in `Recording`.
        duration_s: from the first to the last reading of any sensor.
        content_hash: hash of the content, hex.
        sensors: its sensors.
        notes: what the reader had to decide.
    """

    format: str
    sources: tuple[str, ...]
    start: float | None
    start_source: StartSource
    zone: str | None
    zone_assumed: bool
    duration_s: float
    content_hash: str
    sensors: tuple[SensorDescription, ...]
    notes: tuple[str, ...]


def describe(recording: Recording) -> Description:
    """Describe a recording in plain values."""
    every = [samples for sensor in recording.sensors for samples in sensor.samples.values()]
    return Description(
        format=recording.format,
        sources=recording.sources,
        start=recording.start,
        start_source=recording.start_source,
        zone=recording.zone,
        zone_assumed=recording.zone_assumed,
        duration_s=max(float(s.t_s[-1]) for s in every) - min(float(s.t_s[0]) for s in every),
        content_hash=recording.content_hash,
        sensors=tuple(
            SensorDescription(
                label=sensor.label,
                placement=sensor.placement,
                quantities=tuple(_describe(quantity, samples) for quantity, samples in sensor.samples.items()),
            )
            for sensor in recording.sensors
        ),
        notes=recording.notes,
    )


def _describe(quantity: Quantity, samples: Samples) -> QuantityDescription:
    steps = np.diff(samples.t_s)
    gaps = steps[steps > max(MAX_FILL_S, STEPS_TO_A_GAP / samples.rate_hz)]
    return QuantityDescription(
        quantity=quantity,
        n=len(samples),
        rate_hz=samples.rate_hz,
        duration_s=samples.duration_s,
        gaps=len(gaps),
        longest_gap_s=float(gaps.max(initial=0.0)),
        bad=int(np.count_nonzero(~np.isfinite(samples.values).all(axis=1))),
        origin=samples.origin,
    )
