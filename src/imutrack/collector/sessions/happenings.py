"""What happens is told to the sessions, and what they decide is carried out: movement, links, buttons, time, results.

Whatever is decided is decided of all that came until then: the ring is emptied first, so that no notification from
before the end of a set is still under way when the set is finished, and none goes to whoever wears its strap next.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.capture import Arrival
from imutrack.capture.events import TaskStopped
from imutrack.collector.captures.files import DELETED
from imutrack.collector.captures.streams import Heard
from imutrack.collector.control.feed import Feed
from imutrack.collector.links.states import State
from imutrack.collector.moments import HostClock
from imutrack.collector.sessions.carrying_out import CarryingOut, Whose
from imutrack.collector.sessions.movement import Block, Movement
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.told import Outcome, Said
from imutrack.collector.sessions.wrong_clock import clock_note
from imutrack.collector.sets.finishing import Finished
from imutrack.collector.sets.looks import Look
from imutrack.collector.sets.told_results import told_result
from imutrack.errors import ImutrackError

__all__ = ["Happenings"]

log = logging.getLogger(__name__)

_TICK_S: Final = 0.1  # a countdown is told to a person, who hears no tenth of a second
_BACK: Final = "the Bluetooth service is there again: the straps are being reconnected"
_NOBODYS_S: Final = 3600.0  # a capture that holds what moved while there was no session


class Happenings:
    """Stands between what happens and the sessions.

    Args:
        sessions: decide.
        feed: is told what people are told.
        clock: host time.
        straps: their labels.

    Nothing can happen before `wire` was called: there is no `_carrying_out` and no `_take_all` until then.
    """

    _carrying_out: CarryingOut
    _take_all: Callable[[], object]

    def __init__(self, sessions: Sessions, feed: Feed, clock: HostClock, straps: Iterable[str]) -> None:
        self._sessions, self._feed, self._clock = sessions, feed, clock
        self._movements = {label: Movement() for label in straps}
        self._problem = ""
        self._clock_wrong = False
        self._away: str | None = None  # as it was said last
        self._mended = 0

    def wire(self, carrying_out: CarryingOut, take_all: Callable[[], object]) -> None:
        """Say what is made later than this, since it is told what happens here.

        Args:
            carrying_out: carries out what is decided.
            take_all: empties the ring into the captures.
        """
        self._carrying_out, self._take_all = carrying_out, take_all

    def decide(self, decision: Callable[[int], Outcome]) -> Outcome:
        """Let sessions decide of all that came until now, and have it carried out.

        Raises:
            SettingsError: it cannot be done; what had become due by now is carried out all the same.
        """
        self._take_all()
        now_ns = self._clock.now_ns()
        try:
            return self._carrying_out.take(decision(now_ns))
        except ImutrackError:
            self._carrying_out.take(self._sessions.pass_time(now_ns))
            raise

    def heard(self, strap: str, _arrivals: Mapping[str, list[Arrival]], heard: Heard) -> None:
        """Take what a strap sent, while others' notifications still wait: nothing that is due is done here."""
        if len(heard.acc):
            gyr = heard.gyr if len(heard.gyr) == len(heard.acc) else None
            motion = self._movements[strap].take(Block(heard.begin_ns, heard.end_ns, heard.acc, gyr))
            outcome = self._carrying_out.take(self._sessions.moved(strap, motion, self._clock.now_ns()))
            if any(isinstance(event, TaskStopped) for _, event in outcome.events):
                self._take_all()  # what is carried out when the loop goes on then has all from before its end
        for _ in heard.buttons:
            self.decide(lambda now_ns: self._sessions.note_stop(now_ns, f"button of strap {strap}", strap=strap))

    def link(self, strap: str, before: State, now: State, reason: str) -> None:
        """Take that the link of a strap changed."""
        if State.STREAMING in (before, now):
            sends = now is State.STREAMING
            self.decide(lambda now_ns: self._sessions.link(strap, now_ns, sends=sends))
        self._feed.say({"strap": strap, "state": now.value, "why": reason})

    def looked(self, capture: Path, look: Look) -> None:
        """Take a look at a set that is being done."""
        whose = self._carrying_out.sets.get((capture, look.number))
        if whose is not None:
            doing = self._sessions.count(look.number, look.reps, look.reps_low, look.reps_high)
            left_s = None if doing is None else doing.left_s(self._clock.now_ns())
            self._feed.say({"look": msgspec.to_builtins(look), "left_s": left_s, **_of(whose, look.number)})

    def finished(self, finished: Finished) -> None:
        """Take what came of a set."""
        number, results = finished.waiting.number, finished.done.results if finished.done else ()
        whose = self._carrying_out.unsettled.get(finished.waiting)  # None of an earlier run, whose numbers are the same
        if not finished.soon:
            self._carrying_out.awaited.discard(finished.waiting)
        if whose is None:
            whose = Whose(0, next((result.task.patient for result in results), None))
        elif not finished.again:  # what is tried again was done all the same: it is not asked for once more
            del self._carrying_out.unsettled[finished.waiting]
            self._sessions.settled(number)
        for result in results:
            told = {"result": told_result(result), "stored": finished.stored is not None}
            self._feed.say({**told, **_of(whose, number)})
        if finished.problem:
            said = Said(whose.session, finished.problem, refused=True, patient=whose.patient, number=number)
            self._feed.say(said.event)

    def flushed(self, problem: str, mended: int = 0) -> None:
        """Take how the disk took the captures.

        Args:
            problem: what is wrong with it; empty where all is well.
            mended: how many captures somebody deleted while they were written, and that were written again.
        """
        if not problem:
            self._carrying_out.flushed()
        if problem != self._problem:
            said = f"the disk takes nothing ({problem}): make room" if problem else "the disk takes captures again"
            self._feed.say(Said(0, said, refused=bool(problem)).event)
        self._problem = problem
        if mended != self._mended:
            self._feed.say(Said(0, DELETED, refused=True).event)
        self._mended = mended

    async def pass_time(self) -> None:
        """Do what is due, for ever."""
        loop = asyncio.get_running_loop()
        anew_s = loop.time() + _NOBODYS_S
        while True:
            await asyncio.sleep(_TICK_S)
            due_ns, now_ns = self._sessions.due_ns, self._clock.now_ns()
            if due_ns is not None and due_ns <= now_ns:
                self.decide(self._sessions.pass_time)
            else:
                self._carrying_out.take(self._sessions.pass_time(now_ns))
            self._say_clock()
            self._say_away()
            if loop.time() > anew_s and self._begin_anew():
                anew_s = loop.time() + _NOBODYS_S

    def _say_clock(self) -> None:
        """Say once that the machine's clock tells another time than sets get."""
        note = clock_note(self._clock.ahead_s())
        if note and not self._clock_wrong:
            self._feed.say(Said(0, note).event)
        self._clock_wrong = bool(note)

    def _say_away(self) -> None:
        """Say once that no strap can send, and once that they can again; at the start the radio has logged it."""
        away, before = self._sessions.away, self._away
        if away == (before or ""):
            self._away = away
            return
        said = away or _BACK
        if before is not None:
            log.log(logging.WARNING if away else logging.INFO, "%s", said)
        self._feed.say(Said(0, said, refused=bool(away)).event)
        self._away = away

    def _begin_anew(self) -> bool:
        """Let nobody's session have another capture, so that none becomes endless; False while something moves."""
        if any(session.doing for session in self._sessions.sessions if session.patient is None):
            return False
        self.decide(self._sessions.begin_nobody_anew)
        return True


def _of(whose: Whose, number: int) -> dict[str, Any]:
    """Return whose set an event is about, as those who watch are told it."""
    return {"session": whose.session, "patient": whose.patient, "number": number}
