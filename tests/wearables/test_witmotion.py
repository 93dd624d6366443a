"""WitMotion: frames of both lengths, split and joined, among garbage."""

import struct
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import NO_FACTS, Ask, Flag, Write
from imutrack.wearables.witmotion import COMMAND, DATA, WITMOTION

G = 9.80665
WHEN = struct.pack("<6BH", 26, 11, 20, 6, 50, 7, 987)


def frame(*counts: int, when: bytes = b"") -> bytes:
    return b"\x55\x61" + struct.pack("<9h", *counts, *[0] * (9 - len(counts))) + when


def register(number: int, *counts: int) -> bytes:
    return b"\x55\x71" + struct.pack("<H8h", number, *counts, *[0] * (8 - len(counts)))


def decoder(**said):
    return WITMOTION.profile(WITMOTION.set_up(said), NO_FACTS).decoder()


def feed(*payloads: bytes, **said):
    mine = decoder(**said)
    return [packet for payload in payloads for packet in mine.feed(DATA, payload)] + mine.finish()


def x_counts(packets) -> list[int]:
    return [round(packet.values[Quantity.ACC][0][0] / (16 * G / 32768)) for packet in packets]


def test_a_count_is_the_range_over_32768():
    [packet] = feed(frame(2048, 0, -2048, 16384, 0, 0, 8192, -16384, 0))
    assert packet.values[Quantity.ACC][0] == pytest.approx([G, 0, -G])
    assert packet.values[Quantity.GYR][0] == pytest.approx([17.453292519943295, 0, 0])
    assert packet.said["euler_deg"] == pytest.approx([45, -90, 0])
    assert packet.ticks == ()


def test_newer_firmware_says_the_time_to_the_millisecond():
    [packet] = feed(frame(1, when=WHEN))
    since = datetime(2026, 11, 20, 6, 50, 7, 987000, tzinfo=UTC) - datetime(2000, 1, 1, tzinfo=UTC)
    assert packet.ticks == (round(since.total_seconds() * 1000),)


def test_a_time_that_is_no_date_is_left_out():
    [packet] = feed(frame(1, when=bytes(8)), device_time=True)
    assert packet.ticks == ()
    assert x_counts([packet]) == [1]


# below 0x55 in every byte, so that no count looks like the head of a frame
counts = st.lists(st.integers(0, 0x54), min_size=9, max_size=9)


@given(st.lists(counts, min_size=1, max_size=6), st.lists(st.integers(0, 200), max_size=12), st.booleans())
def test_any_split_gives_the_same_packets(frames, cuts, timed):
    whole = b"".join(frame(*each, when=WHEN if timed else b"") for each in frames)
    edges = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    parts = [whole[a:b] for a, b in pairwise(edges)]
    assert feed(*parts, device_time=timed) == feed(whole, device_time=timed)
    assert x_counts(feed(*parts, device_time=timed)) == [each[0] for each in frames]


def test_a_time_that_comes_late_is_learned_not_taken_for_garbage():
    """A link of 20 bytes splits frames of 28; nobody said that this firmware sends the time."""
    whole = [frame(n, when=WHEN) for n in (1, 2, 3)]
    packets = feed(*(part for each in whole for part in (each[:20], each[20:])))
    assert x_counts(packets) == [1, 2, 3]
    assert [len(packet.ticks) for packet in packets] == [0, 1, 1]


def test_garbage_before_a_frame_is_skipped():
    assert x_counts(feed(b"\x00\x55\x00" + frame(5))) == [5]


def test_garbage_alone_is_counted_as_an_error_and_forgotten():
    mine = decoder()
    with pytest.raises(DecodeError, match="7 bytes"):
        mine.feed(DATA, b"garbage")
    assert x_counts(mine.feed(DATA, frame(5))) == [5]


def test_a_frame_that_lost_its_end_gives_what_it_has_and_spoils_no_other():
    packets = feed(frame(1)[:16], frame(2), frame(3))
    assert x_counts(packets) == [1, 2, 3]
    assert [packet.flags for packet in packets] == [frozenset({Flag.TRUNCATED}), frozenset(), frozenset()]
    assert "euler_deg" not in packets[0].said


def test_a_frame_that_was_cut_before_turning_ends_says_nothing():
    assert x_counts(feed(frame(1)[:13], frame(2), frame(3))) == [2, 3]
    assert feed(frame(1)[:13]) == []


def test_the_last_frame_of_a_link_may_be_cut():
    [packet] = feed(frame(7)[:14])
    assert x_counts([packet]) == [7]
    assert packet.flags == {Flag.TRUNCATED}


def test_a_reading_at_the_end_of_its_range_is_clipped():
    [packet] = feed(frame(32767))
    assert packet.flags == {Flag.CLIPPED}


def test_registers_are_read():
    packets = feed(
        register(0x51, 16384, 0, 0, -16384), register(0x3A, 100, -200, 300), register(0x40, 2510), register(0x2E, 7)
    )
    assert packets[0].values[Quantity.QUAT][0] == pytest.approx([0.5, 0, 0, -0.5])
    assert packets[1].values[Quantity.MAG_AU][0] == (100, -200, 300)  # what a count is worth depends on the chip
    assert packets[2].said == {"temperature_c": 25.1}
    assert packets[3].said == {"register": 0x2E, "counts": (7, 0, 0, 0, 0, 0, 0, 0)}


@pytest.mark.parametrize(("centivolts", "percent"), [(420, 100), (396, 100), (395, 90), (378, 40), (349, 5), (300, 0)])
def test_the_battery_follows_the_vendor_s_table(centivolts, percent):
    [packet] = feed(register(0x64, centivolts))
    assert packet.said == {"battery_v": centivolts / 100, "battery_pct": percent}


@pytest.mark.parametrize(("rate_hz", "code"), [(10, 6), (50, 8), (100, 9), (200, 10)])
def test_the_rate_is_set(rate_hz, code):
    profile = WITMOTION.profile(WITMOTION.set_up({"rate_hz": rate_hz}), NO_FACTS)
    assert Write(COMMAND, bytes([0xFF, 0xAA, 3, code, 0]), response=False) in profile.start


def asked(rate_hz):
    """How a device set to a rate is asked which it took."""
    start = WITMOTION.profile(WITMOTION.set_up({"rate_hz": rate_hz}), NO_FACTS).start
    (ask,) = (action for action in start if isinstance(action, Ask))
    return ask


def test_the_rate_is_asked_back_after_it_was_set():
    ask = asked(50)
    assert ask.write == Write(COMMAND, bytes.fromhex("ffaa270300"), response=False)
    assert ask.answer.judge(ask.answer.example)
    assert ask.answer.judge(frame(1, 2, 3) + register(0x03, 8, 99) + frame(4))  # among the frames that come anyway
    assert feed(ask.answer.example)[0].said == {"register": 3, "counts": (8, 0, 0, 0, 0, 0, 0, 0)}


@pytest.mark.parametrize("payload", [b"", frame(3), register(0x64, 400), register(0x03, 8)[:5]])
def test_what_is_no_answer_is_waited_over(payload):
    assert not asked(50).answer.judge(payload)


def test_a_device_that_did_not_take_the_rate_is_refused():
    with pytest.raises(WearableError, match="did not take 50 readings per second and stays at 10 readings per second"):
        asked(50).answer.judge(register(0x03, 6))
    with pytest.raises(WearableError, match="at another rate: switch it off and on"):
        asked(50).answer.judge(register(0x03, 0))


def test_there_is_a_clock_only_where_the_firmware_sends_the_time():
    for timed in (False, True):
        [stream] = WITMOTION.profile(WITMOTION.set_up({"device_time": timed}), NO_FACTS).streams
        assert (stream.clock is not None) is timed
