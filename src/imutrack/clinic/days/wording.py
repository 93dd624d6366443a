"""Every word of the roll-up, under the rules of `imutrack.words`: each reason gives its value, rule and limit."""

from collections.abc import Iterable
from typing import Final

from imutrack import words
from imutrack.clinic.days.rules import Rule

__all__ = [
    "FACTS",
    "JOIN",
    "WHY",
    "ago",
    "ahead",
    "days_text",
    "joined",
    "per_cents",
    "why",
]

JOIN: Final = "; "

WHY: Final[dict[Rule, str]] = {
    Rule.STOP: "stop reported by the patient on {on}: one is enough, contact the patient (shown for {shown})",
    Rule.LIMIT: (
        "{what}: {reps} of {of} repetitions beyond the approved limit{limit} on {on} ({least} or more in a set, shown "
        "for {shown})"
    ),
    Rule.PAIN_RED: "{reason}",
    Rule.OVER_REPS: "{what}: {reps} in 7 days, {asked} asked for in a week (more than {limit} %)",
    Rule.OVER_DAYS: "exercise on {days} of 7 days, {asked} asked for in a week ({limit:g} times as many or more)",
    Rule.CHANGE: "{what}: {sentence}",
    Rule.PAIN_AMBER: "{reason}",
    Rule.SILENT: "silent for {days}, more than {limit} (exercise was due on {missed} of them)",
    Rule.UNDER: "{done} of the {due} of the last {days} of exercise done (less than {limit} %)",
    Rule.REVIEW_OVERDUE: "plan review overdue by {days}",
    Rule.NO_PLAN: "no plan, though something was recorded {ago} (within {limit})",
    Rule.UNNAMED: "{sets} in 7 days {have} no name: imutrack review",
    Rule.TEMPO: (
        "repetitions took {tempos} of the planned time in the last {sessions} (each more than {limit} % too quick)"
    ),
    Rule.REVIEW_SOON: "plan review due {ahead} (within {limit})",
    Rule.UNTRUSTED: "{sets} in 7 days cannot be trusted: repetitions or range not shown",
}
"""Why a day is looked at: rule -> words."""

FACTS: Final[dict[str, str]] = {
    "nothing known": "nothing known yet: no plan, nothing recorded",
    "no plan": "no plan",
    "silent": "no exercise in 7 days",
    "sets due": "{done} of {due} in 7 days",
    "nothing due": "no exercise due in 7 days",
    "today": "today",
    "ago": "{days} ago",
    "ahead": "in {days}",
}
"""What is said where nothing stands out."""


def why(rule: Rule, **values: object) -> str:
    """Return a reason in words.

    >>> why(Rule.REVIEW_OVERDUE, days="4 days")
    'plan review overdue by 4 days'
    """
    return WHY[rule].format(**values)


def per_cents(values: Iterable[int]) -> str:
    """Return per cents as a list.

    >>> per_cents([58, 61, 64])
    '58, 61 and 64 %'
    """
    *rest, last = [str(value) for value in values]
    return f"{', '.join(rest)} and {last} %" if rest else f"{last} %"


def joined(texts: Iterable[str]) -> str:
    """Join reasons, so that each can be told from the next.

    >>> joined(["less range: 92 to 81 deg; 6 deg or less is none", "no plan"])
    'less range: 92 to 81 deg, 6 deg or less is none; no plan'
    """
    return JOIN.join(text.replace(JOIN, ", ") for text in texts)


def ago(days: int) -> str:
    """Return how long ago a day is.

    >>> ago(0), ago(1)
    ('today', '1 day ago')
    """
    return FACTS["ago"].format(days=days_text(days)) if days else FACTS["today"]


def ahead(days: int) -> str:
    """Return how far ahead a day is.

    >>> ahead(0), ahead(7)
    ('today', 'in 7 days')
    """
    return FACTS["ahead"].format(days=days_text(days)) if days else FACTS["today"]


def days_text(number: int) -> str:
    """Return a number of days.

    >>> days_text(1), days_text(4)
    ('1 day', '4 days')
    """
    return words.counted(number, "day")
