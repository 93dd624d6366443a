import asyncio
import contextlib
from http import HTTPStatus

import pytest
import urllib3

from imutrack.collector.health.figures import Figures, StrapFigures
from imutrack.collector.health.metrics import CONTENT_TYPE, Metrics
from imutrack.collector.health.pages import HealthParams, Page, healthz, readyz, serve
from imutrack.collector.links.states import Reason, State, StateLog
from imutrack.errors import ImutrackError, SettingsError


def fails():
    raise RuntimeError("a fault of ours")


PAGES = {"/healthz": lambda: Page(b"ok\n"), "/fails": fails}


def with_server(scenario, pages=PAGES, **params):
    async def run():
        async with asyncio.timeout(10), serve("127.0.0.1:0", pages, HealthParams(**params)) as port:
            return await scenario(port)

    return asyncio.run(run())


async def raw(port, request):
    """Everything that is answered to some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    except ConnectionError:
        return b"cut off"
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def answered(request, **params):
    return with_server(lambda port: raw(port, request), **params)


def status_of(answer):
    return int(answer.split(b" ")[1])


def test_an_ordinary_client_reads_the_pages_that_the_collector_serves():
    states = StateLog(["3"], lambda: 0.0)
    metrics = Metrics(states, ["3"], lambda: Figures(straps={"3": StrapFigures()}))
    pages = {
        "/healthz": lambda: healthz(list),
        "/readyz": lambda: readyz(states, ["3"]),
        "/metrics": lambda: Page(metrics.render(), content_type=CONTENT_TYPE),
    }

    def ask(port):
        with urllib3.PoolManager(retries=False) as pool:
            return [pool.request("GET", f"http://127.0.0.1:{port}{page}", timeout=5) for page in pages]

    health, ready, numbers = with_server(lambda port: asyncio.to_thread(ask, port), pages)
    assert (health.status, health.data) == (200, b"ok\n")
    assert (ready.status, ready.data) == (503, b"not ready: 3 (idle)\n")
    assert numbers.status == 200
    assert numbers.headers["Content-Type"] == CONTENT_TYPE
    assert b'imutrack_strap_state{state="idle",strap="3"} 1.0' in numbers.data


def test_a_loop_that_stands_still_makes_it_unhealthy():
    assert healthz(list) == Page(b"ok\n")
    assert healthz(lambda: ["capture", "intake"]) == Page(
        b"stands still: capture, intake\n", HTTPStatus.SERVICE_UNAVAILABLE
    )


def test_it_is_ready_when_all_straps_that_must_send_do():
    states = StateLog(["3", "4", "spare"], lambda: 0.0)
    states.change("3", State.STREAMING, Reason.NOTIFIES)
    states.change("4", State.BACKOFF, Reason.TIMEOUT)
    assert readyz(states, ["3", "4"]) == Page(b"not ready: 4 (backoff)\n", HTTPStatus.SERVICE_UNAVAILABLE)
    states.change("4", State.STREAMING, Reason.NOTIFIES)
    assert readyz(states, ["3", "4"]) == Page(b"ready\n")
    states.change("4", State.DEGRADED, Reason.SILENT)
    assert readyz(states, ["3", "4"]).status == 503


def test_without_straps_that_must_send_it_is_ready():
    assert readyz(StateLog([], lambda: 0.0), []).status == 200


def test_head_has_the_length_of_the_page_and_no_page():
    answer = answered(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 3\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_an_answer_says_nothing_of_the_software():
    head = answered(b"GET /healthz?probe=1 HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[0].decode()
    names = [line.partition(":")[0] for line in head.split("\r\n")[1:]]
    assert names == ["Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options", "Connection"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost:9464\r\n\r\n", 404),
        (b"GET /healthz/.. HTTP/1.1\r\nHost: [::1]:9464\r\n\r\n", 404),
        (b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        (b"hello\r\n\r\n", 400),
        (b"\x16\x03\x01\xff\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: clinic.example.org\r\n\r\n", 421),
        (b"GET /healthz HTTP/1.1\r\nhost: 10.0.0.5:9464\r\n\r\n", 421),
        (b"GET /healthz HTTP/1.1\r\nHost: [\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 421),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 400),
    ],
)
def test_anything_else_is_refused(request_, status):
    assert status_of(answered(request_)) == status


def test_a_page_that_fails_is_logged_and_says_nothing_of_why(caplog):
    answer = answered(b"GET /fails HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status_of(answer) == 500
    assert b"fault of ours" not in answer
    assert "fault of ours" in caplog.text


def test_a_client_that_does_not_finish_is_cut_off_and_disturbs_nobody():
    async def scenario(port):
        slow = asyncio.ensure_future(raw(port, b"GET /healthz HT"))
        quick = await raw(port, b"GET /healthz HTTP/1.1\r\n\r\n")
        return quick, await slow

    quick, slow = with_server(scenario, answer_s=0.05)
    assert status_of(quick) == 200
    assert slow in {b"", b"cut off"}


def test_too_many_at_once_are_turned_away():
    async def scenario(port):
        slow = [asyncio.ensure_future(raw(port, b"GET")) for _ in range(2)]
        while len(asyncio.all_tasks()) < 5:  # this one, the two and the server's for them
            await asyncio.sleep(0)
        answer = await raw(port, b"GET /healthz HTTP/1.1\r\n\r\n")
        for task in slow:
            task.cancel()
        return answer

    assert with_server(scenario, clients=2) in {b"", b"cut off"}


def test_a_taken_port_may_be_free_in_a_moment():
    async def scenario(port):
        async with serve(f"127.0.0.1:{port}", PAGES):
            pass

    with pytest.raises(ImutrackError, match=r"health: 127\.0\.0\.1:\d+ cannot be listened on .*set another") as raised:
        with_server(scenario)
    assert type(raised.value) is ImutrackError


def test_an_address_that_this_machine_does_not_have_is_of_the_settings():
    async def run():
        async with serve("192.0.2.1:0", PAGES):  # RFC 5737: nobody's
            pass

    with pytest.raises(SettingsError, match=r"health: 192\.0\.2\.1:0 cannot be listened on .*set another"):
        asyncio.run(run())


def test_nothing_is_left_behind_when_it_ends():
    async def run():
        async with serve("localhost:0", PAGES) as port:
            reader, writer = await asyncio.open_connection("localhost", port)
            writer.write(b"GET")
            await asyncio.sleep(0.01)
        assert await reader.read() == b""
        writer.close()
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
