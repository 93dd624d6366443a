import asyncio

from collector.warped import warped
from imutrack.collector.progress import LAG_EVERY_S, Progress, watch_lag


def test_a_loop_is_late_when_a_step_takes_longer_than_it_may():
    moments = iter([0.0, 1.0, 1.5, 2.5, 2.5, 2.6, 2.6])
    progress = Progress({"capture": 1.0, "intake": 2.0}, lambda: next(moments))
    progress.step("capture")  # at 1.0; the intake made no step yet
    assert progress.age_s("capture") == 0.5
    assert progress.late() == ["capture", "intake"]
    progress.step("capture")
    assert progress.age_s("capture") == 0.0


def test_what_has_just_begun_is_not_late():
    assert Progress({"capture": 1.0}, lambda: 100.0).late() == []


def test_a_loop_that_was_held_up_is_seen_in_the_lags():
    async def scenario():
        loop, batches = asyncio.get_running_loop(), []
        watching = asyncio.ensure_future(watch_lag(batches.append, per_batch=3))
        await asyncio.sleep(1.5 * LAG_EVERY_S)
        loop.stall(0.25)
        await asyncio.sleep(10 * LAG_EVERY_S)
        watching.cancel()
        return batches

    first, *others = warped(scenario())
    assert len(first) == 3
    assert max(first) > 0.19  # held up for 0.25 s, of which up to 0.05 s were left to wait
    assert max(max(batch) for batch in others) < 1e-6


def test_a_loop_that_has_nothing_to_do_is_never_late_and_one_that_has_is():
    now = [0.0]
    progress = Progress({"intake": 1.0}, lambda: now[0])
    pace = progress.pace("intake")
    pace.rest()
    now[0] = 100.0
    assert progress.late() == []
    pace.step()
    assert progress.late() == []
    now[0] = 102.0
    assert progress.late() == ["intake"]
