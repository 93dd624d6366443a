"""A set's `Recording`: angles hold at the real rate and over broken links, and what is unsure is said."""

import numpy as np
import pytest

from capture.capture_builders import SET
from imutrack.capture.assembling import assemble
from imutrack.capture.sets import CapturedSet, Connection, StrapOfSet
from imutrack.errors import RecordingError
from imutrack.flags import FlagCode, Quality
from imutrack.pipeline import analyse
from imutrack.samples import Quantity
from imutrack.wearables import WEARABLES, Packet

BEGIN_NS = 1_790_000_000_000_000_000
REPS, REP_S, STILL_S, ROM_DEG = 5, 3.0, 3.0, 70.0
SECONDS = 2 * STILL_S + REPS * REP_S


def limb(rate_hz, acc_top=np.inf):
    """Times, acceleration and turning of a limb that goes out and back."""
    t_s = np.arange(round(rate_hz * SECONDS)) / rate_hz
    moving = (t_s >= STILL_S) & (t_s < STILL_S + REPS * REP_S)
    angle = np.where(moving, 0.5 * (1 - np.cos(2 * np.pi * (t_s - STILL_S) / REP_S)) * np.deg2rad(ROM_DEG), 0.0)
    noise = np.random.default_rng(7).normal(size=(2, len(t_s), 3))
    acc = np.column_stack([9.81 * np.cos(angle), 9.81 * np.sin(angle), 0 * angle]) + 0.03 * noise[0]
    gyr = np.column_stack([0 * angle, 0 * angle, np.gradient(angle, 1 / rate_hz)]) + 0.005 * noise[1]
    return t_s, np.minimum(acc, acc_top), gyr


def sent(wearable, settings, real_hz, outage=None, device_s=lambda t_s: t_s):
    """A set of one strap and what it sent, up to 15 ms late; over an outage from and for s it connects anew."""
    kind = WEARABLES[wearable]
    profile = kind.profile(kind.set_up(settings), {})
    late_ns = np.random.default_rng(2).integers(0, 15_000_000, 10_000)
    connections = [Connection(BEGIN_NS - 1, wearable, settings, {})]
    came, last_ns, where = [], 0, ""
    for k, (t_s, acc, gyr) in enumerate(zip(*limb(real_hz), strict=True)):
        if outage and outage[0] <= t_s < sum(outage):
            continue
        at_ns = BEGIN_NS + round(1e9 * t_s)
        if outage and len(connections) == 1 and t_s >= sum(outage):
            connections.append(Connection(at_ns - 1, wearable, settings, {}))
        values = {Quantity.ACC: (tuple(acc),), Quantity.GYR: (tuple(gyr),), Quantity.MAG_AU: ((0.0, 0.0, 0.0),)}
        ((where, payload),) = profile.encode(Packet("imu", values, (round(1e6 * device_s(t_s)) % 2**32,)))
        last_ns = max(last_ns, at_ns + int(late_ns[k]))
        came.append((last_ns, payload))
    strap = StrapOfSet("3", "shank", "", tuple(connections))
    return CapturedSet(1, SET, BEGIN_NS - 1, last_ns + 1, (strap,)), {("3", where): came}


def analysed(*args, **more):
    recording = assemble(*sent(*args, **more))
    (result,) = analyse(recording, recording.tasks)
    return recording, result, {flag.code: dict(flag.values) for flag in result.flags}


def true_rom_deg(rate_hz=60):
    """As measured where nothing went wrong."""
    return analysed("movella-dot", {"rate_hz": rate_hz}, rate_hz)[1].rom_median_deg


@pytest.mark.parametrize(("set_hz", "real_hz"), [(50, 10), (50, 20), (50, 200), (10, 50)])
def test_a_wearable_without_a_clock_that_keeps_another_rate_gives_the_right_angle_and_says_so(set_hz, real_hz):
    _, result, flags = analysed("witmotion", {"rate_hz": set_hz}, real_hz)
    assert result.reps == REPS
    assert result.rom_median_deg == pytest.approx(true_rom_deg(), abs=1.5)
    assert result.duration_s == pytest.approx(SECONDS, abs=0.2)
    assert flags[FlagCode.RATE_UNEXPECTED] == {"rate_hz": pytest.approx(real_hz, rel=0.01), "set_hz": set_hz}
    assert result.quality is Quality.USABLE


def test_a_wearable_with_a_clock_that_keeps_another_rate_lost_nothing():
    recording, result, flags = analysed("movella-dot", {}, 30)
    assert recording.notes == ()
    assert result.missing_pct == pytest.approx(0.0, abs=0.1)
    assert flags[FlagCode.RATE_UNEXPECTED]["rate_hz"] == pytest.approx(30, rel=1e-3)


@pytest.mark.parametrize("wearable", ["witmotion", "movella-dot"])
def test_a_wearable_that_keeps_its_rate_is_not_flagged(wearable):
    _, result, flags = analysed(wearable, {}, 50 if wearable == "witmotion" else 60)
    assert flags.keys() <= {FlagCode.LOSS_UNKNOWN}
    assert result.quality is Quality.GOOD


@pytest.mark.parametrize("out_s", [0.3, 0.5, 0.9])
def test_a_broken_link_of_any_length_moves_no_reading_and_is_flagged(out_s):
    recording, _, flags = analysed("witmotion", {}, 50, outage=(9.0, out_s))
    (sensor,) = recording.sensors
    t_s, _, gyr = limb(50)
    kept = (t_s < 9.0) | (t_s >= 9.0 + out_s)
    np.testing.assert_allclose(sensor.samples[Quantity.GYR].t_s, t_s[kept], atol=0.01)
    assert flags[FlagCode.LINK_LOST]["lost_s"] == pytest.approx(out_s, abs=0.1)
    assert FlagCode.RATE_UNEXPECTED not in flags
    np.testing.assert_allclose(sensor.samples[Quantity.GYR].values, gyr[kept], atol=0.002)


@pytest.mark.parametrize("by_s", [-0.905, 1.0, 4.5])
def test_a_counter_that_steps_moves_no_reading_and_is_noted(by_s):
    recording, result, _ = analysed("movella-dot", {}, 60, device_s=lambda t_s: 100 + t_s + by_s * (t_s > 9.0))
    assert recording.notes == ("strap 3, imu: the sensor's clock began anew 1 times",)
    assert result.rom_median_deg == pytest.approx(true_rom_deg(), abs=0.5)
    assert result.duration_s == pytest.approx(SECONDS, abs=0.05)


def test_a_clock_that_does_not_fit_the_arrivals_is_flagged():
    _, result, flags = analysed("movella-dot", {}, 60, device_s=lambda t_s: 0.97 * t_s)
    assert FlagCode.CLOCK_UNSURE in flags
    assert result.quality is not Quality.GOOD


def test_what_a_device_says_is_clipped_is_flagged():
    found, arrivals = sent("witmotion", {}, 50)
    ((key, came),) = arrivals.items()
    clipped = [(at_ns, p[:8] + b"\xff\x7f" + p[10:] if 400 <= k < 402 else p) for k, (at_ns, p) in enumerate(came)]
    recording = assemble(found, {key: clipped})  # two readings: too few to be seen as a plateau
    (sensor,) = recording.sensors
    assert [(f.code, dict(f.values)) for f in sensor.flags if f.code is not FlagCode.LOSS_UNKNOWN] == [
        (FlagCode.GYRO_CLIPPED, {"share_pct": pytest.approx(100 * 2 / len(came))})
    ]
    assert recording.notes == ("strap 3, imu: 2 packets are at the end of the sensor's range",)


def test_where_nothing_came_the_link_is_to_be_looked_at():
    found, _ = sent("movella-dot", {}, 60)
    with pytest.raises(RecordingError, match="set 1: no strap sent readings: look at its link and try again"):
        assemble(found, {})


def test_where_nothing_could_be_decoded_that_is_said():
    found, arrivals = sent("movella-dot", {}, 60)
    short = {key: [(at_ns, payload[:20]) for at_ns, payload in came] for key, came in arrivals.items()}
    with pytest.raises(RecordingError, match=r"no strap sent readings: strap 3: 1260 notifications could not be dec"):
        assemble(found, short)


def test_where_the_wearable_is_not_known_that_is_said():
    found, arrivals = sent("movella-dot", {}, 60)
    (strap,) = found.straps
    unknown = StrapOfSet(strap.label, strap.placement, "", (Connection(BEGIN_NS - 1, "of-tomorrow", {}, {}),))
    with pytest.raises(RecordingError, match="of-tomorrow is not known to this version"):
        assemble(CapturedSet(1, SET, found.start_ns, found.stop_ns, (unknown,)), arrivals)


def test_where_the_mode_holds_no_reading_that_is_said():
    found, _ = sent("movella-dot", {}, 60)
    connections = (Connection(BEGIN_NS - 1, "movella-dot", {"mode": "delta"}, {}),)
    came = [(BEGIN_NS + 16_666_667 * k, (16_667 * k).to_bytes(4, "little") + bytes(36)) for k in range(100)]
    turned = CapturedSet(1, SET, found.start_ns, found.stop_ns, (StrapOfSet("3", "shank", "", connections),))
    with pytest.raises(RecordingError, match="strap 3: nothing that it sent can be used"):
        assemble(turned, {("3", "15172003-4947-11e9-8646-d663bd873d93"): came})
