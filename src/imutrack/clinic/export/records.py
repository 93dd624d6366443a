"""`Records`: the rows of one patient that an export is made from.

Goal: what is exported depends on rows alone, not on where they are kept. Rows are put in one order, so that the same
store gives the same bytes whatever was imported first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row
from imutrack.stores.schema import RESULT_MEASUREMENTS
from imutrack.task import LabelSource

__all__ = ["EXPORTED", "Records", "gather"]

EXPORTED: Final = (
    "exercise_set",
    "rep",
    "stance",
    "sit_to_stand",
    "timed_up_and_go",
    "self_report",
    "treatment",
    "plan",
    "change",
    "patient_day",
)
"""The measurements of an export, in its order. Curves are left out: they are pictures, and pruned after a while."""

_SAID: Final = ("exercise_set", "stance", "sit_to_stand", "timed_up_and_go", "self_report", "treatment", "plan")


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of one patient.

    Attributes:
        patient: pseudonym.
        rows: measurement -> rows in order of time; a measurement without rows is left out. Results that were set
            aside are among them, marked ``withdrawn``.
    """

    patient: str
    rows: Mapping[str, tuple[Row, ...]]

    @classmethod
    def of(cls, patient: str, rows: Sequence[Row]) -> "Records":
        """Sort rows by measurement and time, whatever order they come in."""
        ordered = sorted(
            rows, key=lambda row: (row.time_ns, sorted(row.tags.items()), sorted(map(repr, row.fields.items())))
        )
        found = {name: tuple(row for row in ordered if row.measurement == name) for name in EXPORTED}
        return cls(patient, {name: of_kind for name, of_kind in found.items() if of_kind})

    def of_kind(self, measurement: str) -> tuple[Row, ...]:
        """Return the rows of a measurement; none where there are none."""
        return self.rows.get(measurement, ())

    @property
    def synthetic(self) -> bool:
        """Whether nobody moved for any of the results: a program made them."""
        made = [row.fields.get("label_source") for name in RESULT_MEASUREMENTS for row in self.of_kind(name)]
        return bool(made) and all(source == LabelSource.SYNTHETIC for source in made)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are, by measurement."""
        return {name: len(of_kind) for name, of_kind in self.rows.items()}


def gather(store: LocalStore, patient: str) -> Records:
    """Read the rows of a patient.

    Args:
        store: open; it is only read.
        patient: registered pseudonym.

    Raises:
        SettingsError: nothing is known of the patient but that they are registered.
        StoreError: the store cannot be read.
    """
    rows: list[Row] = []
    for measurement in EXPORTED:
        if measurement != "rep":
            counting = store.points(measurement, patient)
            known = {_id(row) for row in counting} - {None}
            set_aside = store.points(measurement, patient, withdrawn=True)
            rows += counting + [row for row in set_aside if _id(row) not in known]
    sets = sorted({row.text("set_id") or "" for row in rows if row.measurement == "exercise_set"})
    rows += [rep for set_id in sets for rep in store.reps(set_id) if rep.tags.get("patient") == patient]
    if not any(row.measurement in _SAID for row in rows):
        raise SettingsError(
            f"{patient}: there is nothing to export yet, no results, plan, reports or treatments are stored: "
            "add some with `imutrack replay`, or check the pseudonym with `imutrack patient list`"
        )
    return Records.of(patient, rows)


def _id(row: Row) -> object:
    """Return what tells a result or an entry from others; None of what has no id."""
    if set_id := row.fields.get("set_id"):
        return row.fields.get("recording"), set_id
    return row.fields.get("entry_id")
