import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.errors import SignalError
from imutrack.metrics.sit_to_stand import sit_to_stand
from imutrack.metrics.sway import sway_metrics, sway_trial
from imutrack.metrics.timed_up_and_go import timed_up_and_go
from imutrack.signals.signal import Signal


def anything(seed, n, rate_hz, with_gyro, roughness):
    """Readings that no wearer would make."""
    rng = np.random.default_rng(seed)
    acc = np.array([0.0, 0.0, 9.81]) + roughness * np.cumsum(rng.standard_normal((n, 3)), axis=0)
    gyr = roughness * np.cumsum(rng.standard_normal((n, 3)), axis=0) if with_gyro else None
    return Signal(rate_hz, 0.0, acc, gyr, rng.random(n) < 0.02)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 3000),
    rate_hz=st.sampled_from([12.5, 25.0, 50.0, 100.0, 200.0]),
    with_gyro=st.booleans(),
    roughness=st.sampled_from([0.0, 0.01, 0.1, 1.0]),
)
def test_any_readings_give_a_result_that_makes_sense_or_a_signal_error(seed, n, rate_hz, with_gyro, roughness):
    signal = anything(seed, n, rate_hz, with_gyro, roughness)
    try:
        chair, up_and_go = sit_to_stand(signal), timed_up_and_go(signal)
    except SignalError:
        assert signal.duration_s < 3.0 or with_gyro
        return
    assert [rise.number for rise in chair.rises] == list(range(1, len(chair.rises) + 1))
    for rise in chair.rises:
        assert 0 <= rise.seat_off_s <= rise.upright_s <= signal.duration_s
        assert rise.seat_on_s is None or rise.seat_on_s > rise.seat_off_s
    for later, earlier in zip(chair.rises[1:], chair.rises, strict=False):
        assert later.seat_off_s > earlier.seat_off_s
    assert up_and_go.total_s is None or 0 < up_and_go.total_s <= signal.duration_s


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 4000), roughness=st.sampled_from([0.0, 0.001, 0.01]))
def test_any_stance_gives_finite_metrics_or_a_signal_error(seed, n, roughness):
    try:
        trial = sway_trial(anything(seed, n, 50.0, False, roughness))
    except SignalError:
        return
    assert all(np.isfinite(value) and value >= 0 for value in sway_metrics(trial).values())


@pytest.mark.parametrize("measure", [sit_to_stand, timed_up_and_go])
@pytest.mark.parametrize("reading", [0.0, 9.81])
def test_a_constant_signal_holds_no_movement(measure, reading):
    n = 2000
    test = measure(Signal(100.0, 0.0, np.full((n, 3), reading), np.zeros((n, 3)), np.zeros(n, dtype=bool)))
    assert test.total_s is None
