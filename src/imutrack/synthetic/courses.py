"""Courses of synthetic patients: one value per occasion, with the truth beside it; no sensor signals.

A course is a true level that stays, steps, rises slowly or levels off, plus what blurs it: the spread from day to day
(normal or with heavy tails, independent or leaning on the day before), the device's error, single bad days, the first
tries of a test, whole numbers. For tests and the validation of real-change verdicts. Nobody moved for any of this.

The true change of a course is the true level's mean over its last four occasions less that over its first four (halves
where there are fewer than eight); its MDC is the conventional 1.96 x sqrt(2) x SEM of single occasions, with the SEM
that the noise was made with, bad days and practice not counted. Both are on the scale of the kind: natural logarithms
where spread goes with size.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "Course", "CourseKind", "CourseParams", "Shape", "course", "draw_params"]

Floats = npt.NDArray[np.float64]

_BLOCK: Final = 4  # occasions at each end that define the true change
_MDC_SEMS: Final = 1.96 * math.sqrt(2.0)  # MDC95 of the difference of two single occasions (Weir 2005, PMID 15705040)
_HEAVY_DF: Final = 3.0  # Student's t with the heaviest tails that still have a spread
_HEAVY_SD: Final = math.sqrt(_HEAVY_DF / (_HEAVY_DF - 2.0))
_ROUNDING_SD: Final = 1.0 / math.sqrt(12.0)  # of whole numbers


class Shape(StrEnum):
    """How the true level goes."""

    STEP = "step"
    RAMP = "ramp"
    PLATEAU = "plateau"  # a ramp that ends on the way
    LEVELLING = "levelling"  # quick at first, then ever slower


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseKind:
    """What is measured, on the linear scale unless said otherwise.

    Attributes:
        start: lowest and highest level at the beginning, in the unit people read.
        spread: lowest and highest standard deviation from day to day: in the unit, or a share of the level.
        logarithmic: spread and changes are natural logarithms.
        relative: `spread` is a share of the starting level although the scale is linear.
        error: lowest and highest 95 % half-width of the device; 0 where it is part of the spread.
        bad_sign: which way a bad day goes.
        practice_sems: how far the first occasion is off the way a bad day is, in SEM; half as much on the second.
        whole: values are whole numbers.
        count: trials behind a value.
    """

    start: tuple[float, float]
    spread: tuple[float, float]
    logarithmic: bool
    bad_sign: int
    relative: bool = False
    error: tuple[float, float] = (0.0, 0.0)
    practice_sems: float = 0.0
    whole: bool = False
    count: int = 1


KINDS: Final[Mapping[str, CourseKind]] = MappingProxyType(
    {
        "rom": CourseKind(start=(30.0, 120.0), spread=(1.5, 6.0), logarithmic=False, bad_sign=-1, error=(1.0, 4.0)),
        "sway": CourseKind(start=(0.04, 0.3), spread=(0.08, 0.35), logarithmic=True, bad_sign=1, count=3),
        # first tries of chair tests are 0.5 to 0.8 rises short (Gill 2022), about 0.7 of a usual SEM
        "five_rises": CourseKind(
            start=(9.0, 30.0), spread=(0.04, 0.15), logarithmic=True, bad_sign=1, practice_sems=0.7
        ),
        "rises_30s": CourseKind(
            start=(6.0, 20.0),
            spread=(0.04, 0.15),
            logarithmic=False,
            relative=True,
            bad_sign=-1,
            practice_sems=0.7,
            whole=True,
        ),
        "up_and_go": CourseKind(
            start=(7.0, 30.0), spread=(0.04, 0.15), logarithmic=True, bad_sign=1, practice_sems=0.7
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseParams:
    """One course.

    Attributes:
        kind: key of `KINDS`.
        occasions: how many.
        start: level at the beginning, in the unit people read.
        spread: standard deviation from day to day on the kind's scale.
        error: 95 % half-width of the device, in the unit.
        change_mdcs: true change in multiples of the MDC, signed.
        shape: how the level gets there.
        turn: where a step or a plateau stands, 0 to 1 of the course.
        heavy: noise with heavy tails instead of normal noise, of the same standard deviation.
        serial: correlation of the noise of one occasion with that of the occasion before.
        bad_days: share of occasions that are 3 to 6 SEM off.
    """

    kind: str
    occasions: int
    start: float
    spread: float
    error: float = 0.0
    change_mdcs: float = 0.0
    shape: Shape = Shape.STEP
    turn: float = 0.5
    heavy: bool = False
    serial: float = 0.0
    bad_days: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What was measured, and the truth.

    Attributes:
        days: (n,) days from the beginning, rising.
        values: (n,) in the unit people read.
        levels: (n,) true level on the kind's scale, without practice, bad days and noise.
        sem: standard deviation of single occasions, same scale.
        params: what it was made with.
    """

    days: tuple[int, ...]
    values: tuple[float, ...]
    levels: tuple[float, ...]
    sem: float
    params: CourseParams

    @property
    def mdc(self) -> float:
        """The smallest change that two single occasions can tell, 95 %, on the kind's scale."""
        return _MDC_SEMS * self.sem

    def true_change(self, occasions: int | None = None) -> float:
        """Return the true change up to an occasion, the last one by default, on the kind's scale."""
        levels = self.levels[:occasions]
        block = min(_BLOCK, len(levels) // 2)
        return sum(levels[-block:]) / block - sum(levels[:block]) / block if block else 0.0


def draw_params(
    kind: str, rng: np.random.Generator, change_mdcs: tuple[float, float], occasions: tuple[int, int] = (8, 60)
) -> CourseParams:
    """Draw a course from the whole range of conditions.

    Args:
        kind: key of `KINDS`.
        rng: where it comes from.
        change_mdcs: smallest and largest size of the true change in multiples of the MDC; up or down by chance.
        occasions: fewest and most; short courses are as frequent as long ones on a logarithmic scale.
    """
    what = KINDS[kind]
    start = float(np.exp(rng.uniform(*np.log(what.start))))
    spread = float(rng.uniform(*what.spread)) * (start if what.relative else 1.0)
    error = float(rng.uniform(*what.error))
    size = float(rng.uniform(*change_mdcs))
    only_up = not what.logarithmic and start - size * _MDC_SEMS * _sem(what, spread, error) < start / 4.0
    return CourseParams(
        kind=kind,
        occasions=round(float(np.exp(rng.uniform(*np.log(occasions))))),
        start=start,
        spread=spread,
        error=error,
        change_mdcs=size if only_up or rng.random() < 0.5 else -size,
        shape=list(Shape)[int(rng.integers(len(Shape)))],
        turn=float(rng.random()),
        heavy=bool(rng.random() < 0.5),
        serial=0.3 if rng.random() < 0.5 else 0.0,
        bad_days=0.05 if rng.random() < 0.5 else 0.0,
    )


def course(params: CourseParams, rng: np.random.Generator) -> Course:
    """Make a course.

    Raises:
        ValueError: fewer than two occasions: there is no change to speak of.
    """
    if params.occasions < 2:
        raise ValueError(f"a course needs two occasions, not {params.occasions}")
    what, count = KINDS[params.kind], params.occasions
    sem = _sem(what, params.spread, params.error)
    begin = math.log(params.start) if what.logarithmic else params.start
    levels = begin + params.change_mdcs * _MDC_SEMS * sem * _progress(params)
    seen = levels + params.spread * _noise(params, rng) + params.error / 1.96 * rng.standard_normal(count)
    bad = rng.random(count) < params.bad_days
    seen[bad] += what.bad_sign * sem * rng.uniform(3.0, 6.0, int(bad.sum()))
    if what.practice_sems:
        tries = min(2, count)
        seen[:tries] += what.bad_sign * sem * what.practice_sems * np.array((1.0, 0.5))[:tries]
    values = np.exp(seen) if what.logarithmic else np.maximum(seen, 0.0)
    if what.whole:
        values = np.round(values)
    days = np.cumsum(rng.integers(1, 5, count)) - 1
    return Course(tuple(map(int, days)), tuple(map(float, values)), tuple(map(float, levels)), sem, params)


def _sem(what: CourseKind, spread: float, error: float) -> float:
    return math.hypot(spread, error / 1.96, _ROUNDING_SD if what.whole else 0.0)


def _progress(params: CourseParams) -> Floats:
    """How far the level has gone, scaled so that the true change between the two ends is 1."""
    count = params.occasions
    block = min(_BLOCK, count // 2)
    at = np.arange(count) / (count - 1)
    turn = (block / 2 + params.turn * (count - block)) / count
    match params.shape:
        case Shape.STEP:
            gone = (at >= turn).astype(np.float64)
        case Shape.RAMP:
            gone = at
        case Shape.PLATEAU:
            gone = np.minimum(at, max(turn, 0.3))
        case Shape.LEVELLING:
            gone = 1.0 - np.exp(-3.0 * at)
    return np.asarray(gone / (gone[-block:].mean() - gone[:block].mean()))


def _noise(params: CourseParams, rng: np.random.Generator) -> Floats:
    """Noise of standard deviation 1."""
    count = params.occasions
    fresh = rng.standard_t(_HEAVY_DF, count) / _HEAVY_SD if params.heavy else rng.standard_normal(count)
    fresh[1:] *= math.sqrt(1.0 - params.serial**2)
    for index in range(1, count):
        fresh[index] += params.serial * fresh[index - 1]
    return np.asarray(fresh)
