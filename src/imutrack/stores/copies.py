"""Copies of a captured set: the same set, stored already from a capture with other bytes, such as a damaged one.

A result belongs to the bytes it was made from, so that a set of a capture that was cut counts as another one. But a
captured set begins at the moment its capture says, to the nanosecond, and nobody begins two at once.
"""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Final

from imutrack.results import Result
from imutrack.stores.analysed import decode
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import local_time
from imutrack.stores.settling import counting_now

__all__ = ["copies_of"]

_SAME_S: Final = 2e-6  # of a wall clock in seconds as a float: a few times its last digit
_QUERY: Final = """
SELECT recording, set_id, measurement, analysed FROM result
WHERE patient = ? AND recording <> ? AND local_date BETWEEN ? AND ?"""


def copies_of(store: LocalStore, results: Sequence[Result], zone: tzinfo) -> dict[str, str]:
    """Return the results stored of the same captured set from other bytes, those that were set aside left out.

    Args:
        store: where to look.
        results: of one captured set.
        zone: the clinic's time zone.

    Returns:
        Set id -> recording.
    """
    result = next((each for each in results if each.start is not None and each.task.patient), None)
    if result is None or result.start is None:
        return {}
    begun_s, day = result.start - result.start_s, local_time(result.start, zone).date()
    around = [(day + timedelta(days=off)).isoformat() for off in (-1, 1)]  # the zone may have been another one
    found = dict[str, str]()
    with store.database.reading() as connection:
        for recording, set_id, *packed in connection.execute(_QUERY, (result.task.patient, result.recording, *around)):
            other = decode(*packed)
            if other.start is None or abs(other.start - other.start_s - begun_s) > _SAME_S:
                continue
            now = counting_now(connection, set_id)
            if now is not None and not now.void:
                found[set_id] = recording
    return found
