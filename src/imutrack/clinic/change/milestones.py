"""Milestones: days on which a level was left behind by more than measurement error, and on which a target was reached.

Levels are compared, of four occasions each at least, never single values: a lucky day is no milestone. The first level
is the baseline, the next is that of the last milestone. Stricter than a verdict, because a milestone is not taken back.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from imutrack.clinic.change.compare import changes
from imutrack.clinic.change.measures import Measure, Scale
from imutrack.clinic.change.params import ChangeParams
from imutrack.clinic.change.values import Change, Occasion, Verdict

__all__ = ["Milestone", "MilestoneKind", "milestones", "milestones_among"]

_DEFAULT: Final = ChangeParams()
_REAL: Final = {1: Verdict.MORE, -1: Verdict.LESS}


class MilestoneKind(StrEnum):
    """What was reached."""

    LEVEL = "level"  # further than the milestone before, by more than the MDC
    TARGET = "target"  # the target, with 95 % confidence


@dataclass(frozen=True, slots=True)
class Milestone:
    """One day.

    Attributes:
        day: on which it could first be said.
        kind: what was reached.
        value: the level then, in the measure's unit.
        before: the level left behind or the target, in the unit.
    """

    day: date
    kind: MilestoneKind
    value: float
    before: float


def milestones(
    occasions: Iterable[Occasion],
    measure: Measure,
    *,
    target: float | None = None,
    toward: int | None = None,
    params: ChangeParams = _DEFAULT,
) -> tuple[Milestone, ...]:
    """Return the milestones of occasions in order of time; arguments as in `changes` and `milestones_among`."""
    return milestones_among(changes(occasions, measure, params), measure, target=target, toward=toward, params=params)


def milestones_among(
    found: Iterable[Change],
    measure: Measure,
    *,
    target: float | None = None,
    toward: int | None = None,
    params: ChangeParams = _DEFAULT,
) -> tuple[Milestone, ...]:
    """Return the milestones among verdicts that are already made.

    Args:
        found: what `changes` returned.
        measure: the same as there.
        target: in the measure's unit; None without one.
        toward: 1 for larger numbers, -1 for smaller ones; None takes the measure's own. 0 gives no milestones.
        params: the same as there.
    """
    sign = measure.toward if toward is None else toward
    if not sign:
        return ()
    reached: list[Milestone] = []
    last: float | None = None
    target_open = target is not None
    for change in found:
        if change.baseline is None or change.baseline_high is None or change.now is None or change.mdc is None:
            continue
        if change.n_now < params.usual:
            continue
        before = change.baseline if last is None else last
        if (last is not None or change.verdict is _REAL[sign]) and _ahead(change.now, before, measure, sign) > _step(
            change.mdc, measure
        ):
            reached.append(Milestone(change.day, MilestoneKind.LEVEL, change.now, before))
            last = change.now
        band = _ahead(change.baseline_high, change.baseline, measure, 1)
        if target_open and target is not None and _ahead(change.now, target, measure, sign) >= band:
            reached.append(Milestone(change.day, MilestoneKind.TARGET, change.now, target))
            target_open = False
    return tuple(reached)


def _ahead(value: float, before: float, measure: Measure, sign: int) -> float:
    """How far a value lies ahead of another, on the measure's scale."""
    return sign * (math.log(value / before) if measure.scale is Scale.LOG else value - before)


def _step(mdc: float, measure: Measure) -> float:
    """The MDC on the measure's scale."""
    return math.log1p(mdc / 100.0) if measure.scale is Scale.LOG else mdc
