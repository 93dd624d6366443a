"""What a capture that is being written was told, and the analyst's process was not yet.

It waits here until the next order for that capture, so that nothing is sent twice. What belongs to no set is not sent
at all, but for the last seconds, since a set may begin in the past. Where the process cannot have been told everything,
it reads the capture.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from imutrack.capture.events import Event, Lost, TaskStarted, TaskStopped
from imutrack.collector.links.ring import Entry
from imutrack.collector.sets.orders import Item

__all__ = ["NO_LIFE", "Untold"]

NO_LIFE: Final = -1
"""The life of no process: what came before is read from the capture."""

_ENDLESS_NS: Final = 1 << 63
_RECENT_NS: Final = 10_000_000_000  # a set begins up to five seconds before it is seen to, with what is kept before it
_MOST: Final = 1_000_000  # notifications of one set: two hours of two straps at 60 Hz, 0.3 GB in both processes


@dataclass(slots=True)
class Untold:
    """A capture that is being written: what the analyst was not told yet, and which of its lives was told the rest.

    Attributes:
        told: not yet sent.
        lives: None before anything was sent.
        begun: the straps of the sets that are being done.
        until_ns: of each strap that was in a set: notifications from here on belong to none.
        count: notifications told since a first set began.
        too_long: they became too many to be kept in memory.
        recent: the last of each strap, whether told or not: a set may begin in the past.
        forgotten_ns: of each strap, when the last of those came that are not among its recent ones any more.
    """

    told: list[Item] = field(default_factory=list)
    lives: int | None = None
    begun: dict[int, tuple[str, ...]] = field(default_factory=dict)
    until_ns: dict[str, int] = field(default_factory=dict)
    count: int = 0
    too_long: bool = False
    recent: dict[str, deque[Entry]] = field(default_factory=dict)
    forgotten_ns: dict[str, int] = field(default_factory=dict)

    def say(self, event: Event) -> None:
        """Take an event."""
        self.told.append(event)
        if isinstance(event, TaskStarted):
            if not self.begun:
                self.count = 0
                self.lives = NO_LIFE if self.too_long else self.lives
                self.too_long = False
            self.begun[event.number] = event.straps
            self.until_ns.update(dict.fromkeys(event.straps, _ENDLESS_NS))
            self._tell_recent(event)
        elif isinstance(event, TaskStopped):
            self.until_ns.update(dict.fromkeys(self.begun.pop(event.number, ()), event.at_ns))
        elif isinstance(event, Lost):
            self.lives = NO_LIFE  # of what was told here, the capture may lack some: it is what counts

    def hear(self, entries: Iterable[Entry]) -> None:
        """Take notifications, as far as they belong to a set."""
        kept = list[Entry]()
        for entry in entries:
            if entry[2] < self.until_ns.get(entry[0], 0):
                kept.append(entry)
            self._remember(entry)
        self.count += len(kept)
        self.too_long |= self.count > _MOST
        if self.too_long:
            self.told.clear()
        else:
            self.told += kept

    def _remember(self, entry: Entry) -> None:
        recent = self.recent.setdefault(entry[0], deque())
        recent.append(entry)
        while recent[0][2] < entry[2] - _RECENT_NS:
            self.forgotten_ns[entry[0]] = recent.popleft()[2]

    def _tell_recent(self, task: TaskStarted) -> None:
        """Tell what came of a set before it was said to have begun; what is no longer there is read on disk."""
        if any(self.forgotten_ns.get(strap, -1) >= task.at_ns for strap in task.straps):
            self.lives = NO_LIFE
        came = [entry for strap in task.straps for entry in self.recent.get(strap, ()) if entry[2] >= task.at_ns]
        came.sort(key=lambda entry: entry[2])
        self.told += came
