"""What needs a person: results that nobody can use as they are, and what to type about each.

Pure: from the results of one patient as they count now, the plan and the corrections to a list of findings, the same
for the same input in any order. A set that could not be measured is said to be just that: no name would help it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Final

from imutrack.clinic.plans.versions import PlanVersion
from imutrack.clinic.review_words import DONE, HEADINGS, Need, measured, names, options, reps
from imutrack.corrections import Correction
from imutrack.exercises import spoken
from imutrack.placements import placement_text, worn_alike
from imutrack.stores.rows import Row
from imutrack.stores.targets import PlannedItem, exercises_of, in_force, of_side
from imutrack.task import UNSPECIFIED, Purpose
from imutrack.words import counted

__all__ = ["HEADINGS", "Finding", "Material", "Need", "findings"]

_LIVE_OFF: Final = 1  # repetitions: the last one may end with the set


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that needs a person.

    Attributes:
        patient: pseudonym; None where it is nobody's.
        need: why.
        day: local date; None where it has none.
        set_id: the result, or the first of several; None where it is none's.
        text: what was found, one line.
        todo: what to type or do, one line.
        hint: what helps with it, one line; may be empty.
    """

    patient: str | None
    need: Need
    day: date | None
    set_id: str | None
    text: str
    todo: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is looked at of one patient.

    Attributes:
        patient: pseudonym.
        today: local date.
        zone: the clinic's time zone.
        sets: rows of exercise sets in the period and later, as they count now.
        trials: rows of balance trials and timed tests, likewise.
        by_order: ids of the sets that were to be named by the plan's order.
        items: exercises of every version of the plan.
        version: of the plan, in force today.
        lost: what was said in the period of results that are no longer there, in order.
    """

    patient: str
    today: date
    zone: tzinfo
    sets: Sequence[Row] = ()
    trials: Sequence[Row] = ()
    by_order: Collection[str] = ()
    items: Sequence[PlannedItem] = ()
    version: PlanVersion | None = None
    lost: Sequence[Correction] = ()

    def planned(self, day: date) -> tuple[PlannedItem, ...]:
        """Return what the plan asks for on a day, in its order."""
        return in_force(self.items, day)

    def likely(self, day: date) -> tuple[PlannedItem, ...]:
        """Return what was likely done on a day: what the plan asks for, before its first day what that asks for."""
        begins = min((item.from_date for item in self.items), default=day)
        return self.planned(max(day, begins))


def findings(found: Material) -> list[Finding]:
    """Return what needs a person, by need and time."""
    usable = [row for row in found.sets if row.text("quality") != "withheld"]
    made = [
        *_unnamed(found, [row for row in usable if _is_unnamed(row) and _id(row) not in found.by_order]),
        *_by_order(found),
        *_unplanned(found, [row for row in usable if not _is_unnamed(row) and row.day <= found.today]),
        *_unsure(found, usable),
        *_withheld(found),
        *_future(found),
        *_lost(found),
        *_limits(found),
    ]
    places = {need: place for place, need in enumerate(Need)}
    begun = {_id(row): row.start for row in (*found.sets, *found.trials)}
    return sorted(
        made,
        key=lambda each: (places[each.need], each.day or date.min, begun.get(each.set_id or "", 0.0), each.text),
    )


def _unnamed(found: Material, rows: Iterable[Row]) -> Iterable[Finding]:
    for row in rows:
        todo = f"imutrack correct {_id(row)} --exercise EXERCISE --side SIDE {DONE}"
        items = found.likely(row.day)
        if len(items) == 1:
            todo = f"imutrack correct {_id(row)} {options(items[0])} {DONE}"
        yield _of_row(found, row, Need.UNNAMED, f"{reps(row)}{measured(row)}", todo, names(items))


def _by_order(found: Material) -> Iterable[Finding]:
    rows = [row for row in found.sets if _id(row) in found.by_order]
    for day, group in groupby(sorted(rows, key=_when), key=lambda row: row.day):
        there = list(group)
        without = [row for row in there if _is_unnamed(row)]
        if not without:
            continue
        items = found.planned(day)
        asked = sum(item.sets for item in exercises_of(items))
        plan = f"the plan asks for {asked}" if items else "no plan was in force"
        plan += ", in an order that is not known" if asked == len(there) else ""
        yield Finding(
            patient=found.patient,
            need=Need.PLAN_ORDER,
            day=day,
            set_id=_id(without[0]),
            text=f"{day}  {counted(len(there), 'set')} found, {plan}: {', '.join(map(_id, without))}",
            todo=f"imutrack correct {_id(without[0])} --exercise EXERCISE --side SIDE {DONE}, and so on for each",
            hint=names(items or found.likely(day)),
        )


def _unplanned(found: Material, rows: Iterable[Row]) -> Iterable[Finding]:
    for row in rows:
        items, name, side = found.planned(row.day), row.text("exercise") or "", row.text("side")
        same = [item for item in items if item.exercise == name]
        if not items or row.text("purpose") == Purpose.ASSESSMENT:
            continue
        if (item := of_side(same, side)) is not None:
            yield from _elsewhere(found, row, item)
            continue
        what = f"{spoken(name, side)}, {reps(row)}"
        if same:
            todo = f"imutrack correct {_id(row)} --side {same[0].side} {DONE}"
            sides = " and ".join(dict.fromkeys(item.side or "no side" for item in same))
            yield _of_row(found, row, Need.OTHER_SIDE, f"{what}; the plan says {sides}", todo)
        else:
            todo = f"imutrack correct {_id(row)} --exercise EXERCISE {DONE}; or change the plan"
            yield _of_row(found, row, Need.NOT_PLANNED, what, todo, names(items))


def _elsewhere(found: Material, row: Row, item: PlannedItem) -> Iterable[Finding]:
    """Say where the plan's degrees are not compared, because they are those of another angle."""
    worn, asked = row.text("placement") or "", item.placement or ""
    if (item.rom_target_deg or item.rom_limit_deg) and not worn_alike(asked, worn):
        name = spoken(item.exercise, row.text("side"))
        text = f"{name}: worn at {placement_text(worn)}, the plan says {placement_text(asked)}"
        todo = f"wear it as the plan says, or change the placement there: imutrack plan show {found.patient}"
        yield _of_row(found, row, Need.OTHER_PLACE, text, todo)


def _unsure(found: Material, rows: Iterable[Row]) -> Iterable[Finding]:
    for row in rows:
        name = spoken(row.text("exercise") or "", row.text("side"))
        todo = f"imutrack correct {_id(row)} --reps NUMBER {DONE}"
        final, live = row.count("reps"), row.count("reps_live")
        if final is None:
            yield _of_row(found, row, Need.UNSURE, f"{name}: {reps(row)}", todo)
        elif live is not None and abs(final - live) > _LIVE_OFF and row.text("corrected_by") is None:
            yield _of_row(found, row, Need.LIVE_COUNT, f"{name}: counted {live} live, {final} finally", todo)


def _withheld(found: Material) -> Iterable[Finding]:
    for row in (*found.sets, *found.trials):
        if row.text("quality") == "withheld":
            name = spoken(row.text("exercise" if row.measurement == "exercise_set" else "trial") or "", None)
            todo = f"look at how the sensor was worn; imutrack correct {_id(row)} --void {DONE} takes it off this list"
            yield _of_row(found, row, Need.WITHHELD, f"{name}: {row.text('flags') or 'no reason given'}", todo)


def _future(found: Material) -> Iterable[Finding]:
    for row in (*found.sets, *found.trials):
        if row.day > found.today:
            name = spoken(row.text("exercise" if row.measurement == "exercise_set" else "trial") or "", None)
            todo = "replay its file again with --start TIME, the time when it was really recorded"
            yield _of_row(found, row, Need.FUTURE, name, todo)


def _lost(found: Material) -> Iterable[Finding]:
    last = {each.set_id: each for each in found.lost}
    for each in last.values():
        if each.undo:
            continue
        day = datetime.fromtimestamp(each.at_ns / 1e9, found.zone).date()
        yield Finding(
            patient=found.patient,
            need=Need.LOST_CORRECTION,
            day=day,
            set_id=each.set_id,
            text=f"{each.set_id}  said on {day} by {each.by}: {each.why}",
            todo="it counts again once the file is replayed as it was; else correct the set that took its place",
        )


def _limits(found: Material) -> Iterable[Finding]:
    version = found.version
    for item in version.plan.exercise if version else ():
        if item.limit and not item.limit.armed:
            yield Finding(
                patient=found.patient,
                need=Need.LIMIT_OFF,
                day=None,
                set_id=None,
                text=f"{item.words}: {item.limit.rom_deg:g}°",
                todo=f"whoever approves it enters approved_by and date in the plan file, then: "
                f"imutrack plan activate {found.patient} --by INITIALS",
            )


def _of_row(found: Material, row: Row, need: Need, text: str, todo: str, hint: str = "") -> Finding:
    when = f"{datetime.fromtimestamp(row.start, found.zone):%Y-%m-%d %H:%M}"
    return Finding(
        patient=found.patient,
        need=need,
        day=row.day,
        set_id=_id(row),
        text=f"{_id(row)}  {when}  {text}",
        todo=todo,
        hint=hint,
    )


def _is_unnamed(row: Row) -> bool:
    return row.text("exercise") == UNSPECIFIED


def _id(row: Row) -> str:
    return row.text("set_id") or ""


def _when(row: Row) -> tuple[date, float, str]:
    """Order as the plan's order goes."""
    return row.day, row.start, _id(row)
