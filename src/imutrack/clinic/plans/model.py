"""What a plan says: who asks for it, from when, and each exercise with its numbers.

Plain values, as a therapist wrote them, with names resolved to ids of the catalogue. What follows from them for a
calendar day is in `schedule`, what is wrong with them in `checking`.
"""

from datetime import date
from enum import StrEnum, auto
from typing import Annotated

from msgspec import Meta, Struct

from imutrack.exercises import Exercise, all_exercises, spoken
from imutrack.task import Mode, Setting, Side, TaskKind

__all__ = ["AffectedSide", "Corridor", "Goal", "Limit", "Plan", "PlanItem", "Tempo", "Weekday"]

# The bounds are there to catch slips of the keyboard; within them the therapist decides.
Line = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Degrees = Annotated[float, Meta(gt=0.0, le=180.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=60.0)]
Sets = Annotated[int, Meta(ge=1, le=50)]
Reps = Annotated[int, Meta(ge=1, le=1000)]
Days = Annotated[int, Meta(ge=1, le=7)]
Times = Annotated[int, Meta(ge=1, le=24)]
Kilograms = Annotated[float, Meta(ge=0.0, le=500.0)]
Week = Annotated[int, Meta(ge=1, le=520)]
MaybeDay = date | None  # by another name where a key of the table is called date


class AffectedSide(StrEnum):
    """The side that is treated."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    NONE = "none"


class Goal(StrEnum):
    """What counts as success: a change, or that nothing is lost."""

    IMPROVE = auto()
    MAINTAIN = auto()


class Weekday(StrEnum):
    """Days of the week, from Monday as `datetime.date.weekday` counts them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every table of a plan shares: immutable, and an unknown key is an error."""


class Tempo(_Entry, frozen=True, kw_only=True):
    """Seconds of a repetition's phases; None where the phase is left free."""

    outward_s: Seconds | None = None
    hold_s: Seconds | None = None
    return_s: Seconds | None = None


class Limit(_Entry, frozen=True, kw_only=True):
    """A range of motion that is not to be exceeded.

    It draws lines and raises alerts only when a named clinician approved it on a stated day: published limits
    contradict each other, and the surgeon's protocol wins.
    """

    rom_deg: Degrees
    approved_by: Line = ""
    date: MaybeDay = None

    @property
    def armed(self) -> bool:
        """Whether somebody approved it, with a day."""
        return _approved(self.approved_by, self.date)


class Corridor(_Entry, frozen=True, kw_only=True):
    """What a source expects in some weeks after an operation: for comparison, not for judging.

    Attributes:
        weeks: first and last week after the operation, both included; week 1 begins on the day of the operation.
        low_deg, high_deg: ends of what is expected; either may be left open.
        exercise: id of the catalogue.
        source: who expects it.
        approved_by, date: as of a `Limit`; without both it raises no alert.
    """

    weeks: tuple[Week, Week]
    low_deg: Degrees | None = None
    high_deg: Degrees | None = None
    exercise: Line
    source: Line
    approved_by: Line = ""
    date: MaybeDay = None

    @property
    def armed(self) -> bool:
        """Whether somebody approved it, with a day."""
        return _approved(self.approved_by, self.date)


class PlanItem(_Entry, frozen=True, kw_only=True):
    """One exercise, balance trial or test of a plan; None where the plan leaves it open.

    Attributes:
        exercise, trial: ids of the catalogue; one of the two is given.
        side: as entered, else the affected side; None for a trial that has no side.
        placement: where the sensor is worn; two sensors as ``thigh+shank``.
        sets: a set or trial each time, where nothing is said: one.
        reps: repetitions of a set.
        rom_target_deg: range of motion to reach.
        tempo: of a repetition.
        days_a_week: on how many days of a week.
        times_a_day: how often on such a day.
        rest_days: weekdays that stay free.
        load_kg: weight to be lifted.
        setting, mode: where it is done, and who moves the limb.
        limit: range of motion not to be exceeded.
        on_stop: what the patient does after stopping.
    """

    exercise: Line | None = None
    trial: Line | None = None
    side: Side | None = None
    placement: Line | None = None
    sets: Sets | None = None
    reps: Reps | None = None
    rom_target_deg: Degrees | None = None
    tempo: Tempo = Tempo()
    days_a_week: Days
    times_a_day: Times = 1
    rest_days: tuple[Weekday, ...] = ()
    load_kg: Kilograms | None = None
    setting: Setting | None = None
    mode: Mode | None = None
    limit: Limit | None = None
    on_stop: Text = ""

    @property
    def task_name(self) -> str:
        """Name of the task that a set or trial of it has: exercise id or trial id."""
        return self.trial or self.exercise or ""

    @property
    def entry(self) -> Exercise:
        """The entry of the catalogue that it belongs to."""
        if self.trial is None:
            return all_exercises()[self.task_name]
        return next(entry for entry in all_exercises().values() if self.trial in {form.id for form in entry.trials})

    @property
    def kind(self) -> TaskKind:
        """How a set or trial of it is analysed."""
        return self.entry.kind

    @property
    def armed_limit_deg(self) -> float | None:
        """The limit, where one was approved; None otherwise."""
        return self.limit.rom_deg if self.limit and self.limit.armed else None

    @property
    def words(self) -> str:
        """Name and side in running text, such as ``heel slide left``."""
        name = spoken(self.task_name)
        return name if self.side is None else f"{name} {'both sides' if self.side is Side.BOTH else self.side}"


class Plan(_Entry, frozen=True, kw_only=True):
    """What a therapist asks of a patient.

    Attributes:
        therapist: name or initials of who is responsible; empty in a draft that nobody answers for yet.
        affected_side: the side that is treated.
        start_date: first day of the plan.
        operation_date: from which weeks are counted.
        goal: what counts as success.
        diagnosis: short label.
        review_date: day by which the plan is to be looked at again.
        note: precautions.
        exercise: the exercises in order.
        corridor: what is expected by week after the operation.
    """

    therapist: Line
    affected_side: AffectedSide
    start_date: date
    operation_date: date | None = None
    goal: Goal
    diagnosis: Line = ""
    review_date: date | None = None
    note: Text = ""
    exercise: tuple[PlanItem, ...] = ()
    corridor: tuple[Corridor, ...] = ()


def _approved(by: str, day: date | None) -> bool:
    return bool(by.strip()) and day is not None
