"""One simulated strap and the link to it: its clock ticks, its recipes are obeyed, its mishaps happen.

It knows what a wearable's recipes say and nothing of bytes: payloads are the number of the tick, or what `payload`
makes of it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from imutrack.errors import LinkError
from imutrack.sources.mishaps import SERVICE_AWAY_S, Ledger, Mishap, SimulationParams
from imutrack.sources.radio import Fault, OnNotification
from imutrack.wearables import NO_FACTS, Ask, Profile, Read, Recipe, Subscribe, Wearable, Write

__all__ = ["SimulatedLink", "SimulatedStrap"]


def _number(tick: int) -> bytes:
    return tick.to_bytes(4, "little")


class SimulatedStrap:
    """One wearable.

    Args:
        address: where it is found.
        wearable: what it is.
        settings: how it will be set; its recipes are those of these settings.
        rate_hz: ticks of its clock, each a notification while it is told to send.
        payload: what a tick says.
        never: a fault that every attempt ends in; None for a device that works.
    """

    def __init__(
        self,
        address: str,
        wearable: Wearable[Any],
        settings: Any,
        *,
        rate_hz: float = 4.0,
        payload: Callable[[int], bytes] = _number,
        never: Fault | None = None,
    ) -> None:
        self.address, self.rate_hz, self.never = address, rate_hz, never
        self.ledger = Ledger()
        self.link: SimulatedLink | None = None
        self.advertises = True
        self.mute: set[str] = set()  # characteristics that say nothing, while others go on
        self.pending: list[Mishap] = []  # what the next attempts end in
        self._payload = payload
        self._examples = _examples(wearable.look)
        profile: Profile = wearable.profile(settings, self._examples or NO_FACTS)
        self._examples = {**_by_characteristic(wearable.look), **_by_characteristic(profile.start)}
        if wearable.battery:
            self._examples.setdefault(wearable.battery, b"\x64\x00")
        self._asks = [action for action in (*wearable.look, *profile.start, *profile.stop) if isinstance(action, Ask)]
        self._stops = [_write(action) for action in profile.stop]
        self._begins = _write(profile.start[-1])
        last = [action.characteristic for action in profile.start if isinstance(action, Subscribe)][-1]
        self._notifies = tuple(dict.fromkeys(stream.characteristic or last for stream in profile.streams)) or (last,)
        self._cause = "started"
        self._dark_since = 0.0
        self._bad: tuple[Mishap, float] | None = None
        self._held: bytes | None = None
        self._over = False

    def mishap(self, mishap: Mishap) -> None:
        """Let something happen to it."""
        self.ledger.mishaps[mishap] += 1
        if mishap in (Mishap.GARBAGE, Mishap.SHUFFLED):
            self._bad = mishap, _now()
            return
        self._cause = mishap.value
        if self.link is not None:
            if mishap in (Mishap.STALL, Mishap.MUTE):
                self.link.muted = mishap
            else:
                self.link.end(Fault.ADAPTER if mishap in SERVICE_AWAY_S else Fault.LOST)

    def rest(self) -> None:
        """Take note that the collector is being stopped: what is not sent from now on has its reason."""
        self._over = True

    def tick(self, stays_bad_s: float) -> None:
        """Let its clock go on by one."""
        ledger, link = self.ledger, self.link
        tick = ledger.ticks
        ledger.ticks = tick + 1
        if link is None or not link.sending or link.muted is not None or link.lost.is_set():
            cause = self._cause or ("stopped" if self._over else "")
            if not cause:
                ledger.unexplained += 1
            elif not self._dark_since:
                self._dark_since = _now()
            ledger.left_out[cause] += 1
            return
        if self._cause:
            ledger.outages.append((self._cause, self._dark_since or _now(), _now()))
            self._cause, self._dark_since = "", 0.0
        ledger.sent += 1
        if self._bad is None:
            self._notify(link, self._payload(tick))
        else:
            self._badly(link, self._payload(tick), stays_bad_s)

    def answer(self, write: Write) -> bytes | None:
        """Take a command; return what it answers to the characteristic of `answers_on`."""
        if write in self._stops:
            self._send(on=False)
        elif write == self._begins:
            self._send(on=True)
        return next((ask.answer.example for ask in self._asks if ask.write == write), None)

    def answers_on(self, write: Write) -> str:
        """Return where the answer to a command comes."""
        return next(ask.answer.characteristic for ask in self._asks if ask.write == write)

    def subscribed(self, characteristic: str) -> None:
        """Begin to send where no command is needed for it."""
        if self._begins is None and characteristic == self._notifies[-1]:
            self._send(on=True)

    def value(self, characteristic: str) -> bytes | None:
        """Return what is read there; None where there is no such characteristic."""
        return self._examples.get(characteristic)

    def _send(self, *, on: bool) -> None:
        if self.link is not None:
            self.link.sending = on

    def _notify(self, link: "SimulatedLink", payload: bytes) -> None:
        """Say the same wherever there is a stream: what it is about is no business of this strap."""
        for characteristic in self._notifies:
            if characteristic not in self.mute:
                link.notify(characteristic, payload)

    def _badly(self, link: "SimulatedLink", payload: bytes, stays_bad_s: float) -> None:
        assert self._bad is not None  # noqa: S101 - the caller looked
        mishap, since_s = self._bad
        if _now() - since_s > stays_bad_s:
            self._bad = None
            held, self._held = self._held, None
            for each in (held, payload):
                if each is not None:
                    self._notify(link, each)
        elif mishap is Mishap.GARBAGE:
            self.ledger.garbled += 1
            self._notify(link, payload[::-1] + b"?")
        elif self._held is None and self.ledger.ticks % 2:
            self._held = payload  # comes after the next
        else:
            self._notify(link, payload)
            if self._held is not None:
                self.ledger.swapped += 1
                self._notify(link, self._held)
                self._held = None
            else:
                self.ledger.repeated += 1
                self._notify(link, payload)


class SimulatedLink:
    """A connection to a simulated strap.

    Args:
        strap: the other side.
        params: how long things take.
        on_end: called when it is disconnected.
    """

    def __init__(self, strap: SimulatedStrap, params: SimulationParams, on_end: Callable[[], None]) -> None:
        self._strap, self._params, self._on_end = strap, params, on_end
        self._lost = asyncio.Event()
        self._fault = Fault.LOST
        self._callbacks: dict[str, OnNotification] = {}
        self._refuses = False
        self.muted: Mishap | None = None
        self.sending = False
        self._disconnected = False

    @property
    def lost(self) -> asyncio.Event:
        """Set when it is gone."""
        return self._lost

    @property
    def fault(self) -> Fault:
        """Why it is lost."""
        return self._fault

    def refuse(self) -> None:
        """Refuse every command from now on."""
        self._refuses = True

    def end(self, fault: Fault) -> None:
        """Lose the link."""
        self._fault, self.sending = fault, False
        self._lost.set()
        if self._strap.link is self:
            self._strap.link = None

    def notify(self, characteristic: str, payload: bytes) -> None:
        """Notify, where it is subscribed to."""
        callback = self._callbacks.get(characteristic)
        if callback is not None:
            callback(characteristic, payload)

    async def subscribe(self, characteristic: str, callback: OnNotification) -> None:
        """See `imutrack.sources.radio.Link`."""
        await self._pass()
        self._callbacks[characteristic] = callback
        self._strap.subscribed(characteristic)

    async def read(self, characteristic: str) -> bytes:
        """See `imutrack.sources.radio.Link`."""
        await self._pass()
        value = self._strap.value(characteristic)
        if value is None:
            raise LinkError(f"no characteristic {characteristic}", Fault.ABSENT)
        return value

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        """See `imutrack.sources.radio.Link`."""
        await self._pass()
        if self._refuses:
            raise LinkError("write not permitted", Fault.OTHER)
        write = Write(characteristic, data, response)
        said = self._strap.answer(write)
        if said is not None:
            asyncio.get_running_loop().call_later(
                self._params.answers_s, self.notify, self._strap.answers_on(write), said
            )

    async def disconnect(self) -> None:
        """See `imutrack.sources.radio.Link`."""
        if not self._disconnected:
            self._disconnected = True
            self._on_end()
            if not self._lost.is_set():
                self.end(Fault.LOST)
                await asyncio.sleep(self._params.disconnects_s)

    async def _pass(self) -> None:
        if not self._lost.is_set() and self.muted is Mishap.STALL:
            await self._lost.wait()
        else:
            await asyncio.sleep(self._params.answers_s)
        if self._lost.is_set():
            raise LinkError("not connected", self._fault)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _write(action: object) -> Write | None:
    """Return what an action writes; None for one that writes nothing."""
    if isinstance(action, Ask):
        return action.write
    return action if isinstance(action, Write) else None


def _examples(recipe: Recipe) -> dict[str, bytes]:
    """Return the facts that a device gives in a recipe."""
    facts = {action.fact: action.example for action in recipe if isinstance(action, Read)}
    return facts | {a.answer.fact: a.answer.example for a in recipe if isinstance(a, Ask) and a.answer.fact}


def _by_characteristic(recipe: Recipe) -> dict[str, bytes]:
    return {action.characteristic: action.example for action in recipe if isinstance(action, Read)}
