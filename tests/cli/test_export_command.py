"""``imutrack export`` from the outside."""

import json
import re
from zoneinfo import ZoneInfo

import pytest

from cli.command_line import Clinic
from clinic.export_rows import OTTER
from imutrack.clinic.patients import Patients
from imutrack.stores.local import LocalStore
from stores.store_builders import chair_test, exercise_set, stance


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A clinic with one patient, of whom a set, a balance trial and a test are stored."""
    clinic = Clinic(tmp_path_factory.mktemp("clinic"))
    with LocalStore.open(clinic.data) as store:
        for pseudonym in (OTTER, None):
            Patients(store).add(pseudonym)
        results = [exercise_set(), stance(), chair_test()]
        store.replace("r" * 64, results, clinic="harbour", zone=ZoneInfo("Europe/Berlin"))
    return clinic


def test_a_bundle_is_written_and_what_is_in_it_is_counted(clinic):
    ran = clinic.run("export", "Otter Maple 47", "--to", "fhir")
    assert (ran.code, ran.err) == (0, "")
    place = clinic.data / "exports" / f"{OTTER}.fhir.json"
    first, *counts, note = ran.out.splitlines()
    assert first == str(place)
    found = json.loads(place.read_bytes())
    assert sum(int(line.split()[0]) for line in counts) == len(found["entry"])
    assert len([each for each in found["entry"] if each["resource"].get("effectivePeriod")]) == 3
    assert "health data under a pseudonym" in note


def test_tables_are_written_where_they_are_wanted(clinic, tmp_path):
    ran = clinic.run("export", OTTER, "--to", "csv", "--out", tmp_path / "for the study")
    assert ran.code == 0
    assert (tmp_path / "for the study" / "exercise_set.csv").exists()
    assert re.search(r"3\s+rep\b", ran.out)


def test_a_patient_without_results_is_an_error_in_words(clinic):
    with LocalStore.open(clinic.data) as store:
        (other,) = {each.pseudonym for each in Patients(store).list()} - {OTTER}
    ran = clinic.run("export", other, "--to", "csv")
    assert (ran.code, ran.out) == (2, "")
    assert "there is nothing to export yet" in ran.err
    assert not (clinic.data / "exports" / f"{other}-csv").exists()


def test_an_unknown_format_names_the_known_ones(clinic):
    ran = clinic.run("export", OTTER, "--to", "pdf")
    assert ran.code == 2
    assert "--to pdf: use fhir or csv" in ran.err


def test_a_typing_slip_names_who_was_meant(clinic):
    ran = clinic.run("export", "otter-mapel-47", "--to", "csv")
    assert ran.code == 2
    assert f"did you mean {OTTER}?" in ran.err
