"""Synthetic quiet stance: an inverted pendulum over the ankles that wanders, seen from the lower back.

The sway is coloured noise whose horizontal acceleration at the sensor has the wanted root mean square over the quiet
part. Before and after it somebody handles the sensor and the wearer settles, as in real trials.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.signal import Bools
from imutrack.synthetic.motion import Motion, Move, moves, wander
from imutrack.synthetic.rigid_body import imu_readings
from imutrack.synthetic.sensor import SensorParams, Synthetic, clock, record
from imutrack.task import LabelSource, Task, TaskKind
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["StanceParams", "StanceTruth", "stance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceParams:
    """A trial of quiet stance. The defaults are of the size seen in clinical lumbar recordings (0.06 to 0.26 m/s2)."""

    trial: str = "eyes_open"
    placement: str = "lumbar"
    rms_ap_mps2: float = 0.06  # horizontal acceleration at the sensor, gravity's share included
    rms_ml_mps2: float = 0.04  # sideways sway is smaller with the feet side by side
    duration_s: float = 30.0  # of the quiet part: the shortest that the sway measures accept
    lead_s: float = 4.0  # switching on and settling
    trail_s: float = 3.0  # switching off
    handling_deg: float = 3.0  # size of the movements in lead and trail
    height_m: float = 1.0  # ankle to lower back
    behind_m: float = 0.1  # the sensor sits behind the line of the ankles
    band_hz: tuple[float, float] = (0.1, 2.8)  # below the 3.5 Hz that the sway measures keep
    slope: float = 1.3  # of the angle's amplitude over frequency: centres the acceleration near 1 Hz, as measured


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceTruth:
    """The quiet part, and the horizontal acceleration over it without the sensor's own noise."""

    start_s: float
    stop_s: float
    rms_ap_mps2: float
    rms_ml_mps2: float

    @property
    def rms_mps2(self) -> float:
        """Both directions together."""
        return float(np.hypot(self.rms_ap_mps2, self.rms_ml_mps2))


def stance(
    params: StanceParams, seed: int, *, sensor: SensorParams | None = None, start: float | None = None
) -> Synthetic[StanceTruth]:
    """Make one trial.

    >>> round(stance(StanceParams(rms_ap_mps2=0.08), seed=1).truth.rms_ap_mps2, 3)
    0.08
    """
    rng = np.random.default_rng(seed)
    sensor = sensor or SensorParams()
    begin_s, stop_s = params.lead_s, params.lead_s + params.duration_s
    t_s = clock(stop_s + params.trail_s, sensor, rng)
    quiet = (t_s >= begin_s) & (t_s <= stop_s)
    # leaning forward turns gravity backward in the sensor's axes, leaning left turns it to the right
    pitch = _sway(t_s, quiet, params.rms_ap_mps2, params, rng) + _handling(params, t_s, rng)
    roll = _sway(t_s, quiet, params.rms_ml_mps2, params, rng) + _handling(params, t_s, rng)
    turns = [((0.0, 1.0, 0.0), pitch), ((1.0, 0.0, 0.0), roll)]
    acc, gyr = imu_readings(turns, (-params.behind_m, 0.0, params.height_m))
    truth = StanceTruth(
        start_s=begin_s,
        stop_s=stop_s,
        rms_ap_mps2=float(np.std(acc[quiet, 0])),
        rms_ml_mps2=float(np.std(acc[quiet, 1])),
    )
    task = Task(kind=TaskKind.STANCE, name=params.trial, placement=params.placement, label_source=LabelSource.SYNTHETIC)
    return Synthetic(record(t_s, acc, gyr, sensor, rng, placement=params.placement, start=start), task, truth)


def _sway(t_s: Floats, quiet: Bools, rms_mps2: float, params: StanceParams, rng: np.random.Generator) -> Motion:
    """Angle about the ankle (rad) whose horizontal acceleration has the wanted root mean square in the quiet part."""
    angle = wander(t_s, rng, 1e-3, params.band_hz, params.slope)
    horizontal = params.height_m * angle.acc - STANDARD_GRAVITY_MPS2 * angle.value
    return angle.scaled(rms_mps2 / float(np.std(horizontal[quiet])))


def _handling(params: StanceParams, t_s: Floats, rng: np.random.Generator) -> Motion:
    """Movements that are over well before the quiet part and begin after it."""
    last_s = params.lead_s + params.duration_s + params.trail_s
    before = [(x * params.lead_s, 0.3 * params.lead_s) for x in (-0.2, 0.1, 0.4)]
    after = [(last_s - x * params.trail_s, 0.3 * params.trail_s) for x in (0.6, 0.3)]
    sizes = np.radians(rng.normal(0.0, params.handling_deg, len(before) + len(after)))
    plan = [Move(at_s, long_s, size) for (at_s, long_s), size in zip(before + after, sizes, strict=True)]
    return moves(t_s, plan, start=-float(np.sum(sizes[: len(before)])))
