"""Which item of a patient's plan comes next: the plan in its order, less what was done today.

A plan that is done several times a day is gone through as often; an item that is done less often is left out of the
later rounds. Where an item is for both sides and each limb is trained by itself, the sides take turns and each is done
as often as the plan says; which one comes next follows from what is worn and what was done.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from imutrack.clinic.plans import PlanItem
from imutrack.task import Side, TaskKind

__all__ = ["DoneItem", "Due", "due_today", "next_due", "one_by_one"]

DoneItem = tuple[str, str | None]
"""What was done: exercise or trial, and side as entered."""


@dataclass(frozen=True, slots=True)
class Due:
    """One set, trial or test that is due today.

    Attributes:
        item: of the plan.
        side: on which it is done; of an item for both sides that are trained one by one, the one of them.
    """

    item: PlanItem
    side: Side | None


def one_by_one(item: PlanItem) -> bool:
    """Whether an item is for both sides, and each of them is trained or tried by itself."""
    entry = item.entry
    limb = entry.has_sides and entry.sides == "one_by_one" and item.kind is TaskKind.EXERCISE
    return item.side is Side.BOTH and (limb or entry.one_legged)


def due_today(items: Iterable[PlanItem], sided: Callable[[PlanItem], bool]) -> list[Due]:
    """Return everything a plan asks for on a day, in order.

    Args:
        items: of the version in force.
        sided: whether the straps that are worn tell the sides of an item apart; where they do not, its sides are done
            in one set; only of a stance on one leg is the side known without them.
    """
    items = tuple(items)
    rounds = range(max((item.times_a_day for item in items), default=0))
    return [
        Due(item, side)
        for number in rounds
        for item in items
        if number < item.times_a_day
        for _ in range(item.sets or 1)
        for side in ((Side.LEFT, Side.RIGHT) if one_by_one(item) and _told_apart(item, sided) else (item.side,))
    ]


def next_due(
    due: Sequence[Due],
    done: Iterable[DoneItem],
    sides: Callable[[PlanItem], Collection[Side]],
    side: Side | None = None,
) -> tuple[Due | None, list[Due]]:
    """Return what comes next, and all that is left.

    Args:
        due: of the day, as `due_today` returns it.
        done: what was done today.
        sides: on which sides an item can be measured with what is worn, where it is trained one by one.
        side: only what is done on this side, or on both.

    Returns:
        None with nothing left: all is done; None with something left: it cannot be measured with what is worn.
    """
    left = _left(due, list(done))
    fitting = [each for each in left if side is None or each.side in {side, None, Side.BOTH}]
    return next((each for each in fitting if _measurable(each, sides)), None), fitting


def _told_apart(item: PlanItem, sided: Callable[[PlanItem], bool]) -> bool:
    return item.entry.one_legged or sided(item)


def _measurable(due: Due, sides: Callable[[PlanItem], Collection[Side]]) -> bool:
    return not _split(due) or due.item.entry.one_legged or due.side in sides(due.item)


def _split(due: Due) -> bool:
    return due.side is not due.item.side


def _left(due: Sequence[Due], done: list[DoneItem]) -> list[Due]:
    """Take what was done off what is due: first where the side is the same, then where nobody told the sides apart."""
    left = list(due)
    for same in (_same_side, _no_side):
        remaining = []
        for each in done:
            found = next(
                (index for index, wanted in enumerate(left) if _named(wanted.item, each) and same(wanted, each)), None
            )
            if found is None:
                remaining.append(each)
            else:
                del left[found]
        done = remaining
    return left


def _named(item: PlanItem, done: DoneItem) -> bool:
    """Whether it was this item; one that leaves the form of a test open takes every form."""
    forms = () if item.trial else (form.id for form in item.entry.trials)
    return done[0] in {item.task_name, *forms}


def _same_side(due: Due, done: DoneItem) -> bool:
    return due.side == done[1]


def _no_side(due: Due, done: DoneItem) -> bool:
    return {due.side, done[1]} & {None, Side.BOTH} != set()
