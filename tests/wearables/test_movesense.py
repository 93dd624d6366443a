import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import DecodeError, SettingsError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import Ask, Flag, Packet
from imutrack.wearables.movesense import MOVESENSE
from wearables.link import heard, profile_of, there_and_back, written

COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"
SIX = profile_of(MOVESENSE, rate_hz=52)
NINE = profile_of(MOVESENSE, rate_hz=104, mag=True)


def frame(when_ms: int, *numbers: float) -> bytes:
    return bytes([2, 99]) + struct.pack(f"<I{len(numbers)}f", when_ms, *numbers)


def subscription() -> Ask:
    asks = [each for each in SIX.start if isinstance(each, Ask)]
    return asks[-1]


def test_all_of_the_acceleration_comes_before_all_of_the_turning():
    (packet,) = heard(SIX, [(NOTIFY, frame(7, 0, 0, 9.5, 1, 0, 9.5, 90, 0, 0, 0, -180, 0))])
    assert packet.ticks == (7,)
    assert packet.values[Quantity.ACC] == ((0, 0, 9.5), (1, 0, 9.5))
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.pi / 2, 0, 0))
    assert packet.values[Quantity.GYR][1] == pytest.approx((0, -math.pi, 0))


def test_the_magnetometer_comes_last():
    (packet,) = heard(NINE, [(NOTIFY, frame(7, 0, 0, 9.5, 0, 0, 0, 20, -5, 40))])
    assert packet.values[Quantity.MAG] == ((20, -5, 40),)


def test_the_stamp_is_that_of_the_first_reading_in_milliseconds():
    clock = SIX.streams[0].clock
    assert clock is not None
    assert (clock.tick_s, clock.bits, clock.stamps) == (1e-3, 32, "first")


def test_a_packet_in_two_parts_is_joined_wherever_it_is_cut():
    whole = frame(7, *range(24))
    (expected,) = heard(SIX, [(NOTIFY, whole)])
    for cut in range(6, len(whole)):
        second = bytes([3, 99]) + whole[cut:]
        assert heard(SIX, [(NOTIFY, whole[:cut]), (NOTIFY, second)]) == [expected]


def test_a_lost_second_part_leaves_its_packet_out_and_no_other():
    long = frame(7, *range(72))
    packets = heard(NINE, [(NOTIFY, long[:155]), (NOTIFY, frame(8, *range(9)))])
    assert [packet.ticks for packet in packets] == [(8,)]


def test_a_lost_first_part_is_told():
    with pytest.raises(DecodeError, match="first part did not come"):
        SIX.decoder().feed(NOTIFY, bytes([3, 99, 0, 0, 0, 0]))


def test_the_end_of_the_link_within_a_packet_is_flagged():
    assert heard(NINE, [(NOTIFY, frame(7, *range(72))[:155])]) == [Packet("imu", flags=frozenset({Flag.TRUNCATED}))]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "are needed"),
        (b"\x02", "are needed"),
        (b"\x02\x63\x00\x00\x00", "are needed"),
        (b"\x02\x05" + bytes(28), "not asked for"),
        (b"\x07\x63", "kind 7"),
    ],
)
def test_what_it_cannot_have_sent_is_refused(payload, why):
    with pytest.raises(DecodeError, match=why):
        SIX.decoder().feed(NOTIFY, payload)


def test_two_parts_that_make_no_whole_number_of_readings_are_refused():
    decoder = SIX.decoder()
    assert decoder.feed(NOTIFY, frame(7, 1.0)) == []
    with pytest.raises(DecodeError, match="no whole number"):
        decoder.feed(NOTIFY, b"\x03\x63\x00")
    assert decoder.feed(NOTIFY, frame(8, *range(6))) == []
    assert len(decoder.finish()) == 1


def test_it_is_asked_for_its_path_after_what_was_running_is_ended():
    assert written(SIX.start) == ["0263", "0062", "0163" + b"/Meas/IMU6/52".hex()]
    assert written(NINE.start)[-1] == "0163" + b"/Meas/IMU9/104".hex()
    assert written(SIX.stop) == ["0263"]


def test_a_status_of_200_or_the_first_data_answer_a_subscription():
    judge = subscription().answer.judge
    assert judge(subscription().answer.example)
    assert judge(frame(1, *range(6)))  # firmware before 2.3 gives no status
    assert not judge(bytes.fromhex("0162c800"))  # of another command
    assert not judge(bytes.fromhex("0163"))


@pytest.mark.parametrize(("status", "why"), [(404, "path or rate"), (507, "no room"), (503, "does not say")])
def test_a_refused_subscription_says_why(status, why):
    with pytest.raises(WearableError, match=f"/Meas/IMU6/52.*{status}.*{why}"):
        subscription().answer.judge(bytes([1, 99]) + struct.pack("<H", status))


def test_answers_to_commands_are_no_readings():
    packets = heard(SIX, [(NOTIFY, bytes.fromhex("0163c800")), (NOTIFY, b"\x01\x62Hello")])
    assert [dict(packet.said) for packet in packets] == [{"reference": 99, "status": 200}, {"reference": 98}]


def test_a_rate_it_does_not_have_is_refused():
    with pytest.raises(SettingsError, match="movesense"):
        MOVESENSE.set_up({"rate_hz": 60})


def test_a_long_packet_of_a_simulated_sensor_goes_in_two_parts_that_fit_the_link():
    rows = tuple((float(index), 0.0, 9.5) for index in range(8))
    packet = Packet("imu", {Quantity.ACC: rows, Quantity.GYR: rows, Quantity.MAG: rows}, (1,))
    sent = NINE.encode(packet)
    assert [(payload[0], len(payload) <= 155) for _, payload in sent] == [(2, True), (3, True)]


single = st.floats(width=32, min_value=-1000, max_value=1000)
triples = st.lists(st.tuples(single, single, single), min_size=1, max_size=8)


@given(triples, st.integers(0, 2**32 - 1))
def test_what_a_simulated_sensor_says_is_what_it_was_told_to(rows, when):
    packet = Packet("imu", {Quantity.ACC: tuple(rows), Quantity.GYR: tuple(rows)}, (when,))
    (back,) = there_and_back(SIX, packet)
    assert back.ticks == (when,)
    for quantity in (Quantity.ACC, Quantity.GYR):
        for row, expected in zip(back.values[quantity], rows, strict=True):
            assert row == pytest.approx(expected, rel=1e-6, abs=1e-30)  # float32


def test_a_first_part_that_looks_whole_waits_for_its_second_one():
    packets = [frame(when, *range(24)) for when in (7, 8, 9)]
    expected = [packet for each in packets for packet in heard(SIX, [(NOTIFY, each)])]
    parts = [(NOTIFY, part) for each in packets for part in (each[:54], bytes([3, 99]) + each[54:])]
    assert heard(SIX, parts) == expected
    without_a_second = heard(SIX, [*parts[:2], *parts[2:3], *parts[4:]])
    assert [packet.ticks for packet in without_a_second] == [(7,), (9,)]


def test_only_the_first_packet_of_a_connection_waits():
    decoder = SIX.decoder()
    sent = [frame(when, *range(6)) for when in (7, 8, 9)]
    assert [[packet.ticks for packet in decoder.feed(NOTIFY, each)] for each in sent] == [[], [(7,), (8,)], [(9,)]]


def test_a_second_part_tells_that_what_was_taken_for_whole_was_not():
    decoder = SIX.decoder()
    first, second = frame(7, *range(12)), b"\x03\x63" + bytes(48)
    for _ in range(2):  # of the first, the second part was lost
        decoder.feed(NOTIFY, first)
    with pytest.raises(DecodeError, match="first part did not come"):
        decoder.feed(NOTIFY, second)
    assert decoder.feed(NOTIFY, first) == []
    assert [len(packet) for packet in decoder.feed(NOTIFY, second)] == [4]
