"""Plans: what a file may say, what is answered to slips, versions, and what changed in words."""

import contextlib
import stat
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.plans import (
    AffectedSide,
    all_templates,
    changes,
    draft,
    faults,
    flat_items,
    in_force,
    number_versions,
    parse,
    plan_path,
    read_plan,
    remarks,
    require_sound,
    template,
    write_draft,
)
from imutrack.errors import SettingsError
from imutrack.task import TaskKind

DAY = date(2026, 3, 9)
HEAD = """
therapist = "MB"
affected_side = "left"
start_date = 2026-03-09
review_date = 2026-04-20
goal = "maintain"
"""
SQUAT = '[[exercise]]\nexercise = "squat"\nside = "both"\ndays_a_week = 3\n'
HEEL_SLIDE = '[[exercise]]\nexercise = "Heel slides"\ndays_a_week = 7\n'


def plan(*lines, head=HEAD):
    return parse("\n".join((head, *lines)), "plans/otter.toml")


def item(*lines):
    return plan(HEEL_SLIDE, *lines)


def test_names_become_ids_and_what_is_left_out_becomes_the_usual():
    found = item("sets = 3").exercise[0]
    assert (found.task_name, found.kind, found.side, found.placement) == (
        "heel_slide",
        TaskKind.EXERCISE,
        "left",
        "thigh",
    )
    assert (found.sets, found.reps, found.times_a_day, found.rest_days) == (3, None, 1, ())


def test_a_trial_has_no_side_unless_one_is_given_and_is_worn_as_the_catalogue_prefers():
    found = plan('[[exercise]]\ntrial = "eyes closed"\ndays_a_week = 3\n').exercise[0]
    assert (found.task_name, found.kind, found.side, found.placement) == (
        "eyes_closed",
        TaskKind.STANCE,
        None,
        "lumbar",
    )
    assert found.words == "quiet stance, eyes closed"


@pytest.mark.parametrize("typed", ["thigh + shank", "shin+upper leg"])
def test_two_sensors_are_kept_in_the_order_of_the_catalogue(typed):
    assert item(f'placement = "{typed}"').exercise[0].placement == "thigh+shank"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("setts = 3", r"exercise 1: no key 'setts': did you mean sets"),
        ("sets = 0", r"exercise 1, sets: must be a whole number >= 1"),
        ('reps = "10"', r"exercise 1, reps: must be a whole number"),
        ("tempo = { out_s = 3 }", r"exercise 1, tempo: no key 'out_s': did you mean outward_s"),
        ("tempo = { hold_s = 90 }", r"exercise 1, tempo, hold_s: must be a number <= 60"),
        ("limit = { approved_by = 'MB' }", r"exercise 1, limit: rom_deg is missing"),
        ('side = "rigth"', r"exercise 1, side: 'rigth' is not known, use one of left, right, both"),
        ('rest_days = ["sat", "sunday"]', r"exercise 1, rest_days 2: 'sunday' is not known, use one of mon, tue"),
        ("review_date = 2026-04-20", r"exercise 1: no key 'review_date': it belongs at the top"),
        ('placement = "tigh"', r"exercise 1: no placement 'tigh': did you mean thigh"),
        ('placement = "thigh + shank + foot"', r"exercise 1: placement .*: give one, or two joined by \+"),
        ('trial = "eyes_open"', r"exercise 1: give exercise = .* or trial = .*, one of the two"),
        ("sets = 3 reps = 4", r"is not valid TOML: .*line"),
    ],
)
def test_a_slip_names_the_file_the_place_and_what_to_write(lines, message):
    with pytest.raises(SettingsError, match=rf"^plans/otter.toml: {message}") as caught:
        item(lines)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("therapist", "terapist"), "no key 'terapist': did you mean therapist"),
        (HEAD.replace('goal = "maintain"', ""), "goal is missing"),
        (HEAD.replace('"maintain"', '"more"'), "goal: 'more' is not known, use one of improve, maintain"),
        (HEAD.replace("2026-03-09", '"tomorrow"'), "start_date: must be a date such as 2026-03-09, without quotes"),
        (HEAD + '[exercise]\nexercise = "squat"\ndays_a_week = 3', r"exercise: begin each with \[\[exercise\]\]"),
        (HEAD + "colour = 3", "no key 'colour': known are therapist, affected_side"),
        (
            HEAD + '[[exercise]]\nexercise = "heel slice"\ndays_a_week = 3',
            "exercise 1: no exercise 'heel slice': did you",
        ),
        (
            HEAD + '[[exercise]]\ntrial = "eyes close"\ndays_a_week = 3',
            "exercise 1: no trial 'eyes close': did you mean",
        ),
        (HEAD + '[[exercise]]\nexercise = "eyes open"\ndays_a_week = 3', 'exercise 1: .* write trial = "eyes_open"'),
        (HEAD + '[[exercise]]\nexercise = "unspecified"\ndays_a_week = 3', "exercise 1: .* cannot be asked for"),
        (HEAD + '[[exercise]]\nexercise = "squat"', "exercise 1: days_a_week is missing"),
        (HEAD + '[[corridor]]\nexercise = "squt"\nweeks = [1, 2]\nsource = "x"', "corridor 1: no exercise 'squt'"),
    ],
)
def test_a_slip_anywhere_else_is_answered_too(text, message):
    with pytest.raises(SettingsError, match=rf"^plans/otter.toml: {message}"):
        parse(text, "plans/otter.toml")


@given(st.text(max_size=60))
def test_any_text_is_a_plan_or_an_error_that_can_be_explained(text):
    with contextlib.suppress(SettingsError):
        parse(text, "here")


def test_a_limit_counts_only_with_a_name_and_a_date():
    assert item("limit = { rom_deg = 90, approved_by = 'Dr K', date = 2026-03-01 }").exercise[0].armed_limit_deg == 90
    for half in ("approved_by = 'Dr K'", "date = 2026-03-01", "approved_by = ' ', date = 2026-03-01"):
        found = item(f"limit = {{ rom_deg = 90, {half} }}")
        assert found.exercise[0].armed_limit_deg is None
        assert faults(found) == ()
        assert any("limit of 90° is not armed" in remark for remark in remarks(found, DAY))


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (plan(head=HEAD.replace("MB", "")), "therapist is empty"),
        (plan(), "there is no exercise in it"),
        (plan(head=HEAD.replace("2026-04-20", "2026-03-01")), "review_date 2026-03-01 lies before start_date"),
        (item("rom_target_deg = 100\nlimit = { rom_deg = 90 }"), "rom_target_deg 100° is more than its limit of 90°"),
        (item('rest_days = ["sun"]'), "rest_days leave 6 days of the week, fewer than days_a_week = 7"),
        (item(HEEL_SLIDE), "heel slide left stands in it 2 times"),
        (
            plan(HEEL_SLIDE, head=HEAD.replace('"left"', '"none"')),
            "exercise 1 (heel slide): side is missing: say left, right or both",
        ),
        (
            plan('[[exercise]]\ntrial = "five_times"\ndays_a_week = 1\nreps = 5\ntempo = { hold_s = 1 }'),
            "reps, tempo cannot be compared with a balance trial or timed test",
        ),
        (
            plan('[[corridor]]\nexercise = "squat"\nweeks = [4, 2]\nlow_deg = 9\nhigh_deg = 8\nsource = "x"'),
            "corridor 1: weeks = [4, 2]: the first week comes first",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(found, fault):
    assert any(fault in text for text in faults(found))
    with pytest.raises(SettingsError, match=r"^here: "):
        require_sound(found, "here")


def test_the_same_exercise_on_both_sides_in_turn_is_no_fault():
    assert faults(item("side = 'left'", HEEL_SLIDE, "side = 'right'")) == ()


def test_chair_rises_may_have_a_number_where_the_test_has_its_own():
    assert faults(plan('[[exercise]]\nexercise = "sit to stand"\ndays_a_week = 3\nreps = 10')) == ()


@pytest.mark.parametrize(
    ("found", "remark"),
    [
        (plan(HEEL_SLIDE, head=HEAD.replace("review_date = 2026-04-20", "")), "there is no review_date"),
        (plan(HEEL_SLIDE, head=HEAD.replace("2026-04-20", "2026-03-10")), "review_date 2026-03-10 has passed"),
        (
            plan(HEEL_SLIDE, head=HEAD + "operation_date = 2026-03-20\n"),
            "operation_date 2026-03-20 lies after start_date",
        ),
        (item("rom_target_deg = 170"), "the target of 170° is more than this movement usually reaches (140°)"),
        (item("rom_target_deg = 60"), 'for the knee angle (two sensors) write placement = "thigh + shank"'),
        (item("rom_target_deg = 60\nplacement = 'foot'"), "with the sensor on the foot the angle cannot be seen"),
        (
            plan('[[exercise]]\nexercise = "shoulder ER"\ndays_a_week = 3\nrom_target_deg = 40'),
            "with the sensor on the forearm the angle can be seen only lying on the side",
        ),
        (
            plan(SQUAT, '[[corridor]]\nexercise = "squat"\nweeks = [1, 2]\nlow_deg = 9\nsource = "x"'),
            "1 of 1 corridors lack approved_by or date",
        ),
    ],
)
def test_what_is_legal_but_must_be_known_is_said(found, remark):
    assert faults(found) == ()
    assert any(remark in text for text in remarks(found, date(2026, 3, 21)))


def test_a_plan_with_nothing_to_say_about_it_gets_no_remark():
    assert remarks(item("rom_target_deg = 100\nplacement = 'thigh + shank'"), DAY) == ()


@pytest.mark.parametrize("name", all_templates())
def test_a_template_is_sound_once_a_therapist_is_named_and_arms_nothing(name):
    copied = template(name)
    text = draft(DAY, AffectedSide.RIGHT, copied)
    assert copied.source in text
    assert [fault.split(":")[0] for fault in faults(parse(text, name))] == ["therapist is empty"]
    found = parse(text.replace('therapist = ""', 'therapist = "MB"'), name)
    assert faults(found) == ()
    assert found.exercise
    assert all(item.armed_limit_deg is None for item in found.exercise)
    assert not any(corridor.armed for corridor in found.corridor)


def test_there_are_templates_for_operations_tempo_strength_and_balance():
    assert {"knee_replacement", "acl_reconstruction", "rotator_cuff_repair", "shoulder_tempo", "balance"} <= set(
        all_templates()
    )
    with pytest.raises(SettingsError, match="no template 'knee replacment': did you mean knee_replacement"):
        template("knee replacment")


def test_an_empty_draft_lacks_a_therapist_and_an_exercise_and_its_example_is_a_sound_exercise():
    text = draft(DAY)
    said = [fault.split(":")[0] for fault in faults(parse(text, "draft"))]
    assert said == ["therapist is empty", "there is no exercise in it"]
    head, _, example = text.partition("# [[exercise]]")
    shown = "[[exercise]]" + example.replace("\n# ", "\n")
    assert faults(parse(head.replace('therapist = ""', 'therapist = "MB"') + shown, "draft")) == ()


def test_a_draft_is_for_its_owner_alone_and_never_overwrites(tmp_path):
    path = plan_path(tmp_path, "otter-maple-47")
    write_draft(path, draft(DAY))
    assert path == tmp_path / "plans" / "otter-maple-47.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(SettingsError, match=r"otter-maple-47.toml: exists already"):
        write_draft(path, "")
    assert [found.name for found in path.parent.iterdir()] == ["otter-maple-47.toml"]
    assert read_plan(path).start_date == DAY


@pytest.mark.parametrize("written", [b"\xef\xbb\xbf" + HEAD.encode(), HEAD.replace("\n", "\r\n").encode()])
def test_what_other_editors_write_is_read(tmp_path, written):
    (tmp_path / "plan.toml").write_bytes(written)
    assert read_plan(tmp_path / "plan.toml") == plan()


def test_a_missing_or_unreadable_file_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="no such plan: `imutrack plan new otter-maple-47` writes a draft"):
        read_plan(tmp_path / "otter-maple-47.toml")
    (tmp_path / "latin.toml").write_bytes(b'note = "\xe4"')
    with pytest.raises(SettingsError, match=r"latin.toml: is not plain text in UTF-8"):
        read_plan(tmp_path / "latin.toml")


def record(from_day, activated, reps=10):
    return date(2026, 3, from_day), float(activated), "MB", f"{HEAD}{HEEL_SLIDE}reps = {reps}\n"


RECORDS = [record(1, 100), record(8, 200, 12), record(8, 300, 15), record(4, 400, 8), record(20, 400, 20)]


@given(st.permutations([*RECORDS, RECORDS[1]]))
def test_versions_are_the_same_in_whatever_order_and_however_often_they_arrive(shuffled):
    assert number_versions(shuffled) == number_versions(RECORDS)


@pytest.mark.parametrize(("day", "reps"), [(1, 10), (3, 10), (4, 8), (7, 8), (8, 15), (19, 15), (20, 20), (31, 20)])
def test_the_version_with_the_latest_first_day_holds_and_of_equal_ones_the_one_activated_last(day, reps):
    found = in_force(number_versions(RECORDS), date(2026, 3, day))
    assert found.plan.exercise[0].reps == reps


def test_nothing_holds_before_the_first_version():
    assert in_force(number_versions(RECORDS), date(2026, 2, 28)) is None
    assert [version.number for version in number_versions(RECORDS)] == [1, 2, 3, 4, 5]


def test_a_flat_row_shows_a_limit_only_when_it_is_armed():
    text = (
        f"{HEAD}{HEEL_SLIDE}rest_days = []\ntempo = {{ hold_s = 2 }}\nlimit = {{ rom_deg = 90, approved_by = 'K' %s }}"
    )
    rows = [
        flat_items(number_versions([(DAY, 1.0, "MB", text % date_key)])[0])[0]
        for date_key in ("", ", date = 2026-03-01")
    ]
    assert [(row["rom_limit_deg"], row["limit_by"]) for row in rows] == [(None, None), (90.0, "K")]
    assert rows[0] == {
        **dict.fromkeys(("reps", "rom_target_deg", "rom_limit_deg", "limit_by", "outward_s", "return_s")),
        **dict.fromkeys(("rest_days", "load_kg", "setting", "mode", "operation_date")),
        "version": 1,
        "item": 1,
        "exercise": "heel_slide",
        "side": "left",
        "placement": "thigh",
        "sets": 1,
        "hold_s": 2.0,
        "days_a_week": 7,
        "times_a_day": 1,
        "goal": "maintain",
        "affected_side": "left",
        "therapist": "MB",
        "review_date": "2026-04-20",
        "from_date": "2026-03-09",
    }


def test_the_flat_row_has_the_fields_of_the_stored_one():
    from imutrack.stores.schema import MEASUREMENTS

    stored = {field.name for field in MEASUREMENTS["plan"].fields}
    assert set(flat_items(number_versions(RECORDS)[0])[0]) <= stored


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (item("reps = 10"), item("reps = 12"), ["heel slide left: 10 -> 12 repetitions"]),
        (item("sets = 3"), item(), ["heel slide left: 3 sets -> none"]),
        (item(), item("rom_target_deg = 80.5"), ["heel slide left: none -> target 80.5°"]),
        (item(), item("tempo = { hold_s = 2 }"), ["heel slide left: tempo free -> 2 s hold"]),
        (
            item("limit = { rom_deg = 90 }"),
            item("limit = { rom_deg = 90, approved_by = 'Dr K', date = 2026-03-01 }"),
            ["heel slide left: limit 90° (not armed) -> 90° (approved by Dr K, 2026-03-01)"],
        ),
        (item(), item("placement = 'thigh + shank'"), ["heel slide left: sensor on thigh -> thigh + lower leg"]),
        (item(), plan(SQUAT), ["heel slide left removed", "squat both sides added: 1 each time, 3 days a week"]),
        (plan(HEEL_SLIDE, SQUAT), plan(SQUAT, HEEL_SLIDE), ["order of the exercises changed"]),
        (plan(), plan(head=HEAD.replace("2026-04-20", "2026-05-01")), ["review: 2026-04-20 -> 2026-05-01"]),
        (
            plan(),
            plan(head=HEAD.replace("maintain", "improve")),
            ["goal: hold what is there -> more than now"],
        ),
        (plan(), plan('note = "no kneeling"'), ["note changed"]),
        (None, item("sets = 3\nreps = 10"), ["first version", "heel slide left: 3 × 10, 7 days a week"]),
        (item("reps = 10"), item("reps = 10"), []),
    ],
)
def test_what_changed_is_said_in_words(old, new, said):
    assert list(changes(old, new)) == said
