from random import Random

from hypothesis import given
from hypothesis import strategies as st

from imutrack.collector.links.backoff import BackoffParams, wait_s
from imutrack.sources.radio import Fault

PARAMS = BackoffParams()


class Highest(Random):
    def random(self):
        return 1.0


def test_the_longest_waits_double_from_a_tenth_of_a_second_to_half_a_minute():
    longest = [wait_s(n, Fault.TIMEOUT, Highest()) for n in range(1, 12)]
    assert longest == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


@given(st.integers(0, 10**9), st.sampled_from([each for each in Fault if each is not Fault.NO_SLOT]), st.integers())
def test_a_wait_lies_between_nothing_and_the_longest(failures, fault, seed):
    assert 0 <= wait_s(failures, fault, Random(seed)) <= PARAMS.longest_s  # noqa: S311


@given(st.integers(0, 10**9), st.integers())
def test_a_full_adapter_is_waited_for_four_to_five_seconds_each_time(failures, seed):
    assert 4.0 <= wait_s(failures, Fault.NO_SLOT, Random(seed)) <= 5.0  # noqa: S311


def test_waits_are_spread_evenly():
    chance = Random(1)  # noqa: S311
    waits = [wait_s(9, Fault.ABORTED, chance) for _ in range(4000)]
    assert abs(sum(waits) / len(waits) - 25.6 / 2) < 0.5  # the mean of an even spread, four standard errors
