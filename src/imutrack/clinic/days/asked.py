"""What one version of a plan asks for, by weekday, and which of its exercises a set belongs to."""

from datetime import date
from typing import NamedTuple

from imutrack.clinic.days.records import Done
from imutrack.clinic.plans.model import PlanItem, Tempo
from imutrack.clinic.plans.schedule import longest_pause_days, sets_due
from imutrack.clinic.plans.versions import PlanVersion
from imutrack.stores.targets import of_side
from imutrack.task import TaskKind

__all__ = ["Asked", "Due"]

_A_WEEK = tuple(date(2024, 1, 1 + weekday) for weekday in range(7))  # from a Monday; what is due repeats every week


class Due(NamedTuple):
    """What is due of one exercise on a day; no repetitions where the plan counts none."""

    done: Done
    sets: int
    reps: int


class Asked:
    """A version of a plan, made ready for counting.

    Attributes:
        number, therapist, review: of the version.
        pause_days: longest step from one day of exercise to the next; None where no step is too long.
        week: what is due, by weekday from Monday.
        reps_a_week: by exercise.
        days_a_week: days with anything due.
        tempo_ms: planned time of a repetition, by exercise; absent where the plan leaves it free.
    """

    def __init__(self, version: PlanVersion) -> None:
        plan = version.plan
        self.number, self.therapist, self.review = version.number, plan.therapist, plan.review_date
        self.pause_days = longest_pause_days(plan)
        self.week = tuple(_due(plan.exercise, day) for day in _A_WEEK)
        self.days_a_week = sum(map(bool, self.week))
        self.reps_a_week: dict[Done, int] = {}
        for due in self.week:
            for done, _, reps in due:
                self.reps_a_week[done] = self.reps_a_week.get(done, 0) + reps
        self.tempo_ms = {_named(item): ms for item in plan.exercise if (ms := _tempo_ms(item.tempo)) is not None}
        self._items = plan.exercise
        self._matched: dict[Done, Done | None] = {}

    def match(self, done: Done) -> Done | None:
        """Return the exercise of the plan that a set or trial belongs to; None where it is none of the plan's.

        The same exercise, and a side as `of_side` says. An item that leaves the form of a test open takes every form.
        """
        if done not in self._matched:
            self._matched[done] = self._match(*done)
        return self._matched[done]

    def _match(self, name: str, side: str | None) -> Done | None:
        found = of_side([item for item in self._items if name in _names(item)], side)
        return None if found is None else _named(found)


def _due(items: tuple[PlanItem, ...], day: date) -> tuple[Due, ...]:
    found = ((item, sets_due(item, day)) for item in items)
    return tuple(Due(_named(item), sets, sets * _reps(item)) for item, sets in found if sets)


def _reps(item: PlanItem) -> int:
    return item.reps or 0 if item.kind is TaskKind.EXERCISE else 0  # rises of a test are its result, not its dose


def _named(item: PlanItem) -> Done:
    return item.task_name, item.side


def _names(item: PlanItem) -> set[str]:
    return {item.task_name} if item.trial else {item.task_name, *(form.id for form in item.entry.trials)}


def _tempo_ms(tempo: Tempo) -> int | None:
    """Return the planned time of a repetition; None where a moving phase is left free, for then any time is right."""
    if tempo.outward_s is None or tempo.return_s is None:
        return None
    return round(1000 * (tempo.outward_s + (tempo.hold_s or 0.0) + tempo.return_s)) or None
