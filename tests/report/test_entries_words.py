"""What was entered, in words: treatments, corrections, what was set aside, and all of it in the full report."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imutrack.corrections import Correction
from imutrack.report import wording
from imutrack.report.case import Case, Said
from imutrack.report.every_entry import chapters
from imutrack.report.notes import corrections, set_aside
from imutrack.report.page import therapist_page
from imutrack.report.sayings import correction_text
from imutrack.report.summary import exercise_rows
from imutrack.report.treated import hands_on, others_line, treatment_lines
from report.case_builders import (
    a_case,
    a_day,
    a_plan,
    a_report,
    a_treatment,
    everything,
    judged,
    treated,
)
from report.report_cases import FIRST, a_set, a_stance, fortnight

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
FORBIDDEN = re.compile(
    r"\b(improv\w*|better|worse|normal|abnormal|risk|diagnos\w*|complian\w*|eligib\w*|safety stop)\b", re.IGNORECASE
)


def test_treatments_come_with_what_was_measured_before_and_after():
    treatment, effects = treated(9, 60.0, 71.0)
    case = a_case(treatments=(treatment, a_treatment(3), a_treatment(5, "call", 12)), effects=effects)
    lines = treatment_lines(case, hands_on(case))
    assert lines[0].about == "11 Mar, massage, 30 min, left knee, by KL"
    assert lines[0].text.startswith(
        "range of seated knee extension, left: 60° before (1 day), 71° after (2 hours): more"
    )
    assert lines[1].text == "nothing measured both before and after"
    assert others_line(case) == "Calls, supervised exercise, advice and review: 1 entry, 12 min."


def test_a_correction_of_a_trial_is_told_like_that_of_a_set():
    trial = a_stance(0, corrected_by="MB", corrected="set aside, not used (fell)")
    assert corrections([trial])[0].text == "set aside, not used (fell), by MB"


def test_the_newest_correction_comes_first():
    said = {"reps": 9, "corrected_by": "MB", "why": "saw it"}
    notes = corrections([a_set(0, **said), a_set(5, **said)])
    assert [note.about[-5:] for note in notes] == ["7 Mar", "2 Mar"]


def test_what_is_set_aside_says_what_who_and_why():
    aside = Said(FIRST, "heel slide, left", "set aside, not used (strap off)", "MB")
    [note] = set_aside(a_case(aside=(aside,)))
    assert (note.about, note.text) == ("Heel slide, left, 2 Mar", "set aside, not used (strap off), by MB")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"undo": True}, "all that was said before taken back (x)"),
        ({"void": True}, "set aside, not used (x)"),
        ({"void": False}, "used after all (x)"),
        ({"reps": 9, "name": "heel_slide"}, "repetitions: 9; exercise: heel slide (x)"),
    ],
)
def test_each_correction_is_said_by_itself(said, text):
    assert correction_text(Correction(set_id="a", at_ns=0, by="MB", why="x", **said)) == text


def test_the_full_report_tells_everything_that_was_entered():
    found = {chapter.heading: chapter.lines for chapter in chapters(everything().case, UTC)}
    assert list(found) == [
        "Why it stands so",
        "Changes",
        "Milestones",
        "The plan and its changes",
        "What the patient said",
        "Treatments and contacts",
        "Corrected by people",
        "Set aside",
        "Days with data and minutes",
    ]
    assert len(found["What the patient said"]) == 14
    assert "(licence LMT 4711)" in found["Treatments and contacts"][0].about
    assert found["The plan and its changes"][0].text.startswith("First version")


def test_counts_of_days_come_with_their_evidence_and_claim_nothing():
    lines = {chapter.heading: chapter.lines for chapter in chapters(everything().case, UTC)}[
        "Days with data and minutes"
    ]
    assert lines[0].text.startswith("1 day with data of 30.")
    assert "a000-0000" in lines[1].text
    assert lines[2].text == ("24 minutes entered: live talk by phone or video 24 min. 31 minutes of exercise recorded.")
    assert "eligib" not in " ".join(line.text for line in lines)


def test_a_clinic_that_keeps_nothing_adds_no_chapter():
    assert chapters(Case(), UTC) == []
    assert exercise_rows(replace(fortnight(), case=Case()))[0].target == wording.ABSENT


def test_no_word_of_the_page_is_a_promise_or_a_judgement():
    page = therapist_page(everything(), full=True, now=NOW, version="0")
    text = re.sub(r"<style>.*?</style>|<footer>.*?</footer>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not (found := FORBIDDEN.search(text)), found


def test_whatever_people_typed_is_text():
    nasty = "<script>alert('x')</script>"
    findings = judged(
        versions=(a_plan(therapist=nasty, diagnosis=nasty, note=nasty),),
        standing=a_day(why=nasty),
        treatments=(a_treatment(3, site=nasty, by=nasty, text=nasty, licence=nasty),),
        reports=(a_report(3, 4, text=nasty),),
        aside=(Said(FIRST, nasty, nasty, nasty),),
        said=(Said(None, nasty, nasty, nasty),),
    )
    page = therapist_page(findings, full=True, now=NOW, version="0")
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") >= 12
