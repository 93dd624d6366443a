"""What is wrong with a sensor's readings, each finding as a `Flag`.

Approach: clipping, gaps and frozen values are looked for in the raw readings, since resampling smooths them away
(`check_sensor`); gravity and the gyroscope's bias on the uniform clock, where the sensor is held still (`check_still`).
What it does not do: judge the movement or how the sensor was worn (`metrics.rom`, `metrics.mount`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.metrics.at_rest import check_still
from imutrack.metrics.clipping import clipped_share
from imutrack.samples import Quantity, Samples, Sensor
from imutrack.signals.frozen import frozen
from imutrack.signals.resample import MAX_FILL_S, STEPS_TO_A_GAP
from imutrack.signals.rest import mask_runs

__all__ = ["QualityParams", "check_sensor", "check_still", "frozen_s", "lost_readings"]

_CLIPPED = {Quantity.GYR: FlagCode.GYRO_CLIPPED, Quantity.ACC: FlagCode.ACC_CLIPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityParams:
    """From where on a finding is worth a flag."""

    max_lost_pct: float = 2.0  # without one long gap: 5 % lost in short bursts double the error of a range
    min_rate_hz: float = 20.0  # 25 Hz costs a range 0.15 deg, 12.5 Hz 0.8 deg


def check_sensor(
    sensor: Sensor, start_s: float | None = None, stop_s: float | None = None, params: QualityParams = QualityParams()
) -> tuple[Flag, ...]:
    """Check the readings of a sensor in a stretch.

    Args:
        sensor: raw readings, as recorded.
        start_s, stop_s: seconds from the recording's start, both included; None means its beginning or end.
        params: from where on a finding is worth a flag.

    Returns:
        The findings, at most one flag per code; none where a stretch holds too few readings to judge.
    """
    recorded = {quantity: sensor.samples[quantity] for quantity in _CLIPPED if quantity in sensor.samples}
    parts = {quantity: samples.between(start_s, stop_s) for quantity, samples in recorded.items()}
    found = {quantity: samples for quantity, samples in parts.items() if samples is not None}
    return (*_clipping(found), *_gaps(found, params), *_frozen(found), *_rate(found, params))


def _clipping(found: dict[Quantity, Samples]) -> Iterator[Flag]:
    for quantity, samples in found.items():
        share = clipped_share(samples.values, quantity)
        if share > 0:
            yield Flag.of(_CLIPPED[quantity], share_pct=100.0 * share)


def _gaps(found: dict[Quantity, Samples], params: QualityParams) -> Iterator[Flag]:
    worst: tuple[float, float] | None = None
    for samples in found.values():
        lost_pct, longest_s = lost_readings(samples)
        long = longest_s > max(MAX_FILL_S, STEPS_TO_A_GAP / samples.rate_hz)
        if long or lost_pct > params.max_lost_pct:
            worst = (lost_pct, longest_s) if worst is None else max(worst, (lost_pct, longest_s))
    if worst is not None:
        yield Flag.of(FlagCode.GAPS, missing_pct=worst[0], longest_s=worst[1])


def lost_readings(samples: Samples) -> tuple[float, float]:
    """Return the share of readings that are missing, per cent, and the longest time between two valid ones, s.

    The share is the smaller of two counts: what the typical step leaves to be expected, and the time in steps longer
    than one and a half. Jitter does not count as loss in the first, rounded time stamps do not in the second.
    """
    t_s = samples.t_s[np.isfinite(samples.values).all(axis=1)]
    if len(t_s) < 2:
        return 100.0, samples.duration_s
    steps = np.diff(t_s)
    duration = float(t_s[-1] - t_s[0])
    typical = float(np.median(steps)) or 1.0 / samples.rate_hz
    if duration <= 0:
        return 0.0, 0.0
    unexpected = duration - len(steps) * typical
    excess = float((steps[steps > 1.5 * typical] - typical).sum())
    return 100.0 * max(min(unexpected, excess), 0.0) / duration, float(steps.max())


def _frozen(found: dict[Quantity, Samples]) -> Iterator[Flag]:
    longest = max((frozen_s(samples) for samples in found.values()), default=0.0)
    if longest > 0:
        yield Flag.of(FlagCode.FROZEN, longest_s=longest)


def frozen_s(samples: Samples) -> float:
    """Return how long the sensor repeated one reading on all its axes at the longest, s; 0 where it did not."""
    runs = mask_runs(frozen(samples))
    return float((samples.t_s[runs[:, 1] - 1] - samples.t_s[runs[:, 0] - 1]).max(initial=0.0))


def _rate(found: dict[Quantity, Samples], params: QualityParams) -> Iterator[Flag]:
    fastest = max((samples.rate_hz for samples in found.values()), default=params.min_rate_hz)
    if fastest < params.min_rate_hz:
        yield Flag.of(FlagCode.RATE_LOW, rate_hz=fastest)
