"""Files of earlier versions become current ones, with everything they held.

`data/store_v1.sql` is a store of version 1 as SQL text. It stays as it is: a change to the tables needs a step in
`imutrack.stores.migrations.STEPS`, and then `python tests/stores/test_migrations.py N` writes the next such file.
"""

import dataclasses
import sqlite3
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from imutrack import config
from imutrack.clinic.patients import Patients
from imutrack.clinic.rollup import refresh
from imutrack.corrections import Correction
from imutrack.stores.correcting import correct
from imutrack.stores.database import FILE_NAME
from imutrack.stores.erasing import count_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.migrations import STEPS, VERSION, create, migrate
from stores.store_builders import BERLIN, OTTER, START, chair_test, exercise_set, stance, up_and_go

DATA = Path(__file__).parent / "data"
RESULTS = (exercise_set(), stance(), chair_test(), up_and_go())


def old_store(folder, version):
    """Make a store file of an earlier version."""
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.executescript((DATA / f"store_v{version}.sql").read_text(encoding="utf-8"))
    connection.close()


def tables(connection):
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: {(column, kind, required, key) for _, column, kind, required, _, key in
               connection.execute(f"PRAGMA table_info({name})")}
        for name in names
    }  # fmt: skip


def indexes(connection):
    return set(connection.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))


EVERY_VERSION = pytest.mark.parametrize("version", range(1, VERSION + 1))


@EVERY_VERSION
def test_a_file_of_an_earlier_version_gets_the_tables_of_a_new_one(tmp_path, version):
    old_store(tmp_path, version)
    with LocalStore.open(tmp_path) as old, LocalStore.open(tmp_path / "new") as new:
        old_connection, new_connection = old.database.connection, new.database.connection
        assert tables(old_connection) == tables(new_connection), "the tables changed: append a step to STEPS"
        assert indexes(old_connection) == indexes(new_connection)
        assert old_connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert old_connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@EVERY_VERSION
def test_a_file_of_an_earlier_version_keeps_all_that_it_held(tmp_path, version):
    old_store(tmp_path, version)
    with LocalStore.open(tmp_path) as store:
        assert Patients(store).require(OTTER) == OTTER
        held = {table: count for table, count in count_patient(store, OTTER).items() if count and table != "stale"}
        assert held == {
            "exercise_set": 1, "rep": 3, "stance": 1, "sit_to_stand": 1, "timed_up_and_go": 1, "trace": 2, "result": 4,
            "patient": 1,
        }  # fmt: skip
        assert store.sets(OTTER)[0].number("rom_best3_deg") == 84.5
        for made in RESULTS:
            kept = store.analysed(made.set_id)
            for field in dataclasses.fields(made):
                if field.name not in {"trace", "task"}:
                    assert getattr(kept, field.name) == getattr(made, field.name), (made.set_id, field.name)
            assert replace(kept.task, start_s=made.task.start_s, stop_s=made.task.stop_s) == made.task
        assert len(store.trace("aaaa-0001").t_s) == 20
        assert store.start_of("q" * 64, 0.0) == 1234.5
        said = Correction(set_id="aaaa-0001", at_ns=1, by="MB", why="stumbled", reps=2)
        assert correct(store, said, clinic="clinic", zone=BERLIN).result.reps == 2
        assert store.sets(OTTER)[0].count("reps") == 2
        replaced = store.replace("r" * 64, RESULTS, clinic="clinic", zone=BERLIN)
        assert replaced.inserted + replaced.unchanged == len(RESULTS)
        assert count_patient(store, OTTER)["result"] == len(RESULTS)


@EVERY_VERSION
def test_the_next_roll_up_of_an_older_file_says_what_only_newer_ones_do(tmp_path, version):
    old_store(tmp_path, version)
    with LocalStore.open(tmp_path) as store:
        refresh(store, config.load(data=tmp_path, tz="Europe/Berlin"), START)
        (row,) = store.sets(OTTER)
        assert row.count("end_ms") == pytest.approx(1000 * (row.start + row.number("duration_s")), abs=1)


def test_the_steps_that_are_missing_run_in_order_and_once():
    ran = []
    steps = [lambda _: ran.append("1 to 2"), lambda _: ran.append("2 to 3"), lambda _: ran.append("3 to 4")]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, 2, steps)
    assert ran == ["2 to 3", "3 to 4"]
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    migrate(connection, 4, steps)
    assert len(ran) == 2
    connection.close()


def test_a_step_that_fails_leaves_the_file_as_it_was():
    def add_column(connection):
        connection.execute("ALTER TABLE rep ADD COLUMN new_deg REAL")

    def fail(connection):
        connection.execute("ALTER TABLE nothing ADD COLUMN new_deg REAL")

    connection = sqlite3.connect(":memory:", isolation_level=None)
    create(connection)
    before = tables(connection)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, 1, [add_column, fail])
    connection.execute("ROLLBACK")
    assert tables(connection) == before
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_a_new_file_is_of_the_version_the_steps_lead_to():
    assert 1 + len(STEPS) == VERSION
    assert (DATA / f"store_v{VERSION}.sql").is_file(), "keep a file of every version"


def write_old_store(version):
    with tempfile.TemporaryDirectory() as folder:
        with LocalStore.open(Path(folder)) as store:
            Patients(store).add(OTTER, now=START)
            store.start_of("q" * 64, 1234.5)
            store.replace("r" * 64, RESULTS, clinic="clinic", zone=BERLIN)
            header = [
                f"PRAGMA {name} = {store.database.connection.execute(f'PRAGMA {name}').fetchone()[0]};"
                for name in ("application_id", "user_version")
            ]
            lines = [*header, *store.database.connection.iterdump()]
        (DATA / f"store_v{version}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_old_store(int(sys.argv[1]))
