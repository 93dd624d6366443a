import random
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.pain_rules import Colour, PainParams, judge, judgements
from imutrack.clinic.self_reports import SelfReport, When, checked_report
from imutrack.errors import SettingsError

MONDAY = date(2026, 3, 9)
BEFORE, WORST, AFTER, MORNING = When.BEFORE, When.WORST, When.AFTER, When.NEXT_MORNING
GRAVITY = {Colour.GREEN: 0, Colour.UNKNOWN: 1, Colour.AMBER: 2, Colour.RED: 3}


def day(number):
    """Monday is 0."""
    return MONDAY + timedelta(days=number)


def said(number, pain=None, when=None, *, exertion=None, stop=False, hour=12):
    at = 1_772_000_000.0 + 86_400 * number + 3600 * hour
    return SelfReport(at=at, day=day(number), pain=pain, when=when, exertion=exertion, stop=stop)


def good(number):
    """A day of exercise at low pain and its settled morning."""
    return [said(number, 1, BEFORE), said(number, 2, WORST), said(number + 1, 1, MORNING)]


def on(number, reports, exercised=(0,), **limits):
    return judge(reports, {day(one) for one in exercised}, day(number), PainParams(**limits))


# What a report may say


def test_a_report_holds_what_was_typed():
    report = checked_report(at=5.0, day=MONDAY, pain="4", when=" Next morning", exertion=7, stop=True, text=" sore ")
    assert report == SelfReport(at=5.0, day=MONDAY, pain=4, when=MORNING, exertion=7, stop=True, text="sore")
    assert checked_report(at=5.0, day=MONDAY, pain=0).pain == 0


@pytest.mark.parametrize("typed", [11, -1, "3.5", "seven", "", "7/10", "٣", "9" * 5000])
def test_pain_and_exertion_are_whole_numbers_from_0_to_10(typed):
    with pytest.raises(SettingsError, match=r"--pain .*a whole number from 0 to 10 is needed"):
        checked_report(at=0.0, day=MONDAY, pain=typed)
    with pytest.raises(SettingsError, match=r"--exertion .*a whole number from 0 to 10 is needed"):
        checked_report(at=0.0, day=MONDAY, exertion=typed)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "nothing was said: give at least one of --pain"),
        ({"text": "  "}, "nothing was said"),
        ({"when": "worst", "text": "it hurt"}, "--when worst says which pain: add --pain"),
        ({"pain": 3, "when": "during"}, "use one of before, worst, after, next-morning"),
        ({"text": "x" * 501}, "501 characters: at most 500"),
        ({"text": "two\nlines"}, "--text has a line break"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(typed, message):
    with pytest.raises(SettingsError, match=message):
        checked_report(at=0.0, day=MONDAY, **typed)


# Each rule by itself


def test_a_day_is_green_when_the_pain_was_low_and_the_next_morning_settled():
    found = on(1, good(0))
    assert found.colour is Colour.GREEN
    assert found.reasons == (
        "worst pain 2 of 10 during the exercises on 9 March: at most 3",
        "next morning pain 1 of 10, 1 before the exercises: settled",
    )


@pytest.mark.parametrize(
    ("pain", "colour", "reason"),
    [
        (3, Colour.UNKNOWN, "next morning not yet known"),
        (4, Colour.AMBER, "worst pain 4 of 10 during the exercises: above 3, repeat and do not progress"),
        (5, Colour.AMBER, "worst pain 5 of 10 during the exercises: above 3, repeat and do not progress"),
        (6, Colour.RED, "worst pain 6 of 10 during the exercises: above 5, reduce and contact the patient"),
        (10, Colour.RED, "worst pain 10 of 10 during the exercises: above 5, reduce and contact the patient"),
    ],
)
def test_pain_during_the_exercises_has_two_limits(pain, colour, reason):
    found = on(0, [said(0, pain, WORST)])
    assert (found.colour, found.reasons) == (colour, (reason,))


def test_a_pain_without_a_time_counts_as_during_and_says_so():
    found = on(0, [said(0, 6), said(0, 2, WORST)])
    assert found.colour is Colour.RED
    assert found.reasons == (
        "pain 6 of 10, no time said and taken as during the exercises: above 5, reduce and contact the patient",
    )


def test_pain_after_the_exercises_has_the_same_limits_but_alone_does_not_make_a_day_green():
    assert on(0, [said(0, 6, AFTER)]).colour is Colour.RED
    assert on(0, [said(0, 2, WORST), said(0, 4, AFTER)]).reasons == (
        "pain 4 of 10 after the exercises: above 3, repeat and do not progress",
    )
    assert len(on(0, [said(0, 7, WORST), said(0, 6, AFTER)]).reasons) == 1
    found = on(1, [said(0, 1, AFTER), said(1, 0, MORNING)])
    assert (found.colour, found.reasons) == (Colour.UNKNOWN, ("no answer yet about pain during the exercises",))


@pytest.mark.parametrize(
    ("before", "morning", "colour", "word"),
    [
        (0, 2, Colour.GREEN, "settled"),
        (0, 3, Colour.AMBER, "3 of 10, 0 before the exercises: risen by more than 2, one day off, then repeat"),
        (3, 3, Colour.GREEN, "settled"),
        (3, 4, Colour.AMBER, "4 of 10, 3 before the exercises: above 3 and not settled, repeat and do not progress"),
        (4, 4, Colour.GREEN, "settled"),
        (2, 5, Colour.AMBER, "risen by more than 2"),
        (6, 6, Colour.RED, "6 of 10, 6 before the exercises: above 5, reduce and contact the patient"),
        (None, 2, Colour.GREEN, "2 of 10, not known before the exercises and taken as 0: settled"),
        (None, 3, Colour.AMBER, "not known before the exercises and taken as 0: risen by more than 2"),
    ],
)
def test_the_next_morning_is_compared_with_before_the_exercises(before, morning, colour, word):
    reports = [said(0, 2, WORST), said(1, morning, MORNING)]
    if before is not None:
        reports.append(said(0, before, BEFORE))
    found = on(1, reports)
    assert found.colour is colour
    assert word in " ".join(found.reasons)


def test_the_lowest_pain_before_the_exercises_counts():
    reports = [said(0, 5, BEFORE), said(0, 0, BEFORE), said(0, 2, WORST), said(1, 3, MORNING)]
    assert on(1, reports).colour is Colour.AMBER


def test_a_stop_is_red_whatever_else_is_said_that_day_and_for_some_days_after():
    reports = [said(0, stop=True), said(0, 0, WORST, hour=20), said(1, 0, MORNING), *good(1), *good(2), *good(3)]
    colours = [on(number, reports, exercised=(0, 1, 2, 3)).colour for number in range(5)]
    assert colours == [Colour.RED] * 4 + [Colour.GREEN]
    assert on(0, reports).reasons == ("stop reported: one is enough, reduce and contact the patient",)
    assert on(2, reports).reasons == ("stop reported on 9 March: one is enough, reduce and contact the patient",)


def test_a_stop_stands_until_something_newer_is_said_for_a_week_at_most():
    reports = [said(0, stop=True)]
    assert [on(number, reports).colour for number in (6, 7)] == [Colour.RED, Colour.UNKNOWN]


def test_hard_exertion_asks_for_a_repeat():
    reports = good(0)
    assert on(1, [*reports, said(0, exertion=8)]).colour is Colour.GREEN
    assert on(1, [*reports, said(0, exertion=9)]).reasons == (
        "exertion 9 of 10 on 9 March: 9 or more, repeat and do not progress",
    )
    assert on(0, [said(0, 2, WORST), said(0, exertion=7)], hard_exertion=7).colour is Colour.AMBER


def test_a_rise_of_the_weekly_mean_is_seen_and_needs_enough_answers():
    weeks = [said(number, 1, WORST) for number in (0, 2, 4)] + [said(number, 3, WORST) for number in (7, 9, 11)]
    assert on(11, weeks, exercised=(11,)).reasons[0] == (
        "worst pain 3.0 of 10 on average in 7 days, 1.0 in the 7 days before: risen by 2 or more, "
        "repeat and do not progress"
    )
    assert on(11, weeks[1:], exercised=(11,)).colour is Colour.UNKNOWN
    assert on(11, [*weeks, said(6, 2, WORST)], exercised=(11,)).colour is Colour.UNKNOWN  # 3.0 against 1.25
    assert on(11, weeks, exercised=(11,), weekly_rise=2.5).colour is Colour.UNKNOWN


def test_a_weekly_mean_that_has_risen_above_the_upper_limit_is_red():
    pains = [3, 3, 3, None, None, None, None, 9, 9, 1]
    weeks = [said(number, pain, WORST) for number, pain in enumerate(pains) if pain is not None]
    found = on(9, weeks, exercised=(9,))
    assert found.colour is Colour.RED
    assert found.reasons[0] == (
        "worst pain 6.3 of 10 on average in 7 days, 3.0 in the 7 days before: risen by 2 or more and above 5, "
        "reduce and contact the patient"
    )


# What is missing


def test_nothing_said_is_unknown():
    assert on(0, [], exercised=()).colour is Colour.UNKNOWN
    assert on(0, [], exercised=()).reasons == ("no answer yet about pain during the exercises", "no exercises yet")
    assert on(0, []).colour is Colour.UNKNOWN


def test_exercises_without_an_answer_are_unknown_and_the_last_answer_is_named():
    found = on(3, good(0), exercised=(0, 3))
    assert found.colour is Colour.UNKNOWN
    assert "no answer about pain during the exercises since 9 March" in found.reasons


def test_a_missing_next_morning_is_unknown_never_green():
    found = on(1, [said(0, 1, BEFORE), said(0, 1, WORST)])
    assert found.colour is Colour.UNKNOWN
    assert found.reasons == ("no answer for the next morning after the exercises of 9 March",)


def test_green_does_not_outlast_a_week_without_exercises_and_answers():
    assert [on(number, good(0)).colour for number in (1, 6, 7)] == [Colour.GREEN, Colour.GREEN, Colour.UNKNOWN]
    assert on(7, good(0)).reasons == (
        "no answer about pain during the exercises since 9 March",
        "no exercises since 9 March",
    )
    assert "since 9 March 2026" in judge(good(0), {MONDAY}, date(2027, 1, 2)).reasons[0]


def test_pain_without_any_exercises_is_judged_but_never_green():
    assert on(0, [said(0, 1)], exercised=()).reasons == ("no exercises yet",)
    assert on(0, [said(0, 7)], exercised=()).colour is Colour.RED


# From day to day


def test_high_pain_stays_red_until_the_pain_of_later_exercises_is_known():
    reports = [said(0, 7, WORST), said(1, 0, MORNING)]
    assert [on(number, reports, exercised=(0, 3)).colour for number in (0, 1, 3)] == [Colour.RED] * 3
    assert "on 9 March: above 5" in on(3, reports, exercised=(0, 3)).reasons[0]
    assert on(4, [*reports, *good(3)], exercised=(0, 3)).colour is Colour.GREEN


def test_a_morning_that_had_not_settled_stands_until_later_exercises_are_answered():
    reports = [said(0, 2, WORST), said(1, 4, MORNING)]
    assert [on(number, reports).colour for number in (1, 2)] == [Colour.AMBER] * 2
    assert on(3, [*reports, said(3, 1, WORST)], exercised=(0, 3)).colour is Colour.UNKNOWN
    assert on(4, [*reports, *good(3)], exercised=(0, 3)).colour is Colour.GREEN


def test_a_morning_before_exercises_belongs_to_those_of_the_day_before():
    reports = [said(0, 0, BEFORE), said(0, 2, WORST), said(1, 3, MORNING), said(1, 3, BEFORE), said(1, 2, WORST)]
    assert "3 of 10, 0 before the exercises: risen by more than 2" in on(1, reports, exercised=(0, 1)).reasons[0]


@pytest.mark.parametrize("earlier", [said(0, exertion=10), said(0, 6, AFTER)])
def test_what_was_said_of_earlier_exercises_gives_way_to_what_is_said_of_later_ones(earlier):
    reports = [*good(0), earlier]
    assert on(1, reports).colour is not Colour.GREEN
    assert on(3, [*reports, *good(2)], exercised=(0, 2)).colour is Colour.GREEN


def test_somebody_who_exercises_daily_is_green_in_the_morning_and_by_a_setting_all_day():
    reports = [*good(0), *good(1)]
    assert on(1, good(0), exercised=(0,)).colour is Colour.GREEN
    assert on(1, reports, exercised=(0, 1)).reasons == ("next morning not yet known",)
    assert on(1, reports, exercised=(0, 1), wait_for_morning=False).colour is Colour.GREEN
    assert on(0, reports, exercised=(0, 1), wait_for_morning=False).colour is Colour.UNKNOWN


# Properties

DAYS = st.integers(0, 16)
REPORTS = st.lists(
    st.builds(
        said,
        DAYS,
        st.none() | st.integers(0, 10),
        st.none() | st.sampled_from(When),
        exertion=st.none() | st.integers(0, 10),
        stop=st.booleans().flatmap(lambda one: st.booleans() if one else st.just(False)),
    ),
    max_size=30,
)
CALM = st.lists(  # seldom above a limit, so that green and unknown days are common
    st.builds(said, DAYS, st.integers(0, 3), st.none() | st.sampled_from([*When, WORST, MORNING])), max_size=60
)
EXERCISED = st.sets(DAYS)
PARAMS = st.sampled_from([PainParams(), PainParams(wait_for_morning=False)])


def colours(reports, exercised, params):
    return [found.colour for found in judgements(reports, {day(one) for one in exercised}, map(day, range(17)), params)]


@given(REPORTS | CALM, EXERCISED, PARAMS, st.data())
def test_a_worse_report_beside_another_never_makes_its_week_greener(reports, exercised, params, data):
    numbers = [one for one in reports if one.pain is not None and one.when is not BEFORE]
    if not numbers:
        return
    other = data.draw(st.sampled_from(numbers))
    added = SelfReport(at=other.at, day=other.day, pain=data.draw(st.integers(other.pain, 10)), when=other.when)
    first = (other.day - MONDAY).days
    was, now = colours(reports, exercised, params), colours([*reports, added], exercised, params)
    # a week later the higher pain is what the next week is compared with
    assert all(GRAVITY[b] >= GRAVITY[a] for a, b in zip(was[: first + 7], now[: first + 7], strict=True))
    assert was[:first] == now[:first]


@given(REPORTS | CALM, EXERCISED, PARAMS, DAYS, st.sampled_from(["stop", WORST, AFTER, MORNING, None]))
def test_a_stop_or_a_pain_above_the_upper_limit_makes_its_day_red(reports, exercised, params, number, what):
    added = said(number, stop=True) if what == "stop" else said(number, 6, what)
    assert colours([*reports, added], exercised, params)[number] is Colour.RED


@given(REPORTS | CALM, EXERCISED, PARAMS, st.data())
def test_leaving_out_reports_never_turns_unknown_into_green(reports, exercised, params, data):
    kept = [one for one in reports if data.draw(st.booleans())]
    was, now = colours(reports, exercised, params), colours(kept, exercised, params)
    assert not any(a is Colour.UNKNOWN and b is Colour.GREEN for a, b in zip(was, now, strict=True))


@given(REPORTS | CALM, EXERCISED, PARAMS, st.randoms(use_true_random=False))
def test_the_order_of_the_reports_and_of_the_days_does_not_matter(reports, exercised, params, rng):
    shuffled, days = rng.sample(reports, len(reports)), rng.sample(range(17), 17)
    exercised = {day(one) for one in exercised}
    found = dict(zip(days, judgements(shuffled, exercised, map(day, days), params), strict=True))
    assert [found[one] for one in range(17)] == judgements(reports, exercised, map(day, range(17)), params)


@given(REPORTS | CALM, EXERCISED, PARAMS, DAYS)
def test_a_day_keeps_its_judgement_whatever_comes_later(reports, exercised, params, number):
    until = [one for one in reports if one.day <= day(number)]
    then = {day(one) for one in exercised if one <= number}
    later = judge(reports, {day(one) for one in exercised}, day(number), params)
    assert judge(until, then, day(number), params) == later


@given(REPORTS | CALM, EXERCISED, PARAMS)
def test_every_day_has_a_reason_in_plain_words_and_green_is_earned(reports, exercised, params):
    for number, found in enumerate(judgements(reports, {day(one) for one in exercised}, map(day, range(17)), params)):
        assert found.reasons
        text = " ".join(found.reasons).lower()
        assert not any(
            word in text for word in ("improv", "better", "worse", "normal", "risk", "diagnos", "none", "0.0 of")
        )
        if found.colour is Colour.GREEN:
            recent = [one for one in reports if day(number - 7) < one.day <= day(number)]
            assert any(one.when in (WORST, None) and one.pain is not None and one.pain <= 3 for one in recent)
            assert any(one.when is MORNING and one.pain is not None for one in recent)


def test_green_is_not_out_of_reach():
    rng = random.Random(1)  # noqa: S311 - repeatable
    reports = [one for number in range(0, 16, 2) for one in good(number)]
    found = colours(rng.sample(reports, len(reports)), range(0, 16, 2), PainParams())
    assert found == [Colour.UNKNOWN, Colour.GREEN] * 8 + [Colour.GREEN]


# Settings


def test_the_limits_are_settings_that_are_checked():
    made = msgspec.toml.decode(b"safe = 2\nweekly_rise = 1.5\n", type=PainParams)
    assert (made.safe, made.acceptable, made.weekly_rise) == (2, 5, 1.5)
    assert on(0, [said(0, 3, WORST)], safe=2).colour is Colour.AMBER


@pytest.mark.parametrize(
    "text",
    [
        "safe = 6",
        "acceptable = 11",
        "weekly_rise = 0",
        "answer_days = 1",
        "answer_days = 31",
        "stop_days = 31",
        "hard_exertion = 0",
        "unsafe = 1",
    ],
)
def test_limits_that_contradict_each_other_are_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(text, type=PainParams)
