"""What is asked of a patient, version by version."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from imutrack.synthetic.clinic.case import Case
from imutrack.synthetic.clinic.conditions import Move
from imutrack.synthetic.clinic.levels import measure_of
from imutrack.synthetic.clinic.model import Measure
from imutrack.synthetic.clinic.people import Story
from imutrack.synthetic.clinic.timeline import Timeline

__all__ = ["THERAPISTS", "Item", "Version", "Week", "due_weekdays", "versions"]

THERAPISTS: Final = {"MB": "PT 20417", "KL": "PT 11862", "TS": "PT 30955", "AR": "PT 27340"}
"""Initials and made-up licence of whoever works in the clinic."""

_SURGEONS: Final = ("Dr Weber", "Dr Novak", "Dr Lindqvist")
_SETS_PER_DAY: Final = 1.2  # what the numbers below and the habits come to, over all patients and days
_MARGIN_DEG: Final = 12.0  # from what can be reached by then to an approved limit
_AHEAD_DAYS: Final = 28  # a target is what should be reached by then
_LIMITED: Final = 0.6  # share of the operated patients whose surgeon sets a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How often something is done; the same for every exercise of a patient."""

    sets: int
    days_a_week: int
    times_a_day: int
    rest_days: tuple[int, ...]

    @property
    def weekdays(self) -> frozenset[int]:
        """The days on which it is due, Monday = 0."""
        return due_weekdays(self.days_a_week, self.rest_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One exercise or balance trial of a plan; `move` is None for a trial."""

    move: Move | None
    measure: Measure
    week: Week
    target_deg: float | None = None
    limit_deg: float | None = None
    load_kg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a plan, in days of the period."""

    from_day: int
    review_day: int
    therapist: str
    items: tuple[Item, ...]
    approved_by: str
    operated_days_before: int | None


def versions(case: Case, rng: np.random.Generator) -> tuple[Version, ...]:
    """Draw the versions of a plan, one to three.

    A patient whose story has no plan gets them too: they are what was shown by hand and never written down.
    """
    line = case.line
    begins = [line.joined, line.joined + int(rng.integers(28, 43)), line.joined + int(rng.integers(63, 85))]
    wanted = int(rng.choice([1, 2, 3], p=[0.3, 0.4, 0.3]))
    begins = [day for day in begins[:wanted] if day <= line.last - 7 or day == line.joined]
    therapist, surgeon = str(rng.choice(list(THERAPISTS))), str(rng.choice(_SURGEONS))
    operated = int(rng.integers(7, 22)) if rng.random() < case.condition.operated else None
    asked = operated is not None and rng.random() < _LIMITED
    limited = case.condition.limited and (asked or line.story is Story.LIMIT)
    week = _week(case, rng)
    reviews = [*(day + 3 for day in begins[1:]), _last_review(line, begins[-1], rng)]
    return tuple(
        Version(
            from_day=begin,
            review_day=review,
            therapist=therapist,
            items=tuple(_items(case, begin, number, week, limited=limited)),
            approved_by=surgeon,
            operated_days_before=operated,
        )
        for number, (begin, review) in enumerate(zip(begins, reviews, strict=True))
    )


def due_weekdays(days_a_week: int, rest_days: tuple[int, ...]) -> frozenset[int]:
    """Return the weekdays on which an exercise is due, as the plan counts them, Monday = 0.

    >>> sorted(due_weekdays(3, (6,)))
    [0, 2, 4]
    """
    allowed = [day for day in (0, 4, 2, 1, 3, 5, 6) if day not in rest_days]
    return frozenset(allowed[:days_a_week])


def _week(case: Case, rng: np.random.Generator) -> Week:
    sets = int(rng.choice([1, 2, 3], p=[0.25, 0.6, 0.15]))
    rests = (6,) if rng.random() < 0.4 else ()
    usual = float(rng.choice([2, 3, 4, 5, 7], p=[0.37, 0.34, 0.19, 0.07, 0.03]))
    wanted = usual * case.params.sets_per_day / _SETS_PER_DAY
    free = 7 - len(rests)
    times = max(int(np.ceil(wanted / 7)), 1)
    return Week(sets=sets, days_a_week=int(np.clip(round(wanted / times), 1, free)), times_a_day=times, rest_days=rests)


def _items(case: Case, begin: int, number: int, week: Week, *, limited: bool) -> list[Item]:
    found = []
    for place, move in enumerate(case.moves):
        measure = measure_of(move, case.side)
        could_deg = case.truth.level[measure][begin:] / case.habit.reach
        target_deg = max(5.0 * float(np.floor(could_deg[:_AHEAD_DAYS][-1] / 5.0)), 5.0)
        item = Item(move=move, measure=measure, week=week, target_deg=target_deg)
        if limited and place == 0:
            highest_deg = float(could_deg[: 3 * _AHEAD_DAYS].max())
            item = replace(item, limit_deg=5.0 * float(np.ceil((highest_deg + _MARGIN_DEG) / 5.0)))
        if move.load_kg:
            item = replace(item, load_kg=move.load_kg[min(number, len(move.load_kg) - 1)])
        found.append(item)
    if case.condition.balance:
        trial = Measure("sway", "eyes_open" if number == 0 else "eyes_closed", None, "lumbar")
        found.append(Item(move=None, measure=trial, week=replace(week, sets=2)))
    return found


def _last_review(line: Timeline, begin: int, rng: np.random.Generator) -> int:
    ahead, overdue = int(rng.integers(4, 41)), int(rng.integers(3, 21))
    if line.story is Story.REVIEW_OVERDUE:
        return max(line.days - 1 - overdue, begin)
    return line.days - 1 + ahead
