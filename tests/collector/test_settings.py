import pytest

from imutrack.collector.settings import collector_of, describe, straps_of, wearable_of
from imutrack.errors import SettingsError

DOT = {"label": "3", "wearable": "movella-dot", "address": "d4:22:cd:00:01:02", "settings": {"rate_hz": 30}}
BELT = {"label": "belt", "wearable": "heart-rate", "name": "Polar H9", "service": "180d", "required": False}


def test_nothing_said_gives_the_defaults():
    settings = collector_of({})
    assert (settings.adapter, settings.auto, settings.health, settings.log) == (
        "hci0",
        False,
        "127.0.0.1:9464",
        "plain",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"adaptor": "hci0"}, "no setting 'adaptor': did you mean adapter\\? known are adapter, auto"),
        ({"auto": "no"}, "auto must be true or false, without quotes$"),
        ({"keep_captures_days": "30"}, "keep_captures_days must be a whole number, without quotes$"),
        ({"adapter": "bluetooth"}, "write it like hci0, or its address"),
        ({"adapter": "hci0:1"}, "write it like hci0"),
        ({"keep_captures_days": 0}, "at least 1 day"),
        ({"health": "0.0.0.0:9464"}, "this machine only"),
        ({"health": "127.0.0.1"}, "write it like"),
        ({"health": "127.0.0.1:x"}, "write it like"),
        ({"log": "JSON"}, r'\[collector\]: log: choose of "plain", "json"$'),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_could(said, words):
    with pytest.raises(SettingsError, match=words):
        collector_of(said)


def test_an_adapter_may_be_known_by_its_address_which_is_not_shown():
    settings = collector_of({"adapter": "00:1a:7D:da:71:13"})
    assert describe(settings, [])[0] == "adapter known by its address, 0 straps"


@pytest.mark.parametrize("health", ["", "localhost:80", "[::1]:9464", "127.0.0.2:1"])
def test_health_answers_on_this_machine_or_not_at_all(health):
    assert collector_of({"health": health}).health == health


def test_straps_are_known_by_address_or_name_and_their_wearables_are_set():
    dot, belt = straps_of([DOT, BELT])
    assert belt.service_uuid == "0000180d-0000-1000-8000-00805f9b34fb"
    wearable, settings = wearable_of(dot)
    assert (wearable.id, settings.rate_hz) == ("movella-dot", 30)


@pytest.mark.parametrize(
    ("straps", "words"),
    [
        ([DOT, DOT | {"address": "d4:22:cd:00:01:03"}], "same label"),
        ([DOT, DOT | {"label": "4", "address": "D4:22:CD:00:01:02"}], "same address"),
        ([BELT, BELT | {"label": "4", "name": "POLAR h9"}], "same name"),
        ([DOT | {"wearable": "movella"}], "no wearable 'movella': known are"),
        ([DOT | {"settings": {"rate_hz": 31}}], "strap 3: movella-dot"),
        ([DOT | {"name": "x"}], "its address or its name"),
        ([DOT | {"address": "D4-22"}], "write it like AA:BB"),
        ([DOT | {"service": "180d"}], "goes with name"),
        ([BELT | {"service": "heart"}], "four digits"),
        ([DOT | {"axes": "up=+x,ml=+x,ap=+z"}], "each sensor axis may be used once"),
        ([DOT | {"axes": "upwards"}], "write them as up="),
        ([DOT | {"label": "left shank"}], "up to 20"),
        ([DOT | {"patient": "otter"}], "patient"),
    ],
)
def test_straps_that_cannot_be_are_refused(straps, words):
    with pytest.raises(SettingsError, match=words) as refused:
        straps_of(straps)
    assert "\n" not in str(refused.value)


def test_a_check_says_what_would_be_done_and_keeps_addresses_to_itself():
    lines = describe(collector_of({}), straps_of([DOT, BELT]))
    assert lines[1] == "strap 3: Movella (Xsens) DOT, rate_hz 30, mode rate-mag; known by its address"
    assert lines[2].endswith("known by the name Polar H9 and service 180d; may be missing")
    assert "d4:22" not in "\n".join(lines).lower()
