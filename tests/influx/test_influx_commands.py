"""What people type: a server is set up, what waits is sent, what is wrong is named."""

from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from imutrack.cli import influx
from imutrack.cli.erase import erase
from imutrack.clinic.patients import Patients
from imutrack.errors import SettingsError
from imutrack.influx.settings import TOKEN_VARIABLE
from imutrack.stores import outbox
from imutrack.stores.erasing import erase_patient
from imutrack.stores.local import LocalStore
from influx.faulty import Answer
from stores.store_builders import BERLIN, OTTER, exercise_set

commands = typer.Typer()
commands.add_typer(influx.app, name="influx")
commands.command()(influx.sync)
commands.command()(influx.doctor)
commands.command()(erase)


class Desk:
    def __init__(self, folder, server, monkeypatch):
        self.config, self.data = folder / "imutrack.toml", folder / "data"
        said = f'[influx]\nurl = "{server.url}"\norg = "{server.org}"\ntimeout_s = 5.0\n'
        self.config.write_text(f'clinic = "north"\ntimezone = "Europe/Berlin"\n{said}')
        self.set_token, self.runner = (lambda token: monkeypatch.setenv(TOKEN_VARIABLE, token)), CliRunner()
        self.set_token(server.token)
        with LocalStore.open(self.data) as store:
            Patients(store).add(OTTER)
            set_today = exercise_set(start=datetime.now(UTC).timestamp() - 3600)
            store.replace("r" * 64, [set_today], clinic="north", zone=BERLIN)

    def run(self, *words, code=0):
        data = () if words[0] == "influx" else ("--data-dir", str(self.data))
        done = self.runner.invoke(commands, [*words, "--config", str(self.config), *data])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return " ".join(done.output.split())


@pytest.fixture
def desk(tmp_path, front, monkeypatch):
    return Desk(tmp_path, front, monkeypatch)


def test_a_server_is_set_up_then_all_is_sent_and_once_more_nothing_waits(desk, front):
    assert desk.run("influx", "setup").count("made") == 2
    assert "24 points sent" in desk.run("sync")
    assert "nothing waited" in desk.run("sync")
    assert "24 points sent" in desk.run("sync", "--all")
    assert len(front.buckets["imutrack"].of("rep")) == 3
    desk.set_token(front.grant(read=("imutrack", "imutrack/trace"), write=("imutrack", "imutrack/trace")))
    said = desk.run("doctor")
    assert "the server has what is here: 4 points" in said
    assert "WRONG" not in said


def test_a_server_that_takes_nothing_leaves_all_here_and_says_so(desk, front):
    desk.run("influx", "setup")
    front.then(Answer(503, "busy"), Answer(503, "busy"))
    said = desk.run("sync", "--wait", "0", code=1)
    assert "24 points kept" in said
    assert "503: busy" in said
    assert "24 points sent" in desk.run("sync")


def test_a_first_sync_that_was_cut_off_is_made_up_for_by_the_next(desk, front):
    desk.run("influx", "setup")
    with LocalStore.open(desk.data) as store:
        outbox.switch(store, on=True)  # as far as it came
    assert "24 points sent" in desk.run("sync")
    assert "nothing waited" in desk.run("sync")


def test_what_is_refused_altogether_is_not_said_to_be_nothing(desk, front):
    desk.run("influx", "setup")
    front.then(Answer(400, "partial write: dropped=4"), Answer(400, "partial write: dropped=20"))
    said = desk.run("sync", code=1)
    assert "nothing waited" not in said
    assert "0 points sent" in said
    assert "24 points set aside" in said
    assert "24 points set aside, as the server refused them: 400: partial write: dropped=" in desk.run("doctor", code=1)
    assert "24 points sent" in desk.run("sync", "--all")


def test_who_was_erased_here_is_erased_there_by_the_next_sync(desk, front):
    desk.run("influx", "setup")
    desk.run("sync")
    with LocalStore.open(desk.data) as store:
        erase_patient(store, OTTER)
    assert f"{OTTER}: erased on the server, 0 points left" in desk.run("sync")
    assert all(bucket.points == {} for bucket in front.buckets.values())
    assert "erased" not in desk.run("sync")


def test_erase_reaches_the_server_and_leaves_no_byte_of_the_pseudonym_here(desk, front):
    desk.run("influx", "setup")
    desk.run("sync")
    assert f"{OTTER}: erased on the server, 0 points left" in desk.run("erase", OTTER, "--yes")
    assert OTTER.encode() not in b"".join(path.read_bytes() for path in desk.data.rglob("*") if path.is_file())
    assert "erased" not in desk.run("sync")


def test_the_doctor_names_what_is_wrong_and_what_to_do(desk):
    said = desk.run("doctor", code=1)
    assert "WRONG the server has no bucket imutrack:" in said
    assert "-> run imutrack influx setup" in said


def test_the_doctor_looks_at_the_server_before_there_are_results(desk):
    desk.data = desk.data.with_name("none yet")
    desk.run("influx", "setup")
    said = desk.run("doctor", code=1)
    assert "WRONG" in said
    assert "holds no results -> check --data-dir" in said
    assert "ok the token may write to imutrack/trace" in said
    assert not desk.data.exists()


def test_without_a_server_in_the_settings_every_command_says_what_to_write(desk):
    desk.config.write_text("")
    assert "names no InfluxDB" in desk.run("doctor", code=1)
    for command in (("sync",), ("influx", "setup")):
        with pytest.raises(SettingsError, match=r"names no InfluxDB: write \[influx\]"):
            desk.run(*command)
