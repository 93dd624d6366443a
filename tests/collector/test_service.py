import asyncio
import socket
from contextlib import contextmanager

import pytest

from collector.warped import warped
from imutrack.collector.health.service import Service, feed_watchdog


@contextmanager
def listening(address):
    """What systemd does: listen for datagrams; gives a function that returns all that came."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(address)
        here.setblocking(False)

        def came():
            said = []
            try:
                while True:
                    said.append(here.recv(4096).decode())
            except BlockingIOError:
                return said

        yield came


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "notify")


def test_systemd_is_told_how_it_goes(path):
    with listening(path) as came:
        service = Service({"NOTIFY_SOCKET": path})
        service.ready("0 of 2 straps send")
        service.status("1 of 2\nstraps send")
        service.status("1 of 2\nstraps send")
        service.alive()
        service.stopping()
        assert came() == [
            "READY=1\nSTATUS=0 of 2 straps send",
            "STATUS=1 of 2 straps send",
            "WATCHDOG=1",
            "STOPPING=1\nSTATUS=ending",
        ]


def test_an_abstract_socket_is_told_too(tmp_path):
    name = f"imutrack-test-{tmp_path.name}-{id(tmp_path)}"
    with listening(f"\0{name}") as came:
        Service({"NOTIFY_SOCKET": f"@{name}"}).alive()
        assert came() == ["WATCHDOG=1"]


@pytest.mark.parametrize("said", ["", "relative/path", "vsock:2:1234", "/nowhere/at/all", "/" + "x" * 200])
def test_where_nobody_listens_nothing_happens(said):
    service = Service({"NOTIFY_SOCKET": said})
    service.ready("ready")
    service.stopping()
    Service({}).ready("ready")


def test_systemd_that_does_not_read_is_not_waited_for(path):
    with listening(path) as came:
        service = Service({"NOTIFY_SOCKET": path})
        for number in range(10_000):
            service.status(str(number))
        assert came()[0] == "STATUS=0"


@pytest.mark.parametrize(
    ("environ", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"}, None),  # of another process
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_as_systemd_says(environ, watchdog_s):
    assert Service(environ, pid=77).watchdog_s == watchdog_s


def test_the_watchdog_is_fed_at_half_of_its_time_while_nothing_stands_still(path, caplog):
    standing = []

    async def scenario(came):
        service = Service({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        feeding = asyncio.ensure_future(feed_watchdog(service, lambda: standing))
        await asyncio.sleep(61.0)
        fed = came()
        standing.append("capture")
        await asyncio.sleep(60.0)
        starved = came()
        standing.clear()
        await asyncio.sleep(60.0)
        feeding.cancel()
        return fed, starved, came()

    with listening(path) as came:
        fed, starved, fed_again = warped(scenario(came))
    assert fed == ["WATCHDOG=1"] * 5  # at 0, 15, 30, 45 and 60 s
    assert starved == []
    assert len(fed_again) == 4
    assert "stands still: capture" in caplog.text


def test_without_a_watchdog_nothing_is_fed():
    warped(feed_watchdog(Service({}), list))
