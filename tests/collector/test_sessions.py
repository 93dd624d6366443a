"""Sessions: who wears what, and what is answered to what cannot be."""

import pytest

from collector.moving import S
from collector.room import HERON, OTTER, Room
from imutrack.capture import sets_of
from imutrack.capture.events import Closed, SessionStarted, StopNoted, Worn
from imutrack.collector.sessions.wanted import Asked
from imutrack.errors import SettingsError
from imutrack.flags import FlagCode
from imutrack.task import UNSPECIFIED, LabelSource

LEFT_LEG = ("3=left_shank", "4=left_thigh")


def refused(call, *args, **said):
    with pytest.raises(SettingsError) as caught:
        call(*args, **said)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_session_says_whose_it_is_and_what_is_worn_where():
    room = Room()
    assert room.start(*LEFT_LEG) == [f"session of {OTTER}: strap 3 on the left lower leg, strap 4 on the left thigh"]
    assert room.of(SessionStarted)[0].patient == OTTER
    assert [(event.strap, event.placement) for event in room.of(Worn)] == [("3", "shank"), ("4", "thigh")]
    assert room.sessions.captured_by("3") == 1
    assert room.sessions.captured_by("5") is None


def test_a_pseudonym_is_understood_however_it_is_typed_in_every_command():
    room = Room()
    room.start("3=lumbar", patient="Otter maple 47")
    room.start("4=lumbar", patient=HERON)
    typed = "  OTTER Maple_47 "
    room.wear("5=left_shank", patient=typed)
    room.task("walking_or_cycling", patient=typed)
    assert room.take(room.sessions.note_stop(room.now_ns, "typed", patient=typed)) == [
        "stop noted, during walking, marching or cycling"
    ]
    room.stop_task(patient=typed)
    assert room.stop(typed)[-1].startswith(f"session of {OTTER} is over")
    assert f"{OTTER} has no session" in refused(room.stop, typed)


def test_what_is_said_of_a_set_says_whose_it_is_and_which():
    room = Room()
    room.start("3=lumbar")
    room.start("4=lumbar", patient=HERON)
    asked = room.sessions.start_task(HERON, Asked(trial="eyes_open"), room.now_ns)
    begun = room.sessions.start_task(OTTER, Asked(exercise="walking_or_cycling"), room.now_ns)
    ended = room.sessions.stop(OTTER, room.now_ns + S)
    said = [(line.patient, line.session, line.number) for each in (asked, begun, ended) for line in each.said]
    assert said == [(HERON, 2, None), (OTTER, 1, 1), (OTTER, 1, 1), (OTTER, 1, None)]
    assert begun.said[0].event == {
        "said": "go: walking, marching or cycling",
        "session": 1,
        "patient": OTTER,
        "number": 1,
        "refused": False,
    }


def test_two_people_have_sessions_at_once_each_with_straps_of_their_own():
    room = Room()
    room.start(*LEFT_LEG)
    room.start("5=right wrist", patient=HERON)
    assert (room.sessions.captured_by("4"), room.sessions.captured_by("5")) == (1, 2)
    whose = refused(room.stop)
    assert f"say whose, `imutrack session stop {OTTER}` or `imutrack session stop {HERON}`" in whose
    assert f"`imutrack task start {HERON}`" in refused(room.task)
    assert f"`imutrack task stop {HERON}`" in refused(room.stop_task)
    assert f"`imutrack session wear {HERON}`" in refused(room.wear, "6=lumbar")
    room.stop(HERON)
    assert room.sessions.captured_by("5") is None
    room.stop()
    room.check_captures()


@pytest.mark.parametrize(
    ("wear", "says"),
    [
        ((), "--wear 3=left_shank"),
        (("3",), "write strap and place"),
        (("9=shank",), "no strap '9'"),
        (("3=left_shnak",), "no placement"),
        (("3=left_shank", "3=left_thigh"), "named twice"),
        (("3=left_shank", "4=shank left"), "both"),
        (("3=shank",), "on which side is the lower leg? Write 3=left_shank or 3=right_shank"),
        (("4=lumbar", "3=wrist"), "Write 3=left_wrist or 3=right_wrist"),
        (("3=right_shnk",), "no placement 'right_shnk': did you mean 3=right_shank?"),
        (("3=shnk",), "did you mean 3=left_shank or 3=right_shank?"),
        (("3=left_sternm",), "did you mean 3=sternum?"),
        (("3=left right shank",), "left and right"),
        (("3=",), "write strap and place"),
    ],
)
def test_what_cannot_be_worn_is_refused_and_changes_nothing(wear, says):
    room = Room()
    assert says in refused(room.start, *wear)
    assert room.events == []
    assert room.sessions.sessions == ()


def test_an_unknown_patient_is_refused():
    assert "no patient" in refused(Room().start, "3=left_shank", patient="somebody")


def test_a_strap_of_another_session_is_refused_with_whose_it_is():
    room = Room()
    room.start(*LEFT_LEG)
    assert f"worn by {OTTER}" in refused(room.start, "4=left_wrist", "5=left_thigh", patient=HERON)
    assert room.sessions.captured_by("5") is None


def test_a_second_start_says_how_to_go_on():
    room = Room()
    room.start(*LEFT_LEG)
    assert "session stop" in refused(room.start, "5=left_wrist")


def test_stopping_what_was_never_started_says_how_to_start():
    room = Room()
    assert "session start" in refused(room.stop)
    assert "session start" in refused(room.stop, HERON)
    assert "session start" in refused(room.task, "squat")
    room.start(*LEFT_LEG)
    assert "task start" in refused(room.stop_task)


def test_a_strap_that_does_not_send_may_be_worn_and_is_said():
    room = Room(sends="3")
    assert room.start(*LEFT_LEG)[1:] == ["strap 4 does not send yet: is it switched on and near?"]


def test_a_strap_put_on_in_the_place_of_another_frees_that_one():
    room = Room()
    room.start(*LEFT_LEG)
    assert "strap 3 is free again" in room.wear("5=left_shank")
    assert room.sessions.captured_by("3") is None
    room.start("3=left_wrist", patient=HERON)
    assert "worn by" in refused(room.wear, "3=left_foot", patient=OTTER)


def test_nothing_is_put_on_during_a_set_since_its_placement_is_that_of_its_end():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    assert "task stop" in refused(room.wear, "5=left_foot")


def test_the_end_of_a_session_first_ends_its_set():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(3, "3")
    room.stop()
    assert [event.why for event in room.stopped] == ["ended"]
    assert isinstance(room.events[-1][1], Closed)
    room.check_captures()


def test_the_end_of_the_collector_ends_sets_and_leaves_the_sessions_of_patients_to_go_on():
    room = Room(auto=True)
    room.live(1)
    room.start("3=lumbar")
    room.start("4=left_shank", patient=HERON)
    room.task("walking_or_cycling", patient=OTTER)
    room.stop(HERON)
    room.take(room.sessions.close(room.now_ns))
    assert room.sessions.sessions == ()
    assert [event.why for event in room.stopped] == ["ended"]
    assert [number for number, event in room.events if isinstance(event, Closed)] == [1, 3]  # nobody's, and HERON's
    assert room.said[-1] == f"the collector ends: the session of {OTTER} goes on if it is back within 10 min"
    room.check_captures(left={2})


def test_a_session_that_nobody_stops_is_over_after_an_hour_in_which_nothing_was_done(caplog):
    caplog.set_level("INFO")
    room = Room()
    room.start(*LEFT_LEG)
    room.now_ns += 3_000 * S
    room.task("walking_or_cycling")
    room.live(5, "3")
    room.live(20)
    ended_ns = room.stopped[0].at_ns
    assert room.sessions.due_ns == ended_ns + 3_600 * S
    room.now_ns = ended_ns + 3_600 * S - 1
    assert room.live(0) == room.take(room.sessions.pass_time(room.now_ns)) == []
    room.now_ns += 1
    assert room.take(room.sessions.pass_time(room.now_ns)) == [
        f"session of {OTTER} is over: nothing was done or typed for 60 min; free again: strap 3, 4"
    ]
    assert room.sessions.sessions == ()
    assert "a session is over: nothing was done for 60 min; free again: strap 3, 4" in caplog.text
    assert OTTER not in caplog.text
    room.check_captures()


@pytest.mark.parametrize("moving", ["", "3"])
def test_a_set_that_nobody_ends_is_over_after_half_an_hour_and_its_session_an_hour_later(moving):
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling", force=True)
    for _ in range(8):
        room.now_ns += 600 * S
        room.live(2, moving)
    assert [(event.why, room.seconds(event)) for event in room.stopped] == [("time", 1800.0)]
    assert room.sessions.sessions
    room.now_ns += 600 * S
    room.live(2, moving)
    assert not room.sessions.sessions


def test_what_is_typed_keeps_a_session_open_even_if_it_is_refused():
    room = Room(sends="3")
    room.start("4=lumbar")
    room.now_ns += 3_599 * S
    refused(room.task, "walking_or_cycling")
    room.now_ns += 3_599 * S
    room.take(room.sessions.pass_time(room.now_ns))
    assert room.sessions.sessions


@pytest.mark.parametrize("seconds", [0, 2])
def test_a_stop_noted_before_a_set_has_begun_lets_it_not_begin(seconds):
    room = Room()
    room.start("3=lumbar")
    room.task(trial="eyes_open")
    room.live(seconds)
    outcome = room.sessions.note_stop(room.now_ns, "button of strap 3", strap="3")
    assert [line.text for line in outcome.said] == ["stop noted: quiet stance, eyes open does not begin"]
    assert outcome.refused
    room.take(outcome)
    room.live(60)
    assert room.started == []
    assert len(room.of(StopNoted)) == 1


def test_a_stop_noted_during_the_set_up_check_lets_the_set_not_begin():
    room = Room()
    room.start("3=left_shank")
    room.task("heel_slide", side="left")
    [said] = room.take(room.sessions.note_stop(room.now_ns, "typed", patient=OTTER))
    assert said == "stop noted: heel slide, left does not begin"
    assert room.live(60, "3") == []


def test_a_stop_noted_soon_after_a_set_says_which_was_the_last_and_what_to_type():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(2)
    room.stop_task()
    room.now_ns += 20 * S
    [button] = room.take(room.sessions.note_stop(room.now_ns, "button of strap 3", strap="3"))
    assert button == (
        "stop noted, between sets: walking, marching or cycling had ended 20 s ago and is not marked; "
        f"`imutrack note {OTTER} --stop` keeps it, and where the set is not to count, "
        '`imutrack correct SET --void --by INITIALS --why "..."`'
    )
    [typed] = room.take(room.sessions.note_stop(room.now_ns, "typed", patient=OTTER))
    assert "is not marked; the note says it" in typed
    room.now_ns += 41 * S
    assert room.take(room.sessions.note_stop(room.now_ns, "typed", patient=OTTER)) == ["stop noted, between sets"]


def test_nobodys_session_begins_anew_unless_it_has_a_set():
    room = Room(auto=True)
    room.live(5)
    room.live(5, "4")
    room.take(room.sessions.begin_nobody_anew(room.now_ns))
    assert room.of(Closed) == []
    room.live(20)
    room.take(room.sessions.begin_nobody_anew(room.now_ns))
    [_, began] = room.of(SessionStarted)
    assert began.at_ns == room.now_ns
    assert [number for number, event in room.events if isinstance(event, Closed)] == [1]
    assert room.sessions.captured_by("4") == 2


def test_a_refused_command_loses_nothing_of_what_had_become_due():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="eyes_open")
    room.now_ns += 3_600_000_000_000  # nobody called meanwhile
    assert "does nothing now" in refused(room.stop_task)
    room.take(room.sessions.pass_time(room.now_ns))
    assert [event.why for event in room.stopped] == ["time"]


def test_a_stop_is_noted_in_the_session_of_the_patient_or_of_the_strap():
    room = Room()
    room.start("3=lumbar")
    room.start("4=left_shank", patient=HERON)
    room.task("walking_or_cycling", patient=OTTER)
    room.live(1)
    room.take(room.sessions.note_stop(room.now_ns, "typed", patient=OTTER))
    room.take(room.sessions.note_stop(room.now_ns, "button", strap="4"))
    assert [number for number, event in room.events if isinstance(event, StopNoted)] == [1, 2]
    assert room.said[-2:] == ["stop noted, during walking, marching or cycling", "stop noted, between sets"]
    room.live(1)
    room.stop(OTTER)
    [found] = sets_of([event for number, event in room.events if number == 1], room.now_ns)
    assert [flag.code for flag in found.task.flags] == [FlagCode.STOP_NOTED]


def test_a_stop_noted_after_the_movement_and_before_the_end_of_the_set_is_of_the_set():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(5, "3")
    room.live(6)
    room.take(room.sessions.note_stop(room.now_ns, "button", strap="3"))
    room.live(4)
    [found] = sets_of([event for _, event in room.events], room.now_ns)
    assert room.stopped[0].why == "ceased"
    assert [flag.code for flag in found.task.flags] == [FlagCode.STOP_NOTED]


@pytest.mark.parametrize("whose", [{"strap": "4"}, {"patient": OTTER}])
def test_a_stop_without_a_session_is_no_fault_and_says_how_to_keep_it(whose):
    outcome = Room().sessions.note_stop(0, "button", **whose)
    assert outcome.events == ()
    assert "imutrack note PATIENT --stop" in outcome.said[0].text


def test_without_a_session_what_moves_makes_a_set_of_nobody_from_two_seconds_before_to_two_after():
    room = Room(auto=True)
    room.live(10)
    room.live(6, "4")
    room.live(20)
    [begun], [ended] = room.started, room.stopped
    assert (begun.task.name, begun.task.patient, begun.task.label_source) == (UNSPECIFIED, None, LabelSource.NONE)
    assert begun.straps == ("4",)
    assert room.of(SessionStarted)[0].patient is None
    assert room.seconds(begun) == pytest.approx(8.0, abs=0.6)
    assert room.seconds(ended) == pytest.approx(18.0, abs=0.6)
    assert ended.why == "ceased"


def test_what_moves_without_auto_is_nobodys_business():
    room = Room()
    room.live(5, "4")
    assert room.events == []


def test_a_session_ends_what_nobody_does_and_nobodys_session_comes_back_after_it():
    room = Room(auto=True)
    room.live(5)
    room.live(5, "345")
    room.start("3=left_shank")
    assert [event.why for event in room.stopped] == ["ended"] * 3
    room.live(5, "45")
    assert len(room.started) == 3
    room.stop()
    room.live(5, "4")
    assert [event.patient for event in room.of(SessionStarted)] == [None, OTTER, None]
    room.take(room.sessions.close(room.now_ns))
    room.check_captures()


def test_what_moves_for_half_an_hour_makes_one_set_of_nobody_until_it_has_rested():
    room = Room("4", auto=True)
    room.live(5)
    room.live(1850, "4")
    assert (len(room.started), [event.why for event in room.stopped]) == (1, ["time"])
    assert not room.sessions.sessions[0].doing, "so that nothing waits for it"
    room.live(20)
    room.live(5, "4")
    assert len(room.started) == 2
