"""A sender among faults: killed, refused, stalled, cut off after the server stored, told to wait; nothing is lost.

``python tests/influx/soak.py --points 1000000 --faults 200`` is the long form, through a real InfluxDB; the suite runs
a short one. The sender is a process of its own, which makes points and sends them, and is killed in the middle of it.
It also stores results and analyses them anew, by a wall clock that jumps minutes to days to and fro: what a recording
without a start of its own is dated by. In the end the server counts what the local store does, in every measurement.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from imutrack.stores.local import LocalStore
from imutrack.stores.tables import select_curves, select_rows
from influx.faulty import Answer, Cut, Fault, Stall
from influx.instance import Influx
from influx.server import running
from influx.wire import Wire

BATCH = 1000  # points made in one transaction
MADE = "soak"  # measurement of the points that are only made, apart from those of results
DAY_S = 86_400.0
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
KILL, REFUSED, STEP, MOMENT = "kill -9", "refused", "clock step", "429 until a moment"
DECK = (*FAULTS, KILL, KILL, REFUSED, STEP, STEP, STEP, MOMENT)

WORKER = """
import sys, time
from pathlib import Path
from zoneinfo import ZoneInfo

folder, url, bucket, token, tests = sys.argv[1:6]
points, batch, pause_s = int(sys.argv[6]), int(sys.argv[7]), float(sys.argv[8])
folder, true_time = Path(folder), time.time

def wall():
    return true_time() + float((folder / "clock").read_text())

time.time, time.time_ns = wall, lambda: round(wall() * 1e9)  # for the libraries below as well
sys.path.insert(0, tests)

from imutrack.clinic.patients import Patients
from imutrack.influx import Access, Client, InfluxSettings, Sender, Token
from imutrack.influx.sender import SenderParams
from imutrack.stores import outbox
from imutrack.stores.changes import put_rows
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row
from stores.store_builders import PANDA, exercise_set, relabelled

def keep(store, number, reps, algorithm):
    recording = f"{number:064x}"
    start = store.start_of(recording, time.time())
    one = exercise_set(f"set-{number}", recording, start=start, reps=reps, algorithm=algorithm)
    store.replace(recording, [relabelled(one, patient=PANDA)], clinic="soak", zone=ZoneInfo("Europe/Berlin"))

settings = InfluxSettings(url=url, bucket=bucket, trace_bucket=bucket + "/trace", timeout_s=1.0)
quick = SenderParams(most_points=5000, first_wait_s=0.01, longest_wait_s=0.05)
with LocalStore.open(folder / "data") as store, Client(Access(settings, Token(token))) as client:
    outbox.switch(store, on=True)
    if not Patients(store).list():
        Patients(store).add(PANDA)
    sender = Sender(store, client, time.monotonic, time.sleep, params=quick)
    while True:
        with store.database.transaction() as connection:
            found = connection.execute("SELECT value FROM made_with WHERE setting = 'soak'").fetchone()
            first = int(found[0]) if found else 0
            last = min(first + 5 * batch, points)
            for begin in range(first, last, batch):
                put_rows(connection, [
                    Row("soak", {"clinic": "soak"}, 1_772_000_000 * 10**9 + number, {"number": number})
                    for number in range(begin, min(begin + batch, last))
                ])
            connection.execute("INSERT OR REPLACE INTO made_with VALUES ('soak', ?)", (str(last),))
            if first < last:
                keep(store, first // batch, 3, "sets 1")
                keep(store, max(first // batch - 5, 0), 2, "sets 2")
        sender.drain()
        time.sleep(pause_s)
        if last == points:
            break
"""


def soak(influx: Influx, bucket: str, folder: Path, points: int, faults: int, seed: int) -> Counter[str]:
    """Let a sender send points through faults; return how many faults of each kind there were."""
    rng, met = random.Random(seed), Counter[str]()  # noqa: S311 - the same faults again
    pause_s = 0.2 * faults * 5 * BATCH / points  # so that there is time for all of them
    give_up = time.monotonic() + 60.0 + 3.0 * faults
    deck: list[Fault | str] = []
    step(folder, 0.0)
    with Wire(influx) as wire:
        tests = Path(__file__).parents[1]
        words = [sys.executable, "-c", WORKER, folder, wire.url, bucket, influx.token, tests, points, BATCH, pause_s]
        worker = subprocess.Popen([*map(str, words)])
        try:
            while (code := worker.poll()) is None or code < 0:
                if code is not None:
                    worker = subprocess.Popen([*map(str, words)])  # it was killed: begin where it was
                if time.monotonic() > give_up:
                    raise RuntimeError(f"the sender does not end; so far {dict(met)}")
                if sum(met.values()) < faults:
                    deck = deck or rng.sample(DECK, len(DECK))
                    if name := _happened(deck[-1], rng, wire, worker, folder):
                        met[name] += 1
                        deck.pop()
                time.sleep(rng.uniform(0.0, 0.03))
        finally:
            worker.kill()
            worker.wait()
        if code:
            raise RuntimeError(f"the sender ended with {code}")
    return met


def step(folder: Path, ahead_s: float) -> None:
    """Set the sender's wall clock, to the second so much ahead of the true one."""
    aside = folder / "clock.new"
    aside.write_text(str(ahead_s))
    aside.replace(folder / "clock")


def _happened(
    kind: Fault | str, rng: random.Random, wire: Wire, worker: "subprocess.Popen[bytes]", folder: Path
) -> str:
    """Make a fault happen; return its name, or nothing where there was no write that could meet it."""
    if kind == KILL:
        time.sleep(rng.uniform(0.1, 0.6))  # it takes a moment to start
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        return KILL
    if kind == REFUSED:
        with wire.away():
            time.sleep(rng.uniform(0.0, 0.2))
        return REFUSED
    if kind == STEP:
        _met(wire, worker, *[Answer(503)] * 4)  # so that it is waiting just now, 0.05 s for the next try
        step(folder, rng.choice((-1, 1)) * rng.choice((rng.uniform(60, 3600), rng.uniform(3600, 3 * DAY_S))))
        return STEP
    if kind == MOMENT:
        return MOMENT if _met(wire, worker, Answer(429, "later", {"Retry-After": formatdate(usegmt=True)})) else ""
    fault: Any = kind
    return str(getattr(fault, "status", type(fault).__name__.lower())) if _met(wire, worker, fault) else ""


def _met(wire: Wire, worker: "subprocess.Popen[bytes]", *faults: Fault) -> bool:
    before = len(wire.writes)
    wire.then(*faults)
    give_up = time.monotonic() + 2.0
    while wire.faults and time.monotonic() < give_up and worker.poll() is None:
        time.sleep(0.005)
    left = bool(wire.faults)
    wire.faults.clear()
    return not left and len(wire.writes) > before


def check(influx: Influx, bucket: str, folder: Path, points: int) -> None:
    """Compare what the server has with what was made: every point once, with its value.

    Raises:
        SystemExit: it has more or less or something else.
    """
    asked = f'SELECT count("number"), sum("number"), min("number"), max("number") FROM "{MADE}"'  # noqa: S608 - ours
    (said,) = influx.query(asked, bucket)
    count, total, least, most = (int(float(value)) for value in said["values"][0][1:])
    if (count, total, least, most) != (points, points * (points - 1) // 2, 0, points - 1):
        raise SystemExit(f"{points} points were made; the server has {count}, sum {total}, from {least} to {most}")
    with LocalStore.open(folder / "data") as store, store.database.reading() as connection:
        for name in ("exercise_set", "rep"):
            rows = select_rows(connection, name, "NOT withdrawn", [])
            _same(name, [{"time": row.time_ns, **row.tags, **row.fields} for row in rows], influx, bucket)
        times = [at for curve, _ in select_curves(connection, "NOT withdrawn", []) for at in curve.times_ns.tolist()]
    _same("trace", [{"time": at} for at in sorted(times)], influx, f"{bucket}/trace")


def _same(measurement: str, here: list[dict[str, Any]], influx: Influx, bucket: str) -> None:
    counting = [point for point in influx.points(measurement, bucket) if not point["withdrawn"]]
    there = [point if measurement != "trace" else {"time": point["time"]} for point in counting]
    if not here or there != here:
        raise SystemExit(f"{measurement}: {len(here)} points count here, {len(there)} on the server, not all the same")


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
        check(influx, bucket, Path(folder), asked.points)
    took = f"{asked.points:,} points, {sum(met.values())} faults in {time.monotonic() - begun:.0f} s: 0 lost, 0 doubled"
    kinds = "; ".join(f"{kind} {number}" for kind, number in sorted(met.items()))
    sys.stdout.write(f"{took}\n{kinds}\n")


if __name__ == "__main__":
    main()
