"""Each clinic has its buckets and its token: clinic A's token does nothing in clinic B's, and the doctor says so."""

from datetime import UTC, datetime

import pytest

from imutrack.clinic.patients import Patients
from imutrack.influx import Outcome, RefusedError, erase, examine, setup
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from influx.sending import client, sender
from stores.store_builders import BERLIN, OTTER, exercise_set

NOW = datetime.now(UTC).timestamp()


@pytest.fixture(params=["influx", "front"])
def server(request):
    """The real server, and the API of InfluxDB 2 before it."""
    found = request.getfixturevalue(request.param)
    if request.param == "influx" and found.major == 3:
        pytest.skip("InfluxDB 3 Core knows admin tokens only")
    return found


@pytest.fixture
def store(tmp_path):
    """Of clinic B, with a result that waits."""
    with LocalStore.open(tmp_path / "data") as opened:
        outbox.switch(opened, on=True)
        Patients(opened).add(OTTER)
        opened.replace("r" * 64, [exercise_set(start=NOW - 86_400.0)], clinic="b", zone=BERLIN)
        yield opened


@pytest.fixture
def clinics(server, influx):
    """The buckets of A and B, set up, and the token of A."""
    names = [influx.spare_name(), influx.spare_name()]  # the stand-in drops its own
    for name in names:
        with client(server, name) as to:
            assert all(finding.ok for finding in setup(to, 90))
    both = (names[0], f"{names[0]}/trace")
    yield *names, server.grant(read=both, write=both)
    for name in names:
        influx.drop(name)


def points(server, bucket):
    with client(server, bucket) as to:
        return {name: to.query("SELECT * FROM /.*/", name) for name in (bucket, f"{bucket}/trace")}


def filled(server, bucket, store):
    with client(server, bucket) as to:
        assert sender(store, to).drain().points == 24
    found = points(server, bucket)
    assert all(found.values())
    return found


def test_a_s_token_writes_nothing_into_b_s_buckets_and_what_was_to_be_sent_is_kept(server, clinics, store):
    _, b, token = clinics
    with client(server, b, token) as to:
        for name in (b, f"{b}/trace"):
            answer = to.write(name, b"rep,patient=otter-maple-47 x=1.5 1\n")
            assert (answer.outcome, answer.status in (401, 403, 404)) == (Outcome.KEEP, True)
        sent = sender(store, to).drain(until=0.5)
    assert (sent.points, sent.set_aside, outbox.waiting(store).points) == (0, 0, 24)
    assert not any(points(server, b).values())


def test_a_s_token_reads_nothing_of_b_s_whichever_way_it_asks(server, clinics, store):
    a, b, token = clinics
    filled(server, b, store)
    with client(server, a, token) as to:
        assert to.query("SELECT * FROM /.*/", a) == []
        for statement in ("SELECT * FROM /.*/", 'SELECT count("reps") FROM "exercise_set"', "SHOW FIELD KEYS"):
            for name in (b, f"{b}/trace"):
                with pytest.raises(RefusedError):
                    to.query(statement, name)
        with pytest.raises(RefusedError):
            to.query(f'SELECT * FROM "{b}"."autogen"."exercise_set"', a)  # noqa: S608 - names of our own


def test_a_s_token_erases_nothing_of_b_s_and_it_is_said_that_nothing_is_known(server, clinics, store):
    _, b, token = clinics
    before = filled(server, b, store)
    with client(server, b, token) as to:
        gone = erase(to, OTTER)
    assert (gone.complete, gone.left) == (False, None)
    assert "did not delete" in gone.problem
    assert "administrator" in gone.problem
    assert points(server, b) == before


def test_the_doctor_says_that_a_s_token_is_not_for_b_s_buckets(server, clinics, store):
    _, b, token = clinics
    before = filled(server, b, store)
    with client(server, b, token) as to:
        found = list(examine(to, store, clinic="b", trace_days=90, now=datetime.now(UTC).timestamp()))
    wrong = [(finding.what, finding.fix) for finding in found if not finding.ok]
    for name in (b, f"{b}/trace"):
        ((_, fix),) = [each for each in wrong if f"the token may not write to {name}:" in each[0]]
        assert fix == f"put in the token of this clinic, or grant it write on {name}"
    assert sum("may not read" in finding.what for finding in found) == 2
    assert points(server, b) == before
