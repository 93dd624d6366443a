"""What sessions ask of the clinic's store: who is registered, what the plan asks for today, and what was done today."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import PlanItem
from imutrack.clinic.plans.book import history
from imutrack.clinic.plans.versions import in_force
from imutrack.collector.sessions.next_item import DoneItem
from imutrack.collector.sessions.starting import Clinic
from imutrack.collector.sets.looks import Aim
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.stores.database import Database
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import local_time
from imutrack.stores.schema import RESULT_MEASUREMENTS
from imutrack.stores.targets import of_side
from imutrack.task import Task

__all__ = ["aim_of", "clinic_of"]

_BUSY_S: Final = 1.0


def clinic_of(settings: Settings, now_s: Callable[[], float]) -> Clinic:
    """Return the clinic of the settings; its store is opened for each question, which takes some milliseconds.

    A store that somebody else holds is not waited for long: the radio would wait as well.

    Args:
        settings: of the clinic.
        now_s: Unix epoch s.
    """

    def today() -> date:
        return local_time(now_s(), settings.zone).date()

    def patient(typed: str) -> str:
        with LocalStore(Database(settings.data_dir, busy_s=_BUSY_S)) as store:
            return Patients(store).require(typed)

    def plan(name: str) -> Sequence[PlanItem]:
        with LocalStore(Database(settings.data_dir, busy_s=_BUSY_S)) as store:
            version = in_force(history(store, name), today())
        return version.plan.exercise if version else ()

    def done_today(name: str) -> Iterable[DoneItem]:
        with LocalStore(Database(settings.data_dir, busy_s=_BUSY_S)) as store:
            rows = [row for kind in RESULT_MEASUREMENTS for row in store.points(kind, name, today(), today())]
        # one for each set, however many straps saw it: the store withdraws all views of a set but one
        return [(row.tags.get("exercise") or row.tags.get("trial") or "", row.tags.get("side")) for row in rows]

    return Clinic(patient=patient, plan=plan, done_today=done_today)


def aim_of(task: Task, clinic: Clinic) -> Aim:
    """Return what the plan asks of a set; nothing where it does not know it."""
    if task.patient is None:
        return Aim()
    items: list[PlanItem] = []
    with suppress(ImutrackError):  # a set goes on without its target
        items = [item for item in clinic.plan(task.patient) if item.task_name == task.name]
    item = of_side(items, task.side)
    if item is None:
        return Aim()
    return Aim(reps=item.reps, target_deg=item.rom_target_deg, limit_deg=item.armed_limit_deg)
