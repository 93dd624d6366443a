"""The patient's page: what was done and what comes next; no codes, no red, no blame, and nothing that frightens."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from imutrack.clinic.plans.model import Goal, Limit, Tempo, Weekday
from imutrack.clinic.self_reports import When
from imutrack.report.for_patient import (
    HOW_TO_REACH,
    TALK_FIRST,
    new_lines,
    next_day,
    next_step,
    on_stop_lines,
    pain_text,
    week_line,
)
from imutrack.report.page import patient_page, therapist_page
from report.case_builders import (
    LAST,
    MORE,
    a_case,
    a_course,
    a_day,
    a_plan,
    a_report,
    a_treatment,
    an_item,
    everything,
    judged,
)
from report.report_cases import FIRST, crowded, fortnight

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
FRIGHTENING = re.compile(
    r"\b(withheld|error|failed|missed|alarm|overdue|limit|version|silent|not done|only|red|amber|unknown|version)\b",
    re.IGNORECASE,
)


def words_of(page):
    text = re.sub(r"<style>.*?</style>|<footer>.*?</footer>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(text.split())


def test_the_week_is_what_was_done_of_what_was_planned():
    assert week_line(a_case()) == "In the last 7 days you did 10 of the 12 planned sets, on 3 days."
    done = a_day(sets_7d=12, sets_due_7d=12)
    assert "you did all of the 12 planned sets" in week_line(a_case(standing=done))


def test_a_week_in_which_nothing_was_done_is_not_spoken_of():
    assert week_line(a_case(standing=a_day(sets_7d=0, sessions_7d=0))) == ""
    assert week_line(a_case(standing=None)) == ""


def test_the_next_day_of_exercise_is_named_with_what_it_asks():
    item = an_item(
        "heel_slide",
        sets=2,
        rest_days=tuple(Weekday(day) for day in ("sun", "mon", "tue", "wed", "thu")),
        days_a_week=2,
    )
    day, lines = next_day(a_case(versions=(a_plan(item),)))  # the last day is a Sunday
    assert (day, lines) == ("Friday, 20 Mar", ["Heel slide, left: 2 × 10, hold for 2 seconds"])


def test_a_day_on_which_something_was_done_is_over():
    assert next_day(a_case())[0] == "Sunday, 15 Mar"
    assert next_day(a_case(standing=a_day(sets=2)))[0] == "Monday, 16 Mar"


def test_the_next_day_asks_what_the_plan_of_that_day_asks():
    later = a_plan(an_item("squat", "both", tempo=Tempo()), number=2, days=14)
    assert next_day(a_case(versions=(a_plan(), later), standing=a_day(sets=1)))[1] == ["Squat, both sides: 3 × 10"]


@pytest.mark.parametrize("said", [{"versions": ()}, {"status": "paused"}, {"status": "discharged"}])
def test_without_a_plan_or_a_pause_there_is_no_next_day_and_room_to_write(said):
    assert next_day(a_case(**said)) is None
    assert "Your therapist writes the next step here" in patient_page(judged(**said))


def test_pain_that_was_told_is_said_and_what_was_not_is_left_out():
    assert (
        pain_text(a_case(reports=(a_report(12, 4),))) == "Pain you told us about in the last 7 days: at most 4 of 10."
    )
    assert pain_text(a_case(reports=(a_report(12, 0),))) == "Pain you told us about in the last 7 days: none."
    assert pain_text(a_case(reports=(a_report(2, 4),))) == ""
    assert "How it felt" not in patient_page(judged())


def test_new_is_said_only_of_a_milestone():
    course = a_course((60.0, 61.0) * 2 + (95.0, 96.0) * 4)
    day = course.occasions[-1].day
    case = a_case(courses=(course,), day=day)
    assert any(line.startswith("New: ") for line in new_lines(case))
    assert new_lines(a_case(courses=(a_course((60.0, 61.0) * 6),))) == []
    assert new_lines(a_case(courses=(course,), day=day + timedelta(days=40))) == []


def test_what_was_to_be_held_and_was_is_a_success():
    case = a_case(versions=(a_plan(goal=Goal.MAINTAIN),), courses=(a_course((60.0, 61.0) * 6),))
    assert new_lines(case)[0].startswith("Held, as planned: ")


@pytest.mark.parametrize(
    "findings", [everything(), crowded(), judged(standing=a_day(level=3, why="stop reported; silent for 9 days"))]
)
def test_the_page_has_no_codes_and_no_word_that_frightens(findings):
    text = words_of(patient_page(findings))
    assert not (found := FRIGHTENING.search(text)), found
    for result in findings.everything:
        assert result.set_id not in text
        assert result.algorithm not in text
    assert HOW_TO_REACH in text


@pytest.mark.parametrize("findings", [everything(), judged(courses=(a_course(MORE),))])
def test_the_page_has_no_red(findings):
    body = patient_page(findings).partition("</style>")[2]
    assert "alarm" not in body
    assert "--alarm" not in body
    assert "! " not in words_of(body)


def test_somebody_with_treatments_only_is_spoken_to_as_well():
    findings = fortnight(
        sets=(), stances=(), tests=(), case=a_case(versions=(), standing=None, treatments=(a_treatment(3),))
    )
    text = words_of(patient_page(findings))
    assert "You moved on" not in text
    assert HOW_TO_REACH in text
    assert "massage, 30 min" in words_of(therapist_page(findings, full=False, now=NOW, version="0"))


def test_the_days_of_the_builders_are_what_their_names_say():
    assert (FIRST.weekday(), LAST.weekday()) == (0, 6)


def test_a_movement_beyond_an_approved_limit_is_not_praised():
    course = a_course((60.0, 61.0) * 2 + (95.0, 96.0) * 4)
    limited = a_plan(an_item(rom_target_deg=None, limit=Limit(rom_deg=70.0, approved_by="Dr. Q", date=FIRST)))
    beyond = a_case(courses=(course,), day=course.occasions[-1].day, versions=(limited,))
    assert new_lines(beyond) == []
    abduction, best = an_item("shoulder_abduction", "right"), "Arm raise to the side, right: 101 degrees"
    for limit, praised in (
        (None, True),
        (Limit(rom_deg=90.0), True),  # nobody approved it
        (Limit(rom_deg=90.0, approved_by="Dr. Q", date=FIRST), False),
        (Limit(rom_deg=110.0, approved_by="Dr. Q", date=FIRST), True),
    ):
        plan = a_plan(msgspec.structs.replace(abduction, limit=limit))
        assert (best in patient_page(judged(versions=(plan,)))) is praised


def test_after_a_stop_or_much_pain_the_next_step_is_the_therapists():
    for report in (a_report(12, stop=True), a_report(13, 8, When.WORST)):
        case = a_case(reports=(report,))
        assert next_day(case) is None
        assert next_step(case) == TALK_FIRST
    assert next_day(a_case(reports=(a_report(2, stop=True),))) is not None
    changed = a_plan(number=2, days=13)
    assert next_day(a_case(reports=(a_report(12, stop=True),), versions=(a_plan(), changed))) is not None


def test_what_to_do_on_a_stop_is_on_the_page_once():
    rest = "Rest, and call the practice."
    same = (an_item(on_stop=rest), an_item("squat", "both", on_stop=rest))
    assert words_of(patient_page(judged(versions=(a_plan(*same),)))).count(rest) == 1
    unlike = (an_item(on_stop=rest), an_item("squat", "both", on_stop="Sit down."))
    assert "Squat: Sit down." in on_stop_lines(a_case(versions=(a_plan(*unlike),)))
    assert on_stop_lines(a_case()) == []
