"""When what happens to a patient, in days of the clinic's period: day 0 is its first, ``days - 1`` its last.

Whoever has a story comes back on one of the last two days, so that the story is fresh; whoever was there for a short
time only is as new as that.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from imutrack.synthetic.clinic.model import ClinicParams
from imutrack.synthetic.clinic.people import Person, Story

__all__ = ["Timeline", "timeline"]

_THERE_AT_FIRST: Final = 0.6  # share of the patients who came in the first tenth of the period
_STAYS_AT_LEAST: Final = 42  # days until somebody is discharged or stops coming
_RECENT: Final = (Story.STOP, Story.LIMIT, Story.RED_PAIN, Story.AMBER_PAIN, Story.UNTRUSTED, Story.UNNAMED)
_NEEDS_MONTHS: Final = (Story.LESS_RANGE, Story.MORE_SWAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One patient's days.

    Attributes:
        dates: of the whole period.
        joined: day on which the patient was registered.
        last: last day on which something may be recorded.
        left: day from which the patient is paused or discharged; None for the others.
        break_days: first day and end of a pause that is over; None for most.
        forced: a late day on which the patient exercises whatever the plan says; None where the story needs none.
        goal: of the plan.
        story: see `Story`.
    """

    dates: tuple[date, ...]
    joined: int
    last: int
    left: int | None = None
    break_days: tuple[int, int] | None = None
    forced: int | None = None
    goal: Literal["improve", "maintain"] = "improve"
    story: Story = Story.ORDINARY

    @property
    def days(self) -> int:
        """Length of the period."""
        return len(self.dates)

    def away(self, day: int) -> bool:
        """Whether the patient has a pause on a day."""
        return self.break_days is not None and self.break_days[0] <= day < self.break_days[1]


def timeline(who: Person, params: ClinicParams, rng: np.random.Generator) -> Timeline:
    """Draw when what happens to a patient."""
    end, story = params.days - 1, who.story
    joined = _joined(end, story, rng)
    last, left = end, None
    if story is Story.SILENT:
        last = end - int(rng.integers(8, 16))
    elif story is Story.PAUSED:
        left = max(end - int(rng.integers(2, 31)), joined)
    elif story is Story.DISCHARGED:
        left = int(rng.integers(min(joined + _STAYS_AT_LEAST, end), end + 1))
    elif who.habit == "stopped coming":
        last = int(rng.integers(min(joined + _STAYS_AT_LEAST, end), end + 1)) - 6
    last = max(last if left is None else left - 1, joined)
    away = None
    if story is Story.ORDINARY and last - joined > 60 and rng.random() < 0.08:
        begins = int(rng.integers(joined + 20, last - 25))
        away = (begins, begins + int(rng.integers(7, 15)))
    maintains = who.condition in {"balance", "back"} and story not in _NEEDS_MONTHS and rng.random() < 0.4
    return Timeline(
        dates=params.dates,
        joined=joined,
        last=last,
        left=left,
        break_days=away,
        forced=end - int(rng.integers(0, 2)) if story in _RECENT and end > joined else None,
        goal="maintain" if maintains else "improve",
        story=story,
    )


def _joined(end: int, story: Story, rng: np.random.Generator) -> int:
    early, late, first = rng.integers(0, end // 10 + 1), rng.uniform(0.1, 0.85) * end, rng.random()
    if story is Story.NEW:
        return max(end - int(early > 0), 0)
    if story in _NEEDS_MONTHS or first < _THERE_AT_FIRST:
        return int(early)
    return int(late)
