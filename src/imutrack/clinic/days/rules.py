"""The reasons for a look, the most urgent first, and how grave each is."""

from enum import IntEnum, auto
from typing import Final, NamedTuple

__all__ = ["FINE", "LEVELS", "LOOK", "NOTHING_KNOWN", "TOP", "Reason", "Rule"]

NOTHING_KNOWN: Final = 0
FINE: Final = 1
LOOK: Final = 2
TOP: Final = 3  # only for what the patient reported, and what a clinician approved


class Rule(IntEnum):
    """What was found, in the order of urgency."""

    STOP = auto()
    LIMIT = auto()
    PAIN_RED = auto()
    OVER_REPS = auto()
    OVER_DAYS = auto()
    CHANGE = auto()
    PAIN_AMBER = auto()
    SILENT = auto()
    UNDER = auto()
    REVIEW_OVERDUE = auto()
    NO_PLAN = auto()
    UNNAMED = auto()
    TEMPO = auto()
    REVIEW_SOON = auto()
    UNTRUSTED = auto()
    NOTHING = auto()  # nothing stands out


LEVELS: Final[dict[Rule, int]] = {
    Rule.STOP: TOP,
    Rule.LIMIT: TOP,
    Rule.PAIN_RED: LOOK,
    Rule.OVER_REPS: LOOK,
    Rule.OVER_DAYS: LOOK,
    Rule.CHANGE: LOOK,
    Rule.PAIN_AMBER: LOOK,
    Rule.SILENT: LOOK,
    Rule.UNDER: LOOK,
    Rule.REVIEW_OVERDUE: LOOK,
    Rule.NO_PLAN: LOOK,
    Rule.UNNAMED: LOOK,
    # The rest is said but asks for no look by itself: too many calls for attention are the top complaint about such
    # systems, and a sensor's faults are none of the patient's.
    Rule.TEMPO: FINE,
    Rule.REVIEW_SOON: FINE,
    Rule.UNTRUSTED: FINE,
    Rule.NOTHING: FINE,
}
"""The level that a reason gives a day."""


class Reason(NamedTuple):
    """One reason, in words."""

    rule: Rule
    text: str
