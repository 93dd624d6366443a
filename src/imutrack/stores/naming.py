"""Sets that nobody named are named by the order of the plan, where nobody can be mistaken about it."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from imutrack.corrections import corrected, relabelled
from imutrack.stores.planned import Day, Plans
from imutrack.stores.stored import Key, Stored, correct_sets, load, sets_of
from imutrack.stores.targets import PlannedItem, in_order
from imutrack.task import LabelSource, Side

__all__ = ["name_by_plan"]

_CLOCKS_DIFFER_S: Final = 2.0  # the end of one file and the start of the next, as two clocks or whole seconds put them


def name_by_plan(
    connection: sqlite3.Connection, day: Day, asked: Iterable[Stored], moving: Mapping[Key, object], plans: Plans
) -> dict[Key, Stored]:
    """Name the sets of a day by the plan's order: only where there are as many as the plan asks for.

    With one set more or less, every name after the gap would be wrong, and so it would where two sets overlap in time,
    as files without a clock of their own do: nobody knows which came first. Such sets stay without a name until
    somebody gives them one.

    Args:
        connection: of the store.
        day: the patient and the local date.
        asked: the sets of that day that are at hand.
        moving: those that are at hand, of any day: where the store has them is of no account.
        plans: of patients.
    """
    known = load(connection, "patient = ? AND local_date = ? AND by_plan", *day)
    others = [each for key, each in known.items() if key not in moving]
    correct_sets(others)
    here = [each for each in (*asked, *others) if not each.now.void]
    sets = sorted((sorted(views, key=_when) for views in sets_of(here)), key=lambda views: _when(views[0]))
    order = in_order(plans.on(day))
    fits = len(order) == len(sets) and not any(_overlap(one[0], next_one[0]) for one, next_one in pairwise(sets))
    names: Sequence[PlannedItem | None] = order if fits else [None] * len(sets)
    for views, item in zip(sets, names, strict=True):
        if item is None:
            continue
        for each in views:
            side = None if item.side is None else Side(item.side)
            label = relabelled(each.result, LabelSource.PLAN, name=item.exercise, side=side)
            each.now = corrected(label, each.corrections)
    return {(each.recording, each.set_id): each for each in here}


def _when(each: Stored) -> tuple[float, str]:
    return each.result.start or 0.0, each.set_id


def _overlap(one: Stored, next_one: Stored) -> bool:
    """Whether a result begins before the one before it is over; results of one recording share its clock."""
    begin, next_begin = one.result.start or 0.0, next_one.result.start or 0.0
    if one.recording == next_one.recording:
        return begin == next_begin
    return next_begin < begin + one.result.duration_s - _CLOCKS_DIFFER_S
