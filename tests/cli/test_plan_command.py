"""`imutrack plan` as a therapist uses it."""

import re
import stat

import pytest

from cli.command_line import Clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    return Clinic(tmp_path_factory.mktemp("clinic"))


@pytest.fixture
def patient(clinic):
    return clinic.patient()


def file_of(clinic, patient):
    return clinic.data / "plans" / f"{patient}.toml"


def edit(clinic, patient, *changes):
    """Change the plan file as an editor would; each change must find its place."""
    path = file_of(clinic, patient)
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


NAMED = ('therapist = ""', 'therapist = "MB"')


def started(clinic, patient):
    """A plan from a template, begun on 2 March 2026, with a therapist; not activated."""
    clinic.run("plan", "new", patient, "--from", "knee_replacement", "--side", "left")
    edit(clinic, patient, NAMED)
    path = file_of(clinic, patient)
    path.write_text(re.sub(r"(?m)^start_date = .*", "start_date = 2026-03-02", path.read_text()))


def test_a_new_plan_is_a_private_draft_that_is_off_and_never_overwritten(clinic, patient):
    made = clinic.run("plan", "new", patient)
    assert made.code == 0, made.err
    path = file_of(clinic, patient)
    assert str(path) in made.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = clinic.run("plan", "new", patient)
    assert again.code == 2
    assert "exists already" in again.err
    checked = clinic.run("plan", "check", patient)
    assert checked.code == 2
    assert "therapist is empty" in checked.err
    assert clinic.run("plan", "activate", patient, "--by", "MB").code == 2


def test_the_templates_are_listed_with_their_sources(clinic):
    listed = clinic.run("plan", "templates")
    assert listed.code == 0
    for words in ("knee_replacement", "Ebert 2014", "Wilk & Arrigo 2018", "ASSET 2016", "Faber 2015"):
        assert words in listed.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", "knee"), "no template 'knee'"),
        (("--side", "lft"), "--side 'lft': use one of left, right, both, none"),
    ],
)
def test_a_slip_in_an_option_writes_nothing(clinic, patient, words, message):
    done = clinic.run("plan", "new", patient, *words)
    assert done.code == 2
    assert message in done.err
    assert not file_of(clinic, patient).exists()


@pytest.mark.parametrize("words", [("new",), ("check",), ("show",), ("history",), ("activate", "--by", "MB")])
def test_an_unknown_patient_is_an_error(clinic, words):
    done = clinic.run("plan", words[0], "otter-maple-48", *words[1:])
    assert done.code == 2
    assert "no patient otter-maple-48" in done.err


def test_a_slip_in_the_file_names_file_and_key(clinic, patient):
    started(clinic, patient)
    edit(clinic, patient, ("reps = 10", "repps = 10"))
    for words in (("check", patient), ("activate", patient, "--by", "MB")):
        done = clinic.run("plan", *words)
        assert done.code == 2
        assert f"{patient}.toml: exercise 1: no key 'repps': did you mean reps?" in done.err.replace("\n", " ")


def test_a_plan_is_checked_activated_shown_and_changed(clinic, patient):
    started(clinic, patient)
    checked = clinic.run("plan", "check", patient)
    assert checked.code == 0, checked.err
    assert checked.out.startswith("ok\n- there is no review_date")
    assert "No version is in force yet" in checked.out
    assert "no plan in force" in clinic.run("plan", "show", patient).out
    assert "no plan yet" in clinic.run("plan", "history", patient).out

    first = clinic.run("plan", "activate", patient, "--by", "MB", "--from", "2026-03-02")
    assert first.code == 0, first.err
    assert f"version 1 of {patient} is in force from 2026-03-02" in first.out
    assert "Says the same as version 1" in clinic.run("plan", "check", patient).out
    same = clinic.run("plan", "activate", patient, "--by", "MB")
    assert same.code == 2
    assert "says the same as version 1" in same.err

    edit(clinic, patient, ("reps = 10", "reps = 12"))
    differs = clinic.run("plan", "check", patient).out
    assert "Differs from version 1, which is in force:\n- heel slide left: 10 -> 12 repetitions\n" in differs
    second = clinic.run("plan", "activate", patient, "--by", "KL", "--from", "2026-03-09")
    assert "version 2" in second.out

    before = clinic.run("plan", "show", patient, "--date", "2026-03-08").out
    after = clinic.run("plan", "show", patient, "--date", "2026-03-09").out
    assert "version 1, in force from 2026-03-02 (activated by MB)" in before
    assert "version 2, in force from 2026-03-09 (activated by KL)" in after
    assert "2 × 10" in before
    assert "2 × 12" in after
    assert "80° knee angle (two sensors)" in after
    assert "3/2/3\u00a0s" in after
    assert "five times sit-to-stand" in after
    assert "no plan in force on 2026-03-01" in clinic.run("plan", "show", patient, "--date", "2026-03-01").out

    history = clinic.run("plan", "history", patient).out
    assert re.search(
        r"version 1  from 2026-03-02, activated .* by MB\n- first version\n- heel slide left: 2 × 10", history
    )
    assert re.search(
        r"version 2  from 2026-03-09, activated .* by KL\n- heel slide left: 10 -> 12 repetitions\n", history
    )


def test_a_version_that_begins_before_another_says_which_one_holds_today(clinic, patient):
    started(clinic, patient)
    clinic.run("plan", "activate", patient, "--by", "MB", "--from", "2026-03-09")
    edit(clinic, patient, ("reps = 10", "reps = 8"))
    done = clinic.run("plan", "activate", patient, "--by", "MB", "--from", "2026-03-02")
    assert "version 2" in done.out
    assert "Today version 1 holds: it begins later, on 2026-03-09." in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--by", " "), "--by is empty"),
        (("--by", "MB", "--from", "9.3.2026"), "--from '9.3.2026': write a day as 2026-03-09"),
        (("--by", "MB", "--from", "2026-03-01"), "starts on 2026-03-02, it cannot be in force from 2026-03-01"),
    ],
)
def test_nothing_is_activated_by_nobody_or_before_the_plan_starts(clinic, patient, words, message):
    started(clinic, patient)
    done = clinic.run("plan", "activate", patient, *words)
    assert done.code == 2
    assert message in done.err
    assert "no plan yet" in clinic.run("plan", "history", patient).out
