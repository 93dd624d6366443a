from datetime import UTC, datetime

import pytest

from imutrack.clinic.patients import Patient, Patients
from imutrack.clinic.pseudonyms import check_number, is_valid
from imutrack.errors import SettingsError
from imutrack.stores.erasing import erase_patient
from imutrack.stores.local import LocalStore

NOW = 1_772_000_000.0


@pytest.fixture
def patients(tmp_path):
    with LocalStore.open(tmp_path) as store:
        yield Patients(store)


def test_a_patient_gets_a_pseudonym_and_is_then_known(patients):
    made = patients.add(now=NOW)
    assert is_valid(made)
    assert patients.require(made.upper().replace("-", " ")) == made
    assert patients.list() == (Patient(made, datetime.fromtimestamp(NOW, UTC)),)


def test_a_pseudonym_of_ones_own_choice_is_kept_however_it_was_typed(patients):
    assert patients.add(" Otter Maple 47") == "otter-maple-47"
    assert patients.require("OTTER-MAPLE-47") == "otter-maple-47"


@pytest.mark.parametrize("name", ["Jane Smith", "P001", "otter-maple-48", ""])
def test_names_and_numbers_are_not_taken_as_pseudonyms(patients, name):
    with pytest.raises(SettingsError, match=r"no pseudonym .*never a name"):
        patients.add(name)
    assert patients.list() == ()


def test_a_pseudonym_is_given_once(patients):
    patients.add("otter-maple-47")
    with pytest.raises(SettingsError, match="otter-maple-47 is registered already"):
        patients.add("Otter Maple 47")


@pytest.mark.parametrize("typo", ["otter-mapel-47", "oter-maple-47", "otter-maple-74", "otter maple"])
def test_a_slip_is_an_error_that_names_whom_it_may_mean(patients, typo):
    patients.add("otter-maple-47")
    patients.add(f"zebra-cactus-{check_number('zebra', 'cactus')}")
    with pytest.raises(SettingsError, match=r"did you mean otter-maple-47\? `imutrack patient list`"):
        patients.require(typo)


def test_an_unknown_patient_is_an_error_that_says_how_to_add_one(patients):
    with pytest.raises(SettingsError, match=r"no patient otter-maple-47: .*imutrack patient add"):
        patients.require("otter-maple-47")
    assert "otter-maple-47" not in {found.pseudonym for found in patients.list()}


def test_patients_are_listed_by_pseudonym_and_stay_when_the_store_is_opened_again(patients, tmp_path):
    made = sorted(patients.add() for _ in range(5))
    with LocalStore.open(tmp_path) as again:
        assert [patient.pseudonym for patient in Patients(again).list()] == made


def test_an_erased_patient_is_gone_from_the_register(patients, tmp_path):
    patients.add("otter-maple-47")
    with LocalStore.open(tmp_path) as store:
        erase_patient(store, "otter-maple-47")
    assert "otter-maple-47" not in {found.pseudonym for found in patients.list()}
