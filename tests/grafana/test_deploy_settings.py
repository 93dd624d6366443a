"""Where Grafana is and the two tokens, which nothing shows."""

# ruff: noqa: F401, F811 - fixtures

import pytest

from grafana.deploying import PARTS, SECRET, one
from imutrack.errors import SettingsError
from imutrack.grafana.server import Grafana
from imutrack.grafana.settings import READ_VARIABLE, TOKEN_VARIABLE, access_of, grafana_of, read_token_of


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"url": "http://grafana.example.org"}, "plain_http = true"),
        ({"url": "https://admin:word@grafana.example.org"}, "holds a password"),
        ({"url": "grafana.example.org"}, "write it like"),
        ({"url": "https://grafana.example.org/?orgId=1"}, "leave out what follows"),
        ({"timeout_s": 0}, "timeout_s is 0"),
        ({"token": "x"}, "known are url"),
    ],
)
def test_settings_that_cannot_work_or_are_not_safe_are_refused(said, words):
    with pytest.raises(SettingsError, match=words):
        grafana_of(said)


def test_plain_http_goes_to_this_machine_or_where_it_is_forced():
    assert grafana_of({}).url == "http://localhost:3000"
    assert grafana_of({"plain_http": True}, url="http://grafana.example.org").url == "http://grafana.example.org"


def test_tokens_come_from_a_file_that_only_its_owner_can_read(tmp_path):
    file, source = tmp_path / "token", tmp_path / "imutrack.toml"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    settings = grafana_of({"token_file": "token", "read_token_file": "token"})
    assert access_of(settings, {}, source).token.reveal() == SECRET
    assert read_token_of(settings, {}, source).reveal() == SECRET
    assert read_token_of(settings, {READ_VARIABLE: "other"}, source).reveal() == "other"
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        access_of(settings, {}, source)


def test_a_missing_or_unusable_token_says_where_to_put_it(tmp_path):
    with pytest.raises(SettingsError, match=f"set {TOKEN_VARIABLE}"):
        access_of(grafana_of({}), {})
    with pytest.raises(SettingsError, match=f"set {READ_VARIABLE}"):
        read_token_of(grafana_of({}), {})
    with pytest.raises(SettingsError, match="one line without blanks") as caught:
        access_of(grafana_of({}), {TOKEN_VARIABLE: "two words"})
    assert "two words" not in str(caught.value)
    with pytest.raises(SettingsError, match="ca_file"):
        access_of(grafana_of({"ca_file": str(tmp_path / "none")}), {TOKEN_VARIABLE: SECRET})


def test_nothing_that_is_printed_shows_a_token(one):
    access = access_of(grafana_of({"url": one.url}), {TOKEN_VARIABLE: SECRET})
    with Grafana(access) as grafana:
        assert SECRET not in repr((access, grafana, PARTS))
