"""From ``imutrack task start`` to a task, the straps it is measured with, and its item of the plan.

With nothing said, or only a side, the patient's plan says what comes next; else what was typed does. A side that was
not said is that of the straps: it was entered when they were put on.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from imutrack.clinic.plans import PlanItem
from imutrack.collector.sessions.next_item import DoneItem, Due, due_today, next_due
from imutrack.collector.sessions.wearing import Choice, WornAt, choose_straps
from imutrack.errors import SettingsError
from imutrack.exercises import Exercise, all_exercises, match, match_trial, spoken
from imutrack.labels import labelled_task
from imutrack.stores.targets import of_side
from imutrack.task import LabelSource, Side, Task
from imutrack.words import counted

__all__ = ["Asked", "Wanted", "all_done", "from_plan", "from_typed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed after ``imutrack task start``."""

    exercise: str | None = None
    trial: str | None = None
    side: str | None = None

    @property
    def by_plan(self) -> bool:
        """Whether the plan says what is done."""
        return self.exercise is None and self.trial is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done.

    Attributes:
        task: with its patient, its side and the place its result is of.
        straps: that it is measured with.
        item: of the plan in force; None where the plan does not have it.
    """

    task: Task
    straps: tuple[str, ...]
    item: PlanItem | None


def from_typed(asked: Asked, patient: str, worn: Mapping[str, WornAt], items: Sequence[PlanItem]) -> Wanted:
    """Return what was typed.

    Raises:
        SettingsError: a name is not known, or no strap is worn where it can be measured.
    """
    _check_option(asked)
    task = labelled_task(exercise=asked.exercise, trial=asked.trial, side=asked.side, patient=patient)
    entry = _entry(task.name)
    ways = [way.placements for way in entry.worn] if entry else []
    side = task.side or _side_of(entry, worn, ways)
    if side is Side.BOTH and entry and entry.has_sides and entry.sides == "one_by_one" and not entry.trials:
        _check_one_side(task.name, patient, _sides(worn, ways))
    named = [item for item in items if item.task_name == task.name]
    choice = choose_straps(worn, ways, side, spoken(task.name, side), patient)
    return Wanted(_placed(replace(task, side=side), choice), choice.straps, of_side(named, side))


def _check_one_side(name: str, patient: str, sides: Collection[Side]) -> None:
    """See that both sides of what each limb does by itself are not asked of straps that are each on one.

    Raises:
        SettingsError: they are; the lines to type are named.
    """
    lines = [f"`imutrack task start {patient} --exercise {name} --side {each}`" for each in sorted(sides)]
    if lines:
        raise SettingsError(f"{spoken(name)} is measured on one side in a set: {', then '.join(lines)}")


def _check_option(asked: Asked) -> None:
    """See that what is known as an exercise only is not asked for as a trial.

    Raises:
        SettingsError: it is; the line to type is named.
    """
    if asked.exercise is not None or asked.trial is None or match_trial(asked.trial) is not None:
        return
    if (exercise := match(asked.trial)) is not None:
        raise SettingsError(f"{asked.trial!r} is an exercise: `imutrack task start --exercise {exercise}`")


def from_plan(
    asked: Asked, patient: str, worn: Mapping[str, WornAt], items: Sequence[PlanItem], done: Iterable[DoneItem]
) -> Wanted | None:
    """Return what comes next in the plan; None where all of it is done.

    Raises:
        SettingsError: there is no plan, or what comes next cannot be measured with what is worn.
    """
    if not items:
        raise SettingsError(
            f"{patient} has no plan in force today: say what is done, such as `imutrack task start --exercise squat`"
        )
    typed = labelled_task(side=asked.side).side
    due = due_today(items, lambda item: bool(_sides(worn, _ways(item))))
    found, left = next_due(due, done, lambda item: _sides(worn, _ways(item)), typed)
    if found is None:
        if left:
            raise SettingsError(_elsewhere(left, patient))
        return None
    return _of_plan(found, typed, patient, worn)


def all_done(asked: Asked, items: Sequence[PlanItem]) -> str:
    """Return the line for a plan of which nothing is left today."""
    total = sum((item.sets or 1) * item.times_a_day for item in items)
    side = f" on the {asked.side}" if asked.side else ""
    more = "for more say what: `imutrack task start --exercise NAME`, else `imutrack session stop`"
    return f"all of today's plan{side} is done ({counted(total, 'set')} in the plan); {more}"


def _of_plan(due: Due, typed: Side | None, patient: str, worn: Mapping[str, WornAt]) -> Wanted:
    item = due.item
    side = typed if typed and due.side is Side.BOTH else due.side
    task = labelled_task(exercise=item.exercise, trial=item.trial, patient=patient, source=LabelSource.PLAN)
    task = replace(task, side=side, mode=item.mode, load_kg=item.load_kg)
    choice = choose_straps(worn, _ways(item), side, spoken(task.name, side), patient)
    return Wanted(_placed(task, choice), choice.straps, item)


def _placed(task: Task, choice: Choice) -> Task:
    return replace(task, placement=choice.placement)


def _ways(item: PlanItem) -> list[tuple[str, ...]]:
    """How the sensors may be worn: as the plan says, else as the catalogue does."""
    if item.placement:
        return [tuple(item.placement.split("+"))]
    return [way.placements for way in item.entry.worn]


def _sides(worn: Mapping[str, WornAt], ways: Iterable[Sequence[str]]) -> set[Side]:
    """On which sides the first way that is worn at all is worn."""
    for way in ways:
        there = [where for where in worn.values() if where.placement in way]
        if there:
            return {where.side for where in there if where.side is not None}
    return set()


def _side_of(entry: Exercise | None, worn: Mapping[str, WornAt], ways: Collection[Sequence[str]]) -> Side | None:
    """The side of a task whose side nobody typed: of its straps where they are on one; both where both work."""
    if entry is None or not entry.has_sides or entry.trials:
        return None
    if entry.sides == "together":
        return Side.BOTH
    sides = _sides(worn, ways)
    return next(iter(sides)) if len(sides) == 1 else None


def _entry(name: str) -> Exercise | None:
    known = all_exercises()
    trials = (entry for entry in known.values() if name in {form.id for form in entry.trials})
    return known.get(name) or next(trials, None)


def _elsewhere(left: Sequence[Due], patient: str) -> str:
    due = left[0]
    place = next(iter(_ways(due.item)))[0]
    what = spoken(due.item.task_name, due.side)
    return (
        f"what is left of today's plan, {what}, cannot be measured with what is worn: "
        f"`imutrack session wear {patient} --wear STRAP={WornAt(place, due.side).typed}`"
    )
