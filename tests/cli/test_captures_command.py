"""Captures at the desk: those that nobody stored, those of whoever is renamed or erased, and stops that mark a set."""

import asyncio
import re
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace

import pytest

from capture.capture_builders import BEGIN_NS, OTTER, SET, notifications, write_capture
from cli.in_process import Office
from imutrack.capture import Writer
from imutrack.capture.events import Connected, Opened, SessionStarted, TaskStarted, TaskStopped, Worn
from imutrack.capture.files import FOLDER
from imutrack.clinic.pseudonyms import check_number
from imutrack.collector.control.server import serve
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore
from imutrack.task import LabelSource, Side

ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"
NOBODYS = replace(SET, patient=None, name="unspecified", label_source=LabelSource.NONE)
ALL = ("--days", 36525)


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    made = Office(tmp_path, monkeypatch, capsys)
    made.patient(OTTER)
    return made


def captured(office, name="0123456789abcdef", task=SET, **said):
    path = office.data / FOLDER / f"{name}.mcap"
    path.parent.mkdir(exist_ok=True)
    write_capture(path, *notifications(), task=task, **said).close()
    return path


def sets(office, patient=OTTER):
    with LocalStore.open(office.data) as store:
        return store.sets(patient)


def joined(text):
    """Text as it was before it was broken into lines."""
    return re.sub(r"\s+", " ", text)


@contextmanager
def collector(office, handle):
    """A collector's control socket, answered by a handler."""
    listening, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run():
        async with serve(office.data / "collector.sock", handle):
            listening.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert listening.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


# review


def test_a_set_of_nobody_is_listed_until_what_review_says_is_typed(office):
    path = captured(office, task=NOBODYS)
    out = joined(office.ok("review", *ALL))
    assert "nobody's 1 × captured, and nobody said whose it is" in out
    assert f"{path.name} 2026-09-21 16:13 1 set, 18 s, strap 3" in out
    command = f"imutrack replay {path} --patient PSEUDONYM --exercise EXERCISE --side SIDE"
    assert command in out
    assert path.name not in office.ok("review", OTTER, *ALL)
    words = command.replace("PSEUDONYM", OTTER).replace("EXERCISE", "heel_slide").replace("SIDE", "left").split()
    office.ok(*words[1:])
    [row] = sets(office)
    assert (row.text("exercise"), row.text("side"), row.count("reps")) == ("heel_slide", "left", 5)
    assert path.name not in office.ok("review", *ALL)


def test_a_set_of_a_patient_that_was_not_stored_is_listed_with_its_patient(office):
    path = captured(office)
    out = joined(office.ok("review", OTTER, *ALL))
    assert f"{OTTER} 1 × captured, but in no result" in out
    assert f"{path.name} 2026-09-21 16:13 1 set (heel slide), 18 s, strap 3 -> imutrack replay {path}" in out
    office.ok("replay", path)
    assert len(sets(office)) == 1
    assert path.name not in office.ok("review", *ALL)


def test_a_set_of_somebody_who_is_not_registered_asks_whose_it_is(office):
    path = captured(office, task=replace(SET, patient=ZEBRA))
    out = joined(office.ok("review", *ALL))
    assert f"-> imutrack replay {path} --patient PSEUDONYM {ZEBRA} is not registered here" in out
    office.ok("replay", path, "--patient", OTTER)
    assert len(sets(office)) == 1
    assert path.name not in office.ok("review", *ALL)


def test_what_is_nobodys_has_no_patient_in_json(office):
    captured(office, task=NOBODYS)
    [line] = office.run("review", *ALL, "--json").lines
    assert (line["need"], line["patient"], line["set_id"]) == ("nobodys", None, None)


def test_a_count_that_was_another_while_it_was_shown_is_said_until_somebody_says_what_is_right(office):
    captured(office, "a" * 16, reps_live=8)
    office.ok("replay", office.data / FOLDER)
    out = joined(office.ok("review", *ALL))
    assert "heel slide: counted 8 live, 5 finally" in out
    [row] = sets(office)
    assert (row.count("reps"), row.count("reps_live")) == (5, 8)
    office.ok("correct", row.text("set_id"), "--reps", 5, "--by", "MB", "--why", "saw it")
    assert "counted 8 live" not in joined(office.ok("review", *ALL))
    [row] = sets(office)
    assert row.count("reps_live") == 8


# info


def without_a_set(office, name="0123456789abcdef", *, close=True):
    """A capture of half a minute with straps that sent and no set; its bytes to where the last strap was put on."""
    path = office.data / FOLDER / f"{name}.mcap"
    path.parent.mkdir(exist_ok=True)
    arrivals, characteristic = notifications()
    writer = Writer(path)
    writer.say(Opened(at_ns=BEGIN_NS, version=1, software="test", clinic="clinic", timezone="Europe/Berlin"))
    writer.say(SessionStarted(at_ns=BEGIN_NS, patient=OTTER))
    writer.say(Connected(at_ns=BEGIN_NS, strap="3", wearable="movella-dot", settings={}, facts={}))
    writer.say(Worn(at_ns=BEGIN_NS, strap="3", placement="shank", side=Side.RIGHT))
    writer.say(Worn(at_ns=BEGIN_NS, strap="4", placement="lumbar"))
    for begin in range(0, len(arrivals), 30):
        writer.write("3", characteristic, arrivals[begin : begin + 30])
    writer.flush()
    if close:
        writer.close()
    return path


def test_what_a_capture_without_a_set_holds_is_shown_all_the_same(office):
    path = without_a_set(office)
    out = joined(office.ok("info", path))
    assert f"{path.name} format imutrack capture start 2026-09-21 14:13:20 UTC, zone Europe/Berlin" in out
    assert "duration 18.99 s" in out
    assert "sensor 3, worn on the right lower leg sensor 4, worn on the lower back (L5)" in out
    assert out.rstrip().endswith("note no set was done in it")
    [line] = office.run("info", path, "--json").lines
    assert [(each["label"], each["placement"], each["side"]) for each in line["sensors"]] == [
        ("3", "shank", "right"),
        ("4", "lumbar", None),
    ]
    assert office.run("replay", path).err == f"imutrack: {path}: no set was done in it\n"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: data[:6000], "the file is cut off at byte"),
        (lambda data: data[:900] + b"?" * 90 + data[990:], "the file is damaged in 1 place"),
    ],
    ids=["cut", "damaged"],
)
def test_a_capture_that_was_cut_or_damaged_before_a_set_says_so_and_not_that_none_was_done(office, harm, said):
    path = without_a_set(office)
    path.write_bytes(harm(path.read_bytes()))
    out = joined(office.ok("info", path))
    assert f"note as far as it can be read, no set was done in it; {said}" in out
    assert "sensor 3" in out
    err = office.run("replay", path).err
    assert f"{path}: as far as it can be read, no set was done in it; {said}" in err
    assert err.count("\n") == 1


def test_the_side_that_a_strap_was_worn_on_is_shown(office):
    path = without_a_set(office)
    path.unlink()
    arrivals, characteristic = notifications()
    writer = write_capture(path, arrivals, characteristic, stop=False)
    writer.say(Worn(at_ns=BEGIN_NS + 600_000_000, strap="3", placement="shank", side=Side.RIGHT))
    writer.close()
    assert "sensor    3, worn on the right lower leg" in office.ok("info", path)


def test_a_capture_whose_first_bytes_are_damaged_is_still_known_as_one(office):
    path = captured(office)
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    for command in ("info", "replay"):
        out = joined(office.ok(command, path))
        assert "the file is damaged in 1 place" in out
    assert len(sets(office)) == 1
    path.write_bytes(b"\0" * 5000)
    for command in ("info", "replay"):
        ran = office.run(command, path)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert f"{path}: is no capture" in ran.err


def test_a_capture_in_an_archive_is_to_be_unpacked(office, tmp_path):
    path = captured(office)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(path, path.name)
    ran = office.run("info", tmp_path / "all.zip")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert f"all.zip: {path.name}: a capture is not read within an archive: unpack it first" in ran.err


# replay


def test_the_set_of_a_renamed_capture_is_the_one_that_was_stored(office):
    path = captured(office)
    office.ok("replay", path)
    [before] = sets(office)
    assert "1 file renamed or rewritten" in office.ok("patient", "rename", OTTER, ZEBRA)
    office.ok("replay", path)
    [row] = sets(office, ZEBRA)
    assert (row.text("set_id"), row.text("recording")) == (before.text("set_id"), before.text("recording"))
    assert OTTER.encode() not in office.every_byte()


@pytest.mark.parametrize("words", [(), ("--exercise", "squat"), ("--marks", "marks.csv")])
def test_a_synthetic_capture_is_said_to_be_synthetic_whatever_it_is_called(office, words):
    path = captured(office, task=replace(NOBODYS, label_source=LabelSource.SYNTHETIC))
    (office.data.parent / "marks.csv").write_text(f"file,exercise\n{path.name},squat\n")
    out = office.ok("replay", path, "--patient", OTTER, *words)
    assert "note: Synthetic data: made by a program to try the software. No person moved for it." in out
    assert "Synthetic data" in office.ok("info", path)
    [row] = sets(office)
    assert row.text("label_source") == "synthetic"
    office.ok("report", OTTER)
    assert "Synthetic data" in (office.data / "reports" / f"{OTTER}.html").read_text()


def test_a_capture_of_a_person_is_not_said_to_be_synthetic(office):
    path = captured(office)
    assert "Synthetic" not in office.ok("replay", path)
    assert "Synthetic" not in office.ok("info", path)


def test_a_set_of_two_straps_is_one_set_and_says_by_which_it_counts(office):
    path = captured(office, straps=("3", "4"))
    out = office.ok("replay", path)
    [row] = sets(office)
    counts = row.text("set_id")
    [line] = [line for line in out.splitlines() if "the same set as" in line]
    other = line.split()[1]
    assert line == f"note: {other} is the same set as {counts}, seen by another sensor: it counts once, by {counts}"
    said = office.ok("correct", other, "--reps", 4, "--by", "MB", "--why", "saw it")
    assert f"it counts by {counts}, with the same corrections" in joined(said)
    [row] = sets(office)
    assert (row.text("set_id"), row.count("reps")) == (counts, 4)
    assert path.name not in office.ok("review", *ALL)
    office.ok("replay", path)
    assert [row.text("set_id") for row in sets(office)] == [counts]


def test_half_a_set_is_not_stored_while_the_other_half_is_done_and_the_whole_is_afterwards(office):
    path = office.data / FOLDER / "now.mcap"
    path.parent.mkdir(exist_ok=True)
    arrivals, characteristic = notifications()
    half = write_capture(path, arrivals[: len(arrivals) // 2], characteristic, stop=False)
    ran = office.run("replay", path)
    assert (ran.code, sets(office)) == (1, [])
    assert "set 1: is being captured now: replay it when the session is over" in ran.err
    half.write("3", characteristic, arrivals[len(arrivals) // 2 :])
    half.say(TaskStopped(at_ns=arrivals[-1][0] + 1, number=1, why="typed", reps_live=5))
    half.flush()
    office.ok("replay", path)  # the session goes on, the set is over
    half.close()
    office.ok("replay", path)
    [row] = sets(office)
    assert row.count("reps") == 5


def test_of_a_session_that_goes_on_the_sets_that_are_over_are_stored(office):
    path = office.data / FOLDER / "now.mcap"
    path.parent.mkdir(exist_ok=True)
    arrivals, characteristic = notifications()
    writer = write_capture(path, arrivals, characteristic)
    later_ns = arrivals[-1][0] + 10**9
    writer.say(TaskStarted(at_ns=later_ns, number=2, task=SET, straps=("3",)))
    writer.write("3", characteristic, [(ns + 20 * 10**9, payload) for ns, payload in arrivals[:600]])
    writer.flush()
    ran = office.run("replay", path, "--jobs", 2)
    assert (ran.code, len(sets(office))) == (1, 1)
    assert "set 2: is being captured now" in ran.err
    writer.close()


def test_damaged_copies_of_a_capture_give_no_second_set(office, tmp_path):
    path = captured(office)
    office.ok("replay", path)
    [row] = sets(office)
    content = path.read_bytes()
    for name, bad in {"cut": content[: len(content) * 2 // 3], "hole": _with_a_hole(content)}.items():
        copy = tmp_path / f"{name}.mcap"
        copy.write_bytes(bad)
        assert f"this set is stored as {row.text('set_id')}" in joined(office.run("replay", copy).err)
        assert sets(office) == [row]
    office.ok("correct", row.text("set_id"), "--void", "--by", "MB", "--why", "the copy is better")
    office.ok("replay", copy)
    [other] = sets(office)
    assert other.text("set_id") != row.text("set_id")


def _with_a_hole(content):
    middle = len(content) // 2
    return content[:middle] + bytes(4096) + content[middle + 4096 :]


def test_a_set_whose_end_was_lost_with_the_power_is_replayed_as_far_as_it_goes(office):
    path = captured(office, stop=False)
    office.ok("replay", path)
    assert len(sets(office)) == 1


# erase and rename


def test_a_capture_of_which_nobody_can_tell_whose_it_is_is_left_and_said_so(office):
    path = captured(office)
    data = bytearray(path.read_bytes())
    while (at := data.find(OTTER.encode())) >= 0:
        data[at - 8 : at + 20] = b"?" * 28
    path.write_bytes(data)
    ran = office.run("erase", OTTER, "--yes")
    assert ran.code == 1
    assert "mentions anywhere else" in ran.out
    assert "in a capture so damaged that nobody can tell whose it is (imutrack review names it)" in joined(ran.out)
    out = joined(office.ok("review", *ALL))
    assert "captures that cannot be read, or only in part" in out
    assert path.name in out


def test_erase_counts_captures_and_refuses_while_one_is_written(office):
    captured(office)
    writer = write_capture(office.data / FOLDER / "now.mcap", *notifications(reps=1))
    for words in (("erase", OTTER, "--yes"), ("patient", "rename", OTTER)):
        assert f"end it first (imutrack session stop {OTTER})" in office.refused(*words)
    writer.close()
    out = office.ok("erase", OTTER, "--yes")
    assert re.search(r"captures +2 +0\n", out)
    assert not list((office.data / FOLDER).glob("*.mcap"))
    assert OTTER.encode() not in office.every_byte()


def test_a_session_whose_capture_is_not_on_disk_yet_is_known_to_the_collector(office):
    office.patient(ZEBRA)

    async def handle(request):
        assert request == {"do": "status"}
        yield {"straps": {}, "sessions": [{"patient": None}, {"patient": OTTER}]}

    with collector(office, handle):
        for words in (("erase", OTTER, "--yes"), ("patient", "rename", OTTER)):
            assert f"end it first (imutrack session stop {OTTER})" in office.refused(*words)
        office.ok("erase", ZEBRA, "--yes")
    office.ok("erase", OTTER, "--yes")


# note --stop


def notes(office):
    with LocalStore.open(office.data) as store:
        return store.points("self_report", OTTER)


def test_a_stop_marks_the_set_that_is_being_done(office):
    asked = []

    async def handle(request):
        asked.append(request)
        yield {"said": "stop noted, during heel slide, left", "session": 1, "refused": False}

    with collector(office, handle):
        out = office.ok("note", OTTER, "--stop")
        office.ok("note", OTTER, "--pain", 3)
        office.ok("note", OTTER, "--stop", "--at", "2026-03-09T08:30")  # long over
    assert asked == [{"do": "note stop", "patient": OTTER, "source": "typed"}]
    assert "collector: stop noted, during heel slide, left" in out
    assert len(notes(office)) == 3


def test_a_stop_without_a_session_or_a_collector_is_a_note_as_ever(office):
    async def handle(_):
        yield {"said": f"stop: {OTTER} is in no session, no set is marked", "session": 0, "refused": False}

    with collector(office, handle):
        ran = office.run("note", OTTER, "--stop")
    assert (ran.code, ran.err) == (0, "")
    assert "no set is marked" not in ran.out
    ran = office.run("note", OTTER, "--stop", "--pain", 4)
    assert (ran.code, ran.err) == (0, "")
    assert len(notes(office)) == 2


def test_a_collector_that_refuses_does_not_hinder_the_note(office):
    async def handle(_):
        raise SettingsError("not now")
        yield

    with collector(office, handle):
        ran = office.run("note", OTTER, "--stop")
    assert ran.code == 0
    assert ran.err == "imutrack: the note is kept, but no set could be marked: not now\n"
    assert f"kept for {OTTER}" in ran.out
    [row] = notes(office)
    assert row.fields["stop"]
