"""What a capture says besides the notifications: who wore what, which sets were done, what happened to the links.

Times are host nanoseconds: the wall clock when the capture was begun, and the monotonic clock since, so that they never
step. An event of a kind that this version does not know is left out when a capture is read.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from imutrack.task import Side, Task

__all__ = [
    "VERSION",
    "Closed",
    "Connected",
    "Disconnected",
    "Event",
    "Lost",
    "Opened",
    "SessionStarted",
    "StopNoted",
    "TaskStarted",
    "TaskStopped",
    "Worn",
    "decode_event",
    "encode_event",
]

VERSION: Final = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """Something that happened at a moment of host time, ns."""

    at_ns: int


class Opened(Event, frozen=True, tag="opened"):
    """The capture was begun, by which software, in which clinic and time zone."""

    version: int
    software: str
    clinic: str
    timezone: str


class Closed(Event, frozen=True, tag="closed"):
    """The session was ended; without it it goes on in another capture when the collector is back soon."""


class Connected(Event, frozen=True, tag="connected"):
    """A strap was connected and set up; what it sends from here on is decoded by this."""

    strap: str
    wearable: str
    settings: Mapping[str, Any]
    facts: Mapping[str, bytes]


class Disconnected(Event, frozen=True, tag="disconnected"):
    """The link to a strap ended."""

    strap: str
    reason: str


class Lost(Event, frozen=True, tag="lost"):
    """The collector itself lost notifications of a strap, because it could not keep up."""

    strap: str
    notifications: int


class Worn(Event, frozen=True, tag="worn"):
    """A strap was put on.

    Attributes:
        strap: its label.
        placement: where.
        side: left or right; None where nobody said, and on the trunk.
        axes: how its axes lie on the upright wearer, as `imutrack.samples.AxisMap.parse` reads it; empty where nobody
            said.
    """

    strap: str
    placement: str
    axes: str = ""
    side: Side | None = None


class SessionStarted(Event, frozen=True, tag="session_started"):
    """Everything from here on is a patient's; nobody's where the patient is not known."""

    patient: str | None


class TaskStarted(Event, frozen=True, tag="task_started"):
    """A set, trial or test began, seen by these straps."""

    number: int
    task: Task
    straps: tuple[str, ...]


class TaskStopped(Event, frozen=True, tag="task_stopped"):
    """It ended.

    Attributes:
        number: of the task.
        why: ``typed``, ``ceased`` (the movement did), ``time`` (the trial's time was over) or ``ended`` (the session
            or the collector did).
        reps_live: what was counted while it ran; None where nothing was, or nobody could tell.
    """

    number: int
    why: str
    reps_live: int | None = None


class StopNoted(Event, frozen=True, tag="stop_noted"):
    """The patient stopped because something felt wrong: typed, or by the button of a strap.

    Attributes:
        source: who said so.
        strap: only the sets that it sees are marked; empty where all are.
    """

    source: str
    strap: str = ""


_ANY: Final = (
    Opened | Closed | Connected | Disconnected | Lost | Worn | SessionStarted | TaskStarted | TaskStopped | StopNoted
)
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(_ANY)


def encode_event(event: Event) -> bytes:
    """Return an event as JSON."""
    return _ENCODER.encode(event)


def decode_event(line: bytes) -> Event | None:
    """Return the event that `encode_event` wrote; None where it is of a kind that is not known."""
    try:
        event: Event = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a value that does not fit is a DecodeError too
        return None
    return event
