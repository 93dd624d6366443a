"""What the plan in force asks of a set, and how the set's repetitions stand to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TypeVar

from imutrack.exercises import all_exercises
from imutrack.placements import worn_alike
from imutrack.results import ExerciseSet
from imutrack.task import Side, TaskKind

__all__ = ["PlannedItem", "Target", "exercises_of", "in_force", "in_order", "of_side", "target_of"]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """One exercise of one version of a plan.

    Attributes:
        version: number of the version.
        from_date: first local date on which it is in force.
        item: place in the plan, from 1.
        exercise: id of the exercise or trial.
        side: left, right or both; None where it has none.
        sets: on a day of exercise, all times together.
        times_a_day: how often on such a day.
        reps, rom_target_deg: what is asked of a set.
        rom_limit_deg: approved by a named clinician.
        placement: where the sensor is worn; two as ``thigh+shank``.
        therapist: who is responsible for the plan.
    """

    version: int
    from_date: date
    item: int
    exercise: str
    side: str | None
    sets: int
    reps: int | None = None
    rom_target_deg: float | None = None
    rom_limit_deg: float | None = None
    times_a_day: int = 1
    placement: str | None = None
    therapist: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of one set; None where nothing is. Degrees are those of a sensor that is worn at ``placement``."""

    plan_version: int
    reps: int | None = None
    rom_target_deg: float | None = None
    rom_limit_deg: float | None = None
    placement: str | None = None
    therapist: str | None = None

    def values(self, result: ExerciseSet) -> dict[str, object]:
        """Return the fields of a set that depend on the plan.

        A repetition reaches its target when it does within the measurement error; it is beyond the limit when the
        measured range is, without allowance: a limit is a precaution. The angle of a sensor that was worn elsewhere is
        another angle: it has neither target nor limit.
        """
        target_deg, limit_deg = self.rom_target_deg, self.rom_limit_deg
        if not worn_alike(self.placement, result.placement):
            target_deg = limit_deg = None
        ranges = [rep.rom_deg for rep in result.reps_detail if rep.rom_deg is not None]
        enough_deg = None if target_deg is None else target_deg - (result.rom_error_deg or 0.0)
        return {
            "plan_version": self.plan_version,
            "therapist": self.therapist,
            "reps_target": self.reps,
            "rom_target_deg": target_deg,
            "rom_limit_deg": limit_deg,
            "reps_in_range": _count(ranges, enough_deg),
            "reps_beyond_limit": None
            if limit_deg is None or not ranges
            else sum(rom_deg > limit_deg for rom_deg in ranges),
        }


def in_force(items: Iterable[PlannedItem], day: date) -> tuple[PlannedItem, ...]:
    """Return the items of the version in force on a day, in the plan's order: the last to begin by then.

    Of versions that begin on one day the one with the highest number holds.
    """
    begun = [item for item in items if item.from_date <= day]
    newest = max(((item.from_date, item.version) for item in begun), default=None)
    return tuple(
        sorted(
            (item for item in begun if (item.from_date, item.version) == newest),
            key=lambda item: item.item,
        )
    )


def exercises_of(items: Iterable[PlannedItem]) -> list[PlannedItem]:
    """Return the items of which sets are done; balance trials and tests are no sets."""
    exercises = all_exercises()
    return [item for item in items if item.exercise in exercises and exercises[item.exercise].kind is TaskKind.EXERCISE]


def in_order(items: Iterable[PlannedItem]) -> list[PlannedItem]:
    """Return the exercise of each set of a day, in the order of the plan.

    A plan that is done several times a day is gone through as often. Where some of its exercises are done more often
    than others there is no order, and nothing is returned.
    """
    found = exercises_of(items)
    times = {item.times_a_day for item in found}
    if len(times) != 1:
        return []
    return [item for item in found for _ in range(item.sets // item.times_a_day)] * times.pop()


def of_side(
    same: Sequence[Item], side: str | None, side_of: Callable[[Item], str | None] = attrgetter("side")
) -> Item | None:
    """Return the item that a set belongs to: of its side, else for both sides or without a side; None where none is.

    Args:
        same: items of one version of a plan, all of the exercise of the set.
        side: as entered; where nobody entered one, the sole item is meant, whatever its side.
        side_of: gives the side of an item.
    """
    if side is None and len(same) == 1:
        return same[0]
    fitting = [item for item in same if side_of(item) in {side, None, Side.BOTH}]
    return next((item for item in fitting if side_of(item) == side), fitting[0] if fitting else None)


def target_of(items: Iterable[PlannedItem], exercise: str, side: str | None) -> Target | None:
    """Return what the items of one version ask of a set of an exercise.

    Args:
        items: of the version in force.
        exercise: what was done.
        side: as entered; which item it fits, `of_side` says.

    Returns:
        None where there is no plan; without targets where the plan does not have the exercise.
    """
    items = tuple(items)
    if not items:
        return None
    found = of_side([item for item in items if item.exercise == exercise], side)
    if found is None:
        return Target(items[0].version, therapist=items[0].therapist)
    return Target(
        found.version, found.reps, found.rom_target_deg, found.rom_limit_deg, found.placement, found.therapist
    )


def _count(ranges: list[float], enough_deg: float | None) -> int | None:
    if enough_deg is None or not ranges:
        return None
    return sum(rom_deg >= enough_deg for rom_deg in ranges)
