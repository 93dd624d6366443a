import numpy as np
import pytest

from imutrack.metrics.sway import sway_spectrum
from imutrack.metrics.sway.spectrum import sample_entropy


def counted_by_hand(values, m=2):
    """Sample entropy by its definition, pair by pair."""
    radius = 0.2 * np.std(values)

    def matches(length):
        templates = [values[i : i + length] for i in range(len(values) - m)]
        return sum(np.max(np.abs(a - b)) < radius for i, a in enumerate(templates) for b in templates[i + 1 :])

    return np.log(matches(m) / matches(m + 1))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sample_entropy_is_what_its_definition_counts(seed):
    rng = np.random.default_rng(seed)
    values = np.round(np.convolve(rng.standard_normal(150), np.ones(3), "same"), 1)  # rounding makes ties
    assert sample_entropy(values, 20.0, 20.0) == pytest.approx(counted_by_hand(values))


def test_sample_entropy_of_noise_is_higher_than_of_a_tone():
    rng = np.random.default_rng(0)
    tone = np.sin(2 * np.pi * 0.5 * np.arange(6000) / 100.0)
    assert sample_entropy(tone, 100.0) < 0.5
    assert sample_entropy(rng.standard_normal(6000), 100.0) > 1.5


def test_sample_entropy_does_not_depend_on_the_sampling_rate():
    t_s = np.arange(12_000) / 200.0
    values = np.sin(2 * np.pi * 0.4 * t_s) + 0.5 * np.sin(2 * np.pi * 1.1 * t_s)
    assert sample_entropy(values[::2], 100.0) == pytest.approx(sample_entropy(values, 200.0), rel=1e-9)


@pytest.mark.parametrize("values", [np.zeros(500), np.full(500, 1e6), np.array([0.0, 1.0, 2.0])])
def test_sample_entropy_of_nothing_cannot_be_told(values):
    assert sample_entropy(values, 20.0) is None


def test_a_single_tone_is_not_dispersed():
    spectrum = sway_spectrum(np.sin(2 * np.pi * 1.0 * np.arange(6000) / 100.0), 100.0, (0.15, 3.5))
    assert spectrum.cf_hz == pytest.approx(1.0, abs=0.01)
    assert spectrum.fd < 0.1
    assert spectrum.power == pytest.approx(0.5, rel=0.01)


def test_power_outside_the_band_is_not_counted():
    t_s = np.arange(6000) / 100.0
    inside = sway_spectrum(np.sin(2 * np.pi * t_s), 100.0, (0.15, 3.5))
    both = sway_spectrum(np.sin(2 * np.pi * t_s) + np.sin(2 * np.pi * 8.0 * t_s), 100.0, (0.15, 3.5))
    assert both.power == pytest.approx(inside.power, rel=1e-3)


def test_a_signal_shorter_than_a_segment_still_has_a_spectrum():
    spectrum = sway_spectrum(np.sin(2 * np.pi * np.arange(400) / 100.0), 100.0, (0.15, 3.5))
    assert spectrum.cf_hz == pytest.approx(1.0, abs=0.15)
