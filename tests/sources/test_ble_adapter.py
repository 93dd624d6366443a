"""Bleak's real BlueZ backend and the adapter: switched, pulled out, slow to scan, and what Bleak knows nothing of."""

import asyncio

import pytest
from bleak.backends.bluezdbus import manager as bleak_manager
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from imutrack.collector.links.states import State
from imutrack.simulation import Fault, Kind
from imutrack.sources.bluez import bleaks_bus
from simulation.bluetooth import need_dbus
from sources.chaos import bench


@pytest.fixture(autouse=True)
def dbus():
    need_dbus()


def test_an_adapter_is_switched_off_and_on_and_its_straps_come_back():
    async def main():
        async with bench(1) as run:
            await run.streaming()
            await run.radio.power_cycle()
            await run.streaming()
            assert run.rig.shown()[0].runs == 2

    asyncio.run(main())


def test_an_adapter_is_on_when_the_collector_ends_while_it_is_switched_off_and_on():
    async def main():
        async with bench(1) as run:
            await run.streaming()
            cycle = asyncio.create_task(run.radio.power_cycle())
            await asyncio.sleep(0.2)
            assert not run.rig.powered
            cycle.cancel()
            await run.stop()
            await run.radio.stop()
            assert run.rig.powered

    asyncio.run(main())


def test_a_scan_that_takes_seconds_to_begin_is_asked_for_once_and_the_strap_is_back():
    async def main():
        async with bench(2) as run:
            await run.streaming()
            asked = run.rig.scans_asked
            run.rig.do(Fault(kind=Kind.SCAN_LATE, amount=3.2, for_s=1.0))  # the first one only
            run.rig.do(Fault(kind=Kind.DROP, strap="2", for_s=3.4))  # it is not heard before
            await run.lost("2")
            await run.until("2", State.STREAMING, 6.0)
            assert run.rig.scans_asked <= asked + 2  # and one after the attempt to connect
            assert run.states["1"] is State.STREAMING

    asyncio.run(main())


def test_a_scan_that_is_refused_while_another_strap_streams_is_asked_for_twice_a_second_at_most():
    async def main():
        async with bench(2) as run:
            await run.streaming()
            refuses = Fault(kind=Kind.SCAN_BUSY, for_s=None)
            run.rig.do(refuses)
            run.rig.do(Fault(kind=Kind.DROP, strap="2", for_s=0.0))
            await run.lost("2")
            asked = run.rig.scans_asked
            for _ in range(10):  # each of which began a chain of retries of its own
                run.radio.discover(wanted=True)
                await asyncio.sleep(0.1)
            assert run.rig.scans_asked - asked <= 3
            run.rig.undo(refuses)
            await run.streaming()

    asyncio.run(main())


def test_a_discovery_that_the_service_does_for_nobody_is_ended_and_begun_anew():
    async def main():
        async with bench(1) as run:
            await run.streaming()
            bus = bleaks_bus()
            await bus.call(Message("org.bluez", "/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery"))
            run.rig.do(Fault(kind=Kind.DROP, strap="1", for_s=0.0))
            await run.lost("1")
            await run.streaming()

    asyncio.run(main())


def test_an_adapter_that_is_known_by_its_address_is_used_under_whatever_name_it_returns():
    async def main():
        async with bench(2, adapter_is="00:00:5e:00:53:00") as run:
            await run.streaming()
            run.rig.do(Fault(kind=Kind.UNPLUGGED, for_s=0.3))
            await run.lost("1")
            await asyncio.sleep(0.05)
            assert not run.radio.alive
            await run.streaming()

    asyncio.run(main())


def test_an_adapter_that_is_known_by_its_name_is_missed_under_another_and_the_log_says_which_there_are(caplog):
    async def main():
        async with bench(1) as run:
            await run.streaming()
            fault = Fault(kind=Kind.UNPLUGGED, for_s=None)
            run.rig.do(fault)
            await run.lost("1")
            run.rig.undo(fault)  # as hci1
            async with asyncio.timeout(5):
                while not caplog.records:
                    await asyncio.sleep(0.02)
            assert not run.radio.alive
            fault = Fault(kind=Kind.UNPLUGGED, for_s=None, amount=0)
            run.rig.do(fault)
            run.rig.undo(fault)
            await run.streaming()

    asyncio.run(main())
    assert caplog.messages == ["the Bluetooth adapter of the settings is not there: waiting for it; there are: hci1"]


def test_where_bleak_hides_its_connection_elsewhere_that_is_said_and_nothing_ends(monkeypatch, caplog):
    async def main():
        async with bench(1) as run:
            await run.streaming()
            assert isinstance(bleaks_bus(), MessageBus)  # else this Bleak is one that has moved it
            with monkeypatch.context() as renamed:
                renamed.delattr(bleak_manager, "_global_instances")
                run.radio._bluez.let_bleak_forget()
            assert "this version of Bleak is not known" in caplog.text
            assert run.states["1"] is State.STREAMING

    asyncio.run(main())
