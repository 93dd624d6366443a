import math
import struct

import pytest

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import Quantity
from imutrack.wearables import Flag, Packet
from imutrack.wearables.sensor_tag import SENSOR_TAG
from wearables.link import heard, profile_of, subscribed, there_and_back, written

DATA = "f000aa81-0451-4000-b000-000000000000"
PROFILE = profile_of(SENSOR_TAG)
COUNTS = (16384, 0, -8192, 4096, -8192, 0, 32760 // 8, 0, -32760 // 4)


def test_turning_comes_first_then_acceleration_then_the_magnetic_field():
    (packet,) = heard(PROFILE, [(DATA, struct.pack("<9h", *COUNTS))])
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.radians(125), 0, -math.radians(62.5)))
    assert packet.values[Quantity.ACC][0] == pytest.approx((9.80665, -2 * 9.80665, 0))  # 8 g
    assert packet.values[Quantity.MAG][0] == pytest.approx((614, 0, -1228))
    assert not packet.ticks


@pytest.mark.parametrize(("size", "quantities"), [(6, [Quantity.GYR]), (12, [Quantity.GYR, Quantity.ACC])])
def test_a_payload_that_was_cut_gives_what_it_still_holds(size, quantities):
    (packet,) = heard(PROFILE, [(DATA, struct.pack("<9h", *COUNTS)[:size])])
    assert list(packet.values) == quantities


@pytest.mark.parametrize("size", [0, 1, 5, 7, 11, 13, 17])
def test_a_length_between_those_is_refused(size):
    with pytest.raises(DecodeError, match="movement"):
        PROFILE.decoder().feed(DATA, bytes(size))


def test_bytes_after_the_readings_are_left():
    payload = struct.pack("<9h", *COUNTS)
    assert heard(PROFILE, [(DATA, payload + b"\x01")]) == heard(PROFILE, [(DATA, payload)])


def test_a_magnetometer_that_is_off_gives_no_zeros():
    (packet,) = heard(profile_of(SENSOR_TAG, mag=False), [(DATA, struct.pack("<9h", *COUNTS[:6], 0, 0, 0))])
    assert list(packet.values) == [Quantity.GYR, Quantity.ACC]


def test_the_range_that_is_set_scales_the_acceleration():
    (packet,) = heard(profile_of(SENSOR_TAG, acc_range_g=2), [(DATA, struct.pack("<9h", *COUNTS))])
    assert packet.values[Quantity.ACC][0][0] == pytest.approx(9.80665 / 4)


def test_a_count_at_the_end_of_16_bits_is_flagged():
    (packet,) = heard(PROFILE, [(DATA, struct.pack("<9h", 0, 0, 0, 0, 0, -32768, 0, 0, 0))])
    assert packet.flags == {Flag.CLIPPED}


def test_the_period_is_set_before_it_is_switched_on():
    assert written(PROFILE.start) == ["0a", "7f02"]  # 100 ms; all axes, 8 g
    assert written(profile_of(SENSOR_TAG, period_ms=250, acc_range_g=16, mag=False).start) == ["19", "3f03"]
    assert subscribed(PROFILE.start) == [DATA]
    assert written(PROFILE.stop) == ["0000"]


@pytest.mark.parametrize("period_ms", [0, 50, 105, 2560])
def test_a_period_it_cannot_keep_is_refused(period_ms):
    with pytest.raises(SettingsError, match="period_ms"):
        SENSOR_TAG.set_up({"period_ms": period_ms})


def test_what_a_simulated_tag_says_is_what_it_was_told_to_within_a_count():
    values = {
        Quantity.GYR: ((0.5, -1.5, 3.0),),
        Quantity.ACC: ((1.0, -2.0, 9.81),),
        Quantity.MAG: ((20.0, -5.0, 40.0),),
    }
    (packet,) = there_and_back(PROFILE, Packet("imu", values))
    for quantity, tolerance in ((Quantity.GYR, 7e-5), (Quantity.ACC, 0.0013), (Quantity.MAG, 0.076)):
        assert packet.values[quantity][0] == pytest.approx(values[quantity][0], abs=tolerance)  # half a count
