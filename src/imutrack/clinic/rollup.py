"""The daily roll-up: brings the days and verdicts of patients up to date with what the store holds of them.

Whatever changes something of a patient marks that patient; here the marked ones are made anew, whole, from their
history, which takes some hundredths of a second each. For the others only the days since the last one are added, from
the last row and the last weeks; where one of them brings something that was known before, such as a plan that begins
on it, all is made anew. Both ways give the same rows. It may run at any time, by anybody, any number of times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from imutrack.clinic.change import sentence
from imutrack.clinic.days import PatientDay, patient_days
from imutrack.clinic.days.params import WINDOW_DAYS
from imutrack.clinic.days.row import Verdict
from imutrack.clinic.history import History
from imutrack.clinic.loading import load
from imutrack.clinic.patients import ACTIVE, Patient, Patients, status_on
from imutrack.clinic.plans.book import put_in_force
from imutrack.clinic.plans.versions import in_force
from imutrack.clinic.rules import Rules, rules_of
from imutrack.clinic.verdicts import Course, courses, verdicts
from imutrack.config import Settings
from imutrack.stores.local import LocalStore
from imutrack.stores.points import (
    add_points,
    fresh,
    has_dated,
    made_with,
    mark_all_stale,
    put_points,
    redate_entries,
    stale,
)
from imutrack.stores.rows import Row, make_row

__all__ = ["day_of", "refresh"]

_VERSION: Final = 5  # one more when the roll-up says other things of the same history
_TOGETHER: Final = 50  # patients in one transaction: an fsync for each would cost more than the work
_FARTHEST: Final = timedelta(days=1100)  # before the registration: a recording with a lost clock makes no 50 years


def refresh(store: LocalStore, settings: Settings, now: float, *, everything: bool = False) -> int:
    """Bring days and verdicts up to today; return how many patients had something to do.

    Args:
        store: open.
        settings: of the clinic.
        now: Unix epoch s.
        everything: make every patient's anew, whether marked or not.

    Raises:
        SettingsError: a limit in the settings is unknown or cannot be.
        StoreError: the store cannot be read or written.
    """
    zone, rules = settings.zone, rules_of(settings)
    today = datetime.fromtimestamp(now, zone).date()
    _mark_where_settings_changed(store, settings, rules)
    names = sorted(_work(store, today, everything=everything))
    done = 0
    for begin in range(0, len(names), _TOGETHER):
        with store.together():
            work = _work(store, today, everything=everything)  # again: another process may have done or erased some
            there = [name for name in names[begin : begin + _TOGETHER] if name in work]
            for name in there:
                patient, last = work[name]
                if last is None:
                    _whole(store, patient, settings.clinic, zone, rules, today)
                else:
                    _further(store, patient, settings.clinic, zone, rules, last, today)
        done += len(there)
    return done


def _mark_where_settings_changed(store: LocalStore, settings: Settings, rules: Rules) -> None:
    """Mark everybody where what is stored was made under other settings: what was cut off then is still to be done."""
    with store.together():
        moved = made_with(store, "clinic", f"{settings.clinic} {settings.timezone}")
        if moved:
            for patient in Patients(store).list():
                put_in_force(store, patient.pseudonym, clinic=settings.clinic, zone=settings.zone)
            redate_entries(store, clinic=settings.clinic, zone=settings.zone)
        if made_with(store, "rules", f"{_VERSION} {rules}") or moved:
            mark_all_stale(store)


def _work(store: LocalStore, today: date, *, everything: bool) -> dict[str, tuple[Patient, date | None]]:
    """Return what there is to do: pseudonym -> the patient, and the last day to go on from; None makes all anew."""
    marked, lasts = stale(store), _last_days(store)
    work: dict[str, tuple[Patient, date | None]] = {}
    for patient in Patients(store).list():
        name = patient.pseudonym
        last = lasts.get(name)
        if everything or name in marked:
            work[name] = patient, None
        elif _days_are_missing(patient, last, today):
            work[name] = patient, None if last is None or has_dated(store, name, last, today) else last
    return work


def _whole(store: LocalStore, patient: Patient, clinic: str, zone: tzinfo, rules: Rules, today: date) -> None:
    """Make all days and verdicts of a patient anew."""
    history = load(store, patient, zone)
    found = courses(history, today)
    goal = _goal(history, today)
    days = patient_days(history, verdicts(found, goal), _first_day(history), today, rules.triage, pain=rules.pain)
    put_points(store, "patient_day", patient.pseudonym, [_day_row(day, clinic, zone) for day in days])
    therapist = days[-1].therapist if days else None
    said = _change_rows(patient.pseudonym, found, goal, therapist, clinic, zone)
    put_points(store, "change", patient.pseudonym, said)
    fresh(store, patient.pseudonym)


def _further(
    store: LocalStore, patient: Patient, clinic: str, zone: tzinfo, rules: Rules, last: date, today: date
) -> None:
    """Add the days since the last one, on which nothing is dated that has a say in the verdicts."""
    history = load(store, patient, zone, last - timedelta(days=WINDOW_DAYS))
    (row,) = store.points("patient_day", patient.pseudonym, last, last)
    before = day_of(row)
    said = _verdicts_of(store, patient.pseudonym)
    first = last + timedelta(days=1)
    days = patient_days(history, said, first, today, rules.triage, pain=rules.pain, before=before)
    add_points(store, [_day_row(day, clinic, zone) for day in days])


def _days_are_missing(patient: Patient, last: date | None, today: date) -> bool:
    """Whether the patient was active on a day since the last one that has a row."""
    begin = date.min if last is None else last + timedelta(days=1)
    days = [begin, *(status.from_date for status in patient.statuses if begin < status.from_date <= today)]
    return begin <= today and any(status_on(patient.statuses, day) == ACTIVE for day in days)


def _last_days(store: LocalStore) -> dict[str, date]:
    """Return the last day of each patient that has a row."""
    with store.database.reading() as connection:
        found = connection.execute("SELECT patient, MAX(local_date) FROM patient_day GROUP BY patient")
        return {str(patient): date.fromisoformat(day) for patient, day in found}


def _first_day(history: History) -> date:
    """Return the first day of which something is known."""
    days = [history.registered, *(version.from_date for version in history.plans)]
    for known in (history.sets, history.trials, history.reports, history.treatments):
        days += [each.day for each in known[:1]]
    return max(min(days), history.registered - _FARTHEST)


def _goal(history: History, day: date) -> str:
    version = in_force(history.plans, day)
    return str(version.plan.goal) if version else ""


def _day_row(day: PatientDay, clinic: str, zone: tzinfo) -> Row:
    said = {name: value for name, value in asdict(day).items() if name != "patient"}
    said["local_date"] = day.local_date.isoformat()
    return _row("patient_day", day.patient, day.local_date, said, clinic, zone)


def day_of(row: Row) -> PatientDay:
    """Return a stored day."""
    names = [field.name for field in fields(PatientDay) if field.name not in {"patient", "local_date"}]
    said: dict[str, Any] = {name: row.fields.get(name) for name in names}
    return PatientDay(patient=row.tags["patient"], local_date=row.day, **said)


def _change_rows(
    patient: str, found: Iterable[Course], goal: str, therapist: str | None, clinic: str, zone: tzinfo
) -> list[Row]:
    """Return the verdict of each course as it is now; ``therapist`` is who was responsible on the last day."""
    rows = []
    for course in found:
        if not course.changes:
            continue
        change, measure = course.changes[-1], course.measure
        said = {
            "confirmed": len(course.changes) > 1 and course.changes[-2].verdict is change.verdict,
            "measure": measure.id,
            "exercise": course.exercise,
            "side": course.side,
            "mode": course.mode,
            "angle_kind": course.way[0],
            "placement": course.way[1],
            "algorithm": course.way[2],
            "verdict": change.verdict.replace("_", " "),
            "held": goal == "maintain" and change.verdict == "no_real_change",
            "baseline": change.baseline,
            "baseline_low": change.baseline_low,
            "baseline_high": change.baseline_high,
            "latest": change.now,
            "difference": change.difference,
            "mdc": change.mdc,
            "needed": change.needed,
            "unit": measure.unit,
            "occasions": len(course.occasions),
            "label": course.label,
            "sentence": sentence(change, measure, goal),
            "therapist": therapist,
            "local_date": change.day.isoformat(),
        }
        rows.append(_row("change", patient, change.day, said, clinic, zone))
    return rows


def _verdicts_of(store: LocalStore, patient: str) -> list[Verdict]:
    return [
        Verdict(
            row.day,
            row.text("measure") or "",
            row.text("label") or "",
            row.text("verdict") or "",
            bool(row.fields.get("held")),
            row.text("sentence") or "",
            confirmed=bool(row.fields.get("confirmed")),
        )
        for row in store.points("change", patient)
    ]


def _row(measurement: str, patient: str, day: date, said: Mapping[str, object], clinic: str, zone: tzinfo) -> Row:
    """Return a point at the beginning of a local day."""
    midnight = datetime.combine(day, time(), zone).timestamp()
    return make_row(measurement, {"patient": patient, "clinic": clinic}, midnight, said)
