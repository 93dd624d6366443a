"""kill -9 at random moments costs less than a second, and everything goes on by itself."""

import asyncio

from collector.crash import crashes
from simulation.bluetooth import need_dbus


def test_five_kills_cost_less_than_a_second_each_and_sessions_captures_and_sets_go_on(tmp_path):
    need_dbus()
    found = asyncio.run(crashes(tmp_path, 5))
    assert found.kills == 5
    assert max(found.lost_s) <= 1.0
    assert (found.elsewhere, found.twice, found.unreadable, found.not_resumed) == (0, 0, [], 0)
    assert found.sets >= 2
    assert found.unfinished == 0
    log = (tmp_path / "collect.log").read_text()
    assert "a session that was cut off goes on" in log
    assert "otter" not in log
    assert "C0:00" not in log
