"""imutrack's own captures: each set is a recording, with its task, its patient and where each strap was worn.

What was stored when a set was done live is what comes out of it here: both go through `imutrack.capture.assemble`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from imutrack.capture import FORMAT, MAGIC, assemble, captured_sets, timezone_of
from imutrack.errors import RecordingError
from imutrack.recordings.files import Source
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.samples import Recording
from imutrack.task import LabelSource
from imutrack.words import SYNTHETIC

__all__ = ["IMUTRACK_CAPTURE"]


def _sniff(head: Head) -> float:
    return 1.0 if head.beginning.startswith(MAGIC) else 0.0


def _read(heads: Sequence[Head], _options: ReadOptions) -> Recording:
    source = heads[0].source
    capture, sets = captured_sets(source.path)
    found = next((each for each in sets if each.number == source.set_number), None)
    if found is None:
        raise RecordingError(f"{source}: no set was done in it")
    recording = assemble(found, capture.arrivals, timezone=timezone_of(capture), source=str(source))
    made_up = (SYNTHETIC,) if found.task.label_source is LabelSource.SYNTHETIC else ()
    return replace(recording, notes=(*made_up, *capture.notes, *recording.notes))


def _stem(source: Source) -> str:
    return str(source)


IMUTRACK_CAPTURE: Final = Reader(
    name="imutrack_capture",
    title=f"{FORMAT}: what the collector recorded (.mcap)",
    sniff=_sniff,
    read=_read,
    stem=_stem,
)
