"""Several processes on one file, and processes that are killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from imutrack.clinic.patients import Patients
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, OTTER, START, exercise_set

WRITER = """
import sys
from pathlib import Path
from stores.store_builders import BERLIN, START, exercise_set, relabelled
from imutrack.clinic.patients import Patients
from imutrack.stores.local import LocalStore
folder, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()  # all begin together
with LocalStore.open(folder) as store:
    mine = Patients(store).add(now=START)
    for number in range(count):
        recording = f"{writer}{number:03d}" * 16
        result = exercise_set(f"{writer}{writer}aa-{number:04d}", recording=recording, start=START + 90.0 * number)
        store.replace(recording, [relabelled(result, patient=mine)], clinic="clinic", zone=BERLIN)
        assert len(store.sets(mine)) == number + 1
print(mine)
"""

HALF_WAY = """
import sys
from pathlib import Path
from imutrack.stores.local import LocalStore
with LocalStore.open(Path(sys.argv[1])) as store, store.database.transaction() as connection:
    connection.execute("DELETE FROM exercise_set")
    connection.execute("DELETE FROM rep")
    connection.execute("PRAGMA cache_spill = 1")
    connection.executemany(
        "INSERT INTO rep (patient, time_ns, recording, set_id) VALUES ('x', ?, 'x', 'x')", ((n,) for n in range(200000))
    )
    print("half way", flush=True)
    sys.stdin.readline()
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )


def test_processes_that_make_and_write_one_file_at_once_lose_nothing(tmp_path):
    folder, count = tmp_path / "new" / "data", 12
    writers = [start(WRITER, folder, name, count) for name in "bcde"]
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    done = [writer.communicate(timeout=120) for writer in writers]
    assert [said[1] for said in done] == [""] * 4
    with LocalStore.open(folder) as store:
        patients = {found.pseudonym for found in Patients(store).list()}
        assert patients == {said[0].strip() for said in done}
        assert [len(store.sets(patient)) for patient in patients] == [count] * 4
        assert {len({row.text("session") for row in store.sets(patient)}) for patient in patients} == {1}
        with store.database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_process_killed_in_the_middle_of_writing_leaves_what_was_there_before(tmp_path):
    with LocalStore.open(tmp_path) as store:
        Patients(store).add(OTTER, now=START)
        store.replace("r" * 64, [exercise_set()], clinic="clinic", zone=BERLIN)
    writer = start(HALF_WAY, tmp_path)
    assert writer.stdout.readline() == "half way\n"
    assert (tmp_path / "imutrack.sqlite3-wal").stat().st_size > 1_000_000  # it really was writing
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    with LocalStore.open(tmp_path) as store:
        assert len(store.sets(OTTER)) == 1
        assert len(store.reps("aaaa-0001")) == 3
        with store.database.reading() as connection:
            assert connection.execute("SELECT count(*) FROM rep").fetchone() == (3,)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
