"""What is asked of the analyst's process, and what it answers."""

from dataclasses import dataclass
from pathlib import Path

from imutrack.capture.events import Event
from imutrack.collector.links.ring import Entry
from imutrack.collector.sets.looks import Look
from imutrack.results import NotAnalysed, Result

__all__ = ["Answer", "Finish", "Forget", "Item", "ListSets", "LookAt", "Looked", "Order", "SetFound", "SetResults"]

Item = Event | Entry
"""What a capture is told: events, and notifications in the order they came."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Look at a set as it stands at a moment of host time; ``over``: it ends there."""

    number: int
    now_ns: int
    over: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """Analyse a set that has ended."""

    number: int


@dataclass(frozen=True, slots=True)
class ListSets:
    """Say which sets a capture on disk holds."""


@dataclass(frozen=True, slots=True)
class Forget:
    """The capture is closed."""


Request = LookAt | Finish | ListSets | Forget


@dataclass(frozen=True, slots=True)
class Order:
    """What a capture was told since the last order, and what is wanted of it.

    Attributes:
        capture: where it lies.
        resume: what came before is to be read there.
        told: since then.
        request: what to do.
    """

    capture: Path
    resume: bool
    told: tuple[Item, ...]
    request: Request


@dataclass(frozen=True, slots=True)
class Looked:
    """A look, None where there is no such set, and what it cost, s of processor time."""

    look: Look | None
    cost_s: float


@dataclass(frozen=True, slots=True)
class SetFound:
    """A set of a capture: its number, whose it is, its content hash, and what was done, in running text."""

    number: int
    patient: str | None
    recording: str
    what: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SetResults:
    """What came of a set.

    Attributes:
        recording: content hash; empty where it could not be assembled.
        results, not_analysed: one or the other per sensor.
        error: why there is nothing, in words; empty where there is.
    """

    recording: str = ""
    results: tuple[Result, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    error: str = ""


Answer = Looked | SetResults | tuple[SetFound, ...] | None
