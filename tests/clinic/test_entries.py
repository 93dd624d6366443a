"""What was entered by hand comes back from the store as it was, by a short id that says everything."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.entries import add_report, add_treatment, report_of, treatment_of
from imutrack.clinic.patients import Patients
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import KINDS, Treatment
from imutrack.stores.local import LocalStore
from imutrack.stores.points import withdraw_entry
from stores.store_builders import OTTER, PANDA, START

DAY = date(2026, 2, 25)
REPORT = SelfReport(at=START, day=DAY, pain=4, when=When.NEXT_MORNING, exertion=6, stop=True, text="pulls at the knee")
TREATMENT = Treatment(
    at=START, day=DAY, kind="massage", minutes=20, site="left calf", by="KL", licence="PT 123", text="soft"
)


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        opened.database.connection.execute("PRAGMA synchronous = OFF")  # the disk is not what is tested
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened


def report(store, said, patient=OTTER):
    return add_report(store, patient, said, clinic="clinic")


def treat(store, said, patient=OTTER):
    return add_treatment(store, patient, said, clinic="clinic")


def test_a_report_and_a_treatment_come_back_as_they_were(store):
    report(store, REPORT)
    treat(store, TREATMENT)
    assert [report_of(row) for row in store.points("self_report", OTTER)] == [REPORT]
    assert [treatment_of(row) for row in store.points("treatment", OTTER)] == [TREATMENT]


def test_what_was_not_said_is_unknown_and_never_nothing(store):
    silent = SelfReport(at=START, day=DAY, text="tired")
    report(store, silent)
    (row,) = store.points("self_report", OTTER)
    assert report_of(row) == silent
    assert row.count("pain") is None
    report(store, replace(silent, pain=0))
    assert {report_of(row).pain for row in store.points("self_report", OTTER)} == {None, 0}


@given(
    st.builds(
        SelfReport,
        at=st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000),
        day=st.dates(date(1970, 1, 1), date(2100, 1, 1)),
        pain=st.none() | st.integers(0, 10),
        when=st.none() | st.sampled_from(When),
        exertion=st.none() | st.integers(0, 10),
        stop=st.booleans(),
        text=st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=40),
    )
)
def test_whatever_a_patient_says_comes_back_as_it_was(tmp_path_factory, said):
    with LocalStore.open(tmp_path_factory.getbasetemp() / "entries") as store:
        store.database.connection.execute("PRAGMA synchronous = OFF")
        if not Patients(store).list():
            Patients(store).add(OTTER, now=START)
        entry_id = report(store, said)
        (row,) = (row for row in store.points("self_report", OTTER) if row.text("entry_id") == entry_id)
        assert report_of(row) == said


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_treatment_comes_back(store, kind):
    treat(store, replace(TREATMENT, kind=kind))
    assert treatment_of(*store.points("treatment", OTTER)).kind == kind


def test_the_same_entry_again_has_the_same_id_and_is_kept_once(store):
    assert report(store, REPORT) == report(store, REPORT)
    assert len(store.points("self_report", OTTER)) == 1


def test_entries_that_differ_in_anything_have_ids_of_their_own(store):
    changes = {"pain": 5, "when": None, "stop": False, "text": "", "at": START + 1, "day": date(2026, 2, 26)}
    different = [replace(REPORT, **{name: value}) for name, value in changes.items()]
    ids = {report(store, said) for said in (REPORT, *different)} | {
        report(store, REPORT, PANDA),
        treat(store, TREATMENT),
    }
    assert len(ids) == 9


def test_an_id_can_be_typed(store):
    entry_id = report(store, REPORT)
    assert len(entry_id) == 8
    assert entry_id.isalnum()
    assert entry_id == entry_id.lower()


def test_an_entry_is_set_aside_by_its_id_and_the_others_stay(store):
    entry_id = report(store, REPORT)
    treat(store, TREATMENT)
    assert report_of(withdraw_entry(store, entry_id)) == REPORT
    assert store.points("self_report", OTTER) == []
    assert len(store.points("treatment", OTTER)) == 1
