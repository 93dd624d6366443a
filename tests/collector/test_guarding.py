import asyncio
import errno

import pytest

from imutrack.collector.guarding import guarded


def test_what_fails_unexpectedly_is_told_and_begun_anew_until_it_ends(caplog):
    begun, slept = [], []

    async def work():
        begun.append(1)
        if len(begun) < 3:
            raise RuntimeError("fault")

    async def sleep(seconds):
        slept.append(seconds)

    asyncio.run(guarded("sending", work, sleep))
    assert (len(begun), slept) == (3, [60.0, 60.0])
    assert caplog.text.count("sending: a fault of the collector") == 2


@pytest.mark.parametrize(("number", "words"), [(errno.EMFILE, "too many files"), (errno.ENOSPC, "the disk is full")])
def test_a_machine_without_room_is_one_line_and_no_fault_of_ours(number, words, caplog):
    begun = []

    async def work():
        begun.append(1)
        if len(begun) == 1:
            raise OSError(number, "no room")

    async def sleep(_):
        pass

    asyncio.run(guarded("sending", work, sleep))
    [record] = caplog.records
    assert record.getMessage().startswith(f"sending: {words}")
    assert record.exc_info is None


def test_it_can_be_cancelled():
    async def main():
        task = asyncio.create_task(guarded("sending", asyncio.Event().wait))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
