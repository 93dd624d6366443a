"""Every word of the review: why a person is needed, what was measured, and the options that name an exercise."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from imutrack.exercises import all_exercises
from imutrack.stores.rows import Row
from imutrack.stores.targets import PlannedItem
from imutrack.words import counted, reps_text

__all__ = ["DONE", "HEADINGS", "Need", "measured", "names", "options", "reps"]

DONE: Final = '--by INITIALS --why "..."'
"""How every correction ends."""

_MOST_NAMES: Final = 6  # a plan with more exercises is better looked at itself


class Need(StrEnum):
    """Why a person is needed, the first to look at first."""

    NOT_STORED = "not_stored"
    NOBODYS = "nobodys"
    UNREADABLE = "unreadable"
    UNNAMED = "unnamed"
    PLAN_ORDER = "plan_order"
    OTHER_SIDE = "other_side"
    NOT_PLANNED = "not_planned"
    OTHER_PLACE = "other_place"
    UNSURE = "unsure"
    LIVE_COUNT = "live_count"
    WITHHELD = "withheld"
    FUTURE = "future"
    LOST_CORRECTION = "lost_correction"
    LIMIT_OFF = "limit_off"


HEADINGS: Final[dict[Need, str]] = {
    Need.NOT_STORED: "captured, but in no result: could not be analysed or stored",
    Need.NOBODYS: "captured, and nobody said whose it is",
    Need.UNREADABLE: "captures that cannot be read, or only in part",
    Need.UNNAMED: "nobody said which exercise it was; it is in no trend",
    Need.PLAN_ORDER: "to be named by the plan's order, but the number of sets does not fit",
    Need.OTHER_SIDE: "the plan has this exercise for another side",
    Need.NOT_PLANNED: "not in the plan of that day",
    Need.OTHER_PLACE: "the sensor was not worn where the plan says: its angle is held against no target and no limit",
    Need.UNSURE: "the count is not sure",
    Need.LIVE_COUNT: "the count shown during the set was another than the final one",
    Need.WITHHELD: "could not be measured, nothing of it is shown",
    Need.FUTURE: "dated in the future: the clock of the sensor or phone was wrong",
    Need.LOST_CORRECTION: "corrections of sets that are no longer there",
    Need.LIMIT_OFF: "limits that nobody approved: no line and no warning",
}
"""What was found, in words."""


def reps(row: Row) -> str:
    """Return the count of a set."""
    found = row.count("reps")
    if found is not None:
        return counted(found, "repetition")
    return f"repetitions {reps_text(None, row.count('reps_low') or 0, row.count('reps_high') or 0)}"


def measured(row: Row) -> str:
    """Return range and length of a set, by which somebody may remember it; each after a comma."""
    best, length_s = row.number("rom_best3_deg"), row.number("duration_s")
    return ("" if best is None else f", {best:.0f}°") + ("" if length_s is None else f", {length_s:.0f} s")


def options(item: PlannedItem) -> str:
    """Return what is typed for an exercise of a plan."""
    return f"--exercise {item.exercise}" + (f" --side {item.side}" if item.side else "")


def names(items: Iterable[PlannedItem]) -> str:
    """Return what may be typed for the exercises of a plan, or where the names are found."""
    found = list(dict.fromkeys(options(item) for item in items if not _is_trial(item)))
    if not found:
        return "the names: imutrack exercises"
    more = f" and {len(found) - _MOST_NAMES} more" if len(found) > _MOST_NAMES else ""
    return f"in the plan: {'; '.join(found[:_MOST_NAMES])}{more}"


def _is_trial(item: PlannedItem) -> bool:
    entry = all_exercises().get(item.exercise)
    return entry is None or bool(entry.trials)
