"""The inside of one simulated wearable: what it answers, when it samples, what waits to leave it; no I/O.

It plays the other side of its wearable's recipes. It begins to send when all that `start` subscribes to is subscribed
and the last command of `start` has come, and stops at the last command of `stop` or when the link ends. Its clock
never stops, so that time stamps show every break.
"""

import math
import random
from collections import deque
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from imutrack.errors import SettingsError
from imutrack.simulation.clocks import StrapClock
from imutrack.simulation.gatt import BATTERY_LEVEL, answers, examples, services
from imutrack.simulation.ledger import Fate, Ledger, StreamLedger
from imutrack.simulation.motion import Player, Track
from imutrack.simulation.plan import StrapPlan
from imutrack.simulation.sampling import Air, Prepared, Sampling
from imutrack.wearables import WEARABLES, Ask, Notification, Packet, Recipe, Subscribe, Wearable, Write

__all__ = ["Peripheral"]

_AHEAD_S: Final = 0.25  # packets are made so far ahead: less costs more, more makes longer pauses
_NS: Final = 1e9


class Peripheral:
    """One wearable.

    Args:
        plan: which, and how it is set up.
        track: what it measures.
        player: which moment of the track is shown when.
        origin_s: host time at the start of the rig.
        rng: of its radio.
        keeps_ledger: of every packet; else they are only counted.

    Raises:
        SettingsError: the wearable is unknown, or cannot be simulated with these settings and this track.
    """

    def __init__(
        self,
        plan: StrapPlan,
        track: Track,
        player: Player,
        origin_s: float,
        rng: random.Random,
        *,
        keeps_ledger: bool = True,
    ) -> None:
        self.wearable = _known(plan.wearable)
        reads, facts = examples(self.wearable.look)
        self.profile = self.wearable.profile(self.wearable.set_up(plan.settings), facts)
        recipe = (*self.wearable.look, *self.profile.start, *self.profile.stop)
        self.services = services(self.wearable, self.profile)
        self.battery_pct, self.unknown_writes, self.runs = plan.battery_pct, 0, 0
        self._reads, self._answers = {**examples(recipe)[0], **reads}, answers(recipe)
        self._commands = {_command(action) for action in recipe} - {None}
        self._starts_with, self._stops_with = _last(self.profile.start), _last(self.profile.stop)
        self._needs = {action.characteristic for action in self.profile.start if isinstance(action, Subscribe)}
        said_hz = plan.rate_hz
        streams = tuple(replace(s, rate_hz=said_hz) if said_hz else s for s in self.profile.streams)
        self._streams = streams
        self._track = track.able({q for stream in streams for q in stream.quantities}, self.wearable.title)
        self._player, self._clock, self._air, self._rng = (
            player,
            StrapClock(plan.clock, origin_s),
            Air(plan.air, rng),
            rng,
        )
        self._subscribed: set[str] = set()
        self._armed = False
        self._samplings: tuple[Sampling, ...] = ()
        self._made_until_s = math.inf
        self._queue: deque[tuple[float, Prepared]] = deque()
        self._ledgers = tuple(Ledger(stream.name, keeps=keeps_ledger) for stream in streams)
        self._try_out(origin_s)

    @property
    def stream_names(self) -> tuple[str, ...]:
        """What its streams are called, in their order."""
        return tuple(stream.name for stream in self._streams)

    @property
    def sending(self) -> bool:
        """Whether it samples and sends."""
        return bool(self._samplings)

    @property
    def next_s(self) -> float:
        """Host time at which the next packet leaves, or the next ones have to be made; infinite where it rests."""
        return self._queue[0][0] if self._queue else self._made_until_s

    def link_up(self, now_s: float) -> None:
        """Take note of a new link: nothing is subscribed to, nothing is sent."""
        self._air.begin(now_s)

    def link_down(self, now_s: float) -> None:
        """Take note that the link has ended."""
        self.rest(now_s)
        self._subscribed.clear()

    def subscribe(self, characteristic: str, now_s: float) -> None:
        """Take note of a subscription; it may be the last that was waited for."""
        self._subscribed.add(characteristic)
        self._begin(now_s)

    def unsubscribe(self, characteristic: str) -> None:
        """Take note that a subscription has ended; the wearable goes on, nobody hears it."""
        self._subscribed.discard(characteristic)

    def read(self, characteristic: str) -> bytes:
        """Return what it answers to a read."""
        if characteristic == self.wearable.battery:
            return self._battery()
        return self._reads.get(characteristic, b"")

    def write(self, characteristic: str, data: bytes, now_s: float) -> Notification | None:
        """Take a command and return what it notifies as the answer, if anything."""
        command = (characteristic, data)
        self.unknown_writes += command not in self._commands
        if command == self._stops_with:
            self.rest(now_s)
        if command == self._starts_with:
            self._armed = True
            self._begin(now_s)
        return self._answers.get(command)

    def rest(self, now_s: float) -> None:
        """Stop sampling; what was sampled and has not left is never sent."""
        self._armed = False
        if self._samplings:
            self._make(now_s)
        for _, prepared in self._queue:
            if prepared.sampled_s <= now_s:
                self.enter(prepared, Fate.UNSENT)
        self._queue.clear()
        self._air.back_to(now_s)
        self._samplings, self._made_until_s = (), math.inf

    def take(self, now_s: float) -> list[Prepared]:
        """Return the packets that leave by now, in order."""
        taken = []
        while self.next_s <= now_s:
            if self._queue:
                taken.append(self._queue.popleft()[1])
            if not self._queue:
                self._make(max(now_s, self._made_until_s) + _AHEAD_S)
        return taken

    def shown_anew(self, now_s: float) -> None:
        """Make anew what was made ahead: another moment of the motion is shown from now on."""
        kept = [(due, prepared) for due, prepared in self._queue if prepared.sampled_s <= now_s]
        for _, prepared in reversed(self._queue):
            if prepared.sampled_s > now_s:
                self._samplings[prepared.stream].index = prepared.index
        self._queue = deque(kept)
        self._air.back_to(kept[-1][0] if kept else now_s)
        self._made_until_s = min(self._made_until_s, now_s)
        if self._samplings:
            self._make(now_s + _AHEAD_S)

    def enter(self, prepared: Prepared, fate: Fate, sent_ns: int = 0, copies: int = 0) -> None:
        """Enter into the ledger what became of a packet."""
        sampled_ns = round(prepared.sampled_s * _NS)
        ledger = self._ledgers[prepared.stream]
        ledger.add(prepared.run, prepared.index, prepared.count, prepared.tick, sampled_ns, sent_ns, copies, fate)

    def ledgers(self) -> tuple[StreamLedger, ...]:
        """Return what became of every packet so far, stream by stream."""
        return tuple(ledger.copy() for ledger in self._ledgers)

    def totals(self) -> dict[str, int]:
        """Return packets of all streams by fate."""
        found: dict[str, int] = {}
        for ledger in self._ledgers:
            for fate, count in ledger.totals().items():
                found[fate] = found.get(fate, 0) + count
        return found

    def _begin(self, now_s: float) -> None:
        waits = self._starts_with is not None and not self._armed
        if self.sending or waits or not self._needs <= self._subscribed:
            return
        self.runs += 1
        begins_s = self._clock.counted_s(now_s)
        self._samplings = tuple(
            Sampling(self.runs, number, stream, self.profile, self._clock, begins_s)
            for number, stream in enumerate(self._streams)
        )
        self._make(now_s + _AHEAD_S * self._rng.random())  # many straps do not make theirs at one time

    def _make(self, until_s: float) -> None:
        made = [p for sampling in self._samplings for p in sampling.until(until_s, self._player, self._track)]
        made.sort(key=attrgetter("sampled_s"))
        self._queue.extend((self._air.leaves_s(prepared.sampled_s), prepared) for prepared in made)
        self._made_until_s = until_s

    def _battery(self) -> bytes:
        if self.wearable.battery == BATTERY_LEVEL:
            return bytes([self.battery_pct])
        said = {"battery_pct": self.battery_pct, "charging": False}
        return dict(self.profile.encode(Packet("battery", said=said)))[self.wearable.battery]

    def _try_out(self, now_s: float) -> None:
        """Make one packet of each stream, and read the battery, so that what cannot be done shows at once."""
        try:
            for number, stream in enumerate(self._streams):
                Sampling(0, number, stream, self.profile, self._clock, 0.0).until(
                    now_s + 1.0 + 1.0 / stream.rate_hz, self._player, self._track
                )
            if self.wearable.battery:
                self._battery()
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise SettingsError(f"{self.wearable.title} cannot be simulated with these settings: {error!r}") from error


def _known(wearable: str) -> Wearable[Any]:
    try:
        return WEARABLES[wearable]
    except KeyError:
        raise SettingsError(f"no wearable {wearable!r} is known: choose of {', '.join(sorted(WEARABLES))}") from None


def _command(action: object) -> tuple[str, bytes] | None:
    write = action.write if isinstance(action, Ask) else action
    return (write.characteristic, write.data) if isinstance(write, Write) else None


def _last(recipe: Recipe) -> tuple[str, bytes] | None:
    """Return the last command of a recipe; None where it has none."""
    commands = [found for found in map(_command, recipe) if found is not None]
    return commands[-1] if commands else None
