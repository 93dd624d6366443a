"""How a set, trial or test begins and ends: countdown, duration, and the rest after which it is over."""

from dataclasses import dataclass
from typing import Final

from imutrack.clinic.plans import PlanItem
from imutrack.exercises import all_exercises
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.sit_to_stand import ChairParams
from imutrack.metrics.sway import SwayParams
from imutrack.task import Task, TaskKind

__all__ = ["Course", "TaskParams", "auto_course", "course_of"]

_FOR_30_S: Final = "thirty_seconds"  # the chair stand test


@dataclass(frozen=True, slots=True)
class TaskParams:
    """When sets begin and end."""

    countdown_s: float = 3.0  # to take the stance; after the set-up check, to lay down the limb
    stance_s: float = 30.0  # of standing that is measured: shorter stances repeat poorly (`SwayParams.good_s`)
    margin_s: float = 1.0  # a wearable keeps its last readings back for so long before it sends them
    late_s: float = 2.0  # after a test's time: the last rise counts when it is half way up
    kept_s: float = 2.0  # of rest before and after what moved: the counter looks at as much
    rest_s: float = 8.0  # from here on the counter itself divides a set (`RepParams.split_rest_s`)
    pause_share: float = 2.0  # of the hold or pause that is asked for: who holds twice as long is still at it
    auto_rest_s: float = RepParams().max_rep_s  # nobody said how long a hold lasts; no repetition lasts longer
    unmoved_s: float = 60.0  # from the go on: who is slow to begin does so within half a minute
    lost_s: float = 10.0  # without any strap of the set: a link that comes back does so earlier
    most_s: float = 1800.0  # of free time: few walk or cycle for longer, and a strap that was left on moves for hours


@dataclass(frozen=True, slots=True)
class Course:
    """How one set runs.

    Attributes:
        countdown_s: before it begins; 0 for none.
        kept_s: of the time before it begins that belongs to it.
        lasts_s: until it stops by itself; None where its time is free.
        from_movement: that time counts from the first movement.
        rest_s: of rest after movement, until it stops by itself; None where rest does not end it.
        unmoved_s: of rest before any movement, or in which straps were away now and again, until it stops by itself;
            None where that does not end it.
        most_s: after which it is taken for over; None where its time is not free.
    """

    countdown_s: float = 0.0
    kept_s: float = 0.0
    lasts_s: float | None = None
    from_movement: bool = False
    rest_s: float | None = None
    unmoved_s: float | None = None
    most_s: float | None = None


def course_of(task: Task, item: PlanItem | None = None, params: TaskParams | None = None) -> Course:
    """Return how a task runs.

    Args:
        task: what is done.
        item: of the plan, where it has one; its tempo goes before the catalogue's.
        params: of all tasks.
    """
    params = params or TaskParams()
    if task.kind is TaskKind.STANCE:
        return Course(params.countdown_s, lasts_s=_stance_s(params))
    if task.kind is TaskKind.EXERCISE:
        rest_s = max(params.rest_s, params.pause_share * _pause_s(task, item))
        return Course(rest_s=rest_s, unmoved_s=max(params.unmoved_s, rest_s), most_s=params.most_s)
    if task.name == _FOR_30_S:
        lasts_s = ChairParams().count_s + params.late_s
        return Course(params.countdown_s, params.kept_s, lasts_s, from_movement=True)
    return Course(
        params.countdown_s, params.kept_s, rest_s=params.rest_s, unmoved_s=params.unmoved_s, most_s=params.most_s
    )


def auto_course(params: TaskParams) -> Course:
    """Return how a set of nobody runs, which movement began."""
    unmoved_s = max(params.unmoved_s, params.auto_rest_s)
    return Course(kept_s=params.kept_s, rest_s=params.auto_rest_s, unmoved_s=unmoved_s, most_s=params.most_s)


def _stance_s(params: TaskParams) -> float:
    """Seconds to stand, so that what is measured is long enough: its ends are cut off."""
    sway = SwayParams()
    return sway.trim_start_s + params.stance_s + sway.trim_end_s + params.margin_s


def _pause_s(task: Task, item: PlanItem | None) -> float:
    """Longest stillness that the tempo asks for within a set."""
    entry = all_exercises().get(task.name)
    usual = entry.tempo if entry else None
    planned_s = item.tempo.hold_s if item else None
    hold_s = planned_s if planned_s is not None else usual.hold_s if usual else None
    return max(hold_s or 0.0, (usual.rest_s if usual else None) or 0.0)
