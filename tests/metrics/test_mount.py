import numpy as np
import pytest

from imutrack.flags import FlagCode
from imutrack.metrics.mount import check_mount
from imutrack.results import Mount
from imutrack.samples import AxisMap
from imutrack.signals.signal import Signal
from turning_sensor import RATE_HZ, X, Z, repetitions, turned_on_limb, turning


@pytest.fixture(scope="module")
def arm_lifts():
    angle, spans = repetitions(reps=9)
    return turning(angle), spans


def slipped(signal, axis, degrees, at):
    after = turned_on_limb(signal, axis, degrees)
    acc = np.concatenate([signal.acc[:at], after.acc[at:]])
    gyr = np.concatenate([signal.gyr[:at], after.gyr[at:]])
    return Signal(RATE_HZ, 0.0, acc, gyr, signal.missing)


def test_a_sensor_that_stays_is_ok(arm_lifts):
    assert check_mount(*arm_lifts) == (Mount.OK, ())


@pytest.mark.parametrize("axis", [[0.6, 0.8, 0.0], [0.0, 0.6, 0.8], [0.6, 0.0, 0.8]])
def test_a_slip_half_way_is_found_with_its_size(arm_lifts, axis):
    signal, spans = arm_lifts
    mount, [flag] = check_mount(slipped(signal, axis, 25.0, spans[4][0] - 50), spans)
    assert mount is Mount.MOVED
    assert flag.code is FlagCode.MOUNT_MOVED
    assert 12.0 < dict(flag.values)["moved_deg"] < 26.0  # a direction near the slip's own axis turns by less


def test_lifting_less_and_less_is_not_a_slip():
    parts = [repetitions(peak_deg=peak, reps=1, rest_s=1.0) for peak in np.linspace(90, 45, 9)]
    offsets = np.cumsum([0, *(len(angle) for angle, _ in parts[:-1])])
    spans = [tuple(int(k + by) for k in span) for (_, [span]), by in zip(parts, offsets, strict=True)]
    assert check_mount(turning(np.concatenate([angle for angle, _ in parts])), spans)[0] is Mount.OK


def test_a_sensor_worn_upside_down_is_turned(arm_lifts):
    assert check_mount(*arm_lifts, AxisMap("+z", "+x", "+y"))[0] is Mount.OK
    mount, [flag] = check_mount(*arm_lifts, AxisMap("-z", "+x", "+y"))
    assert (mount, flag.code) == (Mount.TURNED, FlagCode.MOUNT_TURNED)


def test_a_sensor_on_its_side_is_unclear(arm_lifts):
    mount, [flag] = check_mount(*arm_lifts, AxisMap("+x", "+z", "+y"))
    assert (mount, flag.code) == (Mount.UNCLEAR, FlagCode.MOUNT_UNCLEAR)


def test_few_repetitions_or_no_gyroscope_say_nothing(arm_lifts):
    signal, spans = arm_lifts
    assert check_mount(signal, spans[:3])[0] is Mount.UNCLEAR
    assert check_mount(Signal(RATE_HZ, 0.0, signal.acc, None, signal.missing), spans)[0] is Mount.UNCLEAR


@pytest.mark.parametrize(("axis", "degrees"), [(X, 40.0), (Z, 110.0)])
def test_how_the_sensor_sits_makes_no_difference(arm_lifts, axis, degrees):
    signal, spans = arm_lifts
    assert check_mount(turned_on_limb(signal, axis, degrees), spans)[0] is Mount.OK
