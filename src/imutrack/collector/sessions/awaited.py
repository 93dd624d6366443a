"""Sets that were done and whose results are not stored yet: for the plan they are done all the same."""

from typing import Final, NamedTuple

from imutrack.collector.sessions.next_item import DoneItem

__all__ = ["Awaited"]

_OF_TODAY_NS: Final = 12 * 3_600_000_000_000  # a plan is of a day: what waits for longer is of an earlier one


class _Set(NamedTuple):
    """A set of a patient."""

    patient: str
    done: DoneItem
    ended_ns: int


class Awaited:
    """The sets whose results are awaited, by the number of their task."""

    def __init__(self) -> None:
        self._sets: dict[int, _Set] = {}

    def add(self, number: int, patient: str, done: DoneItem, ended_ns: int) -> None:
        """Take that a set is over."""
        self._sets[number] = _Set(patient, done, ended_ns)

    def settled(self, number: int) -> None:
        """Take that the result of a set is stored, or that none will be: from here on the store says what was done."""
        self._sets.pop(number, None)

    def of(self, patient: str, now_ns: int) -> list[DoneItem]:
        """Return what a patient did today that the store does not know yet."""
        return [
            each.done
            for each in self._sets.values()
            if each.patient == patient and now_ns - each.ended_ns < _OF_TODAY_NS
        ]
