"""Every way a file, a folder or a disk fails gives one line that says what to do, and leaves what was stored whole."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from collector.disk import files_no_longer_than
from imutrack import config
from imutrack.clinic.patients import Patients
from imutrack.collector.sessions.asking_the_clinic import clinic_of
from imutrack.errors import NoRoomError, SchemaError, StoreError
from imutrack.stores.database import FILE_NAME, Database
from imutrack.stores.local import LocalStore
from imutrack.stores.migrations import VERSION
from stores.store_builders import BERLIN, OTTER, START, exercise_set, trace

RECORDING = "r" * 64
LONG = exercise_set("aaaa-0099", recording="q" * 64, trace=trace(10.0, 200_000))


@pytest.fixture
def folder(tmp_path):
    """A data directory that holds one set."""
    make(tmp_path)
    return tmp_path


def make(folder):
    with LocalStore.open(folder) as store:
        Patients(store).add(OTTER, now=START)
        store.replace(RECORDING, [exercise_set()], clinic="clinic", zone=BERLIN)


def put_long(store):
    store.replace(LONG.recording, [LONG], clinic="clinic", zone=BERLIN)


def check_whole(folder):
    with LocalStore.open(folder) as store:
        assert [row.text("set_id") for row in store.sets(OTTER)] == ["aaaa-0001"]
        assert len(store.reps("aaaa-0001")) == 3
        with store.database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def one_line(error):
    return "\n" not in str(error.value) and FILE_NAME in str(error.value)


def test_a_full_disk_is_said_and_what_was_stored_stays_whole(folder):
    with LocalStore.open(folder) as store:
        store.database.connection.execute("PRAGMA max_page_count = 100")
        with pytest.raises(StoreError, match="the disk is full: free some space") as error:
            put_long(store)
        assert one_line(error)
        assert len(store.sets(OTTER)) == 1
        store.database.connection.execute("PRAGMA max_page_count = 1000000")
        put_long(store)  # after space was made, the same store goes on
        store.replace(LONG.recording, [], clinic="clinic", zone=BERLIN)
    check_whole(folder)


def test_a_really_full_disk_is_said_and_what_was_stored_stays_whole(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can make a small disk")
    try:
        make(tmp_path)
        with LocalStore.open(tmp_path) as store, pytest.raises(StoreError, match="the disk is full") as error:
            put_long(store)
        assert one_line(error)
        check_whole(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_limit_on_file_size_is_said_and_what_was_stored_stays_whole(folder):
    limited = """
import resource, sys
from pathlib import Path
from imutrack.errors import StoreError
from stores.test_store_faults import LocalStore, put_long
with LocalStore.open(Path(sys.argv[1])) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        put_long(store)
    except StoreError as error:
        print(error)
"""
    said = run(limited, folder)
    assert "could not be read or written" in said
    assert "space and limits" in said
    check_whole(folder)


@pytest.mark.parametrize("cut_off", [False, True], ids=["closed in order", "killed"])
def test_a_disk_that_takes_nothing_more_can_still_be_read(tmp_path, folder, cut_off):
    if cut_off:  # what is stored stands in the log alone
        with LocalStore.open(folder) as store:
            Patients(store).add(now=START)
            folder = tmp_path / "killed"
            folder.mkdir()
            for name in (FILE_NAME, f"{FILE_NAME}-wal"):
                shutil.copy(tmp_path / name, folder / name)
    with files_no_longer_than(0), LocalStore.open(folder) as store:
        assert [row.text("set_id") for row in store.sets(OTTER)] == ["aaaa-0001"]
        assert len(Patients(store).list()) == 1 + cut_off
        with pytest.raises(NoRoomError) as error:
            put_long(store)
        assert one_line(error)
        assert len(store.sets(OTTER)) == 1
    check_whole(folder)


def test_a_collector_on_a_full_disk_still_knows_its_patients_and_plans(folder):
    clinic = clinic_of(config.load(data=folder, tz="Europe/Berlin"), lambda: START)
    with files_no_longer_than(0):
        assert clinic.patient("Otter Maple 47") == OTTER
        assert list(clinic.plan(OTTER)) == []
        assert list(clinic.done_today(OTTER)) == [("arm_elevation", "left")]


def test_several_who_open_a_store_on_a_full_disk_at_once_take_turns(folder):
    failed = []

    def look():
        for _ in range(12):
            try:
                with Database(folder, busy_s=2.0) as database, database.reading() as connection:
                    connection.execute("SELECT count(*) FROM result").fetchone()
            except StoreError as error:
                failed.append(str(error))

    lookers = [threading.Thread(target=look) for _ in range(4)]
    with files_no_longer_than(0):
        for each in lookers:
            each.start()
        for each in lookers:
            each.join()
    assert failed == []


def test_who_will_not_wait_for_a_store_on_a_full_disk_does_not(folder):
    said = []

    def look():
        try:
            Database(folder, busy_s=0.0).close()
        except StoreError as error:
            said.append(str(error))

    with files_no_longer_than(0), Database(folder) as holder, holder.reading() as connection:
        connection.execute("SELECT count(*) FROM result").fetchone()
        looker = threading.Thread(target=look)
        looker.start()
        looker.join(4.0)  # SQLite by itself waits for five
        assert [FILE_NAME in each and "another imutrack" in each for each in said] == [True]
    looker.join()


def test_who_opened_a_store_on_a_full_disk_waits_for_writers_as_it_was_told(folder):
    with files_no_longer_than(0), Database(folder, busy_s=7.0) as alone:
        assert alone.connection.execute("PRAGMA busy_timeout").fetchone() == (7000,)


def test_a_read_only_folder_says_what_to_do(folder):
    with unprivileged(folder) as safe:
        safe.chmod(0o500)
        (safe / FILE_NAME).chmod(0o400)
        with as_nobody(), pytest.raises(StoreError, match="--data-dir") as error:
            LocalStore.open(safe)
        assert one_line(error)
        with as_nobody(), pytest.raises(StoreError, match=r"cannot be made.*choose a folder"):
            LocalStore.open(safe / "below")


def test_a_file_that_became_read_only_says_what_to_do(folder):
    with LocalStore.open(folder) as store:
        store.database.connection.execute("PRAGMA query_only = ON")  # as SQLite sees a read-only file
        with pytest.raises(StoreError, match="is read-only: make the file and its folder writable") as error:
            put_long(store)
        assert one_line(error)
    check_whole(folder)


def test_a_folder_that_vanishes_while_in_use_is_said(folder):
    with LocalStore.open(folder) as store:
        shutil.rmtree(folder)
        with pytest.raises(StoreError, match="was moved or deleted while in use"):
            put_long(store)


def test_a_file_that_is_swapped_while_in_use_is_said_and_not_written(folder, tmp_path_factory):
    aside = tmp_path_factory.mktemp("aside") / "old"
    with LocalStore.open(folder) as store:
        (folder / FILE_NAME).rename(aside)
        (folder / FILE_NAME).write_bytes(b"")
        with pytest.raises(StoreError, match="was moved or deleted while in use"):
            put_long(store)
    assert (folder / FILE_NAME).read_bytes() == b""


@pytest.mark.parametrize(
    "content",
    [b"set,reps\n1,10\n" * 100, b"\0" * 4096, b"SQLite format 2\0" + b"\0" * 4080],
    ids=["text", "zeros", "another magic"],
)
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StoreError, match="is not an imutrack store: move it away") as error:
        LocalStore.open(tmp_path)
    assert one_line(error)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path):
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("CREATE TABLE song (title TEXT)")
    other.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(SchemaError, match="is not an imutrack store"):
        LocalStore.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_newer_schema_is_refused_and_left_as_it_is_byte_for_byte(folder):
    with LocalStore.open(folder) as store:
        store.database.connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SchemaError, match=rf"newer imutrack \(schema {VERSION + 1}, .*knows {VERSION}\)") as error:
        LocalStore.open(folder)
    assert one_line(error)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_newer_schema_is_left_as_it_is_while_the_newer_program_runs(folder):
    newer = sqlite3.connect(folder / FILE_NAME)
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")  # committed to the log, not yet in the file
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(SchemaError, match="newer imutrack"):
        LocalStore.open(folder)
    assert (folder / FILE_NAME).read_bytes() == before
    newer.close()


@pytest.mark.parametrize("where", [16, 56, 100], ids=["page size", "encoding", "first page"])
def test_a_damaged_header_is_said(folder, where):
    with (folder / FILE_NAME).open("r+b") as file:
        file.seek(where)
        file.write(b"\xa5" * 8)
    with pytest.raises(StoreError, match=r"is damaged: restore it|is not an imutrack store|could not be used") as error:
        LocalStore.open(folder)
    assert one_line(error)


def test_a_file_that_was_cut_is_said(folder):
    whole = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(whole[:8192])
    with pytest.raises(StoreError, match="is damaged: restore it") as error, LocalStore.open(folder) as store:
        store.sets(OTTER)
    assert one_line(error)


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / FILE_NAME).touch()
    make(tmp_path)
    check_whole(tmp_path)


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match=r"cannot be opened|could not be read"):
        LocalStore.open(tmp_path)


@pytest.mark.parametrize("below", [".", "deeper"])
def test_a_file_in_the_place_of_the_folder_is_said(tmp_path, below):
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="choose a"):
        LocalStore.open(tmp_path / "data" / below)


def test_a_writer_that_does_not_let_go_is_said(folder):
    with LocalStore.open(folder) as holder, Database(folder, busy_s=0.0) as waiting, holder.database.transaction():
        with pytest.raises(StoreError, match="is in use by another imutrack") as error, waiting.transaction():
            pass
        assert one_line(error)
    check_whole(folder)


def test_a_reader_does_not_wait_for_a_writer(folder):
    with LocalStore.open(folder) as writer, LocalStore(Database(folder, busy_s=0.0)) as reader:
        with writer.database.transaction() as connection:
            connection.execute("DELETE FROM exercise_set")
            assert len(reader.sets(OTTER)) == 1
        assert reader.sets(OTTER) == []


def run(code, *arguments):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False
    )
    assert not done.stderr
    return done.stdout


@contextlib.contextmanager
def unprivileged(folder):
    """A copy of the data directory where an ordinary user can reach it, and owns it."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        safe = Path(shutil.copytree(folder, Path(parent) / "data"))
        if os.geteuid() == 0:
            for path in (safe, *safe.iterdir()):
                os.chown(path, 65534, 65534)
        yield safe
        safe.chmod(0o700)


@contextlib.contextmanager
def as_nobody():
    """Root may write anywhere, so do it as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
