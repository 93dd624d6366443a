"""``imutrack watch``: what people see while sets are being done, on a terminal of 80 columns and through a pipe."""

import json

import msgspec
import pytest

from cli.in_process import Office
from imutrack.cli.watch import _print_lines, _Screen, _to_its_end
from imutrack.cli.watched import bar, count_text, line_of, tempo_text
from imutrack.collector.sets.looks import Aim, Look, StrapSeen
from imutrack.errors import ImutrackError, SettingsError
from imutrack.exercises import spoken

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
    "doing": [
        {
            "what": "seated knee extension, left",
            "phase": "running",
            "number": 1,
            "name": "long_arc_knee_extension",
            "side": "left",
            "left_s": None,
            "straps": ["3"],
        }
    ],
}
BADGER = {**SESSION, "session": 5, "patient": "badger-aloe-36", "worn": {"9": "lumbar"}, "doing": []}
STATUS = {
    "straps": {"3": {"state": "streaming"}, "4": {"state": "backoff"}},
    "sessions": [SESSION],
    "notes": ["the collector was started anew: the session of otter-maple-47 goes on"],
}


def told(look=LOOK, **changes):
    return msgspec.to_builtins(msgspec.structs.replace(look, **changes))


def looked(number=1, **changes):
    """A look at a set of the session."""
    return {"look": told(number=number, **changes), "left_s": None, "session": 2, "number": number}


def screen(*heard, width=80):
    from rich.console import Console

    shown = _Screen()
    for said in heard:
        shown.hear(said)
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def doing(name, what, **said):
    """The session while something else is done."""
    return {**SESSION, "doing": [{**SESSION["doing"][0], "name": name, "what": what, **said}]}


def test_a_screen_shows_straps_sessions_count_angle_tempo_and_what_was_said():
    shown = screen({"status": STATUS}, looked(), {"said": "strap 4 sends again", "session": 2})
    assert shown.splitlines() == [
        "straps  3: sends  4: lost, is tried again",
        "otter-maple-47  seated knee extension, left (running)",
        "  7 of 10 repetitions  out/hold/back 1.5/0.4/1.5 s",
        "  ███████████████··············|  30 deg, target 60 deg",
        "the collector was started anew: the session of otter-maple-47 goes on",
        "strap 4 sends again",
    ]


def test_no_line_of_a_screen_is_longer_than_80_columns_but_what_is_said():
    shown = screen({"status": STATUS}, looked(angle_deg=171.2, largest_deg=180.0))
    assert max(map(len, shown.splitlines())) <= 80


def test_sessions_come_and_go_and_take_their_count_with_them():
    begun = screen({"status": STATUS}, {"sessions": [SESSION, BADGER]}, looked())
    assert "badger-aloe-36  strap 9 lumbar" in begun
    ended = screen({"status": STATUS}, looked(), {"sessions": [BADGER]})
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
    assert "too short yet" in screen({"status": STATUS}, looked(why_not="too short yet"))


def test_the_last_set_leaves_the_screen_when_the_next_one_begins():
    countdown = doing("heel_slide", "heel slide, left", phase="countdown", number=None)
    shown = screen({"status": STATUS}, looked(), {"sessions": [countdown]})
    assert "heel slide, left (countdown)" in shown
    assert "repetitions" not in shown
    running = doing("heel_slide", "heel slide, left", number=2)
    late = looked()
    assert "repetitions" not in screen({"sessions": [running]}, late)
    assert "0 of 10" in screen({"sessions": [running]}, late, looked(number=2, reps=0))


NO_COUNT = {"reps": None, "reps_low": None, "reps_high": None, "counted": None, "angle_deg": None, "outward_s": None}


@pytest.mark.parametrize(
    ("name", "what", "look", "left_s", "lines"),
    [
        ("eyes_open", "quiet stance, eyes open", {**NO_COUNT, "why_not": "too short"}, 17.2, ["  18 s left"]),
        ("comfortable_pace", "timed up-and-go", {**NO_COUNT, "seconds": 6.4}, None, ["  6 s so far"]),
        ("thirty_seconds", "30 s chair stand", {**NO_COUNT, "reps": 6, "aim": {}}, 12.0, ["  6 rises  12 s left"]),
        ("thirty_seconds", "30 s chair stand", {**NO_COUNT, "reps": 1, "aim": {}}, None, ["  1 rise  9 s so far"]),
        ("squat", "squat", {**NO_COUNT, "why_not": "too short yet"}, None, ["  9 s so far  too short yet"]),
    ],
)
def test_a_timed_task_shows_the_time_that_is_left_and_only_what_has_a_count_shows_one(name, what, look, left_s, lines):
    session = doing("timed_up_and_go" if name == "comfortable_pace" else name, what)
    event = {"look": {**told(), **look}, "left_s": left_s, "session": 2, "number": 1}
    assert screen({"sessions": [session]}, event).splitlines()[2:] == lines


def test_before_the_first_look_the_time_that_is_left_stands_alone():
    assert "repetitions" not in screen({"sessions": [doing("eyes_open", "quiet stance, eyes open", left_s=30.0)]})


def test_sets_of_several_straps_at_a_time_do_not_cover_each_other():
    sets = [{**SESSION["doing"][0], "what": "unspecified", "name": "unspecified", "number": at, "straps": [strap]}
            for at, strap in ((7, "3"), (8, "4"))]  # fmt: skip
    nobody = {**SESSION, "patient": None, "worn": {}, "doing": sets}
    looks = [looked(number=at, reps=reps, aim=Aim()) for at, reps in ((7, 3), (8, 5))]
    assert [line.rstrip() for line in screen({"sessions": [nobody]}, *looks).splitlines() if "█" not in line][1:] == [
        "nobody",
        "  strap 3: unspecified (running)",
        "  3 repetitions  out/hold/back 1.5/0.4/1.5 s",
        "  strap 4: unspecified (running)",
        "  5 repetitions  out/hold/back 1.5/0.4/1.5 s",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_on_a_terminal_of_any_width_a_bar_is_one_line(width):
    shown = screen({"status": STATUS}, looked(angle_deg=171.2, largest_deg=180.0), width=width)
    assert max(map(len, shown.splitlines())) <= width
    if width >= 40:
        assert [line.split()[-4:] for line in shown.splitlines() if "█" in line] == [["deg,", "target", "60", "deg"]]


def test_on_a_narrow_terminal_what_goes_on_below_stands_further_in():
    said = {"said": "go: single-leg stance, eyes open, right, 36 s", "session": 2, "patient": "badger-aloe-36"}
    assert screen({"status": STATUS}, said, width=40).splitlines()[-2:] == [
        "badger-aloe-36  go: single-leg stance,",
        "    eyes open, right, 36 s",
    ]


def test_what_is_said_says_of_whom_where_that_does_not_stand_there_already():
    two = ({"said": "go: squat", "session": 2, "patient": "otter-maple-47", "number": 1},
           {"said": "squat is over: the movement ceased", "session": 5, "patient": "badger-aloe-36"},
           {"said": "session of badger-aloe-36 is over; free again: strap 9", "patient": "badger-aloe-36"},
           {"said": "strap 4 is nobody's", "session": 0, "patient": None})  # fmt: skip
    assert [line_of(each) for each in two] == [
        "otter-maple-47  go: squat",
        "badger-aloe-36  squat is over: the movement ceased",
        "session of badger-aloe-36 is over; free again: strap 9",
        "strap 4 is nobody's",
    ]


def main(*values):
    return [{"name": name, "value": value, "unit": unit} for name, value, unit in values]


@pytest.mark.parametrize(
    ("name", "side", "values", "said"),
    [
        ("heel_slide", "left", main(("reps", 4, "repetitions"), ("rom_best3_deg", 47.2, "deg")),
         "heel slide, left: 4 repetitions, 47 deg"),
        ("squat", "both", main(("reps_low", 1, "repetitions"), ("reps_high", 3, "repetitions")),
         "squat, both sides: 1 to 3 repetitions, not sure"),
        ("thirty_seconds", None, main(("rises_in_30_s", 12, "rises")), "{}: 12 rises in 30 s"),
        ("thirty_seconds", None, main(("rises", 1, "rises")), "{}: 1 rise"),
        ("five_times", None, main(("total_s", 11.46, "s"), ("rises", 5, "rises")), "{}: 11.5 s, 5 rises"),
        ("single_leg_eyes_open", "right", main(("rms_mps2", 0.0523, "m/s²")),
         "single-leg stance, eyes open, right: sway 0.052 m/s²"),
        ("eyes_open", "right", main(("rms_mps2", 0.0523, "m/s²")), "quiet stance, eyes open: sway 0.052 m/s²"),
        ("usual_pace", None, main(("total_s", 9.5, "s")), "{}: 9.5 s"),
        ("usual_pace", None, main(("new_in_2027", 3.25, "J")), "{}: 3.25 J"),
        ("usual_pace", None, [], "{}: could not be told"),
    ],
)  # fmt: skip
def test_a_result_says_whose_it_is_what_it_is_of_and_its_main_values(name, side, values, said):
    result = {"set_id": "kt57-3swd", "name": name, "side": side, "quality": "good", "placement": "lumbar",
              "main": values}  # fmt: skip
    event = {"result": result, "stored": True, "patient": "otter-maple-47", "session": 2, "number": 1}
    expected = f"otter-maple-47  {said.format(spoken(name))}, good, kt57-3swd"
    assert line_of(event) == expected
    assert expected in screen({"status": STATUS}, event, width=200)


def test_a_result_that_is_withheld_says_so_once():
    result = {"set_id": "kt57-3swd", "name": "eyes_open", "side": None, "quality": "withheld", "main": []}
    assert line_of({"result": result, "stored": True}) == "quiet stance, eyes open: withheld, kt57-3swd"
    unsure = {**result, "name": "squat", "main": main(("reps_low", 0, "repetitions"), ("reps_high", 1, "repetitions"))}
    said = line_of({"result": unsure, "stored": True})
    assert said == "squat: 0 to 1 repetitions, not sure, withheld, kt57-3swd"


def test_the_results_of_two_straps_on_one_set_say_where_each_was(capsys):
    session = doing("squat", "squat, both sides", straps=["3", "4"])
    results = [
        {"result": {"set_id": f"aaaa-000{at}", "name": "squat", "side": "both", "quality": "good", "placement": place,
                    "main": main(("reps", 8, "repetitions"))}, "stored": True, "session": 2, "number": 1}
        for at, place in enumerate(("thigh", "shank"))
    ]  # fmt: skip
    over = {"sessions": [{**session, "doing": []}]}
    expected = [
        "squat, both sides: 8 repetitions, seen at the thigh, good, aaaa-0000",
        "squat, both sides: 8 repetitions, seen at the lower leg, good, aaaa-0001",
    ]
    assert screen({"sessions": [session]}, over, *results, width=200).splitlines()[-2:] == expected
    _print_lines(iter([{"sessions": [session]}, over, *results]), as_json=False)
    assert capsys.readouterr().out.splitlines() == expected


def test_through_a_pipe_each_event_is_a_line_and_what_is_for_screens_is_none():
    assert line_of({"status": STATUS}).splitlines() == [
        "straps  3: sends  4: lost, is tried again",
        "otter-maple-47  seated knee extension, left (running)",
        *STATUS["notes"],
    ]
    assert line_of({"said": "go", "session": 1}) == "go"
    assert line_of({"missed": 3}) == "(3 events missed)"
    assert line_of(looked()) == ""
    assert line_of({"strap": "3", "state": "idle", "why": "stopped"}) == ""
    result = {
        "set_id": "kt57-3swd",
        "name": "heel_slide",
        "side": "left",
        "quality": "good",
        "main": main(("reps", 4, "repetitions"), ("rom_best3_deg", 47.2, "deg")),
    }
    assert line_of({"result": result, "stored": True}) == "heel slide, left: 4 repetitions, 47 deg, good, kt57-3swd"
    assert line_of({"result": result, "stored": False}).endswith("good, not stored")


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
