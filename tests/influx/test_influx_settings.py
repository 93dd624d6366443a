"""Where the server is, and a token that nobody sees."""

import copy
import logging
import pickle
import traceback

import pytest

from imutrack.errors import SettingsError
from imutrack.influx import Client, InfluxSettings, Token, access_of, influx_of
from imutrack.influx.settings import TOKEN_VARIABLE
from influx.faulty import Answer
from influx.sending import access, client

SECRET = "s3cret-and-long-enough=="  # noqa: S105 - of nothing
HERE = {"url": "http://127.0.0.1:8086"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"url": "http://influx.example.org:8086"}, "plain_http"),
        ({"url": "http://127.0.0.1.example.org"}, "plain_http"),
        ({"url": "http://10.0.0.7:8086"}, "plain_http"),
        ({"url": "influx.example.org"}, "https://"),
        ({"url": "ftp://influx.example.org"}, "https://"),
        ({"url": "http://[::1"}, "no address"),
        ({"url": "https://me:hunter2@influx.example.org"}, "password"),
        ({"url": "https://influx.example.org?token=hunter2"}, "leave out"),
        ({**HERE, "bucket": ""}, "bucket"),
        ({**HERE, "bucket": "a/b/c"}, "bucket"),
        ({**HERE, "bucket": "a", "trace_bucket": "a"}, "shorter time"),
        ({**HERE, "bucket": 'a"b'}, "quotation"),
        ({**HERE, "timeout_s": 0}, "timeout_s"),
        ({**HERE, "quota_mb": 0}, "quota_mb"),
        ({**HERE, "tocken_file": "x"}, "known are url, org"),
        ({**HERE, "gzip": "yes"}, "gzip"),
        ({"org": "clinic"}, "url"),
    ],
)
def test_what_cannot_be_or_is_not_safe_is_refused_in_one_line(tmp_path, said, words):
    with pytest.raises(SettingsError) as refused:
        influx_of(said, tmp_path / "imutrack.toml")
    assert words in str(refused.value)
    assert "imutrack.toml: [influx]" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value) or "?" in said["url"]


@pytest.mark.parametrize(
    "said",
    [
        {"url": "http://localhost:8086"},
        {"url": "http://[::1]:8086"},
        {"url": "https://influx.example.org/behind/a/proxy"},
        {"url": "http://10.0.0.7:8086", "plain_http": True},
    ],
)
def test_loopback_https_and_what_is_forced_are_taken(said):
    assert influx_of(said).url == said["url"]


def test_no_table_is_no_server():
    assert influx_of({}) is None


def test_the_token_comes_from_the_environment_or_from_a_file_of_one_s_own(tmp_path):
    settings, source = influx_of({**HERE, "token_file": "token"}), tmp_path / "imutrack.toml"
    (tmp_path / "token").write_text(f"{SECRET}\n")
    (tmp_path / "token").chmod(0o600)
    assert access_of(settings, {}, source).token.reveal() == SECRET
    assert access_of(settings, {TOKEN_VARIABLE: "another"}, source).token.reveal() == "another"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_token_that_others_can_read_is_refused(tmp_path, mode):
    settings = influx_of({**HERE, "token_file": "token"})
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "token").chmod(mode)
    with pytest.raises(SettingsError, match=r"others can read the token .* chmod 600"):
        access_of(settings, {}, tmp_path / "imutrack.toml")


@pytest.mark.parametrize("text", ["", "  \n", "two words", f"{SECRET}\nX-Header: 1", f"{SECRET}é"])
def test_what_is_no_token_is_refused_without_showing_it(tmp_path, text):
    settings = influx_of({**HERE, "token_file": "token"})
    (tmp_path / "token").write_text(text)
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(SettingsError, match="holds no token") as refused:
        access_of(settings, {}, tmp_path / "imutrack.toml")
    assert SECRET not in str(refused.value)


def test_a_token_or_a_certificate_that_is_not_there_is_named(tmp_path):
    source = tmp_path / "imutrack.toml"
    with pytest.raises(SettingsError, match=TOKEN_VARIABLE):
        access_of(influx_of(HERE), {}, source)
    with pytest.raises(SettingsError, match="token cannot be read"):
        access_of(influx_of({**HERE, "token_file": "token"}), {}, source)
    with pytest.raises(SettingsError, match=r"ca\.pem: no such file"):
        access_of(influx_of({**HERE, "ca_file": "ca.pem"}), {TOKEN_VARIABLE: SECRET}, source)


def test_a_token_shows_itself_nowhere(caplog, stub):
    caplog.set_level(logging.DEBUG)
    stub.make("imutrack")
    stub.scopes[SECRET] = frozenset()
    token, way = Token(SECRET), access(stub, token=SECRET)
    stub.then(Answer(401, f"no user with {SECRET}"), Answer(403))
    with Client(way) as to:
        shown = [token, way, to, to.write("imutrack", b"rep x=1 1\n"), to.write("imutrack", b"rep x=1 1\n")]
        try:
            to.query("SHOW DATABASES")
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not show the token
            shown += traceback.format_exception(error, chain=True)
        assert stub.asked[0].headers["Authorization"] == f"Token {SECRET}"
    assert SECRET not in " ".join(f"{one!r} {one}" for one in shown) + caplog.text
    for copying in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            copying(token)


def test_a_redirect_does_not_take_the_token_elsewhere(stub):
    stub.make("imutrack")
    stub.then(Answer(307, headers={"Location": f"{stub.url}/elsewhere"}))
    with client(stub) as to:
        assert to.write("imutrack", b"rep x=1 1\n").status == 307
    assert len(stub.asked) == 1


def test_what_is_sent_is_packed_only_where_that_is_asked_for(stub):
    stub.make("imutrack")
    for gzip in (False, True):
        with client(stub, gzip=gzip) as to:
            to.write("imutrack", b"rep x=1.5 1\n")
    assert [asked.gzip for asked in stub.writes] == [False, True]


def test_defaults_are_what_the_documentation_says():
    assert InfluxSettings(url="https://x").buckets == ("imutrack", "imutrack/trace")
