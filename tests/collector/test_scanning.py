import asyncio

import pytest

from collector.warped import warped
from imutrack.collector.scanning import Finder
from imutrack.collector.settings import StrapSettings
from imutrack.sources.radio import Seen

HEART = "0000180d-0000-1000-8000-00805f9b34fb"
BY_ADDRESS = StrapSettings(label="1", wearable="movella-dot", address="aa:bb:cc:dd:ee:ff")
BY_NAME = StrapSettings(label="belt", wearable="heart-rate", name="Polar H9", service="180d")


class Ears:
    """A radio that does nothing but note what it is asked for."""

    def __init__(self):
        self.wanted = []

    def watch(self, on_seen):
        self.say = on_seen

    def discover(self, *, wanted):
        self.wanted.append(wanted)


def seen(address, at_s, name="", services=()):
    return Seen(address, name, -60, frozenset(services), frozenset(), at_s)


@pytest.fixture
def ears():
    return Ears()


@pytest.fixture
def finder(ears):
    return Finder([BY_ADDRESS, BY_NAME], ears, lambda: 0.0)


def test_an_address_is_known_however_it_is_written(ears, finder):
    ears.say(seen("AA:BB:CC:DD:EE:FF", 1.0))
    assert finder.last("1").at_s == 1.0
    ears.say(seen("AA:BB:CC:DD:EE:00", 2.0))
    assert finder.last("1").at_s == 1.0


def test_a_name_goes_with_its_service(ears, finder):
    ears.say(seen("00:00:00:00:00:01", 1.0, "Polar H9"))
    assert finder.last("belt") is None
    ears.say(seen("00:00:00:00:00:01", 1.0, "polar h9", [HEART]))
    assert finder.last("belt").at_s == 1.0


def test_of_two_devices_with_one_name_none_is_guessed(ears, finder, caplog):
    ears.say(seen("00:00:00:00:00:01", 1.0, "Polar H9", [HEART]))
    for at_s in (2.0, 3.0):
        ears.say(seen("00:00:00:00:00:02", at_s, "Polar H9", [HEART]))
    assert finder.last("belt").address == "00:00:00:00:00:01"
    assert caplog.messages == ["belt: two devices are called the same: give its address instead of its name"]
    ears.say(seen("00:00:00:00:00:02", 30.0, "Polar H9", [HEART]))  # the first one was not heard for long
    assert finder.last("belt").address == "00:00:00:00:00:02"


def test_an_advertisement_from_before_is_not_waited_for_in_vain(ears, finder):
    async def main():
        ears.say(seen("AA:BB:CC:DD:EE:FF", 1.0))
        assert (await finder.wait_for("1", 0.5)).at_s == 1.0
        waiting = asyncio.create_task(finder.wait_for("1", 2.0))
        await asyncio.sleep(0.1)
        ears.say(seen("AA:BB:CC:DD:EE:FF", 1.5))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        ears.say(seen("AA:BB:CC:DD:EE:FF", 2.5))
        ears.say(seen("AA:BB:CC:DD:EE:FF", 2.6))
        assert (await waiting).at_s == 2.5

    warped(main())


def test_a_device_that_is_reported_once_only_is_looked_for_anew(ears):
    async def main():
        loop = asyncio.get_running_loop()
        finder = Finder([BY_ADDRESS, BY_NAME], ears, loop.time)
        for strap in ("1", "belt"):
            finder.look_for(strap)
        waiting = [asyncio.create_task(finder.wait_for(strap, loop.time())) for strap in ("1", "belt")]
        await asyncio.sleep(21)
        for task in waiting:
            task.cancel()

    warped(main())
    assert ears.wanted == [True] * (2 + 4)  # every five seconds, however many are waited for


def test_the_radio_looks_while_a_strap_is_missing_and_anew_for_each(ears, finder):
    finder.look_for("1")
    finder.look_for("1")
    finder.look_for("belt")
    finder.found("1")
    finder.found("belt")
    assert ears.wanted == [True, True, False]
