"""`correct`, `review`, `note`, `treatment`, `today`, `rollup` and `erase` as a clinic uses them."""

import io
import re
import time
from dataclasses import replace
from datetime import date, datetime

import pytest

from cli.in_process import Office
from imutrack.clinic.patients import Patients
from imutrack.clinic.pseudonyms import check_number
from imutrack.corrections import Correction
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.task import LabelSource
from stores.store_builders import BERLIN, exercise_set, stance, task

OTTER = "otter-maple-47"
ZEBRA = f"zebra-cactus-{check_number('zebra', 'cactus')}"
SET, TRIAL = "abcd-efgh", "qrst-uvwx"
DAY_S = 86_400.0
BY = ("--by", "MB", "--why", "saw it")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    made = Office(tmp_path, monkeypatch, capsys)
    made.patient(OTTER)
    return made


def keep(office, *results):
    """Store results, each as a recording of its own."""
    with LocalStore.open(office.data) as store:
        for number, result in enumerate(results):
            recording = f"{result.set_id}-{number}".ljust(64, "0")
            store.replace(recording, [replace(result, recording=recording)], clinic="clinic", zone=BERLIN)


def done(set_id=SET, days_ago=1, patient=OTTER, **said):
    """A set of some days ago, at noon: no day is cut by midnight while a test runs."""
    label = said.pop("label", {"name": "heel_slide", "label_source": LabelSource.TYPED})
    noon = datetime.now(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0).timestamp()
    return exercise_set(set_id, task=task(patient, **label), start=noon - days_ago * DAY_S, **said)


def today():
    return datetime.now(BERLIN).date()


def planned(office, patient=OTTER, therapist="MB", **changes):
    office.ok("plan", "new", patient, "--from", "knee_replacement", "--side", "left")
    path = office.data / "plans" / f"{patient}.toml"
    text = re.sub(r"(?m)^start_date = .*", "start_date = 2026-01-01", path.read_text())
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text.replace('therapist = ""', f'therapist = "{therapist}"'))
    office.ok("plan", "activate", patient, "--by", therapist, "--from", "2026-01-01")


# correct


def test_what_is_said_last_counts_even_where_the_clock_was_set_back(office):
    keep(office, done(reps=10))
    next_year = Correction(set_id=SET, at_ns=time.time_ns() + 365 * 86_400 * 10**9, by="MB", why="clock", reps=9)
    with LocalStore.open(office.data) as store:
        correct(store, next_year, clinic="clinic", zone=BERLIN)
    assert "repetitions: 8 (counted 10" in office.ok("correct", SET, "--reps", "8", *BY)


def test_a_corrected_count_stands_beside_the_one_that_was_counted_until_it_is_taken_back(office):
    keep(office, done(reps=10))
    out = office.ok("correct", SET, "--reps", 9, *BY)
    assert "Heel slide, left, repetitions: 9 (counted 10, corrected by MB)" in out
    assert "corrected by MB: repetitions: 9 instead of 10 (saw it)" in out
    assert f"imutrack correct {SET} --undo" in out
    assert "repetitions: 10\n" in office.ok("correct", SET, "--undo", *BY)
    assert "there is nothing to undo" in office.refused("correct", SET, "--undo", *BY)


def test_what_a_set_was_and_whose_it_was_can_be_said_at_once(office):
    office.patient(ZEBRA)
    keep(office, done())
    out = office.ok("correct", "ABCDEFGH", "--exercise", "squats", "--side", "right", "--patient", ZEBRA, *BY)
    assert f"{SET}  {ZEBRA}" in out
    assert "Squat, right" in out
    with LocalStore.open(office.data) as store:
        assert [row.text("exercise") for row in store.sets(ZEBRA)] == ["squat"]
        assert store.sets(OTTER) == []


def test_a_set_can_be_set_aside_and_used_again(office):
    keep(office, done())
    assert "in no count and no trend" in office.ok("correct", SET, "--void", *BY)
    assert "repetitions: 3\n" in office.ok("correct", SET, "--no-void", *BY)


def test_a_balance_trial_can_take_the_name_of_another(office):
    keep(office, stance(TRIAL, task=replace(stance().task, patient=OTTER), start=time.time()))
    assert "Quiet stance, eyes open" in office.ok("correct", TRIAL, "--trial", "eyes open", *BY).replace("feet", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((SET, *BY), "say what was different"),
        ((SET, "--reps", "501", *BY), "--reps 501: a whole number from 0 to 500"),
        ((SET, "--reps", "nine", *BY), "--reps nine: a whole number"),
        ((SET, "--exercise", "heel_slid", *BY), "did you mean heel_slide?"),
        ((SET, "--exercise", "quiet_stance", "--trial", "eyes_opn", *BY), "no trial of quiet_stance 'eyes_opn'"),
        ((SET, "--trial", "eyes_open", *BY), "replay its file with --trial eyes_open"),
        ((TRIAL, "--exercise", "squat", *BY), "replay its file with --exercise squat"),
        ((TRIAL, "--reps", "3", *BY), "a balance trial, which has no count"),
        ((TRIAL, "--side", "left", *BY), "kept without a side"),
        ((SET, "--side", "lft", *BY), "--side 'lft': use one of left, right, both"),
        ((SET, "--patient", "otter-mapel-47", *BY), "did you mean otter-maple-47?"),
        ((SET, "--void", "--why", "x"), "say who you are: --by INITIALS"),
        ((SET, "--void", "--by", "M" * 21, "--why", "x"), "--by has 21 characters: at most 20"),
        ((SET, "--void", "--by", "MB", "--why", " "), 'say the reason: --why "..."'),
        ((SET, "--void", "--by", "MB", "--why", "two\nlines"), "use one line"),
        (("abcd-efhg", "--void", *BY), "no set abcd-efhg: did you mean abcd-efgh?"),
        (("zzzz-zzzz", "--void", *BY), "`imutrack review` and the report show the ids"),
    ],
)
def test_a_slip_in_a_correction_changes_nothing(office, words, message):
    keep(office, done(), stance(TRIAL, task=replace(stance().task, patient=OTTER), start=time.time()))
    before = office.ok("today", "--all", "--json")
    assert message in office.refused("correct", *words)
    assert office.ok("today", "--all", "--json") == before
    with LocalStore.open(office.data) as store, store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM correction").fetchone() == (0,)


# review


def test_a_set_that_nobody_named_comes_with_what_to_type(office):
    planned(office)
    nobodys = {"name": "unspecified", "side": None, "label_source": LabelSource.NONE}
    keep(office, done(label=nobodys, placement="thigh+shank"))
    out = office.ok("review")
    assert "nobody said which exercise it was" in out
    assert re.search(rf"{SET}  {today().year}.* 12:00  3 repetitions, 84°, 40 s", out)
    assert f"-> imutrack correct {SET} --exercise EXERCISE --side SIDE --by INITIALS --why" in out
    assert "in the plan: --exercise heel_slide --side left" in out
    office.ok("correct", SET, "--exercise", "heel_slide", "--side", "left", *BY)
    assert "Nothing needs a person: otter-maple-47, the last 28 days." in office.ok("review", OTTER)


def test_sets_that_do_not_fit_the_plans_order_say_how_many_are_missing(office):
    planned(office)
    label = {"name": "unspecified", "side": None, "label_source": LabelSource.PLAN}
    keep(office, done("aaaa-aaaa", label=label), done("bbbb-bbbb", label=label, start_s=60.0))
    out = office.ok("review")
    assert re.search(r"2 sets found, the plan asks for \d+: aaaa-aaaa, bbbb-bbbb", out)


def test_review_looks_back_as_far_as_asked_and_takes_patients_one_by_one(office):
    office.patient(ZEBRA)
    keep(office, done(days_ago=40, reps=None, reps_low=1, reps_high=3))
    assert "Nothing needs a person: 2 patients" in office.ok("review")
    assert "repetitions 1 to 3, not sure" in office.ok("review", "--days", "60")
    [line] = office.run("review", OTTER, "--days", "60", "--json").lines
    assert (line["patient"], line["need"], line["set_id"]) == (OTTER, "unsure", SET)
    assert office.ok("review", ZEBRA, "--days", "60").startswith("Nothing needs a person")
    assert "no patient" in office.refused("review", "zebra")


def test_a_long_review_is_cut_on_the_screen_and_whole_as_json(office):
    label = {"name": "unspecified", "label_source": LabelSource.NONE}
    keep(office, *(done(f"aaaa-aa{number:02d}", label=label, start_s=100.0 * number) for number in range(13)))
    assert "13 × nobody said" in office.ok("review")
    assert "and 3 more" in office.ok("review")
    assert len(office.run("review", "--json").lines) == 13


# note and treatment


def test_a_note_is_kept_said_back_and_judged(office):
    keep(office, done(days_ago=0))
    out = office.ok("note", OTTER, "--pain", 4, "--when", "worst", "--exertion", 3, "--text", "stiff", "--at", "00:00")
    assert re.search(r'00:00: pain 4 of 10 at worst during the exercises, exertion 3 of 10, "stiff"', out)
    assert "amber today, for the therapist to decide:\n- worst pain 4 of 10 during the exercises: above 3" in out
    entry = re.search(r"--withdraw (\w+)", out)[1]
    [line] = office.run("today", "--all", "--json").lines
    assert (line["worst_pain_7d"], line["pain_colour"]) == (4, "amber")
    assert f"{entry} of {OTTER}" in office.ok("note", "--withdraw", entry.upper())
    [line] = office.run("today", "--all", "--json").lines
    assert (line["worst_pain_7d"], line["pain_colour"]) == (None, "unknown")
    again = office.refused(
        "note", OTTER, "--pain", 4, "--when", "worst", "--exertion", 3, "--text", "stiff", "--at", "00:00"
    )
    assert f"entered before and set aside ({entry})" in again


def test_what_is_missing_is_unknown_and_a_stop_is_red(office):
    assert "unknown today" in office.ok("note", OTTER, "--pain", 0, "--when", "worst")
    assert "red on 2026-03-02" in office.ok("note", OTTER, "--stop", "--at", "2026-03-02T10:00")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say whose word it is"),
        ((OTTER,), "nothing was said"),
        ((OTTER, "--pain", "11"), "--pain 11: a whole number from 0 to 10"),
        ((OTTER, "--when", "after"), "add --pain 0 to 10"),
        ((OTTER, "--pain", "3", "--when", "later"), "use one of before, worst, after, next-morning"),
        ((OTTER, "--pain", "3", "--at", "yesterday"), "write a time as 2026-03-09T08:30, or 08:30 for today"),
        ((OTTER, "--pain", "3", "--at", "2026-03-09"), "write a time as"),
        ((OTTER, "--pain", "3", "--at", "2199-03-09T10:00"), "lies in the future"),
        (("otter", "--pain", "3"), "no patient otter"),
        (("--withdraw", "abc", "--pain", "3"), "--withdraw stands alone"),
        (("--withdraw", "abc"), "no entry abc"),
    ],
)
def test_a_slip_in_a_note_keeps_nothing(office, words, message):
    assert message in office.refused("note", *words)
    with LocalStore.open(office.data) as store:
        assert store.points("self_report", OTTER) == []


def test_a_treatment_is_kept_without_a_plan_and_can_be_set_aside(office):
    words = ("--kind", "massage", "--minutes", 30, "--site", "left calf", "--by", "MB", "--licence", "PT 12")
    out = office.ok("treatment", OTTER, *words, "--at", "2026-03-02T10:00")
    assert f"kept for {OTTER}, 2026-03-02 10:00: massage, left calf, 30 min, by MB (licence PT 12)" in out
    entry = re.search(r"--withdraw (\w+)", out)[1]
    assert "was entered as a treatment: imutrack treatment --withdraw" in office.refused("note", "--withdraw", entry)
    assert f"not {OTTER}'s" not in office.ok("treatment", OTTER, "--withdraw", entry)
    with LocalStore.open(office.data) as store:
        assert store.points("treatment", OTTER) == []


def test_an_entry_is_set_aside_for_its_own_patient_only(office):
    office.patient(ZEBRA)
    entry = re.search(r"--withdraw (\w+)", office.ok("note", OTTER, "--pain", 3))[1]
    assert f"is not {ZEBRA}'s but {OTTER}'s" in office.refused("note", ZEBRA, "--withdraw", entry)
    with LocalStore.open(office.data) as store:
        assert len(store.points("self_report", OTTER)) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((OTTER, "--kind", "massage", "--minutes", "30"), "say at least"),
        ((OTTER, "--kind", "masage", "--minutes", "30", "--by", "MB"), "did you mean massage"),
        ((OTTER, "--kind", "massage", "--minutes", "0", "--by", "MB"), "--minutes 0: a whole number from 1 to 480"),
        (("--withdraw", "abc", "--by", "MB"), "--withdraw stands alone"),
    ],
)
def test_a_slip_in_a_treatment_keeps_nothing(office, words, message):
    assert message in office.refused("treatment", *words)
    with LocalStore.open(office.data) as store:
        assert store.points("treatment", OTTER) == []


# today and rollup


def test_a_clinic_with_nobody_says_what_to_do_first(tmp_path, monkeypatch, capsys):
    office = Office(tmp_path, monkeypatch, capsys)
    assert "no patients yet in" in office.ok("today")
    office.patient(OTTER)
    assert office.ok("today") == "1 active patient, none needs a look; nothing is known of 1; --all shows everybody\n"
    assert "nothing known  never      no plan         not said" in office.ok("today", "--all")
    office.ok("patient", "pause", OTTER)
    assert "nobody is active today, of 1 patient 1 paused" in office.ok("today")


def test_the_most_urgent_comes_first_with_every_reason_on_a_line_of_its_own(office):
    fine, look, paused = office.patient(ZEBRA), office.patient(), office.patient()
    planned(office)
    planned(office, look, therapist="KL")
    office.ok("patient", "pause", paused)
    keep(office, done(days_ago=2), done("bbbb-bbbb", patient=look))
    office.ok("note", look, "--pain", 7, "--when", "worst")
    office.ok("note", OTTER, "--stop")
    lines = office.run("today", "--json").lines
    assert [(line["patient"], line["level"]) for line in lines] == [(OTTER, 3), (look, 2)]
    everybody = office.run("today", "--all", "--json").lines
    assert [line["patient"] for line in everybody] == [OTTER, look, fine]
    assert paused not in {line["patient"] for line in everybody}
    out = office.ok("today")
    assert re.search(rf"{OTTER} +! stop or limit +2 days ago +1 of \d+ +not said\n    stop reported", out)
    assert re.search(rf"{look} +look +yesterday +1 of \d+ +7 of 10\n    worst pain 7 of 10", out)
    assert "2 of 3 active patients need a look; nothing is known of 1; 1 paused; --all shows everybody" in out
    assert f"next: imutrack report {OTTER} | imutrack review {OTTER}" in out
    only = office.ok("today", "--therapist", "kl")
    assert look in only
    assert OTTER not in only
    assert "1 of 1 active patient of kl needs a look" in only
    assert "the plans name KL, MB" in office.refused("today", "--therapist", "XX")


def test_nobody_drops_out_of_sight_for_a_clock_that_was_wrong(office):
    with LocalStore.open(office.data) as store:
        Patients(store).add(ZEBRA, now=time.time() + 3 * DAY_S)
    out = office.ok("today", "--all")
    assert re.search(rf"{ZEBRA} +nothing known +never", out)
    assert "nothing is known of 2" in out


def test_the_roll_up_runs_any_number_of_times(office):
    keep(office, done())
    assert office.ok("rollup") == "1 patient brought up to date\n"
    days = office.ok("today", "--all", "--json")
    assert office.ok("rollup") == "everything was up to date\n"
    assert office.ok("rollup", "--all") == "1 patient brought up to date\n"
    assert office.ok("today", "--all", "--json") == days


# erase


def test_erase_asks_first_and_leaves_everything_where_nobody_can_answer(office):
    keep(office, done())
    assert "add --yes" in office.refused("erase", OTTER)
    assert len(office.run("patient", "list", "--json").lines) == 1
    assert "no patient" in office.refused("erase", ZEBRA, "--yes")


class Keyboard(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("typed", "code", "left"), [("Otter maple 47", 0, 0), ("yes", 2, 1)])
def test_only_the_pseudonym_itself_is_an_answer(office, monkeypatch, typed, code, left):
    keep(office, done())
    monkeypatch.setattr(io, "StringIO", Keyboard)  # somebody sits there
    ran = office.run("erase", OTTER, typed=f"{typed}\n")
    assert ran.code == code
    assert "type the pseudonym: " in ran.err
    assert "exercise sets 1; repetitions 3" in ran.out
    assert len(office.run("patient", "list", "--json").lines) == left


def test_erase_counts_what_went_and_what_is_left(office):
    office.patient(ZEBRA)
    office.ok("patient", "name", OTTER, "--name", "Jane Smith")
    planned(office)
    keep(office, done(), done("bbbb-bbbb", patient=ZEBRA))
    office.ok("note", OTTER, "--pain", 4)
    office.ok("report", OTTER)
    out = office.ok("erase", OTTER, "--yes")
    for words in ("exercise sets", "notes", "entry in the register", "plan file", "reports"):
        assert re.search(rf"{words} +1 +0\n", out)
    assert re.search(r"all together +\d+ +0\n", out)
    assert "Not reached from here: recorded files that were imported" in out.replace("\n", " ")
    assert OTTER.encode() not in office.every_byte()
    assert b"Jane" not in office.every_byte()
    assert [line["patient"] for line in office.run("patient", "list", "--json").lines] == [ZEBRA]


def test_a_mention_in_a_text_about_somebody_else_is_found_and_said(office):
    office.patient(ZEBRA)
    office.ok("note", ZEBRA, "--text", f"came with {OTTER}")
    ran = office.run("erase", OTTER, "--yes")
    assert ran.code == 1
    assert re.search(r"mentions anywhere else +0 +[1-9]", ran.out)
    assert "about somebody else, such as a note" in ran.out.replace("\n", " ")


# how they are used wrong


@pytest.mark.parametrize("command", ["correct x --void", "review", "note x --pain 3", "rollup", "erase x --yes"])
def test_without_a_store_a_command_says_so_and_makes_none(tmp_path, monkeypatch, capsys, command):
    office = Office(tmp_path, monkeypatch, capsys)
    ran = office.run(*command.split())
    assert ran.code == 1
    assert "holds no results: check --data-dir" in ran.err
    assert not office.data.exists()


def test_a_withheld_set_says_why(office):
    keep(
        office,
        done(reps=None, reps_low=0, reps_high=0, quality=Quality.WITHHELD, flags=(Flag(FlagCode.NOT_WORN),)),
    )
    assert "heel slide: hardly any movement: was the sensor worn?" in office.ok("review")
    assert date.fromisoformat(office.run("review", "--json").lines[0]["day"]) < today()
