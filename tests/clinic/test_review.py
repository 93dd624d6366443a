"""What needs a person, from plain results."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from imutrack.clinic.captured import SetSeen, Unstored
from imutrack.clinic.plans import number_versions
from imutrack.clinic.review import HEADINGS, Material, Need, findings
from imutrack.clinic.review_captures import captured_findings
from imutrack.corrections import Correction, corrected
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.stores.rows import rows
from imutrack.stores.targets import PlannedItem
from imutrack.task import LabelSource, Purpose, Side, TaskKind
from stores.store_builders import BERLIN, OTTER, START, exercise_set, stance, task

DAY = date(2026, 2, 25)
NOBODY = {"name": "unspecified", "side": None, "label_source": LabelSource.NONE}
BY_ORDER = {**NOBODY, "label_source": LabelSource.PLAN}

PLAN = """
therapist = "MB"
affected_side = "left"
start_date = 2026-02-01
goal = "improve"
[[exercise]]
exercise = "heel_slide"
days_a_week = 7
reps = 10
limit = {{ rom_deg = 90{approved} }}
"""


def item(exercise="heel_slide", side="left", sets=1, reps=10, place=1):
    return PlannedItem(
        version=1, from_date=date(2026, 2, 1), item=place, exercise=exercise, side=side, sets=sets, reps=reps
    )


ITEMS = (item(), item("squat", None, 2, place=2), item("eyes_open", None, 3, None, place=3))


def row(set_id="abcd-efgh", label=None, **said):
    made = exercise_set(set_id, task=task(**(label or {"name": "heel_slide"})), **said)
    return rows(corrected(made), clinic="clinic", zone=BERLIN)[0]


def seen(*sets, **said):
    material = Material(patient=OTTER, today=DAY, zone=BERLIN, sets=sets, **{"items": ITEMS, **said})
    return findings(material)


def needs(found):
    return [(each.need, each.set_id) for each in found]


def test_what_is_in_order_needs_nobody():
    assert seen() == []
    assert seen(row(), row(label={"name": "squat", "side": Side.RIGHT})) == []
    assert seen(row(label={"name": "squat", "side": None})) == []


def test_every_need_is_said_in_words():
    assert set(HEADINGS) == set(Need)


def test_a_set_that_nobody_named_comes_with_the_exercises_of_the_plan():
    [found] = seen(row(label=NOBODY))
    assert (found.need, found.set_id, found.day) == (Need.UNNAMED, "abcd-efgh", DAY)
    assert found.text == "abcd-efgh  2026-02-25 07:13  3 repetitions, 84°, 40 s"
    assert found.todo.startswith("imutrack correct abcd-efgh --exercise EXERCISE --side SIDE --by INITIALS --why")
    assert found.hint == "in the plan: --exercise heel_slide --side left; --exercise squat"


def test_the_only_exercise_of_a_plan_is_typed_already():
    [found] = seen(row(label=NOBODY), items=(item(),))
    assert "abcd-efgh --exercise heel_slide --side left --by" in found.todo


def test_without_a_plan_the_names_are_pointed_to_and_before_it_its_first_exercises_are():
    [found] = seen(row(label=NOBODY), items=())
    assert found.hint == "the names: imutrack exercises"
    later = tuple(replace(each, from_date=date(2026, 3, 1)) for each in ITEMS)
    [found] = seen(row(label=NOBODY), items=later)
    assert found.hint.startswith("in the plan: --exercise heel_slide")


def test_sets_of_a_day_that_do_not_fit_the_plan_are_one_finding():
    sets = [row(f"aaaa-000{number}", BY_ORDER, start=START + 60 * number) for number in range(2)]
    ids = {"aaaa-0000", "aaaa-0001"}
    [found] = seen(*sets, by_order=ids)
    assert found.need is Need.PLAN_ORDER
    assert found.text == "2026-02-25  2 sets found, the plan asks for 3: aaaa-0000, aaaa-0001"
    [found] = seen(*sets, by_order=ids, items=())
    assert found.text.startswith("2026-02-25  2 sets found, no plan was in force: ")


def test_a_set_of_the_day_that_somebody_named_still_counts_as_found():
    named = row("aaaa-0001", {"name": "heel_slide", "label_source": LabelSource.CORRECTED})
    [found] = seen(row("aaaa-0000", BY_ORDER), named, by_order={"aaaa-0000", "aaaa-0001"})
    assert found.text == "2026-02-25  2 sets found, the plan asks for 3: aaaa-0000"
    assert seen(named, by_order={"aaaa-0001"}) == []


@pytest.mark.parametrize(("asked", "needs"), [({}, []), ({"rom_limit_deg": 90.0}, [Need.OTHER_PLACE])])
def test_a_sensor_that_was_worn_elsewhere_is_told_where_the_plan_asks_for_degrees(asked, needs):
    found = seen(row(placement="wrist"), items=(replace(item(), placement="thigh+shank", **asked),))
    assert [each.need for each in found] == needs
    assert all("worn at wrist, the plan says thigh + lower leg" in each.text for each in found)


def test_another_side_than_the_plans_is_told_from_another_exercise():
    [side] = seen(row(label={"name": "heel_slide", "side": Side.RIGHT}))
    assert side.need is Need.OTHER_SIDE
    assert side.text.endswith("heel slide, right, 3 repetitions; the plan says left")
    assert "imutrack correct abcd-efgh --side left" in side.todo
    [other] = seen(row(label={"name": "bridge", "side": None}))
    assert other.need is Need.NOT_PLANNED
    assert other.todo.endswith("; or change the plan")


def test_an_assessment_and_a_day_without_a_plan_are_not_held_against_the_plan():
    assert seen(row(label={"name": "bridge", "purpose": Purpose.ASSESSMENT})) == []
    assert seen(row(label={"name": "bridge"}), items=()) == []


def test_a_count_that_is_not_sure_asks_for_whoever_saw_it():
    [found] = seen(row(reps=None, reps_low=1, reps_high=3))
    assert found.text.endswith("heel slide, left: repetitions 1 to 3, not sure")
    assert "imutrack correct abcd-efgh --reps NUMBER" in found.todo


@pytest.mark.parametrize(("live", "needs"), [(None, []), (2, []), (3, []), (4, []), (5, [Need.LIVE_COUNT])])
def test_a_count_that_was_off_by_more_than_one_while_it_was_shown_is_said(live, needs):
    found = seen(row(label={"name": "heel_slide", "reps_live": live}))
    assert [each.need for each in found] == needs
    assert all(each.text.endswith("heel slide, left: counted 5 live, 3 finally") for each in found)


def test_a_count_that_somebody_corrected_is_no_longer_held_against_the_live_one():
    made = exercise_set("abcd-efgh", task=task(name="heel_slide", reps_live=9))
    said_so = Correction(set_id="abcd-efgh", at_ns=1, by="MB", why="saw it", reps=4)
    [now] = rows(corrected(made, [said_so]), clinic="clinic", zone=BERLIN)[:1]
    assert (now.count("reps"), now.count("reps_counted"), now.count("reps_live")) == (4, 3, 9)
    assert seen(now) == []


def done(number=1, name="heel_slide", side=None, straps=("3",), patient=OTTER):
    begin_ns = round(START * 1e9) + number * 60_000_000_000
    return SetSeen(
        number=number,
        recording="r" * 64,
        start_ns=begin_ns,
        stop_ns=begin_ns + 20_000_000_000,
        straps=straps,
        kind=TaskKind.EXERCISE,
        name=name,
        side=side,
        patient=patient,
    )


def captured(*sets, patient=OTTER, registered=(OTTER,), path="/a/b.mcap", problem=""):
    found = Unstored(path=Path(path), patient=patient, sets=sets, changed_ns=round(START * 1e9), problem=problem)
    return captured_findings([found], registered, BERLIN)


def test_a_capture_that_is_in_no_result_is_one_finding_with_the_command_that_stores_it():
    [found] = captured(done(), done(2, "squat", straps=("4", "3")), done(3, "squat"))
    assert (found.need, found.patient, found.day, found.set_id) == (Need.NOT_STORED, OTTER, DAY, None)
    assert found.text == "b.mcap  2026-02-25 07:14  3 sets (heel slide; squat), 60 s, strap 3 and 4"
    assert found.todo == "imutrack replay /a/b.mcap"
    [found] = captured(done(), registered=())
    assert found.todo == "imutrack replay /a/b.mcap --patient PSEUDONYM"
    assert found.hint == f"{OTTER} is not registered here"


def test_a_capture_of_nobody_asks_whose_and_which_exercise_it_was():
    [found] = captured(done(name="unspecified"), patient=None, path="/my data/b.mcap")
    assert (found.need, found.patient) == (Need.NOBODYS, None)
    assert found.text.endswith("1 set, 20 s, strap 3")
    assert found.todo == "imutrack replay '/my data/b.mcap' --patient PSEUDONYM --exercise EXERCISE --side SIDE"
    assert "of several people: imutrack correct SET --patient" in found.hint


def test_many_exercises_of_a_capture_are_not_all_named():
    [found] = captured(*(done(k, name) for k, name in enumerate(("squat", "bridge", "heel_slide", "heel_raise"))))
    assert "4 sets (squat; bridge; heel slide and 1 more)" in found.text


def test_what_is_too_short_for_any_result_is_not_listed():
    slip = structs.replace(done(), stop_ns=done().start_ns + 150_000_000)
    assert captured(slip) == []
    [found] = captured(slip, done(2, "squat"))
    assert found.text.endswith("1 set (squat), 20 s, strap 3")
    stance = structs.replace(done(name="eyes_open"), kind=TaskKind.STANCE, stop_ns=done().start_ns + 12_000_000_000)
    assert captured(stance) == []
    [found] = captured(slip, problem="/a/b.mcap: is no capture")
    assert found.need is Need.UNREADABLE


def test_a_capture_that_cannot_be_read_says_why():
    [found] = captured(patient=None, problem="/a/b.mcap: is no capture")
    assert (found.need, found.day) == (Need.UNREADABLE, DAY)
    assert found.text.endswith("is no capture")


def test_a_set_that_could_not_be_measured_is_said_to_be_just_that():
    withheld = {"reps": None, "reps_low": 0, "reps_high": 0, "quality": Quality.WITHHELD}
    flags = (Flag(FlagCode.NOT_WORN),)
    [found] = seen(row(label=NOBODY, flags=flags, **withheld))
    assert found.need is Need.WITHHELD
    assert found.text.endswith("unnamed exercise: hardly any movement: was the sensor worn?")
    trial = rows(corrected(stance("bbbb-0001", quality=Quality.WITHHELD, sway={})), clinic="c", zone=BERLIN)[0]
    [found] = seen(trials=[trial])
    assert found.text.endswith("eyes closed: no reason given")


def test_a_result_of_tomorrow_is_a_wrong_clock_and_no_matter_of_the_plan():
    [found] = seen(row(label={"name": "bridge"}, start=START + 86_400))
    assert (found.need, found.day) == (Need.FUTURE, date(2026, 2, 26))
    assert "--start TIME" in found.todo


def said(set_id="gone-0000", at=0, **what):
    at_ns = round((START + at) * 1e9)
    return Correction(set_id=set_id, at_ns=at_ns, by="MB", why="saw it", **{"reps": 9, **what})


def test_a_correction_without_its_set_is_named_once_and_not_when_it_was_taken_back():
    [found] = seen(lost=[said(), said(at=5.0, reps=8)])
    assert found.text == "gone-0000  said on 2026-02-25 by MB: saw it"
    assert seen(lost=[said(), said(at=5.0, reps=None, undo=True)]) == []


@pytest.mark.parametrize(
    ("approved", "count"), [("", 1), (', approved_by = "Dr K"', 1), (', approved_by = "Dr K", date = 2026-02-01', 0)]
)
def test_a_limit_that_nobody_stands_behind_is_named(approved, count):
    [version] = number_versions([(date(2026, 2, 1), 0.0, "MB", PLAN.format(approved=approved))])
    found = seen(version=version)
    assert len(found) == count
    for each in found:
        assert each.text == "heel slide left: 90°"
        assert f"imutrack plan activate {OTTER} --by INITIALS" in each.todo


@given(st.randoms(use_true_random=False))
def test_the_order_of_what_is_looked_at_makes_no_difference(rng: random.Random):
    sets = [
        row("aaaa-0000", NOBODY),
        row("aaaa-0001", BY_ORDER),
        row("aaaa-0002", BY_ORDER, start=START + 60),
        row("aaaa-0003", {"name": "heel_slide", "side": Side.RIGHT}),
        row("aaaa-0004", {"name": "bridge"}, start=START + 86_400),
        row("aaaa-0005", reps=None, reps_low=1, reps_high=2),
    ]
    ids = {"aaaa-0001", "aaaa-0002"}
    whole = seen(*sets, by_order=ids)
    rng.shuffle(sets)
    assert seen(*sets, by_order=ids) == whole
    assert [each.need for each in whole] == sorted((each.need for each in whole), key=list(Need).index)


def test_the_day_is_the_clinics():
    midnight = datetime(2026, 2, 25, 23, 30, tzinfo=UTC).timestamp()  # 0:30 on the 26th in Berlin
    [found] = seen(row(label=NOBODY, start=midnight))[:1]
    assert found.day == date(2026, 2, 26)
