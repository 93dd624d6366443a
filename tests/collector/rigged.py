"""A collector's supervisors around a simulated radio, and somebody who drains the ring and counts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from imutrack.collector.links.ring import Ring
from imutrack.collector.links.scanning import Finder
from imutrack.collector.links.shared import Shared
from imutrack.collector.links.states import State, StateLog
from imutrack.collector.links.supervisor import Supervisor
from imutrack.collector.links.turns import Turns
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams, StrapSettings, wearable_of
from imutrack.sources.radio import Fault
from imutrack.sources.simulated import Scripted, SimulatedRadio, SimulatedStrap, SimulationParams

RATE_HZ = 4


def strap(number: int, wearable: str = "movella-dot") -> StrapSettings:
    settings = {"rate_hz": RATE_HZ} if wearable == "movella-dot" else {}
    return StrapSettings(
        label=str(number), wearable=wearable, address=f"AA:00:00:00:00:{number:02X}", settings=settings
    )


@dataclass
class Counted:
    """What a drain of the ring saw of each strap: ticks in a bitmap, so that a month takes little."""

    received: Counter[str] = field(default_factory=Counter)
    garbled: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)  # between the first tick and the last
    lost: Counter[str] = field(default_factory=Counter)  # by the ring
    highest: dict[str, int] = field(default_factory=dict)
    open: dict[str, set[int]] = field(default_factory=dict)  # skipped, may still come

    def take(self, label: str, payload: bytes) -> None:
        if len(payload) != 4:
            self.garbled[label] += 1
            return
        tick = int.from_bytes(payload, "little")
        highest = self.highest.get(label, -1)
        if tick == highest + 1:
            self.received[label] += 1
            self.highest[label] = tick
        elif tick > highest:
            self.received[label] += 1
            skipped = self.open.setdefault(label, set())
            self.missing[label] += len(skipped)
            skipped.clear()
            if tick - highest < 8:
                skipped.update(range(highest + 1, tick))
            else:
                self.missing[label] += tick - highest - 1
            self.highest[label] = tick
        elif tick in self.open.get(label, ()):
            self.received[label] += 1
            self.open[label].discard(tick)
        else:
            self.repeated[label] += 1


@dataclass
class Told:
    """Listens to links and states."""

    connected_with: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    disconnects: Counter[tuple[str, str]] = field(default_factory=Counter)
    keeps: bool = True
    changes: list[tuple[str, State, State, str, float]] = field(default_factory=list)

    def connected(self, strap: str, wearable: str, settings: Mapping[str, Any], _: Mapping[str, bytes]) -> None:
        if self.keeps:
            self.connected_with.append((strap, wearable, settings))

    def disconnected(self, strap: str, reason: str) -> None:
        self.disconnects[strap, reason] += 1

    def on_state(self, strap: str, before: State, state: State, reason: str, at_s: float) -> None:
        if self.keeps:
            self.changes.append((strap, before, state, reason, at_s))

    def states_of(self, strap: str) -> list[str]:
        return [state.value for label, _, state, _, _ in self.changes if label == strap]

    def reasons_of(self, strap: str, state: State) -> list[str]:
        return [reason for label, _, to, reason, _ in self.changes if label == strap and to is state]


@dataclass
class Rig:
    straps: list[StrapSettings]
    devices: list[SimulatedStrap]
    radio: SimulatedRadio
    states: StateLog
    told: Told
    counted: Counted
    shared: Shared
    supervisors: list[Supervisor]
    tasks: list[asyncio.Task[None]]

    def outages_s(self, number: int, *causes: str) -> list[float]:
        return [end - begin for why, begin, end in self.devices[number].ledger.outages if not causes or why in causes]


@asynccontextmanager
async def rigged(
    count: int = 2,
    mishaps: Sequence[Scripted] = (),
    *,
    seed: int = 1,
    never: Mapping[int, Fault] | None = None,
    params: LinkParams | None = None,
    simulation: SimulationParams | None = None,
    drain: bool = True,
    keeps: bool = True,
    wearables: Sequence[str] = (),
):
    loop = asyncio.get_running_loop()
    straps = [strap(n, wearables[n] if wearables else "movella-dot") for n in range(count)]
    devices = [
        SimulatedStrap(str(each.address), *wearable_of(each), rate_hz=RATE_HZ, never=(never or {}).get(n))
        for n, each in enumerate(straps)
    ]
    stall: Callable[[float], None] = getattr(loop, "stall", lambda _s: None)
    radio = SimulatedRadio(devices, mishaps, simulation, stall)
    told, counted, ring = Told(keeps=keeps), Counted(), Ring()
    states = StateLog([each.label for each in straps], loop.time, [told.on_state])
    shared = Shared(
        radio=radio,
        finder=Finder(straps, radio, loop.time),
        turns=Turns(),
        ring=ring,
        clock=HostClock(lambda: round(loop.time() * 1e9), lambda: 0),
        states=states,
        listener=told,
        params=params or LinkParams(),
        chance=Random(seed),  # noqa: S311
    )

    async def drained() -> None:
        while True:
            await ring.wait()
            entries, lost = ring.take()
            counted.lost.update(lost)
            for label, _, _, payload in entries:
                counted.take(label, payload)
            await asyncio.sleep(0.5)

    await radio.start()
    supervisors = [Supervisor(each, shared) for each in straps]
    tasks = [asyncio.create_task(each.run()) for each in supervisors]
    drain_task = asyncio.create_task(drained()) if drain else None
    try:
        yield Rig(straps, devices, radio, states, told, counted, shared, supervisors, tasks)
    finally:
        for device in devices:
            device.rest()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await radio.stop()
        if drain_task is not None:
            await asyncio.sleep(0.6)
            drain_task.cancel()
            with suppress(asyncio.CancelledError):
                await drain_task
