"""Movement as it comes: closed forms."""

import numpy as np
import pytest

from collector.moving import Strap, blocks_of, follow
from imutrack.collector.sessions.movement import Block, Movement

S = 1_000_000_000
RATE_HZ = 60


def raising(t_s, begin_s, reps, rep_s, rom_deg):
    """Angle of a limb that goes out and back, rad."""
    on = (t_s >= begin_s) & (t_s < begin_s + reps * rep_s)
    return np.where(on, 0.5 * (1 - np.cos(2 * np.pi * (t_s - begin_s) / rep_s)) * np.deg2rad(rom_deg), 0.0)


def readings(angle, noise=0.03, bias=(0.0, 0.0, 0.0)):
    chance = np.random.default_rng(3).normal(size=(2, len(angle), 3))
    acc = 9.81 * np.column_stack([np.cos(angle), np.sin(angle), 0 * angle]) + noise * chance[0]
    gyr = np.column_stack([0 * angle, 0 * angle, np.gradient(angle, 1 / RATE_HZ)]) + 0.01 * chance[1] + np.array(bias)
    return acc, gyr


@pytest.mark.parametrize("with_gyr", [True, False])
@pytest.mark.parametrize("block_s", [0.25, 0.5])
def test_it_says_when_a_movement_began_and_ceased(with_gyr, block_s):
    t_s = np.arange(30 * RATE_HZ) / RATE_HZ
    acc, gyr = readings(raising(t_s, 10.0, 3, 3.0, 60.0))
    last = follow(acc, gyr if with_gyr else None, RATE_HZ, block_s)[-1]
    assert not last.moving
    assert last.began_ns == pytest.approx(10 * S, abs=0.6 * S)  # a raised cosine begins slowly
    assert last.rest_since_ns == pytest.approx(19 * S, abs=0.6 * S)
    assert last.rested_ns == last.at_ns == 30 * S


@pytest.mark.parametrize("with_gyr", [True, False])
def test_a_slow_small_movement_after_surgery_is_movement(with_gyr):
    t_s = np.arange(30 * RATE_HZ) / RATE_HZ
    acc, gyr = readings(raising(t_s, 10.0, 1, 8.0, 20.0))
    assert any(motion.moving for motion in follow(acc, gyr if with_gyr else None, RATE_HZ, 0.5))


def test_a_still_strap_with_a_biased_gyroscope_and_noise_does_not_move():
    acc, gyr = readings(np.zeros(60 * RATE_HZ), noise=0.05, bias=(0.05, 0.0, 0.0))
    found = follow(acc, gyr, RATE_HZ, 0.5)
    assert not any(motion.moving for motion in found)
    assert found[-1].rest_since_ns == 0


def test_noise_of_a_slow_sensor_is_no_movement():
    acc = np.array([0.0, 0.0, 9.81]) + 0.05 * np.random.default_rng(5).normal(size=(600, 3))
    assert not any(motion.moving for motion in follow(acc, None, 10, 0.5))


def test_a_knock_neither_is_a_movement_nor_ends_a_rest():
    acc, gyr = readings(np.zeros(20 * RATE_HZ))
    acc[10 * RATE_HZ + 12 : 10 * RATE_HZ + 17] += 30.0  # from one cell into the next
    found = follow(acc, gyr, RATE_HZ, 0.25)
    assert max(motion.amount for motion in found) > 1.0
    assert not any(motion.moving for motion in found)
    assert found[-1].rest_since_ns == 0


def test_quick_repetitions_with_pauses_keep_ending_the_rest():
    t_s = np.arange(30 * RATE_HZ) / RATE_HZ
    angle = sum(raising(t_s, begin_s, 1, 0.6, 30.0) for begin_s in (5, 9, 13, 17, 21))
    acc, gyr = readings(angle)
    rests = [
        (m.rested_ns - m.rest_since_ns) / S for m in follow(acc, gyr, RATE_HZ, 0.25) if m.rest_since_ns is not None
    ]
    assert max(rests[: 20 * 4]) < 5.1


def test_turning_steadily_about_the_vertical_is_movement():
    acc, gyr = readings(np.zeros(20 * RATE_HZ))
    gyr[5 * RATE_HZ : 10 * RATE_HZ, 2] += 0.5
    found = follow(acc, gyr, RATE_HZ, 0.25)
    assert next(motion for motion in found if motion.moving).began_ns == pytest.approx(5 * S, abs=0.3 * S)


def test_the_rest_begins_anew_after_a_gap_since_nobody_saw_what_happened_in_it():
    acc, gyr = readings(np.zeros(20 * RATE_HZ))
    blocks = [b for b in blocks_of(acc, gyr, RATE_HZ, 0.5) if not 10 * S <= b.begin_ns < 12 * S]
    movement = Movement()
    assert [movement.take(block) for block in blocks][-1].rest_since_ns == 12 * S


def test_a_movement_during_which_the_readings_stop_is_over_when_they_come_back():
    t_s = np.arange(20 * RATE_HZ) / RATE_HZ
    acc, gyr = readings(raising(t_s, 5.0, 3, 3.0, 60.0))
    movement = Movement()
    found = [movement.take(b) for b in blocks_of(acc, gyr, RATE_HZ, 0.5) if not 8 * S <= b.begin_ns < 16 * S]
    assert found[15].moving
    assert not found[16].moving
    assert found[-1].rest_since_ns == 16 * S


def test_blocks_without_readings_or_from_before_say_nothing_new():
    acc, gyr = readings(np.zeros(5 * RATE_HZ))
    blocks = blocks_of(acc, gyr, RATE_HZ, 0.5)
    movement = Movement()
    last = [movement.take(block) for block in blocks][-1]
    assert movement.take(Block(5 * S, 6 * S, np.zeros((0, 3)))).at_ns == last.at_ns
    assert movement.take(Block(5 * S, 6 * S, np.full((30, 3), np.nan))).at_ns == last.at_ns
    assert movement.take(blocks[2]).at_ns == last.at_ns
    assert Movement().take(Block(0, S, np.zeros((0, 3)))).rest_since_ns is None


@pytest.mark.parametrize("turn", range(3))
def test_how_the_strap_is_turned_makes_no_difference(turn):
    t_s = np.arange(20 * RATE_HZ) / RATE_HZ
    acc, gyr = readings(raising(t_s, 5.0, 2, 3.0, 60.0))
    plain = follow(acc, gyr, RATE_HZ, 0.5)
    turned = follow(np.roll(acc, turn, axis=1), np.roll(gyr, turn, axis=1), RATE_HZ, 0.5)
    assert [m.began_ns for m in plain] == [m.began_ns for m in turned]
    assert np.allclose([m.amount for m in plain], [m.amount for m in turned])


def test_the_strap_of_the_tests_moves_and_rests_as_it_is_told():
    strap = Strap()
    strap.rest(5)
    strap.move(4)
    assert strap.motion.moving
    strap.rest(10)
    assert not strap.motion.moving
    assert strap.motion.rest_since_ns == pytest.approx(9 * S, abs=0.6 * S)
