"""The page for the patient: half a page, plain and friendly. What was done, the furthest movement, the next step.

No codes, no verdicts, nothing that blames: what could not be measured, or was not said, is simply not there. Nor is a
movement beyond an approved limit praised, and after a stop the next step is the therapist's to write.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from imutrack import words
from imutrack.clinic.change import MilestoneKind
from imutrack.clinic.pain_rules import Colour
from imutrack.clinic.patients import ACTIVE
from imutrack.clinic.plans import PlanItem, in_force, sets_due
from imutrack.exercises import leg_of
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.findings import Findings, SetFound
from imutrack.report.history import History, histories
from imutrack.report.notes import title
from imutrack.report.pain import worst_told
from imutrack.task import Side, TaskKind

__all__ = [
    "HOW_TO_REACH",
    "NEXT_STEP",
    "TALK_FIRST",
    "best_lines",
    "done_lines",
    "done_sentence",
    "new_lines",
    "next_day",
    "next_step",
    "on_stop_lines",
    "pain_text",
    "week_line",
]

NEXT_STEP: Final = "Bring this page to your next visit. Your therapist writes the next step here:"
TALK_FIRST: Final = (
    "You told us that it hurt or that you had to stop. Talk with your therapist before you go on. Your therapist "
    "writes the next step here:"
)
HOW_TO_REACH: Final = "If something hurts or feels wrong, stop and contact your clinician."
_MOST_LINES: Final = 4  # of a list: all is half a page
_NEW_FOR: Final = timedelta(days=14)  # what is older was told on the page before
_STOP_FOR: Final = timedelta(days=7)  # as long as a stop stays on top of the triage, unless the plan was changed since
_ON_STOP_MOST: Final = 3  # lines; what is longer is in the plan, which the therapist hands out
_LOOK_AHEAD: Final = 14  # days; a plan repeats every week
_HELD: Final = "no_real_change"
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def done_sentence(findings: Findings) -> str:
    """Return what was done in one sentence.

    The days on which something was recorded are what a patient remembers; sessions are a word of the clinic.
    """
    days = len({found.day for found in findings.everything})
    if not days:
        return "This page is about you and your treatment. Thank you for taking part."
    return f"You moved on {words.counted(days, 'day')} in this time. Thank you for keeping at it."


def week_line(case: Case) -> str:
    """Return what was done of what was planned in seven days; empty where nothing was, or nothing was planned."""
    found = case.standing
    if found is None or not found.sets_7d or not found.sets_due_7d:
        return ""
    sets = "all" if found.sets_7d >= found.sets_due_7d else str(found.sets_7d)
    return (
        f"In the last 7 days you did {sets} of the {words.counted(found.sets_due_7d, 'planned set')}, "
        f"on {words.counted(found.sessions_7d or 1, 'day')}."
    )


def done_lines(findings: Findings) -> list[str]:
    """Return one line per exercise, balance trial and test."""
    lines = [_done(history) for history in histories(findings.sets)]
    names = [title(found) for found in (*findings.stances, *findings.tests)]
    lines += [f"{name}: {words.counted(number, 'time')}" for name, number in Counter(names).items()]
    if len(lines) <= _MOST_LINES + 1:  # "and 1 more" takes a line too
        return lines
    return [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more"]


def best_lines(findings: Findings, most: int = 3) -> list[str]:
    """Return the furthest movement of the exercises done most, with its error in words; none beyond a limit."""
    lines = []
    for history in histories(findings.sets):
        known = [found for found in history.sets if found.rom_best3_deg is not None]
        if not known:
            continue
        best = max(known, key=lambda found: found.rom_best3_deg or 0.0)
        if not _is_beyond(findings.case, history.exercise, history.side, best.rom_best3_deg or 0.0):
            lines.append(_best(history, best))
    return lines[:most]


def new_lines(case: Case, most: int = 3) -> list[str]:
    """Return what was reached in the last two weeks, and what was to be held and was."""
    lines = []
    for course, found in case.reached():
        beyond = _is_beyond(case, course.exercise, course.side, found.value)
        if found.day > case.day - _NEW_FOR and course.measure.id == "rom" and not beyond:
            name = wording.of_side(wording.patient_name(course.exercise), course.side)
            target = found.kind is MilestoneKind.TARGET
            reached = f"you reached your goal of {found.before:.0f} degrees" if target else _further(found.value)
            lines.append(f"New: {name}: {reached}")
    if case.goal == "maintain":
        held = [course for course in case.courses if (now := case.change(course)) and now.verdict == _HELD]
        names = dict.fromkeys(wording.patient_name(course.exercise) for course in held if course.measure.id == "rom")
        if names:
            lines.append(f"Held, as planned: {wording.at_most(list(names))}")
    return lines[:most]


def pain_text(case: Case) -> str:
    """Return the worst pain that was told in seven days; empty where nothing was."""
    worst = worst_told(case)
    if worst is None:
        return ""
    return f"Pain you told us about in the last 7 days: {f'at most {worst} of 10' if worst else 'none'}."


def next_day(case: Case) -> tuple[str, list[str]] | None:
    """Return the next day of exercise in words and what it asks; None where no plan tells, or the therapist has to.

    A day on which something was done already is over.
    """
    if case.status != ACTIVE or _talk_first(case):
        return None
    done_today = bool(case.standing and case.standing.sets)
    for ahead in range(int(done_today), _LOOK_AHEAD + int(done_today)):
        day = case.day + timedelta(days=ahead)
        version = in_force(case.versions, day)
        due = [item for item in (version.plan.exercise if version else ()) if sets_due(item, day)]
        if due:
            lines = [_asked(item) for item in due]
            more = len(lines) - _MOST_LINES
            return _weekday(day), lines if more <= 1 else [*lines[:_MOST_LINES], f"and {more} more"]
    return None


def next_step(case: Case) -> str:
    """Return what stands above the room for the therapist's hand."""
    return TALK_FIRST if _talk_first(case) else NEXT_STEP


def on_stop_lines(case: Case) -> list[str]:
    """Return what the plan says is to be done after stopping, each once."""
    items = [item for item in (case.plan.exercise if case.plan else ()) if item.on_stop]
    texts = list(dict.fromkeys(item.on_stop for item in items))
    if len(texts) == 1:
        return texts
    return [f"{wording.patient_name(item.task_name)}: {item.on_stop}" for item in items][:_ON_STOP_MOST]


def _talk_first(case: Case) -> bool:
    """Whether the patient stopped, or had much pain, and no new version of the plan has answered it yet."""
    decided = case.version.activated if case.version else 0.0
    since = [each for each in case.reports if each.at > decided and each.day > case.day - _STOP_FOR]
    hurts = case.pain is not None and case.pain.colour is Colour.RED
    return any(each.stop or hurts for each in since)


def _is_beyond(case: Case, exercise: str, side: str | None, value_deg: float) -> bool:
    """Whether an angle lies beyond the approved limit of the plan in force: nothing to strive for."""
    item = case.item(exercise, side)
    limit_deg = item.armed_limit_deg if item else None
    return limit_deg is not None and value_deg > limit_deg


def _weekday(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {wording.day_short(day)}"


def _asked(item: PlanItem) -> str:
    name = wording.of_side(wording.patient_name(item.task_name), item.side)
    if item.kind is not TaskKind.EXERCISE:
        return _trial(item)
    dose = f"{item.sets or 1} × {item.reps}" if item.reps else words.counted(item.sets or 1, "set")
    hold_s = item.tempo.hold_s
    hold = f", hold for {hold_s:g} {'second' if hold_s == 1 else 'seconds'}" if hold_s else ""
    often = "" if item.times_a_day == 1 else f", {item.times_a_day} times that day"
    return f"{name}: {dose}{hold}{often}"


def _trial(item: PlanItem) -> str:
    name, often = wording.trial_name(item.task_name, item.kind), words.counted(item.sets or 1, "time")
    leg = leg_of(item.task_name, item.side)
    return f"{name}: {often} on each leg" if leg is Side.BOTH else f"{wording.of_side(name, leg)}: {often}"


def _further(value_deg: float) -> str:
    return f"you now reach {value_deg:.0f} degrees, further than before"


def _done(history: History) -> str:
    name = wording.of_side(wording.patient_name(history.exercise), history.side)
    sets = words.counted(len(history.sets), "set")
    reps = history.reps + sum(found.reps_low for found in history.unsure)
    if not reps:
        return f"{name}: {sets}"
    about = "at least " if history.unsure else ""
    return f"{name}: {sets}, {about}{words.counted(reps, 'repetition')}"


def _best(history: History, best: SetFound) -> str:
    name = wording.of_side(wording.patient_name(history.exercise), history.side)
    text = f"{name}: {best.rom_best3_deg:.0f} degrees on {wording.day_short(best.day)}"
    if best.rom_error_deg is None:
        return text
    return f"{text}, give or take {words.counted(words.error_whole(best.rom_error_deg), 'degree')}"
