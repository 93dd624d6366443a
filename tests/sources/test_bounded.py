import asyncio
from contextlib import suppress

import pytest

from collector.warped import warped
from imutrack.sources.bounded import bounded


async def stubborn(done, cleans_up_s):
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        await asyncio.sleep(cleans_up_s)
        done.append("cleaned up")
        raise


def test_what_is_done_in_time_is_returned_or_raised():
    async def fails():
        raise ValueError("no")

    assert warped(bounded(asyncio.sleep(1, "done"), 2.0)) == "done"
    with pytest.raises(ValueError, match="no"):
        warped(bounded(fails(), 2.0))


@pytest.mark.parametrize(("cleans_up_s", "took_s", "done"), [(0.5, 2.5, ["cleaned up"]), (50.0, 3.0, [])])
def test_what_takes_too_long_may_clean_up_for_a_while_and_is_then_left(cleans_up_s, took_s, done):
    async def main():
        loop, so_far = asyncio.get_running_loop(), []
        began_s = loop.time()
        with pytest.raises(TimeoutError):
            await bounded(stubborn(so_far, cleans_up_s), 2.0, grace_s=1.0)
        assert loop.time() - began_s == pytest.approx(took_s)
        assert so_far == done
        await asyncio.sleep(100)
        assert so_far == ["cleaned up"]  # by itself

    warped(main())


def test_whoever_is_cancelled_cancels_the_work():
    async def main():
        done = []
        task = asyncio.create_task(bounded(stubborn(done, 0.1), 50.0, grace_s=1.0))
        await asyncio.sleep(1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert done == ["cleaned up"]

    warped(main())
