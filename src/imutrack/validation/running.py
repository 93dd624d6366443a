"""What the suites share: the list of what to predict, and working through it; one bad file never stops the others."""

import csv
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from imutrack.errors import ImutrackError, RecordingError
from imutrack.replay.processes import in_processes

__all__ = ["read_list", "work_through", "write_rows"]

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Made = TypeVar("Made")


def read_list(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header line.

    Raises:
        RecordingError: it cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: cannot be read ({error})") from error


def work_through(work: Callable[[Item], Made], items: Sequence[Item], jobs: int = 1) -> list[Made]:
    """Return what was made of each item, in order; what cannot be done is said on stderr and left out.

    Args:
        work: a function that other processes can be sent.
        items: what to work on.
        jobs: processes.
    """
    one = partial(_one, work)
    done = map(one, items) if jobs == 1 else in_processes(one, items, jobs, _lost)
    made = []
    for result in done:
        if isinstance(result, str):
            sys.stderr.write(f"imutrack: {result}\n")
        else:
            made.append(result)
    return made


def _one(work: Callable[[Item], Made], item: Item) -> Made | str:
    try:
        return work(item)
    except ImutrackError as error:
        return str(error)
    except Exception as error:  # a bug of ours must not cost the other items
        log.debug("%s", item, exc_info=True)
        return f"{item}: internal error ({error!r})"


def _lost(item: Item) -> str:
    return f"{item}: its process died"


def write_rows(out: Path, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file with a header line."""
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
