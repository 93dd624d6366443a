"""Replay: recorded files -> recordings -> results -> the local store; one bad file never stops the others."""

import logging
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from imutrack.errors import ImutrackError, RecordingError, SettingsError
from imutrack.flags import Flag, FlagCode
from imutrack.marks import Marks
from imutrack.pipeline import analyse
from imutrack.recordings import FileGroup, ReadOptions, find_recordings, read, read_group
from imutrack.results import NotAnalysed, Result
from imutrack.samples import Recording, StartSource
from imutrack.stores.local import LocalStore, Replaced
from imutrack.task import Task

__all__ = ["Labels", "Replayed", "replay", "store_results"]


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Labels:
    """What the stretches of recordings are: the rows of a marks file, and what was typed for all of them.

    Attributes:
        typed: holds for recordings that no row names; its patient, side and the like also fill what a row leaves open.
        marks: None where there is no marks file.
        tz: zone of times without one.
    """

    typed: Task
    marks: Marks | None = None
    tz: str | None = None

    @property
    def patients(self) -> set[str]:
        """Everybody who is named."""
        tasks = [self.typed, *(mark.task for mark in (self.marks.rows if self.marks else ()))]
        return {task.patient for task in tasks if task.patient is not None}

    def tasks(self, recording: Recording) -> list[Task]:
        """Return the tasks of a recording.

        Raises:
            SettingsError: a row does not fit it.
        """
        marked = self.marks.tasks(recording, self.tz) if self.marks else ()
        return [self._filled(task) for task in marked] or [self.typed]

    def renamed(self, names: Mapping[str, str]) -> "Labels":
        """Return the labels with each patient under the name that ``names`` gives."""
        if self.marks is None:
            return replace(self, typed=_renamed(self.typed, names))
        rows = tuple(replace(mark, task=_renamed(mark.task, names)) for mark in self.marks.rows)
        return replace(self, typed=_renamed(self.typed, names), marks=replace(self.marks, rows=rows))

    def unused(self, recordings: Iterable[Recording]) -> tuple[str, ...]:
        """Return the files that are marked but not among the recordings."""
        return self.marks.unused(recordings) if self.marks else ()

    def _filled(self, task: Task) -> Task:
        typed = self.typed
        return replace(
            task,
            patient=task.patient or typed.patient,
            side=task.side or typed.side,
            placement=task.placement or typed.placement,
            setting=task.setting or typed.setting,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What came of one recording: its results, or the one-line error of what could not be read.

    Attributes:
        name: file or folder, for people.
        recording: None where it could not be read.
        results, not_analysed: one or the other per task and sensor.
        error: None where it was read.
    """

    name: str
    recording: Recording | None = None
    results: tuple[Result, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    error: str | None = None


def _renamed(task: Task, names: Mapping[str, str]) -> Task:
    return task if task.patient is None else replace(task, patient=names[task.patient])


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
                yield _failed(found)
            else:
                yield _guarded(found.sources[0], partial(_analysed, found, labels, split_rest_s))
        return
    groups = find_recordings(paths, options)
    starts = [None if isinstance(group, RecordingError) else _file_time(group) for group in groups]
    work = partial(_one, options=options, labels=labels, split_rest_s=split_rest_s)
    done = map(work, groups) if jobs == 1 or len(groups) < 2 else _in_processes(work, groups, jobs)
    for replayed, start in zip(done, starts, strict=True):
        yield _with_start(replayed, start, store)


def store_results(replayed: Replayed, store: LocalStore, *, clinic: str, zone: tzinfo) -> Replaced | None:
    """Make the results of a recording the only ones stored of it; None where there is nothing to store.

    A recording of which nothing could be analysed leaves what is stored of it as it is.
    """
    if replayed.recording is None or not any(result.task.patient for result in replayed.results):
        return None
    return store.replace(replayed.recording.content_hash, replayed.results, clinic=clinic, zone=zone)


def _one(
    group: FileGroup | RecordingError, options: ReadOptions, labels: Labels, split_rest_s: float | None
) -> Replayed:
    if isinstance(group, RecordingError):
        return _failed(group)
    return _guarded(str(group), lambda: _analysed(read_group(group, options), labels, split_rest_s))


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
        return Replayed(name, recording, error=str(error))
    found = analyse(recording, tasks, split_rest_s=split_rest_s)
    return Replayed(
        name,
        recording,
        results=tuple(item for item in found if isinstance(item, Result)),
        not_analysed=tuple(item for item in found if isinstance(item, NotAnalysed)),
    )


def _failed(error: RecordingError) -> Replayed:
    return Replayed(str(error).split(": ", 1)[0], error=str(error))


def _file_time(group: FileGroup) -> float | None:
    try:
        return group.sources[0].path.stat().st_mtime
    except OSError:
        return None


def _with_start(replayed: Replayed, file_time: float | None, store: LocalStore | None) -> Replayed:
    """Give results without a wall clock the start their recording was first seen with."""
    recording = replayed.recording
    if recording is None or recording.start is not None or store is None or file_time is None or not replayed.results:
        return replayed
    start = store.start_of(recording.content_hash, file_time)
    source = StartSource.FILE_TIME
    return replace(
        replayed,
        recording=replace(recording, start=start, start_source=source),
        results=tuple(
            replace(
                result,
                start=start + result.start_s,
                start_source=source,
                flags=(*result.flags, Flag(FlagCode.FILE_TIME)),
            )
            for result in replayed.results
        ),
    )


def _in_processes(
    work: Callable[[FileGroup | RecordingError], Replayed], groups: Sequence[FileGroup | RecordingError], jobs: int
) -> Iterator[Replayed]:
    """Work on groups in ``jobs`` processes; a group that kills its process is named, and the others are done."""
    left = list(groups)
    while left:
        with _pool(min(jobs, len(left))) as pool:
            with _no_interrupts():
                futures = [pool.submit(work, group) for group in left]
            try:
                for future in futures:
                    result = future.result()
                    left.pop(0)
                    yield result
            except BrokenProcessPool:
                yield _alone(work, left.pop(0))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for the rest after Ctrl-C


def _alone(work: Callable[[FileGroup | RecordingError], Replayed], group: FileGroup | RecordingError) -> Replayed:
    """Try once more in a process of its own, so that only the culprit is lost."""
    with _pool(1) as pool:
        try:
            with _no_interrupts():
                future = pool.submit(work, group)
            return future.result()
        except BrokenProcessPool:
            return Replayed(str(group), error=f"{group}: the process that read it died; read it alone to see why")


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_DFL)
    )


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start processes that are deaf to Ctrl-C until they can end without a traceback; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
