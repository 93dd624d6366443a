import asyncio

import pytest

from collector.rigged import rigged
from collector.warped import warped
from imutrack.collector.moments import HostClock
from imutrack.collector.ring import Ring, Tap
from imutrack.collector.settings import LinkParams
from imutrack.collector.states import State
from imutrack.collector.watchdogs import AdapterWatch, SilenceWatch, silent_after_s
from imutrack.errors import LinkError
from imutrack.sources.radio import Fault
from imutrack.wearables import Stream


@pytest.mark.parametrize(
    ("streams", "limit_s"),
    [
        ([Stream("imu", (), 60.0)], 1.0),
        ([Stream("heart_rate", (), 1.0)], 3.0),
        ([Stream("acc", (), 52.0, per_packet=0)], 3.0),  # nobody says how many readings a packet holds
        ([Stream("imu", (), 100.0, per_packet=8), Stream("heart_rate", (), 1.0)], 1.0),  # the quickest one counts
        ([], 3.0),
    ],
)
def test_a_link_is_silent_after_a_second_or_three_packets(streams, limit_s):
    assert silent_after_s(streams, LinkParams()) == limit_s


def silent_at_s(notified_s, stalls=(), until_s=20.0):
    """When a watch with a limit of 1 s calls it silent."""

    async def main():
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        clock = HostClock(lambda: round(loop.time() * 1e9), lambda: 0)
        tap = Tap(Ring(), "1", clock.now_ns)
        watch = SilenceWatch(tap, clock, 1.0, 0.2)
        for at_s in notified_s:
            loop.call_at(began_s + at_s, tap, "c", b"")
        for at_s, seconds in stalls:
            loop.call_at(began_s + at_s, loop.stall, seconds)
        try:
            async with asyncio.timeout(until_s):
                await watch.silent.wait()
        except TimeoutError:
            return None
        finally:
            watch.stop()
        return loop.time() - began_s

    return warped(main())


def test_silence_is_called_a_second_after_the_last_notification():
    assert silent_at_s([0.5, 1.2, 1.9]) == pytest.approx(2.9)


def test_a_machine_that_did_nothing_for_three_seconds_did_not_hear_silence():
    notified = [0.25 * n for n in range(100)]
    assert silent_at_s(notified, [(5.1, 3.0)]) is None
    assert silent_at_s([0.5], [(0.6, 3.0)]) == pytest.approx(4.6)  # and when it was silence after all, one limit later


def watched(seconds, *, count=1, deaf_at_s=None, mends=True):
    async def main():
        async with rigged(count) as rig:
            for device in rig.devices:
                device.advertises = count > 0
            watch = AdapterWatch(rig.radio, lambda: rig.states.all_in(State.STREAMING, ["0"]))
            task = asyncio.create_task(watch.run())
            try:
                if deaf_at_s is not None:
                    await asyncio.sleep(deaf_at_s)
                    rig.radio.deaf, rig.radio.mends = True, mends
                    rig.devices[0].link.end(Fault.LOST)
                await asyncio.sleep(seconds)
                if task.done():
                    task.result()
                return rig.radio.power_cycles, rig.told.states_of("0")
            finally:
                task.cancel()
                await asyncio.wait([task])

    return warped(main())


def test_an_adapter_that_hears_somebody_is_left_alone():
    assert watched(3600)[0] == 0


def test_a_deaf_adapter_is_switched_off_and_on_after_90_s_and_the_strap_is_back():
    cycles, states = watched(300, deaf_at_s=60)
    assert cycles == 1
    assert states.count("streaming") == 2


def test_where_that_does_not_help_the_collector_ends():
    with pytest.raises(LinkError, match="hears nothing"):
        watched(300, deaf_at_s=60, mends=False)


def test_where_nobody_ever_was_there_to_hear_it_is_tried_more_and_more_seldom():
    async def main():
        async with rigged(1) as rig:
            rig.devices[0].advertises = False
            watch = AdapterWatch(rig.radio, lambda: False)
            task = asyncio.create_task(watch.run())
            await asyncio.sleep(6 * 3600)
            assert not task.done()
            task.cancel()
            return watch.power_cycles

    assert 7 <= warped(main()) <= 14
