"""The plans of a patient in the store: activating a version, and the history of all. Nothing is ever taken back."""

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Final

from imutrack.clinic.plans.checking import require_sound
from imutrack.clinic.plans.reading import parse
from imutrack.clinic.plans.versions import PlanVersion, flat_items, in_force, number_versions
from imutrack.clinic.self_reports import one_line
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore
from imutrack.stores.plans import add_version, put_plan, versions_of
from imutrack.stores.rows import Row, make_row

__all__ = ["activate", "history", "put_in_force"]

_BY_MOST: Final = 100  # characters of a name


def activate(
    store: LocalStore, patient: str, text: str, by: str, from_date: date, now: float, *, clinic: str, zone: tzinfo
) -> PlanVersion:
    """Store a plan as a new version, and hold the patient's results against it.

    Args:
        store: the local store.
        patient: registered pseudonym.
        text: the plan file, word for word.
        by: who activates it.
        from_date: first day on which it holds.
        now: Unix epoch s.
        clinic, zone: as of the results.

    Raises:
        SettingsError: the plan has faults or no therapist, nobody is named, it would hold before the plan starts, or it
            says what the version in force says already.
        StoreError: it could not be written.
    """
    where = f"plan of {patient}"
    plan = parse(text, where)
    require_sound(plan, where)
    by = one_line(by, "--by", _BY_MOST)
    if not by:
        raise SettingsError("--by is empty: say who activates the plan, by name or initials")
    if from_date < plan.start_date:
        raise SettingsError(f"{where}: starts on {plan.start_date}, it cannot be in force from {from_date}")
    current = in_force(history(store, patient), from_date)
    if current and current.plan == plan:
        raise SettingsError(
            f"{where}: says the same as version {current.number}, which is in force: nothing to activate"
        )
    with store.together():
        add_version(store, patient, from_date, now, by, text)
        versions = put_in_force(store, patient, clinic=clinic, zone=zone)
    return next(found for found in reversed(versions) if (found.activated, found.text) == (now, text))


def put_in_force(store: LocalStore, patient: str, *, clinic: str, zone: tzinfo) -> tuple[PlanVersion, ...]:
    """Hold the results of a patient against the versions that are stored; return them."""
    versions = history(store, patient)
    points = [_point(patient, item, version, clinic) for version in versions for item in flat_items(version)]
    put_plan(store, patient, points, clinic=clinic, zone=zone)
    return versions


def history(store: LocalStore, patient: str) -> tuple[PlanVersion, ...]:
    """Return all versions of a patient's plan, in the order of their activation."""
    return number_versions(versions_of(store, patient))


def _point(patient: str, item: Mapping[str, object], version: PlanVersion, clinic: str) -> Row:
    return make_row("plan", {"patient": patient, "clinic": clinic}, version.activated, item)
