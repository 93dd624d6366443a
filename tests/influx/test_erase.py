"""A patient is gone from the server by count, or it is said why not and what is left."""

import pytest

from imutrack.clinic.patients import Patients
from imutrack.errors import StoreError
from imutrack.influx import erase, erase_waiting, setup
from imutrack.influx.client import Reply
from imutrack.stores import outbox
from imutrack.stores.erasing import erase_patient
from imutrack.stores.line_protocol import lines
from imutrack.stores.local import LocalStore
from influx.line_builders import row
from influx.sending import client, sender
from influx.server import basic_token
from stores.store_builders import BERLIN, OTTER, PANDA, START, exercise_set, trace

MEASUREMENTS = ("exercise_set", "rep", "patient_day", "self_report", "invented_by_somebody")


def points(patient):
    tags = {"patient": patient, "clinic": "north", "side": "left"}
    return lines([row({"x": 1.5, "withdrawn": number == 2}, tags, number, name)
                  for number in (-5, 2, 9 * 10**18) for name in MEASUREMENTS])  # fmt: skip


def fill(to, buckets, *patients):
    for bucket in buckets:
        for patient in patients:
            assert to.write(bucket, points(patient)).status == 204


def left(influx, bucket, patient):
    return sum(patient in point.values() for name in MEASUREMENTS for point in influx.points(name, bucket))


def test_over_the_api_of_influxdb_2_one_patient_goes_and_the_others_stay(front, own_influx):
    buckets = ("imutrack", "imutrack/trace")
    for bucket in buckets:
        front.make(bucket)
    with client(front) as to:
        fill(to, buckets, OTTER, PANDA)
        gone = erase(to, OTTER)
    assert gone.complete
    assert (gone.left, gone.problem) == ({}, "")
    for bucket in buckets:
        assert left(own_influx, bucket, OTTER) == 0
        assert left(own_influx, bucket, PANDA) == 15
    asked = {request.body.decode() for request in front.asked if request.path == "/api/v2/delete"}
    assert all(f'patient=\\"{OTTER}\\"' in body for body in asked)
    assert any("invented_by_somebody" in body for body in asked)


def test_on_a_real_server_one_patient_of_many_goes_by_count(influx):
    name = influx.spare_name()
    influx.make(name)
    influx.make(f"{name}/trace")
    with client(influx, name) as to:
        fill(to, (name, f"{name}/trace"), OTTER, PANDA)
        gone = erase(to, OTTER)
        again = erase(to, OTTER)
    if influx.major == 3:
        assert not gone.complete
        assert "cannot delete" in gone.problem
    else:
        assert gone.complete
        assert again.complete
        for bucket in (name, f"{name}/trace"):
            assert left(influx, bucket, OTTER) == 0
            assert left(influx, bucket, PANDA) == 15
    influx.drop(name)


def test_a_token_that_may_not_delete_leaves_all_and_says_so(front):
    front.make("imutrack")
    front.make("imutrack/trace")
    with client(front) as to:
        fill(to, ("imutrack",), OTTER)
    token = front.grant(read=("imutrack", "imutrack/trace"))
    with client(front, token=token) as to:
        gone = erase(to, OTTER)
    assert not gone.complete
    assert gone.left == {f"imutrack: {name}": 3 for name in MEASUREMENTS}
    assert "did not delete" in gone.problem
    assert "administrator" in gone.problem


def test_what_a_token_may_not_count_is_unknown_and_not_nothing(front):
    front.make("imutrack")
    front.make("imutrack/trace")
    with client(front, token=front.grant(write=("imutrack", "imutrack/trace"))) as to:
        fill(to, ("imutrack",), OTTER)
        gone = erase(to, OTTER)
    assert gone.left is None
    assert not gone.complete
    assert "unknown" in gone.problem
    assert front.buckets["imutrack"].points == {}


def test_on_influxdb_1_a_user_who_may_only_read_is_told_so(influx, bucket):
    if influx.major != 1:
        pytest.skip("DROP SERIES is of InfluxDB 1")
    bucket.write(points(OTTER))
    influx.query(f'CREATE RETENTION POLICY "trace" ON "{bucket.name}" DURATION INF REPLICATION 1')
    with client(influx, bucket.name, bucket.read_token) as to:
        gone = erase(to, OTTER)
    assert not gone.complete
    assert gone.left == {f"{bucket.name}: {name}": 3 for name in MEASUREMENTS}
    assert "administrator" in gone.problem


def test_on_influxdb_1_a_user_who_may_read_and_write_is_enough(own_influx):
    own_influx.make("imutrack")
    own_influx.make("imutrack/trace")
    own_influx.query("CREATE USER both WITH PASSWORD 'both'; GRANT ALL ON \"imutrack\" TO both")
    with client(own_influx, token=basic_token("both")) as to:
        fill(to, ("imutrack", "imutrack/trace"), OTTER)
        assert erase(to, OTTER).complete


def test_influxdb_3_says_that_it_cannot_and_what_is_left(front):
    front.make("imutrack")
    front.make("imutrack/trace")
    with client(front) as to:
        fill(to, ("imutrack",), OTTER)
        to.greeting = Reply(None, {"x-influxdb-version": "3.1.0"})
        gone = erase(to, OTTER)
        assert "cannot delete single points" in gone.problem
        assert sum(gone.left.values()) == 15
        assert erase(to, PANDA).complete


def test_who_is_registered_again_under_the_same_pseudonym_keeps_what_is_new(front, tmp_path):
    first, second = exercise_set("aaaa-0001", "r" * 64), exercise_set("aaaa-0002", "s" * 64, start=START + 1e6)
    with LocalStore.open(tmp_path / "data") as store, client(front) as to:
        setup(to, 90)
        front.buckets["imutrack/trace"].retention_s = 0  # the curve is an old one
        outbox.switch(store, on=True)
        for one in (first, second):
            Patients(store).add(OTTER)
            store.replace(one.recording, [one], clinic="north", zone=BERLIN)
            sender(store, to).drain()
            if one is first:
                erase_patient(store, OTTER)
        assert outbox.to_erase(store) == [OTTER]
        assert erase_waiting(store, to)[OTTER].complete
        assert (outbox.to_erase(store), erase_waiting(store, to)) == ([], {})
        assert front.buckets["imutrack"].points == {}
        sender(store, to).drain()
    assert [point["set_id"] for point in front.buckets["imutrack"].of("exercise_set")] == ["aaaa-0002"]
    assert len(front.buckets["imutrack/trace"].points) == 20


def test_an_erasure_that_was_cut_off_here_by_a_full_disk_brings_back_what_is_new_the_next_time(front, tmp_path):
    with LocalStore.open(tmp_path / "data") as store, client(front) as to:
        setup(to, 90)
        front.buckets["imutrack/trace"].retention_s = 0  # the curve is an old one
        outbox.switch(store, on=True)
        Patients(store).add(OTTER)
        erase_patient(store, OTTER)
        Patients(store).add(OTTER)  # once more
        store.replace("r" * 64, [exercise_set(trace=trace(10.0, 5000))], clinic="north", zone=BERLIN)
        sender(store, to).drain()
        pages, connection = "PRAGMA max_page_count = {}", store.database.connection
        connection.execute("VACUUM")
        ((full,),) = connection.execute("PRAGMA page_count")
        connection.execute(pages.format(full))
        with pytest.raises(StoreError, match="disk is full"):
            erase_waiting(store, to)
        assert outbox.to_erase(store) == [OTTER]
        connection.execute(pages.format(10**6))
        assert erase_waiting(store, to)[OTTER].complete
        sender(store, to).drain()
    assert [point["set_id"] for point in front.buckets["imutrack"].of("exercise_set")] == ["aaaa-0001"]
