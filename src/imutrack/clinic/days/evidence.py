"""What stands behind the counts of days and minutes: which sets and entries, who, and when.

Counts with their evidence, for whoever decides what they are good for; never a statement of eligibility. The days are
counted exactly as in the roll-up.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from imutrack.clinic.days.params import DEFAULTS, DayParams
from imutrack.clinic.days.records import is_valid
from imutrack.clinic.history import History, SetDone, TrialDone
from imutrack.clinic.self_reports import SelfReport
from imutrack.clinic.treatments import Treatment

__all__ = ["DataDay", "Evidence", "evidence"]


class DataDay(NamedTuple):
    """A day with data: ids of the sets and trials, and pains entered, that make it one, in order of time."""

    day: date
    set_ids: tuple[str, ...]
    pains: tuple[SelfReport, ...]


class Evidence(NamedTuple):
    """The days with data of a period and its minutes entered, which say who gave them, and when; in order of time."""

    days: tuple[DataDay, ...]
    minutes: tuple[Treatment, ...]

    @property
    def contact_minutes(self) -> int:
        """Minutes of all entries together."""
        return sum(entry.minutes for entry in self.minutes)


def evidence(history: History, first: date, last: date, params: DayParams = DEFAULTS) -> Evidence:
    """Return what stands behind the counts of a period.

    Args:
        history: of the patient, complete over the period.
        first, last: local dates, both included: 30 days for `data_days_30d`, a month so far for the minutes.
        params: what makes a day one with data.
    """
    sets: defaultdict[date, list[tuple[float, str]]] = defaultdict(list)
    pains: defaultdict[date, list[SelfReport]] = defaultdict(list)
    results: list[SetDone | TrialDone] = []
    if "set" in params.data_day:
        results += history.sets
    if "trial" in params.data_day:
        results += history.trials
    for found in results:
        if first <= found.day <= last and is_valid(found):
            sets[found.day].append((found.start, found.set_id))
    for report in history.reports if "pain" in params.data_day else ():
        if first <= report.day <= last and report.pain is not None:
            pains[report.day].append(report)
    days = tuple(
        DataDay(day, tuple(set_id for _, set_id in sorted(sets.get(day, ()))), _in_order(pains.get(day, ())))
        for day in sorted({*sets, *pains})
    )
    entries = (entry for entry in history.treatments if first <= entry.day <= last)
    return Evidence(days, tuple(sorted(entries, key=lambda entry: (entry.at, entry.kind, entry.by, entry.minutes))))


def _in_order(reports: Iterable[SelfReport]) -> tuple[SelfReport, ...]:
    return tuple(sorted(reports, key=lambda report: (report.at, report.when or "", report.pain or 0)))
