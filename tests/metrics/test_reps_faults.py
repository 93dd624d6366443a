from dataclasses import replace

import numpy as np
import pytest

from imutrack.metrics.reps import RepSet, count_reps
from imutrack.words import REJECTIONS
from metrics.rep_cases import joined_in_time, lifts, noisy, recorded, still_signal, turned

REP = (70.0, 1.2, 0.4)


@pytest.mark.parametrize("gyr", [True, False])
@pytest.mark.parametrize("n", [0, 1, 2, 10, 49, 2000])
def test_where_nothing_moves_there_is_a_sure_nothing(n, gyr):
    assert count_reps(still_signal(n, gyr=gyr)) == RepSet()


def test_all_zeros_are_nothing():
    signal = still_signal(1000)
    assert count_reps(replace(signal, acc=np.zeros_like(signal.acc))) == RepSet()


def test_noise_alone_is_a_sure_nothing():
    assert count_reps(noisy(still_signal(4000))) == RepSet()


def test_less_than_a_second_is_nothing_counted():
    rng = np.random.default_rng(1)
    signal = still_signal(40)
    counted = count_reps(replace(signal, acc=signal.acc + rng.normal(0, 2, (40, 3))))
    assert counted.best == 0


@pytest.mark.parametrize("value", [40.0, 160.0])
def test_one_spike_is_nothing(value):
    signal = still_signal(1000)
    acc = signal.acc.copy()
    acc[500] = (value, 0.0, 0.0)
    assert count_reps(replace(signal, acc=acc)) == RepSet()


def test_spikes_inside_a_set_change_no_count():
    signal = lifts([REP] * 8)
    acc = signal.acc.copy()
    acc[[300, 555, 712, 901]] = (90.0, -60.0, 20.0)
    assert count_reps(replace(signal, acc=acc)).best == 8


def test_fidgeting_is_not_counted_and_not_called_a_sure_nothing():
    rng = np.random.default_rng(5)
    steps = np.repeat(rng.normal(0.0, 1.5, (30, 3)), 40, axis=0)
    signal = still_signal(len(steps))
    wander = np.stack([np.convolve(column, np.ones(25) / 25, "same") for column in steps.T], axis=1)
    counted = count_reps(replace(signal, acc=signal.acc + wander, gyr=np.gradient(wander, axis=0) * 5))
    assert counted.best == 0
    assert not counted.sure
    assert counted.low == 0 < counted.high


def test_a_repetition_hidden_by_a_gap_is_rejected_and_makes_the_count_unsure():
    signal = lifts([REP] * 8)
    at = count_reps(signal).spans[3].turn
    missing = signal.missing.copy()
    missing[at - 30 : at + 30] = True
    bridge = np.linspace(0.0, 1.0, 60)[:, None]
    acc, gyr = signal.acc.copy(), signal.gyr.copy()
    for values in (acc, gyr):
        values[at - 30 : at + 30] = values[at - 30] * (1 - bridge) + values[at + 30] * bridge
    counted = count_reps(replace(signal, acc=acc, gyr=gyr, missing=missing))
    assert counted.best == 7
    assert counted.low <= 8 <= counted.high
    assert not counted.sure
    assert not any(span.start < at + 30 and span.end > at - 30 for span in counted.spans)


def test_readings_missing_here_and_there_change_no_count():
    signal = lifts([REP] * 8)
    missing = signal.missing.copy()
    missing[::97] = True
    assert count_reps(replace(signal, missing=missing)).best == 8


def test_getting_into_and_out_of_position_is_not_counted():
    still = still_signal(100)
    entry = lifts([(25.0, 0.7, 0.0)], rest_s=0.5, axis=(0.0, 1.0, 0.0))
    counted = count_reps(joined_in_time(still, entry, still, lifts([REP] * 6, rest_s=2.0), entry, still))
    assert counted.best == 6


def test_every_rejection_has_its_words_and_lies_in_the_signal():
    signal = recorded("spar_s06_TRAP_L.csv.gz")
    tilted = turned(signal, (1.0, 0.0, 0.0), 0.5)
    for candidate in count_reps(joined_in_time(signal, still_signal(600), tilted)).rejected:
        assert candidate.reason in REJECTIONS
        assert 0 <= candidate.start <= candidate.turn <= candidate.end <= 2 * len(signal) + 600


def test_an_hour_of_sets_among_rest_is_counted_set_by_set():
    one = joined_in_time(lifts([REP] * 12, rate_hz=25.0), still_signal(25 * 240, rate_hz=25.0))
    counted = count_reps(joined_in_time(*[one] * 12))
    assert counted.best == 144


def test_ten_minutes_of_movement_without_a_rest_are_cut_into_pieces_and_counted():
    signal = lifts([REP] * 180, rate_hz=25.0)
    assert signal.duration_s > 590
    assert count_reps(signal).best == pytest.approx(180, abs=2)  # one at each cut may be lost
