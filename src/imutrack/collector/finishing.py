"""The end of a set: what was captured of it is analysed, stored for its patient, and handed to the outbox.

The same functions analyse it as when the capture is replayed, so that both give the same, bit for bit. Sets are
finished one after the other, in the order in which they ended. Nothing is lost when the collector ends in between: what
is captured and not stored is found when it starts again (`imutrack.collector.unfinished`).

A set that is nobody's is not stored; its capture stays until somebody says whose it is. One that cannot be analysed or
stored is told in one line, and its capture stays too. Where the analyst did not answer it is asked once more a minute
later; what fails then is among what is looked for each hour (`imutrack.collector.unfinished`).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imutrack.clinic.rollup import refresh
from imutrack.collector.analyst import Analyst, AnalystError
from imutrack.collector.orders import Done
from imutrack.collector.progress import UNWATCHED, Pace
from imutrack.config import Settings
from imutrack.errors import ResultError, SettingsError, StoreError
from imutrack.stores.local import LocalStore, Replaced

__all__ = ["Finished", "Finisher", "Waiting"]

log = logging.getLogger(__name__)

_TRY_AGAIN_S: Final = (2.0, 10.0, 60.0)  # another process may hold the store; a full disk may be noticed
_ASK_AGAIN_S: Final = 60.0  # what ended the analyst, such as too little memory, may be over


@dataclass(frozen=True, slots=True)
class Waiting:
    """A set that has ended: the capture it is in, and its number there."""

    capture: Path
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What came of a set.

    Attributes:
        waiting: which.
        done: its results; None where there was no answer.
        stored: what was done in the store; None where nothing was.
        problem: what went wrong and what to do, one line; empty where all is well.
        again: it will be tried again: where the analyst did not answer in a minute, else within the hour.
    """

    waiting: Waiting
    done: Done | None = None
    stored: Replaced | None = None
    problem: str = ""
    again: bool = False


class _UnregisteredError(Exception):
    """Nobody of that pseudonym is registered; what says so goes into a log, and has no pseudonym."""


class Finisher:
    """Finishes sets, in order.

    Args:
        analyst: who analyses.
        settings: of the clinic.
        on_finished: is told of each set; must neither wait nor raise.
        now: Unix epoch s.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        analyst: Analyst,
        settings: Settings,
        on_finished: Callable[[Finished], None],
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._analyst, self._settings, self._on_finished = analyst, settings, on_finished
        self._now, self._sleep = now, sleep
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()  # sets end by hand: there are never many
        self._turn = asyncio.Lock()
        self._later: set[asyncio.Task[None]] = set()

    def add(self, waiting: Waiting) -> None:
        """Finish a set; that it ended is in its capture, and all of it was handed to the operating system."""
        self._waiting.put_nowait(waiting)

    async def all_done(self) -> None:
        """Wait until nothing is left to finish; not for what is tried again later."""
        await self._waiting.join()

    async def run(self, pace: Pace = UNWATCHED) -> None:
        """Finish what is added, for ever; ``pace`` is told how it goes."""
        try:
            while True:
                pace.rest()
                waiting = await self._waiting.get()
                pace.step()
                try:
                    finished = await self.finish(waiting)
                    if finished.again and finished.done is None:  # the store was tried for a minute already
                        self._ask_again(waiting)
                finally:
                    self._waiting.task_done()
        finally:
            for task in self._later:
                task.cancel()

    def _ask_again(self, waiting: Waiting) -> None:
        """Finish a set once more in a minute; those that end meanwhile do not wait for it."""

        async def later() -> None:
            await self._sleep(_ASK_AGAIN_S)
            await self.finish(waiting)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def finish(self, waiting: Waiting) -> Finished:
        """Finish one set now, after the one that is being finished."""
        async with self._turn:
            try:
                finished = await self._finished(waiting)
            except Exception as error:  # a fault of ours must not end what looks after the straps
                where = f"{waiting.capture.name}: set {waiting.number}"
                log.debug("%s", where, exc_info=True)
                problem = f"{where}: internal error ({error!r}), tried again within the hour: report it"
                finished = Finished(waiting, problem=problem, again=True)
        if finished.problem:
            log.warning("%s", finished.problem)
        self._on_finished(finished)
        return finished

    async def _finished(self, waiting: Waiting) -> Finished:
        where = f"{waiting.capture.name}: set {waiting.number}"
        try:
            done = await self._analyst.finish(waiting.capture, waiting.number)
        except AnalystError as error:
            return Finished(waiting, problem=f"{where}: not analysed, tried again within the hour: {error}", again=True)
        if done.error or not done.results:
            reasons = done.error or "; ".join(each.reason for each in done.not_analysed)
            return Finished(waiting, done, problem=f"{where}: not analysed, the capture is kept: {reasons}")
        if all(result.task.patient is None for result in done.results):
            return Finished(waiting, done)
        return await self._stored(waiting, done, where)

    async def _stored(self, waiting: Waiting, done: Done, where: str) -> Finished:
        for wait_s in (*_TRY_AGAIN_S, None):
            try:
                stored, problem = await asyncio.to_thread(_store, done, self._settings, self._now())
            except (_UnregisteredError, ResultError) as error:
                return Finished(waiting, done, problem=f"{where}: not stored, the capture is kept: {error}")
            except StoreError as error:
                if wait_s is None:
                    problem = f"{where}: not stored, tried again within the hour: {error}"
                    return Finished(waiting, done, problem=problem, again=True)
                log.warning("%s: not stored yet: %s", where, error)
                await self._sleep(wait_s)
            else:
                lost = "; ".join(each.reason for each in done.not_analysed)
                said = "; ".join(filter(None, (lost and f"in part: {lost}", problem)))
                return Finished(waiting, done, stored, problem=f"{where}: {said}" if said else "")
        raise AssertionError


def _store(done: Done, settings: Settings, now: float) -> tuple[Replaced, str]:
    """Store the results of a set and bring its patient's day up to date; in a thread, on a connection of its own.

    Returns:
        What was done in the store, and why days are not up to date; empty where they are.

    Raises:
        StoreError: the store cannot be written.
        _UnregisteredError: the patient is not registered.
    """
    with LocalStore.open(settings.data_dir) as store:
        try:
            stored = store.replace(done.recording, done.results, clinic=settings.clinic, zone=settings.zone)
        except SettingsError as error:
            raise _UnregisteredError("its patient is not registered: imutrack replay says who") from error
        store.prune_traces(settings.trace_days)
        try:
            refresh(store, settings, now)
        except SettingsError as error:  # a limit of the settings that cannot be: what is stored stays so
            return stored, f"stored, but days and alerts are not up to date: {error}"
    return stored, ""
