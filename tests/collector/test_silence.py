import asyncio

import pytest

from collector.warped import warped
from imutrack.collector.links.ring import Ring, Tap
from imutrack.collector.links.silence import SilenceWatch, silent_after_s
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams
from imutrack.samples import Quantity
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
