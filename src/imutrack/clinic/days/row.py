"""`PatientDay`: one row of the roll-up, and `Verdict`, which comes to it from outside."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

__all__ = ["PatientDay", "Verdict"]


class Verdict(NamedTuple):
    """What changed, in force from its day until the next of the same measure and label.

    Attributes:
        day: local date.
        measure: a key of `imutrack.clinic.change.MEASURES`.
        label: what it is of, in words such as ``heel slide, left``.
        verdict: ``more``, ``less``, ``no real change`` or ``too early``.
        is_goal_maintain: no real change is then what is wanted ("held").
        sentence: the verdict in words.
        confirmed: the occasion before said the same. Asked every day, a third of the patients in whom nothing changes
            get a verdict on some day (`docs/validation.md`), so a loss needs a look once it was seen twice running.
    """

    day: date
    measure: str
    label: str
    verdict: str
    is_goal_maintain: bool
    sentence: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDay:
    """One patient on one local day, as `imutrack.stores.clinic_fields.DAY` describes it field by field.

    What depends on a plan is None where no plan is in force; shares are None where nothing was due or known. A rule on
    a set is spelled out where it is counted: `records` for the day, `shares` for the plan, `adherence` for the week.

    Attributes:
        urgency: of the first reason; among equal levels the smaller number comes first.
    """

    patient: str
    local_date: date
    status: str
    therapist: str | None
    plan_version: int | None
    level: int
    urgency: int
    why: str
    sets: int
    sets_due: int | None
    days_since_last: int | None
    streak_days: int | None
    sessions_7d: int | None
    sessions_due_7d: int | None
    sets_7d: int | None
    sets_due_7d: int | None
    reps_pct_7d: float | None
    reps_over_pct_7d: float | None
    in_range_pct_7d: float | None
    tempo_pct_7d: float | None
    untrusted_sets_7d: int
    unlabelled_sets_7d: int
    worst_pain_7d: int | None
    pain_colour: str
    rom_worst_verdict: str | None
    sway_worst_verdict: str | None
    data_days_30d: int
    exercise_minutes_month: float
    contact_minutes_month: int
    days_to_review: int | None
