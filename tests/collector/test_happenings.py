"""What happens reaches the sessions after all that came before it, and what is told of it reaches people."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from collector.room import OTTER, Room
from imutrack.capture.events import Closed, SessionStarted, StopNoted
from imutrack.collector.captures.files import DELETED
from imutrack.collector.captures.streams import Heard
from imutrack.collector.control.feed import Feed
from imutrack.collector.links.states import State
from imutrack.collector.moments import HostClock
from imutrack.collector.sessions.carrying_out import Whose
from imutrack.collector.sessions.happenings import Happenings
from imutrack.collector.sessions.wanted import Asked
from imutrack.collector.sets.finishing import Finished, Waiting
from imutrack.collector.sets.looks import Look
from imutrack.collector.sets.orders import SetResults
from imutrack.errors import SettingsError
from imutrack.pipeline import analyse
from imutrack.synthetic import SetParams, exercise_set
from imutrack.task import Task

CAPTURE = Path("a.mcap")
S = 1_000_000_000


class Carried:
    """Keeps what is to be carried out."""

    def __init__(self, order):
        self.order, self.events, self.said = order, [], []
        self.sets, self.awaited, self.unsettled, self.flushes = {}, set(), {}, 0

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
        self.wall_ahead_ns = 0
        clock = HostClock(lambda: self.room.now_ns, lambda: self.room.now_ns + self.wall_ahead_ns)
        self.happenings = Happenings(self.room.sessions, self.feed, clock, "34567")
        self.carried = Carried(self.order)
        self.happenings.wire(self.carried, lambda: self.order.append("taken"))
        self.follower = self.feed.follow()

    def told(self):
        async def all_of_it():
            return [await anext(self.follower) for _ in range(self.follower.waiting)]

        return asyncio.run(all_of_it())


@pytest.fixture
def desk():
    return Desk()


def ended(desk):
    """A set of this run that has ended."""
    mine = Waiting(CAPTURE, 1)
    desk.carried.awaited.add(mine)
    desk.carried.unsettled[mine] = Whose(7, OTTER)
    return mine


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
    desk.carried.sets[CAPTURE, 1] = Whose(7, OTTER)
    desk.happenings.looked(CAPTURE, Look(number=1, seconds=3.0, reps=2))
    desk.happenings.looked(CAPTURE, Look(number=2, seconds=3.0, reps=2))
    [told] = desk.told()
    assert (told["session"], told["patient"], told["number"], told["look"]["reps"]) == (7, OTTER, 1, 2)
    assert told["left_s"] is None


def test_a_look_at_a_timed_set_says_how_long_it_goes_on():
    desk = Desk()
    desk.happenings.decide(lambda now_ns: desk.room.sessions.start(OTTER, ["3=lumbar"], now_ns))
    desk.happenings.decide(lambda now_ns: desk.room.sessions.start_task(None, Asked(trial="eyes_open"), now_ns))
    desk.room.now_ns += 10 * S
    desk.happenings.decide(desk.room.sessions.pass_time)
    desk.carried.sets[CAPTURE, 1] = Whose(1, OTTER)
    desk.happenings.looked(CAPTURE, Look(number=1, seconds=7.0))
    [told] = desk.told()
    assert told["left_s"] == 36.0 - 7.0


def test_a_set_of_an_earlier_run_is_not_taken_for_one_of_this(desk):
    settled = []
    desk.room.sessions.settled = settled.append
    mine = ended(desk)
    desk.happenings.finished(Finished(Waiting(Path("earlier.mcap"), 1), problem="not analysed"))
    assert settled == []
    desk.happenings.finished(Finished(mine))
    assert settled == [1]
    [told] = desk.told()
    assert told == {"said": "not analysed", "session": 0, "patient": None, "number": 1, "refused": True}


def test_a_set_that_will_be_tried_again_is_awaited_by_whoever_tries_it_and_not_settled():
    desk, settled = Desk(), []
    desk.room.sessions.settled = settled.append
    mine = ended(desk)
    desk.happenings.finished(Finished(mine, problem="the analyst did not answer", again=True, soon=True))
    assert (settled, desk.carried.awaited) == ([], {mine})
    desk.happenings.finished(Finished(mine, problem="the analyst did not answer", again=True))
    assert (settled, desk.carried.awaited) == ([], set()), "it is among what is looked for each hour"
    desk.happenings.finished(Finished(mine))
    assert (settled, desk.carried.unsettled) == ([1], {})
    assert {(each["session"], each["patient"]) for each in desk.told()} == {(7, OTTER)}


def test_a_result_says_whose_set_it_is_of(desk):
    [result] = analyse(exercise_set(SetParams(reps=3), seed=3).recording, [Task(name="squat", patient=OTTER)])
    desk.happenings.finished(Finished(ended(desk), SetResults("f00", (result,))))
    desk.happenings.finished(Finished(Waiting(Path("earlier.mcap"), 4), SetResults("f00", (result,))))
    mine, earlier = desk.told()
    assert [(each["session"], each["patient"], each["number"]) for each in (mine, earlier)] == [
        (7, OTTER, 1),
        (0, OTTER, 4),
    ]
    assert (mine["stored"], mine["result"]["name"]) == (False, "squat")
    assert mine["result"]["main"][0] == {"name": "reps", "value": 3, "unit": "repetitions"}


def test_that_the_machines_clock_was_set_is_told_once_until_it_agrees_again(desk):
    for ahead_s in (0, 30, 3600, 3601, 0, -86_400):
        desk.wall_ahead_ns = ahead_s * S
        desk.happenings._say_clock()
    said = [each["said"] for each in desk.told()]
    assert len(said) == 2
    assert said[0].startswith("the machine's clock is 60 minutes ahead of the collector's")
    assert said[1].startswith("the machine's clock is 1440 minutes behind the collector's")


def test_that_the_disk_takes_nothing_is_told_once_and_that_it_does_again(desk):
    for problem in ("", "No space left on device", "No space left on device", ""):
        desk.happenings.flushed(problem)
    assert [each["said"] for each in desk.told()] == [
        "the disk takes nothing (No space left on device): make room",
        "the disk takes captures again",
    ]
    assert desk.carried.flushes == 2


def test_that_somebody_deleted_a_capture_is_told_once_for_each(desk):
    for mended in (0, 1, 1, 2):
        desk.happenings.flushed("", mended)
    assert [each["said"] for each in desk.told()] == [DELETED, DELETED]
    assert "nothing of it is lost" in DELETED


def test_what_happens_before_it_is_known_who_carries_it_out_is_an_error():
    room = Room()
    loose = Happenings(room.sessions, Feed(), HostClock(), "3")
    with pytest.raises(AttributeError, match="_take_all"):
        loose.decide(room.sessions.pass_time)


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


def test_a_service_that_goes_away_is_one_line_in_the_log_and_for_people_and_one_when_it_is_back(desk, caplog):
    caplog.set_level("INFO", "imutrack.collector.sessions.happenings")

    async def main():
        passing = asyncio.create_task(desk.happenings.pass_time())
        said = []
        for away in ("", "no radio", ""):
            desk.room.away = away
            await asyncio.sleep(0.25)
            said.append([await anext(desk.follower) for _ in range(desk.follower.waiting)])
        passing.cancel()
        return said

    before, gone, back = asyncio.run(main())
    assert before == []
    assert [(each["said"], each["refused"]) for each in gone] == [("no radio", True)]
    assert [each["refused"] for each in back] == [False]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages == ["no radio", back[0]["said"]]
