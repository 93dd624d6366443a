"""From what was analysed and what people said to the rows as they count now.

A result's rows are a function of five things: the result as it was analysed and labelled, the other results of its
recording, the corrections of it, the plan in force on its day, and, where it was to be named by the plan's order, the
other sets of the day. Whenever one of them changes, the rows it touches are made anew, in the same transaction; rows
that come out the same are left alone. So the order in which things arrive leaves no mark.

Several results of a recording may be views of one set (`imutrack.stores.views`): one stands for the set, and the points
of the others are withdrawn.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import msgspec

from imutrack.corrections import Corrected
from imutrack.results import Result, Trace
from imutrack.stores.curves import curve
from imutrack.stores.naming import name_by_plan
from imutrack.stores.planned import Day, Plans
from imutrack.stores.rows import Row, local_time, rows, tags_of
from imutrack.stores.sessions import number_sessions
from imutrack.stores.stored import NOT_SETTLED, Key, Stored, correct_sets, load, sets_of
from imutrack.stores.tables import delete_rows, insert_curve, insert_rows, retag_curve
from imutrack.stores.targets import target_of
from imutrack.stores.views import surest
from imutrack.task import UNSPECIFIED, LabelSource

__all__ = [
    "Settled",
    "by_plan",
    "counting_now",
    "days_by_plan",
    "mark_stale",
    "settle",
]


@dataclass(frozen=True, slots=True)
class Settled:
    """What `settle` did.

    Attributes:
        results: (recording, set id) -> the result as it counts now, of those that were asked for.
        views: of these, those that another one stands for -> its set id.
        changed: how many results got other rows.
    """

    results: Mapping[Key, Corrected]
    views: Mapping[Key, str]
    changed: int


def settle(
    connection: sqlite3.Connection,
    set_ids: Iterable[str],
    *,
    clinic: str,
    zone: tzinfo,
    traces: Mapping[str, Trace] | None = None,
    days: Iterable[Day] = (),
    patients: Iterable[str] = (),
) -> Settled:
    """Bring the rows of results up to date. The caller holds the transaction.

    Args:
        connection: of the store.
        set_ids: results that came or of which something was said.
        clinic: tag of that name.
        zone: time zone of local dates.
        traces: curves of the results that are new, by set id.
        days: further days of which sets that were to be named by the plan's order came or went.
        patients: from whom results went.
    """
    wanted = set(set_ids)
    asked: dict[Key, Stored] = {}
    for recording in _recordings_of(connection, wanted):
        asked |= load(connection, "recording = ?", recording)
    plans = Plans(connection)
    for each in asked.values():
        each.local_date = local_time(each.result.start or 0.0, zone).date().isoformat()
    correct_sets(asked.values())
    ordered: dict[Day, list[Stored]] = {day: [] for day in days}
    for each in asked.values():
        if each.by_plan:
            ordered.setdefault(each.day, []).append(each)
            ordered.setdefault(each.before or each.day, [])
    named = dict(asked)
    for day, here in sorted(ordered.items()):
        named |= name_by_plan(connection, day, here, asked, plans)
    _choose(named.values(), plans)
    changed = [each for each in named.values() if _write(connection, each, clinic, zone, traces or {})]
    for patient in sorted({day[0] for each in changed for day in (each.before, each.day) if day} | set(patients)):
        number_sessions(connection, patient)
        mark_stale(connection, patient)
    found = {key: each for key, each in named.items() if each.set_id in wanted}
    views = {key: each.view_of for key, each in found.items() if each.view_of is not None}
    return Settled({key: each.now for key, each in found.items()}, views, len(changed))


def mark_stale(connection: sqlite3.Connection, patient: str) -> None:
    """Remember that the days and verdicts of a patient are to be made anew."""
    connection.execute("INSERT OR IGNORE INTO stale VALUES (?)", (patient,))


def by_plan(result: Result) -> bool:
    """Whether a result is to be named by the plan's order."""
    return result.task.label_source is LabelSource.PLAN and result.task.name == UNSPECIFIED


def counting_now(connection: sqlite3.Connection, set_id: str) -> Corrected | None:
    """Return a result as it counts now; None where there is no such result."""
    found = load(connection, "set_id = ?", set_id)
    for each in found.values():
        if _others_corrected(connection, each):
            found |= load(connection, "recording = ? AND set_id <> ?", each.recording, set_id)
            correct_sets(found.values())
        if each.by_plan:
            here = [one for one in found.values() if one.by_plan and one.day == each.day]
            name_by_plan(connection, each.day, here, found, Plans(connection))
        return each.now
    return None


def days_by_plan(connection: sqlite3.Connection, recording: str) -> set[Day]:
    """Return the days on which sets of a recording were to be named by the plan's order."""
    query = "SELECT DISTINCT patient, local_date FROM result WHERE recording = ? AND by_plan"
    return set(connection.execute(query, (recording,)))


def _recordings_of(connection: sqlite3.Connection, set_ids: Iterable[str]) -> list[str]:
    """Return the recordings that have one of the results, each once and in order."""
    query = "SELECT recording FROM result WHERE set_id = ?"
    return sorted({recording for set_id in set_ids for (recording,) in connection.execute(query, (set_id,))})


def _others_corrected(connection: sqlite3.Connection, each: Stored) -> bool:
    """Whether something was said of another result of its recording, which may be of the same set."""
    query = "SELECT 1 FROM result JOIN correction USING (set_id) WHERE recording = ? AND set_id <> ? LIMIT 1"
    return connection.execute(query, (each.recording, each.set_id)).fetchone() is not None


def _choose(stored: Iterable[Stored], plans: Plans) -> None:
    """Say of each result what the plan asks of it, and of each set which view stands for it."""
    for views in sets_of(stored):
        for each in views:
            task = each.now.result.task
            each.target = target_of(plans.on(each.day), task.name, task.side)
        if len(views) > 1:
            first = views[0]
            asked = None if first.target is None else first.target.placement
            counts = views[surest([each.result for each in views], first.now.result.task.name, asked)]
            for each in views:
                each.view_of = None if each is counts else counts.set_id


def _write(
    connection: sqlite3.Connection,
    each: Stored,
    clinic: str,
    zone: tzinfo,
    traces: Mapping[str, Trace],
) -> bool:
    """Write the rows of a result where they changed; return whether they did."""
    result = each.now.result
    made = rows(each.now, clinic=clinic, zone=zone, target=each.target, mark=each.fingerprint, view_of=each.view_of)
    mark = _mark(made)
    if mark == each.mark:
        return False
    new = each.mark == NOT_SETTLED
    if not new:
        delete_rows(connection, each.recording, each.set_id, curve=False)
    insert_rows(connection, each.recording, made)
    if not new:
        retag_curve(connection, each.recording, made[0], tags_of(result, clinic, "trace"))
    elif (found := curve(result, traces.get(each.set_id), made[0])) is not None:
        insert_curve(connection, each.recording, found, withdrawn=bool(made[0].fields["withdrawn"]))
    connection.execute(
        "UPDATE result SET patient = ?, local_date = ?, mark = ? WHERE recording = ? AND set_id = ?",
        (each.day[0], each.local_date, mark, each.recording, each.set_id),
    )
    connection.execute(
        "UPDATE correction SET patient = ?1 WHERE set_id = ?2 AND patient <> ?1", (each.day[0], each.set_id)
    )
    return True


def _mark(made: Sequence[Row]) -> bytes:
    said = [(row.measurement, row.tags, row.time_ns, row.fields) for row in made]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=16).digest()
