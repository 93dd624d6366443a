import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from imutrack.errors import SignalError
from imutrack.flags import FlagCode, Quality
from imutrack.metrics.sway import SwayParams, horizontal_acc, lumbar_sway, stance_signal, sway_metrics, sway_trial
from imutrack.samples import AxisMap, Quantity, Samples, Sensor
from metrics.motion_cases import DATA, columns, shipped_recording, standing, turned

AXES = AxisMap("+x", "+y", "+z")
RATE_HZ = 100.0
RESULTANTS = (
    "rms_mps2",
    "dist_mps2",
    "range_mps2",
    "path_mps2",
    "path_rate_mps3",
    "mfreq_hz",
    "sway_area_rate_m2ps5",
    "jerk_m2ps5",
    "jerk_rate_m2ps6",
    "njs",
    "mv_mps",
    "area95_m2ps4",
    "area95_chi2_m2ps4",
)


def swaying(seconds=60.0, ap_mps2=0.08, ml_mps2=0.05, seed=3):
    t_s = np.arange(round(seconds * RATE_HZ) + 1) / RATE_HZ
    rng = np.random.default_rng(seed)
    tones_hz, phases = rng.uniform(0.2, 2.0, (2, 6)), rng.uniform(0.0, 2 * np.pi, (2, 6))
    waves = np.sin(2 * np.pi * tones_hz[:, :, None] * t_s + phases[:, :, None]).sum(axis=1) / np.sqrt(3.0)
    return ap_mps2 * waves[0], ml_mps2 * waves[1]


def flags(trial):
    return [flag.code for flag in trial.flags]


def test_a_circle_has_its_known_jerk_and_velocity():
    t_s = np.arange(6001) / RATE_HZ
    turn = 2 * np.pi * 0.5
    signal = standing(0.1 * np.cos(turn * t_s), 0.1 * np.sin(turn * t_s))
    sway = lumbar_sway(signal.acc, RATE_HZ, AXES)
    assert sway.planar.rms == pytest.approx(0.1, rel=2e-3)
    assert sway.jerk_m2ps5 == pytest.approx(0.5 * (0.1 * turn) ** 2 * 60.0, rel=0.01)  # the filter's ends
    assert sway.mv_mps == pytest.approx(0.1 / turn, rel=0.02)  # the high-pass takes a little at 0.5 Hz
    assert sway.njs == pytest.approx(np.sqrt(sway.jerk_m2ps5 * 60.0) / sway.planar.rms)


@pytest.mark.parametrize("tilt_deg", [(12.0, -7.0), (-8.0, 3.0), (0.0, 0.0)])
def test_the_tilt_of_a_still_sensor_is_measured_and_leaves_no_sway(tilt_deg):
    level = horizontal_acc(standing(np.zeros(3000), np.zeros(3000), tilt_deg=tilt_deg).acc, RATE_HZ, AXES)
    assert np.hypot(level.tilt_ap_deg, level.tilt_ml_deg) == pytest.approx(np.hypot(*tilt_deg), abs=0.1)
    assert np.abs(level.ap_mps2).max() < 1e-9
    assert level.gravity_mps2 == pytest.approx(9.81)


def test_a_tremor_is_no_sway():
    ap, ml = swaying()
    shaking = 0.1 * np.sin(2 * np.pi * 10.0 * np.arange(len(ap)) / RATE_HZ)
    calm = lumbar_sway(standing(ap, ml).acc, RATE_HZ, AXES)
    shaken = lumbar_sway(standing(ap + shaking, ml).acc, RATE_HZ, AXES)
    assert shaken.planar.path == pytest.approx(calm.planar.path, rel=2e-3)
    assert shaken.jerk_m2ps5 == pytest.approx(calm.jerk_m2ps5, rel=0.01)


def test_the_filter_halves_a_tone_at_its_cut_off():
    t_s = np.arange(6001) / RATE_HZ
    sway = lumbar_sway(standing(np.sin(2 * np.pi * 3.5 * t_s), 0 * t_s).acc, RATE_HZ, AXES)
    assert sway.planar.rms_ap == pytest.approx(0.5 / np.sqrt(2), rel=0.02)  # -6 dB: forward and backward


def test_a_made_stance_gives_the_values_of_independent_implementations():
    _, acc = columns(DATA / "sway" / "syn_coloured_50hz.csv.gz")
    sway = lumbar_sway(acc[:, :3], 50.0, AXES)
    with (DATA / "sway" / "reference.csv").open(newline="") as file:
        rows = {row["metric"]: row for row in csv.DictReader(file) if row["file"].startswith("syn")}
    ours = {
        "tilt_ap_deg": sway.acc.tilt_ap_deg,
        "tilt_ml_deg": sway.acc.tilt_ml_deg,
        "rms": sway.planar.rms,
        "path": sway.planar.path,
        "range_ap": sway.planar.range_ap,
        "jerk": sway.jerk_m2ps5,
        "mv": sway.mv_mps,
        "area95_chi2": sway.planar.area95_chi2,
        "area95_pred": sway.planar.area95_pred,
        "cf_ap": sway.planar.ap.cf_hz,
        "f95_ml": sway.planar.ml.f95_hz,
        "sampen_ap": sway.planar.sampen_ap,
    }
    for name, value in ours.items():
        assert value == pytest.approx(float(rows[name]["value"]), rel=float(rows[name]["rtol"])), name


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_resultants_do_not_depend_on_how_the_sensor_is_worn(seed):
    signal = standing(*swaying())
    worn_right, worn_anyhow = sway_trial(signal, AXES), sway_trial(turned(signal, seed))
    for name in RESULTANTS:
        assert getattr(worn_anyhow, name) == pytest.approx(getattr(worn_right, name), rel=1e-4), name
    assert worn_anyhow.rms_ap_mps2 is None
    assert FlagCode.NO_AXES in flags(worn_anyhow)


def test_forward_and_sideways_are_not_told_apart_on_a_tilted_sensor():
    straight = sway_trial(standing(*swaying()), AXES)
    tilted = sway_trial(standing(*swaying(), tilt_deg=(20.0, 0.0)), AXES)
    assert straight.quality is Quality.GOOD
    assert straight.rms_ap_mps2 > straight.rms_ml_mps2
    assert flags(tilted) == [FlagCode.TILTED]
    assert tilted.rms_ap_mps2 is None
    assert tilted.f95_ml_hz is None
    assert tilted.rms_mps2 == pytest.approx(straight.rms_mps2, rel=1e-3)
    assert abs(tilted.tilt_ap_deg) == pytest.approx(20.0, abs=0.1)


def test_the_hand_at_the_switch_is_left_out():
    ap, ml = swaying(65.0)
    handled = ap.copy()
    handled[:250] += 3.0
    handled[-150:] -= 3.0
    calm, touched = sway_trial(standing(ap, ml), AXES), sway_trial(standing(handled, ml), AXES)
    assert touched.duration_s == pytest.approx(60.0, abs=0.02)
    assert touched.start_s == pytest.approx(3.0)
    assert touched.rms_mps2 == pytest.approx(calm.rms_mps2, rel=0.02)


@pytest.mark.parametrize(("seconds", "codes"), [(35.0, []), (34.0, [FlagCode.TOO_SHORT]), (15.0, [FlagCode.TOO_SHORT])])
def test_thirty_seconds_are_good_and_ten_are_usable(seconds, codes):
    assert flags(sway_trial(standing(*swaying(seconds)), AXES)) == codes


def test_less_than_ten_seconds_of_stance_are_refused_with_both_lengths():
    with pytest.raises(SignalError, match=r"9\.0 s of stance .* need 10 s"):
        sway_trial(standing(*swaying(14.0)), AXES)


def test_a_step_is_noticed():
    ap, ml = swaying()
    signal = standing(ap, ml)
    stepping = signal.acc.copy()
    stepping[3000:3050, 0] += 2.0 * np.sin(2 * np.pi * 2.0 * np.arange(50) / RATE_HZ)
    trial = sway_trial(type(signal)(RATE_HZ, 0.0, stepping, None, signal.missing), AXES)
    assert flags(trial) == [FlagCode.NOT_STILL]
    assert trial.quality is Quality.USABLE


def test_walking_is_no_stance():
    trial = sway_trial(shipped_recording("syn_tug_b_slow.csv.gz"))
    assert FlagCode.NOT_STILL in flags(trial)
    assert trial.quality is Quality.WITHHELD


def test_strong_sway_on_two_feet_is_still_a_stance():
    trial = sway_trial(standing(*swaying(ap_mps2=0.5, ml_mps2=0.3)), AXES)
    assert FlagCode.NOT_STILL not in flags(trial)


def test_the_lean_in_degrees_is_the_acceleration_over_gravity():
    trial = sway_trial(standing(*swaying()), AXES)
    assert trial.lean_rms_deg == pytest.approx(5.84 * trial.rms_mps2, rel=1e-3)
    assert trial.lean_area95_deg2 == pytest.approx(34.1 * trial.area95_m2ps4, rel=2e-3)


def test_the_metrics_by_name_leave_out_what_could_not_be_told():
    signal = standing(*swaying())
    told, untold = sway_metrics(sway_trial(signal, AXES)), sway_metrics(sway_trial(signal))
    assert set(RESULTANTS) <= set(untold) < set(told)
    assert all(np.isfinite(value) for value in told.values())
    assert "duration_s" not in told


def test_an_uneven_clock_is_put_on_100_hertz_and_an_even_one_left_alone():
    rng = np.random.default_rng(0)
    even_s = np.arange(3000) / 52.0
    uneven_s = np.sort(even_s + rng.uniform(-0.003, 0.003, len(even_s)))
    values = np.tile([9.81, 0.0, 0.0], (3000, 1))
    rates = [
        stance_signal(Sensor("belt", {Quantity.ACC: Samples(t_s, values, 52.0)})).sampling_rate_hz
        for t_s in (even_s, uneven_s)
    ]
    assert rates == pytest.approx([52.0, 100.0])


def test_only_the_labelled_stretch_decides_whether_the_clock_is_even():
    t_s = np.concatenate([[0.0, 0.5], 1.0 + np.arange(3000) / 50.0])
    sensor = Sensor("belt", {Quantity.ACC: Samples(t_s, np.tile([9.81, 0.0, 0.0], (len(t_s), 1)), 50.0)})
    signal = stance_signal(sensor, start_s=1.0, stop_s=41.0)
    assert signal.sampling_rate_hz == pytest.approx(50.0)
    assert (signal.start_s, signal.duration_s) == pytest.approx((1.0, 40.0))


def test_a_recording_without_acceleration_is_refused():
    sensor = Sensor("belt", {Quantity.GYR: Samples(np.arange(10.0), np.zeros((10, 3)), 1.0)})
    with pytest.raises(SignalError, match="no acceleration"):
        stance_signal(sensor)


@pytest.mark.parametrize(
    ("acc", "says"), [(np.zeros((3000, 3)), "no gravity"), (np.full((3000, 3), np.nan), "not a number")]
)
def test_readings_without_gravity_are_refused(acc, says):
    with pytest.raises(SignalError, match=says):
        lumbar_sway(acc, RATE_HZ, AXES)


def test_a_sensor_upside_down_is_described_by_its_axis_map():
    signal = standing(*swaying())
    over = signal.acc @ Rotation.from_euler("z", 180, degrees=True).as_matrix().T
    plain, upside_down = lumbar_sway(signal.acc, RATE_HZ, AXES), lumbar_sway(over, RATE_HZ, AxisMap("-x", "-y", "+z"))
    assert upside_down.planar.rms_ap == pytest.approx(plain.planar.rms_ap)
    assert upside_down.planar.rms_ml == pytest.approx(plain.planar.rms_ml)


def test_the_settings_reach_the_metrics():
    signal = standing(*swaying())
    low = sway_trial(signal, AXES, SwayParams(lowpass_hz=1.0))
    assert low.path_mps2 < sway_trial(signal, AXES).path_mps2
