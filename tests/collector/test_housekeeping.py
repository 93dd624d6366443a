"""What is thrown away when, and what never is."""

import asyncio
import errno
import os
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from collector.disk import files_no_longer_than
from collector.live_sets import OTTER, closed, knee, one_set, opening, write_capture
from imutrack.capture import TaskStarted, outline_of
from imutrack.capture.files import FOLDER
from imutrack.collector.health.ages import Ages
from imutrack.collector.health.figures import StrapFigures
from imutrack.collector.health.housekeeping import keep_house, tidy
from imutrack.collector.health.link_points import link_row
from imutrack.collector.settings import CollectorSettings
from imutrack.config import Settings
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points

NOW_S = datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


@pytest.fixture
def settings(tmp_path):
    return Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=tmp_path, trace_days=90, source=None)


def capture(settings, name, *, sets=True):
    path = settings.data_dir / FOLDER / name
    if sets:
        one_set(path)
    else:
        entries = knee()[:10]
        write_capture(path, [*opening(OTTER), *entries, closed(entries)])
    os.utime(path, (0.0, 0.0))  # what its date says counts for nothing
    return path


def aged(settings, **first_seen_days):
    """Return ages of captures by when each was first seen; the clock is right."""
    ages = Ages(settings.data_dir / FOLDER, 0.0)
    for day in range(max(first_seen_days.values()), -1, -1):
        there = [f"{name}.mcap" for name, days in first_seen_days.items() if days >= day]
        ages.look(NOW_S - day * DAY_S, 0.0, there)
    return ages


def left(settings):
    return {path.stem for path in (settings.data_dir / FOLDER).glob("*.mcap")}


def test_captures_go_after_their_time_and_those_without_a_set_after_a_day(settings):
    capture(settings, "a.mcap"), capture(settings, "b.mcap", sets=False)
    capture(settings, "c.mcap"), capture(settings, "d.mcap", sets=False)
    ages = aged(settings, a=365, b=1, c=366, d=2)
    assert tidy(settings, 365, ages) == 2
    assert left(settings) == {"a", "b"}
    assert tidy(settings, 365, ages) == 0


def test_what_is_being_written_or_cannot_be_read_is_kept(settings):
    being_written = capture(settings, "a.mcap")
    damaged = settings.data_dir / FOLDER / "b.mcap"
    damaged.write_bytes(b"damaged")
    assert tidy(settings, 365, aged(settings, a=400, b=5), [being_written]) == 0
    assert left(settings) == {"a", "b"}


def test_of_many_that_are_too_old_two_go_at_a_time(settings):
    names = [f"{letter}{number}" for letter in "ab" for number in range(3)]
    (settings.data_dir / FOLDER).mkdir()
    for name in names:
        (settings.data_dir / FOLDER / f"{name}.mcap").write_bytes(b"")
    ages = aged(settings, **dict.fromkeys(names[1:], 9), a0=7)
    assert [tidy(settings, 7, ages) for _ in range(4)] == [2, 2, 1, 0]
    assert left(settings) == {"a0"}


def test_a_capture_in_which_something_was_done_is_looked_into_once_whoever_starts_the_collector_anew(settings):
    path, ages = capture(settings, "a.mcap"), aged(settings, a=4)
    assert tidy(settings, 365, ages) == 0
    assert ages.done_in == {path.name}
    path.unlink()
    capture(settings, "a.mcap", sets=False)  # whoever looked again would find nothing done in it
    ages.keep()
    again = Ages(settings.data_dir / FOLDER, 0.0)
    assert tidy(settings, 365, again) == 0
    again.done_in.clear()
    assert tidy(settings, 365, again) == 1


def test_a_capture_whose_beginning_of_a_set_may_be_lost_is_kept(settings):
    path = capture(settings, "a.mcap")
    path.write_bytes(path.read_bytes().replace(b"task_started", b"task_xxxxxxx"))  # where it is said, and said again
    assert not any(isinstance(event, TaskStarted) for event in outline_of(path).events)
    assert tidy(settings, 365, aged(settings, a=4)) == 0


def test_where_nothing_was_captured_there_is_nothing_to_throw_away(settings):
    assert tidy(settings, 365, aged(settings, a=400)) == 0


def keeping(settings, *runs, days=365, open_now=()):
    """Keep house in one run after the other, each a list of (wall clock, steady clock), a look at each; s."""

    async def one_run(moments):
        left_s = list(moments)
        wall = [now_s for now_s, _ in left_s]
        steady = [left_s[0][1], *(on_s for _, on_s in left_s)]  # first when it starts
        over = asyncio.Event()

        def now_s():
            if not wall:
                over.set()
                raise OSError(errno.EIO, "the run is over")
            return wall.pop(0)

        task = asyncio.create_task(
            keep_house(
                settings,
                CollectorSettings(keep_captures_days=days),
                lambda: open_now,
                now_s,
                lambda: steady.pop(0),
                0.0,
                0.0,
            )
        )
        async with asyncio.timeout(30.0):
            await over.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    for moments in runs:
        asyncio.run(one_run(moments))


def days_on(count, begin_s=NOW_S):
    return [(begin_s + day * DAY_S, day * DAY_S) for day in range(count + 1)]


def test_run_after_run_a_capture_goes_after_its_days_and_not_before(settings):
    capture(settings, "a.mcap")
    keeping(settings, days_on(5), days_on(5, NOW_S + 5 * DAY_S), days=11)
    assert left(settings) == {"a"}
    keeping(settings, days_on(2, NOW_S + 10 * DAY_S), days=11)
    assert left(settings) == set()


def test_a_collector_that_is_started_for_each_session_throws_away_as_well(settings):
    capture(settings, "a.mcap")
    sessions = [[(NOW_S + day * DAY_S + on_s, on_s) for on_s in (120.0, 720.0, 1320.0)] for day in range(9)]
    keeping(settings, *sessions[:8], days=7.5)
    assert left(settings) == {"a"}
    keeping(settings, sessions[8], days=7.5)
    assert left(settings) == set()


def test_a_box_that_boots_in_2099_throws_nothing_away_in_weeks(settings, caplog):
    for name in "abc":
        capture(settings, f"{name}.mcap")
    keeping(settings, days_on(4), days_on(20, datetime(2099, 1, 1, tzinfo=UTC).timestamp()), days=25)
    assert left(settings) == set("abc")
    assert caplog.text.count("the machine's clock says") == 1
    assert "says 2099-01-01, 26336 days after the last look: see that it is right" in caplog.text


def test_a_clock_that_is_years_behind_is_said_once_in_a_run_and_not_when_it_is_set_right(settings, caplog):
    capture(settings, "a.mcap")
    hours = [(hour * 3600.0, datetime(2024, 11, 20, tzinfo=UTC).timestamp()) for hour in range(4)]
    keeping(settings, days_on(1), [*((then_s + on_s, on_s) for on_s, then_s in hours), (NOW_S + 2 * DAY_S, 14400.0)])
    assert caplog.text.count("the machine's clock says") == 1
    assert "says 2024-11-20, 731 days before what it should: see that it is right" in caplog.text


def test_what_was_captured_before_the_clock_was_set_is_not_old_when_it_is(settings):
    wrong_s = datetime(2025, 2, 1, tzinfo=UTC).timestamp()
    os.utime(capture(settings, "a.mcap"), (wrong_s, wrong_s))
    morning = [(wrong_s, 0.0), (wrong_s + 3600.0, 3600.0)]
    keeping(settings, morning, days_on(5))  # it is taken over by a collector that begins anew
    assert left(settings) == {"a"}


def test_where_the_clock_leaps_each_day_captures_go_by_the_time_that_ran(settings):
    capture(settings, "a.mcap"), capture(settings, "b.mcap", sets=False)
    leaping = [(NOW_S + (400 * day if day % 2 else -400 * day) * DAY_S, day * DAY_S) for day in range(20)]
    keeping(settings, leaping[:4], days=18.5)
    assert left(settings) == {"a"}
    (settings.data_dir / FOLDER / "ages.json").unlink()
    keeping(settings, leaping[:19], days=18.5)
    assert left(settings) == {"a"}
    (settings.data_dir / FOLDER / "ages.json").unlink()
    keeping(settings, leaping, days=18.5)
    assert left(settings) == set()


def test_on_a_full_disk_what_is_too_old_goes_all_the_same(settings):
    capture(settings, "a.mcap")
    keeping(settings, days_on(4), days=5)
    with files_no_longer_than(0):
        keeping(settings, days_on(3, NOW_S + 4 * DAY_S), days=5)
    assert left(settings) == set()


def test_a_store_that_cannot_be_read_is_said_and_tried_again(settings, caplog):
    capture(settings, "a.mcap")
    (settings.data_dir / "imutrack.sqlite3").write_bytes(b"something else " * 100)
    keeping(settings, days_on(5))
    assert caplog.text.count("old captures were not thrown away") >= 2
    assert Ages(settings.data_dir / FOLDER, 0.0).even  # what was counted is kept


def test_the_state_of_links_is_forgotten_after_its_days_and_by_no_clock_that_leapt(settings):
    row = link_row("1", "clinic", NOW_S, StrapFigures(), missing=None, reconnected=2, backlog=None)

    def rows():
        with LocalStore.open(settings.data_dir) as opened:
            return opened.database.connection.execute("SELECT COUNT(*) FROM link").fetchone()[0]

    with LocalStore.open(settings.data_dir) as opened:
        add_points(opened, [row])
    keeping(settings, days_on(2), days_on(2, NOW_S + 200 * DAY_S))
    assert rows() >= 1
    keeping(settings, days_on(4, NOW_S + 202 * DAY_S))
    assert rows() == 0
