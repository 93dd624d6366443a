"""What people said of the demo's synthetic patient: a plan, pain after each session, two treatments. All made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.plans.book import activate, history
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import checked_treatment
from imutrack.config import Settings
from imutrack.demo import SYNTHETIC_PATIENT
from imutrack.stores.local import LocalStore
from imutrack.synthetic import Day

__all__ = ["tell"]

_AFTER_SESSION_S: Final = 3600.0
_NEXT_MORNING_S: Final = 22 * 3600.0
_TREATED_IN_WEEKS: Final = (2, 4)  # from 0, on the second session's day

_PLAN: Final = """\
# Synthetic: made by a program to try the software.
therapist = "demo"
affected_side = "right"
start_date = {start}
goal = "improve"
review_date = {review}
diagnosis = "knee, made up"

[[exercise]]
exercise = "long_arc_knee_extension"
sets = 1
reps = 10
rom_target_deg = 80
tempo = {{ outward_s = 1.5, hold_s = 0.5, return_s = 1.5 }}
days_a_week = 3

[[exercise]]
exercise = "heel_slide"
sets = 1
reps = 10
rom_target_deg = 50
days_a_week = 2
"""


def tell(store: LocalStore, settings: Settings, days: Sequence[Day], now: float) -> None:
    """Write all of it; again it changes nothing.

    Args:
        store: holds the patient.
        settings: of the clinic.
        days: of the patient.
        now: Unix epoch s; what lies after it is left out.
    """
    first, last = days[0].date, days[-1].date
    if not history(store, SYNTHETIC_PATIENT):
        text = _PLAN.format(start=first, review=last + timedelta(days=10))
        at = datetime.combine(first, datetime.min.time(), settings.zone).timestamp()
        activate(store, SYNTHETIC_PATIENT, text, "demo", first, at, clinic=settings.clinic, zone=settings.zone)
    for day in days:
        start = day.items[0].recording.start or 0.0
        settled = max(day.pain - 1, 0)
        for at, pain, when in (
            (start + _AFTER_SESSION_S, day.pain, When.WORST),
            (start + _NEXT_MORNING_S, settled, When.NEXT_MORNING),
        ):
            if at <= now:
                local = datetime.fromtimestamp(at, settings.zone).date()
                report = SelfReport(at=at, day=local, pain=pain, when=when)
                add_report(store, SYNTHETIC_PATIENT, report, clinic=settings.clinic)
    for week in _TREATED_IN_WEEKS:
        start = (days[3 * week + 1].items[0].recording.start or 0.0) - 2 * _AFTER_SESSION_S
        local = datetime.fromtimestamp(start, settings.zone).date()
        treatment = checked_treatment(at=start, day=local, kind="massage", minutes=20, site="right thigh", by="demo")
        add_treatment(store, SYNTHETIC_PATIENT, treatment, clinic=settings.clinic)
