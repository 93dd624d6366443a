"""Who is treated now, with which straps, and what they do: several people at once, each strap with at most one.

Pure logic: the moment is passed in with every call, in host nanoseconds and never before the last one; what comes of it
is returned as an `Outcome`. A command that cannot be carried out raises and changes nothing; what had become due by
then is returned by the next call. A session in which nothing is done any more ends by itself.

With ``auto``, while there is no session, nobody's session is open: whatever moves makes a set of its own there.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Final

from imutrack.capture.events import StopNoted
from imutrack.clinic.pseudonyms import normalise
from imutrack.collector.sessions.awaited import Awaited
from imutrack.collector.sessions.movement import Motion
from imutrack.collector.sessions.next_item import DoneItem
from imutrack.collector.sessions.roster import Roster
from imutrack.collector.sessions.session import Session
from imutrack.collector.sessions.starting import Clinic, SessionParams, Starting, begin, begin_auto, forced
from imutrack.collector.sessions.tasks import Doing, Phase
from imutrack.collector.sessions.told import Outcome, Said, joined
from imutrack.collector.sessions.wanted import Asked, Wanted, all_done, from_plan, from_typed
from imutrack.collector.sessions.wearing import WornAt, parse_wear
from imutrack.errors import SettingsError

__all__ = ["Sessions"]

log = logging.getLogger(__name__)

_NS: Final = 1_000_000_000


class Sessions:
    """All sessions of a collector.

    Args:
        straps: labels of all straps.
        clinic: what is asked of it.
        auto: keep what moves while there is no session.
        params: how sessions run.
        away: why no strap can send, a line for people; empty where each may.
    """

    def __init__(
        self,
        straps: Iterable[str],
        clinic: Clinic,
        *,
        auto: bool = False,
        params: SessionParams | None = None,
        away: Callable[[], str] = lambda: "",
    ) -> None:
        self._straps, self._clinic, self._auto = frozenset(straps), clinic, auto
        self._open = Roster()
        self._nobody: Session | None = None
        self._ended: list[Session] = []  # until what they told is taken
        self._awaited = Awaited()
        self._sends: set[str] = set()
        self._numbers = count(1)
        self._params = params or SessionParams()
        self._starting = Starting(self._sends, count(1).__next__, self._params, away)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Those that are open, in the order they began; to be looked at only."""
        return (*self._open.values(), *([self._nobody] if self._nobody else []))

    @property
    def away(self) -> str:
        """Why no strap can send, a line for people; empty where each may."""
        return self._starting.away()

    @property
    def due_ns(self) -> int | None:
        """When `pass_time` is due at the latest; None where nothing is."""
        return min((at_ns for session in self.sessions if (at_ns := session.due_ns) is not None), default=None)

    def captured_by(self, strap: str) -> int | None:
        """Return the number of the session whose capture a strap's notifications belong in; None where none is."""
        owner = self._open.owner(strap) or self._nobody
        return owner.number if owner else None

    def start(self, patient: str, wear: Sequence[str], now_ns: int) -> Outcome:
        """Start a session; ``wear`` as typed, each like ``3=left_shank``.

        Raises:
            SettingsError: the patient is not known or has a session, nothing is worn, or a strap cannot be.
        """
        self._advance(now_ns)
        name = self._without_session(patient)
        return self._start(name, parse_wear(wear, self._straps), now_ns)

    def resume(self, patient: str, worn: Mapping[str, WornAt], now_ns: int) -> Outcome:
        """Start a session that was cut off; what an earlier version took without a side is worn as it was.

        Raises:
            SettingsError: the patient is not known or has a session, or a strap is not there or is another's now.
        """
        self._advance(now_ns)
        if gone := sorted(set(worn) - self._straps):
            raise SettingsError(
                f"no strap {gone[0]!r}: imutrack.toml names {', '.join(sorted(self._straps)) or 'none'}"
            )
        return self._start(self._without_session(patient), worn, now_ns)

    def _without_session(self, patient: str) -> str:
        """Return the pseudonym that was typed.

        Raises:
            SettingsError: nobody has it, or it has a session.
        """
        name = self._clinic.patient(patient)
        self._open.check_new(name)
        return name

    def _start(self, name: str, worn: Mapping[str, WornAt], now_ns: int) -> Outcome:
        self._open.check_free(worn, name)
        self._end_nobody(now_ns)
        session = self._open[name] = self._new(name, now_ns)
        session.wear(worn, now_ns)
        session.say_worn()
        session.say_silent(set(worn) - self._sends, self.away)
        return self._take(now_ns)

    def wear(self, patient: str | None, wear: Sequence[str], now_ns: int) -> Outcome:
        """Put on a strap during a session, or put one on elsewhere; it takes the place of the one that was there.

        Raises:
            SettingsError: there is no such session, a set is being done, or a strap cannot be worn.
        """
        self._advance(now_ns)
        session = self._open.of(patient, "session wear")
        if session.current:
            raise SettingsError(f"{session.current.what} is being done: `imutrack task stop` first")
        worn = parse_wear(wear, self._straps)
        self._open.check_free(worn, session.patient)
        for strap in session.wear(worn, now_ns):
            session.told.say(f"strap {strap} is free again")
        session.say_worn()
        session.say_silent(set(worn) - self._sends, self.away)
        return self._take(now_ns)

    def stop(self, patient: str | None, now_ns: int) -> Outcome:
        """End a session, and first the set that is being done.

        Raises:
            SettingsError: there is no such session.
        """
        self._advance(now_ns)
        self._end(self._open.of(patient, "session stop"), now_ns)
        return self._take(now_ns)

    def close(self, now_ns: int) -> Outcome:
        """End every set; the collector is about to stop.

        A session that nobody ended is not closed in its capture: it goes on when the collector is back soon
        (`imutrack.collector.sessions.resuming`), so that new settings cost nobody more than the set.
        """
        self._advance(now_ns)
        self._auto = False
        for session in self._open.values():
            session.leave(now_ns)
        self._ended += self._open.values()
        self._open.clear()
        self._end_nobody(now_ns)
        return self._take(now_ns)

    def start_task(self, patient: str | None, asked: Asked, now_ns: int, *, force: bool = False) -> Outcome:
        """Start the next item of the plan, or what was typed; forced, without a set-up check and with silent straps.

        Raises:
            SettingsError: there is no such session, a set is being done, a name is not known, or it cannot be measured
                with what is worn or sends.
        """
        self._advance(now_ns)
        session = self._open.of(patient, "task start")
        session.used_ns = now_ns
        current = session.current
        if current and force and current.phase is Phase.CHECK and asked == Asked():
            current.skip_check(forced(current.task), now_ns)
        elif current:
            raise SettingsError(f"{current.what} is being done ({current.phase}): `imutrack task stop` first")
        elif wanted := self._wanted(session, asked, now_ns):
            begin(session, wanted, self._starting, now_ns, force=force)
        return self._take(now_ns)

    def stop_task(self, patient: str | None, now_ns: int) -> Outcome:
        """Stop what is being done.

        Raises:
            SettingsError: there is no such session, or nothing is being done.
        """
        self._advance(now_ns)
        session = self._open.of(patient, "task stop")
        if session.current is None:
            raise SettingsError(f"{session.patient} does nothing now: `imutrack task start` begins a set")
        session.stop_sets(now_ns, "typed")
        return self._take(now_ns)

    def note_stop(self, now_ns: int, source: str, *, patient: str | None = None, strap: str | None = None) -> Outcome:
        """Note that somebody stopped because something felt wrong: of a patient, or by the button of a strap."""
        self._advance(now_ns)
        name = None if patient is None else normalise(patient)
        session = self._open.get(name) if name is not None else self._open.owner(strap or "") or self._nobody
        if session is None:
            whose = f"strap {strap} is worn" if name is None else f"{name} is"
            said = f"stop: {whose} in no session, no set is marked; `imutrack note PATIENT --stop` keeps it"
            return joined((self._take(now_ns), Outcome(said=(Said(0, said, patient=name),))))
        whose = strap or "" if session is self._nobody else ""  # each strap of nobody's has a set of its own
        session.told.note(StopNoted(at_ns=session.told.in_order(now_ns), source=source, strap=whose))
        session.stop_noted(now_ns, round(self._params.stop_late_s * _NS), typed=strap is None)
        return self._take(now_ns)

    def link(self, strap: str, now_ns: int, *, sends: bool) -> Outcome:
        """Take that a strap sends, or no longer does."""
        self._advance(now_ns)
        (self._sends.add if sends else self._sends.discard)(strap)
        for session in self.sessions:
            session.link(strap, now_ns, sends=sends)
        return self._take(now_ns)

    def moved(self, strap: str, motion: Motion, now_ns: int) -> Outcome:
        """Take how a strap moves.

        Nothing that is due is done here: others' readings of before then may still be under way. `pass_time` does it.
        """
        owner = self._open.owner(strap)
        for session in [owner] if owner else self.sessions:  # a strap that lies about may have been put on
            session.moved(strap, motion, now_ns)
        if owner is None and self._nobody and motion.moving and strap in self._sends:
            began_ns = motion.began_ns or motion.at_ns
            if began_ns > self._nobody.ended_ns.get(strap, 0):  # else it has not rested since its set became too long
                begin_auto(self._nobody, strap, began_ns, self._starting)
        return self._take(now_ns)

    def pass_time(self, now_ns: int) -> Outcome:
        """Do what is due by now."""
        self._advance(now_ns)
        return self._take(now_ns)

    def begin_nobody_anew(self, now_ns: int) -> Outcome:
        """Let nobody's session have another capture; not while it has a set, of which nothing may be torn."""
        self._advance(now_ns)
        if self._nobody and not self._nobody.doing:
            self._end_nobody(now_ns)
        return self._take(now_ns)

    def count(self, number: int, reps: int | None, low: int | None = None, high: int | None = None) -> Doing | None:
        """Take how many repetitions of a running set were counted until now.

        Args:
            number: of the set.
            reps: None where that is not sure.
            low, high: how many it may be; None where nobody can tell.

        Returns:
            The set; None where it is over.
        """
        running = (each for session in self.sessions for each in session.doing)
        doing = next((each for each in running if each.number == number), None)
        if doing is not None:
            doing.seen(reps, low, high)
        return doing

    def settled(self, number: int) -> None:
        """Take that the result of a set is stored, or that none will be: from here on the store says what was done."""
        self._awaited.settled(number)

    def _advance(self, now_ns: int) -> None:
        for session in self.sessions:
            session.advance(now_ns)
            if session.over_ns is not None and session.over_ns <= now_ns:
                minutes = f"{self._params.idle_s / 60:.0f} min"
                free = ", ".join(sorted(session.worn))
                log.info("a session is over: nothing was done for %s; free again: strap %s", minutes, free)
                self._end(session, now_ns, f": nothing was done or typed for {minutes}")

    def _take(self, now_ns: int) -> Outcome:
        if self._auto and not self._open and self._nobody is None:
            self._nobody = self._new(None, now_ns)
        told = [session.told.take() for session in (*self._ended, *self.sessions)]
        self._ended.clear()
        return joined(told)

    def _new(self, patient: str | None, now_ns: int) -> Session:
        def finished(number: int, done: DoneItem, ended_ns: int) -> None:
            if patient is not None:
                self._awaited.add(number, patient, done, ended_ns)

        idle_ns = None if patient is None else round(self._params.idle_s * _NS)
        return Session(next(self._numbers), patient, now_ns, finished, idle_ns)

    def _end(self, session: Session, now_ns: int, why: str = "") -> None:
        session.end(now_ns)
        if session.patient is not None:
            del self._open[session.patient]
            free = ", ".join(sorted(session.worn))
            session.told.say(f"session of {session.patient} is over{why}; free again: strap {free}")
        self._ended.append(session)

    def _end_nobody(self, now_ns: int) -> None:
        if self._nobody is not None:
            self._end(self._nobody, now_ns)
            self._nobody = None

    def _wanted(self, session: Session, asked: Asked, now_ns: int) -> Wanted | None:
        """Return what is to be done; None, and why is said, where all of the plan is done."""
        patient = session.patient or ""
        items = self._clinic.plan(patient)
        if not asked.by_plan:
            return from_typed(asked, patient, session.worn, items)
        done = [*self._clinic.done_today(patient), *self._awaited.of(patient, now_ns)]
        wanted = from_plan(asked, patient, session.worn, items, done)
        if wanted is None:
            session.told.say(all_done(asked, items))
        return wanted
