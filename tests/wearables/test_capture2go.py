"""Capture2Go: the two streams in one, checksums, packed readings, orientation in 64 bits."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import NO_FACTS, Ask, Flag
from imutrack.wearables.capture2go import CAPTURE2GO, DATA
from imutrack.wearables.capture2go_frames import frame, pack_quaternion, unpack_quaternion

WHEN = 1_700_000_000_000_000_000
LEVEL = pack_quaternion((1.0, 0.0, 0.0, 0.0))


def profile(**said):
    return CAPTURE2GO.profile(CAPTURE2GO.set_up(said), NO_FACTS)


def feed(*payloads: bytes):
    decoder = profile().decoder()
    return [packet for payload in payloads for packet in decoder.feed(DATA, payload)] + decoder.finish()


def single(when: int = WHEN, code: int = LEVEL, heading: int = 0, errors: int = 0) -> bytes:
    return frame(0x0283, struct.pack("<qQhB", when, code, heading, errors))


def packed(errors: int = 0, code: int = LEVEL) -> bytes:
    """Eight readings: turning about x, 1 g along z, a field along y, growing by a count each."""
    gyr = [number for n in range(8) for number in (n, 0, 0)]
    acc = [number for n in range(8) for number in (0, 0, 2048 + n)]
    mag = [number for n in range(8) for number in (0, 16 * n, 0)]
    return frame(0x0223, struct.pack("<q72hQhB", WHEN, *gyr, *acc, *mag, code, 0, errors))


components = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda four: sum(x * x for x in four) > 0.01)


@given(components)
def test_an_orientation_survives_its_code(four):
    size = math.sqrt(sum(x * x for x in four))
    row = tuple(x / size for x in four)
    got = unpack_quaternion(pack_quaternion(row))
    assert got is not None
    same = math.fsum(a * b for a, b in zip(got, row, strict=True))
    assert abs(same) == pytest.approx(1, abs=1e-9)  # 20 bits over the square root of 2: 1.3e-6 each


def test_a_code_that_is_no_orientation_gives_none():
    assert unpack_quaternion((1 << 60) - 1) is None


def test_the_start_command_is_that_of_the_protocol():
    assert frame(0x0150).hex() == "023d7f658c005001"


def test_a_packed_frame_gives_eight_readings_and_the_orientation_of_the_first():
    imu, orientation = feed(b"\xff" + packed())
    assert len(imu) == 8
    assert imu.values[Quantity.GYR][7] == pytest.approx((7 * math.radians(2000) / 32768, 0, 0))
    assert imu.values[Quantity.ACC][0] == pytest.approx((0, 0, 9.81))
    assert imu.values[Quantity.MAG][3] == pytest.approx((0, 3, 0))
    assert orientation.values[Quantity.QUAT] == (pytest.approx((1, 0, 0, 0), abs=2e-6),)
    assert imu.ticks == orientation.ticks == (WHEN,)


@pytest.mark.parametrize(
    ("kind", "layout", "quantities"),
    [
        (0x0232, "<q48hQhB", {Quantity.ACC, Quantity.GYR}),
        (0x0241, "<q9hQhB", {Quantity.ACC, Quantity.GYR, Quantity.MAG}),
        (0x0247, "<q9hQhB", {Quantity.ACC, Quantity.GYR, Quantity.MAG}),
        (0x0256, "<q6hQhB", {Quantity.ACC, Quantity.GYR}),
    ],
)
def test_other_full_frames(kind, layout, quantities):
    counts = [0] * (int(layout[2:4].rstrip("h")))
    imu, orientation = feed(b"\xff" + frame(kind, struct.pack(layout, WHEN, *counts, LEVEL, 0, 0)))
    assert imu.values.keys() == quantities
    assert orientation.stream == "orientation"


def test_frames_of_floats_are_si_units_already():
    full = struct.pack("<q9f4ff3B5x", WHEN, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 0, 0, 0.5, 1, 0, 2)
    imu, orientation = feed(b"\xff" + frame(0x0261, full))
    assert imu.values[Quantity.GYR] == ((1, 2, 3),)
    assert imu.values[Quantity.ACC] == ((4, 5, 6),)
    assert imu.values[Quantity.MAG] == ((7, 8, 9),)
    assert imu.flags == orientation.flags == {Flag.CLIPPED}
    assert orientation.said == {"heading_offset_rad": 0.5, "at_rest": True}
    [packet] = feed(b"\xff" + frame(0x0293, struct.pack("<q4ff3B", WHEN, 0, 1, 0, 0, 0, 0, 1, 0)))
    assert packet.values[Quantity.QUAT] == ((0, 1, 0, 0),)
    assert packet.flags == {Flag.MAG_DISTURBED}


def test_twenty_orientations_in_a_frame():
    codes = [LEVEL] * 19 + [(1 << 60) - 1]
    [packet] = feed(b"\xff" + frame(0x0273, struct.pack("<q20Q20h20B", WHEN, *codes, *[0] * 20, *[0] * 20)))
    assert len(packet) == 20
    assert all(math.isnan(part) for part in packet.values[Quantity.QUAT][19])


@pytest.mark.parametrize(
    ("errors", "flags"),
    [(0x01, {Flag.TIME_GAP}), (0x02, {Flag.CLIPPED}), (0x08, {Flag.CLIPPED}), (0x05, {Flag.TIME_GAP, Flag.CLIPPED})],
)
def test_errors_are_flags(errors, flags):
    [packet] = feed(b"\xff" + single(errors=errors))
    assert packet.flags == flags


def test_an_issue_of_its_processing_is_said():
    imu, _ = feed(b"\xff" + packed(errors=0x10))
    assert imu.said == {"processing_issue": True}


def test_rest_and_disturbance_are_bits_of_the_orientation():
    [packet] = feed(b"\xff" + single(code=LEVEL | 1 << 62 | 1 << 63, heading=16384))
    assert packet.flags == {Flag.MAG_DISTURBED}
    assert packet.said == {"heading_offset_rad": pytest.approx(math.pi / 2), "at_rest": True}


@given(st.lists(st.integers(1, 244), min_size=1, max_size=30))
def test_the_long_stream_may_be_cut_anywhere(sizes):
    stream = packed() + single(1) + packed() + single(2)
    payloads, at = [], 0
    for size in [*sizes, len(stream)]:
        payloads.append(b"\xff" + stream[at : at + size])
        at += size
    assert feed(*payloads) == feed(b"\xff" + packed(), b"\xff" + single(1), b"\xff" + packed(), b"\xff" + single(2))


def test_real_time_frames_stand_before_the_stream_and_do_not_disturb_it():
    stream = packed()
    packets = feed(b"\xff" + stream[:50], b"\xfd" + single(1) + single(2) + stream[50:])
    assert [packet.ticks[0] for packet in packets] == [1, 2, WHEN, WHEN]


def test_a_stream_that_is_entered_in_its_middle_is_found_again():
    decoder = profile().decoder()
    first = decoder.feed(DATA, b"\xff" + packed()[60:] + single(1) + single(2))
    assert [packet.ticks for packet in first] == [(1,), (2,)]


def test_a_frame_with_a_turned_bit_is_left_out_and_the_next_is_read():
    broken = bytearray(single(1))
    broken[12] ^= 1
    assert [packet.ticks for packet in feed(b"\xff" + bytes(broken) + single(2))] == [(2,)]


def test_bytes_that_belong_to_no_frame_are_counted_as_an_error():
    decoder = profile().decoder()
    with pytest.raises(DecodeError, match="10 bytes"):
        decoder.feed(DATA, b"\xff" + bytes(10))
    assert decoder.feed(DATA, b"\xff" + single(3))


@pytest.mark.parametrize("payload", [b"", b"\xfb" + bytes(20), b"\xfe", b"\xfe" + single()[:-1], b"\xfe" + bytes(40)])
def test_real_time_frames_that_cannot_be_are_refused(payload):
    with pytest.raises(DecodeError, match="Capture2Go"):
        profile().decoder().feed(DATA, payload)


def test_the_status_tells_the_battery():
    status = struct.pack("<qBB3hBBB", WHEN, 2, 2, 0, 0, 0, 1, 0x80 | 77, 90)
    [packet] = feed(b"\xff" + frame(0x0201, status))
    assert packet.said == {"battery_pct": 77, "charging": True, "synchronised": True}


def test_a_frame_that_is_no_reading_is_told_by_its_number():
    [packet] = feed(b"\xff" + frame(0x0400, bytes(9)))
    assert packet.said == {"frame": "0x0400"}


def asks() -> list[Ask]:
    return [action for action in profile().start if isinstance(action, Ask)]


def test_the_mode_asks_for_packed_readings_at_the_rate():
    mode, start = asks()
    assert mode.write.data[8:] == struct.pack("<q8BHBQ3?", 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, False, False, False)
    assert start.write.data == frame(0x0150)


def test_an_answer_is_found_among_readings():
    _, start = asks()
    assert start.answer.judge(b"\xff" + packed()[100:] + frame(0x0151) + packed()[:20])
    assert not start.answer.judge(b"\xff" + packed())


def test_a_refusal_of_this_command_says_what_to_do_and_another_s_is_none():
    _, start = asks()
    with pytest.raises(WearableError, match="switch it off and on"):
        start.answer.judge(b"\xff" + frame(0xFFFF, struct.pack("<BH", 0xFB, 0x0150)))
    assert not start.answer.judge(b"\xff" + frame(0xFFFF, struct.pack("<BH", 0xFB, 0x0152)))
