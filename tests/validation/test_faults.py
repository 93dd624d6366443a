from functools import partial

import numpy as np
import pytest

from imutrack.flags import FlagCode
from imutrack.metrics.at_rest import check_still
from imutrack.metrics.quality import check_sensor
from imutrack.samples import Quantity
from imutrack.signals.resample import to_signal
from imutrack.validation import faults
from turning_sensor import repetitions, sensor_of, turning


@pytest.fixture(scope="module")
def clean():
    angle, _ = repetitions(peak_deg=120.0, reps=6, way_s=0.6)
    return sensor_of(turning(angle))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda sensor, _: faults.clip(sensor, Quantity.GYR), FlagCode.GYRO_CLIPPED),
        (faults.leave_gap, FlagCode.GAPS),
        (faults.lose_packets, FlagCode.GAPS),
        (faults.freeze, FlagCode.FROZEN),
        (faults.scale_acc, FlagCode.ACC_SCALE),
        (faults.offset_gyr, FlagCode.GYRO_BIAS),
    ],
)
def test_every_fault_that_is_put_in_is_seen(clean, fault, code):
    faulty = fault(clean, np.random.default_rng(5))
    found = check_sensor(faulty) + check_still(to_signal(faulty))
    assert code in [flag.code for flag in found]


def test_a_slip_turns_the_second_half_only(clean):
    acc = clean.samples[Quantity.ACC]
    slipped = partial(faults.slip, degrees=30.0)(clean, np.random.default_rng(5)).samples[Quantity.ACC]
    first = acc.t_s < clean.end_s / 2
    assert np.array_equal(slipped.values[first], acc.values[first])
    size = np.linalg.norm(acc.values[~first], axis=1)
    assert np.linalg.norm(slipped.values[~first], axis=1) == pytest.approx(size)
    assert not np.allclose(slipped.values[~first], acc.values[~first], atol=0.5)


def test_a_fault_that_cannot_show_is_not_put_in(clean):
    assert faults.clip(clean, Quantity.ACC) is None  # never beyond 1.5 g
    short = sensor_of(turning(np.zeros(150)))
    assert faults.leave_gap(short, np.random.default_rng(1)) is None
    assert faults.freeze(short, np.random.default_rng(1)) is None
