"""An exercise task -> `ExerciseSet`: repetitions, the angle of each, and how far to trust them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from imutrack.errors import SignalError
from imutrack.exercises import beyond_reference
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.metrics.extents import clear_of
from imutrack.metrics.mount import check_mount
from imutrack.metrics.reps import Rejected, RepSet, count_reps
from imutrack.metrics.rom import RangeOfMotion, Span, range_of_motion
from imutrack.metrics.smoothness import rep_sparc
from imutrack.pipeline.stretch import Stretch
from imutrack.results import AngleKind, ExerciseSet, RejectedRep, RepDetail, Trace
from imutrack.samples import Floats
from imutrack.signals.orientation import orientation
from imutrack.signals.signal import Signal

__all__ = ["exercise_set"]

ALGORITHM: Final = "reps 1, segment angle 1"
MIN_SET_S: Final = 1.0  # no limb goes out and comes back in less: "0" would be said of what nobody could have done
_TRACE_HZ: Final = 10.0  # a curve to look at; each point keeps the smallest and the largest angle since the one before


def exercise_set(stretch: Stretch) -> ExerciseSet:
    """Count and measure the repetitions of one set.

    Raises:
        SignalError: no acceleration, too few readings, or too short for a repetition.
    """
    signal = stretch.signal()
    if signal.duration_s < MIN_SET_S:
        raise SignalError(f"the stretch lasts {signal.duration_s:.2f} s, need {MIN_SET_S:.0f} s for a repetition")
    counted = count_reps(signal)
    spans = [(span.start, span.turn, span.end) for span in counted.spans]
    sensor_flags = stretch.check(signal)
    orient = None if signal.gyr is None else orientation(signal)
    rom = range_of_motion(signal, spans, sensor_flags=sensor_flags, orient=orient)
    mount, mount_flags = check_mount(signal, rom.spans, stretch.sensor.axes, orient=orient)
    flags = (
        sensor_flags
        + _counting_flags(counted, signal)
        + rom.flags
        + beyond_reference(stretch.task.name, rom.rom_best3_deg, rom.rom_error_deg)
        + mount_flags
    )
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=flags,
        withheld=not counted.sure and counted.best == 0,  # nothing is left to show
        start_s=signal.start_s,
        duration_s=signal.duration_s,
    )
    measured = bool(spans) and rom.rom_median_deg is not None
    smoothness = _smoothness(signal, rom)
    return ExerciseSet(
        **header,
        reps=counted.best if counted.sure else None,
        reps_low=counted.low,
        reps_high=counted.high,
        reps_best=counted.best,
        reps_confidence=counted.confidence,
        reps_detail=tuple(_reps(signal, rom, smoothness, header["quality"])),
        rejected=tuple(_rejected(signal, candidate, rom.spans) for candidate in counted.rejected),
        rests=tuple((_seconds(signal, begin), _seconds(signal, end)) for begin, end in counted.rests),
        angle_kind=AngleKind.SEGMENT if measured else None,
        mount=mount,
        withheld=_withheld(counted, measured=measured),
        **(_angles(rom) if measured else {}),
        peak_velocity_dps=_median(rom.peak_velocity_dps),  # about the vertical too, where no angle is given
        smoothness=_median(smoothness),
        trace=_trace(signal, rom.angle_deg),
    )


def _counting_flags(counted: RepSet, signal: Signal) -> tuple[Flag, ...]:
    flags = []
    if not counted.sure:
        flags.append(Flag.of(FlagCode.REPS_UNSURE, low=counted.low, high=counted.high))
    if counted.rests:
        total_s = sum(end - begin for begin, end in counted.rests) / signal.sampling_rate_hz
        flags.append(Flag.of(FlagCode.RESTS_INSIDE, count=len(counted.rests), total_s=total_s))
    return tuple(flags)


def _withheld(counted: RepSet, *, measured: bool) -> tuple[str, ...]:
    names = [] if counted.sure else ["reps"]
    if counted.best and not measured:
        names.append("rom")
    return tuple(names)


def _angles(rom: RangeOfMotion) -> dict[str, Any]:
    return {
        "rom_median_deg": rom.rom_median_deg,
        "rom_best3_deg": rom.rom_best3_deg,
        "rom_min_deg": rom.rom_min_deg,
        "rom_max_deg": rom.rom_max_deg,
        "rom_error_deg": rom.rom_error_deg,
        "outward_s": _median(rom.outward_s),
        "hold_s": _median(rom.hold_s),
        "return_s": _median(rom.return_s),
    }


def _reps(signal: Signal, rom: RangeOfMotion, smoothness: Floats, quality: Quality) -> list[RepDetail]:
    return [
        RepDetail(
            number=k + 1,
            start_s=_seconds(signal, start),
            turn_s=_seconds(signal, turn),
            end_s=_seconds(signal, end),
            rom_deg=_value(rom.rom_deg[k]),
            peak_deg=_value(rom.peak_deg[k]),
            min_deg=_value(rom.min_deg[k]),
            outward_s=_value(rom.outward_s[k]),
            hold_s=_value(rom.hold_s[k]),
            return_s=_value(rom.return_s[k]),
            peak_velocity_dps=_value(rom.peak_velocity_dps[k]),
            smoothness=_value(smoothness[k]),
            quality=quality if np.isfinite(rom.rom_deg[k]) else Quality.WITHHELD,
        )
        for k, (start, turn, end) in enumerate(rom.spans)
    ]


def _rejected(signal: Signal, candidate: Rejected, counted: Sequence[Span]) -> RejectedRep:
    """Leave out what a repetition covers that went on further than was counted."""
    start, end = clear_of(candidate.start, candidate.end, counted)
    return RejectedRep(
        start_s=_seconds(signal, start),
        turn_s=_seconds(signal, min(max(candidate.turn, start), end)),
        end_s=_seconds(signal, end),
        reason=candidate.reason,
    )


def _smoothness(signal: Signal, rom: RangeOfMotion) -> Floats:
    if signal.gyr is None or rom.withheld is FlagCode.GYRO_CLIPPED:
        return np.full(len(rom.spans), np.nan)
    return rep_sparc(signal.gyr, rom.spans, signal.sampling_rate_hz)


def _trace(signal: Signal, angle_deg: Floats) -> Trace | None:
    """Thin the angle to `_TRACE_HZ`, keeping its extremes; None where there is no angle at all."""
    step = max(round(signal.sampling_rate_hz / _TRACE_HZ), 1)
    count = len(angle_deg) // step
    if not np.isfinite(angle_deg).any() or not count:
        return None
    blocks = angle_deg[: count * step].reshape(count, step)
    return Trace(
        signal.t_s[: count * step : step],
        {"angle_low_deg": blocks.min(axis=1), "angle_high_deg": blocks.max(axis=1)},
    )


def _seconds(signal: Signal, sample: int) -> float:
    return signal.start_s + sample / signal.sampling_rate_hz


def _value(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _median(values: Floats) -> float | None:
    valid = values[np.isfinite(values)]
    return float(np.median(valid)) if len(valid) else None
