"""The rig: a private bus, the service on it, the straps behind it, their motion, and the faults.

Everything is sent from one timer, which fires when the next packet of any strap leaves, but at most once in a
millisecond: so few straps are exact and many cost little.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Final, Self

from msgspec import Struct

from imutrack.errors import SettingsError
from imutrack.simulation.adapter import Adapter
from imutrack.simulation.bus import PrivateBus
from imutrack.simulation.device import Device
from imutrack.simulation.faults import OF_ALL, Fault, Incident, Kind
from imutrack.simulation.ledger import Fate, StreamLedger
from imutrack.simulation.motion import STILL, Player, Track
from imutrack.simulation.peripheral import Peripheral
from imutrack.simulation.plan import Plan, StrapPlan, named
from imutrack.simulation.service import Service

__all__ = ["Rig", "Shown"]

_APART_S: Final = 0.001


class Shown(Struct, frozen=True, kw_only=True):
    """A strap as it is now.

    Attributes:
        label, wearable, name, address: who it is.
        connected, sending: what it does.
        bonded: whether the service still has the bond that somebody made.
        runs: how often it began to send.
        unknown_writes: commands that are in none of its recipes: the client has other settings, or a fault.
        packets: by what became of them, by the names of `imutrack.simulation.ledger.Fate` in lower case.
    """

    label: str
    wearable: str
    name: str
    address: str
    connected: bool
    sending: bool
    bonded: bool
    runs: int
    unknown_writes: int
    packets: dict[str, int]


class Rig:
    """A simulation that runs while it is entered, in the event loop that entered it.

    Args:
        plan: what is simulated.
        tracks: the motions that the plan names.
        playing: whether the motion begins with the rig; else it waits for `play`, and the straps lie still.
    """

    def __init__(self, plan: Plan, tracks: Mapping[str, Track] | None = None, *, playing: bool = True) -> None:
        self._plan, self._tracks, self._playing = plan, dict(tracks or {}), playing
        self.log: list[Incident] = []
        self._bus = PrivateBus()
        self._timer: asyncio.TimerHandle | None = None
        self._clocked: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._down = asyncio.Lock()
        self._devices: dict[str, Device] = {}

    @property
    def address(self) -> str:
        """What ``DBUS_SYSTEM_BUS_ADDRESS`` is set to for those who are to see the straps."""
        return self._bus.address

    async def __aenter__(self) -> Self:
        """Start bus, service and straps.

        Raises:
            SettingsError: dbus-daemon is missing, or the plan cannot be done.
        """
        self._loop = asyncio.get_running_loop()
        self._origin_s = self._loop.time()
        began_s = self._origin_s if self._playing else None
        self._player = Player(self._plan.speed, began_s, loop=self._plan.loop)
        self._adapter = Adapter(self._plan.adapter)
        self._devices = {strap.label: self._device(number, strap) for number, strap in enumerate(self._plan.straps, 1)}
        self._adapter.devices = tuple(self._devices.values())
        await self._bus.__aenter__()
        self._service = Service(self.address, self._adapter)
        try:
            await self._service.start()
        except BaseException:
            await self.aclose()
            raise
        for fault in self._plan.faults:
            self._at(self._origin_s + fault.at_s, fault, ends=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop everything; safe twice."""
        for handle in (*self._clocked, *([self._timer] if self._timer else [])):
            handle.cancel()
        self._clocked.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._service.stop()
        await self._bus.aclose()

    def do(self, fault: Fault) -> None:
        """Let a fault begin now, whatever its time; it ends by itself unless it is for good.

        Raises:
            SettingsError: its strap is not there, or has no such stream.
        """
        if fault.strap:
            streams = self._strap(fault.strap).peripheral.stream_names
            if fault.stream and fault.stream not in streams:
                raise SettingsError(f"{fault.strap} has no stream {fault.stream!r}: it has {', '.join(streams)}")
        self._begin(fault)
        if fault.for_s is not None:
            self._at(self._loop.time() + fault.for_s, fault, ends=True)

    def undo(self, fault: Fault) -> None:
        """End a fault that is for good, or before its time."""
        self._end(fault)

    def play(self, speed: float | None = None, *, loop: bool | None = None) -> int:
        """Begin the motion anew, now.

        Returns:
            The beginning on the machine's monotonic clock, ns.
        """
        now_s = self._loop.time()
        self._player.play(now_s, speed=speed, loop=loop)
        for device in self._devices.values():
            device.peripheral.shown_anew(now_s)
        self._woken()
        return round(now_s * 1e9)

    def set_battery(self, label: str, battery_pct: int) -> None:
        """Change what a strap says of its battery."""
        self._strap(label).peripheral.battery_pct = battery_pct

    def say(self, label: str, characteristic: str, payload: bytes) -> Fate:
        """Let a strap notify something beside its readings, such as a button."""
        return self._strap(label).say(characteristic, payload)

    @property
    def bus_ended(self) -> bool:
        """Whether the bus ended by itself, or somebody else ended it: no fault of the plan does."""
        return self._bus.ended

    @property
    def scans_asked(self) -> int:
        """How often the adapter was asked to look for devices."""
        return self._adapter.scans_asked

    @property
    def powered(self) -> bool:
        """Whether the adapter is switched on."""
        return self._adapter.powered

    def ledgers(self, label: str) -> tuple[StreamLedger, ...]:
        """Return what became of every packet of a strap, stream by stream; nothing where the plan keeps no ledger."""
        return self._strap(label).peripheral.ledgers()

    def shown(self) -> list[Shown]:
        """Return every strap as it is now."""
        return [
            Shown(
                label=label,
                wearable=device.plan.wearable,
                name=device.plan.name,
                address=device.plan.address,
                connected=device.connected,
                sending=device.peripheral.sending,
                bonded=device.bonded,
                runs=device.peripheral.runs,
                unknown_writes=device.peripheral.unknown_writes,
                packets=device.peripheral.totals(),
            )
            for label, device in self._devices.items()
        ]

    def _device(self, number: int, strap: StrapPlan) -> Device:
        seed = f"{self._plan.seed}/{strap.label}"
        rngs = [random.Random(f"{seed}/{of}") for of in ("air", "faults")]  # noqa: S311 - a rig, no secret
        if strap.track and strap.track not in self._tracks:
            raise SettingsError(
                f"{strap.label}: no track {strap.track!r}: there are {', '.join(self._tracks) or 'none'}"
            )
        track = self._tracks[strap.track] if strap.track else STILL
        peripheral = Peripheral(
            strap, track, self._player, self._origin_s, rngs[0], keeps_ledger=self._plan.keeps_ledger
        )
        adapter = self._plan.adapter
        return Device(
            named(strap, number), peripheral, adapter, self._adapter.path, self._adapter.admit, self._woken, rngs[1]
        )

    def _strap(self, label: str) -> Device:
        try:
            return self._devices[label]
        except KeyError:
            raise SettingsError(f"no strap {label!r} is simulated: there are {', '.join(self._devices)}") from None

    def _woken(self) -> None:
        """Set the timer anew: something may leave earlier than was known."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_soon(self._pump)  # type: ignore[assignment]

    def _pump(self) -> None:
        now_s, next_s = self._loop.time(), math.inf
        for device in self._devices.values():
            due_s = device.next_s
            if due_s <= now_s and not device.effects.held:
                device.flush(now_s)
                due_s = device.next_s
            if due_s < next_s and not device.effects.held:
                next_s = due_s
        self._timer = None if next_s == math.inf else self._loop.call_at(max(next_s, now_s + _APART_S), self._pump)

    def _at(self, when_s: float, fault: Fault, *, ends: bool) -> None:
        def happens() -> None:
            self._clocked.discard(handle)
            if ends:
                self._end(fault)
            else:
                self.do(fault)

        handle = self._loop.call_at(when_s, happens)
        self._clocked.add(handle)

    def _begin(self, fault: Fault) -> None:
        self.log.append(Incident(at_ns=time.monotonic_ns(), fault=fault))
        if fault.kind in OF_ALL:
            self._adapter.effects.begin(fault)
        for device in self._hit(fault):
            device.effects.begin(fault)
            if device.effects.forgotten:
                device.forget()
            elif device.effects.unreachable:
                device.lose()
        match fault.kind:
            case Kind.POWER_OFF:
                self._adapter.power(on=False)
            case Kind.UNPLUGGED:
                self._adapter.unplug()
            case Kind.SERVICE_CRASH:
                self._spawn(self._service.stop)
            case Kind.BUS_DEATH:
                self._spawn(self._kill_bus)

    def _end(self, fault: Fault) -> None:
        self.log.append(Incident(at_ns=time.monotonic_ns(), fault=fault, ends=True))
        if fault.kind in OF_ALL:
            self._adapter.effects.end(fault)
        for device in self._hit(fault):
            device.effects.end(fault)
            device.reach()
        match fault.kind:
            case Kind.POWER_OFF:
                self._adapter.power(on=not self._adapter.effects.has(Kind.POWER_OFF))
            case Kind.UNPLUGGED if not self._adapter.effects.has(Kind.UNPLUGGED):
                self._adapter.plug(round(fault.size))
            case Kind.SERVICE_CRASH | Kind.BUS_DEATH:
                self._spawn(self._revive)
        self._woken()

    def _hit(self, fault: Fault) -> list[Device]:
        if fault.kind in OF_ALL:
            return []
        return [self._strap(fault.strap)] if fault.strap else list(self._devices.values())

    async def _kill_bus(self) -> None:
        await self._bus.kill()
        await self._service.stop()

    async def _revive(self) -> None:
        """Start what is down and no fault keeps down."""
        if not self._adapter.effects.has(Kind.BUS_DEATH):
            await self._bus.start()
            if not self._adapter.effects.has(Kind.SERVICE_CRASH):
                await self._service.start()

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what takes time, one after the other."""

        async def in_turn() -> None:
            async with self._down:
                await work()

        task = self._loop.create_task(in_turn())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
