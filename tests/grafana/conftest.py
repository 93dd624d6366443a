"""A synthetic clinic on a real InfluxDB, for every query of the dashboards and alert rules."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from imutrack import config
from imutrack.clinic.days.rules import Rule
from imutrack.clinic.days.wording import why
from imutrack.clinic.patients import Patients
from imutrack.clinic.rollup import refresh
from imutrack.demo.clinic import fill
from imutrack.stores.curves import Curve
from imutrack.stores.line_protocol import curve_lines, lines
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS
from imutrack.synthetic.clinic import ClinicParams, clinic
from influx.conftest import influx  # noqa: F401 - a fixture
from influx.instance import Bucket, Influx

ZONE = "Europe/Berlin"
END = date(2026, 6, 26)
NOW = datetime(2026, 6, 26, 20, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
CLINIC = "clinic"  # as settings say that do not name it
SENSORS = ("blue-1", "blue-2")
REPLACED = 77_777


@dataclass(frozen=True)
class Seeded:
    """A bucket with a clinic in it; `reader` may read it and its curves, and nothing else."""

    bucket: Bucket
    reader: str
    rows: tuple[Row, ...]

    def query(self, text: str) -> list[dict[str, Any]]:
        """Return the series of an answer."""
        return self.bucket.influx.query(text, self.bucket.name, self.reader)

    def of(self, measurement: str, **wanted: object) -> list[Row]:
        """Return the rows of a measurement with these tags and fields, in order of time."""
        found = [
            row
            for row in self.rows
            if row.measurement == measurement
            and all((row.tags | row.fields).get(name) == value for name, value in wanted.items())
        ]
        return sorted(found, key=lambda row: row.time_ns)


@pytest.fixture(scope="session")
def clinic_rows(tmp_path_factory) -> tuple[Row, ...]:
    """Every point of the clinic that the store holds, and of its sensors."""
    folder = tmp_path_factory.mktemp("clinic")
    settings = config.load(data=folder, tz=ZONE)
    with LocalStore.open(folder) as store:
        made = clinic(ClinicParams(patients=12, days=75, end=END, zone=settings.zone))
        fill(store, made, settings.zone, settings.clinic, NOW)
        refresh(store, settings, NOW)
        names = [patient.pseudonym for patient in Patients(store).list()]
        stored = [name for name in MEASUREMENTS if name not in {"trace", "link"}]
        found = [row for name in names for kind in stored for row in store.points(kind, name)]
    return (*found, *rare(found), *link_rows())


@pytest.fixture(scope="session")
def seeded(influx: Influx, clinic_rows) -> Seeded:  # noqa: F811
    """The clinic on the server, with a curve for each set and balance trial."""
    name = influx.spare_name()
    influx.make(name)
    influx.make(f"{name}/trace")
    writer = influx.grant(write=[name, f"{name}/trace"])
    bucket = Bucket(influx, name, writer, influx.grant(read=[name, f"{name}/trace"]))
    bucket.write(lines(clinic_rows))
    curves = b"".join(curve_of(row) for row in clinic_rows if row.measurement in {"exercise_set", "stance"})
    Bucket(influx, f"{name}/trace", writer, bucket.read_token).write(curves)
    yield Seeded(bucket, bucket.read_token, clinic_rows)
    influx.drop(name)


def rare(rows: list[Row]) -> list[Row]:
    """Return what a small clinic may happen not to have: every level, somebody silent, other ways of measuring.

    And what no answer may hold: points that were replaced, which say `REPLACED` wherever there is a number.
    """
    days = [row for row in rows if row.measurement == "patient_day" and row.fields["status"] == "active"]
    today = max(days, key=lambda row: row.time_ns)
    no_plan = {name: value for name, value in today.fields.items() if name != "therapist"}
    not_begun = {name: value for name, value in today.fields.items() if name != "days_since_last"}
    said = {
        "unknown": no_plan | {"level": 0},
        "stopped": today.fields | {"level": 3},
        "quiet": today.fields | {"days_since_last": 9},
        "never-began": not_begun | {"level": 2, "why": why(Rule.SILENT, days="5 days", limit=3, missed=2)},
    }
    made = [replace(today, tags=today.tags | {"patient": name}, fields=fields) for name, fields in said.items()]
    for row in rows:
        if row.measurement == "stance" and row.tags["trial"] == "eyes_open":
            leg = row.tags | {"trial": "single_leg_eyes_open", "side": "right" if row.time_ns % 2 else "left"}
            made.append(replace(row, tags=leg))
        if row.measurement == "exercise_set" and "rom_best3_deg" in row.fields:
            other = row.fields | {"placement": "shank+thigh"}
            made.append(replace(row, time_ns=row.time_ns - 500_000_000, fields=other))
        numbers = {name: type(value)(REPLACED) for name, value in row.fields.items() if type(value) in (int, float)}
        made.append(replace(row, time_ns=row.time_ns + 1, fields=row.fields | numbers | {"withdrawn": True}))
    return made


def link_rows(now: float = NOW, sensors: tuple[str, ...] = SENSORS, **said: object) -> list[Row]:
    """Return an hour of reports, one a minute."""
    plain = {"battery_pct": 80.0, "rssi_dbm": -60.0, "missing_pct": 0.5, "clock_ppm": 12.0, "reconnects": 1,
             "backlog": 0, "withdrawn": False}  # fmt: skip
    return [
        Row("link", {"clinic": CLINIC, "sensor": sensor}, round((now - 60 * minute) * 1e9), plain | said)
        for sensor in sensors
        for minute in range(1, 61)
    ]


def curve_of(row: Row) -> bytes:
    """Return the lines of a made-up curve of a result."""
    t_s = np.arange(0.0, 20.0)
    wave = np.sin(t_s).astype(np.float32)
    names = ("angle_low_deg", "angle_high_deg") if row.measurement == "exercise_set" else ("ap_mps2", "ml_mps2")
    tags = {"exercise" if name == "trial" else name: text for name, text in row.tags.items()}
    columns = {names[0]: 10 * wave, names[1]: 10 * wave + 1}
    return curve_lines(Curve(tags, str(row.fields["set_id"]), row.time_ns, 0.0, t_s, columns))
