"""Verdicts in words, under the rules of `imutrack.words`."""

import math

from imutrack import words
from imutrack.clinic.change.measures import Measure, Scale
from imutrack.clinic.change.values import Change, Verdict

__all__ = ["sentence"]


def sentence(change: Change, measure: Measure, goal: str = "") -> str:
    """Return a verdict as people read it.

    Args:
        change: what was found.
        measure: of what.
        goal: the plan's goal; with ``maintain``, no real change is what was wanted and reads "held".

    >>> from datetime import date
    >>> from imutrack.clinic.change import MEASURES
    >>> day = date(2026, 3, 9)
    >>> more = Change(day=day, verdict=Verdict.MORE, baseline=85.2, now=96.8, difference=11.6, needed=5.6)
    >>> sentence(more, MEASURES["rom"])
    'more range: 85 to 97 deg; smaller differences than 6 deg cannot be told from none'
    >>> sentence(Change(day=day, verdict=Verdict.TOO_EARLY, wait=2), MEASURES["rom"])
    'too early: 2 more sessions'
    """
    if change.verdict is Verdict.TOO_EARLY:
        return "too early: " + words.counted(change.wait, f"more {measure.occasion}", f"more {measure.occasions}")
    if change.verdict is Verdict.NO_REAL_CHANGE:
        said = "held" if goal == "maintain" else "no real change"
    else:
        said = measure.more if change.verdict is Verdict.MORE else measure.less
    numbers = _levels(change, measure)
    return f"{said}{numbers}; smaller differences than {_needed(change, measure)} cannot be told from none"


def _levels(change: Change, measure: Measure) -> str:
    if change.baseline is None or change.now is None:
        return ""
    if measure.digits is None:
        real = change.verdict is not Verdict.NO_REAL_CHANGE
        return f" by {abs(change.difference or 0.0):.0f} %" if real else ""
    joined = "and" if change.verdict is Verdict.NO_REAL_CHANGE else "to"
    return f": {change.baseline:z.{measure.digits}f} {joined} {change.now:z.{measure.digits}f} {measure.unit}"


def _needed(change: Change, measure: Measure) -> str:
    """What a difference must reach, rounded so that it never contradicts the difference that is shown beside it."""
    ratio = measure.scale is Scale.LOG
    digits = 0 if ratio else measure.digits or 0
    step = 10.0**-digits
    needed = change.needed or 0.0
    if ratio:
        shown = abs(round(change.difference or 0.0, 0))
    else:
        shown = abs(round(change.now or 0.0, digits) - round(change.baseline or 0.0, digits))
    if change.verdict is Verdict.NO_REAL_CHANGE:
        rounded = max(math.ceil(needed / step) * step, shown + step)
    else:
        rounded = max(step, min(round(needed, digits), shown))
    return f"{rounded:.{digits}f} {'%' if ratio else measure.unit}"
