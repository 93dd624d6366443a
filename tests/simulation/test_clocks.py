"""A strap's clock is a closed form in both directions, and its counter wraps where the device's does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imutrack.simulation import AirPlan, ClockPlan
from imutrack.simulation.clocks import StrapClock
from imutrack.simulation.sampling import Air

CLOCKS = st.builds(
    ClockPlan,
    offset_s=st.floats(0, 1e9),
    drift_ppm=st.floats(-200, 200),
    wander_ppm=st.floats(0, 50),
    wander_s=st.floats(60, 3600),
)


class Always:
    """A source of chance that always says the same."""

    def __init__(self, said):
        self.said = list(said)

    def random(self):
        return self.said.pop(0)


@given(CLOCKS, st.floats(0, 1e6))
def test_counting_is_the_reverse_of_host_time(plan, counted_s):
    clock = StrapClock(plan, origin_s=1234.5)
    host_s = float(clock.host_s(np.array([counted_s]))[0])
    assert abs(clock.counted_s(host_s) - counted_s) < 1e-8


def test_a_clock_that_runs_100_ppm_fast_has_counted_100_us_more_after_a_second():
    clock = StrapClock(ClockPlan(drift_ppm=100.0), origin_s=50.0)
    assert abs(clock.counted_s(51.0) - 1.0001) < 1e-7


def test_wandering_comes_back_to_where_it_was():
    clock = StrapClock(ClockPlan(wander_ppm=30.0, wander_s=100.0), origin_s=0.0)
    host_s = clock.host_s(np.array([0.0, 50.0, 100.0]))
    assert abs(host_s[2] - 100.0) < 1e-9
    assert 50.0 - host_s[1] > 0.9e-3  # half way it is 30 ppm * 100 s / pi ahead


def test_a_counter_of_32_bits_wraps_and_an_offset_of_years_costs_no_tick():
    wraps = StrapClock(ClockPlan(offset_s=2**32 / 1e6 - 1.0), origin_s=0.0)
    assert wraps.ticks(np.array([0.0, 0.5, 1.0, 1.5]), 1e-6, 32) == [2**32 - 1_000_000, 2**32 - 500_000, 0, 500_000]
    years = StrapClock(ClockPlan(offset_s=8e8), origin_s=0.0)
    assert years.ticks(np.array([0.0, 1e-9]), 1e-9, 64) == [800_000_000_000_000_000, 800_000_000_000_000_001]


def test_without_a_connection_interval_everything_leaves_at_once():
    air = Air(AirPlan(), Always([0.5]))
    air.begin(0.0)
    assert air.leaves_s(1.25) == 1.25


def test_a_failed_connection_event_keeps_everything_for_the_next():
    air = Air(AirPlan(interval_ms=10.0, retransmit=0.5), Always([0.0, 0.9, 0.1, 0.9]))
    air.begin(0.0)
    assert [round(air.leaves_s(t), 6) for t in (0.005, 0.011, 0.019, 0.025)] == [0.01, 0.03, 0.03, 0.03]


def test_what_is_made_anew_does_not_wait_for_events_that_were_planned_ahead():
    air = Air(AirPlan(interval_ms=10.0), Always([0.0] + [0.9] * 4))
    air.begin(0.0)
    assert round(air.leaves_s(0.205), 6) == 0.21
    air.back_to(0.012)
    assert round(air.leaves_s(0.013), 6) == 0.02
