"""One session: a patient, what is worn where, and the set that is being done. Nobody's session has a set per strap."""

from collections.abc import Callable, Collection, Iterable, Mapping

from imutrack.capture.events import Closed, SessionStarted, Worn
from imutrack.collector.movement import Motion
from imutrack.collector.next_item import Done
from imutrack.collector.tasks import Doing, Phase
from imutrack.collector.told import Told
from imutrack.collector.wearing import WornAt, straps_text

__all__ = ["Session"]


class Session:
    """A session from its start to its end.

    Args:
        number: of the session.
        patient: pseudonym; None for nobody's.
        now_ns: host time.
        finished: is told of every set that ended, its number and what it was.
    """

    def __init__(self, number: int, patient: str | None, now_ns: int, finished: Callable[[int, Done], None]) -> None:
        self.number, self.patient = number, patient
        self.worn: dict[str, WornAt] = {}
        self.checked: set[str] = set()  # straps that passed the set-up check where they are
        self.told = Told(number)
        self.doing: list[Doing] = []
        self._finished = finished
        self.told.note(SessionStarted(at_ns=now_ns, patient=patient))

    @property
    def current(self) -> Doing | None:
        """What is being done; a patient does one thing at a time."""
        return self.doing[0] if self.doing else None

    @property
    def due_ns(self) -> int | None:
        """When something is due next."""
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

    def say_silent(self, straps: Iterable[str]) -> None:
        """Say which straps do not send."""
        for strap in sorted(straps):
            self.told.say(f"strap {strap} does not send yet: is it switched on and near?")

    def advance(self, now_ns: int) -> None:
        """Do what is due by now, in the order of time."""
        while (due_ns := self.due_ns) is not None and due_ns <= now_ns:
            next(each for each in self.doing if each.due_ns == due_ns).pass_time()
            self._sweep()

    def moved(self, strap: str, motion: Motion, now_ns: int) -> None:
        """Follow a strap of it, or one that nobody wears."""
        for each in list(self.doing):
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

    def end(self, now_ns: int) -> None:
        """End the session, and first what is being done."""
        self.stop_sets(now_ns, "ended")
        self.told.note(Closed(at_ns=self.told.in_order(now_ns)))

    def _sweep(self) -> None:
        for each in [each for each in self.doing if each.phase is Phase.OVER]:
            self.doing.remove(each)
            if each.number is not None:
                self._finished(each.number, (each.task.name, each.task.side))
