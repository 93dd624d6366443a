"""The answers of one patient, sorted once by kind and day, so that `pain_rules` can look up any day quickly."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import Final

from imutrack.clinic.self_reports import SelfReport, When

__all__ = ["WEEK", "Answers", "PainHistory", "latest"]

WEEK: Final = 7  # days


class Answers:
    """The answers of one kind, one per day (as ordinal): the highest of the day, or the lowest."""

    def __init__(self, pick: Callable[[int, int], int] = max) -> None:
        self.by_day: dict[int, int] = {}
        self.days: Sequence[int] = ()
        self._pick = pick

    def add(self, day: int, value: int) -> None:
        """Take in one answer."""
        self.by_day[day] = self._pick(value, self.by_day.get(day, value))

    def sort(self) -> None:
        """Make the days ready for looking up, once all are added."""
        self.days = sorted(self.by_day)

    def latest(self, day: int) -> int | None:
        """Return the last day up to ``day`` with an answer."""
        return latest(self.days, day)


class PainHistory:
    """All that was said, sorted once."""

    def __init__(self, reports: Iterable[SelfReport], exercised: Collection[date]) -> None:
        self.exercised: Sequence[int] = sorted(day.toordinal() for day in exercised)
        self.before, self.timed, self.during, self.after = Answers(min), Answers(), Answers(), Answers()
        self.morning, self.worst, self.exertion, self.stop = Answers(), Answers(), Answers(), Answers()
        about: dict[When | None, tuple[Answers, ...]] = {
            When.BEFORE: (self.before,),
            When.WORST: (self.timed, self.during, self.worst),
            None: (self.during, self.worst),
            When.AFTER: (self.after, self.worst),
            When.NEXT_MORNING: (self.morning,),
        }
        for report in reports:
            day = report.day.toordinal()
            if report.pain is not None:
                for answers in about[report.when]:
                    answers.add(day, report.pain)
            if report.exertion is not None:
                self.exertion.add(day, report.exertion)
            if report.stop:
                self.stop.add(day, 1)
        for answers in (*about[When.WORST], self.before, self.after, self.morning, self.exertion, self.stop):
            answers.sort()
        self._sums = [0, *accumulate(self.worst.by_day[day] for day in self.worst.days)]

    def week(self, last: int) -> tuple[int, int]:
        """Return the sum of the worst pains of the 7 days up to ``last``, and how many days have one."""
        begin, end = bisect_right(self.worst.days, last - WEEK), bisect_right(self.worst.days, last)
        return self._sums[end] - self._sums[begin], end - begin


def latest(days: Sequence[int], day: int) -> int | None:
    """Return the last of sorted days (ordinals) up to ``day``; None where there is none."""
    at = bisect_right(days, day)
    return days[at - 1] if at else None
