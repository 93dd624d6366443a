"""The true course of each measure of a patient: a level for every day, and how much one occasion differs from it.

Ranges change by degrees, sway and times by a factor, as their spread does.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from imutrack.synthetic.clinic.conditions import Condition, Move
from imutrack.synthetic.clinic.model import Floats, Measure, MeasureKind, Truth
from imutrack.synthetic.clinic.people import Story
from imutrack.synthetic.clinic.timeline import Timeline
from imutrack.task import Side

__all__ = ["DEVICE_SD_DEG", "OTHER_SIDE", "Shape", "measure_of", "progress", "truth_of"]

DEVICE_SD_DEG: Final = 1.2  # a range's error of about 2.4 degrees is a 95 % half-width
OTHER_SIDE: Final = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
_ROM_SD_SHARE: Final = 0.04  # of the range, from day to day; with the next, 3 to 5 degrees in a knee
_ROM_SD_DEG: Final = 0.8
_LEVELS_OFF_DAYS: Final = (25.0, 50.0)  # time constant: most of the gain comes in the first 12 weeks (Stratford 2010)
_LOSS: Final = 0.85  # of what would have been gained
_LOSS_DAYS: Final = 21.0
_LOST_SINCE_DAYS: Final = 21.0  # before the end, in the stories: a few weekly tests tell it from a bad day
_LOSING: Final = (Story.LESS_RANGE, Story.MORE_SWAY)


class Shape(StrEnum):
    """How a true level goes."""

    RISE = "rise"  # quick at first, then ever slower
    PLATEAU = "plateau"  # a rise that ends early
    LOSS = "loss"  # level at first, then down within weeks
    HELD = "held"


@dataclass(frozen=True, slots=True)
class _Trial:
    """A test: its lowest and highest level at first, the natural logarithm of what is gained, the spread of a try."""

    kind: MeasureKind
    name: str
    start: tuple[float, float]
    gain: tuple[float, float]
    sd: float


_SWAY: Final = (
    _Trial("sway", "eyes_open", (0.07, 0.12), (-0.55, -0.35), 0.18),  # spread: CV 18 to 22 %, see product notes
    _Trial("sway", "eyes_closed", (0.09, 0.16), (-0.55, -0.35), 0.18),
)
_TIMED: Final = (
    _Trial("chair_time", "five_times", (13.0, 20.0), (-0.45, -0.25), 0.06),
    _Trial("chair_rises", "thirty_seconds", (8.0, 13.0), (0.2, 0.45), 0.06),
    _Trial("up_and_go", "usual_pace", (10.0, 17.0), (-0.35, -0.18), 0.05),
)


def measure_of(move: Move, side: Side) -> Measure:
    """Return what is measured of an exercise."""
    return Measure("rom", move.exercise, side if move.one_sided else Side.BOTH, move.placement)


def truth_of(
    condition: Condition, moves: tuple[Move, ...], side: Side, reach: float, line: Timeline, rng: np.random.Generator
) -> Truth:
    """Draw the true course of everything that is measured of a patient.

    Args:
        condition: what the patient has.
        moves: exercises of the plan.
        side: the affected one.
        reach: of the patient's habit.
        line: when what happens.
        rng: the patient's own.
    """
    level: dict[Measure, Floats] = {}
    day_sd: dict[Measure, float] = {}
    for number, move in enumerate(moves):
        start_deg, gain_deg = reach * rng.uniform(*move.start_deg), reach * rng.uniform(*move.gain_deg)
        measure = measure_of(move, side)
        went = progress(_shape(line, Story.LESS_RANGE, number == 0, rng), line, rng)
        level[measure] = start_deg + gain_deg * went
        day_sd[measure] = _rom_sd(start_deg)
        if number == 0 and move.one_sided:  # the other side is measured to compare with
            other = measure._replace(side=OTHER_SIDE[side])
            level[other] = np.full(line.days, max(move.start_deg[1] + move.gain_deg[1] - 4.0, start_deg))
            day_sd[other] = _rom_sd(float(level[other][0]))
    for trial in (*(_SWAY if condition.balance else ()), *(_TIMED if condition.timed else ())):
        measure = Measure(trial.kind, trial.name, None, "lumbar")
        shape = _shape(line, Story.MORE_SWAY, trial.kind == "sway", rng)
        level[measure] = rng.uniform(*trial.start) * np.exp(rng.uniform(*trial.gain) * progress(shape, line, rng))
        day_sd[measure] = trial.sd
    return Truth(line.dates[0], level, day_sd)


def progress(shape: Shape, line: Timeline, rng: np.random.Generator) -> Floats:
    """Return (days,) how much of the gain there is on each day; negative for a loss."""
    since = np.clip(np.arange(line.days) - float(line.joined), 0.0, None)
    tau = rng.uniform(*_LEVELS_OFF_DAYS)
    ends = rng.uniform(20.0, 50.0)
    turns = rng.uniform(0.3, 0.8) * max(line.last - line.joined, 1)
    if shape is Shape.HELD:
        return np.zeros(line.days)
    if shape is Shape.LOSS:
        begins = line.last - line.joined - _LOSS_DAYS - _LOST_SINCE_DAYS if line.story in _LOSING else turns
        lost: Floats = np.clip((since - max(begins, 0.0)) / _LOSS_DAYS, 0.0, 1.0)
        return -_LOSS * lost
    went: Floats = 1.0 - np.exp(-(np.minimum(since, ends) if shape is Shape.PLATEAU else since) / tau)
    return went


def _shape(line: Timeline, losing: Story, first: bool, rng: np.random.Generator) -> Shape:
    drawn = Shape(str(rng.choice(list(Shape), p=[0.65, 0.2, 0.01, 0.14])))
    if line.story is losing and first:
        return Shape.LOSS
    return Shape.HELD if line.goal == "maintain" else drawn


def _rom_sd(range_deg: float) -> float:
    return float(np.hypot(_ROM_SD_DEG + _ROM_SD_SHARE * range_deg, DEVICE_SD_DEG))
