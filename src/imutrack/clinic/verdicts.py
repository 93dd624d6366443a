"""What has really changed for one patient: like values gathered by occasion, and the verdict on each group of them.

Only what was measured in the same way is compared: the same exercise, side, mode, angle kind, placement and algorithm;
for balance the same trial, leg, placement and algorithm. What lies before the episode the plan belongs to is another
state of the body: occasions before the operation, or more than four weeks before the plan starts, are left out.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from imutrack.clinic.change import MEASURES, Change, Measure, Occasion, changes, sentence
from imutrack.clinic.days.row import Verdict
from imutrack.clinic.history import History, SetDone, TrialDone
from imutrack.clinic.plans.versions import in_force
from imutrack.exercises import spoken
from imutrack.task import UNSPECIFIED

__all__ = ["Course", "courses", "verdicts"]

_BEFORE_PLAN: Final = timedelta(days=28)  # a first assessment may lie well before the first day of the plan
_ACTIVE: Final = "active"
_THIRTY_SECONDS: Final = "thirty_seconds"  # the one chair test that counts instead of timing
_FIVE_TIMES: Final = "five_times"  # the one that times a number of rises; others last as long as there are rises


@dataclass(frozen=True, slots=True)
class Course:
    """One measure of a patient over time.

    Attributes:
        measure: what is compared.
        exercise: exercise or trial.
        side: as entered.
        mode: active, assisted or passive; of a range only.
        way: (angle kind, placement, algorithm); the angle kind of a range only.
        occasions: in order of time.
        changes: what would have been said on each.
    """

    measure: Measure
    exercise: str
    side: str | None
    mode: str | None
    way: tuple[str | None, str | None, str]
    occasions: tuple[Occasion, ...]
    changes: tuple[Change, ...]

    @property
    def label(self) -> str:
        """What it is of, in words."""
        label = spoken(self.exercise, self.side)
        return label if self.mode in {None, _ACTIVE} else f"{label}, {self.mode}"


_Key = tuple[str, str, str | None, str | None, tuple[str | None, str | None, str]]


def courses(history: History, day: date) -> tuple[Course, ...]:
    """Return every measure that was taken of a patient, with its verdicts; in order of measure, exercise and side.

    Args:
        history: complete.
        day: local date; what is dated later is left out, and the plan in force on it says where the episode begins.
    """
    since = _since(history, day)
    occasions: dict[_Key, tuple[Occasion, ...]] = {
        **_ranges(found for found in history.sets if since <= found.day <= day),
        **_trials(found for found in history.trials if since <= found.day <= day),
    }
    return tuple(
        Course(MEASURES[key[0]], *key[1:], occasions[key], changes(occasions[key], MEASURES[key[0]]))
        for key in sorted(occasions, key=repr)
    )


def verdicts(found: Iterable[Course], goal: str) -> list[Verdict]:
    """Return the verdicts of courses as the days need them, in order of day.

    Args:
        found: of `courses`.
        goal: of the plan: ``improve`` or ``maintain``.
    """
    said = [
        Verdict(
            change.day,
            course.measure.id,
            course.label,
            change.verdict.replace("_", " "),
            goal == "maintain",
            sentence(change, course.measure, goal),
            confirmed=before is not None and before.verdict is change.verdict,
        )
        for course in found
        for before, change in zip((None, *course.changes), course.changes, strict=False)
    ]
    return sorted(said, key=lambda verdict: (verdict.day, verdict.measure, verdict.label))


def _since(history: History, day: date) -> date:
    """Return the first day of the episode."""
    version = in_force(history.plans, day)
    if version is None:
        return date.min
    plan = version.plan
    begin = plan.start_date - _BEFORE_PLAN
    if plan.operation_date is None or plan.operation_date > day:  # a plan may begin before the operation
        return begin
    return max(begin, plan.operation_date)


def _ranges(sets: Iterable[SetDone]) -> dict[_Key, tuple[Occasion, ...]]:
    """Gather the range of each session: that of its largest set."""
    largest: dict[_Key, dict[str, SetDone]] = defaultdict(dict)
    for found in sets:
        if found.rom_best3_deg is None or found.exercise == UNSPECIFIED:
            continue
        key = ("rom", found.exercise, found.side, found.mode or _ACTIVE, found.way)
        before = largest[key].get(found.session)
        if before is None or found.rom_best3_deg > (before.rom_best3_deg or 0.0):
            largest[key][found.session] = found
    return {
        key: tuple(
            Occasion(found.day, found.rom_best3_deg or 0.0, found.rom_error_deg)
            for found in sorted(sessions.values(), key=lambda found: (found.day, found.start))
        )
        for key, sessions in largest.items()
    }


def _trials(trials: Iterable[TrialDone]) -> dict[_Key, tuple[Occasion, ...]]:
    """Gather the trials of each day: their mean, for balance the geometric one."""
    values: dict[_Key, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for found in trials:
        for measure, value in _measured(found):
            key = (measure, found.trial, found.side, None, (None, *found.way))
            values[key][found.day].append(value)
    return {
        key: tuple(
            Occasion(day, _mean(of_day, log=key[0] == "sway"), None, len(of_day))
            for day, of_day in sorted(days.items())
        )
        for key, days in values.items()
    }


def _measured(found: TrialDone) -> Iterable[tuple[str, float]]:
    if found.sway is not None and found.sway > 0.0:
        yield "sway", found.sway
    elif found.trial == _THIRTY_SECONDS:
        if found.rises is not None:
            yield "rises_30s", float(found.rises)
    elif found.total_s:  # a time of 0 s is none
        if found.measurement == "timed_up_and_go":
            yield "up_and_go", found.total_s
        elif found.trial == _FIVE_TIMES:
            yield "five_rises", found.total_s


def _mean(values: Sequence[float], *, log: bool) -> float:
    if log:
        return math.exp(math.fsum(map(math.log, values)) / len(values))
    return math.fsum(values) / len(values)
