"""Chair tests and timed up-and-go on labelled data: predictions in the form that the scorer reads.

Reads of ``functional_info.csv`` only the file, its rate and which test it is. Neither the placement nor the axis that
points up is used: gravity says it. Daily life is searched for rises and descents.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imutrack.errors import RecordingError
from imutrack.metrics.sit_to_stand import seat_off, seat_on, sit_to_stand
from imutrack.metrics.timed_up_and_go import timed_up_and_go
from imutrack.metrics.transitions import find_descents, find_rises, movement_begins, movement_ends, upright
from imutrack.metrics.vertical import vertical_motion
from imutrack.samples import Quantity, Samples, Sensor
from imutrack.signals.resample import to_signal
from imutrack.signals.signal import Signal
from imutrack.validation.running import read_list, work_through, write_rows

__all__ = ["predict"]

Row = tuple[str, str, float]
Named = Iterator[tuple[str, float | None]]


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write ``file,metric,value`` for every file of ``functional_info.csv``; what cannot be told has no row.

    Args:
        folder: holds ``functional_info.csv`` (file, test, fs) and the files.
        out: the CSV to write.
        jobs: processes to share the files among.

    Raises:
        RecordingError: the list cannot be read.
    """
    listed = read_list(folder / "functional_info.csv")
    tasks = [(folder, info["file"], info["test"], float(info["fs"])) for info in listed]
    rows = [row for part in work_through(_rows, tasks, jobs) for row in part]
    write_rows(out, ("file", "metric", "value"), ((name, metric, f"{value:.6g}") for name, metric, value in rows))


def _rows(task: tuple[Path, str, str, float]) -> list[Row]:
    folder, name, test, fs_hz = task
    signal = _read(folder / name, fs_hz)
    if "tug" in test.lower():
        named = _up_and_go(signal)
    elif any(word in test.lower() for word in ("daily", "free")):
        named = _daily(signal)
    else:
        named = _chair(signal)
    return [(name, metric, value) for metric, value in named if value is not None]


def _read(path: Path, fs_hz: float) -> Signal:
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read as numbers ({error})") from error
    samples = {Quantity.ACC: Samples(table[:, 0], table[:, 1:4], fs_hz)}
    if table.shape[1] >= 7:
        samples[Quantity.GYR] = Samples(table[:, 0], table[:, 4:7], fs_hz)
    return to_signal(Sensor("trunk", samples))


def _chair(signal: Signal) -> Named:
    test = sit_to_stand(signal)
    yield "n_reps", float(len(test.rises))
    yield "start", test.start_s
    yield "end", test.end_s
    if test.start_s is not None and test.end_s is not None:
        yield "total_s", test.end_s - test.start_s  # the labels' total runs to the last movement
    yield "published_5sts_s", test.total_s
    for rise in test.rises:
        yield f"seat_off_{rise.number}", rise.seat_off_s
        yield f"seat_on_{rise.number}", rise.seat_on_s
    if test.rises and test.rises[-1].seat_on_s is not None:
        yield "seatoff1_to_last_seaton_s", test.rises[-1].seat_on_s - test.rises[0].seat_off_s


def _up_and_go(signal: Signal) -> Named:
    test = timed_up_and_go(signal)
    yield from (("start", test.start_s), ("stand_end", test.stand_end_s), ("end", test.end_s))
    yield from (("turn1_start", test.turn1_start_s), ("turn1_end", test.turn1_end_s))
    yield from (("turn2_start", test.turn2_start_s), ("turn2_end", test.turn2_end_s))
    yield from (("tug_s", test.total_s), ("sit_to_stand_start", test.start_s), ("stand_to_sit_start", test.turn2_end_s))
    for name in ("sit_to_stand_s", "walk_out_s", "turn1_s", "walk_back_s", "turn2_s", "stand_to_sit_s"):
        yield name, getattr(test, name)
    for name in ("turn1_deg", "turn2_deg", "turn1_peak_dps", "turn2_peak_dps"):
        yield name, getattr(test, name)


def _daily(signal: Signal) -> Named:
    motion = vertical_motion(signal)
    rises, descents = find_rises(motion), find_descents(motion, alone=True)
    yield "n_reps", float(len(rises))
    yield "n_stand_to_sit", float(len(descents))
    for number, rise in enumerate(rises, 1):
        start_s = motion.time_s(movement_begins(motion, seat_off(motion, rise)))
        end_s = motion.time_s(upright(motion, rise))
        yield f"sit_to_stand_{number}_start", start_s
        yield f"sit_to_stand_{number}_end", end_s
        yield f"sit_to_stand_{number}_s", end_s - start_s
    for number, descent in enumerate(descents, 1):
        yield f"stand_to_sit_{number}_start", motion.time_s(movement_begins(motion, descent.peak))
        yield f"stand_to_sit_{number}_end", motion.time_s(movement_ends(motion, seat_on(motion, descent)))
