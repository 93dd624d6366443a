"""One link from when it is connected to its end: set the device up, wait until it notifies, and watch that it goes on.

However the link ends, it is disconnected; a device that still listens is told to rest first, since one that is not
empties its battery.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgspec

from imutrack.collector.links.recipes import carry_out
from imutrack.collector.links.ring import Tap
from imutrack.collector.links.shared import Shared
from imutrack.collector.links.silence import ANYWHERE, SilenceWatch, silent_after_s
from imutrack.collector.links.states import Reason, State
from imutrack.collector.settings import StrapSettings, wearable_of
from imutrack.errors import ImutrackError, LinkError
from imutrack.sources.radio import Fault, Link
from imutrack.wearables import Profile, Recipe

__all__ = ["EndedError", "Streaming", "ended_by"]

log = logging.getLogger(__name__)

_REASONS: Final[Mapping[str, Reason]] = {
    Fault.TIMEOUT: Reason.TIMEOUT,
    Fault.IN_PROGRESS: Reason.IN_PROGRESS,
    Fault.ABORTED: Reason.ABORTED,
    Fault.NO_SLOT: Reason.NO_SLOT,
    Fault.GONE: Reason.GONE,
    Fault.ADAPTER: Reason.ADAPTER,
    Fault.LOST: Reason.LINK_LOST,
    Fault.PAIRING: Reason.PAIRING,
}


class EndedError(Exception):
    """A link ended or never came to be.

    Args:
        reason: why.
        fault: what failed, as far as it decides how long to wait.
        counts: as a failure of the strap.
    """

    def __init__(self, reason: Reason, fault: Fault = Fault.OTHER, *, counts: bool = True) -> None:
        super().__init__(reason.value)
        self.reason, self.fault, self.counts = reason, fault, counts


def ended_by(error: Exception) -> EndedError:
    """Return what an error means for a strap."""
    match error:
        case EndedError():
            return error
        case LinkError():
            fault = Fault(error.kind)
            # An adapter that is away is no failure of the strap: it is tried again as soon as it is seen.
            return EndedError(_REASONS.get(fault, Reason.OTHER), fault, counts=fault is not Fault.ADAPTER)
        case ImutrackError():  # the device refused, or does not offer what was chosen
            return EndedError(Reason.REFUSED)
        case _:
            return EndedError(Reason.INTERNAL)


class Streaming:
    """What is done with each link of one strap.

    Args:
        strap: its settings.
        shared: with the other straps.

    Raises:
        SettingsError: the wearable cannot be set like that.
    """

    def __init__(self, strap: StrapSettings, shared: Shared) -> None:
        self._label, self._shared, self._params = strap.label, shared, shared.params
        self._wearable, self._settings = wearable_of(strap)
        self._said: Mapping[str, Any] = msgspec.to_builtins(self._settings)
        self.settled = False  # the last link lasted

    async def use(self, link: Link) -> NoReturn:
        """Set the device up and let it stream until the link ends, then disconnect.

        Raises:
            EndedError: always, unless cancelled.
        """
        self.settled = False
        tap = Tap(self._shared.ring, self._label, self._shared.clock.now_ns)
        profile: Profile | None = None
        ended = EndedError(Reason.STOPPED)
        try:
            self._change(State.CONFIGURING, Reason.CONNECTED)
            facts = await self._carry_out(self._wearable.look, link, tap)
            profile = self._wearable.profile(self._settings, facts)
            self._shared.listener.connected(self._label, self._wearable.id, self._said, facts)
            await self._carry_out(profile.start, link, tap)
            await self._stream(link, tap, silent_after_s(profile.streams, self._params))
        except Exception as error:
            ended = ended_by(error)
            raise
        finally:
            if profile is not None and ended.fault is Fault.OTHER and not link.lost.is_set():
                await self._let_rest(profile, link, tap)
            await link.disconnect()
            if profile is not None:
                self._shared.listener.disconnected(self._label, ended.reason.value)

    async def _carry_out(self, recipe: Recipe, link: Link, tap: Tap) -> dict[str, bytes]:
        """Carry out a recipe; a link that is lost meanwhile ends it at once."""
        work = asyncio.ensure_future(carry_out(recipe, link, tap, self._params.action_s))
        lost = asyncio.ensure_future(link.lost.wait())
        try:
            await asyncio.wait((work, lost), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise LinkError("lost while it was set up", link.fault)
            return work.result()
        finally:
            await _cancel(work, lost)

    async def _stream(self, link: Link, tap: Tap, limits_s: Mapping[str, float]) -> NoReturn:
        await self._first_notifications(link, tap, limits_s)
        self._change(State.STREAMING, Reason.NOTIFIES)
        self._shared.finder.found(self._label)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        watch = SilenceWatch(tap, self._shared.clock, limits_s, self._params.late_s)
        try:
            while await _first_of(watch.silent, link.lost) is watch.silent:
                self._change(State.DEGRADED, Reason.SILENT)
                await self._probe(link, tap, watch)
                self._change(State.STREAMING, Reason.NOTIFIES)
                watch.watch()
            raise LinkError("lost", link.fault)
        finally:
            watch.stop()
            self.settled = loop.time() - began_s >= self._params.settled_s

    async def _first_notifications(self, link: Link, tap: Tap, limits_s: Mapping[str, float]) -> None:
        """Wait until all that is watched by itself has notified, or anything where nothing is."""
        notified = asyncio.Event()
        awaited = set(limits_s) - {ANYWHERE}

        def overhear(characteristic: str, _payload: bytes) -> None:
            awaited.discard(characteristic)
            if not awaited:
                notified.set()

        tap.overhear = overhear
        try:
            async with asyncio.timeout(max(self._params.first_s, *limits_s.values())):
                if await _first_of(notified, link.lost) is link.lost:
                    raise LinkError("lost before it notified", link.fault)
        except TimeoutError:
            raise EndedError(Reason.NEVER_NOTIFIED) from None
        finally:
            tap.overhear = None

    async def _probe(self, link: Link, tap: Tap, watch: SilenceWatch) -> None:
        """Ask a silent link for the battery; return if what was missed came after all.

        Raises:
            EndedError: it did not. A device that answers and yet sends nothing is set up from the start, too.
        """
        count, lives = tap.count, False
        if self._wearable.battery:
            try:
                async with asyncio.timeout(self._params.probe_s):
                    await link.read(self._wearable.battery)
                lives = True
            except (TimeoutError, LinkError):
                pass
        if watch.overdue:
            lives = lives or tap.count > count
            raise EndedError(Reason.SILENT_LINK_LIVES if lives else Reason.LINK_DEAD, Fault.LOST)

    async def _let_rest(self, profile: Profile, link: Link, tap: Tap) -> None:
        try:
            async with asyncio.timeout(self._params.stop_s):
                await carry_out(profile.stop, link, tap, self._params.stop_s)
        except (TimeoutError, ImutrackError) as error:
            log.info("%s: was not told to rest: %s", self._label, str(error) or "no answer in time")

    def _change(self, state: State, reason: Reason) -> None:
        self._shared.states.change(self._label, state, reason)


async def _first_of(one: asyncio.Event, other: asyncio.Event) -> asyncio.Event:
    """Wait for either of two events and return it; the second where both are set."""
    waits = asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(*waits)
    return other if other.is_set() else one


async def _cancel(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
