"""What one day adds to the figures of adherence: done and due, by exercise, under the plan in force that day."""

from collections.abc import Collection
from dataclasses import dataclass, field

from imutrack.clinic.days.asked import Asked
from imutrack.clinic.days.params import DataKind
from imutrack.clinic.days.records import DayRecord, Done

__all__ = ["NOTHING", "Part", "Share", "share_of"]


@dataclass(slots=True)
class Part:
    """One exercise of the plan; `Part` values are added up over days.

    Attributes:
        sure_reps: of `reps`, those of sets that can be trusted.
    """

    sets: int = 0
    sets_due: int = 0
    reps: int = 0
    reps_due: int = 0
    sure_reps: int = 0

    def add(self, other: "Part", sign: int = 1) -> None:
        """Add another one, or take it out again (-1)."""
        self.sets += sign * other.sets
        self.sets_due += sign * other.sets_due
        self.reps += sign * other.reps
        self.reps_due += sign * other.reps_due
        self.sure_reps += sign * other.sure_reps


@dataclass(slots=True)
class Share:
    """One day.

    Attributes:
        parts: by exercise of the plan, where something of it was done or due.
        sets: sets and trials, of the plan or not.
        tension_ms, planned_ms: time under tension of the repetitions whose time is known and planned, and the time the
            plan gives them.
    """

    parts: dict[Done, Part] = field(default_factory=dict)
    session: bool = False
    session_due: bool = False
    has_data: bool = False
    sets: int = 0
    sets_due: int = 0
    untrusted: int = 0
    unlabelled: int = 0
    ranged_reps: int = 0
    reps_in_range: int = 0
    tension_ms: int = 0
    planned_ms: int = 0
    duration_ms: int = 0
    contact_minutes: int = 0


NOTHING = Share()
"""A day on which nothing was done or due."""


def share_of(
    record: DayRecord | None, asked: Asked | None, weekday: int, *, active: bool, data_day: Collection[DataKind]
) -> Share:
    """Return the share of one day.

    Args:
        record: what was recorded; None where nothing was.
        asked: the plan in force; None where there is none.
        weekday: 0 is Monday.
        active: on other days nothing is due, while what is done still counts.
        data_day: what makes it a day with data.
    """
    due = asked.week[weekday] if asked is not None and active else ()
    if record is None and not due:
        return NOTHING
    share = Share()
    for done, sets, reps in due:
        share.parts.setdefault(done, Part()).add(Part(sets_due=sets, reps_due=reps))
        share.sets_due += sets
    share.session_due = bool(due)
    if record is not None:
        _add_record(share, record, data_day)
        if asked is not None:
            _add_done(share, record, asked)
    return share


def _add_record(share: Share, record: DayRecord, data_day: Collection[DataKind]) -> None:
    share.has_data = record.has_data(data_day)
    share.sets = record.sets
    share.untrusted, share.unlabelled = record.untrusted, record.unlabelled
    share.ranged_reps, share.reps_in_range = record.ranged_reps, record.reps_in_range
    share.duration_ms, share.contact_minutes = record.duration_ms, record.contact_minutes


def _add_done(share: Share, record: DayRecord, asked: Asked) -> None:
    for done, tally in record.done.items():
        planned = asked.match(done)
        if planned is None:
            continue
        share.session = True
        share.parts.setdefault(planned, Part()).add(Part(tally.sets, 0, tally.reps, 0, tally.sure_reps))
        tempo_ms = asked.tempo_ms.get(planned)
        if tempo_ms is not None:
            share.tension_ms += tally.tension_ms
            share.planned_ms += tally.timed_reps * tempo_ms
