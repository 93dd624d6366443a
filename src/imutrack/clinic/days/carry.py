"""What a day hands on to the next, however long ago it began: the last day of exercise, the streak, the silence.

All of it can be read off the row of a day, so that a roll-up can go on from there without the whole history.
"""

from dataclasses import dataclass

from imutrack.clinic.days.course import Course
from imutrack.clinic.days.row import PatientDay

__all__ = ["Carry"]


@dataclass(slots=True)
class Carry:
    """The state on a day; days are proleptic ordinals.

    A day of exercise is one with any set or trial. The streak ends only with a day that is over, for what is due today
    may still be done: it holds as long as exercise today would keep to the longest step that the plan in force allows.
    Paused days are no part of a step.

    Attributes:
        known: anything was ever recorded.
        last_done: last day of exercise.
        streak: days of exercise in a row, since there is a plan.
        step: active days since the last of them.
        missed: days since then, before today, on which exercise was due.
        pending: exercise is due today and nothing was done yet.
    """

    known: bool = False
    last_done: int | None = None
    streak: int = 0
    step: int = 0
    missed: int = 0
    pending: bool = False

    @classmethod
    def after(cls, before: PatientDay, course: Course) -> "Carry":
        """Return the state on a day that has a row."""
        day = before.local_date.toordinal()
        last = None if before.days_since_last is None else day - before.days_since_last
        missing_from = course.since(day) if last is None else max(last + 1, course.since(day))
        planned = before.plan_version is not None
        return cls(
            known=before.level > 0,
            last_done=last,
            streak=before.streak_days or 0,
            step=sum(map(course.is_active, range(last + 1, day + 1))) if last is not None and before.streak_days else 0,
            missed=sum(map(course.is_due, range(missing_from, day))) if planned else 0,
            pending=last != day and course.is_due(day),
        )

    def enter(self, day: int, course: Course, *, recorded: bool, worked: bool, due: bool) -> None:
        """Go on to the next day.

        Args:
            day: the day.
            course: of the patient.
            recorded: anything is known of the day; worked: a set or trial.
            due: exercise is due on it.
        """
        self.missed = 0 if course.since(day) == day else self.missed + self.pending
        self.pending = due and not worked
        self.known |= recorded
        self._step(day, course)
        if worked:
            self.last_done, self.missed, self.step = day, 0, 0
            self.streak += course.asked(day) is not None

    def silent_days(self, day: int, course: Course) -> int:
        """Return for how many days nothing was done though it could have been."""
        return day - max(self.last_done or 0, course.since(day))

    def _step(self, day: int, course: Course) -> None:
        asked = course.asked(day)
        if asked is None:
            self.streak = 0
        elif course.is_active(day):
            self.step += 1
            if asked.pause_days is not None and self.step > asked.pause_days:
                self.streak = 0
