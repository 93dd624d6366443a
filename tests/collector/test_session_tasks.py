"""Sets, trials and tests: how they begin and end."""

import pytest

from collector.moving import S
from collector.room import OTTER, Room, item
from collector.test_sessions import LEFT_LEG, refused
from imutrack.collector.sessions.courses import course_of
from imutrack.collector.sessions.tasks import Phase
from imutrack.flags import FlagCode
from imutrack.labels import labelled_task
from imutrack.task import LabelSource, Side, TaskKind

KNEE = "long_arc_knee_extension"


def checked_room(*wear, **said):
    """A room in which the left leg passed its check, and a set begins."""
    room = Room(**said)
    room.start(*(wear or ("3=left_shank",)))
    room.task(KNEE)
    room.live(4, "3")
    room.live(3)
    return room


def test_an_exercise_set_begins_at_once_and_ends_when_somebody_types_it():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    assert room.seconds(room.started[0]) == 0.0
    room.live(5, "3")
    room.sessions.count(1, 7)
    room.stop_task()
    assert (room.stopped[0].why, room.stopped[0].reps_live, room.seconds(room.stopped[0])) == ("typed", 7, 5.0)


def test_a_set_ends_by_itself_when_its_movement_ceased_and_keeps_two_seconds_of_rest():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(20)
    assert not room.stopped, "it has not begun to move"
    room.live(10, "3")
    room.live(7)
    assert not room.stopped
    room.live(3)
    assert room.stopped[0].why == "ceased"
    assert room.seconds(room.stopped[0]) == pytest.approx(32.0, abs=0.6)


def test_a_pause_between_repetitions_does_not_end_a_set():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    for _ in range(5):
        room.live(3, "3")
        room.live(6)
    assert not room.stopped


@pytest.mark.parametrize(
    ("name", "tempo", "rest_s"),
    [
        (KNEE, None, 8.0),  # hold 1 s
        ("quad_set", None, 10.0),  # hold 5 s
        ("quad_set", {"hold_s": 30.0}, 60.0),
        ("quad_set", {"hold_s": 0.0}, 8.0),
        ("pendulum", None, 8.0),
    ],
)
def test_the_rest_that_ends_a_set_is_longer_than_what_the_tempo_asks_for(name, tempo, rest_s):
    from imutrack.clinic.plans import Tempo

    planned = None if tempo is None else item(name, Side.LEFT, tempo=Tempo(**tempo))
    assert course_of(labelled_task(exercise=name), planned).rest_s == rest_s


def test_a_balance_trial_has_a_countdown_and_lasts_until_30_s_of_it_can_be_measured():
    room = Room()
    room.start("3=lumbar")
    assert room.task(trial="eyes_open") == ["quiet stance, eyes open begins in 3 s: keep still until then"]
    assert room.sessions.sessions[0].current.phase is Phase.COUNTDOWN
    assert room.live(3)[-1] == "go: quiet stance, eyes open, 36 s"
    assert room.live(36)[-1].endswith("is over: its time is")
    [begun], [ended] = room.started, room.stopped
    assert (room.seconds(begun), room.seconds(ended), ended.why) == (3.0, 39.0, "time")
    assert begun.task.kind is TaskKind.STANCE
    assert begun.task.side is None


def test_moving_does_not_end_a_balance_trial():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="eyes_open")
    room.live(10, "3")
    room.live(15)
    assert not room.stopped


def test_the_chair_stand_lasts_30_s_from_the_first_movement_and_a_little():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="thirty_seconds")
    room.live(5)
    room.live(50, "3")
    assert room.seconds(room.started[0]) == 1.0, "with two still seconds before go"
    assert room.seconds(room.stopped[0]) == pytest.approx(5.0 + 32.0, abs=0.6)
    assert room.stopped[0].why == "time"


@pytest.mark.parametrize(("explained_s", "lasts_s"), [(8.0, 8.5 + 32.0), (0.0, 32.0)])
def test_who_shifts_on_the_chair_in_the_countdown_does_not_start_the_clock(explained_s, lasts_s):
    room = Room()
    room.start("3=lumbar")
    room.task(trial="thirty_seconds")
    room.live(1)
    room.live(2.5, "3")  # until half a second after go
    room.live(explained_s)
    room.live(60, "3")
    since_go_s = room.seconds(room.stopped[0]) - 3.0
    assert since_go_s == pytest.approx(lasts_s, abs=0.6), "from the first movement after go, or else from go"


def test_a_timed_set_says_how_long_it_goes_on():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="thirty_seconds")
    current = room.sessions.sessions[0].current
    assert current.left_s(room.now_ns) is None, "it has not begun"
    room.live(5)
    assert current.left_s(room.now_ns) == 30.0
    room.live(3, "3")
    assert current.left_s(room.now_ns) == pytest.approx(29.0, abs=0.6)
    room.live(40, "3")
    assert current.left_s(room.now_ns) is None
    room.task("walking_or_cycling")
    assert room.sessions.sessions[0].current.left_s(room.now_ns) is None


@pytest.mark.parametrize("trial", ["five_times", "usual_pace"])
def test_a_timed_test_ends_when_its_movement_ceased(trial):
    room = Room()
    room.start("3=lumbar")
    room.task(trial=trial)
    room.live(4)
    room.live(15, "3")
    room.live(10)
    assert room.stopped[0].why == "ceased"
    assert room.seconds(room.stopped[0]) == pytest.approx(21.0, abs=0.6)


def test_a_trial_that_is_stopped_in_its_countdown_leaves_nothing():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="eyes_open")
    room.live(1)
    assert room.stop_task() == ["quiet stance, eyes open had not begun yet: nothing to keep"]
    room.live(10)
    assert not room.started
    room.task(trial="eyes_open")


def test_a_second_start_says_what_is_being_done():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    assert "walking, marching or cycling is being done (running)" in refused(room.task, "squat")
    assert "running" in refused(room.task, "squat", force=True)


def test_a_lost_strap_is_told_at_once_and_the_set_goes_on():
    room = checked_room()
    room.live(3, "3")
    assert room.link("3", sends=False) == [
        "strap 3 is lost: seated knee extension, left goes on, it is being reconnected"
    ]
    room.live(9)
    assert room.link("3", sends=True) == ["strap 3 sends again"]
    room.live(7)
    assert not room.stopped


def test_a_set_without_any_strap_for_ten_seconds_is_stopped_and_kept():
    room = checked_room()
    room.live(3, "3")
    lost_s = (room.now_ns - room.started[0].at_ns) / S
    room.link("3", sends=False)
    assert any("what came until then is kept" in line for line in room.live(11))
    assert room.stopped[0].why == "ended"
    assert (room.stopped[0].at_ns - room.started[0].at_ns) / S == lost_s + 10.0


def test_a_set_with_one_of_two_straps_goes_on_and_ends_by_the_one_that_is_left():
    room = Room(plan=[item("heel_slide", Side.LEFT, placement="thigh+shank")])
    room.start(*LEFT_LEG)
    room.task(force=True)
    assert room.started[0].straps == ("4", "3")
    room.live(5, "34")
    room.link("4", sends=False)
    room.live(15, "3")
    assert not room.stopped
    room.live(10)
    assert room.stopped[0].why == "ceased"


def test_a_strap_that_does_not_send_keeps_a_set_from_starting_unless_forced():
    room = Room(sends="4567")
    room.start("3=lumbar")
    assert "strap 3 does not send" in refused(room.task, "walking_or_cycling")
    room.task("walking_or_cycling", force=True)
    assert room.started[0].task.flags == (), "there is no side to mix up"
    room.live(10)
    assert room.stopped[0].why == "ended"


def test_the_set_up_check_asks_for_the_limb_and_the_set_begins_when_it_has_come_to_rest():
    room = Room()
    room.start(*LEFT_LEG)
    [asked] = room.task(KNEE)
    assert asked == "seated knee extension, left: set-up check: lift the LEFT leg now, all else still"
    room.live(2)
    said = room.live(3, "3")
    assert said == [
        "set-up check passed: come to rest",
        "seated knee extension, left begins in 3 s: keep still until then",
    ]
    room.live(4)
    assert room.started[0].task.flags == ()
    assert room.started[0].task.side is Side.LEFT
    assert room.started[0].straps == ("3",)
    assert room.started[0].task.placement == "shank"


def test_once_passed_the_check_holds_until_something_is_worn_anew():
    room = checked_room()
    room.stop_task()
    assert room.task(KNEE) == ["go: seated knee extension, left"]
    room.stop_task()
    room.wear("5=lumbar")
    assert "set-up check" in room.task(KNEE)[0]


@pytest.mark.parametrize(
    ("moving", "strengths", "says"),
    [
        ("", {}, "strap 3 (left lower leg) did not move"),
        ("5", {}, "strap 5 (right lower leg) moved most, not strap 3 (left lower leg)"),
        ("35", {"3": 1.0, "5": 0.8}, "moved almost as much"),
        ("6", {}, f"`imutrack session wear {OTTER} --wear 6=left_shank`"),
    ],
)
def test_a_set_does_not_start_when_another_strap_moves(moving, strengths, says):
    room = Room()
    room.start("3=left_shank", "5=right_shank")
    room.task(KNEE, side="left")
    room.live(1)
    said = room.live(10, moving, strengths)
    assert says in said[-1]
    assert "--force" in said[-1]
    assert "\n" not in said[-1]
    assert not room.started
    assert room.sessions.sessions[0].current is None


def test_a_check_that_fails_is_an_outcome_that_was_refused():
    room = Room()
    room.start("3=left_shank")
    room.task(KNEE)
    room.now_ns += 10 * S
    outcome = room.sessions.pass_time(room.now_ns)
    assert outcome.refused


def test_the_leg_that_is_lifted_may_take_the_body_along():
    room = Room()
    room.start("3=left_shank", "5=right_shank")
    room.task(KNEE, side="left")
    room.live(4, "35", {"3": 1.0, "5": 0.2})
    room.live(3)
    assert room.started


def test_straps_of_other_people_play_no_part_in_a_check():
    room = Room()
    room.start("3=left_shank")
    room.start("5=right_shank", patient="heron-birch-12")
    room.task(KNEE, patient=OTTER)
    room.live(4, "35", {"3": 0.5, "5": 3.0})
    room.live(3)
    assert room.started


def test_a_strap_carried_past_does_not_fail_a_check_that_is_passed():
    room = Room()
    room.start("3=left_shank")
    room.task(KNEE)
    room.live(4, "36", {"3": 0.5, "6": 3.0})
    room.live(3)
    assert room.started


def test_a_knock_passes_no_check():
    room = Room()
    room.start("3=left_shank")
    room.task(KNEE)
    room.live(2)
    room.live(0.25, "3", {"3": 5.0})
    assert "did not move" in room.live(9)[-1]


def test_a_forced_set_says_so_in_its_task():
    room = Room()
    room.start("3=left_shank")
    room.task(KNEE, force=True)
    assert [flag.code for flag in room.started[0].task.flags] == [FlagCode.SET_UP_FORCED]
    room.stop_task()
    assert "set-up check" in room.task(KNEE)[0], "a forced start passes no check"


def test_force_goes_on_without_the_check_that_is_being_waited_for():
    room = Room()
    room.start("3=left_shank")
    room.task(KNEE)
    room.live(2)
    room.task(force=True)
    assert [flag.code for flag in room.started[0].task.flags] == [FlagCode.SET_UP_FORCED]


def test_no_check_where_no_sides_can_be_mixed_up():
    room = Room()
    room.start("3=lumbar", "4=left_thigh")
    room.task(trial="single_leg_eyes_open", side="left")
    assert room.sessions.sessions[0].current.phase is Phase.COUNTDOWN
    room.stop_task()
    room.task("squat")
    assert room.started[0].straps == ("4",)


def test_a_task_is_measured_by_straps_of_its_side_only():
    room = Room()
    room.start("3=left_shank", "5=right_shank")
    assert "--side left or --side right" in refused(room.task, KNEE)
    room.task(KNEE, side="right", force=True)
    assert room.started[0].straps == ("5",)
    room.stop_task()
    assert "needs a strap on the left upper arm" in refused(room.task, "shoulder_abduction", side="left")


def test_a_missing_placement_is_named_with_what_to_type():
    room = Room()
    room.start("4=left_thigh")
    text = refused(room.task, KNEE, side="left")
    assert "left lower leg" in text
    assert f"`imutrack session wear {OTTER} --wear STRAP=left_shank`" in text


def test_a_wrist_measures_what_the_forearm_is_asked_for():
    room = Room(plan=[item("elbow_flexion", Side.LEFT, placement="forearm")])
    room.start("3=left_wrist")
    room.task(force=True)
    assert room.started[0].task.placement == "wrist"
    assert room.started[0].task.label_source is LabelSource.PLAN


def test_what_two_sides_can_measure_names_a_place_that_can_be_worn():
    room = Room()
    room.start("3=lumbar")
    text = refused(room.task, "squat")
    assert f"`imutrack session wear {OTTER} --wear STRAP=left_thigh` (or right)" in text


def test_a_set_in_which_nothing_moves_is_over_after_a_minute_and_asks_whether_it_is_the_right_strap():
    room = Room()
    room.start("3=left_shank", "4=right_shank")
    room.task(KNEE, side="left", force=True)
    assert room.live(58, "4") == []
    said = room.live(3, "4")
    assert said == ["seated knee extension, left is over: nothing moved for 60 s: is strap 3 the right one?"]
    assert (room.stopped[0].why, room.seconds(room.stopped[0])) == ("ceased", 60.0)


def away(room, straps, for_s):
    for strap in straps:
        room.link(strap, sends=False)
    room.live(for_s)
    for strap in straps:
        room.link(strap, sends=True)


def test_who_begins_late_is_not_ended_and_a_strap_that_was_long_away_says_nothing_of_before():
    room = Room(plan=[item("heel_slide", Side.LEFT, placement="thigh+shank")])
    room.start(*LEFT_LEG)
    room.task(force=True)
    room.live(45)
    away(room, "3", 11)
    room.live(45)
    assert not room.stopped, "nobody knows whether it moved while it was away"
    room.live(5, "34")
    room.live(5)
    assert not room.stopped


def test_a_set_in_which_nothing_moves_is_over_after_a_minute_although_its_strap_was_away_for_a_moment():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(50)
    away(room, "3", 2)
    assert "nothing moved for 60 s" in room.live(10)[-1]
    assert (room.stopped[0].why, room.seconds(room.stopped[0])) == ("ceased", 60.0)


def test_a_strap_that_comes_and_goes_at_rest_ends_the_set_where_the_movement_ceased():
    room = Room()
    room.start("3=left_shank")
    room.task("heel_slide", side="left", force=True)
    room.live(5, "3")
    for _ in range(7):
        away(room, "3", 9)
        room.live(2)
    assert [event.why for event in room.stopped] == ["ceased"]
    assert room.seconds(room.stopped[0]) == pytest.approx(5.0 + 9.0 + 2.0, abs=0.6)


def test_a_strap_that_comes_and_goes_and_moves_whenever_it_is_there_ends_nothing():
    room = Room()
    room.start("3=left_shank")
    room.task("heel_slide", side="left", force=True)
    room.live(5, "3")
    for present_s in (2, 3, 0.75) * 4:
        away(room, "3", 9)
        room.live(present_s, "3")
    assert not room.stopped


@pytest.mark.parametrize(
    "asked", [{"exercise": "walking_or_cycling"}, {"trial": "five_times"}, {"trial": "usual_pace"}]
)
def test_a_set_of_free_time_that_goes_on_for_half_an_hour_is_over_and_asks_whether_the_strap_was_left_on(asked):
    room = Room()
    room.start("3=lumbar")
    room.task(**asked)
    room.live(10, "3")
    begun = room.started[0]
    assert room.sessions.sessions[0].current.left_s(room.now_ns) is None
    room.now_ns = begun.at_ns + 1795 * S
    assert room.live(4, "3") == []
    assert room.live(2, "3")[-1].endswith("is over: it lasted 30 min: was a strap left on?")
    assert (room.stopped[0].why, room.stopped[0].at_ns - begun.at_ns) == ("time", 1800 * S)


def test_a_set_that_is_stopped_says_what_was_counted_and_where_the_result_is():
    room = Room()
    room.start("3=lumbar")
    room.task("walking_or_cycling")
    room.live(5, "3")
    room.sessions.count(1, 7, 7, 7)
    result = f"`imutrack watch` or `imutrack report {OTTER}` has the result"
    assert room.stop_task() == [f"walking, marching or cycling is stopped, 7 repetitions so far; {result}"]
    room.task("walking_or_cycling")
    room.live(5, "3")
    room.sessions.count(2, None, 1, 3)
    assert room.stop_task() == [f"walking, marching or cycling is stopped, 1 to 3 repetitions so far; {result}"]
    room.task("walking_or_cycling")
    room.live(5, "3")
    assert room.stop_task() == [f"walking, marching or cycling is stopped; {result}"]


def test_a_stop_noted_in_what_is_too_short_to_be_measured_says_how_it_is_kept():
    room = Room()
    room.start("3=lumbar")
    room.task(trial="eyes_open")
    room.live(8)
    room.take(room.sessions.note_stop(room.now_ns, "button of strap 3", strap="3"))
    [said] = room.stop_task()
    assert said.startswith("quiet stance, eyes open is stopped; it lasted 5.0 s, too short to be measured: it needs 15")
    assert said.endswith(f"The stop is in no result, `imutrack note {OTTER} --stop` keeps it")


def test_where_no_strap_can_send_that_is_why_and_not_the_strap():
    room = Room(sends="3", away="the Bluetooth service is away")
    assert room.start(*LEFT_LEG)[1:] == ["strap 4 does not send yet: the Bluetooth service is away"]
    assert refused(room.task, "squat") == "strap 4 does not send: the Bluetooth service is away"
