"""``--marks FILE.csv``: what the stretches of recordings are, one row per stretch.

Columns: ``file`` and any of ``start, end, patient, task, exercise, trial, side, placement, setting``. Start and end are
seconds from the recording's start or wall-clock times (ISO 8601); empty means its beginning or end.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Final

from imutrack.errors import SettingsError
from imutrack.labels import labelled_task
from imutrack.samples import Recording
from imutrack.task import LabelSource, Task
from imutrack.zones import local_to_epoch

__all__ = ["COLUMNS", "Mark", "Marks", "read_marks"]

COLUMNS: Final = (
    "file",
    "start",
    "end",
    "patient",
    "task",
    "exercise",
    "trial",
    "side",
    "placement",
    "setting",
)
OUTSIDE_S: Final = 1.0  # wall clocks and hand-written marks may miss the ends of a recording by this much

Moment = float | datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """One row: the file it is for, its stretch, and the task without times."""

    row: int
    file: str
    start: Moment
    end: Moment
    task: Task


@dataclass(frozen=True, slots=True)
class Marks:
    """The rows of a marks file."""

    path: Path
    rows: tuple[Mark, ...]

    def tasks(self, recording: Recording, tz: str | None = None) -> tuple[Task, ...]:
        """Return the tasks of a recording, in the order of the rows; empty where no row names one of its files.

        Args:
            recording: wall-clock times are put on its clock.
            tz: zone of times without one, where the recording states none either.

        Raises:
            SettingsError: a stretch does not lie in the recording or in another one, or a wall-clock time cannot be
                put on its clock.
        """
        named = [mark for mark in self.rows if _names(mark.file, recording.sources)]
        tasks = tuple(self._task(mark, recording, tz) for mark in named)
        self._check_apart(named, tasks, recording.duration_s)
        return tasks

    def _check_apart(self, named: Sequence[Mark], tasks: Sequence[Task], duration_s: float) -> None:
        """Refuse two rows of one stretch and one placement: the same movement would count twice."""
        spans = [(task.start_s or 0.0, duration_s if task.stop_s is None else task.stop_s) for task in tasks]
        order = sorted(range(len(tasks)), key=lambda index: spans[index])
        for place, one in enumerate(order):
            for other in order[place + 1 :]:
                shared_s = min(spans[one][1], spans[other][1]) - spans[other][0]
                if shared_s <= OUTSIDE_S:
                    break
                if tasks[one].placement == tasks[other].placement:
                    rows = sorted((named[one].row, named[other].row))
                    raise SettingsError(
                        f"{self.path}, rows {rows[0]} and {rows[1]}: {shared_s:.1f} s stand in both, and would count "
                        "twice: correct start or end"
                    )

    def unused(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Return the files that are marked but not among the files that were read."""
        sources = list(sources)
        return tuple(dict.fromkeys(mark.file for mark in self.rows if not _names(mark.file, sources)))

    def _task(self, mark: Mark, recording: Recording, tz: str | None) -> Task:
        start_s = self._seconds(mark, "start", mark.start, recording, tz)
        stop_s = self._seconds(mark, "end", mark.end, recording, tz)
        if start_s is not None and stop_s is not None and stop_s <= start_s:
            raise SettingsError(f"{self.path}, row {mark.row}: end ({stop_s:g} s) is not after start ({start_s:g} s)")
        return replace(mark.task, start_s=start_s, stop_s=stop_s)

    def _seconds(self, mark: Mark, column: str, moment: Moment, recording: Recording, tz: str | None) -> float | None:
        if moment is None:
            return None
        where = f"{self.path}, row {mark.row}, column {column}"
        seconds = moment if isinstance(moment, float) else _since_start(moment, recording, tz, where)
        if not -OUTSIDE_S <= seconds <= recording.duration_s + OUTSIDE_S:
            raise SettingsError(
                f"{where}: {seconds:.1f} s lies outside the recording, which lasts {recording.duration_s:.1f} s"
            )
        return seconds


def read_marks(path: Path) -> Marks:
    """Read a marks file.

    Raises:
        SettingsError: it cannot be read, or a cell is not understood; the message names its row and column.
    """
    lines = iter(_lines(path))
    columns = [cell.strip().lower() for cell in next(lines, [])]
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or "file" not in columns or len(set(columns)) < len(columns):
        wrong = f"column {unknown[0]!r} is not known" if unknown else "needs a column file, and each column once"
        raise SettingsError(f"{path}, row 1: {wrong}: the columns are {', '.join(COLUMNS)}")
    rows = []
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            raise SettingsError(f"{path}, row {number}: has {len(cells)} cells, the first row {len(columns)}")
        rows.append(_mark(path, number, dict(zip(columns, (cell.strip() for cell in cells), strict=False))))
    if not rows:
        raise SettingsError(f"{path}: marks nothing: write one row per stretch below its first row")
    return Marks(path, tuple(rows))


def _lines(path: Path) -> list[list[str]]:
    """Return the cells of each line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        head = text.partition("\n")[0]
        separator = next((sign for sign in ("\t", ";") if sign in head), ",")
        return list(csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True, strict=True))
    except OSError as error:
        raise SettingsError(f"{path}: the marks cannot be read ({error.strerror}): check the file's name") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the marks are no UTF-8 text: save them as CSV UTF-8") from error
    except csv.Error as error:
        raise SettingsError(f"{path}: the marks are no table ({error}): look for a quote too many") from error


def _mark(path: Path, number: int, cells: Mapping[str, str]) -> Mark:
    where = f"{path}, row {number}"
    if not cells.get("file"):
        raise SettingsError(f"{where}, column file: is empty: name the recording it is for")
    filled = {column: cell for column, cell in cells.items() if cell}
    # one by one first, so that the message can name the column; a trial of an exercise is known only with it
    for column in ("task", "exercise", "trial", "side", "placement", "setting"):
        if column not in filled or (column == "trial" and "exercise" in filled):
            continue
        try:
            _labelled({column: filled[column]})
        except SettingsError as error:
            raise SettingsError(f"{where}, column {column}: {error}") from error
    try:
        task = _labelled(filled)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error
    start, end = (_moment(filled.get(column), f"{where}, column {column}") for column in ("start", "end"))
    if isinstance(start, float) and isinstance(end, float) and end <= start:
        raise SettingsError(f"{where}: end ({end:g} s) is not after start ({start:g} s)")
    return Mark(number, cells["file"], start, end, task)


def _labelled(cells: Mapping[str, str]) -> Task:
    return labelled_task(
        kind=cells.get("task"),
        exercise=cells.get("exercise"),
        trial=cells.get("trial"),
        side=cells.get("side"),
        placement=cells.get("placement"),
        setting=cells.get("setting"),
        patient=cells.get("patient"),
        source=LabelSource.MARKS,
    )


def _moment(text: str | None, where: str) -> Moment:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if math.isfinite(seconds):
        return seconds
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{where}: {text!r} is neither seconds nor a time such as 2026-03-01T14:30:05") from error


def _since_start(moment: datetime, recording: Recording, tz: str | None, where: str) -> float:
    if recording.start is None:
        raise SettingsError(f"{where}: the recording states no start: mark it in seconds, or say --start")
    zone = recording.zone or tz
    if moment.tzinfo is None and zone is None:
        raise SettingsError(f"{where}: {moment} has no time zone: say it with --tz")
    return local_to_epoch(moment, zone or "UTC") - recording.start


def _names(file: str, sources: Iterable[str]) -> bool:
    """Whether a mark's file is one of the sources: by its name or by as much of its path as the mark gives."""
    wanted = PurePath(file).parts
    paths = (PurePath(source.partition(": ")[0]).parts for source in sources)
    return any(parts[-len(wanted) :] == wanted for parts in paths)
