import asyncio

import pytest

from collector.warped import warped
from imutrack.collector.links.turns import GaveWayError, Turns


def attempt(done, name, takes_s=1.0):
    async def work():
        done.append(f"{name} begins")
        await asyncio.sleep(takes_s)
        done.append(f"{name} ends")
        return name

    return work


def test_one_at_a_time_in_the_order_they_came():
    async def main():
        turns, done = Turns(), []
        names = await asyncio.gather(*(turns.take(attempt(done, name), patient=False) for name in "abc"))
        assert names == ["a", "b", "c"]
        assert done == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]

    warped(main())


def test_the_patient_wait_behind_all_others():
    async def main():
        turns, done = Turns(), []
        await asyncio.gather(
            turns.take(attempt(done, "a"), patient=False),
            turns.take(attempt(done, "patient"), patient=True),
            turns.take(attempt(done, "b"), patient=False),
        )
        assert [each for each in done if each.endswith("begins")] == ["a begins", "b begins", "patient begins"]

    warped(main())


def test_a_patient_attempt_gives_way_at_once():
    async def main():
        turns, done = Turns(), []
        loop = asyncio.get_running_loop()
        patient = asyncio.create_task(turns.take(attempt(done, "patient", 8.0), patient=True))
        await asyncio.sleep(1.0)
        began_s = loop.time()
        await turns.take(attempt(done, "a", 0.1), patient=False)
        assert loop.time() - began_s == pytest.approx(0.1)
        with pytest.raises(GaveWayError):
            await patient
        assert "patient ends" not in done

    warped(main())


def test_the_patient_keep_away_while_another_strap_looks_for_its_device():
    async def main():
        turns, done = Turns(quiet_s=1.0), []
        loop = asyncio.get_running_loop()
        turns.press()
        await asyncio.sleep(0.4)
        turns.press()
        began_s = loop.time()
        await turns.take(attempt(done, "patient", 0.0), patient=True)
        assert loop.time() - began_s == pytest.approx(1.0)

    warped(main())


def test_an_attempt_that_fails_less_is_never_broken_off():
    async def main():
        turns, done = Turns(), []
        first = asyncio.create_task(turns.take(attempt(done, "a"), patient=False))
        await asyncio.sleep(0.5)
        turns.press()
        assert await first == "a"

    warped(main())


def test_whoever_is_cancelled_in_the_queue_leaves_it_and_holds_up_nobody():
    async def main():
        turns, done = Turns(), []
        tasks = [asyncio.create_task(turns.take(attempt(done, name), patient=False)) for name in "abc"]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        assert await tasks[2] == "c"
        assert tasks[1].cancelled()
        again = asyncio.create_task(turns.take(attempt(done, "d"), patient=True))
        await asyncio.sleep(0)
        again.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again
        assert await turns.take(attempt(done, "e"), patient=False) == "e"

    warped(main())


def test_what_an_attempt_raises_is_raised_and_the_turn_passes_on():
    async def main():
        turns = Turns()

        async def fails():
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await turns.take(fails, patient=False)
        assert await turns.take(attempt([], "a"), patient=True) == "a"

    warped(main())
