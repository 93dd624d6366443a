"""A settings file as somebody new writes it: each slip is one line that says where and what to write instead."""

import pytest

from cli.in_process import Office

ADDRESS = "C0:00:5E:00:00:01"
STRAP = f'[[strap]]\nlabel = "3"\nwearable = "movella-dot"\naddress = "{ADDRESS}"\n'
SECOND = "[[strap]] number 2: "
OTHER = STRAP.replace('"3"', '"4"').replace("00:01", "00:02")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


@pytest.fixture
def refused(office, tmp_path):
    """What a check says of settings; never an address."""

    def check(text):
        place = tmp_path / "imutrack.toml"
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        said = office.refused("collect", "--check")
        assert len(said.splitlines()) == 1
        assert "internal error" not in said
        assert "C0:00" not in said
        assert said == office.refused("collect")
        return said.removeprefix("imutrack: imutrack.toml").removeprefix(": ").rstrip()

    return check


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_a_file_in_another_encoding_is_to_be_saved_as_plain_text(refused, encoding):
    text = f"# Klinik für Physiotherapie\n{STRAP}".encode(encoding)
    assert "save it as plain text (UTF-8) with straight quotes" in refused(text)


def test_a_file_that_windows_marks_as_utf_8_is_read(office, tmp_path):
    (tmp_path / "imutrack.toml").write_bytes(STRAP.encode("utf-8-sig"))
    assert "strap 3: Movella (Xsens) DOT" in office.ok("collect", "--check")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            STRAP.replace('"3"', "\u201c3\u201d"),
            "Invalid value (at line 2, column 9): save it as plain text (UTF-8) with straight quotes",
        ),
        (
            "# a \u201cclinic\u201d\n" + STRAP.replace('"C0', "C0").replace('01"', "01"),
            "Invalid value (at line 5, column 11): text stands in quotes, and nothing is said twice",
        ),
        (OTHER + STRAP.replace('"3"', "3"), f'{SECOND}label is a number: write it in quotes, as label = "..."'),
        (OTHER + STRAP.replace('label = "3"\n', ""), f"{SECOND}label is missing"),
        (STRAP + 'required = "no"\n', "strap 3: required must be true or false, without quotes"),
        (STRAP.replace("[[strap]]", "[strap]"), "write [[strap]], in double brackets, above each"),
        (STRAP + "settings = 60\n", "strap 3: settings must be a table: settings = { ... }"),
        (
            STRAP + "settings = { rate = 60 }\n",
            "strap 3: movella-dot: there is no setting 'rate': did you mean rate_hz? known are rate_hz, mode",
        ),
        (
            STRAP.replace("movella-dot", "heart-rate") + "settings = { rate = 60 }\n",
            "strap 3: heart-rate: there is no setting 'rate': known are none",
        ),
        (
            STRAP + "settings = { rate_hz = 61 }\n",
            "strap 3: movella-dot: rate_hz: choose of 1, 4, 10, 12, 15, 20, 30, 60",
        ),
        ('[collector]\nlog = "JSON"\n' + STRAP, '[collector]: log: choose of "plain", "json"'),
        ("trace_days = true\n" + STRAP, "trace_days must be a whole number, without quotes"),
        ("pain = 3\n" + STRAP, "pain must be a table: pain = { ... }"),
        (
            "clinc = 3\n" + STRAP,
            (
                "there is no setting 'clinc': did you mean clinic? known are clinic, timezone, data_dir, trace_days, "
                "pain, triage, influx, grafana, collector, strap"
            ),
        ),
    ],
)
def test_each_slip_says_which_strap_which_key_and_what_may_stand_there(refused, text, problem):
    assert refused(text) == problem


@pytest.mark.parametrize(
    ("collector", "problem"),
    [
        ('socket = "missing/it.sock"', "No such file or directory"),
        (f'socket = "{"x" * 120}"', "too long"),
    ],
)
def test_a_check_refuses_a_socket_that_collecting_refuses(office, tmp_path, collector, problem):
    (tmp_path / "imutrack.toml").write_text(f"[collector]\n{collector}\n{STRAP}")
    said = office.refused("collect", "--check")
    assert problem in said
    assert "set [collector] socket" in said


def test_a_check_refuses_settings_without_a_strap(refused):
    assert "names no strap: write [[strap]]" in refused('clinic = "clinic"\n')


@pytest.mark.parametrize(("mode", "told"), [(0o644, True), (0o604, True), (0o640, False), (0o600, False)])
def test_a_check_tells_who_lets_everybody_read_the_addresses(office, tmp_path, mode, told):
    place = tmp_path / "imutrack.toml"
    place.write_text(STRAP)
    place.chmod(mode)
    said = office.ok("collect", "--check")
    assert ("everybody on this machine can read it, and it holds addresses: chmod 600" in said) is told
