import asyncio

import pytest

from collector.warped import warped
from imutrack.collector.links.scanning import Finder
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
    for at_s in (1.0, 3.0):
        ears.say(seen("00:00:00:00:00:01", at_s, "polar h9", [HEART]))
    assert finder.last("belt").at_s == 3.0


class Room:
    """A finder in a room where time passes, and what it told."""

    def __init__(self, own=None):
        self.ears, self.now_s, self.told = Ears(), 0.0, []
        self.finder = Finder([BY_ADDRESS, BY_NAME], self.ears, lambda: self.now_s, self.told.append, own)
        self.finder.look_for("belt")

    def hear(self, seconds, *devices, every_s=0.5):
        """Let so much time pass in which these devices advertise, one after the other."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            for number, device in enumerate(devices):
                self.ears.say(seen(f"00:00:00:00:00:0{device}", self.now_s + 0.03 * number, "Polar H9", [HEART]))
            self.now_s += every_s

    def own(self):
        """Return the device that would be connected now."""
        found = self.finder.fresh("belt", self.now_s - 2.0)
        return found and int(found.address[-1])

    def link(self):
        assert self.own()
        self.finder.found("belt")

    def lose(self):
        self.finder.look_for("belt")


def test_before_the_first_link_it_listens_whether_there_are_two(caplog):
    room = Room()
    room.hear(2, 1)
    assert room.own() is None
    room.hear(1, 1)
    assert room.own() == 1
    assert (room.finder.problems, room.told, caplog.messages) == ([], [], [])


def test_of_two_devices_with_one_name_neither_is_taken_and_people_are_told_what_to_do(caplog):
    room = Room()
    room.hear(60, 1, 2)
    assert room.own() is None
    [problem] = room.finder.problems
    assert problem.startswith("strap belt: two devices with its name are near, so neither is connected: switch off")
    assert "imutrack scan" in problem
    assert room.told == [problem]
    assert [message.partition(": ")[0] for message in caplog.messages] == ["belt"]
    room.hear(24, 2)
    assert room.own() is None
    room.hear(3, 2)  # the other one was not heard for 25 s
    assert room.own() == 2
    assert room.finder.problems == []


def test_a_second_device_that_appears_before_the_link_is_made_stops_it():
    room = Room()
    room.hear(3, 1)
    assert room.own() == 1
    room.hear(0.5, 1, 2)
    assert room.own() is None


def test_after_a_lost_link_the_strap_is_looked_for_and_not_its_namesake():
    room = Room()
    room.hear(3, 1)
    room.link()
    room.hear(60, 2)
    room.lose()
    room.hear(5, 2)
    assert room.own() is None
    assert room.finder.problems == []  # a moment without a link is none
    room.hear(30, 2)
    [problem] = room.finder.problems
    assert "it is not heard, but another device with its name is: switch this strap on" in problem
    room.hear(1, 2, 1)
    assert room.own() == 1
    assert room.finder.problems == []
    assert room.told == [problem]


def test_a_strap_that_is_heard_for_hours_and_cannot_be_connected_is_not_given_up():
    room = Room()
    room.hear(3, 1)
    room.link()
    room.lose()
    room.hear(7200, 1, 2, every_s=2.0)
    assert room.own() == 1


def test_another_device_is_taken_when_its_own_was_not_heard_for_minutes_and_people_are_told():
    room = Room()
    room.hear(3, 1)
    room.link()
    room.lose()
    room.hear(299, 2)
    assert room.own() is None
    room.hear(5, 2)
    room.link()
    [problem] = room.finder.problems
    assert "another device with its name is connected in its place: see that it is the one that is worn" in problem
    assert room.told[-1] == problem
    room.lose()
    room.hear(10, 1, 2)
    assert room.own() == 2
    assert room.finder.problems == [problem]
    room.hear(3600, every_s=60.0)
    assert room.finder.problems == []


def test_what_a_deaf_adapter_did_not_hear_is_no_reason_to_take_another():
    room = Room()
    room.hear(3, 1)
    room.link()
    room.lose()
    room.hear(1, 2)
    room.hear(400)
    room.hear(250, 2)
    assert room.own() is None
    room.hear(1, 2, 1)
    assert room.own() == 1


def test_a_collector_that_goes_on_knows_which_device_is_whose():
    room = Room()
    room.hear(3, 1)
    assert room.finder.own == {}
    room.link()
    assert room.finder.own == {"belt": "00:00:00:00:00:01"}
    again = Room(own=room.finder.own)
    again.hear(60, 2)
    assert again.own() is None
    again.hear(0.5, 1, 2)
    assert again.own() == 1


def found_after_s(*heard_s):
    """After how long a device is found that is heard at these moments; None within a minute."""

    async def main():
        loop, ears = asyncio.get_running_loop(), Ears()
        finder, began_s = Finder([BY_NAME], ears, loop.time), loop.time()
        finder.look_for("belt")
        for device, at_s in heard_s:
            loop.call_at(began_s + at_s, lambda device=device: ears.say(seen(device, loop.time(), "Polar H9", [HEART])))
        try:
            async with asyncio.timeout(60.0):
                found = await finder.wait_for("belt", began_s)
        except TimeoutError:
            return None
        assert finder.fresh("belt", loop.time() - 2.0) == found
        return loop.time() - began_s

    return warped(main())


def test_a_lone_device_that_is_heard_once_is_found_two_seconds_later():
    assert found_after_s(("A", 7.0)) == pytest.approx(9.1)


def test_a_device_with_the_longest_interval_is_found_and_of_two_such_neither():
    assert found_after_s(*(("A", 10.24 * n) for n in range(6))) == pytest.approx(2.1)
    both = [(device, 10.24 * n + later_s) for n in range(6) for device, later_s in (("A", 0.0), ("B", 1.5))]
    assert found_after_s(*both) is None


def test_of_two_faint_devices_neither_is_found_while_the_other_may_be_there():
    assert found_after_s(("A", 3.0), ("B", 4.0), ("A", 24.0), ("B", 25.0)) is None
    assert found_after_s(("A", 3.0), ("B", 4.0), ("B", 34.0)) == pytest.approx(36.1)


def test_two_others_are_not_told_apart_either_when_its_own_is_gone():
    room = Room()
    room.hear(3, 1)
    room.link()
    room.lose()
    room.hear(400, 2, 3)
    assert room.own() is None
    assert "two devices" in room.finder.problems[0]


def test_a_device_that_takes_another_address_now_and_then_is_no_second_one(caplog):
    room = Room()
    for device in (1, 2, 3):
        room.hear(60, device)
        assert room.own() == device
    assert (room.finder.problems, caplog.messages) == ([], [])


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
