"""How everything stands: who does what, for how long yet, and by which clock."""

import pytest

from collector.room import OTTER, Room
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.health.overview import Overview
from imutrack.collector.moments import HostClock

S = 1_000_000_000


class Desk:
    def __init__(self, folder):
        self.room, self.wall_ahead_ns = Room(), 0
        clock = HostClock(lambda: self.room.now_ns, lambda: self.room.now_ns + self.wall_ahead_ns)
        parts = dict.fromkeys(
            ("states", "finder", "intake", "ring", "analyst", "adapter", "progress")
        )  # not asked here
        recorder = Recorder(folder, "clinic", "Europe/Berlin", self.room.sessions.captured_by, None)
        self.overview = Overview((), recorder=recorder, sessions=self.room.sessions, clock=clock, **parts)

    def doing(self):
        [session] = self.overview.sessions()
        assert session["patient"] == OTTER
        [doing] = session["doing"]
        return doing


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_of_what_is_done_it_says_the_set_and_the_time_that_is_left(desk):
    desk.room.start("3=lumbar")
    desk.room.task(trial="single_leg_eyes_open", side="left")
    known = {"name": "single_leg_eyes_open", "side": "left", "straps": ["3"]}
    before = desk.doing()
    assert before.items() >= {**known, "phase": "countdown", "number": None, "left_s": None}.items()
    desk.room.live(10)
    during = desk.doing()
    assert during.items() >= {**known, "phase": "running", "number": 1, "left_s": 29.0}.items()


def test_a_set_of_free_time_has_none_left(desk):
    desk.room.start("3=lumbar")
    desk.room.task("walking_or_cycling")
    assert desk.doing().items() >= {"name": "walking_or_cycling", "side": None, "number": 1, "left_s": None}.items()


def test_a_machine_whose_clock_was_set_is_told_for_as_long_as_it_differs(desk):
    assert desk.overview.status()["notes"] == []
    desk.wall_ahead_ns = -7200 * S
    [note] = desk.overview.status()["notes"]
    assert note.startswith("the machine's clock is 120 minutes behind the collector's: days and times of sets are")
    desk.wall_ahead_ns = 0
    assert desk.overview.status()["notes"] == []


def test_a_radio_that_is_away_stands_before_all_else(desk):
    desk.wall_ahead_ns = -7200 * S
    desk.room.away = "no radio"
    assert desk.overview.status()["notes"][0] == "no radio"
    assert len(desk.overview.status()["notes"]) == 2
