"""Times with a closed form: what was stamped evenly and came on time comes back as it was."""

from dataclasses import replace

import numpy as np
import pytest

from alignment.link import BASE_NS, Clock, Link, send
from imutrack.alignment import Arrivals, align
from imutrack.errors import SignalError

DOT = Clock(1e-6, 32)
POLAR = Clock(1e-9, None, "last")
EARABLE = Clock(1e-6, None, "first")
MS = 1_000_000


def arrivals(host_ms, ticks=None, counts=None):
    host_ns = BASE_NS + np.rint(np.asarray(host_ms) * MS).astype(np.int64)
    counts = np.ones(len(host_ns), np.int64) if counts is None else np.asarray(counts)
    return Arrivals(host_ns, counts, None if ticks is None else np.asarray(ticks, np.int64))


def ms(aligned):
    return (aligned.t_ns - BASE_NS) / MS


def test_packets_on_time_keep_their_arrival():
    host_ms = 20.0 * np.arange(3000)
    aligned = align(arrivals(host_ms, host_ms * 1000), DOT, 50.0)
    np.testing.assert_allclose(ms(aligned), host_ms, atol=1e-6)  # 1 ns
    assert aligned.order.tolist() == list(range(3000))
    assert (aligned.lost, aligned.duplicates, aligned.reordered, aligned.restarts) == (0, 0, 0, 0)
    assert aligned.gaps == ()
    assert aligned.rate_hz == pytest.approx(50.0)
    assert aligned.drift_ppm == pytest.approx(0.0, abs=1e-6)
    assert aligned.residual_ms == pytest.approx(0.0, abs=1e-6)


def test_a_clock_that_runs_fast_is_known_as_fast():
    device_s = np.arange(6000) / 60.0
    aligned = align(arrivals(1e3 * device_s / (1 + 100e-6), np.rint(device_s * 1e6)), DOT, 60.0)
    assert aligned.drift_ppm == pytest.approx(100.0, abs=0.1)  # 1 us ticks
    assert aligned.rate_hz == pytest.approx(60.0 * (1 + 100e-6), rel=1e-6)


def test_late_packets_are_put_where_they_belong():
    due_ms = 20.0 * np.arange(1500)
    host_ms = due_ms + np.where(np.arange(1500) % 10, 15.0, 0.0)  # nine of ten are late
    aligned = align(arrivals(host_ms, due_ms * 1000), DOT, 50.0)
    np.testing.assert_allclose(ms(aligned), due_ms, atol=1e-6)


@pytest.mark.parametrize(("bits", "tick_s"), [(16, 1e-3), (24, 1 / 32768), (32, 1e-6)])
def test_a_wrap_is_unseen(bits, tick_s):
    link = Link(duration_s=200.0, rate_hz=50.0)
    far, near = (
        align(send(replace(link, first_tick=first), Clock(tick_s, bits), 7).arrivals, Clock(tick_s, bits), 50.0)
        for first in (0, (1 << bits) - round(30 / tick_s))
    )
    assert np.array_equal(far.t_ns, near.t_ns)
    assert near.lost == near.restarts == 0


def test_a_gap_longer_than_a_wrap_is_counted_by_the_counter():
    clock = Clock(1 / 32768, 24)  # wraps each 512 s
    due_s = np.concatenate([np.arange(500), np.arange(500) + 500 + 35_840]) / 51.2  # 700 s are missing
    aligned = align(arrivals(1e3 * due_s, np.rint(due_s * 32768) % (1 << 24)), clock, 51.2)
    assert (aligned.lost, aligned.restarts) == (35_840, 0)
    np.testing.assert_allclose(ms(aligned), 1e3 * due_s, atol=1e-3)
    (gap,) = aligned.gaps
    assert gap.duration_s == pytest.approx(35_841 / 51.2, abs=1e-6)
    assert gap.start_ns == aligned.t_ns[499]


def test_a_gap_is_listed_with_its_start_length_and_loss():
    due_ms = 20.0 * np.delete(np.arange(1000), [400, 401, 402])
    (gap,) = align(arrivals(due_ms, due_ms * 1000), DOT, 50.0).gaps
    assert (gap.start_ns - BASE_NS) / MS == pytest.approx(399 * 20.0)
    assert gap.duration_s == pytest.approx(0.080)
    assert (gap.lost, gap.restarted) == (3, False)


def test_a_device_that_restarts_begins_anew_where_the_host_saw_it():
    due_ms = np.concatenate([20.0 * np.arange(1000), 20.0 * np.arange(1000) + 20_000.0 + 3_000.0])
    ticks = 1000 * np.concatenate([50_000 + 20 * np.arange(1000), 20 * np.arange(1000)])
    aligned = align(arrivals(due_ms, ticks), DOT, 50.0)
    np.testing.assert_allclose(ms(aligned), due_ms, atol=1e-6)
    assert (aligned.restarts, aligned.lost) == (1, 150)  # 3 s by the host's clock
    assert [gap.restarted for gap in aligned.gaps] == [True]


def test_a_host_that_slept_for_six_seconds_lost_nothing():
    due_ms = 20.0 * np.arange(1500)
    host_ms = np.where((due_ms > 10_000) & (due_ms < 16_000), 16_000.0, due_ms)
    aligned = align(arrivals(host_ms, due_ms * 1000), DOT, 50.0)
    assert (aligned.lost, aligned.restarts, aligned.gaps) == (0, 0, ())
    np.testing.assert_allclose(ms(aligned), due_ms, atol=1e-6)


def test_duplicates_are_left_out_and_late_packets_sorted_in():
    ticks = 20_000 * np.array([0, 1, 1, 3, 2, 2, 4])
    aligned = align(arrivals(np.full(7, 80.0) + np.arange(7), ticks), DOT, 50.0)
    assert aligned.order.tolist() == [0, 1, 4, 3, 6]
    assert (aligned.duplicates, aligned.reordered, aligned.lost) == (2, 1, 0)


def test_the_last_sample_is_stamped_and_the_others_share_the_span():
    ends_ms = np.array([100.0, 196.0, 300.0, 600.0])  # 96 ms, 104 ms, then a packet of five is missing
    aligned = align(arrivals(ends_ms, ends_ms * MS, [5, 5, 5, 5]), POLAR, 50.0)
    first = 100.0 - 20.0 * np.arange(4, -1, -1)  # by the rate: nothing came before
    second = 196.0 - 19.2 * np.arange(4, -1, -1)
    third = 300.0 - 20.8 * np.arange(4, -1, -1)
    fourth = 600.0 - 20.0 * np.arange(4, -1, -1)
    np.testing.assert_allclose(ms(aligned), np.concatenate([first, second, third, fourth]), atol=1e-3)
    assert aligned.lost == 10
    assert [gap.lost for gap in aligned.gaps] == [10]


def test_packets_of_any_size_share_the_span_to_their_stamp():
    counts = np.array([36, 10, 58, 7, 36])
    ends_ms = 20.0 * (np.cumsum(counts) - 1)
    aligned = align(arrivals(ends_ms, ends_ms * MS, counts), POLAR, 50.0)
    np.testing.assert_allclose(ms(aligned), 20.0 * np.arange(counts.sum()), atol=1e-3)
    assert aligned.lost == 0


def test_the_first_sample_is_stamped_and_a_packet_leaves_after_its_last():
    starts_ms = 40.0 * np.arange(400)
    aligned = align(arrivals(starts_ms + 30.0, starts_ms * 1000, np.full(400, 4)), EARABLE, 100.0)
    np.testing.assert_allclose(ms(aligned), 10.0 * np.arange(1600), atol=1e-3)


def test_each_sample_of_a_packet_may_have_its_own_stamp():
    due_ms = 20.0 * np.arange(1600)
    aligned = align(arrivals(due_ms[7::8], due_ms * 1000, np.full(200, 8)), DOT, 50.0)
    np.testing.assert_allclose(ms(aligned), due_ms, atol=1e-6)


def test_without_a_clock_the_arrivals_give_rate_and_times_and_loss_is_unknown():
    due_ms = 1e3 * np.arange(3000) / 49.5
    host_ms = due_ms + np.where(np.arange(3000) % 5, 12.0, 0.0)
    aligned = align(arrivals(host_ms), None, 50.0)
    np.testing.assert_allclose(ms(aligned), due_ms, atol=0.01)
    assert aligned.rate_hz == pytest.approx(49.5, rel=1e-5)
    assert aligned.lost is None
    assert aligned.drift_ppm is None


def test_without_a_clock_a_silence_is_a_gap_of_unknown_loss():
    due_ms = 20.0 * np.concatenate([np.arange(1000), np.arange(1000) + 1200])
    aligned = align(arrivals(due_ms), None, 50.0)
    np.testing.assert_allclose(ms(aligned), due_ms, atol=0.01)
    (gap,) = aligned.gaps
    assert gap.lost is None
    assert gap.duration_s == pytest.approx(4.02)


def test_nothing_gives_nothing_and_its_loss_is_unknown():
    aligned = align(arrivals([], []), DOT, 60.0)
    assert len(aligned.t_ns) == len(aligned.order) == 0
    assert aligned.lost is None


def test_one_packet_came_when_it_came():
    aligned = align(arrivals([5.0], [77]), DOT, 60.0)
    assert ms(aligned).tolist() == [5.0]
    assert (aligned.lost, aligned.drift_ppm, aligned.rate_hz) == (0, None, pytest.approx(60.0))


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(SignalError, match="do not belong together"):
        arrivals([0.0, 1.0], [0, 1], [1])
    with pytest.raises(SignalError, match="backwards"):
        arrivals([1.0, 0.0], [0, 1])
    with pytest.raises(SignalError, match="without samples"):
        arrivals([0.0], [0], [0])
    with pytest.raises(SignalError, match="3 stamps for 2 packets"):
        arrivals([0.0, 1.0], [0, 1, 2])
    with pytest.raises(SignalError, match="the device stamps each: 8 were to come"):
        align(arrivals([0.0, 1.0], [0, 1], [4, 4]), DOT, 60.0)
