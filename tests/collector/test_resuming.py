"""Which sessions go on after a crash, and with which straps."""

import os

from collector.live_sets import BEGIN_NS, OTTER, TASK, write_capture
from collector.room import HERON, Room
from imutrack.capture.events import Closed, Opened, SessionStarted, TaskStarted, TaskStopped, Worn
from imutrack.collector.sessions.resuming import cut_off, resume, standing
from imutrack.task import Side

S = 1_000_000_000
NOW_S = BEGIN_NS / S + 60.0


def capture(folder, name, patient, *events, at_ns=BEGIN_NS, age_s=10.0):
    path = folder / name
    opened = Opened(at_ns=at_ns, version=1, software="test", clinic="clinic", timezone="Europe/Berlin")
    write_capture(path, [opened, SessionStarted(at_ns=at_ns, patient=patient), *events])
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def worn(strap, placement="shank", side=Side.LEFT):
    return Worn(at_ns=BEGIN_NS, strap=strap, placement=placement, side=side)


def test_a_session_that_was_not_closed_goes_on_with_what_was_worn_last(tmp_path):
    capture(
        tmp_path,
        "a.mcap",
        OTTER,
        worn("3"),
        worn("4", "thigh"),
        worn("5"),  # in the place of strap 3
        TaskStarted(at_ns=BEGIN_NS, number=1, task=TASK, straps=("5",)),
        TaskStopped(at_ns=BEGIN_NS + 1, number=1, why="typed"),
        TaskStarted(at_ns=BEGIN_NS + 2, number=2, task=TASK, straps=("5",)),
    )
    [found] = cut_off(tmp_path, NOW_S)
    assert found.doing == {2}
    room = Room()
    notes = resume([found], room.sessions, lambda decision: take(room, decision))
    [said] = notes
    assert said.text == (
        f"the collector was started anew: the session of {OTTER} goes on; the set ended with it, "
        "`imutrack task start` begins the next"
    )
    [session] = room.sessions.sessions
    assert {strap: where.typed for strap, where in session.worn.items()} == {"4": "left_thigh", "5": "left_shank"}
    assert standing(notes, room.sessions, said.since_s + 1e6) == notes
    room.stop()
    assert standing(notes, room.sessions, said.since_s) == []
    room.start("5=left_shank")
    assert standing(notes, room.sessions, said.since_s) == []


def take(room, decision):
    outcome = decision(room.now_ns)
    room.take(outcome)
    return outcome


def test_one_that_was_closed_or_was_nobodys_or_is_long_ago_does_not_go_on(tmp_path):
    capture(tmp_path, "closed.mcap", OTTER, worn("3"), Closed(at_ns=BEGIN_NS + 1))
    capture(tmp_path, "nobodys.mcap", None, worn("4"))
    capture(tmp_path, "old.mcap", HERON, worn("5"), age_s=3600.0)
    (tmp_path / "empty.mcap").touch()
    os.utime(tmp_path / "empty.mcap", (NOW_S, NOW_S))
    now = capture(tmp_path, "now.mcap", HERON, worn("6"))
    assert cut_off(tmp_path, NOW_S, [now]) == []
    assert cut_off(tmp_path / "missing", NOW_S) == []


def test_of_several_captures_of_a_patient_the_last_one_counts(tmp_path):
    capture(tmp_path, "first.mcap", OTTER, worn("3"))
    capture(tmp_path, "second.mcap", OTTER, worn("4"), Closed(at_ns=BEGIN_NS + 9 * S), at_ns=BEGIN_NS + 5 * S)
    assert cut_off(tmp_path, NOW_S) == []
    capture(tmp_path, "third.mcap", OTTER, worn("5"), at_ns=BEGIN_NS + 10 * S)
    [found] = cut_off(tmp_path, NOW_S)
    assert set(found.worn) == {"5"}


def test_a_session_whose_strap_is_somebody_elses_by_now_does_not_go_on_and_says_so(tmp_path):
    capture(tmp_path, "a.mcap", OTTER, worn("3"))
    room = Room()
    room.start("3=left_shank", patient=HERON)
    notes = resume(cut_off(tmp_path, NOW_S), room.sessions, lambda decision: take(room, decision))
    [said] = notes
    assert said.text.startswith(f"the session of {OTTER} was cut off and does not go on: strap 3 is worn by {HERON}")
    assert len(room.sessions.sessions) == 1
    assert standing(notes, room.sessions, said.since_s + 3599.0) == notes
    assert standing(notes, room.sessions, said.since_s + 3601.0) == []
    room.start("4=left_shank", patient=OTTER)
    assert standing(notes, room.sessions, said.since_s) == []


def test_a_capture_that_vanishes_meanwhile_does_not_hide_the_others(tmp_path):
    capture(tmp_path, "a.mcap", OTTER, worn("3"))
    (tmp_path / "b.mcap").symlink_to(tmp_path / "gone")
    capture(tmp_path, "c.mcap", HERON, worn("4"))
    assert {found.patient for found in cut_off(tmp_path, NOW_S)} == {OTTER, HERON}


def test_a_session_goes_on_after_a_restart_unless_somebody_stopped_it(tmp_path):
    room = Room()
    room.start("3=left_shank")
    room.start("4=left_shank", patient=HERON)
    room.task("walking_or_cycling", patient=OTTER, force=True)
    room.live(1)
    room.stop(HERON)
    room.take(room.sessions.close(room.now_ns))
    for number, name in ((1, "a.mcap"), (2, "b.mcap")):
        write_capture(tmp_path / name, [event for session, event in room.events if session == number])
        os.utime(tmp_path / name, (NOW_S, NOW_S))
    [found] = cut_off(tmp_path, NOW_S)
    assert (found.patient, set(found.worn), found.doing) == (OTTER, {"3"}, set())


def test_a_session_of_an_earlier_version_goes_on_although_a_limb_has_no_side(tmp_path):
    capture(tmp_path, "a.mcap", OTTER, worn("3", side=None))
    room = Room()
    [said] = resume(cut_off(tmp_path, NOW_S), room.sessions, lambda decision: take(room, decision))
    assert said.text == f"the collector was started anew: the session of {OTTER} goes on"
    [session] = room.sessions.sessions
    assert {strap: where.typed for strap, where in session.worn.items()} == {"3": "shank"}
    room.task("heel_slide", side="left")
    assert room.started[0].straps == ("3",)


def test_a_session_whose_strap_the_settings_name_no_more_does_not_go_on_and_says_so(tmp_path):
    capture(tmp_path, "a.mcap", OTTER, worn("9"))
    room = Room()
    [said] = resume(cut_off(tmp_path, NOW_S), room.sessions, lambda decision: take(room, decision))
    assert "does not go on: no strap '9': imutrack.toml names 3, 4" in said.text
