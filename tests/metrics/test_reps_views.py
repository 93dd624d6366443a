import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.metrics.reps.excursions import find_excursions
from imutrack.metrics.reps.forms import central_weights, median
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.views import Views

RATE_HZ = 20.0
seeds = st.integers(0, 2**32 - 1)


def views_of(*rows):
    values = np.array(rows, dtype=float)
    spread = np.repeat(np.ptp(values, axis=1, keepdims=True), values.shape[1], axis=1)
    return Views(values, spread, np.ones(len(values), dtype=bool))


def excursions(*rows):
    """Start, peak, end and cut of each excursion, row by row."""
    found, begin = find_excursions(views_of(*rows), RepParams())
    every = list(zip(found.start.tolist(), found.peak.tolist(), found.end.tolist(), found.cut.tolist(), strict=True))
    return [every[begin[row] : begin[row + 1]] for row in range(len(rows))]


def test_each_cycle_of_a_sine_is_an_excursion_about_its_peak():
    t_s = np.arange(0, 10, 1 / RATE_HZ)
    [found] = excursions(-np.cos(2 * np.pi * 0.5 * t_s))
    assert [peak for _, peak, _, _ in found] == [20, 60, 100, 140, 180]
    # 12 % of the height of 2 is reached 4.5 samples beside the valley
    assert [(peak - start, end - peak) for start, peak, end, _ in found] == [(16, 16)] * 5
    assert not any(cut for *_, cut in found)


def test_an_excursion_the_end_of_the_bout_cuts_off_is_said_to_be_cut():
    t_s = np.arange(0, 9, 1 / RATE_HZ)
    [found] = excursions(np.cos(2 * np.pi * 0.5 * t_s))
    assert [peak for _, peak, _, _ in found] == [0, 40, 80, 120, 160]
    assert [cut for *_, cut in found] == [True, False, False, False, False]
    assert found[0][0] == 0


def test_a_view_that_only_rises_or_stays_where_it_is_has_no_whole_excursion():
    rising, level = excursions(np.arange(100.0), np.zeros(100))
    assert all(cut for *_, cut in rising)
    assert len(level) <= 1


@settings(max_examples=60, deadline=None)
@given(seed=seeds, n=st.integers(2, 300), rows=st.integers(1, 6))
def test_what_is_found_in_a_view_does_not_depend_on_the_views_beside_it(seed, n, rows):
    rng = np.random.default_rng(seed)
    walks = rng.normal(size=(rows, n)).cumsum(axis=1) * rng.uniform(1e-3, 1e3, (rows, 1))
    assert excursions(*walks) == [excursions(walk)[0] for walk in walks]


@settings(max_examples=60, deadline=None)
@given(seed=seeds, n=st.integers(2, 300))
def test_excursions_go_from_rest_to_rest_in_order(seed, n):
    walk = np.random.default_rng(seed).normal(size=n).cumsum()
    [found] = excursions(walk)
    bounds = [at for start, _, end, _ in found for at in (start, end)]
    assert bounds == sorted(bounds)
    for start, peak, end, _ in found:
        assert 0 <= start <= peak <= end < n
        assert walk[peak] >= walk[start : end + 1].max()


def test_the_central_weights_leave_out_an_outlier():
    vectors = np.array([[1.0, 0.0], [1.1, 0.0], [1.0, 0.1], [0.9, 0.0], [30.0, 40.0]])
    centre = central_weights(vectors @ vectors.T) @ vectors
    assert centre == pytest.approx((1.0, 0.0), abs=0.2)
    assert vectors.mean(axis=0)[1] > 5


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_the_quick_median_is_the_median(n):
    values = np.random.default_rng(n).normal(size=(3, n))
    assert np.array_equal(median(values), np.median(values, axis=1))
