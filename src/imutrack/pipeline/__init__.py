"""`analyse`: the only entry to the analysis, live and replayed.

Approach: every task is one stretch of one sensor; each stretch is put on a uniform clock, checked, measured by the
metrics its kind asks for, and described as a `Result`. What depends on history (a baseline, a change, adherence) is
not computed here.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from imutrack.errors import SignalError
from imutrack.pipeline.chair import chair_test
from imutrack.pipeline.exercise import exercise_set
from imutrack.pipeline.rests import sets_among, split_at_rests
from imutrack.pipeline.stance import stance_trial
from imutrack.pipeline.stretch import Stretch, set_id
from imutrack.pipeline.up_and_go import up_and_go
from imutrack.results import ExerciseSet, NotAnalysed, Result
from imutrack.samples import Quantity, Recording
from imutrack.task import Task, TaskKind

__all__ = ["analyse"]

_ANALYSES: Final[dict[TaskKind, Callable[[Stretch], Result]]] = {
    TaskKind.EXERCISE: exercise_set,
    TaskKind.STANCE: stance_trial,
    TaskKind.SIT_TO_STAND: chair_test,
    TaskKind.TIMED_UP_AND_GO: up_and_go,
}


def analyse(
    recording: Recording, tasks: Iterable[Task] = (), *, split_rest_s: float | None = None
) -> list[Result | NotAnalysed]:
    """Measure each task of a recording.

    Args:
        recording: what was recorded; it is not changed.
        tasks: what its stretches are. Without any, the whole is one set of exercise ``unspecified``: repetitions are
            counted, the tilt of the segment is reported, and nothing is guessed.
        split_rest_s: cut exercise tasks at rests of at least this many seconds; pieces that are no set (see
            `imutrack.pipeline.rests.sets_among`) are left out.

    Returns:
        One entry per task and sensor, in the order of the tasks; a stretch that cannot be analysed is a `NotAnalysed`
        with its reason, and the others stand.

    >>> import numpy as np
    >>> from imutrack.samples import Samples, Sensor
    >>> t_s = np.arange(500) / 50.0
    >>> still = np.random.default_rng(1).normal([0.0, 0.0, 9.81], 0.02, (500, 3))
    >>> sensor = Sensor("on the table", {Quantity.ACC: Samples(t_s, still, 50.0)})
    >>> [result] = analyse(Recording((sensor,), content_hash="0" * 64))
    >>> result.reps
    0
    """
    found: list[Result | NotAnalysed] = []
    for task in tasks or (Task(),):
        try:
            sensors = _sensors(recording, task)
        except SignalError as error:
            found.append(_not_analysed(Stretch(recording, 0, task), error))
            continue
        for index in sensors:
            found.extend(_one(recording, index, task, split_rest_s))
    return found


def _one(recording: Recording, index: int, task: Task, split_rest_s: float | None) -> list[Result | NotAnalysed]:
    stretch = Stretch(recording, index, task)
    try:
        if split_rest_s is None or task.kind is not TaskKind.EXERCISE:
            return [_ANALYSES[task.kind](stretch)]
        return _split(stretch, split_rest_s) or [exercise_set(stretch)]
    except SignalError as error:
        return [_not_analysed(stretch, error)]


def _split(stretch: Stretch, rest_s: float) -> list[Result | NotAnalysed]:
    """Measure the sets between rests; empty where there is none. A piece with too few readings is no set."""
    pieces: list[ExerciseSet] = []
    for piece in split_at_rests(stretch, rest_s):
        with suppress(SignalError):
            pieces.append(exercise_set(piece))
    return [*sets_among(pieces)]


def _not_analysed(stretch: Stretch, error: SignalError) -> NotAnalysed:
    recording, task = stretch.recording, stretch.task
    identity = set_id(recording, stretch.index, task)
    return NotAnalysed(task=task, set_id=identity, recording=recording.content_hash, reason=str(error))


def _sensors(recording: Recording, task: Task) -> list[int]:
    """Return the sensors a task is measured with: the one worn where the task says, else all that see gravity.

    Raises:
        SignalError: the task names a place, and none of several sensors is known to be worn there.
    """
    seeing = [index for index, sensor in enumerate(recording.sensors) if Quantity.ACC in sensor.samples] or [0]
    if task.placement is None or len(seeing) == 1:
        return seeing
    worn = [index for index in seeing if recording.sensors[index].placement == task.placement]
    if not worn:
        raise SignalError(
            f"none of its {len(seeing)} sensors is known to be worn at the {task.placement}: give each its placement, "
            "or read the files one by one"
        )
    return worn
