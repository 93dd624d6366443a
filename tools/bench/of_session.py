"""Replaying one hour, beside peers that run on the same arrays."""

import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from measuring import of_call, of_process

from imutrack.recordings import read_recording
from imutrack.samples import Quantity, Sensor
from imutrack.signals.orientation import orientation
from imutrack.signals.resample import to_signal
from imutrack.synthetic import session_csv

IMUTRACK = str(Path(sys.executable).with_name("imutrack"))


def section() -> str:
    """Return the section of the page."""
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session.csv"
        session_csv(session, hours=1, sets=12, reps=12, rate_hz=100, seed=1)
        return _page(_ours(session), _peers(session), session.stat().st_size)


def _ours(session: Path) -> list[tuple[str, float, str]]:
    sensor = read_recording(session).sensors[0]
    replay = [IMUTRACK, "replay", str(session), "--exercise", "long_arc_knee_extension", "--split-rest", "20"]
    counted = subprocess.run([*replay, "--json"], capture_output=True, text=True, check=True).stdout.count(
        '"exercise_set"'
    )
    return [
        ("`imutrack --help`", of_process([IMUTRACK, "--help"]), "start-up"),
        (
            "`imutrack replay session.csv --split-rest 20`",
            of_process(replay),
            f"the whole command; {counted} sets found",
        ),
        ("reading the file", of_call(lambda: read_recording(session)), "hash, parse, units, clock"),
        ("orientation", of_call(lambda: orientation(to_signal(sensor))), "uniform clock and offline VQF, 6 axes"),
    ]


def _peers(session: Path) -> list[tuple[str, float, str]]:
    from ahrs.filters import Madgwick
    from skdh.sit2stand import Sit2Stand

    sensor: Sensor = read_recording(session).sensors[0]
    signal = to_signal(sensor)
    t_s, acc, gyr = sensor.samples[Quantity.ACC].t_s, np.ascontiguousarray(signal.acc), np.ascontiguousarray(signal.gyr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            (
                f"scikit-digital-health {version('scikit-digital-health')} Sit2Stand",
                of_call(lambda: Sit2Stand().predict(time=t_s, accel=acc / 9.80665, fs=100.0), runs=1),
                "in process, arrays ready",
            ),
            (
                f"ahrs {version('ahrs')} Madgwick",
                of_call(lambda: Madgwick(gyr=gyr, acc=acc, frequency=100.0), runs=1),
                "in process, arrays ready, orientation only",
            ),
        ]


def _page(ours: list[tuple[str, float, str]], peers: list[tuple[str, float, str]], size: int) -> str:
    whole, read_and_orient = ours[1][1], ours[2][1] + ours[3][1]
    rows = "\n".join(
        f"| {name} | {seconds:.2f} | {seconds / whole:.2f} | {note} |" for name, seconds, note in [*ours, *peers]
    )
    return f"""## One hour of recording, replayed

The session is synthetic: 1 h at 100 Hz, 6 axes, a CSV file of {size / 1e6:.0f} MB with 12 sets of 12 repetitions among
rest. Peers: one run. The ratio is to the whole `imutrack replay` of that hour, from process start to the printed table.

| what | CPU s | ratio | note |
|---|---:|---:|---|
{rows}

An hour is replayed {3600 / whole:,.0f} times faster than it was recorded. Reading and orientation together take
{read_and_orient:.2f} CPU s.
"""
