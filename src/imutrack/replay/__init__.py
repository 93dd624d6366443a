"""Replay: recorded files -> recordings -> results -> the local store; one bad file never stops the others."""

from collections.abc import Generator, Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path

from imutrack.errors import RecordingError
from imutrack.recordings import FileGroup, ReadOptions, find_recordings, read
from imutrack.replay.labelling import Labels
from imutrack.replay.processes import in_processes
from imutrack.replay.work import Origin, Replayed, replay_group, replay_recording
from imutrack.stores.local import LocalStore, Replaced

__all__ = ["Labels", "Origin", "Replayed", "replay", "store_results"]


def replay(
    paths: Sequence[Path],
    options: ReadOptions,
    labels: Labels,
    *,
    split_rest_s: float | None = None,
    store: LocalStore | None = None,
    jobs: int = 1,
) -> Generator[Replayed, None, None]:
    """Read and analyse recorded files, a recording at a time, in their order.

    Args:
        paths: files, folders and archives.
        options: what the files do not say.
        labels: what the stretches of each recording are.
        split_rest_s: cut exercise sets at rests of this many seconds.
        store: gives recordings without a start the one they were first seen with.
        jobs: processes.

    Raises:
        SettingsError: an option does not fit.
    """
    if options.together:
        for found in read(paths, options):
            if isinstance(found, RecordingError):
                yield Replayed.failed(found)
            else:
                yield replay_recording(found, labels, split_rest_s)
        return
    groups = find_recordings(paths, options)
    starts = [None if isinstance(group, RecordingError) else _file_time(group) for group in groups]
    work = partial(replay_group, options=options, labels=labels, split_rest_s=split_rest_s)
    done = map(work, groups) if jobs == 1 or len(groups) < 2 else in_processes(work, groups, jobs, _lost)
    for replayed, start in zip(done, starts, strict=True):
        yield _with_start(replayed, start, store)


def store_results(replayed: Replayed, store: LocalStore, *, clinic: str, zone: tzinfo) -> Replaced | None:
    """Make the results of a recording the only ones stored of it; None where there is nothing to store.

    A recording of which nothing could be analysed leaves what is stored of it as it is.
    """
    if replayed.origin is None or not any(result.task.patient for result in replayed.results):
        return None
    return store.replace(replayed.origin.content_hash, replayed.results, clinic=clinic, zone=zone)


def _lost(group: FileGroup | RecordingError) -> Replayed:
    return Replayed(str(group), error=f"{group}: the process that read it died; read it alone to see why")


def _file_time(group: FileGroup) -> float | None:
    try:
        return group.sources[0].path.stat().st_mtime
    except OSError:
        return None


def _with_start(replayed: Replayed, file_time: float | None, store: LocalStore | None) -> Replayed:
    """Give results without a wall clock the start their recording was first seen with."""
    origin = replayed.origin
    if origin is None or origin.start is not None or store is None or file_time is None or not replayed.results:
        return replayed
    return replayed.started(store.start_of(origin.content_hash, file_time))
