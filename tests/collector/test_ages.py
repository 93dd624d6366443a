"""How old a capture is, in every way in which a clinic runs its box, and whatever the clock of the box says."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.collector.health.ages import LIST, Ages

HOUR_S, DAY_S = 3600.0, 86_400.0
MONDAY_S = datetime(2026, 11, 16, tzinfo=UTC).timestamp()
YEARS_BACK_S = datetime(2024, 2, 1, tzinfo=UTC).timestamp()
YEARS_AHEAD_S = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
LOOKS_DAYS = 0.02  # what lies between the last look of a run and its end, and before the first of the next


def right(at_s, _boot_s):
    return at_s


def lived(folder, runs, clock=right):
    """Let a collector run so, and see a capture called ``a`` from its first look on.

    Args:
        folder: of the captures.
        runs: each from and to, days since a Monday.
        clock: what it says at a moment of a run that began at another, s.

    Returns:
        Ages after that, the days by which the clock leapt, and true days since the first look.
    """
    leaps, moments, ages = [], [], None
    for begin, end in runs:
        boot_s, until_s = MONDAY_S + begin * DAY_S, MONDAY_S + end * DAY_S
        ages, at_s = Ages(folder, 10.0), boot_s + 120.0
        while at_s <= until_s:
            leaps.append(ages.look(clock(at_s, boot_s), 10.0 + at_s - boot_s, ["a"]))
            moments.append(at_s)
            at_s += 600.0
        ages.keep()
    return ages, [round(leap) for leap in leaps if leap], (moments[-1] - moments[0]) / DAY_S


def on(*weekdays, weeks=10, begin=8.0, end=18.0):
    return [(7 * week + day + begin / 24, 7 * week + day + end / 24) for week in range(weeks) for day in weekdays]


SESSIONS = [
    (day + hour / 24, day + (hour + 5 / 6) / 24) for day, _ in on(0, 1, 2, 3, 4, begin=0) for hour in range(8, 14)
]
WEEKDAYS = on(0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("runs", "not_counted", "gaps"),
    [
        pytest.param([(0, 70)], 0.0, 0, id="always on"),
        pytest.param(on(*range(7), begin=0.0, end=23.9), 0.0, 0, id="restarted each night"),
        pytest.param([(7 * week, 7 * week + 6.99) for week in range(10)], 0.0, 0, id="restarted each week"),
        pytest.param(WEEKDAYS, 0.0, 0, id="weekdays"),
        pytest.param(SESSIONS, 0.0, 0, id="weekdays, started for each session of 50 minutes"),
        pytest.param(on(0, 1, 2, 3), 3 + 14 / 24 - 3, 9, id="Monday to Thursday"),
        pytest.param(on(1, 3), 4 + 14 / 24 - 3, 9, id="Tuesday and Thursday"),
        pytest.param(on(0, 2), 4 + 14 / 24 - 3, 9, id="Monday and Wednesday"),
        pytest.param(on(0, 1), 5 + 14 / 24 - 3, 9, id="Monday and Tuesday"),
        pytest.param(on(2), 6 + 14 / 24 - 3, 9, id="Wednesday"),
    ],
)
def test_where_the_clock_is_right_an_age_is_that_of_the_calendar_but_for_gaps_of_more_than_three_days(
    tmp_path, runs, not_counted, gaps
):
    ages, leaps, passed = lived(tmp_path, runs)
    assert ages.days("a") == pytest.approx(passed - gaps * not_counted, abs=(gaps + 1) * LOOKS_DAYS)
    assert ages.even
    assert leaps == []


def wrong(until_s, says_s):
    """Return a clock that begins at a date with each start, and is set after so many seconds."""
    return lambda at_s, boot_s: at_s if at_s - boot_s >= until_s else says_s + at_s - boot_s


@pytest.mark.parametrize("runs", [WEEKDAYS, SESSIONS], ids=["weekdays", "sessions"])
@pytest.mark.parametrize("says_s", [YEARS_BACK_S, YEARS_AHEAD_S], ids=["back", "ahead"])
def test_a_clock_that_is_set_within_a_minute_of_each_start_is_never_seen_to_be_wrong(tmp_path, runs, says_s):
    ages, leaps, passed = lived(tmp_path, runs, wrong(60.0, says_s))
    assert ages.days("a") == pytest.approx(passed)
    assert ages.even
    assert leaps == []


def test_a_clock_that_starts_years_back_and_is_set_at_noon_counts_as_a_right_one(tmp_path):
    ages, leaps, passed = lived(tmp_path, WEEKDAYS, wrong(4 * HOUR_S, YEARS_BACK_S))
    # What was before the first noon is counted by running; the first date that is right is a leap.
    assert ages.days("a") == pytest.approx(passed, abs=LOOKS_DAYS)
    assert ages.even
    assert sum(leap > 0 for leap in leaps) == 1
    assert sum(leap < 0 for leap in leaps) == len(WEEKDAYS) - 1


def test_with_a_clock_that_starts_in_2099_and_is_set_at_noon_only_what_ran_counts(tmp_path):
    ages, leaps, passed = lived(tmp_path, WEEKDAYS, wrong(4 * HOUR_S, YEARS_AHEAD_S))
    ran = len(WEEKDAYS) * 10 / 24
    assert ages.days("a") == pytest.approx(ran, abs=len(WEEKDAYS) * LOOKS_DAYS)
    assert ages.days("a") < passed
    assert leaps


@pytest.mark.parametrize("says_s", [YEARS_BACK_S, YEARS_AHEAD_S], ids=["back", "ahead"])
def test_a_clock_that_is_never_set_counts_what_ran(tmp_path, says_s):
    ages, leaps, _ = lived(tmp_path, WEEKDAYS, wrong(1e9, says_s))
    assert ages.days("a") == pytest.approx(len(WEEKDAYS) * 10 / 24, abs=len(WEEKDAYS) * LOOKS_DAYS)
    assert all(leap < 0 for leap in leaps)


@pytest.mark.parametrize("says_s", [YEARS_BACK_S, YEARS_AHEAD_S], ids=["back", "ahead"])
def test_after_one_start_with_a_wrong_clock_nights_count_again_after_three_days_of_running(tmp_path, says_s):
    start_s = (
        MONDAY_S + WEEKDAYS[6][0] * DAY_S
    )  # a Tuesday; three days of running are over on the Friday of the next week
    ages, leaps, passed = lived(
        tmp_path, WEEKDAYS, lambda at_s, boot_s: says_s + at_s - boot_s if boot_s == start_s else at_s
    )
    lost = {YEARS_BACK_S: 0.0, YEARS_AHEAD_S: (8 * 14 + 62) / 24}[says_s]  # eight nights and a weekend
    assert ages.days("a") == pytest.approx(passed - lost, abs=0.1)
    assert ages.even
    assert 1 <= len(leaps) <= 9


def test_a_box_that_starts_at_the_time_of_its_shutdown_counts_its_nights_when_the_network_answers(tmp_path):
    ends = {round(begin * DAY_S): ended for (_, ended), (begin, _) in pairwise(WEEKDAYS)}

    def clock(at_s, boot_s):
        ended = ends.get(round(boot_s - MONDAY_S))
        return at_s if ended is None or at_s - boot_s > HOUR_S else MONDAY_S + ended * DAY_S + at_s - boot_s

    ages, leaps, passed = lived(tmp_path, WEEKDAYS, clock)
    assert ages.days("a") == pytest.approx(passed, abs=LOOKS_DAYS)
    assert ages.even
    assert leaps == []


def test_a_machine_that_sleeps_at_night_counts_its_nights(tmp_path):
    ages = Ages(tmp_path, 0.0)
    for hour in range(100):
        asleep = hour // 10  # nights so far, of 14 hours
        ages.look(MONDAY_S + (hour + 14 * asleep) * HOUR_S, hour * HOUR_S, ["a"])
    assert ages.days("a") == pytest.approx((99 + 14 * 9) / 24)


@pytest.mark.parametrize(("weeks", "counted", "leaps"), [(4, 3.0, []), (6, 0.0, [42])])
def test_long_holidays_count_three_days_or_none(tmp_path, weeks, counted, leaps):
    ages, leapt, _ = lived(tmp_path, [(0, 1), (7 * weeks + 1, 7 * weeks + 2)])
    assert ages.days("a") == pytest.approx(2 + counted, abs=LOOKS_DAYS)
    assert leapt == leaps


def test_the_clock_is_gone_by_after_three_days_of_running_and_not_for_three_after_a_leap_or_while_it_is_behind(
    tmp_path,
):
    ages, at = Ages(tmp_path, 0.0), MONDAY_S / DAY_S
    said = []
    for ahead, day in [(0, 2.9), (0, 3.0), (36, 3.1), (36, 6.0), (36, 6.2), (0, 6.3), (0, 9.0), (0, 9.4), (0, 12.5)]:
        ages.look((at + ahead + day) * DAY_S, day * DAY_S, ["a"])
        said.append(ages.even)
    # It was set to what is right on day 6.3, and is believed after three days of that, and three more.
    assert said == [False, True, False, False, True, False, False, False, True]
    assert ages.days("a") == pytest.approx(12.5 - 2.9)


def test_where_the_list_is_lost_all_captures_count_as_new(tmp_path):
    lived(tmp_path, [(0, 5)])
    (tmp_path / LIST).write_bytes(b'{"counted_s": "long')
    ages, _, _ = lived(tmp_path, [(5, 5.01)])
    assert ages.days("a") == pytest.approx(0.0, abs=LOOKS_DAYS)
    assert not ages.even


def test_a_capture_that_was_away_counts_as_new_and_one_that_was_never_seen_has_no_age(tmp_path):
    ages, _, _ = lived(tmp_path, [(0, 5)])
    ages.done_in.add("a")
    ages.look(MONDAY_S + 5 * DAY_S, 5 * DAY_S, [])
    ages.look(MONDAY_S + 5 * DAY_S, 5 * DAY_S, ["a"])
    assert ages.days("a") == 0.0
    assert ages.days("b") == 0.0
    assert ages.done_in == set()


def test_the_list_is_for_its_owner_alone_and_not_made_where_there_is_no_capture(tmp_path):
    lived(tmp_path, [(0, 0.1)])
    assert (tmp_path / LIST).stat().st_mode & 0o777 == 0o600
    Ages(tmp_path / "captures", 0.0).keep()
    assert not (tmp_path / "captures").exists()


_STEPS = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(0.0, 2.0)), max_size=40)


@given(_STEPS)
def test_whatever_the_clock_says_a_look_adds_the_time_run_and_three_days_at_most(tmp_path_factory, steps):
    ages, on_s = Ages(tmp_path_factory.getbasetemp() / "nowhere", 0.0), 0.0
    ages.look(MONDAY_S, on_s, ["a"])
    for wall_days, ran_days in steps:
        before, on_s = ages.days("a"), on_s + ran_days * DAY_S
        ages.look(MONDAY_S + wall_days * DAY_S, on_s, ["a"])
        assert -1e-6 <= ages.days("a") - before - ran_days <= 3.0 + 1e-6


_LIVES = st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.0, 5.0), st.integers(-9, 9)), max_size=40)


@given(_LIVES, st.floats(35.1, 1e4))
def test_a_clock_that_is_right_or_wrong_by_more_than_35_days_makes_nothing_older_than_it_is(
    tmp_path_factory, lives, apart
):
    ages = Ages(tmp_path_factory.getbasetemp() / "nowhere", 0.0)
    ages.look(MONDAY_S, 0.0, ["a"])
    passed, ran = 0.0, 0.0
    for (
        off,
        runs,
        wrong_by,
    ) in lives:  # off or asleep for so many days, then running, with the clock so wrong from now on
        for more, more_ran in ((off, 0.0), (runs, runs)):
            passed, ran = passed + more, ran + more_ran
            ages.look(MONDAY_S + (passed + wrong_by * apart) * DAY_S, ran * DAY_S, ["a"])
            assert ran - 1e-6 <= ages.days("a") <= passed + 1e-6
