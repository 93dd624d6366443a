from pathlib import Path

import numpy as np
import pytest

from imutrack.errors import MissingFactError
from imutrack.recordings.checks import check_angular_rate, check_gravity, has_gravity, median_norm, turning_ratio
from imutrack.recordings.files import Source
from recordings.recording_files import G, movement

SOURCE = Source(Path("a.csv"))
MOVE = movement()


@pytest.mark.parametrize(
    ("factor", "ratio"), [(1.0, 1.0), (np.degrees(1.0), np.radians(1.0)), (np.radians(1.0), np.degrees(1.0))]
)
def test_gravity_tells_radians_from_degrees(factor, ratio):
    assert turning_ratio(MOVE.acc, MOVE.gyr * factor, 50.0) == pytest.approx(ratio, rel=0.03)  # blocks of 0.2 s


def test_the_check_is_the_same_however_the_sensor_is_turned():
    turned = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
    assert turning_ratio(MOVE.acc @ turned.T, MOVE.gyr @ turned.T, 50.0) == pytest.approx(1.0, rel=0.03)


def test_what_turns_too_little_or_about_the_vertical_tells_nothing():
    still = np.tile([0.0, 0.0, G], (600, 1))
    assert turning_ratio(still, 0 * still, 50.0) is None
    assert turning_ratio(still, still, 50.0) is None
    assert turning_ratio(MOVE.acc[:50], MOVE.gyr[:50], 50.0) is None


def test_noise_tells_nothing():
    rng = np.random.default_rng(1)
    noise = rng.normal([0, 0, G], 0.3, (3000, 3))
    assert turning_ratio(noise, rng.normal(0, 0.5, (3000, 3)), 50.0) is None


@pytest.mark.parametrize("factor", [1 / G, G, 0.1, 1000 / G])
def test_an_acceleration_in_another_unit_is_noticed(factor):
    assert has_gravity(MOVE.acc)
    with pytest.raises(MissingFactError, match="--units acc=g"):
        check_gravity(MOVE.acc * factor, "m/s2", SOURCE)


def test_running_and_a_scale_error_pass():
    check_gravity(2.5 * MOVE.acc, "m/s2", SOURCE)
    check_gravity(0.94 * MOVE.acc, "m/s2", SOURCE)


def test_no_wearable_turns_at_ten_thousand_degrees_per_second():
    check_angular_rate(np.full((10, 3), np.radians(2000.0)), "deg/s", SOURCE)
    with pytest.raises(MissingFactError, match="--units gyr"):
        check_angular_rate(np.full((10, 3), 174.5), "rad/s", SOURCE)


def test_bad_values_do_not_count():
    values = np.array([[np.nan, 0, 0], [0, 3.0, 4.0], [np.inf, 0, 0]])
    assert median_norm(values) == 5.0
    assert np.isnan(median_norm(np.full((3, 3), np.nan)))
