from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatment_effects import Angle, EffectParams, before_and_after
from imutrack.clinic.treatments import HANDS_ON, KINDS, Treatment, checked_treatment
from imutrack.errors import SettingsError

NOON = 1_773_316_800.0  # 12 March 2026, 12:00 UTC
HOUR, DAY = 3600.0, 86_400.0
TODAY = date(2026, 3, 12)
WAY = ("segment", "shank", "rom-1")


def treated(at=NOON, kind="massage", minutes=30, day=TODAY):
    return Treatment(at=at, day=day, kind=kind, minutes=minutes, site="", by="MB", licence="", text="")


def angle(at, value, error=1.5, *, exercise="heel_slide", side="left", way=WAY):
    return Angle(at=at, exercise=exercise, side=side, way=way, value_deg=value, error_deg=error)


def pain(at, value, when=None):
    return SelfReport(at=at, day=TODAY, pain=value, when=when)


def texts(angles=(), pains=(), treatments=None, **params):
    treatments = [treated()] if treatments is None else treatments
    found = before_and_after(treatments, angles, pains, EffectParams(**params))
    return [effect.text() for effect in found]


# What a treatment may be


def test_a_treatment_holds_what_was_typed():
    found = checked_treatment(
        at=5.0, day=TODAY, kind="Massage", minutes="30", by=" MB ", site="left calf", licence="PT 12", text="tight"
    )
    assert found == Treatment(
        at=5.0, day=TODAY, kind="massage", minutes=30, site="left calf", by="MB", licence="PT 12", text="tight"
    )


def test_a_kind_can_be_typed_by_its_id_or_its_words():
    for kind, words in KINDS.items():
        for typed in (kind, words, f" {kind.upper()} "):
            assert checked_treatment(at=0.0, day=TODAY, kind=typed, minutes=1, by="MB").kind == kind


def test_every_hands_on_kind_is_a_kind():
    assert set(KINDS) > HANDS_ON


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"kind": "masage"}, "no kind of treatment 'masage': did you mean massage"),
        ({"kind": "xyzzy"}, "use one of massage, manual, "),
        ({"minutes": 0}, "--minutes 0: a whole number from 1 to 480"),
        ({"minutes": "481"}, "--minutes 481: a whole number from 1 to 480"),
        ({"minutes": "half an hour"}, "a whole number from 1 to 480"),
        ({"by": "  "}, "--by is empty: give the initials"),
        ({"site": "x" * 61}, "--site has 61 characters: at most 60"),
        ({"text": "two\nlines"}, "--text has a line break"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(typed, message):
    with pytest.raises(SettingsError, match=message):
        checked_treatment(**{"at": 0.0, "day": TODAY, "kind": "massage", "minutes": 30, "by": "MB", **typed})


# Before and after


def test_a_small_difference_is_no_more_than_measurement_error():
    assert texts([angle(NOON - 2 * DAY, 85), angle(NOON + DAY, 88)]) == [
        "range of heel slide, left: 85 deg before (2 days), 88 deg after (1 day): no more than measurement error"
    ]


@pytest.mark.parametrize(("after", "beyond"), [(88.9, False), (89.0, True), (81.1, False), (81.0, True)])
def test_the_limit_is_that_of_a_difference_of_two_measurements(after, beyond):
    angles = [angle(NOON - DAY, 85, error=1.2), angle(NOON + DAY, after, error=1.6)]  # 1.96 * hypot(1.2, 1.6) = 3.92
    (effect,) = before_and_after([treated()], angles, ())
    assert effect.limit == pytest.approx(3.92)
    assert effect.beyond is beyond
    assert effect.text().endswith("more than measurement error" if beyond else "no more than measurement error")


def test_no_difference_is_never_beyond_an_error_however_small():
    (effect,) = before_and_after([treated()], [angle(NOON - DAY, 85, 0.0), angle(NOON + DAY, 85, 0.0)], ())
    assert effect.beyond is False


def test_an_unknown_error_gives_no_verdict():
    (effect,) = before_and_after([treated()], [angle(NOON - DAY, 85, None), angle(NOON + DAY, 120)], ())
    assert effect.beyond is None
    assert effect.text().endswith(": measurement error not known")


def test_the_last_before_and_the_first_after_count_also_on_the_same_day():
    angles = [angle(NOON + HOUR * at, value) for at, value in ((-30, 70), (-2, 80), (3, 90), (20, 100))]
    assert texts(angles) == [
        "range of heel slide, left: 80 deg before (2 hours), 90 deg after (3 hours): more than measurement error"
    ]


def test_what_is_measured_as_the_treatment_begins_is_after_it():
    (effect,) = before_and_after([treated()], [angle(NOON - 1, 80), angle(NOON, 81)], ())
    assert (effect.before, effect.after, effect.after_s) == (80, 81, 0.0)
    assert "(less than an hour)" in effect.text()


@pytest.mark.parametrize(
    "angles",
    [
        [],
        [angle(NOON - DAY, 80)],
        [angle(NOON + DAY, 80)],
        [angle(NOON - 7.1 * DAY, 80), angle(NOON + DAY, 90)],
        [angle(NOON - DAY, 80), angle(NOON + 7.1 * DAY, 90)],
        [angle(NOON - DAY, 80), angle(NOON + DAY, 90, way=("joint", "thigh+shank", "rom-1"))],
        [angle(NOON - DAY, 80), angle(NOON + DAY, 90, way=("segment", "shank", "rom-2"))],
        [angle(NOON - DAY, 80), angle(NOON + DAY, 90, side="right")],
        [angle(NOON - DAY, 80), angle(NOON + DAY, 90, side=None)],
        [angle(NOON - DAY, 80), angle(NOON + DAY, 90, exercise="squat")],
    ],
)
def test_without_a_like_value_near_enough_on_both_sides_there_is_nothing(angles):
    assert texts(angles) == []


def test_pain_is_compared_with_pain_of_the_same_time_within_two_days():
    pains = [
        pain(NOON - 3 * HOUR, 6),
        pain(NOON - 2 * HOUR, 7, When.WORST),
        pain(NOON + HOUR, 1, When.BEFORE),
        pain(NOON + 26 * HOUR, 4),
        pain(NOON + 27 * HOUR, 6, When.WORST),
    ]
    assert texts(pains=pains) == [
        "pain, no time said: 6 of 10 before (3 hours), 4 of 10 after (1 day): 2 points or more apart",
        "worst pain during the exercises: 7 of 10 before (2 hours), 6 of 10 after (1 day): less than 2 points apart",
    ]
    assert texts(pains=[pain(NOON - 49 * HOUR, 6), pain(NOON + HOUR, 1)]) == []
    assert texts(pains=[pain(NOON - HOUR, None), pain(NOON + HOUR, 1)]) == []
    assert texts(pains=[pain(NOON - HOUR, 0), pain(NOON + HOUR, 0)]) == [
        "pain, no time said: 0 of 10 before (1 hour), 0 of 10 after (1 hour): less than 2 points apart"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_only_hands_on_treatments_are_looked_around(kind):
    found = texts([angle(NOON - DAY, 85), angle(NOON + DAY, 88)], treatments=[treated(kind=kind)])
    assert len(found) == (kind in HANDS_ON)


def test_how_far_to_look_is_a_setting():
    angles = [angle(NOON - DAY, 85), angle(NOON + 3 * DAY, 88)]
    assert texts(angles, range_days=2) == []


def test_a_movement_is_named_as_people_name_it():
    for exercise, side, name in (("unspecified", None, "unnamed exercise"), ("squat", "both", "squat, both sides")):
        angles = [angle(NOON + at, 80, exercise=exercise, side=side) for at in (-HOUR, HOUR)]
        assert texts(angles)[0].startswith(f"range of {name}: ")


TIMES = st.integers(-10, 10).map(lambda number: NOON + number * DAY / 2)
ANGLES = st.lists(
    st.builds(angle, TIMES, st.integers(60, 100), st.none() | st.just(1.5), side=st.sampled_from(["left", None])),
    max_size=12,
)
PAINS = st.lists(st.builds(pain, TIMES, st.none() | st.integers(0, 10), st.none() | st.sampled_from(When)), max_size=12)
TREATMENTS = st.lists(
    st.builds(treated, TIMES, st.sampled_from(sorted(KINDS))), max_size=4, unique_by=lambda one: one.at
)


@given(TREATMENTS, ANGLES, PAINS, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_matter_and_no_cause_is_claimed(treatments, angles, pains, rng):
    angles = list({(one.at, one.side): one for one in angles}.values())
    found = before_and_after(treatments, angles, pains)
    shuffled = (rng.sample(entries, len(entries)) for entries in (treatments, angles, pains))
    assert before_and_after(*shuffled) == found
    for effect in found:
        assert effect.before_s > 0 <= effect.after_s
        assert max(effect.before_s, effect.after_s) <= (2 if effect.unit == "of 10" else 7) * DAY
        assert not any(word in effect.text() for word in ("improv", "because", "due to", "thanks", "better", "worse "))


# Minutes
