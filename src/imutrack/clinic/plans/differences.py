"""What changed between two versions of a plan, in words."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from imutrack.clinic.plans.model import Goal, Limit, Plan, PlanItem, Tempo
from imutrack.placements import placement_text
from imutrack.words import counted

__all__ = ["GOALS", "changes", "tempo_text"]

_NOTHING: Final = "none"
GOALS: Final[dict[Goal, str]] = {Goal.IMPROVE: "more than now", Goal.MAINTAIN: "hold what is there"}
"""What a goal means -> words."""


def changes(old: Plan | None, new: Plan) -> tuple[str, ...]:
    """Return what changed, one line each; empty where nothing did.

    Args:
        old: the version before; None where there was none.
        new: the version that replaces it.
    """
    if old is None:
        return ("first version", *(f"{item.words}: {_asked(item)}" for item in new.exercise))
    before = {(item.task_name, item.side): item for item in old.exercise}
    after = {(item.task_name, item.side): item for item in new.exercise}
    found = list(_head(old, new))
    found += [f"{item.words} removed" for key, item in before.items() if key not in after]
    for key, item in after.items():
        if key in before:
            found += [f"{item.words}: {change}" for change in _item(before[key], item)]
        else:
            found.append(f"{item.words} added: {_asked(item)}")
    if [key for key in before if key in after] != [key for key in after if key in before]:
        found.append("order of the exercises changed")
    if old.corridor != new.corridor:
        found.append("corridors changed")
    return tuple(found)


def tempo_text(tempo: Tempo) -> str:
    """Return the tempo in words.

    >>> tempo_text(Tempo(outward_s=3, hold_s=2, return_s=3))
    '3 s out, 2 s hold, 3 s back'
    """
    phases = ((tempo.outward_s, "out"), (tempo.hold_s, "hold"), (tempo.return_s, "back"))
    return ", ".join(f"{length_s:g} s {name}" for length_s, name in phases if length_s is not None) or "free"


def _asked(item: PlanItem) -> str:
    sets = f"{item.sets or 1} × {item.reps}" if item.reps else f"{item.sets or 1} each time"
    return f"{sets}, {counted(item.days_a_week, 'day')} a week"


def _head(old: Plan, new: Plan) -> Iterable[str]:
    said = (
        ("therapist", old.therapist, new.therapist),
        ("affected side", old.affected_side, new.affected_side),
        ("start", _day(old.start_date), _day(new.start_date)),
        ("operation", _day(old.operation_date), _day(new.operation_date)),
        ("goal", GOALS[old.goal], GOALS[new.goal]),
        ("label", old.diagnosis, new.diagnosis),
        ("review", _day(old.review_date), _day(new.review_date)),
    )
    for name, before, after in said:
        if before != after:
            yield f"{name}: {before or _NOTHING} -> {after or _NOTHING}"
    if old.note != new.note:
        yield "note changed" if new.note else "note removed"


def _item(old: PlanItem, new: PlanItem) -> Iterable[str]:
    said = (
        (old.sets, new.sets, "{} sets"),
        (old.reps, new.reps, "{} repetitions"),
        (_degrees(old.rom_target_deg), _degrees(new.rom_target_deg), "target {}"),
        (tempo_text(old.tempo), tempo_text(new.tempo), "tempo {}"),
        (old.days_a_week, new.days_a_week, "{} days a week"),
        (old.times_a_day, new.times_a_day, "{} times a day"),
        (" ".join(old.rest_days), " ".join(new.rest_days), "rest days {}"),
        (_load(old.load_kg), _load(new.load_kg), "load {}"),
        (_limit(old.limit), _limit(new.limit), "limit {}"),
        (_sensors(old), _sensors(new), "sensor on {}"),
        (old.setting, new.setting, "place {}"),
        (old.mode, new.mode, "moved {}"),
    )
    for before, after, words in said:
        if before != after:
            yield _changed(before, after, words)
    if old.on_stop != new.on_stop:
        yield "what to do on a stop changed"


def _changed(before: object, after: object, words: str) -> str:
    """Say the noun once; beside the number that there is, where the other is absent."""
    if before and after:
        return words.format(f"{before} -> {after}")
    return f"{words.format(before)} -> {_NOTHING}" if before else f"{_NOTHING} -> {words.format(after)}"


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _degrees(angle_deg: float | None) -> str:
    return "" if angle_deg is None else f"{angle_deg:g}°"


def _load(load_kg: float | None) -> str:
    return "" if load_kg is None else f"{load_kg:g} kg"


def _sensors(item: PlanItem) -> str:
    return placement_text(item.placement or "")


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return ""
    approved = f"approved by {limit.approved_by.strip()}, {limit.date}" if limit.armed else "not armed"
    return f"{limit.rom_deg:g}° ({approved})"
