"""What waits for the server goes in the background, and holds up no end."""

import asyncio
import socket
import threading
from contextlib import suppress

import pytest

from imutrack.collector.health.figures import StrapFigures
from imutrack.collector.health.link_points import link_row
from imutrack.collector.health.sending import Sending
from imutrack.config import Settings
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points


@pytest.fixture
def silent_server():
    """A server that accepts, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def settings(tmp_path, silent_server):
    port = silent_server.getsockname()[1]
    settings = Settings(
        clinic="clinic",
        timezone="Europe/Berlin",
        data_dir=tmp_path,
        trace_days=90,
        source=None,
        influx={"url": f"http://127.0.0.1:{port}", "org": "clinic", "timeout_s": 60.0},
    )
    with LocalStore.open(tmp_path) as store:
        outbox.switch(store, on=True)
        outbox.refill(store)
        row = link_row("1", "clinic", 1.79e9, StrapFigures(), missing=None, reconnected=0, backlog=None)
        add_points(store, [row])
    return settings


def sending_now():
    return [thread for thread in threading.enumerate() if thread.name == "sending"]


def test_a_server_that_never_answers_does_not_hold_up_the_end_and_nothing_is_lost(settings, silent_server):
    with LocalStore.open(settings.data_dir) as store:
        waiting = outbox.waiting(store).points

    async def main():
        sending = asyncio.create_task(Sending(settings, {"IMUTRACK_INFLUX_TOKEN": "token"}).run())
        connection, _ = await asyncio.to_thread(silent_server.accept)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        return connection

    connection = asyncio.run(main())
    [thread] = sending_now()  # it is still being waited for there, and here no more
    assert thread.daemon
    connection.close()
    thread.join(10.0)
    assert not thread.is_alive()  # the request was its last one
    assert waiting
    with LocalStore.open(settings.data_dir) as store:
        assert outbox.waiting(store).points == waiting


def test_what_cannot_be_sent_is_said(settings, silent_server, caplog):
    silent_server.close()

    async def main():
        sending = asyncio.create_task(Sending(settings, {}).run())
        async with asyncio.timeout(10.0):
            while not caplog.messages:
                await asyncio.sleep(0.01)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending

    asyncio.run(main())
    assert "token" in caplog.text
    assert not sending_now()
