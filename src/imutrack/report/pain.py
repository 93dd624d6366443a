"""What the patient said of pain and effort: the colour as a word with its reason, and the answers day by day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from imutrack.clinic.pain_rules import Judgement
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.report import wording
from imutrack.report.case import Case

__all__ = ["DAYS_SHOWN", "PainDay", "effort_line", "pain_days", "pain_line", "stop_line", "worst_told"]

DAYS_SHOWN: Final = 28  # four weeks: what a patient and a therapist remember together
_REASONS: Final = 2
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PainDay:
    """The answers of a day, 0 to 10; None where there is none.

    Attributes:
        day: local date.
        worst: highest of "worst", "after" and of those without a time.
        morning: highest of the next morning's, on the morning's own day.
        stop: the patient stopped because something felt wrong.
    """

    day: date
    worst: int | None = None
    morning: int | None = None
    stop: bool = False


def pain_days(reports: Iterable[SelfReport], last: date, days: int = DAYS_SHOWN) -> list[PainDay]:
    """Return the days with an answer, of as many days up to the last one."""
    by_day: dict[date, list[SelfReport]] = {}
    for report in reports:
        if last - timedelta(days=days) < report.day <= last:
            by_day.setdefault(report.day, []).append(report)
    found = [_of_day(day, said) for day, said in sorted(by_day.items())]
    return [each for each in found if each.worst is not None or each.morning is not None or each.stop]


def pain_line(judgement: Judgement | None, told: Collection[str] = ()) -> str:
    """Return the colour in a word and why; empty where pain is not followed.

    Args:
        judgement: of the day.
        told: reasons that stand on the page already, each a sentence.

    >>> from imutrack.clinic.pain_rules import Colour
    >>> pain_line(Judgement(Colour.UNKNOWN, ("next morning not yet known",)))
    'Unknown: next morning not yet known.'
    """
    if judgement is None:
        return ""
    colour = wording.first_upper(judgement.colour)
    new = [reason for reason in judgement.reasons if f"{wording.first_upper(reason)}." not in told][:_REASONS]
    return f"{colour}: {'; '.join(new)}." if new else f"{colour}, for the reasons above."


def effort_line(case: Case) -> str:
    """Return the last answer about effort of the days shown; unknown where there is none."""
    if case.pain is None:
        return ""
    begin = case.day - timedelta(days=DAYS_SHOWN)
    said = [report for report in case.reports if report.exertion is not None and report.day > begin]
    if not said:
        return "Effort: unknown."
    last = max(said, key=lambda report: report.at)
    return f"Effort: {last.exertion} of 10 on {wording.day_short(last.day)}."


def stop_line(case: Case) -> str:
    """Return on which of the days shown the patient stopped; empty where that was on none."""
    days = {each.day for each in pain_days(case.reports, case.day) if each.stop}
    return f"Stop reported: {wording.days_list(days)}." if days else ""


def worst_told(case: Case) -> int | None:
    """Return the worst pain of seven days, next mornings left aside; None where nothing was said."""
    days = pain_days((each for each in case.reports if each.day > case.day - _WEEK), case.day)
    return max((each.worst for each in days if each.worst is not None), default=None)


def _of_day(day: date, said: list[SelfReport]) -> PainDay:
    worst = [each.pain for each in said if each.pain is not None and each.when in {When.WORST, When.AFTER, None}]
    morning = [each.pain for each in said if each.pain is not None and each.when is When.NEXT_MORNING]
    return PainDay(
        day=day,
        worst=max(worst, default=None),
        morning=max(morning, default=None),
        stop=any(each.stop for each in said),
    )
