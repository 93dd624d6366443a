"""Trends of the range of motion over the sessions, ready to be drawn: at most two, of the exercises done most.

A line joins neighbouring sessions only: it ends where the way of measuring changes and where a session has no angle,
so that a bad or a withheld day stays visible.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from imutrack.report import wording
from imutrack.report.findings import SetFound
from imutrack.report.history import History, SessionAngle, histories

__all__ = ["Point", "Trend", "trend", "trends"]


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
    """

    title: str
    measured: str
    points: tuple[Point, ...]

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


def trends(sets: tuple[SetFound, ...], most: int = 2) -> list[Trend]:
    """Return the trends of the exercises with most sets, among those with at least two sessions and an angle."""
    drawn = (trend(history) for history in histories(sets))
    return [found for found in drawn if found is not None][:most]


def trend(history: History) -> Trend | None:
    """Return the trend of one exercise and side, None where there is nothing to follow."""
    angles = history.angles()
    known = [angle for angle in angles if angle.best is not None]
    if not known or len(angles) < 2:
        return None
    ways: dict[tuple[str | None, str | None, str], int] = {}
    on_day = Counter(angle.day for angle in angles)
    before: Counter[date] = Counter()
    points = []
    for angle in angles:
        x_days = (angle.day - angles[0].day).days + before[angle.day] / on_day[angle.day]
        before[angle.day] += 1
        points.append(_point(angle, x_days, ways))
    return Trend(
        title=wording.of_side(wording.exercise_name(history.exercise), history.side),
        measured=_measured(history.exercise, known),
        points=tuple(points),
    )


def _point(angle: SessionAngle, x_days: float, ways: dict[tuple[str | None, str | None, str], int]) -> Point:
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
