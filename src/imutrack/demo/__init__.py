"""The demo: bundled recordings of real people, and one synthetic patient over six weeks, through the usual path.

The bundled recordings take the path of ``imutrack replay`` with a marks file. The synthetic patient is marked as such
in every result (`LabelSource.SYNTHETIC`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from imutrack.marks import read_marks
from imutrack.pipeline import analyse
from imutrack.recordings import ReadOptions
from imutrack.replay import Labels, Origin, Replayed, replay
from imutrack.results import NotAnalysed, Result
from imutrack.stores.local import LocalStore
from imutrack.synthetic import Day, patient
from imutrack.task import Setting, Task

__all__ = ["SYNTHETIC_PATIENT", "bundled_folder", "real_recordings", "synthetic_days", "synthetic_recordings"]

SYNTHETIC_PATIENT: Final = "otter-maple-47"
_SEED: Final = 7  # any other number is another patient


@contextmanager
def bundled_folder() -> Iterator[Path]:
    """Give the folder of the bundled recordings, also where the package is an archive."""
    with as_file(files("imutrack.demo") / "data") as folder:
        yield folder


def labels(folder: Path) -> Labels:
    """Return what the bundled recordings are."""
    return Labels(Task(setting=Setting.CLINIC), read_marks(folder / "marks.csv"))


def real_recordings(folder: Path, store: LocalStore) -> Iterator[Replayed]:
    """Replay the bundled recordings, in the order of their marks."""
    known = labels(folder)
    names = [mark.file for mark in known.marks.rows] if known.marks else []
    return replay([folder / name for name in names], ReadOptions(tz="UTC"), known, store=store)


def synthetic_days(end: date | None = None) -> tuple[Day, ...]:
    """Return the days of the synthetic patient, six weeks up to a day (None: today)."""
    return patient(_SEED, end=end or datetime.now(UTC).date())


def synthetic_recordings(days: Iterable[Day]) -> Iterator[Replayed]:
    """Analyse the recordings of the synthetic patient, a recording at a time."""
    for day in days:
        for item in day.items:
            task = replace(item.task, patient=SYNTHETIC_PATIENT)
            found = analyse(item.recording, [task])
            yield Replayed(
                f"synthetic {day.date}",
                Origin.of(item.recording),
                results=tuple(result for result in found if isinstance(result, Result)),
                not_analysed=tuple(failed for failed in found if isinstance(failed, NotAnalysed)),
            )
