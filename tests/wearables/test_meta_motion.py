import math
import struct

import pytest

from imutrack.errors import DecodeError, SettingsError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import Ask, Flag, Packet
from imutrack.wearables.meta_motion import META_MOTION
from wearables.link import heard, profile_of, subscribed, there_and_back, written

NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"
G = 9.80665
BMI160 = {"accelerometer": bytes.fromhex("03800101"), "gyroscope": bytes.fromhex("13800001")}
BMI270 = {"accelerometer": bytes.fromhex("03800400"), "gyroscope": bytes.fromhex("13800100")}
RAW = profile_of(META_MOTION, acc_range_g=8, gyr_range_dps=500)
ALL = ["acc", "gyr", "mag", "quat", "euler", "gravity", "free_acc"]
FUSED = profile_of(META_MOTION, fusion="ndof", sends=ALL)


def said(head: str, layout: str, *numbers: float) -> tuple[str, bytes]:
    return NOTIFY, bytes.fromhex(head) + struct.pack(layout, *numbers)


@pytest.mark.parametrize("head", ["0304", "031c", "0305"])
def test_raw_acceleration_is_scaled_by_its_range_whichever_register_sends_it(head):
    (packet,) = heard(RAW, [said(head, "<3h", 4096, -8192, 0)])
    assert packet.stream == "acc"
    assert packet.values[Quantity.ACC][0] == pytest.approx((G, -2 * G, 0))


@pytest.mark.parametrize("head", ["1304", "1305", "1307"])
def test_raw_turning_is_scaled_by_its_range(head):
    (packet,) = heard(RAW, [said(head, "<3h", 656, 0, -6560)])  # 65.6 counts to the deg/s at 500 deg/s
    assert packet.values[Quantity.GYR][0] == pytest.approx((math.radians(10), 0, -math.radians(100)))


def test_sixteen_counts_of_the_magnetometer_are_a_microtesla():
    (packet,) = heard(RAW, [said("1505", "<3h", 16, -320, 0)])
    assert packet.values[Quantity.MAG] == ((1, -20, 0),)


def test_three_readings_come_in_one_notification():
    (packet,) = heard(RAW, [said("031c", "<9h", *(4096 * index for index in range(-4, 5)))])
    assert [row[2] for row in packet.values[Quantity.ACC]] == pytest.approx([-2 * G, G, 4 * G])
    assert not packet.ticks


def test_a_count_at_the_end_of_16_bits_is_flagged():
    (packet,) = heard(RAW, [said("0304", "<3h", -32768, 0, 0)])
    assert packet.flags == {Flag.CLIPPED}


def test_corrected_readings_say_how_well_they_are_calibrated():
    acc, gyr, mag = heard(
        FUSED,
        [said("1904", "<3fB", 1000, 0, -500, 3), said("1905", "<3fB", 180, 0, 0, 1), said("1906", "<3fB", 20, 0, 0, 0)],
    )
    assert acc.values[Quantity.ACC][0] == pytest.approx((G, 0, -G / 2))  # mg
    assert gyr.values[Quantity.GYR][0] == pytest.approx((math.pi, 0, 0))
    assert mag.values[Quantity.MAG] == ((20, 0, 0),)
    assert [packet.said["accuracy"] for packet in (acc, gyr, mag)] == [3, 1, 0]


def test_the_fusion_gives_orientation_gravity_and_acceleration_without_it():
    quat, euler, gravity, free = heard(
        FUSED,
        [
            said("1907", "<4f", 1, 0, 0, 0),
            said("1908", "<4f", 350, 1, 2, 3),
            said("1909", "<3f", 0, 0, 9.5),
            said("190a", "<3f", 0.5, 0, 0),
        ],
    )
    assert quat.values == {Quantity.QUAT: ((1, 0, 0, 0),)}
    assert euler.said == {"euler_deg": (2, 1, 3), "heading_deg": 350}
    assert gravity.said == {"gravity_mps2": (0, 0, 9.5)}
    assert free.values == {Quantity.FREE_ACC: ((0.5, 0, 0),)}


@pytest.mark.parametrize(
    "payload", ["", "03", "0304", "0304" + "00" * 5, "031c" + "00" * 12, "1907" + "00" * 15, "ff01"]
)
def test_what_it_cannot_have_sent_is_refused(payload):
    with pytest.raises(DecodeError):
        RAW.decoder().feed(NOTIFY, bytes.fromhex(payload))


def test_bytes_after_a_reading_are_refused_since_it_may_be_another_layout():
    with pytest.raises(DecodeError, match="7 bytes"):
        RAW.decoder().feed(NOTIFY, bytes.fromhex("0304") + bytes(7))


def test_what_it_answers_is_no_reading():
    (packet,) = heard(RAW, [(NOTIFY, bytes.fromhex("03800101"))])
    assert packet.said == {"module": 3, "register": 0x80, "value": "0101"}


def test_no_stream_has_a_clock_so_what_got_lost_is_unknown():
    assert [stream.clock for stream in (*RAW.streams, *FUSED.streams)] == [None] * 9


REST = ["190100", "1903007f", "030100", "130100", "150100", "03020001", "13020001", "15020001"]


def test_a_bmi160_is_told_its_own_ranges_and_registers():
    profile = profile_of(META_MOTION, BMI160, sends=["acc", "gyr", "mag"], acc_range_g=4, gyr_range_dps=250)
    rest = [*REST, "030400", "031c00", "130500", "130700", "150500"]
    assert written(profile.start) == [
        *rest,
        *("03032805", "13032803", "1504040e", "150306"),  # 100 Hz, 4 g; 100 Hz, 250 deg/s; regular, 25 Hz
        *("031c01", "130701", "150501"),
        *("03020100", "13020100", "15020100"),
        *("030101", "130101", "150101"),
    ]
    assert subscribed(profile.start) == [NOTIFY]
    assert written(profile.stop) == rest


def test_a_bmi270_is_told_its_own_ranges_and_registers():
    profile = profile_of(META_MOTION, BMI270, rate_hz=200, acc_range_g=4)
    assert written(profile.start)[len(REST) :] == [
        *("030400", "030500", "130400", "130500", "150500"),
        *("0303a901", "13032900", "030501", "130501", "03020100", "13020100", "030101", "130101"),
    ]


def test_the_fusion_starts_after_the_sensors_it_is_fed_by():
    profile = profile_of(META_MOTION, BMI160, fusion="imu-plus", sends=["quat", "gyr"], acc_range_g=16)
    assert written(profile.start)[len(REST) + 5 :] == [
        *("19020213", "0303280c", "13032800"),
        *("190501", "190701", "03020100", "13020100", "030101", "130101"),
        *("19030a00", "190101"),
    ]


def test_the_device_is_asked_which_chips_it_has():
    acc, gyr = [each for each in META_MOTION.look if isinstance(each, Ask)]
    assert (acc.write.data, gyr.write.data) == (b"\x03\x80", b"\x13\x80")
    for ask, facts in ((acc, BMI160), (acc, BMI270)):
        assert ask.answer.judge(facts["accelerometer"])
    assert gyr.answer.judge(BMI270["gyroscope"])
    assert not acc.answer.judge(BMI160["gyroscope"])
    with pytest.raises(WearableError, match=r"accelerometer .*none"):
        acc.answer.judge(b"\x03\x80")
    with pytest.raises(WearableError, match="type 3"):
        acc.answer.judge(bytes.fromhex("03800301"))


@pytest.mark.parametrize(
    "settings",
    [
        {"sends": []},
        {"sends": ["quat"]},
        {"sends": ["mag"], "fusion": "imu-plus"},
        {"fusion": "ndof", "rate_hz": 50},
        {"fusion": "ndof", "gyr_range_dps": 125},
        {"acc_range_g": 3},
    ],
)
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(SettingsError, match="meta-motion"):
        META_MOTION.set_up(settings)


@pytest.mark.parametrize("facts", [BMI160, BMI270])
@pytest.mark.parametrize("count", [1, 3, 4])
def test_raw_readings_of_a_simulated_device_are_what_it_was_told_to_within_a_count(facts, count):
    profile = profile_of(META_MOTION, facts, sends=["acc", "gyr", "mag"])
    for quantity, tolerance in ((Quantity.ACC, 0.0025), (Quantity.GYR, 0.0006), (Quantity.MAG, 0.032)):  # half a count
        rows = tuple((index + 0.1, -1.0, 2.0) for index in range(count))
        packets = there_and_back(profile, Packet(quantity.value, {quantity: rows}))
        back = [row for packet in packets for row in packet.values[quantity]]
        assert back == [pytest.approx(row, abs=tolerance) for row in rows]


def test_fused_readings_of_a_simulated_device_are_what_it_was_told_to():
    packets = [
        Packet("acc", {Quantity.ACC: ((0.5 * G, 0.0, G),)}, said={"accuracy": 2}),
        Packet("quat", {Quantity.QUAT: ((0.5, -0.5, 0.5, -0.5),)}),
        Packet("free_acc", {Quantity.FREE_ACC: ((0.5, 0.0, -0.25),)}),
        Packet("euler", said={"euler_deg": (1.0, 2.0, 3.0), "heading_deg": 4.0}),
        Packet("gravity", said={"gravity_mps2": (0.0, 0.0, 9.5)}),
        Packet("battery", said={"battery_pct": 12}),
    ]
    assert [packet for each in packets for packet in there_and_back(FUSED, each)] == packets
