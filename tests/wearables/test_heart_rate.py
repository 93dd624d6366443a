"""The standard heart rate and battery services."""

import struct

import pytest

from imutrack.errors import DecodeError
from imutrack.wearables import NO_FACTS, Packet
from imutrack.wearables.heart_rate import (
    BATTERY_LEVEL,
    HEART_RATE,
    HEART_RATE_MEASUREMENT,
    battery_level,
    heart_rate_measurement,
)
from imutrack.wearables.wearable import NoSettings

PROFILE = HEART_RATE.profile(NoSettings(), NO_FACTS)


def test_a_rate_of_one_byte():
    assert heart_rate_measurement(bytes([0, 61])).said == {"heart_rate_bpm": 61}


def test_a_rate_of_two_bytes():
    assert heart_rate_measurement(bytes([1]) + struct.pack("<H", 300)).said == {"heart_rate_bpm": 300}


@pytest.mark.parametrize(("flags", "contact"), [(0b110, True), (0b100, False)])
def test_skin_contact_is_said_where_the_strap_measures_it(flags, contact):
    assert heart_rate_measurement(bytes([flags, 70])).said["contact"] is contact
    assert "contact" not in heart_rate_measurement(bytes([0b010, 70])).said


def test_energy_stands_before_the_intervals():
    payload = bytes([0x18, 70]) + struct.pack("<3H", 500, 1024, 512)
    assert heart_rate_measurement(payload).said == {"heart_rate_bpm": 70, "energy_kj": 500, "rr_s": (1.0, 0.5)}


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x01\x50", b"\x08\x50\x01", b"\x10\x50\x01"])
def test_a_payload_shorter_than_its_flags_say_is_refused(payload):
    with pytest.raises(DecodeError, match="heart rate"):
        heart_rate_measurement(payload)


@pytest.mark.parametrize("payload", [b"", b"\x65", b"\x32\x00"])
def test_a_battery_level_is_one_byte_up_to_100(payload):
    with pytest.raises(DecodeError, match="battery"):
        battery_level(payload)


@pytest.mark.parametrize("said", [{"heart_rate_bpm": 61, "rr_s": (0.5, 1.25)}, {"heart_rate_bpm": 256}])
def test_a_simulated_strap_says_what_is_decoded(said):
    [(where, payload)] = PROFILE.encode(Packet("heart_rate", said=said))
    assert where == HEART_RATE_MEASUREMENT
    assert PROFILE.decoder().feed(where, payload) == [Packet("heart_rate", said=said)]


def test_a_simulated_battery_says_its_level():
    assert PROFILE.encode(Packet("battery", said={"battery_pct": 88})) == [(BATTERY_LEVEL, b"\x58")]
