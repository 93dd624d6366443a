"""The native capture: what came over the radio, byte for byte, and what was done meanwhile.

A capture is an MCAP file: one topic for each characteristic of each strap, with blocks of undecoded notifications and
their host times, and one for events. It is readable up to the last half second before the collector ended, however it
ended.
"""

from pathlib import Path

from imutrack.capture.assembling import FORMAT, assemble, hash_of
from imutrack.capture.blocks import Arrival
from imutrack.capture.events import Opened, TaskStarted
from imutrack.capture.reading import MAGIC, Capture, Outline, arrivals_of, events_of, outline_of, read_capture
from imutrack.capture.sets import CapturedSet, sets_of
from imutrack.capture.writing import SUFFIX, Writer, new_name

__all__ = [
    "FORMAT",
    "MAGIC",
    "SUFFIX",
    "Arrival",
    "Capture",
    "CapturedSet",
    "Outline",
    "TaskStarted",
    "Writer",
    "arrivals_of",
    "assemble",
    "captured_sets",
    "events_of",
    "hash_of",
    "new_name",
    "outline_of",
    "read_capture",
    "sets_of",
    "timezone_of",
]


def captured_sets(path: Path) -> tuple[Capture, list[CapturedSet]]:
    """Read a capture and find its sets.

    Raises:
        RecordingError: it cannot be read.
    """
    capture = read_capture(path)
    return capture, sets_of(capture.events, capture.end_ns)


def timezone_of(capture: Outline) -> str | None:
    """Return the time zone of the clinic that captured it."""
    return next((event.timezone for event in capture.events if isinstance(event, Opened)), None)
