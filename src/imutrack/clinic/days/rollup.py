"""The roll-up: one row per local day on which a patient is active, also when nothing happened.

Goal: the row of a day says the same whenever it is computed, so it uses only what is dated up to that day, and local
dates only. Approach: walk through the days once, with running sums (`windows`) and what each day hands on (`carry`);
from a stored row the walk goes on, after a run-up that fills the windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from imutrack.clinic import pain_rules
from imutrack.clinic.days.adherence import adherence
from imutrack.clinic.days.course import Course
from imutrack.clinic.days.params import DEFAULTS, DayParams
from imutrack.clinic.days.records import records_of
from imutrack.clinic.days.row import PatientDay, Verdict
from imutrack.clinic.days.standing import Standing
from imutrack.clinic.days.triage import Seen, assess
from imutrack.clinic.days.walk import Walk
from imutrack.clinic.history import History
from imutrack.clinic.pain_rules import Judgement, PainParams, judgements

__all__ = ["patient_days"]

_MINUTE_MS = 60_000


def patient_days(
    history: History,
    verdicts: Iterable[Verdict],
    first: date,
    last: date,
    params: DayParams = DEFAULTS,
    before: PatientDay | None = None,
    *,
    pain: PainParams = pain_rules.DEFAULTS,
) -> list[PatientDay]:
    """Return the rows of a period.

    Args:
        history: of the patient. Statuses and plans are always complete. The rest is complete too, or, with ``before``,
            reaches back to `WINDOW_DAYS` before ``first``, and to the day after ``before`` where that is earlier.
        verdicts: what changed, in any order, from those on that are in force on ``first``.
        first, last: local dates, both included; days before anything is known of the patient have no row.
        params: limits of the triage.
        before: the last row before ``first``, to go on from.
        pain: limits of the pain rules.
    """
    course, records = Course(history), records_of(history)
    if before is None:
        known = min((history.registered.toordinal(), *records))
        begin = min((known, *(version.from_date.toordinal() for version in history.plans)))  # a plan may be dated back
    else:
        known = begin = before.local_date.toordinal() + 1
    days = [day for day in range(max(known, first.toordinal()), last.toordinal() + 1) if course.is_active(day)]
    walk, standing = Walk(course, records, params, begin, before), Standing(verdicts)
    pains = _Pains(history, days, pain)
    rows = []
    for at, day in enumerate(days):
        walk.go_to(day)
        standing.go_to(day)
        # a stop has a reason of its own: what else there is to say of the pain is judged without it
        said = pains.without_stops[at] if walk.windows.stops else pains.judged[at]
        seen = Seen(walk.today, day, walk.asked, course, walk.carry, walk.windows, standing, said, params)
        rows.append(_row(history.patient, seen, pains.judged[at]))
    return rows


class _Pains:
    """The pain of each day, judged with all that was said and without the stops."""

    def __init__(self, history: History, ordinals: Sequence[int], params: PainParams) -> None:
        days = [date.fromordinal(day) for day in ordinals]
        exercised = {found.day for found in history.sets} | {trial.day for trial in history.trials}
        self.judged = self.without_stops = judgements(history.reports, exercised, days, params)
        if any(report.stop for report in history.reports):
            others = [replace(report, stop=False) for report in history.reports]
            self.without_stops = judgements(others, exercised, days, params)


def _row(patient: str, seen: Seen, pain: Judgement) -> PatientDay:
    windows, asked, last = seen.windows, seen.asked, seen.carry.last_done
    figures, found = adherence(windows), assess(seen)
    planned = asked is not None
    return PatientDay(
        patient=patient,
        local_date=seen.today,
        status="active",
        therapist=asked.therapist if asked else None,
        plan_version=asked.number if asked else None,
        level=found.level,
        urgency=found.urgency,
        why=found.why,
        sets=windows.today.sets,
        sets_due=windows.today.sets_due if planned else None,
        days_since_last=None if last is None else seen.day - last,
        streak_days=seen.carry.streak if planned else None,
        sessions_7d=figures.sessions if planned else None,
        sessions_due_7d=figures.sessions_due if planned else None,
        sets_7d=figures.sets if planned else None,
        sets_due_7d=figures.sets_due if planned else None,
        reps_pct_7d=figures.reps_pct,
        reps_over_pct_7d=figures.reps_over_pct,
        in_range_pct_7d=figures.in_range_pct,
        tempo_pct_7d=figures.tempo_pct,
        untrusted_sets_7d=windows.untrusted,
        unlabelled_sets_7d=windows.unlabelled,
        worst_pain_7d=windows.worst_pain,
        pain_colour=pain.colour.value,
        rom_worst_verdict=seen.standing.rom_worst,
        sway_worst_verdict=seen.standing.sway_worst,
        data_days_30d=windows.data_days,
        exercise_minutes_month=round(windows.duration_ms / _MINUTE_MS, 1),
        contact_minutes_month=windows.contact_minutes,
        days_to_review=(asked.review - seen.today).days if asked and asked.review else None,
    )
