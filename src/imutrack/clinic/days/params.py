"""When a patient needs a look: the limits of the triage, and what makes a day one with data."""

from typing import Final, Literal

import msgspec

__all__ = ["DEFAULTS", "MONTH_DAYS", "WEEK_DAYS", "WINDOW_DAYS", "DataKind", "DayParams"]

WEEK_DAYS: Final = 7
MONTH_DAYS: Final = 30  # the rolling period over which days with data are counted
WINDOW_DAYS: Final = 45
"""How far before a resumed roll-up the history must reach back: a month to date, or 30 days, and some to spare."""

DataKind = Literal["set", "trial", "pain"]


class DayParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the triage; the ``[triage]`` table of ``imutrack.toml``.

    Attributes:
        silent_days: more days than this without anything recorded, with exercise due on one of them at least, need a
            look: 72 h (our choice; a usual plan has no longer pause).
        under_pct: sets done of those due, below which a patient needs a look. Half: at home about half of what is
            prescribed is not done (Argent 2018, mhealth e47), so less than that is worth a question.
        under_due_days: over how many days of exercise; one bad day is no pattern.
        over_pct: repetitions of an exercise in 7 days, of those the plan asks for in a week, above which a patient
            needs a look. Half as much again: tissue is loaded more than the therapist decided (our choice).
        over_days_ratio: days with exercise in 7, of those the plan asks for in a week, from which on it is too often;
            twice is our choice.
        tempo_short_pct: a session is too quick where its repetitions take less than the planned time by more than this.
            People repeat at home quicker than shown (Komaris 2022, doi 10.1186/s13102-022-00417-1); 30 % is our choice.
        tempo_sessions: how many sessions in a row; one quick session is no habit.
        tempo_days: how far back these sessions may lie; two weeks hold three sessions of any usual plan.
        stop_days: how long a stop that the patient reported stays on top, its own day included: a week, so that
            neither a weekend nor a holiday hides it.
        limit_days: how long repetitions beyond an approved limit stay on top, for the same reason.
        limit_reps: repetitions of one set beyond the limit that count; one may be an error of measurement.
        review_days: how many days before the plan is to be looked at again it is mentioned; a week to plan ahead.
        data_day: what makes a day one with data: a set or trial with a result, or a pain that was entered. What is
            accepted differs from payer to payer: a setting, and never a statement of eligibility.
    """

    silent_days: int = 3
    under_pct: int = 50
    under_due_days: int = 3
    over_pct: int = 150
    over_days_ratio: float = 2.0
    tempo_short_pct: int = 30
    tempo_sessions: int = 3
    tempo_days: int = 14
    stop_days: int = 7
    limit_days: int = 7
    limit_reps: int = 2
    review_days: int = 7
    data_day: tuple[DataKind, ...] = ("set", "trial", "pain")

    def __post_init__(self) -> None:
        """Refuse limits that cannot be (a ValueError, which msgspec turns into its own)."""
        for name in ("silent_days", "under_due_days", "tempo_sessions", "tempo_days", "stop_days", "limit_days"):
            if not 1 <= getattr(self, name) <= MONTH_DAYS:
                raise ValueError(
                    f"{name} {getattr(self, name)}: 1 to {MONTH_DAYS} days, which is as far as is looked back"
                )
        if not 0 <= self.under_pct <= 100 or self.over_pct < 100 or not 0 < self.tempo_short_pct < 100:
            raise ValueError("under_pct must be 0 to 100, over_pct 100 or more, tempo_short_pct between 0 and 100")
        if self.over_days_ratio <= 1 or self.limit_reps < 1 or self.review_days < 0:
            raise ValueError("over_days_ratio must be more than 1, limit_reps 1 or more, review_days 0 or more")
        if not self.data_day:
            raise ValueError("data_day is empty: name at least one of set, trial and pain")


DEFAULTS: Final = DayParams()
