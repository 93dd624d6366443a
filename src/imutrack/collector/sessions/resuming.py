"""Sessions that a crash or a restart cut off go on by themselves: the same people with the same straps.

A capture whose session was ended says so; one that does not, and was written to a moment ago, is of a session that was
open when the collector was ended or killed, or the power failed. Its set ended with it; what was captured of that is
finished like any other (`imutrack.collector.sets.unfinished`). Of several captures of a patient the last one counts.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from imutrack.capture import events_of
from imutrack.capture.events import Closed, SessionStarted, TaskStarted, TaskStopped, Worn
from imutrack.capture.files import capture_files
from imutrack.collector.sessions.session import RESUMED_S
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.told import Outcome
from imutrack.collector.sessions.wearing import WornAt
from imutrack.errors import ImutrackError, RecordingError

__all__ = ["CutOff", "Note", "cut_off", "resume", "standing"]

log = logging.getLogger(__name__)

_NOTED_S: Final = 3600.0  # then whoever was there has gone home, or began anew


@dataclass(slots=True)
class CutOff:
    """A session that was open when the collector ended.

    Attributes:
        patient: pseudonym.
        began_ns: host time.
        worn: strap -> where.
        doing: numbers of the sets that were being done.
    """

    patient: str
    began_ns: int
    worn: dict[str, WornAt] = field(default_factory=dict)
    doing: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Note:
    """What is told of a session that was cut off to people who come to watch later.

    Attributes:
        text: for people.
        patient: pseudonym.
        session: number of the session that goes on; None where it does not.
        since_s: monotonic time.
    """

    text: str
    patient: str
    session: int | None = None
    since_s: float = field(default_factory=time.monotonic)


def cut_off(folder: Path, now_s: float, not_these: Collection[Path] = ()) -> list[CutOff]:
    """Return the sessions that were cut off a moment ago, in the order they began.

    Args:
        folder: of the captures.
        now_s: Unix epoch s.
        not_these: captures that are being written.
    """
    last: dict[str, tuple[CutOff, bool]] = {}
    for path in capture_files(folder):
        try:
            if path in not_these or abs(now_s - path.stat().st_mtime) > RESUMED_S:
                continue
            found, closed = _read(path)
        except (RecordingError, OSError):
            continue  # damaged, or gone meanwhile: the others go on, and whoever finishes what was left says so
        if found is not None and (found.patient not in last or last[found.patient][0].began_ns < found.began_ns):
            last[found.patient] = found, closed
    return sorted((found for found, closed in last.values() if not closed), key=lambda found: found.began_ns)


def resume(
    found: Iterable[CutOff], sessions: Sessions, decide: Callable[[Callable[[int], Outcome]], Outcome]
) -> list[Note]:
    """Start the sessions anew that were cut off; return what people are told of it.

    Args:
        found: of `cut_off`.
        sessions: decide.
        decide: has carried out what they decide.
    """
    said = list[Note]()
    for each in found:
        try:
            decide(partial(sessions.resume, each.patient, each.worn))
        except ImutrackError as error:  # meanwhile somebody else has a strap, or the settings name it no more
            log.warning("a session that was cut off does not go on by itself: start it anew")
            text = f"the session of {each.patient} was cut off and does not go on: {error}"
            said.append(Note(text, each.patient))
            continue
        log.info("a session that was cut off goes on, with strap %s", ", ".join(sorted(each.worn)))
        text = f"the collector was started anew: the session of {each.patient} goes on"
        text += "; the set ended with it, `imutrack task start` begins the next" if each.doing else ""
        said.append(Note(text, each.patient, _number_of(each.patient, sessions)))
    return said


def standing(notes: Iterable[Note], sessions: Sessions, now_s: float) -> list[Note]:
    """Return the notes that still say something: the session goes on, or nobody has begun it anew for a while.

    Args:
        notes: of `resume`.
        sessions: that are open now.
        now_s: monotonic time.
    """
    return [
        note
        for note in notes
        if _number_of(note.patient, sessions) == note.session
        and (note.session is not None or now_s - note.since_s < _NOTED_S)
    ]


def _number_of(patient: str, sessions: Sessions) -> int | None:
    return next((session.number for session in sessions.sessions if session.patient == patient), None)


def _read(path: Path) -> tuple[CutOff | None, bool]:
    found, closed = None, False
    for event in events_of(path):
        match event:
            case SessionStarted(patient=str(patient)):
                found = CutOff(patient, event.at_ns)
            case Worn() if found is not None:
                where = WornAt(event.placement, event.side)
                found.worn = {strap: other for strap, other in found.worn.items() if other != where}
                found.worn[event.strap] = where
            case TaskStarted() if found is not None:
                found.doing.add(event.number)
            case TaskStopped() if found is not None:
                found.doing.discard(event.number)
            case Closed():
                closed = True
            case _:
                pass
    return found, closed
