"""From ideal readings to what a wearable would have recorded: mounting, bias, noise, range, resolution, gaps."""

import hashlib
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from imutrack.samples import AxisMap, Floats, Quantity, Recording, Samples, Sensor, StartSource
from imutrack.synthetic.rigid_body import rotation_about
from imutrack.task import Task
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["DECIMALS", "NOTE", "SensorParams", "Synthetic", "clock", "record"]

NOTE: Final = "synthetic: made by a model, nobody wore a sensor"
DECIMALS: Final = 6  # of the recorded SI values; `write_csv` keeps as many, so that a file loses nothing

Truth = TypeVar("Truth")


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic(Generic[Truth]):
    """A synthetic recording, what it is, and the truth behind it."""

    recording: Recording
    task: Task
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorParams:
    """How the sensor records. The defaults are those of a middling consumer IMU."""

    rate_hz: float = 50.0  # what most wearables send over Bluetooth without loss
    mount_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)  # rotation vector, sensor -> segment
    acc_noise_mps2: float = 0.02  # per axis and sample: 200 ug/sqrt(Hz) over 50 Hz
    gyr_noise_dps: float = 0.1  # per axis and sample: 0.01 dps/sqrt(Hz), and a margin
    acc_bias_mps2: tuple[float, float, float] = (0.03, -0.02, 0.04)  # a few mg after factory calibration
    gyr_bias_dps: tuple[float, float, float] = (0.2, -0.3, 0.1)  # typical once warmed up
    acc_range_g: float = 16.0  # the widest that usual parts have
    gyr_range_dps: float = 2000.0  # the same
    acc_step_mps2: float = 16.0 * STANDARD_GRAVITY_MPS2 / 2**15  # 16 bit over the range
    gyr_step_dps: float = 2000.0 / 2**15  # the same
    jitter_s: float = 0.0  # standard deviation of the sampling times; they are recorded as they were
    gaps: tuple[tuple[float, float], ...] = ()  # (start_s, stop_s) without readings

    @classmethod
    def ideal(cls, rate_hz: float = 100.0) -> "SensorParams":
        """Return a sensor without any error."""
        none = (0.0, 0.0, 0.0)
        return cls(
            rate_hz=rate_hz,
            acc_noise_mps2=0.0,
            gyr_noise_dps=0.0,
            acc_bias_mps2=none,
            gyr_bias_dps=none,
            acc_step_mps2=0.0,
            gyr_step_dps=0.0,
        )


def clock(duration_s: float, params: SensorParams, rng: np.random.Generator) -> Floats:
    """Return (n,) sampling times from 0 to the end of a recording."""
    t_s = np.arange(round(duration_s * params.rate_hz) + 1) / params.rate_hz
    if not params.jitter_s:
        return t_s
    limit = 0.45 / params.rate_hz  # time must not run backwards
    late = np.clip(rng.normal(0.0, params.jitter_s, len(t_s)), -limit, limit)
    return np.maximum(t_s + late, 0.0)


def record(
    t_s: Floats,
    acc_mps2: Floats,
    gyr_radps: Floats,
    params: SensorParams,
    rng: np.random.Generator,
    *,
    placement: str,
    start: float | None = None,
) -> Recording:
    """Return the recording a sensor would have made of ideal readings.

    Args:
        t_s: (n,) sampling times.
        acc_mps2: (n, 3) specific force in the segment's frame (x forward, y left, z up on an upright wearer).
        gyr_radps: (n, 3) angular rate in the same frame.
        params: the sensor.
        rng: source of its noise.
        placement: where it is worn.
        start: Unix epoch of time zero; None leaves it open.
    """
    mount = _mount(params)
    acc_limit = params.acc_range_g * STANDARD_GRAVITY_MPS2
    acc = acc_mps2 @ mount + params.acc_bias_mps2 + rng.normal(0.0, params.acc_noise_mps2, acc_mps2.shape)
    gyr = np.degrees(gyr_radps) @ mount + params.gyr_bias_dps + rng.normal(0.0, params.gyr_noise_dps, gyr_radps.shape)
    acc = _digitised(acc, acc_limit, params.acc_step_mps2)
    gyr = np.radians(_digitised(gyr, params.gyr_range_dps, params.gyr_step_dps))
    kept = np.ones(len(t_s), dtype=bool)
    for begin, stop in params.gaps:
        kept &= (t_s < begin) | (t_s >= stop)
    times, acc, gyr = (np.round(values[kept], DECIMALS) + 0.0 for values in (t_s, acc, gyr))
    samples = {
        quantity: Samples(times, values, params.rate_hz, "synthetic, SI")
        for quantity, values in ((Quantity.ACC, acc), (Quantity.GYR, gyr))
    }
    return Recording(
        sensors=(Sensor("synthetic", samples, placement, _nearest_axes(mount)),),
        content_hash=hashlib.sha256(times.tobytes() + acc.tobytes() + gyr.tobytes()).hexdigest(),
        start=start,
        start_source=StartSource.UNKNOWN if start is None else StartSource.FILE,
        zone=None if start is None else "UTC",
        format="synthetic",
        notes=(NOTE,),
    )


def _digitised(values: Floats, limit: float, step: float) -> Floats:
    clipped: Floats = np.clip(values, -limit, limit)
    return np.round(clipped / step) * step if step else clipped


def _mount(params: SensorParams) -> Floats:
    """(3, 3) rotation, sensor -> segment; rows of segment vectors times it are rows of sensor vectors."""
    vector = np.radians(params.mount_deg)
    angle = float(np.linalg.norm(vector))
    if not angle:
        return np.eye(3)
    mount: Floats = rotation_about(vector / angle, np.array([angle]))[0]
    return mount


def _nearest_axes(mount: Floats) -> AxisMap | None:
    """Return the signed sensor axes nearest to forward, left and up; None where one would be used twice."""
    picks = [int(np.argmax(np.abs(row))) for row in mount]
    if len(set(picks)) < 3:
        return None
    ap, ml, up = (("+" if row[pick] > 0 else "-") + "xyz"[pick] for row, pick in zip(mount, picks, strict=True))
    return AxisMap(up=up, ml=ml, ap=ap)
