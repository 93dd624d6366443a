"""A collector's supervisors on Bleak's real BlueZ backend and a simulated Bluetooth service.

`chaos` measures what drops cost: for the benchmark; the tests count and never time.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from collector.rigged import Told
from imutrack.collector.links.ring import Entry, Ring
from imutrack.collector.links.scanning import Finder
from imutrack.collector.links.shared import Shared
from imutrack.collector.links.states import State, StateLog
from imutrack.collector.links.supervisor import Supervisor
from imutrack.collector.links.turns import Turns
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import StrapSettings
from imutrack.simulation import AdapterPlan, Fate, Fault, Kind, Plan, Rig, StrapPlan
from imutrack.sources.ble import BleRadio
from simulation.bluetooth import bluetooth

DOT = "movella-dot"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a folder that lists the listing itself


@dataclass
class Bench:
    rig: Rig
    radio: BleRadio
    shared: Shared
    states: StateLog
    told: Told
    labels: list[str]
    tasks: list[asyncio.Task[None]]

    async def until(self, strap: str, state: State, within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s):
            while self.states[strap] is not state:
                await asyncio.sleep(0.001)

    async def streaming(self, within_s: float = 10.0) -> None:
        for strap in self.labels:
            await self.until(strap, State.STREAMING, within_s)

    async def lost(self, strap: str, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while self.states[strap] is State.STREAMING:
                await asyncio.sleep(0.001)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.wait(self.tasks)

    def taken(self) -> list[Entry]:
        return self.shared.ring.take()[0]


@asynccontextmanager
async def bench(
    count: int = 1,
    *,
    wearable: str = DOT,
    adapter: AdapterPlan | None = None,
    acquire: bool = True,
    rate_hz: int = 60,
    bonded: bool = False,
    adapter_is: str = "hci0",
) -> AsyncIterator[Bench]:
    settings = {"rate_hz": rate_hz} if wearable == DOT else {}
    plans = tuple(
        StrapPlan(label=str(n), wearable=wearable, settings=settings, address=f"C0:00:5E:00:01:{n:02X}", bonded=bonded)
        for n in range(1, count + 1)
    )
    straps = [
        StrapSettings(label=plan.label, wearable=wearable, address=plan.address, settings=settings) for plan in plans
    ]
    loop, told = asyncio.get_running_loop(), Told()
    async with (
        Rig(Plan(straps=plans, adapter=adapter or AdapterPlan())) as rig,
        bluetooth(rig.address),
    ):
        radio = BleRadio(adapter_is, acquire_notify=acquire)
        states = StateLog([strap.label for strap in straps], loop.time, [told.on_state])
        finder = Finder(straps, radio, loop.time)
        shared = Shared(
            radio=radio,
            finder=finder,
            turns=Turns(),
            ring=Ring(),
            clock=HostClock(),
            states=states,
            listener=told,
            chance=Random(1),  # noqa: S311 - the same in every run
        )
        await radio.start()
        tasks = [asyncio.create_task(Supervisor(strap, shared).run()) for strap in straps]
        bench = Bench(rig, radio, shared, states, told, [strap.label for strap in straps], tasks)
        try:
            yield bench
        finally:
            await bench.stop()
            await radio.stop()


def accounted(bench: Bench, entries: list[Entry]) -> dict[str, tuple[int, int, int]]:
    """Return strap -> readings that arrived, those of them that came once, and those the simulator handed over."""
    arrived = Counter(strap for strap, _, _, payload in entries if len(payload) == 40)
    once = Counter(strap for strap, payload in {(e[0], e[3]) for e in entries if len(e[3]) == 40})
    sent = {strap: sum(stream.samples(Fate.SENT) for stream in bench.rig.ledgers(strap)) for strap in bench.labels}
    return {strap: (arrived[strap], once[strap], sent[strap]) for strap in bench.labels}


async def chaos(straps: int = 8, drops: int = 40, every_s: float = 1.0) -> list[float]:
    """Drop a link every so often; return how long each strap did not stream, s."""
    chance = Random(5)  # noqa: S311 - the same in every run
    loop = asyncio.get_running_loop()
    dropped: list[tuple[str, float]] = []
    async with bench(straps) as run:
        await run.streaming()
        await asyncio.sleep(2.0)
        for _ in range(drops):
            strap = str(1 + chance.randrange(straps))
            dropped.append((strap, loop.time()))
            run.rig.do(Fault(kind=Kind.DROP, strap=strap, for_s=0.0))
            await asyncio.sleep(every_s)
        await run.streaming()
        changes = run.told.changes
    return [
        next(
            at_s for strap, _, state, _, at_s in changes if strap == which and state is State.STREAMING and at_s > when
        )
        - when
        for which, when in dropped
    ]
