"""Everything of a patient can be counted, erased and renamed, and nobody else notices."""

from datetime import date

import pytest

from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.patients import PAUSED, Patients
from imutrack.clinic.plans.book import put_in_force
from imutrack.clinic.self_reports import SelfReport
from imutrack.clinic.treatments import Treatment
from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.stores.correcting import correct, corrections
from imutrack.stores.erasing import OF_PATIENT, count_patient, erase_patient, rename_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.outbox import switch
from imutrack.stores.plans import add_version, versions_of
from imutrack.stores.points import put_points, stale
from imutrack.stores.rows import make_row
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    START,
    chair_test,
    check_settled,
    content,
    exercise_set,
    plan_text,
    relabelled,
    stance,
    up_and_go,
)

NEW = "spindle-fuchsia-74"
DAY = date(2026, 2, 25)
# hashes and times of recordings; settings; what is still to be erased elsewhere; sensors
NOT_OF_PATIENTS = {"recording_start", "made_with", "to_erase", "link"}


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened
        check_settled(opened)


def put(store, *results, recording="r" * 64):
    return store.replace(recording, results, clinic="clinic", zone=BERLIN)


def say(store, set_id, at_ns=1, **what):
    correction = Correction(set_id=set_id, at_ns=at_ns, by="MB", **{"why": "seen", **what})
    return correct(store, correction, clinic="clinic", zone=BERLIN)


def fill(store, patient, letter, count=1):
    """Something of a patient in every table."""
    kinds = (exercise_set, stance, chair_test, up_and_go)
    for number in range(count):
        recording = f"{letter}{number:03d}" * 16
        later = [
            relabelled(
                build(f"{letter}{number:03d}-000{kind}", recording=recording, start=START + 86_400.0 * number),
                patient=patient,
            )
            for kind, build in enumerate(kinds)
        ]
        put(store, *later, recording=recording)
        store.start_of(recording, START)
        say(store, f"{letter}{number:03d}-0000", reps=2)
        at = START + 3600.0 * number
        add_report(store, patient, SelfReport(at=at, day=DAY, pain=3), clinic="clinic")
        given = Treatment(at=at, day=DAY, kind="massage", minutes=10, site="calf", by="KL", licence="", text="")
        add_treatment(store, patient, given, clinic="clinic")
    text = plan_text('exercise = "squat"', 'exercise = "calf_raise"')
    add_version(store, patient, DAY, START, "MB", text)
    put_in_force(store, patient, clinic="clinic", zone=BERLIN)
    Patients(store).set_status(patient, PAUSED, DAY, now=START)
    tags = {"patient": patient, "clinic": "clinic"}
    for name, said in (("patient_day", {"status": "active"}), ("change", {"measure": "rom"})):
        point = make_row(name, tags, START, said | {"local_date": DAY.isoformat()})
        put_points(store, name, patient, [point])


def has(store, text):
    """Whether any file of the store has a text, SQLite's index of its log aside."""
    files = (path for path in store.database.path.parent.iterdir() if not path.name.endswith("-shm"))
    return any(text.encode() in path.read_bytes() for path in files)


def of_others(store, patient):
    return {name: [row for row in rows if patient not in row] for name, rows in content(store).items()}


def test_every_table_of_the_file_is_known_to_be_of_patients_or_not(store):
    assert set(content(store)) == set(OF_PATIENT) | NOT_OF_PATIENTS
    with store.database.reading() as connection:
        for table in content(store):
            columns = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
            assert (
                OF_PATIENT.get(table) in columns or table in NOT_OF_PATIENTS or not columns & {"patient", "pseudonym"}
            )


def test_erasing_reaches_every_table_and_says_how_much_went(store):
    switch(store, on=True)
    fill(store, OTTER, "o")
    there = count_patient(store, OTTER)
    assert all(there.values())
    assert erase_patient(store, OTTER) == there
    assert not any(count_patient(store, OTTER).values())
    assert not any(
        content(store)[table] for table in content(store) if table not in {"patient", "stale", "made_with", "to_erase"}
    )


def test_erasing_leaves_the_others_as_they_are(store):
    for number in range(4):  # rows of both in turn, so that pages are split and joined
        fill(store, OTTER, f"o{number}"[-1] + "o", 5)
        fill(store, PANDA, f"p{number}"[-1] + "p", 5)
    others = of_others(store, OTTER)
    erase_patient(store, OTTER)
    remaining = content(store)
    remaining.pop("recording_start")
    others.pop("recording_start")
    assert remaining == others


def test_a_set_that_was_moved_away_is_the_others_and_forgets_whose_it_was(store):
    put(store, exercise_set(), exercise_set("aaaa-0005", start=START + 60))
    say(store, "aaaa-0001", reps=2)
    say(store, "aaaa-0001", at_ns=2, patient=PANDA)
    before = of_others(store, OTTER)
    erased = erase_patient(store, OTTER)
    assert (erased["exercise_set"], erased["correction"]) == (1, 0)
    assert not has(store, OTTER)
    assert [each.reps for each in corrections(store, PANDA)] == [2, None]
    after = content(store)
    assert {name: after[name] for name in ("exercise_set", "rep", "trace")} == {
        name: before[name] for name in ("exercise_set", "rep", "trace")
    }
    say(store, "aaaa-0001", at_ns=3, undo=True)  # nothing leads back
    assert [row.text("set_id") for row in store.sets(PANDA)] == ["aaaa-0001"]


def test_a_set_that_was_moved_here_and_on_forgets_that_it_was_here(store):
    put(store, exercise_set())
    say(store, "aaaa-0001", patient=PANDA)
    say(store, "aaaa-0001", at_ns=2, patient=OTTER)
    erase_patient(store, PANDA)
    assert not has(store, PANDA)
    assert len(store.sets(OTTER)) == 1


def test_a_set_that_was_moved_here_goes(store):
    put(store, exercise_set())
    say(store, "aaaa-0001", patient=PANDA)
    assert erase_patient(store, PANDA)["exercise_set"] == 1
    assert not store.sets(OTTER)
    assert not content(store)["correction"]


def test_what_was_said_of_a_set_that_is_gone_is_erased_with_whose_it_was_last(store):
    put(store, exercise_set(), stance())
    say(store, "aaaa-0001", reps=2)
    say(store, "aaaa-0002", patient=PANDA)
    say(store, "aaaa-0002", at_ns=2, patient=OTTER)
    put(store)
    assert erase_patient(store, OTTER)["correction"] == 3
    assert not has(store, OTTER)


def test_renaming_reaches_every_table_and_leaves_not_a_byte_of_the_old_pseudonym(store):
    fill(store, OTTER, "o", 3)
    fill(store, PANDA, "p")
    there, others = count_patient(store, OTTER), of_others(store, OTTER)
    rename_patient(store, OTTER, NEW, clinic="clinic", zone=BERLIN)
    assert count_patient(store, NEW) == there
    assert not any(count_patient(store, OTTER).values())
    assert not has(store, OTTER)
    assert of_others(store, NEW) == others
    assert NEW in stale(store)
    assert len(versions_of(store, NEW)) == 1


def test_the_rows_of_a_renamed_patient_are_those_of_somebody_who_always_had_that_pseudonym(store, tmp_path):
    results = exercise_set(), stance(), chair_test()
    put(store, *results)
    rename_patient(store, OTTER, NEW, clinic="clinic", zone=BERLIN)
    put(store, *(relabelled(result, patient=NEW) for result in results))
    with LocalStore.open(tmp_path / "other") as other:
        for patient in (NEW, PANDA):
            Patients(other).add(patient, now=START)
        put(other, *(relabelled(result, patient=NEW) for result in results))
        assert content(store) == content(other)


def test_corrections_and_moves_go_along_when_a_patient_is_renamed(store):
    put(store, exercise_set(), relabelled(exercise_set("aaaa-0005", start=START + 60), patient=PANDA), stance())
    say(store, "aaaa-0001", reps=2)
    say(store, "aaaa-0005", patient=OTTER)
    say(store, "aaaa-0002", patient=PANDA)
    rename_patient(store, OTTER, NEW, clinic="clinic", zone=BERLIN)
    assert not has(store, OTTER)
    assert [row.count("reps") for row in store.sets(NEW)] == [2, 3]
    say(store, "aaaa-0002", at_ns=2, undo=True)
    assert len(store.points("stance", NEW)) == 1


def test_renaming_to_a_pseudonym_that_is_taken_changes_nothing(store):
    put(store, exercise_set())
    before = content(store)
    with pytest.raises(SettingsError, match=f"{PANDA} is registered already"):
        rename_patient(store, OTTER, PANDA, clinic="clinic", zone=BERLIN)
    assert content(store) == before
