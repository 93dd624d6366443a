"""Adherence as separate figures, each counted by hand first: sessions, sets, repetitions, range, tempo, streak."""

import pytest

from clinic.day_builders import MONDAY, a_plan, a_set, a_test, a_trial, an_item, of, on, row, rows
from imutrack.clinic.plans.model import Tempo, Weekday

SLOW = Tempo(outward_s=3.0, hold_s=2.0, return_s=3.0)


def figures(history, day, *names):
    found = row(history, day)
    return tuple(getattr(found, f"{name}_7d") for name in names)


def test_the_first_day_of_the_builders_is_a_monday():
    assert MONDAY.weekday() == 0


def test_sets_and_sessions_of_a_week_are_counted_against_the_plan():
    sets = [a_set(day) for day in (0, 0, 0, 2, 2, 5)]
    history = of(a_plan(0, an_item(days_a_week=3)), *sets)  # due on Monday, Wednesday and Friday
    assert figures(history, 6, "sessions", "sessions_due", "sets", "sets_due") == (3, 3, 6, 9)


def test_the_window_holds_the_day_and_the_six_before_it():
    history = of(a_plan(0, an_item(sets=1)), a_set(0), a_set(6))
    assert [figures(history, day, "sets", "sets_due", "sessions") for day in (5, 6, 7)] == [
        (1, 6, 1),
        (2, 7, 2),
        (1, 7, 1),
    ]


def test_a_stance_on_the_other_leg_than_the_plan_says_is_none_of_the_plan():
    plan = a_plan(0, a_test("single_leg_eyes_open", side="left", days_a_week=7))
    trials = [a_trial(0, "single_leg_eyes_open", side=side) for side in ("left", "right", "right", None)]
    assert figures(of(plan, *trials), 0, "sets", "sets_due") == (2, 3)


def test_what_is_due_today_is_counted_as_due_today():
    found = row(of(a_plan(0, an_item(sets=2, times_a_day=2))), 0)
    assert (found.sets_due, found.sets_due_7d, found.sessions_due_7d) == (4, 4, 1)


def test_more_of_one_exercise_does_not_make_up_for_another():
    plan = a_plan(0, an_item(sets=1), an_item("squat", "both", sets=1))
    assert figures(of(plan, a_set(0), a_set(0), a_set(0)), 0, "sets", "sets_due") == (1, 2)


def test_the_day_within_the_window_does_not_matter():
    plan = a_plan(0, an_item(sets=1, days_a_week=2))
    assert figures(of(plan, a_set(4), a_set(4)), 6, "sets", "sets_due", "sessions") == (2, 2, 1)


@pytest.mark.parametrize(
    ("done", "counted"),
    [
        ([a_set(0)], 1),
        ([a_set(0, side="right")], 0),
        ([a_set(0, side=None)], 1),
        ([a_set(0, "squat")], 0),
        ([a_set(0, "unspecified")], 0),
    ],
)
def test_a_set_belongs_to_an_exercise_by_name_and_side(done, counted):
    assert figures(of(a_plan(0, an_item()), *done), 0, "sets", "sessions") == (counted, counted)


def test_a_set_without_a_side_is_nobodys_where_the_exercise_stands_in_the_plan_for_both_legs_apart():
    plan = a_plan(0, an_item(side="left"), an_item(side="right"))
    assert figures(of(plan, a_set(0, side=None)), 0, "sets") == (0,)


@pytest.mark.parametrize("side", ["left", "right", "both", None])
def test_an_exercise_for_both_sides_takes_any(side):
    assert figures(of(a_plan(0, an_item(side="both")), a_set(0, side=side)), 0, "sets") == (1,)


def test_the_same_side_goes_before_both_sides():
    plan = a_plan(0, an_item(side="both", sets=1), an_item(side="left", sets=1))
    assert figures(of(plan, a_set(0), a_set(0, side="right")), 0, "sets", "sets_due") == (2, 2)


def test_trials_belong_to_the_item_of_their_form():
    plan = a_plan(0, a_test("eyes_open", sets=3))
    done = [a_trial(0), a_trial(0), a_trial(0, "eyes_closed")]
    assert figures(of(plan, *done), 0, "sets", "sets_due", "sessions") == (2, 3, 1)


def test_an_item_that_leaves_the_form_of_a_test_open_takes_every_form():
    plan = a_plan(0, an_item("sit_to_stand", None, sets=1, reps=None))
    assert figures(of(plan, a_trial(0, "five_times", measurement="sit_to_stand")), 0, "sets", "reps_pct") == (1, None)


def test_repetitions_are_capped_by_exercise_and_what_goes_beyond_is_said_apart():
    plan = a_plan(0, an_item(sets=1), an_item("squat", "both", sets=1, reps=20))
    history = of(plan, a_set(0, reps=16), a_set(0, "squat", "both", reps=5))
    assert figures(history, 0, "reps_pct", "reps_over_pct") == (50.0, 20.0)  # 10 + 5 of 30, and 6 of 30


def test_a_set_that_is_not_sure_counts_with_the_fewest_it_may_have_been():
    history = of(a_plan(0, an_item(sets=1)), a_set(0, reps=None, reps_low=4))
    assert figures(history, 0, "reps_pct", "sets", "untrusted_sets") == (40.0, 1, 1)


def test_repetitions_are_unknown_where_none_are_asked_for():
    history = of(a_plan(0, an_item(reps=None)), a_set(0))
    assert figures(history, 0, "reps_pct", "reps_over_pct") == (None, None)


def test_the_share_in_range_is_of_the_sets_whose_range_is_planned_known_and_to_be_trusted():
    sets = [
        a_set(0, reps=10, reps_in_range=7),
        a_set(0, reps=5, reps_in_range=5),
        a_set(0, reps=10),
        a_set(0, reps=10, reps_in_range=0, withheld="range of motion"),
    ]
    assert figures(of(a_plan(0, an_item()), *sets), 0, "in_range_pct") == (80.0,)


def test_a_repetition_whose_range_is_not_known_is_neither_in_range_nor_out_of_it():
    counted_by_hand = a_set(0, reps=12, reps_ranged=10, reps_in_range=8)
    assert figures(of(a_plan(0, an_item()), counted_by_hand), 0, "in_range_pct", "reps_pct") == (80.0, 40.0)


def test_tempo_is_the_time_under_tension_of_the_time_planned_for_as_many_repetitions():
    sets = [a_set(0, reps=10, rep_s=4.0), a_set(0, reps=5, rep_s=8.0), a_set(0, reps=30)]
    assert figures(of(a_plan(0, an_item(tempo=SLOW)), *sets), 0, "tempo_pct") == (66.7,)  # 80 s of 120 s


@pytest.mark.parametrize(
    ("tempo", "known"),
    [(SLOW, 50.0), (Tempo(outward_s=4.0, return_s=4.0), 50.0), (Tempo(hold_s=8.0), None), (Tempo(), None)],
)
def test_tempo_is_unknown_where_the_plan_leaves_a_moving_phase_free(tempo, known):
    assert figures(of(a_plan(0, an_item(tempo=tempo)), a_set(0, rep_s=4.0)), 0, "tempo_pct") == (known,)


def test_each_day_is_held_against_the_version_in_force_on_it():
    plans = [
        a_plan(0, an_item(sets=1, reps=10)),
        a_plan(3, an_item("squat", "both", sets=2, reps=5), number=2),
    ]
    sets = [a_set(0), a_set(4), a_set(4, "squat", "both", reps=5), a_set(1, "squat", "both")]
    history = of(*plans, *sets)
    # 3 days of one set of heel slides, then 4 of two of squats; heel slides are not in version 2, squats not in 1
    assert figures(history, 6, "sets", "sets_due", "sessions", "sessions_due") == (2, 11, 2, 7)
    assert figures(history, 6, "reps_pct") == (21.4,)  # 15 of 70


def test_without_a_plan_the_figures_that_need_one_are_unknown():
    found = row(of(a_set(0)), 0)
    needing = (
        "sessions_7d",
        "sessions_due_7d",
        "sets_7d",
        "sets_due_7d",
        "reps_pct_7d",
        "tempo_pct_7d",
        "streak_days",
        "sets_due",
    )
    assert {getattr(found, name) for name in needing} == {None}


def streaks(history, last, first=0):
    return [day.streak_days for day in rows(history, last, first)]


def test_days_of_exercise_in_a_row_are_counted_and_today_does_not_break_them_yet():
    history = of(a_plan(0, an_item()), *(a_set(day) for day in (0, 1, 2, 5)))
    assert streaks(history, 6) == [1, 2, 3, 3, 0, 1, 1]


def test_two_sessions_of_a_day_are_one_day_of_exercise():
    assert streaks(of(a_plan(0, an_item()), a_set(0), a_set(0), a_trial(0)), 0) == [1]


def test_planned_rest_does_not_break_the_streak():
    weekdays = an_item(days_a_week=5, rest_days=(Weekday.SAT, Weekday.SUN))
    done = [a_set(day) for day in (0, 1, 2, 3, 4, 7)]
    assert streaks(of(a_plan(0, weekdays), *done), 8) == [1, 2, 3, 4, 5, 5, 5, 6, 6]


def test_the_longest_step_of_the_plan_decides_whichever_days_the_patient_chooses():
    three = an_item(days_a_week=3)  # at most 5 days from one to the next
    assert streaks(of(a_plan(0, three), a_set(0), a_set(5)), 11) == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0]


def test_paused_days_are_no_part_of_a_step():
    history = of(a_plan(0, an_item()), *(a_set(day) for day in (0, 1, 30)), statuses=((2, "paused"), (30, "active")))
    assert streaks(history, 32) == [1, 2, 3, 3, 0]


def test_returning_and_not_beginning_at_once_breaks_the_streak_of_a_daily_plan():
    history = of(a_plan(0, an_item()), a_set(0), statuses=((1, "paused"), (30, "active")))
    assert streaks(history, 31) == [1, 1, 0]


def test_the_streak_begins_with_the_plan_and_a_plan_without_exercises_never_ends_it():
    history = of(a_plan(2, an_item()), a_plan(4, number=2), *(a_set(day) for day in (0, 1, 2, 3)))
    assert streaks(history, 9) == [None, None, 1, 2, 2, 2, 2, 2, 2, 2]


def test_a_stricter_plan_holds_from_its_day_on():
    history = of(a_plan(0, an_item(days_a_week=1)), a_plan(4, an_item(), number=2), a_set(0))
    assert streaks(history, 5) == [1, 1, 1, 1, 0, 0]


def test_a_plan_dated_back_counts_what_was_due_since():
    history = of(a_plan(-3, an_item(sets=1)), registered=0)
    assert figures(history, 0, "sets", "sets_due") == (0, 4)
    assert row(history, 0).local_date == on(0)[0]
