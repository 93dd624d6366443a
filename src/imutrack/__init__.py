"""imutrack: wearable-sensor progress monitor for physiotherapy. Research and education software, not a medical device.

>>> import imutrack
>>> from imutrack.synthetic import SetParams, exercise_set
>>> recording = exercise_set(SetParams(reps=8), seed=1).recording
>>> [result] = imutrack.analyse(recording, [imutrack.Task(name="long_arc_knee_extension", side=imutrack.Side.LEFT)])
>>> result.reps_best
8

With a file: ``recording = imutrack.read_recording(Path("session.csv"))``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from imutrack.errors import ImutrackError
from imutrack.task import Side, Task, TaskKind

if TYPE_CHECKING:
    from imutrack.pipeline import analyse
    from imutrack.recordings import ReadOptions, read, read_recording
    from imutrack.results import ChairTest, ExerciseSet, NotAnalysed, StanceTrial, UpAndGo
    from imutrack.samples import Quantity, Recording, Samples, Sensor

__all__ = [
    "ChairTest",
    "ExerciseSet",
    "ImutrackError",
    "NotAnalysed",
    "Quantity",
    "ReadOptions",
    "Recording",
    "Samples",
    "Sensor",
    "Side",
    "StanceTrial",
    "Task",
    "TaskKind",
    "UpAndGo",
    "analyse",
    "read",
    "read_recording",
]

_HOMES: Final = {
    "imutrack.pipeline": ("analyse",),
    "imutrack.recordings": ("ReadOptions", "read", "read_recording"),
    "imutrack.results": ("ChairTest", "ExerciseSet", "NotAnalysed", "StanceTrial", "UpAndGo"),
    "imutrack.samples": ("Quantity", "Recording", "Samples", "Sensor"),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: numpy costs more start-up time than the whole command line."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'imutrack' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
