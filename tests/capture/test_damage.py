"""Whatever becomes of a file: what stands in it is read, what does not is told, and whom it names is found."""

import io
import os
import random
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.stream_reader import StreamReader

from capture.capture_builders import BEGIN_NS, OTTER, SET, OldWriter, notifications, write_capture
from capture.whole_capture import read_capture
from imutrack.capture import (
    Writer,
    arrivals_of,
    events_of,
    hash_of,
    hashes_of,
    outline_of,
    recording_of_set,
    sets_in,
    sets_of,
)
from imutrack.capture.events import (
    Closed,
    Connected,
    Opened,
    TaskStarted,
    TaskStopped,
    Worn,
    decode_event,
    encode_event,
)
from imutrack.capture.owners import named_in, says
from imutrack.capture.parsing import chunk_at
from imutrack.capture.records import Chunk
from imutrack.capture.renaming import rename_in
from imutrack.capture.torn import packed_in
from imutrack.capture.walking import pieces
from imutrack.errors import ImutrackError, RecordingError
from imutrack.flags import FlagCode
from imutrack.pipeline import analyse

ZEBRA = "zebra-cactus-long-11"
LIMB, CHARACTERISTIC = notifications(reps=1, still_s=1.0)
SAID = f'"patient":"{OTTER}"'.encode()
LAST_NS = LIMB[-1][0]
EVERYTHING = (0, 1 << 62)


def made(folder, writer_of):
    """A closed capture of two straps, 40 s of which a set takes the first part."""
    path = Path(folder) / f"{writer_of.__name__}.mcap"
    writer = write_capture(path, LIMB, CHARACTERISTIC, straps=("3", "4"), made=writer_of)
    writer.write("4", CHARACTERISTIC, [(LAST_NS + 40_000_000_000, b"later")])
    writer.say(Closed(at_ns=LAST_NS + 41_000_000_000))
    writer.close()
    return path.read_bytes()


with TemporaryDirectory() as made_in:
    WHOLE = {each: made(made_in, each) for each in (Writer, OldWriter)}


def codes_of(found):
    return [flag.code for flag in found.task.flags]


def chunks_of(data):
    """Where each chunk stands, and what it says."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        path.write_bytes(data)
        with path.open("rb") as file:
            return [piece for piece in pieces(file) if isinstance(piece, Chunk)]


CHUNKS = {writer: chunks_of(data) for writer, data in WHOLE.items()}


def events_in(chunk):
    said = (decode_event(message.data) for message in chunk.messages if message.data.startswith(b'{"event"'))
    return [event for event in said if event is not None]


def sorted_events(writer):
    return [event for chunk in CHUNKS[writer] for event in events_in(chunk)]


@st.composite
def damaged(draw, writer):
    """What may become of a file."""
    data, kind = WHOLE[writer], draw(st.sampled_from(["flip", "zero", "cut", "insert", "take out", "head"]))
    at = draw(st.integers(0, len(data) - 1))
    match kind:
        case "flip":
            return data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]
        case "head":  # where it does most harm
            at = draw(st.sampled_from(CHUNKS[writer])).at + draw(st.integers(0, 52))
            return data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]
        case "zero":
            length = draw(st.sampled_from([1, 64, 512, 4096]))
            return data[:at] + bytes(min(length, len(data) - at)) + data[at + length :]
        case "cut":
            return data[:at]
        case "insert":
            return data[:at] + draw(st.binary(min_size=1, max_size=5000)) + data[at:]
        case _:
            return data[:at] + data[at + draw(st.integers(1, 5000)) :]


@settings(max_examples=250)
@given(st.data(), st.sampled_from([Writer, OldWriter]))
def test_all_that_still_stands_is_read_and_what_does_not_is_told(data, writer):
    content = data.draw(damaged(writer))
    left = [chunk for chunk in CHUNKS[writer] if chunk.raw in content]
    as_before = {chunk.inside for chunk in chunks_of(content)}  # some bits of a packed block have no meaning
    lost = any(chunk.inside not in as_before for chunk in CHUNKS[writer])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        path.write_bytes(content)
        try:
            outline = outline_of(path)
        except RecordingError:
            assert not any(map(events_in, left))
            return
        arrivals = arrivals_of(path, outline, *EVERYTHING)
        hashes = list(hashes_of(path, outline))
    said = list(dict.fromkeys(map(encode_event, sorted_events(writer))))
    assert [each for each in said if each in map(encode_event, outline.events)] == list(
        map(encode_event, outline.events)
    )
    assert all(event in outline.events for chunk in left for event in events_in(chunk))
    assert bool(outline.notes) >= lost
    assert not any(re.search(r"\b1 \w+s\b|[()]", note) for note in outline.notes)  # in words, none of a library
    came = {arrival for each in arrivals.values() for arrival in each}
    for chunk in left:
        if not events_in(chunk) and (chunk.channels or writer is Writer):
            begin_ns = chunk.begin_ns
            assert any(at_ns == begin_ns for at_ns, _ in came)
    for found, content_hash in hashes:
        assert hash_of(found, arrivals) == content_hash
        missing = [chunk for chunk in CHUNKS[writer] if chunk.inside not in as_before and not events_in(chunk)]
        inside = [chunk for chunk in missing if found.start_ns <= chunk.begin_ns < found.stop_ns]
        cut = WHOLE[writer].startswith(content.rstrip(b"\0"))  # as a power cut leaves it
        assert cut or not inside or FlagCode.CAPTURE_DAMAGED in codes_of(found)


@settings(max_examples=120)
@given(st.data(), st.sampled_from([Writer, OldWriter]))
def test_whoever_is_named_is_found_and_goes_under_another_name_without_a_byte_lost(data, writer):
    content = data.draw(damaged(writer))
    standing = OTTER.encode() in content or any(
        OTTER.encode() in chunk.inside for chunk in CHUNKS[writer] if chunk.raw in content
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        path.write_bytes(content)
        assert says(path, OTTER) >= standing
        try:
            before = read_capture(path)
        except RecordingError:
            before = None
        rename_in(path, OTTER, ZEBRA)
        after = path.read_bytes()
        assert not says(path, OTTER)
        assert OTTER not in named_in(path)
        assert says(path, ZEBRA) >= standing
        if writer is Writer:
            named = content.count(OTTER.encode())
            assert len(after) == len(content) + named * (len(ZEBRA) - len(OTTER))
        if before is not None:
            again = read_capture(path)
            assert again.arrivals == before.arrivals
            assert len(again.events) == len(before.events)
            assert again.damaged == before.damaged


@settings(max_examples=100)
@given(st.binary(max_size=2000), st.booleans())
def test_no_content_raises_anything_but_what_is_said(content, marked):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        path.write_bytes(WHOLE[Writer][:8] + content if marked else content)
        for read in (outline_of, lambda path: list(events_of(path)), read_capture):
            try:
                read(path)
            except ImutrackError:
                continue
        named_in(path)
        with path.open("rb") as file:
            joined = sorted(pieces(file), key=lambda piece: piece.at)
        assert b"".join(piece.raw for piece in joined) == path.read_bytes()


@pytest.mark.parametrize("writer", [Writer, OldWriter])
def test_each_block_alone_says_of_which_strap_it_is(tmp_path, writer):
    path = tmp_path / "a.mcap"
    first = CHUNKS[writer][0].at
    for chunk in CHUNKS[writer]:
        if events_in(chunk):
            continue
        path.write_bytes(WHOLE[writer][:first] + chunk.raw)
        carried = any(b"/3/" in channel or b"/4/" in channel for channel in chunk.channels)
        assert carried or writer is OldWriter
        if carried:
            with path.open("rb") as file:
                assert isinstance(chunk_at(file, first, first + len(chunk.raw)), Chunk)


@pytest.mark.parametrize("which", range(6))
def test_no_single_block_costs_what_was_said(tmp_path, which):
    path, whole = tmp_path / "a.mcap", outline_of_bytes(tmp_path, WHOLE[Writer])
    chunk = CHUNKS[Writer][which]
    data = bytearray(WHOLE[Writer])
    data[chunk.at + 60] ^= 0x10
    path.write_bytes(data)
    outline = outline_of(path)
    assert outline.events == whole.events
    assert outline.complete
    assert outline.notes[0].startswith("the file is damaged in 1 place:")


def outline_of_bytes(folder, data):
    (folder / "whole.mcap").write_bytes(data)
    return outline_of(folder / "whole.mcap")


def test_every_event_is_said_twice_within_a_minute_and_taken_once(tmp_path):
    path = tmp_path / "a.mcap"
    writer = Writer(path)
    opened = Opened(at_ns=BEGIN_NS, version=1, software="test", clinic="clinic", timezone="UTC")
    begun = TaskStarted(at_ns=BEGIN_NS + 20_000_000_000, number=1, task=SET, straps=("3",))
    writer.say(opened)
    for half_s in range(200):
        if half_s == 40:
            writer.say(begun)
        writer.write("3", CHARACTERISTIC, [(BEGIN_NS + half_s * 500_000_000, bytes(1000))])
    writer.close()
    chunks = chunks_of(path.read_bytes())
    blocks, said = 0, {}
    for chunk in chunks:
        for event in events_in(chunk):
            said.setdefault(event.at_ns, []).append(blocks)
        blocks += not events_in(chunk)
    assert list(said) == [opened.at_ns, begun.at_ns]
    assert all(20 < again - once <= 120 for once, again in said.values())  # in blocks of half a second
    assert list(events_of(path)) == [opened, begun]


def test_another_program_reads_each_event_once(tmp_path):
    path = tmp_path / "a.mcap"
    path.write_bytes(WHOLE[Writer])
    with path.open("rb") as file:
        records = list(StreamReader(file, validate_crcs=True).records)
    topics = {each.id: each.topic for each in records if type(each).__name__ == "Channel"}
    said = [
        each.sequence for each in records if type(each).__name__ == "Message" and topics[each.channel_id] == "/events"
    ]
    assert said == list(range(1, len(said) + 1))


def test_a_capture_as_it_was_written_first_says_the_same():
    with TemporaryDirectory() as folder:
        old, new = Path(folder) / "old.mcap", Path(folder) / "new.mcap"
        old.write_bytes(WHOLE[OldWriter])
        new.write_bytes(WHOLE[Writer])
        one, other = read_capture(old), read_capture(new)
        assert (one.events, one.arrivals, one.notes, one.end_ns) == (other.events, other.arrivals, [], other.end_ns)


def test_in_an_old_capture_the_first_block_of_a_strap_costs_no_other(tmp_path):
    path = tmp_path / "a.mcap"
    first = next(chunk for chunk in CHUNKS[OldWriter] if any(b"/3/" in each for each in chunk.channels))
    data = bytearray(WHOLE[OldWriter])
    data[first.at + 60] ^= 0x10
    path.write_bytes(data)
    assert len(read_capture(path).arrivals["3", CHARACTERISTIC]) == len(LIMB) - 30  # its end says the channel again
    path.write_bytes(data[: CHUNKS[OldWriter][-1].at])
    assert any("damaged part of the file says of which strap" in note for note in read_capture(path).notes)


def test_sets_that_damage_touches_say_so_and_others_do_not(tmp_path):
    path = tmp_path / "a.mcap"
    inside = [chunk for chunk in CHUNKS[Writer] if not events_in(chunk)]
    data = bytearray(WHOLE[Writer])
    data[inside[6].at + 60] ^= 0x10
    path.write_bytes(data)
    outline = outline_of(path)
    assert codes_of(sets_in(outline)[0]) == [FlagCode.CAPTURE_DAMAGED]
    recording = recording_of_set(path, outline, 1)
    found = analyse(recording, recording.tasks)
    assert all(FlagCode.CAPTURE_DAMAGED in {flag.code for flag in each.flags} for each in found)
    assert found
    data = bytearray(WHOLE[Writer])
    data[inside[-1].at + 60] ^= 0x10  # 40 s later
    path.write_bytes(data)
    assert outline_of(path).damaged


def test_a_set_whose_stop_is_lost_ends_when_its_strap_begins_another():
    def begun(number, at_ns, *straps):
        return TaskStarted(at_ns=at_ns, number=number, task=SET, straps=straps)

    events = [
        begun(1, 10, "3", "4"),
        begun(2, 20, "5"),
        begun(3, 30, "4"),
        TaskStopped(at_ns=40, number=3, why="typed"),
    ]
    found = sets_of(events, 50)
    assert [(each.number, each.start_ns, each.stop_ns) for each in found] == [(1, 10, 30), (2, 20, 51), (3, 30, 40)]
    assert [codes_of(each) for each in found] == [[FlagCode.END_LOST], [], []]


def test_straps_are_known_by_what_was_said_even_when_the_beginning_is_gone(tmp_path):
    path = tmp_path / "a.mcap"
    second = CHUNKS[Writer][1].at
    path.write_bytes(bytes(second) + WHOLE[Writer][second:])
    outline = outline_of(path)
    assert [type(event) for event in outline.events[:3]] != []
    assert {event.strap for event in outline.events if isinstance(event, Connected | Worn)} == {"3", "4"}
    assert outline.notes


class Counting(io.FileIO):
    """A file that counts the bytes it hands out."""

    handed = 0

    def read(self, size=-1):
        came = super().read(size)
        self.handed += len(came)
        return came


@pytest.mark.parametrize("claimed", [100, 5000, 60_000, 1 << 20])
def test_no_content_makes_reading_slow(tmp_path, claimed):
    path, size = tmp_path / "a.mcap", 1 << 20
    head = struct.pack("<BQQQQII", 6, 40 + claimed, 1, 2, claimed, 7, 0) + struct.pack("<Q", claimed)
    path.write_bytes((head * (size // len(head) + 1))[:size])
    with Counting(path) as file:
        assert b"".join(piece.raw for piece in pieces(file)) == path.read_bytes()
        assert file.handed < (32 << 20) + 200 * size


def test_what_is_packed_among_torn_bytes_is_unpacked_as_far_as_it_goes():
    said = os.urandom(300_000) + b"end"
    packed = zstandard.compress(said)
    (whole,) = packed_in(b"torn" + packed + b"torn")
    assert (whole.begin, whole.end, whole.said, whole.whole) == (4, 4 + len(packed), said, True)
    (part,) = packed_in(packed[:200_000])
    assert said.startswith(part.said)
    assert len(part.said) >= 100_000
    assert not part.whole


def test_a_name_that_can_only_be_read_in_part_is_not_replaced_at_the_cost_of_the_rest(tmp_path):
    path, rest = tmp_path / "a.mcap", os.urandom(300_000)
    path.write_bytes(WHOLE[Writer] + zstandard.compress(SAID * 2000 + rest + SAID * 2000)[:-100])
    before = path.read_bytes()
    assert says(path, OTTER)
    with pytest.raises(RecordingError, match=r"cannot be renamed in it: [^\n]*$"):
        rename_in(path, OTTER, ZEBRA)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.mcap"]


def test_a_checksum_is_never_left_out(tmp_path):
    path = tmp_path / "a.mcap"
    chunk = CHUNKS[Writer][8]
    data = bytearray(WHOLE[Writer])
    checksum = struct.pack("<I", zlib.crc32(chunk.inside))
    at = data.index(checksum, chunk.at)
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)
    assert outline_of(path).damaged


def spoiled(data, *places):
    """The same with one wrong bit at each place."""
    changed = bytearray(data)
    for at in places:
        changed[at] ^= 1
    return bytes(changed)


def of_two(folder):
    """A closed capture of two sets, the second of another patient."""
    path = folder / "two.mcap"
    writer = write_capture(path, LIMB, CHARACTERISTIC)
    other, at_ns = replace(SET, patient=ZEBRA), LAST_NS + 1_000_000_000
    writer.say(TaskStarted(at_ns=at_ns, number=2, task=other, straps=("3",)))
    writer.write("3", CHARACTERISTIC, [(at_ns + 1, LIMB[0][1])])
    writer.say(TaskStopped(at_ns=at_ns + 2, number=2, why="typed"))
    writer.close()
    return path


def test_what_is_torn_to_the_end_is_no_cut_where_all_of_a_block_is_there(tmp_path):
    path = of_two(tmp_path)
    data = path.read_bytes()
    begun = next(at for at, each in enumerate(chunks_of(data)) if ZEBRA.encode() in each.raw) - 1
    lost = chunks_of(data)[begun:]  # the last of the first set, all of the second, and both repeats
    path.write_bytes(spoiled(data, *(each.at + len(each.raw) - 3 for each in lost), len(data) - 10))
    outline = outline_of(path)
    assert (outline.damaged, outline.cut, outline.complete) == (True, False, False)
    assert outline.notes[0].startswith("the file is damaged in 1 place:")
    assert [codes_of(each) for each in sets_in(outline)] == [[FlagCode.CAPTURE_DAMAGED]]
    assert says(path, ZEBRA)


def test_what_came_out_as_something_else_to_the_end_is_no_cut(tmp_path):
    path, chunk = tmp_path / "a.mcap", CHUNKS[Writer][9]
    data = WHOLE[Writer]
    path.write_bytes(data[: chunk.at + 70] + random.Random(1).randbytes(len(data) - chunk.at - 70))  # noqa: S311
    outline = outline_of(path)
    assert (outline.damaged, outline.cut, outline.complete) == (True, False, False)
    assert FlagCode.CAPTURE_DAMAGED in codes_of(sets_in(outline)[0])


def test_a_file_that_lacks_a_stretch_before_its_last_bytes_is_no_cut(tmp_path):
    path, begin = tmp_path / "a.mcap", CHUNKS[Writer][-2].at
    path.write_bytes(WHOLE[Writer][: begin + 60] + WHOLE[Writer][-20:])  # shorter than the block that was begun
    outline = outline_of(path)
    assert (outline.damaged, outline.cut, outline.complete) == (True, False, False)


def test_a_file_whose_end_stands_was_cut_nowhere(tmp_path):
    path, last = tmp_path / "a.mcap", CHUNKS[Writer][-1]
    longer = bytearray(WHOLE[Writer])  # the lengths still fit each other, but reach behind the file
    for at, form in ((last.at + 1, "<Q"), (last.at + 41, "<Q")):
        struct.pack_into(form, longer, at, struct.unpack_from(form, longer, at)[0] + 5000)
    for content in (spoiled(WHOLE[Writer], last.at + len(last.raw) - 3), bytes(longer)):
        path.write_bytes(content)
        outline = outline_of(path)
        assert (outline.damaged, outline.cut) == (True, False)


@pytest.mark.parametrize("zeros", [0, 1, 5000])
def test_a_capture_that_a_power_cut_ended_is_not_damaged_wherever_it_was(tmp_path, zeros):
    path, data = tmp_path / "a.mcap", WHOLE[Writer]
    whole = outline_of_bytes(tmp_path, data)
    begin, last = CHUNKS[Writer][1].at, CHUNKS[Writer][-1]
    borders = [at for each in CHUNKS[Writer][2:] for at in range(each.at - 3, each.at + 60, 3)]
    for end in sorted({*range(begin, len(data), 211), *borders, *range(last.at, len(data))}):
        path.write_bytes(data[:end] + bytes(zeros))
        outline = outline_of(path)
        assert (outline.damaged, outline.complete, outline.damage) == (False, True, [])
        assert outline.events == whole.events[: len(outline.events)]
        assert len(outline.notes) == 1
        assert re.match(r"the file (is cut off at byte \d+|was not ended in order): read to", outline.notes[0])


@pytest.mark.parametrize("new", [ZEBRA, "ox-elm-1"])
def test_a_capture_that_was_cut_is_no_more_damaged_under_a_longer_or_shorter_name(tmp_path, new):
    path = tmp_path / "a.mcap"
    named = next(chunk for chunk in CHUNKS[Writer] if OTTER.encode() in chunk.raw)
    for end in range(named.at + 53, named.at + len(named.raw)):
        for zeros in (0, 100):
            path.write_bytes(WHOLE[Writer][:end] + bytes(zeros))
            rename_in(path, OTTER, new)
            assert not says(path, OTTER)
            outline = outline_of(path)
            assert (outline.damaged, outline.cut) == (False, True)
