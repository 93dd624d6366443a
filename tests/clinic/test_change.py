import math
import subprocess
import sys
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from imutrack.clinic.change import (
    MEASURES,
    Change,
    ChangeParams,
    MilestoneKind,
    Occasion,
    Verdict,
    changes,
    latest,
    milestones,
    milestones_among,
    sentence,
)
from imutrack.clinic.change.measures import MDC_SEMS
from imutrack.clinic.change.plan import enough_for_none, plan
from imutrack.clinic.change.quantile import t95
from imutrack.clinic.change.robust import RunningSpread, level
from imutrack.errors import SettingsError

DAY = date(2026, 3, 2)
ROM, SWAY, RISES, WALK = (MEASURES[name] for name in ("rom", "sway", "rises_30s", "up_and_go"))
REAL = (Verdict.MORE, Verdict.LESS)
SWAPPED = {Verdict.MORE: Verdict.LESS, Verdict.LESS: Verdict.MORE}
NOISE = (0.4, -1.1, 0.2, 1.3, -0.6, -0.2, 0.9, -1.4, 0.3, 0.7, -0.8, 0.1, 1.0, -0.5, -0.3, 0.6)

any_course = st.lists(st.integers(100, 1500).map(lambda tenth: tenth / 10.0), max_size=30)
any_measure = st.sampled_from(sorted(MEASURES.values(), key=lambda measure: measure.id))


def course(values, error=None, count=3):
    return [Occasion(DAY + timedelta(days=2 * at), value, error, count) for at, value in enumerate(values)]


def verdicts(values, measure=ROM, **kind):
    return [change.verdict for change in changes(course(values, **kind), measure)]


def close(one, other):
    return one == other or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9))


# what is said


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_values_that_never_differ_are_no_real_change_however_many(measure):
    said = verdicts([40.0] * 60, measure)
    assert set(said[:4]) == {Verdict.TOO_EARLY}
    assert set(said[4:]) == {Verdict.NO_REAL_CHANGE}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_a_clear_step_is_more_upwards_and_less_downwards(measure):
    low = [20.0 + 0.5 * noise for noise in NOISE[:8]]
    high = [40.0 + 0.5 * noise for noise in NOISE[:8]]
    assert latest(course(low + high), measure).verdict is Verdict.MORE
    assert latest(course(high + low), measure).verdict is Verdict.LESS


def test_a_steady_rise_is_more_though_neighbours_hardly_differ():
    assert verdicts([60.0 + 1.5 * at + noise for at, noise in enumerate(NOISE)])[-1] is Verdict.MORE


def test_one_value_or_one_day_is_never_enough():
    assert verdicts([50.0, 90.0, 90.0])[-1] is Verdict.TOO_EARLY
    assert latest(course([0.05]), SWAY) == Change(day=DAY, verdict=Verdict.TOO_EARLY, wait=4)


def test_nothing_seen_gives_nothing_said():
    assert changes([], ROM) == ()
    assert latest([], ROM) is None


def test_single_balance_trials_never_count():
    single = [Occasion(DAY + timedelta(days=at), 0.05 * 2.0 ** (at // 5), None, 1) for at in range(20)]
    assert {change.verdict for change in changes(single, SWAY)} == {Verdict.TOO_EARLY}


def test_a_day_with_too_few_trials_changes_nothing_that_was_said():
    whole = course([0.05 * 1.1**noise for noise in NOISE])
    short = Occasion(whole[-1].day + timedelta(days=1), 0.5, None, 2)
    before, after = changes([*whole, short], SWAY)[-2:]
    assert after == replace(before, day=short.day)


def test_one_bad_day_among_the_last_is_no_change():
    values = [80.0 + 2.0 * noise for noise in NOISE]
    assert verdicts([*values, 55.0])[-1] is Verdict.NO_REAL_CHANGE
    assert verdicts([*values, 55.0, 81.0, 79.0])[-1] is Verdict.NO_REAL_CHANGE


def test_a_restless_patient_needs_a_larger_difference_than_a_steady_one():
    steady, restless = (latest(course([80.0 + sd * noise for noise in NOISE]), ROM) for sd in (1.0, 8.0))
    assert steady.needed < restless.needed
    assert steady.mdc < restless.mdc


def test_no_spread_is_taken_to_be_below_the_error_of_the_device():
    change = latest(course([80.0] * 30, error=19.6), ROM)
    assert change.mdc == pytest.approx(MDC_SEMS * 10.0)


def test_the_blocks_never_overlap_and_stay_small():
    found = changes(course([80.0 + noise for noise in NOISE * 4]), ROM)
    assert all(change.n_baseline + change.n_now <= at for at, change in enumerate(found, 1))
    assert max(change.n_now for change in found) == ChangeParams().most


def test_no_real_change_is_said_only_where_the_mdc_would_have_been_seen():
    found = changes(course([80.0 + 3.0 * noise for noise in NOISE]), ROM)
    assert all(change.needed <= change.mdc for change in found if change.verdict is Verdict.NO_REAL_CHANGE)


def test_more_sessions_need_a_smaller_difference():
    needed = [plan(ChangeParams(), occasions).needed_sems for occasions in range(4, 61)]
    assert needed == sorted(needed, reverse=True)
    assert enough_for_none(ChangeParams()) == 5


def test_the_wait_counts_down_to_the_first_no_real_change():
    waits = [change.wait for change in changes(course([80.0] * 7), ROM)]
    assert waits == [4, 3, 2, 1, 0, 0, 0]


def test_the_numbers_of_a_ratio_are_in_per_cent():
    change = latest(course([10.0] * 8 + [20.0] * 8), WALK)
    assert change.difference == pytest.approx(100.0)
    assert change.baseline == pytest.approx(10.0)
    assert change.now == pytest.approx(20.0)
    back = latest(course([20.0] * 8 + [10.0] * 8), WALK)
    assert back.difference == pytest.approx(-50.0)
    assert 1.0 - back.needed / 100.0 == pytest.approx(1.0 / (1.0 + change.needed / 100.0))


# properties


@given(any_course, any_measure, st.integers(0, 30))
def test_what_was_said_does_not_change_with_what_comes_later(values, measure, cut):
    whole = course(values, error=2.0)
    assert changes(whole, measure)[:cut] == changes(whole[:cut], measure)


@given(any_course, any_measure)
def test_the_last_verdict_alone_is_the_last_of_all(values, measure):
    found = changes(course(values), measure)
    assert len(found) == len(values)
    assert latest(course(values), measure) == (found[-1] if found else None)


@given(any_course, any_measure)
def test_a_verdict_is_given_exactly_where_the_difference_exceeds_what_is_needed(values, measure):
    for change in changes(course(values), measure):
        if change.difference is None:
            assert change.verdict is Verdict.TOO_EARLY
        else:
            assert (change.verdict in REAL) is (abs(change.difference) > change.needed)
            assert change.baseline_low < change.baseline < change.baseline_high


@given(any_course, st.integers(-500, 500))
def test_adding_a_constant_changes_no_verdict(values, shift):
    for one, other in zip(
        changes(course(values), ROM), changes(course([value + shift for value in values]), ROM), strict=True
    ):
        assert one.verdict is other.verdict or math.isclose(abs(one.difference), one.needed)
        assert close(one.mdc, other.mdc)


@given(any_course, st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_scaling_changes_no_verdict_of_a_ratio(values, factor):
    for one, other in zip(
        changes(course(values), SWAY), changes(course([factor * value for value in values]), SWAY), strict=True
    ):
        assert one.verdict is other.verdict or math.isclose(abs(one.difference), one.needed)
        assert close(one.mdc, other.mdc)


@given(any_course, any_measure)
def test_the_other_way_round_more_is_less(values, measure):
    mirrored = [1.0 / value if measure.scale == "log" else -value for value in values]
    for one, other in zip(changes(course(values), measure), changes(course(mirrored), measure), strict=True):
        assert SWAPPED.get(one.verdict, one.verdict) is other.verdict or math.isclose(abs(one.difference), one.needed)


# what is refused


def test_occasions_out_of_order_are_refused():
    with pytest.raises(SettingsError, match="2026-03-02 follows 2026-03-04"):
        changes(reversed(course([80.0, 81.0])), ROM)


def test_two_sessions_of_one_day_are_two_occasions():
    assert latest([Occasion(DAY, 80.0)] * 5, ROM).verdict is Verdict.NO_REAL_CHANGE


@pytest.mark.parametrize(("measure", "value"), [(ROM, math.nan), (ROM, math.inf), (SWAY, 0.0), (WALK, -1.0)])
def test_a_value_that_cannot_be_one_is_refused(measure, value):
    with pytest.raises(SettingsError, match=rf"on 2026-03-02 is no value of {measure.id}"):
        latest(course([value]), measure)


@pytest.mark.parametrize("error", [math.nan, -1.0])
def test_an_error_that_cannot_be_one_is_refused(error):
    with pytest.raises(SettingsError, match="is no error of rom"):
        latest(course([80.0], error=error), ROM)


# parts


@pytest.mark.parametrize("df", [3.0, 4.5, 5.0, 6.0, 10.0, 25.3, 200.0])
def test_the_quantile_is_that_of_student(df):
    assert t95(df) == pytest.approx(stats.t.ppf(0.975, df), rel=1.3e-3 if df < 5.0 else 2e-4)


def test_the_spread_of_independent_values_is_their_standard_deviation():
    values = stats.norm.rvs(size=4000, random_state=5)
    spread = RunningSpread(step_limit=100.0)
    for value in values:
        spread.add(float(value))
    assert spread.variance() == pytest.approx(values.var(), rel=0.1)


def test_a_steady_rise_is_no_spread():
    spread = RunningSpread(step_limit=2.5)
    for at in range(10):
        spread.add(3.0 * at)
    assert spread.variance() == pytest.approx(0.0, abs=1e-12)


def test_limited_squares_are_those_of_the_values_pulled_in():
    """Written out for one run of differences: the quick form and the plain one agree."""
    values = [0.0, 1.0, -1.0, 2.0, 0.5, 30.0, 0.0, 1.5, -0.5, 1.0]
    spread = RunningSpread(step_limit=2.0)
    for value in values:
        spread.add(value)
    squares = freedom = 0.0
    for lag in (1, 2):
        steps = sorted(later - earlier for earlier, later in zip(values, values[lag:], strict=False))
        count, middle = len(steps), (steps[(len(steps) - 1) // 2] + steps[len(steps) // 2]) / 2.0
        reach = 2.0 * (steps[-1 - count // 4] - steps[count // 4]) / 1.349
        pulled = [min(max(step, middle - reach), middle + reach) for step in steps]
        mean = sum(pulled) / count
        squares += sum((step - mean) ** 2 for step in pulled)
        freedom += count - lag / count
    assert spread.variance() == pytest.approx(squares / (2.0 * freedom))


def test_a_level_is_the_mean_where_nothing_lies_far_out():
    assert level([79.0, 80.0, 82.0, 81.0], spread=3.0, limit=1.5) == pytest.approx(80.5)


def test_no_value_pulls_a_level_harder_than_the_limit():
    assert level([80.0, 80.0, 80.0, 0.0], spread=2.0, limit=1.5) > 80.0 - 3.0 * 1.5 / 2.0


def test_the_published_spread_is_the_sem_behind_the_mdc():
    assert ROM.prior_sem == pytest.approx(10.0 / 1.96 / math.sqrt(2.0))
    assert math.exp(SWAY.floor_sem * MDC_SEMS) == pytest.approx(1.25)
    assert all(measure.source for measure in MEASURES.values())


def test_no_heavy_library_is_needed_to_compare():
    program = (
        "import sys, imutrack.clinic.change\n"
        "print([name for name in ('numpy', 'scipy', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# milestones


def test_each_milestone_lies_beyond_the_one_before_by_more_than_the_mdc():
    values = [60.0 + 2.0 * at + noise for at, noise in enumerate(NOISE * 2)]
    found = [item for item in milestones(course(values), ROM) if item.kind is MilestoneKind.LEVEL]
    mdc = {change.day: change.mdc for change in changes(course(values), ROM)}
    assert len(found) > 1
    assert all(item.value - item.before > mdc[item.day] for item in found)
    assert all(later.before == earlier.value for earlier, later in pairwise(found))


def test_a_lucky_day_is_no_milestone():
    assert milestones(course([80.0 + 2.0 * noise for noise in NOISE] + [120.0]), ROM) == ()


def test_less_range_is_no_milestone_but_less_time_is():
    falling = [20.0] * 8 + [10.0] * 8
    assert milestones(course(falling), ROM) == ()
    found = milestones(course(falling), WALK)
    assert {item.kind for item in found} == {MilestoneKind.LEVEL}
    assert all(item.value < item.before for item in found)


def test_sway_has_no_milestones_unless_a_direction_is_given():
    falling = course([0.2] * 8 + [0.05] * 8)
    assert milestones(falling, SWAY) == ()
    assert milestones(falling, SWAY, toward=-1)


def test_a_target_is_reached_once_and_by_more_than_a_value_that_touches_it():
    close_to = course([60.0] * 8 + [90.0] * 8)
    assert MilestoneKind.TARGET not in {item.kind for item in milestones(close_to, ROM, target=90.0)}
    [reached] = [item for item in milestones(close_to, ROM, target=80.0) if item.kind is MilestoneKind.TARGET]
    assert reached.before == 80.0
    assert reached.value >= 80.0


def test_milestones_among_verdicts_are_those_of_the_occasions():
    occasions = course([60.0 + 2.0 * at for at in range(20)])
    assert milestones_among(changes(occasions, ROM), ROM, target=80.0) == milestones(occasions, ROM, target=80.0)


# words


def test_the_sentences():
    rising = latest(course([85.0] * 8 + [97.0] * 8), ROM)
    assert sentence(rising, ROM) == (
        "more range: 85 to 97 deg; smaller differences than 4 deg cannot be told from none"
    )
    slower = latest(course([10.0] * 8 + [20.0] * 8), WALK)
    assert sentence(slower, WALK).startswith("takes longer: 10.0 to 20.0 s; smaller differences than ")
    assert sentence(slower, WALK).endswith(" % cannot be told from none")
    quieter = latest(course([0.2] * 8 + [0.1] * 8), SWAY)
    assert sentence(quieter, SWAY).startswith("less sway by 50 %; smaller differences than ")


def test_no_real_change_is_held_where_the_goal_is_to_maintain():
    same = latest(course([85.0] * 16), ROM)
    assert sentence(same, ROM).startswith("no real change: 85 and 85 deg; smaller differences than ")
    assert sentence(same, ROM, goal="maintain").startswith("held: 85 and 85 deg")
    assert sentence(latest(course([0.1] * 16), SWAY), SWAY).startswith("no real change; smaller differences than ")


def test_too_early_says_how_many_more():
    assert sentence(latest(course([85.0] * 3), ROM), ROM) == "too early: 2 more sessions"
    assert sentence(latest(course([0.1] * 4), SWAY), SWAY) == "too early: 1 more day with three trials"
    assert sentence(latest(course([0.1]), SWAY), SWAY) == "too early: 4 more days with three trials each"


@given(any_course, any_measure)
def test_a_sentence_never_contradicts_itself(values, measure):
    """What is shown as real is no smaller than what is said to be needed, and what is not is smaller."""
    for change in changes(course(values), measure):
        text = sentence(change, measure)
        if change.verdict is Verdict.TOO_EARLY:
            continue
        needed = float(text.split("smaller differences than ")[1].split()[0])
        if measure.scale == "log":
            shown = abs(round(change.difference))
        else:
            shown = abs(round(change.now, measure.digits) - round(change.baseline, measure.digits))
        assert (shown > needed - 1e-6) if change.verdict in REAL else (shown < needed), text


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_the_words_judge_nobody(measure):
    said = " ".join(str(getattr(measure, field.name)) for field in fields(measure) if field.name != "source")
    assert not {"better", "worse", "improved", "normal", "abnormal", "risk"} & set(said.lower().split())
