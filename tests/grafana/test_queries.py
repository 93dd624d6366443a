"""Every query of every dashboard against a real InfluxDB with a synthetic clinic in it."""

import re
from dataclasses import replace

import pytest

from grafana.conftest import CLINIC, DAY_S, NOW, REPLACED, SENSORS, ZONE
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.boards.queries import EVERYBODY
from imutrack.grafana.expanding import expanded
from imutrack.stores.line_protocol import lines
from imutrack.stores.rows import Row
from influx.conftest import bucket, influx  # noqa: F401 - fixtures

NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")  # numbers come as texts, so that none loses a digit
A_MOMENT = 1e12  # Unix epoch ms
WEEK_MS = 7 * 86_400_000
NOW_MS = round(NOW * 1000)
UNITS_MS = {"h": 3_600_000, "d": 86_400_000, "w": WEEK_MS}


def every_patient(seeded):
    return [[name] for name in sorted({row.tags["patient"] for row in seeded.rows if "patient" in row.tags})]


def period_ms(since):
    amount, unit = re.fullmatch(r"(?:now-)?(\d+)([hdw])", since).groups()
    return int(amount) * UNITS_MS[unit]


def first_answer(seeded, query, values, start_ms):
    """What Grafana chooses: the first text or number of the answer; nothing when there is none."""
    found = [
        row[1] for series in seeded.query(expanded([query], values, start_ms, NOW_MS)[0]) for row in series["values"]
    ]
    return [str(found[0])] if found else []


@pytest.fixture(scope="module")
def patient(seeded):
    """One with balance trials, chair tests, several sides, corrections, treatments, and reports."""
    wanted = ("stance", "sit_to_stand", "timed_up_and_go", "treatment", "self_report")
    many = [
        (len(seeded.of("change", patient=name)), name)
        for name in {row.tags["patient"] for row in seeded.rows if "patient" in row.tags}
        if all(seeded.of(kind, patient=name) for kind in wanted)
    ]
    return max(many)[1]


@pytest.fixture(scope="module")
def chosen(seeded, patient):
    """Variables of each dashboard for a patient with a verdict."""
    verdict = next(row for row in seeded.of("change", patient=patient, measure="rom", mode="active")
                   if row.fields["verdict"] != "too early" and "side" in row.fields)  # fmt: skip
    typed = {"patient": [patient], "exercise": [verdict.fields["exercise"]], "side": [verdict.fields["side"]]}
    trial = next(row for row in seeded.of("change", patient=patient, measure="sway")).fields["exercise"]
    return all_chosen(seeded, typed | {"trial": [trial]})


@pytest.fixture(scope="module")
def chosen_with_limit(seeded):
    """The same for a patient with an approved limit."""
    own = max((row for row in seeded.of("exercise_set", withdrawn=False) if "rom_limit_deg" in row.fields),
              key=lambda row: row.time_ns)  # fmt: skip
    return all_chosen(seeded, {name: [own.tags[name]] for name in ("patient", "exercise", "side")})


def all_chosen(seeded, typed):
    """Variables of each dashboard, chosen as Grafana does it, from what a person chooses."""
    typed = typed | {"clinic": [CLINIC], "sensor": list(SENSORS), "zone": ZONE, "therapist": EVERYBODY}
    boards = {}
    for board in BOARDS:
        values = dict(typed)
        for variable in board.variables:
            if variable.name not in values:
                values[variable.name] = first_answer(seeded, variable.query, values, NOW_MS - 12 * WEEK_MS)
        boards[board.title] = values
    return boards


def asked():
    for board in BOARDS:
        for panel in board.panels:
            for number, query in enumerate(panel.queries):
                yield pytest.param(board, panel.since, query.text, id=f"{board.title}: {panel.title} {number}")
        for event in board.annotations:
            yield pytest.param(board, "", event.query, id=f"{board.title}: {event.name}")
        for variable in board.variables:
            if variable.kind == "query":
                yield pytest.param(board, "", variable.query, id=f"{board.title}: {variable.name}")


def values_of(answer):
    return [value for series in answer for row in series["values"] for value in row[1:] if value is not None]


@pytest.mark.parametrize(("board", "since", "text"), list(asked()))
def test_a_query_is_answered(seeded, chosen, chosen_with_limit, board, since, text):
    # the set and the curves of the session may be older than a week
    back_ms = (
        12 * WEEK_MS if board.title == "Session" else period_ms("1d" if since == "now/d" else since or board.since)
    )
    about_a_limit = text.startswith('SELECT "rom_limit') or 'last("rom_limit' in text or "${limit:" in text
    values = (chosen_with_limit if about_a_limit else chosen)[board.title]
    if text.startswith('SHOW TAG VALUES FROM "stance" WITH KEY = "side"'):  # only these have one
        values = values | {"trial": ["single_leg_eyes_open"]}
    patients = [values["patient"]] if "${exercise:" in text or "${set:" in text else every_patient(seeded)
    queries = [
        expanded([text], values | {"patient": patient}, NOW_MS - back_ms, NOW_MS)[0]
        for patient in [values["patient"], *patients]
    ]
    answers = [values_of(seeded.query(query)) for query in queries]
    assert any(answers), queries[0]
    numbers = [float(value) for answer in answers for value in answer if NUMBER.fullmatch(str(value))]
    assert all(abs(number) < REPLACED / 2 or number > A_MOMENT for number in numbers), "counts what was replaced"


def asked_of(title, question):
    board = next(board for board in BOARDS if board.title == title)
    return next(panel for panel in board.panels if panel.title == question)


def test_unlike_angles_are_not_in_one_series(seeded, chosen):
    values, queries = chosen["Patient"], asked_of("Patient", "Is the joint really moving more?").queries
    start_ms = NOW_MS - 12 * WEEK_MS
    joined, _, apart, _ = (seeded.query(text) for text in expanded([q.text for q in queries], values, start_ms, NOW_MS))
    (name,), (exercise,), (side,) = values["patient"], values["exercise"], values["side"]
    times = [
        {row.time_ns for row in seeded.of("exercise_set", patient=name, exercise=exercise, side=side, withdrawn=False)
         if (row.fields["placement"] == values["placement"][0]) is like and row.fields["quality"] != "withheld"
         and "rom_best3_deg" in row.fields and row.time_ns >= start_ms * 1e6}
        for like in (True, False)
    ]  # fmt: skip
    assert {int(row[0]) for row in joined[0]["values"]} == times[0]
    assert {int(row[0]) for row in apart[0]["values"]} == times[1]
    assert times[1]


def test_a_patient_without_a_therapist_is_listed_under_all_and_not_under_one(seeded, chosen):
    text = asked_of("Clinic", "Who needs me today, and why?").queries[0].text

    def listed(therapist):
        (query,) = expanded([text], chosen["Clinic"] | {"therapist": therapist}, NOW_MS - 2 * 86_400_000, NOW_MS)
        return {series["tags"]["patient"] for series in seeded.query(query)}

    everybody = listed(chosen["Clinic"]["therapist"])
    therapists = {row.fields["therapist"] for row in seeded.of("patient_day") if "therapist" in row.fields}
    assert "unknown" in everybody
    assert "unknown" not in listed(sorted(therapists))
    one = listed([min(therapists)])
    assert one
    assert one < everybody


def test_who_never_began_is_quiet_too(seeded, chosen):
    text = asked_of("Clinic", "Who has gone quiet?").queries[0].text
    (query,) = expanded([text], chosen["Clinic"], NOW_MS - 2 * 86_400_000, NOW_MS)
    quiet = {series["tags"]["patient"]: series["values"][0][-1] for series in seeded.query(query)}
    assert quiet["quiet"] == "9"
    assert quiet["never-began"] is None
    assert all(days is None or int(days) > 3 for days in quiet.values())
    assert "unknown" not in quiet


def test_only_stops_that_were_reported_are_marked(bucket):  # noqa: F811
    tags = {"patient": "otter", "clinic": CLINIC}
    said = [(3, {"stop": False, "pain": 2}), (2, {"stop": True}), (1, {"pain": 3}), (0.1, {"stop": True})]
    rows = [Row("self_report", tags, round((NOW - ago * DAY_S) * 1e9), {"withdrawn": False} | fields)
            for ago, fields in said]  # fmt: skip
    bucket.write(
        lines([*rows, replace(rows[1], time_ns=rows[1].time_ns + 1, fields={"stop": True, "withdrawn": True})])
    )
    text = asked_of("Patient", "Is it hurting?").queries[1].text
    (query,) = expanded([text], {"patient": ["otter"], "zone": ZONE}, NOW_MS - WEEK_MS, NOW_MS)
    (series,) = bucket.query(query)
    assert [row[1] for row in series["values"]] == ["1", "1"]


def test_a_share_of_days_ago_does_not_stand_for_the_last_day(bucket):  # noqa: F811
    panel = asked_of("Patient", "Are they reaching the range?")
    tags, day = {"patient": "otter", "clinic": CLINIC}, {"withdrawn": False, "level": 1}
    said = [(2, day | {"in_range_pct_7d": 80.0}), (1, day)]
    bucket.write(lines([Row("patient_day", tags, round((NOW - ago * DAY_S) * 1e9), fields) for ago, fields in said]))
    (query,) = expanded([panel.queries[0].text], {"patient": ["otter"]}, NOW_MS - WEEK_MS, NOW_MS)
    (series,) = bucket.query(query)
    at = series["columns"].index("reached")
    assert [row[at] for row in series["values"]] == ["80", None]
    assert dict(panel.options)["reduceOptions"]["calcs"] == ["last"]  # an empty one counts


def test_the_worst_come_first(seeded, chosen):
    text = asked_of("Clinic", "Who needs me today, and why?").queries[0].text
    (query,) = expanded([text], chosen["Clinic"], NOW_MS - 2 * 86_400_000, NOW_MS)
    rows = [dict(zip(series["columns"], series["values"][0], strict=True)) for series in seeded.query(query)]
    assert all(len(series["values"]) == 1 for series in seeded.query(query))
    rows.sort(key=lambda row: -int(row["order"]))
    levels = [int(row["level"]) for row in rows]
    assert levels == sorted(levels, reverse=True)
    assert {0, 1, 2, 3} <= set(levels)
