"""Several clinics in one bucket, and points that name none: a dashboard shows one clinic at a time."""

from dataclasses import replace

import pytest

from grafana.conftest import CLINIC, NOW, SENSORS, ZONE
from grafana.test_queries import NOW_MS, WEEK_MS, first_answer
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.boards.queries import EVERYBODY
from imutrack.grafana.expanding import expanded
from imutrack.stores.line_protocol import lines
from imutrack.stores.rows import Row
from influx.conftest import bucket, influx  # noqa: F401 - fixtures

CHOSEN = {"therapist": EVERYBODY, "sensor": list(SENSORS), "zone": ZONE}
LISTS = [(board, variable.query) for board in BOARDS for variable in board.variables if variable.name == "patient"]
OF_ALL = [board for board in BOARDS if board.title in {"Clinic", "Devices"}]
ASKED = LISTS + [(board, query.text) for board in OF_ALL for panel in board.panels for query in panel.queries]


def ask(place, text, clinic):
    (query,) = expanded([text], CHOSEN | {"clinic": clinic}, NOW_MS - 4 * WEEK_MS, NOW_MS)
    answer = place.query(query)
    return sorted(
        (sorted(series.get("tags", {}).items()), sorted(map(str, series["values"]))) for series in answer
    )  # each as a text, since some are absent


def clinics(place, board):
    variable = next(each for each in board.variables if each.name == "clinic")
    return first_answer(place, variable.query, CHOSEN, NOW_MS - 4 * WEEK_MS)


@pytest.fixture(scope="module")
def asked_rows(clinic_rows):
    """What the dashboards of a whole clinic ask."""
    kinds = {"patient_day", "change", "exercise_set", "stance", "link"}
    return [row for row in clinic_rows if row.measurement in kinds and row.time_ns / 1e6 > NOW_MS - 4 * WEEK_MS]


@pytest.fixture(scope="module")
def shared(influx, asked_rows):  # noqa: F811
    """The clinic beside another one, whose patients have other names."""

    def elsewhere(row):
        whose = {name: f"other-{text}" for name, text in row.tags.items() if name in {"patient", "sensor", "clinic"}}
        return replace(row, tags=row.tags | whose)

    with influx.bucket() as made:
        made.write(lines(asked_rows))
        made.write(lines([elsewhere(row) for row in asked_rows]))
        yield made


@pytest.fixture(scope="module")
def unnamed(influx, asked_rows):  # noqa: F811
    """The clinic without its name."""
    with influx.bucket() as made:
        made.write(lines([replace(row, tags=row.tags | {"clinic": ""}) for row in asked_rows]))
        yield made


@pytest.mark.parametrize(("board", "text"), ASKED)
def test_a_clinic_beside_another_sees_what_it_would_see_alone(seeded, shared, board, text):
    alone = ask(seeded, text, [CLINIC])
    assert ask(shared, text, [CLINIC]) == alone
    assert ask(shared, text, ["third"]) == []


@pytest.mark.parametrize(("board", "text"), ASKED)
def test_where_no_point_names_a_clinic_none_is_chosen_and_all_is_seen(seeded, unnamed, board, text):
    assert clinics(unnamed, board) == []
    assert ask(unnamed, text, []) == ask(seeded, text, [CLINIC])


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.title)
def test_the_first_clinic_is_chosen_before_the_patient_and_goes_along_every_link(seeded, board):
    assert board.variables[0].name == "clinic"
    assert clinics(seeded, board) == [CLINIC]
    links = [link for panel in board.panels for link in panel.links]
    links += [column.link for panel in board.panels for column in panel.columns if column.link]
    assert all("clinic" in link.carry for link in links)


def test_trials_belong_to_the_day_of_the_clinic(bucket):  # noqa: F811
    midnight = NOW - 22 * 3600  # in Berlin in summer: 20:00 UTC is 22:00
    rows = [
        Row("stance", {"patient": "otter", "clinic": CLINIC, "trial": "tandem"}, round((midnight + ago_s) * 1e9),
            {"rms_mps2": 0.1, "quality": "good", "withdrawn": False})
        for ago_s in (-600.0, 600.0, 1200.0)  # one day in UTC
    ]  # fmt: skip
    bucket.write(lines(rows))
    panels = next(board for board in BOARDS if board.title == "Patient").panels
    steadier = next(panel for panel in panels if panel.title == "Is the balance steadier?")
    values = CHOSEN | {"patient": ["otter"]}
    whole, few = expanded([query.text for query in steadier.queries], values, NOW_MS - WEEK_MS, NOW_MS)
    assert bucket.query(whole) == []
    (series,) = bucket.query(few)
    assert [int(row[0]) for row in series["values"]] == [round((midnight - 86_400) * 1e9), round(midnight * 1e9)]


@pytest.mark.parametrize(
    ("tags", "leg", "answered"),
    [
        ({"trial": "tandem"}, "", True),  # in a bucket in which nothing ever had a leg
        ({"trial": "tandem", "side": "left"}, "left", True),
        ({"trial": "tandem", "side": "left"}, "right", False),
        ({"trial": "tandem", "side": "left"}, "", False),
    ],
)
def test_trials_on_one_leg_are_drawn_by_themselves(bucket, tags, leg, answered):  # noqa: F811
    said = {"rms_mps2": 0.1, "quality": "good", "withdrawn": False}
    bucket.write(lines([Row("stance", {"patient": "otter", "clinic": CLINIC, **tags}, round(NOW * 1e9), said)]))
    panels = next(board for board in BOARDS if board.title == "Balance").panels
    own = next(panel for panel in panels if panel.title == "Is the sway less than in the first days?")
    values = CHOSEN | {"patient": ["otter"], "trial": ["tandem"], "leg": leg, "low": "", "high": ""}
    _, single, _ = expanded([query.text for query in own.queries], values, NOW_MS - WEEK_MS, NOW_MS)
    assert bool(bucket.query(single)) is answered
