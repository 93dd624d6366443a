import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import Ask, Packet
from imutrack.wearables.open_earable import IMU, OPEN_EARABLE
from imutrack.wearables.open_earable_scheme import Component, Scheme, encode_scheme, parse_scheme
from wearables.link import heard, profile_of, subscribed, there_and_back, written

DATA = "34c2e3bc-34aa-11eb-adc1-0242ac120002"
PROFILE = profile_of(OPEN_EARABLE)
READING = (0.0, 0.0, 9.5, 90.0, 0.0, -180.0, 20.0, -5.0, 40.0)
BARO = Scheme(1, "Pressure", (Component("TEMP", "Temperature", "°C", "f"), Component("BARO", "Pressure", "kPa", "h")))


def data(sensor: int, when_us: int, body: bytes) -> tuple[str, bytes]:
    return DATA, struct.pack("<BBQ", sensor, len(body), when_us) + body


def test_a_reading_is_laid_out_as_the_device_describes_it():
    (packet,) = heard(PROFILE, [data(0, 5_000_000, struct.pack("<9f", *READING))])
    assert packet.ticks == (5_000_000,)
    assert packet.values[Quantity.ACC] == ((0, 0, 9.5),)
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.pi / 2, 0, -math.pi))
    assert packet.values[Quantity.MAG] == ((20, -5, 40),)
    assert not packet.said


def test_several_readings_are_followed_by_the_time_between_them():
    (packet,) = heard(PROFILE, [data(0, 1000, struct.pack("<27fH", *READING * 3, 10_000))])
    assert packet.ticks == (1000, 11_000, 21_000)
    assert len(packet) == 3


def test_another_description_gives_another_layout_and_other_units():
    axes = [Component("ACC", axis, "g", "h") for axis in "ZYX"]
    scheme = Scheme(7, "Bone", (Component("STATE", "Mode", "-", "B"), *axes))
    profile = profile_of(OPEN_EARABLE, {"sensor 7": encode_scheme(scheme)})
    (packet,) = heard(profile, [data(7, 3, struct.pack("<B3h", 4, 1, 2, -3))])
    assert packet.values[Quantity.ACC][0] == pytest.approx((-3 * 9.80665, 2 * 9.80665, 9.80665))
    assert packet.said == {"state_mode_-": (4,)}
    assert packet.stream == profile.streams[0].name == "bone"


def test_a_sensor_without_movement_is_told_by_group_name_and_unit():
    profile = profile_of(OPEN_EARABLE, {"sensor 1": encode_scheme(BARO)})
    assert profile.streams == ()
    (packet,) = heard(profile, [data(1, 3, struct.pack("<fhfhH", 36.5, 101, 36.75, 102, 500))])
    assert packet.said == {"temp_temperature_°c": (36.5, 36.75), "baro_pressure_kpa": (101, 102)}
    assert packet.ticks == (3, 503)


def test_three_axes_in_a_unit_that_is_not_known_are_no_readings():
    scheme = Scheme(3, "Odd", tuple(Component("ACC", axis, "furlong", "f") for axis in "XYZ"))
    profile = profile_of(OPEN_EARABLE, {"sensor 3": encode_scheme(scheme)})
    (packet,) = heard(profile, [data(3, 0, struct.pack("<3f", 1, 2, 3))])
    assert not packet.values
    assert len(packet.said) == 3


@pytest.mark.parametrize("size", [0, 1, 9, 10, 10 + 35, 10 + 37, 10 + 36 * 2, 10 + 36 * 2 + 1, 10 + 36 * 2 + 3])
def test_a_length_that_does_not_fit_the_description_is_refused(size):
    with pytest.raises(DecodeError):
        PROFILE.decoder().feed(DATA, bytes(size))


def test_a_sensor_that_has_not_described_itself_is_refused():
    with pytest.raises(DecodeError, match="sensor 4 has not described itself"):
        PROFILE.decoder().feed(DATA, b"\x04" + bytes(45))


def test_the_rate_is_chosen_by_its_place_among_those_the_device_offers():
    assert written(PROFILE.start) == ["000201"]  # 100 Hz, live
    assert written(profile_of(OPEN_EARABLE, rate_hz=25).start) == ["000001"]
    assert subscribed(PROFILE.start) == [DATA]
    assert written(PROFILE.stop) == ["000200"]


def test_a_rate_that_it_does_not_send_live_is_refused_with_those_it_does():
    with pytest.raises(WearableError, match=r"offers: 25, 50, 100; choose one in its settings$"):
        profile_of(OPEN_EARABLE, rate_hz=200)


def test_the_device_is_asked_to_describe_its_sensor_of_movement():
    (ask,) = [each for each in OPEN_EARABLE.look if isinstance(each, Ask)]
    assert ask.write.data == b"\x00"
    assert ask.answer.judge(ask.answer.example)
    assert not ask.answer.judge(encode_scheme(BARO))
    assert parse_scheme(ask.answer.example) == IMU
    described = profile_of(OPEN_EARABLE, {ask.answer.fact: ask.answer.example})
    assert described.streams == PROFILE.streams


def test_a_description_is_read_as_it_is_documented():
    data = bytes.fromhex("06 01 54 01 06 01 67 01 78 01 43 13 02 01 00 0000803f 00000040")
    assert parse_scheme(data) == Scheme(6, "T", (Component("g", "x", "C", "f"),), (1.0, 2.0), 1, 0)


def test_a_description_that_is_cut_anywhere_is_refused():
    whole = encode_scheme(IMU)
    for size in range(len(whole)):
        with pytest.raises(DecodeError, match="description"):
            parse_scheme(whole[:size])


def test_a_description_that_cannot_be_read_says_whose_it_is():
    with pytest.raises(WearableError, match="OpenEarable's description"):
        profile_of(OPEN_EARABLE, {"sensor 0": b"\x00\x01A\x01\x09"})


@given(st.binary(max_size=60))
def test_any_bytes_are_a_description_or_are_refused(data):
    try:
        scheme = parse_scheme(data)
    except DecodeError:
        return
    assert scheme.layout.size > 0


texts = st.text("abcXYZ/^2° ", max_size=8)
components = st.builds(Component, texts, texts, texts, st.sampled_from("bBhHiIfd"))


@given(st.integers(0, 255), texts, st.lists(components, min_size=1, max_size=9), st.booleans())
def test_a_description_that_is_written_reads_the_same(number, name, parts, live):
    scheme = Scheme(number, name, tuple(parts), (12.5, 25.0), usual_rate=1, live_rate=1, live=live)
    assert parse_scheme(encode_scheme(scheme)) == scheme


@pytest.mark.parametrize(("ticks", "packets"), [((5,), 1), ((5, 10_005, 20_005), 1), ((5, 6, 8), 3), ((0, 70_000), 2)])
def test_what_a_simulated_device_says_is_what_it_was_told_to(ticks, packets):
    rows = tuple((float(index), 0.5, 9.5) for index in range(len(ticks)))
    packet = Packet("9-axis imu", {Quantity.ACC: rows, Quantity.GYR: rows, Quantity.MAG: rows}, ticks)
    back = there_and_back(PROFILE, packet)
    assert len(back) == packets
    assert tuple(tick for each in back for tick in each.ticks) == ticks
    for quantity in packet.values:
        heard_rows = [row for each in back for row in each.values[quantity]]
        assert heard_rows == [pytest.approx(row, rel=1e-6) for row in rows]  # float32


def test_more_readings_than_a_notification_holds_go_in_several():
    rows = tuple((float(index), 0.5, 9.5) for index in range(14))
    ticks = tuple(range(0, 140_000, 10_000))
    packet = Packet("9-axis imu", {Quantity.ACC: rows, Quantity.GYR: rows, Quantity.MAG: rows}, ticks)
    sent = PROFILE.encode(packet)
    assert [len(payload) for _, payload in sent] == [228, 228, 84]
    assert [tick for each in heard(PROFILE, sent) for tick in each.ticks] == list(ticks)


def test_a_time_that_no_clock_gets_to_is_refused():
    body = struct.pack("<18fH", *READING * 2, 10_000)
    (packet,) = heard(PROFILE, [data(0, 2**63 - 10_001, body)])
    assert packet.ticks[-1] == 2**63 - 1
    with pytest.raises(DecodeError, match="time stamp"):
        PROFILE.decoder().feed(*data(0, 2**63 - 10_000, body))
