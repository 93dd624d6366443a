"""From what is seen on a day to its level and why, and the order of the triage list.

Rules about missing work look at days of exercise before the day itself: what is due today may still be done. Rules
about the body use only what can be trusted; a sensor's fault is mentioned and raises nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from imutrack.clinic.days.asked import Asked
from imutrack.clinic.days.carry import Carry
from imutrack.clinic.days.course import Course
from imutrack.clinic.days.params import MONTH_DAYS, WEEK_DAYS, DayParams
from imutrack.clinic.days.row import PatientDay
from imutrack.clinic.days.rules import FINE, LEVELS, NOTHING_KNOWN, Reason, Rule
from imutrack.clinic.days.standing import Standing
from imutrack.clinic.days.windows import Windows
from imutrack.clinic.days.wording import FACTS, ago, ahead, days_text, joined, per_cents, why
from imutrack.clinic.history import SetDone
from imutrack.clinic.pain_rules import Colour, Judgement
from imutrack.exercises import spoken
from imutrack.words import counted, day_text

__all__ = ["Assessment", "Seen", "assess", "order"]


class Assessment(NamedTuple):
    """How a day stands: level, urgency of the first reason, and all reasons in words."""

    level: int
    urgency: int
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the rules look at, on one day (`day` is its ordinal). `pain` is judged without the stops."""

    today: date
    day: int
    asked: Asked | None
    course: Course
    carry: Carry
    windows: Windows
    standing: Standing
    pain: Judgement
    params: DayParams


def assess(seen: Seen) -> Assessment:
    """Return the level of a day and why, worst first."""
    if not seen.carry.known and seen.asked is None:
        return Assessment(NOTHING_KNOWN, int(Rule.NOTHING), FACTS["nothing known"])
    reasons = [*_of_patient(seen), *_too_much(seen), *seen.standing.reasons, *_too_little(seen), *_of_desk(seen)]
    reasons.sort(key=lambda reason: reason.rule)  # stable: within a rule as they were found
    level = max((LEVELS[reason.rule] for reason in reasons), default=FINE)
    texts = [reason.text for reason in reasons]
    if level == FINE:
        texts += [*_facts(seen), *seen.standing.facts]
    urgency = int(reasons[0].rule if reasons else Rule.NOTHING)
    return Assessment(level, urgency, joined(dict.fromkeys(texts)))


def order(days: Iterable[PatientDay]) -> list[PatientDay]:
    """Return days as the triage lists them: level, urgency of the first reason, longer silence, pseudonym."""
    return sorted(days, key=lambda day: (-day.level, day.urgency, -(day.days_since_last or 0), day.patient))


def _of_patient(seen: Seen) -> Iterator[Reason]:
    """What the patient said, and what went beyond an approved limit."""
    params, stops = seen.params, seen.windows.stops
    if stops:
        on = day_text(date.fromordinal(stops[-1]), seen.today)
        yield Reason(Rule.STOP, why(Rule.STOP, on=on, shown=days_text(params.stop_days)))
    for found in _largest(seen.windows.beyond):
        yield Reason(Rule.LIMIT, _beyond(found, seen))
    rule = {Colour.RED: Rule.PAIN_RED, Colour.AMBER: Rule.PAIN_AMBER}.get(seen.pain.colour)
    if rule is not None:
        yield from (Reason(rule, why(rule, reason=reason)) for reason in seen.pain.reasons)


def _too_much(seen: Seen) -> Iterator[Reason]:
    """More than asked for, held against a whole week of the plan: its first days are no excuse for a week's work."""
    asked, windows, params = seen.asked, seen.windows, seen.params
    if asked is None:
        return
    for done in sorted(windows.parts, key=_by_name):
        part = windows.parts[done]
        due = max(part.reps_due, asked.reps_a_week.get(done, 0))
        if due and part.sure_reps * 100 > due * params.over_pct:
            reps, what = counted(part.sure_reps, "repetition"), spoken(*done)
            yield Reason(Rule.OVER_REPS, why(Rule.OVER_REPS, what=what, reps=reps, asked=due, limit=params.over_pct))
    due_days = max(windows.sessions_due, asked.days_a_week)
    if due_days and windows.sessions >= due_days * params.over_days_ratio:
        days, limit = windows.sessions, params.over_days_ratio
        yield Reason(Rule.OVER_DAYS, why(Rule.OVER_DAYS, days=days, asked=due_days, limit=limit))


def _too_little(seen: Seen) -> Iterator[Reason]:
    """Work that is missing, and work that was done too quickly."""
    carry, params, windows = seen.carry, seen.params, seen.windows
    silent = carry.silent_days(seen.day, seen.course)
    if silent > params.silent_days and carry.missed:
        days = days_text(silent)
        yield Reason(Rule.SILENT, why(Rule.SILENT, days=days, limit=params.silent_days, missed=carry.missed))
    behind = windows.behind(seen.day - seen.course.since(seen.day), params.under_due_days)
    # a set without a name may have been one of them: it is not missing, it is not known
    if behind and (behind.done + behind.unnamed) * 100 < behind.due * params.under_pct:
        due, days = counted(behind.due, "set"), days_text(params.under_due_days)
        yield Reason(Rule.UNDER, why(Rule.UNDER, done=behind.done, due=due, days=days, limit=params.under_pct))
    shares = [tempo.tension_ms * 100 // tempo.planned_ms for tempo in windows.tempos]
    if len(shares) == params.tempo_sessions and max(shares) < 100 - params.tempo_short_pct:
        tempos, sessions = per_cents(shares), counted(len(shares), "session")
        yield Reason(Rule.TEMPO, why(Rule.TEMPO, tempos=tempos, sessions=sessions, limit=params.tempo_short_pct))


def _of_desk(seen: Seen) -> Iterator[Reason]:
    """What somebody at the clinic has to do."""
    windows, review = seen.windows, seen.asked.review if seen.asked else None
    if review is not None:
        left = (review - seen.today).days
        if left < 0:
            yield Reason(Rule.REVIEW_OVERDUE, why(Rule.REVIEW_OVERDUE, days=days_text(-left)))
        elif left <= seen.params.review_days:
            limit = days_text(seen.params.review_days)
            yield Reason(Rule.REVIEW_SOON, why(Rule.REVIEW_SOON, ahead=ahead(left), limit=limit))
    last = seen.carry.last_done
    if seen.asked is None and last is not None and seen.day - last < MONTH_DAYS:
        yield Reason(Rule.NO_PLAN, why(Rule.NO_PLAN, ago=ago(seen.day - last), limit=days_text(MONTH_DAYS)))
    if windows.unlabelled:
        sets, have = counted(windows.unlabelled, "set"), "has" if windows.unlabelled == 1 else "have"
        yield Reason(Rule.UNNAMED, why(Rule.UNNAMED, sets=sets, have=have))
    if windows.untrusted:
        yield Reason(Rule.UNTRUSTED, why(Rule.UNTRUSTED, sets=counted(windows.untrusted, "set")))


def _facts(seen: Seen) -> Iterator[str]:
    due = sum(part.sets_due for part in seen.windows.parts.values())
    if due:
        done = sum(min(part.sets, part.sets_due) for part in seen.windows.parts.values())
        yield FACTS["sets due"].format(done=done, due=counted(due, "set"))
        return
    yield FACTS["no plan"] if seen.asked is None else FACTS["nothing due"]
    if seen.carry.last_done is None or seen.day - seen.carry.last_done >= WEEK_DAYS:
        yield FACTS["silent"]


def _largest(sets: Iterable[SetDone]) -> list[SetDone]:
    """Return of each exercise and side the set with the most repetitions beyond the limit, the latest of equals."""
    found: dict[tuple[str, str | None], SetDone] = {}
    for one in sorted(sets, key=lambda one: (one.reps_beyond_limit or 0, one.day, one.start, one.set_id)):
        found[one.exercise, one.side] = one
    return [found[done] for done in sorted(found, key=_by_name)]


def _beyond(found: SetDone, seen: Seen) -> str:
    return why(
        Rule.LIMIT,
        what=spoken(found.exercise, found.side),
        reps=found.reps_beyond_limit,
        of=found.reps_ranged,
        limit="" if found.rom_limit_deg is None else f" of {found.rom_limit_deg:g} deg",
        on=day_text(found.day, seen.today),
        least=seen.params.limit_reps,
        shown=days_text(seen.params.limit_days),
    )


def _by_name(done: tuple[str, str | None]) -> tuple[str, str]:
    return done[0], done[1] or ""
