"""Keeps one strap connected, day and night: wait until it is seen, connect, let it stream, wait, begin again.

Each way a link can end leads to a wait and a new attempt; nothing but being cancelled ends a supervisor. Cancelled, it
lets the device rest, disconnects, and is done within seconds.

What it does not do: decode. What is notified goes into the ring as it came.
"""

import asyncio
import logging
from typing import Final

from imutrack.collector.links.backoff import wait_s
from imutrack.collector.links.shared import Shared
from imutrack.collector.links.states import Reason, State
from imutrack.collector.links.streaming import EndedError, Streaming, ended_by
from imutrack.collector.links.turns import GaveWayError
from imutrack.collector.settings import StrapSettings
from imutrack.errors import ImutrackError, LinkError
from imutrack.sources.radio import Fault, Link

__all__ = ["Supervisor"]

_FOR_PEOPLE: Final = (Fault.PAIRING, Fault.OTHER)  # of the others the reason of a state says all there is to say

log = logging.getLogger(__name__)


class Supervisor:
    """Looks after one strap; `run` it in a task of its own.

    Args:
        strap: its settings.
        shared: with the other straps.

    Raises:
        SettingsError: the wearable cannot be set like that.
    """

    def __init__(self, strap: StrapSettings, shared: Shared) -> None:
        self.label = strap.label
        self.failures = 0  # in a row
        self._shared, self._params = shared, shared.params
        self._streaming = Streaming(strap, shared)
        self._forgotten = False
        self._told = ""  # a device that refuses for days is said to do so once
        self._fault = ""  # and so is a fault of ours, which may come at each link
        self._after_s = 0.0  # an advertisement from before the last attempt says nothing any more
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Keep the strap connected until cancelled."""
        self._task = asyncio.current_task()
        try:
            while True:
                await self._wait(await self._one_link())
        finally:
            self._shared.finder.found(self.label)
            self._change(State.IDLE, Reason.STOPPED)

    async def stop(self) -> None:
        """Cancel `run` and wait until the device rests and the link is gone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _one_link(self) -> EndedError:
        """Find, connect and stream; return how it ended."""
        try:
            await self._find()
            await self._streaming.use(await self._connect())
        except EndedError as ended:
            return ended
        except LinkError as error:
            self._tell(str(error), needs_people=error.kind in _FOR_PEOPLE)
            return ended_by(error)
        except ImutrackError as error:
            self._tell(str(error), needs_people=True)
            return ended_by(error)
        except Exception as error:  # a fault of ours must not end what looks after the other straps
            said = repr(error)
            if self._fault != said:
                log.exception("%s: a fault of the collector", self.label)
            self._fault = said
            return ended_by(error)
        finally:
            self._after_s = self._now()

    def _tell(self, said: str, *, needs_people: bool) -> None:
        """Log why an attempt failed; a warning where somebody may have to do something, once until a link lasts."""
        warns = needs_people and said != self._told
        log.log(logging.WARNING if warns else logging.DEBUG, "%s: %s", self.label, said)
        if needs_people:
            self._told = said

    async def _find(self) -> None:
        shared = self._shared
        shared.finder.look_for(self.label)
        if not self._patient:
            shared.turns.press()  # the radio hears nobody while it connects
        await shared.finder.wait_for(self.label, max(self._after_s, self._now() - self._params.fresh_s))
        self._change(State.SEEN, Reason.ADVERTISED)

    async def _connect(self) -> Link:
        made: list[Link] = []

        async def attempt() -> None:
            seen = self._shared.finder.fresh(self.label, self._now() - self._params.fresh_s)
            if seen is None:  # it had to wait for its turn
                raise EndedError(Reason.NOT_SEEN, counts=False)
            self._change(State.CONNECTING, Reason.ITS_TURN)
            made.append(await self._shared.radio.connect(seen, self._params.attempt_s))

        try:
            await self._shared.turns.take(attempt, patient=self._patient)
        except GaveWayError:
            if not made:
                raise EndedError(Reason.GAVE_WAY) from None  # counts, or it would be back in an instant
        except asyncio.CancelledError:
            for link in made:  # connected in the very instant in which we are cancelled
                await link.disconnect()
            raise
        return made[0]

    async def _wait(self, ended: EndedError) -> None:
        """Wait as the failures ask for."""
        if self._streaming.settled:
            self.failures, self._forgotten, self._told = 0, False, ""
            self._streaming.settled = False
        if ended.counts:
            self.failures += 1
        self._change(State.BACKOFF, ended.reason)
        self._shared.finder.look_for(self.label)
        if ended.fault is Fault.IN_PROGRESS and self._patient and not self._forgotten:
            # As a rule a killed process left it behind; forgetting the device ends it, and a second time would not.
            self._forgotten = True
            seen = self._shared.finder.last(self.label)
            if seen is not None:
                await self._shared.radio.forget(seen.address)
        await asyncio.sleep(wait_s(self.failures, ended.fault, self._shared.chance, self._params.backoff))
        self._change(State.IDLE, Reason.TRY_AGAIN)

    @property
    def _patient(self) -> bool:
        return self.failures >= self._params.patient_after

    def _change(self, state: State, reason: Reason) -> None:
        self._shared.states.change(self.label, state, reason)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
