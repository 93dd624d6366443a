"""A track shows at each moment what was recorded, and what follows from it."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.errors import SettingsError
from imutrack.samples import Quantity, Recording, Samples, Sensor
from imutrack.simulation import STILL, Player, load_tracks, made_up, save_tracks, simulate, tracks_of
from imutrack.simulation.playing import plan_of
from imutrack.units import STANDARD_GRAVITY_MPS2
from simulation.bluetooth import need_dbus

T_S = np.arange(0.0, 10.0, 0.02)


def a_recording(**quantities):
    samples = {Quantity(name): Samples(T_S + 3.0, values, 50.0) for name, values in quantities.items()}
    return Recording((Sensor("wrist", samples),), "0" * 64)


def turning_about_z(rate_radps):
    angle = rate_radps * T_S / 2
    return np.stack([np.cos(angle), 0 * angle, 0 * angle, np.sin(angle)], axis=1)


def test_between_samples_the_readings_are_a_straight_line():
    (track,) = tracks_of(a_recording(acc=np.outer(T_S, [1.0, 2.0, 3.0]))).values()
    at = np.array([0.0, 0.013, 5.555])
    np.testing.assert_allclose(track.at(Quantity.ACC, at), np.outer(at, [1.0, 2.0, 3.0]), atol=1e-12)


def test_a_quaternion_between_samples_is_the_one_half_way_whatever_its_sign():
    quat = turning_about_z(1.0)
    quat[100:] *= -1.0  # the same orientations
    (track,) = tracks_of(a_recording(quat=quat)).values()
    at = (T_S[:-1] + T_S[1:]) / 2
    expected = np.stack([np.cos(at / 2), 0 * at, 0 * at, np.sin(at / 2)], axis=1)
    np.testing.assert_allclose(track.at(Quantity.QUAT, at), expected, atol=1e-12)


def test_missing_readings_are_bridged():
    acc = np.outer(T_S, [1.0, 1.0, 1.0])
    acc[100:120] = np.nan
    (track,) = tracks_of(a_recording(acc=acc)).values()
    np.testing.assert_allclose(track.at(Quantity.ACC, T_S), np.outer(T_S, [1.0, 1.0, 1.0]), atol=1e-12)


def test_the_field_turns_with_the_sensor_and_gravity_goes_out_of_what_is_free_of_it():
    quat = turning_about_z(0.5)
    still = np.tile([0.0, 0.0, STANDARD_GRAVITY_MPS2], (len(T_S), 1))
    (track,) = tracks_of(a_recording(quat=quat, acc=still)).values()
    able = track.able([Quantity.MAG, Quantity.MAG_AU, Quantity.FREE_ACC], "a device")
    mag, au = (able.at(quantity, T_S) for quantity in (Quantity.MAG, Quantity.MAG_AU))
    np.testing.assert_allclose(np.linalg.norm(au, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(mag[:, 2], -44.0, atol=1e-9)
    heading = np.unwrap(np.arctan2(mag[:, 1], mag[:, 0]))
    np.testing.assert_allclose(heading - heading[0], -0.5 * T_S, atol=1e-9)
    np.testing.assert_allclose(able.at(Quantity.FREE_ACC, T_S), 0.0, atol=1e-9)


def test_orientation_follows_from_acceleration_and_turning():
    recording = made_up("long_arc_knee_extension")
    (track,) = tracks_of(recording).values()
    quat = track.able([Quantity.QUAT], "a device").at(Quantity.QUAT, np.linspace(0, track.duration_s, 50))
    np.testing.assert_allclose(np.linalg.norm(quat, axis=1), 1.0, atol=1e-12)


def test_what_does_not_follow_is_refused_by_name():
    (track,) = tracks_of(a_recording(acc=np.ones((len(T_S), 3)))).values()
    with pytest.raises(SettingsError, match="wrist holds acc, but a device sends gyr"):
        track.able([Quantity.GYR], "a device")


@given(st.floats(0.1, 10.0), st.floats(0.0, 1e5))
def test_a_loop_begins_anew_and_once_stays_at_the_end_without_turning(speed, host_s):
    turning = a_recording(gyr=np.ones((len(T_S), 3)))
    (track,) = tracks_of(turning).values()
    at = np.array([host_s])
    (looped,), _ = Player(speed, 0.0, loop=True).position_s(track, at)
    assert 0.0 <= looped < track.duration_s
    once = Player(speed, 0.0, loop=False)
    expected = 1.0 if host_s * speed <= track.duration_s else 0.0
    assert once.values(track, [Quantity.GYR], at)[Quantity.GYR].tolist() == [[expected] * 3]


def test_a_player_that_waits_shows_the_first_moment_at_rest():
    (track,) = tracks_of(a_recording(gyr=np.ones((len(T_S), 3)), acc=np.outer(T_S + 1, [1, 1, 1]))).values()
    values = Player(1.0, None, loop=True).values(track, [Quantity.GYR, Quantity.ACC], np.array([5.0, 6.0]))
    assert values[Quantity.GYR].tolist() == [[0.0] * 3] * 2
    assert values[Quantity.ACC].tolist() == [[1.0] * 3] * 2


def test_tracks_are_the_same_after_they_were_written_and_read(tmp_path):
    (track,) = tracks_of(made_up("long_arc_knee_extension")).values()
    save_tracks({"a/1": track, "lies": STILL}, tmp_path / "tracks.npz")
    found = load_tracks(tmp_path / "tracks.npz")
    assert set(found) == {"a/1", "lies"}
    assert (found["a/1"].label, found["a/1"].duration_s) == (track.label, track.duration_s)
    for quantity, values in track.values.items():
        np.testing.assert_array_equal(found["a/1"].values[quantity], values)
        np.testing.assert_array_equal(found["a/1"].times_s[quantity], track.times_s[quantity])


def test_each_sensor_becomes_a_strap_and_labels_must_fit():
    recording = made_up("long_arc_knee_extension")
    plan, tracks = plan_of([recording, recording], "heart-rate", still=1)
    assert [strap.label for strap in plan.straps] == list(tracks) == ["1", "2", "3"]
    assert tracks["3"] is STILL
    with pytest.raises(SettingsError, match="1 sensors to simulate, but 2 labels"):
        plan_of([recording], labels=["a", "b"])
    with pytest.raises(SettingsError, match="no wearable 'abacus'"):
        plan_of([recording], "abacus")
    with pytest.raises(SettingsError, match="no synthetic set of 'juggling'"):
        made_up("juggling")


def test_a_person_is_told_which_straps_there_are_and_how_to_see_them():
    need_dbus()
    plan, tracks = plan_of([made_up("long_arc_knee_extension")], labels=["left_shank"], still=0)
    said: list[str] = []

    async def run():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await simulate(plan, tracks, said.append)

    asyncio.run(run())
    assert said[0] == "1 simulated strap; nobody wears them:"
    assert "left_shank: Movella (Xsens) DOT, Xsens Dot 0001" in said[1]
    assert any("DBUS_SYSTEM_BUS_ADDRESS=unix:path=" in line for line in said)
