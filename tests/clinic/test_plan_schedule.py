"""What a plan asks for on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.plans import (
    AffectedSide,
    Corridor,
    Goal,
    Plan,
    PlanItem,
    Weekday,
    corridors_on,
    longest_pause_days,
    operation_week,
    planned_weekdays,
    sets_due,
)
from imutrack.task import Side

MONDAY = date(2026, 3, 9)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def item(days, **said):
    return PlanItem(exercise="heel_slide", side=Side.LEFT, days_a_week=days, **said)


def plan(*items, **said):
    return Plan(
        therapist="MB",
        affected_side=AffectedSide.LEFT,
        start_date=MONDAY,
        goal=Goal.MAINTAIN,
        exercise=items,
        **said,
    )


@pytest.mark.parametrize(
    ("days", "rest", "weekdays"),
    [
        (1, "", {MON}),
        (2, "", {MON, FRI}),
        (3, "", {MON, WED, FRI}),
        (4, "", {MON, TUE, WED, FRI}),
        (7, "", {MON, TUE, WED, THU, FRI, SAT, SUN}),
        (5, "sat sun", {MON, TUE, WED, THU, FRI}),
        (3, "mon sat sun", {TUE, WED, FRI}),
        (2, "mon", {WED, FRI}),
    ],
)
def test_days_are_taken_in_one_order_over_those_that_are_not_for_rest(days, rest, weekdays):
    assert planned_weekdays(item(days, rest_days=tuple(map(Weekday, rest.split())))) == weekdays


items = st.sets(st.sampled_from(list(Weekday)), max_size=6).flatmap(
    lambda rest: st.integers(1, 7 - len(rest)).map(lambda days: item(days, rest_days=tuple(sorted(rest))))
)


@given(items)
def test_as_many_days_are_planned_as_asked_for_and_none_of_them_is_a_rest_day(found):
    planned = planned_weekdays(found)
    assert len(planned) == found.days_a_week
    assert not {list(Weekday)[day] for day in planned} & set(found.rest_days)


@given(items, st.integers(1, 7))
def test_exercises_of_unlike_frequency_fall_on_common_days(found, days):
    rarer = item(min(days, found.days_a_week), rest_days=found.rest_days)
    assert planned_weekdays(rarer) <= planned_weekdays(found)


@given(items)
def test_the_planned_days_themselves_never_pause_longer_than_the_plan_allows(found):
    days = sorted(planned_weekdays(found))
    steps = [later - earlier for earlier, later in zip(days, [*days[1:], days[0] + 7], strict=True)]
    assert max(steps) <= longest_pause_days(plan(found))


@given(st.integers(1, 7), st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 5), st.integers(1, 3))
def test_any_seven_days_in_a_row_ask_for_a_week_of_sets(days, start, sets, times):
    found = item(days, sets=sets, times_a_day=times)
    assert sum(sets_due(found, start + timedelta(days=ahead)) for ahead in range(7)) == days * sets * times


def test_sets_are_due_on_planned_days_only_and_an_unnamed_number_is_one():
    twice = item(3, sets=3, times_a_day=2)
    assert [sets_due(twice, MONDAY + timedelta(days=ahead)) for ahead in range(7)] == [6, 0, 6, 0, 6, 0, 0]
    assert sets_due(item(7, times_a_day=2), MONDAY) == 2


@pytest.mark.parametrize(
    ("trial", "side", "due"),
    [
        ("single_leg_eyes_open", Side.BOTH, 6),
        ("single_leg_eyes_open", Side.LEFT, 3),
        ("single_leg_eyes_open", None, 3),
        ("eyes_open", Side.BOTH, 3),
    ],
)
def test_a_stance_on_one_leg_for_both_sides_is_due_on_one_after_the_other(trial, side, due):
    assert sets_due(PlanItem(trial=trial, side=side, sets=3, days_a_week=7), MONDAY) == due


@pytest.mark.parametrize(("days", "pause"), [((7,), 1), ((3,), 5), ((1,), 7), ((2, 5), 3), ((), None)])
def test_the_longest_pause_follows_from_the_exercise_with_the_most_days(days, pause):
    assert longest_pause_days(plan(*(item(each) for each in days))) == pause


@pytest.mark.parametrize("days", range(1, 8))
def test_no_choice_of_days_that_fits_the_plan_pauses_longer_and_one_pauses_as_long(days):
    """Every pattern of 14 days with at least `days` of exercise in any seven in a row, taken as it repeats."""
    longest = 0
    for pattern in range(1, 2**14):
        done = [day for day in range(14) if pattern >> day & 1]
        windows = ((pattern | pattern << 14) >> first & 0b1111111 for first in range(14))
        if all(window.bit_count() >= days for window in windows):
            steps = (later - earlier for earlier, later in zip(done, [*done[1:], done[0] + 14], strict=True))
            longest = max(longest, *steps)
    assert longest == longest_pause_days(plan(item(days)))


@pytest.mark.parametrize(("ahead", "week"), [(-1, None), (0, 1), (6, 1), (7, 2), (84, 13)])
def test_weeks_are_counted_from_the_day_of_the_operation(ahead, week):
    assert operation_week(plan(operation_date=MONDAY), MONDAY + timedelta(days=ahead)) == week


def test_a_corridor_holds_in_its_weeks_for_its_exercise():
    corridor = Corridor(weeks=(2, 3), low_deg=80, exercise="heel_slide", source="x")
    found = plan(item(7), operation_date=MONDAY, corridor=(corridor,))
    weeks = [corridors_on(found, item(7), MONDAY + timedelta(weeks=ahead)) for ahead in range(4)]
    assert weeks == [(), (corridor,), (corridor,), ()]
    assert corridors_on(found, PlanItem(exercise="squat", days_a_week=1), MONDAY + timedelta(weeks=1)) == ()
    assert corridors_on(plan(item(7), corridor=(corridor,)), item(7), MONDAY) == ()
