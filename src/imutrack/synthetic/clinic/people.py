"""Who the patients are: how they keep to a plan, and what is the matter with some of them at the end of the period.

Stories are dealt like cards from one deck after another: so every reason for which somebody needs a look occurs among
sixty patients, and each patient is the same however large the clinic is.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from imutrack.synthetic.clinic.conditions import CONDITIONS

__all__ = ["HABITS", "Habit", "Person", "Story", "person"]


class Story(StrEnum):
    """What is the matter at the end of the period."""

    ORDINARY = "ordinary"
    STOP = "stop"  # stopped because something felt wrong
    LIMIT = "limit"  # went beyond the approved limit
    RED_PAIN = "red pain"
    AMBER_PAIN = "amber pain"
    SILENT = "silent"
    LESS_RANGE = "less range"
    MORE_SWAY = "more sway"
    OVERDOSE = "overdose"
    TOO_QUICK = "too quick"
    UNTRUSTED = "untrusted sets"
    UNNAMED = "unnamed sets"
    REVIEW_OVERDUE = "review overdue"
    NO_PLAN = "no plan"
    TREATMENT_ONLY = "treatment only"
    PAUSED = "paused"
    DISCHARGED = "discharged"
    NEW = "new"  # registered, and nothing else


_DEALT: Final[dict[Story, int]] = {
    **dict.fromkeys(Story, 1),
    **dict.fromkeys((Story.AMBER_PAIN, Story.LESS_RANGE, Story.REVIEW_OVERDUE, Story.PAUSED), 2),
    Story.DISCHARGED: 8,
    Story.ORDINARY: 32,
}
_DECK: Final = tuple(story for story, count in _DEALT.items() for _ in range(count))
_AT_WORK: Final = ("diligent", "average")  # whoever has a story to tell must be there to tell it
_HABITS_OF: Final[dict[Story, tuple[str, ...]]] = {
    Story.OVERDOSE: ("over-doer",),
    Story.TOO_QUICK: ("quick and sloppy",),
    Story.LESS_RANGE: ("diligent",),
    Story.MORE_SWAY: ("diligent",),
    **dict.fromkeys((Story.STOP, Story.LIMIT, Story.RED_PAIN, Story.AMBER_PAIN, Story.SILENT), _AT_WORK),
    **dict.fromkeys((Story.UNTRUSTED, Story.UNNAMED, Story.REVIEW_OVERDUE, Story.NO_PLAN, Story.PAUSED), _AT_WORK),
}
_CONDITIONS_OF: Final[dict[Story, tuple[str, ...]]] = {
    Story.LIMIT: ("knee", "shoulder"),
    Story.LESS_RANGE: ("knee", "shoulder"),
    Story.MORE_SWAY: ("balance",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How somebody keeps to a plan.

    Attributes:
        share: of all patients.
        does: share of the days due on which something is done.
        finishes: share of the sets due that are done on such a day.
        extra_days: share of the days that are not due on which something is done all the same.
        extra_sets: sets done for each that is due.
        reps: repetitions done for each that is due.
        pace: time taken for each second of the tempo.
        reach: range shown for each degree that could be.
        answers: share of the sessions after which something is reported.
    """

    share: float
    does: float
    finishes: float
    extra_days: float = 0.03
    extra_sets: float = 1.0
    reps: float = 0.98
    pace: float = 0.95
    reach: float = 1.0
    answers: float = 0.7


# Shares are our own, set so that half of what is due gets done, as studies of home exercise find (Argent 2018, Swanson
# 2021); at home it is done faster than shown (Komaris 2022), which `pace` follows.
HABITS: Final[dict[str, Habit]] = {
    "diligent": Habit(share=0.3, does=0.92, finishes=0.95, pace=1.0, answers=0.9),
    "average": Habit(share=0.42, does=0.74, finishes=0.85, reps=0.95, pace=0.9),
    "sporadic": Habit(share=0.14, does=0.28, finishes=0.75, reps=0.88, pace=0.85, answers=0.4),
    "stopped coming": Habit(share=0.04, does=0.5, finishes=0.8, reps=0.9, pace=0.85, answers=0.4),
    "over-doer": Habit(share=0.03, does=0.99, finishes=1.0, extra_days=0.5, extra_sets=1.5, reps=1.1),
    "quick and sloppy": Habit(share=0.07, does=0.85, finishes=0.9, pace=0.5, reach=0.86, answers=0.5),
}
"""Habit by its name."""


@dataclass(frozen=True, slots=True)
class Person:
    """What was drawn for one patient: keys of `CONDITIONS` and `HABITS`, and the story."""

    condition: str
    habit: str
    story: Story


def person(number: int, seed: int, rng: np.random.Generator) -> Person:
    """Draw who a patient is.

    Args:
        number: of the patient.
        seed: of the clinic; deals the stories.
        rng: the patient's own.
    """
    deal = np.random.default_rng([seed, number // len(_DECK), 1])
    story = _DECK[int(deal.permutation(len(_DECK))[number % len(_DECK)])]
    conditions = {name: found.share for name, found in CONDITIONS.items() if name in _CONDITIONS_OF.get(story, (name,))}
    habits = {name: found.share for name, found in HABITS.items() if name in _HABITS_OF.get(story, (name,))}
    return Person(_draw(conditions, rng), _draw(habits, rng), story)


def _draw(shares: dict[str, float], rng: np.random.Generator) -> str:
    weights = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=weights / weights.sum()))
