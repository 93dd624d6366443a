"""What the clinic knows, as the therapist reads it: figures for themselves, colours as words, changes as verdicts."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from imutrack.clinic.pain_rules import Colour, Judgement
from imutrack.clinic.plans.model import Corridor, Goal, Limit
from imutrack.clinic.self_reports import When
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.pain import effort_line, pain_days, pain_line, stop_line, worst_told
from imutrack.report.standing import figures, first_line, plan_facts, precautions
from imutrack.report.summary import exercise_rows, sentences
from imutrack.report.trends import trends
from imutrack.report.trials import trial_rows
from report.case_builders import (
    KNEE,
    LAST,
    MORE,
    a_case,
    a_course,
    a_day,
    a_plan,
    a_report,
    an_item,
    judged,
)
from report.report_cases import FIRST, a_set, fortnight

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
FORBIDDEN = re.compile(
    r"\b(improv\w*|better|worse|normal|abnormal|risk|diagnos\w*|complian\w*|eligib\w*|safety stop)\b", re.IGNORECASE
)


def rows_of(**said):
    return {row.name: row for row in exercise_rows(judged(**said))}


def test_the_first_line_is_the_level_and_why_the_gravest_first():
    line = first_line(a_case(standing=a_day(level=2, why="silent for 4 days; plan review overdue by 2 days")))
    assert (line.text, line.alarm) == ("Needs a look", False)
    assert line.reasons == ("Silent for 4 days.", "Plan review overdue by 2 days.")


@pytest.mark.parametrize(("level", "alarm"), [(0, False), (1, False), (2, False), (3, True)])
def test_only_a_stop_or_an_approved_limit_is_an_alarm(level, alarm):
    assert first_line(a_case(standing=a_day(level=level))).alarm is alarm


def test_reasons_that_do_not_fit_are_counted():
    line = first_line(a_case(standing=a_day(why="a; b; c; d; e")), most=3)
    assert (len(line.reasons), line.more) == (3, 2)


def test_a_paused_patient_has_no_level_and_a_patient_without_days_no_line():
    assert first_line(a_case(status="paused", standing=None)).text == "Paused"
    assert first_line(a_case(standing=None)) is None


def test_the_head_says_plan_therapist_goal_side_week_and_review():
    version = a_plan(operation_date=FIRST - timedelta(days=30), diagnosis="knee after operation")
    said = {fact.name: fact.text for fact in plan_facts(a_case(versions=(version,)))}
    assert said == {
        "Label": "knee after operation",
        "Goal": "more than now",
        "Side": "left",
        "Week": "7 after the operation",
        "Plan": "version 1, MB",
        "Review": "4 April 2026",
    }


def test_an_overdue_review_is_said_in_words_and_a_missing_one_too():
    late = a_case(versions=(a_plan(review_date=LAST - timedelta(days=4)),))
    assert plan_facts(late)[-1].text == "11 March 2026, overdue by 4 days"
    assert plan_facts(a_case(versions=(a_plan(review_date=None),)))[-1].text == "no date given"


def test_no_plan_is_said_and_nothing_is_said_where_the_clinic_keeps_nothing():
    assert [fact.text for fact in plan_facts(a_case(versions=()))] == ["none in force"]
    assert plan_facts(a_case(versions=(a_plan(days=20),)))[0].text == "none yet, from 22 Mar"
    assert plan_facts(Case()) == []


def test_long_precautions_are_cut_at_a_word_and_say_where_they_go_on():
    said = precautions(a_case(versions=(a_plan(note="No load on the leg. " * 20),)))
    assert len(said) < 200
    assert said.endswith("… (see the full report)")


def test_the_work_of_seven_days_is_separate_figures_and_unknown_is_a_dash():
    assert [tuple(figure) for figure in figures(a_day())] == [
        ("3 of 4", "days of exercise"),
        ("10 of 12", "sets"),
        ("84 %", "of repetitions"),
        ("71 %", "in range"),
        (wording.ABSENT, "of planned time"),
        ("5 days", "in a row, as planned"),
    ]
    assert figures(a_day(plan_version=None)) == []


def test_repetitions_beyond_those_due_stand_beside_them():
    assert figures(a_day(reps_pct_7d=100.0, reps_over_pct_7d=48.0))[2].name == "of repetitions, 48 % beyond"


def test_the_colour_is_a_word_with_its_reason_and_told_once():
    judgement = Judgement(Colour.AMBER, ("worst pain 4 of 10",))
    assert pain_line(judgement) == "Amber: worst pain 4 of 10."
    assert pain_line(judgement, ("Worst pain 4 of 10.",)) == "Amber, for the reasons above."
    assert pain_line(None) == ""


def test_an_answer_that_is_missing_is_unknown():
    case = a_case(reports=(a_report(12, 2, When.WORST),))
    assert pain_line(case.pain).startswith("Unknown: ")
    assert effort_line(case) == "Effort: unknown."


def test_the_pain_of_a_day_is_its_worst_and_the_morning_stands_apart():
    said = [
        a_report(3, 2, When.WORST),
        a_report(3, 5, When.AFTER),
        a_report(3, 4, When.NEXT_MORNING),
        a_report(4, stop=True),
    ]
    days = pain_days(said, LAST)
    assert [(day.worst, day.morning, day.stop) for day in days] == [(5, 4, False), (None, None, True)]
    assert worst_told(a_case(reports=(a_report(3, 9), a_report(12, 3)))) == 3


def test_a_stop_is_said_with_its_day():
    assert stop_line(a_case(reports=(a_report(12, stop=True),))) == "Stop reported: 14 Mar."
    assert stop_line(a_case()) == ""


def test_the_table_says_target_limit_and_verdict():
    limit = Limit(rom_deg=95, approved_by="Dr A", date=FIRST)
    row = rows_of(versions=(a_plan(an_item(limit=limit)),), courses=(a_course(MORE),))["Seated knee extension, left"]
    assert (row.target, row.change) == ("80°, limit 95°", "more range: 61 to 80°")


def test_a_limit_that_nobody_approved_is_not_shown():
    row = rows_of(versions=(a_plan(an_item(limit=Limit(rom_deg=95))),))["Seated knee extension, left"]
    assert row.target == "80°"


def test_too_early_is_said_and_held_is_what_was_wanted():
    assert rows_of(courses=(a_course((60.0, 61.0, 60.0)),))["Seated knee extension, left"].change.startswith(
        "too early"
    )
    held = rows_of(versions=(a_plan(goal=Goal.MAINTAIN),), courses=(a_course((60.0, 61.0) * 6),))
    assert held["Seated knee extension, left"].change.startswith("held: ")


def test_a_verdict_is_of_the_way_in_which_the_last_angle_was_measured():
    other = a_course(MORE, way=("segment", "foot", "reps 1, tilt 1"))
    assert rows_of(courses=(other,))["Seated knee extension, left"].change == wording.ABSENT


def test_what_the_plan_asks_for_and_nobody_did_has_a_row_in_the_plans_order():
    findings = judged(versions=(a_plan(an_item("squat", None), an_item()),))
    assert [(row.name, row.sets) for row in exercise_rows(findings)][:2] == [
        ("Squat", "0"),
        ("Seated knee extension, left", "8"),
    ]


def test_the_verdict_on_balance_is_of_its_trial():
    course = a_course((0.07,) * 3, "eyes_open", None, measure="sway", way=(None, "lumbar", "sway 1"))
    rows = {row.name: row for row in trial_rows(judged(courses=(course,)))}
    assert rows["Quiet stance, eyes open"].change.startswith("too early")
    assert rows["Quiet stance, eyes closed"].change == wording.ABSENT


def test_a_trend_has_the_band_of_no_change_the_target_the_limit_and_the_plans():
    limit = Limit(rom_deg=95, approved_by="Dr A", date=FIRST)
    versions = tuple(a_plan(an_item(limit=limit), number=number, days=days) for number, days in ((1, 0), (2, 7)))
    case = a_case(versions=versions, courses=(a_course(MORE),))
    trend = trends(fortnight().sets, case=case)[0]
    assert (trend.target_deg, trend.limit_deg) == (80.0, 95.0)
    assert [mark.version for mark in trend.plan_marks] == [2]
    change = case.courses[0].changes[-1]
    assert trend.band.low_deg == pytest.approx(change.baseline - change.needed)
    assert trend.band.high_deg == pytest.approx(change.baseline + change.needed)


def test_without_an_approval_there_is_no_limit_line():
    case = a_case(versions=(a_plan(an_item(limit=Limit(rom_deg=95))),))
    assert trends(fortnight().sets, case=case)[0].limit_deg is None


def test_what_a_source_expects_is_said_with_the_source_once_it_is_approved():
    for approved, expected in (
        ({"approved_by": "MB", "date": FIRST}, "Week 2: 60° to 90° expected (Somebody 2018)."),
        ({}, ""),
    ):
        corridor = Corridor(weeks=(1, 12), low_deg=60, high_deg=90, exercise=KNEE, source="Somebody 2018", **approved)
        version = a_plan(operation_date=FIRST, corridor=(corridor,))
        assert trends(fortnight().sets, case=a_case(versions=(version,)))[0].expected == expected


def test_the_angle_of_a_sensor_worn_elsewhere_has_no_line_of_the_plan():
    lines = {"rom_target_deg": 80, "limit": Limit(rom_deg=95, approved_by="MB", date=FIRST)}
    for placement, expected in ((fortnight().sets[0].placement, (80, 95)), ("thigh+shank", (None, None))):
        case = a_case(versions=(a_plan(an_item(**lines, placement=placement)),))
        found = trends(fortnight().sets, case=case)[0]
        assert (found.target_deg, found.limit_deg) == expected


def test_who_moves_the_limb_is_part_of_how_it_was_measured():
    sets = (a_set(0), a_set(2, mode="active"), a_set(4, mode="passive"))
    assert trends(sets)[0].ways == 2


def test_milestones_are_words_and_only_beyond_measurement_error():
    case = a_case(courses=(a_course((60.0, 61.0) * 2 + (90.0, 91.0) * 4),), day=FIRST + timedelta(days=30))
    assert case.reached()
    assert not a_case(courses=(a_course((60.0, 61.0) * 6),)).reached()


def test_sentences_about_exercises_give_way_to_verdicts():
    assert len(sentences(judged(courses=(a_course(MORE),)))) == 1
    assert len(sentences(fortnight(sets=(), stances=(), tests=()))) == 1
