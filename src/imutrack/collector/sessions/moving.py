"""What the movement of its straps says of a set: that it has begun, that it ceased, or that nothing moves.

A strap that loses its link says nothing while it is away, so the rest that ends a set is one that was seen without a
gap. Who flaps would never rest so: over the longer time after which a set ends in which nothing moves, a strap may be
away for a moment now and again, as long as it rests whenever it is there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from imutrack.collector.sessions.courses import Course, TaskParams
from imutrack.collector.sessions.movement import Motion

__all__ = ["Ceased", "Moving"]

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Ceased:
    """Movement, or the lack of it, ends a set: at which host time, and why, in words."""

    at_ns: int
    why: str


@dataclass(frozen=True, slots=True)
class _Rest:
    """How a strap rests: since when without a gap, since when where it may have been away, and up to when."""

    since_ns: int
    still_ns: int
    rested_ns: int


class Moving:
    """Follows the straps of a set that is being done.

    Args:
        straps: of the set.
        course: how it runs.
        params: of all tasks.
        start_ns: host time of its start.
        go_ns: when it was said to begin; what is kept of the time before has a start of its own.
        away: straps that do not send.
        moved: it began with a movement.
    """

    def __init__(
        self,
        straps: Collection[str],
        course: Course,
        params: TaskParams,
        start_ns: int,
        go_ns: int,
        *,
        away: Collection[str] = (),
        moved: bool = False,
    ) -> None:
        self._straps, self._course, self._params = frozenset(straps), course, params
        self._start_ns, self._go_ns, self._moved = start_ns, go_ns, moved
        self._away = set(away)
        self._rests: dict[str, _Rest] = {}

    def lost(self, strap: str) -> None:
        """Take that a strap is away, until its next motion."""
        self._away.add(strap)

    def take(self, strap: str, motion: Motion) -> bool:
        """Follow a strap; return whether this is the beginning of the movement that the set is of."""
        self._away.discard(strap)
        if motion.rest_since_ns is None or motion.rested_ns is None:
            self._rests.pop(strap, None)
        else:
            self._rest(strap, motion.rest_since_ns, motion.rested_ns)
        if self._moved or not self._begins(motion):
            return False
        self._moved = True
        return True

    def ceased(self) -> Ceased | None:
        """Return the end of the set, where movement ends it by now."""
        course = self._course
        if not self._moved and course.unmoved_s is not None:
            still_ns = self._still_since_ns(self._go_ns, course.unmoved_s)
            return None if still_ns is None else Ceased(still_ns + round(course.unmoved_s * _NS), self._unmoved_text())
        if self._moved and course.rest_s is not None:
            rest_ns, kept_ns = self._rest_since_ns(course.rest_s), round(self._params.kept_s * _NS)
            if rest_ns is None and course.unmoved_s is not None:
                rest_ns = self._still_since_ns(self._start_ns, course.unmoved_s)
            return None if rest_ns is None else Ceased(rest_ns + kept_ns, "the movement ceased")
        return None

    def _rest(self, strap: str, since_ns: int, rested_ns: int) -> None:
        before = self._rests.get(strap)
        if before is None or since_ns - before.rested_ns > self._params.lost_s * _NS:
            self._rests[strap] = _Rest(since_ns, since_ns, rested_ns)
        elif rested_ns > since_ns:  # else it is not certain yet that it rests, now that it is back
            self._rests[strap] = _Rest(since_ns, min(before.still_ns, since_ns), rested_ns)

    def _begins(self, motion: Motion) -> bool:
        """Whether this is the movement that the set is of.

        Who shifts on the chair while it is counted down does not start the clock; nor does who has not come to rest
        since then: for those it runs from the go on.
        """
        if not motion.moving:
            return False
        if self._course.from_movement:
            return (motion.began_ns or motion.at_ns) >= self._go_ns
        return motion.at_ns > self._start_ns

    def _rest_since_ns(self, rest_s: float) -> int | None:
        """Since when every strap that sends rests; None where one does not, or not for so long, or nobody knows."""
        return _since_ns([(rest.since_ns, rest.rested_ns) for rest in self._sending()], self._start_ns, rest_s)

    def _still_since_ns(self, start_ns: int, rest_s: float) -> int | None:
        """The same of rests in which a strap may have been away for a moment."""
        return _since_ns([(rest.still_ns, rest.rested_ns) for rest in self._sending()], start_ns, rest_s)

    def _sending(self) -> list[_Rest]:
        """Return how the straps rest that send; none where one of them does not."""
        rests = [self._rests.get(strap) for strap in self._straps - self._away]
        known = [rest for rest in rests if rest is not None]
        return known if len(known) == len(rests) else []

    def _unmoved_text(self) -> str:
        """Say that no strap has moved for long: it may be another one that is worn."""
        straps = " and ".join(sorted(self._straps))
        question = f"is strap {straps} the right one?" if len(self._straps) == 1 else f"are {straps} the right straps?"
        return f"nothing moved for {self._course.unmoved_s:.0f} s: {question}"


def _since_ns(rests: list[tuple[int, int]], start_ns: int, rest_s: float) -> int | None:
    """Return the latest beginning of rests, each since when and up to when; None where one is too short, or none is."""
    begun = [max(since_ns, start_ns) for since_ns, _ in rests]
    long = all(rested_ns - begin_ns >= rest_s * _NS for begin_ns, (_, rested_ns) in zip(begun, rests, strict=True))
    return max(begun) if begun and long else None
