"""A capture keeps every byte that came, is readable however it ended, and says what was stored live, bit for bit."""

import signal
import stat
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.writer import Writer as McapWriter

from capture.capture_builders import BEGIN_NS, OTTER, SET, notifications, write_capture
from capture.whole_capture import captured_sets, read_capture
from imutrack.capture import Writer, arrivals_of, assemble, outline_of, sets_of
from imutrack.capture.assembling import _of_strap
from imutrack.capture.blocks import LONGEST_NS, pack, unpack
from imutrack.capture.events import (
    Closed,
    Connected,
    Opened,
    StopNoted,
    TaskStarted,
    TaskStopped,
    decode_event,
    encode_event,
)
from imutrack.errors import RecordingError
from imutrack.flags import FlagCode
from imutrack.pipeline import analyse
from imutrack.recordings import READERS, read
from imutrack.samples import Quantity
from imutrack.stores.analysed import encode

LIMB = notifications(reps=1)


@given(
    st.integers(0, 2**63),
    st.lists(st.tuples(st.integers(0, LONGEST_NS - 1), st.binary(max_size=300)), min_size=1, max_size=40),
)
def test_a_block_gives_back_what_was_put_in(begin_ns, said):
    after = sorted(ns for ns, _ in said)
    arrivals = [(begin_ns + ns - after[0], payload) for ns, (_, payload) in zip(after, said, strict=True)]
    assert list(unpack(pack(arrivals))) == arrivals


@given(st.binary(max_size=200))
def test_bytes_that_are_no_block_are_refused(block):
    try:
        arrivals = list(unpack(block))
    except RecordingError:
        return
    assert not arrivals or pack(arrivals) == block


def test_what_is_written_is_read_and_only_its_owner_may(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    write_capture(path, arrivals, characteristic).close()
    capture = read_capture(path)
    assert capture.arrivals == {("3", characteristic): arrivals}
    assert capture.notes == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_capture(path, arrivals, characteristic)


def test_a_capture_that_is_cut_anywhere_is_read_to_the_last_whole_block(tmp_path):
    arrivals, characteristic = notifications(reps=1)
    whole, cut = tmp_path / "whole.mcap", tmp_path / "cut.mcap"
    write_capture(whole, arrivals, characteristic, per_block=10).close()
    data = whole.read_bytes()
    counts = []
    for end in (*range(0, len(data) - 600, 37), *range(len(data) - 600, len(data))):
        cut.write_bytes(data[:end])
        try:
            kept = read_capture(cut).arrivals.get(("3", characteristic), [])
        except RecordingError:
            kept = []  # nothing yet says that it is a capture
        assert kept == arrivals[: len(kept)]
        counts.append(len(kept))
    assert counts == sorted(counts)
    assert counts[-1] == len(arrivals)


def test_a_damaged_block_costs_itself_and_is_told(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    write_capture(path, arrivals, characteristic).close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    capture = read_capture(path)
    kept = capture.arrivals["3", characteristic]
    assert len(arrivals) - 60 <= len(kept) < len(arrivals)
    assert set(kept) < set(arrivals)
    assert capture.notes


def test_a_killed_collector_leaves_what_it_had_flushed(tmp_path):
    path = tmp_path / "a.mcap"
    program = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from capture.capture_builders import notifications, write_capture
        arrivals, characteristic = notifications()
        writer = write_capture(Path({str(path)!r}), arrivals, characteristic, stop=False)
        print(len(arrivals), flush=True)
        time.sleep(60)
    """)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    count = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    capture, sets = captured_sets(path)
    assert sum(map(len, capture.arrivals.values())) == count
    assert [each.number for each in sets] == [1]  # the set was never stopped: it lasts until the last notification
    assert assemble(sets[0], capture.arrivals).duration_s > 15


def test_the_blocks_have_no_say_in_the_hash_nor_in_the_result(tmp_path):
    arrivals, characteristic = notifications()
    found = []
    for per_block in (1, 7, 500):
        path = tmp_path / f"{per_block}.mcap"
        write_capture(path, arrivals, characteristic, per_block=per_block).close()
        capture, (each,) = captured_sets(path)
        recording = assemble(each, capture.arrivals)
        found.append((recording.content_hash, [encode(each) for each in analyse(recording, recording.tasks)]))
    assert found[0] == found[1] == found[2]
    assert "acc" in {str(quantity) for quantity in recording.sensors[0].samples}


def test_what_a_replay_gives_is_what_was_stored_live_bit_for_bit(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    writer = write_capture(path, arrivals, characteristic)
    events = [event for event in read_capture_of(writer) if not isinstance(event, Closed)]
    (live_set,) = sets_of(events, arrivals[-1][0])
    live = assemble(live_set, {("3", characteristic): arrivals}, timezone="Europe/Berlin", source="live")
    (replayed,) = read([path])
    assert replayed.content_hash == live.content_hash
    (one,), (other,) = analyse(live, live.tasks), analyse(replayed, replayed.tasks)
    assert encode(one) == encode(other)
    assert one.reps == 5
    assert (one.task.reps_live, one.task.patient, one.placement) == (5, OTTER, "shank")


def read_capture_of(writer):
    writer.close()
    return read_capture(writer.path).events


def test_a_wrap_of_the_devices_clock_is_not_seen(tmp_path):
    for first_tick in (0, 2**32 - 6_000_000):
        path = tmp_path / f"{first_tick}.mcap"
        write_capture(path, *notifications(first_tick=first_tick)).close()
        (recording,) = read([path])
        samples = recording.sensors[0].samples[Quantity.ACC]
        assert samples.rate_hz == pytest.approx(60, rel=1e-4)
        assert recording.notes == ()


def test_readings_that_were_lost_are_counted_and_a_link_that_was_lost_is_flagged(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    kept = [each for k, each in enumerate(arrivals) if not 300 <= k < 480 and k % 50 != 7]
    write_capture(path, kept, characteristic).close()
    (recording,) = read([path])
    (result,) = analyse(recording, recording.tasks)
    assert f"strap 3, imu: {len(arrivals) - len(kept) - 1} readings lost on the way" in recording.notes  # one before
    flag = next(flag for flag in result.flags if flag.code is FlagCode.LINK_LOST)
    assert dict(flag.values)["lost_s"] == pytest.approx(3.0, abs=0.1)


def test_a_stop_marks_the_set_it_falls_into(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    writer = write_capture(path, arrivals, characteristic, stop=False)
    writer.say(StopNoted(at_ns=arrivals[600][0], source="typed"))
    writer.say(TaskStopped(at_ns=arrivals[-1][0] + 1, number=1, why="typed"))
    writer.say(TaskStarted(at_ns=arrivals[-1][0] + 2, number=2, task=SET, straps=("3",)))
    writer.close()
    _, sets = captured_sets(path)
    assert [[flag.code for flag in each.task.flags] for each in sets] == [[FlagCode.STOP_NOTED], []]


def test_two_straps_are_two_sensors_of_one_recording(tmp_path):
    arrivals, characteristic = notifications()
    path = tmp_path / "a.mcap"
    write_capture(path, arrivals, characteristic, straps=("4", "3")).close()
    (recording,) = read([path])
    assert [(sensor.label, sensor.placement) for sensor in recording.sensors] == [("3", "shank"), ("4", "shank")]


def test_a_capture_without_a_set_says_so(tmp_path):
    writer = Writer(tmp_path / "a.mcap")
    writer.say(Opened(at_ns=BEGIN_NS, version=1, software="test", clinic="clinic", timezone="UTC"))
    writer.close()
    (found,) = read([tmp_path / "a.mcap"])
    assert isinstance(found, RecordingError)
    assert "no set was done in it" in str(found)


def test_another_programs_mcap_file_is_refused(tmp_path):
    path = tmp_path / "ros.mcap"
    with path.open("wb") as file:
        writer = McapWriter(file)
        writer.start()
        writer.finish()
    (found,) = read([path])
    assert "is no capture of imutrack" in str(found)


def test_a_capture_of_a_newer_version_is_refused(tmp_path):
    writer = Writer(tmp_path / "a.mcap")
    writer.say(Opened(at_ns=BEGIN_NS, version=99, software="later", clinic="clinic", timezone="UTC"))
    writer.close()
    with pytest.raises(RecordingError, match="newer imutrack"):
        read_capture(tmp_path / "a.mcap")


def test_an_event_of_a_kind_that_is_not_known_is_left_out():
    event = Connected(at_ns=1, strap="3", wearable="x", settings={"rate_hz": 60}, facts={"scheme": b"\x00\xff"})
    assert decode_event(encode_event(event)) == event
    assert decode_event(b'{"event":"of_tomorrow","at_ns":1}') is None


def test_it_is_one_of_the_readers():
    assert "imutrack_capture" in READERS


def test_a_button_of_a_strap_marks_only_the_sets_that_it_sees():
    def found(strap):
        begun = TaskStarted(at_ns=1, number=1, task=SET, straps=("3",))
        events = [begun, StopNoted(at_ns=2, source="button", strap=strap), TaskStopped(at_ns=3, number=1, why="typed")]
        (each,) = sets_of(events, 3)
        return [flag.code for flag in each.task.flags]

    assert (found("3"), found(""), found("4")) == ([FlagCode.STOP_NOTED], [FlagCode.STOP_NOTED], [])
    assert StopNoted(at_ns=2, source="typed") == decode_event(b'{"event":"stop_noted","at_ns":2,"source":"typed"}')


@given(st.data(), st.integers(1, 500))
@settings(max_examples=20)
def test_a_stretch_is_read_as_if_all_was_read(data, per_block):
    arrivals, characteristic = LIMB
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        write_capture(path, arrivals, characteristic, per_block=per_block, straps=("3", "4")).close()
        if data.draw(st.booleans(), label="damaged"):
            content = bytearray(path.read_bytes())
            content[data.draw(st.integers(600, len(content) - 1))] ^= 0xFF
            path.write_bytes(content)
        moments = st.integers(BEGIN_NS - 1_000_000_000, arrivals[-1][0] + 1_000_000_000)
        begin_ns, end_ns = sorted((data.draw(moments), data.draw(moments)))
        whole, outline = read_capture(path), outline_of(path)
        assert (outline.events, outline.notes, outline.end_ns) == (whole.events, whole.notes, whole.end_ns)
        of_stretch = {
            key: [each for each in came if begin_ns <= each[0] < end_ns] for key, came in whole.arrivals.items()
        }
        assert arrivals_of(path, outline, begin_ns, end_ns) == {key: came for key, came in of_stretch.items() if came}


def test_reading_one_set_of_a_long_capture_takes_no_memory_for_the_rest(tmp_path):
    path, each = tmp_path / "a.mcap", bytes(200)
    writer = write_capture(path, [(BEGIN_NS, each)], "uuid", stop=False)
    for begin in range(0, 60_000, 30):
        writer.write("3", "uuid", [(BEGIN_NS + (begin + k) * 16_000_000, each) for k in range(30)])
        writer.flush()
    writer.close()
    tracemalloc.start()
    outline = outline_of(path)
    assert len(arrivals_of(path, outline, outline.end_ns - 1_000_000_000, outline.end_ns)["3", "uuid"]) == 62
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000  # all of them are twenty times as much


def test_at_one_moment_what_came_over_a_characteristic_keeps_its_order():
    arrivals = {("3", "b"): [(5, b"z"), (5, b"a")], ("3", "a"): [(5, b"m")], ("4", "a"): [(5, b"other")]}
    assert _of_strap("3", arrivals) == [(5, "a", b"m"), (5, "b", b"z"), (5, "b", b"a")]
