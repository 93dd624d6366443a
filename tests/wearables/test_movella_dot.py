"""Movella DOT: what the payload modes, the reports and the recipes say beyond the readings."""

import struct

import pytest

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import Quantity
from imutrack.wearables import NO_FACTS, Flag, Write
from imutrack.wearables.movella_dot import MODES, MOVELLA_DOT


def uuid(number: str) -> str:
    return f"1517{number}-4947-11e9-8646-d663bd873d93"


def profile(**said):
    return MOVELLA_DOT.profile(MOVELLA_DOT.set_up(said), NO_FACTS)


def feed(where: str, payload: bytes, **said):
    [packet] = profile(**said).decoder().feed(where, payload)
    return packet


@pytest.mark.parametrize(
    ("status", "flags"), [(0, set()), (1, {Flag.CLIPPED}), (0x100, {Flag.CLIPPED}), (0x200, set())]
)
def test_the_status_tells_what_clipped_and_not_that_the_magnetometer_is_new(status, flags):
    payload = struct.pack("<I4f3fH2B", 7, 1, 0, 0, 0, 0.5, 0, 0, status, 3, 4).ljust(40, b"\0")
    packet = feed(uuid("2003"), payload, mode="extended-quaternion")
    assert packet.flags == flags
    assert packet.values == {Quantity.QUAT: ((1, 0, 0, 0),), Quantity.FREE_ACC: ((0.5, 0, 0),)}
    assert packet.ticks == (7,)
    assert packet.said == {}


def test_euler_angles_are_said_beside_the_readings():
    payload = struct.pack("<I3f3f3f", 7, 1, 2, 3, 4, 5, 6, 180, 0, 0)
    packet = feed(uuid("2003"), payload, mode="custom-1")
    assert packet.said == {"euler_deg": (1, 2, 3)}
    assert packet.values[Quantity.GYR][0] == pytest.approx((3.141592653589793, 0, 0))


@pytest.mark.parametrize("mode", MODES)
def test_a_payload_that_is_cut_within_its_fields_is_refused(mode):
    chosen = MODES[mode]
    with pytest.raises(DecodeError, match="measurement"):
        feed(chosen.characteristic, bytes(chosen.layout.size - 1), mode=mode)


def test_another_mode_s_characteristic_is_refused():
    with pytest.raises(DecodeError, match="characteristic"):
        feed(uuid("2002"), bytes(63), mode="rate")


@pytest.mark.parametrize(("kind", "word"), [(5, "single"), (6, "double"), (7, "triple")])
def test_a_button_says_how_often_and_when(kind, word):
    assert feed(uuid("1004"), bytes([kind, 4]) + struct.pack("<I", 654321)).said == {
        "button": word,
        "button_ms": 654321,
    }


@pytest.mark.parametrize(("kind", "word"), [(1, "power off"), (4, "power save"), (9, "type 9")])
def test_other_reports_are_said(kind, word):
    assert feed(uuid("1004"), bytes([kind, 0])).said == {"report": word}


def test_the_battery_says_whether_it_charges():
    assert feed(uuid("3001"), bytes([88, 1])).said == {"battery_pct": 88, "charging": True}
    with pytest.raises(DecodeError, match="101 %"):
        feed(uuid("3001"), bytes([101, 0]))


def test_it_is_stopped_before_its_rate_is_set_and_started_last():
    start = profile(rate_hz=30, mode="custom-5").start
    assert start[0] == Write(uuid("2001"), bytes([1, 0, 26]))
    assert isinstance(start[1], Write)
    assert struct.unpack_from("<H", start[1].data, 24) == (30,)
    assert start[-1] == Write(uuid("2001"), bytes([1, 1, 26]))


@pytest.mark.parametrize("said", [{"rate_hz": 120}, {"mode": "high-fidelity"}])
def test_what_cannot_be_sent_live_is_refused(said):
    with pytest.raises(SettingsError, match="movella-dot"):
        MOVELLA_DOT.set_up(said)


def test_a_rate_that_it_does_not_have_names_those_that_it_has():
    with pytest.raises(SettingsError, match="choose of 1, 4, 10, 12, 15, 20, 30, 60"):
        MOVELLA_DOT.set_up({"rate_hz": 61})
