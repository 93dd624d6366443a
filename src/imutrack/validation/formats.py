"""Recorded formats on labelled data: what the readers say of each file, in the form that the scorer reads.

Reads of ``expected.csv`` only ``file`` and ``options``: what a user has, and what a user would have to say.
"""

import csv
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.errors import ImutrackError, SettingsError
from imutrack.recordings import ReadOptions, read_recording
from imutrack.recordings.axis import RATE_FROM_OPTION
from imutrack.samples import Floats, Quantity, Recording, Samples
from imutrack.validation.running import read_list, work_through

__all__ = ["predict"]

COLUMNS: Final = (
    "file",
    "n_samples",
    "rate_hz",
    "duration_s",
    "still_mean_abs_acc_ms2",
    "mean_abs_acc_ms2",
    "mean_abs_gyr_rads",
    "error",
)
MAIN: Final = (Quantity.ACC, Quantity.FREE_ACC, Quantity.GYR, Quantity.QUAT, Quantity.MAG, Quantity.MAG_AU)
STILL_STD_MPS2: Final = 0.1  # the still second of the labelled data: its definition
STILL_RATE_RADPS: Final = np.radians(10.0)


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write what the readers say of every file of ``expected.csv``.

    Args:
        folder: holds ``expected.csv`` (file, options) and the files; each is read alone.
        out: the CSV to write; a refused file has its reason in ``error``.
        jobs: processes to share the files among.

    Raises:
        RecordingError: the list cannot be read.
    """
    tasks = [(folder, row["file"], row.get("options") or "") for row in read_list(folder / "expected.csv")]
    rows = work_through(_row, tasks, jobs)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _row(task: tuple[Path, str, str]) -> Mapping[str, str]:
    folder, name, typed = task
    try:
        found = _figures(read_recording(folder / name, _options(typed)))
    except ImutrackError as error:
        return {"file": name, "error": str(error)}
    return {"file": name, **{key: f"{value:.9g}" for key, value in found.items()}}


def _options(typed: str) -> ReadOptions:
    """Read ``--rate 100 --units acc=g,gyr=deg/s``."""
    words = shlex.split(typed)
    values = dict(zip(words[::2], words[1::2], strict=False))
    unknown = set(values) - {"--columns", "--units", "--rate", "--tz", "--start"}
    if unknown or len(words) % 2:
        raise SettingsError(f"options {typed!r} are not understood")
    return ReadOptions.parse(
        columns=values.get("--columns"),
        units=values.get("--units"),
        rate_hz=float(values["--rate"]) if "--rate" in values else None,
        tz=values.get("--tz"),
        start=values.get("--start"),
    )


def _figures(recording: Recording) -> dict[str, float]:
    """Figures of the first sensor."""
    samples = recording.sensors[0].samples
    main = next(samples[quantity] for quantity in MAIN if quantity in samples)
    rate_hz = (len(main) - 1) / main.duration_s
    found = {
        "n_samples": float(len(main)),
        "rate_hz": rate_hz,
        # without time stamps the last reading lasts as long as the others
        "duration_s": len(main) / rate_hz if RATE_FROM_OPTION in main.origin else main.duration_s,
    }
    acc, gyr = samples.get(Quantity.ACC), samples.get(Quantity.GYR)
    strength = acc or samples.get(Quantity.FREE_ACC)
    if strength is not None:
        found["mean_abs_acc_ms2"] = float(np.nanmean(_norm(strength)))
    if gyr is not None:
        found["mean_abs_gyr_rads"] = float(np.nanmean(_norm(gyr)))
    still = None if acc is None else _still(acc, gyr, rate_hz)
    return found if still is None else {**found, "still_mean_abs_acc_ms2": still}


def _norm(samples: Samples) -> Floats:
    norm: Floats = np.linalg.norm(samples.values, axis=1)
    return norm


def _still(acc: Samples, gyr: Samples | None, rate_hz: float) -> float | None:
    """Mean |acc| of the first still second; None without one."""
    size = round(rate_hz)
    norm = _norm(acc)
    if not 1 < size <= len(norm):
        return None
    windows = np.lib.stride_tricks.sliding_window_view(norm, size)
    still = windows.std(axis=1) < STILL_STD_MPS2
    if gyr is not None and len(gyr) == len(acc):
        turning = np.lib.stride_tricks.sliding_window_view(_norm(gyr), size)
        still &= turning.mean(axis=1) < STILL_RATE_RADPS
    first = np.flatnonzero(still)
    return float(windows[first[0]].mean()) if len(first) else None
