"""From the local store to `Findings`: the only part of the report that knows how a clinic's things are kept."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Final

from imutrack.clinic.days import DayParams, PatientDay
from imutrack.clinic.history import History
from imutrack.clinic.loading import load
from imutrack.clinic.pain_rules import PainParams
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import in_force
from imutrack.clinic.rollup import day_of
from imutrack.clinic.rules import Rules
from imutrack.corrections import Corrected, Correction
from imutrack.errors import SettingsError
from imutrack.exercises import spoken
from imutrack.report.case import Said
from imutrack.report.curves import angle_curve, sway_curve
from imutrack.report.findings import Findings, SetFound, StanceFound
from imutrack.report.from_history import case_of
from imutrack.report.from_rows import set_found, stance_found, timed_found
from imutrack.report.sayings import correction_text, entry_text
from imutrack.results import ExerciseSet
from imutrack.stores.correcting import corrections
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row

__all__ = ["gather"]

_RESULTS: Final = ("exercise_set", "stance", "sit_to_stand", "timed_up_and_go")
_ENTRIES: Final = ("self_report", "treatment")
_DEFAULTS: Final = Rules(PainParams(), DayParams())
_About = tuple[date | None, str]  # local date of a result, and what it is of


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be read: of whom, from when to when, and what day it is."""

    store: LocalStore
    patient: str
    since: date | None
    until: date | None
    today: date

    def points(self, measurement: str, *, withdrawn: bool = False) -> list[Row]:
        since, until = self.since or date.min, self.until or date.max
        return self.store.points(measurement, self.patient, since, until, withdrawn=withdrawn)

    def holds(self, day: date) -> bool:
        return (self.since or date.min) <= day <= (self.until or date.max)


def gather(
    store: LocalStore,
    patient: str,
    since: date | None,
    until: date | None,
    today: date,
    *,
    zone: tzinfo,
    rules: Rules | None = None,
) -> Findings:
    """Read what there is of a patient in a period.

    Args:
        store: open; it is only read.
        patient: a registered pseudonym.
        since, until: local dates, both included; None means from the first, or to the last thing that is known. With
            ``since`` alone, or with a plan in force, the period reaches to today, so that days without results are
            seen.
        today: local date.
        zone: the clinic's time zone.
        rules: limits of the pain rules, and what makes a day one with data; None means the defaults.

    Raises:
        SettingsError: the patient is not registered, the period ends before it begins, or there is nothing in it.
        StoreError: the store cannot be read.
    """
    if since is not None and until is not None and until < since:
        raise SettingsError(f"--until {until} lies before --since {since}: exchange them")
    asked = _Asked(store, patient, since, until, today)
    history = load(store, Patients(store).get(patient), zone)
    said: dict[str, list[Correction]] = defaultdict(list)
    for each in corrections(store, patient):
        said[each.set_id].append(each)
    found = _results(asked, said)
    first, last = _period(asked, history, [each.day for each in found.everything])
    day = min(until or today, today)
    case = case_of(history, rules or _DEFAULTS, first, day, _standing(asked, day), asked.holds)
    about = _abouts(asked, history)
    case = replace(case, aside=_aside(asked), said=_said(asked, said, about))
    return replace(found, first=first, last=last, case=case)


def _results(asked: _Asked, said: Mapping[str, Sequence[Correction]]) -> Findings:
    sets = tuple(
        set_found(row, now, now.result, said.get(now.result.set_id, ()))
        for row, now in _with_results(asked, "exercise_set")
        if isinstance(now.result, ExerciseSet)
    )
    stances = tuple(
        stance_found(row, now, said.get(now.result.set_id, ())) for row, now in _with_results(asked, "stance")
    )
    tests = [
        timed_found(row, now, said.get(now.result.set_id, ()))
        for kind in ("sit_to_stand", "timed_up_and_go")
        for row, now in _with_results(asked, kind)
    ]
    return Findings(
        patient=asked.patient,
        first=asked.today,
        last=asked.today,
        sets=_with_last_curve(asked.store, sets),
        stances=_with_last_sway(asked.store, stances),
        tests=tuple(sorted(tests, key=lambda found: found.start)),
    )


def _with_results(asked: _Asked, measurement: str) -> Iterator[tuple[Row, Corrected]]:
    """Yield each row with its result as it counts now; without those that another process replaced just now."""
    for row in asked.points(measurement):
        now = asked.store.result(row.text("set_id") or "")
        if now is not None:
            yield row, now


def _period(asked: _Asked, history: History, days: Sequence[date]) -> tuple[date, date]:
    """Return the first and the last day of the report."""
    since, until, today = asked.since, asked.until, asked.today
    entered = {each.day for each in history.reports} | {each.day for each in history.treatments}
    known = [*days, *filter(asked.holds, entered)]
    planned = in_force(history.plans, min(until or today, today))
    if planned is not None and (since is None or since <= today):
        first = since or min([*known, min(version.from_date for version in history.plans)])
        return first, max([first, until or today, *([] if until else known)])
    if not known:
        raise SettingsError(_nothing(asked.patient, since, until))
    return since or min(known), until or (max(*known, today) if since else max(known))


def _nothing(patient: str, since: date | None, until: date | None) -> str:
    if since is None and until is None:
        return f"no results of {patient} yet: import recordings with `imutrack replay FILE --patient {patient}`"
    span = " ".join(f"{word} {day}" for word, day in (("from", since), ("to", until)) if day is not None)
    return f"no results of {patient} {span}: give another --since or --until, or none for everything"


def _standing(asked: _Asked, day: date) -> PatientDay | None:
    rows = asked.store.points("patient_day", asked.patient, day, day)
    return day_of(rows[0]) if rows else None


def _abouts(asked: _Asked, history: History) -> dict[str, _About]:
    """Return day and name of every result, also of those that are set aside."""
    found: dict[str, _About] = {}
    for each in history.sets:
        found[each.set_id] = each.day, spoken(each.exercise, each.side)
    for trial in history.trials:
        found[trial.set_id] = trial.day, spoken(trial.trial, trial.side)
    for kind in _RESULTS:
        for row in asked.points(kind, withdrawn=True):
            found[row.text("set_id") or ""] = row.day, _name(row)
    return found


def _aside(asked: _Asked) -> tuple[Said, ...]:
    """Return the results and entries of the period that are not used, the newest first."""
    found = []
    for kind in _RESULTS:
        for row in asked.points(kind, withdrawn=True):
            now = asked.store.result(row.text("set_id") or "")
            if now is not None and now.void:
                found.append(Said(row.day, _name(row), now.text, now.by or ""))
    for kind in _ENTRIES:
        found += [Said(row.day, *entry_text(row), "") for row in asked.points(kind, withdrawn=True)]
    return tuple(sorted(found, key=lambda said: said.day or date.min, reverse=True))


def _said(asked: _Asked, said: Mapping[str, Sequence[Correction]], about: Mapping[str, _About]) -> tuple[Said, ...]:
    """Return every correction of results of the period, and of results that are no longer there."""
    found = []
    for set_id, each in said.items():
        day, name = about.get(set_id, (None, "a set that is no longer there"))
        if day is None or asked.holds(day):
            found += [Said(day, name, correction_text(one), one.by) for one in each]
    return tuple(found)


def _name(row: Row) -> str:
    return spoken(row.tags.get("exercise") or row.tags.get("trial") or "", row.tags.get("side"))


def _with_last_curve(store: LocalStore, sets: tuple[SetFound, ...]) -> tuple[SetFound, ...]:
    """Add the curve to the last set that has one: no other is drawn."""
    for index in reversed(range(len(sets))):
        found = replace(sets[index], trace=store.trace(sets[index].set_id))
        if angle_curve(found) is not None:
            return (*sets[:index], found, *sets[index + 1 :])
    return sets


def _with_last_sway(store: LocalStore, stances: tuple[StanceFound, ...]) -> tuple[StanceFound, ...]:
    """Add the curve to the last trial that has one."""
    for index in reversed(range(len(stances))):
        found = replace(stances[index], trace=store.trace(stances[index].set_id))
        if sway_curve(found) is not None:
            return (*stances[:index], found, *stances[index + 1 :])
    return stances
