"""A patient as tables: everything the store says, lossless, and nothing that a spreadsheet runs."""

import csv
import io
import random
import re
import stat
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.export_rows import START, everything, heel_slide, of, report
from imutrack.clinic.export import gather, write
from imutrack.clinic.export.fhir import bundle, to_json
from imutrack.clinic.export.records import EXPORTED
from imutrack.clinic.export.tables import COLUMNS_FILE, README_FILE, guarded, tables, unguarded
from imutrack.clinic.patients import Patients
from imutrack.corrections import Correction
from imutrack.errors import SettingsError, StoreError
from imutrack.stores.correcting import correct
from imutrack.stores.local import LocalStore
from imutrack.stores.schema import MEASUREMENTS
from stores.store_builders import exercise_set, stance

BERLIN = ZoneInfo("Europe/Berlin")
FORMULA = re.compile(r"[\s\"]*[=+\-@＝＋－＠]")


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def typed(cell, kind):
    """What a reader of fields.csv makes of a cell."""
    return {"float": float, "int": int, "str": unguarded, "bool": {"true": True, "false": False}.get}[kind](cell)


def test_every_measurement_has_a_file_with_the_fields_of_the_schema():
    files = tables(of(*everything()), BERLIN)
    assert set(files) == {README_FILE, COLUMNS_FILE, *(f"{name}.csv" for name in EXPORTED)}
    for name in EXPORTED:
        header = next(csv.reader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))
        known = MEASUREMENTS[name]
        assert header == ["time", *known.tags, *(field.name for field in known.fields)]


def test_every_value_comes_back_as_it_was():
    rows = everything()
    files = tables(of(*rows), BERLIN)
    for name in EXPORTED:
        columns = {line["column"]: line["type"] for line in read(files[COLUMNS_FILE]) if line["file"] == f"{name}.csv"}
        found = [
            {column: typed(cell, columns[column]) for column, cell in line.items() if cell and column != "time"}
            for line in read(files[f"{name}.csv"])
        ]
        assert found == [{**each.tags, **each.fields} for each in of(*rows).of_kind(name)]


def test_times_are_local_with_their_offset():
    (line,) = read(tables(of(heel_slide()), BERLIN)["exercise_set.csv"])
    assert line["time"] == "2026-02-25T07:13:20.250+01:00"
    assert datetime.fromisoformat(line["time"]).timestamp() == START


def test_an_unsure_count_is_an_empty_cell_and_zero_is_zero():
    unsure = heel_slide(reps=None, reps_counted=None)
    first, second = read(tables(of(unsure, heel_slide("b", START + 60, reps=0)), BERLIN)["exercise_set.csv"])
    assert (first["reps"], second["reps"]) == ("", "0")


def test_a_measurement_without_rows_has_no_file():
    assert set(tables(of(heel_slide()), BERLIN)) == {README_FILE, COLUMNS_FILE, "exercise_set.csv"}


def test_every_column_is_described_with_its_unit():
    files = tables(of(*everything()), BERLIN)
    listed = {(line["file"], line["column"]): line for line in read(files[COLUMNS_FILE])}
    for name, content in files.items():
        if name not in {README_FILE, COLUMNS_FILE}:
            header = next(csv.reader(io.StringIO(content.decode(), newline="")))
            assert all(listed[name, column]["description"] for column in header)
    assert listed["exercise_set.csv", "rom_best3_deg"]["unit"] == "deg"


def test_the_readme_says_how_many_rows_there_are_and_that_it_is_health_data():
    text = tables(of(heel_slide()), BERLIN)[README_FILE].decode()
    assert "exercise_set.csv  1" in text
    assert "health data" in text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49 30", "-3 today", "@me", "\t=1", "\r=1", ' "=1"', "a;=1", "a\n=1", "a, =1", "'=1", "＝1", "a|@b"],
)
def test_no_part_of_a_text_begins_like_a_formula(text):
    safe = guarded(text)
    assert not any(FORMULA.match(part) for part in re.split(r"[;,|\t\r\n]", safe))
    assert unguarded(safe) == text


@pytest.mark.parametrize("text", ["fine", "4-5 times", "a=b", "it's", "10 + 2", "left, then right"])
def test_harmless_text_stays_as_it_is(text):
    assert guarded(text) == text


@given(st.text(st.sampled_from("=+-@'\"; ,|\t\r\na1＝")) | st.text())
@example("';'=")
@example(";;'=")
def test_any_text_comes_back_and_begins_no_formula(text):
    safe = guarded(text)
    assert unguarded(safe) == text
    assert not any(FORMULA.match(part) for part in re.split(r"[;,|\t\r\n]", safe))


def test_free_text_is_safe_in_a_file_and_negative_numbers_stay_numbers():
    files = tables(of(heel_slide(), report(text='=HYPERLINK("http://example.org")')), BERLIN)
    (said,) = read(files["self_report.csv"])
    assert said["text"].startswith("'=")
    (line,) = read(files["exercise_set.csv"])
    assert line["smoothness"] == "-1.6"


def test_the_order_of_the_rows_does_not_change_a_byte():
    rows = everything()
    once = tables(of(*rows), BERLIN)
    random.Random(3).shuffle(rows)  # noqa: S311 - an order, not a secret
    assert tables(of(*rows), BERLIN) == once


def test_the_folder_and_its_files_are_their_owner_s_alone(tmp_path):
    done = write(of(*everything()), "csv", None, directory=tmp_path, zone=BERLIN)
    assert done.place == tmp_path / "exports" / "otter-maple-47-csv"
    assert stat.S_IMODE(done.place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in done.place.iterdir()} == {0o600}
    assert stat.S_IMODE(done.place.parent.stat().st_mode) == 0o700
    assert done.counts["exercise_set"] == 6


def test_the_file_is_its_owner_s_alone(tmp_path):
    done = write(of(heel_slide()), "fhir", None, directory=tmp_path, zone=BERLIN)
    assert done.place == tmp_path / "exports" / "otter-maple-47.fhir.json"
    assert stat.S_IMODE(done.place.stat().st_mode) == 0o600


@pytest.mark.parametrize("form", ["csv", "fhir"])
def test_an_older_export_is_replaced_and_nothing_is_left_beside_it(tmp_path, form):
    write(of(*everything()), form, None, directory=tmp_path, zone=BERLIN)
    done = write(of(heel_slide()), form, None, directory=tmp_path, zone=BERLIN)
    assert [item.name for item in done.place.parent.iterdir()] == [done.place.name]
    if form == "csv":
        assert {item.name for item in done.place.iterdir()} == {README_FILE, COLUMNS_FILE, "exercise_set.csv"}


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(SettingsError, match=r"holds something else \(thesis.docx\)"):
        write(of(heel_slide()), "csv", tmp_path, directory=tmp_path, zone=BERLIN)
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="is a file: give a folder"):
        write(of(heel_slide()), "csv", tmp_path / "file", directory=tmp_path, zone=BERLIN)
    with pytest.raises(SettingsError, match="is a folder: give a file"):
        write(of(heel_slide()), "fhir", tmp_path, directory=tmp_path, zone=BERLIN)


@pytest.mark.parametrize("form", ["csv", "fhir"])
def test_a_place_that_does_not_exist_is_an_error_in_words(tmp_path, form):
    with pytest.raises(StoreError, match="choose another --out"):
        write(of(heel_slide()), form, tmp_path / "no" / "such", directory=tmp_path, zone=BERLIN)


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(SettingsError, match="--to xml: use fhir or csv"):
        write(of(heel_slide()), "xml", None, directory=tmp_path, zone=BERLIN)


def test_the_order_of_imports_does_not_change_a_byte(tmp_path):
    recordings = {"a" * 64: exercise_set("aaaa-0001", "a" * 64), "b" * 64: stance("aaaa-0002", recording="b" * 64),
                  "c" * 64: exercise_set("aaaa-0003", "c" * 64, start=START + 4000)}  # fmt: skip
    written = []
    for order in (list(recordings), list(reversed(recordings))):
        with LocalStore.open(tmp_path / order[0][0]) as store:
            otter = Patients(store).add("otter-maple-47")
            for recording in order:
                store.replace(recording, [recordings[recording]], clinic="harbour", zone=BERLIN)
            records = gather(store, otter)
            written.append((tables(records, BERLIN), to_json(bundle(records, BERLIN))))
    assert written[0] == written[1]
    assert records.counts == {"exercise_set": 2, "rep": 6, "stance": 1}


def test_a_result_that_was_set_aside_is_exported_as_such(tmp_path):
    with LocalStore.open(tmp_path) as store:
        otter = Patients(store).add("otter-maple-47")
        store.replace("r" * 64, [exercise_set()], clinic="harbour", zone=BERLIN)
        void = Correction(set_id="aaaa-0001", at_ns=1, by="MB", why="not this patient's sensor", void=True)
        correct(store, void, clinic="harbour", zone=BERLIN)
        records = gather(store, otter)
    (line,) = read(tables(records, BERLIN)["exercise_set.csv"])
    assert line["withdrawn"] == "true"
    statuses = [each["resource"]["status"] for each in bundle(records, BERLIN)["entry"] if "status" in each["resource"]]
    assert "entered-in-error" in statuses


def test_a_patient_of_whom_nothing_is_stored_is_an_error_in_words(tmp_path):
    with LocalStore.open(tmp_path) as store:
        otter = Patients(store).add("otter-maple-47")
        with pytest.raises(SettingsError, match="there is nothing to export yet"):
            gather(store, otter)
