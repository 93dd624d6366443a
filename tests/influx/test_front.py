"""InfluxDB 2's API and real InfluxQL in one: what is written is asked for, what is deleted is gone from both."""

import pytest
from influxdb_client import InfluxDBClient

from influx.clients import ALL, delete, refused, write
from influx.instance import HttpError, Influx


@pytest.fixture
def asked(front):
    front.make("imutrack")
    front.make("imutrack/trace")
    return Influx(front.url, front.org, front.token)


def test_what_is_written_is_asked_for_bucket_by_bucket(front, asked):
    write(front, enable_gzip=True)
    write(front, b"rep x=9.5 9\n", bucket="imutrack/trace")
    assert refused(front, b"rep x=1.5 3\nrep x=3i 4\n").status == 422
    assert asked.points("rep", "imutrack") == [
        {"time": 1, "patient": "otter-maple-47", "x": 1.5},
        {"time": 2, "patient": "lynx-violin-11", "x": 2.5},
        {"time": 3, "x": 1.5},
    ]
    assert asked.points("rep", "imutrack/trace") == [{"time": 9, "x": 9.5}]
    for bucket in ("imutrack", "imutrack/trace"):
        assert asked.points("rep", bucket) == front.buckets[bucket].of("rep")


@pytest.mark.parametrize("predicate", ['patient="otter-maple-47"', '_measurement="rep" AND patient="otter-maple-47"'])
def test_deleting_in_one_bucket_leaves_the_other(front, asked, predicate):
    for bucket in ("imutrack", "imutrack/trace"):
        write(front, bucket=bucket)
    delete(front, predicate)
    assert asked.points("rep", "imutrack") == [{"time": 2, "patient": "lynx-violin-11", "x": 2.5}]
    assert len(asked.points("rep", "imutrack/trace")) == 2
    with InfluxDBClient(front.url, front.token, org=front.org) as client:
        client.delete_api().delete(ALL["start"], ALL["stop"], "", bucket="imutrack/trace")
    assert asked.points("rep", "imutrack/trace") == []
    assert len(asked.points("rep", "imutrack")) == 1


def test_only_a_token_that_may_read_is_answered(front, asked):
    write(front)
    assert asked.points("rep", "imutrack", front.grant(read=("imutrack",)))
    for token, status in (("unknown", 401), (front.grant(write=("imutrack",)), 200)):
        with pytest.raises(HttpError) as caught:
            asked.points("rep", "imutrack", token)
        assert caught.value.status == status


def test_a_token_finds_the_policies_that_it_may_read(front, asked):
    write(front)
    write(front, bucket="imutrack/trace")
    curves = front.grant(read=("imutrack/trace",))
    assert len(asked.points("rep", "imutrack/trace", curves)) == 2
    for bucket, words in (("imutrack", "not set for: imutrack"), ("imutrack/autogen", "not found: autogen")):
        with pytest.raises(HttpError, match=words):
            asked.query("SELECT * FROM rep", bucket, curves)
    results = front.grant(read=("imutrack",))
    assert len(asked.points("rep", "imutrack", results)) == 2
    with pytest.raises(HttpError, match="retention policy not found: trace"):
        asked.query("SELECT * FROM rep", "imutrack/trace", results)


@pytest.mark.parametrize("statement", ["DROP SERIES FROM rep", "SHOW RETENTION POLICIES", "SHOW SERIES CARDINALITY"])
def test_what_influxdb_2_has_not_is_not_passed_on(asked, statement):
    with pytest.raises(HttpError, match="not implemented"):
        asked.query(statement, "imutrack")


def test_measurements_that_a_token_may_not_see_are_none_and_no_refusal(front, asked):
    write(front)
    assert asked.query("SHOW MEASUREMENTS", "imutrack")
    assert asked.query("SHOW MEASUREMENTS", "imutrack", front.grant(write=("imutrack",))) == []


def test_buckets_that_are_made_and_dropped_over_the_api_are_made_and_dropped_behind(front):
    asked = Influx(front.url, front.org, front.token)
    name = asked.spare_name()
    asked.make(name)
    write(front, bucket=name)
    assert len(asked.points("rep", name)) == 2
    asked.drop(name)
    with pytest.raises(HttpError):
        asked.query("SELECT * FROM rep", name)
