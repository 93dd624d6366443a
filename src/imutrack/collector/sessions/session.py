"""One session: a patient, what is worn where, and the set that is being done. Nobody's session has a set per strap."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from imutrack.capture.events import Closed, SessionStarted, Worn
from imutrack.collector.sessions.movement import Motion
from imutrack.collector.sessions.next_item import DoneItem
from imutrack.collector.sessions.tasks import Doing, Phase
from imutrack.collector.sessions.told import Told
from imutrack.collector.sessions.wearing import WornAt, straps_text

__all__ = ["RESUMED_S", "Session"]

RESUMED_S: Final = 600.0
"""For so long after the collector ended a session goes on when it starts again: a crash or a restart takes seconds, a
power cut some minutes; later the straps may be on somebody else."""


class Session:
    """A session from its start to its end.

    Args:
        number: of the session.
        patient: pseudonym; None for nobody's.
        now_ns: host time.
        finished: is told of every set that ended: its number, what it was, and when that was.
        idle_ns: after which the session is over when nothing is done; None for never.

    Attributes:
        used_ns: when somebody last typed, or moved in a set.
        last_set: what ended last, and when.
        ended_ns: strap -> when the last set with it ended.
    """

    def __init__(
        self,
        number: int,
        patient: str | None,
        now_ns: int,
        finished: Callable[[int, DoneItem, int], None],
        idle_ns: int | None = None,
    ) -> None:
        self.number, self.patient = number, patient
        self.worn: dict[str, WornAt] = {}
        self.checked: set[str] = set()  # straps that passed the set-up check where they are
        self.told = Told(number, patient)
        self.doing: list[Doing] = []
        self.used_ns = now_ns
        self.last_set: tuple[str, int] | None = None
        self.ended_ns: dict[str, int] = {}
        self._finished, self._idle_ns = finished, idle_ns
        self.told.note(SessionStarted(at_ns=now_ns, patient=patient))

    @property
    def current(self) -> Doing | None:
        """What is being done; a patient does one thing at a time."""
        return self.doing[0] if self.doing else None

    @property
    def due_ns(self) -> int | None:
        """When something is due next: of what is being done, or the end of a session in which nothing is."""
        return min((at_ns for at_ns in (self._next_ns, self.over_ns) if at_ns is not None), default=None)

    @property
    def over_ns(self) -> int | None:
        """When it is over by itself; every event is a sign of somebody, too."""
        return None if self._idle_ns is None else max(self.used_ns, self.told.last_ns) + self._idle_ns

    @property
    def _next_ns(self) -> int | None:
        return min((at_ns for each in self.doing if (at_ns := each.due_ns) is not None), default=None)

    def wear(self, worn: Mapping[str, WornAt], now_ns: int) -> list[str]:
        """Take what is worn, instead of what was worn there; return the straps that are free by it."""
        places = set(worn.values())
        freed = [strap for strap, where in self.worn.items() if where in places and strap not in worn]
        for strap in freed:
            del self.worn[strap]
        self.worn.update(worn)
        self.checked.clear()
        for strap, where in sorted(worn.items()):
            at_ns = self.told.in_order(now_ns)
            self.told.note(Worn(at_ns=at_ns, strap=strap, placement=where.placement, side=where.side))
        return freed

    def say_worn(self) -> None:
        """Say who wears what."""
        self.told.say(f"session of {self.patient}: {straps_text(self.worn)}")

    def say_silent(self, straps: Iterable[str], away: str) -> None:
        """Say which straps do not send; ``away``: why none can, empty where each may."""
        for strap in sorted(straps):
            self.told.say(f"strap {strap} does not send yet: {away or 'is it switched on and near?'}")

    def advance(self, now_ns: int) -> None:
        """Do what is due by now of what is being done, in the order of time."""
        while (due_ns := self._next_ns) is not None and due_ns <= now_ns:
            next(each for each in self.doing if each.due_ns == due_ns).pass_time()
            self._sweep()

    def moved(self, strap: str, motion: Motion, now_ns: int) -> None:
        """Follow a strap of it, or one that nobody wears."""
        for each in list(self.doing):
            if motion.moving and strap in each.straps:
                self.used_ns = now_ns
            each.moved(strap, motion, now_ns)
        self._sweep()

    def link(self, strap: str, now_ns: int, *, sends: bool) -> None:
        """Take that a strap is lost or sends again."""
        for each in self.doing:
            each.link(strap, now_ns, sends=sends)

    def stop_sets(self, now_ns: int, why: str, straps: Collection[str] | None = None) -> None:
        """End what is being done, with any strap or with one of these."""
        for each in list(self.doing):
            if straps is None or set(straps) & set(each.straps):
                each.stop(now_ns, why)
        self._sweep()

    def stop_noted(self, now_ns: int, late_ns: int, *, typed: bool) -> None:
        """Say what a stop that was noted means for the sets; what has not begun does not begin."""
        off = [each for each in self.doing if each.call_off()]
        for each in off:
            self.told.say(f"stop noted: {each.what} does not begin", refused=True)
        self._sweep()
        if self.current:
            self.current.stop_noted = True
            self.told.say(f"stop noted, during {self.current.what}", number=self.current.number)
        elif not off:
            self.told.say("stop noted, between sets" + self._late_for(now_ns - late_ns, now_ns, typed=typed))

    def end(self, now_ns: int) -> None:
        """End the session, and first what is being done."""
        self.stop_sets(now_ns, "ended")
        self.told.note(Closed(at_ns=self.told.in_order(now_ns)))

    def leave(self, now_ns: int) -> None:
        """End what is being done, since the collector ends; the session is not closed, so that it can go on."""
        self.stop_sets(now_ns, "ended")
        self.told.say(
            f"the collector ends: the session of {self.patient} goes on if it is back within {RESUMED_S / 60:.0f} min"
        )

    def _late_for(self, since_ns: int, now_ns: int, *, typed: bool) -> str:
        """Return what to do about a set that ended before the stop was noted; empty where there is none."""
        if self.last_set is None or self.last_set[1] < since_ns or self.patient is None:
            return ""
        what, ended_ns = self.last_set
        ago_s = max(0, now_ns - ended_ns) / 1e9
        kept = "the note says it" if typed else f"`imutrack note {self.patient} --stop` keeps it"
        return (
            f": {what} had ended {ago_s:.0f} s ago and is not marked; {kept}, and where the set is not to count, "
            '`imutrack correct SET --void --by INITIALS --why "..."`'
        )

    def _sweep(self) -> None:
        for each in [each for each in self.doing if each.phase is Phase.OVER]:
            self.doing.remove(each)
            self.ended_ns.update(dict.fromkeys(each.straps, self.told.last_ns))
            if each.number is not None and not each.slip:
                self.last_set = each.what, self.told.last_ns
                self._finished(each.number, (each.task.name, each.task.side), self.told.last_ns)
