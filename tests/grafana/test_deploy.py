"""A clinic's organisation is brought to what is meant, on Grafana 10 and 13, once and for all."""

# ruff: noqa: F401, F811, S106 - fixtures, and tokens of nobody

import copy
import json
from dataclasses import replace

import pytest

from grafana.deploying import ALL, INFLUX, PARTS, READ, counts, fake, one, opened, run
from imutrack.grafana.deploy import deploy
from imutrack.grafana.parts import parts_of
from imutrack.influx.settings import Token


def test_everything_is_made_with_its_fixed_uid(fake):
    done = run(fake)
    org = fake.orgs[1]
    assert counts(done) == (ALL - 1, 1, 0)  # Grafana makes the group of rules with its own interval, which changes
    assert done.org == "clinic-a"
    assert done.troubles == ()
    assert list(org.datasources) == [each["uid"] for each in PARTS.datasources]
    assert {uid: each["title"] for uid, each in org.folders.items()} == PARTS.folders
    assert {uid: each["meta"]["folderUid"] for uid, each in org.dashboards.items()} == {
        each["uid"]: folder for folder, each in PARTS.dashboards
    }
    assert list(org.rules) == [each["uid"] for each in PARTS.alerts.rules]
    assert list(org.intervals.values()) == [300]


def test_a_second_run_changes_nothing_and_says_so(fake):
    run(fake)
    before = copy.deepcopy(fake.orgs)
    fake.asked.clear()
    done = run(fake)
    assert counts(done) == (0, 0, ALL)
    assert fake.changes == []
    assert fake.orgs == before


def test_no_datasource_is_asked_for_by_its_numeric_id(fake):
    run(fake)
    run(fake, renew=True)
    paths = [asked.path.split("/") for asked in fake.asked if "/datasources/" in asked.path]
    assert paths
    assert all(path[3] == "uid" for path in paths)


def test_dashboards_are_whole_apart_from_what_grafana_numbers(one):
    run(one)
    for folder, meant in PARTS.dashboards:
        kept = one.orgs[1].dashboards[meant["uid"]]["dashboard"]
        variables = kept["templating"]["list"]
        assert variables[-1]["type"] == "constant"
        own = kept | {"templating": {"list": variables[:-1]}, "id": None, "version": meant["version"]}
        assert own == json.loads(json.dumps(meant)), folder


@pytest.mark.parametrize(
    "spoil",
    [
        lambda org: org.folders["imutrack"].update(title="another"),
        lambda org: org.datasources["imutrack"].update(url="http://elsewhere"),
        lambda org: org.datasources["imutrack"]["jsonData"].update(maxSeries=1000),
        lambda org: org.dashboards["imutrack-patient"]["dashboard"].update(title="another"),
        lambda org: org.dashboards["imutrack-patient"]["dashboard"]["panels"][0]["targets"][0].update(query="SELECT"),
        lambda org: org.dashboards["imutrack-patient"]["dashboard"]["panels"].pop(),
        lambda org: org.dashboards["imutrack-patient"]["dashboard"].update(timezone="UTC"),
        lambda org: org.dashboards["imutrack-patient"]["meta"].update(folderUid="imutrack-devices"),
        lambda org: org.rules["imutrack-silent"].update(condition="A"),
        lambda org: org.rules["imutrack-silent"]["data"][0]["model"].update(query="SELECT"),
        lambda org: org.intervals.update({("imutrack-alerts", "imutrack"): 60}),
        lambda org: org.secrets["imutrack"].update(httpHeaderValue1="Token old"),
    ],
)  # fmt: skip
def test_what_was_changed_since_is_put_right_and_nothing_else(fake, spoil):
    run(fake)
    spoil(fake.orgs[1])
    fake.asked.clear()
    assert counts(run(fake)) == (0, 1, ALL - 1)
    assert len(fake.changes) == 1
    assert counts(run(fake)) == (0, 0, ALL)


def test_a_new_version_of_a_dashboard_replaces_the_old_though_only_a_colour_differs(fake):
    run(fake)
    newer = copy.deepcopy(PARTS)
    newer.dashboards[0][1]["panels"][0]["fieldConfig"]["defaults"]["color"] = {"mode": "fixed"}
    assert counts(run(fake, parts=newer)) == (0, 1, ALL - 1)


def test_alert_rules_are_left_alone_when_none_are_given(fake):
    run(fake, parts=replace(PARTS, alerts=None))
    assert fake.orgs[1].rules == {}


def test_a_rule_opens_its_dashboard(one):
    run(one)
    for described in PARTS.alerts.rules:
        notes = one.orgs[1].rules[described["uid"]]["annotations"]
        assert notes["__dashboardUid__"] == described["dashboardUid"]
        assert notes["__panelId__"] == str(described["panelId"])


def test_the_read_token_is_sent_as_a_header_of_the_datasource_and_cannot_be_read_back(fake):
    run(fake)
    assert fake.orgs[1].secrets["imutrack"] == {"httpHeaderValue1": "Token the-read-token"}
    assert fake.orgs[1].datasources["imutrack"]["jsonData"]["httpHeaderName1"] == "Authorization"
    assert "the-read-token" not in repr(fake.orgs[1].datasources)


def test_a_new_read_token_is_sent_when_asked_for(fake):
    run(fake)
    done = run(fake, renew=True)
    assert counts(done) == (0, len(PARTS.datasources), ALL - len(PARTS.datasources))


def test_a_datasource_that_does_not_answer_is_told_without_the_token(fake):
    done = run(fake, read=Token("wrong-token"))
    assert len(done.troubles) == len(PARTS.datasources)
    assert "401 with Token ***" in done.troubles[0]
    assert "https://influx.example.org:8086" in done.troubles[0]


def test_a_user_is_switched_to_the_organisation(fake):
    assert run(fake, "clinic-b", token="anna:pass-word").org == "clinic-b"
    assert fake.orgs[1].dashboards == {}
    assert len(fake.orgs[2].dashboards) == len(PARTS.dashboards)


def test_the_organisation_of_the_settings_counts_where_none_is_named(one):
    with opened(one, "anna:pass-word", org="clinic-b") as grafana:
        assert deploy(grafana, None, PARTS, READ).org == "clinic-b"


def test_each_clinic_asks_its_own_bucket_and_version_3_its_own_database_of_curves():
    def databases(major):
        return [each["jsonData"]["dbName"] for each in parts_of("UTC", INFLUX, major).datasources]

    assert databases(1) == databases(2) == ["clinic-a", "clinic-a"]
    assert databases(3) == ["clinic-a", "clinic-a/trace"]
    assert "$" not in json.dumps(PARTS.datasources)
    assert {each["url"] for each in PARTS.datasources} == {INFLUX.url}
    assert parts_of("UTC", INFLUX, 2, "http://influxdb:8086").datasources[0]["url"] == "http://influxdb:8086"
