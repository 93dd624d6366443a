"""The daily roll-up through the real store: one row per active patient and local day, however it came about."""

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from imutrack import config
from imutrack.clinic.entries import add_report
from imutrack.clinic.patients import Patients
from imutrack.clinic.plans import activate
from imutrack.clinic.rollup import refresh
from imutrack.clinic.self_reports import checked_report
from imutrack.corrections import Correction
from imutrack.demo.clinic import fill
from imutrack.errors import SettingsError, StoreError
from imutrack.stores.correcting import correct
from imutrack.stores.erasing import count_patient, erase_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS
from imutrack.synthetic.clinic import ClinicParams, clinic
from stores.store_builders import START, exercise_set, plan_text, relabelled, rep

BERLIN = ZoneInfo("Europe/Berlin")
END = date(2026, 6, 26)
NOON = datetime(2026, 6, 26, 20, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic")
    settings = settings_of(folder)
    with LocalStore.open(folder) as store:
        made = clinic(ClinicParams(patients=8, days=75, end=END, zone=settings.zone))
        fill(store, made, settings.zone, settings.clinic, NOON)
        refresh(store, settings, NOON)
    return folder


@pytest.fixture
def folder(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "data")


def settings_of(folder, **said):
    return replace(config.load(data=folder, tz="Europe/Berlin"), **said)


def derived(store):
    """Every day and verdict of every patient."""
    return {
        (patient.pseudonym, name): store.points(name, patient.pseudonym)
        for patient in Patients(store).list()
        for name in ("patient_day", "change")
    }


def days_of(store, patient):
    return [row.day for row in store.points("patient_day", patient)]


def days_of_sets(store):
    names = [patient.pseudonym for patient in Patients(store).list()]
    return {row.text("set_id"): row.day for name in names for row in store.sets(name)}


def test_every_active_patient_has_one_row_for_every_day_also_when_nothing_happened(folder):
    with LocalStore.open(folder) as store:
        for patient in Patients(store).list():
            days = days_of(store, patient.pseudonym)
            assert len(set(days)) == len(days)
            if not patient.statuses:
                assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
                assert days[-1] == END


def test_a_second_run_changes_nothing(folder):
    with LocalStore.open(folder) as store:
        before = store.database.connection.total_changes
        assert refresh(store, settings_of(folder), NOON) == 0
        assert store.database.connection.total_changes == before


def test_going_on_day_by_day_gives_the_rows_of_making_all_anew(folder):
    settings = settings_of(folder)
    with LocalStore.open(folder) as store:
        for day in (1, 2, 5, 36):
            refresh(store, settings, NOON + day * DAY_S)
        stepwise = derived(store)
        refresh(store, settings, NOON + 36 * DAY_S, everything=True)
        assert derived(store) == stepwise


def test_what_is_said_late_about_an_early_day_changes_that_day_and_those_after(folder):
    settings = settings_of(folder)
    with LocalStore.open(folder) as store:
        patient = next(each.pseudonym for each in Patients(store).list() if not each.statuses)
        before = store.points("patient_day", patient)
        middle = before[len(before) // 2].day
        at = datetime.combine(middle, datetime.min.time(), BERLIN).timestamp() + 3600.0
        add_report(store, patient, checked_report(at=at, day=middle, pain=10, stop=True), clinic="clinic")
        assert refresh(store, settings, NOON) == 1
        after = store.points("patient_day", patient)
        assert [row for row in after if row.day < middle] == [row for row in before if row.day < middle]
        assert next(row for row in after if row.day == middle).count("level") == 3


def test_other_limits_and_another_time_zone_make_everything_anew(folder):
    with LocalStore.open(folder) as store:
        count = len(Patients(store).list())
        assert refresh(store, settings_of(folder, triage={"silent_days": 1}), NOON) == count
        assert refresh(store, settings_of(folder, triage={"silent_days": 1}), NOON) == 0
        kiritimati = settings_of(folder, timezone="Pacific/Kiritimati", triage={"silent_days": 1})
        sets = {
            row.text("set_id"): row.day for patient in Patients(store).list() for row in store.sets(patient.pseudonym)
        }
        assert refresh(store, kiritimati, NOON) == count
        for patient in Patients(store).list():
            for row in store.points("self_report", patient.pseudonym):
                assert row.day == datetime.fromtimestamp(row.start, kiritimati.zone).date()
        moved = [day - sets[set_id] for set_id, day in days_of_sets(store).items()]
        assert set(moved) <= {timedelta(0), timedelta(days=1)}
        assert timedelta(days=1) in moved


def test_another_name_of_the_clinic_goes_with_every_point(folder):
    with LocalStore.open(folder) as store:
        refresh(store, settings_of(folder, clinic="hill"), NOON)
        for patient in Patients(store).list():
            for name, measurement in MEASUREMENTS.items():
                if measurement.storage == "points" and name != "rep" and "patient" in measurement.tags:
                    assert {row.tags["clinic"] for row in store.points(name, patient.pseudonym)} <= {"hill"}, name


def test_an_unknown_limit_is_an_error_that_names_it(folder):
    with LocalStore.open(folder) as store, pytest.raises(SettingsError, match="silence"):
        refresh(store, settings_of(folder, triage={"silence": 1}), NOON)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 hours", "25 hours"])
def test_the_days_on_which_the_clocks_change_are_days_like_others(tmp_path, day):
    settings = settings_of(tmp_path)
    with LocalStore.open(tmp_path) as store:
        midnight = datetime.combine(day, datetime.min.time(), BERLIN).timestamp()
        next_midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), BERLIN).timestamp()
        patient = Patients(store).add(now=midnight - 3 * DAY_S)
        for number, start in enumerate((midnight - 1.0, midnight, next_midnight - 1.0, next_midnight)):
            result = relabelled(
                exercise_set(f"aaaa-000{number}", recording=f"{number}" * 64, start=start), patient=patient
            )
            store.replace(result.recording, [result], clinic="clinic", zone=settings.zone)
        refresh(store, settings, next_midnight + 12 * 3600.0)
        sets = {row.day: row.count("sets") for row in store.points("patient_day", patient)}
        assert [sets[day + timedelta(days=n)] for n in (-1, 0, 1)] == [1, 2, 1]
        assert set(sets) == {day + timedelta(days=n) for n in (-3, -2, -1, 0, 1)}


def test_a_recording_of_a_lost_clock_makes_no_rows_for_half_a_century(tmp_path):
    settings = settings_of(tmp_path)
    with LocalStore.open(tmp_path) as store:
        patient = Patients(store).add(now=START)
        result = relabelled(exercise_set(start=1000.0), patient=patient)
        store.replace(result.recording, [result], clinic="clinic", zone=settings.zone)
        refresh(store, settings, START)
        assert len(days_of(store, patient)) < 1200


def on_first_look(store, act):
    """Call ``act`` once, when a store is first asked for the patients without holding the right to write."""
    looked = []

    def see(statement):
        if "FROM patient_status" in statement and not looked and not store.database.connection.in_transaction:
            looked.append(statement)
            act()

    store.database.connection.set_trace_callback(see)


def test_days_that_another_process_adds_meanwhile_are_not_added_twice(folder):
    settings, later = settings_of(folder), NOON + 2 * DAY_S
    with LocalStore.open(folder) as store, LocalStore.open(folder) as other:
        on_first_look(store, lambda: refresh(other, settings, later))
        assert refresh(store, settings, later) == 0
        for patient in Patients(store).list():
            days = days_of(store, patient.pseudonym)
            assert len(set(days)) == len(days)


def test_nothing_is_made_for_a_patient_who_is_erased_meanwhile(folder):
    settings, later = settings_of(folder), NOON + 2 * DAY_S
    with LocalStore.open(folder) as store, LocalStore.open(folder) as other:
        gone = Patients(store).list()[0].pseudonym
        on_first_look(store, lambda: erase_patient(other, gone))
        refresh(store, settings, later, everything=True)
        assert not any(count_patient(store, gone).values())


def test_what_was_cut_off_after_the_limits_changed_is_made_up_for(folder):
    settings = settings_of(folder, triage={"silent_days": 1})
    with LocalStore.open(folder) as store:
        count = len(Patients(store).list())
        store.database.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON patient_day BEGIN SELECT RAISE(ABORT, 'cut off'); END"
        )
        with pytest.raises(StoreError):
            refresh(store, settings, NOON)
        store.database.connection.execute("DROP TRIGGER full")
        assert refresh(store, settings, NOON) == count


def trained(store, patient, days, settings):
    """Store a set on each of some days, the range of each by its number."""
    for number, day in enumerate(days):
        result = exercise_set(
            f"aaaa-{number:04}", recording=f"{number:064}", start=START + day * DAY_S, rom_best3_deg=60.0 + number % 2
        )
        store.replace(result.recording, [relabelled(result, patient=patient)], clinic="clinic", zone=settings.zone)


def test_what_was_known_before_its_day_counts_from_that_day_on(tmp_path):
    """A plan that begins later, an operation that is to come and a recording dated ahead: stepwise is as at once."""
    settings = settings_of(tmp_path)
    first = datetime.fromtimestamp(START, settings.zone).date()
    head = 'therapist = "MB"\naffected_side = "left"\nstart_date = {}\noperation_date = {}\ngoal = "{}"\n'
    item = '[[exercise]]\nexercise = "shoulder_flexion"\nreps = 3\ndays_a_week = 7\n'
    with LocalStore.open(tmp_path) as store:
        patient = Patients(store).add(now=START)
        for begin, operation, goal in ((0, 20, "improve"), (12, 20, "maintain")):
            text = head.format(first + timedelta(begin), first + timedelta(operation), goal) + item
            activate(store, patient, text, "MB", first + timedelta(begin), START + begin, clinic="c", zone=BERLIN)
        trained(store, patient, (*range(9), 14), settings)
        seen = []
        for day in (9, 11, 12, 13, 14, 19, 20, 21):
            refresh(store, settings, START + day * DAY_S)
            stepwise = derived(store)
            verdicts = stepwise[patient, "change"]
            assert all(row.text("therapist") == "MB" for row in verdicts)
            seen.append([(row.fields["held"], row.count("occasions")) for row in verdicts])
            refresh(store, settings, START + day * DAY_S, everything=True)
            assert derived(store) == stepwise
        assert seen == [[(False, 9)]] * 2 + [[(True, 9)]] * 2 + [[(True, 10)]] * 2 + [[]] * 2


@pytest.mark.parametrize("seen", [5, 1])
def test_a_corrected_count_leaves_the_share_in_range_to_what_was_measured(tmp_path, seen):
    settings = settings_of(tmp_path)
    day = datetime.fromtimestamp(START, settings.zone).date()
    limit = f'limit = {{ rom_deg = 75, approved_by = "MB", date = {day} }}'
    with LocalStore.open(tmp_path) as store:
        patient = Patients(store).add(now=START)
        text = plan_text(f'exercise = "shoulder_flexion"\nside = "left"\nrom_target_deg = 60\n{limit}')
        activate(store, patient, text, "MB", day, START, clinic="clinic", zone=settings.zone)
        measured = (rep(1, 14.0), rep(2, 18.0), rep(3, 22.0, rom_deg=None))  # 81 and 82 deg, and a gap
        found = relabelled(exercise_set(reps_detail=measured), patient=patient, name="shoulder_flexion")
        store.replace(found.recording, [found], clinic="clinic", zone=settings.zone)
        correction = Correction(set_id=found.set_id, at_ns=1, by="MB", why="counted along", reps=seen)
        correct(store, correction, clinic="clinic", zone=settings.zone)
        refresh(store, settings, START)
        (row,) = store.points("patient_day", patient)
        assert row.number("in_range_pct_7d") == 100.0
        assert "2 of 2 repetitions beyond the approved limit" in (row.text("why") or "")


REFRESH = """
import sys
from pathlib import Path
from imutrack import config
from imutrack.clinic.rollup import refresh
from imutrack.stores.local import LocalStore

folder = Path(sys.argv[1])
with LocalStore.open(folder) as store:
    settings = config.load(data=folder, tz="Europe/Berlin")
    refresh(store, settings, float(sys.argv[2]), everything=sys.argv[3] == "all")
"""


def test_several_processes_may_bring_it_up_to_date_at_once(folder):
    later = NOON + 3 * DAY_S
    command = [sys.executable, "-c", REFRESH, folder, str(later)]
    running = [subprocess.Popen([*command, how]) for how in ("all", "some", "some")]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    with LocalStore.open(folder) as store:
        together = derived(store)
        refresh(store, settings_of(folder), later, everything=True)
        assert derived(store) == together
