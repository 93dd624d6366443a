"""Counters that wrap: host time says how often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.link import Clock
from imutrack.alignment.arrivals import AlignParams
from imutrack.alignment.unwrapping import breaks_of_counter, breaks_of_silence, modulus_of, steps_by_host

PARAMS = AlignParams()
CLOCKS = [Clock(1e-3, 16), Clock(1 / 32768, 24), Clock(1e-6, 32), Clock(1e-9, None)]


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: f"{clock.bits} bits")
@given(
    steps_s=st.lists(st.floats(0, 4000), min_size=1, max_size=20),
    delays_s=st.lists(st.floats(0, 5), min_size=21, max_size=21),
    first=st.integers(0, 2**32),
)
def test_wraps_are_counted_through_gaps_of_any_length(clock, steps_s, delays_s, first):
    true = first + np.rint(np.cumsum([0, *steps_s]) / clock.tick_s).astype(np.int64)
    sent = true if clock.bits is None else true % (1 << clock.bits)
    host_s = true * clock.tick_s + delays_s[: len(true)]
    assert steps_by_host(sent, host_s, clock.tick_s, clock.bits).tolist() == np.diff(true).tolist()


def test_a_late_packet_steps_back_and_is_no_wrap():
    ticks = np.array([65535, 2, 1, 3]) % 65536
    assert steps_by_host(ticks, np.array([0.0, 0.03, 0.03, 0.04]), 0.01, 16).tolist() == [3, -1, 2]


def test_a_counter_of_64_bits_never_wraps():
    assert modulus_of(64) is None
    assert steps_by_host(np.array([8 * 10**17, 8 * 10**17 + 5]), np.zeros(2), 1e-9, 64).tolist() == [5]


@pytest.mark.parametrize(
    ("device_s", "host_s", "breaks"),
    [
        (0.016, 0.016, False),
        (0.016, 0.3, False),  # a host stall
        (0.016, 3.0, False),  # a queue, or the counter stood still: lateness tells
        (0.3, 0.016, False),  # lost packets after it
        (3.0, 3.0, False),  # an outage
        (-0.016, 0.0, False),  # reordered
        (-100.0, 2.0, True),  # restarted
        (-0.5, 3.0, True),  # restarted soon after it began
        (-0.5, 0.016, True),  # went back
        (1200.0, 0.02, True),  # set to another time
        (1.0, 0.02, True),  # leapt ahead
        (10.0, 10.0, True),  # went on, perhaps: the fit does not
        (0.016, 6.0, True),
    ],
)
def test_a_clock_breaks_where_it_may_have_begun_anew(device_s, host_s, breaks):
    assert breaks_of_counter(np.array([device_s]), np.array([host_s]), np.array([0.016]), PARAMS).tolist() == [breaks]


def test_a_silence_is_longer_for_devices_that_send_seldom():
    host_s = np.array([0.3, 1.2, 6.0])
    assert breaks_of_silence(host_s, 0.02, PARAMS).tolist() == [False, True, True]
    assert breaks_of_silence(host_s, 1.0, PARAMS).tolist() == [False, False, True]
