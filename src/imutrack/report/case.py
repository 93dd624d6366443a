"""What the clinic knows of a patient besides the results: plan, standing, verdicts, the patient's word, treatments.

Plain values as of one day, made by `imutrack.report.gather`. Where a clinic keeps none of it, everything is empty.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from imutrack.clinic.change import Change, Milestone, milestones_among
from imutrack.clinic.days import Evidence, PatientDay
from imutrack.clinic.pain_rules import DEFAULTS, Judgement, PainParams
from imutrack.clinic.patients import ACTIVE
from imutrack.clinic.plans import Plan, PlanItem, PlanVersion, in_force
from imutrack.clinic.self_reports import SelfReport
from imutrack.clinic.treatment_effects import Effect
from imutrack.clinic.treatments import Treatment
from imutrack.clinic.verdicts import Course
from imutrack.placements import worn_alike
from imutrack.stores.targets import of_side

__all__ = ["Case", "Reached", "Said"]


_NOTHING: Final = Evidence((), ())


class Said(NamedTuple):
    """What a person said of a result or an entry, against what it was.

    Attributes:
        day: local date of the result or entry; None where it is no longer there.
        about: what it is of, in words.
        text: what was said and why.
        by: who; empty where that is not kept.
    """

    day: date | None
    about: str
    text: str
    by: str


class Reached(NamedTuple):
    """A milestone and the course it lies in."""

    course: Course
    milestone: Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known on a day.

    Attributes:
        day: the day it speaks of: today, or the last of a period that is over.
        first: from which day on treatments, corrections and milestones are told.
        status: ``active``, ``paused`` or ``discharged``.
        versions: of the plan, up to the day or later.
        standing: the day's row of the roll-up; None where it has none.
        courses: measures over time, up to the day.
        reports: what the patient said, up to the day.
        pain: what that means for the next exercises; None where pain is not followed.
        pain_params: limits of the pain rules.
        treatments: of the period; effects: what was measured around them.
        aside: results and entries of the period that are not used, newest first.
        said: every correction of the period, in order.
        month: the days and minutes behind the counts, of 30 days and of the calendar month so far.
    """

    day: date = date.min
    first: date = date.min
    status: str = ACTIVE
    versions: tuple[PlanVersion, ...] = ()
    standing: PatientDay | None = None
    courses: tuple[Course, ...] = ()
    reports: tuple[SelfReport, ...] = ()
    pain: Judgement | None = None
    pain_params: PainParams = DEFAULTS
    treatments: tuple[Treatment, ...] = ()
    effects: tuple[Effect, ...] = ()
    aside: tuple[Said, ...] = ()
    said: tuple[Said, ...] = ()
    data_days: Evidence = _NOTHING
    month: Evidence = _NOTHING

    @property
    def version(self) -> PlanVersion | None:
        """The version of the plan in force on the day."""
        return in_force(self.versions, self.day)

    @property
    def plan(self) -> Plan | None:
        """The plan in force on the day."""
        version = self.version
        return version.plan if version else None

    @property
    def goal(self) -> str:
        """Goal of the plan in force; empty without one."""
        return str(self.plan.goal) if self.plan else ""

    def item(self, exercise: str, side: str | None) -> PlanItem | None:
        """Return what the plan in force asks of an exercise or trial; None where it asks nothing."""
        items = self.plan.exercise if self.plan else ()
        return of_side([item for item in items if item.task_name == exercise], side)

    def course(self, measure: str, name: str, side: str | None, way: tuple[str | None, ...]) -> Course | None:
        """Return a measure over time.

        Args:
            measure: id of `imutrack.clinic.change.MEASURES`.
            name: exercise or trial.
            side: as entered.
            way: (angle kind, placement, algorithm, mode).
        """
        return next(
            (
                found
                for found in self.courses
                if (found.measure.id, found.exercise, found.side, (*found.way, found.mode))
                == (measure, name, side, way)
            ),
            None,
        )

    def change(self, course: Course | None) -> Change | None:
        """Return what is said of a measure on the day."""
        return course.changes[-1] if course and course.changes else None

    def reached(self) -> list[Reached]:
        """Return the milestones of the period, the newest first."""
        found = [
            Reached(course, milestone)
            for course in self.courses
            for milestone in milestones_among(course.changes, course.measure, target=self._target(course))
            if self.first <= milestone.day <= self.day
        ]
        return sorted(found, key=lambda each: (each.milestone.day, each.course.label), reverse=True)

    def _target(self, course: Course) -> float | None:
        item = self.item(course.exercise, course.side) if course.measure.id == "rom" else None
        return item.rom_target_deg if item and worn_alike(item.placement, course.way[1]) else None
