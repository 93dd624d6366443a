"""Who needs a look and why: each rule at its limit and one short of it, and the order of the list."""

import re
from dataclasses import replace

import pytest

from clinic.day_builders import (
    a_plan,
    a_report,
    a_set,
    a_test,
    a_treatment,
    a_trial,
    a_verdict,
    an_item,
    of,
    on,
    row,
    rows,
)
from imutrack.clinic.change import MEASURES
from imutrack.clinic.days import DayParams, order, standing, wording
from imutrack.clinic.days.rules import LEVELS, Rule
from imutrack.clinic.plans.model import Tempo
from imutrack.clinic.self_reports import When

DAILY = an_item(sets=1)


def busy(last, *but):
    """One set of the daily plan on every day up to the last, but on some."""
    return [a_set(day) for day in range(last + 1) if day not in but]


def looked_at(history, day, verdicts=(), **options):
    found = row(history, day, verdicts, **options)
    return found.level, found.why


def test_nothing_known_is_level_0():
    assert looked_at(of(), 3) == (0, "nothing known yet: no plan, nothing recorded")


def test_all_done_is_level_1_with_its_figures():
    history = of(a_plan(0, an_item()), *(a_set(day) for day in range(3) for _ in range(3)))
    assert looked_at(history, 2, (a_verdict(1, "no real change"),)) == (1, "9 of 9 sets in 7 days; no real change")


def test_no_real_change_reads_held_where_the_goal_is_to_maintain():
    verdict = a_verdict(1, "no real change", is_goal_maintain=True)
    assert looked_at(of(a_plan(0, DAILY), *busy(2)), 2, (verdict,)) == (1, "3 of 3 sets in 7 days; held")


def test_more_range_is_said_shortly_and_too_early_is_not():
    verdicts = (
        a_verdict(1, "more", sentence="more range: 85 to 97 deg; less than 6 deg is none"),
        a_verdict(1, "too early", "sway", "eyes open"),
    )
    why = "3 of 3 sets in 7 days; heel slide, left: more range: 85 to 97 deg"
    assert looked_at(of(a_plan(0, DAILY), *busy(2)), 2, verdicts) == (1, why)


def test_a_loss_needs_a_look_once_two_occasions_in_a_row_said_so():
    history = of(a_plan(0, DAILY), *busy(3))
    loss = a_verdict(1, "less", sentence="less range: 92 to 81 deg; less than 6 deg is none", confirmed=False)
    assert looked_at(history, 2, (loss,)) == (1, "3 of 3 sets in 7 days; heel slide, left: less range: 92 to 81 deg")
    again = loss._replace(day=on(2)[0], confirmed=True)
    assert looked_at(history, 2, (loss, again))[0] == 2


def test_a_patient_who_is_only_treated_by_hand_is_fine_without_a_plan():
    assert looked_at(of(a_treatment(0), a_report(0, 2)), 9) == (1, "no plan; no exercise in 7 days")


def test_a_plan_with_nothing_due_yet_is_fine():
    assert looked_at(of(a_plan(0)), 2) == (1, "no exercise due in 7 days; no exercise in 7 days")


# what the patient reported, and approved limits


def test_a_stop_is_level_3_for_seven_days():
    found = rows(of(a_plan(0, DAILY), *busy(9), a_report(1, stop=True)), 8)
    assert [day.level for day in found] == [1, 3, 3, 3, 3, 3, 3, 3, 1]
    assert found[3].why == (
        "stop reported by the patient on 3 March: one is enough, contact the patient (shown for 7 days)"
    )
    assert [day.pain_colour for day in found[1:3]] == ["red", "red"]


def test_a_stop_is_no_reason_twice_and_pain_stands_beside_it():
    why = looked_at(of(a_plan(0, DAILY), *busy(2), a_report(1, stop=True), a_report(1, 7, When.WORST)), 2)[1]
    assert why.count("stop reported") == 1
    assert why.index("stop reported") < why.index("worst pain 7 of 10")


def test_two_repetitions_of_a_set_beyond_an_approved_limit_are_level_3_for_seven_days():
    beyond = a_set(1, reps_beyond_limit=3, rom_limit_deg=90.0)
    found = rows(of(a_plan(0, DAILY), *busy(9), beyond), 8)
    assert [day.level for day in found] == [1, 3, 3, 3, 3, 3, 3, 3, 1]
    assert found[2].why == (
        "heel slide, left: 3 of 10 repetitions beyond the approved limit of 90 deg on 3 March "
        "(2 or more in a set, shown for 7 days)"
    )


@pytest.mark.parametrize(
    "harmless",
    [
        {"reps_beyond_limit": 1},
        {"reps_beyond_limit": 0},
        {"reps_beyond_limit": 5, "withheld": "range of motion"},
        {"reps_beyond_limit": 5, "quality": "withheld"},
    ],
)
def test_one_repetition_beyond_the_limit_or_a_set_that_cannot_be_trusted_is_no_breach(harmless):
    sets = [a_set(1, rom_limit_deg=90.0, **harmless), a_set(1, rom_limit_deg=90.0, **harmless)]
    assert looked_at(of(a_plan(0, an_item(sets=2)), *busy(1), *sets), 1)[0] == 1


def test_of_an_exercise_the_set_with_the_most_beyond_the_limit_is_named():
    sets = [a_set(day, reps_beyond_limit=beyond, rom_limit_deg=90.0) for day, beyond in ((0, 2), (1, 4), (2, 3))]
    why = looked_at(of(a_plan(0, DAILY), *sets), 2)[1]
    assert why.count("beyond the approved limit") == 1
    assert "4 of 10 repetitions beyond the approved limit of 90 deg on 3 March" in why


def test_red_pain_is_level_2_and_stands_first():
    history = of(a_plan(0, DAILY), a_report(8, 7, When.WORST))
    level, why = looked_at(history, 8)
    assert level == 2
    assert why.startswith(
        "worst pain 7 of 10 during the exercises: above 5, reduce and contact the patient; silent for 8 d"
    )


def test_amber_pain_is_level_2_and_unknown_pain_is_no_reason():
    plan = a_plan(0, DAILY)
    assert looked_at(of(plan, *busy(2), a_report(2, 4, When.WORST)), 2) == (
        2,
        "worst pain 4 of 10 during the exercises: above 3, repeat and do not progress",
    )
    assert row(of(plan, *busy(2)), 2).pain_colour == "unknown"
    assert looked_at(of(plan, *busy(2)), 2)[0] == 1


# too little


def test_more_than_three_silent_days_with_exercise_due_need_a_look():
    history = of(a_plan(0, an_item(days_a_week=4, sets=1)), a_set(0))  # due Mon, Tue, Wed, Fri
    assert "silent" not in looked_at(history, 3)[1]
    level, why = looked_at(history, 4)
    assert level == 2
    assert why.startswith("silent for 4 days, more than 3 (exercise was due on 2 of them)")


def test_silence_with_nothing_due_is_none():
    assert looked_at(of(a_plan(0, an_item(sets=1, days_a_week=1)), a_set(0)), 6) == (1, "1 of 1 set in 7 days")


def test_silence_of_a_patient_who_never_began_counts_from_the_plan():
    history = of(a_plan(5, an_item(sets=1)), registered=0)
    assert [day.level for day in rows(history, 9)] == [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
    assert "silent for 4 days, more than 3 (exercise was due on 4 of them)" in looked_at(history, 9)[1]


def test_after_a_pause_silence_and_missing_work_count_from_the_return():
    history = of(a_plan(0, DAILY), a_set(0), statuses=((1, "paused"), (20, "active")))
    assert [day.level for day in rows(history, 24, 20)] == [1, 1, 1, 2, 2]
    assert "silent for 4 days, more than 3 (exercise was due on 4 of them)" in looked_at(history, 24)[1]


def test_any_set_or_trial_ends_the_silence_and_a_pain_entry_does_not():
    plan = a_plan(0, DAILY)
    assert "silent" in looked_at(of(plan, a_report(6, 0)), 7)[1]
    for done in (a_set(6, "unspecified"), a_set(6, "squat", "both"), a_trial(6)):
        assert "silent" not in looked_at(of(plan, done), 7)[1]


def test_less_than_half_of_the_last_three_days_of_exercise_needs_a_look():
    plan = a_plan(0, an_item(sets=2, days_a_week=3))  # Monday, Wednesday, Friday
    few, half = [a_set(0), a_set(4)], [a_set(0), a_set(4), a_set(4)]
    assert looked_at(of(plan, *few), 4)[0] == 1  # Friday is not over
    assert looked_at(of(plan, *few), 5) == (2, "2 of the 6 sets of the last 3 days of exercise done (less than 50 %)")
    assert looked_at(of(plan, *half), 5)[0] == 1


def test_work_on_other_days_than_spread_out_is_not_missing():
    plan = a_plan(0, an_item(sets=2, days_a_week=3))
    assert looked_at(of(plan, a_set(1), a_set(3), a_set(5), a_set(6)), 6)[0] == 1


def test_sets_without_a_name_may_have_been_the_missing_ones():
    plan = a_plan(0, an_item(sets=1))
    why = looked_at(of(plan, a_set(1, "unspecified"), a_set(2, "unspecified")), 3)
    assert why == (2, "2 sets in 7 days have no name: imutrack review")


def test_a_pause_hides_the_days_of_exercise_before_it():
    history = of(a_plan(0, DAILY), statuses=((3, "paused"), (10, "active")))
    assert looked_at(history, 11)[0] == 1


# too much


def test_more_than_half_as_many_repetitions_again_need_a_look():
    plan = a_plan(0, an_item(sets=1, days_a_week=2))  # 20 in a week
    assert looked_at(of(plan, a_set(0, reps=15), a_set(4, reps=15)), 6)[0] == 1
    assert looked_at(of(plan, a_set(0, reps=15), a_set(4, reps=16)), 6) == (
        2,
        "heel slide, left: 31 repetitions in 7 days, 20 asked for in a week (more than 150 %)",
    )


def test_one_exercise_too_often_is_not_averaged_away_by_another():
    plan = a_plan(0, DAILY, an_item("squat", "both", sets=1))
    why = looked_at(of(plan, *(a_set(day, reps=20) for day in range(7))), 6)[1]
    assert "heel slide, left: 140 repetitions in 7 days, 70 asked for in a week" in why


def test_the_first_days_are_held_against_a_whole_week():
    assert looked_at(of(a_plan(0, DAILY), a_set(0, reps=30)), 0)[0] == 1


def test_repetitions_that_are_not_sure_are_never_too_many():
    sets = [a_set(0, reps=None, reps_low=90)]
    assert "150 %" not in looked_at(of(a_plan(0, an_item(sets=1, days_a_week=1)), *sets), 0)[1]


def test_exercise_on_twice_as_many_days_needs_a_look():
    plan = a_plan(0, an_item(sets=1, days_a_week=3, reps=None))
    assert looked_at(of(plan, *busy(4)), 6)[0] == 1
    assert looked_at(of(plan, *busy(5)), 6) == (
        2,
        "exercise on 6 of 7 days, 3 asked for in a week (2 times as many or more)",
    )


# changes


@pytest.mark.parametrize(
    ("measure", "verdict", "level"),
    [
        ("rom", "less", 2),
        ("rom", "more", 1),
        ("rom", "too early", 1),
        ("sway", "more", 2),
        ("sway", "less", 1),
        ("five_rises", "more", 2),
        ("rises_30s", "less", 2),
        ("up_and_go", "more", 2),
        ("up_and_go", "less", 1),
    ],
)
def test_less_range_more_sway_and_slower_tests_need_a_look_until_the_next_verdict(measure, verdict, level):
    verdicts = (a_verdict(1, verdict, measure), a_verdict(3, "no real change", measure))
    assert [day.level for day in rows(of(a_plan(0, DAILY), *busy(4)), 4, 0, verdicts)] == [1, level, level, 1, 1]


def test_every_measure_has_a_direction_that_is_looked_at():
    assert set(standing.LOOK) == set(MEASURES)


def test_the_sentence_of_a_verdict_is_given_as_one_reason():
    verdict = a_verdict(1, "less", sentence="less range: 92 to 81 deg; less than 6 deg is none")
    why = looked_at(of(a_plan(0, DAILY), *busy(2)), 2, (verdict,))[1]
    assert why == "heel slide, left: less range: 92 to 81 deg, less than 6 deg is none"


# the desk, and what is only mentioned


def test_a_review_is_mentioned_a_week_before_and_needs_a_look_when_overdue():
    found = rows(of(a_plan(0, DAILY, review=on(8)[0]), *busy(12)), 12)
    assert [day.level for day in found] == [1] * 9 + [2] * 4
    assert "review" not in found[0].why
    assert found[1].why.startswith("plan review due in 7 days (within 7 days); ")
    assert found[8].why.startswith("plan review due today")
    assert found[12].why == "plan review overdue by 4 days"


def test_sets_without_a_plan_need_a_look_for_thirty_days():
    found = rows(of(a_set(0)), 30)
    assert found[0].why == "no plan, though something was recorded today (within 30 days)"
    assert [day.level for day in found[-2:]] == [2, 1]


def test_sets_that_cannot_be_trusted_are_mentioned_and_raise_nothing():
    history = of(a_plan(0, DAILY), a_set(0, withheld="range of motion"), a_set(1, reps=None, reps_low=1))
    assert looked_at(history, 1) == (
        1,
        "2 sets in 7 days cannot be trusted: repetitions or range not shown; 2 of 2 sets in 7 days",
    )


def test_three_sessions_far_too_quick_are_mentioned():
    plan = a_plan(0, an_item(sets=1, tempo=Tempo(outward_s=4.0, hold_s=2.0, return_s=4.0)))
    quick = [a_set(0, rep_s=6.0), a_set(1, rep_s=6.9), a_set(2, rep_s=5.0)]
    text = "repetitions took 60, 69 and 50 % of the planned time in the last 3 sessions (each more than 30 % too quick)"
    assert looked_at(of(plan, *quick), 2) == (1, f"{text}; 3 of 3 sets in 7 days")
    assert text not in looked_at(of(plan, *quick[:2]), 1)[1]
    assert text not in looked_at(of(plan, quick[0], quick[2], a_set(1, rep_s=7.0)), 2)[1]
    assert text in looked_at(of(plan, *quick), 13)[1]
    assert text not in looked_at(of(plan, *quick), 14)[1]


# together


def test_all_reasons_are_given_worst_first():
    history = of(
        a_plan(0, an_item(), review=on(1)[0]),
        a_report(6, stop=True),
        a_report(6, 8, When.WORST),
        a_set(1, "unspecified"),
        a_set(2, withheld="range of motion"),
    )
    why = row(history, 7, (a_verdict(2, "less"),)).why
    parts = [
        "stop reported",
        "worst pain 8",
        "heel slide, left: less",
        "silent for 5",
        "0 of",
        "overdue",
        "no name",
        "trusted",
    ]
    found = [why.find(part) for part in parts]
    assert found == sorted(found)
    assert -1 not in found[:4]


def test_the_list_goes_by_level_then_urgency_then_silence_then_pseudonym():
    stop = row(of(a_plan(0, DAILY), *busy(6), a_report(6, stop=True)), 6)
    red = row(of(a_plan(0, DAILY), *busy(6), a_report(6, 9, When.WORST)), 6)
    silent = row(of(a_plan(0, DAILY), a_set(0)), 6)
    longer = replace(silent, days_since_last=9, patient="zebra-oak-11")
    fine = row(of(a_plan(0, DAILY), *busy(6)), 6)
    other = replace(fine, patient="badger-elm-12")
    unknown = row(of(), 6)
    right = [stop, red, longer, silent, other, fine, unknown]
    assert all(order([*right[at:], *right[:at]]) == right == order(reversed(right)) for at in range(7))


def test_limits_are_settings():
    history = of(a_plan(0, DAILY), a_set(0))
    assert "silent" in looked_at(history, 4)[1]
    assert "silent" not in looked_at(history, 4, params=DayParams(silent_days=4))[1]


# the words


def test_every_rule_has_a_level_and_words():
    assert set(LEVELS) == set(Rule)
    assert set(wording.WHY) == set(Rule) - {Rule.NOTHING}


def test_the_words_keep_the_rules_of_wording():
    forbidden = r"improv|better|worse|\bnormal|abnormal|risk|diagnos|complian|safety stop|eligib|!"
    for text in (*wording.WHY.values(), *wording.FACTS.values()):
        assert not re.search(forbidden, text.lower()), text


def test_a_test_that_is_due_alone_is_no_missing_exercise_when_done():
    assert looked_at(of(a_plan(0, a_test(sets=3)), a_trial(1), a_trial(1), a_trial(1)), 5) == (
        1,
        "3 of 3 sets in 7 days",
    )
