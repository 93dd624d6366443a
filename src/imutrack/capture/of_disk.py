"""The sets of a capture that lies on the disk, one in memory at a time: live, replayed, listed and reviewed alike."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from imutrack.capture.assembling import assemble, hash_of
from imutrack.capture.events import Opened
from imutrack.capture.outline import Outline
from imutrack.capture.reading import arrivals_of
from imutrack.capture.sets import CapturedSet, sets_of
from imutrack.errors import RecordingError
from imutrack.samples import Recording

__all__ = ["hashes_of", "recording_of_set", "sets_in", "timezone_of"]


def timezone_of(capture: Outline) -> str | None:
    """Return the time zone of the clinic that captured it; None where that is lost."""
    return next((event.timezone for event in capture.events if isinstance(event, Opened)), None)


def sets_in(capture: Outline) -> list[CapturedSet]:
    """Return the sets of a capture in the order they began."""
    return sets_of(capture.events, capture.end_ns, capture.damage)


def recording_of_set(path: Path, capture: Outline, number: int) -> Recording:
    """Return the recording of one set of a capture, with its task and what could not be read of either.

    Args:
        path: of the capture.
        capture: its outline.
        number: of the set.

    Raises:
        RecordingError: there is no such set, no strap of it sent a reading, or the file cannot be read.
    """
    source = f"{path}: set {number}"
    found = next((each for each in sets_in(capture) if each.number == number), None)
    if found is None:
        raise RecordingError(f"{source}: no such set is in it")
    arrivals = arrivals_of(path, capture, found.start_ns, found.stop_ns)
    recording = assemble(found, arrivals, timezone=timezone_of(capture), source=source)
    return replace(recording, notes=(*capture.notes, *recording.notes))


def hashes_of(path: Path, capture: Outline) -> Iterator[tuple[CapturedSet, str]]:
    """Yield the sets of a capture, each with the hash of its content.

    Raises:
        RecordingError: the file cannot be read.
    """
    for found in sets_in(capture):
        yield found, hash_of(found, arrivals_of(path, capture, found.start_ns, found.stop_ns))
