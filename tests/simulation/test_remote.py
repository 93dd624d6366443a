"""A rig in a process of its own does what a rig does, says why it cannot, and ends with whoever started it."""

import asyncio
import os

import pytest

from imutrack.errors import SettingsError
from imutrack.simulation import Fate, Fault, Kind, Plan, PrivateBus, RemoteRig, StrapPlan, made_up, tracks_of
from simulation.bluetooth import QUICK, bluetooth, connected, until
from simulation.client import Client

pytestmark = pytest.mark.usefixtures("dbus")

DOT = "movella-dot"


def test_everything_can_be_asked_of_a_rig_in_another_process():
    (track,) = tracks_of(made_up("long_arc_knee_extension")).values()
    straps = (StrapPlan(label="1", wearable=DOT, track="knee"), StrapPlan(label="2", wearable="heart-rate"))

    async def run():
        plan = Plan(straps=straps, adapter=QUICK)
        async with (
            RemoteRig(plan, {"knee": track}, playing=False) as rig,
            bluetooth(rig.address),
            connected("Xsens") as link,
        ):
            client = Client(link, DOT)
            await client.start()
            assert await rig.play(speed=2.0) > 0
            await rig.do(Fault(kind=Kind.DUPLICATE, strap="1", for_s=None, amount=0.5))
            await until(lambda: len(client.notified) > 20)
            await rig.set_battery("1", 12)
            assert (await link.read_gatt_char(client.wearable.battery))[0] == 12
            assert await rig.say("1", client.notified[0][0], b"\0" * 40) == Fate.SENT
            await client.stop()
            (ledger,) = await rig.ledgers("1")
            ticks = client.ticks
            ticks.remove(0)  # what was said by hand
            assert sorted(set(ticks)) == ledger.ticks(Fate.SENT)
            assert [incident.fault.kind for incident in await rig.log()] == [Kind.DUPLICATE]
            assert [strap.connected for strap in await rig.shown()] == [True, False]
            assert await rig.cpu_s() > 0

    asyncio.run(run())


def test_why_it_cannot_be_started_is_said_here():
    async def run():
        async with RemoteRig(Plan(straps=(StrapPlan(label="1", wearable="abacus"),))):
            pass

    with pytest.raises(SettingsError, match="no wearable 'abacus'"):
        asyncio.run(run())


def test_a_strap_that_is_not_there_is_refused_and_the_rig_goes_on():
    async def run():
        async with RemoteRig(Plan(straps=(StrapPlan(label="1", wearable=DOT),))) as rig:
            with pytest.raises(SettingsError, match="no strap '2' is simulated"):
                await rig.do(Fault(kind=Kind.DROP, strap="2"))
            assert len(await rig.shown()) == 1

    asyncio.run(run())


def test_only_its_user_can_enter_the_bus_and_nothing_of_it_stays():
    async def run():
        async with PrivateBus() as bus:
            path = bus.address.removeprefix("unix:path=")
            folder = os.path.dirname(path)  # noqa: PTH120 - of an address
            assert os.stat(folder).st_mode & 0o777 == 0o700  # noqa: PTH116
            await bus.kill()
            await bus.start()
        assert not os.path.exists(folder)  # noqa: PTH110
        await bus.aclose()

    asyncio.run(run())


def test_a_missing_daemon_is_named_with_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    async def run():
        async with PrivateBus():
            pass

    with pytest.raises(SettingsError, match=r"no dbus-daemon here: apt-get install .* dbus-daemon"):
        asyncio.run(run())
