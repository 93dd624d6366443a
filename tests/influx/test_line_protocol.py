"""Lines as the protocol has them, letter by letter and for any values; no server is needed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from imutrack.errors import SchemaError
from imutrack.stores.line_protocol import columns, lines
from influx.grammar import parse
from influx.line_builders import (
    FIELDS,
    LAST,
    TAGS,
    TIME,
    int64,
    name,
    names,
    row,
    same,
    text,
    times,
)


def written(**fields):
    """What stands between the tags and the time."""
    return lines([row(fields, tags={})]).decode().removeprefix("rep ").removesuffix(f" {TIME}\n")


# --- what is written, letter by letter


def test_a_line_is_measurement_sorted_tags_fields_and_time():
    assert lines([row({"rom_deg": 81.25, "number": 3})]) == (
        b"rep,clinic=north,exercise=arm_elevation,patient=otter-maple-47 rom_deg=81.25,number=3i 1772000000250123456\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"), (3.0, "3.0"), (-0.0, "-0.0"), (5e-324, "5e-324"), (1e22, "1e+22"), (1 / 3, "0.3333333333333333"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0, "0i"), (-(2**63), "-9223372036854775808i"), (2**63 - 1, "9223372036854775807i"),
        (True, "true"), (False, "false"),
        ("", '""'), ('a "b" \\ c', r'"a \"b\" \\ c"'), ("a,b=c d\ne", '"a,b=c d\ne"'), ("100 %b", '"100 %b"'),
        ("Knie über 90°", '"Knie über 90°"'),
    ],
)  # fmt: skip
def test_a_value_is_written_in_its_type(value, text):
    assert written(x=value) == f"x={text}"
    assert columns("rep", {}, np.array([TIME]), {"x": value}).decode() == f"rep x={text} {TIME}\n"


def test_commas_spaces_and_equals_are_escaped_in_names_and_tags():
    (line,) = lines([row({"f,=% ": 1.0}, {"t,= ": 'ü,= "%'}, measurement="m,= %")]).decode().splitlines()
    assert line == rf'm\,=\ %,t\,\=\ =ü\,\=\ "% f\,\=%\ =1.0 {TIME}'


def test_an_empty_tag_is_left_out():
    assert lines([row({"number": 1}, {"patient": "", "clinic": "north"})]) == b"rep,clinic=north number=1i %d\n" % TIME


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out_and_with_nothing_else_the_line_too(nothing):
    assert written(a=1.0, x=nothing, s="null") == 'a=1.0,s="null"'
    assert lines([row({"x": nothing}), row({}), row({"a": 1.0}, {})]) == b"rep a=1.0 %d\n" % TIME
    times = np.array([1, 2, 3])
    values = {"x": np.array([1.5, nothing, nothing]), "y": np.array([nothing, nothing, 2.5])}
    assert columns("rep", {}, times, values) == b"rep x=1.5 1\nrep y=2.5 3\n"
    assert columns("rep", {}, times, {**values, "z": nothing, "n": 1}).splitlines()[1] == b"rep n=1i 2"


def test_lines_keep_the_order_of_the_rows_whatever_they_hold():
    mixed = [row({"number": n} if n % 3 else {"rom_deg": 1.0, "withdrawn": n % 2 == 0}, time_ns=n) for n in range(20)]
    assert [line.time for line in parse(lines(mixed))] == list(range(20))


def test_nothing_gives_nothing():
    assert lines([]) == b""
    assert columns("rep", TAGS, np.array([], np.int64), {"x": np.array([])}) == b""
    assert columns("rep", TAGS, np.array([TIME]), {}) == b""


# --- what is refused, before any server sees it


@pytest.mark.parametrize(
    "text", ["a\nb", "a\rb", "\tb", "a\x00b", "a\\", "a\\,b", "a\\ b", "a\\=b", "a\\\\b", "a\ud800"]
)
def test_a_tag_that_no_server_or_not_every_one_gives_back_is_refused(text):
    with pytest.raises(SchemaError):
        lines([row({"number": 1}, {"clinic": text})])
    with pytest.raises(SchemaError):
        columns("rep", {"clinic": text}, np.array([TIME]), {"number": 1})


def test_a_backslash_before_a_letter_is_just_a_letter():
    assert lines([row({"number": 1}, {"clinic": "a\\b"})]) == b"rep,clinic=a\\b number=1i %d\n" % TIME


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, None, 1j, b"x", np.float64(1.0), "\ud800"])
def test_a_value_that_cannot_be_written_exactly_is_refused(value):
    with pytest.raises(SchemaError):
        lines([row({"x": value})])
    with pytest.raises(SchemaError):
        columns("rep", {}, np.array([TIME]), {"x": value})


@pytest.mark.parametrize("dtype", [np.uint64, np.longdouble, np.complex128, "datetime64[ns]", "U3", object])
def test_an_array_that_cannot_be_written_exactly_is_refused(dtype):
    with pytest.raises(SchemaError, match="array of"):
        columns("rep", {}, np.array([TIME]), {"x": np.zeros(1, dtype)})


@pytest.mark.parametrize("name", ["", "time", "a\nb", "a\\"])
def test_a_name_that_servers_drop_or_refuse_is_refused(name):
    for bad in (row({name: 1}), row({"x": 1}, {name: "t"})):
        with pytest.raises(SchemaError):
            lines([bad])


@pytest.mark.parametrize("time_ns", [LAST + 1, -LAST - 1, 2**64])
def test_a_time_that_servers_do_not_have_is_refused(time_ns):
    with pytest.raises(SchemaError, match="time"):
        lines([row({"x": 1}, time_ns=time_ns)])
    with pytest.raises(SchemaError, match="time"):
        columns("rep", {}, np.array([time_ns, 0]), {"x": 1})


def test_times_that_are_no_ints_and_columns_of_another_length_are_refused():
    with pytest.raises(SchemaError, match="nanoseconds"):
        columns("rep", {}, np.array([1.5]), {"x": 1})
    with pytest.raises(SchemaError, match="shape"):
        columns("rep", {}, np.array([1, 2]), {"x": np.array([1.0])})


# --- any values


@given(
    st.lists(st.builds(row, st.dictionaries(names, st.one_of(*FIELDS.values())), st.dictionaries(names, name), times))
)
def test_lines_of_any_rows_are_of_the_protocol_and_say_what_the_rows_say(many):
    found = parse(lines(many))
    kept = [(one, said) for one in many if (said := {k: v for k, v in one.fields.items()
            if not isinstance(v, float) or math.isfinite(v)})]  # fmt: skip
    assert [(line.measurement, line.tags, line.time) for line in found] == [
        (one.measurement, one.tags, one.time_ns) for one, _ in kept
    ]
    same([line.fields for line in found], [said for _, said in kept])


@given(st.lists(st.tuples(times, st.floats(), st.floats(width=32), int64, st.booleans()), max_size=30), text)
def test_columns_give_the_lines_of_their_rows(points, said):
    as_rows = [row({"s": said, "f": f, "g": g, "i": i, "b": b}, time_ns=time_ns) for time_ns, f, g, i, b in points]
    at, f, g, i, b = (list(column) for column in zip(*points, strict=True)) if points else ([],) * 5
    given_columns = {"f": np.array(f, float), "g": np.array(g, np.float32), "i": np.array(i, np.int64),
                     "b": np.array(b, bool)}  # fmt: skip
    assert columns("rep", TAGS, np.array(at, np.int64), {"s": said, **given_columns}) == lines(as_rows)


@given(st.integers(2, 2500), st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_long_columns_with_gaps_anywhere_and_any_stride_give_the_lines_of_their_rows(count, seed):
    values = np.random.default_rng(seed).normal(size=(count, 6))[:, ::2]
    values[np.random.default_rng(seed + 1).random(values.shape) < 1 / count] = np.nan
    times_ns = np.arange(count) * 3
    found = columns("rep", TAGS, times_ns, {name: values[:, place] for place, name in enumerate("xyz")})
    assert found == lines([
        row(dict(zip("xyz", said, strict=True)), time_ns=at)
        for at, said in zip(times_ns.tolist(), values.tolist(), strict=True)
    ])  # fmt: skip


# --- against the client's own


@given(
    st.dictionaries(
        st.sampled_from("abcde"), st.floats(-1e15, 1e15) | int64 | st.booleans() | st.text('ab ,"\\', max_size=5)
    )
)
def test_plain_points_are_written_as_the_client_writes_them(fields):
    point = Point("rep")
    for tags, add in ((TAGS, point.tag), (dict(sorted(fields.items())), point.field)):
        for key, value in tags.items():
            add(key, value)
    ours = parse(lines([row(fields)]))
    same([line.point for line in ours], [line.point for line in parse_client(point.time(TIME, WritePrecision.NS))])


def parse_client(point):
    text = point.to_line_protocol()
    return parse(f"{text}\n".encode()) if text else []
