"""A synthetic chair test: lean, rise, stand, sit, seen from the lower back.

The pelvis pitches forward and back while it is lifted and carried forward; sitting down is the same in reverse, with a
small knock at seat contact. All of it is minimum jerk, so the instants are exact.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.synthetic.motion import Motion, Move, moves, wander
from imutrack.synthetic.rigid_body import imu_readings
from imutrack.synthetic.sensor import SensorParams, Synthetic, clock, record
from imutrack.task import LabelSource, Task, TaskKind

__all__ = ["HIP_TO_SENSOR_M", "ChairPlan", "ChairTestParams", "ChairTruth", "RiseTruth", "chair_test", "knocks"]

HIP_TO_SENSOR_M: Final = (-0.12, 0.0, 0.10)  # from the hip joints to the skin over L5


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairTestParams:
    """A chair test. The defaults are a steady older adult on a chair of usual height."""

    trial: str = "five_times"
    placement: str = "lumbar"
    rises: int = 5
    rise_s: float = 1.2  # from the first lean to upright
    sit_s: float = 1.3  # from the first lean to sitting upright
    stand_pause_s: float = 0.3
    sit_pause_s: float = 0.3
    spread_pct: float = 7.0  # of each of these
    slowing_pct: float = 2.0  # fatigue, per rise
    lift_m: float = 0.38  # of the pelvis, from a 45 cm seat
    forward_m: float = 0.22  # of the pelvis, off the seat and over the feet
    lean_deg: float = 32.0  # forward pitch of the pelvis while rising and sitting down
    slouch_deg: float = 12.0  # backward pitch of the pelvis while sitting
    knock_mps2: float = 1.5  # first swing of the vertical acceleration at seat contact
    tremor_deg: float = 0.4  # root mean square of the pelvis about each axis
    lead_s: float = 4.0
    trail_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseTruth:
    """One rise and the sitting down after it."""

    start_s: float
    seat_off_s: float
    upright_s: float
    seat_on_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairTruth:
    """What was done."""

    rises: tuple[RiseTruth, ...]

    @property
    def total_s(self) -> float:
        """From the first movement to the last seat contact."""
        return self.rises[-1].seat_on_s - self.rises[0].start_s

    @property
    def total_to_stand_s(self) -> float:
        """From the first movement to the last stand."""
        return self.rises[-1].upright_s - self.rises[0].start_s


@dataclass(slots=True)
class ChairPlan:
    """Moves of the pelvis: pitch in degrees, lift and forward carry in metres; and when the seat is met."""

    pitch: list[Move] = field(default_factory=list)
    lift: list[Move] = field(default_factory=list)
    forward: list[Move] = field(default_factory=list)
    knocks_s: list[float] = field(default_factory=list)

    def rise(self, start_s: float, duration_s: float, params: ChairTestParams) -> float:
        """Add a rise; return when the seat is left."""
        seat_off_s = start_s + 0.35 * duration_s
        self.pitch += [
            Move(start_s, 0.50 * duration_s, params.lean_deg + params.slouch_deg),
            Move(start_s + 0.45 * duration_s, 0.55 * duration_s, -params.lean_deg),
        ]
        self.lift.append(Move(seat_off_s, 0.65 * duration_s, params.lift_m))
        self.forward.append(Move(start_s + 0.20 * duration_s, 0.60 * duration_s, params.forward_m))
        return seat_off_s

    def sit(self, start_s: float, duration_s: float, params: ChairTestParams) -> float:
        """Add sitting down; return when the seat is met."""
        seat_on_s = start_s + 0.70 * duration_s
        self.pitch += [
            Move(start_s, 0.55 * duration_s, params.lean_deg),
            Move(start_s + 0.50 * duration_s, 0.50 * duration_s, -params.lean_deg - params.slouch_deg),
        ]
        self.lift.append(Move(start_s + 0.05 * duration_s, 0.65 * duration_s, -params.lift_m))
        self.forward.append(Move(start_s + 0.15 * duration_s, 0.60 * duration_s, -params.forward_m))
        self.knocks_s.append(seat_on_s)
        return seat_on_s

    def pitch_motion(self, t_s: Floats, params: ChairTestParams) -> Motion:
        """Pitch of the pelvis, rad, from sitting."""
        return moves(t_s, self.pitch, start=-params.slouch_deg).scaled(np.pi / 180.0)


def chair_test(
    params: ChairTestParams, seed: int, *, sensor: SensorParams | None = None, start: float | None = None
) -> Synthetic[ChairTruth]:
    """Make one chair test.

    >>> len(chair_test(ChairTestParams(rises=5), seed=1).truth.rises)
    5
    """
    rng = np.random.default_rng(seed)
    sensor = sensor or SensorParams()
    plan, rises = ChairPlan(), []
    at_s = params.lead_s
    for number in range(params.rises):
        pace = 1.0 + params.slowing_pct / 100.0 * number
        rise_s, stand_s, sit_s, pause_s = (
            wanted * pace * max(1.0 + rng.normal(0.0, params.spread_pct / 100.0), 0.3)
            for wanted in (params.rise_s, params.stand_pause_s, params.sit_s, params.sit_pause_s)
        )
        seat_off_s = plan.rise(at_s, rise_s, params)
        seat_on_s = plan.sit(at_s + rise_s + stand_s, sit_s, params)
        rises.append(RiseTruth(start_s=at_s, seat_off_s=seat_off_s, upright_s=at_s + rise_s, seat_on_s=seat_on_s))
        at_s += rise_s + stand_s + sit_s + pause_s
    t_s = clock(at_s + params.trail_s, sensor, rng)
    tremor = [wander(t_s, rng, np.radians(params.tremor_deg)) for _ in range(3)]
    turns = [
        ((0.0, 0.0, 1.0), tremor[0]),
        ((0.0, 1.0, 0.0), plan.pitch_motion(t_s, params) + tremor[1]),
        ((1.0, 0.0, 0.0), tremor[2]),
    ]
    hip_acc = np.zeros((len(t_s), 3))
    hip_acc[:, 0] = moves(t_s, plan.forward).acc
    hip_acc[:, 2] = moves(t_s, plan.lift).acc + knocks(t_s, plan.knocks_s, params.knock_mps2)
    acc, gyr = imu_readings(turns, HIP_TO_SENSOR_M, hip_acc)
    task = Task(
        kind=TaskKind.SIT_TO_STAND, name=params.trial, placement=params.placement, label_source=LabelSource.SYNTHETIC
    )
    recording = record(t_s, acc, gyr, sensor, rng, placement=params.placement, start=start)
    return Synthetic(recording, task, ChairTruth(rises=tuple(rises)))


def knocks(
    t_s: Floats, at_s: list[float], size_mps2: float, frequency_hz: float = 8.0, decay_s: float = 0.04
) -> Floats:
    """Return (n,) damped swings of the vertical acceleration that leave no velocity behind."""
    omega = 2.0 * np.pi * frequency_hz
    phase = np.arctan2(1.0 / decay_s, omega)  # makes the integral over the whole swing zero
    total = np.zeros(len(t_s))
    for knock_s in at_s:
        later = t_s[t_s >= knock_s] - knock_s
        total[t_s >= knock_s] += size_mps2 * np.exp(-later / decay_s) * np.cos(omega * later + phase)
    return total
