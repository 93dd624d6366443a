"""Work in a thread of its own gives what it gives, and holds up nobody's end."""

import asyncio
import threading
from contextlib import suppress

import pytest

from imutrack.collector.own_thread import done_within, in_own_thread


def test_what_the_work_returns_or_raises_is_whoever_waits_told():
    assert asyncio.run(in_own_thread("work", lambda: 7)) == 7
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_own_thread("work", lambda: 1 // 0))


def test_work_that_goes_on_when_nobody_waits_any_more_ends_by_itself():
    goes_on, threads = threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        goes_on.wait(60.0)
        return 7

    async def main():
        waiting = asyncio.create_task(in_own_thread("work", work))
        while not threads:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    [thread] = threads
    assert thread.is_alive()
    assert thread.daemon
    goes_on.set()
    thread.join(10.0)
    assert not thread.is_alive()


def test_whoever_stands_still_for_the_work_does_so_no_longer_than_it_says():
    goes_on, done = threading.Event(), []
    assert done_within(10.0, "work", lambda: done.append(1))
    assert done == [1]
    assert not done_within(0.05, "work", lambda: goes_on.wait(60.0))
    goes_on.set()


def test_where_no_thread_can_be_begun_that_is_raised_or_the_work_is_not_done(monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        asyncio.run(in_own_thread("work", lambda: 7))
    assert not done_within(0.05, "work", lambda: 7)
