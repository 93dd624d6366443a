"""One recording: read it, analyse it, and say what came of it; whatever goes wrong is its own error."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from imutrack.errors import ImutrackError, RecordingError, SettingsError
from imutrack.flags import Flag, FlagCode
from imutrack.pipeline import analyse
from imutrack.recordings import FileGroup, ReadOptions, read_group
from imutrack.replay.labelling import Labels
from imutrack.replay.open_sets import is_being_done
from imutrack.results import NotAnalysed, Result
from imutrack.samples import Recording, StartSource

__all__ = ["Origin", "Replayed", "replay_group", "replay_recording"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """What is kept of a recording once it is analysed; its readings are not.

    Attributes:
        content_hash, start, start_source, format, sources, notes: as in `imutrack.samples.Recording`.
    """

    content_hash: str
    start: float | None
    start_source: StartSource
    format: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, recording: Recording) -> "Origin":
        """Take what is kept of a recording."""
        return cls(
            recording.content_hash,
            recording.start,
            recording.start_source,
            recording.format,
            recording.sources,
            recording.notes,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What came of one recording: its results, or the one-line error of what could not be read.

    Attributes:
        name: file or folder, for people.
        origin: None where it could not be read.
        results, not_analysed: one or the other per task and sensor.
        error: None where it was read and its labels fit.
    """

    name: str
    origin: Origin | None = None
    results: tuple[Result, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    error: str | None = None

    @classmethod
    def failed(cls, error: RecordingError) -> "Replayed":
        """Make one of an error whose message begins with the file."""
        return cls(str(error).split(": ", 1)[0], error=str(error))

    def started(self, start: float) -> "Replayed":
        """Return it with the start that its recording was first seen with, Unix epoch s."""
        if self.origin is None:
            return self
        source = StartSource.FILE_TIME
        return replace(
            self,
            origin=replace(self.origin, start=start, start_source=source),
            results=tuple(
                replace(
                    result,
                    start=start + result.start_s,
                    start_source=source,
                    flags=(*result.flags, Flag(FlagCode.FILE_TIME)),
                )
                for result in self.results
            ),
        )


def replay_group(
    group: FileGroup | RecordingError, options: ReadOptions, labels: Labels, split_rest_s: float | None
) -> Replayed:
    """Read and analyse the files of one recording.

    Raises:
        SettingsError: an option does not fit.
    """
    if isinstance(group, RecordingError):
        return Replayed.failed(group)
    return _guarded(str(group), lambda: _analysed(_read(group, options), labels, split_rest_s))


def replay_recording(recording: Recording, labels: Labels, split_rest_s: float | None) -> Replayed:
    """Analyse a recording that is read already."""
    return _guarded(recording.sources[0], partial(_analysed, recording, labels, split_rest_s))


def _read(group: FileGroup, options: ReadOptions) -> Recording:
    if any(is_being_done(source) for source in group.sources):
        raise RecordingError(f"{group}: is being captured now: replay it when the session is over")
    return read_group(group, options)


def _guarded(name: str, work: Callable[[], Replayed]) -> Replayed:
    """Do the work of one recording; what goes wrong in it, a bug of ours too, must not cost the others."""
    try:
        return work()
    except SettingsError:
        raise
    except ImutrackError as error:
        return Replayed(name, error=str(error))
    except MemoryError:
        return Replayed(name, error=f"{name}: needs more memory than there is: split the file")
    except Exception as error:
        log.debug("%s", name, exc_info=True)
        return Replayed(name, error=f"{name}: internal error ({error!r}); replay it alone with --debug and report it")


def _analysed(recording: Recording, labels: Labels, split_rest_s: float | None) -> Replayed:
    name = recording.sources[0]
    try:
        tasks = labels.tasks(recording)
    except SettingsError as error:
        return Replayed(name, Origin.of(recording), error=str(error))
    found = analyse(recording, tasks, split_rest_s=split_rest_s)
    return Replayed(
        name,
        Origin.of(recording),
        results=tuple(item for item in found if isinstance(item, Result)),
        not_analysed=tuple(item for item in found if isinstance(item, NotAnalysed)),
    )
