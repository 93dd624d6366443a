"""How the whole collector ends: told to while its clock is taken over, or by a fault of its own."""

import asyncio
import io
import json
import logging
import signal
import time
from contextlib import contextmanager

import pytest

from collector.whole import ask, settings_in
from imutrack.cli import _explain as explained
from imutrack.collector.control.client import DEFAULT_NAME
from imutrack.collector.daemon import Daemon
from imutrack.collector.health.logs import set_up
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import CollectorSettings, StrapSettings, wearable_of
from imutrack.errors import ImutrackError
from imutrack.sources.radio import Seen
from imutrack.sources.simulated import SimulatedRadio, SimulatedStrap

OTTER = "otter-maple-47"


NEAR = StrapSettings(label="near", wearable="movella-dot", address="AA:00:00:00:00:01")


def daemon(folder, wall_ns=time.time_ns, radio=None, straps=()):
    """Return a collector; without straps of its own it hears one that is not its business."""
    clock, asked = HostClock(time.monotonic_ns, wall_ns), CollectorSettings(health="")
    radio = radio or SimulatedRadio([SimulatedStrap("AA:00:00:00:00:01", *wearable_of(NEAR))])
    return Daemon(settings_in(folder), asked, straps, radio, clock, environ={})


class SetClock:
    """A wall clock that is set when it is asked for the second time; by it a `HostClock` is anchored the first time."""

    def __init__(self):
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return time.time_ns() + (10**13 if self.asked > 1 else 0)


def test_without_a_signal_a_clock_that_was_set_is_taken_over_by_the_next_collector(tmp_path):
    async def main():
        one = daemon(tmp_path, SetClock())
        await one.run()
        return one.again

    assert asyncio.run(main())


def test_sigterm_while_the_clock_is_taken_over_ends_the_collector_for_good(tmp_path):
    async def main():
        one = daemon(tmp_path, SetClock())

        async def tell_it_to_end():
            while not one.again:
                await asyncio.sleep(0)
            signal.raise_signal(signal.SIGTERM)

        telling = asyncio.create_task(tell_it_to_end())
        await one.run()
        await telling
        return one.again

    assert not asyncio.run(main())


def test_a_clock_that_is_set_while_the_collector_ends_lets_no_other_go_on(tmp_path):
    async def main():
        one = daemon(tmp_path, SetClock())
        await one.run(one.end)
        return one.again

    assert not asyncio.run(main())


class Slow(SimulatedRadio):
    """A radio whose bus never answers."""

    def __init__(self):
        super().__init__([])
        self.asked, self.stopped = asyncio.Event(), False

    async def start(self):
        self.asked.set()
        await asyncio.Event().wait()

    async def stop(self):
        self.stopped = True
        await super().stop()


def test_sigterm_while_the_radio_is_waited_for_ends_the_collector(tmp_path):
    async def main():
        radio, ready = Slow(), []
        running = asyncio.create_task(daemon(tmp_path, radio=radio).run(lambda: ready.append(1)))
        await radio.asked.wait()
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await running
        return radio.stopped, ready

    assert asyncio.run(main()) == (True, [])


def faulty_clock():
    """A wall clock that answers once, and fails then with the name of a patient in its mouth."""
    asked = []

    def wall_ns():
        asked.append(1)
        if len(asked) > 1:
            raise KeyError(OTTER)
        return time.time_ns()

    return wall_ns


@contextmanager
def journal():
    root, ours, stream = logging.getLogger(), logging.getLogger("imutrack"), io.StringIO()
    handlers, levels = root.handlers[:], (root.level, ours.level)
    set_up("plain", stream=stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


def test_a_fault_of_the_collector_is_in_the_log_without_patients_and_not_in_its_last_words(tmp_path):
    async def main():
        with pytest.raises(ImutrackError) as raised:
            await daemon(tmp_path, faulty_clock()).run()
        return raised.value

    with journal() as written:
        error = asyncio.run(main())
    assert str(error) == "the collector ended by a fault of its own: the log shows which; report it"
    assert error.__suppress_context__
    log = written.getvalue()
    assert "the collector ends by a fault of its own" in log
    assert "Traceback" in log
    assert "KeyError: '(patient)'" in log
    assert OTTER not in log


def test_an_internal_error_of_a_command_names_no_patient(capsys):
    assert explained(KeyError(OTTER)) == 1
    said = capsys.readouterr().err
    assert "internal error (KeyError('(patient)'))" in said


class Ears(SimulatedRadio):
    """A radio that hears what a test says, besides its straps."""

    def __init__(self, straps):
        super().__init__(straps)
        self.tell = []

    def watch(self, on_seen):
        super().watch(on_seen)
        self.tell.append(on_seen)


def test_two_devices_with_the_name_of_a_strap_are_in_its_status_and_told_to_who_watches(tmp_path):
    named = StrapSettings(label="belt", wearable="heart-rate", name="HRM")

    async def main():
        radio, ready = Ears([SimulatedStrap("AA:00:00:00:00:01", *wearable_of(NEAR))]), asyncio.Event()
        one = daemon(tmp_path, radio=radio, straps=[named])
        running = asyncio.create_task(one.run(ready.set))
        await ready.wait()
        socket, begin_s = tmp_path / "data" / DEFAULT_NAME, asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(b'{"do": "watch"}\n')
        await reader.readline()
        for number in range(10):
            seen = Seen(f"AA:00:00:00:01:0{number % 2}", "HRM", -60, frozenset(), frozenset(), begin_s + number * 0.1)
            for tell in radio.tell:
                tell(seen)
        told = json.loads(await reader.readline())["answer"]
        [status] = await ask(socket, "status")
        writer.close()
        one.end()
        await running
        return status, told

    status, told = asyncio.run(main())
    [note] = status["notes"]
    assert note.startswith("strap belt: two devices with its name are near, so neither is connected: switch off")
    assert (told["said"], told["refused"]) == (note, True)
    assert status["straps"]["belt"]["state"] == "idle"
