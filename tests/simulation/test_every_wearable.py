"""Every wearable there is can be simulated with its own defaults, and what it sends decodes to what was played."""

import asyncio

import numpy as np
import pytest

from imutrack.simulation import STILL, Fate, Plan, Rig, StrapPlan
from imutrack.wearables import WEARABLES
from simulation.bluetooth import QUICK, bluetooth, connected, until
from simulation.client import Client

pytestmark = pytest.mark.usefixtures("dbus")


@pytest.mark.parametrize("wearable", sorted(WEARABLES))
def test_a_wearable_is_started_sends_what_it_measures_and_is_stopped(wearable):
    beats_hz = 20.0 if wearable == "heart-rate" else None  # one in a second is waited for too long
    plan = Plan(straps=(StrapPlan(label="1", wearable=wearable, name="it", rate_hz=beats_hz),), adapter=QUICK)

    async def run():
        async with Rig(plan) as rig, bluetooth(rig.address), connected("it") as link:
            client = Client(link, wearable)
            await client.start()
            await until(lambda: rig.shown()[0].sending)
            await until(lambda: any(2 in ledger.index or len(ledger.index) > 1 for ledger in rig.ledgers("1")))
            await client.stop()
            await asyncio.sleep(0.01)  # what is on its way comes
            assert rig.shown()[0].unknown_writes == 0
            return client, rig.ledgers("1")

    client, ledgers = asyncio.run(run())
    packets = client.packets
    for stream, ledger in zip(client.profile.streams, ledgers, strict=True):
        of_it = [packet for packet in packets if packet.stream == stream.name]
        sent = [tick for tick in ledger.ticks(Fate.SENT) if tick >= 0]
        if stream.quantities:
            assert sum(map(len, of_it)) == ledger.samples(Fate.SENT)
        else:
            assert len(of_it) == ledger.fate.count(Fate.SENT)
        assert set(sent) <= {packet.ticks[0] for packet in of_it if packet.ticks}  # a device may send a packet in parts
        for packet in of_it:
            for quantity in stream.quantities:
                if quantity in STILL.values:
                    played = np.tile(STILL.values[quantity], (len(packet), 1))
                    np.testing.assert_allclose(
                        packet.values[quantity], played, atol=0.02
                    )  # m/s2, rad/s: the coarsest step
