"""What it costs to keep points for a server: serialising, the size of the outbox, and filling it."""

import numpy as np
from influxdb_client import Point
from measuring import of_call

from imutrack.stores.line_protocol import columns

POINTS, ROUNDS = 20_000, 5
FIELDS = 8
START_NS = 1_772_000_000 * 10**9


def section() -> str:
    """Return the section of the page."""
    rng = np.random.default_rng(1)
    values = {f"value_{number}": rng.normal(0.0, 50.0, POINTS) for number in range(FIELDS)}
    tags = {"patient": "otter-maple-47", "exercise": "squat", "side": "left"}
    times_ns = START_NS + np.arange(POINTS) * 10_000_000
    ratios, ours, theirs = [], [], []
    for _ in range(ROUNDS):
        ours.append(of_call(lambda: columns("rep", tags, times_ns, values), runs=1))
        theirs.append(of_call(lambda: _points(tags, times_ns, values), runs=1))
        ratios.append(theirs[-1] / ours[-1])
    return f"""## Points for InfluxDB

{POINTS:,} points with {FIELDS} float fields and 3 tags, every value exact, {ROUNDS} rounds in turn, one core.

| what | points per CPU s | ratio |
|---|---:|---:|
| imutrack, a curve at a time | {POINTS / sorted(ours)[ROUNDS // 2]:,.0f} | {sorted(ratios)[ROUNDS // 2]:.1f} |
| `influxdb_client.Point` | {POINTS / sorted(theirs)[ROUNDS // 2]:,.0f} | 1.0 |
"""


def _points(tags: dict[str, str], times_ns: np.ndarray, values: dict[str, np.ndarray]) -> str:
    made = []
    for index, time_ns in enumerate(times_ns):
        point = Point("rep")
        for name, text in tags.items():
            point = point.tag(name, text)
        for name, column in values.items():
            point = point.field(name, float(column[index]))
        made.append(point.time(int(time_ns)).to_line_protocol())
    return "\n".join(made)
