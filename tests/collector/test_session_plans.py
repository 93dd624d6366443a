"""Which item of the plan comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.room import OTTER, Room, item
from collector.test_sessions import LEFT_LEG, refused
from imutrack.collector.sessions.next_item import due_today, next_due
from imutrack.task import LabelSource, Mode, Side

LEFT, RIGHT, BOTH = Side.LEFT, Side.RIGHT, Side.BOTH
BALANCE = item(trial="eyes_open", sets=2)


def names(plan, sided=False):
    return [(due.item.task_name, due.side) for due in due_today(plan, lambda _: sided)]


def test_sets_of_an_item_follow_each_other_and_the_plan_is_gone_through_as_often_as_it_is_done_a_day():
    plan = [item("squat", BOTH, sets=2, times_a_day=2), item("heel_slide", LEFT, times_a_day=2)]
    a_time = [("squat", BOTH), ("squat", BOTH), ("heel_slide", LEFT)]
    assert names(plan) == a_time * 2


def test_an_item_that_is_done_less_often_is_left_out_of_later_rounds():
    plan = [item("squat", BOTH, times_a_day=2), BALANCE]
    assert names(plan) == [("squat", BOTH), ("eyes_open", None), ("eyes_open", None), ("squat", BOTH)]


def test_sides_take_turns_where_each_limb_is_trained_by_itself_and_the_straps_tell_them_apart():
    plan = [item("heel_slide", BOTH, sets=2)]
    assert names(plan, sided=True) == [("heel_slide", side) for side in (LEFT, RIGHT, LEFT, RIGHT)]
    assert names(plan) == [("heel_slide", BOTH)] * 2
    assert names([item("squat", BOTH)], sided=True) == [("squat", BOTH)]
    assert names([item("sit_to_stand", BOTH)], sided=True) == [("sit_to_stand", BOTH)]


def test_a_stance_on_one_leg_is_done_on_each_also_where_no_strap_tells_the_legs_apart():
    plan = [item(trial="single_leg_eyes_open", side=BOTH)]
    assert names(plan) == [("single_leg_eyes_open", LEFT), ("single_leg_eyes_open", RIGHT)]
    assert next_of(plan, []) == (("single_leg_eyes_open", LEFT), 2)
    assert next_of(plan, [("single_leg_eyes_open", "left")]) == (("single_leg_eyes_open", RIGHT), 1)
    assert names([item(trial="eyes_open", side=BOTH)]) == [("eyes_open", BOTH)]


def next_of(plan, done, worn="", side=None):
    due = due_today(plan, lambda _: bool(worn))
    found, left = next_due(due, done, lambda _: {Side(each) for each in worn.split()}, side)
    return (found.item.task_name, found.side) if found else None, len(left)


def test_what_was_done_is_taken_off_whatever_its_order():
    plan = [item("heel_slide", LEFT, sets=2), item("squat", BOTH)]
    assert next_of(plan, []) == (("heel_slide", LEFT), 3)
    assert next_of(plan, [("squat", "both")]) == (("heel_slide", LEFT), 2)
    assert next_of(plan, [("heel_slide", "left")] * 2) == (("squat", BOTH), 1)
    assert next_of(plan, [("heel_slide", "right")]) == (("heel_slide", LEFT), 3)
    assert next_of(plan, [("pendulum", "left")]) == (("heel_slide", LEFT), 3)
    assert next_of(plan, [("heel_slide", "left")] * 2 + [("squat", "left")]) == (None, 0)


def test_any_form_of_a_test_that_the_plan_leaves_open_is_that_test():
    plan = [item("sit_to_stand", BOTH)]
    assert next_of(plan, [("five_times", None)]) == (None, 0)


def test_the_side_that_is_worn_and_was_done_less_comes_next():
    plan = [item("heel_slide", BOTH, sets=2), BALANCE]
    assert next_of(plan, [], "left right") == (("heel_slide", LEFT), 6)
    assert next_of(plan, [("heel_slide", "left")], "left right") == (("heel_slide", RIGHT), 5)
    assert next_of(plan, [("heel_slide", "left")], "left") == (("heel_slide", LEFT), 5)
    assert next_of(plan, [("heel_slide", "left")] * 2, "left") == (("eyes_open", None), 4)
    assert next_of(plan, [("heel_slide", "left")] * 2 + [("eyes_open", None)] * 2, "left") == (None, 2)


def test_a_side_that_is_asked_for_leaves_out_the_other():
    plan = [item("heel_slide", LEFT), item("heel_slide", RIGHT)]
    assert next_of(plan, [], side=RIGHT) == (("heel_slide", RIGHT), 1)


ITEMS = st.builds(
    lambda name, side, sets, times: item(name, side, sets=sets, times_a_day=times),
    st.sampled_from(["heel_slide", "squat", "quad_set"]),
    st.sampled_from(list(Side)),
    st.integers(1, 3),
    st.integers(1, 3),
)


@given(st.lists(ITEMS, max_size=4, unique_by=lambda each: (each.exercise, each.side)), st.booleans())
def test_doing_what_comes_next_goes_through_the_whole_day_once(plan, sided):
    due = due_today(plan, lambda _: sided)
    done = []
    for left in range(len(due), 0, -1):
        found, rest = next_due(due, done, lambda _: {LEFT, RIGHT})
        assert len(rest) == left
        done.append((found.item.task_name, found.side))
    assert next_due(due, done, lambda _: {LEFT, RIGHT}) == (None, [])


def test_the_next_item_is_taken_with_its_load_and_who_moves():
    room = Room(plan=[item("heel_slide", LEFT, placement="shank", load_kg=2.0, mode=Mode.ASSISTED)])
    room.start(*LEFT_LEG)
    room.task(force=True)
    task = room.started[0].task
    assert (task.name, task.side, task.placement, task.load_kg) == ("heel_slide", LEFT, "shank", 2.0)
    assert (task.mode, task.label_source) == (Mode.ASSISTED, LabelSource.PLAN)
    assert room.started[0].straps == ("3",)


def test_a_set_counts_as_done_before_its_result_is_stored_and_once_only():
    room = Room(plan=[item("squat", BOTH, sets=2), item("bridge", BOTH)])
    room.start("4=left_thigh")
    for _ in range(2):
        room.task()
        room.live(2)
        room.stop_task()
    assert [event.task.name for event in room.started] == ["squat", "squat"]
    for number in (1, 2):
        room.done.append(("squat", "both"))
        room.sessions.settled(number)
    room.task()
    assert room.started[-1].task.name == "bridge"
    room.live(2)
    room.stop_task()
    [said] = room.task()
    assert said.startswith("all of today's plan is done (3 sets in the plan)")
    assert "--exercise" in said
    assert len(room.started) == 3


def test_what_waits_to_be_stored_is_of_the_day_it_was_done():
    room = Room(plan=[item("squat", BOTH)])
    room.start("4=left_thigh")
    room.task()
    room.live(2)
    room.stop_task()
    assert room.task()[0].startswith("all of today's plan is done")
    room.now_ns += 13 * 3_600_000_000_000  # in which the session is over by itself
    room.start("4=left_thigh")
    room.task()
    assert [event.task.name for event in room.started] == ["squat", "squat"]


def test_a_set_whose_result_cannot_be_stored_is_asked_for_again():
    room = Room(plan=[item("squat", BOTH)])
    room.start("4=left_thigh")
    room.task()
    room.live(2)
    room.stop_task()
    room.sessions.settled(1)
    room.task()
    assert [event.task.name for event in room.started] == ["squat", "squat"]


def test_without_a_plan_it_says_how_to_name_an_exercise():
    room = Room()
    room.start("4=left_thigh")
    assert "--exercise" in refused(room.task)


def test_what_is_left_for_the_other_side_says_what_to_put_on():
    room = Room(plan=[item("heel_slide", BOTH, placement="shank")])
    room.start("3=left_shank")
    room.task(force=True)
    room.live(2)
    room.stop_task()
    text = refused(room.task)
    assert "heel slide, right" in text
    assert "STRAP=right_shank" in text


def test_a_side_may_be_said_for_an_item_of_both():
    room = Room(plan=[item("squat", BOTH)])
    room.start("4=left_thigh", "5=right_thigh")
    assert "--side left or --side right" in refused(room.task)
    room.task(side="right", force=True)
    assert room.started[0].straps == ("5",)


@pytest.mark.parametrize("typed", [{"exercise": "heel_slid"}, {"trial": "eyes"}, {"side": "up"}])
def test_a_name_that_is_not_known_is_refused(typed):
    room = Room(plan=[item("squat", BOTH)])
    room.start("4=left_thigh")
    refused(room.task, **typed)


def test_what_was_typed_keeps_the_tempo_of_the_plan():
    from imutrack.clinic.plans import Tempo

    room = Room(plan=[item("quad_set", LEFT, tempo=Tempo(hold_s=30.0))])
    room.start("3=left_shank")
    room.task("quad_set", force=True)
    assert room.started[0].task.label_source is LabelSource.TYPED
    room.live(5, "3")
    room.live(50)
    assert not room.stopped


def test_what_was_stopped_at_once_is_not_done_and_comes_next_again():
    room = Room(plan=[item("squat", BOTH), item("bridge", BOTH)])
    room.start("4=left_thigh")
    room.task()
    room.live(0.5)
    [said] = room.stop_task()
    assert said == "squat, both sides is stopped; it lasted 0.5 s, too short to be measured: it needs 1.25 s"
    room.task()
    assert [event.task.name for event in room.started] == ["squat", "squat"]


def test_an_exercise_asked_for_as_a_trial_says_the_option():
    room = Room()
    room.start("3=lumbar")
    text = refused(room.task, trial="timed_up_and_go")
    assert text == "'timed_up_and_go' is an exercise: `imutrack task start --exercise timed_up_and_go`"


def test_both_sides_of_what_is_trained_one_by_one_are_not_taken_for_the_one_that_wears_the_strap():
    room = Room()
    room.start("5=right_shank")
    only = f"`imutrack task start {OTTER} --exercise heel_slide --side right`"
    assert refused(room.task, "heel_slide", side="both") == f"heel slide is measured on one side in a set: {only}"


def test_both_sides_of_what_is_trained_one_by_one_are_two_sets_where_the_straps_tell_them_apart():
    room = Room()
    room.start("3=left_shank", "5=right_shank")
    assert refused(room.task, "heel_slide", side="both") == (
        f"heel slide is measured on one side in a set: `imutrack task start {OTTER} --exercise heel_slide --side left`,"
        f" then `imutrack task start {OTTER} --exercise heel_slide --side right`"
    )
