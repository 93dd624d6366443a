"""Each fault shows itself to Bleak as BlueZ would show it, and ends when it was told to."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus
from msgspec.structs import replace

from imutrack.errors import SettingsError
from imutrack.simulation import AdapterPlan, Fate, Fault, Kind, Plan, Rig, StrapPlan, random_faults
from simulation.bluetooth import QUICK, bluetooth, connected, find, forget_bus, until
from simulation.client import Client

pytestmark = pytest.mark.usefixtures("dbus")

DOT = "movella-dot"
RATE_HZ = 240.0  # four times what the device can: the tests take a quarter of the time


def a_dot(label="1"):
    return StrapPlan(label=label, wearable=DOT, rate_hz=RATE_HZ)


ONE = Plan(straps=(a_dot(),), adapter=QUICK)


@contextlib.asynccontextmanager
async def one_dot(plan: Plan = ONE) -> AsyncIterator[Rig]:
    async with Rig(plan) as rig, bluetooth(rig.address):
        yield rig


@contextlib.asynccontextmanager
async def sending(rig: Rig, lost: asyncio.Event | None = None) -> AsyncIterator[Client]:
    """Connect, and go on when it has begun to send."""
    async with connected("Xsens", lambda _: lost.set() if lost else None) as link:
        client = Client(link, DOT)
        await client.start()
        await until(lambda: len(client.notified) > 5)
        yield client


async def asked(path: str, interface: str, member: str, *body: object, signature: str = "") -> Message:
    """Ask the service something that Bleak does not."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        return await bus.call(Message("org.bluez", path, interface, member, signature=signature, body=list(body)))
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


def test_a_dropped_link_is_noticed_at_once_and_the_strap_can_be_connected_anew():
    async def run():
        async with one_dot() as rig:
            lost = asyncio.Event()
            async with sending(rig, lost) as client:
                rig.do(Fault(kind=Kind.DROP, strap="1"))
                async with asyncio.timeout(1):
                    await lost.wait()
                assert not client.link.is_connected
                heard = client.ticks
            async with sending(rig) as client:
                assert client.ticks[0] > heard[-1]  # its clock went on
                (ledger,) = rig.ledgers("1")
                assert heard == [t for t in ledger.ticks(Fate.SENT) if t <= heard[-1]]

    asyncio.run(run())


def test_a_stalled_strap_is_connected_and_answers_but_sends_nothing():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            fault = Fault(kind=Kind.STALL, strap="1", for_s=None)
            rig.do(fault)
            await until(lambda: rig.shown()[0].packets.get("silent", 0) > 10)
            heard = len(client.notified)
            assert (await client.link.read_gatt_char(client.wearable.battery))[0] == 87
            assert client.link.is_connected
            assert len(client.notified) == heard
            rig.undo(fault)
            await until(lambda: len(client.notified) > heard)
            came = list(client.ticks)
            assert came == rig.ledgers("1")[0].ticks(Fate.SENT)[: len(came)]  # another may be on its way

    asyncio.run(run())


def test_a_zombie_answers_nothing_either():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            rig.do(Fault(kind=Kind.ZOMBIE, strap="1", for_s=None))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.link.read_gatt_char(client.wearable.battery)
            assert client.link.is_connected

    asyncio.run(run())


def test_a_strap_that_vanishes_is_gone_from_the_bus_until_it_returns():
    async def run():
        async with one_dot() as rig, BleakScanner() as scanner:
            await until(lambda: scanner.discovered_devices)
            device = scanner.discovered_devices[0]
            fault = Fault(kind=Kind.VANISH, strap="1", for_s=None)
            rig.do(fault)
            await until(lambda: not scanner.discovered_devices)
            with pytest.raises(BleakError, match="not found"):
                await BleakClient(device).connect()
            rig.undo(fault)
            await until(lambda: scanner.discovered_devices)

    asyncio.run(run())


def test_connect_is_in_progress_for_ever_where_another_attempt_is_stuck():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.IN_PROGRESS, strap="1", for_s=None))
            with pytest.raises(BleakDBusError) as told:
                await BleakClient(await find("Xsens")).connect()
            assert told.value.dbus_error == "org.bluez.Error.InProgress"

    asyncio.run(run())


def test_an_aborted_connect_is_repeated_by_bleak_until_it_succeeds():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.ABORT, strap="1", for_s=0.3))
            began = time.monotonic()
            async with connected("Xsens") as link:
                assert link.is_connected
            assert time.monotonic() - began >= 0.2

    asyncio.run(run())


def test_a_strap_out_of_reach_keeps_an_attempt_waiting_and_a_second_one_is_in_progress():
    async def run():
        async with one_dot(Plan(straps=(a_dot(),), adapter=replace(QUICK, connect_timeout_s=0.3))) as rig:
            device = await find("Xsens")
            rig.do(Fault(kind=Kind.DROP, strap="1", for_s=None))
            waiting = asyncio.create_task(BleakClient(device).connect())
            await asyncio.sleep(0.1)
            with pytest.raises(BleakDBusError, match="InProgress"):
                await BleakClient(device).connect()
            with pytest.raises((BleakError, TimeoutError)):
                await waiting

    asyncio.run(run())


def test_a_slow_connect_takes_its_time():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.SLOW_CONNECT, strap="1", for_s=None, amount=0.3))
            began = time.monotonic()
            async with connected("Xsens"):
                assert time.monotonic() - began >= 0.3

    asyncio.run(run())


def test_an_adapter_without_a_slot_refuses_the_next_strap():
    async def run():
        plan = Plan(straps=(a_dot("1"), a_dot("2")), adapter=replace(QUICK, slots=1))
        async with one_dot(plan), connected("Xsens Dot 0001"):
            with pytest.raises(BleakDBusError, match="le-connection-concurrent-connection-limit"):
                await BleakClient(await find("Xsens Dot 0002")).connect()

    asyncio.run(run())


def test_slots_can_run_out_as_a_fault():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.NO_SLOTS, for_s=None))
            with pytest.raises(BleakDBusError, match="concurrent-connection-limit"):
                await BleakClient(await find("Xsens")).connect()

    asyncio.run(run())


def test_a_device_that_does_not_bear_notifications_refuses_them():
    async def run():
        async with one_dot() as rig, connected("Xsens") as link:
            rig.do(Fault(kind=Kind.REFUSE_NOTIFY, strap="1", for_s=None))
            with pytest.raises(BleakGATTProtocolError):
                await Client(link, DOT).start()

    asyncio.run(run())


def test_a_scan_that_another_program_holds_is_in_progress():
    async def run():
        async with one_dot() as rig:
            fault = Fault(kind=Kind.SCAN_BUSY, for_s=None)
            rig.do(fault)
            with pytest.raises(BleakDBusError, match="InProgress"):
                await BleakScanner.discover(timeout=0.1)
            rig.undo(fault)
            await find("Xsens")

    asyncio.run(run())


def test_a_deaf_adapter_hears_again_when_it_is_switched_off_and_on():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.DEAF, for_s=None))
            assert not await BleakScanner.discover(timeout=0.1)
            for on in (False, True):
                await set_power(on=on)
            await find("Xsens")

    asyncio.run(run())


async def set_power(*, on: bool) -> None:
    body = ("org.bluez.Adapter1", "Powered", Variant("b", on))
    await asked("/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", *body, signature="ssv")


def test_an_adapter_that_is_switched_off_ends_links_and_does_not_scan():
    async def run():
        async with one_dot() as rig:
            lost = asyncio.Event()
            async with sending(rig, lost):
                fault = Fault(kind=Kind.POWER_OFF, for_s=None)
                rig.do(fault)
                async with asyncio.timeout(1):
                    await lost.wait()
                with pytest.raises(BleakError, match=r"Not Ready|No powered"):  # as Bleak heard of it, or not yet
                    await BleakScanner.discover(timeout=0.1)
            rig.undo(fault)
            await asyncio.sleep(0.1)  # for Bleak to hear of it
            await find("Xsens")

    asyncio.run(run())


def test_a_host_that_stalls_delivers_everything_afterwards():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            rig.do(Fault(kind=Kind.HOST_STALL, strap="1", for_s=0.2))
            heard = len(client.notified)
            await asyncio.sleep(0.1)
            assert len(client.notified) <= heard + 1
            await until(lambda: len(client.notified) > heard + 0.2 * RATE_HZ)
            steps = np.diff(client.ticks)
            assert np.all(np.abs(steps - 1e6 / RATE_HZ) <= 1)

    asyncio.run(run())


def test_duplicates_come_twice_and_are_counted():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            rig.do(Fault(kind=Kind.DUPLICATE, strap="1", for_s=None, amount=0.3))
            await until(lambda: len(client.notified) > 80)
            await client.stop()
            (ledger,) = rig.ledgers("1")
            assert client.ticks == list(np.repeat(ledger.tick, ledger.copies))
            assert sum(copies == 2 for copies in ledger.copies) > 8

    asyncio.run(run())


def test_reordered_packets_come_after_their_successors():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            rig.do(Fault(kind=Kind.REORDER, strap="1", for_s=None, amount=0.2))
            await until(lambda: len(client.notified) > 80)
            await client.stop()
            ticks, expected = client.ticks, rig.ledgers("1")[0].ticks(Fate.SENT)
            assert ticks == expected
            assert sum(step < 0 for step in np.diff(ticks)) > 5
            assert sorted(ticks) == sorted(set(ticks))

    asyncio.run(run())


def test_what_is_lost_on_air_is_in_the_ledger_to_the_sample():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            rig.do(Fault(kind=Kind.LOSS, strap="1", for_s=None, amount=0.2))
            await until(lambda: len(client.notified) > 80)
            await client.stop()
            (ledger,) = rig.ledgers("1")
            assert client.ticks == ledger.ticks(Fate.SENT)
            lost = ledger.samples(Fate.LOST)
            gaps = np.rint(np.diff(client.ticks) * RATE_HZ / 1e6).astype(int) - 1
            assert lost > 5
            assert 0 <= lost - gaps.sum() <= 5  # those lost after the last that came show in no step

    asyncio.run(run())


def test_a_signal_strength_can_lie():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.RSSI, strap="1", for_s=None, amount=20))
            seen = await BleakScanner.discover(timeout=0.1, return_adv=True)
            assert {said.rssi for _, said in seen.values()} == {20}

    asyncio.run(run())


def test_a_service_that_crashes_leaves_bleak_believing_in_the_link_and_comes_back_with_the_adapter_alone():
    async def run():
        async with one_dot() as rig, sending(rig) as client:
            heard = len(client.notified)
            rig.do(Fault(kind=Kind.SERVICE_CRASH, for_s=0.2))
            await asyncio.sleep(0.1)
            reply = await asked("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            assert reply.error_name == "org.freedesktop.DBus.Error.ServiceUnknown"
            assert client.link.is_connected  # so does the real one: nobody tells Bleak
            assert len(client.notified) <= heard + 0.2 * RATE_HZ
            await until(lambda: not rig.shown()[0].sending)
            await asyncio.sleep(0.4)
            reply = await asked("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            assert set(reply.body[0]) == {"/org/bluez", "/org/bluez/hci0"}
            assert client.link.is_connected  # still
            with pytest.raises(BleakDBusError, match="UnknownObject"):
                await client.link.disconnect()
            async with sending(rig):  # the same scanner and manager see the strap anew
                pass

    asyncio.run(run())


def test_a_bus_that_dies_is_noticed_by_bleak_and_comes_back_at_its_address():
    async def run():
        async with one_dot() as rig:
            lost, address = asyncio.Event(), rig.address
            async with sending(rig, lost):
                rig.do(Fault(kind=Kind.BUS_DEATH, for_s=0.2))
                async with asyncio.timeout(1):
                    await lost.wait()
            await asyncio.sleep(0.4)
            assert rig.address == address
            async with sending(rig):
                pass

    asyncio.run(run())


def test_bluez_forgets_straps_that_it_has_not_heard_for_long_or_at_once_when_scanning_stops():
    async def run(adapter: AdapterPlan) -> None:
        async with one_dot(Plan(straps=(a_dot(),), adapter=adapter)):
            device = await find("Xsens")
            await asyncio.sleep(0.15)
            with pytest.raises(BleakError, match="not found"):
                await BleakClient(device).connect()

    asyncio.run(run(replace(QUICK, forget_s=0.1)))
    asyncio.run(run(replace(QUICK, forget_at_stop=True)))


def test_a_removed_device_is_gone_until_it_is_heard_again():
    async def run():
        async with one_dot() as rig:
            device = await find("Xsens")
            path = device.details["path"]
            said = await asked("/org/bluez/hci0", "org.bluez.Adapter1", "RemoveDevice", path, signature="o")
            assert said.error_name is None
            said = await asked("/org/bluez/hci0", "org.bluez.Adapter1", "RemoveDevice", path, signature="o")
            assert said.error_name == "org.bluez.Error.DoesNotExist"
            async with sending(rig):
                pass

    asyncio.run(run())


def test_one_stream_of_a_strap_can_stall_beside_the_others():
    async def run():
        plan = Plan(straps=(StrapPlan(label="1", wearable="polar-h10"),), adapter=QUICK)
        async with Rig(plan) as rig, bluetooth(rig.address), connected("Polar H10") as link:
            client = Client(link, "polar-h10")
            await client.start()
            rig.do(Fault(kind=Kind.STALL, strap="1", stream="acc", for_s=None))
            await until(lambda: rig.shown()[0].packets.get("silent"))
            client.notified.clear()
            await until(lambda: client.notified)
            assert {packet.stream for packet in client.packets} == {"heart_rate"}
            with pytest.raises(SettingsError, match="no stream 'gyr': it has acc, heart_rate"):
                rig.do(Fault(kind=Kind.STALL, strap="1", stream="gyr"))

    asyncio.run(run())


def test_a_strap_that_wants_to_be_paired_refuses_whatever_is_asked():
    async def run():
        async with one_dot() as rig, connected("Xsens") as link:
            fault = Fault(kind=Kind.UNPAIRED, strap="1", for_s=None)
            rig.do(fault)
            client = Client(link, DOT)
            with pytest.raises(BleakDBusError, match="Not paired"):
                await link.read_gatt_char(client.wearable.battery)
            with pytest.raises(BleakDBusError, match="Not paired"):
                await client.start()
            with pytest.raises(BleakDBusError, match="Not paired"):
                await link.start_notify(client.wearable.battery, client._heard)
            rig.undo(fault)
            assert (await link.read_gatt_char(client.wearable.battery))[0] == 87

    asyncio.run(run())


def test_a_late_scan_has_begun_long_before_its_answer_and_cannot_be_begun_twice():
    async def run():
        async with one_dot() as rig:
            rig.do(Fault(kind=Kind.SCAN_LATE, for_s=0.05, amount=0.3))
            late = asyncio.create_task(BleakScanner().start())
            await until(lambda: rig.scans_asked)
            late.cancel()  # as one would who does not like to wait
            with pytest.raises(BleakDBusError, match="InProgress"):
                await BleakScanner().start()

    asyncio.run(run())


def test_an_adapter_that_was_pulled_out_returns_under_another_name_with_its_straps():
    async def run():
        async with one_dot() as rig:
            fault = Fault(kind=Kind.UNPLUGGED, for_s=None)
            with contextlib.suppress(BleakDBusError):  # in disconnecting, as after a crash
                async with sending(rig):
                    rig.do(fault)
                    await until(lambda: not rig.shown()[0].connected)
            with pytest.raises(BleakError, match="'hci0' not found"):
                await BleakScanner(bluez={"adapter": "hci0"}).start()
            rig.undo(fault)
            await asyncio.sleep(0.1)  # for Bleak to hear of it
            async with sending(rig) as client:  # Bleak takes the first there is
                assert "/hci1/" in client.link._backend._device_path

    asyncio.run(run())


def test_removing_a_strap_that_was_paired_costs_its_bond():
    async def run():
        plan = Plan(straps=(replace(a_dot(), bonded=True),), adapter=QUICK)
        async with one_dot(plan) as rig:
            path = (await find("Xsens")).details["path"]
            said = await asked(path, "org.freedesktop.DBus.Properties", "GetAll", "org.bluez.Device1", signature="s")
            assert said.body[0]["Paired"].value is said.body[0]["Bonded"].value is True
            await asked("/org/bluez/hci0", "org.bluez.Adapter1", "RemoveDevice", path, signature="o")
            assert not rig.shown()[0].bonded

    asyncio.run(run())


def test_faults_of_a_plan_happen_at_their_times_and_are_logged():
    async def run():
        fault = Fault(kind=Kind.STALL, strap="1", at_s=0.05, for_s=0.1)
        async with one_dot(Plan(straps=(a_dot(),), adapter=QUICK, faults=(fault,))) as rig:
            await until(lambda: len(rig.log) == 2)
            begins, ends = rig.log
            assert (begins.fault, begins.ends, ends.ends) == (fault, False, True)
            assert 0.09e9 <= ends.at_ns - begins.at_ns <= 2e9

    asyncio.run(run())


def test_nothing_breaks_when_faults_overlap():
    kinds = list(Kind)
    drawn = random_faults(["1", "2"], kinds, every_s=0.02, duration_s=1.0, seed=7, lasting_s=(0.0, 0.2))

    async def run():
        quiet = asyncio.get_running_loop().set_exception_handler
        quiet(lambda *_: None)  # Bleak looks at no answer of a bus that dies while it stops a scan
        plan = Plan(straps=(a_dot("1"), a_dot("2")), adapter=QUICK, faults=drawn)
        async with one_dot(plan) as rig:
            while len(rig.log) < 2 * len(drawn):
                await asyncio.sleep(0.02)  # a bus that is dead refuses at once
                with contextlib.suppress(BleakError, OSError, EOFError, TimeoutError, AssertionError):
                    async with asyncio.timeout(0.3), connected("Xsens") as link:
                        await Client(link, DOT).start()
                        await asyncio.sleep(0.05)
            await asyncio.sleep(0.1)  # for what ended last to come back
            await forget_bus()
            async with sending(rig) as client:
                assert client.notified

    asyncio.run(run())


def test_links_that_drop_leave_no_file_descriptor_behind():
    async def run():
        async with one_dot() as rig:
            async with sending(rig):
                pass
            before = len(list(Path("/proc/self/fd").iterdir()))
            for _ in range(5):
                lost = asyncio.Event()
                async with sending(rig, lost):
                    rig.do(Fault(kind=Kind.DROP, strap="1"))
                    async with asyncio.timeout(1):
                        await lost.wait()
            assert len(list(Path("/proc/self/fd").iterdir())) == before

    asyncio.run(run())


def test_the_same_seed_draws_the_same_faults():
    said = {"every_s": 2.0, "duration_s": 60.0, "seed": 3}
    first, again = (random_faults(["a", "b"], [Kind.DROP, Kind.DEAF], **said) for _ in range(2))
    assert first == again
    assert {fault.strap for fault in first if fault.kind is Kind.DEAF} == {""}
    assert [fault.at_s for fault in first] == sorted(fault.at_s for fault in first)
