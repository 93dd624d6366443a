"""The plans of patients as the store has them: which exercises are asked for on a day."""

import sqlite3
from datetime import date

from imutrack.stores.targets import PlannedItem, in_force

__all__ = ["Day", "Plans", "planned_items"]

Day = tuple[str, str]
"""A patient and a local date."""


def planned_items(connection: sqlite3.Connection, patient: str) -> tuple[PlannedItem, ...]:
    """Return the exercises of every version of a patient's plan."""
    found = connection.execute(
        "SELECT version, from_date, item, exercise, side, sets * times_a_day, reps, rom_target_deg, rom_limit_deg, "
        "times_a_day, placement, therapist FROM plan WHERE patient = ? AND NOT withdrawn ORDER BY version, item",
        (patient,),
    )
    return tuple(
        PlannedItem(
            version=version,
            from_date=date.fromisoformat(from_date),
            item=item,
            exercise=exercise,
            side=side,
            sets=sets,
            reps=reps,
            rom_target_deg=target,
            rom_limit_deg=limit,
            times_a_day=times,
            placement=placement,
            therapist=therapist,
        )
        for version, from_date, item, exercise, side, sets, reps, target, limit, times, placement, therapist in found
    )


class Plans:
    """The plans of patients, each read once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._items: dict[str, tuple[PlannedItem, ...]] = {}

    def on(self, day: Day) -> tuple[PlannedItem, ...]:
        """Return the items in force."""
        patient, local_date = day
        if patient not in self._items:
            self._items[patient] = planned_items(self._connection, patient)
        return in_force(self._items[patient], date.fromisoformat(local_date))
