"""Rows for the tests of lines: a plain one, any one, and what a store makes of many."""

import math
import struct

from hypothesis import strategies as st

from imutrack.stores.rows import Row
from stores.store_builders import OTTER

TAGS = {"patient": OTTER, "clinic": "north", "exercise": "arm_elevation"}
TIME = 1_772_000_000_250_123_456
LAST = 2**63 - 2


def row(fields, tags=TAGS, time_ns=TIME, measurement="rep"):
    return Row(measurement, tags, time_ns, fields)


def bits(point):
    """A point whose floats tell -0.0 from 0.0, whose ints are no bools, and whose NaN are equal."""
    return {name: (type(value), struct.pack("<d", value) if isinstance(value, float) else value)
            for name, value in point.items()}  # fmt: skip


def same(found, expected):
    assert [bits(point) for point in found] == [bits(point) for point in expected]


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
name = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), min_size=1, max_size=8)
names = name.filter(lambda known: known != "time" and not known.startswith(("_", "#")))
int64 = st.integers(-(2**63), 2**63 - 1)
times = st.sampled_from([-LAST, -1, 0, TIME, LAST]) | st.integers(TIME, TIME + 10**12)  # every other week costs a shard
FIELDS = {"f": st.floats(), "g": st.floats(width=32), "i": int64, "b": st.booleans(), "s": text}
some_fields = st.fixed_dictionaries({}, optional=FIELDS)
some_tags = st.dictionaries(st.sampled_from(["t", "u,= ", "ü"]), name | st.just(""), max_size=3)
EDGES = {"f": -0.0, "g": 5e-324, "i": -(2**63), "b": False, "s": '\\"\\\n\x00,= \ufffe'}


def expected(measurement_rows):
    """Merge rows as a store does that knows a point by measurement, tags and time: in order of time, then of tags."""
    merged = {}
    for one in measurement_rows:
        tags = {key: value for key, value in one.tags.items() if value}
        said = {key: value for key, value in one.fields.items() if not isinstance(value, float) or math.isfinite(value)}
        if said:
            merged.setdefault((one.time_ns, tuple(sorted(tags.items()))), {"time": one.time_ns, **tags}).update(said)
    return sorted(merged.values(), key=order)


def order(point):
    return point["time"], sorted((key, value) for key, value in point.items() if key not in {*FIELDS, "time"})
