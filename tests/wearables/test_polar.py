"""Polar: control point, frames of every type, delta compression; bytes are built here, none are the vendor's."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import DecodeError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import NO_FACTS, Ask, Subscribe, Write
from imutrack.wearables.heart_rate import HEART_RATE_MEASUREMENT
from imutrack.wearables.polar import DATA, POLAR_H10, POLAR_VERITY, H10Settings, VeritySettings
from imutrack.wearables.polar_control import CONTROL_POINT
from imutrack.wearables.polar_delta import pack_deltas, unpack_deltas

G = 9.80665
DEG = 0.017453292519943295
ACC, PPI, GYR, MAG, SDK = 2, 3, 5, 6, 9


def frame(measurement: int, kind: int, content: bytes, when_ns: int = 5) -> bytes:
    return struct.pack("<BQB", measurement, when_ns, kind) + content


def verity(said=None, facts=NO_FACTS):
    return POLAR_VERITY.profile(POLAR_VERITY.set_up(said or {}), facts)


def decode(payload: bytes, *, first: bytes = b""):
    decoder = verity().decoder()
    if first:
        decoder.feed(CONTROL_POINT, first)
    [packet] = decoder.feed(DATA, payload)
    return packet


def start_of(profile, measurement: int) -> bytes:
    [found] = [
        a.write.data for a in profile.start if isinstance(a, Ask) and a.write.data[:2] == bytes([2, measurement])
    ]
    return found


def settings_answer(measurement: int, *rates: int, top: int = 8, status: int = 0) -> bytes:
    said = struct.pack(f"<BB{len(rates)}H", 0, len(rates), *rates) + struct.pack("<BBHBBH", 1, 1, 16, 2, 1, top)
    return bytes([0xF0, 1, measurement, status, 0]) + (said if status == 0 else b"")


numbers = st.integers(-(2**15), 2**15 - 1)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=300))
def test_compression_loses_nothing(readings):
    assert unpack_deltas(pack_deltas(readings, 16), 3, 16) == readings


@given(st.lists(st.tuples(*[st.integers(-(2**23), 2**23 - 1)] * 4), min_size=1, max_size=20))
def test_four_channels_of_24_bits_are_compressed_alike(readings):
    assert unpack_deltas(pack_deltas(readings, 24), 4, 24) == readings


def test_several_blocks_of_unlike_width_follow_each_other():
    """First 0; then +1, -1 in 2 bits, twice; then +100 in 8 bits: one channel."""
    content = struct.pack("<h", 0) + bytes([2, 4, 0b11_01_11_01]) + bytes([8, 1, 100])
    assert unpack_deltas(content, 1, 16) == [(0,), (1,), (0,), (1,), (0,), (100,)]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_compressed_frame_that_is_cut_within_a_block_is_refused(cut):
    whole = pack_deltas([(0, 0, 0), (500, -500, 3), (1, 2, 3)], 16)
    with pytest.raises(DecodeError, match="compressed frame"):
        unpack_deltas(whole[: len(whole) - cut] if len(whole) - cut != 6 else whole[:5], 3, 16)


@pytest.mark.parametrize(("kind", "size"), [(0, 1), (1, 2), (2, 3)])
def test_raw_acceleration_comes_in_mg_of_8_16_or_24_bits(kind, size):
    counts = (100, -100, 27)
    content = b"".join(count.to_bytes(size, "little", signed=True) for count in counts * 2)
    packet = decode(frame(ACC, kind, content))
    assert packet.values[Quantity.ACC] == (pytest.approx([count * G / 1000 for count in counts]),) * 2
    assert packet.ticks == (5,)


def test_counts_of_acceleration_take_the_factor_that_the_device_said():
    started = bytes([0xF0, 2, ACC, 0, 0, 5, 1]) + struct.pack("<f", 0.001)
    packet = decode(frame(ACC, 0x80, pack_deltas([(1000, 0, -1000)], 16)), first=started)
    assert packet.values[Quantity.ACC][0] == pytest.approx([G, 0, -G], rel=1e-6)


def test_without_a_factor_a_count_is_the_range_over_32768():
    packet = decode(frame(GYR, 0x80, pack_deltas([(16384, 0, -16384)], 16)))
    assert packet.values[Quantity.GYR][0] == pytest.approx([1000 * DEG, 0, -1000 * DEG])


def test_a_refused_start_says_no_factor():
    packet = decode(frame(ACC, 0x81, pack_deltas([(1000, 0, 0)], 16)), first=bytes([0xF0, 2, ACC, 6, 0]))
    assert packet.values[Quantity.ACC][0] == pytest.approx([G, 0, 0])


def test_turning_of_floats_adds_their_bit_patterns():
    rows = [(1.5, -2.25, 0.0), (90.0, -0.5, 1e-3)]
    patterns = [[struct.unpack("<i", struct.pack("<f", value))[0] for value in row] for row in rows]
    packet = decode(frame(GYR, 0x81, pack_deltas(patterns, 32)))
    for got, want in zip(packet.values[Quantity.GYR], rows, strict=True):
        assert got == pytest.approx([value * DEG for value in want], rel=1e-6)


def test_the_magnetic_field_comes_with_its_calibration():
    packet = decode(frame(MAG, 0x81, pack_deltas([(500, -200, 100, 1), (501, -200, 100, 3)], 16)))
    assert packet.values[Quantity.MAG][1] == pytest.approx([50.1, -20.0, 10.0])
    assert packet.said["mag_calibration"] == (1, 3)


def test_counts_of_the_magnetic_field_are_of_gauss():
    packet = decode(frame(MAG, 0x80, pack_deltas([(327, 0, 0)], 16)))  # of 50 gauss in 32768
    assert packet.values[Quantity.MAG][0] == pytest.approx([327 * 50 / 32768 * 100, 0, 0])


def test_pulse_intervals_are_said():
    packet = decode(frame(PPI, 0, struct.pack("<BHHB", 60, 1000, 12, 6)))
    assert packet.said == {"pulse_rates_bpm": (60,), "pp_s": (1.0,), "pp_error_s": (0.012,), "pp_flags": (6,)}


def test_the_heart_s_current_and_light_are_said_not_lost():
    assert decode(frame(0, 0, (-70).to_bytes(3, "little", signed=True))).said == {"ecg_uv": (-70,)}
    raw = b"".join(count.to_bytes(3, "little", signed=True) for count in (1, 2, 3, -4))
    assert decode(frame(1, 0, raw)).said == {"ppg_counts": ((1, 2, 3, -4),)}
    assert decode(frame(1, 0x80, pack_deltas([(1, 2, 3, -4)], 24))).said == {"ppg_counts": ((1, 2, 3, -4),)}


@pytest.mark.parametrize(("measurement", "kind"), [(ACC, 0x82), (1, 0x87), (GYR, 0x01), (200, 0)])
def test_an_unknown_frame_is_refused_by_name(measurement, kind):
    with pytest.raises(DecodeError, match=f"measurement {measurement} .* 0x{kind:02x}"):
        decode(frame(measurement, kind, bytes(60)))


def test_half_a_reading_is_refused():
    with pytest.raises(DecodeError, match="each takes 6"):
        decode(frame(ACC, 1, bytes(7)))


def test_an_h10_is_asked_for_just_what_it_has():
    profile = POLAR_H10.profile(H10Settings(rate_hz=200), {"acc_settings": settings_answer(ACC, 25, 50, 100, 200)})
    assert start_of(profile, ACC) == bytes.fromhex("02020001c800010110000201" + "0800")
    assert profile.streams[0].rate_hz == 200


def test_a_verity_that_was_not_asked_gets_all_four_settings():
    assert start_of(verity(), ACC) == bytes.fromhex("0202000134000101100002010800040103")


def test_an_oh1_gives_acceleration_alone_at_its_own_rate():
    facts = {
        "acc_settings": settings_answer(ACC, 50),
        "gyr_settings": settings_answer(GYR, status=2),
        "mag_settings": settings_answer(MAG, status=3),
    }
    profile = verity(facts=facts)
    assert [(stream.name, stream.rate_hz) for stream in profile.streams] == [("acc", 50), ("heart_rate", 1)]


def test_a_rate_that_is_not_offered_is_refused_with_those_that_are():
    with pytest.raises(WearableError, match=r"acc rate of 200: this wearable offers 25, 50"):
        POLAR_H10.profile(H10Settings(rate_hz=200), {"acc_settings": settings_answer(ACC, 25, 50)})


def test_the_sdk_mode_is_started_only_where_it_is_needed_and_costs_the_heart_rate():
    usual, fast = verity(), verity({"rate_hz": 104})
    assert Write(CONTROL_POINT, bytes([3, SDK])) in usual.start
    assert Subscribe(HEART_RATE_MEASUREMENT) in usual.start
    assert start_of(fast, SDK) == bytes([2, SDK])
    assert Subscribe(HEART_RATE_MEASUREMENT) not in fast.start
    assert [stream.name for stream in fast.streams] == ["acc", "gyr", "mag"]


@pytest.mark.parametrize(
    "settings", [VeritySettings(range_g=16), VeritySettings(range_dps=500), VeritySettings(rate_hz=26)]
)
def test_other_ranges_need_the_sdk_mode_too(settings):
    assert settings.sdk_mode


@pytest.mark.parametrize("said", [{}, {"mag_hz": 0}, {"rate_hz": 416}])
def test_all_that_is_started_was_stopped_before_and_is_stopped_at_the_end(said):
    profile = verity(said)
    asked = [profile.start.index(action) for action in profile.start if isinstance(action, Ask)]
    started = {profile.start[at].write.data[1] for at in asked}
    assert {action.data for action in profile.stop} == {bytes([3, each]) for each in started | {SDK}}
    assert all(profile.start.index(action) < min(asked) for action in profile.stop)


def judge(status: int) -> bool:
    [ask] = [a for a in POLAR_H10.profile(H10Settings(), NO_FACTS).start if isinstance(a, Ask)]
    return ask.answer.judge(bytes([0xF0, 2, ACC, status, 0]))


def test_what_runs_already_is_started():
    assert judge(0)
    assert judge(6)


@pytest.mark.parametrize(
    ("status", "words"),
    [(8, "choose another"), (10, "MTU"), (12, "switch it off and on"), (13, "take it out"), (77, "status 77")],
)
def test_a_refusal_says_what_to_do(status, words):
    with pytest.raises(WearableError, match=words):
        judge(status)


def test_another_measurement_s_answer_is_none():
    [ask] = [a for a in POLAR_H10.profile(H10Settings(), NO_FACTS).start if isinstance(a, Ask)]
    assert not ask.answer.judge(bytes([0xF0, 2, GYR, 13, 0]))
    assert not ask.answer.judge(bytes([0xF0, 3, ACC, 12, 0]))


def test_what_the_control_point_says_is_told():
    decoder = verity().decoder()
    [settings] = decoder.feed(CONTROL_POINT, settings_answer(ACC, 26, 52))
    assert settings.said["settings"] == {0: (26, 52), 1: (16,), 2: (8,)}
    [features] = decoder.feed(CONTROL_POINT, bytes([0x0F, 0b1101110]))
    assert features.said == {"measures": (1, 2, 3, 5, 6)}
    [stopped] = decoder.feed(CONTROL_POINT, bytes([1, ACC]))
    assert stopped.said == {"stopped": (ACC,)}


def test_a_time_that_no_clock_gets_to_is_refused():
    content = struct.pack("<3h", 0, 0, 1000)
    assert decode(frame(ACC, 0x01, content, 2**63 - 1)).ticks == (2**63 - 1,)
    with pytest.raises(DecodeError, match="time stamp"):
        decode(frame(ACC, 0x01, content, 2**63))
