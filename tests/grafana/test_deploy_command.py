"""``imutrack dashboards deploy`` as an engineer runs it."""

import pytest

from cli.in_process import Office
from grafana.deploying import READ, SECRET, served
from influx.stub import Stub


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    with served("13.0.2") as grafana, Stub() as stub:
        stub.make("imutrack")
        made = Office(tmp_path, monkeypatch, capsys)
        settings = tmp_path / "servers.toml"
        settings.write_text(
            f'timezone = "Europe/Berlin"\n[influx]\nurl = "{stub.url}"\n[grafana]\nurl = "{grafana.url}"\n'
        )
        monkeypatch.setenv("IMUTRACK_CONFIG", str(settings))
        monkeypatch.setenv("IMUTRACK_GRAFANA_TOKEN", SECRET)
        monkeypatch.setenv("IMUTRACK_INFLUX_READ_TOKEN", READ.reveal())
        yield made


def test_everything_is_put_in_place_once_and_a_second_run_changes_nothing(office):
    first = office.ok("dashboards", "deploy")
    assert "clinic-a: " in first
    assert " 0 made, 0 changed, " in office.ok("dashboards", "deploy")


def test_without_the_token_nothing_is_done_and_the_variable_is_named(office, monkeypatch):
    monkeypatch.delenv("IMUTRACK_GRAFANA_TOKEN")
    assert "IMUTRACK_GRAFANA_TOKEN" in office.refused("dashboards", "deploy")


def test_the_doctor_looks_at_grafana_too(office, monkeypatch):
    office.patient()
    monkeypatch.setenv("IMUTRACK_INFLUX_TOKEN", "of-nobody")
    assert "dashboards deploy" in office.run("doctor").out
    office.ok("dashboards", "deploy")
    said = office.run("doctor").out
    assert "dashboards deploy" not in said
