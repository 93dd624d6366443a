"""What a patient said about pain and effort: one report per entry, checked when it is typed, never changed afterwards.

Every part may be missing, and missing stays missing: nothing here fills in a zero. What the answers mean for the next
exercises is said in `pain_rules`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from imutrack.errors import SettingsError

__all__ = ["TEXT_MOST", "SelfReport", "When", "checked_report", "one_line", "whole_number"]

TEXT_MOST: Final = 500  # a note, not a letter: it has to fit a line of the triage and a row of the report


class When(StrEnum):
    """Which pain a number is about."""

    BEFORE = "before"
    WORST = "worst"
    AFTER = "after"
    NEXT_MORNING = "next-morning"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReport:
    """One entry.

    Attributes:
        at: Unix epoch s.
        day: local date; of `When.NEXT_MORNING` the morning's own day.
        pain: 0 (none) to 10 (worst imaginable); None where it was not said.
        when: which pain; None where it was not said, or no pain was.
        exertion: 0 (none) to 10 (the most possible); None where it was not said.
        stop: the patient broke off.
        text: in the patient's words, one line; empty where nothing was said.
    """

    at: float
    day: date
    pain: int | None = None
    when: When | None = None
    exertion: int | None = None
    stop: bool = False
    text: str = ""


def checked_report(
    *,
    at: float,
    day: date,
    pain: int | str | None = None,
    when: str | None = None,
    exertion: int | str | None = None,
    stop: bool = False,
    text: str | None = None,
) -> SelfReport:
    """Check what was typed and return the report.

    Args:
        at: Unix epoch s.
        day: local date of ``at``.
        pain, exertion: 0 to 10.
        when: one of `When`; needs ``pain``.
        stop: the patient broke off.
        text: one line of at most `TEXT_MOST` characters.

    Raises:
        SettingsError: a value that cannot be, a time without a pain, or nothing said at all.

    >>> checked_report(at=0.0, day=date(2026, 3, 12), pain="4", when="next morning").when
    <When.NEXT_MORNING: 'next-morning'>
    """
    if when is not None and pain is None:
        raise SettingsError(f"--when {when} says which pain: add --pain 0 to 10, or leave out --when")
    report = SelfReport(
        at=at,
        day=day,
        pain=None if pain is None else whole_number(pain, "--pain", 0, 10),
        when=None if when is None else _when(when),
        exertion=None if exertion is None else whole_number(exertion, "--exertion", 0, 10),
        stop=stop,
        text=one_line(text or "", "--text", TEXT_MOST),
    )
    if report.pain is None and report.exertion is None and not report.stop and not report.text:
        raise SettingsError("nothing was said: give at least one of --pain, --exertion, --stop and --text")
    return report


def whole_number(typed: int | str, option: str, low: int, high: int) -> int:
    """Return a whole number as somebody typed it.

    Raises:
        SettingsError: it is none, or outside ``low`` to ``high``, both included.

    >>> whole_number(" 7 ", "--pain", 0, 10)
    7
    """
    text = str(typed).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
    if number is None or not low <= number <= high:
        raise SettingsError(f"{option} {typed}: a whole number from {low} to {high} is needed")
    return number


def one_line(typed: str, option: str, most: int) -> str:
    """Return a short text without blanks around it.

    Raises:
        SettingsError: it is longer than ``most`` characters, or holds a line break or another control character.
    """
    text = typed.strip()
    if len(text) > most:
        raise SettingsError(f"{option} has {len(text)} characters: at most {most}")
    if not all(letter.isprintable() for letter in text):
        raise SettingsError(f"{option} has a line break or another character that cannot be printed: use one line")
    return text


def _when(typed: str) -> When:
    try:
        return When(typed.strip().lower().replace("_", "-").replace(" ", "-"))
    except ValueError as error:
        raise SettingsError(f"--when {typed!r}: use one of {', '.join(When)}") from error
