"""What sessions decide is carried out here: written to captures, looked at live, finished, and told to whoever watches.

One thing after the other, in the order it was decided; a set that ends is looked at once more before that is written,
so that what was counted live is of all of it. It is finished when the disk has all of it: of half a set another result
would be stored than of the whole one later.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.capture.events import Event, TaskStarted, TaskStopped, Worn
from imutrack.collector.analyst import Analyst
from imutrack.collector.feed import Feed
from imutrack.collector.finishing import Finisher, Waiting
from imutrack.collector.live import LiveCounts
from imutrack.collector.looks import Aim, Look
from imutrack.collector.progress import UNWATCHED, Pace
from imutrack.collector.recorder import Recorder
from imutrack.collector.told import Outcome
from imutrack.task import Task

__all__ = ["CarryingOut"]

log = logging.getLogger(__name__)

NO_AXES: Final[Mapping[str, str]] = {}
_TRUNK: Final = frozenset({"lumbar", "pelvis", "sacrum", "sternum", "waist", "t12"})  # a limb turns the axes with it


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
        axes: strap -> how its axes lie on the upright wearer where it is worn on the trunk.
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
        axes: Mapping[str, str] = NO_AXES,
    ) -> None:
        self._recorder, self._analyst, self._live, self._finisher = recorder, analyst, live, finisher
        self._feed, self._aim, self._sessions, self._axes = feed, aim, sessions, axes
        self._decided: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()  # people decide a few times a minute
        self._ended: list[Waiting] = []  # sets of which the disk has not taken all
        self._forgetting: set[asyncio.Task[None]] = set()
        self.sets: dict[tuple[Path, int], int] = {}  # those being done: capture and number there -> session
        self.awaited: set[Waiting] = set()  # sets whose result is still to come

    def take(self, outcome: Outcome) -> Outcome:
        """Take what was decided; return it."""
        for line in outcome.said:
            self._feed.say({"said": line.text, "session": line.session, "refused": line.refused})
        for decided in outcome.events:
            self._decided.put_nowait(decided)
        if outcome.events or outcome.said:
            self._feed.say({"sessions": self._sessions()})
        return outcome

    def flushed(self) -> None:
        """Finish the sets that ended, now that the disk has all that came until now."""
        for waiting in self._ended:
            self._finisher.add(waiting)
        self._ended.clear()

    async def all_done(self) -> None:
        """Wait until all that was decided is carried out."""
        await self._decided.join()

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
        elif isinstance(event, Worn) and event.placement in _TRUNK and not event.axes:
            event = msgspec.structs.replace(event, axes=self._axes.get(event.strap, ""))
        self._recorder.say(session, event)
        if isinstance(event, TaskStarted) and capture is not None:
            self.sets[capture, event.number] = session
            self._live.begin(capture, event.number, self._aim(event.task))
        elif isinstance(event, TaskStopped) and capture is not None:
            self.sets.pop((capture, event.number), None)
            waiting = Waiting(capture, event.number)
            self.awaited.add(waiting)
            self._ended.append(waiting)
            if self._recorder.flush():
                self.flushed()
        elif capture is not None and self._recorder.path_of(session) is None:
            self._forget(capture)

    def _forget(self, capture: Path) -> None:
        """Let the analyst forget a capture; what is decided next is not to wait for what it works at."""
        task = asyncio.create_task(self._analyst.closed(capture))
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _counted(self, capture: Path, event: TaskStopped) -> TaskStopped:
        look: Look | None = await self._live.end(capture, event.number, event.at_ns)
        if look is None:
            return event
        self._feed.say({"look": msgspec.to_builtins(look), "session": self.sets.get((capture, event.number), 0)})
        return TaskStopped(at_ns=event.at_ns, number=event.number, why=event.why, reps_live=look.reps)
