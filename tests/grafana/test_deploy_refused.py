"""What Grafana, or whatever else answers, may refuse, said in one line that names what to do."""

# ruff: noqa: F401, F811, S106 - fixtures, and tokens of nobody

import copy
import socket
import traceback

import pytest

from grafana.deploying import ALL, PARTS, SECRET, counts, fake, found, one, run, served
from imutrack.errors import SettingsError
from imutrack.grafana.server import Grafana, GrafanaError
from imutrack.grafana.settings import TOKEN_VARIABLE, access_of, grafana_of
from influx.faulty import Reply


@pytest.mark.parametrize(
    ("org", "token", "words"),
    [
        ("clinic-c", "anna:pass-word", "no organisation 'clinic-c' for this user, who is in 'clinic-a', 'clinic-b'"),
        (None, "anna:pass-word", "'clinic-a', 'clinic-b': name one with --org"),
        ("clinic-b", "ben:pass-word", "this user is Editor in 'clinic-b'"),
        ("clinic-b", SECRET, "the token is for the organisation 'clinic-a', not 'clinic-b'"),
    ],
)
def test_another_organisation_is_refused_before_anything_is_written(fake, org, token, words):
    with pytest.raises(SettingsError, match=words):
        run(fake, org, token=token)
    assert fake.changes == []


@pytest.mark.parametrize("token", ["glsa_wrong", "anna:wrong-word", "nobody:wrong-word"])
def test_a_wrong_token_is_told_without_it(fake, token):
    with pytest.raises(GrafanaError, match=r"does not know the token \(.*\*\*\*\): make a new one") as caught:
        run(fake, token=token)
    told = "".join(traceback.format_exception(caught.value))
    assert "glsa_wrong" not in told
    assert "wrong-word" not in told


def test_who_is_no_administrator_is_told_what_to_ask_for(fake):
    with pytest.raises(GrafanaError, match=r"may not use /datasources.*role Admin"):
        run(fake, token="glsa_viewer")


def test_a_page_instead_of_an_answer_says_that_the_url_is_wrong(one):
    one.page()
    with pytest.raises(GrafanaError, match="answers with a page where Grafana's API was expected: correct url"):
        run(one)


@pytest.mark.parametrize("page", [b"<html>not found</html>", b"<html>no such message</html>"])
def test_a_refusal_that_is_a_page_says_that_the_url_is_wrong(one, page):
    one.every = Reply(404, page, {"Content-Type": "text/html"})
    with pytest.raises(GrafanaError, match="page that is not Grafana's: correct url"):
        run(one)


def test_something_else_that_speaks_json_is_no_grafana(one):
    one.every = Reply(200, {"status": "pass"})
    with pytest.raises(GrafanaError, match="it is no Grafana"):
        run(one)


@pytest.mark.parametrize("said", [{"database": "failing"}, {"database": "ok", "version": "9.5.2"}])
def test_a_grafana_that_is_not_well_or_too_old_is_left_alone(one, said):
    one.every = Reply(200, said)
    with pytest.raises(GrafanaError, match=r"not well|too old"):
        run(one)
    assert one.changes == []


def test_the_token_is_not_passed_on_to_another_address(one):
    with served() as other:
        one.every = Reply(302, b"", {"Location": f"{other.url}/login"})
        with pytest.raises(GrafanaError, match=f"passes on to {other.url}/login"):
            run(one)
        assert other.asked == []


def test_a_grafana_that_is_away_is_told_in_one_line(one):
    with one.away(), pytest.raises(GrafanaError, match=r"no Grafana answers.*start it, or correct url") as caught:
        run(one)
    assert "object at 0x" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grafana_that_says_nothing_is_waited_for_no_longer_than_set():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = grafana_of({"url": f"http://127.0.0.1:{silent.getsockname()[1]}", "timeout_s": 0.2})
        grafana = Grafana(access_of(settings, {TOKEN_VARIABLE: SECRET}))
        with grafana, pytest.raises(GrafanaError, match=r"no answer to /health within 0.2 s"):
            grafana.health()


def test_a_write_that_is_taken_without_a_word_and_not_kept_is_found_out(one):
    one.losing = True
    with pytest.raises(GrafanaError, match="took imutrack without a word and does not hold it"):
        run(one)


def test_a_grafana_under_a_path_is_found_and_without_it_the_url_is_wrong():
    with served(under="/grafana") as fake:
        assert run(fake).made == ALL - 1
        fake.url = fake.url.removesuffix("/grafana")
        with pytest.raises(GrafanaError, match="correct url"):
            run(fake)


def test_a_name_that_is_taken_is_told(fake):
    fake.orgs[1].folders["other"] = {"uid": "other", "title": "imutrack", "version": 1}
    with pytest.raises(GrafanaError, match=r"/folders: a folder with the same name.*rename or delete"):
        run(fake)


def test_what_comes_from_a_file_stays_when_it_is_the_same_and_is_refused_when_not(fake):
    run(fake)
    org, (folder, meant) = fake.orgs[1], PARTS.dashboards[0]
    there = {"dashboard": meant | {"version": 1}, "meta": {"folderUid": folder, "provisioned": True}}
    org.dashboards[meant["uid"]] = copy.deepcopy(there)
    org.datasources["imutrack"]["readOnly"] = True
    org.rules["imutrack-silent"]["provenance"] = "file"
    assert counts(run(fake)) == (0, 0, ALL)
    org.dashboards[meant["uid"]]["dashboard"]["panels"].pop()
    with pytest.raises(GrafanaError, match=f"the dashboard {meant['uid']} comes from a file"):
        run(fake)
    org.datasources["imutrack"]["url"] = "http://elsewhere"
    with pytest.raises(GrafanaError, match="the datasource imutrack comes from a file"):
        run(fake)


def test_a_rule_from_a_file_that_differs_is_refused(fake):
    run(fake)
    fake.orgs[1].rules["imutrack-silent"] |= {"provenance": "file", "title": "another"}
    with pytest.raises(GrafanaError, match="the alert rule imutrack-silent comes from a file"):
        run(fake)


def test_no_proxy_of_the_environment_sees_a_token(one, monkeypatch):
    with served() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert run(one).made == ALL - 1
        assert proxy.asked == []


def test_https_where_none_is_spoken_is_told(one):
    one.url = one.url.replace("http:", "https:")
    with pytest.raises(GrafanaError, match="write http, or correct the port"):
        run(one)


def test_a_grafana_without_annotations_is_told_before_anything_is_written(one):
    one.hidden = "annotations"
    with pytest.raises(GrafanaError, match=r"has no /annotations \(Not found\): update it"):
        run(one)
    assert one.changes == []
