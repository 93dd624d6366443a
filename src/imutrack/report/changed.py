"""Verdicts and milestones in words, for a table and for a sentence: whether something has really changed."""

from imutrack.clinic.change import MilestoneKind, sentence
from imutrack.clinic.days.wording import JOIN
from imutrack.clinic.verdicts import Course
from imutrack.report import wording
from imutrack.report.case import Case, Reached
from imutrack.report.findings import StanceFound, TestFound
from imutrack.report.history import History

__all__ = ["milestone_text", "of_history", "of_trial", "verdict", "whole_verdict"]

_MEASURES = ("sway", "five_rises", "rises_30s", "up_and_go")


def of_history(case: Case, history: History) -> Course | None:
    """Return the course of a range of motion: that of the way in which it was measured last."""
    last = history.compared().last
    if last is None or last.best is None:
        return None
    return case.course("rom", history.exercise, history.side, last.best.measured_as)


def of_trial(case: Case, found: StanceFound | TestFound) -> Course | None:
    """Return the course of a balance trial or test, measured as one that was found."""
    way = (None, found.placement, found.algorithm, None)
    courses = (case.course(measure, found.trial, found.side, way) for measure in _MEASURES)
    return next((course for course in courses if course is not None), None)


def verdict(case: Case, course: Course | None) -> str:
    """Return what can be said of a change, short enough for a table; a dash where nothing can."""
    return whole_verdict(case, course).split(JOIN)[0] or wording.ABSENT


def whole_verdict(case: Case, course: Course | None) -> str:
    """Return the same with the difference it takes; empty where nothing can be said."""
    change = case.change(course)
    if course is None or change is None:
        return ""
    return sentence(change, course.measure, case.goal).replace(" deg", "°")


def milestone_text(reached: Reached) -> str:
    """Return a milestone in one sentence."""
    course, found = reached.course, reached.milestone
    now, before = _value(course, found.value), _value(course, found.before)
    text = f"target of {before} reached" if found.kind is MilestoneKind.TARGET else f"{now}, {before} before"
    return f"{wording.first_upper(course.label)}: {text} ({wording.day_short(found.day)})"


def _value(course: Course, value: float) -> str:
    unit = "°" if course.measure.unit == "deg" else f" {course.measure.unit}"
    return f"{value:.{course.measure.digits or 0}f}{unit}"
