"""What sessions tell: events for their captures, in the order of time, and lines for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from imutrack.capture.events import Event

__all__ = ["SERVICE_AWAY", "Outcome", "Said", "Told", "joined"]

SERVICE_AWAY: Final = "the Bluetooth service or its adapter is away: `systemctl status bluetooth`, `bluetoothctl list`"
"""Why nothing comes of any strap, wherever somebody may look for it."""


class Said(NamedTuple):
    """A line for people.

    Attributes:
        session: number of the session; 0 is none.
        text: the line.
        refused: what was asked for does not happen.
        patient: whose session it is; None where it is nobody's, or none.
        number: of the set it is about; None where it is about none that has begun.
    """

    session: int
    text: str
    refused: bool = False
    patient: str | None = None
    number: int | None = None

    @property
    def event(self) -> dict[str, Any]:
        """As those who watch are told it."""
        return {
            "said": self.text,
            "session": self.session,
            "patient": self.patient,
            "number": self.number,
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command, a movement or the passing of time.

    Attributes:
        events: number of the session, and an event for its capture; in order for each session. A `SessionStarted` asks
            for a new capture, a `Closed` ends it.
        said: lines for whoever asked or watches.
    """

    events: tuple[tuple[int, Event], ...] = ()
    said: tuple[Said, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether something that was asked for does not happen."""
        return any(line.refused for line in self.said)


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """Return one outcome after the other."""
    outcomes = tuple(outcomes)
    return Outcome(
        tuple(event for each in outcomes for event in each.events),
        tuple(line for each in outcomes for line in each.said),
    )


class Told:
    """Gathers what one session tells until it is taken.

    Args:
        session: its number.
        patient: pseudonym; None for nobody's.
    """

    __slots__ = ("_events", "_said", "last_ns", "patient", "session")

    def __init__(self, session: int, patient: str | None = None) -> None:
        self.session, self.patient = session, patient
        self.last_ns = 0
        self._events: list[Event] = []
        self._said: list[Said] = []

    def in_order(self, at_ns: int) -> int:
        """Return a moment that does not lie before the last event."""
        return max(at_ns, self.last_ns)

    def note(self, event: Event) -> None:
        """Take an event, made with a moment of `in_order`."""
        self.last_ns = event.at_ns
        self._events.append(event)

    def say(self, text: str, *, refused: bool = False, number: int | None = None) -> None:
        """Take a line for people; ``number`` of the set it is about."""
        self._said.append(Said(self.session, text, refused, self.patient, number))

    def take(self) -> Outcome:
        """Return what was told since the last time."""
        outcome = Outcome(tuple((self.session, event) for event in self._events), tuple(self._said))
        self._events.clear()
        self._said.clear()
        return outcome
