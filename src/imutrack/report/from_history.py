"""From a patient's history to the `Case` of a report: verdicts, pain, comparisons and counts as of one day.

Pure: nothing is read here.
"""

from collections.abc import Callable
from datetime import date, timedelta

from imutrack.clinic.days import PatientDay, evidence
from imutrack.clinic.days.params import MONTH_DAYS
from imutrack.clinic.history import History
from imutrack.clinic.pain_rules import judge
from imutrack.clinic.patients import status_on
from imutrack.clinic.plans import in_force
from imutrack.clinic.rules import Rules
from imutrack.clinic.treatment_effects import Angle, before_and_after
from imutrack.clinic.verdicts import courses
from imutrack.report.case import Case

__all__ = ["case_of"]


def case_of(
    history: History, rules: Rules, first: date, day: date, standing: PatientDay | None, holds: Callable[[date], bool]
) -> Case:
    """Return what is known of a patient on a day; what people said against results is left to the caller.

    Args:
        history: complete.
        rules: limits of the pain rules, and what makes a day one with data.
        first: first day of the report.
        day: the day the report speaks of; what came later is left out.
        standing: the day's row of the roll-up.
        holds: whether a day lies in the period of the report.
    """
    reports = tuple(each for each in history.reports if each.day <= day)
    exercised = {found.day for found in history.sets} | {found.day for found in history.trials}
    treatments = tuple(each for each in history.treatments if holds(each.day))
    followed = reports or in_force(history.plans, day)
    return Case(
        day=day,
        first=first,
        status=status_on(history.statuses, day),
        versions=history.plans,
        standing=standing,
        courses=courses(history, day),
        reports=reports,
        pain=judge(reports, exercised, day, rules.pain) if followed else None,
        pain_params=rules.pain,
        treatments=treatments,
        effects=before_and_after(treatments, _angles(history, day), reports),
        data_days=evidence(history, day - timedelta(days=MONTH_DAYS - 1), day, rules.triage),
        month=evidence(history, day.replace(day=1), day, rules.triage),
    )


def _angles(history: History, day: date) -> list[Angle]:
    return [
        Angle(
            at=found.start,
            exercise=found.exercise,
            side=found.side,
            way=(*found.way, found.mode),
            value_deg=found.rom_best3_deg,
            error_deg=found.rom_error_deg,
        )
        for found in history.sets
        if found.rom_best3_deg is not None and found.day <= day
    ]
