"""Captures at the desk: those that nobody stored, those of whoever is renamed or erased, and stops that mark a set."""

import asyncio
import re
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from capture.capture_builders import OTTER, SET, notifications, write_capture
from cli.in_process import Office
from imutrack.capture.owners import FOLDER
from imutrack.clinic.pseudonyms import check_number
from imutrack.collector.control import serve
from imutrack.errors import SettingsError
from imutrack.stores.local import LocalStore
from imutrack.task import LabelSource

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


# erase and rename


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
