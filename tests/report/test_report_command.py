"""``imutrack report``: where the file goes, and one line for everything that cannot be done."""

import stat

import pytest
import typer
from typer.testing import CliRunner

from imutrack.cli.report import report
from imutrack.clinic.patients import Patients
from imutrack.errors import ImutrackError
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, OTTER, exercise_set


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no settings file of the machine is picked up
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("IMUTRACK_CONFIG", raising=False)
    with LocalStore.open(tmp_path / "data") as store:
        Patients(store).add(OTTER)
        store.replace("r" * 64, [exercise_set()], clinic="c", zone=BERLIN)
    app = typer.Typer()
    app.command()(report)

    def call(*arguments):
        return CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path / "data")])

    return call


def test_a_report_goes_into_the_data_directory_and_the_path_is_printed(run, tmp_path):
    done = run(OTTER)
    out = tmp_path / "data" / "reports" / f"{OTTER}.html"
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert stat.S_IMODE(out.parent.stat().st_mode) == 0o700


def test_the_patients_page_does_not_replace_the_therapists(run, tmp_path):
    run(OTTER)
    done = run(OTTER, "--for", "patient")
    assert done.stdout.strip().endswith(f"{OTTER}-for-patient.html")
    assert len(list((tmp_path / "data" / "reports").iterdir())) == 2


def test_a_report_goes_where_it_is_asked_to(run, tmp_path):
    out = tmp_path / "for the visit.html"
    assert run(OTTER, "--full", "--since", "2026-02-01", "--until", "2026-03-01", "--out", str(out)).exit_code == 0
    assert "1 February to 1 March 2026" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("otter-maple-48",), "no patient"),
        ((OTTER, "--for", "surgeon"), "use therapist or patient"),
        ((OTTER, "--since", "2030-01-01"), "give another --since or --until"),
        ((OTTER, "--full", "--for", "patient"), "leave out --full or --for patient"),
        ((OTTER, "--out", "missing/report.html"), "choose another --out"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, arguments, said):
    done = run(*arguments)
    assert isinstance(done.exception, ImutrackError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)


def test_days_and_verdicts_are_brought_up_to_date_first(run, tmp_path):
    out = tmp_path / "report.html"
    assert run(OTTER, "--out", str(out)).exit_code == 0
    assert "Plan</dt>" in out.read_text(encoding="utf-8")
    with LocalStore.open(tmp_path / "data") as store:
        assert store.points("patient_day", OTTER)
