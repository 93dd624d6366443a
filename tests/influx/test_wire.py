"""Faults on the way to a real server, and what the way itself must let pass."""

import pytest
import urllib3
from influxdb_client import InfluxDBClient, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from influx.faulty import Answer, Cut, Stall

LINES = b"rep,patient=otter-maple-47 x=1.5 1\nrep,patient=lynx-violin-11 x=2.5 2\n"


def write(url, bucket, lines=LINES, precision=WritePrecision.NS, **settings):
    with InfluxDBClient(url, bucket.write_token, org=bucket.influx.org, **settings) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket.name, record=lines, write_precision=precision)


@pytest.mark.parametrize("fault", [Cut(stored=False), Cut(stored=True), Stall(stored=False), Stall(stored=True)])
def test_a_batch_sent_again_after_a_fault_is_there_once(wire, bucket, fault):
    wire.then(fault)
    with pytest.raises(urllib3.exceptions.HTTPError):
        write(wire.url, bucket, timeout=200)
    assert len(bucket.points("rep")) == (2 if fault.stored else 0)
    write(wire.url, bucket)
    assert len(bucket.points("rep")) == 2


def test_an_answer_of_the_wire_reaches_no_server_and_the_server_s_own_comes_through(wire, bucket):
    wire.then(Answer(503))
    for lines, status in ((LINES, 503), (b"rep x=NaN 1\n", 400)):
        with pytest.raises(ApiException) as refused:
            write(wire.url, bucket, lines)
        assert refused.value.status == status
    assert bucket.points("rep") == []
    with wire.away(), pytest.raises(urllib3.exceptions.HTTPError):
        write(wire.url, bucket)
    write(wire.url, bucket, enable_gzip=True)
    assert [asked.gzip for asked in wire.writes] == [False, False, True]
    assert len(bucket.points("rep")) == 2


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize(("unit", "time_ns"), [("ns", 7), ("us", 7_000), ("ms", 7_000_000), ("s", 7_000_000_000)])
def test_units_of_time_and_packed_bodies_are_understood(influx, bucket, unit, time_ns, gzip):
    write(influx.url, bucket, b"rep x=1.5 7\n", unit, enable_gzip=gzip)
    assert bucket.points("rep") == [{"time": time_ns, "x": 1.5}]


def test_the_client_finds_the_server_well(influx):
    with InfluxDBClient(influx.url, influx.token, org=influx.org) as client:
        assert client.ping()
        assert client.version().removeprefix("v") == influx.version


def test_ten_thousand_points_are_one_write(wire, bucket):
    write(wire.url, bucket, b"".join(b"rep x=1.5 %d\n" % number for number in range(10_000)))
    assert len(wire.writes) == 1
    (series,) = bucket.query("SELECT count(x) FROM rep")
    assert series["values"][0][1] == "10000"
