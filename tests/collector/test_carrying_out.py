"""What is decided is captured, looked at, finished and told; what is stored is what the capture holds."""

import asyncio
import errno
import os
import threading
from dataclasses import dataclass
from threading import Event, Thread

import pytest

from capture.whole_capture import captured_sets, read_capture
from collector.disk import files_no_longer_than
from collector.live_sets import BEGIN_NS, OTTER, TASK, AnalystHere, knee, opening, started, stopped
from imutrack.capture import hash_of
from imutrack.capture.events import Closed, Lost, SessionStarted, TaskStopped, Worn
from imutrack.clinic.patients import Patients
from imutrack.collector.captures.recorder import Recorder, RecorderParams
from imutrack.collector.control.feed import Feed
from imutrack.collector.sessions.carrying_out import CarryingOut
from imutrack.collector.sessions.told import Outcome, Said
from imutrack.collector.sets.finishing import Finisher
from imutrack.collector.sets.live import LiveCounts
from imutrack.collector.sets.looks import Aim
from imutrack.config import Settings
from imutrack.stores.local import LocalStore

S = 1_000_000_000


class Counting(AnalystHere):
    """Counts the orders for which the capture was read."""

    read = 0

    async def _answer(self, order, within_s):
        self.read += order.resume
        return await super()._answer(order, within_s)


@dataclass
class Desk:
    recorder: Recorder
    analyst: Counting
    carrying_out: CarryingOut
    finisher: Finisher
    finished: list
    heard: list
    now_s: list

    async def flushed(self, count=1):
        """The operating system took all, so many times."""
        for _ in range(count):
            self.carrying_out.flushed()
            await self.carrying_out.all_done()
        await self.finisher.all_done()

    def put(self, entries):
        for strap, characteristic, at_ns, payload in entries:
            self.recorder.put(strap, {characteristic: [(at_ns, payload)]})

    async def decide(self, *events, said=()):
        self.carrying_out.take(Outcome(tuple((7, event) for event in events), tuple(said)))
        await self.carrying_out.all_done()

    async def begin(self):
        self.recorder.say_of("3", opening()[2])
        await self.decide(
            SessionStarted(at_ns=BEGIN_NS - S, patient=OTTER), Worn(at_ns=BEGIN_NS - S, strap="3", placement="shank")
        )

    def path(self):
        return self.recorder.path_of(7)

    def same_as_captured(self, path):
        """The result is of what the capture holds, notification by notification."""
        self.recorder.flush()
        capture, [found] = captured_sets(path)
        [done] = [finished.done for finished in self.finished]
        return done.recording == hash_of(found, capture.arrivals)


@pytest.fixture
def run(tmp_path):
    settings = Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=tmp_path, trace_days=90, source=None)
    with LocalStore.open(tmp_path) as store:
        Patients(store).add(OTTER)

    def run(scenario):
        async def main():
            analyst, feed, finished, heard = Counting(), Feed(), [], []
            recorder = Recorder(tmp_path / "captures", "clinic", "Europe/Berlin", {"3": 7}.get, analyst)
            live = LiveCounts(analyst, lambda: BEGIN_NS + 60 * S, lambda _path, look: heard.append({"look": look}))
            finisher = Finisher(analyst, settings, finished.append)
            sessions = [{"session": 7}]
            now_s = [0.0]
            carrying_out = CarryingOut(
                recorder,
                analyst,
                live,
                finisher,
                feed,
                lambda _task: Aim(reps=5),
                lambda: sessions,
                now=lambda: now_s[0],
            )
            desk = Desk(recorder, analyst, carrying_out, finisher, finished, heard, now_s)
            follower = feed.follow()
            tasks = [asyncio.create_task(each.run()) for each in (carrying_out, finisher)]
            try:
                await desk.begin()
                await scenario(desk)
                while follower.waiting:
                    heard.append(await anext(follower))
            finally:
                for task in tasks:
                    task.cancel()
            return desk

        return asyncio.run(main())

    return run


def test_a_set_is_captured_counted_live_finished_and_told(run):
    entries = knee()

    async def scenario(desk):
        await desk.decide(started(), said=[Said(7, "go", patient=OTTER, number=1)])
        desk.put(entries)
        await desk.decide(stopped(entries, reps_live=None))
        await desk.finisher.all_done()
        path = desk.path()
        assert desk.same_as_captured(path)
        [found] = captured_sets(path)[1]
        assert (found.task.reps_live, found.stop_ns) == (5, entries[-1][2] + 1)
        assert desk.analyst.read == 0  # all of it was told

    desk = run(scenario)
    [finished] = desk.finished
    assert (finished.problem, finished.done.results[0].reps, finished.stored.inserted) == ("", 5, 1)
    assert {"said": "go", "session": 7, "patient": OTTER, "number": 1, "refused": False} in desk.heard
    assert {"sessions": [{"session": 7}]} in desk.heard
    [look] = [each["look"] for each in desk.heard if "look" in each]
    assert (look.reps, look.aim.reps) == (5, 5)


def test_a_set_that_begins_in_the_past_has_what_came_before_it_was_known(run):
    entries = knee()

    async def scenario(desk):
        desk.put(entries[:300])  # five seconds of it
        await desk.decide(started(at_ns=entries[0][2]))
        desk.put(entries[300:])
        await desk.decide(stopped(entries))
        await desk.finisher.all_done()
        assert desk.same_as_captured(desk.path())
        assert desk.analyst.read == 0

    assert run(scenario).finished[0].done.results[0].reps == 5


def test_a_set_that_begins_further_back_than_anybody_remembers_is_read_from_the_capture(run):
    entries = knee()

    async def scenario(desk):
        desk.put(entries[:900])
        await desk.decide(started(at_ns=entries[0][2]))
        desk.put(entries[900:])
        await desk.decide(stopped(entries))
        await desk.finisher.all_done()
        assert desk.same_as_captured(desk.path())
        assert desk.analyst.read > 0

    assert run(scenario).finished[0].done.results[0].reps == 5


def test_a_set_after_another_has_what_was_told_as_belonging_to_that(run):
    first, second = knee(reps=3), knee(reps=4, begin_ns=BEGIN_NS + 40 * S)

    async def scenario(desk):
        await desk.decide(started())
        desk.put(first)
        desk.put(second[:200])  # the first is not yet known to be over
        await desk.decide(stopped(first))
        await desk.decide(started(2, at_ns=second[0][2]))
        desk.put(second[200:])
        await desk.decide(stopped(second, number=2))
        await desk.finisher.all_done()
        capture, found = captured_sets(desk.path())
        assert [each.done.recording for each in desk.finished] == [hash_of(each, capture.arrivals) for each in found]

    desk = run(scenario)
    assert [each.done.results[0].reps for each in desk.finished] == [3, 4]
    assert desk.analyst.read == 0


def test_where_the_collector_lost_some_the_capture_counts(run):
    entries = knee()

    async def scenario(desk):
        await desk.decide(started())
        desk.put(entries[:400])
        desk.recorder.say_of("3", Lost(at_ns=entries[400][2], strap="3", notifications=1))
        desk.put(entries[401:])
        await desk.decide(stopped(entries))
        await desk.finisher.all_done()
        assert desk.same_as_captured(desk.path())
        assert desk.analyst.read > 0

    run(scenario)


def test_a_set_is_finished_when_the_disk_has_all_of_it_and_not_before(run):
    entries = knee()

    async def scenario(desk):
        await desk.decide(started())
        desk.put(entries[:400])
        desk.recorder.flush()
        path = desk.path()
        with files_no_longer_than(path.stat().st_size):
            desk.put(entries[400:])
            await desk.decide(stopped(entries))
            await desk.decide(Closed(at_ns=entries[-1][2] + 2))
            await desk.finisher.all_done()
            assert desk.finished == []
        assert desk.recorder.flush()
        desk.carrying_out.flushed()
        desk.carrying_out.flushed()
        await desk.carrying_out.all_done()
        await desk.finisher.all_done()
        assert desk.same_as_captured(path)

    assert run(scenario).finished[0].stored.inserted == 1


def test_a_set_is_finished_when_its_capture_cannot_be_lost_to_a_power_cut_any_more(run, monkeypatch, caplog):
    entries, safe, to_disk = knee(), [], os.fdatasync

    def fdatasync(descriptor):
        """The disk, which fails twice."""
        safe.append(os.fstat(descriptor).st_size)
        if len(safe) <= 2:
            raise OSError(errno.EIO, "Input/output error")
        to_disk(descriptor)

    async def scenario(desk):
        await desk.decide(started())
        desk.put(entries)
        monkeypatch.setattr(os, "fdatasync", fdatasync)
        await desk.decide(stopped(entries))
        await desk.finisher.all_done()
        assert (len(safe), desk.finished) == (1, [])
        await desk.flushed(20)
        assert len(safe) == 1, "tried each ten seconds, not with each flush"
        desk.now_s[0] += 10.0
        await desk.flushed(20)
        assert (len(safe), desk.finished) == (2, [])
        desk.now_s[0] += 10.0
        await desk.flushed()
        assert safe == [desk.path().stat().st_size] * 3
        assert desk.same_as_captured(desk.path())

    assert run(scenario).finished[0].stored.inserted == 1
    assert caplog.text.count("the disk does not take it (Input/output error), tried again each 10 s") == 1


def test_where_nobody_can_tell_whether_the_disk_has_a_set_it_is_finished_all_the_same(run, monkeypatch, caplog):
    entries, start = knee(), Thread.start

    def no_thread(thread):
        if thread.name == "sync":
            raise RuntimeError("can't start new thread")
        start(thread)

    async def scenario(desk):
        await desk.decide(started())
        desk.put(entries)
        monkeypatch.setattr(Thread, "start", no_thread)
        await desk.decide(stopped(entries))
        await desk.finisher.all_done()
        assert desk.same_as_captured(desk.path())

    assert len(run(scenario).finished) == 1
    assert caplog.text.count("finished though the disk may not have it yet") == 1


def test_a_disk_that_hangs_does_not_hold_up_the_end(run, monkeypatch):
    entries, hangs = knee(), Event()

    async def scenario(desk):
        monkeypatch.setattr(os, "fdatasync", lambda _file: hangs.wait(60.0))
        await desk.decide(started())
        desk.put(entries)
        desk.carrying_out.take(Outcome(((7, stopped(entries)),), ()))
        while not threads("sync"):
            await asyncio.sleep(0.01)
        assert not desk.recorder._files.sync_within(0.05)

    desk = run(scenario)  # which ends its loop and the loop's threads
    assert threads("sync")
    assert all(thread.daemon for thread in threads("sync"))
    assert desk.finished == []
    hangs.set()


def threads(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_a_capture_that_somebody_deletes_while_a_set_is_done_costs_none_of_it(run, caplog):
    entries = knee()

    async def scenario(desk):
        path = desk.path()
        for number in (1, 2):
            await desk.decide(started(number))
            desk.put(entries[:400])
            desk.recorder.flush()
            path.unlink()
            desk.put(entries[400:])
            await desk.decide(stopped(entries, number))
            await desk.finisher.all_done()
            if number == 1:
                assert desk.same_as_captured(path)
        desk.recorder.flush()
        assert [each.number for each in captured_sets(path)[1]] == [1, 2]
        assert desk.recorder.mended == 1

    run(scenario)
    assert caplog.text.count("somebody deleted a capture that is being written") == 1


def test_a_fault_with_one_thing_does_not_keep_the_next_from_being_done(run, caplog):

    async def scenario(desk):
        desk.carrying_out._aim = lambda _task: 1 / 0
        await desk.decide(started())
        await desk.decide(TaskStopped(at_ns=BEGIN_NS + S, number=1, why="typed"))
        desk.recorder.flush()
        [found] = captured_sets(desk.path())[1]
        assert (found.start_ns, found.stop_ns, found.task.name) == (BEGIN_NS, BEGIN_NS + S, TASK.name)

    run(scenario)
    assert "a fault of the collector" in caplog.text


def test_a_set_of_which_a_full_disk_cost_some_is_stored_as_the_capture_has_it(run):
    entries = knee()

    async def scenario(desk):
        desk.recorder._params = RecorderParams(kept_bytes=20_000)
        await desk.decide(started())
        desk.put(entries[:400])
        desk.recorder.flush()
        path = desk.path()
        with files_no_longer_than(path.stat().st_size):
            for begin in range(400, len(entries), 30):
                desk.put(entries[begin : begin + 30])
                desk.recorder.flush()
            await desk.decide(stopped(entries))
        assert desk.recorder.flush()
        desk.carrying_out.flushed()
        await desk.carrying_out.all_done()
        await desk.finisher.all_done()
        assert any(isinstance(event, Lost) for event in read_capture(path).events)
        assert desk.same_as_captured(path)

    run(scenario)


def test_a_session_begins_while_the_analyst_is_busy_with_another(run):

    async def scenario(desk):
        desk.analyst._process = "there"  # so that it is told to forget
        async with desk.analyst._turn:  # as while it reads a long capture
            before = desk.path()
            begins = SessionStarted(at_ns=BEGIN_NS + 2 * S, patient=OTTER)
            async with asyncio.timeout(5):
                await desk.decide(Closed(at_ns=BEGIN_NS + S), begins)
            assert desk.path() not in (None, before)

    run(scenario)


def test_a_capture_says_how_a_straps_axes_lie_where_it_is_worn_on_the_trunk_or_the_head(run):

    async def scenario(desk):
        desk.carrying_out._axes = {"3": "up=+x,ml=+y,ap=+z"}
        await desk.decide(Worn(at_ns=BEGIN_NS, strap="3", placement="lumbar"))
        await desk.decide(Worn(at_ns=BEGIN_NS, strap="4", placement="lumbar"))
        await desk.decide(Worn(at_ns=BEGIN_NS, strap="3", placement="head"))
        desk.recorder.flush()
        worn = [event for event in read_capture(desk.path()).events if isinstance(event, Worn)]
        assert [(event.strap, event.placement, event.axes) for event in worn] == [
            ("3", "shank", ""),
            ("3", "lumbar", "up=+x,ml=+y,ap=+z"),
            ("4", "lumbar", ""),
            ("3", "head", "up=+x,ml=+y,ap=+z"),
        ]

    run(scenario)
