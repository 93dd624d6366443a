"""From the outbox to a server: everything arrives once, only what is at fault stays behind."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imutrack.errors import StoreError
from imutrack.influx import Answer as Refused
from imutrack.influx import Outcome, sending_alone
from imutrack.influx.batching import split_lines
from imutrack.influx.lanes import Lane
from imutrack.influx.sender import SenderParams
from imutrack.stores import outbox
from imutrack.stores.line_protocol import lines as lines_of
from imutrack.stores.local import LocalStore
from influx.faulty import Answer, Cut, Stall
from influx.line_builders import row
from influx.sending import Clock, client, put, refused, sender
from influx.stub import Stub

GOOD = b"rep,patient=otter-maple-47 x=%d.5 %d\n"
HOUR_S = 3600.0


def some(first, count):
    return b"".join(GOOD % (number, number) for number in range(first, first + count))


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def v2(stub):
    stub.make("imutrack")
    stub.make("imutrack/trace")
    return stub


@pytest.fixture
def real(influx, bucket, wire):
    """The real server behind a wire, in the place of a stub."""
    wire.org, wire.token = influx.org, bucket.write_token
    return wire


def waiting(store):
    return outbox.waiting(store).batches


def test_what_waits_is_sent_in_order_many_batches_in_one_request(store, v2):
    for number in range(10):
        put(store, GOOD % (number, 7))  # the same point again and again
    put(store, b"trace angle_low_deg=1.5 9\n", trace=True)
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert (sent.points, sent.requests, sent.kept) == (11, 2, None)
    assert waiting(store) == 0
    assert v2.buckets["imutrack"].of("rep") == [{"time": 7, "patient": "otter-maple-47", "x": 9.5}]
    assert len(v2.buckets["imutrack/trace"].of("trace")) == 1


def test_a_request_holds_no_more_points_than_it_may(store, v2):
    for number in range(10):
        put(store, some(1000 * number, 3))
    with client(v2) as to:
        sent = sender(store, to, params=SenderParams(most_points=9)).drain()
    assert sent.requests == 4
    assert len(v2.buckets["imutrack"].of("rep")) == 30


@pytest.mark.parametrize("where", [0, 3, 7, 11])
def test_only_the_bad_line_stays_behind_on_a_server_that_refuses_all_for_one(store, v2, where):
    batches = [GOOD % (number, number) for number in range(12)]
    batches[where] = b"rep x= 5\n"
    for start in range(0, 12, 4):
        put(store, b"".join(batches[start : start + 4]))
    with client(v2) as to:
        sent = sender(store, to).drain()
    ((why, kept),) = refused(store)
    assert kept == b"rep x= 5\n"
    assert why.startswith("400: unable to parse")
    assert (sent.points, sent.set_aside, waiting(store)) == (11, 1, 0)
    assert len(v2.buckets["imutrack"].of("rep")) == 11


def test_only_lines_of_another_type_stay_behind_and_those_beside_them_are_there_once(store, real, bucket, influx):
    bucket.write(b"rep,patient=otter-maple-47 x=1.5 1\n")
    put(store, some(2, 3) + b"rep,patient=otter-maple-47 x=3i 9\n" + some(5, 3))
    put(store, some(8, 2))
    with client(real, bucket.name) as to:
        sent = sender(store, to).drain()
    ((why, kept),) = refused(store)
    assert kept == b"rep,patient=otter-maple-47 x=3i 9\n"
    assert "field type conflict" in why
    assert sent.points == 8
    assert [point["time"] for point in bucket.points("rep")] == list(range(1, 10))


def test_a_batch_that_is_bad_as_a_whole_is_not_halved_down_to_its_lines(store, v2):
    v2.buckets["imutrack"].write(b"rep,patient=otter-maple-47 x=1i 1\n")
    put(store, some(2, 1000))
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert (sent.requests, sent.set_aside) == (1, 1000)


@pytest.mark.parametrize("terse", [False, True])
def test_a_whole_curve_that_is_too_old_takes_one_request(store, v2, terse):
    bucket = v2.buckets["imutrack/trace"]
    bucket.retention_s, bucket.terse = 90 * 86_400, terse
    tags = ",".join(f"{name}={'x' * 60}" for name in ("clinic", "exercise", "patient", "side"))  # longer than is kept
    put(
        store,
        b"".join(b"trace,%s angle_low_deg=1.5 %d\n" % (tags.encode(), number) for number in range(1000)),
        trace=True,
    )
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert (sent.requests, sent.expired, sent.set_aside, waiting(store)) == (1, 1000, 0, 0)


def test_text_with_line_breaks_is_one_line(store, v2):
    one = lines_of([row({"text": 'a "b"\nnote x=1 1\n \\', "x": 1.5}, time_ns=1), row({"x": 2.5}, time_ns=2)])
    put(store, one + b"rep x= 5\n", count=3)
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert (sent.points, sent.set_aside) == (2, 1)
    assert len(v2.buckets["imutrack"].of("rep")) == 2
    assert split_lines(one) == [lines_of([row({"text": 'a "b"\nnote x=1 1\n \\', "x": 1.5}, time_ns=1)]),
                                lines_of([row({"x": 2.5}, time_ns=2)])]  # fmt: skip


@pytest.mark.parametrize("broken", [b'rep x="a 1\nrep x=1 2\n', b'rep x="a" 1\nrep x=1 2', b'"', b'\nrep x="a" 1\n'])
def test_what_cannot_be_cut_into_lines_stays_whole(broken):
    assert split_lines(broken) == [broken]


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=5))
def test_lines_are_cut_where_points_end_whatever_their_text_says(texts):
    tags = {"patient": "a \"quoted' one", "side": "left, or =right"}
    each = [lines_of([row({"text": text, "x": 1.5}, tags, time_ns=at)]) for at, text in enumerate(texts)]
    assert split_lines(b"".join(each)) == each


def test_what_is_too_large_is_sent_in_parts_and_one_line_too_large_is_set_aside(store, v2):
    v2.max_body = 200
    put(store, some(0, 20))
    put(store, some(20, 1))
    put(store, b'rep text="%s" 99\n' % (b"x" * 300))
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert len(v2.buckets["imutrack"].of("rep")) == 21
    assert (sent.points, sent.set_aside) == (21, 1)
    assert refused(store)[0][0].startswith("413")


@pytest.mark.parametrize("terse", [False, True])
def test_curves_older_than_the_server_keeps_them_are_done_and_results_are_not(store, v2, terse):
    for bucket in v2.buckets.values():
        bucket.retention_s, bucket.terse = 90 * 86_400, terse
    put(store, b"trace angle_low_deg=1.5 1\n" * 3 + b"trace angle_low_deg=1.5 9000000000000000000\n", trace=True)
    put(store, some(1, 1))
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert (sent.points, sent.expired, sent.set_aside) == (1, 3, 1)
    assert [lines for _, lines in refused(store)] == [some(1, 1)]


KEEPERS = [Answer(401), Answer(403), Answer(404), Answer(429), Answer(500), Answer(502), Answer(503), Answer(301),
           Cut(stored=False), Cut(stored=True)]  # fmt: skip


@pytest.mark.parametrize("fault", KEEPERS, ids=str)
def test_nothing_is_lost_or_doubled_by_what_passes(store, real, bucket, fault):
    put(store, some(0, 5))
    put(store, some(5, 5))
    real.then(fault, fault)
    clock = Clock()
    with client(real, bucket.name) as to:
        sent = sender(store, to, clock).drain()
    assert len(bucket.points("rep")) == 10
    assert (sent.points, sent.kept, waiting(store), refused(store)) == (10, None, 0, [])
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize("stored", [False, True])
def test_a_server_that_stalls_is_given_up_and_asked_again(store, real, bucket, stored):
    put(store, some(0, 5))
    real.then(Stall(stored=stored))
    with client(real, bucket.name, timeout_s=0.2) as to:
        assert sender(store, to).drain().points == 5
    assert len(bucket.points("rep")) == 5


def test_a_server_that_is_away_is_waited_for(store, real, bucket):
    put(store, some(0, 5))
    gone = real.away()
    gone.__enter__()
    clock = Clock(lambda: None, lambda: gone.__exit__(None, None, None))
    with client(real, bucket.name) as to:
        sent = sender(store, to, clock).drain()
    assert (sent.points, clock.slept) == (5, [1.0, 2.0])
    assert len(bucket.points("rep")) == 5


def test_a_server_that_does_not_answer_is_asked_once_and_not_for_each_bucket(store, v2):
    put(store, some(0, 5))
    put(store, b"trace angle_low_deg=1.5 1\n", trace=True)
    v2.then(Cut(stored=False), Cut(stored=False), Answer(503))
    clock = Clock()
    with client(v2) as to:
        sent = sender(store, to, clock).drain()
    assert (sent.points, sent.kept, waiting(store)) == (6, None, 0)
    assert [asked.query["bucket"] for asked in v2.writes] == ["imutrack"] * 3 + ["imutrack/trace", "imutrack"]
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(("chance", "share"), [(1.0, 1.0), (0.0, 0.5)])
def test_waits_double_up_to_five_minutes_and_a_part_of_each_is_chance(store, v2, chance, share):
    put(store, some(0, 1))
    v2.then(*[Answer(503)] * 12)
    clock = Clock()
    with client(v2) as to:
        sender(store, to, clock, chance).drain()
    assert clock.slept == [share * seconds for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300)]


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "999999999"}, HOUR_S),
        ({"Retry-After": "soon"}, 1.0),
        ({"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, HOUR_S),
        ({"Retry-After": "Wed, 21 Oct 2009 07:28:00 GMT"}, 1.0),
    ],
)
def test_a_server_that_asks_to_be_left_alone_is(store, v2, headers, wait_s):
    put(store, some(0, 1))
    v2.then(Answer(429, headers=headers))
    clock = Clock()
    with client(v2) as to:
        sender(store, to, clock).drain()
    assert clock.slept == [wait_s]


def test_the_longest_wait_is_five_minutes_however_often_it_was_tried():
    lane = Lane("imutrack", trace=False, tries=5000)
    lane.keep(Refused(Outcome.KEEP, 503), 0.0, SenderParams(), 1.0)
    assert lane.not_before == 300.0


def test_a_server_that_does_not_answer_for_one_bucket_is_not_asked_sooner_for_the_other(store, v2):
    put(store, some(0, 1))
    put(store, b"trace angle_low_deg=1.5 1\n", trace=True)
    v2.then(Answer(429, headers={"Retry-After": "100"}), Cut(stored=False))
    clock = Clock()
    with client(v2) as to:
        assert sender(store, to, clock).drain().points == 2
    assert clock.slept == [1.0, 99.0]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_server_that_sends_elsewhere_is_not_followed_as_the_token_is_for_the_one_that_is_named(store, v2, status):
    put(store, some(0, 1))
    with Stub() as other:
        v2.then(*[Answer(status, headers={"Location": f"{other.url}/api/v2/write"})] * 2)
        with client(v2) as to:
            assert sender(store, to).drain(until=0.5).kept.status == status
            assert other.asked == []


def test_nothing_is_waited_for_beyond_the_time_that_was_given(store, v2):
    put(store, some(0, 1))
    v2.then(*[Answer(503, "busy")] * 100)
    clock = Clock()
    with client(v2) as to:
        sent = sender(store, to, clock).drain(until=10.0)
    assert sum(clock.slept) <= 10.0
    assert sent.kept is not None
    assert (sent.kept.outcome, sent.kept.status, sent.kept.words) == (Outcome.KEEP, 503, "busy")
    assert waiting(store) == 1


def test_the_same_trouble_is_said_once_and_its_end_too(store, v2, caplog):
    caplog.set_level(logging.INFO, "imutrack")
    put(store, some(0, 1))
    v2.then(Answer(503), Answer(503), Answer(401, "who are you"), Answer(401, "who are you"))
    with client(v2) as to:
        sender(store, to).drain()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    assert "503" in said[0]
    assert "who are you" in said[1]
    assert "again" in said[2]


def test_what_was_settled_before_a_fault_is_not_sent_again(store, v2):
    put(store, some(0, 4))
    put(store, b"rep x= 5\n")
    v2.then(Answer(400), Answer(204), Answer(503))  # both, the first alone, the second alone
    with client(v2) as to:
        sender(store, to).drain()
    assert [asked.body for asked in v2.writes[2:]] == [b"rep x= 5\n"] * 2
    assert (len(refused(store)), waiting(store)) == (1, 0)


def test_a_bucket_of_curves_that_is_missing_holds_up_no_result(store, stub):
    stub.make("imutrack")
    curve = b"".join(b"trace angle_low_deg=1.5 %d\n" % number for number in range(5000))
    for number in range(3):
        put(store, curve, trace=True)
        put(store, some(10 * number, 3))
    clock = Clock(lambda: put(store, some(100, 1)), lambda: stub.make("imutrack/trace"))
    with client(stub) as to:
        first = sender(store, to, Clock()).drain(until=0.5)
        assert (first.points, first.kept.status, waiting(store)) == (9, 404, 3)
        then = sender(store, to, clock).drain()
    assert (then.points, then.kept, waiting(store)) == (15_001, None, 0)
    assert clock.slept == [1.0, 2.0]


def test_only_one_sends_at_a_time(store):
    with sending_alone(store), pytest.raises(StoreError, match="another imutrack is sending"), sending_alone(store):
        pass
    with sending_alone(store):
        pass
    lock = store.database.path.with_name("sending.lock")
    assert lock.stat().st_mode & 0o777 == 0o600


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    bad=st.sets(st.integers(0, 20), max_size=4),
    faults=st.lists(st.sampled_from([*KEEPERS[:7], Cut(stored=False), Cut(stored=True)]), max_size=8),
)
def test_whatever_happens_every_line_is_stored_once_or_set_aside_once(store, v2, sizes, bad, faults):
    bucket = v2.buckets["imutrack"]
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM outbox")
    bucket.points.clear()
    v2.faults.clear()
    v2.then(*faults)
    number, wrong = 0, []
    for size in sizes:
        batch = []
        for _ in range(size):
            batch.append(GOOD % (number, number) if number not in bad else b"rep x= %d\n" % number)
            wrong += batch[-1:] if number in bad else []
            number += 1
        put(store, b"".join(batch))
    with client(v2) as to:
        sent = sender(store, to).drain()
    assert sorted(b"".join(lines for _, lines in refused(store)).splitlines(keepends=True)) == sorted(wrong)
    assert [point["time"] for point in bucket.of("rep")] == [at for at in range(number) if at not in bad]
    assert sent.points + sent.set_aside == number
