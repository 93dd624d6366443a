"""A short capture read whole, as no program may: of a long one that is more than there is memory for."""

from dataclasses import dataclass, field
from pathlib import Path

from imutrack.capture import Arrival, CapturedSet, Outline, arrivals_of, outline_of, sets_in


@dataclass(slots=True)
class Capture(Outline):
    """An outline, and the notifications by strap and characteristic."""

    arrivals: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)


def read_capture(path: Path) -> Capture:
    """Read a capture whole."""
    outline = outline_of(path)
    said = {name: getattr(outline, name) for name in Outline.__slots__}
    return Capture(**said, arrivals=arrivals_of(path, outline, 0, 1 << 63))


def captured_sets(path: Path) -> tuple[Capture, list[CapturedSet]]:
    """Read a capture whole and find its sets."""
    capture = read_capture(path)
    return capture, sets_in(capture)
