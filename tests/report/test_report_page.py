"""The file: whole, self-contained, escaped, private, and the same for the same results."""

import os
import re
import stat
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from imutrack.clinic.patients import Patients
from imutrack.errors import SettingsError, StoreError
from imutrack.report import Audience, write
from imutrack.report.page import patient_page, therapist_page
from imutrack.report.rendering import save
from imutrack.stores.local import LocalStore
from imutrack.task import LabelSource
from imutrack.words import DISCLAIMER
from report.case_builders import a_case, a_day, everything, judged
from report.report_cases import crowded, fortnight, with_curve
from stores.store_builders import BERLIN, OTTER, PANDA, START, chair_test, exercise_set, relabelled, stance, up_and_go

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "rect"}


def page(findings=None, *, full=False):
    return therapist_page(findings or fortnight(), full=full, now=NOW, version="0.1.0")


def judged_without_results():
    return fortnight(sets=(), stances=(), tests=(), case=a_case())


class Balance(HTMLParser):
    """Every element that opens closes, in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, _attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


PAGES = {
    "fortnight": lambda: page(),
    "full": lambda: page(full=True),
    "crowded": lambda: page(crowded()),
    "patient": lambda: patient_page(fortnight()),
    "patient, crowded": lambda: patient_page(crowded()),
    "sets only": lambda: page(fortnight(stances=(), tests=())),
    "tests only": lambda: page(fortnight(sets=())),
    "everything": lambda: page(everything()),
    "everything, full": lambda: page(everything(), full=True),
    "everything, patient": lambda: patient_page(everything()),
    "nothing but a plan": lambda: page(judged_without_results()),
}


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_a_page_needs_nothing_from_anywhere(made):
    text = made()
    assert not re.search(r"https?:|//[a-z]|@import|<script|<link|<img|<iframe|src=|url\((?!#)", text)
    assert len(text.encode()) < 300_000
    assert DISCLAIMER in text
    assert '<html lang="en"' in text


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_a_page_is_well_formed_and_its_ids_are_unique(made):
    text = made()
    balance = Balance()
    balance.feed(text)
    assert balance.open == []
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    labelled = {name for names in re.findall(r'aria-labelledby="([^"]+)"', text) for name in names.split()}
    assert labelled <= set(ids)


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_every_heading_of_a_table_says_what_it_is_of(made):
    assert not re.search(r"<th(?![^>]*scope=)[ >](?!ead)", made().replace("<thead>", ""))


def test_whatever_stands_in_the_data_is_text():
    nasty = "<script>alert('x')</script>&\""
    findings = fortnight(
        nasty, sets=(with_curve(exercise=nasty, corrected_by=nasty, placement=nasty, algorithm=nasty),)
    )
    for text in (page(findings, full=True), patient_page(findings)):
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


def test_synthetic_results_are_marked_for_both_readers():
    findings = fortnight(sets=(with_curve(synthetic=True),))
    assert "Synthetic data" in page(findings)
    assert "Synthetic data" in patient_page(findings)
    assert "Synthetic data" not in page()


def test_what_does_not_fit_on_the_page_is_named():
    text = page(crowded())
    assert "2 more exercises: see the full report." in text
    assert "more tests: see the full report." in text


def test_the_full_report_holds_every_set_and_its_repetitions():
    findings = fortnight()
    text = page(findings, full=True)
    assert all(found.set_id in text for found in findings.everything)
    assert text.count('aria-label="Repetitions of') == 1  # one set of the fortnight keeps its repetitions
    assert "1 not counted: much smaller than the other repetitions." in text


def test_what_waits_for_the_full_report_is_named_and_stands_there():
    short, full = page(everything()), page(everything(), full=True)
    assert "see the full report." in short
    assert "2 Mar, 12:00" not in short
    assert "2 Mar, 12:00" in full
    assert "see the full report." not in full.replace("(see the full report)", "")
    assert "Methods and their versions" in full


def test_red_is_only_for_a_stop_or_an_approved_limit():
    def alarms(findings):
        body = page(findings).partition("</style>")[2]
        return body.count("alarm")

    assert alarms(everything()) > 0
    assert alarms(judged(standing=a_day(level=2, why="silent for 4 days"))) == 0
    assert "! Stop or approved limit" in page(judged(standing=a_day(level=3)))


def test_a_report_of_a_plan_alone_says_that_nothing_was_recorded():
    text = page(judged_without_results())
    assert "No exercise was recorded in 14 days." in text
    assert "Seated knee extension, left" in text


def test_a_number_is_not_parted_from_its_error_at_the_end_of_a_line():
    assert "75°\u00a0±\u00a03°" in page()


def test_the_page_has_room_for_a_name_and_a_comment_but_holds_no_name():
    assert ">Name<" in page()
    assert "Therapist&#39;s comment" in page() or "Therapist's comment" in page()


def test_the_same_results_give_the_same_page():
    assert page() == page()


def test_a_report_is_for_its_owner_alone(tmp_path):
    out = tmp_path / "a report, über.html"
    save("page", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text(encoding="utf-8") == "page"


def test_a_report_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    out = tmp_path / "report.html"
    save("old", out)

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StoreError, match="No space left on device"):
        save("new", out)
    assert out.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(StoreError, match="choose another --out") as caught:
        save("page", tmp_path / "missing" / "report.html")
    assert "\n" not in str(caught.value)


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        Patients(opened).add(OTTER)
        results = [exercise_set(), stance(), chair_test(), up_and_go()]
        opened.replace("r" * 64, results, clinic="c", zone=BERLIN)
        yield opened


def written(store, tmp_path, **said):
    out = tmp_path / "report.html"
    write(store, OTTER, out, now=START + 86400, zone=BERLIN, **said)
    return out.read_text(encoding="utf-8")


def test_a_report_is_made_from_the_store(store, tmp_path):
    text = written(store, tmp_path)
    assert "1 session in 1 day: 1 set, 1 balance trial, 2 timed tests." in text
    assert "25 February 2026" in text
    assert "0.062 m/s²" in text.replace("\u00a0", " ")
    assert "Synthetic" not in text


def test_the_patients_page_is_made_from_the_same_store(store, tmp_path):
    text = written(store, tmp_path, audience=Audience.PATIENT)
    assert "You moved on 1 day" in text
    assert "aaaa-0001" not in text


def test_synthetic_results_keep_their_mark_in_the_store(store, tmp_path):
    made = relabelled(exercise_set(recording="s" * 64), label_source=LabelSource.SYNTHETIC)
    store.replace("s" * 64, [replace(made, set_id="aaaa-0009")], clinic="c", zone=BERLIN)
    assert "Synthetic data" in written(store, tmp_path)


def test_a_period_without_results_is_one_line_that_says_what_to_do(store, tmp_path):
    with pytest.raises(SettingsError, match="--since or --until") as caught:
        written(store, tmp_path, until=date(2020, 1, 1))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "report.html").exists()


def test_a_patient_without_results_is_told_how_to_import_some(store, tmp_path):
    Patients(store).add(PANDA)
    with pytest.raises(SettingsError, match="imutrack replay FILE --patient panda-cedar-82"):
        write(store, PANDA, tmp_path / "x.html", now=START, zone=BERLIN)


def test_a_period_that_ends_before_it_begins_is_an_error(store, tmp_path):
    with pytest.raises(SettingsError, match="lies before --since"):
        written(store, tmp_path, since=date(2026, 3, 2), until=date(2026, 3, 1))


def test_days_without_results_count_from_the_asked_first_day_to_today(store, tmp_path):
    assert "1 session in 3 days" in written(store, tmp_path, since=date(2026, 2, 24))


def test_the_full_report_is_not_for_the_patient(store, tmp_path):
    with pytest.raises(SettingsError, match="--full"):
        written(store, tmp_path, full=True, audience=Audience.PATIENT)


def test_a_set_whose_curve_was_pruned_is_still_reported(store, tmp_path):
    store.prune_traces(-1)
    text = written(store, tmp_path)
    assert "Last set" not in text
    assert "1 set" in text
