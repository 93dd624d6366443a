from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from imutrack.clinic.plans.checking import faults
from imutrack.clinic.plans.reading import parse
from imutrack.corrections import corrected
from imutrack.errors import SettingsError
from imutrack.exercises import all_exercises
from imutrack.flags import Quality
from imutrack.pipeline.exercise import ALGORITHM
from imutrack.pipeline.stretch import set_id
from imutrack.results import ChairTest, ExerciseSet, StanceTrial, UpAndGo
from imutrack.stores.rows import rows
from imutrack.synthetic.clinic import ClinicParams, Measure, Story, clinic, make_patient
from imutrack.synthetic.clinic.levels import Shape, progress
from imutrack.synthetic.clinic.people import Person
from imutrack.synthetic.clinic.timeline import timeline
from imutrack.task import UNSPECIFIED, LabelSource
from synthetic.clinic_cases import BERLIN, PARAMS, SEED, all_patients, sets_of


@pytest.fixture(scope="module")
def patients():
    return all_patients()


def measure_of(result):
    kind = {StanceTrial: "sway", UpAndGo: "up_and_go", ExerciseSet: "rom"}.get(type(result))
    if isinstance(result, ChairTest):
        kind = "chair_time" if result.task.name == "five_times" else "chair_rises"
    return Measure(kind, result.task.name, result.task.side, result.placement)


def as_text(patient):
    """Everything but the truth, which holds arrays."""
    said = [patient.number, patient.story, patient.registered, patient.plans, patient.sessions, patient.reports]
    said += [patient.treatments, patient.statuses, patient.corrections]
    return msgspec.json.encode(said)


# one patient is one patient


def test_the_same_seed_gives_the_same_patient_and_another_seed_another():
    params = ClinicParams(patients=4, days=60)
    first, again, other = ([as_text(patient) for patient in clinic(params, seed)] for seed in (3, 3, 4))
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_a_patient_is_the_same_however_large_the_clinic_is():
    small, large = ClinicParams(patients=2, days=60), ClinicParams(patients=400, days=60)
    for number, patient in enumerate(clinic(small, SEED)):
        assert as_text(patient) == as_text(make_patient(number, large, SEED))


def test_patients_are_made_one_at_a_time():
    made = clinic(ClinicParams(patients=10**9), SEED)
    assert [next(made).number for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("days", [1, 2, 5, 30])
def test_a_short_period_is_a_clinic_too(days):
    params = ClinicParams(patients=60, days=days, zone=BERLIN)
    for patient in clinic(params, SEED):
        for session in patient.sessions:
            assert params.first <= datetime.fromtimestamp(session.start, BERLIN).date() <= params.end
        assert all(not faults(parse(plan.toml, "plan")) for plan in patient.plans)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"patients": 0}, "at least 1"),
        ({"days": 0}, "0 days: ask for 1 to"),
        ({"sets_per_day": 9.0}, "ask for 0.6 to 3"),
    ],
)
def test_a_clinic_that_cannot_be_is_an_error(wrong, words):
    with pytest.raises(SettingsError, match=words):
        ClinicParams(**wrong)


# how much there is


def test_there_are_about_as_many_sets_as_asked_for(patients):
    count = sum(len(sets_of(patient)) for patient in patients)
    assert count / PARAMS.patients / PARAMS.days == pytest.approx(PARAMS.sets_per_day, rel=0.25)  # 120 patients differ


def test_twice_as_many_sets_can_be_asked_for(patients):
    params = replace(PARAMS, patients=30, sets_per_day=2.4)
    usual = sum(len(sets_of(patient)) for patient in patients[:30])
    assert sum(len(sets_of(patient)) for patient in clinic(params, SEED)) == pytest.approx(2 * usual, rel=0.2)


def test_a_few_sets_are_unsure_withheld_or_without_a_name(patients):
    found = [one for patient in patients if patient.story == Story.ORDINARY for one in sets_of(patient)]
    shares = {
        "unsure": np.mean([one.reps is None for one in found]),
        "no range": np.mean(["rom" in one.withheld for one in found]),
        "unnamed": np.mean([one.task.name == UNSPECIFIED for one in found]),
        "gaps": np.mean([(one.missing_pct or 0.0) > 0.0 for one in found]),
    }
    assert 0.02 < shares["unsure"] < 0.04
    assert 0.01 < shares["no range"] < 0.025
    assert 0.0 < shares["unnamed"] < 0.01
    assert 0.02 < shares["gaps"] < 0.04


def test_the_diligent_do_more_of_their_plan_than_the_sporadic(patients):
    def done(habit):
        found = [patient for patient in patients if patient.habit == habit and patient.story == Story.ORDINARY]
        return np.mean([len(patient.sessions) / PARAMS.days for patient in found])

    assert done("diligent") > 1.5 * done("sporadic")


# results are as the analysis gives them


def test_every_result_passes_into_rows_and_says_that_it_is_synthetic(patients):
    for patient in patients[:20]:
        for session in patient.sessions[:30]:
            for result in session.results:
                assert result.task.label_source is LabelSource.SYNTHETIC
                assert result.recording == session.recording
                said = replace(result, task=replace(result.task, patient="otter-maple-47"))
                own, *reps = rows(corrected(said), clinic="demo", zone=BERLIN)
                assert own.fields["set_id"] == result.set_id
                assert len(reps) == len(getattr(result, "reps_detail", ()))


def test_ids_of_sets_and_recordings_are_unique(patients):
    ids = Counter(result.set_id for patient in patients for session in patient.sessions for result in session.results)
    recordings = Counter(session.recording for patient in patients for session in patient.sessions)
    assert ids.most_common(1)[0][1] == 1
    assert recordings.most_common(1)[0][1] == 1


def test_the_id_of_a_set_is_the_one_that_the_analysis_gives(patients):
    class Recorded:
        content_hash = patients[0].sessions[0].recording
        duration_s = 0.0

    for result in patients[0].sessions[0].results:
        assert set_id(Recorded, 0, result.task) == result.set_id


def test_exercises_placements_and_trials_are_of_the_catalogue(patients):
    known = {trial.id for exercise in all_exercises().values() for trial in exercise.trials}
    for measure in {measure for patient in patients for measure in patient.truth.level}:
        if measure.kind == "rom":
            assert measure.placement in all_exercises()[measure.name].one_sensor
        else:
            assert measure.name in known


def test_the_numbers_of_a_set_fit_its_repetitions(patients):
    for found in sets_of(patients[0]) + sets_of(patients[1]):
        assert len(found.reps_detail) == found.reps_best
        assert found.reps_low <= found.reps_best <= found.reps_high
        assert all(one.end_s < after.start_s for one, after in pairwise(found.reps_detail))
        assert found.start_s < found.reps_detail[0].start_s
        assert found.reps_detail[-1].end_s < found.start_s + found.duration_s
        if "rom" in found.withheld:
            assert found.rom_best3_deg is None
            assert {rep.quality for rep in found.reps_detail} == {Quality.WITHHELD}
            continue
        roms = sorted(rep.rom_deg for rep in found.reps_detail)
        assert found.rom_best3_deg == pytest.approx(np.mean(roms[-3:]), abs=0.001)
        assert found.rom_median_deg == pytest.approx(np.median(roms), abs=0.006)  # two digits
        assert (found.rom_min_deg, found.rom_max_deg) == (roms[0], roms[-1])
        assert found.algorithm == ALGORITHM


def test_no_two_results_of_a_patient_overlap(patients):
    for patient in patients:
        spans = [(one.start, one.start + one.duration_s) for session in patient.sessions for one in session.results]
        assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


def test_everything_lies_between_the_registration_and_the_end(patients):
    last = PARAMS.at(PARAMS.end, 23.9)
    for patient in patients:
        entries = [said.at for said in (*patient.reports, *patient.treatments, *patient.statuses)]
        for at in [*entries, *(session.start for session in patient.sessions)]:
            assert patient.registered <= at <= last
        assert entries[: len(patient.reports)] == sorted(entries[: len(patient.reports)])


# the truth


def test_what_is_measured_is_the_truth_but_for_the_noise(patients):
    off = {"rom": [], "sway": [], "chair_time": [], "chair_rises": [], "up_and_go": []}
    for patient in patients:
        for session in patient.sessions:
            for result in session.results:
                measure = measure_of(result)
                value = getattr(result, "rom_best3_deg", None) or getattr(result, "total_s", None)
                if isinstance(result, StanceTrial):
                    value = result.sway.get("rms_mps2")
                elif measure.kind == "chair_rises":
                    value = result.rises_in_30_s
                if value is None or measure not in patient.truth.level:
                    continue
                true = patient.truth.on(measure, datetime.fromtimestamp(session.start, UTC).date())
                apart = value - true if measure.kind == "rom" else np.log(value / true)
                off[measure.kind].append(apart / patient.truth.day_sd[measure])
    for kind, found in off.items():
        middle, low, high = np.percentile(found, [50.0, 16.0, 84.0])
        assert abs(middle) < 0.2, kind  # bad days and limits that were passed make tails, not a shift
        assert 0.75 < (high - low) / 2.0 < 1.3, kind


@pytest.mark.parametrize(
    ("shape", "first", "last"),
    [
        (Shape.RISE, 0.0, (0.9, 1.0)),
        (Shape.PLATEAU, 0.0, (0.3, 0.95)),
        (Shape.LOSS, 0.0, (-0.9, -0.1)),
        (Shape.HELD, 0.0, (0.0, 0.0)),
    ],
)
def test_a_level_rises_stops_falls_or_stays(shape, first, last):
    rng = np.random.default_rng(1)
    line = timeline(Person("knee", "diligent", Story.LESS_RANGE), PARAMS, rng)
    went = progress(shape, line, rng)
    assert went[0] == first
    assert last[0] <= went[-1] <= last[1]
    assert len(went) == PARAMS.days


def test_the_truth_has_a_value_for_every_day(patients):
    for patient in patients[:10]:
        for measure, level in patient.truth.level.items():
            assert level.shape == (PARAMS.days,)
            assert level.min() > 0.0
            assert patient.truth.on(measure, PARAMS.first) == level[0]
            assert patient.truth.on(measure, PARAMS.end) == level[-1]
