"""Plans in the store: every version as it was written, and the points that results are held against."""

from collections.abc import Sequence
from datetime import date, tzinfo

from imutrack.stores.local import LocalStore, require_registered
from imutrack.stores.planned import planned_items
from imutrack.stores.points import put_points
from imutrack.stores.rows import Row
from imutrack.stores.settling import mark_stale, settle
from imutrack.stores.targets import exercises_of, in_force
from imutrack.task import UNSPECIFIED

__all__ = ["add_version", "days_that_do_not_fit", "put_plan", "versions_of"]


def add_version(store: LocalStore, patient: str, from_date: date, activated: float, by: str, text: str) -> None:
    """Keep a version of a plan; `put_plan` then makes it count.

    Args:
        store: open.
        patient: registered pseudonym.
        from_date: first local date on which it is in force.
        activated: when somebody put it in force, Unix epoch s.
        by: who did.
        text: the plan as it was written, TOML.

    Raises:
        SettingsError: the patient is not registered.
    """
    with store.database.transaction() as connection:
        require_registered(connection, {patient})
        connection.execute(
            "INSERT OR IGNORE INTO plan_version VALUES (?, ?, ?, ?, ?)",
            (patient, from_date.isoformat(), activated, by, text),
        )
        mark_stale(connection, patient)


def versions_of(store: LocalStore, patient: str) -> list[tuple[date, float, str, str]]:
    """Return (from_date, activated, by, text) of every version, in order of activation."""
    query = "SELECT from_date, activated, said_by, text FROM plan_version WHERE patient = ? ORDER BY activated, text"
    with store.database.reading() as connection:
        return [(date.fromisoformat(day), at, by, text) for day, at, by, text in connection.execute(query, (patient,))]


def put_plan(store: LocalStore, patient: str, items: Sequence[Row], *, clinic: str, zone: tzinfo) -> None:
    """Make ``items`` the points of a patient's plan, all versions, and bring the results to what they ask."""
    with store.database.transaction() as connection:
        put_points(store, "plan", patient, items)
        found = connection.execute("SELECT set_id FROM result WHERE patient = ?", (patient,)).fetchall()
        settle(connection, [set_id for (set_id,) in found], clinic=clinic, zone=zone)
        mark_stale(connection, patient)


def days_that_do_not_fit(store: LocalStore, patient: str) -> list[tuple[date, int, int]]:
    """Return (local date, sets found, sets the plan asks for) where sets could not be named by the plan's order."""
    query = (
        "SELECT result.local_date, count(*) FROM result JOIN exercise_set USING (recording, set_id) "
        "WHERE result.patient = ? AND by_plan AND NOT withdrawn "
        "GROUP BY result.local_date HAVING sum(exercise = ?) ORDER BY result.local_date"
    )
    with store.database.reading() as connection:
        items = planned_items(connection, patient)
        found = connection.execute(query, (patient, UNSPECIFIED)).fetchall()
    return [
        (day, sets, sum(item.sets for item in exercises_of(in_force(items, day))))
        for text, sets in found
        for day in (date.fromisoformat(text),)
    ]
