"""`Look`: what is known of a set while it is being done; provisional, for a screen, never stored as a result.

The analysis of the set so far is the one that its end gets. It cannot know that the set goes on, so it counts a
repetition that is half done, as one that the recording cut off. Here such a one counts once the limb is on its way back
(`curve`) or, where no angle is known, once it has lasted about as long as the others. One repetition
alone is counted by the analysis only between two rests; here it counts, as "0 to 1", once the angle has gone out and
come back. And as the analysis hesitates now and then between two ways of seeing the movement, a count falls only where
several looks in a row say so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import msgspec

from imutrack.collector.sets.curve import Curve, came_back, came_back_once, curve_of
from imutrack.results import ChairTest, ExerciseSet, NotAnalysed, RepDetail, Result
from imutrack.samples import Floats

__all__ = ["Aim", "Look", "Shown", "StrapSeen", "look_of"]

_DONE_SHARE: Final = 0.9  # of the usual duration; of 0.8, 0.9 and 1.0 this came nearest to the ends on recorded sets
_OPEN_S: Final = 0.25  # a repetition that ends so near to the last reading may go on
_FALLS_AFTER: Final = 3  # looks; a hesitation lasts for one or two


class StrapSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One strap during a set: share of its readings that are missing, per cent; None where that cannot be known."""

    label: str
    missing_pct: float | None


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan asks of the set; None where it asks nothing."""

    reps: int | None = None
    target_deg: float | None = None
    limit_deg: float | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a set so far; None everywhere means that nobody can tell.

    Attributes:
        number: of the task in its capture.
        seconds: since it began.
        straps: the task's, in the order of their labels.
        reps: counted so far (rises, in a chair test); None where that is not sure: then ``reps_low`` to ``reps_high``.
        counted: the likeliest single number, for a screen that shows one; None where there is no count in such a task.
        angle_deg, smallest_deg, largest_deg: how far the segment is from the posture between repetitions, now and so
            far; until there is one, from how the set began.
        rom_deg: range of the last repetition.
        outward_s, hold_s, return_s: its tempo.
        aim: what the plan asks.
        why_not: why nothing can be said yet, in words; empty where something can.
    """

    number: int
    seconds: float
    straps: tuple[StrapSeen, ...] = ()
    reps: int | None = None
    reps_low: int | None = None
    reps_high: int | None = None
    counted: int | None = None
    angle_deg: float | None = None
    smallest_deg: float | None = None
    largest_deg: float | None = None
    rom_deg: float | None = None
    outward_s: float | None = None
    hold_s: float | None = None
    return_s: float | None = None
    aim: Aim = Aim()
    why_not: str = ""


@dataclass(slots=True)
class Shown:
    """The count that a screen shows, from look to look."""

    counted: int = 0
    falling: int = 0

    def steady(self, look: Look) -> Look:
        """Return a look whose count does not fall for a moment's hesitation."""
        if look.counted is None:
            return look
        self.falling = self.falling + 1 if look.counted < self.counted else 0
        if self.falling >= _FALLS_AFTER or look.counted >= self.counted:
            self.counted, self.falling = look.counted, 0
            return look
        reps = None if look.reps is None else self.counted
        low, high = look.reps_low or 0, max(look.reps_high or 0, self.counted)
        return msgspec.structs.replace(
            look, counted=self.counted, reps=reps, reps_low=low if reps is None else reps, reps_high=high
        )


def look_of(
    number: int,
    seconds: float,
    straps: Iterable[StrapSeen],
    found: Sequence[Result | NotAnalysed],
    *,
    over: bool = False,
) -> Look:
    """Return the look at a set from the analysis of what came so far.

    Args:
        number: of its task.
        seconds: since it began.
        straps: as seen.
        found: one entry for each of its straps; shown is the surest.
        over: it has ended: what it cut off counts as the analysis says.
    """
    look = Look(number=number, seconds=seconds, straps=tuple(straps))
    sets = [each for each in found if isinstance(each, ExerciseSet)]
    if sets:
        return _of_exercise(look, max(sets, key=lambda each: (each.reps is not None, each.reps_confidence)), over)
    tests = [each for each in found if isinstance(each, ChairTest)]
    if tests:
        rises = tests[0].rises
        return msgspec.structs.replace(look, reps=rises, reps_low=rises, reps_high=rises, counted=rises)
    return msgspec.structs.replace(
        look, why_not=next((each.reason for each in found if isinstance(each, NotAnalysed)), "")
    )


def _of_exercise(look: Look, found: ExerciseSet, over: bool) -> Look:
    curve = curve_of(found)
    counted, low, high = found.reps_best, found.reps_low, found.reps_high
    done = found.reps_detail
    if not over:
        if done and not _is_last_done(found, curve):
            counted, done = counted - 1, done[:-1]
        elif not done and high > 0 and came_back_once(curve):
            counted = 1
    sure = found.reps is not None
    last = done[-1] if done else None
    return msgspec.structs.replace(
        look,
        reps=counted if sure else None,
        reps_low=counted if sure else min(low, counted),
        reps_high=counted if sure else max(high, counted),
        counted=counted,
        **_angles(curve.away_deg),
        **({} if last is None else _tempo(last)),
    )


def _is_last_done(found: ExerciseSet, curve: Curve) -> bool:
    """Whether the last repetition is over, as the curve tells; else as far as its end and the others' duration do."""
    reps, now_s = found.reps_detail, found.start_s + found.duration_s
    back = came_back(curve, reps)
    if back is not None and len(reps) - 1 <= len(back) <= len(reps):
        return len(back) == len(reps)
    last = reps[-1]
    usual_s = median(rep.duration_s for rep in reps[:-1] or reps)
    return last.end_s < now_s - _OPEN_S or last.duration_s >= _DONE_SHARE * usual_s


def _angles(angle_deg: Floats) -> dict[str, float]:
    if not len(angle_deg):
        return {}
    return {
        "angle_deg": float(angle_deg[-1]),
        "smallest_deg": float(angle_deg.min()),
        "largest_deg": float(angle_deg.max()),
    }


def _tempo(rep: RepDetail) -> dict[str, float | None]:
    return {"rom_deg": rep.rom_deg, "outward_s": rep.outward_s, "hold_s": rep.hold_s, "return_s": rep.return_s}
