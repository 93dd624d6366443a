"""What a strap sent, laid up for alignment: connections, stamps and the device's own remarks."""

import numpy as np
import pytest

from imutrack.alignment import Aligned
from imutrack.capture.gathering import Gathered, StrapReadings, decoded
from imutrack.capture.sets import Connection
from imutrack.samples import Quantity
from imutrack.wearables import WEARABLES, DeviceClock, Flag, Packet, Stream

BEGIN_NS = 1_790_000_000_000_000_000
STEP_NS = 20_000_000
WITMOTION = WEARABLES["witmotion"]
CLOCK = DeviceClock(1e-3)


def connection(since_ns=0, **settings):
    return Connection(since_ns, "witmotion", settings, {})


def frames(count, **settings):
    """(host ns, characteristic, payload) of a WitMotion at 50 Hz; the time of a reading comes by itself."""
    profile = WITMOTION.profile(WITMOTION.set_up(settings), {})
    came = []
    for k in range(count):
        values = {Quantity.ACC: ((k / 500, 0.0, 9.81),), Quantity.GYR: ((0.0, 0.0, 0.0),)}
        ((characteristic, payload),) = profile.encode(Packet("imu", values, (800_000_000_000 + 20 * k,)))
        parts = (payload[:20], payload[20:]) if settings.get("device_time") else (payload,)
        came += [(BEGIN_NS + k * STEP_NS, characteristic, part) for part in parts]
    return came


def gathered(packets, clock=CLOCK):
    """A stream of acceleration; packets of (index, flags, stamped)."""
    stream = Gathered(Stream("imu", (Quantity.ACC,), 50.0, clock))
    for k, flags, stamped in packets:
        ticks = (20 * k,) if clock and stamped else ()
        stream.add(BEGIN_NS + k * STEP_NS, Packet("imu", {Quantity.ACC: ((float(k), 0.0, 9.81),)}, ticks, flags), 1)
    return stream


def test_one_reading_without_a_stamp_costs_itself_and_not_the_clock():
    came = frames(500, device_time=True)
    del came[501]  # the time of reading 250
    stream = decoded([connection(device_time=True)], came).streams["imu"]
    aligned: Aligned = stream.aligned()
    assert (stream.unstamped, stream.left_out, aligned.lost) == ([250], 1, 1)
    rows = stream.rows(Quantity.ACC)[aligned.order]
    np.testing.assert_allclose(rows[:, 0], np.delete(np.arange(500), 250) / 500, atol=0.005)  # a count
    np.testing.assert_allclose((aligned.t_ns - BEGIN_NS) / STEP_NS, np.delete(np.arange(500), 250), atol=1e-3)


def test_where_many_readings_come_without_a_stamp_the_clock_is_left_out():
    stream = gathered([(k, frozenset(), k % 10 != 3) for k in range(500)])
    assert (stream.aligned().lost, stream.left_out) == (None, 0)
    assert len(stream.aligned().order) == 500


def test_a_connection_is_a_break():
    came = frames(400)
    again_ns = came[300][0] - 1
    stream = decoded([connection(), connection(again_ns)], came).streams["imu"]
    assert stream.breaks == [300]
    assert len(stream.aligned().gaps) == 1


def test_a_break_counts_the_packets_that_have_a_stamp():
    stream = gathered([(k, frozenset(), k != 7) for k in range(300)])
    stream.breaks.append(100)
    assert (stream.aligned().restarts, stream.aligned().lost) == (0, 1)


def test_a_connection_that_is_told_once_more_is_no_break():
    readings = StrapReadings()
    readings.connect(connection())
    for notification in frames(10):
        readings.feed(*notification)
    readings.connect(connection())
    assert readings.streams["imu"].breaks == []
    assert readings.came == 10


def test_before_the_first_reading_there_is_no_break():
    readings = StrapReadings()
    for since_ns in (1, 2, 3):
        readings.connect(connection(since_ns))
    assert readings.streams["imu"].breaks == []


def test_a_loss_that_the_device_tells_of_is_a_break():
    stream = gathered([(k, frozenset({Flag.TIME_GAP} if k == 60 else ()), True) for k in range(100)], clock=None)
    assert stream.breaks == [60]
    assert [gap.lost for gap in stream.aligned().gaps] == [None]
    assert stream.remarks == {Flag.TIME_GAP: 1}


@pytest.mark.parametrize("flag", Flag)
def test_what_a_device_remarks_is_counted(flag):
    stream = gathered([(k, frozenset({flag} if k % 4 == 0 else ()), True) for k in range(40)])
    assert stream.remarks[flag] == 10
    assert stream.clipped_readings().tolist() == (list(range(0, 40, 4)) if flag is Flag.CLIPPED else [])
