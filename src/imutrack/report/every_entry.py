"""``--full``: all that was entered and decided: the plan, the patient's word, treatments, corrections, counts.

The counts of days and minutes come with their evidence; what they are good for is for others to decide.
"""

from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from imutrack import words
from imutrack.clinic.days import Evidence
from imutrack.clinic.days.params import MONTH_DAYS
from imutrack.clinic.plans import PlanVersion, changes
from imutrack.clinic.treatments import KINDS
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.changed import milestone_text, verdict, whole_verdict
from imutrack.report.notes import set_aside
from imutrack.report.sayings import report_text, treatment_text
from imutrack.report.standing import first_line
from imutrack.report.treated import treatment_lines

__all__ = ["Chapter", "Line", "chapters"]


class Line(NamedTuple):
    """One entry: when or what it is about, and what there is to say."""

    about: str
    text: str


class Chapter(NamedTuple):
    """Entries of one kind."""

    heading: str
    lines: tuple[Line, ...]


def chapters(case: Case, zone: tzinfo) -> list[Chapter]:
    """Return what the clinic knows besides the results, entry by entry; without what there is nothing of."""
    found = (
        Chapter("Why it stands so", _reasons(case)),
        Chapter("Changes", _changes(case)),
        Chapter("Milestones", tuple(Line("", f"{milestone_text(each)}.") for each in case.reached())),
        Chapter("The plan and its changes", _plans(case)),
        Chapter("What the patient said", _reports(case, zone)),
        Chapter("Treatments and contacts", _treatments(case)),
        Chapter("Corrected by people", _said(case)),
        Chapter("Set aside", tuple(Line(note.about, note.text) for note in set_aside(case))),
        Chapter("Days with data and minutes", _counts(case, zone)),
    )
    return [chapter for chapter in found if chapter.lines]


def _reasons(case: Case) -> tuple[Line, ...]:
    standing = first_line(case, most=99)
    lines = [] if standing is None else [Line("", reason) for reason in standing.reasons]
    lines += [] if case.pain is None else [Line(f"Pain: {case.pain.colour}", "; ".join(case.pain.reasons) + ".")]
    if case.plan and case.plan.note:
        lines.append(Line("Precautions", case.plan.note))
    return tuple(lines)


def _changes(case: Case) -> tuple[Line, ...]:
    return tuple(
        Line(wording.first_upper(course.label), whole_verdict(case, course) + ".")
        for course in case.courses
        if verdict(case, course) != wording.ABSENT
    )


def _plans(case: Case) -> tuple[Line, ...]:
    """Tell every version: from when, by whom, and what changed."""
    ordered = sorted(case.versions, key=lambda version: (version.from_date, version.number))
    before: PlanVersion | None = None
    lines = []
    for version in ordered:
        about = f"Version {version.number}, from {wording.day_long(version.from_date)}, by {version.by}"
        what = changes(before.plan if before else None, version.plan)
        lines.append(Line(about, wording.first_upper("; ".join(what) or "nothing changed") + "."))
        before = version
    return tuple(lines)


def _reports(case: Case, zone: tzinfo) -> tuple[Line, ...]:
    return tuple(
        Line(f"{wording.day_short(report.day)}, {_clock(report.at, zone)}", wording.first_upper(report_text(report)))
        for report in sorted(case.reports, key=lambda report: report.at)
        if report.day >= case.first
    )


def _treatments(case: Case) -> tuple[Line, ...]:
    ordered = sorted(case.treatments, key=lambda each: each.at)
    lines = []
    for each, (about, text) in zip(ordered, treatment_lines(case, ordered), strict=True):
        licence = f" (licence {each.licence})" if each.licence else ""
        remark = f"; {each.text}" if each.text else ""
        lines.append(Line(about + licence + remark, f"{wording.first_upper(text)}." if text else ""))
    return tuple(lines)


def _said(case: Case) -> tuple[Line, ...]:
    return tuple(
        Line(
            f"{wording.first_upper(said.about)}, {wording.day_short(said.day)}" if said.day else said.about,
            f"{wording.first_upper(said.text)}, by {said.by}",
        )
        for said in case.said
    )


def _counts(case: Case, zone: tzinfo) -> tuple[Line, ...]:
    """Tell the days with data of 30 days and the minutes of the month, then what each rests on."""
    days, month = case.data_days, case.month
    if not (days.days or month.minutes):
        return ()
    begin = case.day - timedelta(days=MONTH_DAYS - 1)
    lines = [
        Line(
            f"{wording.period(begin, case.day)}",
            f"{words.counted(len(days.days), 'day')} with data of {MONTH_DAYS}. A count, not a statement of what it is "
            "good for.",
        )
    ]
    for day in days.days:
        parts = [] if not day.set_ids else [f"{words.counted(len(day.set_ids), 'set or trial', 'sets and trials')}: "]
        parts += [", ".join(day.set_ids)]
        pains = (
            f"{'; ' if day.set_ids else ''}{words.counted(len(day.pains), 'answer')} about pain" if day.pains else ""
        )
        lines.append(Line(wording.day_short(day.day), "".join(parts) + pains))
    return (*lines, *_minutes(case, month, zone))


def _minutes(case: Case, month: Evidence, zone: tzinfo) -> list[Line]:
    kinds: Counter[str] = Counter()
    for entry in month.minutes:
        kinds[KINDS.get(entry.kind, entry.kind)] += entry.minutes
    each = "; ".join(f"{kind} {minutes} min" for kind, minutes in sorted(kinds.items()))
    about = f"{wording.period(case.day.replace(day=1), case.day)}"
    head = f"{month.contact_minutes} minutes entered" + (f": {each}." if each else ".")
    if case.standing is not None:
        head += f" {case.standing.exercise_minutes_month:.0f} minutes of exercise recorded."
    return [
        Line(about, head),
        *(
            Line(f"{wording.day_short(entry.day)}, {_clock(entry.at, zone)}", treatment_text(entry, licence=True))
            for entry in month.minutes
        ),
    ]


def _clock(at: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"
