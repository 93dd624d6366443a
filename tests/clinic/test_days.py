"""The roll-up: which days have a row, what is counted, and that it says the same whenever it is computed."""

import random
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.day_builders import (
    LENGTH,
    a_plan,
    a_report,
    a_set,
    a_treatment,
    a_trial,
    a_verdict,
    an_item,
    back_to,
    histories,
    of,
    on,
    row,
    rows,
    up_to,
    verdict_lists,
)
from imutrack.clinic.days import WINDOW_DAYS, DayParams, PatientDay, evidence
from imutrack.clinic.self_reports import When
from imutrack.stores.clinic_fields import DAY

TYPES = {"int": int, "float": float, "str": (str, date)}
some = settings(max_examples=60)


def dates(found):
    return [(day.local_date - on(0)[0]).days for day in found]


def test_a_row_has_every_field_of_the_day_with_its_type():
    full = of(a_plan(0, an_item(), review=on(9)[0]), a_set(1, rep_s=5.0, reps_in_range=5), a_report(1, 3))
    found = row(full, 1)
    for field in DAY:
        if field.name != "withdrawn":
            value = getattr(found, field.name)
            assert value is None or isinstance(value, TYPES[field.type]), field.name
            assert not isinstance(value, bool)
    assert {field.name for field in DAY} <= {field.name for field in fields(PatientDay)} | {"withdrawn"}


def test_every_day_since_the_registration_has_a_row_also_when_nothing_happened():
    assert dates(rows(of(registered=2), 5)) == [2, 3, 4, 5]
    assert row(of(registered=2), 5).level == 0


def test_what_was_recorded_before_the_registration_is_known_from_its_day():
    assert dates(rows(of(a_set(1), registered=3), 4)) == [1, 2, 3, 4]


def test_a_period_before_anything_is_known_and_one_that_ends_before_it_begins_have_no_rows():
    assert rows(of(registered=9), 5) == []
    assert rows(of(), 1, 2) == []


def test_paused_and_discharged_days_have_no_row_and_a_change_holds_from_its_date():
    statuses = ((2, "paused"), (4, "active"), (6, "discharged"))
    assert dates(rows(of(statuses=statuses), 9)) == [0, 1, 4, 5]


def test_of_two_statuses_of_one_day_the_later_entry_holds():
    assert dates(rows(of(statuses=((2, "paused"), (2, "active"))), 3)) == [0, 1, 2, 3]


def test_the_plan_of_the_day_names_version_therapist_and_days_to_review():
    history = of(a_plan(1, an_item(), review=on(5)[0]), a_plan(3, an_item(), number=2))
    assert [(day.plan_version, day.therapist, day.days_to_review) for day in rows(history, 3)] == [
        (None, None, None),
        (1, "MB", 4),
        (1, "MB", 3),
        (2, "MB", None),
    ]


def test_sets_and_trials_of_the_day_and_days_since_the_last_are_counted():
    found = rows(of(a_set(1), a_set(1), a_trial(1), a_report(2, 3)), 3)
    assert [day.sets for day in found] == [0, 3, 0, 0]
    assert [day.days_since_last for day in found] == [None, 0, 1, 2]


def test_unnamed_and_untrusted_sets_are_counted_for_seven_days():
    history = of(a_set(0, "unspecified"), a_trial(0, "unspecified"), a_set(0, reps=None, reps_low=4))
    assert [(day.unlabelled_sets_7d, day.untrusted_sets_7d) for day in rows(history, 7, 6)] == [(2, 1), (0, 0)]


def test_the_worst_pain_of_seven_days_counts_whatever_time_it_is_of_and_zero_is_a_pain():
    history = of(a_report(0, 6, When.BEFORE), a_report(3, 2), a_report(20, 0))
    assert [row(history, day).worst_pain_7d for day in (0, 6, 7, 9, 10, 20)] == [6, 6, 2, 2, None, 0]


def test_days_with_data_count_once_within_thirty_days():
    history = of(a_set(0), a_set(0), a_trial(1), a_report(2, 4), a_report(3, stop=True), a_treatment(4))
    assert [row(history, day).data_days_30d for day in (0, 4, 29, 30, 31, 32)] == [1, 3, 3, 2, 1, 0]


def test_what_makes_a_day_with_data_is_a_setting_and_withheld_results_never_do():
    history = of(a_set(0), a_set(1, quality="withheld"), a_trial(2, quality="withheld"), a_trial(3), a_report(4, 0))
    counts = {
        kinds: row(history, 5, params=DayParams(data_day=kinds)).data_days_30d
        for kinds in [("set",), ("trial",), ("pain",), ("set", "pain")]
    }
    assert counts == {("set",): 1, ("trial",): 1, ("pain",): 1, ("set", "pain"): 2}


def test_minutes_begin_anew_with_the_month():
    history = of(
        a_set(28, duration_s=90.0), a_trial(29), a_treatment(29, 15), a_treatment(30, 20, "call"), a_set(30)
    )  # 30 and 31 March, 1 April
    assert [(day.exercise_minutes_month, day.contact_minutes_month) for day in rows(history, 31, 28)] == [
        (1.5, 0),
        (2.0, 15),
        (1.0, 20),
        (1.0, 20),
    ]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2025, 12, 30), date(2026, 1, 2), 4),
        (date(2024, 2, 28), date(2024, 3, 1), 3),  # leap day
        (date(2025, 2, 28), date(2025, 3, 1), 2),
        (date(2026, 3, 28), date(2026, 3, 30), 3),  # clocks go forward in Europe
        (date(2026, 10, 24), date(2026, 10, 26), 3),  # and back
    ],
)
def test_year_ends_leap_days_and_clock_changes_are_days_like_any_other(first, last, days):
    shift = (first - on(0)[0]).days
    history = of(a_set(shift), a_plan(shift, an_item(sets=1)), registered=shift)
    found = rows(history, (last - on(0)[0]).days, shift)
    assert len(found) == days
    assert [day.days_since_last for day in found] == list(range(days))
    assert [day.sets_due_7d for day in found] == list(range(1, days + 1))
    same_month = [day.local_date.month == first.month for day in found]
    assert [day.exercise_minutes_month for day in found] == [1.0 if same else 0.0 for same in same_month]


def test_the_time_of_day_plays_no_part():
    late = [entry._replace(start=entry.start + 14 * 3600) for entry in (a_set(0), a_set(3))]
    early = [entry._replace(start=entry.start - 14 * 3600) for entry in late]
    assert rows(of(*late), 9) == rows(of(*early), 9)


def test_what_is_done_on_a_paused_day_counts_but_nothing_is_due_on_it():
    history = of(a_plan(0, an_item(sets=1)), a_set(0), a_set(2), statuses=((1, "paused"), (4, "active")))
    found = row(history, 4)
    assert (found.sets_7d, found.sets_due_7d, found.days_since_last) == (2, 2, 2)


def test_the_worst_verdict_in_force_is_named():
    verdicts = (
        a_verdict(1, "too early"),
        a_verdict(3, "more"),
        a_verdict(4, "no real change", label="squat, both sides"),
        a_verdict(6, "less"),
        a_verdict(8, "more"),
        a_verdict(2, "less", "sway", "eyes open"),
        a_verdict(5, "more", "sway", "eyes open"),
    )
    found = rows(of(), 8, verdicts=verdicts)
    assert [day.rom_worst_verdict for day in found] == [
        *(None, "too early", "too early", "more", "no real change", "no real change"),
        *("less", "less", "no real change"),
    ]
    assert [day.sway_worst_verdict for day in found] == [None, None, *["less sway"] * 3, *["more sway"] * 4]


def test_the_evidence_names_sets_pains_and_who_gave_the_minutes_and_when():
    sets = [a_set(3), a_set(3), a_set(1, quality="withheld"), a_trial(2)]
    pain, treatment = a_report(4, 2), a_treatment(4, 15, "call")
    found = evidence(of(*sets, pain, a_report(5, stop=True), treatment, a_treatment(9)), on(0)[0], on(5)[0])
    assert [(day.day, day.set_ids, day.pains) for day in found.days] == [
        (on(2)[0], (sets[3].set_id,), ()),
        (on(3)[0], (sets[0].set_id, sets[1].set_id), ()),
        (on(4)[0], (), (pain,)),
    ]
    assert found.minutes == (treatment,)
    assert found.contact_minutes == 15


@some
@given(histories(), st.integers(0, LENGTH))
def test_the_counts_are_those_of_their_evidence(history, days):
    for found in rows(history, days, days):
        behind = evidence(history, on(days - 29)[0], on(days)[0])
        month = evidence(history, found.local_date.replace(day=1), found.local_date)
        assert found.data_days_30d == len(behind.days)
        assert found.contact_minutes_month == month.contact_minutes


@some
@given(histories(), verdict_lists, st.integers(0, LENGTH))
def test_the_row_of_a_day_is_the_same_on_the_day_and_later(history, verdicts, days):
    on_the_day = tuple(verdict for verdict in verdicts if verdict.day <= on(days)[0])
    assert rows(up_to(history, days), days, 0, on_the_day) == rows(history, days, 0, verdicts)
    later = [day for day in rows(history, LENGTH, 0, verdicts) if day.local_date == on(days)[0]]
    assert rows(history, days, days, verdicts) == later


@settings(max_examples=150)
@given(histories(), verdict_lists, st.lists(st.integers(1, LENGTH), max_size=6))
def test_going_on_from_a_stored_row_equals_computing_in_one_go(history, verdicts, cuts):
    whole = rows(history, LENGTH, 0, verdicts)
    pieces: list[PatientDay] = []
    begins = [0, *sorted(set(cuts)), LENGTH + 1]
    for first, following in pairwise(begins):
        before = pieces[-1] if pieces else None
        known_since = first - WINDOW_DAYS
        if before:
            known_since = min(known_since, (before.local_date - on(0)[0]).days + 1)
        part = back_to(history, known_since) if before else history
        pieces += rows(part, following - 1, first, verdicts, before=before)
    assert pieces == whole


@some
@given(histories(), verdict_lists, st.randoms(use_true_random=False))
def test_entries_of_the_same_moment_may_come_in_any_order(history, verdicts, chance: random.Random):
    def mixed(entries: tuple) -> tuple:
        return tuple(chance.sample(entries, len(entries)))

    other = replace(
        history,
        sets=mixed(history.sets),
        trials=mixed(history.trials),
        reports=mixed(history.reports),
        treatments=mixed(history.treatments),
        plans=mixed(history.plans),
    )
    assert rows(other, LENGTH, 0, mixed(verdicts)) == rows(history, LENGTH, 0, verdicts)


@some
@given(histories(), st.integers(0, LENGTH), st.sampled_from(["heel_slide", "squat"]), st.sampled_from(["left", None]))
def test_one_more_set_never_makes_the_last_one_older_nor_the_sets_fewer(history, days, exercise, side):
    more = replace(history, sets=(*history.sets, a_set(days, exercise, side)))
    after = {day.local_date: day for day in rows(more, LENGTH)}
    for day in rows(history, LENGTH):
        now = after[day.local_date]
        assert (now.sets_7d or 0) >= (day.sets_7d or 0)
        assert (now.sessions_7d or 0) >= (day.sessions_7d or 0)
        assert now.data_days_30d >= day.data_days_30d
        assert day.days_since_last is None or (now.days_since_last or 0) <= day.days_since_last


@some
@given(histories())
def test_shares_stay_within_their_bounds_and_counts_agree(history):
    for day in rows(history, LENGTH):
        for share in (day.reps_pct_7d, day.in_range_pct_7d):
            assert share is None or 0 <= share <= 100
        assert 0 <= day.data_days_30d <= 30
        if day.plan_version is not None:
            assert 0 <= day.sets_7d <= day.sets_due_7d
            assert 0 <= day.sessions_7d <= 7
            assert 0 <= day.sessions_due_7d <= 7
            assert day.sets_due <= day.sets_due_7d
        assert (day.level == 0) == ("nothing known" in day.why)
        assert day.why


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"silent_days": 0}, "silent_days 0"),
        ({"stop_days": 31}, "stop_days 31"),
        ({"under_pct": 101}, "under_pct"),
        ({"over_pct": 90}, "over_pct"),
        ({"limit_reps": 0}, "limit_reps"),
        ({"data_day": []}, "data_day is empty"),
        ({"data_day": ["sets"]}, "data_day"),
        ({"silence": 3}, "silence"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, words):
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(wrong, DayParams)


def test_settings_come_from_a_table_of_the_settings_file():
    text = b'[triage]\nsilent_days = 5\ndata_day = ["set"]\n'
    found = msgspec.convert(msgspec.toml.decode(text)["triage"], DayParams)
    assert found == DayParams(silent_days=5, data_day=("set",))
