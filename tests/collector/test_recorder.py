"""Which byte goes into which capture, and what happens where the disk takes nothing."""

import asyncio
import os
import shutil
from contextlib import suppress

import pytest

from capture.whole_capture import read_capture
from collector.disk import files_no_longer_than
from imutrack.capture.events import (
    Closed,
    Connected,
    Disconnected,
    Lost,
    SessionStarted,
    TaskStarted,
    TaskStopped,
    Worn,
)
from imutrack.collector.captures.recorder import NOBODY, Recorder, RecorderParams
from imutrack.task import Task

OTTER, HERON = "otter-maple-47", "heron-birch-12"
BEGIN_NS = 1_790_000_000_000_000_000
UUID, OTHER = "uuid-a", "uuid-b"


class Witness:
    def __init__(self):
        self.told = []

    def said(self, capture, event):
        self.told.append((capture, event))

    def came(self, capture, entries):
        self.told += [(capture, entry) for entry in entries]


class Desk:
    """A recorder, who wears what, and a clock that goes on by a millisecond with each notification."""

    def __init__(self, folder, **params):
        self.folder, self.owners, self.witness = folder, {}, Witness()
        self.recorder = Recorder(
            folder, "clinic", "Europe/Berlin", self.owners.get, self.witness, RecorderParams(**params)
        )
        self.now_ns = BEGIN_NS

    def put(self, strap, payload, characteristic=UUID):
        self.now_ns += 1_000_000
        self.recorder.put(strap, {characteristic: [(self.now_ns, payload)]})
        return self.now_ns, payload

    def connect(self, strap):
        event = Connected(at_ns=self.now_ns, strap=strap, wearable="movella-dot", settings={}, facts={"a": b"1"})
        self.recorder.say_of(strap, event)

    def start(self, session, patient, *straps):
        self.owners.update(dict.fromkeys(straps, session))
        self.recorder.say(session, SessionStarted(at_ns=self.now_ns, patient=patient))
        for strap in straps:
            self.recorder.say(session, Worn(at_ns=self.now_ns, strap=strap, placement="shank"))
        return self.recorder.path_of(session)

    def end(self, session):
        for strap in [strap for strap, owner in self.owners.items() if owner == session]:
            del self.owners[strap]
        self.recorder.say(session, Closed(at_ns=self.now_ns))

    def nobodys(self):
        return [path for path in sorted(self.folder.glob("*.mcap")) if _patient(path) is _NO_SESSION]


_NO_SESSION = object()


def _patient(path):
    started = [event for event in read_capture(path).events if isinstance(event, SessionStarted)]
    return started[0].patient if started else _NO_SESSION


def kinds(path):
    return [type(event).__name__ for event in read_capture(path).events]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "captures")


def test_each_notification_goes_to_whoever_wore_its_strap_when_it_came(desk):
    before = desk.put("1", b"before")
    otter, heron = desk.start(7, OTTER, "1"), desk.start(8, HERON, "2")
    first, second, third = desk.put("1", b"a"), desk.put("2", b"b"), desk.put("1", b"c", OTHER)
    loose = desk.put("3", b"loose")
    last = desk.put("1", b"last")
    desk.end(7)  # in the same half second
    after = desk.put("1", b"after")
    desk.recorder.close(desk.now_ns)
    assert read_capture(otter).arrivals == {("1", UUID): [first, last], ("1", OTHER): [third]}
    assert read_capture(heron).arrivals == {("2", UUID): [second]}
    [nobodys] = desk.nobodys()
    assert read_capture(nobodys).arrivals == {("1", UUID): [before, after], ("3", UUID): [loose]}
    assert desk.recorder.open_now == []
    assert {path.stat().st_mode & 0o777 for path in desk.folder.iterdir()} == {0o600}
    assert desk.folder.stat().st_mode & 0o777 == 0o700


def test_what_comes_between_the_decision_and_its_capture_waits_for_that_capture(desk):
    desk.owners["1"] = 7  # decided, not yet carried out
    early = desk.put("1", b"early")
    assert desk.recorder.flush()
    assert desk.nobodys() == []
    path = desk.start(7, OTTER, "1")
    late = desk.put("1", b"late")
    desk.recorder.flush()
    assert read_capture(path).arrivals == {("1", UUID): [early, late]}
    assert [told for _, told in desk.witness.told if isinstance(told, tuple)] == [
        ("1", UUID, *early),
        ("1", UUID, *late),
    ]


def test_a_capture_says_how_a_strap_is_set_up_that_was_connected_before_it_was_worn(desk):
    desk.connect("1")
    desk.connect("2")
    path = desk.start(7, OTTER, "1")
    desk.recorder.flush()
    assert kinds(path) == ["Opened", "SessionStarted", "Worn", "Connected"]
    [connected] = [event for event in read_capture(path).events if isinstance(event, Connected)]
    assert (connected.strap, connected.facts) == ("1", {"a": b"1"})
    nobodys_session = desk.start(8, None)
    desk.owners["2"] = 8
    desk.end(8)
    desk.owners["2"] = 8
    nobodys_session = desk.start(8, None)
    desk.recorder.flush()
    assert kinds(nobodys_session) == ["Opened", "SessionStarted", "Connected"]


def test_events_and_blocks_stand_in_the_order_in_which_they_happened(desk):
    path = desk.start(7, OTTER, "1")
    desk.put("1", b"a")
    desk.recorder.say(7, TaskStarted(at_ns=desk.now_ns, number=1, task=Task(), straps=("1",)))
    desk.put("1", b"b")
    desk.recorder.say_of("1", Disconnected(at_ns=desk.now_ns, strap="1", reason="link lost"))
    told = [told for at, told in desk.witness.told if at == path]
    assert [type(each).__name__ if not isinstance(each, tuple) else each[3] for each in told] == [
        "Opened",
        "SessionStarted",
        "Worn",
        b"a",
        "TaskStarted",
        b"b",
        "Disconnected",
    ]


def test_the_witness_is_not_told_of_nobodys_capture(desk):
    desk.connect("1")
    desk.put("1", b"a")
    desk.recorder.flush()
    assert len(desk.nobodys()) == 1
    assert desk.witness.told == []


def test_nobodys_capture_begins_anew_after_its_time_and_knows_the_straps(tmp_path):
    desk = Desk(tmp_path / "captures", rotated_s=-1.0)
    desk.connect("1")
    for payload in (b"a", b"b"):
        desk.put("1", payload)
        desk.recorder.flush()
        desk.recorder._rotate()
    desk.recorder.close(desk.now_ns)
    found = [read_capture(path) for path in desk.nobodys()]
    assert sorted(capture.arrivals["1", UUID][0][1] for capture in found) == [b"a", b"b"]
    assert all(any(isinstance(event, Connected) for event in capture.events) for capture in found)


def test_a_disk_that_takes_nothing_costs_nothing_as_long_as_it_is_not_too_much(desk):
    path = desk.start(7, OTTER, "1")
    came = [desk.put("1", b"first")]
    assert desk.recorder.flush()
    with files_no_longer_than(path.stat().st_size + 20):
        for n in range(50):
            came.append(desk.put("1", bytes([n]) * 20))
            assert not desk.recorder.flush()
        assert desk.recorder.problem == "File too large"
        assert read_capture(path).arrivals["1", UUID] == came[:1]  # whole, to the last block that was taken
        heron = desk.start(8, HERON, "2")
        came_of_heron = desk.put("2", b"b")
        desk.end(8)  # what the disk has not taken is kept beyond the end
        assert not desk.recorder.flush()
        assert heron in desk.recorder.open_now
    assert desk.recorder.flush()
    assert desk.recorder.problem == ""
    assert read_capture(path).arrivals["1", UUID] == came
    assert read_capture(heron).arrivals["2", UUID] == [came_of_heron]
    assert heron not in desk.recorder.open_now
    assert not any(isinstance(event, Lost) for event in read_capture(path).events)


def test_beyond_the_limit_the_newest_are_lost_and_the_capture_says_how_many(tmp_path):
    desk = Desk(tmp_path / "captures", kept_bytes=2000)
    path = desk.start(7, OTTER, "1", "2")
    came = []
    with files_no_longer_than(0):
        for n in range(100):
            came.append(desk.put("1", bytes([n]) * 50))
            desk.recorder.flush()
        desk.put("2", b"lost as well")
        desk.recorder.flush()
    assert desk.recorder.flush()
    again = desk.put("1", b"again")
    desk.recorder.flush()
    assert not any(isinstance(event, Lost) and event.strap == "2" for event in read_capture(path).events)
    desk.end(7)
    desk.recorder.flush()
    capture = read_capture(path)
    kept = capture.arrivals["1", UUID][:-1]
    assert 5 < len(kept) < 50
    assert kept == came[: len(kept)]
    assert capture.arrivals["1", UUID][-1] == again
    lost = {event.strap: event.notifications for event in capture.events if isinstance(event, Lost)}
    assert lost == {"1": 100 - len(kept), "2": 1}


def test_a_folder_that_cannot_be_made_is_waited_for(tmp_path):
    (tmp_path / "captures").write_text("in the way")
    desk = Desk(tmp_path / "captures")
    path = desk.start(7, OTTER, "1")
    came = desk.put("1", b"a")
    assert not desk.recorder.flush()
    assert desk.recorder.problem
    (tmp_path / "captures").unlink()
    assert desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == [came]


def test_notifications_that_the_ring_lost_are_told_in_the_capture_of_their_session(desk):
    desk.owners["1"] = 7
    desk.recorder.say_of("1", Lost(at_ns=desk.now_ns, strap="1", notifications=3))  # its capture is still to be made
    path = desk.start(7, OTTER, "1")
    desk.recorder.say_of("1", Lost(at_ns=desk.now_ns, strap="1", notifications=2))
    desk.put("1", b"a")
    desk.recorder.flush()
    lost = [event.notifications for event in read_capture(path).events if isinstance(event, Lost)]
    assert sum(lost) == 5


def test_at_the_end_nobodys_capture_is_closed_and_a_session_that_nobody_ended_is_not(desk):
    path = desk.start(7, OTTER, "1")
    desk.recorder.say(7, TaskStarted(at_ns=desk.now_ns, number=1, task=Task(), straps=("1",)))
    desk.put("1", b"a")
    desk.recorder.say(7, TaskStopped(at_ns=desk.now_ns, number=1, why="ended"))
    desk.put("3", b"b")
    desk.recorder.close(desk.now_ns)
    assert kinds(path)[-1] == "TaskStopped"
    for each in desk.nobodys():
        assert kinds(each)[-1] == "Closed"
        assert read_capture(each).notes == []
    assert desk.recorder.path_of(7) is None
    assert desk.recorder.path_of(NOBODY) is None
    assert desk.recorder.written_bytes == sum(each.stat().st_size for each in desk.folder.iterdir())


def test_what_waits_for_a_session_that_is_never_begun_is_counted_and_told(desk, caplog):
    desk.owners["1"] = 7  # decided, never carried out
    for payload in (b"a", b"b"):
        desk.put("1", payload)
    desk.recorder.close(desk.now_ns)
    assert "2 notifications are lost, their session was not begun" in caplog.text


def test_while_the_disk_is_full_all_captures_together_keep_no_more_than_the_limit(tmp_path):
    (tmp_path / "captures").write_text("in the way")
    desk = Desk(tmp_path / "captures", kept_bytes=20_000, rotated_s=-1.0)  # an hour is over each time
    for hour in range(1, 21):
        desk.start(hour, OTTER, "1")
        for _ in range(5):
            desk.put("1", os.urandom(400))
            desk.put("3", os.urandom(400))
            desk.recorder.flush()
        desk.end(hour)
        desk.recorder._rotate()
    (tmp_path / "captures").unlink()
    assert desk.recorder.flush()
    desk.put("3", b"again")  # before which is told what was lost
    desk.recorder.flush()
    captures = [read_capture(path) for path in desk.folder.iterdir()]
    kept = sum(len(came) for capture in captures for came in capture.arrivals.values())
    lost = sum(each.notifications for capture in captures for each in capture.events if isinstance(each, Lost))
    assert 20 < kept < 20_000 / 400
    assert len(desk.nobodys()) == 1
    assert kept + lost == 201


def test_while_the_disk_is_full_what_nobody_wears_leaves_room_for_who_comes(tmp_path):
    (tmp_path / "captures").write_text("in the way")
    desk = Desk(tmp_path / "captures", kept_bytes=20_000)
    for _ in range(100):
        desk.put("3", os.urandom(400))
        desk.recorder.flush()
    path = desk.start(7, OTTER, "1")
    came = []
    for _ in range(15):
        came.append(desk.put("1", os.urandom(400)))
        desk.recorder.flush()
    (tmp_path / "captures").unlink()
    assert desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == came


def test_what_has_ended_is_handed_to_the_disk_to_its_last_byte(desk):
    async def main():
        running = asyncio.create_task(desk.recorder.run(lambda: None))
        path = desk.start(7, OTTER, "1")
        desk.put("1", b"a")
        desk.end(7)
        desk.recorder.flush()
        assert desk.recorder.unsynced == [path]
        thrown_away = desk.start(8, HERON, "1")
        desk.end(8)
        desk.recorder.flush()
        thrown_away.unlink()
        async with asyncio.timeout(10.0):
            while desk.recorder.unsynced:
                await asyncio.sleep(0.05)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(main())
    desk.start(9, OTTER, "1")
    desk.recorder.close(desk.now_ns)
    assert desk.recorder.unsynced == []


def test_a_capture_that_somebody_deletes_is_written_again_where_it_was_and_nothing_is_lost(desk, caplog):
    path = desk.start(7, OTTER, "1")
    came = [desk.put("1", b"a")]
    for payload in (b"b", b"c"):
        desk.recorder.flush()
        before = path.read_bytes()
        path.unlink()
        came.append(desk.put("1", payload))
        assert desk.recorder.flush()
        assert path.read_bytes().startswith(before)
    desk.end(7)
    desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == came
    assert read_capture(path).notes == []
    assert kinds(path) == ["Opened", "SessionStarted", "Worn", "Closed"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(desk.folder.iterdir()) == [path]
    assert (desk.recorder.mended, caplog.text.count("somebody deleted a capture")) == (1, 1)


def test_a_folder_that_somebody_deletes_is_made_again_with_all_captures(desk):
    path, other = desk.start(7, OTTER, "1"), desk.start(8, HERON, "2")
    came = desk.put("1", b"a")
    desk.recorder.flush()
    shutil.rmtree(desk.folder)
    assert desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == [came]
    assert kinds(other) == ["Opened", "SessionStarted", "Worn"]


def test_a_capture_whose_place_another_file_took_gets_its_place_back(desk):
    path = desk.start(7, OTTER, "1")
    desk.recorder.flush()
    (desk.folder / "new").write_bytes(b"an edited copy")
    (desk.folder / "new").replace(path)
    came = desk.put("1", b"a")
    desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == [came]


def test_a_deleted_capture_for_which_there_is_no_room_now_waits_for_it(desk):
    path = desk.start(7, OTTER, "1")
    came = [desk.put("1", os.urandom(400))]
    desk.recorder.flush()
    path.unlink()
    with files_no_longer_than(100):
        came.append(desk.put("1", b"b"))
        assert not desk.recorder.flush()
        assert desk.recorder.problem == "File too large"
        assert list(desk.folder.iterdir()) == []
    assert desk.recorder.flush()
    assert read_capture(path).arrivals["1", UUID] == came


def test_a_capture_that_is_deleted_after_its_session_stays_deleted(desk):
    path = desk.start(7, OTTER, "1")
    desk.put("1", b"a")
    desk.recorder.flush()
    desk.end(7)  # not flushed yet
    path.unlink()
    assert desk.recorder.flush()
    assert list(desk.folder.iterdir()) == []
    assert desk.recorder.mended == 0
