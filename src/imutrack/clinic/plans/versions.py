"""Versions of a plan: which came when, and which one holds on a day.

A version is numbered by the instant of its activation, so that the records may arrive in any order and the numbers come
out the same. It holds from its first day on, until a version with a later first day takes over, or one with the same
first day that was activated after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from imutrack.clinic.plans.model import Plan
from imutrack.clinic.plans.reading import parse

__all__ = ["PlanVersion", "Record", "flat_items", "in_force", "number_versions"]

Record = tuple[date, float, str, str]
"""First day, instant of activation (Unix epoch s), by whom, TOML text."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A plan as it was activated.

    Attributes:
        number: from 1, in the order of activation.
        from_date: first day on which it may hold.
        activated: when it was activated, Unix epoch s.
        by: who activated it.
        text: the file, word for word.
        plan: what it says.
    """

    number: int
    from_date: date
    activated: float
    by: str
    text: str
    plan: Plan


def number_versions(records: Iterable[Record]) -> tuple[PlanVersion, ...]:
    """Return the versions in the order of their activation; the same record twice is one version.

    Raises:
        SettingsError: a text is no plan.
    """
    ordered = sorted(set(records), key=lambda record: (record[1], record[3], record[0], record[2]))
    return tuple(
        PlanVersion(number, from_date, activated, by, text, parse(text, f"plan version {number}"))
        for number, (from_date, activated, by, text) in enumerate(ordered, 1)
    )


def in_force(versions: Iterable[PlanVersion], day: date) -> PlanVersion | None:
    """Return the version that holds on a day; None before the first."""
    begun = (version for version in versions if version.from_date <= day)
    return max(begun, key=lambda version: (version.from_date, version.number), default=None)


def flat_items(version: PlanVersion) -> list[dict[str, str | int | float | None]]:
    """Return one flat row per item, in order; days as ISO dates, None where the plan says nothing.

    A number of sets that the plan leaves open is one, as in `imutrack.clinic.plans.schedule.sets_due`.
    """
    plan = version.plan
    shared: dict[str, str | int | float | None] = {
        "version": version.number,
        "from_date": version.from_date.isoformat(),
        "therapist": plan.therapist,
        "goal": plan.goal.value,
        "affected_side": plan.affected_side.value,
        "operation_date": plan.operation_date.isoformat() if plan.operation_date else None,
        "review_date": plan.review_date.isoformat() if plan.review_date else None,
    }
    return [
        {
            **shared,
            "item": number,
            "exercise": item.task_name,
            "side": item.side.value if item.side else None,
            "placement": item.placement,
            "sets": item.sets or 1,
            "reps": item.reps,
            "rom_target_deg": item.rom_target_deg,
            "rom_limit_deg": item.armed_limit_deg,
            "limit_by": item.limit.approved_by.strip() if item.limit and item.limit.armed else None,
            "outward_s": item.tempo.outward_s,
            "hold_s": item.tempo.hold_s,
            "return_s": item.tempo.return_s,
            "days_a_week": item.days_a_week,
            "times_a_day": item.times_a_day,
            "rest_days": " ".join(item.rest_days) or None,
            "load_kg": item.load_kg,
            "setting": item.setting.value if item.setting else None,
            "mode": item.mode.value if item.mode else None,
        }
        for number, item in enumerate(plan.exercise, 1)
    ]
