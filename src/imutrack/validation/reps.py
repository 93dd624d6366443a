"""Repetition counts on labelled data: predictions in the form that the scorer reads.

Reads of ``labels.csv`` only what a user could know: file, exercise and placement. Labels that the catalogue does not
know are counted all the same. The sets take the path of ``imutrack replay``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from imutrack.exercises import match
from imutrack.pipeline import analyse
from imutrack.placements import match_placement
from imutrack.recordings import read_recording
from imutrack.results import ExerciseSet
from imutrack.samples import Recording
from imutrack.task import UNSPECIFIED, Task
from imutrack.validation.running import read_list, work_through, write_rows

__all__ = ["Count", "count_all", "predict"]

Change = Callable[[Recording], Recording]


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted in one file: the best single number, its honest range, and (start, end) of each repetition."""

    file: str
    best: int
    low: int
    high: int
    sure: bool
    bounds_s: tuple[tuple[float, float], ...]


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write ``file,reps,bounds_s`` for every file of ``labels.csv``.

    Args:
        folder: holds ``labels.csv`` (file, exercise, placement) and the files.
        out: the CSV to write; ``reps`` is the best single number even where it is not sure.
        jobs: processes to share the files among.

    Raises:
        RecordingError: the labels cannot be read.
    """
    write_rows(
        out,
        ("file", "reps", "bounds_s"),
        (
            (count.file, count.best, ";".join(f"{a:.2f}:{b:.2f}" for a, b in count.bounds_s))
            for count in count_all(folder, jobs)
        ),
    )


def count_all(folder: Path, jobs: int = 1, change: Change | None = None) -> list[Count]:
    """Count every file of ``labels.csv``, in its order.

    Args:
        folder: as for `predict`.
        jobs: processes.
        change: what to do to each recording before it is analysed; a function that can be sent to another process.

    Raises:
        RecordingError: the labels cannot be read.
    """
    return work_through(partial(_count, folder, change), read_list(folder / "labels.csv"), jobs)


def _count(folder: Path, change: Change | None, label: dict[str, str]) -> Count:
    recording = read_recording(folder / label["file"])
    task = Task(name=match(label["exercise"]) or UNSPECIFIED, placement=match_placement(label["placement"]))
    [result] = analyse(recording if change is None else change(recording), [task])
    if not isinstance(result, ExerciseSet):
        return Count(label["file"], 0, 0, 0, False, ())
    bounds_s = tuple((rep.start_s, rep.end_s) for rep in result.reps_detail)
    return Count(label["file"], result.reps_best, result.reps_low, result.reps_high, result.reps is not None, bounds_s)
