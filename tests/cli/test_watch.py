"""``imutrack watch``: what people see while sets are being done, on a terminal of 80 columns and through a pipe."""

import json

import msgspec
import pytest

from cli.in_process import Office
from imutrack.cli.watch import _drawn, _Screen, _to_its_end, bar, count_text, line_of, tempo_text
from imutrack.collector.looks import Aim, Look, StrapSeen
from imutrack.errors import ImutrackError, SettingsError

LOOK = Look(
    number=1,
    seconds=9.0,
    straps=(StrapSeen(label="3", missing_pct=0.0),),
    reps=7,
    reps_low=7,
    reps_high=7,
    counted=7,
    angle_deg=30.0,
    largest_deg=58.0,
    outward_s=1.5,
    hold_s=0.4,
    return_s=1.52,
    aim=Aim(reps=10, target_deg=60.0),
)
SESSION = {
    "session": 2,
    "patient": "otter-maple-47",
    "worn": {"3": "left_shank"},
    "doing": [{"what": "seated knee extension, left", "phase": "running"}],
}
STATUS = {
    "straps": {"3": {"state": "streaming"}, "4": {"state": "backoff"}},
    "sessions": [SESSION],
    "notes": ["the collector was started anew: the session of otter-maple-47 goes on"],
}


def told(look=LOOK, **changes):
    return msgspec.to_builtins(msgspec.structs.replace(look, **changes))


def screen(*heard, width=80):
    from rich.console import Console

    shown = _Screen()
    for said in heard:
        shown.hear(said)
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(_drawn(shown))
    return captured.get()


def test_a_screen_shows_straps_sessions_count_angle_tempo_and_what_was_said():
    shown = screen({"status": STATUS}, {"look": told(), "session": 2}, {"said": "strap 4 sends again", "session": 2})
    assert shown.splitlines() == [
        "straps  3: sends  4: lost, is tried again",
        "otter-maple-47  seated knee extension, left (running)",
        "  7 of 10 repetitions  out/hold/back 1.5/0.4/1.5 s",
        "  ███████████████··············|  30 deg, target 60 deg",
        "the collector was started anew: the session of otter-maple-47 goes on",
        "strap 4 sends again",
    ]


def test_no_line_of_a_screen_is_longer_than_80_columns_but_what_is_said():
    shown = screen({"status": STATUS}, {"look": told(angle_deg=171.2, largest_deg=180.0), "session": 2})
    assert max(map(len, shown.splitlines())) <= 80


def test_sessions_come_and_go_and_take_their_count_with_them():
    other = {**SESSION, "session": 5, "patient": "badger-aloe-36", "doing": []}
    begun = screen({"status": STATUS}, {"sessions": [SESSION, other]}, {"look": told(), "session": 2})
    assert "badger-aloe-36  strap 3 left_shank" in begun
    ended = screen({"status": STATUS}, {"look": told(), "session": 2}, {"sessions": [other]})
    assert "repetitions" not in ended
    assert "otter-maple-47  " not in ended


def test_only_the_last_lines_stay():
    shown = screen(*({"said": f"line {n}", "session": 1} for n in range(20)))
    assert "line 19" in shown
    assert "line 11" not in shown


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "7"),
        ({"reps": None, "reps_low": 1, "reps_high": 3}, "1 to 3"),
        ({"reps": None, "reps_low": None, "reps_high": None}, "–"),
        ({"reps": 0}, "0"),
    ],
)
def test_a_count_that_is_not_sure_is_a_range_and_one_nobody_can_tell_is_none(changes, text):
    assert count_text(told(**changes)) == text


def test_an_angle_beyond_its_target_fills_the_bar_and_one_that_is_not_known_has_none():
    assert bar(told(angle_deg=70.0, largest_deg=70.0)).count("█") == 29
    assert bar(told(angle_deg=-5.0)).startswith("····")
    assert bar(told(angle_deg=None)) == ""
    assert tempo_text(told(hold_s=None)) == ""
    assert "target" not in bar(told(aim=Aim()))


def test_why_there_is_no_count_is_said_instead_of_one():
    assert "too short yet" in screen({"status": STATUS}, {"look": told(why_not="too short yet"), "session": 2})


def test_through_a_pipe_each_event_is_a_line_and_what_is_for_screens_is_none():
    assert line_of({"status": STATUS}).splitlines() == [
        "straps  3: sends  4: lost, is tried again",
        "otter-maple-47  seated knee extension, left (running)",
        *STATUS["notes"],
    ]
    assert line_of({"said": "go", "session": 1}) == "go"
    assert line_of({"missed": 3}) == "(3 events missed)"
    assert line_of({"look": told(), "session": 2}) == ""
    assert line_of({"strap": "3", "state": "idle", "why": "stopped"}) == ""
    result = {
        "set_id": "kt57-3swd",
        "name": "heel_slide",
        "side": "left",
        "quality": "good",
        "reps": 4,
        "rom_best3_deg": 47.2,
    }
    assert line_of({"result": result, "stored": True}) == "heel slide, left: 4 repetitions, 47 deg, good, kt57-3swd"
    assert line_of({"result": {**result, "reps": None}, "stored": False}).endswith("good, not stored")


def test_when_the_collector_ends_the_watch_ends_with_a_line_that_says_so():
    def heard():
        yield {"said": "go"}
        raise ImutrackError("the collector ended before it had answered")

    assert [each["said"] for each in _to_its_end(heard())] == [
        "go",
        "the collector has ended: imutrack collect starts it again",
    ]


def test_where_there_was_nothing_to_watch_the_error_is_told():
    def heard():
        raise SettingsError("no collector runs here")
        yield {}

    with pytest.raises(SettingsError):
        list(_to_its_end(heard()))


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_watch_of_a_collector_that_ends_exits_with_0(office, as_json):
    import socket
    import threading

    office.data.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(office.data / "collector.sock"))
        listening.listen()

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                for said in ({"status": STATUS}, {"said": "go", "session": 2, "refused": False}):
                    connection.sendall(json.dumps({"answer": said}).encode() + b"\n")

        thread = threading.Thread(target=answer)
        thread.start()
        out = office.ok("watch", *(["--json"] if as_json else []))
        thread.join()
    lines = out.splitlines()
    if as_json:
        assert [json.loads(line).get("said") for line in lines][1:] == [
            "go",
            "the collector has ended: imutrack collect starts it again",
        ]
    else:
        assert lines[-2:] == ["go", "the collector has ended: imutrack collect starts it again"]
