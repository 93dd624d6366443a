"""Corrections in the store: applied at once, kept apart, and in force whatever the recording is analysed to later."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from imutrack.clinic.patients import Patients
from imutrack.corrections import Correction
from imutrack.errors import SettingsError
from imutrack.stores.correcting import correct, corrections
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore, Replaced
from imutrack.task import Side
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    START,
    chair_test,
    check_settled,
    content,
    exercise_set,
    relabelled,
    stance,
)

RECORDING, OTHER = "r" * 64, "q" * 64
LYNX = "lynx-violin-11"


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        yield opened
        check_settled(opened)


def put(store, *results, recording=RECORDING, zone=BERLIN):
    return store.replace(recording, results, clinic="clinic", zone=zone)


def say(store, set_id="aaaa-0001", at_ns=1, by="MB", why="sensor slipped", **what):
    correction = Correction(set_id=set_id, at_ns=at_ns, by=by, why=why, **what)
    return correct(store, correction, clinic="clinic", zone=BERLIN)


def only_set(store, patient=OTTER, **which):
    (row,) = store.points("exercise_set", patient, **which)
    return row


def writes(store):
    return store.database.connection.total_changes


def everything(store):
    return {name: rows for name, rows in content(store).items() if name != "stale"}


def test_the_row_says_what_counts_what_was_counted_and_who_said_so(store):
    put(store, exercise_set(reps=10))
    now = say(store, reps=9)
    row = only_set(store)
    assert (row.count("reps"), row.count("reps_counted")) == (9, 10)
    assert (row.text("corrected_by"), row.text("corrected")) == ("MB", "repetitions: 9 instead of 10 (sensor slipped)")
    assert (now.text, now.result.reps) == (row.text("corrected"), 9)
    assert store.analysed("aaaa-0001").reps == 10


def test_what_the_store_says_of_a_result_is_what_its_row_says(store):
    put(store, exercise_set(reps=10))
    say(store, name="squat")
    assert store.result("aaaa-0001").text == only_set(store).text("corrected")
    assert store.result("zzzz-9999") is None


@pytest.mark.parametrize(
    "again",
    [
        exercise_set(reps=11, algorithm="sets 2"),
        relabelled(exercise_set(), name="squat"),
        relabelled(exercise_set(), patient=PANDA),
        exercise_set(start=START + 86_400),
    ],
)
def test_a_correction_outlives_another_analysis_label_patient_and_start(store, again):
    put(store, exercise_set(reps=10))
    say(store, reps=9, side=Side.RIGHT)
    assert put(store, again) == Replaced(1, 1, 0)
    row = only_set(store, again.task.patient)
    assert (row.count("reps"), row.count("reps_counted"), row.text("side")) == (9, again.reps, "right")


def test_a_correction_waits_for_a_set_that_went_and_meets_it_when_it_comes_back(store):
    put(store, exercise_set(reps=10))
    say(store, reps=9)
    corrected_once = everything(store)
    put(store)
    assert store.sets(OTTER) == []
    assert [each.reps for each in corrections(store, OTTER)] == [9]
    put(store, exercise_set(reps=10))
    assert everything(store) == corrected_once


def test_storing_the_same_again_writes_nothing_whatever_was_corrected(store):
    results = exercise_set(reps=10), exercise_set("aaaa-0005", start=START + 60), stance(), chair_test()
    put(store, *results)
    say(store, reps=9, name="squat")
    say(store, "aaaa-0005", patient=PANDA)
    say(store, "aaaa-0002", void=True)
    before = writes(store)
    assert put(store, *results) == Replaced(0, 0, 4)
    assert writes(store) == before


def test_the_same_correction_twice_is_one(store):
    put(store, exercise_set())
    say(store, reps=9)
    before = writes(store)
    say(store, reps=9)
    assert writes(store) == before
    assert len(corrections(store, OTTER)) == 1


def test_an_undo_leaves_the_rows_as_they_were_to_the_last_digit_of_their_time(store):
    put(store, exercise_set(), stance())
    before = everything(store)
    say(store, reps=9, name="squat", side=Side.RIGHT, patient=PANDA, void=True)
    say(store, at_ns=2, undo=True)
    after = everything(store)
    assert len(after.pop("correction")) == 2
    before.pop("correction")
    assert after == before


def test_what_was_corrected_is_another_point_of_another_time_in_the_same_millisecond(store):
    put(store, exercise_set())
    before = only_set(store).time_ns
    say(store, reps=9)
    after = only_set(store).time_ns
    assert after != before
    assert after // 1_000_000 == before // 1_000_000


def test_a_set_of_another_patient_goes_with_its_repetitions_and_its_curve_and_parts_the_sessions(store):
    hour = 3600.0
    put(store, *(exercise_set(f"aaaa-000{k}", start=START + 0.75 * hour * k) for k in range(3)))
    assert len({row.text("session") for row in store.sets(OTTER)}) == 1
    say(store, "aaaa-0001", patient=PANDA)
    assert len({row.text("session") for row in store.sets(OTTER)}) == 2
    assert only_set(store, PANDA).text("set_id") == "aaaa-0001"
    assert {row.text("patient") for row in store.reps("aaaa-0001")} == {PANDA}
    with store.database.reading() as connection:
        query = "SELECT patient FROM trace WHERE set_id = 'aaaa-0001'"
        assert connection.execute(query).fetchall() == [(PANDA,)]


def test_what_was_said_of_a_set_goes_with_it_to_another_patient(store):
    put(store, exercise_set())
    say(store, at_ns=1, reps=9)
    say(store, at_ns=2, patient=PANDA)
    assert len(corrections(store, PANDA)) == 2
    assert corrections(store, OTTER) == []
    put(store)
    assert len(corrections(store, PANDA)) == 2


def test_a_set_that_is_set_aside_keeps_its_rows_out_of_use_and_is_in_no_session(store):
    put(store, exercise_set(), stance(start=START + 3000.0), chair_test(start=START + 6000.0))
    sessions = {
        store.points("stance", OTTER)[0].text("session"),
        store.points("sit_to_stand", OTTER)[0].text("session"),
    }
    say(store, void=True)
    assert store.sets(OTTER) == []
    row = only_set(store, withdrawn=True)
    assert (row.fields["withdrawn"], row.text("session")) == (True, None)
    assert [each.fields["withdrawn"] for each in store.reps("aaaa-0001")] == [True] * 3
    with store.database.reading() as connection:
        assert connection.execute("SELECT withdrawn FROM trace WHERE set_id = 'aaaa-0001'").fetchall() == [(1,)]
    assert not sessions & {
        store.points("stance", OTTER)[0].text("session"),
        store.points("sit_to_stand", OTTER)[0].text("session"),
    }


def test_a_set_that_is_set_aside_stays_so_after_another_analysis_and_comes_back(store):
    put(store, exercise_set())
    say(store, void=True)
    put(store, exercise_set(algorithm="sets 2"))
    assert store.sets(OTTER) == []
    say(store, at_ns=2, void=False)
    assert (only_set(store).text("algorithm"), only_set(store).text("corrected_by")) == ("sets 2", None)
    with store.database.reading() as connection:
        assert connection.execute("SELECT withdrawn FROM trace").fetchall() == [(0,)]


def test_another_exercise_is_held_against_what_that_one_usually_reaches(store):
    put(store, relabelled(exercise_set(rom_best3_deg=95.0, flags=()), name="shoulder_flexion"))
    say(store, name="calf_raise")
    assert "is more than this movement usually reaches" in only_set(store).text("flags")
    assert (only_set(store).text("quality"), store.reps("aaaa-0001")[0].text("quality")) == ("usable", "usable")


def test_a_correction_keeps_the_date_of_the_zone_and_a_replay_in_another_zone_moves_it(store):
    put(store, exercise_set())  # 07:13 in Berlin, 23:13 of the day before in Los Angeles
    say(store, reps=2)
    assert only_set(store).text("local_date") == "2026-02-25"
    zone = ZoneInfo("America/Los_Angeles")
    assert put(store, exercise_set(), zone=zone) == Replaced(1, 1, 0)
    assert (only_set(store).text("local_date"), only_set(store).count("reps")) == ("2026-02-24", 2)
    check_settled(store, zone=zone)
    put(store, exercise_set())


def test_a_correction_of_nothing_or_to_nobody_is_refused_and_not_kept(store):
    put(store, exercise_set())
    before = content(store)
    with pytest.raises(SettingsError, match="no set zzzz-9999"):
        say(store, "zzzz-9999", reps=9)
    with pytest.raises(SettingsError, match="no patient lynx-violin-11"):
        say(store, patient=LYNX)
    assert content(store) == before


def test_two_recordings_with_a_set_of_one_id_keep_both(store):
    """Ids have 40 bits: it is unlikely, and must not lose a set."""
    put(store, exercise_set())
    replaced = put(store, exercise_set(recording=OTHER, reps=2), recording=OTHER)
    assert replaced.results["aaaa-0001"].result.reps == 2
    assert sorted(row.count("reps") for row in store.sets(OTTER)) == [2, 3]


CORRECTOR = """
import sys
from pathlib import Path
from imutrack.corrections import Correction
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, OTTER, PANDA
with LocalStore.open(Path(sys.argv[1])) as store:
    sys.stdin.readline()
    for number in range(int(sys.argv[2])):
        what = ({"reps": number}, {"patient": (OTTER, PANDA)[number % 2]}, {"void": number % 2 == 0})[number % 3]
        said = Correction(set_id=f"aaaa-000{number % 3}", at_ns=number, by="MB", why="seen", **what)
        correct(store, said, clinic="clinic", zone=BERLIN)
"""

REPLAYER = """
import sys
from pathlib import Path
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN
from stores.test_correcting import RECORDING, three_sets
with LocalStore.open(Path(sys.argv[1])) as store:
    sys.stdin.readline()
    for number in range(int(sys.argv[2])):
        store.replace(RECORDING, three_sets(f"sets {number % 2}"), clinic="clinic", zone=BERLIN)
"""

HALF_WAY = """
import sys
from pathlib import Path
from imutrack.stores.local import LocalStore
from imutrack.corrections import Correction
from imutrack.stores.correcting import correct
from stores.store_builders import BERLIN, PANDA
from stores.test_correcting import RECORDING, three_sets
with LocalStore.open(Path(sys.argv[1])) as store, store.together():
    store.replace(RECORDING, three_sets("sets 2")[:2], clinic="clinic", zone=BERLIN)
    said = Correction(set_id="aaaa-0001", at_ns=9, by="MB", why="seen", patient=PANDA)
    correct(store, said, clinic="clinic", zone=BERLIN)
    store.database.connection.execute("PRAGMA cache_spill = 1")
    store.database.connection.executemany("INSERT INTO stale VALUES (?)", ((f"x{n}",) for n in range(100_000)))
    print("half way", flush=True)
    sys.stdin.readline()
"""


def three_sets(algorithm):
    return [exercise_set(f"aaaa-000{k}", start=START + 60.0 * k, algorithm=algorithm) for k in range(3)]


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )


def test_processes_that_correct_and_replay_at_once_end_in_rows_that_agree_with_all_that_was_said(store):
    put(store, *three_sets("sets 1"))
    store.database.forget()
    folder, count = store.database.path.parent, 24
    processes = [start(code, folder, count) for code in (CORRECTOR, REPLAYER)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[1] for process in processes] == ["", ""]
    assert len(corrections(store, OTTER)) + len(corrections(store, PANDA)) == count
    before = content(store)
    put(store, *three_sets(f"sets {(count - 1) % 2}"))
    assert content(store) == before


def test_a_process_killed_in_the_middle_of_replaying_and_correcting_leaves_what_was_there_before(store):
    put(store, *three_sets("sets 1"))
    say(store, "aaaa-0002", reps=2)
    before = content(store)
    process = start(HALF_WAY, store.database.path.parent)
    assert process.stdout.readline() == "half way\n"
    assert store.database.path.with_name(FILE_NAME + "-wal").stat().st_size > 1_000_000  # it really was writing
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert content(store) == before
    with store.database.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
