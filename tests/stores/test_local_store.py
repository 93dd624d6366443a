import dataclasses
import math
import sqlite3
from datetime import date

import numpy as np
import pytest

from imutrack.clinic.patients import Patients
from imutrack.corrections import corrected
from imutrack.errors import SettingsError, StoreError
from imutrack.results import ExerciseSet
from imutrack.stores.erasing import count_patient, erase_patient
from imutrack.stores.local import LocalStore, Replaced
from imutrack.stores.rows import rows
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    START,
    chair_test,
    content,
    exercise_set,
    relabelled,
    stance,
    trace,
    up_and_go,
)

RECORDING, OTHER = "r" * 64, "q" * 64
HOUR = 3600.0


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened


def put(store, *results, recording=RECORDING):
    return store.replace(recording, results, clinic="clinic", zone=BERLIN)


def counts(store, patient=OTTER):
    return {table: count for table, count in count_patient(store, patient).items() if count and table != "stale"}


def test_what_is_stored_is_read_back_as_it_was(store):
    assert put(store, exercise_set(), stance(), chair_test(), up_and_go()) == Replaced(4, 0, 0)
    kept = (
        store.sets(OTTER),
        store.points("stance", OTTER),
        store.points("sit_to_stand", OTTER),
        store.points("timed_up_and_go", OTTER),
    )
    for (row,), result in zip(kept, (exercise_set(), stance(), chair_test(), up_and_go()), strict=True):
        own = rows(corrected(result), clinic="clinic", zone=BERLIN)[0]
        assert (row.measurement, row.tags, row.time_ns) == (own.measurement, own.tags, own.time_ns)
        assert row.fields == {**own.fields, "session": row.text("session")}
    assert store.reps("aaaa-0001") == rows(corrected(exercise_set()), clinic="clinic", zone=BERLIN)[1:]


def test_a_result_is_kept_as_it_was_analysed_with_what_was_not_counted_and_why(store):
    put(store, exercise_set(), chair_test())
    kept = store.analysed("aaaa-0001")
    for field in dataclasses.fields(ExerciseSet):
        if field.name != "trace":
            assert getattr(kept, field.name) == getattr(exercise_set(), field.name), field.name
    assert store.analysed("aaaa-0003").rises_detail == chair_test().rises_detail
    assert store.analysed("zzzz-9999") is None


def test_a_curve_is_kept_to_a_ten_thousandth_of_a_degree(store):
    put(store, exercise_set(), stance(trace=None))
    kept, given = store.trace("aaaa-0001"), exercise_set().trace
    assert np.array_equal(kept.t_s, given.t_s)
    for name, values in given.values.items():
        np.testing.assert_allclose(kept.values[name], values, atol=1e-5)  # 32-bit floats
    assert set(kept.values) == set(given.values)
    assert store.trace("aaaa-0002") is None


def test_a_curve_keeps_where_data_are_missing(store):
    broken = trace(10.0)
    broken.values["angle_low_deg"][3] = math.nan
    put(store, exercise_set(trace=broken))
    assert np.isnan(store.trace("aaaa-0001").values["angle_low_deg"]).sum() == 1


def test_storing_the_same_again_changes_no_row_and_no_byte(store):
    put(store, exercise_set(), stance())
    store.database.forget()
    before, changes = store.database.path.read_bytes(), store.database.connection.total_changes
    assert put(store, exercise_set(), stance()) == Replaced(0, 0, 2)
    assert store.database.connection.total_changes == changes
    store.database.forget()
    assert store.database.path.read_bytes() == before


@pytest.mark.parametrize(
    "changed",
    [
        exercise_set(algorithm="sets 2"),
        relabelled(exercise_set(), name="squat"),
        relabelled(exercise_set(), side=None),
        exercise_set(start=START + 86_400),
        exercise_set(reps=1),
        exercise_set(trace=trace(10.0, 5)),
        exercise_set("aaaa-0077"),
    ],
)
def test_a_changed_result_leaves_no_ghost_of_the_old_one(store, tmp_path, changed):
    put(store, exercise_set())
    assert put(store, changed) == Replaced(1, 1, 0)
    with LocalStore.open(tmp_path / "fresh") as fresh:
        for patient in (OTTER, PANDA):
            Patients(fresh).add(patient, now=START)
        put(fresh, changed)
        assert content(store) == content(fresh)


def test_another_patient_takes_all_of_it_along(store):
    put(store, exercise_set())
    put(store, relabelled(exercise_set(), patient=PANDA))
    assert counts(store) == {"patient": 1}
    assert counts(store, PANDA) == {"exercise_set": 1, "rep": 3, "trace": 1, "result": 1, "patient": 1}


def test_a_recording_may_hold_sets_of_several_patients_and_of_nobody(store):
    someone, nobody = relabelled(stance(), patient=PANDA), relabelled(chair_test(), patient=None)
    assert put(store, exercise_set(), someone, nobody) == Replaced(2, 0, 0, nobodys=1)
    assert len(store.sets(OTTER)) == len(store.points("stance", PANDA)) == 1
    assert not store.points("sit_to_stand", OTTER)


def test_a_recording_does_not_touch_the_results_of_another(store):
    put(store, exercise_set())
    put(store, exercise_set(recording=OTHER), recording=OTHER)
    put(store, recording=OTHER)
    assert len(store.sets(OTTER)) == 1
    assert len(store.reps("aaaa-0001")) == 3


def test_a_set_that_is_gone_after_another_analysis_is_gone_from_the_store(store):
    put(store, exercise_set(), exercise_set("aaaa-0009", start=START + 60))
    assert put(store, exercise_set()) == Replaced(0, 1, 1)
    assert [row.text("set_id") for row in store.sets(OTTER)] == ["aaaa-0001"]


def test_two_results_of_one_stretch_are_refused_and_nothing_is_stored(store):
    with pytest.raises(StoreError, match="two results have the id aaaa-0001: label each stretch"):
        put(store, exercise_set(), relabelled(exercise_set(), side=None))
    assert counts(store) == {"patient": 1}


def test_a_result_of_another_recording_is_wrong_use(store):
    with pytest.raises(ValueError, match="is of recording r"):
        put(store, exercise_set(), recording=OTHER)


def test_an_unknown_patient_is_refused_and_nothing_is_stored(store):
    with pytest.raises(SettingsError, match=r"no patient otter-mapel-47: .*imutrack patient add"):
        put(store, exercise_set(), relabelled(stance(), patient="otter-mapel-47"))
    assert counts(store) == {"patient": 1}


def test_an_error_in_the_middle_stores_nothing(store):
    put(store, exercise_set())
    before = content(store)
    with pytest.raises(StoreError, match="--start"):
        put(store, exercise_set("aaaa-0005"), stance(start=None))
    assert content(store) == before


def test_a_recording_with_nothing_in_it_any_more_leaves_nothing(store):
    put(store, exercise_set(), stance())
    assert put(store) == Replaced(0, 2, 0)
    assert counts(store) == {"patient": 1}


def test_results_less_than_an_hour_apart_are_one_session(store):
    first = exercise_set(duration_s=40.0)
    near = stance(start=START + 40.0 + HOUR - 0.01)
    far = chair_test(start=near.start + near.duration_s + HOUR + 0.01)
    put(store, first, near, far)
    sessions = [
        rows[0].text("session")
        for rows in (store.sets(OTTER), store.points("stance", OTTER), store.points("sit_to_stand", OTTER))
    ]
    assert sessions[0] == sessions[1] != sessions[2]


def test_a_short_result_inside_a_long_one_does_not_end_the_session_early(store):
    long, inside = exercise_set(duration_s=HOUR), stance(start=START + 60.0, duration_s=30.0)
    put(store, long, inside, chair_test(start=START + 1.9 * HOUR))
    assert store.points("sit_to_stand", OTTER)[0].text("session") == store.sets(OTTER)[0].text("session")


def test_a_result_in_the_gap_joins_two_sessions_and_its_removal_parts_them(store):
    put(store, exercise_set(), stance(start=START + 1.5 * HOUR))
    apart = {store.sets(OTTER)[0].text("session"), store.points("stance", OTTER)[0].text("session")}
    put(store, chair_test(start=START + 0.75 * HOUR, recording=OTHER), recording=OTHER)
    joined = {store.sets(OTTER)[0].text("session"), store.points("stance", OTTER)[0].text("session")}
    assert (len(apart), len(joined)) == (2, 1)
    put(store, recording=OTHER)
    assert {store.sets(OTTER)[0].text("session"), store.points("stance", OTTER)[0].text("session")} == apart


def test_the_period_includes_both_days_and_counts_days_at_the_clinic(store):
    midnight = 1_772_146_800.0  # 2026-02-27 00:00 in Berlin
    put(store, exercise_set("aaaa-0005", start=midnight - 1), exercise_set("aaaa-0006", start=midnight))
    days = date(2026, 2, 26), date(2026, 2, 27)
    assert [row.text("set_id") for row in store.sets(OTTER, *days)] == ["aaaa-0005", "aaaa-0006"]
    assert [row.text("set_id") for row in store.sets(OTTER, until=days[0])] == ["aaaa-0005"]
    assert [row.text("set_id") for row in store.sets(OTTER, since=days[1])] == ["aaaa-0006"]


def test_the_first_start_of_a_recording_is_kept(store):
    assert store.start_of(RECORDING, 100.5) == 100.5
    assert store.start_of(RECORDING, 999.0) == 100.5
    put(store)
    assert store.start_of(RECORDING, 999.0) == 100.5


def test_curves_older_than_the_newest_by_too_much_go_and_storing_again_does_not_bring_them_back(store):
    later = exercise_set("aaaa-0009", start=START + 91 * 86_400)
    put(store, exercise_set(), later)
    assert store.prune_traces(90) == 1
    assert store.trace("aaaa-0001") is None
    assert store.trace("aaaa-0009") is not None
    assert put(store, exercise_set(), later) == Replaced(0, 0, 2)
    assert store.trace("aaaa-0001") is None


def test_the_last_curves_of_a_patient_stay_however_old_they_are(store):
    put(store, exercise_set(), relabelled(stance(start=START + 500 * 86_400), patient=PANDA))
    assert store.prune_traces(90) == 0


def test_erasing_a_patient_leaves_not_a_byte_and_the_others_whole(store):
    store.start_of(RECORDING, 1.0)
    put(store, exercise_set(), relabelled(stance(), patient=PANDA))
    store.start_of(OTHER, 1.0)
    put(store, exercise_set(recording=OTHER), recording=OTHER)
    erased = erase_patient(store, OTTER)
    assert {table: count for table, count in erased.items() if count} == {
        "exercise_set": 2, "rep": 6, "trace": 2, "result": 2, "patient": 1, "stale": 1
    }  # fmt: skip
    assert not counts(store)
    assert counts(store, PANDA) == {"stance": 1, "trace": 1, "result": 1, "patient": 1}
    assert store.start_of(RECORDING, 2.0) == 1.0  # PANDA's results still need it
    assert store.start_of(OTHER, 2.0) == 2.0
    for path in store.database.path.parent.iterdir():
        if not path.name.endswith("-shm"):  # an index of the log, without content
            assert OTTER.encode() not in path.read_bytes(), path.name


def test_what_was_replaced_is_overwritten_in_the_file(store):
    put(store, relabelled(exercise_set(), name="exercise_that_was_wrong"))
    put(store, exercise_set())
    store.close()
    assert b"exercise_that_was_wrong" not in store.database.path.read_bytes()


def test_file_and_folder_are_for_their_owner_only(store):
    put(store, exercise_set())
    assert store.database.path.parent.stat().st_mode & 0o777 == 0o700
    for path in store.database.path.parent.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path.name


def test_the_store_closes_twice_and_stays_closed(store):
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.sets(OTTER)


def test_the_file_passes_sqlites_own_check_after_all_this(store):
    put(store, exercise_set(), stance(), chair_test(), up_and_go())
    put(store, exercise_set(algorithm="sets 2"))
    erase_patient(store, OTTER)
    with store.database.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
