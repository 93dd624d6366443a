import math
import struct

import pytest

from imutrack.errors import DecodeError
from imutrack.samples import Quantity
from imutrack.wearables import Flag, Packet
from imutrack.wearables.heart_rate import BATTERY_LEVEL
from imutrack.wearables.infini_time import INFINI_TIME
from wearables.link import heard, profile_of, there_and_back

MOTION = "00030002-78fc-48fe-8e23-433b3a1942d0"
STEPS = "00030001-78fc-48fe-8e23-433b3a1942d0"
PROFILE = profile_of(INFINI_TIME)


def test_1024_counts_are_one_g():
    (packet,) = heard(PROFILE, [(MOTION, struct.pack("<3h", 1024, -512, 0))])
    assert packet == Packet("acc", {Quantity.ACC: ((9.80665, -4.903325, 0.0),)})


def test_it_sends_no_time_so_what_got_lost_is_unknown():
    assert PROFILE.streams[0].clock is None


def test_the_end_of_the_range_of_2_g_is_flagged():
    (packet,) = heard(PROFILE, [(MOTION, struct.pack("<3h", 0, 2047, 0))])
    assert packet.flags == {Flag.CLIPPED}


def test_steps_and_battery_are_told():
    packets = heard(PROFILE, [(STEPS, struct.pack("<I", 70_000)), (BATTERY_LEVEL, b"\x58")])
    assert [dict(packet.said) for packet in packets] == [{"steps": 70_000}, {"battery_pct": 88}]


@pytest.mark.parametrize("size", range(6))
def test_a_payload_that_is_too_short_is_refused(size):
    with pytest.raises(DecodeError, match="motion"):
        PROFILE.decoder().feed(MOTION, bytes(size))


def test_bytes_after_the_reading_are_left():
    (packet,) = heard(PROFILE, [(MOTION, struct.pack("<3h", 1024, 0, 0) + b"\xff\xff")])
    assert packet.values[Quantity.ACC] == ((9.80665, 0.0, 0.0),)


def test_what_a_simulated_watch_says_is_what_it_was_told_to_within_a_count():
    packet = Packet("acc", {Quantity.ACC: ((1.0, -2.0, 9.81), (30.0, 0.0, 0.0))})
    first, second = there_and_back(PROFILE, packet)
    assert first.values[Quantity.ACC][0] == pytest.approx((1.0, -2.0, 9.81), abs=9.80665 / 1024 / 2)
    assert math.isclose(second.values[Quantity.ACC][0][0], 2047 * 9.80665 / 1024)  # beyond 2 g it clips
    assert second.flags == {Flag.CLIPPED}
