"""One synthetic patient: six weeks after a knee injury, for demonstrations and tests. Nobody moved for it.

Three sessions a week with seated knee extensions and, in two of them, heel slides; every fortnight two balance trials,
a chair test and the other knee. The range rises with day-to-day noise. One day is a bad one, one set is fidgeting that
cannot be counted, and in one set the gyroscope was left at too small a range, so that its angles are not valid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import numpy as np

from imutrack.synthetic.chair import ChairTestParams, chair_test
from imutrack.synthetic.exercise import SETS, SetParams, exercise_set
from imutrack.synthetic.sensor import SensorParams, Synthetic
from imutrack.synthetic.stance import StanceParams, stance
from imutrack.task import Side

__all__ = ["Day", "patient"]

Item = Synthetic[Any]  # the truth differs with the task

_DAYS_OF_WEEK: Final = (0, 2, 4)  # sessions
_SESSION_UTC: Final = time(9, 30)
_EVERY_S: Final = 240.0  # from the start of one recording to the next
_BAD_DAY: Final = (3, 1)  # week and session, both from 0
_FIDGET_DAY: Final = (1, 2)
_CLIPPED_DAY: Final = (4, 0)
_LUMBAR: Final = SensorParams(mount_deg=(0.0, 6.0, 0.0))  # the lower back is never quite upright


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """One day with a session.

    Attributes:
        date: the day, UTC.
        items: the recordings in the order they were made, each with its task and its truth.
        pain: what the patient would have said, 0 to 10.
        note: what was special about the day; empty where nothing was.
    """

    date: date
    items: tuple[Item, ...]
    pain: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Course:
    """Where the patient stands on one day: range, speed and pain."""

    extension_deg: float
    slide_deg: float
    pace: float  # seconds per second of the usual tempo
    reps: int
    pain: int


def patient(seed: int, weeks: int = 6, end: date = date(2026, 6, 26)) -> tuple[Day, ...]:
    """Make the days of one patient.

    Args:
        seed: the same seed and end give the same recordings.
        weeks: how long it goes on.
        end: the last day is the last session on or before it.
    """
    rng = np.random.default_rng(seed)
    monday = end - timedelta(days=end.weekday(), weeks=weeks - 1)
    if end.weekday() < _DAYS_OF_WEEK[-1]:
        monday -= timedelta(weeks=1)
    return tuple(
        _day(monday + timedelta(weeks=week, days=day), (week, session), weeks, rng)
        for week in range(weeks)
        for session, day in enumerate(_DAYS_OF_WEEK)
    )


def _day(day: date, when: tuple[int, int], weeks: int, rng: np.random.Generator) -> Day:
    course = _course((when[0] + when[1] / 3.0) / weeks, when == _BAD_DAY, rng)
    begin = datetime.combine(day, _SESSION_UTC, UTC).timestamp() + float(rng.uniform(-1800.0, 1800.0))
    starts = (begin + _EVERY_S * number for number in range(100))
    items = [*_exercises(when, course, starts, rng)]
    if when[0] % 2 == 0 and when[1] == 0:
        items += _tests(when[0] / weeks, starts, rng)
    notes = {
        _BAD_DAY: "a bad day: shorter, slower and fewer",
        _FIDGET_DAY: "the second set was broken off: two half movements and a loss of data",
        _CLIPPED_DAY: "fast movements with the gyroscope left at a small range",
    }
    return Day(date=day, items=tuple(items), pain=course.pain, note=notes.get(when, ""))


def _course(progress: float, bad: bool, rng: np.random.Generator) -> _Course:
    """Range that rises and levels off, with the noise of the day; progress is 0 to 1."""
    gained = 1.0 - np.exp(-2.2 * progress)
    extension_deg = 52.0 + 32.0 * gained + rng.normal(0.0, 2.0)
    slide_deg = 30.0 + 24.0 * gained + rng.normal(0.0, 1.5)
    pain = round(float(np.clip(4.5 - 3.5 * progress + rng.normal(0.0, 0.6), 0.0, 10.0)))
    if bad:
        return _Course(extension_deg - 18.0, slide_deg - 10.0, 1.45, 6, min(pain + 4, 10))
    return _Course(extension_deg, slide_deg, 1.15 - 0.2 * progress, int(rng.integers(8, 11)), pain)


def _exercises(
    when: tuple[int, int], course: _Course, starts: Iterator[float], rng: np.random.Generator
) -> Iterator[Item]:
    extension = _paced(SETS["long_arc_knee_extension"], course.pace, reps=course.reps, rom_deg=course.extension_deg)
    if when == _CLIPPED_DAY:
        quick = replace(extension, outward_s=0.6, hold_s=0.2, return_s=0.6)
        yield exercise_set(quick, _seed(rng), sensor=_small_range(), side=Side.RIGHT, start=next(starts))
    else:
        yield exercise_set(extension, _seed(rng), side=Side.RIGHT, start=next(starts))
    slide = _paced(SETS["heel_slide"], course.pace, reps=course.reps, rom_deg=course.slide_deg)
    if when == _FIDGET_DAY:
        broken_off = replace(slide, reps=0, half_moves=2, tremor_deg=1.5, lead_s=9.0, trail_s=9.0)
        lossy = SensorParams(gaps=((10.2, 13.4),))
        yield exercise_set(broken_off, _seed(rng), sensor=lossy, side=Side.RIGHT, start=next(starts))
    elif when[1] != 1:
        yield exercise_set(slide, _seed(rng), side=Side.RIGHT, start=next(starts))


def _tests(progress: float, starts: Iterator[float], rng: np.random.Generator) -> Iterator[Item]:
    """The other knee, balance and the chair: once a fortnight."""
    other_knee = replace(SETS["long_arc_knee_extension"], reps=8, rom_deg=float(85.0 + rng.normal(0.0, 1.5)))
    yield exercise_set(other_knee, _seed(rng), side=Side.LEFT, start=next(starts))
    for trial, more in (("eyes_open", 1.0), ("eyes_closed", 1.3)):
        size = more * float(rng.uniform(0.9, 1.1)) * (1.2 - 0.3 * progress)
        swaying = StanceParams(trial=trial, rms_ap_mps2=0.065 * size, rms_ml_mps2=0.045 * size)
        yield stance(swaying, _seed(rng), sensor=_LUMBAR, start=next(starts))
    slower = 1.35 - 0.4 * progress
    rising = ChairTestParams(rise_s=1.4 * slower, sit_s=1.5 * slower)
    yield chair_test(rising, _seed(rng), sensor=_LUMBAR, start=next(starts))


def _paced(params: SetParams, pace: float, *, reps: int, rom_deg: float) -> SetParams:
    return replace(
        params,
        reps=reps,
        rom_deg=rom_deg,
        outward_s=params.outward_s * pace,
        hold_s=params.hold_s * pace,
        return_s=params.return_s * pace,
        rom_spread_pct=5.0,
    )


def _small_range() -> SensorParams:
    return SensorParams(gyr_range_dps=125.0, gyr_step_dps=125.0 / 2**15)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
