"""From the ring to the captures and to whoever listens: all of it, once, in order."""

import asyncio

import pytest

from capture.whole_capture import read_capture
from collector.live_sets import BEGIN_NS
from collector.test_recorder import UUID, Witness
from collector.test_streams import sent
from imutrack.capture.events import Connected, Disconnected, Lost
from imutrack.collector.captures.intake import Intake
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.links.ring import Ring
from imutrack.collector.moments import HostClock
from imutrack.collector.progress import Pace


class Desk:
    def __init__(self, folder, capacity=100):
        self.folder, self.ring, self.heard = folder, Ring(capacity), []
        self.recorder = Recorder(folder, "clinic", "UTC", lambda _strap: None, Witness())
        clock = HostClock(lambda: 0, lambda: BEGIN_NS)
        self.intake = Intake(self.ring, self.recorder, clock, ["1", "2"], lambda *heard: self.heard.append(heard))

    def capture(self):
        self.recorder.flush()
        [path] = self.folder.glob("*.mcap")
        return read_capture(path)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_what_is_in_the_ring_is_captured_and_heard_strap_by_strap(desk):
    desk.intake.connected("1", "movella-dot", {}, {})
    for n in range(4):
        characteristic, at_ns, payload = sent(n)
        desk.ring.put(("1" if n % 2 else "2", characteristic, at_ns, payload))
    desk.intake.take()
    assert len(desk.ring) == 0
    assert [(strap, len(heard.acc)) for strap, _, heard in desk.heard] == [("2", 0), ("1", 2)]
    arrivals = desk.capture().arrivals
    assert arrivals["1", characteristic] == [sent(1)[1:], sent(3)[1:]]
    assert arrivals["2", characteristic] == [sent(0)[1:], sent(2)[1:]]
    desk.intake.take()
    assert len(desk.heard) == 2


def test_what_came_before_a_strap_was_set_up_anew_is_taken_as_it_was_set_up_then(desk):
    desk.ring.put(("1", UUID, BEGIN_NS, b"before"))
    desk.intake.connected("1", "movella-dot", {"rate_hz": 30}, {"scheme": b"\x01"})
    desk.ring.put(("1", UUID, BEGIN_NS, b"after"))
    desk.intake.disconnected("1", "link lost")
    capture = desk.capture()
    connected, disconnected = capture.events[1:]
    assert isinstance(connected, Connected)
    assert (connected.settings, connected.facts) == ({"rate_hz": 30}, {"scheme": b"\x01"})
    assert isinstance(disconnected, Disconnected)
    assert disconnected.reason == "link lost"
    assert [payload for _, payload in capture.arrivals["1", UUID]] == [b"before", b"after"]


def test_what_the_ring_lost_is_counted_logged_and_in_the_capture(tmp_path, caplog):
    desk = Desk(tmp_path, capacity=3)
    for n in range(5):
        desk.ring.put(("1", UUID, BEGIN_NS + n, bytes([n])))
    desk.intake.take()
    capture = desk.capture()
    assert [event.notifications for event in capture.events if isinstance(event, Lost)] == [2]
    assert [payload for _, payload in capture.arrivals["1", UUID]] == [b"\x02", b"\x03", b"\x04"]
    assert desk.intake.ring_lost == {"1": 2}
    assert "1: 2 notifications lost" in caplog.text


def test_when_it_is_cancelled_it_takes_what_is_left(desk):
    async def main():
        running = asyncio.create_task(desk.intake.run())
        await asyncio.sleep(0)
        desk.ring.put(("1", UUID, BEGIN_NS, b"a"))
        await asyncio.sleep(0.01)
        desk.ring.put(("1", UUID, BEGIN_NS, b"b"))  # while it rests
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
    assert [payload for _, payload in desk.capture().arrivals["1", UUID]] == [b"a", b"b"]


def test_a_fault_with_what_one_strap_sent_is_told_once_and_costs_no_capture(desk, caplog):
    def faulty(*_heard):
        raise KeyError("fault")

    desk.intake._on_batch = faulty
    for n in range(3):
        desk.ring.put(("1", UUID, BEGIN_NS + n, b"a"))
        desk.intake.take()
    assert len(desk.capture().arrivals["1", UUID]) == 3
    assert caplog.text.count("1: a fault of the collector") == 1


def test_it_counts_as_standing_still_only_while_there_is_something_to_take(desk):
    said = []

    async def main():
        pace = Pace(lambda: said.append("step"), lambda: said.append("rest"))
        running = asyncio.create_task(desk.intake.run(pace))
        await asyncio.sleep(0)
        assert said == ["rest"]
        desk.ring.put(("1", UUID, BEGIN_NS, b"a"))
        await asyncio.sleep(0.01)
        assert said == ["rest", "step", "step"]
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
