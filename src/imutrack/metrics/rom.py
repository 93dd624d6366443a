"""Range of motion of one segment, repetition by repetition, from one sensor.

Approach: the segment's angle (`metrics.segment_angle`), cut at the counted repetitions, whose beginning, hold and end
are looked for on the angle itself (`metrics.phases`). Angles are withheld with a reason where they would not be true:
without a gyroscope, with a clipped one, and about the vertical, which gravity cannot see. Repetitions that touch a long
gap have no range.
What it does not do: measure a joint, or see skin and muscle move under the sensor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from imutrack.errors import SignalError
from imutrack.flags import Flag, FlagCode
from imutrack.metrics.phases import PhaseParams, phases
from imutrack.metrics.segment_angle import AngleParams, RomKind, SegmentAngle, Span, segment_angle
from imutrack.samples import Floats
from imutrack.signals.axes import Axis
from imutrack.signals.orientation import Orientation, orientation
from imutrack.signals.signal import Bools, Signal

__all__ = ["RangeOfMotion", "RomKind", "RomParams", "Span", "range_of_motion", "rom_error_deg"]

_LEAST_SAMPLES = 3  # start, turn, end


@dataclass(frozen=True, slots=True, kw_only=True)
class RomParams:
    """Settings of the range of motion: one set for every exercise, placement and device."""

    angle: AngleParams = field(default_factory=AngleParams)
    phase: PhaseParams = field(default_factory=PhaseParams)
    vertical_limit: float = 0.9  # 26 deg from the vertical: gravity's angle is 2.3 times as uncertain, soon worthless
    off_axis_limit: float = 0.2  # of the squared rate; one arm lifted in a plane stays below 0.1
    signed_error_deg: float = 2.0  # see `rom_error_deg`
    signed_error_readings: float = 0.7
    tilt_error_deg: float = 1.0
    tilt_error_readings: float = 0.4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RangeOfMotion:
    """Angles of one set. Arrays of repetitions follow the spans; NaN where a repetition has no value.

    Attributes:
        spans: (start, turn, end) of the repetitions, from end to end of the movement where the angle shows it, turning
            in the middle of the hold; otherwise as counted.
        angle_deg: (n,) angle for the trace; NaN inside long gaps, and everywhere where angles are withheld.
        kind: how it is expressed.
        axis: what the segment turned about, sensor frame, pointing so that the first movement is positive; None where
            nothing turned or there is no gyroscope.
        rom_deg: (k,) largest minus smallest angle within the repetition.
        peak_deg, min_deg: (k,) largest and smallest angle, from the rest before the set; NaN without such a rest.
        outward_s, hold_s, return_s: (k,) phases (`metrics.phases`); together the repetition.
        peak_velocity_dps: (k,) largest angular speed along the axis (about any where there is none).
        rom_error_deg: 95 % half-width of one repetition's range by the device alone; None where there is no range.
        flags: what must be known about the angles.
        withheld: why no angles are given; None where they are, or where nothing turned.
    """

    spans: tuple[Span, ...]
    angle_deg: Floats
    kind: RomKind
    axis: Axis | None
    rom_deg: Floats
    peak_deg: Floats
    min_deg: Floats
    outward_s: Floats
    hold_s: Floats
    return_s: Floats
    peak_velocity_dps: Floats
    rom_error_deg: float | None
    flags: tuple[Flag, ...] = ()
    withheld: FlagCode | None = None

    @property
    def rom_median_deg(self) -> float | None:
        """Median range of the repetitions that have one."""
        return _of_valid(self.rom_deg, np.median)

    @property
    def rom_best3_deg(self) -> float | None:
        """Mean of the three largest ranges; of all where there are fewer."""
        return _of_valid(np.sort(self.rom_deg[np.isfinite(self.rom_deg)])[-3:], np.mean)

    @property
    def rom_min_deg(self) -> float | None:
        """Smallest range."""
        return _of_valid(self.rom_deg, np.min)

    @property
    def rom_max_deg(self) -> float | None:
        """Largest range."""
        return _of_valid(self.rom_deg, np.max)


def range_of_motion(
    signal: Signal,
    spans: Sequence[Span],
    params: RomParams = RomParams(),
    *,
    sensor_flags: Sequence[Flag] = (),
    orient: Orientation | None = None,
) -> RangeOfMotion:
    """Measure the range of every counted repetition.

    Args:
        signal: readings of one sensor.
        spans: (start, turn, end) of the counted repetitions: samples ``[start, end)``. Without any, the whole signal
            gives the axis, and only the trace is returned.
        params: settings.
        sensor_flags: what `metrics.quality.check_sensor` found in the raw readings: a clipped gyroscope, no angles.
        orient: orientation of the signal, where it is known already.

    Raises:
        SignalError: a span does not lie in order inside the signal.
    """
    for start, turn, end in spans:
        if not 0 <= start <= turn < end <= len(signal):
            raise SignalError(f"repetition {start}, {turn}, {end} does not lie in order within {len(signal)} samples")
    if signal.gyr is None:
        return _withheld(signal, spans, FlagCode.NO_GYRO)
    for flag in sensor_flags:
        if flag.code is FlagCode.GYRO_CLIPPED:
            return _withheld(signal, spans, flag.code)
    found = segment_angle(signal, orient or orientation(signal), spans, params.angle)
    if found is None:
        return _withheld(signal, spans, None)
    if found.kind is RomKind.SIGNED and found.axis.vertical > params.vertical_limit:
        return _withheld(signal, spans, FlagCode.VERTICAL_AXIS if spans else None, found)
    return _measured(signal, spans, params, found)


def rom_error_deg(
    kind: RomKind, peak_velocity_dps: float, sampling_rate_hz: float, params: RomParams = RomParams()
) -> float:
    """Return the 95 % half-width of one range of motion: device only, not soft tissue.

    sqrt(slow^2 + (k * degrees turned between two readings at the greatest speed)^2), fitted to 95 % of the differences
    from optical truth of rigidly worn sensors (BROAD, RepoIMU T-stick, mechanical joints, RING chain; 40 to 286 Hz as
    recorded and averaged down to 10 Hz). Neither the off-axis share nor the axis' inclination made a difference within
    the limits of `RomParams`. Sensors on foam read 3 deg more than the segment turned; skin may do the same, and one
    sensor cannot see it.
    """
    signed = kind is RomKind.SIGNED
    slow = params.signed_error_deg if signed else params.tilt_error_deg
    readings = params.signed_error_readings if signed else params.tilt_error_readings
    return float(np.hypot(slow, readings * peak_velocity_dps / sampling_rate_hz))


def _measured(signal: Signal, spans: Sequence[Span], params: RomParams, found: SegmentAngle) -> RangeOfMotion:
    angle, rate_hz, gaps = found.angle_deg, signal.sampling_rate_hz, signal.missing
    phased = phases(angle, found.rate_dps, spans, rate_hz, params.phase)
    spans = [span if rep is None else rep.span for span, rep in zip(spans, phased, strict=True)]
    times = np.array([(np.nan,) * 3 if rep is None else rep.durations_s(rate_hz) for rep in phased]).reshape(-1, 3)
    largest = _each(spans, gaps, lambda rep: float(angle[rep].max()))
    smallest = _each(spans, gaps, lambda rep: float(angle[rep].min()))
    shown = np.array([rep is not None for rep in phased], dtype=np.bool_)
    if shown.any():  # what the angle does not show as a repetition has no range beside those that it does
        largest[~shown] = smallest[~shown] = np.nan
    speeds = _peak_velocity(spans, gaps, found)
    flags = []
    if spans and 1.0 - found.axis.share > params.off_axis_limit:
        flags.append(Flag.of(FlagCode.OFF_AXIS, off_axis_pct=100.0 * (1.0 - found.axis.share)))
    if spans and not found.rested:
        flags.append(Flag(FlagCode.NO_REST_AT_START))
    typical = _of_valid(speeds, np.median)
    return RangeOfMotion(
        spans=tuple(spans),
        angle_deg=angle,
        kind=found.kind,
        axis=found.axis,
        rom_deg=largest - smallest,
        peak_deg=largest if found.rested else np.full(len(spans), np.nan),
        min_deg=smallest if found.rested else np.full(len(spans), np.nan),
        outward_s=times[:, 0],
        hold_s=times[:, 1],
        return_s=times[:, 2],
        peak_velocity_dps=speeds,
        rom_error_deg=None if typical is None else rom_error_deg(found.kind, typical, rate_hz, params),
        flags=tuple(flags),
    )


def _withheld(
    signal: Signal, spans: Sequence[Span], why: FlagCode | None, found: SegmentAngle | None = None
) -> RangeOfMotion:
    """Return a result without angles; the speed along a vertical axis is the gyroscope's and stands."""
    none = np.full(len(spans), np.nan)
    return RangeOfMotion(
        spans=tuple(spans),
        angle_deg=np.full(len(signal), np.nan),
        kind=RomKind.SIGNED,
        axis=None if found is None else found.axis,
        rom_deg=none,
        peak_deg=none,
        min_deg=none,
        outward_s=none,
        hold_s=none,
        return_s=none,
        peak_velocity_dps=none if found is None else _peak_velocity(spans, signal.missing, found),
        rom_error_deg=None,
        flags=() if why is None else (Flag(why),),
        withheld=why,
    )


def _peak_velocity(spans: Sequence[Span], gaps: Bools, found: SegmentAngle) -> Floats:
    return _each(spans, gaps, lambda rep: float(found.speed_dps[rep].max()))


def _each(spans: Sequence[Span], gaps: Bools, measure: Callable[[slice], float]) -> Floats:
    """Return (k,) what is measured of each repetition; NaN for those too short or touching a long gap."""
    values = np.full(len(spans), np.nan)
    for k, (start, _, end) in enumerate(spans):
        if end - start >= _LEAST_SAMPLES and not gaps[start:end].any():
            values[k] = measure(slice(start, end))
    return values


def _of_valid(values: Floats, measure: Callable[[Floats], np.floating]) -> float | None:
    valid = values[np.isfinite(values)]
    return float(measure(valid)) if len(valid) else None
