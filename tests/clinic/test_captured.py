"""What captures hold, with the list beside them and without; and which of their sets are in no store."""

import os
from dataclasses import replace

import pytest

from capture.capture_builders import BEGIN_NS, OTTER, SET, notifications, write_capture
from capture.whole_capture import captured_sets
from imutrack.capture import hash_of
from imutrack.capture.events import TaskStarted, TaskStopped
from imutrack.capture.files import FOLDER
from imutrack.capture.records import Chunk
from imutrack.capture.renaming import rename_in
from imutrack.capture.walking import pieces
from imutrack.clinic.captured import captures_of, contents, recordings_of, unstored
from imutrack.clinic.patients import Patients
from imutrack.clinic.pseudonyms import check_number
from imutrack.clinic.review_captures import captured_findings
from imutrack.clinic.review_words import Need
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, START, exercise_set, relabelled

ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"
NOBODYS = replace(SET, patient=None, name="unspecified")
BEGIN_S = BEGIN_NS / 1e9


@pytest.fixture
def folder(tmp_path):
    (tmp_path / FOLDER).mkdir()
    return tmp_path


def captured(folder, name, task=SET, seed=1, **said):
    path = folder / FOLDER / f"{name}.mcap"
    write_capture(path, *notifications(reps=1, still_s=0.5, seed=seed), task=task, **said).close()
    return path


def hash_in(path):
    capture, (found,) = captured_sets(path)
    return hash_of(found, capture.arrivals)


def stored(store, recording, patient):
    if patient not in {each.pseudonym for each in Patients(store).list()}:
        Patients(store).add(patient, now=START)
    made = replace(relabelled(exercise_set(), patient=patient), recording=recording, set_id=f"{recording[:4]}-aaaa")
    store.replace(recording, [made], clinic="clinic", zone=BERLIN)


def test_a_capture_is_known_by_its_patient_and_its_sets(folder):
    path, others = captured(folder, "a"), captured(folder, "b", NOBODYS)
    found = contents(folder)
    assert list(found) == [path, others]
    assert (found[path].patients, found[others].patients) == ((OTTER,), ())
    [one] = found[path].sets
    assert (one.number, one.patient, one.name, one.straps) == (1, OTTER, "heel_slide", ("3",))
    assert one.start_ns == BEGIN_NS + 500_000_000
    assert one.recording == hash_in(path)
    assert captures_of(folder, OTTER) == [path]


def test_a_capture_that_was_read_is_not_read_again_until_it_changes(folder):
    path = captured(folder, "a")
    read = []
    assert contents(folder, read.append) == contents(folder, read.append)
    assert read == ["captures: 1 of 1"]
    rename_in(path, OTTER, ZEBRA)
    assert contents(folder, read.append)[path].patients == (ZEBRA,)
    assert len(read) == 2
    assert captures_of(folder, OTTER) == []


def test_two_captures_that_change_places_are_told_apart(folder):
    one, other = captured(folder, "a"), captured(folder, "b", replace(SET, patient=ZEBRA))
    contents(folder)
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    assert [each.patients for each in contents(folder).values()] == [(ZEBRA,), (OTTER,)]


@pytest.mark.parametrize("text", [b"", b"{", b'{"version":1,"captures":3}', b'{"version":0,"captures":{}}'])
def test_the_list_is_a_cache_and_no_more(folder, text):
    captured(folder, "a")
    whole = contents(folder)
    (folder / FOLDER / "contents.json").write_bytes(text)
    assert contents(folder) == whole
    (folder / FOLDER / "contents.json").unlink()
    assert contents(folder) == whole


def test_a_capture_that_is_gone_is_forgotten(folder):
    captured(folder, "a").unlink()
    captured(folder, "b")
    contents(folder)
    (folder / FOLDER / "b.mcap").unlink()
    assert contents(folder) == {}
    assert OTTER not in (folder / FOLDER / "contents.json").read_text()


def test_without_captures_nothing_is_found_and_nothing_is_made(tmp_path):
    assert contents(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_was_captured_for_nobody_is_the_patients_once_all_of_it_was_stored_for_them(folder):
    path = captured(folder, "a", NOBODYS)
    with LocalStore.open(folder) as store:
        assert captures_of(folder, OTTER, recordings_of(store, OTTER)) == []
        stored(store, hash_in(path), OTTER)
        assert captures_of(folder, OTTER, recordings_of(store, OTTER)) == [path]
        assert captures_of(folder, ZEBRA, recordings_of(store, ZEBRA)) == []


def test_sets_that_are_in_no_store_are_found_whoever_they_are_of(folder):
    mine, nobodys = captured(folder, "a"), captured(folder, "b", NOBODYS, seed=2)
    with LocalStore.open(folder) as store:
        found = unstored(store, folder, BEGIN_S)
        assert [(each.path, each.patient, len(each.sets)) for each in found] == [(mine, OTTER, 1), (nobodys, None, 1)]
        stored(store, hash_in(mine), OTTER)
        assert [each.path for each in unstored(store, folder, BEGIN_S)] == [nobodys]
        stored(store, hash_in(nobodys), ZEBRA)
        assert unstored(store, folder, BEGIN_S) == []


def test_only_the_days_that_are_asked_for_are_looked_at(folder):
    path = captured(folder, "a")
    with LocalStore.open(folder) as store:
        assert len(unstored(store, folder, BEGIN_S)) == 1
        assert unstored(store, folder, BEGIN_S + 1) == []
        os.utime(path, (BEGIN_S - 5, BEGIN_S - 5))  # its end is known by its file, without reading it
        assert unstored(store, folder, BEGIN_S) == []


def test_what_is_being_captured_is_not_over(folder):
    writer = write_capture(folder / FOLDER / "a.mcap", *notifications(reps=1))
    with LocalStore.open(folder) as store:
        assert unstored(store, folder, BEGIN_S) == []
        writer.close()
        assert len(unstored(store, folder, BEGIN_S)) == 1


def test_a_capture_that_cannot_be_read_is_told_and_one_that_was_never_begun_is_not(folder):
    (folder / FOLDER / "a.mcap").write_bytes(b"")
    (folder / FOLDER / "b.mcap").write_bytes(b"no capture at all")
    with LocalStore.open(folder) as store:
        [found] = unstored(store, folder, 0.0)
        assert found.path.name == "b.mcap"
        assert found.problem.endswith("is no capture")


def damage(path, *places):
    data = bytearray(path.read_bytes())
    for begin, end in places:
        data[begin:end] = bytes(end - begin)
    path.write_bytes(data)


def names_of(path):
    """Where the name stands plainly."""
    data, at = path.read_bytes(), -1
    while (at := data.find(OTTER.encode(), at + 1)) >= 0:
        yield at


def test_a_capture_whose_beginning_is_lost_still_says_what_was_done_and_by_whom(folder):
    path = captured(folder, "a")
    whole = contents(folder)[path]
    damage(path, (0, 600))
    found = contents(folder)[path]
    assert (found.patients, found.problem) == ((OTTER,), "")
    assert [(one.number, one.recording) for one in found.sets] == [(one.number, one.recording) for one in whole.sets]
    assert found.damage.startswith("the file is damaged in 1 place:")
    assert not found.nobody_knows


def test_a_capture_of_which_nobody_can_tell_whose_it_is_says_so(folder):
    path = captured(folder, "a")
    damage(path, *((at - 8, at + 20) for at in names_of(path)))
    found = contents(folder)[path]
    assert (found.patients, found.sets, found.nobody_knows) == ((), (), True)
    assert "some of what was said may be lost" in found.damage
    with LocalStore.open(folder) as store:
        [told] = captured_findings(unstored(store, folder, 0.0), [OTTER], BERLIN)
    assert "nobody can tell whose it is" in told.hint


def test_one_bit_anywhere_hides_nobody(folder):
    path = captured(folder, "a")
    data = path.read_bytes()
    for at in range(8, 1600, 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        assert captures_of(folder, OTTER) == [path]


def test_a_damaged_capture_is_told_even_when_its_sets_are_stored(folder):
    path = captured(folder, "a")
    size = path.stat().st_size
    damage(path, (size // 2, size // 2 + 100))
    with LocalStore.open(folder) as store:
        [found] = unstored(store, folder, BEGIN_S)
        assert (found.patient, len(found.sets)) == (OTTER, 1)
        [told] = captured_findings([found], [OTTER], BERLIN)
        assert "the file is damaged in 1 place" in told.text
        assert "may be stored already" in told.hint
        stored(store, contents(folder)[path].sets[0].recording, OTTER)
        [found] = unstored(store, folder, BEGIN_S)
        assert (found.patient, found.sets) == (OTTER, ())
        [told] = captured_findings([found], [OTTER], BERLIN)
        assert told.need is Need.UNREADABLE
        assert "the file is damaged in 1 place" in told.text


def test_a_capture_that_was_only_cut_off_is_as_good_as_any(folder):
    path = captured(folder, "a")
    path.write_bytes(path.read_bytes()[:-1500])
    assert contents(folder)[path].damage == ""


@pytest.mark.parametrize("zeros", [0, 300])
def test_a_capture_that_was_cut_where_it_names_its_patient_is_the_patients(folder, zeros):
    path = captured(folder, "a")
    data, first = path.read_bytes(), next(names_of(path))
    for end in range(first + len(OTTER), data.index(b"connected", first)):
        path.write_bytes(data[:end] + bytes(zeros))
        assert captures_of(folder, OTTER) == [path]
        [found] = contents(folder).values()
        assert (found.damage, found.problem, found.nobody_knows) == ("", "", False)
    rename_in(path, OTTER, ZEBRA)
    assert captures_of(folder, OTTER) == []
    assert captures_of(folder, ZEBRA) == [path]


def test_whom_only_the_damaged_end_of_a_capture_names_is_found(folder):
    path = folder / FOLDER / "a.mcap"
    arrivals, characteristic = notifications(reps=1)
    writer = write_capture(path, arrivals, characteristic)
    at_ns = arrivals[-1][0] + 10
    writer.say(TaskStarted(at_ns=at_ns, number=2, task=replace(SET, patient=ZEBRA), straps=("3",)))
    writer.close()
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        chunks = [piece for piece in pieces(file) if isinstance(piece, Chunk)]
    first = next(at for at, chunk in enumerate(chunks) if chunk.begin_ns == at_ns)
    for end in (len(data), *(chunk.at + len(chunk.raw) for chunk in chunks[first:])):
        data[end - 3] ^= 1
    path.write_bytes(data)
    [found] = contents(folder).values()
    assert found.damage.startswith("the file is damaged in 1 place:")
    assert captures_of(folder, ZEBRA) == captures_of(folder, OTTER) == [path]


def test_a_set_of_another_patient_in_a_session_is_told_apart(folder):
    path = folder / FOLDER / "a.mcap"
    arrivals, characteristic = notifications(reps=1)
    writer = write_capture(path, arrivals, characteristic)
    at_ns = arrivals[-1][0] + 10
    writer.say(TaskStarted(at_ns=at_ns, number=2, task=NOBODYS, straps=("3",)))
    writer.write("3", characteristic, [(at_ns + 5, arrivals[0][1])])
    writer.say(TaskStopped(at_ns=at_ns + 9, number=2, why="typed"))
    writer.close()
    with LocalStore.open(folder) as store:
        found = unstored(store, folder, BEGIN_S)
    assert [(each.patient, [one.number for one in each.sets]) for each in found] == [(OTTER, [1]), (None, [2])]
