"""What a plan asks for on a day. Local dates only: neither times nor time zones play a part.

A plan says on how many days of a week an exercise is done, not on which. For counting what is due, those days are
taken in one fixed order, so that exercises of unlike frequency fall on common days, as people do them; a patient who
chooses other days is not late, which is why `longest_pause_days` asks only what any choice must keep.
"""

from datetime import date

from imutrack.clinic.plans.model import Corridor, Plan, PlanItem, Weekday
from imutrack.exercises import leg_of
from imutrack.task import Side

__all__ = ["corridors_on", "longest_pause_days", "operation_week", "planned_weekdays", "sets_due"]

_WEEK = tuple(Weekday)
# apart from each other first, the weekend last: Mon; Mon Fri; Mon Wed Fri; ...; Mon to Fri; and so on
_ORDER = (Weekday.MON, Weekday.FRI, Weekday.WED, Weekday.TUE, Weekday.THU, Weekday.SAT, Weekday.SUN)


def planned_weekdays(item: PlanItem) -> frozenset[int]:
    """Return the weekdays on which an item is due, Monday = 0.

    The first of Monday, Friday, Wednesday, Tuesday, Thursday, Saturday and Sunday that are not rest days.
    """
    allowed = [day for day in _ORDER if day not in item.rest_days]
    return frozenset(_WEEK.index(day) for day in allowed[: item.days_a_week])


def sets_due(item: PlanItem, day: date) -> int:
    """Return how many sets or trials are due on a day.

    Where the plan does not say how many sets, it is one each time: doing it at all is a set. A stance on one leg that
    is for both sides is done on one after the other, on each as often as the plan says.
    """
    if day.weekday() not in planned_weekdays(item):
        return 0
    legs = 2 if leg_of(item.task_name, item.side) is Side.BOTH else 1
    return (item.sets or 1) * item.times_a_day * legs


def longest_pause_days(plan: Plan) -> int | None:
    """Return the largest step in days from one day of exercise to the next that still fits the plan.

    The patient chooses the days. With d days of exercise in any seven days in a row, the longest break comes where
    d - 1 of them lie side by side at one end of the seven: then 7 - (d - 1) = 8 - d days go by from one day of
    exercise to the next, 1 where every day is one. The exercise with the most days decides: whoever does it has
    exercised.

    Returns:
        Days, 1 to 7; None where the plan asks for no exercise, so that no pause is too long.
    """
    days = max((item.days_a_week for item in plan.exercise), default=None)
    return None if days is None else 8 - days


def operation_week(plan: Plan, day: date) -> int | None:
    """Return which week after the operation a day lies in, from 1; None before it and where there was none."""
    if plan.operation_date is None or day < plan.operation_date:
        return None
    return (day - plan.operation_date).days // 7 + 1


def corridors_on(plan: Plan, item: PlanItem, day: date) -> tuple[Corridor, ...]:
    """Return what is expected of an item in the week after the operation that a day lies in, approved or not."""
    week = operation_week(plan, day)
    if week is None:
        return ()
    return tuple(
        corridor
        for corridor in plan.corridor
        if corridor.exercise == item.task_name and corridor.weeks[0] <= week <= corridor.weeks[1]
    )
