"""Sway on labelled data: predictions in the form that the scorer reads.

Reads of the labels only what a user could know: file, window and axis map. Planar files are measured as they are;
lumbar files take the path of `imutrack.metrics.sway` without its trimming and gates, since the labels give the window.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imutrack.errors import RecordingError
from imutrack.metrics.sway import LumbarSway, PlanarSway, Spectrum, lumbar_sway, planar_sway, stance_signal
from imutrack.samples import AxisMap, Floats, Quantity, Samples, Sensor
from imutrack.validation.running import read_list, work_through, write_rows

__all__ = ["predict"]

Row = tuple[str, str, float]


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write ``file,metric,value`` for every file of ``labels.csv``; a metric that cannot be told has no row.

    Args:
        folder: holds ``labels.csv`` (file, t_start, t_end, up, ml, ap), ``planar/`` and ``lumbar/``.
        out: the CSV to write.
        jobs: processes to share the files among.

    Raises:
        RecordingError: the labels cannot be read.
    """
    tasks = [(folder, label) for label in read_list(folder / "labels.csv")]
    rows = [row for part in work_through(_rows, tasks, jobs) for row in part]
    write_rows(out, ("file", "metric", "value"), ((name, metric, f"{value:.12g}") for name, metric, value in rows))


def _rows(task: tuple[Path, dict[str, str]]) -> list[Row]:
    folder, label = task
    name = label["file"]
    t_s, columns = _columns(folder / name)
    window = (t_s >= float(label["t_start"]) - 1e-9) & (t_s <= float(label["t_end"]) + 1e-9)
    t_s, columns = t_s[window], columns[window]
    if name.startswith("planar/"):
        rate_hz = (len(t_s) - 1) / float(t_s[-1] - t_s[0])
        named = _planar(planar_sway(columns[:, 0], columns[:, 1], rate_hz), len(t_s))
    else:
        acc = Samples(t_s, columns[:, :3], float(label["fs"]))
        signal = stance_signal(Sensor("lumbar", {Quantity.ACC: acc}))
        axes = AxisMap(label["up"], label["ml"], label["ap"])
        named = _lumbar(lumbar_sway(signal.acc, signal.sampling_rate_hz, axes))
    return [(name, metric, value) for metric, value in named if value is not None]


def _columns(path: Path) -> tuple[Floats, Floats]:
    """Return times and the other columns of a numeric CSV file."""
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read as numbers ({error})") from error
    return table[:, 0], table[:, 1:]


def _planar(sway: PlanarSway, n: int) -> Iterator[tuple[str, float | None]]:
    yield from _common(sway)
    yield "area95_published", sway.area95_pred
    yield "path_rate_published_N", sway.path_rate * (n - 1) / n  # its authors divide by n steps, not by n - 1


def _lumbar(sway: LumbarSway) -> Iterator[tuple[str, float | None]]:
    yield from _common(sway.planar)
    yield from (("tilt_ap_deg", sway.acc.tilt_ap_deg), ("tilt_ml_deg", sway.acc.tilt_ml_deg))
    yield from (("jerk", sway.jerk_m2ps5), ("jerk_ap", sway.jerk_ap_m2ps5), ("jerk_ml", sway.jerk_ml_m2ps5))
    yield from (("mv", sway.mv_mps), ("mv_ap", sway.mv_ap_mps), ("mv_ml", sway.mv_ml_mps))


_SAME = (
    "duration_s",
    "rms",
    "rms_ap",
    "rms_ml",
    "dist",
    "range_ap",
    "range_ml",
    "range_2d",
    "path",
    "path_ap",
    "path_ml",
    "path_rate",
    "sway_area_rate",
    "area95_pred",
    "area95_chi2",
    "sampen_ap",
    "sampen_ml",
)


def _common(sway: PlanarSway) -> Iterator[tuple[str, float | None]]:
    yield from ((name, getattr(sway, name)) for name in _SAME)
    yield "mfreq", sway.mfreq_hz
    yield from _spectral(sway.ap, "ap")
    yield from _spectral(sway.ml, "ml")


def _spectral(spectrum: Spectrum | None, axis: str) -> Iterator[tuple[str, float | None]]:
    if spectrum is None:
        return
    yield f"pwr_{axis}", spectrum.power
    yield f"f50_{axis}", spectrum.f50_hz
    yield f"f95_{axis}", spectrum.f95_hz
    yield f"cf_{axis}", spectrum.cf_hz
    yield f"fd_{axis}", spectrum.fd
