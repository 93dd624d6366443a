"""What sessions decide is carried out here: written to captures, looked at live, finished, and told to whoever watches.

One thing after the other, in the order it was decided; a set that ends is looked at once more before that is written,
so that what was counted live is of all of it. It is finished when the disk has all of it: of half a set another result
would be stored than of the whole one later, and after a power cut a result without its capture could not be made anew.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.capture.events import Event, TaskStarted, TaskStopped, Worn
from imutrack.capture.syncing import sync
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.control.feed import Feed
from imutrack.collector.own_thread import in_own_thread
from imutrack.collector.progress import UNWATCHED, Pace
from imutrack.collector.sessions.told import Outcome
from imutrack.collector.sets.analyst import Analyst
from imutrack.collector.sets.finishing import Finisher, Waiting
from imutrack.collector.sets.live import LiveCounts
from imutrack.collector.sets.looks import Aim, Look
from imutrack.exercises import spoken
from imutrack.pipeline.least import is_slip
from imutrack.placements import LIMBS
from imutrack.task import Task

__all__ = ["CarryingOut", "Whose"]

log = logging.getLogger(__name__)

_NO_AXES: Final[Mapping[str, str]] = {}
_AGAIN_S: Final = 10.0  # a disk that refuses does so for a while


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose set it is: number of the session, and pseudonym; None for nobody's. And what it began with, once it has."""

    session: int
    patient: str | None
    began: TaskStarted | None = None


class CarryingOut:
    """Carries out what sessions decide.

    Args:
        recorder: captures.
        analyst: forgets captures that are over.
        live: looks at sets that are being done.
        finisher: takes sets that have ended.
        feed: is told what people are told.
        aim: what the plan asks of a set.
        sessions: as people are told of them.
        axes: strap -> how its axes lie on the upright wearer where it is worn on the trunk or the head.
        now: monotonic seconds.

    Attributes:
        sets: those being done: capture and number there -> whose.
        awaited: sets that have ended and are to be finished, or are finished now.
        unsettled: sets that have ended and are not stored, or known never to be: whose.
    """

    def __init__(
        self,
        recorder: Recorder,
        analyst: Analyst,
        live: LiveCounts,
        finisher: Finisher,
        feed: Feed,
        aim: Callable[[Task], Aim],
        sessions: Callable[[], Sequence[Mapping[str, Any]]],
        axes: Mapping[str, str] = _NO_AXES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recorder, self._analyst, self._live, self._finisher = recorder, analyst, live, finisher
        self._feed, self._aim, self._sessions, self._axes = feed, aim, sessions, axes
        self._decided: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()  # people decide a few times a minute
        self._ended: list[Waiting] = []  # sets of which the disk has not taken all
        self._syncing = asyncio.Lock()
        self._now, self._again_s, self._problem = now, 0.0, ""
        self._finishing: set[asyncio.Task[None]] = set()
        self._forgetting: set[asyncio.Task[None]] = set()
        self.sets: dict[tuple[Path, int], Whose] = {}
        self.awaited: set[Waiting] = set()
        self.unsettled: dict[Waiting, Whose] = {}

    def take(self, outcome: Outcome) -> Outcome:
        """Take what was decided; return it."""
        for line in outcome.said:
            self._feed.say(line.event)
        for decided in outcome.events:
            self._decided.put_nowait(decided)
        if outcome.events or outcome.said:
            self._feed.say({"sessions": self._sessions()})
        return outcome

    def flushed(self) -> None:
        """Finish the sets that ended, now that the operating system has all that came until now, and the disk soon."""
        if self._ended and self._now() >= self._again_s:
            ended, self._ended = self._ended, []
            _begin(self._finish(ended), self._finishing)

    async def all_done(self) -> None:
        """Wait until all that was decided is carried out."""
        await self._decided.join()
        if self._finishing:
            await asyncio.wait(self._finishing)

    async def run(self, pace: Pace = UNWATCHED) -> None:
        """Carry out what is taken, for ever; ``pace`` is told how it goes."""
        while True:
            pace.rest()
            session, event = await self._decided.get()
            pace.step()
            try:
                await self._carry_out(session, event)
            except Exception:  # a fault of ours must not end what looks after the straps
                log.exception("a fault of the collector")
            finally:
                self._decided.task_done()

    async def _carry_out(self, session: int, event: Event) -> None:
        capture = self._recorder.path_of(session)
        if isinstance(event, TaskStopped) and capture is not None:
            event = await self._counted(capture, event)
        elif isinstance(event, Worn) and event.placement not in LIMBS and not event.axes:
            event = msgspec.structs.replace(event, axes=self._axes.get(event.strap, ""))  # a limb would turn them
        self._recorder.say(session, event)
        if isinstance(event, TaskStarted) and capture is not None:
            self.sets[capture, event.number] = Whose(session, event.task.patient, event)
            self._live.begin(capture, event.number, self._aim(event.task))
        elif isinstance(event, TaskStopped) and capture is not None:
            self._ends(capture, event, self.sets.pop((capture, event.number), Whose(session, None)))
        elif capture is not None and self._recorder.path_of(session) is None:
            _begin(self._analyst.closed(capture), self._forgetting)

    def _ends(self, capture: Path, event: TaskStopped, whose: Whose) -> None:
        """Take that a set has ended; a slip is captured, and that is all."""
        task, start_ns = (Task(), 0) if whose.began is None else (whose.began.task, whose.began.at_ns)
        if is_slip(task.kind, start_ns, event.at_ns):
            return
        waiting = Waiting(capture, event.number, "" if whose.began is None else spoken(task.name, task.side))
        self.awaited.add(waiting)
        self.unsettled[waiting] = whose
        self._ended.append(waiting)
        if self._recorder.flush():
            self.flushed()

    async def _finish(self, ended: Sequence[Waiting]) -> None:
        """Let sets be finished, in their order, as soon as the disk has them."""
        async with self._syncing:
            for waiting in ended:
                if await self._is_safe(waiting):
                    self._finisher.add(waiting)
                else:
                    self._ended.append(waiting)

    async def _is_safe(self, waiting: Waiting) -> bool:
        """Wait for the disk; return whether it has a set, or nobody can tell: then it is as safe as it will be."""
        try:
            await in_own_thread("sync", partial(sync, waiting.capture))
        except OSError as error:
            self._again_s = self._now() + _AGAIN_S
            self._warn(waiting, f"the disk does not take it ({error.strerror}), tried again each {_AGAIN_S:.0f} s")
            return False
        except Exception as error:  # noqa: BLE001 - such as no thread left: the operating system has the set
            self._warn(waiting, f"finished though the disk may not have it yet ({error!r})")
        else:
            self._problem = ""
        return True

    def _warn(self, waiting: Waiting, problem: str) -> None:
        """Log what is wrong with the disk, once until that changes."""
        if problem != self._problem:
            log.warning("%s: %s", waiting.words, problem)
        self._problem = problem

    async def _counted(self, capture: Path, event: TaskStopped) -> TaskStopped:
        look: Look | None = await self._live.end(capture, event.number, event.at_ns)
        if look is None:
            return event
        return TaskStopped(at_ns=event.at_ns, number=event.number, why=event.why, reps_live=look.reps)


def _begin(work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
    """Begin what nothing that is decided next is to wait for."""
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)
