import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.pseudonym_words import FIRST, SECOND
from imutrack.clinic.pseudonyms import check_number
from imutrack.collector.health.logs import masked, set_up

log = logging.getLogger("imutrack.collector.anything")
OTHER = logging.getLogger("another.library")
MAC = "D4:22:CD:00:A1:0F"
PSEUDONYMS = st.tuples(st.sampled_from(FIRST), st.sampled_from(SECOND)).map(
    lambda words: f"{words[0]}-{words[1]}-{check_number(*words)}"
)


@pytest.fixture
def lines():
    """Set the log up; gives a function that returns what was written. Everything is as before afterwards."""
    root, ours, stream = logging.getLogger(), logging.getLogger("imutrack"), io.StringIO()
    handlers, levels = root.handlers[:], (root.level, ours.level)

    def begin(form, **options):
        set_up(form, stream=stream, **options)
        return lambda: stream.getvalue().splitlines()

    yield begin
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def test_plain_lines_are_time_level_and_message(lines):
    written = lines("plain")
    log.info("%s: streaming, was %s", "3", "configuring")
    (line,) = written()
    time, level, message = line.split(" ", 2)
    assert time.endswith("Z")
    assert level == "info"
    assert message.strip() == "3: streaming, was configuring"


def test_json_lines_say_time_level_logger_message_and_strap(lines):
    written = lines("json", straps=["3"])
    log.warning('%s: refused "a" command', "3")
    log.warning("%s straps", "4")
    log.warning("set stored", extra={"strap": "3"})
    first, second, third = map(json.loads, written())
    assert first.keys() == {"time", "level", "logger", "message", "strap"}
    assert (first["level"], first["logger"], first["strap"]) == ("warning", log.name, "3")
    assert first["message"] == '3: refused "a" command'
    assert "strap" not in second
    assert third["strap"] == "3"


def test_a_traceback_stays_with_its_line_and_is_masked(lines):
    written = lines("json")
    try:
        int(MAC)
    except ValueError:
        log.exception("a fault")
    (said,) = map(json.loads, written())
    assert "Traceback" in said["error"]
    assert "(address)" in said["error"]
    assert MAC not in said["error"]


def test_other_libraries_are_heard_only_where_something_is_wrong_and_are_named(lines):
    written = lines("plain")
    OTHER.info("Connecting to %s", MAC)
    OTHER.warning("failed to connect to %s", MAC)
    (line,) = written()
    assert line.endswith("another.library: failed to connect to (address)")


def test_details_are_written_when_asked_for(lines):
    written = lines("plain", debug=True)
    log.debug("detail")
    OTHER.debug("detail")
    assert len(written()) == 1


def test_what_is_not_written_is_not_formatted(lines):
    class Costly:
        def __str__(self):
            raise AssertionError("was formatted")

    written = lines("plain")
    log.debug("%s", Costly())
    assert written() == []


def test_setting_up_again_writes_no_line_twice(lines):
    lines("plain")
    written = lines("plain")
    log.info("once")
    assert len(written()) == 1


def test_the_journal_is_told_the_level_of_each_line_and_no_time(lines):
    written = lines("plain", journal=True)
    log.info("fine")
    log.error("bad", stack_info=True)
    log.critical("end")
    first, *others, last = written()
    assert first == "<6>fine"
    assert others[0] == "<3>bad"
    assert all(line.startswith("<3>") for line in others)
    assert len(others) > 1
    assert last == "<2>end"


def test_a_device_s_name_cannot_look_like_a_line_of_the_log(lines):
    written = lines("plain")
    log.info("sees %s", "DOT\n2026-01-01T00:00:00.000Z error \x1b[31mall is lost")
    (line,) = written()
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "said",
    [
        MAC,
        MAC.lower(),
        MAC.replace(":", "-"),
        f"/org/bluez/hci0/dev_{MAC.replace(':', '_')}",
        f"/org/bluez/hci0/dev_{MAC.replace(':', '_')}/service000a/char000b",
        "0F3A1B2C-1111-2222-3333-0123456789AB",
    ],
)
def test_addresses_are_masked_however_they_are_written(said):
    assert "(address)" in masked(f"connecting {said}, again")
    assert "22" not in masked(f"connecting {said}, again")


@pytest.mark.parametrize(
    "said",
    [
        "15172001-4947-11e9-8646-d663bd873d93",  # a characteristic
        "12:34:56",
        "2026-11-20T14:49:00.123Z",
        "set k3-7qd of strap dot-right-12",
        "left-shank-47",
    ],
)
def test_what_is_neither_an_address_nor_a_pseudonym_is_left_alone(said):
    assert masked(said) == said


@given(PSEUDONYMS, st.sampled_from([" ", "-", "_", "\u2013"]), st.booleans())
def test_every_pseudonym_is_masked_however_it_is_written(pseudonym, between, capital):
    written = pseudonym.replace("-", between)
    written = written.capitalize() if capital else written
    assert masked(f"session of {written}: strap 3") == "session of (patient): strap 3"
    assert masked(f"/data/{written}.mcap") == "/data/(patient).mcap"


@given(st.text(max_size=60))
def test_masking_any_text_ends_and_masks_the_same_again(text):
    assert masked(masked(text)) == masked(text)
