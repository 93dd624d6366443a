"""A synthetic set of an exercise: one segment turning about a joint, over and over, the way people do it.

Each repetition is outward, hold, return and a short rest, of minimum jerk, with its own size and tempo around values
that drift with fatigue. Before and after the set the limb is moved into and out of position, also about other axes.
Everything the sensor reads follows from the rigid-body model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.synthetic.motion import Motion, Move, moves, wander
from imutrack.synthetic.rigid_body import imu_readings
from imutrack.synthetic.sensor import SensorParams, Synthetic, clock, record
from imutrack.task import LabelSource, Side, Task

__all__ = ["SETS", "RepTruth", "SetParams", "SetTruth", "exercise_set", "plan_set"]

SHORTEST_PHASE_S: Final = 0.15  # nobody reverses a limb faster than this under control
BEFORE_S: Final = -1.0  # moves from here are over when the recording begins


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParams:
    """A set of an exercise. The defaults are a seated knee extension done with care; `SETS` has others."""

    exercise: str = "long_arc_knee_extension"  # id of the catalogue
    placement: str = "shank"
    axis: tuple[float, float, float] = (0.0, -1.0, 0.0)  # of the joint, earth frame: positive lifts what is in front
    lever_m: tuple[float, float, float] = (0.03, 0.0, -0.25)  # joint to sensor, hanging down, on the skin in front
    reps: int = 10
    half_moves: int = 0  # movements begun and given up at about half, scattered among the repetitions; not repetitions
    rom_deg: float = 75.0
    outward_s: float = 1.4  # with the next three, 3.6 s a repetition: home exercise at the usual pace
    hold_s: float = 0.4
    return_s: float = 1.4
    rest_s: float = 0.4
    rom_spread_pct: float = 4.0  # of single repetitions: what healthy people vary by
    tempo_spread_pct: float = 8.0  # likewise
    rom_loss_pct: float = 0.5  # fatigue, per repetition
    slowing_pct: float = 0.8  # fatigue, per repetition
    off_axis_pct: float = 4.0  # of the angle, turned about the other two axes along with it
    tremor_deg: float = 0.25  # root mean square about each axis, 0.1 to 4 Hz
    lead_s: float = 5.0  # before the first repetition: getting into position, then still
    trail_s: float = 3.5  # after the last one
    entry_deg: float = 20.0  # size of getting into and out of position; 0 leaves it out


@dataclass(frozen=True, slots=True, kw_only=True)
class RepTruth:
    """One repetition as it was made; `turn_s` is the middle of the hold."""

    start_s: float
    turn_s: float
    end_s: float
    outward_s: float
    hold_s: float
    return_s: float
    rom_deg: float = 0.0  # of the angle about the joint axis, tremor included


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetTruth:
    """What was done: the repetitions, the movements that are none, and the angle about the joint axis, deg (n,)."""

    reps: tuple[RepTruth, ...]
    half_moves: tuple[RepTruth, ...]
    t_s: Floats
    angle_deg: Floats


@dataclass(slots=True)
class SetPlan:
    """Moves of a set before they are put on a clock, deg: about the joint axis and about the two others."""

    main: list[Move] = field(default_factory=list)
    others: tuple[list[Move], list[Move]] = field(default_factory=lambda: ([], []))
    reps: list[RepTruth] = field(default_factory=list)
    half_moves: list[RepTruth] = field(default_factory=list)


SETS: Final[dict[str, SetParams]] = {
    "long_arc_knee_extension": SetParams(),
    "heel_slide": SetParams(
        exercise="heel_slide",
        placement="thigh",
        lever_m=(0.25, 0.0, 0.06),
        rom_deg=45.0,
        outward_s=1.6,
        hold_s=0.6,
        return_s=1.5,
    ),
    "shoulder_flexion": SetParams(
        exercise="shoulder_flexion", placement="upper_arm", lever_m=(0.0, 0.05, -0.18), rom_deg=120.0
    ),
    "shoulder_abduction": SetParams(
        exercise="shoulder_abduction",
        placement="upper_arm",
        axis=(-1.0, 0.0, 0.0),
        lever_m=(0.0, -0.05, -0.18),
        rom_deg=95.0,
    ),
    "elbow_flexion": SetParams(exercise="elbow_flexion", placement="wrist", lever_m=(0.0, 0.03, -0.24), rom_deg=125.0),
    "shoulder_external_rotation": SetParams(  # upright: about the vertical, which gravity does not show
        exercise="shoulder_external_rotation",
        placement="wrist",
        axis=(0.0, 0.0, -1.0),
        lever_m=(0.24, 0.0, 0.03),
        rom_deg=55.0,
    ),
}
"""One parameter set per exercise that can be made; exercise id -> its parameters."""


def exercise_set(
    params: SetParams,
    seed: int,
    *,
    sensor: SensorParams | None = None,
    side: Side | None = None,
    start: float | None = None,
) -> Synthetic[SetTruth]:
    """Make one set.

    Args:
        params: what is done.
        seed: the same seed gives the same recording.
        sensor: how it is recorded.
        side, start: go into the task and the recording.

    >>> made = exercise_set(SetParams(reps=3), seed=1)
    >>> len(made.truth.reps), made.recording.format
    (3, 'synthetic')
    """
    rng = np.random.default_rng(seed)
    sensor = sensor or SensorParams()
    plan = SetPlan()
    end_s = plan_set(plan, params, 0.0, rng)
    t_s = clock(end_s, sensor, rng)
    main, acc, gyr = set_readings(plan, params, t_s, rng)
    recording = record(t_s, acc, gyr, sensor, rng, placement=params.placement, start=start)
    task = Task(name=params.exercise, side=side, placement=params.placement, label_source=LabelSource.SYNTHETIC)
    return Synthetic(recording, task, set_truth(plan, t_s, main))


def plan_set(plan: SetPlan, params: SetParams, start_s: float, rng: np.random.Generator) -> float:
    """Add a whole set to a plan, from getting into position to getting out of it; return when it ends, s."""
    at_s = start_s + params.lead_s
    _reposition(plan, params, start_s + 0.2 * params.lead_s, rng, into=True)
    kinds = rng.permutation([True] * params.reps + [False] * params.half_moves)
    left_over_deg = 0.0
    for number, whole in enumerate(kinds):
        size = params.rom_deg * (1.0 - params.rom_loss_pct / 100.0 * number)
        size *= _around(1.0, params.rom_spread_pct, rng) if whole else rng.uniform(0.3, 0.6)
        pace = (1.0 + params.slowing_pct / 100.0 * number) * (1.0 if whole else rng.uniform(0.6, 1.8))
        back = rng.normal(0.0, params.rom_spread_pct / 300.0) * params.rom_deg  # the limb never comes back exactly
        rep = _rep(params, at_s, pace, rng)
        plan.main.append(Move(rep.start_s, rep.outward_s, size - left_over_deg))
        plan.main.append(Move(rep.end_s - rep.return_s, rep.return_s, back - size))
        left_over_deg = back
        (plan.reps if whole else plan.half_moves).append(rep)
        at_s = rep.end_s + max(_around(params.rest_s * pace, params.tempo_spread_pct, rng), 0.0)
    plan.main.append(Move(at_s, 0.5, -left_over_deg))
    _reposition(plan, params, at_s + 0.45 * params.trail_s, rng, into=False)
    return at_s + params.trail_s


def set_readings(
    plan: SetPlan, params: SetParams, t_s: Floats, rng: np.random.Generator
) -> tuple[Motion, Floats, Floats]:
    """Return the angle about the joint axis (rad) and the ideal acc and gyr, each (n, 3), in the segment's frame."""
    main = _angle(t_s, plan.main, params, rng)
    axes = np.array([params.axis, *_across(params.axis)])
    along = [main.scaled(params.off_axis_pct / 100.0 * sign) for sign in rng.choice([-1.0, 1.0], 2)]
    others = [_angle(t_s, other, params, rng) + part for other, part in zip(plan.others, along, strict=True)]
    acc, gyr = imu_readings(list(zip(axes, [main, *others], strict=True)), params.lever_m)
    return main, acc, gyr


def set_truth(plan: SetPlan, t_s: Floats, main: Motion) -> SetTruth:
    """Return what was done, with the range of each repetition measured on the angle itself."""
    angle_deg = np.degrees(main.value)

    def measured(reps: Sequence[RepTruth]) -> tuple[RepTruth, ...]:
        windows = [angle_deg[slice(*np.searchsorted(t_s, [rep.start_s, rep.end_s]))] for rep in reps]
        return tuple(replace(rep, rom_deg=float(np.ptp(angle))) for rep, angle in zip(reps, windows, strict=True))

    return SetTruth(reps=measured(plan.reps), half_moves=measured(plan.half_moves), t_s=t_s, angle_deg=angle_deg)


def _rep(params: SetParams, start_s: float, pace: float, rng: np.random.Generator) -> RepTruth:
    outward_s, return_s = (
        max(_around(wanted * pace, params.tempo_spread_pct, rng), SHORTEST_PHASE_S)
        for wanted in (params.outward_s, params.return_s)
    )
    hold_s = max(_around(params.hold_s * pace, params.tempo_spread_pct, rng), 0.0)
    turn_s = start_s + outward_s + hold_s / 2.0
    end_s = start_s + outward_s + hold_s + return_s
    return RepTruth(start_s=start_s, turn_s=turn_s, end_s=end_s, outward_s=outward_s, hold_s=hold_s, return_s=return_s)


def _reposition(plan: SetPlan, params: SetParams, at_s: float, rng: np.random.Generator, *, into: bool) -> None:
    """Add one movement about all three axes that ends (into) or begins (out of) at the rest posture."""
    for axis in (plan.main, *plan.others):
        if into and not axis:
            axis.append(Move(BEFORE_S, -BEFORE_S / 2.0, rng.normal(0.0, params.entry_deg)))
        change = -sum(move.change for move in axis) if into else rng.normal(0.0, params.entry_deg)
        axis.append(Move(at_s, rng.uniform(0.9, 1.4), change))


def _angle(t_s: Floats, plan: Sequence[Move], params: SetParams, rng: np.random.Generator) -> Motion:
    return moves(t_s, [move._replace(change=np.radians(move.change)) for move in plan]) + wander(
        t_s, rng, np.radians(params.tremor_deg)
    )


def _around(wanted: float, spread_pct: float, rng: np.random.Generator) -> float:
    return wanted * float(1.0 + rng.normal(0.0, spread_pct / 100.0))


def _across(axis: tuple[float, float, float]) -> Floats:
    """Two unit axes (2, 3) across an axis."""
    along = np.asarray(axis)
    first = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    first /= np.linalg.norm(first)
    across: Floats = np.array([first, np.cross(along, first)])
    return across
