"""How old a capture is when the clock of the box may say anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.collector.health.ages import LIST, Ages

DAY_S = 86_400.0
NOW_S = datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp()


class Box:
    """A machine that is switched on and off, with a clock of its own and a capture called ``a``."""

    def __init__(self, folder, now_s=NOW_S):
        self.folder, self.now_s, self.on_s, self.leaps = folder, now_s, 0.0, []
        self.switch_on()

    def switch_on(self, now_s=None):
        self.now_s, self.on_s = self.now_s if now_s is None else now_s, 0.0
        self.ages = Ages(self.folder)
        self.look()

    def look(self):
        leapt = self.ages.look(self.now_s, self.on_s, ["a"])
        self.leaps += [round(leapt, 1)] if leapt else []
        self.ages.keep()

    def run(self, days):
        for _ in range(round(24 * days)):
            self.now_s += 3600.0
            self.on_s += 3600.0
            self.look()

    @property
    def days(self):
        return self.ages.days("a")


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


def test_on_a_box_that_runs_day_and_night_an_age_is_that_of_the_calendar(box):
    box.run(30)
    assert box.days == pytest.approx(30.0)
    assert box.ages.even
    assert box.leaps == []


def test_nights_and_weekends_count_where_the_clock_is_right(box):
    for _ in range(3):
        for _ in range(5):
            box.run(8 / 24)
            box.switch_on(box.now_s + 16 * 3600.0)
        box.switch_on(box.now_s + 2 * DAY_S)
    assert box.days == pytest.approx(21.0)
    assert box.ages.even
    assert box.leaps == []


def test_no_age_is_believed_before_three_days_of_running_or_for_three_days_after_a_leap(box):
    box.run(2.9)
    assert not box.ages.even
    box.run(0.1)
    assert box.ages.even
    box.now_s += 200 * DAY_S
    box.look()
    assert not box.ages.even
    box.run(3)
    assert box.ages.even
    assert box.leaps == [200.0]
    assert box.days == pytest.approx(6.0)


def test_a_box_that_wakes_up_in_2099_makes_nothing_older_however_long_it_stays_there(box):
    box.run(5)
    box.switch_on(datetime(2099, 1, 1, tzinfo=UTC).timestamp())
    box.run(10)
    box.switch_on(NOW_S + 15 * DAY_S)
    box.run(5)
    assert box.days == pytest.approx(20.0)
    assert [leap > 0 for leap in box.leaps] == [True, False]


def test_a_clock_that_is_months_behind_each_morning_and_set_each_evening_makes_nothing_older(tmp_path):
    box = Box(tmp_path, datetime(2025, 2, 1, tzinfo=UTC).timestamp())
    for day in range(20):
        box.run(8 / 24)
        box.now_s = NOW_S + day * DAY_S
        box.look()
        box.switch_on(datetime(2025, 2, 1, tzinfo=UTC).timestamp())
    assert box.days == pytest.approx(20 * 8 / 24)
    assert not box.ages.even
    assert len(box.leaps) == 40


def test_a_box_that_starts_at_the_time_of_its_shutdown_counts_its_nights_when_the_network_answers(box):
    for _ in range(10):
        box.run(8 / 24)
        box.switch_on()
        box.now_s += 16 * 3600.0
        box.look()
    assert box.days == pytest.approx(10.0)
    assert box.leaps == []


def test_an_hour_back_is_no_leap_and_is_not_counted_twice(box):
    for _ in range(10):
        box.run(1)
        box.switch_on(box.now_s - 3600.0)
        box.now_s += 3600.0
        box.look()
    assert box.days == pytest.approx(10.0)
    assert box.leaps == []


def test_where_the_list_is_lost_all_captures_count_as_new(box):
    box.run(5)
    (box.folder / LIST).write_bytes(b'{"counted_s": "long')
    box.switch_on()
    assert box.days == 0.0
    assert not box.ages.even


def test_a_capture_that_was_away_counts_as_new_and_one_that_was_never_seen_has_no_age(box):
    box.run(5)
    box.ages.look(box.now_s, box.on_s, [])
    box.look()
    assert box.days == 0.0
    assert box.ages.days("b") == 0.0


def test_the_list_is_for_its_owner_alone_and_not_made_where_there_is_no_capture(box, tmp_path):
    assert (tmp_path / LIST).stat().st_mode & 0o777 == 0o600
    Ages(tmp_path / "captures").keep()
    assert not (tmp_path / "captures").exists()


_STEPS = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(0.0, 2.0)), max_size=40)


@given(_STEPS)
def test_whatever_the_clock_says_a_look_adds_the_time_run_and_three_days_at_most(steps):
    ages, on_s = Ages(Path("nowhere")), 0.0
    ages.look(NOW_S, on_s, ["a"])
    for wall_days, ran_days in steps:
        before, on_s = ages.days("a"), on_s + ran_days * DAY_S
        ages.look(NOW_S + wall_days * DAY_S, on_s, ["a"])
        assert -1e-6 <= ages.days("a") - before - ran_days <= 3.0 + 1e-6
