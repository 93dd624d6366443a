"""Erasing and renaming, over everything this machine keeps of a patient."""

import random
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.capture_builders import BEGIN_NS, SET, OldWriter, notifications, write_capture
from capture.whole_capture import captured_sets, read_capture
from imutrack.capture import Writer, hash_of
from imutrack.capture.files import FOLDER
from imutrack.capture.owners import patients_of, says
from imutrack.capture.renaming import rename_in
from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.erasure import erase, files_of, finish_renaming, left, mentions, rename
from imutrack.clinic.names import Names
from imutrack.clinic.patients import Patients
from imutrack.clinic.pseudonyms import check_number
from imutrack.clinic.self_reports import SelfReport
from imutrack.clinic.treatments import Treatment
from imutrack.corrections import Correction
from imutrack.errors import SettingsError, StoreError
from imutrack.stores.correcting import correct
from imutrack.stores.database import Database
from imutrack.stores.local import LocalStore
from imutrack.stores.plans import add_version
from stores.store_builders import BERLIN, OTTER, START, content, exercise_set, relabelled, stance, up_and_go

ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"
DAY = date(2026, 2, 25)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def fill(store, folder, patient):
    """Something of every kind."""
    Patients(store).add(patient, now=START)
    Patients(store).set_status(patient, "paused", DAY, now=START)
    made = [exercise_set(), stance(), up_and_go()]
    for number, result in enumerate(made):
        recording = f"{patient}{number}".encode().hex()[:64].ljust(64, "0")
        own = replace(relabelled(result, patient=patient), recording=recording, set_id=f"{patient[:4]}-000{number}")
        store.replace(recording, [own], clinic="clinic", zone=BERLIN)
    said = Correction(set_id=f"{patient[:4]}-0000", at_ns=1, by="MB", why="saw it", reps=2)
    correct(store, said, clinic="clinic", zone=BERLIN)
    add_report(store, patient, SelfReport(at=START, day=DAY, pain=3), clinic="clinic")
    done = Treatment(at=START, day=DAY, kind="massage", minutes=30, site="calf", by="MB", licence="", text="")
    add_treatment(store, patient, done, clinic="clinic")
    add_version(store, patient, DAY, START, "MB", f"# of {patient}")
    Names.open(folder).set(patient, name=f"Name of {patient}")
    captured(folder, f"{patient[0]}1", patient)
    captured(folder, f"{patient[0]}2", patient)
    for name in (f"plans/{patient}.toml", f"reports/{patient}.html", f"reports/.{patient}-for-patient.html.x1.part"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"of {patient}")
    (folder / "exports" / f"{patient}-csv").mkdir(parents=True)
    (folder / "exports" / f"{patient}-csv" / "rep.csv").write_text(patient)


def captured(folder, name, patient, seed=1):
    """A capture with one set of a patient, or of nobody."""
    path = folder / FOLDER / f"{name}.mcap"
    path.parent.mkdir(exist_ok=True)
    sent = notifications(reps=1, still_s=0.1, seed=seed)
    write_capture(path, *sent, task=replace(SET, patient=patient)).close()
    return path


def every_byte(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def named(folder):
    """Whom the captures name, by file name."""
    return {path.name: set(patients_of(read_capture(path).events)) for path in (folder / FOLDER).glob("*.mcap")}


def test_everything_of_a_patient_goes_and_nothing_of_another(folder, tmp_path):
    with LocalStore.open(folder) as store:
        fill(store, folder, ZEBRA)
        alone = content(store)
        fill(store, folder, OTTER)
        there = left(store, folder, OTTER)
        kinds = (
            "result",
            "self_report",
            "treatment",
            "correction",
            "plan_version",
            "patient_status",
            "name",
            "patient",
        )
        for kind in kinds:
            assert there[kind] >= 1, kind
        assert (there["plan_file"], there["reports"], there["exports"], there["captures"]) == (1, 2, 1, 2)
        gone = erase(store, folder, OTTER)
        assert gone.keys() - {"mentions"} == there.keys()
        assert not any(gone.values())
        assert content(store) == alone
        assert OTTER.encode() not in every_byte(folder)
        assert ZEBRA in Names.open(folder).all()
        assert sum(map(len, files_of(folder, ZEBRA).values())) == 4
        assert named(folder) == {"z1.mcap": {ZEBRA}, "z2.mcap": {ZEBRA}}


def test_captures_go_with_what_a_renaming_left_behind_of_them(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        (folder / FOLDER / ".o1.mcap.0123abcd.part").write_bytes(b"half of it")
        erase(store, folder, OTTER)
    assert [path.name for path in (folder / FOLDER).iterdir()] == ["contents.json"]


def test_what_nobody_said_whose_it_is_goes_once_it_is_stored_as_the_patients(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        mine, still_nobodys = captured(folder, "n1", None, seed=2), captured(folder, "n2", None, seed=3)
        capture, (found,) = captured_sets(mine)
        content = hash_of(found, capture.arrivals)
        own = replace(relabelled(exercise_set(), patient=OTTER), recording=content, set_id="nnnn-0001")
        store.replace(content, [own], clinic="clinic", zone=BERLIN)
        assert left(store, folder, OTTER)["captures"] == 3
        assert not any(erase(store, folder, OTTER).values())
        assert set(named(folder)) == {still_nobodys.name}


@pytest.mark.parametrize(
    "change",
    [
        lambda store, folder: erase(store, folder, OTTER),
        lambda store, folder: rename(store, folder, OTTER, None, clinic="clinic", zone=BERLIN),
    ],
    ids=["erase", "rename"],
)
def test_while_a_session_goes_on_its_patient_is_neither_erased_nor_renamed(folder, change):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        fill(store, folder, ZEBRA)
        writer = write_capture(folder / FOLDER / "now.mcap", *notifications(reps=1))
        there, bytes_before = left(store, folder, OTTER), every_byte(folder / "plans")
        with pytest.raises(SettingsError, match=f"end it first .imutrack session stop {OTTER}.") as refused:
            change(store, folder)
        assert "\n" not in str(refused.value)
        assert left(store, folder, OTTER) == there
        assert every_byte(folder / "plans") == bytes_before
        assert not any(erase(store, folder, ZEBRA).values())  # whose session is over
        writer.close()
        assert not any(erase(store, folder, OTTER).values())


def test_an_erasure_can_be_run_again(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        first = erase(store, folder, OTTER)
        assert erase(store, folder, OTTER) == first


def test_what_others_say_of_a_patient_is_found(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, ZEBRA)
        fill(store, folder, OTTER)
        (folder / "plans" / f"{ZEBRA}.toml").write_text(f"# trains with {OTTER}, see {OTTER}")
        assert erase(store, folder, OTTER)["mentions"] == 2


@pytest.mark.parametrize("seed", [2, 4])  # with these SQLite leaves copies in pages that it moved things out of
def test_a_store_of_many_pages_keeps_no_byte_of_the_one_who_was_erased(folder, seed):
    rng = random.Random(seed)  # noqa: S311
    with LocalStore.open(folder) as store:
        for patient in (OTTER, ZEBRA):
            fill(store, folder, patient)
        with store.together():
            for number in range(600):
                patient, at = rng.choice((OTTER, ZEBRA)), START + 60 * rng.randrange(10**6)
                said = SelfReport(at=at, day=DAY, pain=number % 11, text="x" * rng.randrange(400))
                add_report(store, patient, said, clinic="clinic")
        others = store.points("self_report", ZEBRA)
        assert mentions(store, folder, OTTER) > 100
        assert erase(store, folder, OTTER)["mentions"] == 0
        assert store.points("self_report", ZEBRA) == others


def test_a_reader_who_does_not_let_go_is_not_overlooked(folder):
    with LocalStore(Database(folder, busy_s=0.1)) as store, LocalStore.open(folder) as reader:
        fill(store, folder, OTTER)
        reader.database.connection.execute("BEGIN")
        reader.sets(OTTER)
        with_reader = erase(store, folder, OTTER)
        reader.database.connection.execute("ROLLBACK")
        assert with_reader["mentions"] > 0
        assert erase(store, folder, OTTER)["mentions"] == 0


@settings(max_examples=30)
@given(before=st.sampled_from(["", ".", "a-", "x", "1"]), after=st.sampled_from([".toml", "", "-a.html", "0", "x"]))
def test_only_files_with_the_whole_pseudonym_are_the_patients(tmp_path_factory, before, after):
    folder = tmp_path_factory.mktemp("names")
    (folder / "plans").mkdir()
    path = folder / "plans" / f"{before}{OTTER}{after}"
    path.touch()
    mine = not before.endswith(("x", "1")) and after not in {"0", "x"}
    assert files_of(folder, OTTER)["plan_file"] == ([path] if mine else [])


def test_a_link_is_removed_and_what_it_points_to_stays(folder, tmp_path):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "other.txt").write_text("of somebody else")
        (folder / "exports" / f"{OTTER}-linked").symlink_to(elsewhere)
        assert not any(erase(store, folder, OTTER).values())
    assert (elsewhere / "other.txt").exists()


def cut_off(store, old, new):
    """Leave behind what a renaming does that is killed as soon as the store has it."""
    with store.database.transaction() as connection:
        Patients(store).rename(old, new, clinic="clinic", zone=BERLIN)
        connection.execute("INSERT INTO made_with VALUES (?, ?)", (f"renaming {old}", new))


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_renaming_that_was_cut_off_is_finished_the_next_time(folder, moved):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        cut_off(store, OTTER, ZEBRA)
        for name in (f"plans/{OTTER}.toml", f"reports/{OTTER}.html")[:moved]:  # so far it came
            (folder / name).rename(folder / name.replace(OTTER, ZEBRA))
        if moved > 2:
            rename_in(folder / FOLDER / "o1.mcap", OTTER, ZEBRA)
            (folder / FOLDER / ".o2.mcap.0123abcd.part").write_bytes(b"half of it")
        finish_renaming(store, folder)
        assert named(folder) == {"o1.mcap": {ZEBRA}, "o2.mcap": {ZEBRA}}
        assert not list((folder / FOLDER).glob(".*"))
        assert not any(left(store, folder, OTTER).values())
        assert {what: len(paths) for what, paths in files_of(folder, ZEBRA).items()} == {
            "plan_file": 1,
            "reports": 2,
            "exports": 1,
        }
        assert Names.open(folder).get(ZEBRA).name == f"Name of {OTTER}"
        before = every_byte(folder)
        finish_renaming(store, folder)
        assert every_byte(folder) == before


def test_a_renaming_that_came_to_its_end_leaves_nothing_to_finish(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        assert rename(store, folder, OTTER, ZEBRA, clinic="clinic", zone=BERLIN) == (ZEBRA, 6)
        assert named(folder) == {"o1.mcap": {ZEBRA}, "o2.mcap": {ZEBRA}}
        before = every_byte(folder)
        assert b"renaming" not in before
        finish_renaming(store, folder)
        assert every_byte(folder) == before
        assert not any(left(store, folder, OTTER).values())


@contextmanager
def small_disk(most_bytes):
    """No file may become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_renaming_that_fails_at_a_capture_is_taken_back_in_the_others(folder):
    with LocalStore.open(folder) as store:
        fill(store, folder, OTTER)
        writer = write_capture(folder / FOLDER / "o3.mcap", *notifications(reps=1))
        noise = random.Random(1)  # noqa: S311
        writer.write("3", "noise", [(BEGIN_NS + k, noise.randbytes(1000)) for k in range(3000)])
        writer.close()
        with small_disk(2 << 20), pytest.raises(StoreError, match=r"o3\.mcap: could not be rewritten"):
            rename(store, folder, OTTER, ZEBRA, clinic="clinic", zone=BERLIN)
        assert named(folder) == {f"o{number}.mcap": {OTTER} for number in (1, 2, 3)}
        assert not any(left(store, folder, ZEBRA).values())
        assert Names.open(folder).get(OTTER).name == f"Name of {OTTER}"
        assert not list((folder / FOLDER).glob(".*"))
        assert rename(store, folder, OTTER, ZEBRA, clinic="clinic", zone=BERLIN) == (ZEBRA, 7)


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.sampled_from([Writer, OldWriter]), st.integers(1, 4))
def test_of_damaged_captures_nothing_is_left_or_it_is_said(tmp_path_factory, chance, made, count):
    folder = tmp_path_factory.mktemp("data")
    sent = notifications(reps=1, still_s=0.1)
    with LocalStore.open(folder) as store:
        path = folder / FOLDER / "a.mcap"
        path.parent.mkdir()
        write_capture(path, *sent, task=replace(SET, patient=OTTER), made=made).close()
        data = bytearray(path.read_bytes())
        for _ in range(count):
            at = chance.randrange(min(len(data), 3000))
            data[at : at + 60] = chance.choice([b"", bytes(60), chance.randbytes(60)])
        path.write_bytes(data)
        gone = erase(store, folder, OTTER)
        assert any(gone.values()) == path.exists()
        assert mentions(store, folder, OTTER) == int(path.exists())
        if path.exists():
            assert not says(path, OTTER)


@settings(max_examples=25)
@given(st.integers(0, 3000), st.sampled_from([b"", bytes(60), b"\xff"]))
def test_a_damaged_capture_is_renamed_without_losing_what_can_be_read(tmp_path_factory, at, instead):
    folder = tmp_path_factory.mktemp("data")
    with LocalStore.open(folder) as store:
        Patients(store).add(OTTER, now=START)
        path = captured(folder, "a", OTTER)
        data = bytearray(path.read_bytes())
        data[at : at + 60] = instead
        path.write_bytes(data)
        before = read_capture(path)
        rename(store, folder, OTTER, ZEBRA, clinic="clinic", zone=BERLIN)
        after = read_capture(path)
        assert after.arrivals == before.arrivals
        assert len(after.events) == len(before.events)
        assert not says(path, OTTER)
        assert says(path, ZEBRA)
