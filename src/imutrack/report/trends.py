"""Trends of the range of motion over the sessions, ready to be drawn: at most two, of the exercises done most.

A line joins neighbouring sessions only: it ends where the way of measuring changes and where a session has no angle,
so that a bad or a withheld day stays visible.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from imutrack.clinic.plans import PlanItem, corridors_on, in_force, operation_week
from imutrack.placements import worn_alike
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.findings import SetFound, Way
from imutrack.report.history import History, SessionAngle, histories

__all__ = ["Band", "PlanMark", "Point", "Trend", "trend", "trends"]


class Band(NamedTuple):
    """What is no real change from the first sessions, in degrees; for one way of measuring."""

    way: int
    low_deg: float
    high_deg: float


class PlanMark(NamedTuple):
    """A version of the plan that came into force: days from the first of the trend, and its number."""

    x_days: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One session.

    Attributes:
        x_days: from the first day of the trend; several sessions of one day stand side by side.
        day: local date.
        range_deg: mean of the best three; None where the angle was withheld.
        error_deg: its measurement error; None where it is not known.
        low_deg, high_deg: smallest and largest repetition.
        way: 0 for the first way of measuring, 1 for the next, and so on.
    """

    x_days: float
    day: date
    range_deg: float | None
    error_deg: float | None = None
    low_deg: float | None = None
    high_deg: float | None = None
    way: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A trend of one exercise and side.

    Attributes:
        title: exercise and side.
        measured: what the angle is of, in words.
        points: in order of time.
        band: of the last way of measuring; None while it is too early.
        target_deg: of the plan in force.
        limit_deg: the same, where a clinician approved it.
        plan_marks: where the plan changed.
        expected: what a source expects in this week after the operation, in words.
    """

    title: str
    measured: str
    points: tuple[Point, ...]
    band: Band | None = None
    target_deg: float | None = None
    limit_deg: float | None = None
    plan_marks: tuple[PlanMark, ...] = ()
    expected: str = ""

    @property
    def runs(self) -> list[list[Point]]:
        """Neighbouring points that may be joined."""
        found: list[list[Point]] = []
        previous: Point | None = None
        for point in self.points:
            if point.range_deg is not None:
                joins = previous is not None and previous.range_deg is not None and previous.way == point.way
                if joins:
                    found[-1].append(point)
                else:
                    found.append([point])
            previous = point
        return found

    @property
    def ways(self) -> int:
        """In how many ways it was measured."""
        return len({point.way for point in self.points if point.range_deg is not None})


def trends(sets: tuple[SetFound, ...], most: int = 2, case: Case | None = None) -> list[Trend]:
    """Return the trends of the exercises with most sets, among those with at least two sessions and an angle.

    Exercises of the plan in force come first.
    """
    case = case or Case()
    groups = sorted(histories(sets), key=lambda history: case.item(history.exercise, history.side) is None)
    drawn = (trend(history, case) for history in groups)
    return [found for found in drawn if found is not None][:most]


def trend(history: History, case: Case | None = None) -> Trend | None:
    """Return the trend of one exercise and side, None where there is nothing to follow."""
    case = case or Case()
    angles = history.angles()
    known = [angle for angle in angles if angle.best is not None]
    if not known or len(angles) < 2:
        return None
    ways: dict[Way, int] = {}
    on_day = Counter(angle.day for angle in angles)
    before: Counter[date] = Counter()
    points = []
    for angle in angles:
        x_days = (angle.day - angles[0].day).days + before[angle.day] / on_day[angle.day]
        before[angle.day] += 1
        points.append(_point(angle, x_days, ways))
    asked = case.item(history.exercise, history.side)
    # degrees of a sensor that was worn elsewhere are not those of the plan
    item = asked if asked and all(worn_alike(asked.placement, placement) for _, placement, *_ in ways) else None
    return Trend(
        title=wording.of_side(wording.exercise_name(history.exercise), history.side),
        measured=_measured(history.exercise, known),
        points=tuple(points),
        band=_band(case, history, known[-1].best, ways),
        target_deg=item.rom_target_deg if item else None,
        limit_deg=item.armed_limit_deg if item else None,
        plan_marks=_plan_marks(case, angles[0].day, angles[-1].day),
        expected=_expected(case, item),
    )


def _band(case: Case, history: History, last: SetFound | None, ways: dict[Way, int]) -> Band | None:
    if last is None:
        return None
    change = case.change(case.course("rom", history.exercise, history.side, last.measured_as))
    if change is None or change.baseline is None or change.needed is None:
        return None
    return Band(ways[last.measured_as], max(0.0, change.baseline - change.needed), change.baseline + change.needed)


def _plan_marks(case: Case, first: date, last: date) -> tuple[PlanMark, ...]:
    """Return the versions that took over from another one within the days of a trend."""
    begun = [each for each in case.versions if in_force(case.versions, each.from_date) == each]  # others never held
    earliest = min((each.from_date for each in begun), default=date.max)
    return tuple(
        PlanMark((version.from_date - first).days, version.number)
        for version in begun
        if max(first, earliest) < version.from_date <= min(last, case.day)
    )


def _expected(case: Case, item: PlanItem | None) -> str:
    """Return what a source expects of these weeks, once a clinician approved it."""
    plan = case.plan
    if item is None or plan is None:
        return ""
    week = operation_week(plan, case.day)
    for corridor in (each for each in corridors_on(plan, item, case.day) if each.armed):
        ends = [f"{end:g}°" for end in (corridor.low_deg, corridor.high_deg) if end is not None]
        said = " to ".join(ends) if len(ends) == 2 else ("from " if corridor.low_deg else "up to ") + "".join(ends)
        return f"Week {week}: {said} expected ({corridor.source})."
    return ""


def _point(angle: SessionAngle, x_days: float, ways: dict[Way, int]) -> Point:
    best = angle.best
    if best is None:
        return Point(x_days=x_days, day=angle.day, range_deg=None)
    return Point(
        x_days=x_days,
        day=angle.day,
        range_deg=best.rom_best3_deg,
        error_deg=best.rom_error_deg,
        low_deg=angle.low_deg,
        high_deg=angle.high_deg,
        way=ways.setdefault(best.measured_as, len(ways)),
    )


def _measured(exercise: str, known: list[SessionAngle]) -> str:
    """Say what the angle is of; every way that occurs, in order."""
    said = dict.fromkeys(wording.movement(exercise, angle.best.placement) for angle in known if angle.best is not None)
    return ", then ".join(said)
