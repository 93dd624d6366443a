"""What is believed of an answer, and that something other than an InfluxDB decides over no point."""

import socket

import pytest

from imutrack.influx import Outcome, UnreachableError, erase, setup
from imutrack.influx.answers import outcome_of, retry_after_s, said_in
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from influx.faulty import WRITE, Faulty, Reply
from influx.sending import client, put, refused, sender
from stores.store_builders import OTTER

PAGE = b"<html>Please sign in</html>"
VERSION = {"X-Influxdb-Version": "v2.7.12"}


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        yield opened


class Page(Faulty):
    """Something on the way that answers whatever is asked; only `/ping` comes through, where `through` says so."""

    org, token, through = "clinic", "token", True
    status, body = 200, PAGE

    def reply(self, asked):
        if asked.path == "/ping" and self.through:
            return Reply(204, headers=VERSION)
        return Reply(self.status, self.body, {"Content-Type": "text/html"})


@pytest.fixture
def page():
    with Page() as server:
        yield server


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_page_that_takes_everything_has_stored_nothing(store, page, status):
    put(store, b"rep x=1.5 1\n")
    page.status = status
    with client(page) as to:
        sent = sender(store, to).drain(until=0.5)
    assert (sent.points, outbox.waiting(store).points) == (0, 1)
    assert (sent.kept.status, sent.kept.outcome) == (status, Outcome.KEEP)
    assert "url in [influx]" in sent.kept.words


@pytest.mark.parametrize("body", [PAGE, b"", b"[]", b"{}", b"Client sent an HTTP request to an HTTPS server.\n"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_page_that_refuses_everything_sets_nothing_aside(store, page, status, body):
    put(store, b"rep x=1.5 1\nrep x=1.5 2\n")
    page.status, page.body = status, body
    with client(page) as to:
        sent = sender(store, to).drain(until=0.5)
    assert (sent.requests, sent.set_aside, refused(store), outbox.waiting(store).points) == (1, 0, [], 2)


def test_a_page_that_answers_a_query_counts_nothing_as_erased(page):
    with client(page) as to:
        with pytest.raises(UnreachableError, match="something other than InfluxDB"):
            to.query("SELECT * FROM rep", "imutrack")
        with pytest.raises(UnreachableError):
            erase(to, OTTER)


def test_a_page_that_answers_for_the_buckets_is_said(page):
    with client(page) as to, pytest.raises(UnreachableError, match=r"url in \[influx\]"):
        setup(to, 90)


def test_the_shortest_timeout_is_still_one():
    with socket.create_server(("127.0.0.1", 0)) as silent, Page() as server:
        server.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with client(server, timeout_s=0.0001) as to:
            assert to.write("imutrack", b"rep x=1.5 1\n").outcome is Outcome.KEEP


def test_a_token_is_not_among_the_words_of_what_is_no_influxdb(page):
    page.status, page.body = 400, b"no such token: %s" % page.token.encode()
    with client(page) as to:
        assert to.write("imutrack", b"rep x=1.5 1\n").words == "no such ***: ***"


CONFLICT = 'partial write: field type conflict: input field "x" on measurement "rep" is type integer dropped=2'
OLD = "partial write: dropped 3 points outside retention policy - oldest point a,b=dropped=7 at 1970 dropped=3"


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        (400, CONFLICT, (Outcome.BAD, 2)),
        (422, f"failure writing points to database: {CONFLICT}", (Outcome.BAD, 2)),
        (422, OLD, (Outcome.BAD, 3)),
        (422, f"{OLD} for database: 0a for retention policy: autogen", (Outcome.BAD, 3)),
        (400, "unable to parse 'rep': missing fields", (Outcome.BAD, None)),
        (400, None, (Outcome.KEEP, None)),
        (413, None, (Outcome.TOO_LARGE, None)),
        (413, "points batch is too large", (Outcome.TOO_LARGE, None)),
        *[(status, CONFLICT, (Outcome.KEEP, None)) for status in (301, 401, 403, 404, 408, 429, 500, 502, 503, None)],
    ],
)
def test_what_an_answer_means(status, said, outcome):
    assert outcome_of(status, said) == outcome


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"code":"invalid","message":"bad"}', "bad"), ('{"error":"bad","data":[]}', "bad"), ('{"message":""}', None),
        ("bad", None), ("", None), ('"bad"', None), ("[" * 100_000, None),
    ],
)  # fmt: skip
def test_what_an_influxdb_says_is_told_from_anything_else(body, said):
    assert said_in(body) == said


@pytest.mark.parametrize(
    "text",
    ["soon", "-1", "\u00b2", "Wed, 21 Oct 2026 07:28:00 +99999999999999", "Wed, 99 Oct 2026 07:28:00 GMT", "1e9"],
)
def test_a_time_to_wait_that_is_none_is_no_fault(text):
    assert retry_after_s({"Retry-After": text, "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}) is None


def test_the_page_is_asked_as_the_server_would_be(page):
    with client(page) as to:
        to.write("imutrack", b"rep x=1.5 1\n")
    assert [asked.path for asked in page.asked] == [WRITE]
