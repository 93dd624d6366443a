"""Points for a server: serialising, writing to a real one, and a day without one. Needs InfluxDB, as the tests do."""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS
from measuring import of_call

from imutrack.influx import Access, Client, InfluxSettings, Sender, Token
from imutrack.stores import outbox
from imutrack.stores.changes import put_curve
from imutrack.stores.curves import Curve
from imutrack.stores.line_protocol import columns
from imutrack.stores.local import LocalStore

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from influx.instance import Influx
from influx.server import missing, running

POINTS, FIELDS, ROUNDS = 20_000, 8, 7
START_NS = 1_772_000_000 * 10**9
TAGS = {"patient": "otter-maple-47", "exercise": "squat", "side": "left"}

# an outage: curves at 25 points/s of 16 sensors, as smooth as limbs move
OUTAGE_H, RATE_PER_S, CURVE_POINTS = 24, 400, 2000
DRAINED_POINTS = 1_000_000


def section() -> str:
    """Return the section of the page."""
    if missing():
        return f"## Points for InfluxDB\n\nNot measured: {missing()}\n"
    with running() as influx:
        return "\n".join(["## Points for InfluxDB\n", _serialising(), _end_to_end(influx), _outage(influx)])


def _serialising() -> str:
    values = _values(1)
    times_ns = START_NS + np.arange(POINTS) * 10_000_000
    ours, theirs = _in_turn(
        lambda _: columns("rep", TAGS, times_ns, values), lambda _: _lines(times_ns, values), cpu=True
    )
    return f"""{POINTS:,} points with {FIELDS} float fields and 3 tags, every value exact, {ROUNDS} rounds in turn, one
core.

| serialising | points per CPU s | ratio, median of the rounds |
|---|---:|---:|
| imutrack, column by column | {POINTS / median(ours):,.0f} | {_ratio(theirs, ours):.1f} |
| `influxdb_client.Point` | {POINTS / median(theirs):,.0f} | 1.0 |
"""


def _end_to_end(influx: Influx) -> str:
    bucket = influx.spare_name()
    influx.make(bucket)
    with _client(influx, bucket) as client, InfluxDBClient(influx.url, influx.token, org=influx.org) as theirs:
        write_api = theirs.write_api(write_options=SYNCHRONOUS)

        def with_ours(number: int) -> None:
            times_ns = START_NS + number * 10**12 + np.arange(POINTS) * 10_000_000
            for begin in range(0, POINTS, 5000):
                part = {name: column[begin : begin + 5000] for name, column in _values(number).items()}
                client.write(bucket, columns("ours", TAGS, times_ns[begin : begin + 5000], part))

        def with_theirs(number: int) -> None:
            times_ns = START_NS + number * 10**12 + np.arange(POINTS) * 10_000_000
            for begin in range(0, POINTS, 5000):
                part = {name: column[begin : begin + 5000] for name, column in _values(number).items()}
                write_api.write(bucket, record=_points("theirs", times_ns[begin : begin + 5000], part))

        ours, peers = _in_turn(with_ours, with_theirs, cpu=False)
    return f"""The same into a real InfluxDB on the same machine through `WriteApi.write`, batches of 5,000, by the
clock.

| end to end | points per s | ratio, median of the rounds |
|---|---:|---:|
| imutrack | {POINTS / median(ours):,.0f} | {_ratio(peers, ours):.1f} |
| `Point`, synchronous | {POINTS / median(peers):,.0f} | 1.0 |
"""


def _outage(influx: Influx) -> str:
    """Keep a day of points, simulated, then send a part of them."""
    bucket = influx.spare_name()
    influx.make(bucket)
    influx.make(f"{bucket}/trace")
    with tempfile.TemporaryDirectory() as folder, LocalStore.open(Path(folder)) as store:
        outbox.switch(store, on=True)
        _keep(store, 0, 20)
        before, begun = _resident_mb(), time.process_time()
        curves = OUTAGE_H * 3600 * RATE_PER_S // CURVE_POINTS
        for first in range(20, curves, 60):
            _keep(store, first, min(first + 60, curves))
        keeping_s, grown = time.process_time() - begun, _resident_mb() - before
        kept = outbox.waiting(store)
        with store.database.transaction() as connection:  # a day takes a server minutes; a part tells the pace
            connection.execute("DELETE FROM outbox WHERE seq > ?", (DRAINED_POINTS // CURVE_POINTS,))
        with _client(influx, bucket) as client:
            started = time.perf_counter()
            sent = Sender(store, client, time.monotonic, time.sleep).drain()
            drained_s = time.perf_counter() - started
            bare_s = _bare(store, client, bucket)
    return f"""A server away for {OUTAGE_H} h at {RATE_PER_S} points/s, in simulated time: {kept.points:,} points of
curves in batches of {CURVE_POINTS:,}.

| outage | measured |
|---|---:|
| growth of memory | {grown:.1f} MB |
| outbox, bytes per point | {kept.bytes / kept.points:.1f} |
| keeping them, points per CPU s | {kept.points / keeping_s:,.0f} |
| drained afterwards, points per s ({sent.points:,} of them) | {sent.points / drained_s:,.0f} |
| the same lines ready made, written by nothing else: the server's own pace | {sent.points / bare_s:,.0f} |
"""


def _keep(store: LocalStore, first: int, last: int) -> None:
    with store.database.transaction() as connection:
        for number in range(first, last):
            put_curve(connection, _curve(number), withdrawn=False)


def _curve(number: int) -> Curve:
    t_s = np.arange(CURVE_POINTS) / 25.0
    swing = 40.0 + 35.0 * np.sin(t_s * (1.1 + 0.01 * (number % 30))) + np.random.default_rng(number).normal(0.0, 0.3)
    values = {"angle_low_deg": swing.astype(np.float32), "angle_high_deg": (swing + 0.8).astype(np.float32)}
    start_ns = START_NS + number * CURVE_POINTS * 40_000_000
    return Curve({**TAGS, "clinic": "bench"}, f"bench-{number:05d}", start_ns, 0.0, t_s, values)


def _bare(store: LocalStore, client: Client, bucket: str) -> float:
    """Return how long the server takes for as many such lines, made beforehand."""
    made = [(_curve(10**6 + number)) for number in range(DRAINED_POINTS // CURVE_POINTS)]
    with store.database.transaction() as connection:
        for curve in made:
            put_curve(connection, curve, withdrawn=False)
    lines = [batch.lines for batch in outbox.batches(store, 10**9)]
    joined = [b"".join(lines[begin : begin + 2]) for begin in range(0, len(lines), 2)]
    started = time.perf_counter()
    for part in joined:
        client.write(f"{bucket}/trace", part)
    return time.perf_counter() - started


def _client(influx: Influx, bucket: str) -> Client:
    settings = InfluxSettings(url=influx.url, org=influx.org, bucket=bucket, trace_bucket=f"{bucket}/trace")
    return Client(Access(settings, Token(influx.token)))


def _values(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {f"value_{number}": rng.normal(0.0, 50.0, POINTS) for number in range(FIELDS)}


def _points(measurement: str, times_ns: np.ndarray, values: dict[str, np.ndarray]) -> list[Point]:
    made = []
    for index, time_ns in enumerate(times_ns):
        point = Point(measurement)
        for name, text in TAGS.items():
            point = point.tag(name, text)
        for name, column in values.items():
            point = point.field(name, float(column[index]))
        made.append(point.time(int(time_ns)))
    return made


def _lines(times_ns: np.ndarray, values: dict[str, np.ndarray]) -> str:
    return "\n".join(point.to_line_protocol() for point in _points("rep", times_ns, values))


def _in_turn(
    ours: Callable[[int], object], theirs: Callable[[int], object], *, cpu: bool
) -> tuple[list[float], list[float]]:
    """Return the seconds of each round: what goes first changes, so that neither has the quieter machine."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            work = (ours, theirs)[which]
            started = time.perf_counter()
            seconds = of_call(lambda work=work, number=number: work(number), runs=1)
            took[which].append(seconds if cpu else time.perf_counter() - started)
    return took


def _ratio(theirs: list[float], ours: list[float]) -> float:
    return median(peer / own for peer, own in zip(theirs, ours, strict=True))


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
