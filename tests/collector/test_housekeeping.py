"""What is thrown away when, and what never is."""

import asyncio
import os
from itertools import chain, repeat

import pytest

from collector.live_sets import OTTER, closed, knee, one_set, opening, write_capture
from imutrack.collector.figures import StrapFigures
from imutrack.collector.housekeeping import keep_house, note_links, tidy
from imutrack.collector.link_points import link_row
from imutrack.collector.settings import CollectorSettings
from imutrack.collector.unfinished import FOLDER
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.stores.local import LocalStore

NOW_S = 1_790_000_000.0
DAY_S = 86_400.0


@pytest.fixture
def settings(tmp_path):
    return Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=tmp_path, trace_days=90, source=None)


def capture(settings, name, age_days, *, sets=True):
    path = settings.data_dir / FOLDER / name
    if sets:
        one_set(path)
    else:
        entries = knee()[:10]
        write_capture(path, [*opening(OTTER), *entries, closed(entries)])
    os.utime(path, (NOW_S - age_days * DAY_S,) * 2)
    return path


def test_captures_go_after_their_time_and_those_without_a_set_after_a_day(settings):
    kept = capture(settings, "a.mcap", 364), capture(settings, "b.mcap", 0.9, sets=False)
    capture(settings, "c.mcap", 366), capture(settings, "d.mcap", 1.1, sets=False)
    assert tidy(settings, 365, NOW_S) == 2
    assert set((settings.data_dir / FOLDER).glob("*.mcap")) == set(kept)
    assert tidy(settings, 365, NOW_S) == 0


def test_what_is_being_written_or_cannot_be_read_is_kept(settings):
    being_written = capture(settings, "a.mcap", 400)
    damaged = settings.data_dir / FOLDER / "b.mcap"
    damaged.write_bytes(b"damaged")
    os.utime(damaged, (NOW_S - 5 * DAY_S,) * 2)
    assert tidy(settings, 365, NOW_S, [being_written]) == 0
    assert being_written.exists()
    assert damaged.exists()


def test_a_capture_in_which_something_was_done_is_looked_into_once(settings):
    path, done_in = capture(settings, "a.mcap", 2), set()
    assert tidy(settings, 365, NOW_S, (), done_in) == 0
    assert done_in == {path.name}
    path.write_bytes(path.read_bytes()[:8])  # whoever looked again would find nothing done in it
    os.utime(path, (NOW_S - 2 * DAY_S,) * 2)
    assert tidy(settings, 365, NOW_S, (), done_in) == 0
    assert tidy(settings, 365, NOW_S) == 1


def test_where_nothing_was_captured_there_is_nothing_to_throw_away(settings):
    assert tidy(settings, 365, NOW_S) == 0


def test_a_store_that_cannot_be_read_is_said_and_tried_again(settings, caplog):
    (settings.data_dir / "imutrack.sqlite3").write_bytes(b"something else " * 100)

    async def main():
        keeping = asyncio.create_task(keep_house(settings, CollectorSettings(), list))
        await asyncio.sleep(0.3)
        assert not keeping.done()
        keeping.cancel()

    asyncio.run(main())
    assert "old captures were not thrown away" in caplog.text


def test_the_state_of_links_is_stored_and_a_gap_in_it_ends_nothing(settings):
    row = link_row("1", "clinic", NOW_S, StrapFigures(), missing=None, reconnected=2, backlog=None)
    store, noted, asked = settings.data_dir / "imutrack.sqlite3", [], []
    store.write_bytes(b"something else " * 100)

    def rows():
        asked.append(row)
        if len(asked) == 3:
            store.unlink()
        return [row]

    async def main():
        noting = asyncio.create_task(note_links(settings, rows, noted.append, 0.02))
        async with asyncio.timeout(10.0):
            while not noted:
                await asyncio.sleep(0.01)
        noting.cancel()
        await asyncio.wait([noting])

    asyncio.run(main())
    assert noted[0] is None  # without an InfluxDB nothing waits for it
    assert len(asked) >= 3
    with LocalStore.open(settings.data_dir) as opened:
        assert opened.database.connection.execute("SELECT reconnects FROM link").fetchone() == (2,)


@pytest.mark.parametrize(
    ("now_s", "expected_s", "says"),
    [
        (86_400.0, None, "says 1970-01-02: set it"),
        (NOW_S + 400 * DAY_S, NOW_S, r"leapt by \+400 days"),
        (NOW_S - 400 * DAY_S, NOW_S, "leapt by -400 days"),
    ],
)
def test_by_a_clock_that_cannot_be_right_nothing_is_thrown_away(settings, now_s, expected_s, says):
    path = capture(settings, "a.mcap", 364)
    with pytest.raises(ImutrackError, match=says):
        tidy(settings, 365, now_s, expected_s=expected_s)
    assert path.exists()


def test_a_clock_that_leapt_is_not_believed_an_hour_later_and_is_when_it_is_back(settings, caplog):
    old, recent = capture(settings, "a.mcap", 364), capture(settings, "b.mcap", 0)
    on_s = [0.0, 60.0, 3660.0, 2 * DAY_S]
    wall_s = [0.0, NOW_S, NOW_S + 500 * DAY_S, NOW_S + 2 * DAY_S]  # not set yet, set, a leap, set right

    async def main():
        wall, steady = (chain(said, repeat(said[-1])) for said in (wall_s, on_s))
        keeping = asyncio.create_task(
            keep_house(settings, CollectorSettings(keep_captures_days=365), list, wall.__next__, steady.__next__, 0.01)
        )
        async with asyncio.timeout(10.0):
            while old.exists():
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(main())
    assert recent.exists()
    assert caplog.text.count("says 1970-01-01: set it") == 1
    assert caplog.text.count("leapt by +500 days") == 1
