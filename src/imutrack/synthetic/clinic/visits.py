"""What a patient does day by day: which exercises and tests, how often, how well; not yet how it is measured."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from imutrack.synthetic.clinic.case import Case
from imutrack.synthetic.clinic.conditions import Move
from imutrack.synthetic.clinic.levels import DEVICE_SD_DEG, OTHER_SIDE, measure_of
from imutrack.synthetic.clinic.model import Floats, Measure
from imutrack.synthetic.clinic.people import Story
from imutrack.synthetic.clinic.plans import Item, Version
from imutrack.synthetic.clinic.timeline import Timeline

__all__ = ["Fate", "SetDone", "TrialDone", "Visit", "visits"]

_BAD_DAYS: Final = 0.03  # share of days on which everything is harder; about once a month
_BAD_REACH: Final = 0.84
_SET_SD_DEG: Final = 0.6  # between the sets of one session
_RECENT_DAYS: Final = 7
_TESTED_EVERY: Final = {True: 7, False: 14}  # days; with and without balance to test
_TESTED: Final = 0.85  # share of the tests that take place
_TRIALS: Final = 3  # of each stance: the mean of three is what can be compared
_RESTLESS: Final = 0.02  # share of the balance trials that are no quiet stance
_LATER_H: Final = 9.0  # from the first to the second time of a day
_LATEST_H: Final = 21.5
_BEYOND_DEG: Final = 9.0  # how far somebody goes beyond a limit, so that no measurement error explains it


class Fate(StrEnum):
    """What happened to the measurement of a set."""

    CLEAN = "clean"
    UNSURE = "unsure"  # repetitions could not be counted surely
    NO_RANGE = "no range"  # too fast for the sensor
    UNNAMED = "unnamed"  # nobody said what it was
    GAPS = "gaps"
    MOVED = "moved"  # the strap slipped


_FATES: Final = tuple(Fate)
_USUAL: Final = (0.9, 0.93, 0.947, 0.95, 0.98, 1.0)  # cumulative, in the order above
_OF_STORY: Final = {
    Story.UNTRUSTED: (0.2, 0.6, 1.0, 1.0, 1.0, 1.0),
    Story.UNNAMED: (0.3, 0.3, 0.3, 1.0, 1.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class SetDone:
    """One set: what is measured, the mean of its best three repetitions, its number of repetitions, and its tempo."""

    measure: Measure
    best3_deg: float
    reps: int
    tempo_s: tuple[float, float, float]
    pace: float
    load_kg: float | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class TrialDone:
    """One test or balance trial: what is measured and its value in the unit of the measure."""

    measure: Measure
    value: float
    kept_still: bool = True


@dataclass(slots=True)
class Visit:
    """One session, at home or in the clinic.

    Attributes:
        day, hour: when.
        in_clinic: tests take place there.
        bad: one of the bad days.
        sets, trials: in order.
    """

    day: int
    hour: float
    in_clinic: bool
    bad: bool
    sets: list[SetDone] = field(default_factory=list)
    trials: list[TrialDone] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """What is drawn for every day of a patient."""

    bad: list[bool]
    goes: list[float]
    hour: list[float]
    off: dict[Measure, Floats]


def visits(plan: tuple[Version, ...], case: Case, rng: np.random.Generator) -> Iterator[Visit]:
    """Yield the sessions of a patient, day by day.

    Args:
        plan: versions that the patient follows, be they written down or not.
        case: the patient.
        rng: the patient's own.
    """
    line, days = case.line, _days(case, rng)
    every = _TESTED_EVERY[case.condition.balance]
    for day in range(line.joined, line.last + 1):
        version = next((found for found in reversed(plan) if found.from_day <= day), None)
        if version is None or line.away(day):
            continue
        weekday = line.dates[day].weekday()
        due = [item for item in version.items if weekday in item.week.weekdays]
        if day == line.forced or days.goes[day] < (case.habit.does if due else case.habit.extra_days):
            yield from _at_home(day, due or list(version.items), case, days, rng)
        if (day - line.joined) % every == 1 and rng.random() < _TESTED:
            yield _tests(day, case, days, rng)


def _days(case: Case, rng: np.random.Generator) -> _Days:
    count = case.line.days
    off = {}
    for measure, sd in case.truth.day_sd.items():
        own = np.sqrt(max(sd**2 - DEVICE_SD_DEG**2, 0.0)) if measure.kind == "rom" else 0.0
        off[measure] = rng.normal(0.0, 1.0, count) * own
    hours = np.clip(rng.uniform(7.0, 10.5) + rng.normal(0.0, 0.5, count), 6.2, 11.5)
    bad = rng.random(count) < _BAD_DAYS
    if case.line.forced is not None:
        bad[case.line.forced] = False
    return _Days(bad.tolist(), rng.random(count).tolist(), hours.tolist(), off)


def _at_home(day: int, due: list[Item], case: Case, days: _Days, rng: np.random.Generator) -> Iterator[Visit]:
    for time in range(due[0].week.times_a_day):
        hour = days.hour[day] + (0.0 if time == 0 else _LATER_H + 1.5 * (time - 1))
        visit = Visit(day, min(hour, _LATEST_H), in_clinic=False, bad=days.bad[day])
        device_deg = float(rng.normal(0.0, DEVICE_SD_DEG))
        for item in due:
            wanted = max(round(item.week.sets * case.habit.extra_sets), 1)
            for _ in range(1 + int((rng.random(wanted - 1) < case.habit.finishes).sum())):
                if item.move is None:
                    visit.trials.append(_trial(item.measure, day, case, rng))
                else:
                    visit.sets.append(_set(item, item.move, visit, device_deg, case, days, rng))
        yield visit


def _set(
    item: Item, move: Move, visit: Visit, device_deg: float, case: Case, days: _Days, rng: np.random.Generator
) -> SetDone:
    measure, day, habit, line = item.measure, visit.day, case.habit, case.line
    jitter, more_or_less = rng.normal(size=2).tolist()
    true_deg = float(case.truth.level[measure][day]) * (_BAD_REACH if visit.bad else 1.0)
    reached_deg = true_deg + float(days.off[measure][day]) + device_deg + _SET_SD_DEG * jitter
    if line.story is Story.LIMIT and day == line.forced and item.limit_deg is not None:
        reached_deg = item.limit_deg + _BEYOND_DEG
    reps = round(move.reps * habit.reps * (0.6 if visit.bad else 1.0) + 0.6 * more_or_less)
    return SetDone(
        measure,
        max(reached_deg, 3.0),
        max(reps, 1),
        move.tempo_s,
        habit.pace * (1.3 if visit.bad else 1.0),
        item.load_kg,
        _fate(rng.random(), day, line),
    )


def _fate(lot: float, day: int, line: Timeline) -> Fate:
    recent = day > line.days - 1 - _RECENT_DAYS
    shares = _OF_STORY.get(line.story, _USUAL) if recent else _USUAL
    return _FATES[min(bisect_right(shares, lot), len(_FATES) - 1)]


def _tests(day: int, case: Case, days: _Days, rng: np.random.Generator) -> Visit:
    visit = Visit(day, float(rng.uniform(13.0, 14.5)), in_clinic=True, bad=days.bad[day])
    level = case.truth.level
    other = case.moves[0].one_sided and measure_of(case.moves[0], OTHER_SIDE[case.side])
    if other:
        reached_deg = float(level[other][day] + days.off[other][day] + rng.normal(0.0, DEVICE_SD_DEG))
        visit.sets.append(SetDone(other, reached_deg, 5, case.moves[0].tempo_s, 1.0, None, Fate.CLEAN))
    for measure in level:
        if measure.kind != "rom":
            visit.trials += [_trial(measure, day, case, rng) for _ in range(_TRIALS if measure.kind == "sway" else 1)]
    return visit


def _trial(measure: Measure, day: int, case: Case, rng: np.random.Generator) -> TrialDone:
    value = float(case.truth.level[measure][day]) * math.exp(case.truth.day_sd[measure] * rng.normal())
    return TrialDone(measure, value, measure.kind != "sway" or rng.random() > _RESTLESS)
