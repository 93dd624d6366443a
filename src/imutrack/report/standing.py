"""The top of the page: what the plan is, how the patient stands and why, and what was done in seven days.

The figures of the work stand side by side and are never blended into one. What is not known is a dash.
"""

from datetime import date
from typing import Final, NamedTuple

from imutrack import words
from imutrack.clinic.days import PatientDay
from imutrack.clinic.days.wording import JOIN
from imutrack.clinic.patients import ACTIVE, PAUSED
from imutrack.clinic.plans import AffectedSide, Plan, operation_week
from imutrack.clinic.plans.differences import GOALS
from imutrack.report import wording
from imutrack.report.case import Case

__all__ = ["Fact", "Figure", "FirstLine", "figures", "first_line", "plan_facts", "precautions"]

_TOP: Final = 3  # stop reported, or beyond an approved limit
_LEVELS: Final = {_TOP: "Stop or approved limit", 2: "Needs a look", 1: "Nothing stands out", 0: "Nothing known yet"}
_MOST_REASONS: Final = 3
_PRECAUTIONS_MOST: Final = 160  # letters on the first page: two lines


class Fact(NamedTuple):
    """One entry of the head: what it is, and what is said of it."""

    name: str
    text: str


class Figure(NamedTuple):
    """A number to be read from afar, and what it counts."""

    value: str
    name: str


class FirstLine(NamedTuple):
    """How a patient stands, in words.

    Attributes:
        text: in two or three words.
        alarm: a stop was reported, or an approved limit was passed: nothing else is ever red.
        reasons: the gravest first, as many as are read in passing.
        more: how many others there are.
    """

    text: str
    alarm: bool
    reasons: tuple[str, ...]
    more: int


def first_line(case: Case, most: int = _MOST_REASONS) -> FirstLine | None:
    """Return how a patient stands on the day; None where the clinic keeps no days of the patient."""
    if case.status != ACTIVE:
        said = "paused" if case.status == PAUSED else "discharged"
        return FirstLine(wording.first_upper(said), False, ("No days are counted.",), 0)
    if case.standing is None:
        return None
    level = case.standing.level
    found = [f"{wording.first_upper(reason)}." for reason in case.standing.why.split(JOIN) if reason]
    return FirstLine(_LEVELS.get(level, _LEVELS[0]), level == _TOP, tuple(found[:most]), len(found[most:]))


def plan_facts(case: Case) -> list[Fact]:
    """Return what the plan in force says, shortest words first to find; one entry where there is none."""
    version = case.version
    if version is None:
        coming = min((each.from_date for each in case.versions if each.from_date > case.day), default=None)
        text = "none in force" if coming is None else f"none yet, from {wording.day_short(coming)}"
        return [Fact("Plan", text)] if case.versions or case.standing or case.pain else []
    plan = version.plan
    facts = [
        Fact("Goal", GOALS[plan.goal]),
        Fact("Side", "none" if plan.affected_side is AffectedSide.NONE else _side(plan)),
        Fact("Plan", f"version {version.number}, {plan.therapist}"),
    ]
    if (operation := _operation(plan, case.day)) is not None:
        facts.insert(2, operation)
    if plan.diagnosis:
        facts.insert(0, Fact("Label", plan.diagnosis))
    return [*facts, Fact("Review", _review(plan.review_date, case.day))]


def precautions(case: Case) -> str:
    """Return the precautions of the plan in force, cut where they are long."""
    note = " ".join(case.plan.note.split()) if case.plan else ""
    if len(note) <= _PRECAUTIONS_MOST:
        return note
    return f"{note[:_PRECAUTIONS_MOST].rsplit(' ', 1)[0]} … (see the full report)"


def figures(standing: PatientDay | None) -> list[Figure]:
    """Return what was done in seven days, each figure for itself; nothing where no plan was in force."""
    if standing is None or standing.plan_version is None:
        return []
    over = standing.reps_over_pct_7d
    beyond = f", {over:.0f} % beyond" if over is not None and round(over) else ""
    return [
        Figure(_of(standing.sessions_7d, standing.sessions_due_7d), "days of exercise"),
        Figure(_of(standing.sets_7d, standing.sets_due_7d), "sets"),
        Figure(_pct(standing.reps_pct_7d), f"of repetitions{beyond}"),
        Figure(_pct(standing.in_range_pct_7d), "in range"),
        Figure(_pct(standing.tempo_pct_7d), "of planned time"),
        Figure(_days(standing.streak_days), "in a row, as planned"),
    ]


def _side(plan: Plan) -> str:
    return "both" if plan.affected_side is AffectedSide.BOTH else str(plan.affected_side)


def _operation(plan: Plan, day: date) -> Fact | None:
    if plan.operation_date is None:
        return None
    week = operation_week(plan, day)
    if week is None:
        return Fact("Operation", f"on {wording.day_short(plan.operation_date)}")
    return Fact("Week", f"{week} after the operation")


def _review(review: date | None, day: date) -> str:
    if review is None:
        return "no date given"
    left = (review - day).days
    text = wording.day_long(review)
    return f"{text}, overdue by {words.counted(-left, 'day')}" if left < 0 else text


def _of(done: int | None, due: int | None) -> str:
    return wording.ABSENT if done is None or due is None else f"{done} of {due}"


def _pct(share: float | None) -> str:
    return wording.ABSENT if share is None else f"{share:.0f} %"


def _days(days: int | None) -> str:
    return wording.ABSENT if days is None else words.counted(days, "day")
