import math
import struct

import pytest

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import Quantity
from imutrack.wearables import Flag, Packet
from imutrack.wearables.blue_st import BLUE_ST, characteristic
from wearables.link import heard, profile_of, subscribed, there_and_back

ALL = "00e00000-0001-11e1-ac36-0002a5d5c51b"
PROFILE = profile_of(BLUE_ST)


def test_features_stand_by_descending_bit_after_the_ticks():
    payload = struct.pack("<H9h", 65535, 1000, 0, -500, 900, 0, -1800, 500, 0, -250)
    (packet,) = heard(PROFILE, [(ALL, payload)])
    assert packet.ticks == (65535,)
    assert packet.values[Quantity.ACC][0] == pytest.approx((9.80665, 0, -4.903325))  # mg
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.pi / 2, 0, -math.pi))  # tenths of deg/s
    assert packet.values[Quantity.MAG][0] == pytest.approx((50.0, 0, -25.0))  # milligauss


def test_the_mask_in_the_uuid_says_what_a_payload_holds():
    payload = struct.pack("<H3h", 7, 0, 0, 100)
    (packet,) = heard(PROFILE, [(characteristic(0x200000), payload)])
    assert packet.values == {Quantity.MAG: ((0.0, 0.0, 10.0),)}


def test_a_board_with_two_of_the_features_is_listened_to_where_it_sends_them():
    profile = profile_of(BLUE_ST, features=["gyr", "acc"])
    assert subscribed(profile.start) == [characteristic(0xC00000)]
    assert profile.streams[0].quantities == (Quantity.ACC, Quantity.GYR)


def test_a_tick_is_8_ms_and_wraps_at_16_bits():
    clock = PROFILE.streams[0].clock
    assert clock is not None
    assert (clock.tick_s, clock.bits) == (0.008, 16)


def test_a_count_at_the_end_of_16_bits_is_flagged():
    (packet,) = heard(PROFILE, [(ALL, struct.pack("<H9h", 0, 0, 0, 0, 32767, 0, 0, 0, 0, 0))])
    assert packet.flags == {Flag.CLIPPED}


@pytest.mark.parametrize("size", [0, 1, 2, 19])
def test_a_payload_that_is_too_short_is_refused(size):
    with pytest.raises(DecodeError, match="movement"):
        PROFILE.decoder().feed(ALL, bytes(size))


def test_features_after_those_of_movement_are_left():
    payload = struct.pack("<H9h", 1, *range(9))
    assert heard(PROFILE, [(ALL, payload + b"\x01\x02\x03\x04")]) == heard(PROFILE, [(ALL, payload)])


def test_a_characteristic_of_another_feature_is_refused():
    with pytest.raises(DecodeError, match="nothing is known"):
        PROFILE.decoder().feed(characteristic(0x040000), bytes(4))


@pytest.mark.parametrize("said", [{"features": []}, {"features": ["temperature"]}, {"rate_hz": 0}, {"rate_hz": 125.1}])
def test_settings_that_cannot_be_are_refused(said):
    with pytest.raises(SettingsError, match="blue-st"):
        BLUE_ST.set_up(said)


def test_what_a_simulated_board_says_is_what_it_was_told_to_within_a_count():
    values = {
        Quantity.ACC: ((1.0, -2.0, 9.81), (0.0, 0.0, 9.7)),
        Quantity.GYR: ((0.5, -1.5, 3.0), (0.0, 0.0, 0.1)),
        Quantity.MAG: ((20.0, -5.0, 40.0), (19.9, -5.1, 40.1)),
    }
    packets = there_and_back(PROFILE, Packet("imu", values, (65535, 0)))
    assert [packet.ticks for packet in packets] == [(65535,), (0,)]
    for row, packet in enumerate(packets):
        for quantity, tolerance in ((Quantity.ACC, 0.005), (Quantity.GYR, 0.0009), (Quantity.MAG, 0.051)):
            assert packet.values[quantity][0] == pytest.approx(values[quantity][row], abs=tolerance)  # half a count
