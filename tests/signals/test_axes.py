import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.signals.axes import Axis, angle_about, angle_between, dominant_axis, gravity_in_sensor, mean_direction
from imutrack.signals.orientation import orientation
from turning_sensor import X, Y, Z, repetitions, turned_on_limb, turning

directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def axis_of(signal):
    orient = orientation(signal)
    up = gravity_in_sensor(orient)
    return orient, up, dominant_axis(signal.gyr - orient.gyr_bias_radps, up)


@given(directions)
@settings(max_examples=20, deadline=None)
def test_a_hinge_is_found_wherever_the_sensor_sits(direction):
    direction = np.array(direction) / np.linalg.norm(direction)
    angle, _ = repetitions(reps=3)
    _, _, axis = axis_of(turned_on_limb(turning(angle, axis=X), direction, 70.0))
    assert axis.share > 0.999
    assert axis.vertical < 0.02


def test_a_turn_about_the_vertical_has_a_vertical_axis():
    angle, _ = repetitions(reps=3)
    _, _, axis = axis_of(turning(angle, axis=Z, up=Z))
    assert axis.vertical == pytest.approx(1.0, abs=0.01)


def test_turning_about_two_axes_alike_has_no_dominant_one():
    angle, _ = repetitions(reps=3)
    about_x, about_y = turning(angle, axis=X).gyr, turning(np.roll(angle, 60), axis=Y).gyr
    axis = dominant_axis(about_x + about_y, np.tile(Z, (len(angle), 1)))
    assert axis.share < 0.6


def test_what_does_not_turn_has_no_axis():
    assert dominant_axis(np.zeros((10, 3)), np.tile(Z, (10, 1))) is None
    assert dominant_axis(np.zeros((0, 3)), np.zeros((0, 3))) is None


@pytest.mark.parametrize("tilt_deg", [0, 20, 40, 60])
def test_the_angle_about_an_inclined_axis_is_the_angle_turned(tilt_deg):
    tilt = np.radians(tilt_deg)
    along = np.array([np.cos(tilt), 0.0, np.sin(tilt)])  # by gravity up to 30 deg, by twist beyond
    angle, spans = repetitions()
    signal = turning(angle, axis=along)
    orient, up, axis = axis_of(signal)
    found = angle_about(orient, up, axis if axis.direction @ along > 0 else axis.reversed())
    for start, turn, _ in spans:
        assert found[turn] - found[start] == pytest.approx(80.0, abs=0.3)


def test_turning_by_the_right_hand_rule_counts_up_and_goes_past_half_a_turn():
    angle, spans = repetitions(peak_deg=250.0, way_s=2.0)
    signal = turning(angle, axis=X, up=Y)
    orient = orientation(signal)
    found = angle_about(orient, gravity_in_sensor(orient), Axis(X, 1.0, 0.0))
    assert found[spans[0][1]] - found[spans[0][0]] == pytest.approx(250.0, abs=0.5)


def test_the_angle_between_directions_is_exact_at_both_ends():
    tiny = np.array([0.0, 1e-9, 1.0])
    assert float(angle_between(Z, tiny)) == pytest.approx(np.degrees(1e-9), rel=1e-6)
    assert float(angle_between(Z, -Z)) == 180.0


def test_the_mean_of_opposite_directions_is_no_direction():
    assert mean_direction(np.array([X, -X])) == pytest.approx([0, 0, 0])
