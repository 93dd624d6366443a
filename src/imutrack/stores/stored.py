"""Stored results on their way to their rows: as they were analysed, and as they count now by what people said of them.

A correction is of a set, so it holds for all results of a recording that are views of it (`imutrack.stores.views`).
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from imutrack.corrections import Corrected, Correction, corrected
from imutrack.results import Result
from imutrack.stores.analysed import decode
from imutrack.stores.planned import Day
from imutrack.stores.targets import Target
from imutrack.stores.views import sets_among

__all__ = ["NOT_SETTLED", "Key", "Stored", "correct_sets", "corrections_of", "load", "sets_of"]

Key = tuple[str, str]
"""A recording and a set id: two recordings may, once in a hundred clinics, have a set of one id."""

NOT_SETTLED: Final = b""
"""Mark of a result that has no rows yet."""

_COLUMNS: Final = "recording, set_id, patient, local_date, by_plan, fingerprint, mark, measurement, analysed"


@dataclass(slots=True)
class Stored:
    """One stored result on its way to its rows.

    Attributes:
        before: where they are now; None where it has none yet.
        now: as it counts now.
        target: what the plan asks for.
        view_of: set id of the result that stands for the set; None where it is this one.
    """

    recording: str
    set_id: str
    before: Day | None
    local_date: str
    by_plan: bool
    fingerprint: bytes
    mark: bytes
    result: Result
    corrections: tuple[Correction, ...]
    now: Corrected = field(init=False)
    target: Target | None = None
    view_of: str | None = None

    def __post_init__(self) -> None:
        self.now = corrected(self.result, self.corrections)

    @property
    def day(self) -> Day:
        """Whose it is and when it was, as it counts now."""
        return str(self.now.result.task.patient), self.local_date


def load(connection: sqlite3.Connection, where: str, *values: str) -> dict[Key, Stored]:
    """Return results as they are stored, and as they count by what was said of each of them.

    Args:
        connection: of the store.
        where: condition on the columns of a result, in SQL.
        values: of its parameters.
    """
    query = f"SELECT {_COLUMNS} FROM result WHERE {where}"  # noqa: S608 - own words
    found = {}
    for recording, set_id, patient, local_date, planned, fingerprint, mark, *analysed in connection.execute(
        query, values
    ).fetchall():
        found[recording, set_id] = Stored(
            recording,
            set_id,
            None if mark == NOT_SETTLED else (patient, local_date),
            local_date,
            bool(planned),
            fingerprint,
            mark,
            decode(*analysed),
            corrections_of(connection, set_id),
        )
    return found


def corrections_of(connection: sqlite3.Connection, set_id: str) -> tuple[Correction, ...]:
    """Return what was said of a result, in order."""
    found = connection.execute("SELECT said FROM correction WHERE set_id = ? ORDER BY at_ns, said", (set_id,))
    return tuple(msgspec.json.decode(said, type=Correction) for (said,) in found)


def sets_of(stored: Iterable[Stored]) -> list[list[Stored]]:
    """Return results set by set, all views of one together."""
    stored = list(stored)
    return [[stored[at] for at in views] for views in sets_among([each.result for each in stored])]


def correct_sets(stored: Iterable[Stored]) -> None:
    """Let what was said of one view hold for all views of its set."""
    for views in sets_of(stored):
        if any(each.corrections != views[0].corrections for each in views):
            said = tuple(dict.fromkeys(said for each in views for said in each.corrections))
            for each in views:
                each.corrections, each.now = said, corrected(each.result, said)
