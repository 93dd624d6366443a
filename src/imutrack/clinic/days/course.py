"""On which days a patient is active, and which plan holds then. Days are proleptic ordinals: no clock plays a part."""

from bisect import bisect_right
from datetime import date

from imutrack.clinic.days.asked import Asked
from imutrack.clinic.history import History
from imutrack.clinic.plans.versions import in_force

__all__ = ["Course"]

_ALWAYS = 0  # before every date


class Course:
    """The course of one patient's treatment."""

    def __init__(self, history: History) -> None:
        self._registered = history.registered.toordinal()
        self._turns, self._active_from = _turns(history)
        self._plans = history.plans
        self._begins = sorted({version.from_date.toordinal() for version in history.plans})
        self._asked: dict[int, Asked | None] = {}

    def is_active(self, day: int) -> bool:
        """Whether the patient is active: neither paused nor discharged; a new status holds from its date on."""
        return self._stretch(day) is not None

    def since(self, day: int) -> int:
        """Return the first day from which on missing work counts: registered, with a plan, and active ever since."""
        begin = self._stretch(day) or _ALWAYS
        plan = self._begins[0] if self._begins else _ALWAYS
        return max(begin, plan if plan <= day else _ALWAYS, self._registered if self._registered <= day else _ALWAYS)

    def asked(self, day: int) -> Asked | None:
        """Return what the plan in force asks for; None before the first plan."""
        at = bisect_right(self._begins, day) - 1
        if at < 0:
            return None
        if at not in self._asked:
            version = in_force(self._plans, date.fromordinal(self._begins[at]))
            self._asked[at] = None if version is None else Asked(version)
        return self._asked[at]

    def is_due(self, day: int) -> bool:
        """Whether the patient is active and the plan asks for something on the day."""
        asked = self.asked(day)
        return asked is not None and self.is_active(day) and bool(asked.week[(day - 1) % 7])

    def _stretch(self, day: int) -> int | None:
        """Return since when the patient has been active without a break; None where not active."""
        at = bisect_right(self._turns, day) - 1
        return _ALWAYS if at < 0 else self._active_from[at]


def _turns(history: History) -> tuple[list[int], list[int | None]]:
    """Return the days on which a status begins, and since when the patient is active from then on (None: is not)."""
    statuses = {status.from_date.toordinal(): status.status for status in history.statuses}  # the last of a day holds
    turns: list[int] = []
    active_from: list[int | None] = []
    since: int | None = _ALWAYS
    for day in sorted(statuses):
        if statuses[day] != "active":
            since = None
        elif since is None:
            since = day
        turns.append(day)
        active_from.append(since)
    return turns, active_from
