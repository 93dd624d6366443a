import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.errors import SignalError
from imutrack.flags import Flag, FlagCode
from imutrack.metrics.rom import RomKind, range_of_motion, rom_error_deg
from imutrack.signals.signal import Signal
from turning_sensor import RATE_HZ, X, Y, Z, repetitions, turned_on_limb, turning

directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def codes(result):
    return [flag.code for flag in result.flags]


@pytest.fixture(scope="module")
def arm_lifts():
    angle, spans = repetitions(peak_deg=80.0)
    return turning(angle), spans


def test_repetitions_of_eighty_degrees_measure_eighty_degrees(arm_lifts):
    result = range_of_motion(*arm_lifts)
    assert result.kind is RomKind.SIGNED
    assert result.rom_deg == pytest.approx(80.0, abs=0.3)
    assert result.peak_deg == pytest.approx(80.0, abs=0.3)
    assert result.min_deg == pytest.approx(0.0, abs=0.3)
    assert result.rom_median_deg == pytest.approx(80.0, abs=0.3)
    assert result.flags == ()
    assert result.withheld is None


def test_the_first_movement_is_positive_whichever_way_it_goes():
    angle, spans = repetitions(peak_deg=-60.0)
    result = range_of_motion(turning(angle), spans)
    assert result.peak_deg == pytest.approx(60.0, abs=0.3)


def test_tempo_is_way_hold_and_way_back(arm_lifts):
    result = range_of_motion(*arm_lifts)
    assert result.outward_s == pytest.approx(1.0, abs=0.02)
    assert result.hold_s == pytest.approx(0.5, abs=0.04)  # the low-pass rounds the corners
    assert result.return_s == pytest.approx(1.0, abs=0.02)
    duration = [(end - start) / RATE_HZ for start, _, end in result.spans]
    assert result.outward_s + result.hold_s + result.return_s == pytest.approx(duration)


def test_peak_velocity_is_the_gyroscopes(arm_lifts):
    result = range_of_motion(*arm_lifts)
    assert result.peak_velocity_dps == pytest.approx(80.0 * 1.875, rel=0.01)  # 15/8 of the mean of a minimum-jerk way


@given(directions, st.floats(0, 360))
@settings(max_examples=25, deadline=None)
def test_turning_the_sensor_on_the_limb_changes_no_range(direction, degrees):
    angle, spans = repetitions(reps=3)
    signal = turning(angle)
    direction = np.array(direction) / np.linalg.norm(direction)
    before, after = range_of_motion(signal, spans), range_of_motion(turned_on_limb(signal, direction, degrees), spans)
    assert after.rom_deg == pytest.approx(before.rom_deg, abs=0.05)
    assert after.peak_deg == pytest.approx(before.peak_deg, abs=0.05)


def test_the_best_three_are_averaged_and_the_extremes_kept():
    parts = [repetitions(peak_deg=peak, reps=1, rest_s=1.5) for peak in (40.0, 50.0, 60.0, 70.0)]
    offsets = np.cumsum([0, *(len(angle) for angle, _ in parts[:-1])])
    spans = [tuple(int(k + by) for k in span) for (_, [span]), by in zip(parts, offsets, strict=True)]
    result = range_of_motion(turning(np.concatenate([angle for angle, _ in parts])), spans)
    assert result.rom_best3_deg == pytest.approx(60.0, abs=0.3)
    assert result.rom_min_deg == pytest.approx(40.0, abs=0.3)
    assert result.rom_max_deg == pytest.approx(70.0, abs=0.3)


def test_turning_about_the_vertical_has_no_range_but_a_speed():
    angle, spans = repetitions()
    result = range_of_motion(turning(angle, axis=Z, up=Z), spans)
    assert result.withheld is FlagCode.VERTICAL_AXIS
    assert codes(result) == [FlagCode.VERTICAL_AXIS]
    assert np.isnan(result.rom_deg).all()
    assert np.isnan(result.angle_deg).all()
    assert result.rom_median_deg is None
    assert result.rom_error_deg is None
    assert result.peak_velocity_dps == pytest.approx(150.0, rel=0.01)


def test_an_inclined_axis_keeps_its_range():
    along = np.array([np.sqrt(0.5), 0.0, np.sqrt(0.5)])
    angle, spans = repetitions()
    result = range_of_motion(turning(angle, axis=along), spans)
    assert result.axis.vertical == pytest.approx(0.71, abs=0.01)
    assert result.rom_deg == pytest.approx(80.0, abs=0.5)


def test_without_a_gyroscope_angles_are_withheld_and_the_reason_is_given(arm_lifts):
    signal, spans = arm_lifts
    result = range_of_motion(Signal(RATE_HZ, 0.0, signal.acc, None, signal.missing), spans)
    assert result.withheld is FlagCode.NO_GYRO
    assert codes(result) == [FlagCode.NO_GYRO]


def test_a_clipped_gyroscope_gives_no_angles(arm_lifts):
    flags = [Flag.of(FlagCode.GYRO_CLIPPED, share_pct=1.0)]
    result = range_of_motion(*arm_lifts, sensor_flags=flags)
    assert result.withheld is FlagCode.GYRO_CLIPPED
    assert np.isnan(result.rom_deg).all()


def test_a_repetition_in_a_gap_has_no_range_and_the_others_keep_theirs(arm_lifts):
    signal, spans = arm_lifts
    missing = signal.missing.copy()
    missing[spans[2][1] : spans[2][1] + 30] = True
    result = range_of_motion(Signal(RATE_HZ, 0.0, signal.acc, signal.gyr, missing), spans)
    assert np.isnan(result.rom_deg).tolist() == [False, False, True, False, False, False]
    assert np.delete(result.rom_deg, 2) == pytest.approx(80.0, abs=1.0)


def test_without_a_rest_before_the_set_only_ranges_are_given():
    angle, spans = repetitions(rest_s=0.0, pause_s=0.1)
    result = range_of_motion(turning(angle), spans)
    assert FlagCode.NO_REST_AT_START in codes(result)
    assert result.rom_deg == pytest.approx(80.0, abs=0.5)
    assert np.isnan(result.peak_deg).all()
    assert np.isnan(result.min_deg).all()


def test_movement_out_of_one_plane_is_flagged_with_its_share():
    angle, spans = repetitions()
    lifting = turning(angle, axis=X)
    sideways = 0.8 * np.roll(lifting.gyr[:, 0], 40)[:, None] * Y
    signal = Signal(RATE_HZ, 0.0, lifting.acc, lifting.gyr + sideways, lifting.missing)
    result = range_of_motion(signal, spans)
    assert FlagCode.OFF_AXIS in codes(result)
    [flag] = [flag for flag in result.flags if flag.code is FlagCode.OFF_AXIS]
    assert dict(flag.values)["off_axis_pct"] == pytest.approx(100 * (1.0 - result.axis.share))


def test_movement_without_an_axis_is_described_by_its_tilt():
    t_s = np.arange(0, 20, 1 / RATE_HZ)
    cone = 2 * np.pi * 0.5 * t_s
    rate = np.stack([np.cos(cone), np.sin(cone), np.cos(2 * cone)], axis=1) * (t_s > 3)[:, None]
    signal = Signal(RATE_HZ, 0.0, np.tile([0.0, 0.0, 9.81], (len(t_s), 1)), rate, np.zeros(len(t_s), dtype=bool))
    result = range_of_motion(signal, [(400, 500, 600), (600, 700, 800)])
    assert result.kind is RomKind.TILT
    assert np.nanmin(result.angle_deg) >= 0


def test_what_does_not_move_has_no_angle_and_no_error():
    still = np.zeros((1000, 3))
    result = range_of_motion(
        Signal(RATE_HZ, 0.0, still + np.array([0, 0, 9.81]), still, np.zeros(1000, dtype=bool)), []
    )
    assert result.rom_median_deg is None
    assert result.axis is None
    assert result.rom_error_deg is None


def test_without_repetitions_there_is_still_a_trace(arm_lifts):
    result = range_of_motion(arm_lifts[0], [])
    assert np.ptp(result.angle_deg) == pytest.approx(80.0, abs=0.5)
    assert len(result.rom_deg) == 0
    assert result.rom_error_deg is None


@pytest.mark.parametrize("span", [(-1, 5, 10), (10, 5, 20), (10, 30, 20), (10, 20, 10**6)])
def test_a_span_out_of_order_or_out_of_the_signal_is_an_error(arm_lifts, span):
    with pytest.raises(SignalError, match="in order"):
        range_of_motion(arm_lifts[0], [span])


def test_the_error_grows_with_the_angle_turned_between_two_readings():
    assert rom_error_deg(RomKind.SIGNED, 0.0, 100.0) == 2.0
    assert rom_error_deg(RomKind.SIGNED, 300.0, 100.0) == pytest.approx(np.hypot(2.0, 0.7 * 3.0))
    assert rom_error_deg(RomKind.TILT, 300.0, 10.0) > 10.0


def test_slow_sensors_are_measured_without_a_filter():
    angle, spans = repetitions(rate_hz=12.5, way_s=2.0)
    result = range_of_motion(turning(angle, rate_hz=12.5), spans)
    assert result.rom_deg == pytest.approx(80.0, abs=1.0)


@given(st.integers(0, 2**32 - 1), st.integers(4, 400))
@settings(max_examples=40, deadline=None)
def test_noise_of_any_length_gives_a_result_or_a_signal_error(seed, n):
    rng = np.random.default_rng(seed)
    missing = rng.random(n) < 0.3
    signal = Signal(25.0, 0.0, rng.normal(0, 9, (n, 3)), rng.normal(0, 3, (n, 3)), missing)
    try:
        result = range_of_motion(signal, [(0, n // 2, n)])
    except SignalError:
        return
    assert np.isnan(result.rom_deg[0]) or result.rom_deg[0] >= 0
