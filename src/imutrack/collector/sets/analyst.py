"""`Analyst`: a process of its own for the analysis, so that neither its work nor its end holds up the radio.

It is started early, since loading the numerics takes a second, and again whenever it died; what it knew of a capture it
then reads from the disk. Orders are carried out one at a time. It ends with its pipe: when the collector closes it, or
is killed.

What is told to a capture while a set is done goes with the next order for it (`imutrack.collector.sets.untold`).
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from imutrack.capture.events import Event
from imutrack.collector.links.ring import Entry
from imutrack.collector.sets.framing import HEAD_BYTES, framed, length_of, unpacked
from imutrack.collector.sets.orders import (
    Finish,
    Forget,
    ListSets,
    LookAt,
    Looked,
    Order,
    Request,
    SetFound,
    SetResults,
)
from imutrack.collector.sets.untold import NO_LIFE, Untold
from imutrack.errors import ImutrackError

__all__ = ["Analyst", "AnalystError", "AnalystParams", "NoAnswerError"]

log = logging.getLogger(__name__)

_PROGRAM: Final = (
    sys.executable,
    "-P",
    "-m",
    "imutrack.collector.sets.analysing",
)  # -P: no module of the current folder


class AnalystError(ImutrackError):
    """The analyst could not answer: what was captured is whole, ask again or replay it."""


class NoAnswerError(AnalystError):
    """There was no answer at all: the next time there may be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystParams:
    """How long the analyst may take."""

    look_s: float = 20.0  # a set of ten minutes takes one
    work_s: float = 600.0  # a capture of eight hours of five straps is read in two minutes
    end_s: float = 2.0  # to end by itself


class Analyst:
    """Starts the process, keeps it, and asks it. One event loop.

    Args:
        params: how long it may take.
        program: what to start.
    """

    def __init__(self, params: AnalystParams = AnalystParams(), program: tuple[str, ...] = _PROGRAM) -> None:
        self._params, self._program = params, program
        self._process: asyncio.subprocess.Process | None = None
        self._lives = 0
        self._turn = asyncio.Lock()
        self._following: dict[Path, Untold] = {}

    @property
    def restarts(self) -> int:
        """How often it had to be started again."""
        return max(self._lives - 1, 0)

    async def start(self) -> None:
        """Start the process; it loads what it needs meanwhile."""
        async with self._turn:
            await self._running()

    async def stop(self) -> None:
        """Let the process end; safe to call twice."""
        async with self._turn:
            if self._process is None or self._process.stdin is None:
                return
            self._process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._params.end_s):
                    await self._process.wait()
            await self._kill()

    def said(self, capture: Path, event: Event) -> None:
        """Take an event that was written to a capture; the first of a capture is that it was opened."""
        self._following.setdefault(capture, Untold()).say(event)

    def came(self, capture: Path, entries: Iterable[Entry]) -> None:
        """Take notifications that were written to a capture, in the order they came.

        What came before a set ended must have been taken before that is said.
        """
        if capture in self._following:
            self._following[capture].hear(entries)

    async def closed(self, capture: Path) -> None:
        """Forget a capture; its sets can still be finished."""
        if self._following.pop(capture, None) is not None and self._process is not None:
            with contextlib.suppress(AnalystError):
                await self._ask(Order(capture, False, (), Forget()), self._params.look_s)

    async def look(self, capture: Path, number: int, now_ns: int, *, over: bool = False) -> Looked:
        """Look at a set that is being done.

        Args:
            capture: where it is captured.
            number: of its task.
            now_ns: host time.
            over: it ends now.

        Raises:
            AnalystError: there is no answer.
        """
        found: Looked = await self._of(capture, LookAt(number, now_ns, over), self._params.look_s)
        return found

    async def finish(self, capture: Path, number: int) -> SetResults:
        """Analyse a set that has ended, from what the analyst was told or from the capture, which give the same.

        Raises:
            AnalystError: there is no answer.
        """
        done: SetResults = await self._of(capture, Finish(number), self._params.work_s)
        return done

    async def sets(self, capture: Path) -> tuple[SetFound, ...]:
        """Return the sets of a capture on disk.

        Raises:
            AnalystError: there is no answer, or it cannot be read.
        """
        found: tuple[SetFound, ...] = await self._ask(Order(capture, True, (), ListSets()), self._params.work_s)
        return found

    async def _of(self, capture: Path, request: Request, within_s: float) -> Any:
        async with self._turn:
            await self._running()
            following = self._following.get(capture)
            if following is None:  # of an earlier run, or closed
                return await self._answer(Order(capture, True, (), request), within_s)
            told, following.told = tuple(following.told), []
            knows = not following.too_long and following.lives in (None, self._lives)
            if following.too_long and isinstance(request, LookAt):
                raise AnalystError("the set lasts too long to be counted live; it is captured, and counted at its end")
            if knows or isinstance(request, LookAt):
                following.lives = self._lives
            try:
                return await self._answer(Order(capture, not knows, told if knows else (), request), within_s)
            except BaseException:
                following.lives = NO_LIFE  # nobody knows how much of it was heard: the capture is read again
                raise

    async def _ask(self, order: Order, within_s: float) -> Any:
        async with self._turn:
            await self._running()
            return await self._answer(order, within_s)

    async def _running(self) -> None:
        if self._process is not None and self._process.returncode is None:
            return
        if self._lives:
            log.warning("the analyst ended and is started again")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:  # no memory or no process left: tried again with the next order
            raise NoAnswerError(f"the analyst cannot be started ({error.strerror or error})") from error
        self._lives += 1

    async def _answer(self, order: Order, within_s: float) -> Any:
        try:
            async with asyncio.timeout(within_s):
                answer = await _exchange(self._process, order)
        except (TimeoutError, OSError, EOFError) as error:
            await self._kill()
            raise NoAnswerError(f"{order.capture.name}: the analyst did not answer") from error
        except BaseException:  # whoever asked is gone: the answer to come would be taken for another's
            await self._kill()
            raise
        if isinstance(answer, str):
            raise AnalystError(answer)
        return answer

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _exchange(process: asyncio.subprocess.Process | None, order: Order) -> Any:
    if process is None or process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(framed(order))
    await process.stdin.drain()
    length = length_of(await process.stdout.readexactly(HEAD_BYTES))
    return unpacked(await process.stdout.readexactly(length))
