"""Whose a capture is, and that another pseudonym changes that and nothing else, whatever happens meanwhile."""

import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.records import Chunk
from mcap.stream_reader import StreamReader, get_chunk_data_stream

from capture.capture_builders import BEGIN_NS, OTTER, OldWriter, notifications, write_capture
from capture.whole_capture import captured_sets, read_capture
from imutrack.capture import Writer, hash_of
from imutrack.capture.events import Closed, Connected, Opened, SessionStarted, StopNoted, TaskStarted, TaskStopped, Worn
from imutrack.capture.files import captures_in, is_written, leftovers_of
from imutrack.capture.owners import named_in, patients_of, says
from imutrack.capture.records import End
from imutrack.capture.renaming import rename_in
from imutrack.capture.walking import pieces
from imutrack.errors import RecordingError
from imutrack.task import LabelSource, Side, Task

ZEBRA = "zebra-cactus-long-11"
ELSE = "heron-birch-23"
HALF_S = 500_000_000

tasks = st.builds(
    Task,
    name=st.sampled_from(["unspecified", "heel_slide", "squat"]),
    side=st.sampled_from([None, *Side]),
    patient=st.sampled_from([None, OTTER, ELSE]),
    label_source=st.sampled_from(list(LabelSource)),
)
payloads = st.lists(st.binary(max_size=40), min_size=1, max_size=5)


@st.composite
def captures(draw):
    """What a collector may have written: events in order, blocks of two straps in between, to an end or not."""
    said = [
        Opened(at_ns=BEGIN_NS, version=1, software="test", clinic="clinic", timezone="UTC"),
        SessionStarted(at_ns=BEGIN_NS, patient=draw(st.sampled_from([None, OTTER, ELSE]))),
        Connected(at_ns=BEGIN_NS, strap="3", wearable="movella-dot", settings={}, facts={"patient": b"\x00\xff"}),
        Worn(at_ns=BEGIN_NS, strap="3", placement="shank"),
    ]
    at_ns = BEGIN_NS
    for number in range(draw(st.integers(0, 4))):
        at_ns += HALF_S
        said.append(TaskStarted(at_ns=at_ns, number=number, task=draw(tasks), straps=("3", "4")))
        for strap in ("3", "4", "3"):
            block = [(at_ns + k, payload) for k, payload in enumerate(draw(payloads))]
            said.append((strap, draw(st.sampled_from(["char-a", "char-b"])), block))
        if draw(st.booleans()):
            said.append(StopNoted(at_ns=at_ns + 10, source="typed"))
        if draw(st.booleans()):
            said.append(TaskStopped(at_ns=at_ns + HALF_S - 1, number=number, why="typed", reps_live=7))
    return said, draw(st.booleans())


def written(path, said, *, closed=True):
    writer = Writer(path)
    for each in said:
        writer.write(*each) if isinstance(each, tuple) else writer.say(each)
    if closed:
        writer.say(Closed(at_ns=BEGIN_NS + 100 * HALF_S))
        writer.close()
    else:  # as a killed collector leaves it
        writer.flush()
        os.close(writer._file)


def every_byte(path):
    """What a file says once it is unpacked, chunk by chunk."""
    said = [path.read_bytes()]
    with path.open("rb") as file, suppress(Exception):  # where a file was cut
        for record in StreamReader(file, emit_chunks=True).records:
            if isinstance(record, Chunk):
                stream, length = get_chunk_data_stream(record)
                said.append(stream.read(length))
    return b"\n".join(said)


def under(event, old, new):
    """The same event of another patient."""
    if isinstance(event, SessionStarted) and event.patient == old:
        return msgspec.structs.replace(event, patient=new)
    if isinstance(event, TaskStarted) and event.task.patient == old:
        return msgspec.structs.replace(event, task=replace(event.task, patient=new))
    return event


def hashes(path):
    capture, sets = captured_sets(path)
    return [(each.number, each.start_ns, each.stop_ns, hash_of(each, capture.arrivals)) for each in sets]


@settings(max_examples=60)
@given(captures())
def test_another_pseudonym_changes_the_events_that_name_it_and_no_other_byte_of_the_capture(tmp_path_factory, made):
    said, closed = made
    path = tmp_path_factory.mktemp("captures") / "a.mcap"
    written(path, said, closed=closed)
    before, sets, content = read_capture(path), hashes(path), path.read_bytes()
    rename_in(path, OTTER, ZEBRA)
    after = read_capture(path)
    assert after.events == [under(event, OTTER, ZEBRA) for event in before.events]
    assert after.arrivals == before.arrivals
    assert len(after.notes) == len(before.notes)
    assert hashes(path) == sets
    assert OTTER.encode() not in every_byte(path)
    assert OTTER not in patients_of(after.events)
    if OTTER not in patients_of(before.events):
        assert path.read_bytes() == content
    if closed:
        with path.open("rb") as file:
            reader = make_reader(file, validate_crcs=True)
            assert reader.get_summary().statistics.message_count == sum(1 for _ in reader.iter_messages())


@given(st.lists(st.sampled_from([None, OTTER, ELSE]), max_size=3), st.sampled_from([None, OTTER]))
def test_a_capture_is_of_those_whom_its_session_and_its_tasks_name(of_tasks, of_session):
    events = [SessionStarted(at_ns=0, patient=of_session)]
    events += [TaskStarted(at_ns=1, number=1, task=Task(patient=each), straps=()) for each in of_tasks]
    assert patients_of(events) == {each for each in (of_session, *of_tasks) if each}


def test_what_looks_like_a_pseudonym_among_the_notifications_stays(tmp_path):
    path, payload = tmp_path / "a.mcap", f'{{"patient":"{OTTER}"}}'.encode()
    said = [Opened(at_ns=BEGIN_NS, version=1, software=f'say "patient":"{OTTER}"', clinic="c", timezone="UTC")]
    written(path, [*said, ("3", "char-a", [(BEGIN_NS, payload)])])
    before = path.read_bytes()
    rename_in(path, OTTER, ZEBRA)
    assert path.read_bytes() == before


def test_a_renamed_capture_is_its_owners_alone_and_as_old_as_it_was(tmp_path):
    path = tmp_path / "a.mcap"
    write_capture(path, *notifications(reps=1)).close()
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    rename_in(path, OTTER, ZEBRA)
    assert path.stat().st_mtime_ns == 1_700_000_000_123_456_789
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.mcap"]


def test_a_capture_that_is_cut_anywhere_says_the_same_of_another_patient(tmp_path):
    whole, cut = tmp_path / "whole.mcap", tmp_path / "cut.mcap"
    write_capture(whole, *notifications(reps=1, still_s=0.5), per_block=40).close()
    data = whole.read_bytes()
    for end in (*range(0, len(data), 97), *range(len(data) - 300, len(data), 7)):
        cut.write_bytes(data[:end])
        try:
            before = read_capture(cut)
        except RecordingError:
            before = None
        rename_in(cut, OTTER, ZEBRA)
        if before is None:
            continue  # nothing yet says that it is a capture
        after = read_capture(cut)
        assert after.arrivals == before.arrivals
        assert after.events == [under(event, OTTER, ZEBRA) for event in before.events]


def test_a_damaged_block_stays_as_it_is_unless_it_still_names_the_patient(tmp_path):
    path = tmp_path / "a.mcap"
    write_capture(path, *notifications()).close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    before = read_capture(path)
    rename_in(path, OTTER, ZEBRA)
    after = read_capture(path)
    assert after.notes == before.notes
    assert len(after.notes) == 1
    assert after.arrivals == before.arrivals


@pytest.mark.parametrize("made", [Writer, OldWriter])
def test_a_damaged_block_that_still_names_the_patient_names_the_other_then(tmp_path, made):
    path = tmp_path / "a.mcap"
    write_capture(path, *notifications(reps=1), made=made).close()
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        for record in StreamReader(file, emit_chunks=True).records:
            if isinstance(record, Chunk) and b"session_started" in get_chunk_data_stream(record)[0].read(1 << 20):
                data[data.index(record.data) - 20] ^= 0xFF  # of the checksum, before compression and length
    path.write_bytes(data)
    before = read_capture(path)
    assert before.damaged
    rename_in(path, OTTER, ZEBRA)
    after = read_capture(path)
    assert after.damaged
    assert not says(path, OTTER)
    assert named_in(path) == {ZEBRA}
    assert after.arrivals == before.arrivals


def test_a_capture_that_was_closed_has_a_right_end_after_renaming(tmp_path):
    path = tmp_path / "a.mcap"
    write_capture(path, *notifications(reps=1)).close()
    for new in (ZEBRA, ELSE):
        (old,) = patients_of(read_capture(path).events)
        rename_in(path, old, new)
        with path.open("rb") as file:
            assert isinstance(next(iter(pieces(file))), End)


def test_a_capture_is_being_written_while_a_process_has_it_open_to_write(tmp_path):
    path = tmp_path / "a.mcap"
    writer = write_capture(path, *notifications(reps=1))
    assert is_written(path)
    writer.close()
    assert not is_written(path)
    with path.open("rb"):
        assert not is_written(path)
    with pytest.raises(FileNotFoundError):
        is_written(tmp_path / "none.mcap")


@pytest.mark.parametrize("seed", range(4))
def test_whoever_is_killed_while_renaming_leaves_the_capture_whole_under_one_name(tmp_path, seed):
    path = tmp_path / "captures" / "a.mcap"
    path.parent.mkdir()
    write_capture(path, *notifications(reps=2)).close()
    arrivals, sets = read_capture(path).arrivals, hashes(path)
    program = textwrap.dedent(f"""
        from pathlib import Path
        from imutrack.capture.renaming import rename_in
        print("begin", flush=True)
        while True:
            rename_in(Path({str(path)!r}), {OTTER!r}, {ZEBRA!r})
            rename_in(Path({str(path)!r}), {ZEBRA!r}, {OTTER!r})
    """)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.05))  # noqa: S311
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert captures_in(tmp_path) == [path]
    assert read_capture(path).arrivals == arrivals
    assert hashes(path) == sets
    (owner,) = patients_of(read_capture(path).events)
    assert owner in {OTTER, ZEBRA}
    rename_in(path, owner, ELSE)
    assert leftovers_of(path) == []
    assert [each.name for each in path.parent.iterdir()] == ["a.mcap"]


def test_two_who_rename_at_once_do_no_harm(tmp_path):
    path = tmp_path / "a.mcap"
    write_capture(path, *notifications(reps=1)).close()
    sets = hashes(path)
    leftover = path.with_name(f".{path.name}.0123abcd.part")  # of another process
    leftover.write_bytes(b"half a capture")
    rename_in(path, OTTER, ZEBRA)
    rename_in(path, OTTER, ZEBRA)
    assert not leftover.exists()
    assert hashes(path) == sets
    assert patients_of(read_capture(path).events) == {ZEBRA}
