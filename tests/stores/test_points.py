"""Points that are no result's: replaced as a whole, entered once, set aside, made anew when something changed."""

from dataclasses import replace

import pytest

from imutrack.clinic.patients import Patients
from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_entry, add_points, fresh, made_with, put_points, stale, withdraw_entry
from imutrack.stores.rows import make_row
from stores.store_builders import BERLIN, OTTER, PANDA, START, content, exercise_set

LYNX = "lynx-violin-11"


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened


def day(number, patient=OTTER, **said):
    tags = {"patient": patient, "clinic": "clinic"}
    return make_row("patient_day", tags, START + 86_400.0 * number, {"status": "active", **said})


def entry(entry_id, patient=OTTER, **said):
    tags = {"patient": patient, "clinic": "clinic"}
    return make_row("self_report", tags, START, {"pain": 3, "local_date": "2026-02-25", "entry_id": entry_id, **said})


def days(store, patient=OTTER):
    return content(store)["patient_day"]


def writes(store):
    return store.database.connection.total_changes


def test_points_that_are_put_are_the_only_ones_of_their_patient(store):
    put_points(store, "patient_day", PANDA, [day(1, PANDA)])
    assert put_points(store, "patient_day", OTTER, [day(1), day(2)]) == 2
    assert put_points(store, "patient_day", OTTER, [day(2), day(3)]) == 1
    assert len(days(store)) == 3
    assert put_points(store, "patient_day", OTTER, []) == 0
    assert len(days(store)) == 1


def test_the_same_points_again_write_nothing(store):
    put_points(store, "patient_day", OTTER, [day(1), day(2)])
    before = writes(store)
    assert put_points(store, "patient_day", OTTER, [day(1), day(2)]) == 0
    assert writes(store) == before


def test_a_point_that_says_something_else_takes_the_place_of_the_old_one(store):
    put_points(store, "patient_day", OTTER, [day(1, level=0)])
    put_points(store, "patient_day", OTTER, [day(1, level=2)])
    assert len(days(store)) == 1


def test_points_of_one_nanosecond_are_all_kept_a_nanosecond_apart(store):
    one = day(1, level=0)
    same_time = [one, replace(day(1, level=1), time_ns=one.time_ns), replace(day(1, level=2), time_ns=one.time_ns + 1)]
    assert put_points(store, "patient_day", OTTER, same_time) == 3
    before = writes(store)
    put_points(store, "patient_day", OTTER, same_time)
    assert writes(store) == before


def test_days_that_are_added_leave_the_others(store):
    put_points(store, "patient_day", OTTER, [day(1)])
    add_points(store, [day(2)])
    assert len(days(store)) == 2


def test_an_entry_made_twice_is_one_and_two_at_one_time_are_two(store):
    for entry_id in ("aaaaaaaa", "aaaaaaaa", "bbbbbbbb"):
        add_entry(store, entry(entry_id))
    assert [row.text("entry_id") for row in store.points("self_report", OTTER)] in (
        ["aaaaaaaa", "bbbbbbbb"], ["bbbbbbbb", "aaaaaaaa"]
    )  # fmt: skip


def test_entries_that_happen_to_fall_on_one_nanosecond_are_both_kept(store):
    add_entry(store, entry("aaaaaaaa"))
    add_entry(store, replace(entry("bbbbbbbb"), time_ns=entry("aaaaaaaa").time_ns))
    assert len(store.points("self_report", OTTER)) == 2


def test_an_entry_that_was_set_aside_stays_so_when_it_is_made_again(store):
    add_entry(store, entry("aaaaaaaa"))
    assert withdraw_entry(store, "aaaaaaaa").count("pain") == 3
    add_entry(store, entry("aaaaaaaa"))
    assert store.points("self_report", OTTER) == []
    assert len(store.points("self_report", OTTER, withdrawn=True)) == 1


def test_an_entry_that_is_not_there_cannot_be_set_aside(store):
    with pytest.raises(SettingsError, match="no entry zzzzzzzz"):
        withdraw_entry(store, "zzzzzzzz")


def test_an_entry_of_nobody_who_is_registered_is_refused(store):
    with pytest.raises(SettingsError, match=f"no patient {LYNX}"):
        add_entry(store, entry("aaaaaaaa", LYNX))
    assert content(store)["self_report"] == []


def test_whoever_something_is_new_of_is_to_be_made_anew_until_it_was(store):
    assert stale(store) == {OTTER, PANDA}
    for patient in (OTTER, PANDA):
        fresh(store, patient)
    assert stale(store) == frozenset()
    add_entry(store, entry("aaaaaaaa"))
    assert stale(store) == {OTTER}
    fresh(store, OTTER)
    add_entry(store, entry("aaaaaaaa"))  # the same again is nothing new
    assert stale(store) == frozenset()
    withdraw_entry(store, "aaaaaaaa")
    assert stale(store) == {OTTER}


def test_a_set_that_is_moved_makes_both_patients_days_anew(store):
    store.replace("r" * 64, [exercise_set()], clinic="clinic", zone=BERLIN)
    for patient in (OTTER, PANDA):
        fresh(store, patient)
    moved = Correction(set_id="aaaa-0001", at_ns=1, by="MB", why="seen", patient=PANDA)
    correct(store, moved, clinic="clinic", zone=BERLIN)
    assert stale(store) == {OTTER, PANDA}


def test_another_setting_is_noticed_once(store):
    said = [made_with(store, "zone", zone) for zone in ("Berlin", "Berlin", "Lima", "Lima", "Berlin")]
    assert said[1:] == [False, True, False, True]
