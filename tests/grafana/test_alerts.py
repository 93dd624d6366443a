"""Alert rules as Grafana reads them, on a real InfluxDB: they fire on what is the matter and are quiet otherwise."""

import re
import time
from dataclasses import replace

import pytest

from grafana.conftest import DAY_S, link_rows
from imutrack.clinic.days.rules import Rule
from imutrack.clinic.days.wording import why
from imutrack.grafana.alerts import RULES
from imutrack.grafana.provisioning import alert_group
from imutrack.stores.line_protocol import lines
from imutrack.stores.rows import Row
from influx.conftest import bucket, influx  # noqa: F401 - fixtures

MATTER = re.compile(r"\$Alast ([<>]) (-?[\d.]+)( && \$Blast >= 0)?")


def row(measurement, ago_s=3600.0, tags=None, **fields):
    tags = {"patient": "otter", "clinic": "c"} | (tags or {})
    return Row(measurement, tags, round((time.time() - ago_s) * 1e9), {"withdrawn": False} | fields)


def day(ago_s=3600.0, **fields):
    plain = {"level": 1, "status": "active", "days_since_last": 0, "why": "6 of 6 in 7 days", "pain_colour": "green"}
    return row("patient_day", ago_s, **(plain | fields))


def silent(ago_s=3600.0, **fields):
    said = why(Rule.SILENT, days="5 days", limit=3, missed=2)
    return day(ago_s, **({"level": 2, "days_since_last": 5, "why": f"plan review overdue by 2 days; {said}"} | fields))


def never(row):
    """The day of somebody of whom nothing was ever recorded."""
    return replace(row, fields={name: value for name, value in row.fields.items() if name != "days_since_last"})


def change(**fields):
    said = {"measure": "rom", "verdict": "less", "confirmed": True, "occasions": 9}
    return row("change", DAY_S, **(said | fields))


def a_set(ago_s=3600.0, **fields):
    return row("exercise_set", ago_s, {"exercise": "squat"}, **({"quality": "good", "reps_beyond_limit": 2} | fields))


def link(ago_s=0.0, **said):
    return link_rows(time.time() - ago_s, ("blue-1",), **said)


def growing(step):
    return [replace(each, fields=each.fields | {"backlog": step * (60 - place)}) for place, each in enumerate(link())]


SWAY = {"measure": "sway", "verdict": "more"}
FIRES = {
    "imutrack-silent": [[silent()], [never(silent())]],
    "imutrack-range-less": [[day(), change()]],
    "imutrack-limit": [[day(), a_set()], [day(), a_set(quality="usable", reps_beyond_limit=5)]],
    "imutrack-sway-more": [[day(), change(**SWAY)]],
    "imutrack-pain": [[day(pain_colour="red", level=2)], [day(DAY_S, pain_colour="amber"), day(pain_colour="red")]],
    "imutrack-stop": [[day(), row("self_report", stop=True)]],
    "imutrack-battery": [link(battery_pct=12.0)],
    "imutrack-sensor-silent": [link(5 * DAY_S), link(2.3 * DAY_S)],
    "imutrack-backlog": [growing(10)],
}
QUIET = {
    "imutrack-silent": [
        [day(days_since_last=5)],  # nothing was due, or back from a pause
        [silent(status="paused")],
        [silent(withdrawn=True)],
        [silent(DAY_S), day()],  # came back
        [silent(3 * DAY_S)],  # discharged since
    ],
    "imutrack-range-less": [
        [day(), change(confirmed=False)],
        [day(), change(verdict="no real change")],
        [day(), change(measure="sway")],
        [day(), change(withdrawn=True)],
        [change()],  # nobody active
        [day(status="discharged"), change()],
    ],
    "imutrack-limit": [
        [day(), a_set(reps_beyond_limit=1)],
        [day(), a_set(quality="withheld")],
        [day(), a_set(2 * DAY_S)],
        [day(), a_set(withdrawn=True)],
        [a_set()],
    ],
    "imutrack-sway-more": [
        [day(), change(**SWAY | {"verdict": "less"})],
        [day(), change(**SWAY, confirmed=False)],  # one day with three trials
        [change(**SWAY)],
    ],
    "imutrack-pain": [
        [day(pain_colour="amber")],
        [day(pain_colour="unknown")],
        [day(pain_colour="red", status="paused")],
        [day(DAY_S, pain_colour="red"), day(pain_colour="amber")],
    ],
    "imutrack-stop": [[day(), row("self_report", stop=False)], [day(), row("self_report", stop=True, withdrawn=True)]],
    "imutrack-battery": [link(battery_pct=21.0), link(3 * DAY_S, battery_pct=12.0)],
    "imutrack-sensor-silent": [
        [*link(5 * DAY_S), *link()],  # came back
        link()[-1:],  # reported for the first time
        link(1.9 * DAY_S),
        link(20 * DAY_S),  # put away
    ],
    "imutrack-backlog": [growing(0), growing(-10), link(backlog=5000)],
}


def last_values(bucket, query):  # noqa: F811
    """What Grafana's "reduce last" makes of an answer: labels -> number."""
    found = {}
    for series in bucket.query(query):
        value = series["values"][-1][-1]
        if value is not None:
            found[tuple(series.get("tags", {}).items())] = float(value)
    return found


def matters(bucket, rule):  # noqa: F811
    """The labels for which a rule fires, from its parts as Grafana has them."""
    parts = {part["refId"]: part["model"] for part in rule["data"]}
    sign, limit, joined = MATTER.fullmatch(parts[rule["condition"]]["expression"]).groups()
    values = last_values(bucket, parts["A"]["query"])
    active = last_values(bucket, parts["B"]["query"]) if joined else values
    return [of for of, value in values.items()
            if of in active and (value > float(limit) if sign == ">" else value < float(limit))]  # fmt: skip


@pytest.fixture(params=alert_group(), ids=lambda rule: rule["uid"])
def rule(request):
    return request.param


def test_every_rule_has_its_cases():
    assert {each.uid for each in RULES} == set(FIRES) == set(QUIET)


@pytest.mark.parametrize("place", range(2))
def test_a_rule_fires_on_what_is_the_matter(influx, rule, place):  # noqa: F811
    if place >= len(FIRES[rule["uid"]]):
        return
    with influx.bucket() as made:
        made.write(lines(FIRES[rule["uid"]][place]))
        assert matters(made, rule), rule["title"]


def test_a_rule_is_quiet_otherwise(influx, rule):  # noqa: F811
    for rows in QUIET[rule["uid"]]:
        with influx.bucket() as made:
            made.write(lines(rows))
            assert not matters(made, rule), (rule["title"], rows[0])


def test_one_patient_is_told_apart_from_another(bucket, rule):  # noqa: F811
    fired = FIRES[rule["uid"]][0]
    others = [replace(each, tags=each.tags | {"sensor" if "sensor" in each.tags else "patient": "badger"})
              for each in QUIET[rule["uid"]][0]]  # fmt: skip
    bucket.write(lines([*fired, *others]))
    (found,) = matters(bucket, rule)
    assert dict(found) in ({"patient": "otter"}, {"sensor": "blue-1"})


def test_only_what_a_patient_or_a_clinician_said_goes_out_at_once():
    at_once = {each.uid for each in RULES if each.severity == "red"}
    assert at_once == {"imutrack-stop", "imutrack-limit", "imutrack-pain"}
    assert all(each.title.startswith("!") == (each.uid in at_once) for each in RULES)
