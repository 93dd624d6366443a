"""`imutrack dashboards check`: the committed files pass, and every fault that is put into them is found."""

# ruff: noqa: S608, ISC004 - queries of our own

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imutrack.cli.dashboards import app
from imutrack.errors import SettingsError
from imutrack.grafana.asking import problems_of
from imutrack.grafana.checking import problems, problems_of_dashboard
from imutrack.grafana.files import dashboard_files, write

COMMITTED = Path(__file__).parents[2] / "dashboards"
COUNTED = '"withdrawn" = false AND $timeFilter'


@pytest.fixture
def board():
    return json.loads(dashboard_files("UTC")["imutrack/patient.json"])


def said(query, **how):
    return " | ".join(problems_of(query, {"patient"}, **how))


def test_the_committed_files_are_right():
    assert problems(COMMITTED) == []


@pytest.mark.parametrize(("query", "words"), [
    (f'SELECT "reps" FROM "sets" WHERE {COUNTED}', "measurement sets"),
    (f'SELECT "repetitions" FROM "rep" WHERE {COUNTED}', "asks for repetitions, which rep does not have"),
    (f'SELECT "number" FROM "rep" WHERE "trial" = \'a\' AND {COUNTED}', "asks for trial"),
    ('SELECT "number" FROM "rep" WHERE $timeFilter', "counts what was replaced"),
    ('SELECT "number" FROM "rep" WHERE "withdrawn" = false OR $timeFilter', "counts what was replaced"),
    ('SELECT "number" FROM "rep" WHERE ("withdrawn" = false OR "number" = 1) AND $timeFilter', "counts what was"),
    ('SELECT "number" FROM "rep" WHERE "withdrawn" = true AND $timeFilter', "counts what was replaced"),
    ('SELECT "number" FROM "rep" WHERE "withdrawn" = false', "asks for all time"),
    (f'SELECT count("number") FROM "rep" WHERE {COUNTED} GROUP BY "set_id"', "groups by set_id, which is no tag"),
    (f'SELECT count("n") FROM (SELECT "number" AS "n" FROM "rep" WHERE {COUNTED}) GROUP BY "side"', "groups by side"),
    (f'SELECT count("m") FROM (SELECT "number" AS "n" FROM "rep" WHERE {COUNTED})', "asks for m"),
    ('SELECT count("n") FROM (SELECT "number" AS "n" FROM "rep" WHERE $timeFilter)', "counts what was replaced"),
    (f"SELECT number FROM \"rep\" WHERE {COUNTED}", "number is no known word"),
    (f'SELECT median("number") FROM "rep" WHERE {COUNTED}', "median is no known word"),
    (f'SELECT "number" FROM "rep" WHERE "side" = \'${{sides:raw}}\' AND {COUNTED}', "the variable sides"),
    (f'SELECT "number" FROM "rep" WHERE "side" = \'${{patient}}\' AND {COUNTED}', "without a format"),
    (f"SELECT \"number\" FROM \"rep\" WHERE \"side\" = '$patient' AND {COUNTED}", "without a format"),
    (f'SELECT "number" FROM "rep" WHERE "side" = \'${{patient:csv}}\' AND {COUNTED}', "in the format csv"),
    ('SELECT count("n") FROM (SELECT count("number") AS "n", "withdrawn" FROM "rep" WHERE $timeFilter) '
     'WHERE "withdrawn" = false', "counts what was replaced"),
    ('SELECT "number" FROM (SELECT "number", "withdrawn" FROM "rep" WHERE $timeFilter LIMIT 1) '
     'WHERE "withdrawn" = false', "counts what was replaced"),
    ('SELECT "number" FROM (SELECT "number", "reps" AS "withdrawn" FROM "rep" WHERE $timeFilter) '
     'WHERE "withdrawn" = false', "counts what was replaced"),
    ('SELECT "number" FROM (SELECT "number", "withdrawn" FROM "rep" WHERE $timeFilter)', "counts what was replaced"),
    ('SELECT "number" FROM (SELECT "number", "withdrawn" FROM "rep" WHERE $timeFilter) '
     'WHERE "withdrawn" = false OR "number" = 1', "counts what was replaced"),
    (f'SELECT "number" FROM (SELECT "number" FROM "rep" WHERE "withdrawn" = false) WHERE {COUNTED}', "all time"),
    ('SHOW TAG VALUES FROM "rep" WITH KEY = "side" WHERE "side" = \'left\'', "asks for all time"),
    ('SHOW TAG VALUES FROM "rep" WITH KEY = "set_id" WHERE $timeFilter', "the tag set_id"),
    ('SHOW TAG VALUES FROM "rep" WITH KEY = "side" WHERE "number" = 1 AND $timeFilter', "the tag number"),
    ('SHOW TAG VALUES FROM "rep" WITH KEY = "side"', "not of the form"),
    ('SHOW TAG VALUES FROM "people" WITH KEY = "side" WHERE $timeFilter', "measurement people"),
    ('DROP SERIES FROM "rep"', "begins neither"),
    ('SELECT "number" FROM "rep" ; $timeFilter', "cannot read"),
])  # fmt: skip
def test_a_query_that_would_mislead_is_named(query, words):
    assert words in said(query)


@pytest.mark.parametrize("query", [
    f'SELECT "number" FROM "rep" WHERE {COUNTED}',
    f'SELECT mean("rom_deg") * 2 AS "x" FROM "rep" WHERE "patient" = \'${{patient:raw}}\' AND {COUNTED} '
    'GROUP BY time(1d), "side" fill(none) tz(\'Europe/Berlin\')',
    f'SELECT "n" FROM (SELECT count("number") AS "n" FROM "rep" WHERE {COUNTED} GROUP BY "side") WHERE "n" > 1',
    f'SELECT "angle_low_deg" FROM "trace"."trace" WHERE {COUNTED}',
    'SELECT count("number") FROM (SELECT "number", "withdrawn" FROM "rep" WHERE $timeFilter) WHERE "withdrawn" = false',
    'SELECT "number" FROM "rep" WHERE time >= ${__from:raw}ms - 84d AND "withdrawn" = false',
    f'SELECT "number" FROM "rep" WHERE "side" =~ /^(a|b\\/c)$/ AND {COUNTED} ORDER BY time DESC LIMIT 5',
])  # fmt: skip
def test_a_query_that_is_right_is_left_alone(query):
    assert said(query) == ""


def test_a_table_is_grouped_by_one_tag_at_most():
    query = f'SELECT last("number") FROM "rep" WHERE {COUNTED} GROUP BY "side", "exercise"'
    assert "mixes up" in said(query, table=True)
    assert said(query) == ""


def change(board, place, **values):
    board["panels"][place] |= values
    return board


@pytest.mark.parametrize(("fault", "words"), [
    (lambda b: change(b, 0, title="The plan"), "is no question"),
    (lambda b: change(b, 0, description=""), "no description"),
    (lambda b: change(b, 0, links=[]), "leads nowhere"),
    (lambda b: b["panels"][0]["fieldConfig"]["defaults"].pop("unit"), "no unit"),
    (lambda b: b["panels"][0]["fieldConfig"]["defaults"].pop("noValue"), "nothing to show"),
    (lambda b: b["panels"][0]["targets"][0]["datasource"].update(uid="other"), "the datasource other"),
    (lambda b: b["panels"][0]["targets"][0].update(query='SELECT "x" FROM "plan" WHERE "item" = 1'), "asks for x"),
    (lambda b: b["templating"]["list"][0].update(query='SHOW TAG VALUES FROM "rep" WITH KEY = "age" WHERE $timeFilter'),
     "variable clinic: asks for the tag age"),
    (lambda b: b["annotations"]["list"][0]["target"].update(query='SELECT "text" FROM "treatment" WHERE $timeFilter'),
     "annotation New plan: counts"),
    (lambda b: b["panels"][0]["gridPos"].update(w=13), "lie on each other"),
    (lambda b: b["panels"][2]["gridPos"].update(w=7), "beyond the right edge"),
    (lambda b: change(b, 1, id=1), "have one id"),
    (lambda b: b["panels"].pop(), "no medical device"),
])  # fmt: skip
def test_a_fault_in_a_dashboard_is_named(board, fault, words):
    assert list(problems_of_dashboard(board)) == []
    fault(board)
    assert words in " | ".join(problems_of_dashboard(board))


def test_a_file_that_was_changed_by_hand_is_missing_or_holds_a_secret_is_named(tmp_path):
    write(tmp_path)
    assert problems(tmp_path) == []
    clinic, token = tmp_path / "imutrack" / "clinic.json", "Token " + "b7" * 20
    clinic.write_text(clinic.read_text().replace('"5m"', '"1m"'))
    (tmp_path / "imutrack" / "session.json").unlink()
    copied = (tmp_path / "imutrack" / "balance.json").read_text()
    (tmp_path / "imutrack" / "copy.json").write_text(copied)
    (tmp_path / "imutrack" / "broken.json").write_text("{")
    (tmp_path / "mine.yaml").write_text(f'value: "{token}"')
    found = "\n".join(problems(tmp_path))
    for words in ("clinic.json: is not what", "session.json: is missing", "same uid imutrack-balance",
                  "broken.json: is no JSON", "mine.yaml: looks as if it held a secret"):  # fmt: skip
        assert words in found
    assert token not in found


def test_files_of_a_clinics_own_zone_are_right_as_well(tmp_path):
    assert write(tmp_path, "Asia/Tokyo")
    assert problems(tmp_path) == []
    assert write(tmp_path, "Asia/Tokyo") == []
    with pytest.raises(SettingsError, match="Grafana knows no offsets"):
        write(tmp_path, "+02:00")


def test_the_command_says_what_is_wrong_and_writes_it_anew(tmp_path):
    command = CliRunner()
    built = command.invoke(app, ["build", "--out", str(tmp_path), "--tz", "Europe/Berlin"])
    assert built.exit_code == 0
    assert "clinic.json" in built.output
    assert command.invoke(app, ["check", str(tmp_path)]).output == f"{tmp_path}: all is right\n"
    (tmp_path / "imutrack" / "clinic.json").unlink()
    checked = command.invoke(app, ["check", str(tmp_path)])
    assert checked.exit_code == 1
    assert "clinic.json: is missing: run imutrack dashboards build" in checked.output
    assert isinstance(command.invoke(app, ["check", str(tmp_path / "no")]).exception, SettingsError)
