"""``make bench``: what imutrack costs, beside its peers, in one run on one machine. Writes docs/performance.md.

CPU seconds (user + system) are the figure: wall time on a shared machine says little. Peers run on the same arrays.
"""

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from imutrack.recordings import read_recording
from imutrack.samples import Quantity, Sensor
from imutrack.signals.orientation import orientation
from imutrack.signals.resample import to_signal
from imutrack.synthetic import session_csv

IMUTRACK = str(Path(sys.executable).with_name("imutrack"))
RUNS = 3


def main() -> None:
    """Run the bench and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session.csv"
        session_csv(session, hours=1, sets=12, reps=12, rate_hz=100, seed=1)
        page = _page(_ours(session), _peers(session), session.stat().st_size)
    out.write_text(page, encoding="utf-8")
    print(f"wrote {out}")


def _ours(session: Path) -> list[tuple[str, float, str]]:
    sensor = read_recording(session).sensors[0]
    replay = [IMUTRACK, "replay", str(session), "--exercise", "long_arc_knee_extension", "--split-rest", "20"]
    counted = subprocess.run([*replay, "--json"], capture_output=True, text=True, check=True).stdout.count(
        '"exercise_set"'
    )
    return [
        ("`imutrack --help`", _process([IMUTRACK, "--help"]), "start-up"),
        ("`imutrack replay session.csv --split-rest 20`", _process(replay), f"the whole command; {counted} sets found"),
        ("reading the file", _cpu(lambda: read_recording(session)), "hash, parse, units, clock"),
        ("orientation", _cpu(lambda: orientation(to_signal(sensor))), "uniform clock and offline VQF, 6 axes"),
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
                _cpu(lambda: Sit2Stand().predict(time=t_s, accel=acc / 9.80665, fs=100.0), runs=1),
                "in process, arrays ready",
            ),
            (
                f"ahrs {version('ahrs')} Madgwick",
                _cpu(lambda: Madgwick(gyr=gyr, acc=acc, frequency=100.0), runs=1),
                "in process, arrays ready, orientation only",
            ),
        ]


def _process(command: list[str]) -> float:
    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    run()
    return statistics.median(run() for _ in range(RUNS))


def _cpu(work: Callable[[], object], runs: int = RUNS) -> float:
    def run() -> float:
        before = time.process_time()
        work()
        return time.process_time() - before

    if runs > 1:
        run()
    return statistics.median(run() for _ in range(runs))


def _page(ours: list[tuple[str, float, str]], peers: list[tuple[str, float, str]], size: int) -> str:
    whole, read_and_orient = ours[1][1], ours[2][1] + ours[3][1]
    rows = "\n".join(
        f"| {name} | {seconds:.2f} | {seconds / whole:.2f} | {note} |" for name, seconds, note in [*ours, *peers]
    )
    return f"""# Performance

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {platform.machine()}, Python {platform.python_version()},
numpy {version("numpy")}, vqf {version("vqf")}. CPU seconds, median of {RUNS} runs after a warm-up (peers: one run).

The session is synthetic: 1 h at 100 Hz, 6 axes, a CSV file of {size / 1e6:.0f} MB with 12 sets of 12 repetitions among
rest. The ratio is to the whole `imutrack replay` of that hour, from process start to the printed table.

| what | CPU s | ratio | note |
|---|---:|---:|---|
{rows}

An hour is replayed {3600 / whole:,.0f} times faster than it was recorded. Reading and orientation together take
{read_and_orient:.2f} CPU s.
"""


if __name__ == "__main__":
    main()
