"""Adherence within 7 days as separate figures, each against the plan in force on each day; never one blended score.

How they are counted:

- `sets`: sets and trials of the plan. Of each exercise no more count than were due within the window, so that more of
  one does not make up for another; on which day of the window does not matter.
- `sessions`: days on which anything of the plan was done, however little of it.
- `reps_pct`: repetitions as the sets, exercise by exercise, 100 % at most. A set that is not sure counts with the
  fewest it may have been. `reps_over_pct` is what went beyond, of what was due.
- `in_range_pct`: of the repetitions of sets whose range is planned, known and to be trusted.
- `tempo_pct`: time under tension of the repetitions done, of the time the plan gives as many: how many were done is
  said by `reps_pct`. Below 100 they were quicker. Counting repetitions is not measuring the dose (O'Connor 2019, BJSM
  53 Suppl 1:A11: 76 % of the repetitions, 52 % of the time under tension).
"""

from typing import NamedTuple

from imutrack.clinic.days.windows import Windows

__all__ = ["Adherence", "adherence", "pct"]


class Adherence(NamedTuple):
    """The figures of 7 days; shares are per cent and None where nothing was due or known."""

    sessions: int
    sessions_due: int
    sets: int
    sets_due: int
    reps_pct: float | None
    reps_over_pct: float | None
    in_range_pct: float | None
    tempo_pct: float | None


def adherence(windows: Windows) -> Adherence:
    """Return the figures of the 7 days up to the last one added."""
    sets = sets_due = reps = reps_over = reps_due = 0
    for part in windows.parts.values():
        sets += min(part.sets, part.sets_due)
        sets_due += part.sets_due
        reps += min(part.reps, part.reps_due)
        reps_due += part.reps_due
        if part.reps_due:  # what was not due at all in these days has nothing to go beyond
            reps_over += max(0, part.reps - part.reps_due)
    return Adherence(
        sessions=windows.sessions,
        sessions_due=windows.sessions_due,
        sets=sets,
        sets_due=sets_due,
        reps_pct=pct(reps, reps_due),
        reps_over_pct=pct(reps_over, reps_due),
        in_range_pct=pct(windows.reps_in_range, windows.ranged_reps),
        tempo_pct=pct(windows.tension_ms, windows.planned_ms),
    )


def pct(part: int, whole: int) -> float | None:
    """Return a share in per cent with one decimal; None where there is no whole.

    >>> pct(2, 3), pct(0, 0)
    (66.7, None)
    """
    return round(100 * part / whole, 1) if whole else None
