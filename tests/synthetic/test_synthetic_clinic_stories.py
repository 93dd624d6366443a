import re
from collections import Counter
from datetime import UTC, date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from imutrack.clinic.days.wording import WHY
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans.checking import faults
from imutrack.clinic.plans.model import Weekday
from imutrack.clinic.plans.reading import parse
from imutrack.clinic.plans.schedule import planned_weekdays
from imutrack.clinic.pseudonyms import is_valid
from imutrack.clinic.rollup import refresh
from imutrack.config import Settings
from imutrack.demo.clinic import fill
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore
from imutrack.synthetic.clinic import ClinicParams, Story, clinic, make_patient
from imutrack.synthetic.clinic.people import HABITS
from imutrack.synthetic.clinic.plans import due_weekdays
from imutrack.task import UNSPECIFIED
from synthetic.clinic_cases import BERLIN, PARAMS, SEED, all_patients, last_days, sets_of


@pytest.fixture(scope="module")
def patients():
    return all_patients()


@pytest.fixture(scope="module")
def by_story():
    return {story: [patient for patient in all_patients() if patient.story == story] for story in Story}


# plans


def test_every_plan_can_be_activated(patients):
    for patient in patients:
        for plan in patient.plans:
            read = parse(plan.toml, "plan")
            assert not faults(read)
            assert read.therapist == plan.by
            assert read.start_date <= plan.from_date


def test_plans_change_once_or_twice_and_each_time_say_something_new(patients):
    versions = Counter(len(patient.plans) for patient in patients)
    assert set(versions) == {0, 1, 2, 3}
    for patient in patients:
        for one, after in pairwise(patient.plans):
            assert one.from_date < after.from_date
            assert one.activated < after.activated
            assert parse(one.toml, "plan") != parse(after.toml, "plan")


def test_exercises_are_due_on_the_days_that_the_clinic_counts(patients):
    for patient in patients[:20]:
        for item in (item for plan in patient.plans for item in parse(plan.toml, "plan").exercise):
            rests = tuple(list(Weekday).index(day) for day in item.rest_days)
            assert due_weekdays(item.days_a_week, rests) == planned_weekdays(item)


def test_some_limits_are_approved_by_somebody_and_most_are_not_there(patients):
    items = [item for patient in patients for plan in patient.plans for item in parse(plan.toml, "plan").exercise]
    armed = [item for item in items if item.armed_limit_deg is not None]
    assert 0 < len(armed) < len(items) / 4
    assert all(item.limit.approved_by for item in armed)


# every reason for which somebody needs a look


def test_every_story_is_told_among_sixty_patients():
    for seed in range(3):
        assert {patient.story for patient in clinic(ClinicParams(patients=60, days=2), seed)} == set(Story)


def test_every_habit_and_condition_occurs(patients):
    assert {patient.habit for patient in patients} == set(HABITS)
    assert {patient.condition for patient in patients} == {"knee", "shoulder", "balance", "hip", "back"}


def test_a_stop_and_much_pain_were_said_in_the_last_two_days(by_story):
    since = PARAMS.at(PARAMS.end - timedelta(days=1), 0.0)
    late = {
        story: [[said for said in patient.reports if said.at >= since] for patient in by_story[story]]
        for story in (Story.STOP, Story.RED_PAIN, Story.AMBER_PAIN)
    }
    assert all(any(said.stop and said.text for said in found) for found in late[Story.STOP])
    assert all(max(said.pain for said in found) >= 7 for found in late[Story.RED_PAIN])
    assert all(max(said.pain for said in found) in {4, 5} for found in late[Story.AMBER_PAIN])


def test_whoever_passes_the_limit_does_so_in_several_repetitions(by_story):
    for patient in by_story[Story.LIMIT]:
        first = parse(patient.plans[-1].toml, "plan").exercise[0]
        beyond = [
            sum(rep.rom_deg > first.armed_limit_deg + found.rom_error_deg for rep in found.reps_detail if rep.rom_deg)
            for found in last_days(patient, 2)
            if (found.task.name, found.task.side) == (first.exercise, first.side)
        ]
        assert max(beyond) >= 2


def test_the_silent_the_paused_and_the_discharged_did_nothing_lately(by_story):
    for patient in by_story[Story.SILENT]:
        assert sets_of(patient)
        assert not last_days(patient, 7)
    for patient in by_story[Story.PAUSED] + by_story[Story.DISCHARGED]:
        left = patient.statuses[-1]
        assert left.status == patient.story
        assert all(session.start < left.at for session in patient.sessions if left.from_date > PARAMS.first)


def test_less_range_and_more_sway_are_beyond_the_measurement_error(by_story):
    for patient in by_story[Story.LESS_RANGE]:
        measure, level = next(iter(patient.truth.level.items()))
        assert level.max() - level[-1] > 1.96 * np.sqrt(2.0) * patient.truth.day_sd[measure]
    for patient in by_story[Story.MORE_SWAY]:
        for measure, level in patient.truth.level.items():
            if measure.kind == "sway":
                assert level[-1] > 1.25 * level.min()


def test_too_much_too_quick_untrusted_and_unnamed_sets_are_of_the_last_week(by_story):
    for patient in by_story[Story.OVERDOSE]:
        items = parse(patient.plans[-1].toml, "plan").exercise
        due = sum(item.reps * item.sets * item.times_a_day * item.days_a_week for item in items if item.reps)
        assert sum(found.reps or 0 for found in last_days(patient, 7)) > 1.5 * due
    for patient in by_story[Story.TOO_QUICK]:
        asked = {item.exercise: item.tempo for item in parse(patient.plans[-1].toml, "plan").exercise if item.exercise}
        for found in last_days(patient, 7):
            if found.outward_s is not None and found.task.name in asked and found.task.purpose == "exercise":
                assert found.outward_s < 0.9 * asked[found.task.name].outward_s
    for patient in by_story[Story.UNTRUSTED]:
        assert np.mean([bool(found.withheld) for found in last_days(patient, 7)]) > 0.4
    for patient in by_story[Story.UNNAMED]:
        assert sum(found.task.name == UNSPECIFIED for found in last_days(patient, 7)) >= 2


def test_reviews_are_overdue_plans_are_missing_and_new_patients_have_nothing(by_story):
    for patient in by_story[Story.REVIEW_OVERDUE]:
        assert parse(patient.plans[-1].toml, "plan").review_date < PARAMS.end
    for patient in by_story[Story.ORDINARY]:
        assert parse(patient.plans[-1].toml, "plan").review_date > PARAMS.end
    for patient in by_story[Story.NO_PLAN]:
        assert not patient.plans
        assert last_days(patient, 14)
    for patient in by_story[Story.TREATMENT_ONLY]:
        assert not patient.plans
        assert not patient.sessions
        assert patient.treatments
    for patient in by_story[Story.NEW]:
        said = (*patient.plans, *patient.sessions, *patient.reports, *patient.treatments, *patient.statuses)
        assert said == ()
        assert patient.registered >= PARAMS.at(PARAMS.end - timedelta(days=1), 0.0)


def test_there_are_corrections_of_every_kind(patients):
    said = [correction for patient in patients for correction in patient.corrections]
    known = {found.set_id for patient in patients for found in sets_of(patient)}
    assert all(correction.set_id in known and correction.by and correction.why for correction in said)
    assert any(correction.void for correction in said)
    assert any(correction.reps is not None for correction in said)
    assert any(correction.exercise for correction in said)


# into a store


def test_a_clinic_goes_into_a_store_whole(tmp_path):
    params = ClinicParams(patients=12, days=21, zone=BERLIN)
    with LocalStore.open(tmp_path) as store:
        filled = fill(store, clinic(params, SEED), BERLIN, "demo", params.at(params.end, 23.5))
        assert [patient.pseudonym for patient in Patients(store).list()] == sorted(filled.names.values())
        assert all(is_valid(name) for name in filled.names.values())
        stored = 0
        for number, name in filled.names.items():
            patient = make_patient(number, params, SEED)
            voided = {correction.set_id for correction in patient.corrections if correction.void}
            kept = {found.fields["set_id"] for found in store.sets(name)}
            assert kept >= {found.set_id for found in sets_of(patient)} - voided
            stored += sum(len(session.results) for session in patient.sessions)
            assert len(store.points("self_report", name)) == len(patient.reports)
            assert len(store.points("treatment", name)) == len(patient.treatments)
            versions = {row.fields["version"] for row in store.points("plan", name)}
            assert len(versions) == len(patient.plans)
        assert filled.results == stored


def test_what_lies_after_now_is_not_written(tmp_path):
    params = ClinicParams(patients=12, days=10)
    now = params.at(params.end - timedelta(days=3), 12.0)
    with LocalStore.open(tmp_path) as store:
        filled = fill(store, clinic(params, SEED), UTC, "demo", now)
        assert 0 < len(filled.names) < 12  # who registered later is not there yet
        for name in filled.names.values():
            times = [row.start for kind in ("self_report", "treatment") for row in store.points(kind, name)]
            times += [row.start for row in store.sets(name)]
            assert all(at <= now for at in times)


def test_a_second_clinic_does_not_take_the_recordings_of_the_first(tmp_path):
    params = ClinicParams(patients=2, days=5)
    with LocalStore.open(tmp_path) as store:
        fill(store, clinic(params, SEED), UTC, "demo", params.at(params.end, 23.0))
        with pytest.raises(SettingsError, match="holds a synthetic clinic already"):
            fill(store, clinic(params, SEED), UTC, "demo", params.at(params.end, 23.0))


def test_the_days_of_the_period_count_on_the_clinics_wall_clock():
    params = ClinicParams(days=5, end=date(2026, 3, 30), zone=BERLIN)  # the clock goes forward on 29 March
    assert params.at(date(2026, 3, 30), 7.5) - params.at(date(2026, 3, 28), 7.5) == 47 * 3600.0


def test_every_level_and_every_reason_of_the_triage_occurs(tmp_path):
    params = ClinicParams(patients=60, days=91)
    now = params.at(params.end, 22.0)
    settings = Settings(clinic="demo", timezone="UTC", data_dir=tmp_path, trace_days=90, source=None)
    with LocalStore.open(tmp_path) as store:
        filled = fill(store, clinic(params, SEED), UTC, "demo", now)
        refresh(store, settings, now)
        last = {name: store.points("patient_day", name, params.end, params.end) for name in filled.names.values()}
        weeks = params.end - timedelta(days=20)
        days = [row for name in filled.names.values() for row in store.points("patient_day", name, weeks, params.end)]

    assert {row.fields["level"] for row in days} == {0, 1, 2, 3}
    assert {row.fields["pain_colour"] for row in days} >= {"green", "amber", "red", "unknown"}
    assert {row.fields.get("rom_worst_verdict") for row in days} >= {"less", "more", "no real change", "too early"}
    missing = {rule.name for rule, words in WHY.items() if not any(says(words, row.fields["why"]) for row in days)}
    assert not missing

    level = {story: set() for story in Story}
    for number, name in filled.names.items():
        story = make_patient(number, params, SEED).story
        level[story] |= {row.fields["level"] for row in last[name]}
    assert level[Story.NEW] == {0}
    assert level[Story.PAUSED] == level[Story.DISCHARGED] == set()
    assert level[Story.STOP] == level[Story.LIMIT] == {3}
    for story in (Story.RED_PAIN, Story.SILENT, Story.OVERDOSE, Story.UNNAMED, Story.REVIEW_OVERDUE, Story.NO_PLAN):
        assert level[story] <= {2, 3}
    assert 1 in level[Story.ORDINARY]


def says(words, why):
    """Whether a text has the words of a reason, whatever its numbers are."""
    return all(part in why for part in re.split(r"\{.*?\}", words))
