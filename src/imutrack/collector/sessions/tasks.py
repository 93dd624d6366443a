"""One set, trial or test, from the moment it was asked for to its end.

set-up check -> countdown -> running -> over. It tells its session when it begins and ends; a set that began is always
ended, by whoever or whatever comes first: somebody types it, its movement ceased, nothing moved for long
(`imutrack.collector.sessions.moving`), its time is over, it went on for longer than any set, no strap of it has sent
for a while, or the session ends. What was captured until then is kept. What was too short for the analysis is a slip:
it is said, and counts as not done.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Final

from imutrack.capture.events import TaskStarted, TaskStopped
from imutrack.clinic.plans import PlanItem
from imutrack.collector.sessions.courses import Course, TaskParams
from imutrack.collector.sessions.movement import Motion
from imutrack.collector.sessions.moving import Moving
from imutrack.collector.sessions.set_up import SetUpCheck
from imutrack.collector.sessions.told import Told
from imutrack.exercises import spoken
from imutrack.pipeline.least import is_slip, least_s
from imutrack.task import Task, TaskKind
from imutrack.words import counted

__all__ = ["Doing", "Phase"]

_NS: Final = 1_000_000_000


class Phase(StrEnum):
    """Where a task is."""

    CHECK = "set-up check"
    COUNTDOWN = "countdown"
    RUNNING = "running"
    OVER = "over"


class Doing:
    """A task that is being done.

    Args:
        task: what it is.
        straps: that it is measured with.
        course: how it runs.
        told: takes what it tells.
        number: gives the number of a set that begins.
        passed: is told which straps passed their check.
        item: of the plan, where it has one.
        params: of all tasks.

    Attributes:
        shown: how far it was counted until now, in words; empty where nobody can tell.
        slip: it has ended, and was too short to be analysed.
        stop_noted: somebody stopped because something felt wrong.
    """

    def __init__(
        self,
        task: Task,
        straps: tuple[str, ...],
        course: Course,
        told: Told,
        number: Callable[[], int],
        *,
        passed: Callable[[Collection[str]], object] | None = None,
        item: PlanItem | None = None,
        params: TaskParams | None = None,
    ) -> None:
        self.task, self.straps, self.item = task, straps, item
        self.phase = Phase.OVER
        self.number: int | None = None
        self.start_ns: int | None = None
        self.until_ns: int | None = None  # when this phase ends by itself
        self.reps_live: int | None = None
        self.shown = ""
        self.slip = self.stop_noted = False
        self._course, self._told, self._number, self._passed = course, told, number, passed
        self._params = params or TaskParams()
        self._check: SetUpCheck | None = None
        self._most_ns: int | None = None  # when it has gone on for too long
        self._moving: Moving | None = None  # from its start on
        self._lost_ns: dict[str, int] = {}

    @property
    def what(self) -> str:
        """What is done, in running text."""
        return spoken(self.task.name, self.task.side)

    @property
    def due_ns(self) -> int | None:
        """When `pass_time` has to be called; None where only a person or a movement ends it."""
        ends = self.until_ns, self._most_ns, self._given_up_ns
        return min((at_ns for at_ns in ends if at_ns is not None), default=None)

    def left_s(self, now_ns: int) -> float | None:
        """Return for how long it goes on, s, where it ends by its time; None else, and before it has begun.

        Args:
            now_ns: host time.
        """
        if self.phase is not Phase.RUNNING or self.until_ns is None:
            return None
        return max(self.until_ns - now_ns, 0) / _NS

    def begin(self, now_ns: int, *, check: SetUpCheck | None = None, silent: Collection[str] = ()) -> None:
        """Begin with the check, the countdown or the set, whichever comes first.

        Args:
            now_ns: host time.
            check: that has to be passed.
            silent: straps of it that do not send.
        """
        self._lost_ns = dict.fromkeys(set(silent) & set(self.straps), now_ns)
        self._check = check
        if check is None:
            self._count_down(now_ns, self._course.countdown_s)
            return
        self.phase, self.until_ns = Phase.CHECK, check.ends_ns
        self._say(f"{self.what}: {check.request}")

    def begin_moving(self, began_ns: int) -> None:
        """Begin with a movement that is seen already."""
        self._go(began_ns, moved=True)

    def skip_check(self, task: Task, now_ns: int) -> None:
        """Go on without the check."""
        self.task = task
        self._count_down(now_ns, self._course.countdown_s)

    def moved(self, strap: str, motion: Motion, now_ns: int) -> None:
        """Follow a strap of the session, or one that nobody wears."""
        if self.phase is Phase.CHECK and self._check is not None and self._check.take(strap, motion):
            if self._passed is not None:
                self._passed(self._check.straps)
            self._say("set-up check passed: come to rest")
            self._count_down(now_ns, max(self._course.countdown_s, self._params.countdown_s))
        elif self.phase is Phase.RUNNING and self._moving and strap in self.straps and strap not in self._lost_ns:
            self._follow(self._moving, strap, motion)

    def link(self, strap: str, now_ns: int, *, sends: bool) -> None:
        """Take that a strap of it is lost or sends again."""
        if strap not in self.straps or self.phase is Phase.OVER:
            return
        if sends and self._lost_ns.pop(strap, None) is not None:
            self._say(f"strap {strap} sends again")
        if not sends and strap not in self._lost_ns:
            self._lost_ns[strap] = now_ns
            if self._moving is not None:
                self._moving.lost(strap)
            self._say(f"strap {strap} is lost: {self.what} goes on, it is being reconnected")

    def pass_time(self) -> None:
        """Do what is due at `due_ns`."""
        at_ns = self.due_ns
        if at_ns is None:
            return
        if self.phase is Phase.CHECK and self._check is not None:
            self._over()
            self._say(f"{self.what} was not begun: {self._check.refusal()}", refused=True)
        elif self.phase is Phase.COUNTDOWN:
            self._go(at_ns)
        elif at_ns == self.until_ns:
            self._end(at_ns, "time", f"{self.what} is over: its time is")
        elif at_ns == self._most_ns:
            minutes = f"{(self._course.most_s or 0.0) / 60.0:.0f} min"
            self._end(at_ns, "time", f"{self.what} is over: it lasted {minutes}: was a strap left on?")
        else:
            self._end(
                at_ns, "ended", f"{self.what} was stopped: none of its straps sends; what came until then is kept"
            )

    def seen(self, reps: int | None, low: int | None, high: int | None) -> None:
        """Take how many repetitions were counted until now; None where nobody can tell, or for certain."""
        self.reps_live, noun = reps, "rise" if self.task.kind is TaskKind.SIT_TO_STAND else "repetition"
        unsure = "" if low is None or high is None else f"{low} to {high} {noun}s"
        self.shown = unsure if reps is None else counted(reps, noun)

    def stop(self, now_ns: int, why: str) -> None:
        """End it, whatever it is at."""
        if self.phase is Phase.RUNNING:
            result = f", {self.shown} so far" if self.shown else ""
            if self.task.patient:  # nobody's is not stored
                result += f"; `imutrack watch` or `imutrack report {self.task.patient}` has the result"
            self._end(now_ns, why, f"{self.what} is stopped", result)
        elif self.call_off():
            self._say(f"{self.what} had not begun yet: nothing to keep")

    def call_off(self) -> bool:
        """Let it not begin, where it has not; return whether that is so."""
        waits = self.phase in (Phase.CHECK, Phase.COUNTDOWN)
        if waits:
            self._over()
        return waits

    @property
    def _given_up_ns(self) -> int | None:
        if self.phase is not Phase.RUNNING or len(self._lost_ns) < len(self.straps) or self.start_ns is None:
            return None
        return max(*self._lost_ns.values(), self.start_ns) + round(self._params.lost_s * _NS)

    def _count_down(self, now_ns: int, countdown_s: float) -> None:
        self._check = None
        if countdown_s <= 0.0:
            self._go(now_ns)
            return
        self.phase, self.until_ns = Phase.COUNTDOWN, now_ns + round(countdown_s * _NS)
        self._say(f"{self.what} begins in {countdown_s:.0f} s: keep still until then")

    def _go(self, at_ns: int, *, moved: bool = False) -> None:
        course, told, away = self._course, self._told, self._lost_ns.keys()
        self.start_ns = told.in_order(at_ns - round(course.kept_s * _NS))
        self._moving = Moving(self.straps, course, self._params, self.start_ns, at_ns, away=away, moved=moved)
        self.phase, self.number = Phase.RUNNING, self._number()
        self.until_ns = None if course.lasts_s is None else at_ns + round(course.lasts_s * _NS)
        self._most_ns = None if course.most_s is None else self.start_ns + round(course.most_s * _NS)
        told.note(TaskStarted(at_ns=self.start_ns, number=self.number, task=self.task, straps=self.straps))
        timed = course.lasts_s is not None and not course.from_movement
        self._say(f"go: {self.what}" + (f", {course.lasts_s:.0f} s" if timed else ""))

    def _follow(self, moving: Moving, strap: str, motion: Motion) -> None:
        course = self._course
        if moving.take(strap, motion) and course.from_movement and course.lasts_s is not None:
            self.until_ns = (motion.began_ns or motion.at_ns) + round(course.lasts_s * _NS)
        if ceased := moving.ceased():
            self._end(ceased.at_ns, "ceased", f"{self.what} is over: {ceased.why}")

    def _end(self, at_ns: int, why: str, text: str, result: str = "") -> None:
        """End it; ``result`` is what is said besides where there will be one."""
        at_ns = max(at_ns, self._told.last_ns + 1)  # a stop that was noted lies within the set
        self._told.note(TaskStopped(at_ns=at_ns, number=self.number or 0, why=why, reps_live=self.reps_live))
        self.slip = is_slip(self.task.kind, self.start_ns or 0, at_ns)
        self._over()
        self._say(text + (self._slip_text(at_ns) if self.slip else result))

    def _slip_text(self, at_ns: int) -> str:
        lasted_s = (at_ns - (self.start_ns or 0)) / _NS
        said = f"; it lasted {lasted_s:.1f} s, too short to be measured: it needs {least_s(self.task.kind):g} s"
        if self.stop_noted and self.task.patient:
            said += f". The stop is in no result, `imutrack note {self.task.patient} --stop` keeps it"
        return said

    def _over(self) -> None:
        self.phase, self.until_ns, self._most_ns = Phase.OVER, None, None

    def _say(self, text: str, *, refused: bool = False) -> None:
        self._told.say(text, refused=refused, number=self.number)
