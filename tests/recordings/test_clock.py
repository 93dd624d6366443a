from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clock import first_backward, fit_rate_hz, hold_late_stamps, unwrap
from imutrack.errors import SettingsError
from imutrack.zones import local_to_epoch, zone_name, zone_of


def test_a_uniform_clock_gives_its_rate():
    assert fit_rate_hz(np.arange(1000) / 104.0) == pytest.approx(104.0)


def test_milliseconds_and_bursts_do_not_hide_the_rate():
    true_s = np.arange(3000) / 98.7
    assert fit_rate_hz(np.round(true_s, 3)) == pytest.approx(98.7, rel=1e-4)
    bursts = np.repeat(true_s[::8], 8)[:3000]
    assert fit_rate_hz(bursts) == pytest.approx(98.7, rel=5e-3)


def test_gaps_do_not_make_a_sensor_look_slow():
    t_s = np.arange(5000) / 50.0
    for at, length in ((1000, 2.0), (2500, 3.5), (4000, 0.8)):
        t_s[at:] += length
    assert fit_rate_hz(t_s) == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize("t_s", [np.array([1.0]), np.array([]), np.full(10, 3.0)])
def test_what_has_no_span_has_no_rate(t_s):
    assert fit_rate_hz(t_s) is None


@given(
    first=st.integers(0, 2**32 - 1),
    steps=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=50),
    bits=st.sampled_from([16, 32]),
)
def test_a_counter_is_unwrapped_whatever_its_width_and_start(first, steps, bits):
    modulus = 1 << bits
    true = np.cumsum([first % modulus, *(step % (modulus // 2) for step in steps)])
    np.testing.assert_array_equal(unwrap(true % modulus, modulus), true)


def test_the_first_step_back_is_found():
    assert first_backward(np.array([0.0, 1.0, 1.0, 0.5, 0.7])) == 3
    assert first_backward(np.array([0.0, 1.0, 1.0])) is None


def test_late_stamps_are_held_and_jumps_are_not():
    late = np.array([0.0, 0.1, 0.08, 0.3])
    held = hold_late_stamps(late, 0.05)
    assert held is not None
    assert held[0].tolist() == [0.0, 0.1, 0.1, 0.3]
    assert held[1] == 1
    assert hold_late_stamps(late - np.array([0, 0, 1, 0]), 0.05) is None


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("+02:00", 2),
        ("-0700", -7),
        ("01:00", 1),
        ("GMT+8", 8),
        ("UTC-03:00", -3),
        ("WEST", 1),
        ("utc", 0),
        ("Asia/Kolkata", 5.5),
    ],
)
def test_the_ways_apps_write_a_zone_are_understood(zone, hours):
    offset = zone_of(zone).utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001  # asks for the offset of a local time
    assert offset is not None
    assert offset.total_seconds() == 3600 * hours


@pytest.mark.parametrize("zone", ["CST", "IST", "", "Mars/Olympus", "+99:00", "../etc/passwd"])
def test_a_zone_that_is_unknown_or_means_several_is_an_error(zone):
    with pytest.raises(SettingsError):
        zone_of(zone)


def test_zones_are_spelled_one_way():
    assert [zone_name(zone) for zone in ("GMT+5:30", "Z", "America/Lima")] == ["+05:30", "+00:00", "America/Lima"]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59"),  # winter time's last second
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00"),  # happens twice: the first pass
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00"),
    ],
)
def test_local_time_crosses_the_clock_change(local, utc):
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()
    assert local_to_epoch(datetime.fromisoformat(local), "Europe/Berlin") == expected


def test_a_time_with_its_own_zone_keeps_it():
    assert local_to_epoch(datetime(2026, 1, 1, tzinfo=UTC), "Asia/Tokyo") == 1_767_225_600.0
