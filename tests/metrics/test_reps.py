import numpy as np
import pytest

from imutrack.metrics.reps import RepParams, count_reps
from metrics.rep_cases import joined_in_time, lifts, noisy, one_way, recorded, still_signal
from turning_sensor import Z, turning

REP = (70.0, 1.2, 0.4)


@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 50.0, 100.0])
def test_ten_even_repetitions_are_ten_at_any_rate(rate_hz):
    counted = count_reps(lifts([REP] * 10, rate_hz=rate_hz))
    assert (counted.best, counted.low, counted.high, counted.sure) == (10, 10, 10, True)
    assert counted.confidence > 0.9


def test_each_repetition_begins_and_ends_at_rest_and_turns_where_the_limb_is_furthest():
    rate_hz, rest_s, rep_s = 50.0, 4.0, 2.8
    counted = count_reps(lifts([REP] * 6, rest_s=rest_s, pause_s=1.0, rate_hz=rate_hz))
    for number, span in enumerate(counted.spans):
        start_s = rest_s + number * (rep_s + 1.0)
        # an excursion is trimmed where it has covered 12 % of its height: a quarter of each way
        assert span.start / rate_hz == pytest.approx(start_s, abs=0.45)
        assert span.end / rate_hz == pytest.approx(start_s + rep_s, abs=0.45)
        assert span.turn / rate_hz == pytest.approx(start_s + rep_s / 2, abs=0.35)


def test_spans_are_in_order_and_do_not_overlap_and_make_the_number():
    counted = count_reps(recorded("spar_s05_ROW_L.csv.gz"))
    bounds = [bound for span in counted.spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(span.start <= span.turn < span.end for span in counted.spans)
    assert len(counted.spans) == counted.best


def test_a_slow_ninth_repetition_is_still_counted():
    assert count_reps(lifts([REP] * 8 + [(70.0, 2.4, 0.6), REP])).best == 10


def test_a_last_repetition_of_two_thirds_the_size_is_still_counted():
    assert count_reps(lifts([REP] * 9 + [(47.0, 1.2, 0.4)])).best == 10


def test_a_held_end_position_is_one_repetition():
    assert count_reps(lifts([(60.0, 1.0, 5.0)] * 5)).best == 5


def test_repetitions_of_nine_seconds_and_of_one_second_are_counted():
    assert count_reps(lifts([(60.0, 3.5, 2.0)] * 6)).best == 6
    assert count_reps(lifts([(60.0, 0.4, 0.1)] * 20, pause_s=0.1)).best == 20


def test_a_slow_a_fast_and_a_small_group_all_count():
    groups = ([(60.0, 1.5, 2.0)] * 10, [(60.0, 0.8, 0.2)] * 10, [(30.0, 1.5, 2.0)] * 10)
    assert count_reps(joined_in_time(*(lifts(group, rest_s=10.0) for group in groups))).best == 30


def test_a_few_of_each_tempo_without_a_rest_between_count_all():
    reps = [(60.0, 1.5, 2.0)] * 3 + [(60.0, 0.7, 0.2)] * 4 + [(30.0, 1.5, 2.0)] * 3
    assert count_reps(lifts(reps, pause_s=1.5)).best == 10


def test_turning_about_the_vertical_is_counted_by_the_gyroscope():
    assert count_reps(lifts([REP] * 8, axis=Z)).best == 8


def test_two_humps_per_repetition_are_one_repetition():
    up, dip = one_way(60.0, 0.8, 0.2, 50.0)[:50], one_way(-30.0, 0.5, 0.0, 50.0)
    rep = np.concatenate((up, 60.0 + dip, up[::-1], np.zeros(25)))
    angle = np.concatenate((np.zeros(200), np.tile(rep, 8), np.zeros(200)))
    assert count_reps(noisy(turning(angle, rate_hz=50.0))).best == 8


@pytest.mark.parametrize("reps", [2, 3])
@pytest.mark.parametrize("way_s", [2.5, 4.5])
def test_two_or_three_slow_repetitions_are_counted(reps, way_s):
    counted = count_reps(lifts([(50.0, way_s, 0.8)] * reps, pause_s=2.0))
    assert counted.best == reps
    assert counted.low <= reps <= counted.high


@pytest.mark.parametrize("way_s", [2.5, 4.5])
@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 100.0])
def test_one_slow_repetition_is_one_but_never_sure(way_s, rate_hz):
    counted = count_reps(lifts([(50.0, way_s, 0.8)], rate_hz=rate_hz))
    assert (counted.best, counted.sure) == (1, False)
    assert counted.low <= 1 <= counted.high


def test_single_repetitions_far_apart_are_one_set():
    assert count_reps(lifts([(50.0, 1.5, 0.5)] * 4, pause_s=15.0)).best == 4


def test_a_pause_inside_the_set_is_told():
    counted = count_reps(joined_in_time(lifts([REP] * 5, rest_s=2.0), still_signal(250), lifts([REP] * 5, rest_s=2.0)))
    assert counted.best == 10
    [(start, end)] = counted.rests
    assert (end - start) / 50.0 == pytest.approx(9.5, abs=1.5)


@pytest.mark.parametrize(
    ("name", "reps"),
    [
        ("spar_s01_ABD_L.csv.gz", 20),
        ("spar_s02_FEL_R.csv.gz", 20),
        ("spar_s03_ER_L.csv.gz", 20),
        ("spar_s05_ROW_L.csv.gz", 20),
    ],
)
def test_recorded_shoulder_exercises_are_counted(name, reps):
    counted = count_reps(recorded(name))
    assert counted.best == reps
    assert counted.low <= reps <= counted.high


def test_a_recording_that_ends_earlier_holds_fewer():
    signal = recorded("spar_s01_ABD_L.csv.gz")
    whole = count_reps(signal)
    part = count_reps(signal[: whole.spans[11].end])
    assert part.best == 12


def test_the_range_holds_the_number_and_sure_means_one_number():
    for name in ("spar_s04_IR_R.csv.gz", "spar_s06_TRAP_L.csv.gz", "spar_s01_PEN_R.csv.gz"):
        counted = count_reps(recorded(name))
        assert counted.low <= counted.best <= counted.high
        assert counted.sure == (counted.low == counted.high)
        assert 0.0 <= counted.confidence <= 1.0


def test_the_settings_are_those_stated():
    params = RepParams()
    assert params.min_rep_s < 0.5 < 9.0 < params.max_rep_s
    assert params.split_rest_s > 5.0
