"""`imutrack demo` as the newcomer runs it: from nothing to a report, touching only its own folder."""

import pytest

from cli.command_line import Clinic


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    clinic = Clinic(tmp_path_factory.mktemp("newcomer"))
    return clinic, clinic.run("demo")


def test_it_ends_well_and_says_where_the_report_is_and_what_to_try_next(demo):
    _, ran = demo
    assert ran.code == 0, ran.err
    assert "report.html" in ran.out
    assert "imutrack replay YOUR_FILE" in ran.out
    assert "Not a medical device" in ran.out


def test_every_bundled_recording_has_its_table(demo):
    _, ran = demo
    for name in ("spar_s01_ABD_L", "kielmat_tug", "sit2standpy_chair", "bds00001"):
        assert name in ran.out


def test_the_synthetic_patient_is_marked_as_such_on_screen_and_on_the_page(demo):
    clinic, ran = demo
    assert "Synthetic data" in ran.out
    assert "Synthetic data" in (clinic.folder / "imutrack-demo" / "report.html").read_text(encoding="utf-8")


def test_it_touches_only_its_own_folder(demo):
    clinic, _ = demo
    assert [path.name for path in clinic.folder.iterdir()] == ["imutrack-demo"]


def test_a_second_run_stores_nothing_new(demo):
    clinic, _ = demo
    again = clinic.run("demo")
    assert again.code == 0, again.err
    assert "stored 0 results" in again.out
