from datetime import UTC, date, datetime

import numpy as np
import pytest

from imutrack.errors import SettingsError
from imutrack.samples import Quantity
from imutrack.synthetic import SessionParams, patient, session, session_csv
from imutrack.task import Side, TaskKind

END = date(2026, 3, 20)


@pytest.fixture(scope="module")
def days():
    return patient(seed=7, end=END)


def knee_sets(days, side=Side.RIGHT):
    found = [item for day in days for item in day.items if item.task.name == "long_arc_knee_extension"]
    return [item for item in found if item.task.side is side]


def median_rom(item):
    return float(np.median([rep.rom_deg for rep in item.truth.reps]))


def test_three_sessions_a_week_for_six_weeks_end_on_the_last_day(days):
    assert len(days) == 18
    assert days[-1].date == END
    assert (days[-1].date - days[0].date).days == 39


@pytest.mark.parametrize("end", [date(2026, 3, day) for day in range(16, 23)])
def test_no_session_lies_after_the_end_and_the_last_one_is_in_its_week(end):
    last = patient(seed=1, weeks=1, end=end)[-1].date
    assert 0 <= (end - last).days < 7


def test_it_is_little_enough_to_be_analysed_in_seconds(days):
    sets = [item for day in days for item in day.items if item.task.kind is TaskKind.EXERCISE]
    assert 25 <= len(sets) <= 35
    assert sum(item.recording.duration_s for item in sets) < 30 * 60.0


def test_every_recording_lies_on_its_day_and_no_two_overlap(days):
    for day in days:
        starts = [item.recording.start for item in day.items]
        ends = [item.recording.start + item.recording.duration_s for item in day.items]
        assert all(datetime.fromtimestamp(start, UTC).date() == day.date for start in starts)
        assert all(end < after for end, after in zip(ends, starts[1:], strict=False))


def test_all_recordings_differ_and_say_what_they_are(days):
    recordings = [item.recording for day in days for item in day.items]
    assert len({recording.content_hash for recording in recordings}) == len(recordings)
    assert {recording.format for recording in recordings} == {"synthetic"}


def test_the_range_rises_and_the_other_knee_stays(days):
    rom = [median_rom(item) for item in knee_sets(days)]
    assert np.mean(rom[-3:]) - np.mean(rom[:3]) > 15.0
    other = [median_rom(item) for item in knee_sets(days, Side.LEFT)]
    assert len(other) == 3
    assert np.ptp(other) < 8.0


def test_the_bad_day_has_shorter_slower_and_fewer_repetitions_and_more_pain(days):
    (bad,) = (day for day in days if "bad day" in day.note)
    number = days.index(bad)
    (item,), (before,) = knee_sets([bad]), knee_sets([days[number - 1]])
    assert median_rom(item) < median_rom(before) - 10.0
    assert len(item.truth.reps) < len(before.truth.reps)
    assert np.median([rep.outward_s for rep in item.truth.reps]) > np.median([r.outward_s for r in before.truth.reps])
    assert bad.pain > days[number - 1].pain


def test_one_set_holds_no_repetition_but_two_half_movements_and_a_gap(days):
    empty = [item for day in days for item in day.items if hasattr(item.truth, "reps") and not item.truth.reps]
    assert len(empty) == 1
    assert len(empty[0].truth.half_moves) == 2
    assert np.diff(empty[0].recording.sensors[0].samples[Quantity.ACC].t_s).max() > 3.0


def test_one_set_is_clipped_by_its_gyroscope(days):
    def clipped(item):
        gyr = np.degrees(np.abs(item.recording.sensors[0].samples[Quantity.GYR].values))
        return np.isclose(gyr, 125.0, atol=0.01).sum() > 30

    assert sum(clipped(item) for day in days for item in day.items) == 1


def test_balance_and_chair_are_tested_each_fortnight(days):
    kinds = [[item.task.kind for item in day.items] for day in days]
    with_tests = [number for number, found in enumerate(kinds) if TaskKind.SIT_TO_STAND in found]
    assert with_tests == [0, 6, 12]
    assert all(kinds[number].count(TaskKind.STANCE) == 2 for number in with_tests)


def test_the_same_seed_gives_the_same_patient():
    first, again = (
        [item.recording.content_hash for day in patient(seed=5, weeks=1, end=END) for item in day.items]
        for _ in range(2)
    )
    assert first == again


def test_a_session_has_its_sets_apart_and_idle_movements_between():
    made = session(SessionParams(hours=0.1, sets=3, reps=4), seed=2)
    assert [len(reps) for reps in made.truth.sets] == [4, 4, 4]
    samples = made.recording.sensors[0].samples[Quantity.GYR]
    for reps, after in zip(made.truth.sets, made.truth.sets[1:], strict=False):
        rest = (samples.t_s > reps[-1].end_s + 5.0) & (samples.t_s < after[0].start_s - 5.0)
        assert after[0].start_s - reps[-1].end_s > 20.0
        assert np.degrees(np.abs(samples.values[rest])).max() > 10.0


def test_the_limb_is_still_just_before_a_set_of_a_session():
    made = session(SessionParams(hours=0.1, sets=3, reps=4), seed=2)
    samples = made.recording.sensors[0].samples[Quantity.GYR]
    for reps in made.truth.sets:
        before = (samples.t_s > reps[0].start_s - 1.5) & (samples.t_s < reps[0].start_s)
        assert np.degrees(np.abs(samples.values[before])).max() < 6.0


def test_a_session_too_full_is_an_error():
    with pytest.raises(SettingsError, match="60 s wanted"):
        session(SessionParams(hours=1 / 60, sets=4, reps=12), seed=1)


def test_a_session_file_names_its_units(tmp_path):
    path = tmp_path / "session.csv"
    truth = session_csv(path, hours=0.05, sets=2, reps=3, rate_hz=50.0, seed=1)
    header, *rows = path.read_text().splitlines()
    assert header.startswith("time (s),acc_x (m/s2),")
    assert len(rows) == 0.05 * 3600 * 50 + 1
    assert len(truth.sets) == 2
