"""A synthetic Timed Up and Go: rise, walk, turn, walk back, turn, sit, seen from the lower back.

The pelvis is carried along a path whose speed and heading are minimum jerk; while walking it bounces, sways and rolls
at the step and stride rhythm.
"""

from dataclasses import dataclass, field

import numpy as np

from imutrack.samples import Floats
from imutrack.synthetic.chair import HIP_TO_SENSOR_M, ChairPlan, ChairTestParams, knocks
from imutrack.synthetic.motion import Motion, Move, moves, sinusoid, wander
from imutrack.synthetic.rigid_body import imu_readings
from imutrack.synthetic.sensor import SensorParams, Synthetic, clock, record
from imutrack.task import LabelSource, Task, TaskKind

__all__ = ["UpAndGoTestParams", "UpAndGoTruth", "up_and_go"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpAndGoTestParams:
    """One Timed Up and Go. The defaults are an older adult at the usual pace."""

    trial: str = "usual_pace"
    placement: str = "lumbar"
    distance_m: float = 3.0  # the test's own
    speed_mps: float = 1.0
    cadence_spm: float = 105.0
    turn1_s: float = 1.8
    turn2_s: float = 1.7
    turn1_deg: float = 180.0  # left positive
    turn2_deg: float = 180.0
    bounce_m: float = 0.018  # half of the rise and fall of the pelvis in a step
    sway_m: float = 0.018  # half of its way from side to side in a stride
    surge_mps2: float = 0.7  # forward acceleration within a step
    roll_deg: float = 3.0  # of the pelvis, within a stride
    rock_deg: float = 1.5  # pitch of the pelvis, within a step
    twist_deg: float = 4.0  # of the pelvis about the vertical, within a stride
    chair: ChairTestParams = field(default_factory=lambda: ChairTestParams(rise_s=1.5, sit_s=1.9))
    lead_s: float = 3.0
    trail_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UpAndGoTruth:
    """Instants of the phases, s; `end_s` is when the wearer sits upright again."""

    start_s: float
    stand_end_s: float
    turn1_start_s: float
    turn1_end_s: float
    turn2_start_s: float
    turn2_end_s: float
    seat_on_s: float
    end_s: float
    turn1_deg: float
    turn2_deg: float
    cadence_spm: float

    @property
    def total_s(self) -> float:
        """From the first movement to sitting upright again."""
        return self.end_s - self.start_s


def up_and_go(
    params: UpAndGoTestParams, seed: int, *, sensor: SensorParams | None = None, start: float | None = None
) -> Synthetic[UpAndGoTruth]:
    """Make one Timed Up and Go.

    >>> made = up_and_go(UpAndGoTestParams(), seed=1)
    >>> 10.0 < made.truth.total_s < 15.0
    True
    """
    rng = np.random.default_rng(seed)
    sensor = sensor or SensorParams(rate_hz=100.0)
    plan = ChairPlan()
    truth = _timeline(params, plan)
    t_s = clock(truth.end_s + params.trail_s, sensor, rng)
    gait = _Gait(t_s, params, truth)
    tremor = [wander(t_s, rng, np.radians(params.chair.tremor_deg)) for _ in range(3)]
    heading = moves(
        t_s,
        [
            Move(truth.turn1_start_s, params.turn1_s, np.radians(params.turn1_deg)),
            Move(truth.turn2_start_s, params.turn2_s, np.radians(params.turn2_deg)),
        ],
    )
    turns = [
        ((0.0, 0.0, 1.0), heading + gait.per_stride(np.radians(params.twist_deg), 0.3) + tremor[0]),
        (
            (0.0, 1.0, 0.0),
            plan.pitch_motion(t_s, params.chair) + gait.per_step(np.radians(params.rock_deg), 0.9) + tremor[1],
        ),
        ((1.0, 0.0, 0.0), gait.per_stride(np.radians(params.roll_deg), 0.0) + tremor[2]),
    ]
    acc, gyr = imu_readings(turns, HIP_TO_SENSOR_M, _hip_acc(t_s, params, plan, truth, gait, heading))
    task = Task(
        kind=TaskKind.TIMED_UP_AND_GO, name=params.trial, placement=params.placement, label_source=LabelSource.SYNTHETIC
    )
    return Synthetic(record(t_s, acc, gyr, sensor, rng, placement=params.placement, start=start), task, truth)


class _Gait:
    """The rhythm of walking, faded in when the walk begins and out when it ends."""

    def __init__(self, t_s: Floats, params: UpAndGoTestParams, truth: UpAndGoTruth) -> None:
        self.t_s = t_s
        self.step_hz = params.cadence_spm / 60.0
        fade_s = 0.5
        self.strength = moves(
            t_s, [Move(truth.stand_end_s, fade_s, 1.0), Move(truth.turn2_end_s - fade_s, fade_s, -1.0)]
        )

    def per_step(self, size: float, phase_rad: float) -> Motion:
        """Return an oscillation at the step rhythm with a weaker harmonic."""
        tone = sinusoid(self.t_s, self.step_hz, size, phase_rad)
        return self.strength * (tone + sinusoid(self.t_s, 2.0 * self.step_hz, 0.2 * size, 2.1 * phase_rad))

    def per_stride(self, size: float, phase_rad: float) -> Motion:
        """Return an oscillation at the stride rhythm."""
        return self.strength * sinusoid(self.t_s, self.step_hz / 2.0, size, phase_rad)


def _timeline(params: UpAndGoTestParams, plan: ChairPlan) -> UpAndGoTruth:
    chair = params.chair
    start_s = params.lead_s
    stand_end_s = start_s + chair.rise_s
    turn1_start_s = stand_end_s + params.distance_m / params.speed_mps
    turn1_end_s = turn1_start_s + params.turn1_s
    # the turn in front of the chair is begun before the whole way back is walked
    turn2_start_s = turn1_end_s + 0.9 * params.distance_m / params.speed_mps
    turn2_end_s = turn2_start_s + params.turn2_s
    plan.rise(start_s, chair.rise_s, chair)
    seat_on_s = plan.sit(turn2_end_s, chair.sit_s, chair)
    return UpAndGoTruth(
        start_s=start_s,
        stand_end_s=stand_end_s,
        turn1_start_s=turn1_start_s,
        turn1_end_s=turn1_end_s,
        turn2_start_s=turn2_start_s,
        turn2_end_s=turn2_end_s,
        seat_on_s=seat_on_s,
        end_s=turn2_end_s + chair.sit_s,
        turn1_deg=params.turn1_deg,
        turn2_deg=params.turn2_deg,
        cadence_spm=params.cadence_spm,
    )


def _hip_acc(
    t_s: Floats, params: UpAndGoTestParams, plan: ChairPlan, truth: UpAndGoTruth, gait: _Gait, heading: Motion
) -> Floats:
    """(n, 3) acceleration of the hips in the earth frame: along the path, across it, and up."""
    slow = 0.6 * params.speed_mps  # lost in a turn
    speed = moves(
        t_s,
        [
            Move(truth.stand_end_s - 0.2, 0.9, params.speed_mps),
            Move(truth.turn1_start_s - 0.4, 0.8, -slow),
            Move(truth.turn1_end_s - 0.4, 0.8, slow),
            Move(truth.turn2_start_s - 0.3, params.turn2_s, -params.speed_mps),
        ],
    )
    forward = (
        speed.rate
        + moves(t_s, plan.forward).acc
        + gait.strength.value * params.surge_mps2 * np.sin(2.0 * np.pi * gait.step_hz * t_s)
    )
    left = speed.value * heading.rate + gait.per_stride(params.sway_m, 1.2).acc
    up = moves(t_s, plan.lift).acc + gait.per_step(params.bounce_m, 0.0).acc
    up += knocks(t_s, plan.knocks_s, params.chair.knock_mps2)
    cosine, sine = np.cos(heading.value), np.sin(heading.value)
    return np.stack([forward * cosine - left * sine, forward * sine + left * cosine, up], axis=1)
