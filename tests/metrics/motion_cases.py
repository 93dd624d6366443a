"""Recordings and made signals that several tests of the metrics share."""

import csv
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from imutrack.signals.signal import Signal

DATA = Path(__file__).parents[1] / "data"
GRAVITY = 9.81


def columns(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, 0], table[:, 1:]


def signal_of(t_s, values):
    rate_hz = (len(t_s) - 1) / (t_s[-1] - t_s[0])
    gyr = values[:, 3:6].copy() if values.shape[1] >= 6 else None
    return Signal(float(rate_hz), float(t_s[0]), values[:, :3].copy(), gyr, np.zeros(len(t_s), dtype=bool))


def shipped_recording(name):
    return signal_of(*columns(DATA / "functional" / name))


def demo_columns(name):
    with as_file(files("imutrack.demo") / "data" / name) as path:
        return columns(path)


def demo_recording(name):
    return signal_of(*demo_columns(name))


def labels(name):
    with (DATA / "functional" / "labels.csv").open(newline="") as file:
        return {row["metric"]: float(row["value"]) for row in csv.DictReader(file) if row["file"] == name}


def turned(signal, seed):
    """The same movement with the sensor worn another way round."""
    mount = Rotation.random(random_state=seed).as_matrix()
    gyr = None if signal.gyr is None else signal.gyr @ mount.T
    return Signal(signal.sampling_rate_hz, signal.start_s, signal.acc @ mount.T, gyr, signal.missing)


def without_gyroscope(signal):
    return Signal(signal.sampling_rate_hz, signal.start_s, signal.acc, None, signal.missing)


def cut(signal, start_s, stop_s):
    return signal[signal.at(start_s) : signal.at(stop_s)]


def standing(ap, ml, rate_hz=100.0, tilt_deg=(0.0, 0.0)):
    """Acceleration of a sensor (up +x, left +y, forward +z) whose wearer sways by ap and ml, m/s2."""
    level = np.stack([np.full(len(ap), GRAVITY), ml, ap], axis=1)
    mount = Rotation.from_euler("yz", tilt_deg, degrees=True).as_matrix()
    return Signal(rate_hz, 0.0, level @ mount, None, np.zeros(len(ap), dtype=bool))
