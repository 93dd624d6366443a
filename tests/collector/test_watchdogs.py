import asyncio

import pytest

from collector.rigged import rigged
from collector.warped import warped
from imutrack.collector.links.ring import Ring, Tap
from imutrack.collector.links.states import State
from imutrack.collector.links.watchdogs import AdapterWatch, SilenceWatch, silent_after_s
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams
from imutrack.errors import LinkError
from imutrack.samples import Quantity
from imutrack.sources.radio import Fault
from imutrack.wearables import NO_FACTS, WEARABLES, Stream

ACC, GYR = (Quantity.ACC,), (Quantity.GYR,)


@pytest.mark.parametrize(
    ("streams", "limit_s"),
    [
        ([Stream("imu", ACC, 60.0)], 1.0),
        ([Stream("heart_rate", (), 1.0)], 3.0),
        ([Stream("acc", ACC, 52.0, per_packet=0)], 3.0),  # nobody says how many readings a packet holds
        ([Stream("imu", ACC, 100.0, per_packet=8), Stream("heart_rate", (), 1.0)], 1.0),  # the quickest one counts
        ([], 3.0),
    ],
)
def test_a_link_is_silent_after_a_second_or_three_packets(streams, limit_s):
    assert silent_after_s(streams, LinkParams()) == {"": limit_s}


def test_each_characteristic_of_a_movement_has_a_limit_of_its_own_and_nothing_else_has():
    streams = [
        Stream("acc", ACC, 25.0, per_packet=50, characteristic="slow"),
        Stream("gyr", GYR, 50.0, characteristic="quick"),
        Stream("acc too", ACC, 0.5, characteristic="quick"),
        Stream("heart_rate", (), 1.0, characteristic="heart"),
        Stream("on change", ACC, 10.0),  # nobody says that it comes at its rate
    ]
    assert silent_after_s(streams, LinkParams()) == {"": 1.0, "slow": 6.0, "quick": 1.0}


def test_of_an_h10_the_acceleration_is_watched_and_of_a_heart_rate_strap_the_link_alone():
    def limits(wearable):
        kind = WEARABLES[wearable]
        return silent_after_s(kind.profile(kind.set_up({}), NO_FACTS).streams, LinkParams())

    assert limits("polar-h10") == {"": 1.08, "fb005c82-02e7-f387-1cad-8acd2d8df0c8": 1.08}
    assert limits("heart-rate") == {"": 3.0}
    assert limits("infini-time") == {"": 1.0}


def silent_at_s(notified_s, stalls=(), until_s=20.0, limits_s=None, beside=()):
    """When a watch, with a limit of 1 s where nothing else is said, calls a link silent on which c and d notify."""

    async def main():
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        clock = HostClock(lambda: round(loop.time() * 1e9), lambda: 0)
        tap = Tap(Ring(), "1", clock.now_ns)
        watch = SilenceWatch(tap, clock, limits_s or {"": 1.0}, 0.2)
        for characteristic, moments_s in (("c", notified_s), ("d", beside)):
            for at_s in moments_s:
                loop.call_at(began_s + at_s, tap, characteristic, b"")
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


def test_a_part_that_says_nothing_is_noticed_beside_one_that_goes_on():
    often = [0.25 * n for n in range(80)]
    limits_s = {"": 1.0, "c": 3.0}
    assert silent_at_s([0.5, 1.2], limits_s=limits_s, beside=often) == pytest.approx(4.2)
    assert silent_at_s([], limits_s=limits_s, beside=often) == pytest.approx(3.0)  # it never began
    assert silent_at_s([2.5 * n for n in range(9)], limits_s=limits_s, beside=often) is None
    assert silent_at_s(often, limits_s={"": 1.0, "c": 1.0}, beside=[0.3]) is None  # d may rest as long as it likes


def test_a_stall_of_the_machine_is_no_silence_of_a_part_either():
    often = [0.25 * n for n in range(100)]
    limits_s = {"": 1.0, "c": 1.0}
    assert silent_at_s(often, [(5.1, 3.0)], limits_s=limits_s, beside=often) is None
    assert silent_at_s([0.5], [(0.6, 3.0)], limits_s=limits_s, beside=often) == pytest.approx(4.6)


def watched(seconds, *, count=1, deaf_at_s=None, mends=True, switches=True, holds=()):
    async def main():
        async with rigged(count) as rig:
            for device in rig.devices:
                device.advertises = count > 0
            watch = AdapterWatch(rig.radio, lambda: rig.states.all_in(State.STREAMING, ["0"]))
            task = asyncio.create_task(watch.run())
            try:
                if deaf_at_s is not None:
                    await asyncio.sleep(deaf_at_s)
                    rig.radio.deaf, rig.radio.mends, rig.radio.switches = True, mends, switches
                    rig.radio.holds = holds
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


def test_an_adapter_that_cannot_be_switched_any_more_ends_the_collector():
    with pytest.raises(LinkError, match="cannot be switched"):
        watched(300, deaf_at_s=60, switches=False)


def test_a_room_that_everybody_has_left_does_not_end_the_collector_and_wakes_with_the_first_who_comes():
    async def main():
        async with rigged(1) as rig:
            watch = AdapterWatch(rig.radio, lambda: rig.states.all_in(State.STREAMING, ["0"]))
            task = asyncio.create_task(watch.run())
            await asyncio.sleep(60)
            rig.devices[0].advertises = False
            rig.devices[0].link.end(Fault.LOST)
            await asyncio.sleep(4 * 3600)
            assert not task.done()
            night = watch.power_cycles
            rig.devices[0].advertises = True
            await asyncio.sleep(60)
            task.cancel()
            return night, rig.states["0"]

    night, state = warped(main())
    assert 5 <= night <= 9  # seldom, and yet: the adapter itself may be what is silent
    assert state is State.STREAMING


def test_what_the_service_says_it_holds_is_nothing_that_was_heard():
    cycles, _ = watched(4 * 3600, deaf_at_s=60, mends=False, holds=("11:22:33:44:55:66",))
    assert cycles >= 5


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
