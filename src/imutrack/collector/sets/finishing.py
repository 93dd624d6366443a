"""The end of a set: what was captured of it is analysed, stored for its patient, and handed to the outbox.

The same functions analyse it as when the capture is replayed, so that both give the same, bit for bit. Sets are
finished one after the other, in the order in which they ended. Nothing is lost when the collector ends in between: what
is captured and not stored is found when it starts again (`imutrack.collector.sets.unfinished`).

A set that is nobody's is not stored; its capture stays until somebody says whose it is. One that cannot be analysed or
stored is told in one line, and its capture stays too. Where the analyst did not answer it is asked once more a minute
later; what fails then is among what is looked for each hour (`imutrack.collector.sets.unfinished`).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from imutrack.clinic.rollup import refresh
from imutrack.collector.own_thread import in_own_thread
from imutrack.collector.progress import UNWATCHED, Pace
from imutrack.collector.sets.analyst import Analyst, AnalystError
from imutrack.collector.sets.orders import SetResults
from imutrack.config import Settings
from imutrack.errors import ResultError, SettingsError, StoreError
from imutrack.signals.resample import OF_A_FILE
from imutrack.stores.copies import copies_of
from imutrack.stores.local import LocalStore, Replaced

__all__ = ["Finished", "Finisher", "Waiting"]

log = logging.getLogger(__name__)

_TRY_AGAIN_S: Final = (2.0, 10.0, 60.0)  # another process may hold the store; a full disk may be noticed
_ASK_AGAIN_S: Final = 60.0  # what ended the analyst, such as too little memory, may be over


@dataclass(frozen=True, slots=True)
class Waiting:
    """A set that has ended: the capture it is in, its number there, and what it was, for messages."""

    capture: Path
    number: int
    what: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        """Which set it is, as a log may say it: without whose."""
        return f"{self.capture.name}: set {self.number}" + (f" ({self.what})" if self.what else "")


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What came of a set.

    Attributes:
        waiting: which.
        done: its results; None where there was no answer.
        stored: what was done in the store; None where nothing was.
        problem: what went wrong and what to do, one line; empty where all is well.
        again: it will be tried again: where the analyst did not answer in a minute, else within the hour.
        soon: in a minute, by the finisher itself.
    """

    waiting: Waiting
    done: SetResults | None = None
    stored: Replaced | None = None
    problem: str = ""
    again: bool = False
    soon: bool = False


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
        """Finish a set; that it ended is in its capture, and the disk has all of it."""
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
                    finished = await self._finish(waiting, once_more=True)
                    if finished.soon:
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

    def found_stored(self, waiting: Waiting) -> None:
        """Take that the results of a set are in the store already, whoever put them there."""
        self._on_finished(Finished(waiting))

    async def finish(self, waiting: Waiting) -> Finished:
        """Finish one set now, after the one that is being finished."""
        return await self._finish(waiting)

    async def _finish(self, waiting: Waiting, *, once_more: bool = False) -> Finished:
        """Finish a set; ``once_more``: it is asked for again where the analyst does not answer."""
        async with self._turn:
            try:
                finished = await self._finished(waiting)
            except Exception as error:  # a fault of ours must not end what looks after the straps
                where = waiting.words
                log.debug("%s", where, exc_info=True)
                problem = f"{where}: internal error ({error!r}), tried again within the hour: report it"
                finished = Finished(waiting, problem=problem, again=True)
        if once_more and finished.again and finished.done is None:  # the store was tried for a minute already
            finished = replace(finished, soon=True)
        if finished.problem:
            log.warning("%s", finished.problem)
        self._on_finished(finished)
        return finished

    async def _finished(self, waiting: Waiting) -> Finished:
        where = waiting.words
        try:
            done = await self._analyst.finish(waiting.capture, waiting.number)
        except AnalystError as error:
            problem = f"{where}: not analysed, tried again within the hour: {_plain(str(error), waiting)}"
            return Finished(waiting, problem=problem, again=True)
        if done.error or not done.results:
            reasons = _plain(done.error or _reasons(done), waiting)
            return Finished(waiting, done, problem=f"{where}: not analysed, the capture is kept: {reasons}")
        if all(result.task.patient is None for result in done.results):
            return Finished(waiting, done)
        return await self._stored(waiting, done, where)

    async def _stored(self, waiting: Waiting, done: SetResults, where: str) -> Finished:
        for wait_s in (*_TRY_AGAIN_S, None):
            try:
                stored, problem = await in_own_thread("storing", partial(_store, done, self._settings, self._now()))
            except (_UnregisteredError, ResultError) as error:
                return Finished(waiting, done, problem=f"{where}: not stored, the capture is kept: {error}")
            except StoreError as error:
                if wait_s is None:
                    problem = f"{where}: not stored, tried again within the hour: {error}"
                    return Finished(waiting, done, problem=problem, again=True)
                log.warning("%s: not stored yet: %s", where, error)
                await self._sleep(wait_s)
            else:
                lost = _plain(_reasons(done), waiting)
                said = "; ".join(filter(None, (lost and f"in part: {lost}", problem)))
                return Finished(waiting, done, stored, problem=f"{where}: {said}" if said else "")
        raise AssertionError


def _reasons(done: SetResults) -> str:
    """Return why there are no results, of each strap once."""
    return "; ".join(dict.fromkeys(each.reason for each in done.not_analysed))


def _plain(reason: str, waiting: Waiting) -> str:
    """Return why something failed, without what its message says already, and without advice for files.

    What reads a capture names it and the set, since it is asked by others, too.
    """
    heads = [f"{head}: " for head in (waiting.capture, waiting.capture.name, f"set {waiting.number}")]
    while head := next((head for head in heads if reason.startswith(head)), ""):
        reason = reason.removeprefix(head)
    return reason.replace(OF_A_FILE, "most of what was measured did not arrive")


def _store(done: SetResults, settings: Settings, now: float) -> tuple[Replaced, str]:
    """Store the results of a set and bring its patient's day up to date; in a thread, on a connection of its own.

    Returns:
        What was done in the store, and why days are not up to date; empty where they are.

    Raises:
        StoreError: the store cannot be written.
        _UnregisteredError: the patient is not registered.
    """
    with LocalStore.open(settings.data_dir) as store:
        copies = set(copies_of(store, done.results, settings.zone).values())
        try:
            with store.together():
                for recording in copies:  # somebody replayed a copy of the capture before it was whole
                    store.replace(recording, (), clinic=settings.clinic, zone=settings.zone)
                stored = store.replace(done.recording, done.results, clinic=settings.clinic, zone=settings.zone)
        except SettingsError as error:
            raise _UnregisteredError("its patient is not registered: imutrack replay says who") from error
        store.prune_traces(settings.trace_days)
        try:
            refresh(store, settings, now)
        except SettingsError as error:  # a limit of the settings that cannot be: what is stored stays so
            return stored, f"stored, but days and alerts are not up to date: {error}"
    return stored, ""
