"""Replay with one version, then another, then another label, patient and count: SQLite and InfluxDB stay right."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from imutrack.clinic.patients import Patients
from imutrack.corrections import Correction
from imutrack.influx import Client
from imutrack.stores import outbox
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS
from imutrack.stores.tables import select_curves, select_rows
from imutrack.task import Side
from influx.instance import Influx
from influx.sending import client, sender
from stores.store_builders import BERLIN, OTTER, PANDA, exercise_set, relabelled, stance, task

RECORDING, DAY_S = "r" * 64, 86_400.0
TODAY = float(int(datetime.now(UTC).timestamp()) - 3600)
SUMS = {"exercise_set": "reps", "rep": "number"}
CURVE = {"withdrawn", "angle_low_deg", "angle_high_deg", "ap_mps2", "ml_mps2"}


@dataclass
class Clinic:
    """A store, and a real server that gets what changes in it."""

    store: LocalStore
    influx: Influx
    bucket: str
    to: Client

    def replay(self, *results, recording=RECORDING):
        self.store.replace(recording, results, clinic="north", zone=BERLIN)

    def correct(self, at_ns, **said):
        said = Correction(set_id="aaaa-0001", at_ns=at_ns, by="MB", why="seen", **said)
        correct(self.store, said, clinic="north", zone=BERLIN)

    def drain(self):
        sent = sender(self.store, self.to).drain()
        assert (sent.kept, sent.set_aside, sent.expired) == (None, 0, 0)

    def sums(self):
        """What counts, by measurement, patient and side: rows and the sum of a field. Both stores hold the same."""
        self.drain()
        found = self.sums_here()
        assert self.sums_there() == found
        assert self.counting_there() == self.counting_here()
        return found

    def sums_here(self):
        with self.store.database.reading() as connection:
            query = "SELECT patient, side, count({1}), sum({1}) FROM {0} WHERE NOT withdrawn GROUP BY patient, side"
            return {(name, patient, side or ""): (count, total) for name, field in SUMS.items()
                    for patient, side, count, total in connection.execute(query.format(name, field))}  # fmt: skip

    def sums_there(self):
        query = 'SELECT count("{1}"), sum("{1}") FROM "{0}" WHERE "withdrawn" = false GROUP BY "patient", "side"'
        return {(name, series["tags"]["patient"], series["tags"]["side"]): tuple(map(int, series["values"][0][1:]))
                for name, field in SUMS.items()
                for series in self.influx.query(query.format(name, field), self.bucket)}  # fmt: skip

    def counting_here(self):
        """Every point that counts, tags and fields and all; of curves the times."""
        points = [kind.name for kind in MEASUREMENTS.values() if kind.storage == "points"]
        with self.store.database.reading() as connection:
            rows = [row for name in points for row in select_rows(connection, name, "NOT withdrawn", [])]
            found = {(row.measurement, row.time_ns, *sorted({**row.tags, **row.fields}.items())) for row in rows}
            curves = list(select_curves(connection, "NOT withdrawn", []))
        return found | {
            ("trace", at, *sorted({**curve.tags, "set_id": curve.set_id}.items()))
            for curve, _ in curves
            for at in curve.times_ns.tolist()
        }

    def counting_there(self):
        found = set()
        for name in MEASUREMENTS:
            for point in self.influx.points(name, f"{self.bucket}/trace" if name == "trace" else self.bucket):
                left_out = {"time"} | (CURVE if name == "trace" else set())
                said = {key: value for key, value in point.items() if key not in left_out}
                if not point["withdrawn"]:
                    found.add((name, point["time"], *sorted(said.items())))
        return found


@pytest.fixture
def clinic(tmp_path, influx, bucket):
    if influx.major != 3:
        influx.make(f"{bucket.name}/trace")
    with LocalStore.open(tmp_path / "data") as store, client(influx, bucket.name) as to:
        for patient in (OTTER, PANDA):
            Patients(store).add(patient, now=TODAY)
        outbox.switch(store, on=True)
        made = Clinic(store, influx, bucket.name, to)
        others = [
            relabelled(exercise_set("aaaa-0002", "s" * 64, start=TODAY - 5 * DAY_S, reps=5), patient=PANDA),
            stance("aaaa-0003", recording="t" * 64, start=TODAY - 6 * DAY_S),
        ]
        for one in others:
            made.replay(one, recording=one.recording)
        yield made


def analysed(algorithm, reps, patient=OTTER, side=Side.LEFT):
    return exercise_set(algorithm=algorithm, reps=reps, start=TODAY, task=task(patient, side=side))


OTHERS = {("exercise_set", PANDA, "left"): (1, 5), ("rep", PANDA, "left"): (5, 15)}


@pytest.mark.parametrize("way", ["another label", "a correction"])
def test_replay_with_v1_then_v2_with_fewer_reps_then_the_other_side_another_patient_a_corrected_count(clinic, way):
    before = clinic.counting_here()
    assert clinic.sums() == OTHERS

    clinic.replay(analysed("sets 1", 3))
    assert clinic.sums() == {**OTHERS, ("exercise_set", OTTER, "left"): (1, 3), ("rep", OTTER, "left"): (3, 6)}

    clinic.replay(analysed("sets 2", 2))
    assert clinic.sums() == {**OTHERS, ("exercise_set", OTTER, "left"): (1, 2), ("rep", OTTER, "left"): (2, 3)}

    if way == "another label":
        clinic.replay(analysed("sets 2", 2, side=Side.RIGHT))
    else:
        clinic.correct(1, side=Side.RIGHT)
    assert clinic.sums() == {**OTHERS, ("exercise_set", OTTER, "right"): (1, 2), ("rep", OTTER, "right"): (2, 3)}

    if way == "another label":
        clinic.replay(analysed("sets 2", 2, PANDA, Side.RIGHT))
    else:
        clinic.correct(2, patient=PANDA)
    moved = {**OTHERS, ("exercise_set", PANDA, "right"): (1, 2), ("rep", PANDA, "right"): (2, 3)}
    assert clinic.sums() == moved

    clinic.correct(3, reps=4)
    assert clinic.sums() == {**moved, ("exercise_set", PANDA, "right"): (1, 4)}

    assert before < clinic.counting_there()  # of the others nothing changed
    clinic.replay()
    assert clinic.sums() == OTHERS
    assert clinic.counting_there() == before


def test_replaying_the_same_again_sends_nothing(clinic):
    clinic.replay(analysed("sets 1", 3))
    clinic.drain()
    clinic.replay(analysed("sets 1", 3))
    assert outbox.waiting(clinic.store).batches == 0


def test_many_replays_that_are_sent_all_at_once_end_the_same(clinic):
    for number in range(6):
        clinic.replay(analysed(f"sets {number}", 1 + number % 3, side=(Side.LEFT, Side.RIGHT)[number % 2]))
    assert clinic.sums() == {**OTHERS, ("exercise_set", OTTER, "right"): (1, 3), ("rep", OTTER, "right"): (3, 6)}


def test_a_server_that_was_lost_has_all_again_the_state_of_links_too(clinic):
    clinic.replay(analysed("sets 1", 3))
    tags, said = {"clinic": "north", "sensor": "blue-1"}, {"battery_pct": 80.5, "backlog": 3, "withdrawn": False}
    link = [Row("link", tags, round((TODAY + 10 * number) * 1e9), said) for number in range(100)]
    add_points(clinic.store, link)
    clinic.drain()
    before = clinic.counting_there()
    assert sum(name == "link" for name, *_ in before) == 100
    clinic.influx.empty(clinic.bucket)
    assert clinic.counting_there() == set()
    outbox.refill(clinic.store)
    clinic.sums()
    assert clinic.counting_there() == before == clinic.counting_here()
