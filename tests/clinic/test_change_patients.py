"""Verdicts on synthetic patients whose true change is known; the full figures are in docs/validation.md."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from imutrack.clinic.change import MEASURES, MilestoneKind, Occasion, Verdict, changes, latest, milestones
from imutrack.synthetic.courses import KINDS, CourseParams, Shape, course, draw_params

DAY = date(2026, 1, 5)
PATIENTS = 300
SEED = 5_550_123
SIGNS = {Verdict.MORE: 1, Verdict.LESS: -1}


def occasions(made):
    count = KINDS[made.params.kind].count
    return [
        Occasion(DAY + timedelta(days=day), value, made.params.error or None, count)
        for day, value in zip(made.days, made.values, strict=True)
    ]


def drawn(kind, change_mdcs, seed, lengths=(8, 60)):
    rng = np.random.default_rng([SEED, seed])
    return [course(draw_params(kind, rng, change_mdcs, lengths), rng) for _ in range(PATIENTS)]


def signs(courses):
    return [SIGNS.get(latest(occasions(made), MEASURES[made.params.kind]).verdict, 0) for made in courses]


def margin(share, count=PATIENTS):
    return 3.0 * math.sqrt(share * (1.0 - share) / count)  # three standard errors of a share of so many patients


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changed_is_called_a_change_in_at_most_5_pct(kind):
    said = signs(drawn(kind, (0.0, 0.0), 1))
    assert sum(sign != 0 for sign in said) / PATIENTS <= 0.05 + margin(0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_a_true_change_beyond_the_mdc_is_called_rightly_in_at_least_95_pct(kind):
    courses = drawn(kind, (1.0, 3.0), 2)
    right = sum(sign * made.params.change_mdcs > 0 for sign, made in zip(signs(courses), courses, strict=True))
    assert right / PATIENTS >= 0.95 - margin(0.95)


@pytest.mark.parametrize("kind", KINDS)
def test_a_true_change_beyond_the_mdc_is_never_called_the_opposite(kind):
    courses = drawn(kind, (1.0, 3.0), 3)
    assert not sum(sign * made.params.change_mdcs < 0 for sign, made in zip(signs(courses), courses, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_loss_follows_a_gain_in_what_is_said(kind):
    params = draw_params(kind, np.random.default_rng(SEED), (2.5, 2.5), (40, 40))
    params = replace(params, shape=Shape.STEP, turn=0.4, heavy=False, serial=0.0, bad_days=0.0)
    said = []
    for sign in (1.0, -1.0):
        made = course(replace(params, change_mdcs=sign * abs(params.change_mdcs)), np.random.default_rng(SEED))
        said.append(changes(occasions(made), MEASURES[kind])[-1].verdict)
    assert said == [Verdict.MORE, Verdict.LESS]


@pytest.mark.parametrize("kind", ["rom", "up_and_go"])
def test_milestones_are_hardly_ever_chance(kind):
    """Over 40 occasions on which nothing changes."""
    lucky = 0
    courses = drawn(kind, (0.0, 0.0), 4, (40, 40))[:150]
    for made in courses:
        reached = milestones(occasions(made), MEASURES[kind])
        lucky += any(item.kind is MilestoneKind.LEVEL for item in reached)
    assert lucky / len(courses) <= 0.05


# the courses themselves


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("occasions_made", [2, 3, 8, 40])
def test_the_true_change_is_the_one_asked_for(shape, kind, occasions_made):
    params = CourseParams(
        kind=kind, occasions=occasions_made, start=20.0, spread=0.1, error=1.0, change_mdcs=-1.5, shape=shape
    )
    made = course(params, np.random.default_rng(1))
    assert made.true_change() == pytest.approx(-1.5 * made.mdc)


def test_the_noise_has_the_spread_asked_for():
    rng = np.random.default_rng(SEED)
    for heavy, serial in ((False, 0.0), (True, 0.0), (False, 0.3)):
        params = CourseParams(
            kind="rom", occasions=4000, start=500.0, spread=4.0, error=4.0, heavy=heavy, serial=serial
        )
        made = course(params, rng)
        assert np.std(made.values) == pytest.approx(made.sem, rel=0.15 if heavy else 0.06)  # tails settle slowly


def test_neighbouring_days_are_alike_where_asked_for():
    params = CourseParams(kind="rom", occasions=8000, start=500.0, spread=4.0, serial=0.3)
    values = course(params, np.random.default_rng(SEED)).values
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.3, abs=0.04)


def test_the_same_seed_gives_the_same_course():
    made = [course(draw_params("sway", rng, (1.0, 2.0)), rng) for rng in map(np.random.default_rng, (7, 7))]
    assert made[0].values == made[1].values
    assert made[0].params == made[1].params


def test_rises_are_whole_and_nothing_is_negative():
    rng = np.random.default_rng(SEED)
    for made in (course(draw_params("rises_30s", rng, (0.0, 3.0)), rng) for _ in range(50)):
        assert all(value == round(value) and value >= 0.0 for value in made.values)


def test_one_occasion_is_no_course():
    with pytest.raises(ValueError, match="needs two occasions"):
        course(CourseParams(kind="rom", occasions=1, start=80.0, spread=2.0), np.random.default_rng(1))
