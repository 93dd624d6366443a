"""`Case`: what is settled about a patient before the first day is lived through."""

from dataclasses import dataclass

from imutrack.synthetic.clinic.conditions import Condition, Move
from imutrack.synthetic.clinic.model import ClinicParams, Truth
from imutrack.synthetic.clinic.people import Habit
from imutrack.synthetic.clinic.timeline import Timeline
from imutrack.task import Side

__all__ = ["Case"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One patient.

    Attributes:
        params: of the clinic.
        condition, habit, line: what the patient has, how the patient keeps to a plan, and when what happens.
        side: the affected one.
        moves: exercises of the plan, the most important first.
        truth: the true course of everything that is measured.
    """

    params: ClinicParams
    condition: Condition
    habit: Habit
    line: Timeline
    side: Side
    moves: tuple[Move, ...]
    truth: Truth

    def at(self, day: int, hours: float) -> float:
        """Return a time of a day of the period, Unix epoch s, hours after its midnight on the wall clock."""
        return self.params.at(self.line.dates[day], hours)
