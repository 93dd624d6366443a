"""The stand-in for InfluxDB 2: through the real client, beside the real server where both can."""

import threading
import time

import pytest
import urllib3
from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from influx.clients import LINES, delete, refused, write
from influx.faulty import Answer, Cut, Stall
from influx.instance import HttpError, Influx


@pytest.fixture
def bucket(stub):
    """The stub's, not the real server's."""
    return stub.make("imutrack")


@pytest.mark.parametrize("gzip", [False, True])
def test_lines_are_kept_by_measurement_tags_and_time_and_fields_join(stub, bucket, gzip):
    write(stub, enable_gzip=gzip)
    write(stub, b"rep,patient=otter-maple-47 y=3i 1\n", enable_gzip=gzip)
    write(stub, enable_gzip=gzip)
    assert bucket.of("rep", {"patient": "otter-maple-47"}) == [
        {"time": 1, "patient": "otter-maple-47", "x": 1.5, "y": 3}
    ]
    assert len(bucket.points) == 2
    assert [asked.gzip for asked in stub.writes] == [gzip] * 3


def test_one_bad_line_refuses_all_and_another_type_only_its_own(stub, bucket):
    assert refused(stub, LINES + b"rep x=NaN 3\n").status == 400
    assert not bucket.points
    assert refused(stub, LINES + b"rep x=3i 3\n").status == 422
    assert len(bucket.points) == 2


def test_points_older_than_what_is_kept_are_refused_and_the_others_stored(stub):
    week = stub.make("imutrack/trace", retention_s=7 * 86_400)
    problem = refused(stub, LINES + b"rep x=1.5 %d\n" % time.time_ns(), bucket="imutrack/trace")
    assert problem.status == 422
    assert "dropped=2" in problem.body
    assert len(week.points) == 1


def test_tokens_do_what_they_may(stub, bucket):
    stub.make("other")
    assert refused(stub, token="unknown").status == 401  # noqa: S106
    assert refused(stub, token=stub.grant(read=("imutrack",))).status == 403
    assert refused(stub, token=stub.grant(write=("other",))).status == 403
    assert refused(stub, bucket="nowhere").status == 404
    assert not bucket.points
    write(stub, token=stub.grant(write=("imutrack",)))
    assert len(bucket.points) == 2


def test_a_batch_that_is_too_large_is_413(stub, bucket):
    stub.max_body = len(LINES) - 1
    assert refused(stub).status == 413
    assert refused(stub, enable_gzip=True).status == 413
    assert not bucket.points


def test_answers_are_given_in_order_and_store_nothing(stub, bucket):
    stub.then(Answer(429, headers={"Retry-After": "3"}), Answer(503))
    first = refused(stub)
    assert (first.status, first.headers["Retry-After"]) == (429, "3")
    assert refused(stub).status == 503
    assert not bucket.points
    write(stub)
    assert len(bucket.points) == 2


@pytest.mark.parametrize("stored", [False, True])
def test_a_cut_connection_tells_nothing_of_what_was_stored(stub, bucket, stored):
    stub.then(Cut(stored=stored))
    with pytest.raises(urllib3.exceptions.HTTPError):
        write(stub)
    assert len(bucket.points) == (2 if stored else 0)


@pytest.mark.parametrize("stored", [False, True])
def test_a_stalled_request_ends_when_the_client_gives_up(stub, bucket, stored):
    stub.then(Stall(stored=stored))
    with pytest.raises(urllib3.exceptions.HTTPError):
        write(stub, timeout=50)
    assert len(bucket.points) == (2 if stored else 0)
    write(stub)


def test_while_it_is_away_nobody_answers_and_then_it_knows_what_it_knew(stub, bucket):
    write(stub)
    with stub.away(), pytest.raises(urllib3.exceptions.HTTPError):
        write(stub)
    write(stub, b"rep x=1.5 9\n")
    assert len(bucket.points) == 3


@pytest.mark.parametrize(
    ("predicate", "left"),
    [
        ("", 0), ('patient="otter-maple-47"', 1), ('_measurement="rep" AND patient="otter-maple-47"', 1),
        ('_measurement="stance"', 2), ('"patient" = "lynx-violin-11" and _measurement=rep', 1),
    ],
)  # fmt: skip
def test_deletes_take_equal_tags_joined_by_and(stub, bucket, predicate, left):
    write(stub)
    delete(stub, predicate)
    assert len(bucket.points) == left


def test_deletes_take_a_time_from_and_to(stub, bucket):
    write(stub)
    delete(stub, "", stop="1970-01-01T00:00:00.000000001Z")
    assert [point["time"] for point in bucket.of("rep")] == [2]


@pytest.mark.parametrize(
    ("predicate", "times"),
    [
        ("patient='otter-maple-47'", {}), ("patient=otter-maple-47", {}), ('patient!="a"', {}), ("patient=~/a/", {}),
        ('patient="a" OR patient="b"', {}), ('patient="a" patient="b"', {}), ('_field="x"', {}),
        ('patient="a" AND', {}),
        ("", {"start": "2026-01-01"}), ("", {"stop": "2300-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_deletes_refuse_the_rest(stub, bucket, predicate, times):
    write(stub)
    with pytest.raises(ApiException) as caught:
        delete(stub, predicate, **times)
    assert caught.value.status == 400
    assert len(bucket.points) == 2


def test_deleting_needs_the_right_to_write(stub, bucket):
    with pytest.raises(ApiException) as caught:
        delete(stub, "", token=stub.grant(read=("imutrack",)))
    assert caught.value.status == 403


def test_buckets_are_made_listed_changed_and_deleted_through_the_client(stub):
    with InfluxDBClient(stub.url, stub.token, org=stub.org) as client:
        buckets = client.buckets_api()
        made = buckets.create_bucket(bucket_name="imutrack/trace", org=stub.org)
        assert buckets.find_bucket_by_name("imutrack/trace").id == made.id
        made.retention_rules = [{"type": "expire", "everySeconds": 7_776_000}]
        buckets.update_bucket(made)
        assert stub.buckets["imutrack/trace"].retention_s == 7_776_000
        with pytest.raises(ApiException):
            buckets.create_bucket(bucket_name="imutrack/trace", org=stub.org)
        buckets.delete_bucket(made)
    assert not stub.buckets


def test_only_the_operator_makes_buckets_and_others_see_their_own(stub, bucket):
    stub.make("other")
    narrow = Influx(stub.url, stub.org, stub.grant(read=("imutrack",)))
    assert [one["name"] for one in narrow.request("GET", "/api/v2/buckets")["buckets"]] == ["imutrack"]
    with pytest.raises(HttpError, match="unauthorized"):
        narrow.make("third")


def test_what_the_tests_do_with_a_given_server_works_on_version_2(stub):
    given = Influx(stub.url, stub.org, stub.token)
    assert (given.version, given.major) == ("2.7.12", 2)
    with given.bucket() as made, given.bucket() as other:
        given.make(f"{made.name}/trace")
        made.write(LINES)
        assert len(stub.buckets[made.name].points) == 2
        with pytest.raises(ApiException):
            type(made)(given, made.name, other.write_token, other.read_token).write(LINES)
    assert not stub.buckets
    given.make(given.spare_name())
    given.close()
    assert not stub.buckets
    assert not stub.scopes


def test_writes_at_once_are_all_kept(stub, bucket):
    writers = [threading.Thread(target=write, args=(stub, b"rep x=1.5 %d\n" % number)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(bucket.points) == 8


def test_a_request_without_organisation_or_unit_of_time_is_refused(stub, bucket):
    given = Influx(stub.url, stub.org, stub.token)
    for query in ({"bucket": "imutrack", "precision": "ns"}, {"bucket": "imutrack", "org": stub.org}):
        with pytest.raises(HttpError) as caught:
            given.request("POST", "/api/v2/write", **query)
        assert caught.value.status == 400
