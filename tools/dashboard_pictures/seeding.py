"""A synthetic clinic in a real InfluxDB, and the patient with the most to tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from made_up import link_rows, set_curve, trial_curve

from imutrack import config
from imutrack.clinic.patients import Patients
from imutrack.clinic.rollup import refresh
from imutrack.demo.clinic import fill
from imutrack.grafana.boards.common import SESSION
from imutrack.stores.line_protocol import curve_lines, lines
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS
from imutrack.synthetic.clinic import ClinicParams, clinic
from influx.instance import HTTP, Bucket, HttpError, Influx

__all__ = ["Seeded", "empty", "seeded"]

CLINIC = "hillside"
ZONE = "Europe/Berlin"
PATIENTS, DAYS = 40, 84  # a clinic with four therapists; the twelve weeks of the dashboards
END = date(2026, 6, 26)
NOW_S = datetime(2026, 6, 26, 16, 0, tzinfo=UTC).timestamp()  # late in the working day: most of today's work is there
BATCH = 20_000
ELSEWHERE = {"trace", "link"}  # made up below
TOLD = ("stance", "sit_to_stand", "timed_up_and_go", "treatment", "self_report")


@dataclass(frozen=True)
class Seeded:
    """A bucket and what a person chooses in it.

    Attributes:
        bucket: the clinic's.
        rows: what is in it.
        chosen: name of a variable -> choice.
        around: uid of a dashboard that is opened by a link -> the period the link gives, ms.
    """

    bucket: Bucket
    rows: tuple[Row, ...]
    chosen: Mapping[str, str]
    around: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    now: int = round(NOW_S * 1000)

    def ask(self, influxql: str) -> list[dict[str, Any]]:
        """Return the series of an answer, times in ms.

        Raises:
            HttpError: the server refused, or could not read the query.
        """
        said = {"db": self.bucket.name, "q": influxql, "epoch": "ms"}
        headers = {"Authorization": f"Token {self.bucket.read_token}"}
        answer = HTTP.request("GET", f"{self.bucket.influx.url}/query", fields=said, headers=headers)
        (result,) = orjson.loads(answer.data).get("results", [{"error": answer.data.decode()}])
        if "error" in result:
            raise HttpError(answer.status, f"{result['error']}: {influxql}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series


def seeded(influx: Influx, folder: Path) -> Seeded:
    """Return a bucket with a clinic, its curves and its sensors in it."""
    rows = (*_clinic_rows(folder), *link_rows(NOW_S, CLINIC))
    bucket = _bucket(influx)
    for batch in _batches(rows):
        bucket.write(lines(batch))
    patient = _with_most_to_tell(rows)
    curves = Bucket(influx, f"{bucket.name}/trace", bucket.write_token, bucket.read_token)
    for curve in _curves(rows, patient):
        curves.write(curve)
    chosen = {"patient": patient} | _exercise(rows, patient)
    shown = _set(rows, chosen)
    around = {SESSION: (shown.time_ns // 1_000_000, round(float(shown.fields["end_ms"])))}
    return Seeded(bucket, rows, chosen | {"set": str(shown.fields["set_id"])}, around)


def empty(influx: Influx, full: Seeded) -> Seeded:
    """Return a bucket with nothing in it."""
    return Seeded(_bucket(influx), (), {}, full.around)


def _clinic_rows(folder: Path) -> list[Row]:
    settings = replace(config.load(data=folder, tz=ZONE), clinic=CLINIC)
    params = ClinicParams(patients=PATIENTS, days=DAYS, end=END, zone=settings.zone)
    kinds = [name for name in MEASUREMENTS if name not in ELSEWHERE]
    with LocalStore.open(folder) as store:
        fill(store, clinic(params), settings.zone, CLINIC, NOW_S)
        refresh(store, settings, NOW_S)
        names = [patient.pseudonym for patient in Patients(store).list()]
        return [row for name in names for kind in kinds for row in store.points(kind, name)]


def _bucket(influx: Influx) -> Bucket:
    name = influx.spare_name()
    influx.make(name)
    influx.make(f"{name}/trace")
    both = [name, f"{name}/trace"]
    return Bucket(influx, name, influx.grant(write=both), influx.grant(read=both))


def _with_most_to_tell(rows: Iterable[Row]) -> str:
    """Return a patient with everything a dashboard asks for: the one with the most verdicts of more range."""
    mine: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        mine.setdefault(row.tags.get("patient", ""), {}).setdefault(row.measurement, []).append(row)

    def story(found: Mapping[str, list[Row]]) -> tuple[int, int, int]:
        more = sum(row.fields.get("verdict") == "more" for row in found.get("change", ()))
        corrected = sum("corrected" in row.fields for row in found.get("exercise_set", ()))
        return more, corrected > 0, len(found.get("self_report", ()))

    def is_active(found: Mapping[str, list[Row]]) -> bool:
        days = sorted(found.get("patient_day", ()), key=lambda row: row.time_ns)
        return bool(days) and days[-1].fields["status"] == "active" and "therapist" in days[-1].fields

    told = [name for name, found in mine.items() if is_active(found) and all(kind in found for kind in TOLD)]
    return max(told, key=lambda name: story(mine[name]))


def _exercise(rows: Iterable[Row], patient: str) -> dict[str, str]:
    """Return the exercise and side of which most is known."""
    verdicts = [
        row.fields
        for row in rows
        if row.measurement == "change" and row.tags["patient"] == patient and row.fields.get("measure") == "rom"
    ]
    best = max(verdicts, key=lambda said: (said.get("verdict") == "more", said.get("mode") == "active"))
    return {name: str(best[name]) for name in ("exercise", "side") if name in best}


def _set(rows: Iterable[Row], chosen: Mapping[str, str]) -> Row:
    """Return the latest set of the exercise that can be trusted."""
    return max(
        (
            row
            for row in rows
            if row.measurement == "exercise_set"
            and all(row.tags.get(name) == text for name, text in chosen.items())
            and row.fields["quality"] == "good"
        ),
        key=lambda row: row.time_ns,
    )


def _curves(rows: Iterable[Row], patient: str) -> Iterable[bytes]:
    mine = [row for row in rows if row.tags.get("patient") == patient]
    reps: dict[object, list[Row]] = {}
    for row in mine:
        if row.measurement == "rep":
            reps.setdefault(row.fields["set_id"], []).append(row)
    for row in mine:
        if row.measurement == "stance":
            yield curve_lines(trial_curve(row))
        elif row.measurement == "exercise_set" and row.fields["set_id"] in reps:
            yield curve_lines(set_curve(row, sorted(reps[row.fields["set_id"]], key=lambda rep: rep.time_ns)))


def _batches(rows: tuple[Row, ...]) -> Iterable[tuple[Row, ...]]:
    return (rows[begin : begin + BATCH] for begin in range(0, len(rows), BATCH))
