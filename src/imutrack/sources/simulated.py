"""A radio without a radio: wearables that connect, notify and fail by a script, within the event loop alone.

Made for loops whose time jumps: weeks of a collector's life pass in minutes, and the ledger says why every notification
that was not sent was not. What a Bluetooth service does to Bleak is no business of this room; `imutrack.simulation`
plays a whole one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from imutrack.errors import LinkError
from imutrack.sources.mishaps import (
    FAILING,
    OF_ALL,
    SERVICE_AWAY_S,
    Ledger,
    Mishap,
    Scripted,
    SimulationParams,
    script,
)
from imutrack.sources.radio import Fault, OnSeen, Seen
from imutrack.sources.simulated_strap import SimulatedLink, SimulatedStrap

__all__ = ["Ledger", "Mishap", "Scripted", "SimulatedRadio", "SimulatedStrap", "SimulationParams", "script"]


class SimulatedRadio:
    """One adapter with straps around it.

    Args:
        straps: within reach; all of one rate, so that one timer ticks for all.
        mishaps: in the order of their moments.
        params: how long things take.
        stall: lets the machine do nothing for so many seconds; the loop's time jumps.
    """

    def __init__(
        self,
        straps: Sequence[SimulatedStrap],
        mishaps: Sequence[Scripted] = (),
        params: SimulationParams | None = None,
        stall: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self.params = params or SimulationParams()
        self.open_links = 0  # connected and not yet disconnected by whoever connected them
        self.overlaps = 0  # attempts while another was under way
        self.attempts: Counter[str] = Counter()
        self.forgotten: Counter[str] = Counter()
        self.power_cycles = 0
        self.deaf = False  # hears nothing until its power is cycled, or for ever
        self.mends = True
        self.switches = True  # can be switched off and on
        self.holds: tuple[str, ...] = ()  # addresses to which the service says it holds links that are not ours
        self._straps = {strap.address: strap for strap in straps}
        self._mishaps, self._next = list(mishaps), 0
        self._stall = stall
        self._watchers: list[OnSeen] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._away_until_s = 0.0
        self._wanted = False
        self._connecting = False
        self._slow = 0

    @property
    def alive(self) -> bool:
        """Whether the Bluetooth service is there."""
        return _now() >= self._away_until_s

    async def start(self) -> None:
        """Let time and mishaps begin."""
        now_s = _now()
        self._began_s = now_s
        self._tick(now_s)
        self._advertise(now_s)
        self._next_mishap()

    async def stop(self) -> None:
        """End all there is."""
        for timer in self._timers.values():
            timer.cancel()
        for strap in self._straps.values():
            if strap.link is not None:
                strap.link.end(Fault.LOST)

    def watch(self, on_seen: OnSeen) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self._watchers.append(on_seen)

    def discover(self, *, wanted: bool) -> None:
        """See `imutrack.sources.radio.Radio`."""
        if wanted and not self._wanted and "advertise" in self._timers:
            self._wanted = True
            self._timers["advertise"].cancel()
            self._advertise(_now() + self.params.advertises_s)
        self._wanted = wanted

    async def connect(self, seen: Seen, timeout_s: float) -> SimulatedLink:
        """See `imutrack.sources.radio.Radio`."""
        strap = self._straps[seen.address]
        self.attempts[strap.address] += 1
        if self._connecting:
            self.overlaps += 1
            raise LinkError("in progress", Fault.IN_PROGRESS)
        self._connecting = True
        try:
            async with asyncio.timeout(timeout_s):
                return await self._connect(strap)
        except TimeoutError as error:
            raise LinkError("no connection in time", Fault.TIMEOUT) from error
        finally:
            self._connecting = False

    async def forget(self, address: str) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self.forgotten[address] += 1
        self._straps[address].pending.clear()

    async def power_cycle(self) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self.power_cycles += 1
        if not self.switches:
            raise LinkError("the adapter cannot be switched", Fault.ADAPTER)
        self.deaf = self.deaf and not self.mends

    async def _connect(self, strap: SimulatedStrap) -> SimulatedLink:
        pending = strap.pending.pop() if strap.pending else None
        takes_s = self.params.connects_s
        if pending is Mishap.SLOW:
            takes_s = self.params.slow_s[self._slow % 2]
            self._slow += 1
        if strap.never is Fault.TIMEOUT:
            takes_s = float("inf")
        await (asyncio.sleep(takes_s) if takes_s < float("inf") else asyncio.Event().wait())
        fault = strap.never or (FAILING.get(pending) if pending else None)
        if not self.alive:
            fault = Fault.ADAPTER
        elif sum(each.link is not None for each in self._straps.values()) >= self.params.slots:
            fault = Fault.NO_SLOT
        if fault is not None:
            raise LinkError(fault.value, fault)
        link = SimulatedLink(strap, self.params, self._ended)
        if pending is Mishap.REFUSED:
            link.refuse()
        else:
            strap.pending.clear()
        strap.link = link
        self.open_links += 1
        return link

    def _ended(self) -> None:
        self.open_links -= 1

    def _tick(self, due_s: float) -> None:
        """Tick for all that is due; after a stall of the machine that is more than one."""
        step_s = 1 / next(iter(self._straps.values())).rate_hz
        now_s = _now()
        while due_s <= now_s:
            for strap in self._straps.values():
                strap.tick(self.params.stays_bad_s)
            due_s += step_s
        self._timers["tick"] = asyncio.get_running_loop().call_at(due_s, self._tick, due_s)

    def _advertise(self, due_s: float) -> None:
        if not self._wanted:  # a timer that waits for nothing would cost a month of nothing
            self._timers["advertise"] = asyncio.get_running_loop().call_later(3600.0, self._advertise, due_s)
            return
        if self.alive and not self._connecting and not self.deaf:
            for strap in self._straps.values():
                if strap.link is None and strap.advertises:
                    seen = Seen(strap.address, "", -60, frozenset(), frozenset(), _now())
                    for watcher in self._watchers:
                        watcher(seen)
        for address in self.holds:
            held = Seen(address, "", -127, frozenset(), frozenset(), _now(), heard=False)
            for watcher in self._watchers:
                watcher(held)
        due_s = max(due_s, _now()) + self.params.advertises_s
        self._timers["advertise"] = asyncio.get_running_loop().call_at(due_s, self._advertise, due_s)

    def _next_mishap(self) -> None:
        if self._next < len(self._mishaps):
            at_s = self._began_s + self._mishaps[self._next].at_s
            self._timers["mishap"] = asyncio.get_running_loop().call_at(at_s, self._happen)

    def _happen(self) -> None:
        each = self._mishaps[self._next]
        self._next += 1
        straps = list(self._straps.values())
        strap = straps[each.strap]
        if each.mishap is Mishap.HOST_STALL:
            strap.ledger.mishaps[each.mishap] += 1
            self._stall(self.params.host_stall_s)
        elif each.mishap in OF_ALL:
            self._away_until_s = _now() + SERVICE_AWAY_S[each.mishap]
            for other in straps:
                other.mishap(each.mishap)
        else:
            if each.mishap in FAILING or each.mishap in (Mishap.REFUSED, Mishap.SLOW):
                strap.pending[:] = [each.mishap] * (1 + self._next % self.params.failures)
            strap.mishap(each.mishap)
        self._next_mishap()


def _now() -> float:
    return asyncio.get_running_loop().time()
