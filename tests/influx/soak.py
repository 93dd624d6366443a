"""A sender among faults: killed, refused, stalled, cut off after the server stored, told to wait; nothing is lost.

``python tests/influx/soak.py --points 1000000 --faults 200`` is the long form, through a real InfluxDB; the suite runs
a short one. The sender is a process of its own, which makes points and sends them, and is killed in the middle of it.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from influx.faulty import Answer, Cut, Fault, Stall
from influx.instance import Influx
from influx.server import running
from influx.wire import Wire

BATCH = 1000  # points made in one transaction
FAULTS: tuple[Fault, ...] = (
    Answer(401, "unauthorized access"),
    Answer(403, "forbidden"),
    Answer(429, "too many requests", {"Retry-After": "0"}),
    Answer(500, "internal error"),
    Answer(503, "unavailable", {"Retry-After": "0"}),
    Cut(stored=True),
    Cut(stored=False),
    Stall(stored=True),
    Stall(stored=False),
)

WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from imutrack.influx import Access, Client, InfluxSettings, Sender, Token
from imutrack.influx.sender import SenderParams
from imutrack.stores import outbox
from imutrack.stores.changes import put_rows
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row

folder, url, bucket, token, points, batch = sys.argv[1:7]
points, batch, pause_s = int(points), int(batch), float(sys.argv[7])
settings = InfluxSettings(url=url, bucket=bucket, trace_bucket=bucket + "/trace", timeout_s=0.5)
quick = SenderParams(most_points=5000, first_wait_s=0.01, longest_wait_s=0.05)
with LocalStore.open(Path(folder)) as store, Client(Access(settings, Token(token))) as client:
    outbox.switch(store, on=True)
    sender = Sender(store, client, time.monotonic, time.sleep, params=quick)
    while True:
        with store.database.transaction() as connection:
            found = connection.execute("SELECT value FROM made_with WHERE setting = 'soak'").fetchone()
            first = int(found[0]) if found else 0
            last = min(first + 5 * batch, points)
            for begin in range(first, last, batch):
                put_rows(connection, [
                    Row("rep", {"patient": "otter-maple-47"}, 1_772_000_000 * 10**9 + number, {"number": number})
                    for number in range(begin, min(begin + batch, last))
                ])
            connection.execute("INSERT OR REPLACE INTO made_with VALUES ('soak', ?)", (str(last),))
        sender.drain()
        time.sleep(pause_s)
        if last == points:
            break
"""


def soak(influx: Influx, bucket: str, folder: Path, points: int, faults: int, seed: int) -> Counter[str]:
    """Let a sender send points through faults; return how many faults of each kind there were."""
    rng, met = random.Random(seed), Counter[str]()  # noqa: S311 - the same faults again
    pause_s = 0.2 * faults * 5 * BATCH / points  # so that there is time for all of them
    with Wire(influx) as wire:
        words = [sys.executable, "-c", WORKER, folder, wire.url, bucket, influx.token, points, BATCH, pause_s]
        worker = subprocess.Popen([*map(str, words)])
        try:
            while (code := worker.poll()) is None or code < 0:
                if code is not None:
                    worker = subprocess.Popen([*map(str, words)])  # it was killed: begin where it was
                if sum(met.values()) < faults:
                    _one(rng, wire, worker, met)
                time.sleep(rng.uniform(0.0, 0.03))
        finally:
            worker.kill()
            worker.wait()
        if code:
            raise RuntimeError(f"the sender ended with {code}")
    return met


def _one(rng: random.Random, wire: Wire, worker: "subprocess.Popen[bytes]", met: Counter[str]) -> None:
    """Make one fault happen."""
    kind = rng.random()
    if kind < 0.15:
        time.sleep(rng.uniform(0.1, 0.6))  # it takes a moment to start
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        met["kill -9"] += 1
    elif kind < 0.25:
        with wire.away():
            time.sleep(rng.uniform(0.0, 0.2))
        met["refused"] += 1
    else:
        fault = rng.choice(FAULTS)
        before = len(wire.writes)
        wire.then(fault)
        give_up = time.monotonic() + 2.0
        while wire.faults and time.monotonic() < give_up and worker.poll() is None:
            time.sleep(0.005)
        if wire.faults:
            wire.faults.clear()
        elif len(wire.writes) > before:
            met[str(getattr(fault, "status", type(fault).__name__.lower()))] += 1


def check(influx: Influx, bucket: str, points: int) -> None:
    """Compare what the server has with what was made: every point once, with its value."""
    (said,) = influx.query('SELECT count("number"), sum("number"), min("number"), max("number") FROM "rep"', bucket)
    count, total, least, most = (int(float(value)) for value in said["values"][0][1:])
    if (count, total, least, most) != (points, points * (points - 1) // 2, 0, points - 1):
        raise SystemExit(f"{points} points were made; the server has {count}, sum {total}, from {least} to {most}")


def main() -> None:
    """Run the long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with running() as influx, tempfile.TemporaryDirectory() as folder:
        bucket = influx.spare_name()
        influx.make(bucket)
        influx.make(f"{bucket}/trace")
        begun = time.monotonic()
        met = soak(influx, bucket, Path(folder), asked.points, asked.faults, asked.seed)
        check(influx, bucket, asked.points)
    took = f"{asked.points:,} points, {sum(met.values())} faults in {time.monotonic() - begun:.0f} s: 0 lost, 0 doubled"
    kinds = "; ".join(f"{kind} {number}" for kind, number in sorted(met.items()))
    sys.stdout.write(f"{took}\n{kinds}\n")


if __name__ == "__main__":
    main()
