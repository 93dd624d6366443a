"""Bleak's real BlueZ backend against a simulated Bluetooth service: what fails there, and that nothing stays behind."""

import asyncio
import gc
import re

import pytest
from dbus_fast import BusType, Message
from dbus_fast.aio import MessageBus

from imutrack.collector.links.states import State
from imutrack.errors import LinkError
from imutrack.simulation import AdapterPlan, Fault, Kind
from imutrack.sources.ble import BleRadio
from imutrack.sources.radio import Seen
from simulation.bluetooth import need_dbus
from sources.chaos import accounted, bench, open_files


@pytest.fixture(autouse=True)
def dbus():
    need_dbus()


@pytest.mark.parametrize("acquire", [True, False])
def test_what_the_straps_send_arrives_once_and_they_are_told_to_rest(acquire):
    async def main():
        async with bench(3, acquire=acquire) as run:
            await run.streaming()
            await asyncio.sleep(0.5)
            await run.stop()
            await asyncio.sleep(0.05)
            for arrived, once, sent in accounted(run, run.taken()).values():
                assert arrived == once == sent > 20
            assert not any(shown.sending or shown.connected for shown in run.rig.shown())
            assert not any(shown.unknown_writes for shown in run.rig.shown())

    asyncio.run(main())


def test_a_dozen_drops_leave_no_file_open_no_task_and_no_notification_twice():
    async def main():
        async with bench(4) as run:
            await run.streaming()
            await asyncio.sleep(0.2)  # looking for devices ends, too
            gc.collect()
            files, tasks = open_files(), len(asyncio.all_tasks())
            for n in range(12):
                strap = run.labels[n % 4]
                run.rig.do(Fault(kind=Kind.DROP, strap=strap, for_s=0.0))
                await run.lost(strap)
                await asyncio.sleep(0.05)
            await run.streaming()
            await asyncio.sleep(0.2)
            assert open_files() <= files
            assert len(asyncio.all_tasks()) <= tasks
            for arrived, once, sent in accounted(run, run.taken()).values():
                assert arrived == once <= sent
                assert sent - arrived <= 5  # may have been under way when the link was dropped

    asyncio.run(main())


def test_when_the_service_crashes_every_link_is_lost_at_once_and_streams_again_after_it_is_back():
    async def main():
        async with bench(2) as run:
            await run.streaming()
            files = open_files()
            run.rig.do(Fault(kind=Kind.SERVICE_CRASH, for_s=0.5))
            async with asyncio.timeout(5):  # Bleak itself would never say so
                while run.states.all_in(State.STREAMING, run.labels) or run.radio.alive:
                    await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)
            assert not any(run.states[strap] is State.STREAMING for strap in run.labels)
            await run.streaming()
            assert run.told.reasons_of("1", State.BACKOFF)[0] == "bluetooth service or adapter away"
            await asyncio.sleep(0.1)
            assert open_files() == files

    asyncio.run(main())


def test_when_the_bus_itself_dies_all_stream_again_after_it_is_back():
    async def main():
        async with bench(2) as run:
            await run.streaming()
            files = open_files()
            run.rig.do(Fault(kind=Kind.BUS_DEATH, for_s=0.5))
            await run.lost("1")
            await run.lost("2")
            assert not run.radio.alive
            await run.streaming()
            await asyncio.sleep(0.1)
            assert open_files() <= files

    asyncio.run(main())


def test_a_link_that_lives_by_name_only_is_noticed_and_made_anew():
    async def main():
        async with bench(1) as run:
            await run.streaming()
            fault = Fault(kind=Kind.ZOMBIE, strap="1", for_s=None)
            run.rig.do(fault)
            await run.until("1", State.BACKOFF)
            run.rig.undo(fault)
            await run.streaming()
            assert run.told.reasons_of("1", State.BACKOFF) == ["link dead"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind.IN_PROGRESS, "another attempt in progress"),
        (Kind.NO_SLOTS, "adapter is full"),
        (Kind.REFUSE_NOTIFY, "link failed"),
    ],
)
def test_what_the_service_answers_is_understood(kind, reason):
    async def main():
        async with bench(1) as run:
            fault = Fault(kind=kind, strap="" if kind is Kind.NO_SLOTS else "1", for_s=None)
            run.rig.do(fault)
            await run.until("1", State.BACKOFF)
            assert run.told.reasons_of("1", State.BACKOFF)[0] == reason
            run.rig.undo(fault)
            if kind is not Kind.NO_SLOTS:  # which is waited for four seconds
                await run.streaming()

    asyncio.run(main())


def test_a_connection_that_is_aborted_once_is_made_all_the_same():
    async def main():
        async with bench(1) as run:
            run.rig.do(Fault(kind=Kind.ABORT, strap="1", for_s=0.4))
            await run.streaming()

    asyncio.run(main())


def test_a_device_that_vanishes_is_found_again():
    async def main():
        async with bench(1, adapter=AdapterPlan(forget_at_stop=True)) as run:
            await run.streaming()
            run.rig.do(Fault(kind=Kind.VANISH, strap="1", for_s=0.3))
            await run.lost("1")
            await run.streaming()

    asyncio.run(main())


def test_a_device_that_a_killed_collector_left_connected_is_taken_over():
    async def main():
        async with bench(1) as run:
            await run.streaming()  # so that the service knows it
            await run.stop()
            await somebody_asks("Connect")
            assert run.rig.shown()[0].connected
            seen = asyncio.get_running_loop().create_future()
            run.radio.watch(seen.set_result)
            run.radio.discover(wanted=True)
            async with asyncio.timeout(5):
                assert not (await seen).heard  # the service says so; the air is silent
            link = await run.radio.connect(_seen(), 5.0)
            assert len(await link.read("15173001-4947-11e9-8646-d663bd873d93")) == 2
            await link.disconnect()
            assert not run.rig.shown()[0].connected

    asyncio.run(main())


def test_one_stream_that_dies_beside_another_is_noticed_and_set_up_anew():
    async def main():
        async with bench(1, wearable="polar-h10") as run:
            await run.streaming()
            fault = Fault(kind=Kind.STALL, strap="1", stream="acc", for_s=None)
            run.rig.do(fault)
            await run.until("1", State.BACKOFF)
            run.rig.undo(fault)
            await run.streaming()
            assert run.told.reasons_of("1", State.BACKOFF) == ["silent although the link lives"]

    asyncio.run(main())


def test_a_battery_that_answers_the_probe_does_not_pass_for_a_reading():
    async def main():
        async with bench(1, acquire=False) as run:  # over the D-Bus what is read comes as a notification besides
            await run.streaming()
            run.rig.do(Fault(kind=Kind.STALL, strap="1", for_s=None))
            await run.until("1", State.BACKOFF)
            assert run.told.reasons_of("1", State.BACKOFF) == ["silent although the link lives"]

    asyncio.run(main())


@pytest.mark.parametrize("acquire", [True, False])
def test_a_strap_that_has_to_be_paired_says_so_once_and_streams_when_it_is(acquire, caplog):
    async def main():
        async with bench(1, acquire=acquire) as run:
            fault = Fault(kind=Kind.UNPAIRED, strap="1", for_s=None)
            run.rig.do(fault)
            async with asyncio.timeout(10):
                while len(run.told.reasons_of("1", State.BACKOFF)) < 2:
                    await asyncio.sleep(0.01)
            run.rig.undo(fault)
            await run.streaming()
            assert set(run.told.reasons_of("1", State.BACKOFF)) == {"has to be paired first"}

    asyncio.run(main())
    (warning,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warning.startswith("1: ")
    assert "bluetoothctl pair" in warning


@pytest.mark.parametrize("bonded", [True, False])
def test_an_attempt_that_was_left_behind_is_ended_and_a_bond_is_kept(bonded):
    async def main():
        async with bench(1, bonded=bonded) as run:
            await run.streaming()
            await run.stop()
            run.rig.do(Fault(kind=Kind.DROP, strap="1", for_s=None))
            left_behind = asyncio.create_task(somebody_asks("Connect"))
            await asyncio.sleep(0.1)
            assert await somebody_asks("Connect") == "org.bluez.Error.InProgress"
            await run.radio.forget("C0:00:5E:00:01:01")
            assert await left_behind == "org.bluez.Error.Failed"
            (shown,) = run.rig.shown()
            assert shown.bonded is bonded

    asyncio.run(main())


def test_what_was_never_seen_cannot_be_connected():
    async def main():
        async with bench(1) as run:
            await run.stop()
            with pytest.raises(LinkError) as failed:
                await run.radio.connect(_seen("C0:00:5E:00:09:09"), 1.0)
            assert failed.value.kind == "gone"

    asyncio.run(main())


def test_no_address_is_logged_by_us_or_bleak(caplog):
    async def main():
        async with bench(1) as run:
            await run.streaming()
            run.rig.do(Fault(kind=Kind.DROP, strap="1", for_s=0.0))
            await run.lost("1")
            run.rig.do(Fault(kind=Kind.ABORT, strap="1", for_s=0.3))
            await run.streaming()

    caplog.set_level("DEBUG", logger="imutrack")
    asyncio.run(main())
    assert caplog.records
    assert not re.search("c0.00.5e", caplog.text.lower())


def test_a_radio_starts_where_there_is_no_service_and_waits_for_it(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")

    async def main():
        radio = BleRadio()
        await radio.start()
        radio.discover(wanted=True)
        assert not radio.alive
        with pytest.raises(LinkError) as failed:
            await radio.connect(_seen(), 1.0)
        assert failed.value.kind == "adapter"
        await radio.stop()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert caplog.messages == ["no Bluetooth service (bluetoothd) yet: waiting for it"]


async def somebody_asks(what: str) -> str | None:
    """Let another program ask the service something of the first strap, and leave; return what was wrong."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        path = "/org/bluez/hci0/dev_C0_00_5E_00_01_01"
        return (await bus.call(Message("org.bluez", path, "org.bluez.Device1", what))).error_name
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


def _seen(address: str = "C0:00:5E:00:01:01") -> Seen:
    return Seen(address, "", -60, frozenset(), frozenset(), 0.0)
