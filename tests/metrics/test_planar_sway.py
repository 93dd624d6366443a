import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import SignalError
from imutrack.metrics.sway import COP_BAND_HZ, planar_sway
from metrics.motion_cases import DATA, demo_columns

RATE_HZ = 100.0
T_S = np.arange(6001) / RATE_HZ
RESULTANTS = (
    "rms",
    "dist",
    "range_2d",
    "path",
    "path_rate",
    "mfreq_hz",
    "sway_area_rate",
    "area95_pred",
    "area95_chi2",
)


def circle(radius, frequency_hz, t_s=T_S):
    return radius * np.cos(2 * np.pi * frequency_hz * t_s), radius * np.sin(2 * np.pi * frequency_hz * t_s)


def wandering(seed, n=1200):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.standard_normal((2, n)), axis=1) * 1e-3


def test_a_circle_has_its_known_metrics():
    sway = planar_sway(*circle(0.01, 0.5), RATE_HZ)
    assert sway.duration_s == pytest.approx(60.0)
    assert sway.rms == pytest.approx(0.01, rel=1e-3)  # the last sample repeats the first
    assert sway.rms_ap == pytest.approx(0.01 / np.sqrt(2), rel=1e-3)
    assert sway.dist == pytest.approx(0.01, rel=1e-3)
    assert sway.range_2d == pytest.approx(0.02, rel=1e-3)
    assert sway.path == pytest.approx(30 * 2 * np.pi * 0.01, rel=1e-3)
    assert sway.path_rate == pytest.approx(np.pi * 0.01, rel=1e-3)
    assert sway.mfreq_hz == pytest.approx(0.5, rel=1e-3)
    assert sway.sway_area_rate == pytest.approx(0.5 * np.pi * 0.01**2, rel=1e-3)  # half a turn per second
    assert sway.area95_chi2 == pytest.approx(np.pi * 0.01**2 / 2 * 5.9915, rel=1e-3)


def test_a_leaning_ellipse_keeps_its_axes_and_its_angle():
    large, small = 0.02 * np.cos(0.5 * np.pi * T_S), 0.008 * np.sin(0.5 * np.pi * T_S)
    angle = np.radians(30.0)
    ap, ml = large * np.cos(angle) - small * np.sin(angle), large * np.sin(angle) + small * np.cos(angle)
    ellipse = planar_sway(ap + 1.0, ml - 2.0, RATE_HZ).ellipse
    assert ellipse.angle_deg == pytest.approx(30.0, abs=0.1)
    assert ellipse.half_axes[0] / ellipse.half_axes[1] == pytest.approx(0.02 / 0.008, rel=1e-3)
    assert ellipse.centre == pytest.approx((1.0, -2.0), abs=1e-4)


def test_the_ellipse_encloses_95_per_cent_of_a_gaussian_cloud():
    rng = np.random.default_rng(5)
    ap, ml = rng.normal(0.0, 5.0, 20_000), rng.normal(0.0, 3.0, 20_000)
    sway = planar_sway(ap, ml, RATE_HZ)
    angle = np.radians(sway.ellipse.angle_deg)
    along = (ap * np.cos(angle) + ml * np.sin(angle)) / sway.ellipse.half_axes[0]
    across = (ml * np.cos(angle) - ap * np.sin(angle)) / sway.ellipse.half_axes[1]
    assert np.mean(along**2 + across**2 <= 1.0) == pytest.approx(0.95, abs=0.005)
    assert np.pi * np.prod(sway.ellipse.half_axes) == pytest.approx(sway.area95_pred)


def test_two_tones_have_their_power_and_frequencies():
    ap = 6e-3 * np.sin(2 * np.pi * 0.3 * T_S) + 3e-3 * np.sin(2 * np.pi * 1.2 * T_S)
    ml = 4e-3 * np.sin(2 * np.pi * 0.5 * T_S)
    sway = planar_sway(ap, ml, RATE_HZ)
    assert sway.rms_ap == pytest.approx(np.sqrt((6e-3**2 + 3e-3**2) / 2), rel=2e-3)
    assert sway.path_ml == pytest.approx(4 * 4e-3 * 30, rel=1e-3)
    assert sway.ap.power == pytest.approx((6e-3**2 + 3e-3**2) / 2, rel=0.02)
    assert sway.ap.f50_hz == pytest.approx(0.3, abs=0.1)  # resolution of 10 s segments
    assert sway.ap.f95_hz == pytest.approx(1.2, abs=0.1)
    assert sway.ml.cf_hz == pytest.approx(0.5, abs=0.02)


def test_sway_along_a_line_has_no_area_and_no_sideways_spectrum():
    sway = planar_sway(0.015 * np.sin(0.8 * np.pi * T_S), np.zeros_like(T_S), RATE_HZ)
    assert sway.area95_pred == pytest.approx(0.0, abs=1e-12)
    assert sway.range_2d == pytest.approx(0.03, rel=1e-3)
    assert sway.ml is None
    assert sway.sampen_ml is None


def test_no_sway_at_all_is_zero_and_frequencies_cannot_be_told():
    sway = planar_sway(np.full(3000, 0.3), np.full(3000, -0.1), RATE_HZ)
    assert (sway.rms, sway.path, sway.range_2d, sway.area95_pred) == pytest.approx((0, 0, 0, 0), abs=1e-12)
    assert sway.ap is None
    assert sway.sampen_ap is None


def test_totals_grow_with_duration_and_rates_do_not():
    short, long = planar_sway(*circle(0.01, 0.5, T_S[:3001]), RATE_HZ), planar_sway(*circle(0.01, 0.5), RATE_HZ)
    assert long.path == pytest.approx(2 * short.path, rel=1e-3)
    assert long.path_rate == pytest.approx(short.path_rate, rel=1e-3)
    assert long.area95_chi2 == pytest.approx(short.area95_chi2, rel=1e-3)


def test_a_published_force_plate_trial_gives_the_values_of_independent_implementations():
    _, cop = demo_columns("bds00001_s001_eo_firm.csv.gz")
    sway = planar_sway(cop[:, 0], cop[:, 1], RATE_HZ, COP_BAND_HZ)
    with (DATA / "sway" / "reference.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("bds")]
    assert len(rows) == 29
    for row in rows:
        value = named(sway, row["metric"], len(cop))
        assert value == pytest.approx(float(row["value"]), rel=float(row["rtol"])), row["metric"]


def named(sway, metric, n):
    if metric == "area95_published":
        return sway.area95_pred
    if metric == "path_rate_published_N":
        return sway.path_rate * (n - 1) / n
    if metric == "mfreq":
        return sway.mfreq_hz
    name, _, axis = metric.rpartition("_")
    spectral = {"pwr": "power", "f50": "f50_hz", "f95": "f95_hz", "cf": "cf_hz", "fd": "fd"}
    return getattr(getattr(sway, axis), spectral[name]) if name in spectral else getattr(sway, metric)


@given(seed=st.integers(0, 1000), heading_deg=st.floats(0.0, 360.0), offset=st.floats(-5.0, 5.0))
def test_resultants_do_not_depend_on_where_the_wearer_faces(seed, heading_deg, offset):
    ap, ml = wandering(seed)
    angle = np.radians(heading_deg)
    turned = planar_sway(
        ap * np.cos(angle) - ml * np.sin(angle) + offset, ap * np.sin(angle) + ml * np.cos(angle), 50.0
    )
    straight = planar_sway(ap, ml, 50.0)
    for name in RESULTANTS:
        assert getattr(turned, name) == pytest.approx(getattr(straight, name), rel=1e-6), name


@given(seed=st.integers(0, 1000), factor=st.floats(1e-3, 1e3))
def test_metrics_scale_with_the_unit_and_frequencies_do_not(seed, factor):
    ap, ml = wandering(seed)
    one, other = planar_sway(ap, ml, 50.0), planar_sway(factor * ap, factor * ml, 50.0)
    assert other.rms == pytest.approx(factor * one.rms)
    assert other.path_rate == pytest.approx(factor * one.path_rate)
    assert other.area95_pred == pytest.approx(factor**2 * one.area95_pred)
    assert other.mfreq_hz == pytest.approx(one.mfreq_hz)
    assert other.ap.cf_hz == pytest.approx(one.ap.cf_hz)


@given(seed=st.integers(0, 1000))
def test_metrics_keep_their_order(seed):
    sway = planar_sway(*wandering(seed), 50.0)
    assert 0 < sway.dist <= sway.rms
    assert max(sway.range_ap, sway.range_ml) <= sway.range_2d * (1 + 1e-9)
    assert max(sway.path_ap, sway.path_ml) <= sway.path <= sway.path_ap + sway.path_ml
    assert sway.area95_chi2 < sway.area95_pred
    assert sway.ap.f50_hz <= sway.ap.f95_hz
    assert 0 <= sway.ap.fd <= 1


@pytest.mark.parametrize(
    ("ap", "ml", "says"),
    [
        (np.zeros(3), np.zeros(3), "3 samples are too few"),
        (np.zeros(10), np.zeros(9), "two series of one length"),
        (np.full(10, np.nan), np.zeros(10), "not a number"),
    ],
)
def test_series_that_cannot_be_measured_are_refused(ap, ml, says):
    with pytest.raises(SignalError, match=says):
        planar_sway(ap, ml, RATE_HZ)
