"""Bleak's own BlueZ backend, unmodified, sees simulated straps, connects to them and hears what they measure."""

import asyncio

import numpy as np
import pytest
from bleak import BleakScanner

from imutrack.errors import SettingsError
from imutrack.samples import Quantity
from imutrack.simulation import AirPlan, ClockPlan, Fate, Plan, Rig, StrapPlan, made_up, plan_of, tracks_of
from imutrack.wearables import WEARABLES
from simulation.bluetooth import QUICK, bluetooth, connected, until
from simulation.client import SIGNALS, SOCKETS, Client

pytestmark = pytest.mark.usefixtures("dbus")

DOT = "movella-dot"
RATE_HZ = 240.0  # four times what the device can: the tests take a quarter of the time
STEP_US = 1e6 / RATE_HZ


def a_dot(label="1", **said):
    return StrapPlan(label=label, wearable=DOT, **{"rate_hz": RATE_HZ, **said})


ONE = Plan(straps=(a_dot(),), adapter=QUICK)


def test_a_scan_finds_every_strap_with_what_it_advertises():
    async def run():
        plan = Plan(
            straps=(a_dot("1"), a_dot("2"), StrapPlan(label="3", wearable="heart-rate", name="Heart")), adapter=QUICK
        )
        async with Rig(plan) as rig, bluetooth(rig.address):
            seen = await BleakScanner.discover(timeout=0.1, return_adv=True)
            by_name = {said.local_name: said for _, said in seen.values()}
            assert set(by_name) == {"Xsens Dot 0001", "Xsens Dot 0002", "Heart"}
            assert 0x0886 in by_name["Xsens Dot 0001"].manufacturer_data
            assert "0000180d-0000-1000-8000-00805f9b34fb" in by_name["Heart"].service_uuids
            assert -63 <= by_name["Heart"].rssi <= -57

    asyncio.run(run())


@pytest.mark.parametrize("bluez", [SOCKETS, SIGNALS], ids=["AcquireNotify", "StartNotify"])
def test_every_sample_is_received_and_in_the_ledger(bluez):
    async def run():
        async with (
            Rig(ONE) as rig,
            bluetooth(rig.address),
            connected("Xsens") as link,
        ):
            client = Client(link, DOT, bluez=bluez)
            await client.start()
            await until(lambda: len(client.packets) > 30)
            await client.stop()
            (ledger,) = rig.ledgers("1")
            assert client.ticks == ledger.ticks(Fate.SENT)
            assert ledger.samples(Fate.SENT) + ledger.samples(Fate.UNSENT) == ledger.samples()
            assert ledger.index == list(range(len(ledger.index)))
            steps = np.diff(client.ticks)
            assert np.all(np.abs(steps - STEP_US) <= 1)  # whole ticks
            assert rig.shown()[0].unknown_writes == 0

    asyncio.run(run())


def test_what_is_heard_is_what_was_played():
    recording = made_up("long_arc_knee_extension")
    plan, tracks = plan_of([recording], keeps_ledger=True)

    async def run():
        async with Rig(plan, tracks) as rig, bluetooth(rig.address), connected("Xsens") as link:
            client = Client(link, DOT)
            await client.start()
            began_ns = rig.play()
            already = len(rig.ledgers("1")[0].index)
            await until(lambda: len(client.packets) > already + 30)
            await client.stop()
            return client.packets[already + 1 :], rig.ledgers("1")[0].sampled_ns[already + 1 :], began_ns

    packets, sampled_ns, began_ns = asyncio.run(run())
    positions = (np.array(sampled_ns[: len(packets)]) - began_ns) / 1e9
    for quantity in (Quantity.ACC, Quantity.GYR):
        heard = np.array([packet.values[quantity][0] for packet in packets])
        played = tracks["1"].at(quantity, positions)
        np.testing.assert_allclose(heard, played, rtol=1e-6, atol=1e-4)  # float32, and the ledger's ns


def test_two_straps_of_one_recording_stay_in_step_though_started_apart():
    recording = made_up("long_arc_knee_extension")
    (track,) = tracks_of(recording).values()
    clocks = (ClockPlan(offset_s=5.0), ClockPlan(offset_s=4000.0))
    plan = Plan(
        straps=tuple(a_dot(str(n), track="motion", clock=clock) for n, clock in enumerate(clocks, 1)), adapter=QUICK
    )

    async def run():
        async with (
            Rig(plan, {"motion": track}) as rig,
            bluetooth(rig.address),
            connected("Xsens Dot 0001") as one,
            connected("Xsens Dot 0002") as two,
        ):
            clients = [Client(one, DOT), Client(two, DOT)]
            for client in clients:
                await client.start()
            await until(lambda: all(len(client.packets) > 40 for client in clients))
            ledgers = [rig.ledgers(label)[0] for label in ("1", "2")]
            return [client.packets for client in clients], [ledger.sampled_ns for ledger in ledgers]

    packets, times_ns = asyncio.run(run())
    turning = [np.array([packet.values[Quantity.GYR][0] for packet in of]) for of in packets]
    at_s = [np.array(of[: len(values)]) / 1e9 for of, values in zip(times_ns, turning, strict=True)]
    common = at_s[1][at_s[1] <= at_s[0][-1]][1:-1]
    assert len(common) > 20
    for axis in range(3):
        a, b = (np.interp(common, at_s[n], turning[n][:, axis]) for n in (0, 1))
        np.testing.assert_allclose(a, b, atol=0.15)  # rad/s: what turning changes by between two samples


def test_a_clock_that_drifts_shows_in_the_time_stamps_alone():
    plan = Plan(straps=(a_dot(clock=ClockPlan(offset_s=100.0, drift_ppm=50_000.0)),), adapter=QUICK)

    async def run():
        async with Rig(plan) as rig, bluetooth(rig.address), connected("Xsens") as link:
            client = Client(link, DOT)
            await client.start()
            await until(lambda: len(client.packets) > 30)
            (ledger,) = rig.ledgers("1")
            return ledger.tick, ledger.sampled_ns

    ticks, sampled_ns = asyncio.run(run())
    ran = (ticks[-1] - ticks[0]) * 1000 / (sampled_ns[-1] - sampled_ns[0])
    assert ran == pytest.approx(1.0 / (1.0 - 0.05), abs=1e-4)


def test_packets_wait_for_connection_events():
    plan = Plan(straps=(a_dot(air=AirPlan(interval_ms=50.0), rate_hz=60.0),), adapter=QUICK)

    async def run():
        async with Rig(plan) as rig, bluetooth(rig.address), connected("Xsens") as link:
            client = Client(link, DOT)
            await client.start()
            await until(lambda: len(client.packets) > 30)
            return rig.ledgers("1")[0]

    ledger = asyncio.run(run())
    bursts = np.split(np.array(ledger.sent_ns), np.flatnonzero(np.diff(ledger.sent_ns) > 20e6) + 1)
    assert {len(burst) for burst in bursts[1:-1]} <= {2, 3, 4}
    assert any(len(burst) == 3 for burst in bursts)  # 50 ms hold three samples of 60 Hz


def test_a_heart_rate_strap_sends_once_it_is_subscribed_to_and_says_its_battery():
    plan = Plan(straps=(StrapPlan(label="h", wearable="heart-rate", rate_hz=20.0),), adapter=QUICK)

    async def run():
        async with Rig(plan) as rig, bluetooth(rig.address), connected("Heart") as link:
            client = Client(link, "heart-rate")
            await client.start()
            await until(lambda: len(client.packets) > 3)
            rig.set_battery("h", 12)
            assert await link.read_gatt_char(WEARABLES["heart-rate"].battery) == b"\x0c"
            assert 60 <= client.packets[0].said["heart_rate_bpm"] <= 90

    asyncio.run(run())


def test_a_stopped_strap_can_be_started_again_and_its_clock_went_on():
    async def run():
        async with (
            Rig(ONE) as rig,
            bluetooth(rig.address),
            connected("Xsens") as link,
        ):
            client = Client(link, DOT)
            await client.start()
            await until(lambda: len(client.packets) > 5)
            await client.stop()
            heard = len(client.packets)
            await asyncio.sleep(0.1)
            assert len(client.packets) == heard
            await client.carry_out(client.profile.start[-1:])
            await until(lambda: len(client.packets) > heard + 5)
            (ledger,) = rig.ledgers("1")
            assert set(ledger.run) == {1, 2}
            assert client.ticks[heard] - client.ticks[heard - 1] > 0.1e6

    asyncio.run(run())


def test_an_unsubscribed_strap_is_unheard_and_the_ledger_says_so():
    async def run():
        async with (
            Rig(ONE) as rig,
            bluetooth(rig.address),
            connected("Xsens") as link,
        ):
            client = Client(link, DOT)
            await client.start()
            await until(lambda: len(client.packets) > 5)
            (uuid, _) = client.notified[-1]
            await link.stop_notify(uuid)
            await until(lambda: rig.shown()[0].packets.get("unheard", 0) > 5)
            sent = rig.ledgers("1")[0].ticks(Fate.SENT)
            assert client.ticks == sent[: len(client.ticks)]
            assert len(sent) - len(client.ticks) < 5  # what the client had not read when it hung up

    asyncio.run(run())


def test_a_button_can_be_pressed():
    async def run():
        async with (
            Rig(ONE) as rig,
            bluetooth(rig.address),
            connected("Xsens") as link,
        ):
            client = Client(link, DOT)
            await client.start()
            report = "15171004-4947-11e9-8646-d663bd873d93"
            assert rig.say("1", report, bytes([5, 4, 0, 1, 0, 0])) is Fate.SENT
            await until(lambda: (report, bytes([5, 4, 0, 1, 0, 0])) in client.notified)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (Plan(straps=(StrapPlan(label="1", wearable="abacus"),), adapter=QUICK), "no wearable 'abacus'"),
        (Plan(straps=(a_dot(settings={"rate_hz": 61}),), adapter=QUICK), "rate_hz"),
        (Plan(straps=(a_dot(track="none"),), adapter=QUICK), "no track 'none'"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_its_reason(plan, says):
    async def run():
        async with Rig(plan):
            pass

    with pytest.raises(SettingsError, match=says):
        asyncio.run(run())
