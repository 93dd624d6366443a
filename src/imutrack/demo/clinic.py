"""A synthetic clinic in a local store, through the same doors as a real one: register, plans, results, entries.

Plans come before results, so that each result is held against its plan once. All of a patient is one transaction.
Nothing from after ``now`` is written: sessions of this evening have not taken place yet.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans.book import activate
from imutrack.clinic.pseudonyms import suggest
from imutrack.clinic.self_reports import checked_report
from imutrack.clinic.treatments import checked_treatment
from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.synthetic import clinic as synthetic

__all__ = ["Filled", "fill"]

_NAMES_SEED: Final = 47  # the same names in every demonstration


@dataclass(frozen=True, slots=True)
class Filled:
    """What `fill` wrote.

    Attributes:
        names: number of a patient -> pseudonym; `imutrack.synthetic.clinic.make_patient` gives the truth of a number.
        results: how many sets and trials.
    """

    names: dict[int, str]
    results: int


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one patient's things go, and until when."""

    store: LocalStore
    name: str
    clinic: str
    zone: tzinfo
    now: float


def fill(
    store: LocalStore,
    patients: Iterable[synthetic.SyntheticPatient],
    zone: tzinfo,
    clinic_name: str,
    now: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Filled:
    """Write a clinic into a store; days and verdicts are left to `imutrack.clinic.rollup.refresh`.

    Args:
        store: open.
        patients: of `imutrack.synthetic.clinic.clinic`, made in the same zone.
        zone: of the clinic.
        clinic_name: tag of every row.
        now: Unix epoch s.
        progress: is told the pseudonym of each patient that was written.

    Raises:
        SettingsError: there is one in it already, whose recordings would go over to other names.
        StoreError: it could not be written; patients before that one are kept.
    """
    register = Patients(store)
    taken = {patient.pseudonym for patient in register.list()}
    if suggest(set(), _names()) in taken:
        raise SettingsError(
            f"{store.database.path}: holds a synthetic clinic already: choose another folder with --out"
        )
    rng = _names()
    names: dict[int, str] = {}
    results = 0
    for patient in patients:
        name = suggest(taken, rng)
        taken.add(name)
        if patient.registered > now:
            continue
        desk = _Desk(store, name, clinic_name, zone, now)
        with store.together():
            register.add(name, now=patient.registered)
            _put_plans(desk, patient)
            results += _put_results(desk, patient)
            _put_corrections(desk, patient)
            _put_words(desk, patient)
            _put_statuses(desk, register, patient)
        names[patient.number] = name
        progress(name)
    return Filled(names, results)


def _names() -> random.Random:
    return random.Random(_NAMES_SEED)  # noqa: S311 - made-up patients; nothing is to be kept secret


def _put_plans(desk: _Desk, patient: synthetic.SyntheticPatient) -> None:
    for plan in patient.plans:
        if plan.activated <= desk.now:
            activate(
                desk.store,
                desk.name,
                plan.toml,
                plan.by,
                plan.from_date,
                plan.activated,
                clinic=desk.clinic,
                zone=desk.zone,
            )


def _put_results(desk: _Desk, patient: synthetic.SyntheticPatient) -> int:
    count = 0
    for session in patient.sessions:
        if session.end <= desk.now:
            named = [replace(result, task=replace(result.task, patient=desk.name)) for result in session.results]
            desk.store.replace(session.recording, named, clinic=desk.clinic, zone=desk.zone)
            count += len(named)
    return count


def _put_corrections(desk: _Desk, patient: synthetic.SyntheticPatient) -> None:
    for said in patient.corrections:
        if said.at <= desk.now:
            correction = Correction(
                set_id=said.set_id,
                at_ns=round(said.at * 1e9),
                by=said.by,
                why=said.why,
                reps=said.reps,
                name=said.exercise,
                side=said.side,
                void=said.void or None,
            )
            correct(desk.store, correction, clinic=desk.clinic, zone=desk.zone)


def _put_words(desk: _Desk, patient: synthetic.SyntheticPatient) -> None:
    """Write what the patient said and how the patient was treated."""
    for said in patient.reports:
        if said.at <= desk.now:
            report = checked_report(
                at=said.at,
                day=datetime.fromtimestamp(said.at, desk.zone).date(),
                pain=said.pain,
                when=said.when,
                exertion=said.exertion,
                stop=said.stop,
                text=said.text,
            )
            add_report(desk.store, desk.name, report, clinic=desk.clinic)
    for done in patient.treatments:
        if done.at <= desk.now:
            treatment = checked_treatment(
                at=done.at,
                day=datetime.fromtimestamp(done.at, desk.zone).date(),
                kind=done.kind,
                minutes=done.minutes,
                by=done.by,
                site=done.site,
                licence=done.licence,
                text=done.text,
            )
            add_treatment(desk.store, desk.name, treatment, clinic=desk.clinic)


def _put_statuses(desk: _Desk, register: Patients, patient: synthetic.SyntheticPatient) -> None:
    for change in patient.statuses:
        if change.at <= desk.now:
            register.set_status(desk.name, change.status, change.from_date, now=change.at)
