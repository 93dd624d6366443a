import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.synthetic.motion import Motion, Move, moves, sinusoid, still, wander
from imutrack.synthetic.rigid_body import imu_readings, rotation_about, rotation_matrices
from imutrack.units import STANDARD_GRAVITY_MPS2

RATE_HZ = 1000.0
T_S = np.arange(0.0, 4.0, 1.0 / RATE_HZ)
LEVER_M = np.array([0.05, -0.1, 0.3])


def derivative(values):
    return np.gradient(values, 1.0 / RATE_HZ, axis=0, edge_order=2)


def three_turns():
    bend = moves(T_S, [Move(0.5, 1.1, 1.6), Move(1.9, 1.4, -1.2)], start=-0.2)
    return [
        ((0.0, 0.0, 1.0), sinusoid(T_S, 0.4, 0.8, 0.3)),
        ((0.0, 1.0, 0.0), bend),
        ((0.6, 0.0, 0.8), sinusoid(T_S, 1.3, 0.3)),
    ]


@pytest.mark.parametrize(
    "motion",
    [
        pytest.param(moves(T_S, [Move(0.5, 1.0, 2.0), Move(1.2, 1.5, -0.7)], start=0.4), id="moves"),
        pytest.param(sinusoid(T_S, 1.5, 0.2, 0.7), id="sinusoid"),
        pytest.param(wander(T_S, np.random.default_rng(1), 0.1), id="wander"),
        pytest.param(sinusoid(T_S, 0.5, 1.0) * sinusoid(T_S, 1.1, 0.4) + still(T_S, 2.0).scaled(0.5), id="algebra"),
    ],
)
def test_rate_and_acceleration_are_the_derivatives_of_the_value(motion: Motion):
    inside = slice(2, -2)
    assert np.allclose(derivative(motion.value)[inside], motion.rate[inside], atol=2e-3)  # steps of 1 ms
    assert np.allclose(derivative(motion.rate)[inside], motion.acc[inside], atol=6e-2)  # jumps of the jerk


def test_a_move_arrives_and_stays():
    angle = moves(T_S, [Move(1.0, 0.5, 3.0)], start=1.0)
    assert np.all(angle.value[T_S <= 1.0] == 1.0)
    assert np.allclose(angle.value[T_S >= 1.5], 4.0, rtol=0, atol=1e-12)
    assert np.max(angle.rate) == pytest.approx(1.875 * 3.0 / 0.5, rel=1e-5)  # peak of minimum jerk


def test_a_move_that_was_over_before_the_recording_counts_from_its_start():
    assert np.all(moves(T_S, [Move(-1.0, 0.5, 2.0)]).value == 2.0)


def test_a_wander_has_the_wanted_root_mean_square_and_band():
    t_s = np.arange(0.0, 600.0, 0.05)
    curve = wander(t_s, np.random.default_rng(3), 0.5, (0.2, 3.0)).value
    assert np.sqrt(np.mean(curve**2)) == pytest.approx(0.5, rel=0.03)  # ten minutes of tones no two of which are alike
    power = np.abs(np.fft.rfft(curve * np.hanning(len(curve)))) ** 2
    frequencies = np.fft.rfftfreq(len(curve), 0.05)
    assert np.sum(power[(frequencies > 0.19) & (frequencies < 3.05)]) > 0.999 * np.sum(power)


def test_at_rest_only_gravity_is_felt():
    tilted = [((1.0, 0.0, 0.0), still(T_S, 0.7)), ((0.0, 1.0, 0.0), still(T_S, -0.3))]
    acc, gyr = imu_readings(tilted, LEVER_M)
    assert np.allclose(np.linalg.norm(acc, axis=1), STANDARD_GRAVITY_MPS2, rtol=0, atol=1e-12)
    assert np.allclose(acc, rotation_matrices(tilted)[:, 2] * STANDARD_GRAVITY_MPS2)
    assert np.all(gyr == 0.0)


def test_a_steady_turn_is_felt_as_centripetal_acceleration():
    spin = Motion(5.0 * T_S, np.full(len(T_S), 5.0), np.zeros(len(T_S)))
    acc, gyr = imu_readings([((0.0, 0.0, 1.0), spin)], (0.2, 0.0, 0.0))
    assert np.allclose(acc, [-(5.0**2) * 0.2, 0.0, STANDARD_GRAVITY_MPS2])
    assert np.allclose(gyr, [0.0, 0.0, 5.0])


def test_the_readings_are_those_of_the_path_the_sensor_takes():
    turns = three_turns()
    pivot = np.stack([sinusoid(T_S, 0.7, 0.1).value, np.zeros(len(T_S)), sinusoid(T_S, 1.1, 0.05).value], axis=1)
    pivot_acc = np.stack([sinusoid(T_S, 0.7, 0.1).acc, np.zeros(len(T_S)), sinusoid(T_S, 1.1, 0.05).acc], axis=1)
    acc, gyr = imu_readings(turns, LEVER_M, pivot_acc)
    to_earth = rotation_matrices(turns)
    position = pivot + to_earth @ LEVER_M
    felt = derivative(derivative(position)) + np.array([0.0, 0.0, STANDARD_GRAVITY_MPS2])
    inside = slice(5, -5)
    assert np.allclose(np.einsum("nij,nj->ni", to_earth, acc)[inside], felt[inside], atol=0.02)  # steps of 1 ms
    skew = np.einsum("nji,njk->nik", to_earth, derivative(to_earth))
    rate = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1)
    assert np.allclose(gyr[inside], rate[inside], atol=1e-3)


def test_two_sensors_on_one_segment_agree_as_rigid_body_points_must():
    turns = three_turns()
    first, gyr = imu_readings(turns, LEVER_M)
    second, same = imu_readings(turns, LEVER_M + np.array([0.0, 0.0, 0.1]))
    assert np.array_equal(gyr, same)
    apart = np.broadcast_to([0.0, 0.0, 0.1], gyr.shape)
    expected = np.cross(derivative(gyr), apart) + np.cross(gyr, np.cross(gyr, apart))
    assert np.allclose((second - first)[2:-2], expected[2:-2], atol=1e-2)


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(-1.0, 1.0)] * 3), st.floats(-10.0, 10.0))
def test_a_rotation_keeps_lengths_and_its_axis(direction, angle_rad):
    length = np.linalg.norm(direction)
    if length < 1e-3:
        return
    axis = np.asarray(direction) / length
    turn = rotation_about(axis, np.array([angle_rad]))[0]
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.allclose(turn @ axis, axis, atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
