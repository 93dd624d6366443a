"""From the store to the page: treatments and pain without any set, corrections, what was set aside, and past days."""

import re
from datetime import date, datetime, timedelta

import pytest

from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import activate
from imutrack.clinic.rollup import refresh
from imutrack.clinic.self_reports import checked_report
from imutrack.clinic.treatments import checked_treatment
from imutrack.config import Settings
from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.report import Audience, write
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.stores.points import withdraw_entry
from imutrack.task import Side
from stores.store_builders import BERLIN, OTTER, START, exercise_set

DAY = 86400.0
TODAY = datetime.fromtimestamp(START, BERLIN).date()
PLAN = """
therapist = "MB"
affected_side = "left"
start_date = {start}
goal = "maintain"
[[exercise]]
exercise = "shoulder_abduction"
sets = 2
reps = 10
days_a_week = 7
rom_target_deg = 90
"""


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        Patients(opened).add(OTTER, now=START - 30 * DAY)
        yield opened


def planned(store):
    text = PLAN.format(start=TODAY - timedelta(days=7))
    activate(store, OTTER, text, "MB", TODAY - timedelta(days=7), START - 7 * DAY, clinic="c", zone=BERLIN)


def measured(store, recording="r" * 64, **said):
    store.replace(recording, [exercise_set(recording=recording, **said)], clinic="c", zone=BERLIN)


def told(store, pain, days=0):
    report = checked_report(at=START + days * DAY, day=TODAY + timedelta(days=days), pain=pain, when="worst")
    return add_report(store, OTTER, report, clinic="c")


def massaged(store):
    treatment = checked_treatment(at=START, day=TODAY, kind="massage", minutes=30, by="KL", site="left knee")
    return add_treatment(store, OTTER, treatment, clinic="c")


def corrected(store, at_ns=1, why="counted along", **said):
    correction = Correction(set_id="aaaa-0001", at_ns=at_ns, by="MB", why=why, **said)
    correct(store, correction, clinic="c", zone=BERLIN)


def written(store, tmp_path, now=START, **said):
    settings = Settings(clinic="c", timezone="Europe/Berlin", data_dir=tmp_path, trace_days=90, source=None)
    refresh(store, settings, now)
    out = tmp_path / "report.html"
    write(store, OTTER, out, now=now, zone=BERLIN, **said)
    text = re.sub(r"<style>.*?</style>", "", out.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())


def test_a_patient_with_treatments_and_pain_only_has_a_report(store, tmp_path):
    massaged(store)
    told(store, 4)
    text = written(store, tmp_path)
    assert "massage, 30 min, left knee, by KL : nothing measured both before and after" in text
    assert "Amber: worst pain 4 of 10" in text or "Worst pain 4 of 10" in text
    assert "No exercise was recorded in 1 day." in text


def test_a_plan_with_nothing_done_has_a_report(store, tmp_path):
    planned(store)
    text = written(store, tmp_path)
    assert "No exercise was recorded in 8 days." in text
    assert "Goal hold what is there" in text
    assert "0 of 14 sets" in text


def test_a_patient_of_whom_nothing_is_known_has_none(store, tmp_path):
    with pytest.raises(SettingsError, match="imutrack replay FILE"):
        written(store, tmp_path)


def test_a_correction_is_seen_on_the_page_and_with_the_set(store, tmp_path):
    measured(store)
    corrected(store, reps=9)
    text = written(store, tmp_path, full=True)
    assert "repetitions 9 (counted 3, corrected by MB): counted along" in text
    assert "Repetitions: 9 (counted 3, corrected by MB);" in text
    assert "Repetitions: 9 (counted along), by MB" in text


def test_the_reason_of_a_count_that_was_taken_back_is_not_given_for_the_next_correction(store, tmp_path):
    measured(store)
    corrected(store, 1, reps=9)
    corrected(store, 2, undo=True)
    corrected(store, 3, "mirrored", side=Side.RIGHT)
    text = written(store, tmp_path)
    assert "counted along" not in text
    assert "side: right instead of left (mirrored), by MB" in text


def test_what_is_voided_is_no_result_but_is_told(store, tmp_path):
    measured(store)
    measured(store, "s" * 64, set_id="aaaa-0002", start=START + 600)
    corrected(store, void=True)
    text = written(store, tmp_path)
    assert "1 session in 1 day: 1 set." in text
    assert "set aside, not used (counted along), by MB" in text


def test_an_entry_that_was_set_aside_is_told_and_does_not_count(store, tmp_path):
    told(store, 2)
    withdraw_entry(store, told(store, 9, days=-1))
    text = written(store, tmp_path)
    assert "worst pain during 9 of 10: set aside, not used" in text
    assert "25 Feb worst 2." in text


def test_a_past_period_is_told_as_it_was(store, tmp_path):
    planned(store)
    measured(store)
    told(store, 9, days=3)
    text = written(store, tmp_path, now=START + 5 * DAY, until=TODAY)
    assert "9 of 10" not in text
    assert f"on {TODAY.day} February 2026" in text


def test_the_patient_reads_what_comes_next_and_no_code(store, tmp_path):
    planned(store)
    measured(store)
    text = written(store, tmp_path, audience=Audience.PATIENT)
    assert "Next: Thursday, 26 Feb" in text
    assert "2 × 10" in text
    assert "aaaa-0001" not in text


def test_a_plan_of_later_makes_no_report_of_an_earlier_time(store, tmp_path):
    planned(store)
    with pytest.raises(SettingsError, match="--until"):
        written(store, tmp_path, until=date(2020, 1, 1))
