"""Sets that are being done while their capture is replayed: half a set would be stored as one, beside the whole one.

A set counts as being done while the collector writes its capture and nothing in it says that the set has ended. The
collector is asked first and the capture read afterwards, so that a set that ends in between is read whole or left out.
"""

from collections.abc import Iterable

from imutrack.capture import events_of
from imutrack.capture.events import Closed, Event, TaskStarted, TaskStopped
from imutrack.capture.files import is_written
from imutrack.recordings.files import Source

__all__ = ["is_being_done"]


def is_being_done(source: Source) -> bool:
    """Whether a set of a capture is being done now.

    Raises:
        OSError: the capture cannot be opened.
        RecordingError: it cannot be read.
    """
    if source.set_number is None or not is_written(source.path):
        return False
    return not _has_ended(source.set_number, events_of(source.path))


def _has_ended(number: int, events: Iterable[Event]) -> bool:
    """Whether a set was stopped, its session ended, or one of its straps began another set."""
    straps: set[str] | None = None
    for event in events:
        match event:
            case TaskStarted() if event.number == number:
                straps = set(event.straps)
            case TaskStarted() if straps is not None and not straps.isdisjoint(event.straps):
                return True
            case TaskStopped() if event.number == number:
                return True
            case Closed():
                return True
            case _:
                pass
    return False
