"""The first lines of a report: plain, short, and never more than the numbers say."""

import re
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from imutrack import words
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.report import wording
from imutrack.report.every_set import every_trial
from imutrack.report.for_patient import best_lines, done_lines, done_sentence
from imutrack.report.history import histories
from imutrack.report.notes import corrections, flagged, how_measured, reasons
from imutrack.report.summary import exercise_rows, sentences
from imutrack.report.trials import trial_rows
from imutrack.task import TaskKind
from report.report_cases import FIRST, a_set, a_stance, a_test, crowded, fortnight

FORBIDDEN = re.compile(
    r"\b(improv\w*|better|worse|progress\w*|normal|fall[- ]risk|diagnos\w*|safety stop)\b", re.IGNORECASE
)


def only(*sets, **changes):
    return fortnight(**{"sets": sets, "stances": (), "tests": (), **changes})


def test_the_overview_counts_sessions_days_and_what_is_withheld():
    assert sentences(fortnight())[0] == (
        "7 sessions in 14 days: 13 sets, 3 balance trials, 3 timed tests. "
        "Something is withheld in 2 of these results, see below."
    )


def test_the_exercise_done_most_comes_with_its_last_and_first_range_and_the_error():
    findings = only(a_set(0, rom_best3_deg=62.0), a_set(13, rom_best3_deg=71.0))
    assert sentences(findings)[1] == (
        "Seated knee extension, left: 20 repetitions; best-three range 71° (± 3° measurement error) "
        "in the last session, 62° ± 3° in the first."
    )


def test_one_session_has_nothing_to_compare_with():
    assert sentences(only(a_set(0)))[1].endswith("best-three range 62° (± 3° measurement error).")


@pytest.mark.parametrize("unlike", [{"algorithm": "tilt 2"}, {"placement": "foot"}, {"angle_kind": "joint"}])
def test_unlike_angles_are_never_compared(unlike):
    findings = only(a_set(0), a_set(5), a_set(13, rom_best3_deg=40.0, **unlike))
    said = sentences(findings)[1]
    assert "40°" in said
    assert "62°" not in said
    assert said.endswith(wording.UNLIKE + ".")
    assert exercise_rows(findings)[0].range_first == wording.ABSENT


def test_a_withheld_last_angle_is_said_and_an_earlier_one_shown_with_its_day():
    withheld = a_set(13, rom_best3_deg=None, withheld=("rom",))
    said = sentences(only(a_set(0), a_set(5), withheld))[1]
    assert "on 7 Mar, withheld in the last session" in said


def test_without_any_angle_the_count_stands_alone():
    row = exercise_rows(only(a_set(0, rom_best3_deg=None)))[0]
    assert (row.reps, row.range_last) == ("10", "withheld")
    assert sentences(only(a_set(0, rom_best3_deg=None)))[1].endswith("no angle could be given.")


def test_a_count_that_is_not_sure_makes_the_total_a_range_and_is_never_zero():
    unsure = a_set(1, reps=None, reps_low=1, reps_high=3)
    assert exercise_rows(only(unsure))[0].reps == "1 to 3"
    assert exercise_rows(only(a_set(0), unsure))[0].reps == "11 to 13"
    assert "left: 11 to 13 repetitions; best-three" in sentences(only(a_set(0), unsure))[1]


def test_an_unknown_error_is_said_to_be_unknown():
    assert "(measurement error not known)" in sentences(only(a_set(0, rom_error_deg=None)))[1]


def test_a_session_is_shown_by_its_largest_set():
    history = histories([a_set(0, 0, rom_best3_deg=60.0), a_set(0, 9, rom_best3_deg=66.0)])[0]
    assert [angle.best.rom_best3_deg for angle in history.angles()] == [66.0]


def test_tests_are_spoken_of_where_there_is_no_exercise():
    said = sentences(only(tests=(a_test(0), a_test(13))))
    assert said[1] == "Timed Up and Go: 12.9 s in the last test, 14.2 s in the first."


def test_a_30_s_chair_stand_is_about_the_rises():
    stand = a_test(0, "thirty_seconds", kind=TaskKind.SIT_TO_STAND, rises_in_30_s=12, total_s=31.0)
    assert trial_rows(only(tests=(stand,)))[0].last == "12 rises"


def test_a_test_without_a_time_is_withheld_not_zero():
    rows = trial_rows(only(tests=(a_test(0, total_s=None),), stances=(a_stance(3, sway={}),)))
    assert [row.last for row in rows] == ["withheld", "withheld"]


def test_a_chair_test_that_is_not_complete_is_told_by_its_rises_and_not_compared_with_a_time():
    whole, part = (
        a_test(days, "five_times", kind=TaskKind.SIT_TO_STAND, rises=rises, total_s=total_s)
        for days, rises, total_s in ((0, 5, 13.9), (7, 3, None))
    )
    row = trial_rows(only(tests=(whole, part)))[0]
    assert (row.number, row.first, row.last) == ("2", wording.ABSENT, "3 rises")


def test_sway_on_a_force_plate_is_shown_in_its_own_unit():
    plate = a_stance(0, sway={"cop_rms_m": 0.00341, "cop_area95_m2": 9.4e-5, "cop_path_rate_mps": 0.0062})
    assert trial_rows(only(stances=(plate,)))[0].last == "3.4 mm"
    said = " ".join(how_measured(only(stances=(plate,))))
    assert "force plate" in said
    assert "lower back" not in said
    facts = every_trial(only(stances=(plate,)), UTC)[0].facts
    assert facts == "35 s measured; centre of pressure 3.4 mm from its middle; path 6.2 mm/s; 95 % ellipse 0.94 cm²."


def test_left_and_right_of_a_stance_on_one_leg_have_a_row_each():
    trials = [a_stance(day, "single_leg_eyes_open", side=side) for day in (0, 3) for side in ("left", "right")]
    assert [(row.name, row.number) for row in trial_rows(only(stances=tuple(trials)))] == [
        ("Single-leg stance, eyes open, left", "2"),
        ("Single-leg stance, eyes open, right", "2"),
    ]


def test_what_only_informs_is_said_once_and_numbers_that_differ_are_those_of_the_last_time():
    plain = Flag(FlagCode.FILE_TIME)
    first, second = (
        a_set(days, flags=(plain, Flag.of(FlagCode.REPS_UNSURE, low=low, high=low + 1)))
        for days, low in ((0, 7), (2, 8))
    )
    notes = flagged([first, second, a_stance(2, flags=(plain,))])
    assert [note.text for note in notes] == [
        "repetitions not sure: 8 to 9 (the last time)",
        words.FLAGS[FlagCode.FILE_TIME],
    ]
    assert notes[1].about == "2 exercises and tests, 2 and 4 Mar"


def test_trials_computed_in_another_way_are_not_put_side_by_side():
    rows = trial_rows(only(tests=(a_test(0, algorithm="tug 0"), a_test(5), a_test(9))))
    assert (rows[0].number, rows[0].first, rows[0].last) == ("3", "13.7 s", "13.3 s")


def test_a_correction_names_both_counts_and_the_person():
    [note] = corrections([a_set(0, reps=12, reps_counted=10, corrected_by="KB", why="counted along")])
    assert note.text == "repetitions 12 (counted 10, corrected by KB): counted along"


def test_what_was_withheld_comes_before_what_asks_for_care():
    gaps = a_set(1, quality=Quality.USABLE, flags=(Flag.of(FlagCode.GAPS, missing_pct=3.0, longest_s=1.0),))
    clipped = (Flag.of(FlagCode.GYRO_CLIPPED, share_pct=2.0),)
    withheld = a_set(2, rom_best3_deg=None, quality=Quality.USABLE, withheld=("rom",), flags=clipped)
    turned = a_set(3, flags=(Flag(FlagCode.MOUNT_TURNED),))
    notes = flagged([turned, gaps, withheld])
    assert notes[0].text == "range of motion withheld: too fast for the sensor, angles are not valid"
    assert notes[1].text.startswith("3.0 % of the data is missing")
    assert notes[2].text.startswith("the sensor was worn the other way round")


def test_a_withheld_result_without_a_kept_reason_is_still_named():
    assert flagged([a_stance(0, quality=Quality.WITHHELD, sway={})])[0].text == "withheld, the reason was not kept"
    assert reasons(a_set(0)) == ""


def test_how_it_was_measured_names_the_sensors_and_never_a_joint_one_sensor_cannot_see():
    said = " ".join(how_measured(fortnight()))
    assert "Arm elevation (one sensor): Shoulder abduction" in said
    assert "shoulder ROM" not in said
    assert "Methods and their versions: reps 1, tilt 1" in said


def test_the_patient_reads_no_codes_and_no_verdicts():
    findings = fortnight()
    text = "\n".join([done_sentence(findings), *done_lines(findings), *best_lines(findings)])
    assert "You moved on 7 days" in text
    assert "give or take 3 degrees" in text
    for found in findings.everything:
        assert found.set_id not in text
        assert found.algorithm not in text
    assert "withheld" not in text


def test_a_patient_is_told_at_least_what_is_sure():
    unsure = a_set(1, reps=None, reps_low=7, reps_high=9)
    assert done_lines(only(a_set(0), unsure))[0].endswith("2 sets, at least 17 repetitions")
    assert done_lines(only(a_set(0, reps=0)))[0].endswith(": 1 set")


def test_a_patient_with_many_exercises_still_gets_a_short_list():
    assert done_lines(crowded())[-1].startswith("and ")
    assert len(done_lines(crowded())) <= 6
    assert len(best_lines(crowded())) <= 3


@pytest.mark.parametrize("findings", [fortnight(), crowded()], ids=["fortnight", "crowded"])
def test_nothing_the_report_says_is_a_verdict(findings):
    said = [*sentences(findings), *how_measured(findings), done_sentence(findings), *best_lines(findings)]
    said += [note.text for note in flagged(findings.everything)]
    said += [words.SYNTHETIC, wording.TREND_KEY, wording.OTHER_WAY, wording.UNLIKE]
    for text in said:
        assert not FORBIDDEN.search(text), text


def test_days_across_months_and_years_stay_unambiguous():
    assert wording.days_list([FIRST - timedelta(days=1), FIRST]) == "1 and 2 Mar"
    assert wording.days_list([FIRST - timedelta(days=3), FIRST]) == "27 Feb and 2 Mar"
    assert wording.period(FIRST - timedelta(days=100), FIRST) == "22 November 2025 to 2 March 2026"
    assert wording.days_list([]) == ""


def test_the_synthetic_mark_of_one_result_marks_the_whole():
    plain = fortnight()
    assert not plain.synthetic
    assert replace(plain, tests=(a_test(0, synthetic=True),)).synthetic
