"""Links of simulated straps, in a loop whose time jumps: what is done when they fail, and how soon they are back."""

import asyncio
from random import Random

import pytest

from collector.rigged import RATE_HZ, rigged
from collector.warped import warped
from imutrack.collector.links.states import State
from imutrack.collector.settings import LinkParams
from imutrack.sources.radio import Fault
from imutrack.sources.simulated import Mishap, Scripted
from imutrack.wearables import WEARABLES

TICK_S = 1 / RATE_HZ


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def run(seconds: float, *args, **options):
    async def main():
        async with rigged(*args, **options) as rig:
            await asyncio.sleep(seconds)
        return rig

    return warped(main())


def back_after_s(rig, strap: str) -> list[float]:
    """How long each link was away, from the end of streaming to the next."""
    away, lost_s = [], None
    for label, before, state, _, at_s in rig.told.changes:
        if label == strap and before is State.STREAMING and state is not State.IDLE:
            lost_s = at_s
        elif label == strap and state is State.STREAMING and lost_s is not None:
            away.append(at_s - lost_s)
            lost_s = None
    return away


def test_a_strap_that_is_seen_is_connected_set_up_and_streams_and_is_told_to_rest_in_the_end():
    rig = run(5, 1)
    assert rig.told.states_of("0") == ["seen", "connecting", "configuring", "streaming", "idle"]
    assert rig.told.connected_with == [("0", "movella-dot", {"rate_hz": RATE_HZ, "mode": "rate-mag"})]
    assert rig.told.disconnects == {("0", "stopped"): 1}
    assert rig.radio.open_links == 0
    assert rig.counted.received["0"] == rig.devices[0].ledger.sent > 15


@pytest.mark.parametrize("wearable", sorted(WEARABLES))
def test_every_wearable_is_set_up_by_its_recipes(wearable):
    rig = run(5, 1, wearables=[wearable])
    assert "streaming" in rig.told.states_of("0")
    assert rig.told.disconnects == {("0", "stopped"): 1}


def test_a_dropped_link_is_back_within_a_quarter_of_a_second_as_a_rule_and_half_a_second_at_most():
    drops = [Scripted(20 + 5 * n, Mishap.DROP, n % 4) for n in range(200)]
    rig = run(20 + 5 * 201, 4, drops)
    away = [each for strap in "0123" for each in back_after_s(rig, strap)]
    assert len(away) == 200
    until_notified = TICK_S / 2  # a strap at 4 Hz says so only with its next notification, half a period on average
    assert share(away, 0.5) <= 0.25 + until_notified
    assert share(away, 0.95) <= 0.5 + TICK_S


@pytest.mark.parametrize(
    ("mishap", "why"), [(Mishap.STALL, "link dead"), (Mishap.MUTE, "silent although the link lives")]
)
def test_a_link_that_stalls_is_noticed_probed_and_made_anew_within_two_and_a_half_seconds(mishap, why):
    rig = run(20 + 20 * 41, 2, [Scripted(20 + 20 * n, mishap, n % 2) for n in range(40)])
    assert set(rig.told.reasons_of("0", State.BACKOFF)) == {why}
    away = rig.outages_s(0, mishap) + rig.outages_s(1, mishap)  # from the first notification that was missed
    assert len(away) == 40
    assert share(away, 0.95) <= 2.5


def test_24_hours_with_300_ms_host_stalls_give_no_false_alarm():
    chance = Random(4)  # noqa: S311
    day_s = 24 * 3600.0
    stalls = [Scripted(60 * n + chance.uniform(0, 59), Mishap.HOST_STALL) for n in range(1440)]
    rig = run(day_s, 1, stalls)
    assert rig.told.states_of("0").count("degraded") == 0
    assert rig.told.disconnects == {("0", "stopped"): 1}
    assert rig.devices[0].ledger.unexplained == 0
    assert rig.devices[0].ledger.mishaps[Mishap.HOST_STALL] == 1440


def test_after_a_crash_of_the_service_all_stream_within_three_seconds_of_its_return():
    rig = run(120, 8, [Scripted(60, Mishap.CRASH)])
    away_s = 3.0  # the service itself
    for number in range(8):
        assert rig.told.reasons_of(str(number), State.BACKOFF)[0] == "bluetooth service or adapter away"
        assert max(back_after_s(rig, str(number))) <= away_s + 3.0


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.ABORTED])
def test_a_strap_that_fails_for_ever_slows_the_others_by_a_tenth_at_most(fault):
    chance = Random(7)  # noqa: S311
    drops = [Scripted(120 + 10 * n + chance.uniform(0, 9), Mishap.DROP, chance.randrange(3)) for n in range(150)]

    def p95(never):
        rig = run(120 + 10 * 152, 4, drops, never=never)
        return share([each for strap in "012" for each in back_after_s(rig, strap)], 0.95)

    assert p95({3: fault}) <= 1.1 * p95({})


def test_a_device_that_is_in_progress_three_times_is_forgotten_once_and_then_waited_for():
    rig = run(600, 1, never={0: Fault.IN_PROGRESS})
    assert rig.radio.forgotten == {"AA:00:00:00:00:00": 1}
    assert 20 <= sum(rig.radio.attempts.values()) <= 80  # every fifteen seconds on average, once the waits are long


def test_an_adapter_that_is_full_is_asked_every_four_seconds():
    rig = run(120, 1, never={0: Fault.NO_SLOT})
    assert 120 / 5.5 <= sum(rig.radio.attempts.values()) <= 120 / 4


def test_a_device_that_refuses_a_command_is_tried_again_and_told_so():
    rig = run(60, 1, [Scripted(10, Mishap.REFUSED)])
    assert "link failed" in rig.told.reasons_of("0", State.BACKOFF)
    assert rig.states["0"] is State.IDLE
    assert rig.told.states_of("0").count("streaming") == 2


def test_attempts_never_overlap():
    rig = run(60, 8, [Scripted(10 + n, Mishap.CRASH) for n in range(10)])
    assert rig.radio.overlaps == 0


def test_a_strap_that_was_switched_off_is_not_tried():
    async def main():
        async with rigged(1) as rig:
            await asyncio.sleep(10)
            rig.devices[0].advertises = False
            rig.devices[0].mishap(Mishap.DROP)
            await asyncio.sleep(600)
            return rig

    rig = warped(main())
    assert sum(rig.radio.attempts.values()) == 1
    assert rig.told.states_of("0")[-2:] == ["backoff", "idle"]


def test_all_are_told_to_rest_and_disconnected_at_once():
    async def main():
        async with rigged(8) as rig:
            await asyncio.sleep(10)
            began_s = asyncio.get_running_loop().time()
            await asyncio.gather(*(each.stop() for each in rig.supervisors))
            return rig, asyncio.get_running_loop().time() - began_s

    rig, took_s = warped(main())
    assert took_s < 1.0  # one stop command and one disconnect, not eight
    assert sum(rig.told.disconnects.values()) == 8


def test_a_stop_ends_in_time_where_nothing_answers_any_more():
    async def main():
        async with rigged(1) as rig:
            await asyncio.sleep(10)
            rig.devices[0].mishap(Mishap.STALL)
            began_s = asyncio.get_running_loop().time()
            await rig.supervisors[0].stop()
            return asyncio.get_running_loop().time() - began_s

    assert warped(main()) <= LinkParams().stop_s + 3.0


def test_a_link_that_was_made_while_the_collector_stops_is_disconnected():
    for hundredths in range(20):

        async def main(wait_s=hundredths / 100):
            async with rigged(1) as rig:
                await asyncio.sleep(wait_s)
                await rig.supervisors[0].stop()
                return rig.radio.open_links

        assert warped(main()) == 0


def test_a_fault_of_the_collector_itself_ends_one_link_and_no_supervisor(caplog):
    async def main():
        async with rigged(2) as rig:
            rig.told.connected = None  # cannot be called
            await asyncio.sleep(5)
            del rig.told.connected
            await asyncio.sleep(60)
            return rig

    rig = warped(main())
    assert "fault of the collector" in rig.told.reasons_of("0", State.BACKOFF)
    assert rig.told.states_of("0")[-2:] == ["streaming", "idle"]
    assert rig.radio.open_links == 0


def test_a_device_that_does_not_obey_for_hours_is_said_to_do_so_once(caplog):
    async def main():
        async with rigged(1, wearables=["polar-h10"]) as rig:
            rig.devices[0].answer = lambda _write: None
            await asyncio.sleep(3600)
            return rig

    rig = warped(main())
    assert set(rig.told.reasons_of("0", State.BACKOFF)) == {"refused a command"}
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert said[0].startswith("0: no answer to the command")


def test_a_fault_of_the_collector_that_comes_with_each_link_is_logged_once_for_each_text(caplog):
    async def main():
        async with rigged(1) as rig:
            for wrong in (None, 7):  # neither can be called
                rig.told.connected = wrong
                await asyncio.sleep(3600)
            return rig

    rig = warped(main())
    assert rig.told.reasons_of("0", State.BACKOFF).count("fault of the collector") > 100
    assert [bool(record.exc_info) for record in caplog.records if record.levelname == "ERROR"] == [True, True]


def test_a_link_that_fails_in_a_way_nobody_has_a_word_for_is_told_once_with_its_text(caplog):
    run(3600, 1, never={0: Fault.OTHER})
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["0: other"]


def test_links_that_drop_are_told_by_their_states_alone(caplog):
    run(600, 1, [Scripted(10 + 20 * n, Mishap.DROP) for n in range(20)])
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


ACC, HEART_RATE = "fb005c82-02e7-f387-1cad-8acd2d8df0c8", "00002a37-0000-1000-8000-00805f9b34fb"


def test_an_h10_whose_acceleration_stops_beside_its_heart_rate_is_set_up_anew():
    async def main():
        async with rigged(1, wearables=["polar-h10"]) as rig:
            await asyncio.sleep(60)
            rig.devices[0].mute.add(ACC)
            await asyncio.sleep(5)
            noticed = rig.told.reasons_of("0", State.BACKOFF)
            await asyncio.sleep(60)
            while_mute = rig.told.states_of("0")[-1]
            rig.devices[0].mute.clear()
            await asyncio.sleep(60)
            return noticed, while_mute, rig

    noticed, while_mute, rig = warped(main())
    assert noticed == ["silent although the link lives"]
    assert while_mute != "streaming"  # its heart rate alone is not what it is worn for
    assert "set up but never notified" in rig.told.reasons_of("0", State.BACKOFF)
    assert rig.told.states_of("0")[-2:] == ["streaming", "idle"]


def test_a_heart_rate_that_rests_for_hours_beside_acceleration_is_no_alarm():
    async def main():
        async with rigged(1, wearables=["polar-h10"]) as rig:
            await asyncio.sleep(60)
            rig.devices[0].mute.add(HEART_RATE)
            await asyncio.sleep(12 * 3600)
            return rig

    rig = warped(main())
    assert rig.told.states_of("0").count("degraded") == 0
    assert rig.told.disconnects == {("0", "stopped"): 1}


@pytest.mark.parametrize("wearable", sorted(WEARABLES))
def test_no_wearable_gives_a_false_alarm_while_the_machine_stalls_now_and_then(wearable):
    stalls = [Scripted(20 + 7 * n, Mishap.HOST_STALL) for n in range(200)]
    rig = run(1500, 1, stalls, wearables=[wearable])
    assert rig.told.states_of("0").count("degraded") == 0
    assert rig.told.disconnects == {("0", "stopped"): 1}


def test_no_address_is_logged(caplog):
    caplog.set_level("DEBUG")
    run(60, 2, [Scripted(10, Mishap.DROP), Scripted(20, Mishap.VANISHED), Scripted(30, Mishap.STALL)])
    assert caplog.records
    assert "AA:00" not in caplog.text
