"""A look at Grafana says whether the datasources answer and every dashboard is of this version."""

# ruff: noqa: F401, F811, S105 - fixtures, and a token of nobody

import copy

from grafana.deploying import PARTS, fake, found, one, run


def test_nothing_is_found_wrong_after_deploying_and_looking_changes_nothing(fake):
    run(fake)
    fake.asked.clear()
    findings = found(fake)
    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) == 1 + len(PARTS.datasources) + len(PARTS.dashboards) + 1
    assert fake.changes == []


def test_an_empty_grafana_is_told_to_be_deployed_to(fake):
    findings = found(fake)
    assert findings[0].ok
    assert len(findings) == 1 + len(PARTS.datasources) + len(PARTS.dashboards) + 1
    assert not any(finding.ok for finding in findings[1:])
    assert {finding.fix for finding in findings[1:]} == {"run imutrack dashboards deploy"}


def test_a_dashboard_of_another_version_is_found(fake):
    run(fake)
    newer = copy.deepcopy(PARTS)
    newer.dashboards[0][1]["description"] = "another"
    wrong = [finding for finding in found(fake, newer) if not finding.ok]
    assert len(wrong) == 1
    assert "is of imutrack" in wrong[0].what


def test_a_dashboard_of_the_same_version_from_a_file_is_as_it_should_be(fake):
    run(fake)
    for folder, meant in PARTS.dashboards:
        meta = {"folderUid": folder, "provisioned": True}
        fake.orgs[1].dashboards[meant["uid"]] = {"dashboard": copy.deepcopy(meant), "meta": meta}
    assert all(finding.ok for finding in found(fake))


def test_a_rule_that_is_missing_or_another_is_found_and_one_from_a_file_in_a_folder_of_grafanas_is_not(fake):
    run(fake)
    rules = fake.orgs[1].rules
    rules["imutrack-stop"].update(folderUID="made-by-grafana", provenance="file")
    assert all(finding.ok for finding in found(fake))
    rules["imutrack-stop"]["data"][0]["model"]["query"] = "SELECT"
    (changed,) = [finding for finding in found(fake) if not finding.ok]
    assert "'! Patient stopped' is another one" in changed.what
    del rules["imutrack-stop"]
    (missing,) = [finding for finding in found(fake) if not finding.ok]
    assert "has no alert rule '! Patient stopped'" in missing.what


def test_a_datasource_that_does_not_answer_is_found_without_showing_its_token(fake):
    run(fake)
    fake.influx_token = "renewed"
    wrong = [finding for finding in found(fake) if not finding.ok]
    assert len(wrong) == len(PARTS.datasources)
    assert "does not answer: error reading InfluxDB" in wrong[0].what


def test_a_grafana_that_is_away_is_a_finding_with_its_fix(one):
    with one.away():
        (finding,) = found(one)
    assert not finding.ok
    assert finding.fix == "start it, or correct url"
