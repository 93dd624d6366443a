"""A fake Grafana with two clinics, and deploying to it."""

# ruff: noqa: S105 - a token of nobody

import pytest

from grafana.fake_grafana import FakeGrafana
from imutrack.grafana.deploy import deploy
from imutrack.grafana.parts import parts_of
from imutrack.grafana.server import Grafana
from imutrack.grafana.settings import TOKEN_VARIABLE, access_of, grafana_of
from imutrack.grafana.standing import checked
from imutrack.influx.settings import InfluxSettings, Token

SECRET = "glsa_secret"
READ = Token("the-read-token")
INFLUX = InfluxSettings(url="https://influx.example.org:8086", bucket="clinic-a", trace_bucket="clinic-a/trace")
PARTS = parts_of("Europe/Berlin", INFLUX, 2)
ALL = len(PARTS.datasources) + len(PARTS.folders) + len(PARTS.dashboards) + len(PARTS.alerts.rules) + 1


@pytest.fixture(params=["10.4.1", "13.0.2", "13.0.2 quiet"])
def fake(request):
    version, _, quiet = request.param.partition(" ")
    with served(version, quiet=bool(quiet)) as grafana:
        yield grafana


@pytest.fixture
def one():
    with served() as grafana:
        yield grafana


def served(version="10.4.1", **said):
    grafana = FakeGrafana(version, **said)
    clinic_a, clinic_b = grafana.org("clinic-a"), grafana.org("clinic-b")
    grafana.accounts |= {SECRET: (clinic_a.id, "Admin"), "glsa_viewer": (clinic_a.id, "Viewer")}
    grafana.users["anna"] = ("pass-word", {clinic_a.id: "Admin", clinic_b.id: "Admin"})
    grafana.users["ben"] = ("pass-word", {clinic_b.id: "Editor"})
    return grafana


def opened(fake, token=SECRET, **settings):
    return Grafana(access_of(grafana_of({"url": fake.url} | settings), {TOKEN_VARIABLE: token}))


def run(fake, org=None, parts=PARTS, token=SECRET, read=READ, **said):
    with opened(fake, token) as grafana:
        return deploy(grafana, org, parts, read, **said)


def found(fake, parts=PARTS):
    with opened(fake) as grafana:
        return list(checked(grafana, None, parts))


def counts(done):
    return done.made, done.changed, done.unchanged
