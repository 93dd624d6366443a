"""What a patient's answers mean for the next exercises: green, amber, red or unknown, each day with its reasons.

Goal: rules that explain themselves, and in which silence never looks like good news.

Approach: a day is judged from what was said up to that day, so that a past day keeps its judgement. The latest answer
of each kind stands until a newer one replaces it, at most a week:

- Pain during the exercises is the highest of a day's "worst" and untimed pains (who does not say when is taken at the
  word). Pain "after" has the same limits but does not say what was felt during, so alone it never makes a day green.
- A next-morning pain belongs to the last exercise day before it and is judged on the morning's own day, against the
  lowest pain "before" of that exercise day. Where that is missing it is taken as 0: missing is never good. It stands
  until pain during the exercises of a later day is answered.
- A stop is red on its day and for some days more whatever else is said; nothing averages it away.
- Green needs all of: exercises in the last week, their pain known and at most the first limit, the next morning known
  and settled. What is missing makes the day unknown, never green; what was found makes it amber or red all the same.

Sources: pain-monitoring model (Thomee 1997; Silbernagel 2007); soreness rules of the University of Delaware (PMC6044585
table 5). They were made for tendon and knee rehabilitation of adults: every number is a setting.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from imutrack.clinic.pain_history import WEEK, PainHistory, latest
from imutrack.clinic.self_reports import SelfReport
from imutrack.words import day_text

__all__ = ["DEFAULTS", "Colour", "Judgement", "PainParams", "judge", "judgements"]

_REPEAT: Final = "repeat and do not progress"
_CONTACT: Final = "reduce and contact the patient"
_LONGEST: Final = 30  # days that an answer may stand; a roll-up that goes on from a stored day reads no more of them


class Colour(StrEnum):
    """What may follow: green progress, amber repeat, red reduce and contact; unknown where answers are missing."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


class PainParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits, pain and exertion on scales of 0 to 10; the ``[pain]`` table of ``imutrack.toml``.

    Attributes:
        safe: pain during the exercises up to this lets them progress. Clinical summaries of the pain-monitoring model
            say 3; the original is said to be 2 (Thomee 1997).
        acceptable: above ``safe`` and up to this, repeat; above it, too much (Silbernagel 2007).
        next_morning_rise: the next morning may be higher than before the exercises by this; 2 points are the smallest
            difference that matters to patients (Farrar 2001, Pain 94:149). More is next-day soreness: a day off, then
            repeat (PMC6044585).
        weekly_rise: mean of a week's worst pains above that of the week before; "no rise from week to week"
            (Silbernagel 2007), made 2 points for the reason above.
        weekly_answers: days with an answer that each of the two weeks needs; our choice, one bad day is no week.
        hard_exertion: from here on repeat; our choice, on Borg's CR10 scale 9 lies between "very hard" (7) and
            "maximal" (10).
        answer_days: how long an answer stands, its own day included; our choice, a week as in ``weekly_rise``.
        stop_days: how long a stop stays red, its own day included, whatever is said later; our choice, so that one of
            Friday is still red on Monday.
        wait_for_morning: a day of exercise is not green before its own next morning is known. False goes by the morning
            after the exercise day before, so that somebody who exercises daily can have green days.
    """

    safe: int = 3
    acceptable: int = 5
    next_morning_rise: int = 2
    weekly_rise: float = 2.0
    weekly_answers: int = 3
    hard_exertion: int = 9
    answer_days: int = 7
    stop_days: int = 4
    wait_for_morning: bool = True

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other (a ValueError, which msgspec turns into its own)."""
        if not 0 <= self.safe <= self.acceptable <= 10:
            raise ValueError(f"safe {self.safe} and acceptable {self.acceptable}: 0 <= safe <= acceptable <= 10")
        if self.next_morning_rise < 0 or not self.weekly_rise > 0:
            raise ValueError("next_morning_rise must be 0 or more, and weekly_rise more than 0")
        if not 1 <= self.weekly_answers <= WEEK:
            raise ValueError("weekly_answers must be 1 to 7")
        if not (2 <= self.answer_days <= _LONGEST and 1 <= self.stop_days <= _LONGEST):
            raise ValueError(
                f"answer_days must be 2 to {_LONGEST} and stop_days 1 to {_LONGEST}: no look goes further back"
            )
        if not 0 < self.hard_exertion <= 10:
            raise ValueError(f"hard_exertion {self.hard_exertion}: 1 to 10")


DEFAULTS: Final = PainParams()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The colour of a day and why, the gravest reason first; never without a reason."""

    colour: Colour
    reasons: tuple[str, ...]


def judge(
    reports: Iterable[SelfReport], exercised: Collection[date], day: date, params: PainParams = DEFAULTS
) -> Judgement:
    """Judge one day; for several use `judgements`."""
    return judgements(reports, exercised, (day,), params)[0]


def judgements(
    reports: Iterable[SelfReport],
    exercised: Collection[date],
    days: Iterable[date],
    params: PainParams = DEFAULTS,
) -> list[Judgement]:
    """Judge days of one patient.

    Args:
        reports: all there are, in any order; later ones than a day do not count for it.
        exercised: local dates with exercises.
        days: to judge, in any order.
        params: limits.

    Returns:
        One judgement per entry of ``days``, in their order.
    """
    history = PainHistory(reports, exercised)
    return [_Day(history, day.toordinal(), params).judgement() for day in days]


class _Day:
    """One day's judgement in the making: `red`, `amber`, what is `missing` and what is `fine`, all in words."""

    def __init__(self, history: PainHistory, day: int, params: PainParams) -> None:
        self.history, self.day, self.params = history, day, params
        self.red: list[str] = []
        self.amber: list[str] = []
        self.missing: list[str] = []
        self.fine: list[str] = []
        self.oldest = day - params.answer_days + 1
        self.answered = history.during.latest(day)
        # what was said before the latest answer about pain during the exercises concerns earlier exercises
        self.since = self.oldest if self.answered is None else max(self.answered, self.oldest)

    def judgement(self) -> Judgement:
        self._stop()
        self._during()
        self._after()
        self._mornings()
        self._weeks()
        self._exertion()
        if self.red or self.amber:
            return Judgement(Colour.RED if self.red else Colour.AMBER, (*self.red, *self.amber))
        if self.missing:
            return Judgement(Colour.UNKNOWN, tuple(self.missing))
        return Judgement(Colour.GREEN, tuple(self.fine))

    def _stop(self) -> None:
        found = self.history.stop.latest(self.day)
        if found is not None and found >= min(self.since, self.day - self.params.stop_days + 1):
            self.red.append(f"stop reported{self._on(found)}: one is enough, {_CONTACT}")

    def _during(self) -> None:
        exercised = latest(self.history.exercised, self.day)
        if self.answered is None:
            self.missing.append("no answer yet about pain during the exercises")
        elif self.answered < max(self.oldest, exercised or 0):
            self.missing.append(f"no answer about pain during the exercises since {self._date(self.answered)}")
        if self.answered is None or self.answered < self.oldest:
            return
        pain, timed = self.history.during.by_day[self.answered], self.history.timed.by_day.get(self.answered)
        what = (
            f"worst pain {pain} of 10 during the exercises"
            if pain == timed
            else f"pain {pain} of 10, no time said and taken as during the exercises"
        )
        self._limits(pain, f"{what}{self._on(self.answered)}")

    def _after(self) -> None:
        found = self.history.after.latest(self.day)
        if found is None or found < self.since:
            return
        pain = self.history.after.by_day[found]
        if pain > max(self.params.safe, self.history.during.by_day.get(found, -1)):  # else the pain during says it all
            self._limits(pain, f"pain {pain} of 10 after the exercises{self._on(found)}")

    def _limits(self, pain: int, what: str) -> None:
        if pain > self.params.acceptable:
            self.red.append(f"{what}: above {self.params.acceptable}, {_CONTACT}")
        elif pain > self.params.safe:
            self.amber.append(f"{what}: above {self.params.safe}, {_REPEAT}")
        else:
            self.fine.append(f"{what}: at most {self.params.safe}")

    def _mornings(self) -> None:
        newest, due = self.history.morning.latest(self.day), self._due()
        if due is not None and due not in self.history.morning.by_day:
            self.missing.append(f"no answer for the next morning after the exercises of {self._date(due - 1)}")
        elif due is not None:
            self._morning(due)
        if newest is not None and newest >= self.since and newest != due:
            self._morning(newest)

    def _due(self) -> int | None:
        """Return the morning that must be known for a green day, and note where there is none."""
        exercised = latest(self.history.exercised, self.day)
        if exercised is None or exercised < self.oldest:
            since = "yet" if exercised is None else f"since {self._date(exercised)}"
            self.missing.append(f"no exercises {since}")
            return None
        if exercised == self.day:
            earlier = latest(self.history.exercised, self.day - 1)
            if self.params.wait_for_morning or earlier is None or earlier < self.oldest:
                self.missing.append("next morning not yet known")
                return None
            exercised = earlier
        return exercised + 1

    def _morning(self, morning: int) -> None:
        pain, params = self.history.morning.by_day[morning], self.params
        exercised = latest(self.history.exercised, morning - 1)
        recent = exercised is not None and exercised > morning - params.answer_days
        before = self.history.before.by_day.get(exercised) if exercised is not None and recent else None
        said = "not known before the exercises and taken as 0" if before is None else f"{before} before the exercises"
        what, base = f"next morning pain {pain} of 10{self._on(morning)}, {said}", before or 0
        if pain > params.acceptable:
            self.red.append(f"{what}: above {params.acceptable}, {_CONTACT}")
        elif pain > base + params.next_morning_rise:
            self.amber.append(f"{what}: risen by more than {params.next_morning_rise}, one day off, then repeat")
        elif pain > max(params.safe, base):
            self.amber.append(f"{what}: above {params.safe} and not settled, {_REPEAT}")
        else:
            self.fine.append(f"{what}: settled")

    def _weeks(self) -> None:
        (total, days), (total_before, days_before) = self.history.week(self.day), self.history.week(self.day - WEEK)
        if min(days, days_before) < self.params.weekly_answers:
            return
        # the means' difference, multiplied by both counts to stay exact
        if total * days_before - total_before * days < self.params.weekly_rise * days * days_before:
            return
        mean, before, rise = total / days, total_before / days_before, self.params.weekly_rise
        weeks = f"worst pain {mean:.1f} of 10 on average in 7 days, {before:.1f} in the 7 days before"
        what = f"{weeks}: risen by {rise:g} or more"
        if mean > self.params.acceptable:
            self.red.append(f"{what} and above {self.params.acceptable}, {_CONTACT}")
        else:
            self.amber.append(f"{what}, {_REPEAT}")

    def _exertion(self) -> None:
        found = self.history.exertion.latest(self.day)
        if found is None or found < self.since:
            return
        exertion, limit = self.history.exertion.by_day[found], self.params.hard_exertion
        if exertion >= limit:
            self.amber.append(f"exertion {exertion} of 10{self._on(found)}: {limit} or more, {_REPEAT}")

    def _on(self, day: int) -> str:
        return "" if day == self.day else f" on {self._date(day)}"

    def _date(self, day: int) -> str:
        return day_text(date.fromordinal(day), date.fromordinal(self.day))
