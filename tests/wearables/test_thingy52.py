import math
import struct

import pytest

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import Quantity
from imutrack.wearables import Flag, Packet
from imutrack.wearables.thingy52 import THINGY_52
from wearables.link import heard, profile_of, subscribed, there_and_back, written


def uuid(number: str) -> str:
    return f"ef68{number}-9b35-4933-9b10-52ffa9740042"


RAW, QUAT, EULER, BUTTON = uuid("0406"), uuid("0404"), uuid("0407"), uuid("0302")
PROFILE = profile_of(THINGY_52)


def test_raw_readings_are_fixed_point_numbers():
    (packet,) = heard(PROFILE, [(RAW, struct.pack("<9h", 1024, -512, 0, 32 * 90, 0, -32 * 180, 16 * 25, 0, -8))])
    assert packet.values[Quantity.ACC][0] == pytest.approx((9.80665, -4.903325, 0))
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.pi / 2, 0, -math.pi))
    assert packet.values[Quantity.MAG][0] == pytest.approx((25, 0, -0.5))
    assert not packet.ticks
    assert not packet.flags


def test_the_ends_of_2_g_and_of_16_bits_are_flagged():
    for index, count in ((0, 2047), (2, -2048), (3, 32767), (8, -32768)):
        counts = [0] * 9
        counts[index] = count
        (packet,) = heard(PROFILE, [(RAW, struct.pack("<9h", *counts))])
        assert packet.flags == {Flag.CLIPPED}


def test_a_quaternion_has_30_bits_after_the_point_and_its_scalar_first():
    (packet,) = heard(PROFILE, [(QUAT, struct.pack("<4i", 2**29, -(2**29), 2**30, 0))])
    assert packet == Packet("orientation", {Quantity.QUAT: ((0.5, -0.5, 1.0, 0.0),)})


def test_angles_have_16_bits_after_the_point():
    (packet,) = heard(PROFILE, [(EULER, struct.pack("<3i", 90 << 16, -(1 << 15), 0))])
    assert packet.said == {"euler_deg": (90.0, -0.5, 0.0)}


def test_a_button_that_is_pressed_is_told_and_one_let_go_is_not():
    assert [dict(each.said) for each in heard(PROFILE, [(BUTTON, b"\x01"), (BUTTON, b"\x00")])] == [
        {"button": "single"},
        {},
    ]


@pytest.mark.parametrize(("where", "size"), [(RAW, 17), (QUAT, 15), (EULER, 11), (BUTTON, 0), (RAW, 0)])
def test_a_payload_that_is_too_short_is_refused(where, size):
    with pytest.raises(DecodeError, match="are needed"):
        PROFILE.decoder().feed(where, bytes(size))


def test_bytes_after_the_readings_are_left():
    payload = struct.pack("<9h", *range(9))
    assert heard(PROFILE, [(RAW, payload + b"\x01")]) == heard(PROFILE, [(RAW, payload)])


def test_it_is_set_up_before_a_subscription_switches_it_on():
    profile = profile_of(THINGY_52, rate_hz=100, sends=["euler", "raw"])
    assert written(profile.start) == ["e803e8036400640000"]  # 1000, 1000, 100 ms; 100 Hz; no wake on motion
    assert subscribed(profile.start) == [BUTTON, RAW, EULER]
    assert [stream.name for stream in profile.streams] == ["imu", "euler"]


@pytest.mark.parametrize("said", [{"rate_hz": 4}, {"rate_hz": 201}, {"sends": []}, {"sends": ["heading"]}])
def test_settings_that_cannot_be_are_refused(said):
    with pytest.raises(SettingsError, match="thingy-52"):
        THINGY_52.set_up(said)


def test_what_a_simulated_thingy_says_is_what_it_was_told_to_within_a_count():
    values = {
        Quantity.ACC: ((1.0, -2.0, 9.81), (25.0, 0.0, 0.0)),
        Quantity.GYR: ((0.5, -1.5, 3.0), (0.0, 0.0, 0.0)),
        Quantity.MAG: ((20.0, -5.0, 40.0), (0.0, 0.0, 0.0)),
    }
    first, second = there_and_back(PROFILE, Packet("imu", values))
    for quantity, tolerance in ((Quantity.ACC, 0.005), (Quantity.GYR, 0.0003), (Quantity.MAG, 0.032)):
        assert first.values[quantity][0] == pytest.approx(values[quantity][0], abs=tolerance)  # half a count
    assert second.flags == {Flag.CLIPPED}  # beyond 2 g
    for packet in (
        Packet("orientation", {Quantity.QUAT: ((0.5, -0.5, 0.5, -0.5),)}),
        Packet("euler", said={"euler_deg": (10.0, -20.5, 179.0)}),
        Packet("battery", said={"battery_pct": 40}),
    ):
        assert there_and_back(PROFILE, packet) == [packet]
