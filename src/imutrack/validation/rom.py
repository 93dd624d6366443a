"""Orientation and one-sensor angles on labelled data: predictions in the form that the scorer reads.

Reads of the labels only what a user could know: trial, task, rate, number of sensors, whether there is a magnetometer.
Where the gyroscope is clipped the tilt is withheld, as everywhere else.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from imutrack.errors import RecordingError
from imutrack.flags import FlagCode
from imutrack.metrics.quality import check_sensor
from imutrack.samples import Floats, Quantity, Samples, Sensor
from imutrack.signals.axes import angle_between, gravity_in_sensor, mean_direction
from imutrack.signals.orientation import orientation
from imutrack.signals.resample import is_uniform, to_signal
from imutrack.validation.running import read_list, work_through

__all__ = ["predict", "read_trial"]

_START_POSE: Final = 50  # samples: how the truth defines the pose that tilt is counted from

Arrays = dict[str, Any]


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write ``<trial>/<name>`` for every trial of ``labels.csv``, one row per input sample.

    Names: ``tilt1_deg`` and ``tilt2_deg``, ``flag_gyro_clipping``, and for orientation trials ``quat6`` and ``quat9``.

    Args:
        folder: holds ``labels.csv`` and ``inputs/<trial>.npz``.
        out: the npz file to write.
        jobs: processes to share the trials among.

    Raises:
        RecordingError: the labels cannot be read.
    """
    tasks = [(folder, label) for label in read_list(folder / "labels.csv")]
    parts = work_through(_trial, tasks, jobs)
    arrays = {name: values for part in parts for name, values in part.items()}
    with out.open("wb") as file:  # a name would be given the suffix .npz
        np.savez_compressed(file, **arrays)


def read_trial(folder: Path, label: Mapping[str, str]) -> tuple[list[Sensor], Samples | None]:
    """Return the sensors of a trial, and the magnetometer of the first where it has one.

    Raises:
        RecordingError: the input cannot be read.
    """
    path = folder / "inputs" / f"{label['trial']}.npz"
    try:
        with np.load(path) as file:
            inputs = {name: np.asarray(file[name], dtype=np.float64) for name in file.files}
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read ({error})") from error

    def samples(name: str) -> Samples:
        return Samples(inputs["t"], inputs[name], float(label["fs_hz"]))

    numbers = range(1, int(label["n_sensors"]) + 1)
    sensors = [
        Sensor(f"s{k}", {Quantity.ACC: samples(f"s{k}_acc"), Quantity.GYR: samples(f"s{k}_gyr")}) for k in numbers
    ]
    return sensors, samples("s1_mag") if label["has_mag"] == "1" else None


def _trial(task: tuple[Path, dict[str, str]]) -> Arrays:
    folder, label = task
    sensors, mag = read_trial(folder, label)
    clipped = [any(flag.code is FlagCode.GYRO_CLIPPED for flag in check_sensor(sensor)) for sensor in sensors]
    named: Arrays = {"flag_gyro_clipping": any(clipped)}
    for k, sensor in enumerate(sensors):
        tilt = _tilt(sensor)
        named[f"tilt{k + 1}_deg"] = np.full_like(tilt, np.nan) if clipped[k] else tilt
    if label["task"] == "orientation":
        named |= dict(_orientations(sensors[0], mag))
    return {f"{label['trial']}/{name}": values for name, values in named.items()}


def _tilt(sensor: Sensor) -> Floats:
    signal = to_signal(sensor)
    up = gravity_in_sensor(orientation(signal))
    pose = up[:_START_POSE]
    tilt = angle_between(up, mean_direction(pose[np.isfinite(pose[:, 0])]))
    return _at(sensor.samples[Quantity.ACC].t_s, signal.t_s, tilt[:, None])[:, 0]


def _orientations(sensor: Sensor, mag: Samples | None) -> Iterator[tuple[str, Floats]]:
    signal = to_signal(sensor)
    at_s = sensor.samples[Quantity.ACC].t_s
    yield "quat6", _quat_at(at_s, signal.t_s, orientation(signal).quat_sensor_to_earth)
    if mag is not None:
        field = _at(signal.t_s, mag.t_s, mag.values)
        yield "quat9", _quat_at(at_s, signal.t_s, orientation(signal, mag=field).quat_sensor_to_earth)


def _at(at_s: Floats, t_s: Floats, values: Floats) -> Floats:
    """Linear interpolation of (n, k) values; the values themselves where the clocks agree sample by sample."""
    if len(at_s) == len(t_s) and is_uniform(at_s) and is_uniform(t_s):
        return values
    return np.stack([np.interp(at_s, t_s, column) for column in values.T], axis=1)


def _quat_at(at_s: Floats, t_s: Floats, quat: Floats) -> Floats:
    """Interpolate (n, 4) unit quaternions along the shorter way; neighbours differ by a few degrees at most."""
    turns = np.where((quat[1:] * quat[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    steady = quat * np.concatenate(([1.0], np.cumprod(turns)))[:, None]
    found = _at(at_s, t_s, steady)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))
