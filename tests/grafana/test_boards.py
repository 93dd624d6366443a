"""What the dashboards promise to people: questions, words, colours, size."""

import json
import re
from pathlib import Path

import pytest

from imutrack.exercises import all_exercises
from imutrack.grafana.alerts import RULES
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.files import dashboard_files
from imutrack.grafana.influxql import read, selects
from imutrack.grafana.names import NAMES
from imutrack.grafana.panel_kinds import OPTIONS
from imutrack.grafana.rendering import rendered
from imutrack.grafana.style import BLUE, GREY, LEVELS, LINES, ORANGE, RED, shares
from imutrack.stores.schema import MEASUREMENTS
from imutrack.words import DISCLAIMER
from test_words import FORBIDDEN

FORBIDDEN_TOO = re.compile(r"\b(better|worse|normal\w*|abnormal\w*|risk\w*|diagnos\w+|complian\w*)\b", re.IGNORECASE)
PANELS = [pytest.param(board, panel, id=f"{board.title}: {panel.title}") for board in BOARDS for panel in board.panels]
GROUNDS = {"light": ("#ffffff", "#f4f5f5"), "dark": ("#111217", "#181b1f")}  # of Grafana's panels and pages
ROWS = 24  # of 38 pixels, below Grafana's own bars on a screen of 1080
LISTS = 28  # where lists at the end may reach further down


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def as_seen(colour, kind):
    """A colour as it is seen without green (deuteranopia) or without red (protanopia) cones; Vienot 1999."""
    matrix = {
        "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
        "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    }[kind]
    parts = [(int(colour[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5)]
    mixed = [sum(weight * part for weight, part in zip(row, parts, strict=True)) for row in matrix]
    return [max(0.0, part) ** (1 / 2.2) for part in mixed]


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_is_a_question_that_explains_itself_and_leads_on(board, panel):
    assert panel.title.endswith("?")
    assert panel.text.endswith(".")
    assert len(panel.empty) > 10
    assert panel.links
    assert panel.unit
    assert {link.to for link in panel.links} <= {each.uid for each in BOARDS}


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_links_carry_variables_that_the_other_dashboard_has(board, panel):
    names = {each.uid: {variable.name for variable in each.variables} for each in BOARDS}
    for link in (*panel.links, *(column.link for column in panel.columns if column.link)):
        assert {name for name, _ in link.give} | set(link.carry) <= names[link.to]
        assert set(link.carry) <= names[board.uid]
        for _, column in link.give:
            assert f'"{column}"' in panel.queries[0].text


@pytest.mark.parametrize("text", [
    *(text for board in BOARDS for panel in board.panels for text in (panel.title, panel.text, panel.empty)),
    *(text for board in BOARDS for variable in board.variables for text in (variable.label, variable.text)),
    *(text for rule in RULES for text in (rule.title, rule.text)),
    (Path(__file__).parents[2] / "dashboards" / "README.md").read_text(encoding="utf-8"),
])  # fmt: skip
def test_no_text_promises_what_a_sensor_cannot_know(text):
    assert not FORBIDDEN.search(text)
    assert not FORBIDDEN_TOO.search(text)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.title)
def test_a_dashboard_fits_on_one_screen_but_for_lists_and_fills_its_rows(board):
    assert all(sum(panel.size[0] for panel in row) == 24 for row in board.rows)
    heights = [max(panel.size[1] for panel in row) for row in board.rows]
    ends_in_lists = all(panel.kind == "table" for panel in board.rows[-1])
    assert sum(heights) + 2 <= (LISTS if ends_in_lists else ROWS)
    assert sum(heights[:-1]) <= ROWS - 6  # a header and four rows of the lists are seen


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_what_is_written_big_is_short(board, panel):
    if panel.kind in {"stat", "bargauge"}:  # Grafana shrinks a long text, or cuts it
        assert len(panel.empty) <= 30


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_links_carry_ids_and_not_the_names_that_cells_show(board, panel):
    given = {column for each in panel.columns if each.link for _, column in each.link.give}
    shown_otherwise = {column.name for column in panel.columns if "mappings" in dict(column.looks)}
    assert not given & shown_otherwise


def test_the_latest_set_is_opened_from_its_begin_to_its_end():
    patient = next(board for board in BOARDS if board.title == "Patient")
    said = [link["url"] for panel in rendered(patient, "UTC")["panels"] for link in panel.get("links", ())
            if link["title"] == "Latest set"]  # fmt: skip
    assert said
    assert all(url.endswith("&from=${begin:raw}&to=${end:raw}") for url in said)
    assert {"begin", "end"} <= {variable.name for variable in patient.variables if variable.hidden}


def test_the_phases_of_a_repetition_have_their_own_names():
    session = next(board for board in BOARDS if board.title == "Session")
    (tempo,) = [panel for panel in session.panels if panel.title == "How long did each repetition take?"]
    phases = {"out": ("outward_s",), "hold": ("hold_s",), "back": ("return_s",)}
    assert {name: of for name, of in read(tempo.queries[0].text).columns.items() if name in phases} == phases
    assert dict(tempo.options).get("legend", OPTIONS["trend"]["legend"])["showLegend"]  # three colours, three words


def test_what_a_plan_asks_for_changes_in_steps():
    charts = [panel for board in BOARDS for panel in board.panels if panel.kind in {"timeseries", "trend"}]
    names = {"target", "! limit", "asked for"}
    asked_for = [dict(column.looks) for panel in charts for column in panel.columns if column.name in names]
    assert len(asked_for) >= 5
    assert all(looks["custom.lineInterpolation"] == "stepAfter" for looks in asked_for)


def test_repetitions_are_drawn_by_their_number_and_not_by_time():
    drawn = [panel for board in BOARDS for panel in board.panels if panel.kind == "trend"]
    assert len(drawn) == 3
    for panel in drawn:
        assert all(f'AS "{panel.over}"' in query.text for query in panel.queries)  # else Grafana cannot join them


def test_every_exercise_and_trial_has_a_name_of_its_own():
    names = {value: option["text"] for value, option in NAMES[0]["options"].items()}
    trials = {trial.id for each in all_exercises().values() for trial in each.trials}
    assert {*all_exercises(), *trials} <= set(names)
    assert len(set(names.values())) == len(names)
    assert not [text for text in names.values() if "_" in text or len(text) > 36]


def test_no_cell_or_line_shows_an_id():
    for panel in (panel for board in BOARDS for panel in board.panels):
        named = {column.name for column in panel.columns if column.title}
        if panel.kind == "table":
            assert not {"exercise", "trial"} & named
        if any("$tag_trial" in query.legend for query in panel.queries):
            assert named


def test_units_stand_one_blank_from_their_numbers():
    units = re.findall(r'"(suffix:[^"]*)"', "".join(dashboard_files("UTC").values()))
    assert units
    assert not [unit for unit in units if unit.startswith("suffix: ")]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.title)
def test_on_a_phone_the_panels_come_in_the_order_of_the_description(board):
    made = json.loads(dashboard_files("UTC")[f"{board.folder.replace(' ', '-')}/{board.title.lower()}.json"])
    by_place = sorted(made["panels"], key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"]))
    assert [panel["title"] for panel in by_place] == [*(panel.title for panel in board.panels), ""]
    assert by_place[-1]["options"]["content"] == f"<small>{DISCLAIMER}</small>"


def test_points_of_patients_are_found_by_tags_and_time_alone():
    asked = [query.text for board in BOARDS for panel in board.panels for query in panel.queries]
    asked += [event.query for board in BOARDS for event in board.annotations]
    asked += [each.query for board in BOARDS for each in board.variables if each.query.startswith("SELECT")]
    for select, _ in (pair for text in asked for pair in selects(read(text))):
        for source in select.sources:
            if isinstance(source, str) and "patient" in MEASUREMENTS[source].tags:
                assert select.asked <= set(MEASUREMENTS[source].tags)


def test_a_set_is_opened_from_its_begin_to_its_end():
    opened = [
        (panel, column["value"][0]["url"])
        for text in dashboard_files("UTC").values()
        for panel in json.loads(text)["panels"]
        for override in panel["fieldConfig"]["overrides"]
        for column in override["properties"]
        if column["id"] == "links" and "imutrack-session" in column["value"][0]["url"]
    ]
    assert opened
    for panel, url in opened:
        assert url.endswith("&from=${__data.fields.Time.numeric}&to=${__data.fields.end_ms.numeric}")
        hidden = {
            "matcher": {"id": "byName", "options": "end_ms"},
            "properties": [{"id": "custom.hidden", "value": True}, {"id": "noValue", "value": ""}],
        }
        assert hidden in panel["fieldConfig"]["overrides"]
        assert panel["transformations"] == []  # a column that is taken out cannot be given on


@pytest.mark.parametrize(("label", "colour"), [("blue-1", BLUE), ("Green 2", "#009E73"), ("orange-1", "#E69F00")])
def test_a_strap_that_is_called_by_its_colour_has_that_colour(label, colour):
    (first,) = [place for place, signs in enumerate(shares(len(LINES))) if re.match(signs, label, re.IGNORECASE)]
    assert LINES[first] == colour


@pytest.mark.parametrize("label", ["blue-1", "Waist", "7", "left thigh B"])
def test_every_label_has_one_colour_and_at_most_one_kind_of_dashes(label):
    devices = next(board for board in BOARDS if board.title == "Devices")
    charts = [panel.columns for panel in devices.panels if panel.kind == "timeseries"]
    assert all(columns == charts[0] for columns in charts)
    found = [column for column in charts[0] if re.search(column.name[1:-2], label, re.IGNORECASE)]
    looks = [dict(column.looks) for column in found]
    assert sum("color" in each for each in looks) == 1
    assert sum("custom.lineStyle" in each for each in looks) <= 1


def test_the_view_of_a_patient_asks_little():
    patient = next(board for board in BOARDS if board.title == "Patient")
    assert sum(len(panel.queries) for panel in patient.panels) <= 22


@pytest.mark.parametrize("colour", [BLUE, GREY, ORANGE, RED])
def test_white_words_on_a_filled_cell_can_be_read(colour):
    assert contrast(colour, "#ffffff") >= 4.5  # WCAG 2.1, 1.4.3


@pytest.mark.parametrize("colour", [BLUE, GREY, ORANGE, RED])
@pytest.mark.parametrize("theme", GROUNDS)
def test_a_line_can_be_seen_on_either_ground(colour, theme):
    assert all(contrast(colour, ground) >= 3 for ground in GROUNDS[theme])  # WCAG 2.1, 1.4.11


@pytest.mark.parametrize("kind", ["deuteranopia", "protanopia"])
def test_what_is_fine_and_what_needs_a_look_are_told_apart_with_any_vision(kind):
    for group, least in (((BLUE, ORANGE, GREY), 0.3), (LINES, 0.2)):  # a tenth of each channel; lines have dashes too
        colours = [as_seen(colour, kind) for colour in group]
        apart = [sum(abs(a - b) for a, b in zip(one, other, strict=True)) for place, one in enumerate(colours)
                 for other in colours[:place]]  # fmt: skip
        assert min(apart) > least


def test_every_level_has_its_word_and_only_the_highest_is_red():
    options = LEVELS[0]["options"]
    assert {value: option["text"] for value, option in options.items()} == {
        "0": "nothing known", "1": "fine", "2": "look", "3": "! stop or limit",
    }  # fmt: skip
    assert [value for value, option in options.items() if option["color"] == RED] == ["3"]


def test_red_stands_only_beside_an_exclamation_mark():
    for board in BOARDS:
        for panel in board.panels:
            for column in panel.columns:
                if RED in json.dumps(column.looks) and "mappings" not in dict(column.looks):
                    assert column.name.startswith("!")


def test_days_begin_at_the_clinics_midnight():
    files = dashboard_files("Europe/Berlin")
    zones = {json.loads(text)["timezone"] for text in files.values()}
    assert zones == {"Europe/Berlin"}
    grouped = [
        query for board in BOARDS for panel in board.panels for query in panel.queries if "time(1d)" in query.text
    ]
    assert grouped
    assert all("tz('${zone:raw}')" in query.text for query in grouped)
    chosen = [each["query"] for text in files.values() for each in json.loads(text)["templating"]["list"]
              if each["name"] == "zone"]  # fmt: skip
    assert set(chosen) == {"Europe/Berlin"}


def test_tables_say_nothing_in_empty_cells_that_is_meant_for_the_whole():
    for text in dashboard_files("UTC").values():
        for panel in json.loads(text)["panels"]:
            if panel["type"] == "table":
                first = panel["fieldConfig"]["overrides"][0]
                assert first["matcher"] == {"id": "byRegexp", "options": "/.*/"}
                assert first["properties"] == [{"id": "noValue", "value": "–"}]
