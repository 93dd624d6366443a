"""Running sums over the last days: each day is added once and taken out once, none is counted anew."""

from collections import deque
from typing import NamedTuple

from imutrack.clinic.days.params import MONTH_DAYS, WEEK_DAYS, DayParams
from imutrack.clinic.days.records import DayRecord, Done
from imutrack.clinic.days.shares import NOTHING, Part, Share
from imutrack.clinic.history import SetDone

__all__ = ["Behind", "Tempo", "Windows"]


class Behind(NamedTuple):
    """Sets of the last days of exercise: done until now, due on them, and those that nobody named yet."""

    done: int
    due: int
    unnamed: int


class Tempo(NamedTuple):
    """A session: its day, and the time of its repetitions beside the time the plan gives them, ms."""

    day: int
    tension_ms: int
    planned_ms: int


class Windows:
    """The 7 days, 30 days and month up to a day.

    Attributes:
        parts: sums of 7 days, by exercise of the plan.
        week: sums of 7 days of what a `Share` counts.
        data_days: of 30 days.
        duration_ms, contact_minutes: of the calendar month so far.
        tempos: the last sessions whose tempo is known and planned.
        stops: days with a stop.
        beyond: sets with repetitions beyond an approved limit.
    """

    def __init__(self, params: DayParams) -> None:
        self._params = params
        self._shares: deque[Share] = deque([NOTHING] * (MONTH_DAYS + 1), maxlen=MONTH_DAYS + 1)
        self._pains: deque[int | None] = deque(maxlen=WEEK_DAYS)
        self.parts: dict[Done, Part] = {}
        self.sessions = self.sessions_due = self.untrusted = self.unlabelled = 0
        self.ranged_reps = self.reps_in_range = self.tension_ms = self.planned_ms = 0
        self.data_days = self.duration_ms = self.contact_minutes = 0
        self.tempos: deque[Tempo] = deque(maxlen=params.tempo_sessions)
        self.stops: deque[int] = deque()
        self.beyond: deque[SetDone] = deque()

    def add(self, day: int, share: Share, record: DayRecord | None, *, new_month: bool) -> None:
        """Go on by a day."""
        self._shares.append(share)
        if new_month:
            self.duration_ms = self.contact_minutes = 0
        self.duration_ms += share.duration_ms
        self.contact_minutes += share.contact_minutes
        self.data_days += share.has_data - self._shares[0].has_data
        self._sum(share, 1)
        self._sum(self._shares[-1 - WEEK_DAYS], -1)
        self._pains.append(record.worst_pain if record else None)
        self._notice(day, share, record)

    @property
    def today(self) -> Share:
        """The last day that was added."""
        return self._shares[-1]

    @property
    def worst_pain(self) -> int | None:
        """Worst pain of 7 days; None where none was entered."""
        return max((pain for pain in self._pains if pain is not None), default=None)

    def behind(self, days: int, due_days: int) -> Behind | None:
        """Return how the last days of exercise went, today's still left out of what is due.

        What was done on any day since the first of them counts, so that a patient may choose other days; more of one
        exercise does not make up for another.

        Args:
            days: how far back it may begin.
            due_days: how many days of exercise.

        Returns:
            None where there were not so many of them.
        """
        parts: dict[Done, Part] = {}
        unnamed = 0
        for back, share in enumerate(reversed(self._shares)):
            if back > days:
                return None
            for done, part in share.parts.items():
                found = parts.setdefault(done, Part())
                found.sets += part.sets
                found.sets_due += part.sets_due if back else 0
            unnamed += share.unlabelled
            due_days -= back > 0 and share.session_due
            if due_days == 0:
                done_of = sum(min(part.sets, part.sets_due) for part in parts.values())
                return Behind(done_of, sum(part.sets_due for part in parts.values()), unnamed)
        return None

    def _sum(self, share: Share, sign: int) -> None:
        if share is NOTHING:
            return
        self.sessions += sign * share.session
        self.sessions_due += sign * share.session_due
        self.untrusted += sign * share.untrusted
        self.unlabelled += sign * share.unlabelled
        self.ranged_reps += sign * share.ranged_reps
        self.reps_in_range += sign * share.reps_in_range
        self.tension_ms += sign * share.tension_ms
        self.planned_ms += sign * share.planned_ms
        for done, part in share.parts.items():
            self.parts.setdefault(done, Part()).add(part, sign)

    def _notice(self, day: int, share: Share, record: DayRecord | None) -> None:
        if share.planned_ms:
            self.tempos.append(Tempo(day, share.tension_ms, share.planned_ms))
        while self.tempos and self.tempos[0].day <= day - self._params.tempo_days:
            self.tempos.popleft()
        if record is not None:
            if record.stop:
                self.stops.append(day)
            self.beyond.extend(
                found for found in record.beyond if (found.reps_beyond_limit or 0) >= self._params.limit_reps
            )
        while self.stops and self.stops[0] <= day - self._params.stop_days:
            self.stops.popleft()
        while self.beyond and self.beyond[0].day.toordinal() <= day - self._params.limit_days:
            self.beyond.popleft()
