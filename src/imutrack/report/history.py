"""What happened from session to session with one exercise on one side, and which angles may be compared.

A session stands for itself by its largest set, and only sets measured in the same way are compared: unlike angles
(another kind, placement or algorithm) are never joined. No verdict is given here on whether a difference is real.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from imutrack.report.findings import SetFound, Way

__all__ = ["Comparison", "History", "SessionAngle", "histories"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAngle:
    """The angle of one session.

    Attributes:
        start: of its first set, Unix epoch s.
        day: local date.
        best: its set with the largest range; None where every angle of the session was withheld.
        low_deg, high_deg: smallest and largest repetition of the comparable sets.
    """

    start: float
    day: date
    best: SetFound | None
    low_deg: float | None = None
    high_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The last angle and the first that may be compared with it.

    Attributes:
        first, last: None where there is none; `first` is None where it would be `last` itself.
        others: there are earlier angles, measured in another way.
        last_withheld: the last session has no angle, `last` is of an earlier one.
    """

    first: SessionAngle | None
    last: SessionAngle | None
    others: bool
    last_withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """All sets of one exercise on one side, in order of time."""

    exercise: str
    side: str | None
    sets: tuple[SetFound, ...]

    @property
    def reps(self) -> int:
        """Repetitions of the sets whose count is sure."""
        return sum(found.reps or 0 for found in self.sets)

    @property
    def unsure(self) -> tuple[SetFound, ...]:
        """Sets whose count is not sure."""
        return tuple(found for found in self.sets if found.reps is None)

    @property
    def last_session(self) -> tuple[SetFound, ...]:
        """Sets of the last session."""
        return tuple(found for found in self.sets if found.session == self.sets[-1].session)

    def angles(self) -> list[SessionAngle]:
        """Return one entry per session and way of measuring, in order of time."""
        sessions: dict[str, list[SetFound]] = defaultdict(list)
        for found in self.sets:
            sessions[found.session].append(found)
        return [angle for sets in sessions.values() for angle in _of_session(sets)]

    def compared(self) -> Comparison:
        """Return the last angle and what it may be compared with."""
        angles = self.angles()
        known = [(angle, angle.best) for angle in angles if angle.best is not None]
        if not known:
            return Comparison(first=None, last=None, others=False, last_withheld=bool(angles))
        last, shown = known[-1]
        alike = [angle for angle, best in known if best.measured_as == shown.measured_as]
        return Comparison(
            first=alike[0] if len(alike) > 1 else None,
            last=last,
            others=len(alike) < len(known),
            last_withheld=angles[-1].best is None,
        )


def histories(sets: Iterable[SetFound]) -> list[History]:
    """Group sets by exercise and side, the one with most sets first."""
    groups: dict[tuple[str, str | None], list[SetFound]] = defaultdict(list)
    for found in sorted(sets, key=lambda found: found.start):
        groups[found.exercise, found.side].append(found)
    found_all = [History(exercise=name, side=side, sets=tuple(sets)) for (name, side), sets in groups.items()]
    return sorted(found_all, key=lambda history: -len(history.sets))


def _of_session(sets: list[SetFound]) -> list[SessionAngle]:
    ways: dict[Way, list[SetFound]] = defaultdict(list)
    for found in sets:
        if found.rom_best3_deg is not None:
            ways[found.measured_as].append(found)
    if not ways:
        return [SessionAngle(start=sets[0].start, day=sets[0].day, best=None)]
    return [
        SessionAngle(
            start=alike[0].start,
            day=alike[0].day,
            best=max(alike, key=lambda found: found.rom_best3_deg or 0.0),
            low_deg=min((found.rom_min_deg for found in alike if found.rom_min_deg is not None), default=None),
            high_deg=max((found.rom_max_deg for found in alike if found.rom_max_deg is not None), default=None),
        )
        for alike in ways.values()
    ]
