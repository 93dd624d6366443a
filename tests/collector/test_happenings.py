"""What happens reaches the sessions after all that came before it, and what is told of it reaches people."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from collector.room import OTTER, Room
from imutrack.capture.events import Closed, SessionStarted, StopNoted
from imutrack.collector.feed import Feed
from imutrack.collector.finishing import Finished, Waiting
from imutrack.collector.happenings import Happenings
from imutrack.collector.looks import Look
from imutrack.collector.moments import HostClock
from imutrack.collector.states import State
from imutrack.collector.streams import Heard
from imutrack.errors import SettingsError

CAPTURE = Path("a.mcap")


class Carried:
    """Keeps what is to be carried out."""

    def __init__(self, order):
        self.order, self.events, self.said = order, [], []
        self.sets, self.awaited, self.flushes = {}, set(), 0

    def take(self, outcome):
        self.order.append("decided")
        self.events += [event for _, event in outcome.events]
        self.said += [line.text for line in outcome.said]
        return outcome

    def flushed(self):
        self.flushes += 1


class Desk:
    def __init__(self, **room):
        self.room, self.order, self.feed = Room(**room), [], Feed()
        clock = HostClock(lambda: self.room.now_ns, lambda: self.room.now_ns)
        self.happenings = Happenings(self.room.sessions, self.feed, clock, "34567")
        self.carried = self.happenings.carrying_out = Carried(self.order)
        self.happenings.take_all = lambda: self.order.append("taken")
        self.follower = self.feed.follow()

    def told(self):
        async def all_of_it():
            return [await anext(self.follower) for _ in range(self.follower.waiting)]

        return asyncio.run(all_of_it())


@pytest.fixture
def desk():
    return Desk()


def test_all_that_came_is_taken_before_anything_is_decided(desk):
    desk.happenings.decide(lambda now_ns: desk.room.sessions.start(OTTER, ["3=left_shank"], now_ns))
    desk.happenings.link("3", State.STREAMING, State.BACKOFF, "link lost")
    assert desk.order == ["taken", "decided", "taken", "decided"]
    assert desk.told() == [{"strap": "3", "state": "backoff", "why": "link lost"}]


def test_what_cannot_be_done_is_raised_and_what_was_due_is_carried_out_all_the_same(desk):
    with pytest.raises(SettingsError):
        desk.happenings.decide(lambda now_ns: desk.room.sessions.stop(OTTER, now_ns))
    assert desk.order == ["taken", "decided"]


def test_a_button_marks_the_session_of_its_strap(desk):
    desk.happenings.decide(lambda now_ns: desk.room.sessions.start(OTTER, ["3=left_shank"], now_ns))
    desk.happenings.heard("3", {}, Heard(buttons=["single"]))
    assert isinstance(desk.carried.events[-1], StopNoted)
    assert desk.carried.events[-1].source == "button of strap 3"
    desk.happenings.heard("4", {}, Heard(acc=np.zeros((0, 3))))


def test_a_look_at_a_set_that_is_over_is_not_told(desk):
    desk.carried.sets[CAPTURE, 1] = 7
    desk.happenings.looked(CAPTURE, Look(number=1, seconds=3.0, reps=2))
    desk.happenings.looked(CAPTURE, Look(number=2, seconds=3.0, reps=2))
    [told] = desk.told()
    assert (told["session"], told["look"]["reps"]) == (7, 2)


def test_a_set_of_an_earlier_run_is_not_taken_for_one_of_this(desk):
    settled = []
    desk.room.sessions.settled = settled.append
    mine = Waiting(CAPTURE, 1)
    desk.carried.awaited.add(mine)
    desk.happenings.finished(Finished(Waiting(Path("earlier.mcap"), 1), problem="not analysed"))
    assert settled == []
    desk.happenings.finished(Finished(mine))
    assert settled == [1]
    assert desk.told() == [{"said": "not analysed", "session": 0, "refused": True}]


def test_that_the_disk_takes_nothing_is_told_once_and_that_it_does_again(desk):
    for problem in ("", "No space left on device", "No space left on device", ""):
        desk.happenings.flushed(problem)
    assert [each["said"] for each in desk.told()] == [
        "the disk takes nothing (No space left on device): make room",
        "the disk takes captures again",
    ]
    assert desk.carried.flushes == 2


def test_nobodys_session_gets_another_capture_so_that_none_becomes_endless():
    desk = Desk(auto=True)
    desk.happenings.decide(desk.room.sessions.pass_time)
    before = len(desk.carried.events)
    desk.room.now_ns += 3600 * 10**9
    assert desk.happenings._begin_anew()
    closed, started = desk.carried.events[before:]
    assert isinstance(closed, Closed)
    assert isinstance(started, SessionStarted)
    assert (closed.at_ns, started.at_ns, started.patient) == (desk.room.now_ns, desk.room.now_ns, None)
