"""imutrack's own captures: each set is a recording, with its task, its patient and where each strap was worn.

What was stored when a set was done live is what comes out of it here: both are made by `imutrack.capture.assemble`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from imutrack.capture import FORMAT, MAGIC, SUFFIX, Outline, outline_of, recording_of_set
from imutrack.errors import RecordingError
from imutrack.recordings.files import Source
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.samples import Recording
from imutrack.task import LabelSource
from imutrack.words import SYNTHETIC

__all__ = ["IMUTRACK_CAPTURE", "no_set_in", "outline_now"]


def _sniff(head: Head) -> float:
    return 1.0 if head.beginning.startswith(MAGIC) or head.source.path.suffix == SUFFIX else 0.0


def _read(heads: Sequence[Head], _options: ReadOptions) -> Recording:
    source = heads[0].source
    capture = outline_now(source)
    if source.set_number is None:
        raise RecordingError(f"{source}: {no_set_in(capture)}")
    recording = recording_of_set(source.path, capture, source.set_number)
    made_up = any(task.label_source is LabelSource.SYNTHETIC for task in recording.tasks)
    return replace(recording, notes=(SYNTHETIC, *recording.notes)) if made_up else recording


def outline_now(source: Source) -> Outline:
    """Return the outline of a capture as it is now.

    Raises:
        RecordingError: it cannot be read.
    """
    if source.member is not None:
        raise RecordingError(f"{source}: a capture is not read within an archive: unpack it first")
    try:
        state = source.path.stat()
    except OSError as error:
        raise RecordingError(f"{source}: cannot be read ({error.strerror})") from error
    return _outline(source.path, (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino))


def no_set_in(capture: Outline) -> str:
    """Say that a capture holds no set; where something of it is missing, that might have told of one."""
    if not capture.notes:
        return "no set was done in it"
    return "; ".join(("as far as it can be read, no set was done in it", *capture.notes))


@lru_cache(maxsize=1)
def _outline(path: Path, _state: tuple[int, ...]) -> Outline:
    """Return the outline of a capture: of its sets one is read after the other, and it is the same for all."""
    return outline_of(path)


def _stem(source: Source) -> str:
    return str(source)


IMUTRACK_CAPTURE: Final = Reader(
    name="imutrack_capture",
    title=f"{FORMAT}: what the collector recorded (.mcap)",
    sniff=_sniff,
    read=_read,
    stem=_stem,
)
