"""What is gathered into one course: only what was measured alike, within the episode, up to the day."""

from dataclasses import replace

import pytest
from msgspec import structs

from clinic.day_builders import a_plan, a_set, a_test, a_trial, an_item, of, on
from imutrack.clinic.verdicts import courses


def found(history, day):
    """Return (measure, name, occasions) of every course on a day."""
    return [(each.measure.id, each.exercise, len(each.occasions)) for each in courses(history, on(day)[0])]


def ranged(*days):
    return [a_set(day, session=f"s{day}", rom_best3_deg=60.0 + day) for day in days]


def operated(version, days):
    return replace(version, plan=structs.replace(version.plan, operation_date=on(days)[0]))


def test_what_is_dated_later_than_the_day_is_left_out():
    history = of(*ranged(0, 1, 9), a_trial(1), a_trial(9))
    assert found(history, 5) == [("rom", "heel_slide", 2), ("sway", "eyes_open", 1)]
    assert found(history, 9) == [("rom", "heel_slide", 3), ("sway", "eyes_open", 2)]


def test_a_plan_says_where_the_episode_begins_once_it_is_in_force():
    history = of(a_plan(0, an_item()), a_plan(60, an_item(), number=2), *ranged(0, 31, 33))
    assert found(history, 59) == [("rom", "heel_slide", 3)]
    assert found(history, 60) == [("rom", "heel_slide", 1)]  # no more than four weeks before it


def test_an_operation_begins_an_episode_once_it_has_taken_place():
    history = of(operated(a_plan(0, an_item()), 5), *ranged(0, 1, 6))
    assert found(history, 4) == [("rom", "heel_slide", 2)]
    assert found(history, 6) == [("rom", "heel_slide", 1)]


def test_left_and_right_of_a_stance_on_one_leg_are_two_measures_and_say_so():
    legs = [a_trial(day, "single_leg_eyes_open", side=side) for day in (0, 1) for side in ("left", "right")]
    measured = courses(of(*legs, a_trial(0)), on(9)[0])
    assert [(each.label, len(each.occasions)) for each in measured] == [
        ("quiet stance, eyes open", 1),
        ("single-leg stance, eyes open, left", 2),
        ("single-leg stance, eyes open, right", 2),
    ]


@pytest.mark.parametrize(
    ("trial", "values", "measured"),
    [
        ("five_times", {"total_s": 12.0}, "five_rises"),
        ("thirty_seconds", {"total_s": 29.0, "rises": 11}, "rises_30s"),
        ("thirty_seconds", {"total_s": 29.0}, None),
        ("sit_to_stand", {"total_s": 21.0}, None),  # of any number of rises: nothing to compare it with
    ],
)
def test_a_chair_test_is_compared_with_as_many_rises_or_as_long_a_time(trial, values, measured):
    test = a_trial(0, trial, measurement="sit_to_stand", sway=None, **values)
    assert [measure for measure, *_ in found(of(a_plan(0, a_test()), test), 0)] == ([measured] if measured else [])
