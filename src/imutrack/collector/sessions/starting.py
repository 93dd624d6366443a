"""How a set is begun in a session: which straps send, whether the set-up is to be checked, what is forced."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace

from imutrack.clinic.plans import PlanItem
from imutrack.collector.sessions.courses import TaskParams, auto_course, course_of
from imutrack.collector.sessions.next_item import DoneItem
from imutrack.collector.sessions.session import Session
from imutrack.collector.sessions.set_up import SetUpCheck, SetUpParams, to_check
from imutrack.collector.sessions.tasks import Doing
from imutrack.collector.sessions.wanted import Wanted
from imutrack.errors import SettingsError
from imutrack.flags import Flag, FlagCode
from imutrack.task import Task

__all__ = ["Clinic", "SessionParams", "Starting", "begin", "begin_auto", "forced"]


@dataclass(frozen=True, slots=True)
class Clinic:
    """What sessions ask of the clinic.

    Attributes:
        patient: returns the pseudonym that was typed; raises `SettingsError` where nobody has it.
        plan: items of the version of a patient's plan that is in force today, in its order; none without a plan.
        done_today: exercise or trial and side of each result of a patient that is stored for today.
    """

    patient: Callable[[str], str]
    plan: Callable[[str], Sequence[PlanItem]]
    done_today: Callable[[str], Iterable[DoneItem]]


@dataclass(frozen=True, slots=True)
class SessionParams:
    """How sessions run.

    Attributes:
        task: of all tasks.
        set_up: of the set-up check.
        idle_s: without a set, a movement in one, or a word of anybody, until a session is over by itself: gaps within a
            session are under 60 min, and a strap that was put away must not go on into a patient's capture.
        stop_late_s: after the end of a set, for which a stop that is noted may have been meant: who feels something in
            the last repetition, says so, and is heard, takes less than a minute.
    """

    idle_s: float = 3600.0
    stop_late_s: float = 60.0
    task: TaskParams = field(default_factory=TaskParams)
    set_up: SetUpParams = field(default_factory=SetUpParams)


@dataclass(frozen=True, slots=True)
class Starting:
    """What every start of a set needs.

    Attributes:
        sends: straps that send now; it changes with them.
        number: gives the number of a set that begins.
        params: how sessions run.
        away: why no strap can send, a line for people; empty where each may.
    """

    sends: Set[str]
    number: Callable[[], int]
    params: SessionParams
    away: Callable[[], str]


def begin(session: Session, wanted: Wanted, starting: Starting, now_ns: int, *, force: bool) -> None:
    """Begin a set.

    Args:
        session: whose.
        wanted: what is to be done.
        starting: what every start needs.
        now_ns: host time.
        force: without a set-up check, and although a strap does not send; the result says that it was not checked.

    Raises:
        SettingsError: a strap of it does not send.
    """
    silent = set(wanted.straps) - starting.sends
    if silent and not force:
        why = starting.away() or "is it switched on and near? Wait for it, or start with --force"
        raise SettingsError(f"strap {' and '.join(sorted(silent))} does not send: {why}")
    unsure = to_check(session.worn, wanted.straps, wanted.task.side)
    unchecked = not unsure <= session.checked
    check = None
    if unchecked and not force:
        check = SetUpCheck(unsure, session.worn, session.patient or "", now_ns, starting.params.set_up)
    doing = Doing(
        forced(wanted.task) if unchecked and force else wanted.task,
        wanted.straps,
        course_of(wanted.task, wanted.item, starting.params.task),
        session.told,
        starting.number,
        passed=session.checked.update,
        item=wanted.item,
        params=starting.params.task,
    )
    session.doing.append(doing)
    doing.begin(now_ns, check=check, silent=silent)


def begin_auto(nobody: Session, strap: str, began_ns: int, starting: Starting) -> None:
    """Begin a set of nobody with a strap that began to move, where it has none yet."""
    if any(strap in each.straps for each in nobody.doing):
        return
    course = auto_course(starting.params.task)
    doing = Doing(Task(), (strap,), course, nobody.told, starting.number, params=starting.params.task)
    nobody.doing.append(doing)
    doing.begin_moving(began_ns)


def forced(task: Task) -> Task:
    """Return the task of a set whose set-up was not checked."""
    return replace(task, flags=(*task.flags, Flag(FlagCode.SET_UP_FORCED)))
