"""Lines on a real server: every value comes back as it went in, lines of one point merge, the rest is refused."""

import math
import secrets

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from influxdb_client.rest import ApiException

from imutrack.stores.curves import Curve
from imutrack.stores.line_protocol import columns, curve_lines, lines
from imutrack.stores.rows import Row, rows
from influx.grammar import GrammarError, parse
from influx.line_builders import (
    EDGES,
    LAST,
    TAGS,
    TIME,
    expected,
    name,
    names,
    order,
    row,
    same,
    some_fields,
    some_tags,
    times,
)
from stores.store_builders import BERLIN, corrected, exercise_set


@given(st.lists(st.builds(row, some_fields, some_tags, times), max_size=20))
@example([row(EDGES, {}, LAST), row(EDGES, {"t": "'\"ü,= "}, -LAST), row(EDGES, {"ü": "#"}, 0)])
@example(
    [row({"f": value}, {}, place) for place, value in enumerate([1.7976931348623157e308, -5e-324, 1e22, 2**53 + 2.0])]
)
@example([row({"i": 2**63 - 1}, {}, 1), row({"s": ""}, {}, 1), row({"s": "x" * 60_000}, {}, 2)])
@settings(max_examples=150)
def test_a_real_server_gives_back_every_value_type_and_time(written_to, many):
    measurement = f"m{secrets.token_hex(8)}"
    many = [Row(measurement, one.tags, one.time_ns, one.fields) for one in many]
    if data := lines(many):
        written_to.write(data)
        same(sorted(written_to.points(measurement), key=order), expected(many))


@given(measurement=names, tag=names, field=names, value=name)
@settings(max_examples=50)
@example(measurement='"', tag="'", field='"', value='"')
@example(measurement="m", tag="t", field="f", value="C:\\temp")
def test_a_real_server_gives_back_any_name(written_to, measurement, tag, field, value):
    field = f"{field}_field"  # the same name for both is told apart only by the server's own means
    measurement = measurement + secrets.token_hex(8)
    written_to.write(lines([row({field: 1.5}, {tag: value}, 5, measurement)]))
    assert written_to.points(measurement) == [{"time": 5, tag: value, field: 1.5}]


@pytest.fixture(scope="module")
def written_to(influx):
    with influx.bucket() as made:
        yield made


# --- the product's own rows and curves


def test_the_rows_of_a_result_come_back_as_the_schema_has_them(bucket):
    stored = rows(corrected(exercise_set()), clinic="north", zone=BERLIN)
    bucket.write(lines(stored))
    for measurement in ("exercise_set", "rep"):
        same(bucket.points(measurement), expected([one for one in stored if one.measurement == measurement]))


def curve_of(count):
    t_s = np.arange(count) * 0.1
    low = (60 * np.sin(t_s)).astype(np.float32)
    low[::7] = np.nan
    return Curve(TAGS, "aaaa-0001", TIME, 0.0, t_s, {"angle_low_deg": low, "angle_high_deg": low + np.float32(0.1)})


def test_a_curve_comes_back_as_the_local_store_gives_it(bucket):
    curve = curve_of(50)
    bucket.write(curve_lines(curve))
    local = Curve.unpacked(curve.packed())
    found = bucket.points("trace")
    assert [point["time"] for point in found] == curve.times_ns.tolist()
    assert all(point["set_id"] == "aaaa-0001" and point["withdrawn"] is False for point in found)
    for column, values in local.values.items():
        np.testing.assert_array_equal([point.get(column, math.nan) for point in found], values)


def test_a_curve_that_was_withdrawn_is_withdrawn_point_by_point_and_keeps_its_values(bucket):
    curve = curve_of(50)
    bucket.write(curve_lines(curve))
    before = bucket.points("trace")
    bucket.write(columns("trace", curve.tags, curve.times_ns, {"withdrawn": True}))
    same(bucket.points("trace"), [point | {"withdrawn": True} for point in before])
    bucket.write(curve_lines(curve, withdrawn=True))
    same(bucket.points("trace"), [point | {"withdrawn": True} for point in before])


# --- what the real server does with lines


def test_the_same_lines_again_change_nothing_and_other_fields_join_the_point(bucket):
    first = lines([row({"number": 1, "rom_deg": 80.0})])
    bucket.write(first)
    bucket.write(first)
    bucket.write(lines([row({"rom_deg": 81.5, "withdrawn": True})]))
    same(bucket.points("rep"), [{"time": TIME, **TAGS, "number": 1, "rom_deg": 81.5, "withdrawn": True}])


def test_within_one_batch_the_later_line_of_a_point_wins(bucket):
    bucket.write(lines([row({"withdrawn": False, "number": 1}), row({"withdrawn": True}), row({"number": 2})]))
    same(bucket.points("rep"), [{"time": TIME, **TAGS, "number": 2, "withdrawn": True}])


def test_another_tag_or_time_is_another_point(bucket):
    bucket.write(
        lines([row({"number": 1}), row({"number": 2}, {**TAGS, "side": "left"}), row({"number": 3}, time_ns=5)])
    )
    assert len(bucket.points("rep")) == 3


@pytest.mark.parametrize(("first", "other"), [(1.5, 3), (3, 1.5), ("3", 3), (True, "true"), (False, 0.0)])
def test_a_field_keeps_its_first_type_and_the_rest_of_the_batch_is_stored(bucket, first, other):
    bucket.write(lines([row({"x": first})]))
    with pytest.raises(ApiException) as refused:
        bucket.write(lines([row({"x": other}, time_ns=TIME + 1), row({"x": first}, time_ns=TIME + 2)]))
    assert refused.value.status in (400, 422)
    assert "partial write" in refused.value.body
    same(bucket.points("rep"), [{"time": at, **TAGS, "x": first} for at in (TIME, TIME + 2)])


@pytest.mark.parametrize(
    "line",
    [b"rep x=NaN 1\n", b"rep x=1e400 1\n", b"rep x=9223372036854775808i 1\n", b"rep,clinic= x=1 1\n", b"rep\\ x=1 1\n",
     b"rep,clinic=a\\\\ x=1 1\n", b'rep x="\\" 1\n', b"rep,clinic=a 1\n", b"rep x=1 9223372036854775807\n"],
)  # fmt: skip
def test_what_is_refused_here_is_refused_there(bucket, line):
    with pytest.raises(ApiException) as refused:
        bucket.write(line)
    assert refused.value.status in (400, 422)
    with pytest.raises(GrammarError):
        parse(line)
    assert bucket.points("rep") == []


def test_a_token_does_only_what_it_may(influx, bucket):
    line = lines([row({"number": 1})])
    with influx.bucket() as other:
        for token in (bucket.read_token, influx.grant(write=[other.name]), "unknown"):
            stranger = type(bucket)(influx, bucket.name, token, token)
            with pytest.raises(ApiException) as refused:
                stranger.write(line)
            assert refused.value.status in (401, 403, 404)
    assert bucket.points("rep") == []
