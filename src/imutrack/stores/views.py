"""Several sensors, one set: which results are views of the same set, and which of them stands for it.

A recording with several sensors gives a result for each of them. The set was done once, so one view counts and the
others are kept beside it. Both are decided here and nowhere else, and of what is known of the set alone: neither the
order in which results come nor a correction of their values makes a difference.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from imutrack.exercises import all_exercises
from imutrack.flags import Quality
from imutrack.placements import PLACEMENTS, worn_alike
from imutrack.results import ChairTest, ExerciseSet, Result, StanceTrial, UpAndGo

__all__ = ["sets_among", "surest"]

_SHARED: Final = 0.5  # where sets are cut at rests, two sensors see the rests a little apart
_ONE_CLOCK_S: Final = 1e-3  # as results are dated
_PLACES: Final = tuple(PLACEMENTS)


def sets_among(results: Sequence[Result]) -> list[list[int]]:
    """Return which results are of one set, as places in ``results``; one of a set that one sensor saw is alone.

    Views of one set are of one recording, were labelled alike before anybody corrected them, and were taken at the same
    time.

    Args:
        results: as they were analysed and labelled, in any order.
    """
    found: list[list[int]] = []
    of_label: dict[tuple[object, ...], list[list[int]]] = {}
    for at in sorted(range(len(results)), key=lambda at: (results[at].start_s, results[at].set_id)):
        alike = of_label.setdefault(_label(results[at]), [])
        views = next((views for views in alike if all(_together(results[at], results[one]) for one in views)), None)
        if views is None:
            views = []
            alike.append(views)
            found.append(views)
        views.append(at)
    return found


def surest(views: Sequence[Result], name: str, asked: str | None = None) -> int:
    """Return which view of a set stands for it, as its place in ``views``.

    One that is shown comes before one that is withheld; then one that can tell how often or how long, then one with a
    range. Of equals the sensor counts that is worn as the plan asks, since only its degrees are held against the plan,
    then the one that the catalogue prefers, so that a trend stays with one sensor from session to session. How sure the
    counts are decides only after that.

    Args:
        views: results of one set, as they were analysed, in any order.
        name: exercise or trial, as it counts now.
        asked: where the plan says that the sensors are worn.
    """
    return min(range(len(views)), key=lambda at: _rank(views[at], name, asked))


def _label(result: Result) -> tuple[object, ...]:
    task = result.task
    return result.recording, task.kind, task.name, task.side, task.patient


def _together(one: Result, other: Result) -> bool:
    """Whether two results are of one stretch.

    Of a stretch that was said to be the same, one sensor may have lost much. A result of the first version of the store
    no longer knows what was said, so it is looked at in any case whether they share their time.
    """
    if abs(_clock(one) - _clock(other)) > _ONE_CLOCK_S:
        return False
    (begin, end), (other_begin, other_end) = _span(one), _span(other)
    shared_s = min(end, other_end) - max(begin, other_begin)
    said_alike = (one.task.start_s, one.task.stop_s) == (other.task.start_s, other.task.stop_s)
    return shared_s > _SHARED * (min if said_alike else max)(end - begin, other_end - other_begin)


def _clock(result: Result) -> float:
    """Return when the recording began; 0 where nobody knows."""
    return 0.0 if result.start is None else result.start - result.start_s


def _span(result: Result) -> tuple[float, float]:
    begin, end = result.task.start_s, result.task.stop_s
    return (
        result.start_s if begin is None else begin,
        result.start_s + result.duration_s if end is None else end,
    )


def _rank(result: Result, name: str, asked: str | None) -> tuple[object, ...]:
    return (
        result.quality is Quality.WITHHELD,
        not _tells(result),
        isinstance(result, ExerciseSet) and result.rom_best3_deg is None,
        not (result.placement and worn_alike(asked, result.placement)),
        _preferred(name).index(result.placement) if result.placement in PLACEMENTS else len(_PLACES),
        -result.reps_confidence if isinstance(result, ExerciseSet) else 0.0,
        result.set_id,
    )


def _tells(result: Result) -> bool:
    """Whether a result has the number that its task is done for."""
    match result:
        case ExerciseSet():
            return result.reps is not None
        case StanceTrial():
            return bool(result.sway)
        case ChairTest():
            return result.rises is not None
        case UpAndGo():
            return result.total_s is not None
    return True


@cache
def _preferred(name: str) -> tuple[str, ...]:
    """Return all placements, in the order in which an exercise or trial is measured there rather than elsewhere."""
    entries = all_exercises().values()
    worn = [
        place
        for entry in entries
        if name == entry.id or name in {trial.id for trial in entry.trials}
        for way in entry.worn
        for place in way.placements
    ]
    return tuple(dict.fromkeys((*worn, *_PLACES)))
