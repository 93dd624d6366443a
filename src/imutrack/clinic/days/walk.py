"""The walk through a patient's days: windows and what is carried, one day after the other."""

from collections.abc import Mapping
from datetime import date

from imutrack.clinic.days.asked import Asked
from imutrack.clinic.days.carry import Carry
from imutrack.clinic.days.course import Course
from imutrack.clinic.days.params import MONTH_DAYS, DayParams
from imutrack.clinic.days.records import DayRecord
from imutrack.clinic.days.row import PatientDay
from imutrack.clinic.days.shares import share_of
from imutrack.clinic.days.windows import Windows

__all__ = ["Walk"]


class Walk:
    """Where the walk stands: on a day, with all of it and nothing later counted.

    Attributes:
        day: proleptic ordinal.
        today: the same as a date.
        asked: the plan in force.
    """

    def __init__(
        self,
        course: Course,
        records: Mapping[int, DayRecord],
        params: DayParams,
        begin: int,
        before: PatientDay | None = None,
    ) -> None:
        """Stand at the end of the day before ``begin``, of which ``before`` is the row."""
        self._course, self._records, self._params = course, records, params
        self.windows = Windows(params)
        self.carry = Carry.after(before, course) if before else Carry()
        self.asked: Asked | None = None
        for day in range(begin - MONTH_DAYS - 1, begin):  # fills the windows; 31 days hold any month so far
            self._stand_on(day)

    def go_to(self, day: int) -> None:
        """Go on to a day."""
        for following in range(self.day + 1, day + 1):
            self._stand_on(following)
            self._carry_on()

    def _stand_on(self, day: int) -> None:
        self.day, self.today = day, date.fromordinal(day)
        self.asked = self._course.asked(day)
        record = self._records.get(day)
        share = share_of(
            record,
            self.asked,
            self.today.weekday(),
            active=self._course.is_active(day),
            data_day=self._params.data_day,
        )
        self.windows.add(day, share, record, new_month=self.today.day == 1)

    def _carry_on(self) -> None:
        record = self._records.get(self.day)
        self.carry.enter(
            self.day,
            self._course,
            recorded=record is not None,
            worked=record is not None and record.sets > 0,
            due=self.windows.today.session_due,
        )
