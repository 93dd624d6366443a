"""Corrections in the store: kept apart from the results, only ever added to, and applied at once."""

from datetime import tzinfo

import msgspec

from imutrack.corrections import Corrected, Correction
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore, require_registered
from imutrack.stores.settling import counting_now, settle

__all__ = ["correct", "corrections"]


def correct(store: LocalStore, correction: Correction, *, clinic: str, zone: tzinfo) -> Corrected:
    """Keep a correction and apply it; return the result as it counts now.

    Raises:
        SettingsError: there is no such result, or the patient it is moved to is not registered.
    """
    with store.database.transaction() as connection:
        now = counting_now(connection, correction.set_id)
        if now is None:
            raise SettingsError(f"no set {correction.set_id}: `imutrack review` and the report show the ids")
        if correction.patient:
            require_registered(connection, {correction.patient})
        connection.execute(
            "INSERT OR IGNORE INTO correction VALUES (?, ?, ?, ?)",  # whose the set is; `settle` moves it with the set
            (correction.set_id, correction.at_ns, now.result.task.patient, msgspec.json.encode(correction)),
        )
        settled = settle(connection, [correction.set_id], clinic=clinic, zone=zone)
    return next(iter(settled.results.values()))


def corrections(store: LocalStore, patient: str) -> list[Correction]:
    """Return what was said of a patient's results, in order; also of results that are no longer there."""
    query = "SELECT said FROM correction WHERE patient = ? ORDER BY at_ns, said"
    with store.database.reading() as connection:
        return [msgspec.json.decode(said, type=Correction) for (said,) in connection.execute(query, (patient,))]
