"""Hands-on treatments, each with what was measured before and after it; the cause of a difference is left open."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from imutrack import words
from imutrack.clinic.treatment_effects import Effect
from imutrack.clinic.treatments import HANDS_ON, Treatment
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.sayings import treatment_text

__all__ = ["TreatmentLine", "hands_on", "others_line", "treatment_lines"]

_NOTHING_AROUND: Final = "nothing measured both before and after"


class TreatmentLine(NamedTuple):
    """A treatment, and what was measured around it; nothing is said of what is not done to the body."""

    about: str
    text: str


def hands_on(case: Case) -> list[Treatment]:
    """Return the treatments done to the body, the newest first."""
    return sorted((each for each in case.treatments if each.kind in HANDS_ON), key=lambda each: each.at, reverse=True)


def treatment_lines(case: Case, treatments: Sequence[Treatment], effects: int | None = None) -> list[TreatmentLine]:
    """Return one line per treatment.

    Args:
        case: with the effects.
        treatments: to tell, in this order.
        effects: how many of each to tell; None means all.
    """
    return [
        TreatmentLine(
            about=f"{wording.day_short(each.day)}, {treatment_text(each)}",
            text=_around([effect for effect in case.effects if effect.treatment == each], effects)
            if each.kind in HANDS_ON
            else "",
        )
        for each in treatments
    ]


def others_line(case: Case) -> str:
    """Return the other entries of the period in one line; empty where there are none."""
    others = [each for each in case.treatments if each.kind not in HANDS_ON]
    if not others:
        return ""
    minutes = sum(each.minutes for each in others)
    entries = words.counted(len(others), "entry", "entries")
    return f"Calls, supervised exercise, advice and review: {entries}, {minutes} min."


def _around(found: Sequence[Effect], most: int | None) -> str:
    if not found:
        return _NOTHING_AROUND
    shown = found[:most]
    more = len(found) - len(shown)
    text = "; ".join(effect.text().replace(" deg", "°") for effect in shown)
    return f"{text} (and {words.counted(more, 'more comparison')})" if more else text
